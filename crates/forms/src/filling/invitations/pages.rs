//! The pages about invitations, for those who ask.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{Duration, NaiveDate};
use commonweal_access::policy::{Action, Kind};
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::mail::is_address;
use commonweal_core::{DbError, read, write};
use commonweal_govuk::{Form, Page, page};
use commonweal_records::party::pick;
use serde::Serialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::sending::{OPEN_DAYS, Outcome, REMIND_AFTER, reminders, send};
use super::store::{self, Invitation, NewInvitation};
use crate::Forms;
use crate::definition::{Audience, Definition, Shared};
use crate::filling::journey;

page!(pub(crate) LIST, "forms/invitations.html", "list.html");
page!(pub(crate) LETTERS, "forms/letters.html", "letters.html");

/// The most people asked at once.
const MOST: usize = 2_000;

/// The list.
#[derive(Debug, Serialize)]
pub(crate) struct ListContext {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) anonymous: bool,
    pub(crate) waves: Vec<Json>,
    pub(crate) rates: Vec<RateShown>,
    pub(crate) rows: Vec<Row>,
    pub(crate) waiting: usize,
}

/// A response rate.
#[derive(Debug, Serialize)]
pub(crate) struct RateShown {
    pub(crate) wave: String,
    pub(crate) sent: i64,
    pub(crate) answered: i64,
    pub(crate) share: String,
    pub(crate) interval: String,
}

/// An invitation.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) wave: String,
    pub(crate) sent: String,
    pub(crate) way: &'static str,
    pub(crate) due: String,
    pub(crate) state: &'static str,
    pub(crate) paper: Option<String>,
}

/// Letters to print.
#[derive(Debug, Serialize)]
pub(crate) struct LettersContext {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) due: String,
    pub(crate) privacy: Option<String>,
    pub(crate) partnership: String,
    pub(crate) address: String,
    pub(crate) letters: Vec<Letter>,
    pub(crate) refused: Vec<String>,
    pub(crate) mailed: usize,
}

/// A letter.
#[derive(Debug, Serialize)]
pub(crate) struct Letter {
    pub(crate) lines: Vec<String>,
    pub(crate) link: String,
}

pub(super) async fn invited(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
) -> Result<Shared, PageError> {
    let definition = journey::in_force(forms, key)?;
    if definition.audience == Audience::Staff || !journey::may_add(viewer, &definition) {
        return Err(PageError::NotFound);
    }
    Ok(definition)
}

fn wave_title(definition: &Definition, wave: Option<&str>) -> String {
    let found = wave.and_then(|key| definition.waves.iter().find(|wave| wave.key == key));
    found.map_or_else(
        || wave.unwrap_or("All").to_owned(),
        |wave| wave.title.en().to_owned(),
    )
}

/// `GET /registers/{key}/invitations`.
pub(crate) async fn list(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    let definition = invited(&forms, &viewer, &key).await?;
    show_list(&forms, &viewer, &definition, &Form::default()).await
}

async fn show_list(
    forms: &Forms,
    viewer: &Viewer,
    definition: &Definition,
    form: &Form,
) -> Result<Response, PageError> {
    let (app, key) = (&forms.app, definition.key.as_str());
    let (today, since) = (
        app.clock.today(),
        app.clock.now() - Duration::days(REMIND_AFTER),
    );
    let (rates, all, waiting) = read!(&app.db, |tx| {
        Ok::<_, PageError>((
            store::rates(tx, key).await?,
            store::of(tx, key).await?,
            store::to_remind(tx, key, since, today).await?.len(),
        ))
    })
    .await?;
    let percent = |share: f64| format!("{:.0}%", share * 100.0);
    let rates = rates
        .into_iter()
        .map(|rate| {
            let share = rate.share();
            RateShown {
                wave: wave_title(definition, rate.wave.as_deref()),
                sent: rate.sent,
                answered: rate.answered,
                share: share.map_or_else(String::new, |(share, ..)| percent(share)),
                interval: share.map_or_else(String::new, |(_, low, high)| {
                    format!("{} to {}", percent(low), percent(high))
                }),
            }
        })
        .collect();
    let rows = all
        .iter()
        .map(|one| Row {
            wave: wave_title(definition, one.wave.as_deref()),
            sent: one
                .sent_at
                .map(crate::filling::mine::day)
                .unwrap_or_default(),
            way: match one {
                Invitation { party: Some(_), .. } => "Person on file",
                Invitation { email: Some(_), .. } => "E-mail",
                _ if one.answered || one.due_on < today => "",
                _ => "Letter",
            },
            due: one.due_on.format("%-d %B %Y").to_string(),
            state: match one {
                _ if one.answered => "Answered",
                _ if one.due_on < today => "Over",
                _ if one.reminded_at.is_some() => "Reminded",
                _ => "Waiting",
            },
            paper: (!one.answered).then(|| one.id.to_string()),
        })
        .collect();
    let waves = definition
        .waves
        .iter()
        .map(|wave| {
            json!({ "value": wave.key, "text": wave.title.en(), "checked": form.value("wave") == wave.key })
        })
        .collect();
    let context = ListContext {
        key: key.to_owned(),
        title: definition.title.en().to_owned(),
        anonymous: definition.anonymous,
        waves,
        rates,
        rows,
        waiting,
    };
    let page = Page::new(&LIST, format!("Invitations – {}", context.title))
        .breadcrumb("Forms and registers", "/registers")
        .breadcrumb(context.title.clone(), format!("/registers/{key}"))
        .form(form);
    app.page(viewer, page, &context)
}

