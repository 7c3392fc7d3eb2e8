//! The parameters of a request, strictly: what is not known is refused (17-069r4, requirement
//! 8), so that a typing error never passes for an answer.

use axum::http::{HeaderMap, header};
use chrono::{DateTime, NaiveDate};
use commonweal_access::web::PageError;
use commonweal_records::Month;

/// Features on one page unless asked otherwise.
const USUAL: usize = 100;
/// The most features on one page.
pub(super) const MOST: usize = 10_000;

/// In what form the answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Format {
    #[default]
    Json,
    Html,
}

/// An interval of months, open where there is none.
pub(super) type Months = (Option<Month>, Option<Month>);

/// What was asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Parameters {
    pub(super) format: Format,
    /// Whether the address says the format.
    pub(super) format_asked: bool,
    pub(super) limit: usize,
    pub(super) offset: usize,
    /// West, south, east, north; west may lie east of east, across the date line.
    pub(super) bbox: Option<[f64; 4]>,
    pub(super) datetime: Option<Months>,
    pub(super) kind: String,
    pub(super) qualifier: String,
    pub(super) source: String,
    /// All but the format and the page, as they came, for links.
    pub(super) rest: Vec<(String, String)>,
}

/// The parameters of pages without features.
pub(super) const PLAIN: &[&str] = &["f"];
/// The parameters of items.
pub(super) const ITEMS: &[&str] = &["f", "limit", "offset", "bbox", "datetime"];
/// The parameters of items with counts.
pub(super) const COUNTS: &[&str] = &[
    "f",
    "limit",
    "offset",
    "bbox",
    "datetime",
    "type",
    "qualifier",
    "source",
];
/// The parameters of one item with a count.
pub(super) const COUNT: &[&str] = &["f", "datetime", "type", "qualifier", "source"];

impl Parameters {
    /// Reads the parameters of a request; `known` are those that this resource has.
    pub(super) fn read(
        pairs: &[(String, String)],
        headers: &HeaderMap,
        known: &[&str],
    ) -> Result<Self, PageError> {
        let mut read = Self {
            limit: USUAL,
            format: accepted(headers),
            ..Self::default()
        };
        for (n, (name, value)) in pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(wrong(format!(
                    "There is no parameter '{name}' here. There are: {}.",
                    known.join(", ")
                )));
            }
            if pairs[..n].iter().any(|(earlier, _)| earlier == name) {
                return Err(wrong(format!("Give '{name}' once.")));
            }
            match name.as_str() {
                "f" => {
                    read.format = format(value)?;
                    read.format_asked = true;
                }
                "limit" => read.limit = limit(value)?,
                "offset" => read.offset = offset(value)?,
                "bbox" => read.bbox = Some(bbox(value)?),
                "datetime" => read.datetime = Some(datetime(value)?),
                "type" => read.kind.clone_from(value),
                "qualifier" => read.qualifier.clone_from(value),
                "source" => read.source.clone_from(value),
                _ => {}
            }
            if !matches!(name.as_str(), "f" | "limit" | "offset") {
                read.rest.push((name.clone(), value.clone()));
            }
        }
        Ok(read)
    }
}

fn wrong(why: impl Into<String>) -> PageError {
    PageError::Invalid(why.into())
}

/// What the reader's program likes best of what there is.
fn accepted(headers: &HeaderMap) -> Format {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let first = accept
        .split(',')
        .map(|kind| kind.split(';').next().unwrap_or_default().trim())
        .find_map(|kind| match kind {
            "text/html" | "application/xhtml+xml" => Some(Format::Html),
            kind if kind.contains("json") => Some(Format::Json),
            _ => None,
        });
    first.unwrap_or_default()
}

fn format(text: &str) -> Result<Format, PageError> {
    match text {
        "json" | "geojson" => Ok(Format::Json),
        "html" => Ok(Format::Html),
        _ => Err(wrong("The format (f) is json or html.")),
    }
}

fn limit(text: &str) -> Result<usize, PageError> {
    match text.parse::<usize>() {
        // More than the most is no error: the page is as large as it can be.
        Ok(limit) if limit >= 1 => Ok(limit.min(MOST)),
        _ => Err(wrong(format!(
            "The limit is a whole number from 1 to {MOST}."
        ))),
    }
}

fn offset(text: &str) -> Result<usize, PageError> {
    text.parse()
        .map_err(|_| wrong("The offset is a whole number, 0 or more."))
}

