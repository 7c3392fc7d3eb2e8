//! The form by which a person says which column is what, and the profile that it makes.

use std::collections::BTreeMap;

use commonweal_govuk::Form;
use serde::Serialize;

use super::receive::Choice;
use crate::imports::read::profile::{
    CategoryColumn, Clock, PlaceColumns, Profile, QualifierColumn, When,
};
use crate::imports::records::known_categories;

/// A select of the form.
#[derive(Debug, Serialize)]
pub(super) struct Select {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) hint: Option<String>,
    pub(super) items: Vec<Choice>,
    pub(super) error: Option<String>,
}

/// A group of selects.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) legend: &'static str,
    pub(super) selects: Vec<Select>,
}

/// The choice to reject what has no category of its own.
const REJECT: &str = "reject";

/// The groups of the form, filled with what was answered. `values`: those of the column of types.
pub(super) fn groups(
    form: &Form,
    header: &[String],
    values: Option<&[(String, u64)]>,
) -> Vec<Group> {
    let columns = |name: &str, label: &str, hint: Option<&str>| {
        let none = Choice::new("", "Choose a column");
        let each = header.iter().map(|column| Choice::new(column, column));
        select(form, name, label, hint, std::iter::once(none).chain(each))
    };
    let of = |name: &str, label: &str, choices: &[(&str, &str)]| {
        let items = choices.iter().map(|(value, text)| Choice::new(value, text));
        select(form, name, label, None, items)
    };
    let mut types = vec![columns(
        "category",
        "Column with the type",
        Some("Leave it out where all rows are of one type"),
    )];
    types.push(select(
        form,
        "otherwise",
        "What any other value is",
        None,
        std::iter::once(Choice::new(REJECT, "Reject the row")).chain(categories()),
    ));
    for (number, (value, count)) in values.into_iter().flatten().enumerate() {
        let shown = if value.is_empty() { "(nothing)" } else { value };
        types.push(select(
            form,
            &format!("value-{number}"),
            &format!("'{}', {count} rows", crate::imports::read::shorten(shown)),
            None,
            std::iter::once(Choice::new("", "As any other value")).chain(categories()),
        ));
    }
    vec![
        Group {
            legend: "When it happened",
            selects: vec![
                of(
                    "when",
                    "How the time is given",
                    &[
                        ("moment", "Date and time in one column"),
                        ("date_and_time", "Date and time in two columns"),
                        ("month", "Month only"),
                    ],
                ),
                columns(
                    "date",
                    "Column with the date, month, or date and time",
                    None,
                ),
                columns("time", "Column with the time, if it is another", None),
                of(
                    "clock",
                    "Whose clock it is",
                    &[
                        ("london", "Clocks in London"),
                        ("utc", "Universal time (UTC)"),
                    ],
                ),
            ],
        },
        Group {
            legend: "Where it happened",
            selects: vec![
                of(
                    "place",
                    "How the place is given",
                    &[
                        ("position", "Longitude and latitude"),
                        ("grid", "Easting and northing"),
                        ("postcode", "Postcode"),
                        ("area", "Code of an area, such as an LSOA"),
                    ],
                ),
                columns(
                    "where",
                    "Column with the longitude, easting, postcode or area",
                    None,
                ),
                columns("where2", "Column with the latitude or northing", None),
            ],
        },
        Group {
            legend: "What happened",
            selects: types,
        },
        Group {
            legend: "What else is known",
            selects: vec![
                columns(
                    "qualifier",
                    "Column that says personal, nuisance or environmental",
                    Some("Leave it out where there is none"),
                ),
                columns(
                    "key",
                    "Column with the source's own reference",
                    Some("With it, files may overlap: a row told again replaces the old one"),
                ),
            ],
        },
    ]
}

impl Choice {
    fn new(value: &str, text: &str) -> Self {
        Self {
            value: value.to_owned(),
            text: text.to_owned(),
            hint: None,
            checked: None,
            selected: None,
        }
    }
}