/// Somebody to be asked.
enum Whom {
    Email(String),
    Party(Uuid),
    Letter(String),
}

/// `POST /registers/{key}/invitations`: asks people.
pub(crate) async fn make(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let definition = invited(&forms, &viewer, &key).await?;
    let app = &forms.app;
    let wave = definition
        .waves
        .iter()
        .find(|wave| wave.key == form.value("wave"));
    if wave.is_none() && !definition.waves.is_empty() {
        form.errors
            .add("wave", "Choose at which point people are asked");
    }
    let whom = whom(&forms, &viewer, &mut form).await?;
    if whom.is_empty() && form.is_valid() {
        form.errors.add(
            "whom",
            "Enter at least one e-mail address, person or letter",
        );
    }
    if whom.len() > MOST {
        form.errors
            .add("whom", format!("Ask {MOST} people or fewer at once"));
    }
    if !form.is_valid() {
        return show_list(&forms, &viewer, &definition, &form).await;
    }
    let due_on = app.clock.today() + Duration::days(wave.map_or(OPEN_DAYS, |wave| wave.open_days));
    let wave = wave.map(|wave| wave.key.clone());
    let agency = Some(viewer.principal.agency);
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        let (mut letters, mut refused, mut mailed) = (Vec::new(), Vec::new(), 0_usize);
        for one in &whom {
            let new = NewInvitation {
                definition: definition.key.clone(),
                wave: wave.clone(),
                agency,
                due_on,
                ..NewInvitation::default()
            };
            let new = match one {
                Whom::Email(email) => NewInvitation {
                    email: Some(email.clone()),
                    ..new
                },
                Whom::Party(party) => NewInvitation {
                    party: Some(*party),
                    ..new
                },
                Whom::Letter(letter) => NewInvitation {
                    letter: Some(letter.clone()),
                    ..new
                },
            };
            match send(tx, &forms, &definition, &new).await? {
                Outcome::Mailed => mailed += 1,
                Outcome::Letter(secret) => letters.push((new.letter.unwrap_or_default(), secret)),
                Outcome::Refused(why) => refused.push(why),
            }
        }
        if mailed + letters.len() == 0 {
            // Nothing was written, and a write must say what it did.
            tx.record(commonweal_core::events::Event::new(
                "definition",
                Uuid::nil(),
                "form_invitation.none_made",
                json!({ "definition": definition.key }),
            ));
        }
        Ok::<_, DbError>((letters, refused, mailed))
    })
    .await;
    let (letters, refused, mailed) = done.map_err(PageError::from)?;
    if letters.is_empty() && refused.is_empty() {
        let words = match mailed {
            1 => "1 invitation was sent".to_owned(),
            more => format!("{more} invitations were sent"),
        };
        app.flash(&viewer, &words).await?;
        return Ok(Redirect::to(&format!("/registers/{key}/invitations")).into_response());
    }
    letters_page(
        &forms,
        &viewer,
        &definition,
        due_on,
        letters,
        refused,
        mailed,
    )
}

