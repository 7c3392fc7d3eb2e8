//! One matter on one page: what was told, what is known there, what can be decided.

use std::collections::BTreeMap;

use axum::extract::State as Axum;
use axum::response::Response;
use chrono_tz::Europe::London;
use commonweal_access::policy::{Action, Kind, Resource};
use commonweal_access::web::{PageError, Path, Viewer};
use commonweal_core::db::Asked;
use commonweal_core::ids::Reference;
use commonweal_core::{DbError, ReadTx, args, read, sql};
use commonweal_govuk::{Form, Page, page};
use commonweal_records::incidents::Qualifier;
use commonweal_records::matters::{self, Identity, Matter, Report, State};
use commonweal_records::party::{Party, store as parties};
use serde::Serialize;
use uuid::Uuid;

use super::merge::{self, Merge};
use super::model::{self, Act, BANDS, FLAGS, OUTCOMES};
use super::queue::moment;
use super::store::{self, Referral};
use crate::cases::CASES;
use crate::messages;
use crate::reporting::rules::Agency;
use crate::reporting::{self, People, Rules};

page!(pub(super) SHOW, "triage/show.html", "show.html");

/// Reports whose words stand on the page; the others are a link away in their messages.
const WORDS: usize = 10;

#[derive(Debug, Clone, Serialize)]
pub(super) struct Fact {
    pub(super) key: &'static str,
    pub(super) value: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) hot: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Told {
    pub(super) reference: String,
    pub(super) when: String,
    pub(super) who: String,
    pub(super) pieces: Vec<Piece>,
    pub(super) hot: Vec<String>,
    pub(super) facts: Vec<Fact>,
    pub(super) unsafe_now: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Item {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) selected: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Flag {
    pub(super) key: &'static str,
    pub(super) text: &'static str,
    pub(super) meaning: &'static str,
    pub(super) state: Option<&'static str>,
    pub(super) colour: &'static str,
    pub(super) reason: Option<String>,
    pub(super) their_reference: Option<String>,
    pub(super) police: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) href: Option<String>,
    pub(super) note: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Referred {
    pub(super) id: String,
    pub(super) to: String,
    pub(super) from: String,
    pub(super) reason: String,
    pub(super) due: String,
}

/// What the page shows.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Context {
    pub(super) reference: String,
    pub(super) title: String,
    pub(super) state: &'static str,
    pub(super) band: Option<&'static str>,
    pub(super) version: i64,
    pub(super) stale: bool,
    pub(super) facts: Vec<Fact>,
    pub(super) stopped: bool,
    pub(super) told: Vec<Told>,
    pub(super) more: usize,
    pub(super) flags: Vec<Flag>,
    pub(super) suggested: Option<Fact>,
    pub(super) near: Vec<Line>,
    pub(super) merges: Vec<Line>,
    pub(super) answers: Vec<Line>,
    /// A referral that waits for this viewer's agency.
    pub(super) to_answer: Option<Referred>,
    /// A referral that this viewer's agency made.
    pub(super) waiting: Option<Referred>,
    pub(super) may: BTreeMap<&'static str, bool>,
    pub(super) bands: Vec<Item>,
    pub(super) agencies: Vec<Item>,
    pub(super) outcomes: Vec<Item>,
    pub(super) kinds: Vec<Item>,
    pub(super) qualifiers: Vec<Item>,
    pub(super) cases: Vec<Item>,
    pub(super) case: Option<String>,
    pub(super) merged_into: Option<String>,
    pub(super) messages: Option<messages::Panel>,
}

/// A matter that the viewer may see, or was asked about.
pub(super) struct Loaded {
    pub(super) matter: Matter,
    pub(super) resource: Resource,
    pub(super) referrals: Vec<Referral>,
    pub(super) agencies: Vec<Agency>,
}

impl Loaded {
    /// The referral that waits for an answer.
    pub(super) fn offered(&self) -> Option<&Referral> {
        self.referrals.iter().find(|one| one.state == "offered")
    }

    /// Whether the viewer decides what becomes of the matter.
    pub(super) fn decides(&self, viewer: &Viewer) -> bool {
        viewer.may(Action::TriageReports, &self.resource)
    }

