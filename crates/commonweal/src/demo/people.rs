//! Made-up people and organisations, so that there is somebody to find: names that belong to
//! nobody in particular, telephone numbers that Ofcom keeps for drama, addresses at example.org.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use chrono::{Duration, NaiveDate, NaiveTime, Weekday};
use commonweal_core::events::Actor;
use commonweal_core::write;
use commonweal_records::party::contact::Means;
use commonweal_records::party::rules::{Days, Hours, Rules};
use commonweal_records::party::{Age, Details, NewContact, NewParty, PartyKind, pick};
use uuid::Uuid;

use super::SEED;
use super::dice::Dice;
use crate::commands::Opened;

/// The stream of chance that people are made from; months have those from nought up.
const STREAM: u64 = 9_001;

const GIVEN: [&str; 20] = [
    "Aisha",
    "Ben",
    "Catherine",
    "Daniel",
    "Ewa",
    "Farah",
    "George",
    "Hannah",
    "Imran",
    "Jo",
    "Kathryn",
    "Liam",
    "Maryam",
    "Neil",
    "Olivia",
    "Piotr",
    "Rosie",
    "Stephen",
    "Steven",
    "Tomasz",
];
const FAMILY: [&str; 20] = [
    "Akhtar",
    "Bell",
    "Charlton",
    "Dodds",
    "Elliott",
    "Featherstone",
    "Graham",
    "Hutchinson",
    "Iqbal",
    "Jobling",
    "Kowalski",
    "Lumley",
    "Milburn",
    "Nowak",
    "O'Neill",
    "Pattison",
    "Robson",
    "Smith",
    "Smyth",
    "Teasdale",
];
const STREETS: [&str; 5] = [
    "Made-up Terrace",
    "Pretend Street",
    "Example Close",
    "Sample Row",
    "Invented Lane",
];
const ORGANISATIONS: [&str; 5] = [
    "Made-up Lane Residents' Group",
    "The Pretend Arms",
    "Example Community Centre",
    "Sample Row Corner Shop",
    "Invented Park Football Club",
];

/// How many people each agency knows, by its kind.
const PEOPLE: [(&str, usize); 4] = [
    ("council", 16),
    ("police", 12),
    ("commissioner", 4),
    ("victim-services", 3),
];

/// Adds 40 of them: 35 people, and the organisations under the council.
pub(super) async fn add(opened: &Opened, agencies: &HashMap<String, Uuid>) -> Result<()> {
    let (mut dice, today) = (Dice::new(SEED, STREAM), opened.clock.today());
    let actor = Actor::system("demo");
    let agency = |slug: &str| {
        let found = agencies.get(slug).copied();
        found.with_context(|| format!("no agency {slug}"))
    };
    let mut parties = Vec::new();
    for (slug, count) in PEOPLE {
        let agency = agency(slug)?;
        for _ in 0..count {
            parties.push(person(&mut dice, parties.len(), agency, today));
        }
    }
    let council = agency("council")?;
    for name in ORGANISATIONS {
        parties.push(organisation(&mut dice, name, council));
    }
    for party in &parties {
        write!(&opened.db, &opened.clock, &actor, |tx| pick::create(
            tx, party
        )
        .await)
        .await
        .with_context(|| party.details.name())?;
    }
    Ok(())
}

fn pick_one<'a>(dice: &mut Dice, from: &[&'a str]) -> &'a str {
    from.get(dice.below(from.len())).copied().unwrap_or("")
}

/// Ofcom keeps 07700 900000 to 900999 and 0191 498 0000 to 0999 for drama.
fn telephone(dice: &mut Dice, mobile: bool) -> NewContact {
    let last = dice.below(1_000);
    NewContact {
        means: Means::Phone,
        label: if mobile { "mobile" } else { "home" }.to_owned(),
        value: if mobile {
            format!("+447700900{last:03}")
        } else {
            format!("+441914980{last:03}")
        },
        home: !mobile,
        agreed: dice.happens(0.8),
    }
}

