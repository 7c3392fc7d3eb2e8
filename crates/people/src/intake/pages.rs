//! `/intake`: one page on which a colleague takes a report. Each look-up sends the whole page, so that
//! nothing is typed twice and nothing that somebody looks for stands in an address.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::{Action, Resource};
use commonweal_access::web::{PageError, Sent, Viewer};
use commonweal_core::ids::new_uuid;
use commonweal_core::{Db, DbError, read, write};
use commonweal_govuk::{Form, Page, page};
use commonweal_records::matters::{self, Identity, ReportId};
use commonweal_records::party::{self, PartyId, pick, store};
use serde::Serialize;
use uuid::Uuid;

use super::content::{self, Script};
use super::done;
use super::form::{self, Taken, Who};
use super::look::{self, Found, Spot, Where};
use super::same;
use crate::reporting::{Incoming, People, Rules, agencies, receive};

page!(pub(super) PAGE, "intake/page.html", "page.html");

/// A choice of a list.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Item {
    pub(super) value: String,
    pub(super) text: String,
}

/// A question of the script.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Ask {
    pub(super) name: String,
    pub(super) ask: String,
    pub(super) hint: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Context {
    pub(super) id: String,
    pub(super) kinds: Vec<Item>,
    pub(super) landlords: Vec<Item>,
    pub(super) script: Vec<Ask>,
    pub(super) people: Found,
    pub(super) places: Found,
    pub(super) same: Found,
    /// Whether people can be looked up.
    pub(super) look: bool,
    /// What was looked up, so that the page opens there.
    pub(super) looked: Option<&'static str>,
}

/// What the page is made of.
struct Made {
    rules: std::sync::Arc<Rules>,
    script: Script,
    landlords: Vec<Item>,
}

async fn made(people: &People) -> Result<Made, PageError> {
    let rules = people.rules().await?;
    let today = people.app.clock.today();
    let loaded: Result<_, DbError> = read!(&people.app.db, |tx| {
        Ok((content::script(tx, today).await?, agencies(tx).await?))
    })
    .await;
    let (script, agencies) = loaded?;
    let landlords = agencies
        .into_iter()
        .filter(|agency| agency.kind == "housing")
        .map(|agency| Item {
            value: agency.id.to_string(),
            text: agency.name,
        })
        .collect();
    Ok(Made {
        rules,
        script,
        landlords,
    })
}

fn context(viewer: &Viewer, made: &Made, form: &Form) -> Context {
    let blank = Item {
        value: String::new(),
        text: "Select one".to_owned(),
    };
    let kinds = made.rules.kinds.iter().map(|kind| Item {
        value: kind.key.clone(),
        text: kind.label.clone(),
    });
    let hint = |question: &content::Question| {
        let part =
            |word: &str, text: &Option<String>| text.as_ref().map(|text| format!("{word}: {text}"));
        let both: Vec<String> = part("If yes", &question.yes)
            .into_iter()
            .chain(part("If no", &question.no))
            .collect();
        (!both.is_empty()).then(|| both.join(" "))
    };
    Context {
        id: form.value("id").to_owned(),
        kinds: std::iter::once(blank).chain(kinds).collect(),
        landlords: made.landlords.clone(),
        script: made
            .script
            .questions
            .iter()
            .map(|question| Ask {
                name: format!("ask-{}", question.key),
                ask: question.ask.clone(),
                hint: hint(question),
            })
            .collect(),
        people: Found::default(),
        places: Found::default(),
        same: Found::default(),
        look: viewer.principal.may_enter(Action::SeeParties),
        looked: None,
    }
}

fn show(
    people: &People,
    viewer: &Viewer,
    form: &Form,
    context: &Context,
) -> Result<Response, PageError> {
    let page = Page::new(&PAGE, "Take a report").form(form);
    people.app.page(viewer, page, context)
}

pub(super) async fn ask(
    State(people): State<People>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let mut form = Form::default();
    form.set("id", new_uuid(&people.app.clock).to_string());
    form.set("channel", "telephone");
    form.set("whom", "self");
    let context = context(&viewer, &made(&people).await?, &form);
    show(&people, &viewer, &form, &context)
}

/// The point of the place as it stands in the form, looked up where it was not chosen.
async fn point(people: &People, form: &Form) -> Result<Where, PageError> {
    if let Some(spot) = Spot::from_value(form.value("place")) {
        return Ok(Where::Spot(spot));
    }
    match form.value("where") {
        "" => Ok(Where::Words),
        text => Ok(look::place(&people.app.db, text).await?),
    }
}

