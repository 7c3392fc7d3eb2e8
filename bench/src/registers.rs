//! `commonweal-bench registers [--records N] [--definition KEY] [--postgres URL]`: the list of a
//! register of 100,000 records, as it opens, by every filter and in every order, a search, and the
//! page of a record. The pages are asked of the router itself, without a network between.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::body::to_bytes;
use commonweal_access::policy::roles;
use commonweal_access::session::Token;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::{App, Settings, outsider};
use commonweal_core::content;
use commonweal_core::files::Files;
use commonweal_core::ids::{Reference, new_uuid};
use commonweal_core::search::{self, Entry};
use commonweal_core::{Clock, Db, DbError, Value, args, insert, upkeep};
use commonweal_forms::answers::{self, Names};
use commonweal_forms::catalogue::{self, Catalogue};
use commonweal_forms::definition::{Definition, QuestionKind};
use commonweal_forms::made_up::{self, World};
use commonweal_forms::register::list::asked::{filters, sorts_by};
use commonweal_forms::register::store::{MISSING, TITLE, sort_key};
use commonweal_forms::{Forms, register};
use http::Method;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::measure::{Spread, say};

/// The longest that a list may take at p95, milliseconds.
const LIMIT: f64 = 100.0;

/// Times that each page is asked for.
const TIMES: usize = 20;

struct Arguments {
    records: u64,
    definition: String,
    postgres: Option<String>,
}

fn arguments() -> Result<Arguments> {
    let mut found = Arguments {
        records: 100_000,
        definition: "empty-homes".to_owned(),
        postgres: None,
    };
    let mut arguments = std::env::args().skip(2);
    while let Some(argument) = arguments.next() {
        let value = arguments
            .next()
            .with_context(|| format!("{argument} needs a value"))?;
        match argument.as_str() {
            "--records" => found.records = value.replace('_', "").parse()?,
            "--definition" => found.definition = value,
            "--postgres" => found.postgres = Some(value),
            other => bail!("unknown argument {other}"),
        }
    }
    Ok(found)
}

/// Measures and says so; an error where a list is slower than it may be.
pub(crate) async fn run() -> Result<()> {
    let asked = arguments()?;
    let folder = tempfile::tempdir()?;
    let db = match &asked.postgres {
        Some(url) => Db::postgres(url).await?,
        None => Db::sqlite(&folder.path().join("registers.db")).await?,
    };
    db.migrate().await?;
    let clock = Clock::System;
    roles::load_shipped(&db, &clock).await?;
    content::install(&db, &clock, &catalogue::shipped()).await?;
    catalogue::take_up(&db, &clock).await?;
    let app = App::new(
        db.clone(),
        clock.clone(),
        Settings::default(),
        SignIn::new(),
        Vec::new(),
    );
    let forms = Forms {
        catalogue: Catalogue::load(&db, &clock).await?,
        files: Files::local(folder.path(), &db, &clock)?,
        app: app.clone(),
        workflows: commonweal_forms::Workflows::default(),
    };
    let definition = forms
        .catalogue
        .get(&asked.definition)
        .with_context(|| format!("there is no definition {}", asked.definition))?;
    let (me, token) = outsider::signed_in(&app, &["officer", "supervisor", "manager"]).await?;
    let begun = Instant::now();
    let reference = fill(&db, &clock, &definition, asked.records, me).await?;
    say(&format!(
        "{} records of {} on {:?}, made in {:.0} s",
        asked.records,
        definition.key,
        db.engine(),
        begun.elapsed().as_secs_f64()
    ));
    let router = app.serve(register::routes().with_state(forms));
    let mut slow = Vec::new();
    for (name, path) in pages(&definition, &reference) {
        let spread = ask(&app, &router, &token, &path).await?;
        say(&format!("{name}: {spread}"));
        if spread.p95() > LIMIT {
            slow.push(name);
        }
    }
    for words in [
        reference.as_str(),
        "street",
        "durham lane",
        "nobodyofthatname",
    ] {
        let path = search_for(&app, &router, &token, &definition.key, words).await?;
        let spread = ask(&app, &router, &token, &path).await?;
        say(&format!("search ‘{words}’: {spread}"));
        if spread.p95() > LIMIT {
            slow.push(format!("search ‘{words}’"));
        }
    }
    if slow.is_empty() {
        say("every list stays under 100 ms at p95");
        Ok(())
    } else {
        bail!("slower than 100 ms at p95: {}", slow.join("; "))
    }
}

