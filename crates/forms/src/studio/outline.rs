//! A definition in plain words, for reading and for comparing.

use std::fmt::Write as _;

use commonweal_access::policy::RecordAct;
use serde::Serialize;

use crate::definition::{
    Audience, Choice, Definition, DefinitionKind, DueFrom, FileTypes, Layout, Period, Personal,
    Question, QuestionKind, TextFormat, TextLimits,
};

/// The whole of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Outline {
    pub(super) facts: Vec<Line>,
    pub(super) pages: Vec<Part>,
    pub(super) scores: Vec<Item>,
    pub(super) states: Vec<Item>,
    pub(super) moves: Vec<Item>,
    pub(super) dues: Vec<Item>,
    pub(super) access: Vec<Item>,
}

/// A fact with its name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) text: String,
}

/// A page with its questions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Part {
    pub(super) key: String,
    pub(super) title: String,
    pub(super) condition: Option<String>,
    pub(super) questions: Vec<Item>,
}

/// Something with a key, and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Item {
    pub(super) key: String,
    pub(super) title: String,
    pub(super) details: Vec<String>,
}

pub(super) fn outline(definition: &Definition) -> Outline {
    Outline {
        facts: facts(definition),
        pages: pages(definition),
        scores: scores(definition),
        states: states(definition),
        moves: moves(definition),
        dues: dues(definition),
        access: access(definition),
    }
}

fn names(definition: &Definition, ids: &[crate::definition::QuestionId]) -> String {
    let found = ids.iter().filter_map(|id| definition.get(*id));
    let names: Vec<&str> = found.map(short).collect();
    names.join(", ")
}

/// What a question is called where there is little room.
pub(super) fn short(question: &Question) -> &str {
    question.short.as_ref().unwrap_or(&question.label).en()
}

fn facts(definition: &Definition) -> Vec<Line> {
    let mut facts = Vec::new();
    let mut add = |name: &str, text: String| {
        if !text.is_empty() {
            facts.push(Line {
                name: name.to_owned(),
                text,
            });
        }
    };
    let one = |id: Option<crate::definition::QuestionId>| names(definition, id.as_slice());
    add("Title", definition.title.en().to_owned());
    add("What it is for", definition.about.en().to_owned());
    add(
        "Records are called",
        format!("{}, {}", definition.singular.en(), definition.plural.en()),
    );
    add("References begin with", definition.prefix.clone());
    add("Group", definition.group.clone());
    add("Delivery plan", definition.plan.join(", "));
    let audience = match definition.audience {
        Audience::Public => "Anybody",
        Audience::Invited => "Whoever has a personal link",
        Audience::Staff => "People of the partnership",
    };
    add("Filled in by", audience.to_owned());
    let layout = match definition.layout {
        Layout::OnePerPage => "A page for each question",
        Layout::Sections => "A page for each section",
    };
    add("Pages", layout.to_owned());
    add("Placed on the map by", one(definition.place));
    add("Found again in imports by", one(definition.import_key));
    let parent = definition.parent.as_ref();
    add(
        "Belongs to",
        parent
            .map(|parent| parent.register.clone())
            .unwrap_or_default(),
    );
    add(
        "Columns of the list",
        names(definition, &definition.list.columns),
    );
    add(
        "Filters of the list",
        names(definition, &definition.list.filters),
    );
    let waves: Vec<String> = definition
        .waves
        .iter()
        .map(|wave| {
            format!(
                "{} (after {} days, open for {})",
                wave.title.en(),
                wave.after_days,
                wave.open_days
            )
        })
        .collect();
    add("People are asked", waves.join("; "));
    let public = definition.public.as_ref();
    add(
        "On public pages of places",
        public
            .map(|public| format!("where {}", public.when))
            .unwrap_or_default(),
    );
    let kept = match (
        definition.retention.months,
        definition.retention.erase_personal,
    ) {
        (None, _) => "Until somebody decides".to_owned(),
        (Some(months), false) => format!("{months} months, then removed"),
        (Some(months), true) => format!("{months} months, then personal answers are erased"),
    };
    add("Kept", kept);
    if definition.offline {
        add("Without a signal", "Can be filled in".to_owned());
    }
    facts
}

fn pages(definition: &Definition) -> Vec<Part> {
    definition
        .pages
        .iter()
        .map(|page| Part {
            key: page.key.clone(),
            title: page.title.en().to_owned(),
            condition: page.shown_if.as_ref().map(ToString::to_string),
            questions: page
                .questions
                .iter()
                .filter_map(|id| definition.get(*id))
                .map(question)
                .collect(),
        })
        .collect()
}

