//! Mail to a party: through the safe-contact decision, or not at all.

use commonweal_core::mail::Mail;
use commonweal_core::{DbError, Tx};

use super::contact::Means;
use super::model::PartyId;
use super::rules::Decision;
use super::store;

/// A finished mail to a party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyMail {
    /// The subject line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// What it is for, such as `survey.invitation`.
    pub kind: &'static str,
    /// Whether neither subject nor text tells who writes and why, to somebody who reads over the
    /// person's shoulder.
    pub discreet: bool,
}

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// It is in the outbox.
    Queued,
    /// It is not sent: why, in plain words. Somebody should be told.
    Refused(String),
}

/// Puts a mail to a party into the outbox, where the party's wishes about safe contact allow it
/// now: to the first e-mail address that the party agreed to. Every mail to somebody whom records
/// are about goes through here.
///
/// # Errors
/// [`DbError::NotFound`] where there is no such party.
pub async fn mail_to(tx: &mut Tx, party: PartyId, mail: PartyMail) -> Result<Sent, DbError> {
    let (party, now) = (store::find(tx, party).await?, tx.now());
    if party.rules.hide_caller && !mail.discreet {
        return Ok(Sent::Refused(
            "Nobody else may learn who writes, and this message tells.".to_owned(),
        ));
    }
    let mut refused = "There is no email address.".to_owned();
    for contact in party.contacts {
        if contact.given.means != Means::Email {
            continue;
        }
        match contact.decision(&party.rules, now) {
            Decision::Allowed => {
                tx.send_mail(Mail {
                    to: contact.given.value,
                    subject: mail.subject,
                    text: mail.text,
                    kind: mail.kind,
                })
                .await
                .map_err(DbError::from)?;
                return Ok(Sent::Queued);
            }
            Decision::Refused(why) => refused = why,
        }
    }
    Ok(Sent::Refused(refused))
}
