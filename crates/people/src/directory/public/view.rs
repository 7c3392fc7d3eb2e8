//! What public pages show of an entry, in words of the catalogue.

use chrono::NaiveDateTime;
use commonweal_core::Clock;
use commonweal_govuk::Language;
use commonweal_govuk::text::t;
use serde::Serialize;

use crate::directory::model::distance::miles_shown;
use crate::directory::model::entry::is_web_address;
use crate::directory::model::hours_words::{self, say};
use crate::directory::model::search::Why;
use crate::directory::model::{Address, Service};

/// A telephone number to press.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhoneView {
    /// As people write it.
    pub number: String,
    /// For the telephone; none where it is no number.
    pub href: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

/// A `tel:` link; none where the text holds no number.
#[must_use]
pub(crate) fn tel(number: &str) -> Option<String> {
    let plain: String = number
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '+')
        .collect();
    let odd = number
        .chars()
        .any(|c| !(c.is_ascii_digit() || c.is_whitespace() || "+-()./".contains(c)));
    ((3..=15).contains(&plain.len()) && !odd).then(|| format!("tel:{plain}"))
}

/// The telephone numbers of a service.
pub(crate) fn phones(service: &Service) -> Vec<PhoneView> {
    let all = service.telephones().into_iter();
    all.map(|(number, description)| PhoneView {
        href: tel(&number),
        number,
        description,
    })
    .collect()
}

/// A link to somebody's website: where it leads, and what of it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct WebView {
    pub(crate) href: String,
    pub(crate) host: String,
}

/// None where the text is no address on the web.
pub(crate) fn web(address: Option<&str>) -> Option<WebView> {
    let address = address.filter(|address| is_web_address(address))?;
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    Some(WebView {
        href: address.to_owned(),
        host: host.trim_start_matches("www.").to_owned(),
    })
}

/// The moment on the clocks of the United Kingdom.
pub(crate) fn here(clock: &Clock) -> NaiveDateTime {
    clock
        .now()
        .with_timezone(&chrono_tz::Europe::London)
        .naive_local()
}

/// A number of years without needless decimals.
fn years(age: f64) -> String {
    if age.fract() == 0.0 {
        format!("{age:.0}")
    } else {
        format!("{age}")
    }
}

/// The ages that a service takes, with the texts under a key: `go_to.ages` or `go_to.why_age`.
pub(crate) fn ages(language: Language, key: &str, least: Option<f64>, most: Option<f64>) -> String {
    let least = least.filter(|age| *age > 0.0);
    let most = most.filter(|age| *age < 110.0);
    match (least, most) {
        (Some(from), Some(to)) => say(language, key, &[("from", &years(from)), ("to", &years(to))]),
        (Some(from), None) => say(language, &format!("{key}_from"), &[("from", &years(from))]),
        (None, Some(to)) => say(language, &format!("{key}_to"), &[("to", &years(to))]),
        (None, None) => t(language, &format!("{key}_any")).into_owned(),
    }
}

/// Why a service is shown, in words.
pub(crate) fn why(language: Language, reasons: &[Why]) -> Vec<String> {
    let one = |reason: &Why| match reason {
        Why::Need(need) => say(language, "go_to.why_need", &[("need", need)]),
        Why::Words(words) => say(language, "go_to.why_words", &[("words", &words.join(", "))]),
        Why::Age(least, most) => ages(language, "go_to.why_age", *least, *most),
        Why::Distance(metres) => say(
            language,
            "go_to.why_distance",
            &[("miles", &miles_shown(*metres))],
        ),
        Why::Anywhere => t(language, "go_to.why_anywhere").into_owned(),
        Why::Area(area) => say(language, "go_to.why_area", &[("area", area)]),
        Why::AreaInWords(area) => say(language, "go_to.why_area_words", &[("area", area)]),
    };
    reasons.iter().map(one).collect()
}

/// What a service costs, a line each; 'free' is said only where the entry says it.
pub(crate) fn costs(language: Language, service: &Service) -> Vec<String> {
    let mut lines: Vec<String> = service
        .fees
        .iter()
        .map(|fees| fees.trim().to_owned())
        .collect();
    for cost in &service.cost_options {
        let amount = cost.amount.map(|amount| {
            if amount.0 == 0.0 {
                return t(language, "go_to.free").into_owned();
            }
            let shown = commonweal_govuk::format::decimal(
                amount.0,
                if amount.0.fract() == 0.0 { 0 } else { 2 },
            );
            format!("£{shown}")
        });
        let price = [amount, cost.amount_description.clone()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ");
        let line = [cost.option.clone().unwrap_or_default(), price]
            .into_iter()
            .filter(|part| !part.is_empty());
        lines.push(line.collect::<Vec<_>>().join(": "));
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// The lines of an address.
pub(crate) fn lines(address: &Address) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in [
        &address.address_1,
        &address.city,
        &address.state_province,
        &address.postal_code,
    ] {
        let part = part.trim();
        if !part.is_empty() && !lines.iter().any(|line| line == part) {
            lines.push(part.to_owned());
        }
    }
    lines
}

/// The beginning of a text, cut between words.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= most {
        return text;
    }
    let cut: String = text.chars().take(most).collect();
    let cut = cut
        .rsplit_once(' ')
        .map_or(cut.as_str(), |(before, _)| before);
    format!("{}…", cut.trim_end_matches([',', '.', ';', ':']))
}

/// Paragraphs of a text.
pub(crate) fn paragraphs(text: Option<&str>) -> Vec<String> {
    let text = text.unwrap_or_default();
    text.split('\n')
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Opening hours in words.
pub(crate) fn opening(
    language: Language,
    schedules: &[crate::directory::model::Schedule],
) -> Vec<String> {
    schedules
        .iter()
        .map(|schedule| {
            let line = hours_words::one(language, schedule);
            let notes = [&schedule.description, &schedule.notes]
                .map(|note| note.as_deref().unwrap_or("").trim());
            let mut whole = line.clone();
            for note in notes
                .into_iter()
                .filter(|note| !note.is_empty() && *note != line)
            {
                whole = format!("{whole}. {note}");
            }
            whole
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_pressed_and_nothing_else_is() {
        assert_eq!(tel("0808 168 9111").as_deref(), Some("tel:08081689111"));
        assert_eq!(tel("+44 (0)191 123").as_deref(), Some("tel:+440191123"));
        assert_eq!(tel("999").as_deref(), Some("tel:999"));
        for bad in [
            "",
            "ring us",
            "javascript:1234",
            "07700 900123 ext. 4",
            "12",
        ] {
            assert_eq!(tel(bad), None, "{bad}");
        }
        assert_eq!(
            web(Some("https://www.example.org/a")).unwrap().host,
            "example.org"
        );
        assert_eq!(web(Some("javascript:alert(1)")), None);
    }

    #[test]
    fn ages_are_said_without_needless_limits() {
        let said = |least, most| ages(Language::English, "go_to.ages", least, most);
        assert_eq!(said(Some(11.0), Some(18.0)), "Ages 11 to 18");
        assert_eq!(said(Some(0.0), Some(120.0)), "All ages");
        assert_eq!(said(Some(1.5), None), "Aged 1.5 and over");
    }

    #[test]
    fn a_text_is_cut_between_words() {
        assert_eq!(shortened("One two,  three four", 9), "One two…");
        assert_eq!(shortened("short", 9), "short");
    }
}