fn question(question: &Question) -> Item {
    let mut details = vec![kind(&question.kind)];
    if question.required {
        details.push("Must be answered".to_owned());
    }
    if let Some(condition) = &question.shown_if {
        details.push(format!("Shown if {condition}"));
    }
    match question.personal {
        Personal::None => {}
        Personal::Personal => details.push("Personal data".to_owned()),
        Personal::Special => details.push("Special category of personal data".to_owned()),
        Personal::Criminal => details.push("Personal data about offences".to_owned()),
    }
    if question.list {
        details.push("In lists".to_owned());
    }
    if let Some(bind) = &question.bind {
        details.push(format!("Feeds {bind}"));
    }
    for option in options(&question.kind) {
        let mut line = format!("Option: {} ({})", option.text.en(), option.value);
        if option.score != 0.0 {
            // Writing to a String cannot fail.
            let _ = write!(line, ", scores {}", option.score);
        }
        if option.alone {
            line.push_str(", excludes the others");
        }
        details.push(line);
    }
    if let Some(hint) = &question.hint {
        details.push(format!("Hint: {}", hint.en()));
    }
    Item {
        key: question.id.clone(),
        title: question.label.en().to_owned(),
        details,
    }
}

/// The options of a question; none for most kinds.
pub(super) fn options(kind: &QuestionKind) -> &[Choice] {
    match kind {
        QuestionKind::Choice(options) | QuestionKind::Choices { options, .. } => options,
        _ => &[],
    }
}

fn between<T: ToString>(min: Option<T>, max: Option<T>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!(", from {} to {}", min.to_string(), max.to_string()),
        (Some(min), None) => format!(", {} or more", min.to_string()),
        (None, Some(max)) => format!(", {} or less", max.to_string()),
        (None, None) => String::new(),
    }
}

fn text(name: &str, limits: &TextLimits) -> String {
    let least = if limits.min > 0 {
        format!("{} to ", limits.min)
    } else {
        "up to ".to_owned()
    };
    let format = match limits.format {
        TextFormat::Any => "",
        TextFormat::Email => ", an e-mail address",
        TextFormat::Telephone => ", a telephone number",
        TextFormat::Postcode => ", a postcode",
        TextFormat::Link => ", a web address",
        TextFormat::Uprn => ", a UPRN",
    };
    format!("{name}, {least}{} characters{format}", limits.max)
}

fn kind(kind: &QuestionKind) -> String {
    match kind {
        QuestionKind::Text(limits) => text("One line", limits),
        QuestionKind::LongText(limits) => text("Several lines", limits),
        QuestionKind::Number {
            min,
            max,
            decimals,
            unit,
        } => {
            let unit = unit.as_ref().map(|unit| format!(" of {}", unit.en()));
            let places = match decimals {
                0 => "Whole number".to_owned(),
                places => format!("Number with {places} decimal places"),
            };
            format!(
                "{places}{}{}",
                unit.unwrap_or_default(),
                between(*min, *max)
            )
        }
        QuestionKind::Money { min, max } => {
            let pounds = |pence: i64| crate::answers::pounds(pence);
            format!("Money{}", between(min.map(pounds), max.map(pounds)))
        }
        QuestionKind::Date { future, past } => match (future, past) {
            (false, _) => "Date, not in the future".to_owned(),
            (_, false) => "Date, not in the past".to_owned(),
            _ => "Date".to_owned(),
        },
        QuestionKind::Time => "Time of day".to_owned(),
        QuestionKind::YesNo { yes, no } if *yes != 0.0 || *no != 0.0 => {
            format!("Yes or no, scoring {yes} and {no}")
        }
        QuestionKind::YesNo { .. } => "Yes or no".to_owned(),
        QuestionKind::Choice(_) => "One of the options".to_owned(),
        QuestionKind::Choices { min, max, .. } => {
            format!("Several of the options{}", between(*min, *max))
        }
        QuestionKind::Scale {
            from,
            to,
            low,
            high,
            unsure,
        } => {
            let unsure = if *unsure { ", or unsure" } else { "" };
            format!(
                "Scale from {from} ({}) to {to} ({}){unsure}",
                low.en(),
                high.en()
            )
        }
        QuestionKind::Location => "Place: pin, postcode or name".to_owned(),
        QuestionKind::Address => "Postal address".to_owned(),
        QuestionKind::Contact => "Contact details".to_owned(),
        QuestionKind::Files {
            types,
            most,
            megabytes,
            keep_location,
        } => {
            let types = match types {
                FileTypes::Photographs => "Photographs",
                FileTypes::Documents => "Documents or photographs",
                FileTypes::Any => "Photographs, documents, sound or video",
            };
            let place = if *keep_location {
                ", keeping where they were taken"
            } else {
                ""
            };
            format!("{types}, at most {most}, {megabytes} MB each{place}")
        }
        QuestionKind::Agency => "Agency".to_owned(),
        QuestionKind::Person { staff: true } => "Colleague".to_owned(),
        QuestionKind::Person { staff: false } => "Person or organisation".to_owned(),
        QuestionKind::Record { register } => format!("Record of {register}"),
    }
}

