//! How fast lists are: 100,000 records of a shipped register, every filter and every order. Run it by
//! hand (`cargo test -p commonweal-forms --lib speed_of`); `make bench` measures
//! the same through the pages.

use std::io::Write as _;
use std::time::Instant;

use commonweal_access::policy::Principal;
use commonweal_core::ids::{Reference, new_uuid};
use commonweal_core::search::{self, Entry};
use commonweal_core::{DbError, args, insert, on_both, read, upkeep};
use uuid::Uuid;

use super::Stage;
use crate::answers::{self, Names};
use crate::definition::{QuestionKind, Shared};
use crate::made_up::{self, World};
use crate::register::list::asked::{
    Asked, DueBy, OfAgency, Order, Owner, Wanted, filters, sorts_by,
};
use crate::register::list::query::Reading;
use crate::register::store::{MISSING, TITLE, sort_key};

const RECORDS: u64 = 100_000;

fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

async fn fill(stage: &Stage, definition: &Shared, agency: Uuid, me: Uuid) {
    let (clock, today) = (&stage.clock, stage.clock.today());
    let world = World::empty(today);
    // Made-up answers are costly without optimisation: some hundreds serve for all.
    let made: Vec<_> = (0..500)
        .map(|seed| made_up::answers(definition, &world, seed))
        .collect();
    let mut done = 0;
    while done < RECORDS {
        let (mut rows, mut index, mut sort, mut entries) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for number in done..done + 1_000 {
            let given = &made[usize::try_from(number * 7_919 % 500).unwrap()];
            let id = new_uuid(clock);
            let reference = Reference::random(&definition.prefix).unwrap().to_string();
            let title = format!(
                "{} {number}",
                answers::title(definition, given, &Names::default())
            );
            let state =
                &definition.states[usize::try_from(number % 97).unwrap() % definition.states.len()];
            let at =
                clock.now() - chrono::Duration::minutes(i64::try_from(RECORDS - number).unwrap());
            let owner = (number % 500 == 0).then_some(me);
            let due = (!state.closed && number % 2 == 0)
                .then(|| today + chrono::Duration::days(i64::try_from(number % 200).unwrap() - 20));
            rows.extend(args![
                id,
                &definition.key,
                definition.version,
                &reference,
                &state.key,
                &title,
                serde_json::to_value(given).unwrap(),
                Some(agency),
                owner,
                "import",
                due,
                state.closed.then_some(at),
                at,
                at,
                1_i64
            ]);
            for row in answers::index_rows(definition, given) {
                index.extend(args![
                    id,
                    &definition.key,
                    row.question,
                    row.position,
                    row.text,
                    row.number,
                    row.date,
                    row.linked
                ]);
            }
            sort.extend(args![
                id,
                &definition.key,
                TITLE,
                search::normalised(&title)
            ]);
            for question in definition.questions.iter().filter(|question| question.list) {
                let key = given
                    .get(&question.id)
                    .and_then(|answer| sort_key(question, answer));
                let (name, key) = key.map_or_else(
                    || (format!("{}{MISSING}", question.id), String::new()),
                    |key| (question.id.clone(), key),
                );
                sort.extend(args![id, &definition.key, name, key]);
            }
            if number % 10 == 0 {
                entries.push(Entry {
                    subject: id,
                    kind: "form_record",
                    at,
                    names: vec![title],
                    references: vec![reference],
                    telephones: Vec::new(),
                    text: String::new(),
                });
            }
        }
        upkeep!(stage.db(), clock, |tx| {
            tx.insert_many(insert!("form_records", "id, definition, definition_version, reference, state, title, answers, agency, owner, channel, due_on, closed_at, created_at, changed_at, version"), rows.clone()).await?;
            tx.insert_many(insert!("answer_index", "record, definition, question, position, text, number, date, linked"), index.clone()).await?;
            tx.insert_many(insert!("answer_sort", "record, definition, question, key"), sort.clone()).await?;
            for entry in &entries {
                search::put(tx, entry).await?;
            }
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
        done += 1_000;
    }
}

fn asks(definition: &Shared, agency: Uuid) -> Vec<(String, Asked)> {
    let mut one = vec![
        ("all".to_owned(), Asked::default()),
        (
            "mine".to_owned(),
            Asked {
                owner: Some(Owner::Me),
                ..Asked::default()
            },
        ),
        (
            "nobody's".to_owned(),
            Asked {
                owner: Some(Owner::Nobody),
                ..Asked::default()
            },
        ),
        (
            "my agency's".to_owned(),
            Asked {
                agency: Some(OfAgency::One(agency)),
                ..Asked::default()
            },
        ),
        (
            "overdue".to_owned(),
            Asked {
                due: Some(DueBy::Overdue),
                ..Asked::default()
            },
        ),
        (
            "words of some".to_owned(),
            Asked {
                text: "street".to_owned(),
                ..Asked::default()
            },
        ),
        (
            "words of none".to_owned(),
            Asked {
                text: "nobodyofthatname".to_owned(),
                ..Asked::default()
            },
        ),
    ];
    for state in &definition.states {
        one.push((
            format!("state {}", state.key),
            Asked {
                state: Some(state.key.clone()),
                ..Asked::default()
            },
        ));
    }
    for (_, question) in filters(definition) {
        let wanted: Vec<Wanted> = match &question.kind {
            QuestionKind::Choice(options) | QuestionKind::Choices { options, .. } => options
                .iter()
                .take(3)
                .map(|option| Wanted::Text(option.value.clone()))
                .collect(),
            QuestionKind::YesNo { .. } => vec![Wanted::Truth(true)],
            QuestionKind::Date { .. } => {
                vec![Wanted::Days(Some("2026-01-01".parse().unwrap()), None)]
            }
            QuestionKind::Agency | QuestionKind::Record { .. } => vec![Wanted::Linked(agency)],
            _ => vec![Wanted::Number(Some(1.0), None)],
        };
        for wanted in wanted {
            one.push((
                format!("{} {wanted:?}", question.id),
                Asked {
                    answers: [(question.id.clone(), wanted)].into(),
                    ..Asked::default()
                },
            ));
        }
    }
    let mut orders = vec![Order::Newest, Order::Changed, Order::Due, Order::Title];
    for question in definition
        .list
        .columns
        .iter()
        .filter_map(|id| definition.get(*id))
        .filter(|question| sorts_by(question))
    {
        orders.push(Order::Answer(question.id.clone(), false));
        orders.push(Order::Answer(question.id.clone(), true));
    }
    one.into_iter()
        .flat_map(|(name, asked)| {
            orders
                .iter()
                .map(move |order| {
                    (
                        format!("{name}, by {}", order.name()),
                        Asked {
                            order: Some(order.clone()),
                            ..asked.clone()
                        },
                    )
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

on_both! {
    async fn speed_of_100_000_records(db: Db) {
        // Measures only where it is asked for by its name.
        if std::env::args().all(|argument| argument != "speed_of") {
            return;
        }
        let stage = Stage::new(&db).await;
        let definition = stage.forms.catalogue.get("empty-homes").unwrap();
        let person = stage.person(&["officer", "supervisor"]).await;
        let begun = Instant::now();
        fill(&stage, &definition, person.agency, person.user).await;
        say(&format!("{RECORDS} records on {:?} in {:.0} s", db.engine(), begun.elapsed().as_secs_f64()));
        let who = read!(&db, |tx| Principal::load(tx, person.user).await).await.unwrap().unwrap();
        let mut all = Vec::new();
        for (name, asked) in asks(&definition, person.agency) {
            let reading = Reading { definition: &definition, who: &who, today: stage.clock.today(), asked: &asked, cells: None, limit: 50 };
            let mut times = Vec::new();
            for _ in 0..4 {
                let begun = Instant::now();
                read!(&db, |tx| reading.page(tx).await).await.unwrap();
                times.push(begun.elapsed().as_secs_f64() * 1_000.0);
            }
            times.remove(0);
            times.sort_by(f64::total_cmp);
            all.push((times[1], name));
        }
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (time, name) in all.iter().take(25) {
            say(&format!("{time:7.1} ms  {name}"));
        }
        say(&format!("{} lists, median {:.1} ms", all.len(), all[all.len() / 2].0));
    }
}