/// Every filter, every order, some of both, and the page of a record.
fn pages(definition: &Definition, reference: &str) -> Vec<(String, String)> {
    let list = format!("/registers/{}", definition.key);
    let mut pages = vec![
        ("list as it opens".to_owned(), list.clone()),
        ("record".to_owned(), format!("{list}/records/{reference}")),
    ];
    let mut sorts: Vec<String> = ["newest", "oldest", "changed", "due", "title"]
        .map(str::to_owned)
        .into();
    for id in &definition.list.columns {
        if let Some(question) = definition.get(*id).filter(|question| sorts_by(question)) {
            sorts.push(question.id.clone());
            sorts.push(format!("-{}", question.id));
        }
    }
    let mut asked: Vec<String> = [
        "owner=me",
        "owner=nobody",
        "agency=mine",
        "due=overdue",
        "due=soon",
    ]
    .map(str::to_owned)
    .into();
    asked.extend(
        definition
            .states
            .iter()
            .map(|state| format!("state={}", state.key)),
    );
    for (_, question) in filters(definition) {
        let id = &question.id;
        match &question.kind {
            QuestionKind::Choice(options) | QuestionKind::Choices { options, .. } => {
                asked.extend(
                    options
                        .iter()
                        .map(|option| format!("q-{id}={}", option.value)),
                );
            }
            QuestionKind::YesNo { .. } => asked.push(format!("q-{id}=yes")),
            QuestionKind::Date { .. } => asked.push(format!("q-{id}-from=2026-01-01")),
            _ => asked.push(format!("q-{id}-from=1")),
        }
    }
    for sort in &sorts {
        pages.push((format!("sort {sort}"), format!("{list}?sort={sort}")));
    }
    for filter in &asked {
        pages.push((filter.clone(), format!("{list}?{filter}")));
        pages.push((
            format!("{filter}, newest"),
            format!("{list}?{filter}&sort=newest"),
        ));
        pages.push((
            format!("{filter}, by title"),
            format!("{list}?{filter}&sort=title"),
        ));
        pages.push((
            format!("{filter}, by due"),
            format!("{list}?{filter}&sort=due"),
        ));
    }
    if let (Some(one), Some(two)) = (asked.last(), asked.get(8)) {
        pages.push((
            format!("{one} and {two}"),
            format!("{list}?{one}&{two}&sort=changed"),
        ));
    }
    pages
}

async fn ask(app: &App, router: &Router, token: &Token, path: &str) -> Result<Spread> {
    let mut spread = Spread::default();
    for time in 0..=TIMES {
        let begun = Instant::now();
        let request = outsider::request(app, &Method::GET, path, Some(token), "");
        let Ok(response) = router.clone().oneshot(request).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), 10 << 20).await?;
        if !status.is_success() {
            bail!(
                "{path} answers {status}: {}",
                String::from_utf8_lossy(&body)
            );
        }
        // The first warms up statements and the cache.
        if time > 0 {
            spread.add(begun.elapsed());
        }
    }
    Ok(spread)
}

async fn search_for(
    app: &App,
    router: &Router,
    token: &Token,
    key: &str,
    words: &str,
) -> Result<String> {
    let form = format!("words={}", words.replace(' ', "+"));
    let path = format!("/registers/{key}");
    let request = outsider::request(app, &Method::POST, &path, Some(token), &form);
    let Ok(response) = router.clone().oneshot(request).await;
    let place = response.headers().get(http::header::LOCATION);
    let place = place.context("the search leads nowhere")?.to_str()?;
    Ok(place.to_owned())
}

