//! The same story for every definition that ships, on both databases: it is read, its grants are
//! facts, a record of it is made, changed, and moved by every move that it permits.

use std::collections::{BTreeMap, BTreeSet};

use commonweal_access::policy::Principal;
use commonweal_core::content::{self, Version};
use commonweal_core::events::Actor;
use commonweal_core::{DbError, args, on_both, read, sql, write};
use uuid::Uuid;

use crate::answers::{self, Answers, FileAnswer, Names};
use crate::catalogue::{self, Catalogue};
use crate::definition::{Definition, Move};
use crate::made_up::{self, World};
use crate::register::store::{self, NewRecord, Record, StoreError};
use crate::test_stage::Stage;

/// How many sets of answers are tried for a move whose condition asks for some of them.
const TRIES: u64 = 300;

async fn make(
    stage: &Stage,
    definition: &Definition,
    world: &World,
    seed: u64,
) -> Result<Record, StoreError> {
    let answers = made_up::answers(definition, world, seed);
    let wrong = answers::check(definition, &answers, world.today);
    assert!(wrong.is_empty(), "{}: {wrong:?}", definition.key);
    let (db, clock) = (&stage.forms.app.db, &stage.clock);
    write!(db, clock, &Actor::system("test"), |tx| {
        let new = NewRecord {
            answers: answers.clone(),
            agency: world.agencies.first().copied(),
            channel: "page",
            ..NewRecord::default()
        };
        store::create(tx, clock, definition, new).await
    })
    .await
}

/// Makes a record, puts it into a state, and makes a move; none of it stays where the move's
/// conditions do not hold.
async fn moved(
    stage: &Stage,
    definition: &Definition,
    one: &Move,
    world: &World,
    seed: u64,
) -> Result<Record, StoreError> {
    let (db, clock) = (&stage.forms.app.db, &stage.clock);
    let mut answers = made_up::answers(definition, world, seed);
    let mut asks = Answers::default();
    for (list, given) in [(&one.needs, &mut answers), (&one.asks, &mut asks)] {
        for question in list.iter().filter_map(|id| definition.get(*id)) {
            if given.get(&question.id).is_none() {
                given.set(&question.id, made_up::answer(question, world, seed));
            }
        }
    }
    let from = one.from.first().cloned().unwrap_or_default();
    write!(db, clock, &Actor::system("test"), |tx| {
        let new = NewRecord {
            answers: answers.clone(),
            channel: "page",
            ..NewRecord::default()
        };
        let record = store::create(tx, clock, definition, new).await?;
        tx.run(
            sql!("update form_records set state = $2 where id = $1"),
            args![record.id, &from],
        )
        .await?;
        let reason = one.reason.then_some("It is so.");
        store::make_move(
            tx,
            definition,
            record.id,
            record.version,
            &one.key,
            &asks,
            reason,
        )
        .await
    })
    .await
}