fn categories() -> impl Iterator<Item = Choice> {
    let unknown = Choice::new("unknown", "Anti-social behaviour of unknown type");
    known_categories()
        .map(|(code, label)| Choice::new(code, label))
        .chain(std::iter::once(unknown))
}

fn select(
    form: &Form,
    name: &str,
    label: &str,
    hint: Option<&str>,
    items: impl Iterator<Item = Choice>,
) -> Select {
    let chosen = form.value(name);
    let items = items.map(|mut item| {
        item.selected = (item.value == chosen).then_some(true);
        item
    });
    Select {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.map(str::to_owned),
        items: items.collect(),
        error: form.errors.get(name).map(str::to_owned),
    }
}

/// What can be guessed from the names of the columns, for answers not given yet.
pub(super) fn guess(form: &mut Form, header: &[String]) {
    let named = |words: &[&str]| {
        header.iter().find(|column| {
            let lower = column.to_lowercase();
            words
                .iter()
                .any(|word| lower == *word || lower.contains(word) && word.len() > 3)
        })
    };
    let mut put = |field: &str, value: Option<&str>| {
        if form.value(field).is_empty()
            && let Some(value) = value
        {
            form.set(field, value);
        }
    };
    let (date, time) = (
        named(&["date", "when", "happened", "month"]),
        named(&["time"]),
    );
    let separate = time.filter(|time| Some(*time) != date);
    put("date", date.map(String::as_str));
    put("time", separate.map(String::as_str));
    put(
        "when",
        Some(if separate.is_some() {
            "date_and_time"
        } else {
            "moment"
        }),
    );
    put("clock", Some("london"));
    let pairs = [
        (
            "position",
            named(&["longitude", "lon", "lng", "long"]),
            named(&["latitude", "lat"]),
        ),
        ("grid", named(&["easting", "x"]), named(&["northing", "y"])),
    ];
    if let Some((kind, Some(x), Some(y))) = pairs
        .into_iter()
        .find(|(_, x, y)| x.is_some() && y.is_some())
    {
        put("place", Some(kind));
        put("where", Some(x));
        put("where2", Some(y));
    } else if let Some(column) = named(&["postcode", "post code"]) {
        put("place", Some("postcode"));
        put("where", Some(column));
    }
    put("category", named(&["category", "type"]).map(String::as_str));
    put("otherwise", Some("unknown"));
    put("qualifier", named(&["qualifier"]).map(String::as_str));
    put(
        "key",
        named(&["reference", "ref", "case number", "id"]).map(String::as_str),
    );
}

/// Proposes a type for each value that reads like one.
pub(super) fn guess_values(form: &mut Form, values: &[(String, u64)]) {
    for (number, (value, _)) in values.iter().enumerate() {
        let field = format!("value-{number}");
        let same = |label: &str| label.eq_ignore_ascii_case(value.trim());
        if let Some((code, _)) = known_categories().find(|(code, label)| same(label) || same(code))
            && form.value(&field).is_empty()
        {
            form.set(field, code);
        }
    }
}