pub(super) async fn answer(
    State(people): State<People>,
    viewer: Viewer,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let made = made(&people).await?;
    if form.value("id").parse::<Uuid>().is_err() {
        form.set("id", new_uuid(&people.app.clock).to_string());
    }
    let mut context = context(&viewer, &made, &form);
    // What was looked up before stays on the page.
    context.people = look::people(&people, &viewer, form.value("person")).await?;
    context.places = look::places(&people, &form).await?;
    match form.value("do") {
        "person" => {
            context.looked = Some("person");
            return show(&people, &viewer, &form, &context);
        }
        "place" => {
            context.looked = Some("place");
            return show(&people, &viewer, &form, &context);
        }
        "same" => {
            context.looked = Some("same");
            let spot = match point(&people, &form).await? {
                Where::Spot(spot) => Some(spot.point),
                Where::Several(_) | Where::Words => None,
            };
            context.same =
                same::likely(&people, &viewer, &made.rules, spot, form.value("kind")).await?;
            return show(&people, &viewer, &form, &context);
        }
        _ => {}
    }
    let words = form.required("where", "Enter where it happened");
    if words.chars().count() > 500 {
        form.errors
            .add("where", "Where it happened must be 500 characters or fewer");
    }
    let spot = match point(&people, &form).await? {
        Where::Spot(spot) => Some(spot),
        // 'None of these' was chosen: the words stay.
        Where::Several(_) if form.value("place") == "none" => None,
        Where::Several(_) => {
            form.errors
                .add("place", "Select which place is meant, or 'None of these'");
            None
        }
        Where::Words => None,
    };
    let now = people.app.clock.now();
    let taken = form::read(&mut form, &made.rules, &made.script, now);
    let Some(taken) = taken else {
        return show(&people, &viewer, &form, &context);
    };
    let id: Uuid = form.value("id").parse().map_err(|_| PageError::NotFound)?;
    let place = matters::Place {
        point: spot.as_ref().map(|spot| spot.point),
        words,
        at_home: taken.at_home,
    };
    let town = spot.filter(|spot| spot.area).map(|spot| spot.text);
    let done = save(&people, &viewer, &made.rules, id, place, town, &taken).await?;
    done::show(&people, &viewer, &made.rules, &done).await
}

/// What was saved.
pub(super) struct Saved {
    pub(super) received: matters::Received,
    /// The secret of the private link; none where the report was saved before.
    pub(super) link: Option<String>,
}

async fn save(
    people: &People,
    viewer: &Viewer,
    rules: &Rules,
    id: Uuid,
    place: matters::Place,
    town: Option<String>,
    taken: &Taken,
) -> Result<Saved, PageError> {
    let agency = viewer.principal.agency;
    write!(&people.app.db, &people.app.clock, &viewer.actor(), |tx| {
        let delivery = format!("intake:{id}");
        let reporter = match &taken.who {
            Who::Nobody => None,
            Who::Known(id) => {
                let party = store::find(tx, PartyId(*id)).await?;
                let resource = Resource::party(*id, party.agency);
                if !viewer.may(Action::SeeParties, &resource) {
                    return Err(PageError::NotFound);
                }
                Some(PartyId(*id))
            }
            Who::New(details) => {
                let mut details = (**details).clone();
                details.name = details.name.trim().to_owned();
                let source = "Told whoever took a report";
                let new = pick::NewParty::of_contact(details, agency, source);
                // The same form again must not add the person again.
                match already(tx, &delivery).await? {
                    Some(known) => known,
                    None => Some(pick::create(tx, &new).await?.id),
                }
            }
        };
        let further_to = match taken.same {
            Some(report) => {
                let report = ReportId(report);
                let matter = matters::matter_of_report(tx, report).await?;
                let resource = matters::resource(tx, &matter).await?;
                if !viewer.may(Action::SeeReports, &resource) {
                    return Err(PageError::NotFound);
                }
                Some(report)
            }
            None => None,
        };
        let incoming = Incoming {
            channel: taken.channel,
            delivery: Some(delivery),
            agency,
            taken_by: Some(viewer.user()),
            their_reference: None,
            identity: taken.identity,
            reporter: reporter.filter(|_| taken.identity != Identity::Anonymous),
            whom: taken.whom,
            kind: taken.kind.clone(),
            qualifier: None,
            description: taken.description.clone(),
            happening: taken.happening,
            occurrences: taken.occurrences.clone(),
            place: place.clone(),
            town: town.clone(),
            landlord: taken.landlord,
            safe_now: taken.safe_now,
            hate: taken.hate,
            more_words: Vec::new(),
            language: "en".to_owned(),
            record: None,
            further_to,
        };
        let received = receive(tx, rules, incoming).await?;
        let link = if received.again {
            None
        } else {
            Some(crate::tracking::make_link(tx, received.report).await?)
        };
        Ok::<_, PageError>(Saved { received, link })
    })
    .await
}

/// Who reported what a delivery made; the outer none where it made nothing yet.
pub(crate) async fn already(
    tx: &mut commonweal_core::Tx,
    delivery: &str,
) -> Result<Option<Option<party::PartyId>>, DbError> {
    let row = tx
        .optional(
            commonweal_core::sql!("select reporter from reports where delivery = $1"),
            commonweal_core::args![delivery],
        )
        .await?;
    row.map(|row| Ok(row.get::<Option<Uuid>>("reporter")?.map(PartyId)))
        .transpose()
}

/// The point of a place in words, where the map knows exactly one.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn point_of(db: &Db, text: &str) -> Result<Option<(f64, f64)>, DbError> {
    Ok(match look::place(db, text).await? {
        Where::Spot(spot) => Some(spot.point),
        Where::Several(_) | Where::Words => None,
    })
}