    /// Whether the viewer answers for the agency that was asked.
    pub(super) fn answers(&self, viewer: &Viewer) -> bool {
        self.offered().is_some_and(|one| {
            let asked = Resource::matter(self.matter.id.0, one.to, None, Vec::new());
            viewer.may(Action::TriageReports, &asked)
        })
    }

    pub(super) fn name(&self, agency: Uuid) -> String {
        let found = self.agencies.iter().find(|one| one.id == agency);
        found.map_or_else(
            || "An agency that has left".to_owned(),
            |one| one.name.clone(),
        )
    }
}

/// The matter of an address; others get the same answer as where there is none.
pub(super) async fn load(
    people: &People,
    viewer: &Viewer,
    reference: &str,
) -> Result<Loaded, PageError> {
    let reference: Reference = reference.parse().map_err(|_| PageError::NotFound)?;
    let loaded = read!(&people.app.db, |tx| {
        let matter = matters::by_reference(tx, reference.as_str()).await?;
        Ok::<_, PageError>(Loaded {
            resource: matters::resource(tx, &matter).await?,
            referrals: store::referrals(tx, &matter).await?,
            agencies: reporting::agencies(tx).await?,
            matter,
        })
    })
    .await?;
    if viewer.may(Action::SeeReports, &loaded.resource) {
        Ok(loaded)
    } else {
        Err(PageError::NotFound)
    }
}

/// `GET /matters/{matter}`.
pub(super) async fn page(
    Axum(people): Axum<People>,
    viewer: Viewer,
    Path(reference): Path<String>,
) -> Result<Response, PageError> {
    let loaded = load(&people, &viewer, &reference).await?;
    respond(&people, &viewer, &loaded, &Form::default(), false).await
}

/// The page, with what somebody typed and what is wrong with it.
pub(super) async fn respond(
    people: &People,
    viewer: &Viewer,
    loaded: &Loaded,
    form: &Form,
    stale: bool,
) -> Result<Response, PageError> {
    let (app, rules, matter) = (&people.app, people.rules().await?, &loaded.matter);
    let knows_confidential = viewer.may(Action::SeeConfidential, &loaded.resource);
    let seen = read!(&app.db, |tx| look(tx, viewer, loaded, knows_confidential)
        .await)
    .await?;
    let mut subjects = vec![matter.id.0];
    subjects.extend(seen.reports.iter().map(|one| one.0.id.0));
    subjects.extend(
        seen.reports
            .iter()
            .filter_map(|one| one.1.as_ref().map(|party| party.id.0)),
    );
    app.access_log
        .record(&app.clock, viewer, Action::SeeReports, &subjects)
        .await?;
    let context = context(&rules, viewer, loaded, seen, stale, app.clock.now());
    let title = format!("{}: {}", matter.reference, matter.title);
    let mut shown = Page::new(&SHOW, title)
        .breadcrumb("Reports", "/triage")
        .form(form);
    if stale {
        shown = shown.status(http::StatusCode::CONFLICT);
    }
    app.page(viewer, shown, &context)
}

/// What the page reads.
struct Seen {
    reports: Vec<(Report, Option<Party>)>,
    flags: BTreeMap<String, (String, String, Option<String>)>,
    owner: Option<String>,
    near: Vec<(String, String, String, i64)>,
    merges: Vec<Merge>,
    cases: Vec<(String, String)>,
    case: Option<String>,
    merged_into: Option<String>,
    messages: messages::Panel,
}