/// The profile that the answers make; errors are added to the form. None where there are any.
pub(super) fn profile(
    form: &mut Form,
    separator: char,
    values: Option<&[(String, u64)]>,
) -> Option<Profile> {
    let name = form.required("source", "Enter who recorded the incidents");
    if name.len() > 200 {
        form.errors.add("source", "Use at most 200 letters");
    }
    let date = form.required("date", "Choose the column with the date or month");
    let clock = match form.value("clock") {
        "utc" => Clock::Utc,
        _ => Clock::London,
    };
    let when = match form.value("when") {
        "month" => When::Month {
            column: date,
            format: None,
        },
        "date_and_time" => {
            let time = form.required("time", "Choose the column with the time");
            When::DateAndTime {
                date,
                time,
                format: None,
                clock,
            }
        }
        _ => When::Moment {
            column: date,
            format: None,
            clock,
        },
    };
    let first = form.required("where", "Choose the column with the place");
    let place = match form.value("place") {
        kind @ ("position" | "grid") => {
            let grid = kind == "grid";
            let second = form.required("where2", "Choose the column with the latitude or northing");
            if grid {
                PlaceColumns::Grid {
                    easting: first,
                    northing: second,
                }
            } else {
                PlaceColumns::Position {
                    longitude: first,
                    latitude: second,
                }
            }
        }
        "postcode" => PlaceColumns::Postcode { column: first },
        "area" => PlaceColumns::Area {
            column: first,
            area_kind: "lsoa".to_owned(),
            vintage: 2021,
        },
        _ => {
            form.errors.add("place", "Choose how the place is given");
            PlaceColumns::Postcode { column: first }
        }
    };
    let optional = |form: &Form, field: &str| {
        let value = form.value(field);
        (!value.is_empty()).then(|| value.to_owned())
    };
    let column = optional(form, "category");
    let otherwise = optional(form, "otherwise").filter(|code| code != REJECT);
    if column.is_none() && otherwise.is_none() {
        form.errors.add(
            "otherwise",
            "Choose a type for all rows, or a column with the type",
        );
    }
    let mut codes = BTreeMap::new();
    for (number, (value, _)) in values.into_iter().flatten().enumerate() {
        if let Some(code) = optional(form, &format!("value-{number}")) {
            codes.insert(value.clone(), code);
        }
    }
    let profile = Profile {
        name,
        separator: (separator != ',').then_some(separator),
        key: optional(form, "key"),
        when,
        place,
        category: CategoryColumn {
            column,
            values: codes,
            otherwise,
        },
        qualifier: optional(form, "qualifier").map(|column| QualifierColumn {
            column,
            values: BTreeMap::new(),
        }),
    };
    form.is_valid().then_some(profile)
}

/// Fills the form with a saved profile. `values`: those of its column of types, for which the
/// profile knows codes.
pub(super) fn fill(form: &mut Form, profile: &Profile) {
    form.set("source", &profile.name);
    let clock = |clock: Clock| if clock == Clock::Utc { "utc" } else { "london" };
    match &profile.when {
        When::Month { column, .. } => {
            form.set("when", "month");
            form.set("date", column);
        }
        When::Moment {
            column,
            clock: whose,
            ..
        } => {
            form.set("when", "moment");
            form.set("date", column);
            form.set("clock", clock(*whose));
        }
        When::DateAndTime {
            date,
            time,
            clock: whose,
            ..
        } => {
            form.set("when", "date_and_time");
            form.set("date", date);
            form.set("time", time);
            form.set("clock", clock(*whose));
        }
    }
    let (kind, first, second) = match &profile.place {
        PlaceColumns::Position {
            longitude,
            latitude,
        } => ("position", longitude, Some(latitude)),
        PlaceColumns::Grid { easting, northing } => ("grid", easting, Some(northing)),
        PlaceColumns::Postcode { column } => ("postcode", column, None),
        PlaceColumns::Area { column, .. } => ("area", column, None),
    };
    form.set("place", kind);
    form.set("where", first);
    form.set("where2", second.map_or("", String::as_str));
    form.set(
        "category",
        profile.category.column.as_deref().unwrap_or_default(),
    );
    form.set(
        "otherwise",
        profile.category.otherwise.as_deref().unwrap_or(REJECT),
    );
    form.set("key", profile.key.as_deref().unwrap_or_default());
    let qualifier = profile.qualifier.as_ref().map(|q| q.column.as_str());
    form.set("qualifier", qualifier.unwrap_or_default());
}

/// Fills the types of a saved profile's values.
pub(super) fn fill_values(form: &mut Form, profile: &Profile, values: &[(String, u64)]) {
    for (number, (value, _)) in values.iter().enumerate() {
        let known = profile.category.values.iter();
        let code = known
            .into_iter()
            .find(|(k, _)| k.trim().eq_ignore_ascii_case(value.trim()));
        if let Some((_, code)) = code {
            form.set(format!("value-{number}"), code);
        }
    }
}
