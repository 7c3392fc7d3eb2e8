//! What becomes of what is sent, in the transaction in which it is sent.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Europe::London;
use commonweal_core::events::Event;
use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, ReadTx, Tx, args, jobs, sql};
use commonweal_forms::Workflow;
use commonweal_forms::definition::Definition;
use commonweal_forms::register::store::Record;
use commonweal_records::calendar::Calendar;
use commonweal_records::matters::{
    self, Channel, Happening, Identity, Place, Report, ReportId, Whom,
};
use commonweal_records::party::contact::{self, ContactDetails};
use commonweal_records::party::rules::Rules as Wishes;
use commonweal_records::party::{NewParty, PartyId, store as parties};
use serde_json::json;
use uuid::Uuid;

use super::areas::{Areas, Lies};
use super::told::{Told, diary, occurrence};
use super::{MORE, REPORT, TELL};
use crate::reporting::rules::{Agency, Rules};
use crate::reporting::{self, ALERT, Incoming, Rulebook, prepare};

/// What is kept in memory between reports.
#[derive(Clone, Default)]
struct Kept {
    rules: Rulebook,
    areas: Areas,
}

/// The workflows of the three definitions.
pub(super) fn all() -> Vec<Workflow> {
    let kept = Arc::new(Kept::default());
    let also = Arc::clone(&kept);
    let report = Workflow::new(
        REPORT,
        &[
            "report.kind",
            "report.description",
            "report.place",
            "report.place_words",
            "report.happening",
        ],
        "/report/sent/{draft}",
        move |tx, definition, record| {
            let kept = Arc::clone(&kept);
            Box::pin(async move { reported(tx, &kept, definition, record).await })
        },
    );
    let more = Workflow::new(
        MORE,
        &[],
        "/report/more/{draft}",
        move |tx, definition, record| {
            let kept = Arc::clone(&also);
            Box::pin(async move { added(tx, &kept, definition, record).await })
        },
    );
    let tell = Workflow::new(
        TELL,
        &["told.what"],
        "/report/told?lang={language}",
        |tx, definition, record| Box::pin(async move { told(tx, definition, record).await }),
    );
    vec![
        report.begun_at("/report"),
        more.begun_at("/report"),
        tell.begun_at("/report/tell-us"),
    ]
}

/// The agency whose door the public form is: the council, else the first of the partnership.
pub(super) fn door(agencies: &[Agency]) -> Result<Uuid, DbError> {
    let council = agencies.iter().find(|agency| agency.kind == "council");
    council
        .or_else(|| agencies.first())
        .map(|agency| agency.id)
        .ok_or_else(|| DbError::Setup("no agency can take reports: add one".to_owned()))
}

/// The day on the calendar of the United Kingdom.
fn today(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&London).date_naive()
}

/// The draft of a record and the language that it was filled in.
async fn draft_of(
    tx: &mut ReadTx,
    record: Uuid,
) -> Result<(Option<String>, Option<String>), DbError> {
    let row = tx
        .one(
            sql!("select delivery from form_records where id = $1"),
            args![record],
        )
        .await?;
    let delivery: Option<String> = row.get("delivery")?;
    let id: Option<Uuid> = delivery
        .as_deref()
        .and_then(|delivery| delivery.strip_prefix("draft:"))
        .and_then(|id| id.parse().ok());
    let Some(id) = id else {
        return Ok((delivery, None));
    };
    let language = tx
        .optional(
            sql!("select language from form_drafts where id = $1"),
            args![id],
        )
        .await?;
    let language = language.map(|row| row.get("language")).transpose()?;
    Ok((delivery, language))
}

/// A report was sent.
async fn reported(
    tx: &mut Tx,
    kept: &Kept,
    definition: &Definition,
    record: &Record,
) -> Result<(), DbError> {
    let told = Told {
        definition,
        answers: &record.answers,
    };
    let day = today(tx.now());
    let rules = kept.rules.on(tx, day).await?;
    let agencies = reporting::agencies(tx).await?;
    let earlier = earlier(tx, told).await?;
    let point = told
        .place("report.place")
        .map(|place| (place.latitude, place.longitude));
    let lies = match point {
        Some(point) => kept.areas.find(tx, point).await?,
        None => Lies::default(),
    };
    let (delivery, language) = draft_of(tx, record.id).await?;
    let language = language.unwrap_or_else(|| "en".to_owned());
    let mut incoming = Incoming {
        delivery: delivery.or_else(|| Some(format!("record:{}", record.id))),
        agency: door(&agencies)?,
        language: language.clone(),
        record: Some(record.id),
        ..incoming(told, earlier.as_ref(), &lies, tx.now())
    };
    let (_, routed) = prepare::prepare(
        &rules,
        Calendar::england(),
        &agencies,
        tx.now(),
        incoming.clone(),
    );
    if incoming.identity != Identity::Anonymous {
        incoming.reporter = reporter(tx, told, routed.agency, &language).await?;
        if incoming.reporter.is_none() {
            // Whoever gave neither a name nor a way to reach them is nobody whom we know.
            incoming.identity = Identity::Anonymous;
        }
    }
    let received = reporting::receive(tx, &rules, incoming).await?;
    tx.run(
        sql!(
            "insert into report_outcomes (report, record, outside, whose) values ($1, $2, $3, $4)
             on conflict (report) do nothing"
        ),
        args![received.report, record.id, lies.outside, lies.whose],
    )
    .await?;
    Ok(())
}

