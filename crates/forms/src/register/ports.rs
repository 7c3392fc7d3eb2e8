//! What registers show on other pages: the place file, the public pages of places, the map.

use commonweal_access::policy::RecordAct;
use commonweal_access::web::{App, PageError, Rule, Viewer};
use commonweal_core::db::Predicate;
use commonweal_core::{DbError, args, read};
use commonweal_records::ports::{
    LayerFeature, MapLayer, PlaceQuery, PlaceSection, PublicHeading as Heading, PublicPlace,
    PublicPlaceSection, SectionContent, SectionLine,
};
use uuid::Uuid;

use super::list::show::capital;
use super::list::{of_scope, placed};
use super::record_page::place_is_personal;
use super::store::Record;
use super::visible::title_is_personal;
use crate::answers::{self, Names};
use crate::catalogue::Catalogue;
use crate::definition::{Definition, Facts, Personal, PublicHeading, PublicView, Shared, Template};

/// Records of one register that the place file, a layer or a public page reads at most.
const MOST: u32 = 2_000;

/// The registers that have places and that a viewer may see, each with the scope of what may be shown
/// on a map: where the place itself is personal, only records whose personal answers may be seen.
fn registers(catalogue: &Catalogue, viewer: &Viewer) -> Vec<(Shared, Vec<Predicate>)> {
    catalogue
        .all()
        .into_iter()
        .filter(|definition| definition.place.is_some())
        .filter_map(|definition| {
            let who = &viewer.principal;
            let act = if place_is_personal(&definition) {
                RecordAct::SeePersonal
            } else {
                RecordAct::See
            };
            if !who.may_enter_records(&definition.key, act) {
                return None;
            }
            let scopes = vec![
                who.record_scope_in(&definition.key, RecordAct::See),
                who.record_scope_in(&definition.key, act),
            ];
            Some((definition, scopes))
        })
        .collect()
}

/// The section of the place file: records there, of all registers, open in the period.
#[must_use]
pub fn place_section(catalogue: &Catalogue) -> PlaceSection {
    let catalogue = catalogue.clone();
    PlaceSection::new(
        "Registers",
        Rule::Records(RecordAct::See),
        move |app, viewer, query| {
            let catalogue = catalogue.clone();
            async move { section(&catalogue, &app, &viewer, &query).await }
        },
    )
}

async fn section(
    catalogue: &Catalogue,
    app: &App,
    viewer: &Viewer,
    query: &PlaceQuery,
) -> Result<SectionContent, PageError> {
    let Some(around) = query.bounds() else {
        return Ok(SectionContent::default());
    };
    let within = [around.west, around.south, around.east, around.north];
    let today = app.clock.today();
    let mut content = SectionContent::default();
    let mut lines = Vec::new();
    let mut personal = false;
    for (definition, scopes) in registers(catalogue, viewer) {
        let records = read!(&app.db, |tx| placed(tx, &scopes, Some(within), MOST).await).await;
        let records = records.map_err(|error: DbError| PageError::from(error))?;
        for record in &records {
            let there = record
                .place
                .is_some_and(|(latitude, longitude)| query.contains(latitude, longitude));
            let made = record.created_at.date_naive();
            let ended = record.closed_at.map(|at| at.date_naive());
            if !there || made > query.to || ended.is_some_and(|ended| ended < query.from) {
                continue;
            }
            let state = definition.state(&record.state);
            let state = state.map_or(record.state.as_str(), |state| state.title.en());
            let late = record.due_on.is_some_and(|due| due < today);
            let mut line = SectionLine::new(format!(
                "{}: {}",
                capital(definition.singular.en()),
                open_title(&definition, record)
            ))
            .date(made)
            .href(record.href())
            .note(if late {
                format!("{state}, overdue")
            } else {
                state.to_owned()
            });
            if late {
                line = line.attention();
            }
            if place_is_personal(&definition) {
                personal = true;
                content.subjects.push(record.id);
            }
            lines.push((record.created_at, line));
        }
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.0));
    content.count = Some(lines.len() as u64);
    content.lines = lines.into_iter().take(50).map(|(_, line)| line).collect();
    if personal {
        content
            .notes
            .push("Addresses lie where the middle of their postcode is.".to_owned());
    }
    Ok(content)
}

/// A title that tells nothing personal: the reference where the title would.
fn open_title<'a>(definition: &Definition, record: &'a Record) -> &'a str {
    if title_is_personal(definition) {
        &record.reference
    } else {
        &record.title
    }
}