async fn look(
    tx: &mut ReadTx,
    viewer: &Viewer,
    loaded: &Loaded,
    knows_confidential: bool,
) -> Result<Seen, DbError> {
    let matter = &loaded.matter;
    let mut reports = Vec::new();
    for report in matters::reports_of(tx, matter.id).await?.into_iter().rev() {
        let known = match report.identity {
            Identity::Named => true,
            Identity::Confidential => knows_confidential,
            Identity::Anonymous => false,
        };
        let party = match report.reporter.filter(|_| known) {
            Some(party) => Some(parties::find(tx, party).await?),
            None => None,
        };
        reports.push((report, party));
    }
    let mut flags = BTreeMap::new();
    for row in tx
        .all(
            sql!("select flag, state, reason, their_reference from matter_flags where matter = $1"),
            args![matter.id],
        )
        .await?
    {
        flags.insert(
            row.get("flag")?,
            (
                row.get("state")?,
                row.get("reason")?,
                row.get("their_reference")?,
            ),
        );
    }
    let name = match matter.owner {
        Some(owner) => {
            let row = tx
                .optional(sql!("select name from users where id = $1"), args![owner])
                .await?;
            row.map(|row| row.get("name")).transpose()?
        }
        None => None,
    };
    let asked = Asked {
        filters: vec![("state".to_owned(), "open".into())],
        limit: Some(20),
        ..Asked::default()
    };
    let scope = viewer.principal.scope(Action::WorkOnCases, Kind::Case);
    let cases = CASES.page(tx, &scope, &asked).await?;
    Ok(Seen {
        reports,
        flags,
        owner: name,
        near: near(tx, viewer, matter).await?,
        merges: merge::merges(tx, matter).await?,
        cases: cases
            .rows
            .iter()
            .map(|row| Ok((row.get("reference")?, row.get("title")?)))
            .collect::<Result<_, DbError>>()?,
        case: match matter.case {
            Some(case) => {
                let row = tx
                    .optional(
                        sql!("select reference from cases where id = $1"),
                        args![case],
                    )
                    .await?;
                row.map(|row| row.get("reference")).transpose()?
            }
            None => None,
        },
        merged_into: match matter.merged_into {
            Some(into) => Some(matters::load(tx, into).await?.reference),
            None => None,
        },
        messages: messages::panel(tx, matter).await?,
    })
}

/// Other matters in the same cell (about 190 metres), newest first, as far as the viewer may see them.
async fn near(
    tx: &mut ReadTx,
    viewer: &Viewer,
    matter: &Matter,
) -> Result<Vec<(String, String, String, i64)>, DbError> {
    let scope = viewer.principal.scope(Action::SeeReports, Kind::Matter);
    let asked = Asked {
        filters: vec![
            ("cell_of".to_owned(), matter.id.into()),
            ("not".to_owned(), matter.id.into()),
        ],
        limit: Some(10),
        ..Asked::default()
    };
    let found = super::queue::NEAR.page(tx, &scope, &asked).await?;
    found
        .rows
        .iter()
        .map(|row| {
            let state: String = row.get("state")?;
            let at: chrono::DateTime<chrono::Utc> = row.get("last_report_at")?;
            Ok((
                row.get("reference")?,
                row.get("title")?,
                format!(
                    "{}, {}",
                    State::from_name(&state).map_or("", State::label),
                    at.with_timezone(&London).format("%-d %B %Y")
                ),
                row.get("reports")?,
            ))
        })
        .collect()
}

fn items<'a>(all: impl IntoIterator<Item = (&'a str, &'a str)>, chosen: Option<&str>) -> Vec<Item> {
    all.into_iter()
        .map(|(value, text)| Item {
            value: value.to_owned(),
            text: text.to_owned(),
            selected: chosen == Some(value),
        })
        .collect()
}

