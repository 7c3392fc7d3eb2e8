//! Every definition is walked from its start page to the confirmation, as a browser does it.

use std::collections::{BTreeMap, BTreeSet};

use commonweal_core::events::Actor;
use commonweal_core::{Db, DbError, read, write};
use commonweal_govuk::page_faults;
use commonweal_records::party::pick::{self, ContactDetails, NewParty};
use http::StatusCode;
use uuid::Uuid;

use super::stage::{Browser, Stage};
use crate::answers::{self, Answer, Answers};
use crate::definition::{Audience, Definition, Personal, QuestionKind, Shared};
use crate::filling::exif::tests::photograph;
use crate::filling::{read as reading, walk};
use crate::made_up::{self, World};
use crate::register::store;

/// Whether a page says nothing twice and nothing wrong.
fn fine(path: &str, status: StatusCode, body: &str) {
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    let faults = page_faults(body);
    assert!(faults.is_empty(), "{path}: {faults:?}");
}

/// The fields of a step as somebody types them.
fn typed(
    definition: &Definition,
    step: &walk::Step,
    given: &Answers,
    names: &answers::Names,
) -> Vec<(String, String)> {
    let mut form = commonweal_govuk::Form::default();
    let mut pairs = Vec::new();
    let shown = answers::shown(definition, given);
    for id in step.questions.iter().filter(|id| shown.question(**id)) {
        let question = definition.get(*id).unwrap();
        let Some(answer) = given.get(&question.id) else {
            continue;
        };
        reading::prefill(question, answer, names, &mut form);
        if let Answer::Choices(values) = answer {
            pairs.extend(
                values
                    .iter()
                    .map(|value| (question.id.clone(), value.clone())),
            );
            continue;
        }
        let parts = [
            "",
            "-day",
            "-month",
            "-year",
            "-line1",
            "-line2",
            "-town",
            "-postcode",
            "-uprn",
            "-name",
            "-telephone",
            "-email",
            "-safe",
            "-was",
            "-chosen",
            "-latitude",
            "-longitude",
            "-accuracy",
            "-how",
        ];
        for part in parts {
            let name = format!("{}{part}", question.id);
            let value = form.raw(&name).to_owned();
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
    }
    pairs
}

/// Walks a definition and returns the record that it made.
async fn walk(
    stage: &Stage,
    browser: &mut Browser,
    definition: &Shared,
    given: &Answers,
    names: &answers::Names,
) -> Uuid {
    let key = &definition.key;
    let before = stage.count(key).await;
    let path = format!("/forms/{key}");
    let start = browser.get(&path).await;
    fine(&path, start.status, &start.body);
    let channel = if definition.audience == Audience::Invited {
        "offline"
    } else {
        "page"
    };
    let begun = browser.post(&path, &[("channel", channel)]).await;
    assert_eq!(
        begun.status,
        StatusCode::SEE_OTHER,
        "{path}: {}",
        begun.body
    );
    let mut at = begun.location;
    let mut seen = BTreeSet::new();
    while !at.ends_with("/check") {
        assert!(seen.insert(at.clone()), "{at} comes twice");
        let page = browser.get(&at).await;
        fine(&at, page.status, &page.body);
        let step = walk::find(definition, at.rsplit('/').next().unwrap()).unwrap();
        let fields = typed(definition, &step, given, names);
        let mut fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        fields.push(("then", "on"));
        let picture = photograph();
        let files: Vec<(&str, &str, &[u8])> = step
            .questions
            .iter()
            .filter_map(|id| definition.get(*id))
            .filter(|question| matches!(question.kind, QuestionKind::Files { .. }))
            .map(|question| (question.id.as_str(), "lamp.jpg", picture.as_slice()))
            .collect();
        let mut sent = if files.is_empty() {
            browser.post(&at, &fields).await
        } else {
            browser.upload(&at, &fields, &files).await
        };
        // What the answers bring up comes on the same page, once more for each level.
        for _ in 0..3 {
            if sent.status != StatusCode::OK {
                break;
            }
            fine(&at, sent.status, &sent.body);
            sent = if files.is_empty() {
                browser.post(&at, &fields).await
            } else {
                browser.upload(&at, &fields, &[]).await
            };
        }
        let wrong: Vec<&str> = sent
            .body
            .split("govuk-error-message\">")
            .skip(1)
            .filter_map(|rest| rest.split("</p>").next())
            .collect();
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{at}: {wrong:?}");
        at = sent.location;
    }
    let check = browser.get(&at).await;
    fine(&at, check.status, &check.body);
    assert!(check.body.contains("govuk-summary-list"), "{at}");
    let mut other = browser.clone();
    let sent = browser.post(&at, &[("then", "send")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{at}: {}", sent.body);
    let again = other.post(&at, &[("then", "send")]).await;
    assert_eq!(
        again.location, sent.location,
        "pressed twice, the same confirmation"
    );
    let done = browser.get(&sent.location).await;
    fine(&sent.location, done.status, &done.body);
    assert!(done.body.contains("govuk-panel"), "{}", done.body);
    assert_eq!(stage.count(key).await, before + 1, "{key}: one record");
    let back = browser.get(&at).await;
    assert_eq!(
        back.location, sent.location,
        "the back button changes nothing"
    );
    let reference = done
        .body
        .split("<br><strong>")
        .nth(1)
        .and_then(|rest| rest.split('<').next())
        .map(str::to_owned);
    let record = match reference {
        Some(reference) => read!(&stage.db, |tx| store::by_reference(tx, &reference).await).await,
        None => {
            let newest = read!(&stage.db, |tx| tx
                .one(commonweal_core::sql!("select id from form_records where definition = $1 order by created_at desc, id desc limit 1"), commonweal_core::args![key])
                .await)
            .await;
            let id: Uuid = newest.unwrap().at(0).unwrap();
            read!(&stage.db, |tx| store::load(tx, id).await).await
        }
    };
    let record = record.unwrap();
    for (id, answer) in &given.0 {
        let (place, question) = definition.question(id).unwrap();
        if matches!(question.kind, QuestionKind::Files { .. })
            || !walk::asks(definition, place, &Answers::default())
            // Kept for a later state, in which a page asks it.
            || !walk::shown(definition, given, None).question(place)
        {
            continue;
        }
        assert_eq!(record.answers.get(id), Some(answer), "{key}: {id}");
    }
    record.id
}

async fn everything(db: Db) {
    let stage = Stage::new(&db, &[]).await;
    let (user, mut browser) = stage.person(&["warden", "officer", "manager"]).await;
    let agency = read!(&db, |tx| tx
        .one(
            commonweal_core::sql!("select agency from users where id = $1"),
            commonweal_core::args![user]
        )
        .await)
    .await
    .unwrap()
    .get("agency")
    .unwrap();
    let party = write!(&db, &stage.clock, &Actor::system("test"), |tx| {
        let details = ContactDetails {
            name: "Robin Sample".to_owned(),
            ..ContactDetails::default()
        };
        pick::create(tx, &NewParty::of_contact(details, agency, "test")).await
    })
    .await
    .map_err(|error: DbError| error)
    .unwrap();
    let mut world = World {
        agencies: vec![agency],
        staff: vec![user],
        parties: vec![party.id.0],
        ..World::empty(stage.clock.today())
    };
    let mut names = BTreeMap::from([
        (user, "Outsider".to_owned()),
        (party.id.0, "Robin Sample".to_owned()),
    ]);
    let mut left: Vec<Shared> = stage.forms.catalogue.all();
    assert!(left.len() > 20, "{}", left.len());
    for _ in 0..6 {
        let mut later = Vec::new();
        for definition in std::mem::take(&mut left) {
            let lacks = definition.questions.iter().any(|question| {
                matches!(&question.kind, QuestionKind::Record { register }
                    if question.required && !world.records.contains_key(register))
            });
            if lacks {
                later.push(definition);
                continue;
            }
            let mut given = made_up::answers(&definition, &world, 7);
            let here = definition.questions.iter();
            let asked_by_moves: Vec<String> = here
                .filter_map(|question| {
                    let (id, _) = definition.question(&question.id)?;
                    (!walk::asks(&definition, id, &Answers::default())).then(|| question.id.clone())
                })
                .collect();
            for id in asked_by_moves {
                given.set(&id, None);
            }
            answers::shown(&definition, &given).strip(&mut given);
            let record = walk(
                &stage,
                &mut browser,
                &definition,
                &given,
                &answers::Names(names.clone()),
            )
            .await;
            let record = read!(&db, |tx| store::load(tx, record).await)
                .await
                .unwrap();
            names.insert(record.id, record.reference.clone());
            world
                .records
                .entry(definition.key.clone())
                .or_default()
                .push(record.id);
            let personal = definition
                .questions
                .iter()
                .any(|question| question.personal != Personal::None);
            let copy = browser.get(&format!("{}/copy.pdf", record.href())).await;
            assert_eq!(
                copy.status,
                StatusCode::OK,
                "{}: {}",
                definition.key,
                copy.body
            );
            assert!(copy.bytes.starts_with(b"%PDF-"), "{}", definition.key);
            let blank = browser
                .get(&format!("/forms/{}/blank.pdf", definition.key))
                .await;
            assert!(
                blank.bytes.starts_with(b"%PDF-"),
                "{}: {}",
                definition.key,
                blank.body
            );
            let _ = personal;
        }
        left = later;
        if left.is_empty() {
            break;
        }
    }
    let left: Vec<&str> = left.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(left, Vec::<&str>::new(), "never walked");
}

commonweal_core::on_both! {
    async fn every_definition_is_walked_from_start_to_confirmation(db: Db) {
        everything(db).await;
    }
}
