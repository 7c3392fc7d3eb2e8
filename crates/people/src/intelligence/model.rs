//! The 3x5x2 grading, as the College of Policing's authorised professional practice has it, and the form.

use chrono::NaiveDate;
use commonweal_govuk::Form;

/// How far the source can be relied on.
pub const SOURCE_GRADES: [(&str, &str); 3] =
    [("1", "Reliable"), ("2", "Untested"), ("3", "Not reliable")];
/// How far it is known to be so.
pub const INTELLIGENCE_GRADES: [(&str, &str); 5] = [
    ("A", "Known directly by the source"),
    ("B", "Known indirectly, but corroborated"),
    ("C", "Known indirectly"),
    ("D", "Not known"),
    ("E", "Suspected to be false"),
];
/// Whether it may be handed on.
pub const HANDLING: [(&str, &str); 2] = [
    ("P", "May be shared lawfully"),
    ("C", "May be shared lawfully, with conditions"),
];

/// What a grader decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grade {
    /// 1 to 3.
    pub source: String,
    /// A to E.
    pub intelligence: String,
    /// P or C.
    pub handling: String,
    /// The conditions, where there are some.
    pub conditions: String,
    /// The version that may be shared.
    pub sanitised: String,
    /// When somebody looks at it again; none once it is closed.
    pub review_on: Option<NaiveDate>,
    /// Whether nothing more is done with it.
    pub close: bool,
}

/// The label of a grade.
pub(super) fn label(grades: &'static [(&'static str, &'static str)], key: &str) -> &'static str {
    grades
        .iter()
        .find(|grade| grade.0 == key)
        .map_or("", |grade| grade.1)
}

/// A day as `3/11/2026` or `2026-11-03`.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let found = ["%d/%m/%Y", "%Y-%m-%d"]
        .into_iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok())?;
    let year = chrono::Datelike::year(&found);
    (1_900..2_200).contains(&year).then_some(found)
}

/// Reads the form; what is wrong stands at its field.
pub(super) fn read(form: &mut Form, today: NaiveDate) -> Option<Grade> {
    let mut chosen = |field: &str, grades: &[(&str, &str)], message: &str| {
        let value = form.value(field).to_owned();
        if !grades.iter().any(|grade| grade.0 == value) {
            form.errors.add(field, message);
        }
        value
    };
    let source = chosen(
        "source",
        &SOURCE_GRADES,
        "Select how far the source can be relied on",
    );
    let intelligence = chosen(
        "intelligence",
        &INTELLIGENCE_GRADES,
        "Select how far it is known to be so",
    );
    let handling = chosen("handling", &HANDLING, "Select whether it may be shared");
    let conditions = form.value("conditions").to_owned();
    if handling == "C" && conditions.is_empty() {
        form.errors
            .add("conditions", "Enter the conditions of sharing it");
    }
    let sanitised = form.required("sanitised", "Enter what may be shared");
    for (field, text) in [("conditions", &conditions), ("sanitised", &sanitised)] {
        if text.chars().count() > 10_000 {
            form.errors
                .add(field, "It must be 10,000 characters or fewer");
        }
    }
    let close = form.value("close") == "yes";
    let typed = form.value("review_on").to_owned();
    let review_on = day(&typed);
    if !close || !typed.is_empty() {
        match review_on {
            None => form.errors.add(
                "review_on",
                "Enter when somebody looks at it again, such as 27/3/2027",
            ),
            Some(day) if day < today => form.errors.add(
                "review_on",
                "The day of the review must not lie in the past",
            ),
            Some(_) => {}
        }
    }
    form.is_valid().then_some(Grade {
        source,
        intelligence,
        handling,
        conditions,
        sanitised,
        review_on,
        close,
    })
}