fn context(
    rules: &Rules,
    viewer: &Viewer,
    loaded: &Loaded,
    seen: Seen,
    stale: bool,
    now: chrono::DateTime<chrono::Utc>,
) -> Context {
    let matter = &loaded.matter;
    let decides = loaded.decides(viewer);
    let works = viewer.may(Action::WorkOnReports, &loaded.resource);
    let shown = |referral: &Referral| Referred {
        id: referral.id.to_string(),
        to: loaded.name(referral.to),
        from: loaded.name(referral.from),
        reason: referral.reason.clone(),
        due: moment(referral.answer_due),
    };
    let offered = loaded.offered();
    let fits = |act: Act| decides && act.fits(matter.state);
    let stopped = seen
        .flags
        .get("domestic_abuse")
        .is_some_and(|flag| flag.0 != "ruled_out");
    Context {
        reference: matter.reference.clone(),
        title: matter.title.clone(),
        state: matter.state.label(),
        band: matter
            .band
            .as_deref()
            .and_then(|band| model::words(&BANDS, band)),
        version: matter.version,
        stale,
        facts: facts(rules, loaded, seen.owner.as_deref(), now),
        stopped,
        told: seen
            .reports
            .iter()
            .take(WORDS)
            .map(|(report, party)| told(rules, loaded, report, party.as_ref()))
            .collect(),
        more: seen.reports.len().saturating_sub(WORDS),
        flags: flags(&seen.flags),
        suggested: suggested(rules, loaded, &seen),
        near: seen
            .near
            .into_iter()
            .map(|(reference, title, note, reports)| Line {
                text: format!("{title} ({reference})"),
                href: Some(format!("/matters/{reference}")),
                note: format!(
                    "{note}, {reports} report{}",
                    if reports == 1 { "" } else { "s" }
                ),
            })
            .collect(),
        merges: seen
            .merges
            .into_iter()
            .map(|one| Line {
                text: one.reference,
                href: Some(one.id.to_string()),
                note: format!("{}. {}", moment(one.at), one.reason),
            })
            .collect(),
        answers: loaded
            .referrals
            .iter()
            .filter(|one| one.state != "offered")
            .map(|one| Line {
                text: format!("{}: {}", loaded.name(one.to), one.state),
                href: None,
                note: match one.answer.as_deref().filter(|text| !text.is_empty()) {
                    Some(answer) => format!("{}. They said: {answer}", moment(one.asked_at)),
                    None => moment(one.asked_at),
                },
            })
            .collect(),
        to_answer: offered.filter(|_| loaded.answers(viewer)).map(shown),
        waiting: offered.filter(|_| decides).map(shown),
        may: BTreeMap::from([
            ("accept", fits(Act::Accept)),
            ("refer", fits(Act::Refer) && offered.is_none()),
            ("close", fits(Act::Close)),
            ("reopen", fits(Act::Reopen)),
            (
                "case",
                fits(Act::Case) && viewer.principal.may_enter(Action::WorkOnCases),
            ),
            ("merge", fits(Act::Merge)),
            ("unmerge", fits(Act::Unmerge)),
            ("kind", decides && Act::Kind.fits(matter.state)),
            ("flag", works && Act::Flag.fits(matter.state)),
        ]),
        bands: items(BANDS, matter.band.as_deref()),
        agencies: std::iter::once(Item {
            value: String::new(),
            text: "Choose an agency".to_owned(),
            selected: false,
        })
        .chain(
            loaded
                .agencies
                .iter()
                .filter(|agency| agency.id != matter.agency)
                .map(|agency| Item {
                    value: agency.id.to_string(),
                    text: agency.name.clone(),
                    selected: false,
                }),
        )
        .collect(),
        outcomes: items(OUTCOMES, None),
        kinds: items(
            rules
                .kinds
                .iter()
                .map(|kind| (kind.key.as_str(), kind.label.as_str())),
            Some(&matter.kind),
        ),
        qualifiers: Qualifier::ALL
            .iter()
            .map(|one| Item {
                value: one.number().to_string(),
                text: one.label().to_owned(),
                selected: matter.qualifier == Some(*one),
            })
            .collect(),
        cases: seen
            .cases
            .into_iter()
            .map(|(reference, title)| Item {
                text: format!("{title} ({reference})"),
                value: reference,
                selected: false,
            })
            .collect(),
        case: seen.case,
        merged_into: seen.merged_into,
        messages: Some(seen.messages),
    }
}

fn facts(
    rules: &Rules,
    loaded: &Loaded,
    owner: Option<&str>,
    now: chrono::DateTime<chrono::Utc>,
) -> Vec<Fact> {
    let matter = &loaded.matter;
    let mut facts = vec![
        Fact {
            key: "Whose it is",
            value: match owner {
                Some(owner) => format!("{owner}, {}", loaded.name(matter.agency)),
                None => format!("{}; nobody in person yet", loaded.name(matter.agency)),
            },
        },
        Fact {
            key: "Type",
            value: match matter.qualifier {
                Some(qualifier) => {
                    format!(
                        "{}, {}",
                        rules.kinds.label(&matter.kind),
                        qualifier.label().to_lowercase()
                    )
                }
                None => rules.kinds.label(&matter.kind).to_owned(),
            },
        },
        Fact {
            key: "Came",
            value: moment(matter.opened_at),
        },
    ];
    if let Some((due, kind)) = &matter.due {
        facts.push(Fact {
            key: "To do next",
            value: format!(
                "{} by {}{}",
                rules.clocks.label(kind),
                moment(*due),
                if *due < now { " (overdue)" } else { "" }
            ),
        });
    }
    if let Some(outcome) = matter
        .outcome
        .as_deref()
        .and_then(|one| model::words(&OUTCOMES, one))
    {
        facts.push(Fact {
            key: "What became of it",
            value: outcome.to_owned(),
        });
    }
    facts
}

