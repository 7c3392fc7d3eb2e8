//! What makes sure that the directory stays right: stale entries on their owner's home page, a mail
//! now and then, and old searches forgotten.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use commonweal_access::policy::Action;
use commonweal_access::web::Rule;
use commonweal_core::events::{Actor, Event};
use commonweal_core::jobs::{JobContext, JobError, JobKind};
use commonweal_core::mail::Mail;
use commonweal_core::{Clock, Db, DbError, args, read, sql, write};
use commonweal_records::ports::{HomeCard, HomeLine, HomeLink};
use serde_json::json;
use uuid::Uuid;

use super::GoTo;
use super::model::rules::Rules;
use super::state::content_of;
use super::store::entries::SUBJECT;
use super::store::searches;

/// The job that reminds owners; once a day.
pub const REMIND: &str = "directory.remind";
/// The job that forgets old searches; once an hour.
pub const SWEEP: &str = "directory.sweep";
/// So many lines on the home page.
const SHOWN: i64 = 5;

/// The card 'Directory' of those who keep it.
#[must_use]
pub fn card(state: &GoTo) -> HomeCard {
    let state = state.clone();
    HomeCard::new("Directory", Rule::May(Action::EditDirectory), move |_, viewer| {
        let state = state.clone();
        async move {
            let rules = state.content().await?.rules;
            let before = rules.stale_before(state.app.clock.today());
            let owner = viewer.user();
            let (names, count) = read!(&state.app.db, |tx| {
                let text = sql!(
                    "select id, name, assured_on from directory_entries
                     where kind = 'service' and state = 'published' and owner = $1 and coalesce(assured_on < $2, true)
                     order by coalesce(assured_on, $3), lower(name), id limit $4"
                );
                let rows = tx.all(text, args![owner, before, NaiveDate::MIN.max(first_day()), SHOWN]).await?;
                let text = sql!(
                    "select count(*) from directory_entries
                     where kind = 'service' and state = 'published' and owner = $1 and coalesce(assured_on < $2, true)"
                );
                let count = tx.count(text, args![owner, before]).await?;
                let names: Result<Vec<(Uuid, String, Option<NaiveDate>)>, DbError> =
                    rows.iter().map(|row| Ok((row.get("id")?, row.get("name")?, row.get("assured_on")?))).collect();
                Ok::<_, DbError>((names?, count))
            })
            .await?;
            let shown = i64::try_from(names.len()).unwrap_or(0);
            let mut lines: Vec<HomeLine> = names.into_iter().map(|(id, name, assured)| line(id, name, assured)).collect();
            if count > shown {
                let more = format!("{} more to check", count - shown);
                lines.push(HomeLine::new(more).href("/directory?check=mine"));
            }
            Ok(lines)
        }
    })
    .more("All entries", "/directory")
}

/// Before every day that anything was assured.
fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(1970, 1, 1).unwrap_or_default()
}

fn line(id: Uuid, name: String, assured: Option<NaiveDate>) -> HomeLine {
    let note = match assured {
        Some(date) => format!(
            "Last assured on {}",
            super::model::hours_words::date(commonweal_govuk::Language::English, date)
        ),
        None => "Never assured".to_owned(),
    };
    HomeLine::new(name)
        .note(note)
        .href(format!("/directory/services/{id}"))
        .attention()
}

/// The links to the directory on the home page.
#[must_use]
pub fn links() -> Vec<HomeLink> {
    vec![
        HomeLink {
            group: "Directory",
            title: "Find help",
            hint: "Services for people, by need, age and place",
            href: "/go-to",
            rule: Rule::SignedIn,
        },
        HomeLink {
            group: "Directory",
            title: "Keep the directory",
            hint: "Entries, who keeps them, and what has to be checked",
            href: "/directory",
            rule: Rule::May(Action::SeeDirectoryDrafts),
        },
    ]
}

