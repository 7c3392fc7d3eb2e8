//! What an import did, or would do, in words: the same for all kinds.

use commonweal_govuk::format::whole;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::imports::areas::AreasReport;
use crate::imports::context::ContextReport;
use crate::imports::load::Replaced;
use crate::imports::police_uk;
use crate::imports::postcodes::PostcodesReport;
use crate::imports::read::Reject;
use crate::imports::records::RecordsReport;

/// How many lines of a list are shown.
const SHOWN: usize = 50;

/// What an import did, or would do.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Outcome {
    /// Whether nothing is in the way of importing it.
    pub(super) good: bool,
    /// Whether it changes nothing.
    pub(super) unchanged: bool,
    /// Figures: words and value.
    pub(super) figures: Vec<(String, String)>,
    /// What people should know.
    pub(super) notes: Vec<String>,
    /// What is wrong with a whole file.
    pub(super) problems: Vec<String>,
    /// Months told before.
    pub(super) replaced: Vec<ReplacedLine>,
    /// The first rejected rows.
    pub(super) rejects: Vec<RejectLine>,
    /// How many there are.
    pub(super) rejected: i64,
    /// Each file: name, what became of it, its import.
    pub(super) files: Vec<FileLine>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ReplacedLine {
    pub(super) source: String,
    pub(super) month: String,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) asb_before: String,
    pub(super) asb_after: String,
    pub(super) change: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RejectLine {
    pub(super) line: u64,
    pub(super) column: String,
    pub(super) reason: String,
    pub(super) value: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FileLine {
    pub(super) name: String,
    pub(super) state: String,
    pub(super) import: Option<Uuid>,
}

impl From<&Reject> for RejectLine {
    fn from(reject: &Reject) -> Self {
        Self {
            line: reject.line,
            column: reject.column.clone(),
            reason: reject.reason.clone(),
            value: reject.value.clone(),
        }
    }
}

/// A month told again, with the change of its rows.
pub(super) fn replaced_line(
    source: &str,
    month: &str,
    rows: (i64, i64),
    asb: (i64, i64),
) -> ReplacedLine {
    let change = rows.1 - rows.0;
    let sign = if change > 0 { "+" } else { "" };
    let share = if rows.0 > 0 {
        let percent = change as f64 * 100.0 / rows.0 as f64;
        format!(
            " ({sign}{}%)",
            commonweal_govuk::format::decimal(percent, 1)
        )
    } else {
        String::new()
    };
    ReplacedLine {
        source: source.to_owned(),
        month: month.to_owned(),
        before: whole(rows.0),
        after: whole(rows.1),
        asb_before: whole(asb.0),
        asb_after: whole(asb.1),
        change: format!("{sign}{}{share}", whole(change)),
    }
}

fn replaced(months: &[Replaced]) -> Vec<ReplacedLine> {
    let lines = months.iter().take(SHOWN);
    lines
        .map(|r| replaced_line(&r.source, &r.month.name(), r.rows, r.asb_rows))
        .collect()
}

fn figure(words: &str, value: i64) -> (String, String) {
    (words.to_owned(), whole(value))
}

fn count(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl Outcome {
    /// A file that cannot be used at all.
    pub(super) fn problem(words: impl Into<String>) -> Self {
        Self {
            problems: vec![words.into()],
            ..Self::default()
        }
    }

    fn one(
        name: &str,
        import: Option<Uuid>,
        rejected: i64,
        rejects: &[Reject],
        unchanged: bool,
    ) -> Self {
        let state = if unchanged {
            "changes nothing"
        } else if rejected > 0 {
            "held back"
        } else {
            "good"
        };
        Self {
            good: rejected == 0,
            unchanged,
            rejected,
            rejects: rejects.iter().take(SHOWN).map(RejectLine::from).collect(),
            files: vec![FileLine {
                name: name.to_owned(),
                state: state.to_owned(),
                import,
            }],
            ..Self::default()
        }
    }
}

impl From<&police_uk::Report> for Outcome {
    fn from(report: &police_uk::Report) -> Self {
        let rejects = report.each.iter().flat_map(|file| &file.rejects);
        let files = report.each.iter().map(|file| FileLine {
            name: file.name.clone(),
            state: file.state.to_owned(),
            import: file.import,
        });
        let notes = report.each.iter().flat_map(|file| {
            file.notes
                .iter()
                .map(|note| format!("{}: {note}", file.name))
        });
        let skipped = report.skipped.iter();
        let skipped = skipped.map(|s| format!("{} was passed over: {}", s.name, s.reason));
        Self {
            good: report.ok(),
            unchanged: report.files > 0 && report.unchanged == report.files,
            figures: vec![
                figure("Files", i64::try_from(report.files).unwrap_or(i64::MAX)),
                figure("Rows", report.rows),
                figure("Rows of anti-social behaviour", report.asb_rows),
                figure("Rows rejected", report.rejected),
                figure(
                    "Files here already",
                    i64::try_from(report.unchanged).unwrap_or(i64::MAX),
                ),
            ],
            notes: notes.chain(skipped).take(SHOWN).collect(),
            problems: report
                .each
                .iter()
                .filter_map(|file| file.error.clone())
                .take(SHOWN)
                .collect(),
            replaced: replaced(&report.replaced),
            rejects: rejects.take(SHOWN).map(RejectLine::from).collect(),
            rejected: report.rejected,
            files: files.take(500).collect(),
        }
    }
}

impl From<&AreasReport> for Outcome {
    fn from(report: &AreasReport) -> Self {
        let AreasReport { kind, vintage, .. } = report;
        let mut notes = vec![format!(
            "The code is taken from '{}', the name from {}",
            report.code_field,
            report
                .name_field
                .as_ref()
                .map_or("the code".to_owned(), |field| format!("'{field}'"))
        )];
        if report.replaced {
            notes.push(format!(
                "It replaces the set of areas {kind} {vintage} that is loaded"
            ));
        }
        if report.added {
            notes.push(format!(
                "It adds to the set of areas {kind} {vintage} that is loaded"
            ));
        }
        for name in report.mended.iter().take(SHOWN) {
            notes.push(format!(
                "The boundary of {name} crossed itself a little and is mended"
            ));
        }
        Self {
            figures: vec![
                figure("Areas in the file", count(report.areas)),
                figure("Areas in the set after it", count(report.in_set)),
                figure("Points of the boundaries", count(report.points)),
                ("Set".to_owned(), format!("{kind} {vintage}")),
            ],
            notes,
            ..Self::one(&report.name, report.import, 0, &[], report.unchanged)
        }
    }
}

impl From<&PostcodesReport> for Outcome {
    fn from(report: &PostcodesReport) -> Self {
        let mut notes = Vec::new();
        if !report.unchanged && !report.areas.iter().any(|area| area.kind == "lsoa") {
            notes.push(
                "The file does not say in which LSOA a postcode lies: residents of map cells need that".to_owned(),
            );
        }
        let mut figures = vec![
            figure("Postcodes", report.rows),
            figure("Postcodes that have ended", report.terminated),
            figure("Postcodes without a position, left out", report.no_position),
            figure("Rows rejected", report.rejected),
        ];
        if !report.dry_run {
            figures.push(figure("New postcodes", report.new));
            figures.push(figure("Postcodes that changed", report.replaced));
        }
        Self {
            figures,
            notes,
            ..Self::one(
                &report.name,
                report.import,
                report.rejected,
                &report.rejects,
                report.unchanged,
            )
        }
    }
}

impl From<&ContextReport> for Outcome {
    fn from(report: &ContextReport) -> Self {
        let mut figures = vec![
            ("Figures of".to_owned(), report.period.clone()),
            (
                "Areas".to_owned(),
                format!("{} {}", report.area_kind, report.vintage),
            ),
            figure("Number of areas", report.areas),
            figure("Figures", report.figures),
            figure("Cells rejected", report.rejected),
        ];
        if !report.dry_run {
            figures.push(figure("New figures", report.new));
            figures.push(figure("Figures that changed", report.replaced));
        }
        let measures = report.measures.iter().take(SHOWN);
        let measures = measures.map(|(measure, n)| format!("{measure}: {} areas", whole(*n)));
        let title = (!report.title.is_empty()).then(|| report.title.clone());
        Self {
            figures,
            notes: title.into_iter().chain(measures).collect(),
            ..Self::one(
                &report.name,
                report.import,
                report.rejected,
                &report.rejects,
                report.unchanged,
            )
        }
    }
}

impl From<&RecordsReport> for Outcome {
    fn from(report: &RecordsReport) -> Self {
        let mut figures = vec![
            figure("Rows", report.rows),
            figure("Rows of anti-social behaviour", report.asb_rows),
            figure("Rows rejected", report.rejected),
        ];
        if report.new + report.changed + report.unchanged_rows > 0 {
            figures.push(figure("New rows", report.new));
            figures.push(figure("Rows that changed", report.changed));
            figures.push(figure("Rows as they were", report.unchanged_rows));
        }
        let mut notes = report.notes.clone();
        if let (Some(first), Some(last)) = (report.months.first(), report.months.last()) {
            notes.insert(0, format!("From {} to {}", first.name(), last.name()));
        }
        Self {
            figures,
            notes,
            replaced: replaced(&report.replaced),
            ..Self::one(
                &report.name,
                report.import,
                report.rejected,
                &report.rejects,
                report.unchanged,
            )
        }
    }
}