fn address(dice: &mut Dice) -> NewContact {
    let (number, street) = (dice.below(80) + 1, pick_one(dice, &STREETS));
    NewContact {
        means: Means::Post,
        label: String::new(),
        value: format!("{number} {street}\nMade-up Town"),
        home: true,
        agreed: dice.happens(0.7),
    }
}

fn person(dice: &mut Dice, number: usize, agency: Uuid, today: NaiveDate) -> NewParty {
    // Each family name twice, so that more than one sounds alike; given names by chance.
    let family = FAMILY.get(number % FAMILY.len()).copied().unwrap_or("");
    let given = pick_one(dice, &GIVEN);
    let age = match dice.below(10) {
        0 => Age::Unknown,
        1 | 2 => Age::About {
            years: u8::try_from(20 + dice.below(60)).unwrap_or(40),
            on: today,
        },
        3 => Age::Born(today - Duration::days(365 * 12 + dice.below(365 * 5) as i64)),
        _ => Age::Born(today - Duration::days(365 * 19 + dice.below(365 * 60) as i64)),
    };
    let polish = ["Ewa", "Piotr", "Tomasz"].contains(&given) && dice.happens(0.6);
    let mut contacts = vec![telephone(dice, true)];
    if dice.happens(0.3) {
        contacts.push(telephone(dice, false));
    }
    if dice.happens(0.6) {
        let name = format!("{given}.{family}{number}")
            .to_lowercase()
            .replace('\'', "");
        contacts.push(NewContact {
            means: Means::Email,
            label: String::new(),
            value: format!("{name}@example.org"),
            home: false,
            agreed: dice.happens(0.8),
        });
    }
    if dice.happens(0.7) {
        contacts.push(address(dice));
    }
    NewParty {
        details: Details {
            given: given.to_owned(),
            family: family.to_owned(),
            age,
            language: if polish { "Polish" } else { "" }.to_owned(),
            interpreter: polish && dice.happens(0.5),
            adjustments: if dice.happens(0.1) {
                "Large print, and time to read before a meeting".to_owned()
            } else {
                String::new()
            },
            source: "Made up for the demonstration".to_owned(),
            ..Details::of(PartyKind::Person)
        },
        agency,
        contacts,
        rules: wishes(dice, today),
    }
}

/// One in three wishes something.
fn wishes(dice: &mut Dice, today: NaiveDate) -> Rules {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0);
    let hours = |from, until| {
        time(from)
            .zip(time(until))
            .map(|(from, until)| Hours { from, until })
    };
    let weekdays = [
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
    ];
    match dice.below(9) {
        0 => Rules {
            days: Days::of(weekdays),
            hours: hours(9, 15),
            hide_caller: true,
            never_write_home: true,
            note: "A relative reads the post and answers the telephone.".to_owned(),
            until: Some(today + Duration::days(60)),
            ..Rules::default()
        },
        1 => Rules {
            hours: hours(17, 20),
            leave_message: true,
            note: "Works during the day.".to_owned(),
            ..Rules::default()
        },
        2 => Rules {
            never_write_home: true,
            until: Some(today - Duration::days(3)),
            ..Rules::default()
        },
        _ => Rules {
            leave_message: dice.happens(0.5),
            ..Rules::default()
        },
    }
}

fn organisation(dice: &mut Dice, name: &str, agency: Uuid) -> NewParty {
    let telephone = telephone(dice, false);
    NewParty {
        details: Details {
            organisation: name.to_owned(),
            source: "Made up for the demonstration".to_owned(),
            ..Details::of(PartyKind::Organisation)
        },
        agency,
        contacts: vec![NewContact {
            label: "office".to_owned(),
            home: false,
            agreed: true,
            ..telephone
        }],
        rules: Rules {
            leave_message: true,
            ..Rules::default()
        },
    }
}
