//! `/registers/{key}/results`.

use std::fmt::Write as _;

use axum::extract::State;
use axum::response::Response;
use chrono::{Datelike as _, NaiveDate};
use commonweal_access::policy::{RecordAct, Resource};
use commonweal_access::web::{PageError, Path, Query, Viewer};
use commonweal_core::{DbError, read};
use commonweal_govuk::chart::{Bar, BarChart, Drawn};
use commonweal_govuk::format::{decimal, whole};
use commonweal_govuk::{Form, Page, page};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{FEWEST_FOR_MEAN, Figure, Figures, Sight};
use super::statistics::{self, Share};
use super::store::{self, Asked, Invited};
use crate::Forms;
use crate::definition::{Definition, Shared};

mod view;

pub(super) use view::{FigureView, answered, context, period, rules, source};

page!(pub(super) SHOW, "forms/results/show.html", "show.html");

/// More bars than this make no picture.
const MOST_BARS: usize = 24;

/// What the address asks for; anything may be missing or nonsense.
#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    year: String,
    #[serde(default)]
    wave: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    agency: String,
}

/// Everything that a page or file of results shows.
pub(super) struct Shown {
    pub(super) definition: Shared,
    pub(super) asked: Asked,
    pub(super) sight: Sight,
    pub(super) figures: Figures,
    pub(super) invited: Vec<Invited>,
    pub(super) years: Option<(i32, i32)>,
    pub(super) form: Form,
}

/// The definition of a key, for whom may see results of it.
pub(super) fn enter(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
    act: RecordAct,
) -> Result<Shared, PageError> {
    viewer.must_record(key, act, &Resource::door())?;
    forms.catalogue.get(key).ok_or(PageError::NotFound)
}

pub(super) async fn look(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
    wanted: &Wanted,
) -> Result<Shown, PageError> {
    let definition = enter(forms, viewer, key, RecordAct::Results)?;
    let sight = store::sight(viewer, key);
    let years = store::years(forms, viewer, key).await?;
    let mut form = Form::default();
    let asked = if sight.small {
        free(&definition, wanted, &mut form)
    } else {
        let newest = years.map_or_else(|| forms.app.clock.today().year(), |(_, newest)| newest);
        let year = wanted.year.trim().parse().unwrap_or(newest);
        Asked::year(year)
    };
    let figures = store::tally(forms, viewer, &definition, &asked).await?;
    let mut figures = figures.figures(sight);
    // Personal answers of few can be told apart by comparing two filters, so whoever may not see
    // them gets their figures for whole years only.
    if sight.small && !sight.personal && !asked.is_year() {
        figures.questions.retain(|figure| !figure.personal);
        figures.scores.retain(|figure| !figure.personal);
    }
    let invited = store::invited(forms, viewer, key, &asked).await?;
    Ok(Shown {
        definition,
        asked,
        sight,
        figures,
        invited,
        years,
        form,
    })
}

/// What the team asks for, in any combination. What makes no sense is said and left out.
fn free(definition: &Definition, wanted: &Wanted, form: &mut Form) -> Asked {
    let mut day = |field: &str, text: &str| {
        let text = text.trim();
        form.set(field, text);
        if text.is_empty() {
            return None;
        }
        let read = NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .or_else(|_| NaiveDate::parse_from_str(text, "%d/%m/%Y"))
            .or_else(|_| NaiveDate::parse_from_str(text, "%d %B %Y"))
            .ok()
            .filter(|day| (1900..=2200).contains(&day.year()));
        if read.is_none() {
            form.errors.add(field, "Enter a date like 31/3/2026");
        }
        read
    };
    let (from, to) = match wanted.year.trim().parse::<i32>() {
        Ok(year) if (1900..=2200).contains(&year) => {
            let whole = Asked::year(year);
            let text = |day: Option<NaiveDate>| {
                day.map(|day| day.format("%d/%m/%Y").to_string())
                    .unwrap_or_default()
            };
            let ends = (text(whole.from), text(whole.to));
            (day("from", &ends.0), day("to", &ends.1))
        }
        _ => (day("from", &wanted.from), day("to", &wanted.to)),
    };
    if let (Some(first), Some(last)) = (from, to)
        && last < first
    {
        form.errors
            .add("to", "The last day must not lie before the first");
    }
    let known = |text: &str, known: bool| (known && !text.is_empty()).then(|| text.to_owned());
    form.set("wave", wanted.wave.as_str());
    form.set("state", wanted.state.as_str());
    form.set("agency", wanted.agency.as_str());
    Asked {
        from,
        to,
        wave: known(
            &wanted.wave,
            definition.waves.iter().any(|wave| wave.key == wanted.wave),
        ),
        state: known(&wanted.state, definition.state(&wanted.state).is_some()),
        agency: wanted.agency.parse::<Uuid>().ok(),
    }
}

pub(super) async fn show(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let shown = look(&forms, &viewer, &key, &wanted).await?;
    let agencies = if shown.sight.small {
        read!(&forms.app.db, |tx| store::agencies(tx).await).await
    } else {
        Ok::<_, DbError>(std::collections::BTreeMap::new())
    }?;
    let choices: Vec<(String, String)> = agencies
        .into_iter()
        .map(|(id, name)| (id.to_string(), name))
        .collect();
    let sees_texts = viewer
        .principal
        .may_enter_records(&key, RecordAct::See)
        .then(|| {
            viewer
                .principal
                .may_enter_records(&key, RecordAct::SeePersonal)
        });
    let context = context(&forms, &shown, &choices, sees_texts);
    let title = format!("Results: {}", shown.definition.title.en());
    let page = Page::new(&SHOW, title)
        .breadcrumb("Forms and registers", "/registers")
        .breadcrumb(shown.definition.title.en(), format!("/registers/{key}"))
        .form(&shown.form);
    forms.app.page(&viewer, page, &context)
}
