//! Property: what is visible never holds a personal answer for whoever may not see it.

use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;

use crate::definition::{Definition, DefinitionKind, Personal};
use crate::made_up::{self, World};
use crate::register::store::Record;
use crate::register::visible::of;

fn record(definition: &Definition, seed: u64) -> Record {
    let now = chrono::DateTime::from_timestamp(1_780_315_200, 0).unwrap();
    let mut world = World::empty(now.date_naive());
    world.agencies = vec![Uuid::from_u128(1)];
    world.staff = vec![Uuid::from_u128(2)];
    world.parties = vec![Uuid::from_u128(3)];
    Record {
        id: Uuid::from_u128(9),
        definition: definition.key.clone(),
        definition_version: 1,
        reference: "SA-7K3M-9QX4".to_owned(),
        state: "found".to_owned(),
        title: "A title that names somebody".to_owned(),
        answers: made_up::answers(definition, &world, seed),
        agency: None,
        owner: None,
        created_by: None,
        parent: None,
        wave: None,
        channel: "page".to_owned(),
        place: None,
        due_on: None,
        state_since: None,
        closed_at: None,
        erased_at: None,
        created_at: now,
        changed_at: now,
        version: 1,
    }
}

fn all() -> Vec<Definition> {
    let mut all = vec![crate::definition::testing::sample()];
    for item in crate::catalogue::shipped() {
        let kind = match item.kind.as_str() {
            "forms" => DefinitionKind::Form,
            _ => DefinitionKind::Register,
        };
        let key = item.key.trim_end_matches(".toml");
        all.push(crate::definition::read(kind, key, 1, &item.body).unwrap());
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn personal_answers_are_withheld_from_whoever_may_not_see_them(seed in any::<u64>()) {
        for definition in all() {
            let record = record(&definition, seed);
            let personal: BTreeSet<&str> = definition
                .questions
                .iter()
                .filter(|question| question.personal != Personal::None)
                .map(|question| question.id.as_str())
                .collect();
            let plain = of(&definition, &record, true, false);
            prop_assert!(plain.answers.0.keys().all(|id| !personal.contains(id.as_str())), "{}", definition.key);
            prop_assert!(!plain.personal);
            for id in record.answers.0.keys() {
                prop_assert_eq!(plain.withheld.contains(id), personal.contains(id.as_str()));
            }
            let title_tells = definition.record_title.questions().any(|id| personal.contains(id));
            prop_assert_eq!(plain.title == record.title, !title_tells);
            let full = of(&definition, &record, true, true);
            prop_assert_eq!(&full.answers, &record.answers);
            prop_assert!(full.withheld.is_empty());
            let nothing = of(&definition, &record, false, true);
            prop_assert!(nothing.answers.0.is_empty() && nothing.title == record.reference);
            if let Some(view) = &definition.public {
                // Nothing personal stands on a public page, whatever state it is in.
                for state in &definition.states {
                    let mut shown = record.clone();
                    shown.state.clone_from(&state.key);
                    let before = crate::register::ports::line(&definition, view, &shown);
                    shown.answers.0.retain(|id, _| !personal.contains(id.as_str()) || view.when.names().contains(&id.as_str()));
                    let after = crate::register::ports::line(&definition, view, &shown);
                    if let (Some(before), Some(after)) = (before, after) {
                        prop_assert_eq!(before.text, after.text);
                        prop_assert_eq!(before.note, after.note);
                    }
                }
            }
        }
    }
}