fn letters_page(
    forms: &Forms,
    viewer: &Viewer,
    definition: &Definition,
    due_on: NaiveDate,
    letters: Vec<(String, String)>,
    refused: Vec<String>,
    mailed: usize,
) -> Result<Response, PageError> {
    let settings = &forms.app.settings;
    let context = LettersContext {
        key: definition.key.clone(),
        title: definition.title.en().to_owned(),
        about: definition.about.en().to_owned(),
        due: due_on.format("%-d %B %Y").to_string(),
        privacy: definition
            .texts
            .privacy
            .as_ref()
            .map(|words| words.en().to_owned()),
        partnership: settings.partnership_name.clone(),
        address: format!("{}/forms/invited", settings.address.trim_end_matches('/')),
        letters: letters
            .into_iter()
            .map(|(letter, secret)| Letter {
                lines: letter.split(", ").map(str::to_owned).collect(),
                link: grouped(&secret),
            })
            .collect(),
        refused,
        mailed,
    };
    let page = Page::new(&LETTERS, format!("Letters – {}", context.title))
        .breadcrumb("Forms and registers", "/registers")
        .breadcrumb(
            context.title.clone(),
            format!("/registers/{}", definition.key),
        );
    forms.app.page(viewer, page, &context)
}

/// A secret in groups, for whoever types it from a letter.
fn grouped(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters
        .chunks(5)
        .map(|part| part.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}

/// Whom the form names.
async fn whom(forms: &Forms, viewer: &Viewer, form: &mut Form) -> Result<Vec<Whom>, PageError> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    let lines: Vec<String> = form
        .value("whom")
        .split(['\n', ';'])
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    let mut wrong = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if !seen.insert(line.to_lowercase()) {
            continue;
        }
        if is_address(line) {
            found.push(Whom::Email(line.clone()));
            continue;
        }
        match party_of(forms, viewer, line).await? {
            Some(party) => found.push(Whom::Party(party)),
            None => wrong.push((number + 1).to_string()),
        }
    }
    if !wrong.is_empty() {
        let (line, is) = if wrong.len() == 1 {
            ("Line", "is")
        } else {
            ("Lines", "are")
        };
        form.errors.add(
            "whom",
            format!(
                "{line} {} {is} neither an e-mail address nor the reference of a person",
                wrong.join(", ")
            ),
        );
    }
    for line in form.value("letters").lines() {
        let line = line.trim();
        if !line.is_empty() {
            found.push(Whom::Letter(line.chars().take(300).collect()));
        }
    }
    Ok(found)
}

/// The person of a reference, where the viewer may see them.
async fn party_of(
    forms: &Forms,
    viewer: &Viewer,
    reference: &str,
) -> Result<Option<Uuid>, PageError> {
    let app = &forms.app;
    let Ok(reference) = reference.parse::<commonweal_core::ids::Reference>() else {
        return Ok(None);
    };
    let scope = viewer.principal.scope(Action::SeeParties, Kind::Party);
    let found = read!(&app.db, |tx| pick::find(tx, &scope, reference.as_str())
        .await
        .map_err(PageError::from))
    .await?;
    let found = found
        .into_iter()
        .find(|brief| brief.reference == reference.as_str())
        .map(|brief| brief.id.0);
    if let Some(party) = found {
        app.access_log
            .record(&app.clock, viewer, Action::SeeParties, &[party])
            .await?;
    }
    Ok(found)
}

/// `POST /registers/{key}/invitations/remind`.
pub(crate) async fn remind(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    let definition = invited(&forms, &viewer, &key).await?;
    let app = &forms.app;
    let today = app.clock.today();
    let sent = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        let sent = reminders(tx, &forms, &definition, today).await?;
        if sent == 0 {
            tx.record(commonweal_core::events::Event::new(
                "definition",
                Uuid::nil(),
                "form_invitation.none_reminded",
                json!({ "definition": definition.key }),
            ));
        }
        Ok::<_, DbError>(sent)
    })
    .await
    .map_err(PageError::from)?;
    let words = match sent {
        0 => "Nobody is left to remind".to_owned(),
        1 => "1 reminder was sent".to_owned(),
        more => format!("{more} reminders were sent"),
    };
    app.flash(&viewer, &words).await?;
    Ok(Redirect::to(&format!("/registers/{key}/invitations")).into_response())
}