fn scores(definition: &Definition) -> Vec<Item> {
    let item = |score: &crate::definition::Score| {
        let mut details = vec![score.value.to_string()];
        for band in &score.bands {
            let advice = band
                .advice
                .as_ref()
                .map(|advice| format!(": {}", advice.en()));
            details.push(format!(
                "{} from {}{}",
                band.title.en(),
                band.from,
                advice.unwrap_or_default()
            ));
        }
        Item {
            key: score.id.clone(),
            title: score.title.en().to_owned(),
            details,
        }
    };
    definition.scores.iter().map(item).collect()
}

fn states(definition: &Definition) -> Vec<Item> {
    if definition.kind == DefinitionKind::Form {
        return Vec::new();
    }
    let item = |state: &crate::definition::State| {
        let about = state.about.as_ref().map(|about| about.en().to_owned());
        let closed = state
            .closed
            .then(|| "Closed: nothing more is to be done".to_owned());
        Item {
            key: state.key.clone(),
            title: state.title.en().to_owned(),
            details: about.into_iter().chain(closed).collect(),
        }
    };
    definition.states.iter().map(item).collect()
}

fn state<'a>(definition: &'a Definition, key: &'a str) -> &'a str {
    let state = definition.state(key);
    state.map_or(key, |state| state.title.en())
}

fn moves(definition: &Definition) -> Vec<Item> {
    let item = |one: &crate::definition::Move| {
        let from: Vec<&str> = one.from.iter().map(|key| state(definition, key)).collect();
        let mut details = vec![format!(
            "From {} to {}",
            from.join(", "),
            state(definition, &one.to)
        )];
        details.push(if one.by.is_empty() {
            "By whoever may change the record".to_owned()
        } else {
            format!("By {}", one.by.join(", "))
        });
        if !one.needs.is_empty() {
            details.push(format!(
                "Answered before: {}",
                names(definition, &one.needs)
            ));
        }
        if !one.asks.is_empty() {
            details.push(format!("Asked meanwhile: {}", names(definition, &one.asks)));
        }
        details.extend(one.when.as_ref().map(|when| format!("Only where {when}")));
        if one.reason {
            details.push("A reason must be written".to_owned());
        }
        Item {
            key: one.key.clone(),
            title: one.title.en().to_owned(),
            details,
        }
    };
    definition.moves.iter().map(item).collect()
}

fn dues(definition: &Definition) -> Vec<Item> {
    let item = |due: &crate::definition::Due| {
        let after = match due.after {
            Period::Days(0) => "On the day of".to_owned(),
            Period::Days(days) => format!("{days} days after"),
            Period::WorkingDays(days) => format!("{days} working days after"),
            Period::Months(months) => format!("{months} months after"),
        };
        let from = match &due.from {
            DueFrom::Created => "the record's making".to_owned(),
            DueFrom::State(state) => format!("coming into state {state}"),
            DueFrom::Answer(id) => names(definition, &[*id]),
        };
        let mut details = vec![format!("{after} {from}")];
        if !due.states.is_empty() {
            details.push(format!("In {}", due.states.join(", ")));
        }
        if !due.remind.is_empty() {
            let days: Vec<String> = due.remind.iter().map(ToString::to_string).collect();
            details.push(format!("Reminders {} days before", days.join(", ")));
        }
        Item {
            key: due.key.clone(),
            title: due.title.en().to_owned(),
            details,
        }
    };
    definition.dues.iter().map(item).collect()
}

fn access(definition: &Definition) -> Vec<Item> {
    let item = |act: RecordAct| {
        let granted = definition.access.iter().filter(|grant| grant.act == act);
        let details: Vec<String> = granted
            .map(|grant| format!("{}: {}", grant.role, grant.reach.words()))
            .collect();
        Item {
            key: act.name().to_owned(),
            title: act.words().to_owned(),
            details,
        }
    };
    RecordAct::ALL.into_iter().map(item).collect()
}
