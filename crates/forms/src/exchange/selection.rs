//! Which records somebody means: what the list of a register shows, asked in its words.

use commonweal_access::policy::RecordAct;
use commonweal_access::web::Viewer;
use commonweal_core::{DbError, ReadTx};
use commonweal_govuk::Form;
use uuid::Uuid;

use crate::Forms;
use crate::definition::{Definition, Personal, Shared};
use crate::register::list::{Asked, Reading};
use crate::register::store::Record;

/// The words of an address that mean something to a list, beside those of questions.
const NAMES: [&str; 6] = ["state", "owner", "agency", "due", "area", "sort"];

/// Reads a program's filters. What a person typed wrongly is passed over, what a program sends
/// wrongly is said, so that nobody takes all records for a few.
///
/// # Errors
/// What is wrong, in a sentence.
pub(crate) fn strict(
    definition: &Definition,
    pairs: &[(String, String)],
) -> Result<Asked, String> {
    for (name, value) in pairs {
        if NAMES.contains(&name.as_str()) {
            continue;
        }
        let id = name.strip_prefix("q-").unwrap_or_default();
        let id = id.strip_suffix("-from").or(id.strip_suffix("-to")).unwrap_or(id);
        match definition.question(id) {
            Some((_, question)) if question.personal != Personal::None => {
                return Err(format!("{name}: personal answers do not belong in an address."));
            }
            Some((place, _)) if definition.list.filters.contains(&place) => {}
            _ => return Err(format!("{name}: this list has no such filter.")),
        }
        if value.is_empty() {
            return Err(format!("{name}: say what to filter by."));
        }
    }
    let asked = Asked::read(definition, &Form::from(pairs.to_vec()));
    let (understood, _) = asked.pairs(definition);
    for (name, value) in pairs {
        if !understood.iter().any(|(known, _)| known == name) {
            return Err(format!("{name}: '{value}' makes no sense here."));
        }
    }
    Ok(asked)
}

/// Records and where they go on.
pub(crate) struct Page {
    pub(crate) records: Vec<Record>,
    pub(crate) next: Option<Uuid>,
}

/// One page of the records that are asked for, of which the viewer may do this to each.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn page(
    forms: &Forms,
    tx: &mut ReadTx,
    viewer: &Viewer,
    definition: &Shared,
    asked: &Asked,
    cells: Option<&[i64]>,
    act: RecordAct,
    limit: u32,
) -> Result<Page, DbError> {
    let reading = Reading {
        definition,
        who: &viewer.principal,
        today: forms.app.clock.today(),
        asked,
        cells: cells.map(<[i64]>::to_vec),
        limit,
    };
    let page = reading.page(tx).await?;
    let may = |record: &Record| {
        let resource = record.resource();
        [act, RecordAct::See]
            .into_iter()
            .all(|act| viewer.principal.may_record(&definition.key, act, &resource))
    };
    Ok(Page {
        records: page.records.into_iter().filter(may).collect(),
        next: page.next,
    })
}
