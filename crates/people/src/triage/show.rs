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
use commonweal_forms::Catalogue;
use commonweal_govuk::{Form, Page, page};
use commonweal_records::matters::{self, Identity, Matter, Report, State};
use commonweal_records::party::{Party, store as parties};
use uuid::Uuid;

use super::merge::{self, Merge};
use super::model::Act;
use super::store::{self, Referral};
use super::view;
use crate::cases::CASES;
use crate::duplicates::{self, Likely};
use crate::messages;
use crate::public_report;
use crate::reporting::rules::Agency;
use crate::reporting::{self, People};

page!(pub(super) SHOW, "triage/show.html", "show.html");

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
    let seen = read!(&app.db, |tx| look(
        tx,
        viewer,
        loaded,
        knows_confidential,
        &people.forms.catalogue
    )
    .await)
    .await?;
    let mut subjects = vec![matter.id.0];
    subjects.extend(seen.alike.iter().map(|one| one.matter.0));
    subjects.extend(seen.reports.iter().map(|one| one.report.id.0));
    subjects.extend(
        seen.reports
            .iter()
            .filter_map(|one| one.party.as_ref().map(|party| party.id.0)),
    );
    app.access_log
        .record(&app.clock, viewer, Action::SeeReports, &subjects)
        .await?;
    let context = view::context(&rules, viewer, loaded, seen, stale, app.clock.now());
    let title = format!("{}: {}", matter.reference, matter.title);
    let mut shown = Page::new(&SHOW, title)
        .breadcrumb("Reports", "/triage")
        .form(form);
    if stale {
        shown = shown.status(http::StatusCode::CONFLICT);
    }
    app.page(viewer, shown, &context)
}

/// A report with what the reader may know of who sent it, and what its forms were answered.
pub(super) struct Heard {
    pub(super) report: Report,
    pub(super) party: Option<Party>,
    pub(super) facts: Vec<public_report::Fact>,
    /// Whether personal answers are shown: those of a confidential reporter may tell who it is.
    pub(super) open: bool,
}

/// What the page reads.
pub(super) struct Seen {
    pub(super) reports: Vec<Heard>,
    pub(super) flags: BTreeMap<String, (String, String, Option<String>)>,
    pub(super) owner: Option<String>,
    pub(super) near: Vec<(String, String, String, i64)>,
    pub(super) alike: Vec<Likely>,
    pub(super) merges: Vec<Merge>,
    pub(super) cases: Vec<(String, String)>,
    pub(super) case: Option<String>,
    pub(super) merged_into: Option<String>,
    pub(super) messages: messages::Panel,
}

async fn look(
    tx: &mut ReadTx,
    viewer: &Viewer,
    loaded: &Loaded,
    knows_confidential: bool,
    catalogue: &Catalogue,
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
        // The others are a link away.
        let facts = if reports.len() < view::WORDS {
            public_report::facts(tx, catalogue, report.id).await?
        } else {
            Vec::new()
        };
        reports.push(Heard {
            open: known || report.identity == Identity::Anonymous,
            report,
            party,
            facts,
        });
    }
    let newest = reports.first().map(|one| one.report.clone());
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
        alike: alike(tx, viewer, matter, newest.as_ref()).await?,
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

/// Matters that may be the same, while it can still be decided.
async fn alike(
    tx: &mut ReadTx,
    viewer: &Viewer,
    matter: &Matter,
    newest: Option<&Report>,
) -> Result<Vec<Likely>, DbError> {
    let Some(newest) = newest.filter(|_| Act::Merge.fits(matter.state)) else {
        return Ok(Vec::new());
    };
    let scope = viewer.principal.scope(Action::SeeReports, Kind::Matter);
    let subject = duplicates::subject(tx, newest).await?;
    duplicates::likely(tx, &scope, &subject).await
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