fn told(rules: &Rules, loaded: &Loaded, report: &Report, party: Option<&Party>) -> Told {
    let places: Vec<(usize, usize)> = report
        .hot_words
        .iter()
        .map(|word| (word.start, word.end))
        .collect();
    let mut facts = vec![Fact {
        key: "Where",
        value: match (report.place.words.as_str(), report.place.at_home) {
            ("", _) => "A place on the map".to_owned(),
            (words, true) => format!("{words} (a home)"),
            (words, false) => words.to_owned(),
        },
    }];
    facts.push(Fact {
        key: "When",
        value: match (report.happening, report.happened_from) {
            (happening, Some(from)) => format!("{}, {}", happening.label(), moment(from)),
            (happening, None) => happening.label().to_owned(),
        },
    });
    if report.hate == Some(true) {
        facts.push(Fact {
            key: "Hate",
            value: "They think that hatred is behind it".to_owned(),
        });
    }
    if let Some(theirs) = &report.their_reference {
        facts.push(Fact {
            key: "Their reference",
            value: theirs.clone(),
        });
    }
    let who = match (report.identity, party) {
        (Identity::Anonymous, _) => "Anonymous".to_owned(),
        (Identity::Confidential, None) => "Confidential".to_owned(),
        (Identity::Confidential, Some(party)) => {
            format!(
                "{} ({}), confidential",
                party.details.name(),
                party.reference
            )
        }
        (Identity::Named, Some(party)) => format!("{} ({})", party.details.name(), party.reference),
        (Identity::Named, None) => "No name".to_owned(),
    };
    let mut hot: Vec<String> = report
        .hot_words
        .iter()
        .map(|word| rules.hot_words.label(&word.group).to_owned())
        .collect();
    hot.dedup();
    Told {
        reference: report.reference.clone(),
        when: format!(
            "{}, {}, {}",
            moment(report.received_at),
            report.channel.label(),
            loaded.name(report.agency)
        ),
        who,
        pieces: model::marked(&report.description, &places)
            .into_iter()
            .map(|(text, hot)| Piece { text, hot })
            .collect(),
        hot,
        facts,
        unsafe_now: report.safe_now == Some(false),
    }
}

fn flags(known: &BTreeMap<String, (String, String, Option<String>)>) -> Vec<Flag> {
    FLAGS
        .iter()
        .map(|(key, text, meaning)| {
            let now = known.get(*key);
            let (state, colour) = match now.map(|flag| flag.0.as_str()) {
                Some("suggested") => (Some("Suggested"), "yellow"),
                Some("confirmed") => (Some("Confirmed"), "red"),
                Some("ruled_out") => (Some("Ruled out"), "grey"),
                _ => (None, "grey"),
            };
            Flag {
                key,
                text,
                meaning,
                state,
                colour,
                reason: now.map(|flag| flag.1.clone()),
                their_reference: now.and_then(|flag| flag.2.clone()),
                police: *key == "crime",
            }
        })
        .collect()
}

/// The agency that the rules would give it to by now, where that is another, with the reason.
fn suggested(rules: &Rules, loaded: &Loaded, seen: &Seen) -> Option<Fact> {
    let matter = &loaded.matter;
    let flags: Vec<String> = seen
        .flags
        .iter()
        .filter(|flag| flag.1.0 != "ruled_out")
        .map(|flag| flag.0.clone())
        .collect();
    let newest = &seen.reports.first()?.0;
    let routed = rules.routing.route(
        reporting::rules::Asked {
            kind: &matter.kind,
            flags: &flags,
            at_home: matter.at_home,
            now: newest.happening == matters::Happening::Now,
            time: newest.received_at.with_timezone(&London).time(),
            landlord: None,
        },
        &loaded.agencies,
        matter.agency,
    );
    (routed.agency != matter.agency && matter.state == State::New).then(|| Fact {
        key: "Suggested",
        value: format!("{}, because {}", loaded.name(routed.agency), routed.because),
    })
}
