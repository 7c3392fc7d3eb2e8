//! What the home page says of figures: the newest month of each source, and what is missing.

use commonweal_access::policy::Action;
use commonweal_access::web::Rule;
use commonweal_records::ports::{HomeCard, HomeLine, HomeLink};

use crate::Places;
use crate::cube::Snapshot;
use crate::view::in_words;

/// The card 'Latest figures'.
#[must_use]
pub fn card(places: &Places) -> HomeCard {
    let places = places.clone();
    HomeCard::new(
        "Latest figures",
        Rule::May(Action::SeeIncidents),
        move |_, viewer| {
            let places = places.clone();
            async move {
                let snapshot = places.cube.snapshot();
                let allowed = places
                    .allowed(&viewer, Action::SeeIncidents, &snapshot)
                    .await?;
                Ok(allowed
                    .into_iter()
                    .filter_map(|source| line(&snapshot, source))
                    .collect())
            }
        },
    )
    .more("How good the data are", "/data-quality")
}

/// The links to the pages about places.
#[must_use]
pub fn links() -> Vec<HomeLink> {
    let link = |title, hint, href, action| HomeLink {
        group: "Figures",
        title,
        hint,
        href,
        rule: Rule::May(action),
    };
    vec![
        link(
            "Map",
            "Where incidents were recorded, by area or cell",
            "/map",
            Action::SeeIncidents,
        ),
        link(
            "Ranking",
            "Which places have most, and why they rank there",
            "/ranking",
            Action::SeeIncidents,
        ),
        link(
            "Trend",
            "Month by month, with what is more than chance",
            "/trend",
            Action::SeeIncidents,
        ),
        link(
            "Data quality",
            "What is missing, late or without a place",
            "/data-quality",
            Action::SeeDataQuality,
        ),
    ]
}

fn line(snapshot: &Snapshot, source: u16) -> Option<HomeLine> {
    let months: std::collections::BTreeSet<_> = snapshot
        .segments
        .iter()
        .filter(|segment| segment.source == source)
        .map(|segment| segment.month)
        .collect();
    let (first, last) = (*months.first()?, *months.last()?);
    let name = &snapshot.sources.get(usize::from(source))?.name;
    let line = HomeLine::new(format!("{name}: {}", in_words(last))).href("/data-quality");
    let missing: Vec<_> = (0..=last.since(first))
        .map(|n| first.plus(n))
        .filter(|month| !months.contains(month))
        .collect();
    Some(match missing.as_slice() {
        [] => line,
        [month] => line
            .note(format!("{} is missing", in_words(*month)))
            .attention(),
        several => line
            .note(format!(
                "{} months between {} and {} are missing",
                several.len(),
                in_words(first),
                in_words(last)
            ))
            .attention(),
    })
}
