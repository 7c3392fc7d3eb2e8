//! What changed on public pages: remembered line by line by a job, told by feed and weekly mail.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use commonweal_core::events::{Actor, Event};
use commonweal_core::jobs::{JobError, JobKind};
use commonweal_core::{DbError, ReadTx, args, ids, read, sql, upkeep, write};
use commonweal_govuk::Language;
use commonweal_records::ports::SectionLine;
use commonweal_records::subscriptions::{self, Due};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::directory::{Directory, Listed};
use super::subscribe::TOPIC;
use super::{PlacePages, day, figures, pages, path_of, say};
use crate::view::in_words;

/// How often lines are looked at; the job's period.
pub const EVERY: Duration = Duration::hours(1);
/// The job's name.
pub const JOB: &str = "places.news";
/// Between two mails to one subscriber.
const WEEK: Duration = Duration::days(7);

/// Something new on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) id: Uuid,
    pub(super) heading: String,
    pub(super) text: String,
    pub(super) note: Option<String>,
    pub(super) href: Option<String>,
    pub(super) happens: Option<NaiveDate>,
    pub(super) seen_at: DateTime<Utc>,
}

impl Item {
    /// Text, day and note in one line.
    pub(super) fn words(&self) -> String {
        let parts = [
            Some(self.text.clone()),
            self.happens.map(day),
            self.note.clone(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// What is on a place's page and came after a moment, newest first, 50 at most.
pub(super) async fn since(
    tx: &mut ReadTx,
    place: &str,
    since: DateTime<Utc>,
) -> Result<Vec<Item>, DbError> {
    tx.all(
        sql!("select id, heading, text, note, href, happens, seen_at from place_news where place = $1 and seen_at > $2 and gone_at is null order by seen_at desc, id limit 50"),
        args![place, since],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(Item {
            id: row.get("id")?,
            heading: row.get("heading")?,
            text: row.get("text")?,
            note: row.get("note")?,
            href: row.get("href")?,
            happens: row.get("happens")?,
            seen_at: row.get("seen_at")?,
        })
    })
    .collect()
}

/// The job that remembers what is new on every page, and tells subscribers once a week.
#[must_use]
pub fn job(pages: &PlacePages) -> JobKind {
    let pages = pages.clone();
    JobKind::new(
        JOB,
        "Notice what is new on pages of places, and tell subscribers once a week",
        move |_| {
            let pages = pages.clone();
            async move {
                notice(&pages).await?;
                tell(&pages).await?;
                let app = pages.app();
                subscriptions::sweep(&app.db, &app.clock).await?;
                Ok::<_, JobError>(())
            }
        },
    )
}

/// Compares every page with what is remembered of it.
pub(super) async fn notice(state: &PlacePages) -> Result<(), DbError> {
    let (snapshot, policy, directory) = state.now().await?;
    let newest = figures::newest(&snapshot, &policy);
    let language = state.app().settings.language;
    for place in &directory.places {
        let mut lines: Vec<(&'static str, SectionLine)> = pages::lines(state, place)
            .await
            .into_iter()
            .map(|(heading, line)| (heading.name(), line))
            .collect();
        if let Some(month) = newest.filter(|_| place.counted) {
            let text = say(
                language,
                "places.news_figures",
                &[("month", in_words(month))],
            );
            lines.push((
                "figures",
                SectionLine::new(text).href(format!("{}#figures", path_of(&place.slug))),
            ));
        }
        remember(state, place, &lines).await?;
    }
    Ok(())
}

async fn remember(
    state: &PlacePages,
    place: &Listed,
    lines: &[(&'static str, SectionLine)],
) -> Result<(), DbError> {
    let app = state.app();
    let digest = |heading: &str, line: &SectionLine| {
        let all = format!("{heading}\n{}\n{:?}\n{:?}", line.text, line.date, line.note);
        hex::encode(Sha256::digest(all.as_bytes()))
    };
    let known: Vec<(String, bool)> = read!(&app.db, |tx| {
        tx.all(
            sql!("select digest, gone_at from place_news where place = $1"),
            args![&place.slug],
        )
        .await?
        .iter()
        .map(|row| {
            let gone: Option<DateTime<Utc>> = row.get("gone_at")?;
            Ok::<_, DbError>((row.get("digest")?, gone.is_some()))
        })
        .collect()
    })
    .await?;
    let now: Vec<(String, &'static str, &SectionLine)> = lines
        .iter()
        .map(|(heading, line)| (digest(heading, line), *heading, line))
        .collect();
    let is_new = |digest: &String| !known.iter().any(|(own, gone)| own == digest && !gone);
    let is_there = |digest: &String| now.iter().any(|(own, _, _)| own == digest);
    let new: Vec<_> = now.iter().filter(|(own, _, _)| is_new(own)).collect();
    let gone: Vec<_> = known
        .iter()
        .filter(|(own, gone)| !gone && !is_there(own))
        .collect();
    if new.is_empty() && gone.is_empty() {
        return Ok(());
    }
    upkeep!(&app.db, &app.clock, |tx| {
        let now = tx.now();
        for (digest, heading, line) in &new {
            tx.run(
                sql!("insert into place_news (id, place, heading, digest, text, note, href, happens, seen_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (place, digest) do update set gone_at = null, seen_at = excluded.seen_at"),
                args![ids::uuid_at(now), &place.slug, *heading, digest, &line.text, line.note.clone(), line.href.clone(), line.date, now],
            )
            .await?;
        }
        for (digest, _) in &gone {
            tx.run(
                sql!("update place_news set gone_at = $3 where place = $1 and digest = $2"),
                args![&place.slug, digest, now],
            )
            .await?;
        }
        Ok::<_, DbError>(())
    })
    .await
}

/// Tells whoever was last told a week ago.
pub(super) async fn tell(state: &PlacePages) -> Result<(), DbError> {
    let app = state.app();
    let (_, _, directory) = state.now().await?;
    loop {
        let before = app.clock.now() - WEEK;
        let due = read!(&app.db, |tx| subscriptions::due(tx, TOPIC, before).await).await?;
        if due.is_empty() {
            return Ok(());
        }
        for one in due {
            tell_one(state, &directory, &one).await?;
        }
    }
}

async fn tell_one(state: &PlacePages, directory: &Directory, due: &Due) -> Result<(), DbError> {
    let app = state.app();
    let slug = due.topic.trim_start_matches(TOPIC);
    let items = read!(&app.db, |tx| since(tx, slug, due.told_until).await).await?;
    let place = directory.find(slug).filter(|_| !items.is_empty());
    let actor = Actor::system("subscription");
    write!(&app.db, &app.clock, &actor, |tx| {
        tx.record(Event::new(
            "subscription",
            due.id,
            "subscription.told",
            json!({ "news": items.len() }),
        ));
        let Some(place) = place else {
            return subscriptions::nothing_new(tx, due).await;
        };
        let values = [
            ("place", place.name.clone()),
            ("partnership", app.settings.partnership_name.clone()),
        ];
        let language = app.settings.language;
        let subject = say(language, "places.mail_news_subject", &values);
        let text = letter(language, &app.settings.address, place, due, &items, &values);
        subscriptions::tell(tx, &app.settings.address, due, &subject, text)
            .await
            .map(drop)
    })
    .await
}

fn letter(
    language: Language,
    site: &str,
    place: &Listed,
    due: &Due,
    items: &[Item],
    values: &[(&str, String)],
) -> String {
    let site = site.trim_end_matches('/');
    let mut text = say(language, "places.mail_news", values);
    let mut heading = "";
    let mut sorted: Vec<&Item> = items.iter().collect();
    sorted.sort_by(|a, b| a.heading.cmp(&b.heading));
    for item in sorted {
        if item.heading != heading {
            heading = &item.heading;
            let words = say(language, &format!("places.{heading}"), &[]);
            text += &format!("\n\n{words}\n");
        }
        text += &format!("\n* {}", item.words());
    }
    text + &format!(
        "\n\n{}: {site}{}\n\n{}: {site}{}\n",
        say(language, "places.mail_page", &[]),
        path_of(&place.slug),
        say(language, "places.mail_end", &[]),
        due.end_path(),
    )
}