/// The jobs; `address` is where people reach the service.
#[must_use]
pub fn jobs(address: &str) -> [JobKind; 2] {
    let address = address.trim_end_matches('/').to_owned();
    [
        JobKind::new(
            REMIND,
            "Remind owners of directory entries to check",
            move |context| {
                let address = address.clone();
                async move { remind(&context, &address).await }
            },
        ),
        JobKind::new(
            SWEEP,
            "Forget old searches of the directory",
            |context| async move {
                searches::sweep(&context.db, &context.clock).await?;
                Ok(())
            },
        ),
    ]
}

/// How often the jobs recur.
#[must_use]
pub fn recurring() -> [(&'static str, Duration); 2] {
    [(REMIND, Duration::days(1)), (SWEEP, Duration::hours(1))]
}

struct Owner {
    name: String,
    email: String,
    entries: Vec<(Uuid, String)>,
}

async fn remind(context: &JobContext, address: &str) -> Result<(), JobError> {
    remind_all(&context.db, &context.clock, address).await?;
    Ok(())
}

/// One mail for each owner, with all that is theirs to check.
pub(super) async fn remind_all(db: &Db, clock: &Clock, address: &str) -> Result<(), DbError> {
    let rules = content_of(db, clock).await?.rules;
    let before = rules.stale_before(clock.today());
    let since: DateTime<Utc> = clock.now() - Duration::days(i64::from(rules.remind_every_days));
    write_mails(db, clock, &rules, address, before, since).await
}

async fn write_mails(
    db: &Db,
    clock: &Clock,
    rules: &Rules,
    address: &str,
    before: NaiveDate,
    since: DateTime<Utc>,
) -> Result<(), DbError> {
    let owners = read!(db, |tx| {
        let text = sql!(
            "select directory_entries.id, directory_entries.name, users.id as owner, users.name as owner_name, users.email
             from directory_entries join users on users.id = directory_entries.owner join agencies on agencies.id = users.agency
             where directory_entries.kind = 'service' and directory_entries.state = 'published' and users.active and agencies.active
             and coalesce(directory_entries.assured_on < $1, true) and coalesce(directory_entries.reminded_at < $2, true)
             order by lower(directory_entries.name), directory_entries.id"
        );
        let mut owners: BTreeMap<Uuid, Owner> = BTreeMap::new();
        for row in tx.all(text, args![before, since]).await? {
            let (name, email) = (row.get("owner_name")?, row.get("email")?);
            let owner = owners.entry(row.get("owner")?).or_insert(Owner { name, email, entries: Vec::new() });
            owner.entries.push((row.get("id")?, row.get("name")?));
        }
        Ok::<_, DbError>(owners)
    })
    .await?;
    for owner in owners.into_values() {
        write!(db, clock, &Actor::system("directory"), |tx| {
            let now = tx.now();
            tx.send_mail(mail(rules, address, &owner)).await?;
            for (id, _) in &owner.entries {
                tx.run(
                    sql!("update directory_entries set reminded_at = $2 where id = $1"),
                    args![*id, now],
                )
                .await?;
                tx.record(Event::new(SUBJECT, *id, "directory.reminded", json!({})));
            }
            Ok::<_, DbError>(())
        })
        .await?;
    }
    Ok(())
}

fn mail(rules: &Rules, address: &str, owner: &Owner) -> Mail {
    let line =
        |(id, name): &(Uuid, String)| format!("- {name}\n  {address}/directory/services/{id}");
    let list: Vec<String> = owner.entries.iter().map(line).collect();
    let count = match owner.entries.len() {
        1 => "1 entry".to_owned(),
        many => format!("{many} entries"),
    };
    let values = [
        ("name", owner.name.clone()),
        ("count", count),
        ("days", rules.stale_after_days.to_string()),
        ("list", list.join("\n")),
        ("address", format!("{address}/directory?check=mine")),
    ];
    let values: std::collections::HashMap<String, String> = values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    // The rules were checked when they were published: every place has its value.
    let filled = |text: &str| {
        commonweal_govuk::text::fill(text, &values).unwrap_or_else(|_| text.to_owned())
    };
    Mail {
        to: owner.email.clone(),
        subject: filled(&rules.reminder.subject).replace(['\r', '\n'], " "),
        text: filled(&rules.reminder.text),
        kind: REMIND,
    }
}
