//! Safe figures of a place for the public: months, a year by type, and comparisons in plain words.

use commonweal_govuk::Language;
use commonweal_govuk::chart::{Drawn, LineChart, Series};
use commonweal_govuk::format::whole;
use commonweal_records::Month;
use serde::Serialize;

use super::directory::Listed;
use super::policy::Policy;
use super::say;
use super::suppress::{Published, Total, publish, types};
use crate::cube::{By, Filter, Kind, MonthCount, Snapshot};
use crate::view::{in_words, label};

/// A line of a table: a month or a type, and its count in words.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) count: String,
}

/// What the public page shows of reports.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figures {
    /// The last twelve months in a sentence.
    pub(super) total: String,
    /// Comparisons in plain words.
    pub(super) compared: Vec<String>,
    /// The chart, without its own table: that calls hidden counts missing.
    pub(super) figure: String,
    pub(super) caption: String,
    pub(super) months: Vec<Row>,
    pub(super) types_caption: Option<String>,
    pub(super) types: Vec<Row>,
    pub(super) sources: String,
    pub(super) made_up: bool,
    pub(super) hidden: String,
}

/// The filter of what is counted for the public: anti-social behaviour from every source that is not
/// withheld.
fn filter(snapshot: &Snapshot, policy: &Policy, from: Month, to: Month) -> Filter {
    let allowed = (0_u16..)
        .zip(&snapshot.sources)
        .filter(|(_, source)| !policy.withhold.contains(&source.name))
        .map(|(n, _)| n)
        .collect();
    Filter {
        from,
        to,
        kind: Kind::Asb,
        qualifier: None,
        source: None,
        place: None,
        allowed: Some(allowed),
    }
}

/// The count of a month of which every source tells that told before and after it: without one of them
/// the month would look quiet.
fn known(snapshot: &Snapshot, asked: &Filter, month: Month, count: MonthCount) -> Option<u64> {
    let allowed = asked.allowed.as_deref().unwrap_or_default();
    let mut told: std::collections::BTreeMap<u16, (Month, Month)> =
        std::collections::BTreeMap::new();
    for segment in &snapshot.segments {
        if allowed.contains(&segment.source) {
            let span = told
                .entry(segment.source)
                .or_insert((segment.month, segment.month));
            *span = (span.0.min(segment.month), span.1.max(segment.month));
        }
    }
    let expected = told
        .values()
        .filter(|(first, last)| (*first..=*last).contains(&month))
        .count();
    (count.sources > 0 && count.sources as usize >= expected).then_some(u64::from(count.count))
}

fn count(n: u64) -> String {
    whole(i64::try_from(n).unwrap_or(i64::MAX))
}

/// The newest month that all sources tell of which are not withheld and tell of the present: a month
/// of which the police have told and the council not yet would look quiet.
pub(super) fn newest(snapshot: &Snapshot, policy: &Policy) -> Option<Month> {
    let mut last: std::collections::BTreeMap<u16, Month> = std::collections::BTreeMap::new();
    for segment in &snapshot.segments {
        let source = snapshot.sources.get(usize::from(segment.source));
        if source.is_some_and(|source| !policy.withhold.contains(&source.name)) {
            let month = last.entry(segment.source).or_insert(segment.month);
            *month = segment.month.max(*month);
        }
    }
    let newest = *last.values().max()?;
    last.into_values()
        .filter(|month| newest.since(*month) <= 2)
        .min()
}

/// The figures of a place; none where it is not counted or nothing is known yet.
pub(super) fn figures(
    language: Language,
    snapshot: &Snapshot,
    policy: &Policy,
    place: &Listed,
) -> Option<Figures> {
    if !place.counted {
        return None;
    }
    let newest = newest(snapshot, policy)?;
    let span = policy.months.max(24);
    let mut asked = filter(snapshot, policy, newest.plus(1 - span), newest);
    asked.place = Some((place.set.slug(), place.code().to_owned()));
    let counts = snapshot.months(&asked);
    let months: Vec<(Month, Published)> = counts
        .iter()
        .map(|(month, count)| {
            (
                *month,
                publish(known(snapshot, &asked, *month, *count), policy.threshold),
            )
        })
        .collect();
    let published: Vec<Published> = months.iter().map(|(_, published)| *published).collect();
    let (before, year) = published.split_at(published.len().saturating_sub(12));
    let before = &before[before.len().saturating_sub(12)..];
    let total = Total::of(year);
    let shown = months
        .len()
        .saturating_sub(usize::try_from(policy.months).unwrap_or(24));
    let shown = &months[shown..];
    let hidden = say(
        language,
        "places.fewer",
        &[("number", policy.threshold.to_string())],
    );
    let words = |published: Published| match published {
        Published::Exactly(n) => count(n),
        Published::Fewer => hidden.clone(),
        Published::Missing => say(language, "places.no_figures", &[]),
    };
    let caption = say(
        language,
        "places.months_caption",
        &[
            ("place", place.name.clone()),
            (
                "from",
                shown
                    .first()
                    .map_or_else(String::new, |(m, _)| in_words(*m)),
            ),
            ("to", in_words(newest)),
        ],
    );
    let (types_caption, types) = by_type(language, snapshot, policy, place, newest).unzip();
    Some(Figures {
        total: total_words(language, newest, total),
        compared: [
            with_year_before(language, total, Total::of(before)),
            with_others(language, snapshot, policy, place, newest),
        ]
        .into_iter()
        .flatten()
        .collect(),
        figure: chart(language, &caption, shown).figure,
        months: shown
            .iter()
            .rev()
            .map(|(month, published)| Row {
                name: in_words(*month),
                count: words(*published),
            })
            .collect(),
        caption,
        types_caption,
        types: types.unwrap_or_default(),
        sources: sources(language, snapshot, policy, newest, span),
        made_up: false,
        hidden,
    })
}