/// The layer of the map: every record with a place that the viewer may see, of every register, new
/// ones included.
#[must_use]
pub fn map_layer(catalogue: &Catalogue) -> MapLayer {
    let catalogue = catalogue.clone();
    MapLayer::new(
        "registers",
        "Records of registers",
        Rule::Records(RecordAct::See),
        move |app, viewer| {
            let catalogue = catalogue.clone();
            async move {
                let mut features = Vec::new();
                let mut read: Vec<Uuid> = Vec::new();
                for (definition, scopes) in registers(&catalogue, &viewer) {
                    let records = read!(&app.db, |tx| placed(tx, &scopes, None, MOST).await).await;
                    let records = records.map_err(|error: DbError| PageError::from(error))?;
                    for record in records {
                        let Some((latitude, longitude)) = record.place else {
                            continue;
                        };
                        let label = open_title(&definition, &record);
                        let kind = capital(definition.singular.en());
                        features.push(
                            LayerFeature::point(latitude, longitude, label, kind)
                                .href(record.href()),
                        );
                        if place_is_personal(&definition) {
                            read.push(record.id);
                        }
                    }
                }
                super::log_read(&app, &viewer, RecordAct::SeePersonal.name(), &read).await?;
                Ok(features)
            }
        },
    )
}

/// The lines of public pages of places, one section a heading.
#[must_use]
pub fn public_sections(catalogue: &Catalogue) -> Vec<PublicPlaceSection> {
    [
        (PublicHeading::Done, Heading::Doing),
        (PublicHeading::Orders, Heading::Orders),
        (PublicHeading::Events, Heading::Events),
        (PublicHeading::Said, Heading::Answered),
        (PublicHeading::TakePart, Heading::TakePart),
    ]
    .into_iter()
    .map(|(ours, heading)| {
        let catalogue = catalogue.clone();
        PublicPlaceSection::new("registers", heading, move |app, place| {
            let catalogue = catalogue.clone();
            async move { public(&catalogue, &app, &place, ours).await }
        })
    })
    .collect()
}

async fn public(
    catalogue: &Catalogue,
    app: &App,
    place: &PublicPlace,
    heading: PublicHeading,
) -> Result<Vec<SectionLine>, PageError> {
    use geo::BoundingRect as _;
    let mut lines = Vec::new();
    let Some(around) = place.shape.bounding_rect() else {
        return Ok(lines);
    };
    let within = [
        around.min().x,
        around.min().y,
        around.max().x,
        around.max().y,
    ];
    for definition in catalogue.all() {
        let Some(view) = definition
            .public
            .as_ref()
            .filter(|view| view.heading == heading)
        else {
            continue;
        };
        // What has no place is of the whole partnership and stands on every page.
        let (condition, within) = if definition.place.is_some() {
            (
                "form_records.definition = ? and form_records.latitude is not null",
                Some(within),
            )
        } else {
            ("form_records.definition = ?", None)
        };
        let all = [Predicate {
            sql: condition,
            values: args![&definition.key],
        }];
        let found = read!(&app.db, |tx| of_scope(tx, &all, within, MOST).await);
        let found = found
            .await
            .map_err(|error: DbError| PageError::from(error))?;
        for record in found {
            let there = match record.place {
                Some((latitude, longitude)) => place.contains(latitude, longitude),
                None => definition.place.is_none(),
            };
            if there && let Some(line) = line(&definition, view, &record) {
                lines.push(line);
            }
        }
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.date));
    lines.truncate(50);
    Ok(lines)
}

/// The public line of a record: none where it is not published. Answers that are personal never
/// stand in it, whatever the definition says.
pub(crate) fn line(
    definition: &Definition,
    view: &PublicView,
    record: &Record,
) -> Option<SectionLine> {
    let facts = Facts::new(definition, &record.answers).in_state(record.state.as_str());
    if record.erased_at.is_some() || !view.when.truth(&facts) {
        return None;
    }
    let names = Names::default();
    let fill = |template: &Template| {
        template.fill(|id| {
            let (place, question) = definition.question(id)?;
            if question.personal != Personal::None || !facts.question(place) {
                return None;
            }
            let answer = record.answers.get(id)?;
            let named = matches!(
                answer,
                answers::Answer::Agency(_)
                    | answers::Answer::Person(_)
                    | answers::Answer::Record(_)
            );
            (!named).then(|| answers::show(question, answer, "en", &names))
        })
    };
    let title = fill(&view.title);
    if title.is_empty() {
        return None;
    }
    let mut line = SectionLine::new(title);
    if let Some(text) = view.text.as_ref().map(fill).filter(|text| !text.is_empty()) {
        line = line.note(text);
    }
    let date = view.date.and_then(|id| {
        let question = definition.get(id)?;
        match record.answers.get(&question.id)? {
            answers::Answer::Date(day) => Some(*day),
            _ => None,
        }
    });
    if let Some(date) = date {
        line = line.date(date);
    }
    Some(line)
}
