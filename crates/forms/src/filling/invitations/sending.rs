//! Sending invitations and reminders.

use chrono::{Duration, NaiveDate};
use commonweal_core::mail::Mail;
use commonweal_core::{DbError, Tx};
use commonweal_records::party::{self, PartyId, PartyMail};
use uuid::Uuid;

use super::store::{self, NewInvitation};
use crate::Forms;
use crate::definition::Definition;
use crate::filling::drafts;
use crate::filling::fields::filled;

/// Days for which an invitation is open where the definition names none.
pub(super) const OPEN_DAYS: i64 = 28;
/// Days before the one reminder.
pub(super) const REMIND_AFTER: i64 = 7;

pub(super) enum Outcome {
    Mailed,
    Letter(String),
    Refused(String),
}

/// Makes an invitation and puts its mail into the outbox.
pub(super) async fn send(
    tx: &mut Tx,
    forms: &Forms,
    definition: &Definition,
    new: &NewInvitation,
) -> Result<Outcome, DbError> {
    let secret = drafts::secret()?;
    let (subject, text) = words(forms, definition, new.due_on, &secret, "forms.invite_mail");
    if let Some(party) = new.party {
        let mail = PartyMail {
            subject,
            text,
            kind: "forms.invitation",
            discreet: false,
        };
        return match party::mail_to(tx, PartyId(party), mail).await? {
            party::Sent::Queued => {
                store::add(tx, new, &secret).await?;
                Ok(Outcome::Mailed)
            }
            party::Sent::Refused(why) => Ok(Outcome::Refused(why)),
        };
    }
    store::add(tx, new, &secret).await?;
    let Some(to) = new.email.clone() else {
        return Ok(Outcome::Letter(secret));
    };
    tx.send_mail(Mail {
        to,
        subject,
        text,
        kind: "forms.invitation",
    })
    .await?;
    Ok(Outcome::Mailed)
}

/// Subject and text of a mail.
fn words(
    forms: &Forms,
    definition: &Definition,
    due_on: NaiveDate,
    secret: &str,
    key: &str,
) -> (String, String) {
    let settings = &forms.app.settings;
    let privacy = definition
        .texts
        .privacy
        .as_ref()
        .map_or("", |words| words.en());
    let values = [
        ("title", definition.title.en().to_owned()),
        ("about", definition.about.en().to_owned()),
        (
            "link",
            format!(
                "{}/forms/invited/{secret}",
                settings.address.trim_end_matches('/')
            ),
        ),
        ("due", due_on.format("%-d %B %Y").to_string()),
        ("privacy", privacy.to_owned()),
        ("partnership", settings.partnership_name.clone()),
    ];
    (
        filled(settings.language, &format!("{key}_subject"), &values),
        filled(settings.language, key, &values),
    )
}

/// Asks somebody to answer a form, in the transaction of what calls for it, such as the closing of a
/// case: by the party's safe ways of contact, or by e-mail. Says why where nothing was sent.
///
/// # Errors
/// [`DbError`]; [`DbError::NotFound`] where there is no such form or wave.
pub async fn invite(
    tx: &mut Tx,
    forms: &Forms,
    definition: &str,
    wave: Option<&str>,
    party: Option<Uuid>,
    email: Option<&str>,
    subject: Option<(&'static str, Uuid)>,
) -> Result<Result<(), String>, DbError> {
    let definition = forms.catalogue.get(definition).ok_or(DbError::NotFound)?;
    let wave = match wave {
        Some(key) => Some(
            definition
                .waves
                .iter()
                .find(|wave| wave.key == key)
                .ok_or(DbError::NotFound)?,
        ),
        None => None,
    };
    let today = forms.app.clock.today();
    let new = NewInvitation {
        definition: definition.key.clone(),
        wave: wave.map(|wave| wave.key.clone()),
        party,
        // What an anonymous answer is about would tell who gave it.
        subject: subject.filter(|_| !definition.anonymous),
        agency: None,
        due_on: today + Duration::days(wave.map_or(OPEN_DAYS, |wave| wave.open_days)),
        email: email.map(str::to_owned).filter(|_| party.is_none()),
        letter: None,
    };
    if new.party.is_none() && new.email.is_none() {
        return Ok(Err("There is no email address.".to_owned()));
    }
    Ok(match send(tx, forms, &definition, &new).await? {
        Outcome::Refused(why) => Err(why),
        Outcome::Mailed | Outcome::Letter(_) => Ok(()),
    })
}

/// Sends the one reminder to all who may have it; returns how many went out.
///
/// # Errors
/// [`DbError`].
pub async fn reminders(
    tx: &mut Tx,
    forms: &Forms,
    definition: &Definition,
    today: NaiveDate,
) -> Result<usize, DbError> {
    let since = tx.now() - Duration::days(REMIND_AFTER);
    let mut sent = 0;
    for one in store::to_remind(tx, &definition.key, since, today).await? {
        let secret = drafts::secret()?;
        let (subject, text) = words(forms, definition, one.due_on, &secret, "forms.remind_mail");
        let queued = match (one.party, one.email) {
            (Some(party), _) => {
                let mail = PartyMail {
                    subject,
                    text,
                    kind: "forms.reminder",
                    discreet: false,
                };
                party::mail_to(tx, PartyId(party), mail).await? == party::Sent::Queued
            }
            (None, Some(to)) => {
                tx.send_mail(Mail {
                    to,
                    subject,
                    text,
                    kind: "forms.reminder",
                })
                .await?;
                true
            }
            (None, None) => false,
        };
        if queued {
            store::reminded(tx, one.id, &secret).await?;
            sent += 1;
        }
    }
    Ok(sent)
}
