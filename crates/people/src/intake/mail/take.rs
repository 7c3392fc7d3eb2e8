//! A message becomes a report.

use commonweal_core::events::Actor;
use commonweal_core::files::{DOCUMENTS, Files, FilesError, IMAGES, Limits, MEDIA, Stored};
use commonweal_core::{Clock, Db, DbError, Tx, args, sql, write};
use commonweal_records::matters::{
    Channel, Happening, Identity, Place, REPORT_SUBJECT, Received, Whom,
};
use commonweal_records::party::contact::Means;
use commonweal_records::party::{Details, NewContact, NewParty, PartyId, pick, rules};
use serde::Serialize;
use uuid::Uuid;

use super::parse::{BYTES, Letter, MailError, parse};
use crate::intake::pages::already;
use crate::reporting::{Incoming, Rules, receive};

/// What a door that takes files stands on.
#[derive(Clone, Copy)]
pub struct Door<'a> {
    /// The database.
    pub db: &'a Db,
    /// The clock.
    pub clock: &'a Clock,
    /// The store of files.
    pub files: &'a Files,
    /// The rules of today.
    pub rules: &'a Rules,
    /// Who writes.
    pub actor: &'a Actor,
}

impl std::fmt::Debug for Door<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// The report's reference.
    pub reference: String,
    /// The matter's.
    pub matter: String,
    /// Whether it was taken before.
    pub again: bool,
    /// How many of its files were kept.
    pub files: usize,
    /// Names of files that were not, each with the reason.
    pub left: Vec<String>,
}

/// Why nothing was taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The message.
    #[error("{0}")]
    Mail(#[from] MailError),
    /// The store of files.
    #[error("{0}")]
    Files(#[from] FilesError),
    /// The database.
    #[error("{0}")]
    Db(#[from] DbError),
}

/// Takes a message for an agency. `by` is who took it there, if a person did.
///
/// # Errors
/// [`TakeError`]; then nothing is left behind but files that are swept.
pub async fn take(
    door: Door<'_>,
    agency: Uuid,
    by: Option<Uuid>,
    bytes: Vec<u8>,
) -> Result<Taken, TakeError> {
    let (letter, bytes) = tokio::task::spawn_blocking(move || (parse(&bytes), bytes))
        .await
        .map_err(|_| MailError::NotAMessage)?;
    let letter = letter?;
    let limits = Limits {
        bytes: BYTES as u64,
        types: [IMAGES, DOCUMENTS, MEDIA].concat(),
    };
    let mut kept: Vec<(String, Stored)> = Vec::new();
    let mut left = Vec::new();
    for file in &letter.files {
        match door.files.put(file.bytes.clone(), &limits).await {
            Ok(stored) => kept.push((file.name.clone(), stored)),
            Err(error @ (FilesError::Empty | FilesError::Type(_) | FilesError::TooLarge(_))) => {
                left.push(format!("{}: {error}", file.name));
            }
            Err(error) => return Err(error.into()),
        }
    }
    // The message itself, where it is text that can be kept.
    let whole = door.files.put(bytes, &limits).await.ok();
    let received: Result<Received, DbError> = write!(door.db, door.clock, door.actor, |tx| {
        let incoming = Incoming {
            reporter: Some(sender(tx, &letter, agency).await?),
            ..incoming(&letter, agency, by, &left)
        };
        let received = receive(tx, door.rules, incoming).await?;
        if !received.again {
            let original = whole.iter().map(|stored| ("message.eml", stored));
            let all = kept.iter().map(|(name, stored)| (name.as_str(), stored));
            for (name, stored) in all.chain(original) {
                door.files
                    .attach(tx, stored, REPORT_SUBJECT, received.report.0, name)
                    .await?;
            }
        }
        Ok(received)
    })
    .await;
    let received = received?;
    Ok(Taken {
        reference: received.reference,
        matter: received.matter_reference,
        again: received.again,
        files: kept.len(),
        left,
    })
}

fn incoming(letter: &Letter, agency: Uuid, by: Option<Uuid>, left: &[String]) -> Incoming {
    let mut description = letter.subject.clone();
    let mut add = |text: &str| {
        if !text.is_empty() {
            if !description.is_empty() {
                description.push_str("\n\n");
            }
            description.push_str(text);
        }
    };
    add(&letter.text);
    if letter.cut {
        add("(The message is longer; the rest is in the file message.eml.)");
    }
    if !left.is_empty() {
        // Names are cut, so that twenty of them stay within the limit of a description.
        let names: Vec<String> = left
            .iter()
            .map(|one| one.chars().take(80).collect())
            .collect();
        add(&format!("Files that were not kept: {}", names.join("; ")));
    }
    Incoming {
        channel: Channel::Email,
        delivery: Some(letter.delivery.clone()),
        agency,
        taken_by: by,
        their_reference: None,
        identity: Identity::Named,
        reporter: None,
        whom: Whom::Own,
        // Whoever decides about it says what it is.
        kind: "other".to_owned(),
        qualifier: None,
        description,
        happening: Happening::Once,
        occurrences: Vec::new(),
        place: Place::default(),
        town: None,
        landlord: None,
        safe_now: None,
        hate: None,
        more_words: Vec::new(),
        language: "en".to_owned(),
        record: None,
        further_to: None,
    }
}

/// Whose address it is: a party of the agency that is known by it, or a new one that has it.
async fn sender(tx: &mut Tx, letter: &Letter, agency: Uuid) -> Result<PartyId, DbError> {
    if let Some(Some(known)) = already(tx, &letter.delivery).await? {
        return Ok(known);
    }
    let known = tx
        .all(
            sql!(
                "select distinct parties.id from parties join party_contacts on party_contacts.party = parties.id
                 where parties.agency = $1 and party_contacts.means = 'email' and lower(party_contacts.value) = lower($2)
                 order by parties.id limit 2"
            ),
            args![agency, &letter.from],
        )
        .await?;
    // An address that two share does not say which of them wrote.
    if let [row] = known.as_slice() {
        return Ok(PartyId(row.get("id")?));
    }
    let new = NewParty {
        details: Details {
            source: "Wrote by e-mail".to_owned(),
            ..Details::person(&letter.name)
        },
        agency,
        contacts: vec![NewContact {
            means: Means::Email,
            label: String::new(),
            value: letter.from.clone(),
            home: false,
            agreed: false,
        }],
        rules: rules::Rules::default(),
    };
    Ok(pick::create(tx, &new).await?.id)
}