fn total_words(language: Language, newest: Month, total: Total) -> String {
    let values = [
        ("month", in_words(newest)),
        ("number", count(total.least)),
        ("missing", total.missing.to_string()),
    ];
    let key = match (total.hidden, total.missing) {
        (_, 12) => "places.total_none",
        (0, 0) => "places.total",
        (0, _) => "places.total_missing",
        (_, 0) => "places.total_least",
        (_, _) => "places.total_least_missing",
    };
    say(language, key, &values)
}

/// More, fewer or about as many as in the year before: by more than chance explains in a count
/// (twice the standard error of the difference of two Poisson counts).
fn with_year_before(language: Language, year: Total, before: Total) -> Option<String> {
    let (year, before) = (year.exactly()?, before.exactly()?);
    let (now, then) = (year as f64, before as f64);
    let key = if (now - then).abs() <= 2.0 * (now + then).sqrt() {
        "places.compared_same"
    } else if now > then {
        "places.compared_more"
    } else {
        "places.compared_fewer"
    };
    Some(say(language, key, &[("before", count(before))]))
}

/// Where the place stands among those of its kind, for its residents: below, above or in the middle
/// half. Three words and no number, so that nothing can be worked out and nobody is ranked.
fn with_others(
    language: Language,
    snapshot: &Snapshot,
    policy: &Policy,
    place: &Listed,
    newest: Month,
) -> Option<String> {
    let asked = filter(snapshot, policy, newest.plus(-11), newest);
    let counts = snapshot.count(&By::Area(place.set.slug()), &asked).of;
    let rate = |area: usize| {
        let residents =
            (*place.set.population.get(area)?).filter(|residents| *residents >= 500.0)?;
        Some(f64::from(*counts.get(area)?) / residents)
    };
    let own = rate(place.area)?;
    let mut rates: Vec<f64> = (0..counts.len()).filter_map(rate).collect();
    if rates.len() < 8 {
        return None;
    }
    rates.sort_by(f64::total_cmp);
    let quarter = rates.len() / 4;
    let (low, high) = (rates[quarter], rates[rates.len() - 1 - quarter]);
    let key = if own < low {
        "places.among_fewer"
    } else if own > high {
        "places.among_more"
    } else {
        "places.among_middle"
    };
    Some(say(
        language,
        key,
        &[("kinds", place.kind.plural.to_lowercase())],
    ))
}

/// Counts by type of the newest whole year, where every month of it is published.
fn by_type(
    language: Language,
    snapshot: &Snapshot,
    policy: &Policy,
    place: &Listed,
    newest: Month,
) -> Option<(String, Vec<Row>)> {
    let begins = i32::try_from(policy.year_begins).ok()? - 1;
    let newest = Month::from_index((newest.index() + 1 - begins).div_euclid(12) * 12 + begins - 12);
    // The year before where a month of the newest is missing: years do not overlap.
    [newest, newest.plus(-12)]
        .into_iter()
        .find_map(|first| year_by_type(language, snapshot, policy, place, first))
}

