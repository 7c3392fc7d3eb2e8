//! Figures as the page and the files show them.

use super::*;

#[derive(Serialize)]
pub(in crate::results) struct Choice {
    value: String,
    text: String,
    selected: bool,
}

#[derive(Serialize)]
pub(in crate::results) struct Line {
    pub(in crate::results) label: String,
    pub(in crate::results) count: String,
    pub(in crate::results) share: String,
    pub(in crate::results) interval: String,
}

#[derive(Serialize)]
pub(in crate::results) struct FigureView {
    pub(in crate::results) id: String,
    pub(in crate::results) title: String,
    pub(in crate::results) note: String,
    pub(in crate::results) chart: Option<Drawn>,
    pub(in crate::results) caption: String,
    pub(in crate::results) lines: Vec<Line>,
    pub(in crate::results) shares: bool,
    pub(in crate::results) figures: Vec<(String, String)>,
    pub(in crate::results) texts: Option<String>,
    pub(in crate::results) hidden: Option<String>,
}

#[derive(Serialize)]
pub(in crate::results) struct WaveView {
    pub(in crate::results) title: String,
    pub(in crate::results) sent: String,
    pub(in crate::results) answered: String,
    pub(in crate::results) share: String,
    pub(in crate::results) interval: String,
}

#[derive(Serialize)]
pub(in crate::results) struct Context {
    key: String,
    title: String,
    pub(in crate::results) plural: String,
    pub(in crate::results) records: String,
    pub(in crate::results) empty: bool,
    pub(in crate::results) few: bool,
    period: String,
    filter: Option<Filters>,
    years: Vec<Choice>,
    pub(in crate::results) rules: Vec<String>,
    pub(in crate::results) waves: Vec<WaveView>,
    pub(in crate::results) groups: Vec<FigureView>,
    pub(in crate::results) questions: Vec<FigureView>,
    pub(in crate::results) scores: Vec<FigureView>,
    downloads: String,
}

#[derive(Serialize)]
struct Filters {
    waves: Vec<Choice>,
    states: Vec<Choice>,
    agencies: Vec<Choice>,
}

/// The page's variables. `texts`: whether the reader may see records, and their personal answers.
pub(in crate::results) fn context(
    forms: &Forms,
    shown: &Shown,
    agencies: &[(String, String)],
    texts: Option<bool>,
) -> Context {
    let definition = &shown.definition;
    let view = |figure: &Figure| figure_view(definition, figure, shown, texts);
    let chosen = |value: &str, text: &str, wanted: &str| Choice {
        value: value.to_owned(),
        text: text.to_owned(),
        selected: value == wanted,
    };
    let filter = shown.sight.small.then(|| {
        let wave = shown.asked.wave.clone().unwrap_or_default();
        let state = shown.asked.state.clone().unwrap_or_default();
        let agency = shown
            .asked
            .agency
            .map(|id| id.to_string())
            .unwrap_or_default();
        let any = |wanted: &str| chosen("", "All", wanted);
        let states = if definition.states.len() > 1 {
            definition.states.as_slice()
        } else {
            &[]
        };
        Filters {
            waves: std::iter::once(any(&wave))
                .chain(
                    definition
                        .waves
                        .iter()
                        .map(|one| chosen(&one.key, one.title.en(), &wave)),
                )
                .collect(),
            states: std::iter::once(any(&state))
                .chain(
                    states
                        .iter()
                        .map(|one| chosen(&one.key, one.title.en(), &state)),
                )
                .collect(),
            agencies: std::iter::once(any(&agency))
                .chain(agencies.iter().map(|(id, name)| chosen(id, name, &agency)))
                .collect(),
        }
    });
    let year = shown
        .asked
        .from
        .map(|day| day.year().to_string())
        .unwrap_or_default();
    let years = match (shown.sight.small, shown.years) {
        (false, Some((oldest, newest))) => (oldest..=newest)
            .rev()
            .take(50)
            .map(|one| chosen(&one.to_string(), &one.to_string(), &year))
            .collect(),
        _ => Vec::new(),
    };
    Context {
        key: definition.key.clone(),
        title: definition.title.en().to_owned(),
        plural: definition.plural.en().to_owned(),
        records: shown.figures.records.map(count).unwrap_or_default(),
        empty: shown.figures.records == Some(0),
        few: shown.figures.records.is_none(),
        period: period(&shown.asked),
        filter,
        years,
        rules: std::iter::once(format!("All figures: {}.", source(forms, shown)))
            .chain(rules(shown))
            .collect(),
        waves: waves(shown),
        groups: shown.figures.groups.iter().map(view).collect(),
        questions: shown.figures.questions.iter().map(view).collect(),
        scores: shown.figures.scores.iter().map(view).collect(),
        downloads: query(&shown.asked),
    }
}

