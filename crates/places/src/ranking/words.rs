//! Why a place ranks where it does, in words that a councillor can repeat.

use commonweal_govuk::format::{decimal, whole};

use super::model::{Ranked, Ranking};

/// The sentences about one place, the most telling first.
#[must_use]
pub fn why(place: &Ranked, ranking: &Ranking, of_what: &str) -> String {
    let mut sentences = vec![format!(
        "{} {} ({}% of those in all {of_what}).",
        whole(i64::from(place.count)),
        if place.count == 1 {
            "incident"
        } else {
            "incidents"
        },
        decimal(place.share * 100.0, 1)
    )];
    if let Some(sentence) = rate_sentence(place, ranking) {
        sentences.push(sentence);
    }
    if let Some(sentence) = change_sentence(place) {
        sentences.push(sentence);
    }
    if let Some(decile) = place.decile.filter(|decile| *decile <= 2.0) {
        let percent = if decile <= 1.0 { 10 } else { 20 };
        sentences.push(format!(
            "Among the {percent}% most deprived {of_what} in England."
        ));
    }
    sentences.join(" ")
}

fn rate_sentence(place: &Ranked, ranking: &Ranking) -> Option<String> {
    let (rate, all) = (place.rate?, ranking.rate?);
    let stands = if rate.interval.lower > all.per_1000 {
        "clearly above"
    } else if rate.interval.upper < all.per_1000 {
        "clearly below"
    } else {
        "not clearly different from"
    };
    Some(format!(
        "{} per 1,000 residents (95% interval {} to {}), {stands} the {} of all areas together.",
        decimal(rate.per_1000, 1),
        decimal(rate.interval.lower, 1),
        decimal(rate.interval.upper, 1),
        decimal(all.per_1000, 1)
    ))
}

fn change_sentence(place: &Ranked) -> Option<String> {
    let (now, before) = place.compared?;
    let Some(change) = place.change else {
        return (before == 0 && now > 0).then(|| "There were none a year before.".to_owned());
    };
    let percent = change.estimate * 100.0;
    let way = if percent >= 0.0 { "Up" } else { "Down" };
    let sure = if change.interval.lower > 0.0 || change.interval.upper < 0.0 {
        "more than chance"
    } else {
        "may be chance"
    };
    Some(format!(
        "{way} {}% on the year before ({} to {}; 95% interval {}% to {}%): {sure}.",
        decimal(percent.abs(), 0),
        whole(i64::from(before)),
        whole(i64::from(now)),
        signed(change.interval.lower * 100.0),
        if change.interval.upper.is_finite() {
            signed(change.interval.upper * 100.0)
        } else {
            "no upper bound".to_owned()
        }
    ))
}

/// A number with its sign: `+12`, `−3`, `0`.
#[must_use]
pub fn signed(value: f64) -> String {
    let rounded = value.round();
    if rounded > 0.0 {
        format!("+{}", decimal(rounded, 0))
    } else if rounded < 0.0 {
        format!("\u{2212}{}", decimal(-rounded, 0))
    } else {
        "0".to_owned()
    }
}