fn year_by_type(
    language: Language,
    snapshot: &Snapshot,
    policy: &Policy,
    place: &Listed,
    first: Month,
) -> Option<(String, Vec<Row>)> {
    let last = first.plus(11);
    let mut asked = filter(snapshot, policy, first, last);
    asked.place = Some((place.set.slug(), place.code().to_owned()));
    let months: Vec<Published> = snapshot
        .months(&asked)
        .iter()
        .map(|(month, count)| publish(known(snapshot, &asked, *month, *count), policy.threshold))
        .collect();
    Total::of(&months).exactly()?;
    // The order of their codes does not depend on how many there were.
    let mut kinds: Vec<_> = snapshot.categories.iter().filter(|c| c.asb).collect();
    kinds.sort_by(|a, b| a.code.cmp(&b.code));
    let counts: Vec<u64> = kinds
        .iter()
        .map(|kind| {
            snapshot.total(&Filter {
                kind: Kind::Category(kind.code.clone()),
                ..asked.clone()
            })
        })
        .collect();
    let published = types(&counts, policy.threshold)?;
    let mut own: Vec<_> = published.own.iter().filter(|(_, n)| *n > 0).collect();
    // Police figures have one type only, which is no news beside the months.
    if own.len() + usize::from(published.others.is_some()) < 2 {
        return None;
    }
    own.sort_by_key(|(kind, n)| (std::cmp::Reverse(*n), *kind));
    let mut rows: Vec<Row> = own
        .into_iter()
        .filter_map(|(kind, n)| {
            Some(Row {
                name: kinds.get(*kind)?.label.clone(),
                count: count(*n),
            })
        })
        .collect();
    if let Some(others) = published.others {
        rows.push(Row {
            name: say(language, "places.other_types", &[]),
            count: count(others),
        });
    }
    let caption = say(
        language,
        "places.types_caption",
        &[
            ("place", place.name.clone()),
            ("from", in_words(first)),
            ("to", in_words(last)),
        ],
    );
    Some((caption, rows))
}

fn chart(language: Language, caption: &str, months: &[(Month, Published)]) -> Drawn {
    let value = |published: &Published| match published {
        Published::Exactly(n) => Some(*n as f64),
        Published::Fewer | Published::Missing => None,
    };
    LineChart {
        id: "reports".to_owned(),
        title: caption.to_owned(),
        description: say(language, "places.chart_description", &[]),
        period: say(language, "places.month", &[]),
        unit: say(language, "places.unit", &[]),
        labels: months.iter().map(|(month, _)| label(*month)).collect(),
        series: vec![Series {
            name: say(language, "places.unit", &[]),
            values: months
                .iter()
                .map(|(_, published)| value(published))
                .collect(),
        }],
        ..LineChart::default()
    }
    .draw()
}

fn sources(
    language: Language,
    snapshot: &Snapshot,
    policy: &Policy,
    newest: Month,
    span: i32,
) -> String {
    let asked = filter(snapshot, policy, newest.plus(1 - span), newest);
    let told = |source: u16| {
        asked.allowed.as_ref().is_some_and(|a| a.contains(&source))
            && snapshot
                .segments
                .iter()
                .any(|s| s.source == source && s.month >= asked.from && s.month <= asked.to)
    };
    let names: Vec<&str> = (0_u16..)
        .zip(&snapshot.sources)
        .filter(|(n, _)| told(*n))
        .map(|(_, source)| source.name.as_str())
        .collect();
    say(
        language,
        "places.recorded_by",
        &[("names", names.join(", "))],
    )
}

#[cfg(test)]
mod tests {
    use super::super::directory::Directory;
    use super::*;
    use crate::cube::samples;

    const ENGLISH: Language = Language::English;

    #[test]
    fn small_months_are_words_and_the_total_says_at_least() {
        let snapshot = samples::snapshot();
        let policy = Policy::parse(&super::super::policy::shipped().body).unwrap();
        let directory = Directory::new(&snapshot, &policy);
        let place = directory.find("elvet-ward").unwrap();
        let shown = figures(ENGLISH, &snapshot, &policy, place).unwrap();
        // 3, 1 and 3 reports: none of them can be read anywhere.
        assert_eq!(shown.months.len(), 24);
        assert_eq!(shown.months[0].name, "March 2025");
        assert_eq!(shown.months[0].count, "fewer than 5");
        assert_eq!(shown.months[3].count, "no figures");
        assert!(shown.total.contains("at least 3"), "{}", shown.total);
        assert!(shown.compared.is_empty() && shown.types.is_empty());
        assert!(shown.sources.contains("Durham Constabulary"));
        let withheld = Policy {
            withhold: vec!["Durham Constabulary".to_owned()],
            ..policy
        };
        assert!(figures(ENGLISH, &snapshot, &withheld, place).is_none());
    }

    #[test]
    fn a_year_is_compared_beyond_chance_only() {
        let total = |least| Total {
            least,
            hidden: 0,
            missing: 0,
        };
        let words = |now, then| with_year_before(ENGLISH, total(now), total(then)).unwrap();
        assert!(words(100, 110).contains("about as many"));
        assert!(words(200, 100).contains("more than"));
        assert!(words(100, 200).contains("fewer than"));
        let hidden = Total {
            hidden: 1,
            ..total(9)
        };
        assert_eq!(with_year_before(ENGLISH, hidden, total(9)), None);
    }
}