/// What is wrong with a definition's story; nothing where all is well.
async fn story(stage: &Stage, definition: &Definition, world: &World) -> Vec<String> {
    let mut wrong = Vec::new();
    let key = &definition.key;
    let made = make(stage, definition, world, 1).await.unwrap();
    assert!(made.reference.starts_with(&definition.prefix));
    for (id, answer) in &made.answers.0 {
        let (_, question) = definition.question(id).unwrap();
        let plain = answers::json(question, answer);
        assert!(!plain.is_null(), "{key}: {id}");
        assert!(!answers::show(question, answer, "en", &Names::default()).is_empty());
    }
    let mut other = made_up::answers(definition, world, 2);
    if let Some(parent) = &definition.parent
        && let Some(question) = definition.get(parent.question)
    {
        let kept = made.answers.get(&question.id).cloned();
        other.set(&question.id, kept);
    }
    let changed = write!(
        &stage.forms.app.db,
        &stage.clock,
        &Actor::system("test"),
        |tx| store::change(
            tx,
            definition,
            made.id,
            made.version,
            &other,
            Some("A note")
        )
        .await
    )
    .await
    .unwrap();
    assert_eq!(changed.answers, other, "{key}");
    let (db, id) = (&stage.forms.app.db, made.id);
    let there: Result<Record, DbError> = read!(db, |tx| store::load(tx, id).await).await;
    assert_eq!(there.unwrap().answers, other, "{key}");
    for one in &definition.moves {
        let mut last = String::new();
        let mut done = false;
        for seed in 0..TRIES {
            match moved(stage, definition, one, world, seed).await {
                Ok(record) => {
                    assert_eq!(record.state, one.to, "{key}: {}", one.key);
                    done = true;
                    break;
                }
                Err(StoreError::Unmet(why)) => last = why.join(" "),
                Err(error) => panic!("{key}, move {}: {error}", one.key),
            }
        }
        if !done {
            wrong.push(format!(
                "{key}: no answers allow the move {}: {last}",
                one.key
            ));
        }
    }
    wrong
}

/// A file by the name that answers give it.
fn file(number: u128) -> FileAnswer {
    FileAnswer {
        id: Uuid::from_u128(number),
        sha256: "00".repeat(32),
        name: format!("picture{number}.jpg"),
        media_type: "image/jpeg".to_owned(),
        size: 20_000,
    }
}

on_both! {
    async fn every_shipped_definition_does_what_it_promises(db: Db) {
        let stage = Stage::with(&db, &[]).await;
        content::install(&db, &stage.clock, &catalogue::shipped()).await.unwrap();
        catalogue::take_up(&db, &stage.clock).await.unwrap();
        let catalogue = Catalogue::load(&db, &stage.clock).await.unwrap();
        let definitions = catalogue.all();
        assert_eq!(definitions.len(), catalogue::shipped().len());

        let (officer, _) = stage.person(&["officer", "manager", "analyst"]).await;
        let principal: Result<Option<Principal>, DbError> = read!(&db, |tx| Principal::load(tx, officer).await).await;
        let principal = principal.unwrap().unwrap();
        let parties: Vec<Uuid> = vec![Uuid::from_u128(5)];
        let mut world = World {
            agencies: vec![principal.agency],
            staff: vec![officer],
            parties,
            files: vec![file(7), file(8), file(9)],
            ..World::empty(stage.clock.today())
        };
        for definition in &definitions {
            let named: BTreeSet<&str> = definition.access.iter().map(|grant| grant.role.as_str()).collect();
            for grant in definition.access.iter().filter(|grant| ["officer", "manager", "analyst"].contains(&grant.role.as_str())) {
                let held = (definition.key.clone(), grant.act, grant.reach);
                assert!(principal.definition_grants.contains(&held), "{held:?} of {named:?}");
            }
        }
        // Records that others name come first.
        let mut waiting: Vec<_> = definitions.iter().collect();
        let mut records: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut rest = Vec::new();
            for definition in waiting {
                let needs = definition.parent.as_ref().map(|parent| parent.register.clone());
                if needs.is_some_and(|register| !records.contains_key(&register)) {
                    rest.push(definition);
                    continue;
                }
                world.records.clone_from(&records);
                let made = make(&stage, definition, &world, 0).await;
                match made {
                    Ok(record) => records.entry(definition.key.clone()).or_default().push(record.id),
                    Err(error) => panic!("{}: {error}", definition.key),
                }
            }
            assert!(rest.len() < before, "parents in a circle");
            waiting = rest;
        }
        world.records = records;
        let mut wrong = Vec::new();
        for definition in &definitions {
            wrong.extend(story(&stage, definition, &world).await);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let versions: Result<Vec<Version>, DbError> = read!(&db, |tx| content::all_current(tx, stage.clock.today()).await).await;
        assert!(versions.unwrap().iter().all(|version| version.shipped));
    }
}
