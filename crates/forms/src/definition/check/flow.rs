//! States, moves, due dates, waves and bands: that what they name exists and makes sense.

use super::super::file::{At, File};
use super::super::model::{DefinitionKind, Period};
use super::super::near;
use super::Faults;

pub(in super::super) fn flow(kind: DefinitionKind, file: &File, faults: &mut Faults<'_>) {
    match kind {
        DefinitionKind::Form => form(file, faults),
        DefinitionKind::Register => register(file, faults),
    }
    for score in &file.score {
        let path = format!("score {}, bands", score.id.str());
        let mut last: Option<f64> = None;
        for band in &score.bands {
            let from = *band.from.get();
            if !from.is_finite() {
                faults.at(&band.from, path.clone(), "write a number here");
            } else if last.is_some_and(|last| from <= last) {
                let message = "write the bands from the lowest upwards, each from a higher score";
                faults.at(&band.from, path.clone(), message);
            }
            last = Some(from);
        }
    }
    for wave in &file.wave {
        if *wave.open_days.get() == 0 {
            let path = format!("wave {}, open_days", wave.key.str());
            faults.at(
                &wave.open_days,
                path,
                "give people at least one day to answer",
            );
        }
    }
}

fn form(file: &File, faults: &mut Faults<'_>) {
    let message =
        "a form has neither states, moves nor due dates: put this file into data/registers";
    if let Some(state) = file.state.first() {
        faults.at(&state.key, "state", message);
    }
    if let Some(one) = file.moves.first() {
        faults.at(&one.key, "move", message);
    }
    if let Some(due) = file.due.first() {
        faults.at(&due.key, "due", message);
    }
}

fn register(file: &File, faults: &mut Faults<'_>) {
    if file.state.is_empty() {
        faults.at(
            &file.prefix,
            "state",
            "a register needs at least one [[state]]; the first is that of a new record",
        );
    }
    let known: Vec<&str> = file.state.iter().map(|state| state.key.str()).collect();
    let state = |name: &At<String>, path: String, faults: &mut Faults<'_>| {
        if !known.contains(&name.str()) {
            let message = format!(
                "there is no state '{}'{}",
                name.str(),
                near(name.str(), known.iter().copied())
            );
            faults.at(name, path, message);
        }
    };
    for one in &file.moves {
        let path = format!("move {}", one.key.str());
        if one.from.is_empty() {
            faults.at(
                &one.key,
                path.clone(),
                "name at least one state in from = […]",
            );
        }
        for from in &one.from {
            state(from, format!("{path}, from"), faults);
        }
        state(&one.to, format!("{path}, to"), faults);
        if one.unless.is_some() && one.when.is_none() {
            let message = "'unless' is read where 'when' does not hold: add when = \"…\"";
            faults.at(&one.key, path, message);
        }
    }
    for due in &file.due {
        let path = format!("due {}", due.key.str());
        for name in &due.states {
            state(name, format!("{path}, states"), faults);
        }
        if let Some(name) = due.from.str().strip_prefix("state:")
            && !known.contains(&name)
        {
            let message = format!(
                "there is no state '{name}'{}",
                near(name, known.iter().copied())
            );
            faults.at(&due.from, format!("{path}, from"), message);
        }
        if period(due.after.str()).is_none() {
            faults.at(
                &due.after,
                format!("{path}, after"),
                "write '28 days', '10 working days', '2 weeks', '3 months' or '1 year'",
            );
        }
        for days in &due.remind {
            if *days.get() > 730 {
                faults.at(
                    days,
                    format!("{path}, remind"),
                    "remind at most 730 days before",
                );
            }
        }
    }
}

/// A span as it is written.
pub(in super::super) fn period(text: &str) -> Option<Period> {
    let (number, unit) = text.trim().split_once(' ')?;
    let number: i64 = number
        .parse()
        .ok()
        .filter(|number| (0..=5000).contains(number))?;
    match unit.trim() {
        "day" | "days" => Some(Period::Days(number)),
        "week" | "weeks" => Some(Period::Days(number * 7)),
        "working day" | "working days" => Some(Period::WorkingDays(number)),
        "month" | "months" => Some(Period::Months(number)),
        "year" | "years" => Some(Period::Months(number * 12)),
        _ => None,
    }
}