fn bbox(text: &str) -> Result<[f64; 4], PageError> {
    let numbers: Option<Vec<f64>> = text
        .split(',')
        .map(|number| {
            number
                .trim()
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
        })
        .collect();
    let [west, south, east, north] = match numbers.as_deref() {
        Some([west, south, east, north]) | Some([west, south, _, east, north, _]) => {
            [*west, *south, *east, *north]
        }
        _ => {
            return Err(wrong(
                "A bbox has 4 numbers (west,south,east,north) or 6, with heights.",
            ));
        }
    };
    if [west, east].iter().any(|x| x.abs() > 180.0) || [south, north].iter().any(|y| y.abs() > 90.0)
    {
        return Err(wrong(
            "A bbox is in degrees: longitude from -180 to 180, latitude from -90 to 90.",
        ));
    }
    if south > north {
        return Err(wrong(
            "The bbox's south must not lie north of its north: west,south,east,north.",
        ));
    }
    Ok([west, south, east, north])
}

fn datetime(text: &str) -> Result<Months, PageError> {
    let refuse = || {
        wrong(
            "A datetime is a moment (2025-03-01T00:00:00Z), a day, a month (2025-03), or two of them with a slash \
             between, one of which may be '..'.",
        )
    };
    let end = |text: &str| match text {
        "" | ".." => Ok(None),
        text => moment(text).map(Some).ok_or_else(refuse),
    };
    match text.split_once('/') {
        None => {
            let month = moment(text).ok_or_else(refuse)?;
            Ok((Some(month), Some(month)))
        }
        Some((from, to)) => match (end(from)?, end(to)?) {
            (None, None) => Err(refuse()),
            (Some(from), Some(to)) if from > to => {
                Err(wrong("The datetime ends before it begins."))
            }
            months => Ok(months),
        },
    }
}

fn moment(text: &str) -> Option<Month> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(Month::of(moment.to_utc().date_naive()));
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Some(Month::of(day));
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &[(&str, &str)]) -> Result<Parameters, PageError> {
        let pairs: Vec<_> = query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Parameters::read(&pairs, &HeaderMap::new(), COUNTS)
    }

    #[test]
    fn good_values_are_read() {
        let read = |name, value| read(&[(name, value)]).unwrap();
        assert_eq!(read("limit", "999999").limit, MOST);
        assert_eq!(
            read("bbox", "-2,54,-1,55").bbox,
            Some([-2.0, 54.0, -1.0, 55.0])
        );
        assert_eq!(
            read("bbox", "-2,54,0,-1,55,300").bbox,
            Some([-2.0, 54.0, -1.0, 55.0])
        );
        let month = |text: &str| Some(text.parse::<Month>().unwrap());
        for (text, months) in [
            ("2025-03", (month("2025-03"), month("2025-03"))),
            ("2025-03-31", (month("2025-03"), month("2025-03"))),
            ("2025-03-31T23:59:59Z/..", (month("2025-03"), None)),
            ("/2025-03-31T23:59:59.5+01:00", (None, month("2025-03"))),
            (
                "2024-12-01/2025-03-01",
                (month("2024-12"), month("2025-03")),
            ),
        ] {
            assert_eq!(read("datetime", text).datetime, Some(months), "{text}");
        }
        assert_eq!(read("f", "html").format, Format::Html);
    }

    #[test]
    fn bad_values_are_refused() {
        for (name, value) in [
            ("limit", "0"),
            ("limit", "-1"),
            ("limit", "x"),
            ("limit", "1.5"),
            ("offset", "-1"),
            ("f", "gml"),
            ("bbox", ""),
            ("bbox", "1,2,3"),
            ("bbox", "1,2,3,4,5"),
            ("bbox", "a,b,c,d"),
            ("bbox", "-2,55,-1,54"),
            ("bbox", "NaN,0,1,1"),
            ("bbox", "400000,540000,440000,560000"),
            ("bbox", "-2,54,inf,55"),
            ("datetime", ""),
            ("datetime", ".."),
            ("datetime", "../.."),
            ("datetime", "/"),
            ("datetime", "yesterday"),
            ("datetime", "2025-13"),
            ("datetime", "2025-03/2025-01"),
            ("datetime", "2025-01/2025-02/2025-03"),
            ("colour", "red"),
            ("LIMIT", "5"),
        ] {
            assert!(
                matches!(read(&[(name, value)]), Err(PageError::Invalid(_))),
                "{name}={value}"
            );
        }
        assert!(read(&[("limit", "1"), ("limit", "2")]).is_err(), "twice");
    }

    #[test]
    fn a_browser_gets_html_and_a_program_json() {
        let of = |accept: &'static str| {
            accepted(
                &[(header::ACCEPT, accept.parse().unwrap())]
                    .into_iter()
                    .collect(),
            )
        };
        assert_eq!(
            of("text/html,application/xhtml+xml,*/*;q=0.8"),
            Format::Html
        );
        assert_eq!(of("application/geo+json, text/html;q=0.1"), Format::Json);
        assert_eq!(of("*/*"), Format::Json);
    }
}