/// Fills the register, some thousand records in each transaction; returns one's reference.
async fn fill(
    db: &Db,
    clock: &Clock,
    definition: &Definition,
    records: u64,
    me: Uuid,
) -> Result<String> {
    let mut world = World::empty(clock.today());
    let agency = new_uuid(clock);
    upkeep!(db, clock, |tx| {
        let now = tx.now();
        tx.insert_many(
            insert!("agencies", "id, name, kind, active, created_at, version"),
            args![agency, "Bench agency", "other", true, now, 1_i64],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await?;
    world.agencies = vec![agency];
    let today = clock.today();
    let mut first = String::new();
    let mut done = 0_u64;
    while done < records {
        let batch = (records - done).min(1_000);
        let (mut rows, mut index, mut sort) = (Vec::new(), Vec::new(), Vec::new());
        let mut entries = Vec::new();
        for number in done..done + batch {
            let given = made_up::answers(definition, &world, number);
            let id = new_uuid(clock);
            let reference = Reference::random(&definition.prefix)?.to_string();
            if first.is_empty() {
                first.clone_from(&reference);
            }
            let title = answers::title(definition, &given, &Names::default());
            let state = definition
                .states
                .get(usize::try_from(number * 7 % 97)? % definition.states.len().max(1));
            let closed = state.is_some_and(|state| state.closed);
            let made = clock.now() - chrono::Duration::minutes(i64::try_from(records - number)?);
            // A tenth has an owner, every hundredth of those is mine; half have a date.
            let owner: Option<Uuid> = (number % 1_000 == 0).then_some(me);
            let due = (!closed && number % 2 == 0).then(|| {
                today + chrono::Duration::days(i64::try_from(number % 200).unwrap_or(0) - 20)
            });
            rows.extend(args![
                id,
                &definition.key,
                definition.version,
                &reference,
                state.map_or("received", |state| state.key.as_str()),
                &title,
                serde_json::to_value(&given)?,
                Some(agency),
                owner,
                "import",
                due,
                Some(made),
                closed.then_some(made),
                made,
                made,
                1_i64
            ]);
            for row in answers::index_rows(definition, &given) {
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
            for (_, question) in definition.all().filter(|(_, question)| question.list) {
                let key = given
                    .get(&question.id)
                    .and_then(|answer| sort_key(question, answer));
                let (name, key) = match key {
                    Some(key) => (question.id.clone(), key),
                    None => (format!("{}{MISSING}", question.id), String::new()),
                };
                sort.extend(args![id, &definition.key, name, key]);
            }
            entries.push(Entry {
                subject: id,
                kind: "form_record",
                at: made,
                names: vec![title],
                references: vec![reference],
                telephones: Vec::new(),
                text: String::new(),
            });
        }
        put(db, clock, &rows, &index, &sort, &entries).await?;
        done += batch;
    }
    Ok(first)
}

async fn put(
    db: &Db,
    clock: &Clock,
    rows: &[Value],
    index: &[Value],
    sort: &[Value],
    entries: &[Entry],
) -> Result<(), DbError> {
    upkeep!(db, clock, |tx| {
        tx.insert_many(
            insert!(
                "form_records",
                "id, definition, definition_version, reference, state, title, answers, agency, owner, channel, due_on, state_since, closed_at, created_at, changed_at, version"
            ),
            rows.to_vec(),
        )
        .await?;
        tx.insert_many(
            insert!("answer_index", "record, definition, question, position, text, number, date, linked"),
            index.to_vec(),
        )
        .await?;
        tx.insert_many(insert!("answer_sort", "record, definition, question, key"), sort.to_vec())
            .await?;
        for entry in entries {
            search::put(tx, entry).await?;
        }
        Ok::<_, DbError>(())
    })
    .await
}
