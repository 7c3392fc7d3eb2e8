//! The filter of a list: its fields, and what is filtered by in words.

use commonweal_access::web::Viewer;
use serde_json::{Value as Json, json};

use super::asked::{self, Asked, DueBy, OfAgency, Order, Owner, Wanted};
use super::show::{Around, query, short, with_article};
use crate::definition::{Definition, DefinitionKind, Personal, Question, QuestionKind};
use crate::register::words::day;

/// The fields of the filter, each for the template's component of its kind.
pub(super) fn fields(
    viewer: &Viewer,
    definition: &Definition,
    asked: &Asked,
    around: &Around,
) -> Vec<Json> {
    let select = |id: &str, label: &str, items: Vec<(String, String)>, chosen: &str| {
        let items: Vec<Json> = items
            .into_iter()
            .map(|(value, text)| json!({ "selected": value == chosen, "value": value, "text": text }))
            .collect();
        json!({ "kind": "select", "id": id, "label": label, "items": items })
    };
    let any = |text: &str| (String::new(), text.to_owned());
    let pair = |value: &str, text: &str| (value.to_owned(), text.to_owned());
    let mut fields = vec![
        json!({ "kind": "words", "id": "words", "label": "Search", "hint": format!("Reference, name, place or words of {}", with_article(definition.singular.en())) }),
    ];
    if definition.kind == DefinitionKind::Register {
        let mut states = vec![any("Any")];
        states.extend(
            definition
                .states
                .iter()
                .map(|state| pair(&state.key, state.title.en())),
        );
        fields.push(select(
            "state",
            "State",
            states,
            asked.state.as_deref().unwrap_or_default(),
        ));
        let owner = match asked.owner {
            Some(Owner::Me) => "me".to_owned(),
            Some(Owner::Nobody) => "nobody".to_owned(),
            Some(Owner::User(id)) => id.to_string(),
            None => String::new(),
        };
        fields.push(select(
            "owner",
            "Who answers for it",
            vec![
                any("Anybody"),
                pair("me", "Me"),
                pair("nobody", "Nobody yet"),
            ],
            &owner,
        ));
        let due = match asked.due {
            Some(DueBy::Overdue) => "overdue",
            Some(DueBy::Soon) => "soon",
            None => "",
        };
        fields.push(select(
            "due",
            "Due",
            vec![
                any("At any time"),
                pair("overdue", "Overdue"),
                pair("soon", "Overdue or within 14 days"),
            ],
            due,
        ));
    }
    let mut agencies = vec![any("Any"), pair("mine", &viewer.agency_name)];
    agencies.extend(
        around
            .agencies
            .iter()
            .filter(|(id, _)| *id != viewer.principal.agency)
            .map(|(id, name)| (id.to_string(), name.clone())),
    );
    let agency = match asked.agency {
        Some(OfAgency::Mine) => "mine".to_owned(),
        Some(OfAgency::One(id)) => id.to_string(),
        None => String::new(),
    };
    fields.push(select("agency", "Agency", agencies, &agency));
    if !around.areas.is_empty() {
        let mut areas = vec![any("Anywhere")];
        areas.extend(around.areas.iter().cloned());
        fields.push(select(
            "area",
            "Ward",
            areas,
            asked.area.as_deref().unwrap_or_default(),
        ));
    }
    for (_, question) in asked::filters(definition) {
        let id = format!("q-{}", question.id);
        let wanted = asked.answers.get(&question.id);
        let chosen = match wanted {
            Some(Wanted::Text(value)) => value.clone(),
            Some(Wanted::Truth(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
            Some(Wanted::Linked(id)) => id.to_string(),
            _ => String::new(),
        };
        let label = short(question);
        let mut items = vec![any("Any")];
        match &question.kind {
            QuestionKind::Choice(options) | QuestionKind::Choices { options, .. } => {
                items.extend(
                    options
                        .iter()
                        .map(|option| pair(&option.value, option.text.en())),
                );
                fields.push(select(&id, label, items, &chosen));
            }
            QuestionKind::YesNo { .. } => {
                items.extend([pair("yes", "Yes"), pair("no", "No")]);
                fields.push(select(&id, label, items, &chosen));
            }
            QuestionKind::Agency => {
                items.extend(
                    around
                        .agencies
                        .iter()
                        .map(|(id, name)| (id.to_string(), name.clone())),
                );
                fields.push(select(&id, label, items, &chosen));
            }
            QuestionKind::Record { .. } => {
                let named = match wanted {
                    Some(Wanted::Linked(id)) => around.names.0.get(id).cloned(),
                    _ => None,
                };
                fields.push(json!({ "kind": "record", "id": id, "label": label, "value": named }));
            }
            QuestionKind::Date { .. } => {
                let (from, to) = match wanted {
                    Some(Wanted::Days(from, to)) => (*from, *to),
                    _ => (None, None),
                };
                fields.push(
                    json!({ "kind": "between", "type": "date", "id": id, "label": label,
                    "from": from.map(|day| day.to_string()), "to": to.map(|day| day.to_string()) }),
                );
            }
            _ => {
                let (from, to) = match wanted {
                    Some(Wanted::Number(from, to)) => (*from, *to),
                    _ => (None, None),
                };
                fields.push(json!({ "kind": "between", "type": "text", "id": id, "label": label,
                    "from": from.map(|number| number.to_string()), "to": to.map(|number| number.to_string()) }));
            }
        }
    }
    let mut orders = vec![
        pair("newest", "Newest first"),
        pair("oldest", "Oldest first"),
        pair("changed", "Last changed first"),
        pair("title", "Title"),
    ];
    if definition.kind == DefinitionKind::Register {
        orders.push(pair("due", "What is due first"));
    }
    for id in &definition.list.columns {
        if let Some(question) = definition.get(*id).filter(|one| asked::sorts_by(one)) {
            orders.push(pair(&question.id, short(question)));
            orders.push((
                format!("-{}", question.id),
                format!("{}, backwards", short(question)),
            ));
        }
    }
    let default = definition
        .list
        .sort
        .and_then(|id| definition.get(id))
        .filter(|question| question.personal == Personal::None)
        .map_or_else(|| "newest".to_owned(), |question| question.id.clone());
    let order = asked.order.as_ref().map_or(default, Order::name);
    if !orders.iter().any(|(value, _)| *value == order)
        && let Some((_, question)) = definition.question(order.trim_start_matches('-'))
    {
        orders.push((order.clone(), short(question).to_owned()));
    }
    fields.push(select("sort", "Sort by", orders, &order));
    fields
}

/// What is filtered by, each with the address that leaves it out.
pub(super) fn selected(
    definition: &Definition,
    asked: &Asked,
    around: &Around,
    shown: &[(String, String)],
    base: &str,
) -> Option<Json> {
    if !asked.narrows() {
        return None;
    }
    let without = |names: &[String]| {
        let left: Vec<_> = shown
            .iter()
            .filter(|(name, _)| !names.contains(name))
            .cloned()
            .collect();
        let query = query(&left);
        if query.is_empty() {
            base.to_owned()
        } else {
            format!("{base}?{query}")
        }
    };
    let mut categories = Vec::new();
    let mut add = |heading: &str, text: String, names: &[String]| {
        // What a view or a search holds is left out by leaving those.
        let held = !names
            .iter()
            .any(|name| shown.iter().any(|(one, _)| one == name));
        let mut names = names.to_vec();
        if held {
            names.extend(["view".to_owned(), "search".to_owned()]);
        }
        categories.push(json!({ "heading": { "text": heading }, "items": [{ "text": text, "href": without(&names) }] }));
    };
    let one = |name: &str| [name.to_owned()];
    if !asked.text.is_empty() {
        add("Search", asked.text.clone(), &one("search"));
    }
    if let Some(state) = asked.state.as_ref().and_then(|key| definition.state(key)) {
        add("State", state.title.en().to_owned(), &one("state"));
    }
    if let Some(owner) = asked.owner {
        let text = match owner {
            Owner::Me => "Me",
            Owner::Nobody => "Nobody yet",
            Owner::User(_) => "Somebody",
        };
        add("Who answers for it", text.to_owned(), &one("owner"));
    }
    if let Some(due) = asked.due {
        let text = match due {
            DueBy::Overdue => "Overdue",
            DueBy::Soon => "Overdue or within 14 days",
        };
        add("Due", text.to_owned(), &one("due"));
    }
    if let Some(agency) = asked.agency {
        let text = match agency {
            OfAgency::Mine => "My agency".to_owned(),
            OfAgency::One(id) => around
                .agencies
                .iter()
                .find(|(one, _)| *one == id)
                .map_or_else(|| "An agency".to_owned(), |(_, name)| name.clone()),
        };
        add("Agency", text, &one("agency"));
    }
    if let Some(area) = &asked.area {
        let name = around.areas.iter().find(|(code, _)| code == area);
        add(
            "Ward",
            name.map_or(area, |(_, name)| name).clone(),
            &one("area"),
        );
    }
    for (id, wanted) in &asked.answers {
        let Some((_, question)) = definition.question(id) else {
            continue;
        };
        let name = format!("q-{id}");
        let names = [name.clone(), format!("{name}-from"), format!("{name}-to")];
        add(short(question), wanted.words(question, around), &names);
    }
    Some(
        json!({ "heading": "Filters in use", "clear": { "text": "Clear filters", "href": base }, "categories": categories }),
    )
}

impl Wanted {
    fn words(&self, question: &Question, around: &Around) -> String {
        let between = |from: Option<String>, to: Option<String>| match (from, to) {
            (Some(from), Some(to)) => format!("{from} to {to}"),
            (Some(from), None) => format!("{from} or more"),
            (None, Some(to)) => format!("{to} or less"),
            (None, None) => String::new(),
        };
        match self {
            Self::Text(value) => match &question.kind {
                QuestionKind::Choice(options) | QuestionKind::Choices { options, .. } => options
                    .iter()
                    .find(|option| option.value == *value)
                    .map_or_else(|| value.clone(), |option| option.text.en().to_owned()),
                _ => value.clone(),
            },
            Self::Truth(yes) => if *yes { "Yes" } else { "No" }.to_owned(),
            Self::Linked(id) => around
                .agencies
                .iter()
                .find(|(one, _)| one == id)
                .map(|(_, name)| name.clone())
                .or_else(|| around.names.0.get(id).cloned())
                .unwrap_or_else(|| "None that is known".to_owned()),
            Self::Number(from, to) => between(
                from.map(|number| number.to_string()),
                to.map(|number| number.to_string()),
            ),
            Self::Days(from, to) => match (from, to) {
                (Some(from), Some(to)) => format!("{} to {}", day(*from), day(*to)),
                (Some(from), None) => format!("From {}", day(*from)),
                (None, Some(to)) => format!("Until {}", day(*to)),
                (None, None) => String::new(),
            },
        }
    }
}
