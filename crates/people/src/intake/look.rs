//! Looking up a person and a place from what was typed.

use commonweal_access::policy::{Action, Kind};
use commonweal_access::web::{PageError, Viewer};
use commonweal_core::{Db, DbError, read};
use commonweal_forms::filling::{Meant, meant};
use commonweal_govuk::Form;
use commonweal_records::party::pick;
use serde::Serialize;
use uuid::Uuid;

use crate::reporting::People;

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) hint: String,
}

/// What was found; `words` say so where nothing was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Found {
    pub(super) choices: Vec<Choice>,
    pub(super) words: Option<&'static str>,
}

/// Finds people by name, telephone number, e-mail address or reference; the look is recorded.
pub(super) async fn people(
    people: &People,
    viewer: &Viewer,
    text: &str,
) -> Result<Found, PageError> {
    if text.is_empty() || !viewer.principal.may_enter(Action::SeeParties) {
        return Ok(Found::default());
    }
    let scope = viewer.principal.scope(Action::SeeParties, Kind::Party);
    let found: Result<_, DbError> =
        read!(&people.app.db, |tx| pick::find(tx, &scope, text).await).await;
    let found = found?;
    let ids: Vec<Uuid> = found.iter().map(|one| one.id.0).collect();
    if ids.is_empty() {
        return Ok(Found {
            choices: Vec::new(),
            words: Some("Nobody was found. Write down who it is below."),
        });
    }
    people
        .app
        .access_log
        .record(&people.app.clock, viewer, Action::SeeParties, &ids)
        .await?;
    let choices = found.into_iter().take(10).map(|one| Choice {
        value: one.id.0.to_string(),
        text: one.name,
        hint: format!("{} · {}", one.reference, one.line),
    });
    Ok(Found {
        choices: choices.collect(),
        words: None,
    })
}

/// A place that was found: its point, and its words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spot {
    pub(super) point: (f64, f64),
    pub(super) text: String,
    /// Whether its words name an area, so that lists may show them.
    pub(super) area: bool,
}

impl Spot {
    fn value(&self) -> String {
        let (latitude, longitude) = self.point;
        format!(
            "{latitude};{longitude};{};{}",
            u8::from(self.area),
            self.text
        )
    }

    /// A place from the value of a choice.
    pub(super) fn from_value(value: &str) -> Option<Self> {
        let mut parts = value.splitn(4, ';');
        let mut number = || parts.next()?.parse::<f64>().ok();
        let point = (number()?, number()?);
        let area = parts.next()? == "1";
        let here = (49.0..=61.5).contains(&point.0) && (-9.0..=2.5).contains(&point.1);
        let text = parts.next()?.chars().take(200).collect();
        here.then_some(Self { point, text, area })
    }
}

/// What a text may mean as a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Where {
    /// This place.
    Spot(Spot),
    /// One of these.
    Several(Vec<Spot>),
    /// Nothing that we know: the words stay.
    Words,
}

/// Looks a place up: a postcode, the name of a street or area, co-ordinates, or words that end in a
/// postcode, such as an address.
pub(super) async fn place(db: &Db, text: &str) -> Result<Where, DbError> {
    let looked: Result<_, DbError> = read!(db, |tx| {
        let whole = meant(tx, text).await?;
        if !matches!(whole, Meant::Unknown | Meant::UnknownPostcode) {
            return Ok(whole);
        }
        // An address often ends in its postcode, with or without the space in it.
        let words: Vec<&str> = text
            .split([' ', ','])
            .filter(|word| !word.is_empty())
            .collect();
        for count in [2, 1] {
            let tail = words
                .len()
                .checked_sub(count)
                .and_then(|from| words.get(from..));
            if let Some(tail) = tail
                && let Meant::One(mut found) = meant(tx, &tail.join(" ")).await?
                && found.how == commonweal_forms::answers::LocationHow::Postcode
            {
                text.clone_into(&mut found.text);
                return Ok(Meant::One(found));
            }
        }
        // A house number before the street's name.
        if let Some((number, street)) = text.split_once(' ')
            && number.starts_with(|c: char| c.is_ascii_digit())
        {
            let street = street.split(',').next().unwrap_or(street).trim();
            return meant(tx, street).await;
        }
        Ok(whole)
    })
    .await;
    let spot = |found: commonweal_forms::answers::Location, line: &str| Spot {
        point: (found.latitude, found.longitude),
        area: !line.is_empty() && line.chars().all(char::is_alphabetic),
        text: found.text,
    };
    Ok(match looked? {
        Meant::One(found) => Where::Spot(spot(found, "")),
        Meant::Several(found) => Where::Several(
            found
                .into_iter()
                .map(|(found, line)| {
                    let named = if line.is_empty() {
                        found.text.clone()
                    } else {
                        format!("{}, {line}", found.text)
                    };
                    Spot {
                        text: named,
                        ..spot(found, "")
                    }
                })
                .collect(),
        ),
        Meant::Unknown | Meant::UnknownPostcode => Where::Words,
    })
}

/// The choices for the page, from what was typed.
pub(super) async fn places(people: &People, form: &Form) -> Result<Found, PageError> {
    let text = form.value("where");
    if text.is_empty() {
        return Ok(Found::default());
    }
    let spots = match place(&people.app.db, text).await? {
        Where::Spot(spot) => vec![spot],
        Where::Several(spots) => spots,
        Where::Words => {
            return Ok(Found {
                choices: Vec::new(),
                words: Some(
                    "The map does not know these words. Try a postcode or the street’s name; or leave them, and the report has no point on the map.",
                ),
            });
        }
    };
    let choices = spots.iter().map(|spot| Choice {
        value: spot.value(),
        text: spot.text.clone(),
        hint: String::new(),
    });
    Ok(Found {
        choices: choices.collect(),
        words: None,
    })
}