/// A count with commas.
pub(in crate::results) fn count(count: u64) -> String {
    whole(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A share as a percentage.
pub(in crate::results) fn percent(share: f64) -> String {
    format!("{}%", decimal(share * 100.0, 1))
}

/// An interval of a share.
pub(in crate::results) fn interval(share: &Share) -> String {
    format!("{} to {}", percent(share.low), percent(share.high))
}

/// The period in words.
pub(in crate::results) fn period(asked: &Asked) -> String {
    let day = |day: NaiveDate| day.format("%-d %B %Y").to_string();
    match (asked.from, asked.to) {
        (None, None) => "all time".to_owned(),
        (Some(from), None) => format!("since {}", day(from)),
        (None, Some(to)) => format!("up to {}", day(to)),
        (Some(from), Some(to)) => format!("{} to {}", day(from), day(to)),
    }
}

/// Where figures come from, in a line.
pub(in crate::results) fn source(forms: &Forms, shown: &Shown) -> String {
    let mut line = format!(
        "{}, {}. Source: {}, version {}",
        shown.definition.plural.en(),
        period(&shown.asked),
        shown.definition.title.en(),
        shown.definition.version
    );
    let _infallible = write!(line, ", {}", forms.app.settings.partnership_name);
    if forms.app.settings.made_up_data {
        line.push_str(". The data are made up");
    }
    line
}

/// What every reader of these figures must know.
pub(in crate::results) fn rules(shown: &Shown) -> Vec<String> {
    let mut rules = vec![
        "Shares stand with a 95% interval after Wilson, means with a 95% interval after Student's t. Both cover chance alone; they say nothing of people who did not answer.".to_owned(),
        "Unanswered: the question was shown and left empty. Not asked: it was not shown, because of an earlier answer or because the form did not have it yet.".to_owned(),
    ];
    if !shown.sight.small {
        rules.push(format!(
            "Numbers under {} are hidden, and others with them that would tell them. Means stand where {FEWEST_FOR_MEAN} or more answered. Figures stand for whole calendar years.",
            shown.sight.threshold
        ));
    } else if !shown.sight.personal {
        let year = if shown.asked.is_year() {
            ""
        } else {
            " Choose a whole calendar year and nothing else to see figures of personal answers."
        };
        rules.push(format!(
            "Of personal answers, numbers under {} are hidden, and others with them that would tell them.{year}",
            shown.sight.threshold
        ));
    }
    rules
}

fn waves(shown: &Shown) -> Vec<WaveView> {
    shown
        .invited
        .iter()
        .map(|wave| {
            let title = wave
                .wave
                .as_ref()
                .and_then(|key| shown.definition.waves.iter().find(|one| one.key == *key));
            let (answered, share) = answered(wave, shown.sight);
            WaveView {
                title: title.map_or("All", |wave| wave.title.en()).to_owned(),
                sent: count(wave.sent),
                answered: answered.map_or_else(|| "hidden".to_owned(), count),
                share: share.map(|share| percent(share.share)).unwrap_or_default(),
                interval: share.as_ref().map(interval).unwrap_or_default(),
            }
        })
        .collect()
}

/// How many answered and their share of those asked, as far as a reader may know.
pub(in crate::results) fn answered(wave: &Invited, sight: Sight) -> (Option<u64>, Option<Share>) {
    use commonweal_records::suppression;
    let counts = [wave.answered, wave.sent.saturating_sub(wave.answered)];
    let shown = if sight.small {
        suppression::all(&counts)
    } else {
        suppression::hide(&counts, sight.threshold)
    };
    let answered = shown.cell(0);
    (
        answered,
        answered.and_then(|count| statistics::share(count, wave.sent)),
    )
}

fn figure_view(
    definition: &Definition,
    figure: &Figure,
    shown: &Shown,
    texts: Option<bool>,
) -> FigureView {
    let hidden = |count_of: Option<u64>| count_of.map_or_else(|| "hidden".to_owned(), count);
    let shares = !figure.by_month && figure.parts.iter().any(|part| part.share.is_some());
    let lines = figure
        .parts
        .iter()
        .map(|part| Line {
            label: part.label.clone(),
            count: hidden(part.count),
            share: part
                .share
                .map(|share| percent(share.share))
                .unwrap_or_default(),
            interval: part.share.as_ref().map(interval).unwrap_or_default(),
        })
        .collect();
    let grouping = figure.id.starts_with("by-");
    let mut note = format!("n = {}", hidden(figure.answered));
    for (words, number) in [
        ("unanswered", figure.unanswered),
        ("not asked", figure.not_asked),
    ] {
        if !grouping && number != Some(0) {
            let _infallible = write!(note, "; {words} {}", hidden(number));
        }
    }
    note.push('.');
    if figure.several {
        note.push_str(" One may give several answers.");
    }
    let personal_text = definition
        .question(&figure.id)
        .is_some_and(|(_, question)| question.personal != crate::definition::Personal::None);
    let readable = figure.words
        && match texts {
            None => false,
            Some(personal) => personal || !personal_text,
        };
    FigureView {
        id: figure.id.clone(),
        title: figure.title.clone(),
        note,
        chart: chart(figure, shares),
        caption: figure.title.clone(),
        lines,
        shares,
        figures: numbers(figure),
        texts: readable.then(|| {
            format!(
                "/registers/{}/results/answers/{}",
                definition.key, figure.id
            )
        }),
        hidden: figure.hides().then(|| {
            format!(
                "Hidden: fewer than {}, or a number that would tell such a one.",
                shown.sight.threshold
            )
        }),
    }
}

/// Mean, interval, median and quartiles in words.
pub(in crate::results) fn numbers(figure: &Figure) -> Vec<(String, String)> {
    let Some(summary) = &figure.mean else {
        return Vec::new();
    };
    let value = |value: f64| match figure.unit.as_str() {
        "pounds" => format!("£{}", decimal(value, 2)),
        "" => decimal(value, figure.decimals),
        unit => format!("{} {unit}", decimal(value, figure.decimals)),
    };
    let mut lines = vec![("Mean".to_owned(), value(summary.mean))];
    if let Some((low, high)) = summary.interval {
        lines.push((
            "95% interval of the mean".to_owned(),
            format!("{} to {}", value(low), value(high)),
        ));
    }
    if figure.quartiles {
        let [smallest, lower, median, upper, largest] = summary.five;
        lines.push(("Median".to_owned(), value(median)));
        lines.push((
            "Middle half".to_owned(),
            format!("{} to {}", value(lower), value(upper)),
        ));
        lines.push((
            "Smallest and largest".to_owned(),
            format!("{} and {}", value(smallest), value(largest)),
        ));
        if figure.unit == "pounds" {
            lines.push(("Total".to_owned(), value(summary.sum)));
        }
    }
    lines
}

fn chart(figure: &Figure, shares: bool) -> Option<Drawn> {
    let shown: Vec<_> = figure
        .parts
        .iter()
        .filter(|part| part.count.is_some())
        .collect();
    if shown.is_empty() || shown.len() > MOST_BARS || figure.answered == Some(0) {
        return None;
    }
    let bars = shown
        .iter()
        .map(|part| Bar {
            label: part.label.clone(),
            value: match part.share {
                Some(share) if shares => Some(share.share * 100.0),
                _ => part.count.map(|count| count as f64),
            },
            interval: part
                .share
                .filter(|_| shares)
                .map(|share| (share.low * 100.0, share.high * 100.0)),
            marked: false,
        })
        .collect();
    let chart = BarChart {
        id: format!("chart-{}", figure.id),
        // The question stands in the heading above.
        title: if shares {
            "Share of answers in per cent, with its 95% interval"
        } else {
            "Number of answers"
        }
        .to_owned(),
        name: "Answer".to_owned(),
        unit: if shares { "per cent" } else { "answers" }.to_owned(),
        decimals: u32::from(shares),
        bars,
        ..BarChart::default()
    };
    Some(chart.draw())
}

/// What was asked for as the query of an address.
pub(in crate::results) fn query(asked: &Asked) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    let day = |day: NaiveDate| day.format("%Y-%m-%d").to_string();
    if asked.is_year()
        && let Some(from) = asked.from
    {
        pairs.append_pair("year", &from.year().to_string());
        return pairs.finish();
    }
    for (name, value) in [
        ("from", asked.from.map(day)),
        ("to", asked.to.map(day)),
        ("wave", asked.wave.clone()),
        ("state", asked.state.clone()),
        ("agency", asked.agency.map(|id| id.to_string())),
    ] {
        if let Some(value) = value {
            pairs.append_pair(name, &value);
        }
    }
    pairs.finish()
}
