//! A file is taken, whole or not at all.

use chrono::NaiveDate;
use commonweal_core::content;
use commonweal_core::events::Actor;
use commonweal_core::{Clock, Db, DbError, ReadTx, args, read, sql, write};
use commonweal_documents::spreadsheet::{self, ReadError};
use commonweal_records::matters::{Channel, Happening, Identity, Place, Whom};
use serde::Serialize;
use uuid::Uuid;

use super::profile::Profile;
use super::rows::{self, Reject, Taken};
use crate::intake::content::{KIND, shipped};
use crate::intake::pages::point_of;
use crate::reporting::{Incoming, Rules, receive};

/// The largest file, in bytes.
pub const BYTES: usize = 20_000_000;
/// The most rows of a file, which come in one transaction.
const ROWS: usize = 2_000;
/// So many rejects are told.
const SHOWN: usize = 100;

/// Why nothing was taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is no such profile.
    #[error("There is no profile '{0}'.")]
    NoProfile(String),
    /// The profile's agency is not there.
    #[error("The profile names the agency '{0}', which is not in the partnership.")]
    NoAgency(String),
    /// No table.
    #[error("{0}")]
    Read(#[from] ReadError),
    /// Too many rows.
    #[error("The file has more than 2,000 rows. Split it into several files.")]
    TooMany,
    /// The database.
    #[error("{0}")]
    Db(#[from] DbError),
}

/// What became of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The profile's key.
    pub profile: String,
    /// How many reports are new.
    pub new: usize,
    /// How many were there already.
    pub known: usize,
    /// How many have no point on the map.
    pub unplaced: usize,
    /// What is wrong, where; then nothing was taken. The first hundred.
    pub rejects: Vec<Reject>,
    /// How many rows are wrong.
    pub rejected: usize,
}

/// The key of a profile as content.
fn file_of(key: &str) -> String {
    format!("import-{key}.toml")
}

/// The profile of a key.
///
/// # Errors
/// [`ImportError::NoProfile`]; [`ImportError::Db`].
pub async fn profile(tx: &mut ReadTx, key: &str, today: NaiveDate) -> Result<Profile, ImportError> {
    let missing = || ImportError::NoProfile(key.chars().take(60).collect());
    let file = file_of(key);
    let found = content::current(tx, KIND, &file, today).await?;
    let body = match found {
        Some(version) => version.body,
        None => shipped()
            .into_iter()
            .find(|one| one.key == file)
            .map(|one| one.body)
            .ok_or_else(missing)?,
    };
    Profile::parse(&body).map_err(|wrong| DbError::Setup(format!("{KIND}/{file}: {wrong}")).into())
}

/// Keys and titles of all profiles, by title.
///
/// # Errors
/// [`DbError`].
pub async fn profiles(tx: &mut ReadTx, today: NaiveDate) -> Result<Vec<(String, String)>, DbError> {
    let all = content::all_current(tx, today).await?;
    let mut found: Vec<(String, String)> = all
        .into_iter()
        .filter(|version| version.kind == KIND)
        .map(|version| (version.key, version.body))
        .collect();
    for one in shipped() {
        if !found.iter().any(|known| known.0 == one.key) {
            found.push((one.key, one.body));
        }
    }
    let mut named: Vec<(String, String)> = found
        .into_iter()
        .filter_map(|(file, body)| {
            let key = file.strip_prefix("import-")?.strip_suffix(".toml")?;
            Some((key.to_owned(), Profile::parse(&body).ok()?.title))
        })
        .collect();
    named.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    Ok(named)
}

/// Takes a file by a profile. With anything wrong in it nothing is taken, and the outcome says what.
///
/// # Errors
/// [`ImportError`].
#[expect(clippy::too_many_arguments, reason = "what a door is given")]
pub async fn import(
    db: &Db,
    clock: &Clock,
    rules: &Rules,
    actor: &Actor,
    key: &str,
    by: Option<Uuid>,
    name: &str,
    bytes: Vec<u8>,
) -> Result<Outcome, ImportError> {
    let today = clock.today();
    let (profile, agency) = read!(db, |tx| {
        let profile = profile(tx, key, today).await?;
        let row = tx
            .optional(
                sql!("select id from agencies where lower(name) = lower($1) and active"),
                args![&profile.agency],
            )
            .await?;
        let agency: Option<Uuid> = row.map(|row| row.get("id")).transpose()?;
        Ok::<_, ImportError>((profile, agency))
    })
    .await?;
    let agency = agency.ok_or_else(|| ImportError::NoAgency(profile.agency.clone()))?;
    let name = name.to_owned();
    let sheet = tokio::task::spawn_blocking(move || spreadsheet::read(&bytes, &name))
        .await
        .map_err(|_| ReadError::Damaged)??;
    if sheet.rows.len() > ROWS {
        return Err(ImportError::TooMany);
    }
    let (mut taken, rejects) = rows::read(&profile, &rules.kinds, &sheet, clock.now());
    if !rejects.is_empty() {
        return Ok(Outcome {
            profile: key.to_owned(),
            rejected: rejects.len(),
            rejects: rejects.into_iter().take(SHOWN).collect(),
            ..Outcome::default()
        });
    }
    for one in &mut taken {
        if one.point.is_none() {
            one.point = point_of(db, &one.words).await?;
        }
    }
    let unplaced = taken.iter().filter(|one| one.point.is_none()).count();
    let counted: Result<(usize, usize), DbError> = write!(db, clock, actor, |tx| {
        let (mut new, mut known) = (0, 0);
        for one in &taken {
            let received = receive(tx, rules, incoming(one, key, agency, by)).await?;
            if received.again {
                known += 1;
            } else {
                new += 1;
            }
        }
        if taken.is_empty() {
            // A file without rows is noted, too.
            tx.record(commonweal_core::events::Event::new(
                "agency",
                agency,
                "intake.empty_file",
                serde_json::json!({ "profile": key }),
            ));
        }
        Ok((new, known))
    })
    .await;
    let (new, known) = counted?;
    Ok(Outcome {
        profile: key.to_owned(),
        new,
        known,
        unplaced,
        ..Outcome::default()
    })
}

fn incoming(one: &Taken, profile: &str, agency: Uuid, by: Option<Uuid>) -> Incoming {
    Incoming {
        channel: Channel::File,
        delivery: Some(format!("file:{profile}:{}", one.reference)),
        agency,
        taken_by: by,
        their_reference: Some(one.reference.clone()),
        // The partner knows who told them; the file does not say.
        identity: Identity::Anonymous,
        reporter: None,
        whom: Whom::Own,
        kind: one.kind.clone(),
        qualifier: None,
        description: one.description.clone(),
        happening: Happening::Once,
        occurrences: vec![one.when],
        place: Place {
            point: one.point,
            words: one.words.clone(),
            at_home: one.at_home,
        },
        town: None,
        landlord: Some(agency),
        safe_now: None,
        hate: None,
        more_words: Vec::new(),
        language: "en".to_owned(),
        record: None,
        further_to: None,
    }
}
