//! Support services near by for what somebody reported.

use chrono_tz::Europe::London;
use commonweal_core::{DbError, read};
use commonweal_govuk::Language;
use commonweal_records::matters::Report;
use serde::Serialize;

use super::state::PublicReport;
use super::words::say;
use crate::directory::model::distance::miles_shown;
use crate::directory::model::hours_words;
use crate::directory::model::search::{Question, find};
use crate::directory::store::{entries, places};

/// The most services shown.
const MOST: usize = 4;

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Service {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) organisation: Option<String>,
    pub(super) now: Option<String>,
    pub(super) miles: Option<String>,
}

/// The needs of the directory that a type of report brings along, the likeliest first.
fn needs(kind: &str, hate: bool) -> [&'static str; 2] {
    match (hate, kind) {
        (true, _) => ["hate", "victims"],
        (_, "noise") => ["noise", "mediation"],
        (_, "neighbours") => ["neighbours", "mediation"],
        (_, "drugs") => ["drugs", "victims"],
        (_, "street-drinking") => ["alcohol", "victims"],
        (_, "taken-over-home") => ["exploitation", "victims"],
        (_, "vehicles" | "abandoned-vehicle") => ["vehicles", "environment"],
        (_, "animals") => ["animals", "environment"],
        (_, "fire") => ["fire", "victims"],
        (_, "fly-tipping" | "litter" | "graffiti") => ["environment", "reporting"],
        (_, "begging") => ["homelessness", "essentials"],
        (_, "communications") => ["stalking", "victims"],
        (_, "damage") => ["home-security", "victims"],
        _ => ["victims", "reporting"],
    }
}

/// Services for a report, near its place where that is known.
///
/// # Errors
/// [`DbError`].
pub(super) async fn near(
    state: &PublicReport,
    language: Language,
    report: &Report,
) -> Result<Vec<Service>, DbError> {
    let content = state.go_to.content().await?;
    let app = &state.people.app;
    let point = report
        .place
        .point
        .map(|(latitude, longitude)| (longitude, latitude));
    let kinds = content.rules.area_kinds.clone();
    let (directory, areas) = read!(&app.db, |tx| {
        let areas = match point {
            Some(point) => places::around(tx, &kinds, point).await?,
            None => Vec::new(),
        };
        Ok::<_, DbError>((entries::published(tx).await?, areas))
    })
    .await?;
    let moment = app.clock.now().with_timezone(&London).naive_local();
    let mut shown: Vec<Service> = Vec::new();
    for need in needs(&report.kind, report.hate == Some(true)) {
        let question = Question {
            need: Some(need.to_owned()),
            point,
            areas: areas.clone(),
            ..Question::default()
        };
        let found = find(&directory, &content.needs, &question, moment);
        for hit in found.hits {
            let body = &hit.service.body;
            let href = format!("/go-to/{}", hit.service.head.reference);
            if shown.len() >= MOST || shown.iter().any(|known| known.href == href) {
                continue;
            }
            let organisation = directory.organisation(body);
            let organisation = organisation.map(|entry| entry.body.name.clone());
            shown.push(Service {
                href,
                name: body.name.clone(),
                organisation: organisation.filter(|name| *name != body.name),
                now: hours_words::now(language, hit.now, moment),
                miles: hit.metres.map(|metres| {
                    say(language, "report.miles", &[("miles", &miles_shown(metres))])
                }),
            });
        }
    }
    Ok(shown)
}