/// The report that this one goes on from.
async fn earlier(tx: &mut ReadTx, told: Told<'_>) -> Result<Option<Report>, DbError> {
    let Some(text) = told.text("report.earlier") else {
        return Ok(None);
    };
    find_earlier(tx, text).await
}

/// A report by the reference as somebody typed it.
///
/// # Errors
/// [`DbError`].
pub(super) async fn find_earlier(tx: &mut ReadTx, text: &str) -> Result<Option<Report>, DbError> {
    let Ok(reference) = text.trim().parse::<commonweal_core::ids::Reference>() else {
        return Ok(None);
    };
    match matters::report_by_reference(tx, reference.as_str()).await {
        Ok(report) => Ok(Some(report)),
        Err(DbError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A report as the answers tell it; without whose door, record, language and reporter.
fn incoming(told: Told<'_>, earlier: Option<&Report>, lies: &Lies, now: DateTime<Utc>) -> Incoming {
    let today = today(now);
    let happening = told
        .text("report.happening")
        .and_then(Happening::from_name)
        .unwrap_or(Happening::Once);
    let occurrences = match happening {
        Happening::Now => vec![matters::Occurrence {
            on: today,
            at: Some(now),
        }],
        Happening::Once => told
            .day("report.on")
            .map(|on| occurrence(on, told.time("report.at")))
            .into_iter()
            .collect(),
        Happening::Repeated => diary(told.text("report.diary").unwrap_or_default(), today),
    };
    let more = ["report.diary", "report.place_words", "report.other_who"];
    let identity = match (
        told.text("report.identity"),
        told.text("report.confidential"),
    ) {
        (Some("named"), Some("open")) => Identity::Named,
        // Unless they say otherwise nobody learns it who need not.
        (Some("named" | "confidential"), _) => Identity::Confidential,
        _ => Identity::Anonymous,
    };
    let place = told.place("report.place");
    let words = [
        told.text("report.place_words").unwrap_or_default(),
        place.map_or("", |place| place.text.as_str()),
    ];
    let words: Vec<&str> = words.into_iter().filter(|text| !text.is_empty()).collect();
    let outside = || match &lies.whose {
        Some(whose) => format!("outside our area ({whose})"),
        None => "outside our area".to_owned(),
    };
    Incoming {
        channel: Channel::Public,
        delivery: None,
        agency: Uuid::nil(),
        taken_by: None,
        their_reference: None,
        identity,
        reporter: None,
        whom: earlier
            .map(|report| report.whom)
            .or_else(|| told.text("report.whom").and_then(Whom::from_name))
            .unwrap_or(Whom::Own),
        kind: earlier
            .map(|report| report.kind.clone())
            .or_else(|| told.text("report.kind").map(str::to_owned))
            .unwrap_or_else(|| "other".to_owned()),
        qualifier: earlier.and_then(|report| report.qualifier),
        description: told
            .text("report.description")
            .unwrap_or_default()
            .to_owned(),
        happening,
        occurrences,
        place: match earlier {
            Some(report) => report.place.clone(),
            None => Place {
                point: place.map(|place| (place.latitude, place.longitude)),
                words: words.join(", "),
                at_home: told.yes("report.at_home").unwrap_or(false),
            },
        },
        town: if lies.outside {
            Some(outside())
        } else {
            lies.town.clone()
        },
        landlord: told.agency("report.landlord"),
        safe_now: told.yes("report.safe_now"),
        hate: told.yes("report.hate"),
        more_words: more
            .iter()
            .filter_map(|bind| told.text(bind).map(str::to_owned))
            .collect(),
        language: String::new(),
        record: None,
        further_to: earlier.map(|report| report.id),
    }
}

/// Adds whoever gave a name or a way to reach them.
async fn reporter(
    tx: &mut Tx,
    told: Told<'_>,
    agency: Uuid,
    language: &str,
) -> Result<Option<PartyId>, DbError> {
    let Some(given) = told.contact("report.contact") else {
        return Ok(None);
    };
    let phone = contact::phone(&given.telephone).ok();
    let email = contact::email(&given.email).ok();
    if given.name.trim().is_empty() && phone.is_none() && email.is_none() {
        return Ok(None);
    }
    let safe = told.text("report.contact_safe");
    // Without a clear yes only a person, who reads the note, gets in touch; never a machine.
    let details = ContactDetails {
        name: if given.name.trim().is_empty() {
            "Name not given".to_owned()
        } else {
            given.name.clone()
        },
        by_phone: phone.is_some() && safe != Some("no"),
        by_email: email.is_some() && safe == Some("any"),
        phone,
        email,
        rules: Wishes {
            hide_caller: safe != Some("any"),
            note: given.safe.clone(),
            ..Wishes::default()
        },
    };
    let mut new = NewParty::of_contact(details, agency, "Public report");
    if language == "pl" {
        new.details.language = "Polish".to_owned();
    }
    let id = PartyId(uuid_at(tx.now()));
    parties::add(tx, id, &new).await?;
    Ok(Some(id))
}

/// More to a report was sent.
async fn added(
    tx: &mut Tx,
    kept: &Kept,
    definition: &Definition,
    record: &Record,
) -> Result<(), DbError> {
    let row = tx
        .optional(
            sql!("select id from reports where record = $1"),
            args![record.parent],
        )
        .await?;
    let Some(row) = row else {
        return Err(DbError::NotFound);
    };
    let report = ReportId(row.get("id")?);
    let now = tx.now();
    tx.run(
        sql!("insert into report_additions (record, report, added_at) values ($1, $2, $3)"),
        args![record.id, report, now],
    )
    .await?;
    let matter = matters::matter_of_report(tx, report).await?;
    let told = Told {
        definition,
        answers: &record.answers,
    };
    let day = today(tx.now());
    let rules: Arc<Rules> = kept.rules.on(tx, day).await?;
    let words = ["more.effect_words", "more.who", "more.needs", "more.wishes"];
    let hot = words
        .iter()
        .filter_map(|bind| told.text(bind))
        .any(|text| !rules.hot_words.find(text).is_empty());
    if hot && !matter.urgent {
        tx.run(
            sql!("update matters set urgent = true, version = version + 1 where id = $1"),
            args![matter.id],
        )
        .await?;
        jobs::enqueue(tx, ALERT, json!({ "report": report })).await?;
    }
    commonweal_core::generations::bump(tx, matters::GENERATION).await?;
    tx.record(Event::new(
        matters::REPORT_SUBJECT,
        report.0,
        "report.added_to",
        json!({ "record": record.id, "urgent": hot }),
    ));
    tx.record(Event::new(
        matters::SUBJECT,
        matter.id.0,
        "matter.added_to",
        json!({ "report": report, "urgent": hot }),
    ));
    Ok(())
}

/// Somebody told what they know.
async fn told(tx: &mut Tx, definition: &Definition, record: &Record) -> Result<(), DbError> {
    let told = Told {
        definition,
        answers: &record.answers,
    };
    let agencies = reporting::agencies(tx).await?;
    let place = told.place("told.place");
    let words = [
        told.text("told.place_words").unwrap_or_default(),
        place.map_or("", |place| place.text.as_str()),
    ];
    let words: Vec<&str> = words.into_iter().filter(|text| !text.is_empty()).collect();
    let point = place.map(|place| (place.latitude, place.longitude));
    let cell = point.and_then(|(latitude, longitude)| {
        let at = h3o::LatLng::new(latitude, longitude).ok()?;
        let resolution = commonweal_records::incidents::CELL_RESOLUTION;
        Some(u64::from(at.to_cell(resolution)).cast_signed())
    });
    let reference = matters::fresh(tx, matters::INTELLIGENCE).await?;
    let (now, id) = (tx.now(), uuid_at(tx.now()));
    // Who sends: the police where they are in the partnership, since they keep the log.
    let police = agencies.iter().find(|agency| agency.kind == "police");
    let agency = match police {
        Some(agency) => agency.id,
        None => door(&agencies)?,
    };
    tx.run(
        sql!(
            "insert into intelligence (id, reference, agency, state, channel, told, happened, latitude, longitude, cell,
             place, handling_conditions, sanitised, record, delivery, told_at, version)
             values ($1, $2, $3, 'new', 'public', $4, $5, $6, $7, $8, $9, '', '', $10, $11, $12, 1)"
        ),
        args![
            id,
            &reference,
            agency,
            told.text("told.what").unwrap_or_default(),
            told.text("told.when").unwrap_or_default(),
            point.map(|point| point.0),
            point.map(|point| point.1),
            cell,
            words.join(", "),
            record.id,
            format!("record:{}", record.id),
            now
        ],
    )
    .await?;
    tx.record(Event::new(
        "intelligence",
        id,
        "intelligence.told",
        json!({ "channel": "public" }),
    ));
    Ok(())
}
