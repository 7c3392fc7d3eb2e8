//! References that people read out on the telephone.

use commonweal_core::ids::Reference;
use commonweal_core::{DbError, ReadTx, args, sql};

/// What references of reports start with.
pub const REPORT: &str = "R";
/// What references of matters start with.
pub const MATTER: &str = "M";
/// What references of cases start with.
pub const CASE: &str = "C";
/// What references of enquiries start with.
pub const ENQUIRY: &str = "E";
/// What references of intelligence start with.
pub const INTELLIGENCE: &str = "I";

/// How often a new reference is drawn before the database is called broken: two of 2³⁵ that are
/// the same are rare, three in a row do not happen.
const DRAWS: usize = 5;

/// A reference that nothing of its kind has. The tables' unique columns settle what two draw at once.
///
/// # Errors
/// [`DbError::Setup`] without randomness; [`DbError`].
pub async fn fresh(tx: &mut ReadTx, prefix: &'static str) -> Result<String, DbError> {
    for _ in 0..DRAWS {
        let reference = Reference::random(prefix)
            .map_err(|_| DbError::Setup("the system gives no random numbers".to_owned()))?;
        let text = match prefix {
            REPORT => sql!("select 1 as one from reports where reference = $1"),
            MATTER => sql!("select 1 as one from matters where reference = $1"),
            CASE => sql!("select 1 as one from cases where reference = $1"),
            ENQUIRY => sql!("select 1 as one from enquiries where reference = $1"),
            _ => sql!("select 1 as one from intelligence where reference = $1"),
        };
        if tx
            .optional(text, args![reference.as_str()])
            .await?
            .is_none()
        {
            return Ok(reference.as_str().to_owned());
        }
    }
    Err(DbError::Setup(
        "no reference is free, which random numbers do not bring about".to_owned(),
    ))
}
