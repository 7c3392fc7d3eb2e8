//! The form of a service: its questions, what fills them, and reading them.

use commonweal_core::Clock;
use commonweal_core::ids::new_uuid;
use commonweal_govuk::Form;
use serde_json::Map;
use uuid::Uuid;

use super::fields::{self, Field, Item};
use super::organisation::keep;
use super::people::{self, Keeper};
use crate::directory::model::entry::AREA_CODE;
use crate::directory::model::{
    CostOption, Entry, Figure, Organisation, Phone, Referral, Route, Service, ServiceArea, Status,
    entry,
};
use crate::directory::state::Content;
use crate::directory::store::places::Area;

/// What the form offers to choose from.
pub(super) struct Choices {
    pub(super) content: Content,
    pub(super) organisations: Vec<Entry<Organisation>>,
    pub(super) areas: Vec<Area>,
    pub(super) keepers: Vec<Keeper>,
}

/// The questions, in their order.
pub(super) fn questions(choices: &Choices) -> Vec<Field> {
    let mut organisations = vec![Item::new("", "Choose an organisation")];
    organisations.extend(
        choices
            .organisations
            .iter()
            .map(|entry| Item::new(entry.head.id.to_string(), &entry.body.name)),
    );
    let terms = choices.content.needs.terms.iter().map(|term| Item {
        hint: Some(term.description.clone()),
        ..Item::new(&term.key, &term.name)
    });
    let audiences = choices
        .content
        .rules
        .audience
        .iter()
        .map(|audience| Item::new(&audience.key, &audience.name));
    let statuses = Status::ALL
        .iter()
        .map(|(_, value, words)| Item::new(*value, *words));
    let routes = Route::ALL
        .iter()
        .map(|(_, value, words)| Item::new(*value, *words));
    vec![
        Field::input("name", "Name of the service"),
        Field::select("organisation", "Organisation that runs it", organisations),
        Field::text("description", "What it does", 5).hint("In plain words, for somebody who is upset or in a hurry"),
        Field::radios("status", "State", statuses.collect()),
        Field::input("alert", "Notice (optional)").hint("What people must know first, such as ‘Closed this week’"),
        Field::checkboxes("terms", "What it helps with", terms.collect()).under("Who it is for"),
        Field::narrow("minimum_age", "Youngest age (optional)"),
        Field::narrow("maximum_age", "Oldest age (optional)"),
        Field::text("eligibility", "Who else can or cannot come (optional)", 2),
        Field::text("areas", "Only for people who live in (optional)", 3)
            .hint("One place a line. Leave empty for everybody. Names of wards and divisions that are loaded here can be compared with a postcode; other names are only shown."),
        Field::checkboxes("audiences", "Only in the leaflets for (optional)", audiences.collect()).hint("Leave all empty to have it in every leaflet that its ages fit"),
        Field::radios("route", "Who gets in touch", routes.collect()).under("How to get help"),
        Field::text("how", "How (optional)", 2),
        Field::input("wait", "How long people wait (optional)"),
        Field::text("phones", "Telephone numbers (optional)", 3).hint("One a line; what it is for after a comma, such as ‘0808 168 9111, free, day and night’"),
        Field::input("email", "Email address (optional)"),
        Field::input("url", "Website (optional)"),
        Field::input("fees", "Cost").under("Cost and languages").hint("In words, such as ‘Free’"),
        Field::text("prices", "Prices (optional)", 2).hint("One a line: for whom, colon, pounds, such as ‘Under 18s: 3.50 a session’"),
        Field::text("languages", "Languages beside English (optional)", 2).hint("One a line"),
        Field::input("accreditations", "Quality marks (optional)"),
        Field::select("owner", "Who keeps this entry", people::items(&choices.keepers)).under("Keeping it").hint("They are told when it has to be checked again"),
    ]
}

fn number(figure: Option<Figure>) -> String {
    figure
        .map(|figure| figure.0.to_string())
        .unwrap_or_default()
}

fn price(cost: &CostOption) -> String {
    let amount = cost.amount.map(|amount| {
        if amount.0.fract() == 0.0 {
            format!("{:.0}", amount.0)
        } else {
            format!("{:.2}", amount.0)
        }
    });
    let rest = [amount, cost.amount_description.clone()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    format!("{}: {rest}", cost.option.as_deref().unwrap_or("Everybody"))
}

fn phone(phone: &Phone) -> String {
    match &phone.description {
        Some(words) => format!("{}, {words}", phone.number),
        None => phone.number.clone(),
    }
}

/// The form as an entry fills it.
pub(super) fn form_of(entry: &Entry<Service>) -> Form {
    let body = &entry.body;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let referral = body.referral.clone().unwrap_or_default();
    let status = Status::ALL
        .iter()
        .find(|(status, ..)| *status == body.status)
        .map_or("active", |(_, value, _)| value);
    let lines = |lines: Vec<String>| lines.join("\n");
    let mut form = fields::filled(&[
        ("name", body.name.clone()),
        (
            "organisation",
            if body.organization_id.is_nil() {
                String::new()
            } else {
                body.organization_id.to_string()
            },
        ),
        ("description", text(&body.description)),
        ("status", status.to_owned()),
        ("alert", text(&body.alert)),
        ("minimum_age", number(body.minimum_age)),
        ("maximum_age", number(body.maximum_age)),
        ("eligibility", text(&body.eligibility_description)),
        (
            "areas",
            lines(
                body.service_areas
                    .iter()
                    .filter_map(|area| area.name.clone())
                    .collect(),
            ),
        ),
        ("route", referral.route.name().to_owned()),
        ("how", text(&referral.how)),
        ("wait", text(&referral.wait)),
        ("phones", lines(body.phones.iter().map(phone).collect())),
        ("email", text(&body.email)),
        ("url", text(&body.url)),
        ("fees", text(&body.fees)),
        (
            "prices",
            lines(body.cost_options.iter().map(price).collect()),
        ),
        (
            "languages",
            lines(
                body.languages
                    .iter()
                    .filter_map(|language| language.name.clone())
                    .collect(),
            ),
        ),
        ("accreditations", text(&body.accreditations)),
        (
            "owner",
            entry
                .head
                .owner
                .map(|id| id.to_string())
                .unwrap_or_default(),
        ),
    ]);
    form.set_all("terms", body.terms.iter().cloned());
    form.set_all("audiences", body.audiences.iter().cloned());
    form
}

/// The lines of a field.
fn lines(form: &Form, name: &str) -> Vec<String> {
    form.value(name)
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

fn age(form: &mut Form, name: &'static str) -> Option<Figure> {
    let text = form.value(name).to_owned();
    if text.is_empty() {
        return None;
    }
    let age = text
        .parse::<f64>()
        .ok()
        .filter(|age| (0.0..=150.0).contains(age));
    if age.is_none() {
        form.errors
            .add(name, "Enter an age in years, from 0 to 150");
    }
    age.map(Figure)
}

/// Reads the form into the entry. What stays as it was keeps its id and whatever came with it.
pub(super) fn read(form: &mut Form, entry: &mut Entry<Service>, choices: &Choices, clock: &Clock) {
    let body = &mut entry.body;
    body.name = fields::required(form, "name", "Enter the service’s name", 200);
    let chosen = form.value("organisation").parse::<Uuid>().ok();
    match chosen.filter(|id| {
        choices
            .organisations
            .iter()
            .any(|entry| entry.head.id == *id)
    }) {
        Some(id) => body.organization_id = id,
        None => form
            .errors
            .add("organisation", "Select the organisation that runs it"),
    }
    fields::required(form, "description", "Enter what it does", 5_000);
    body.description = fields::optional(form, "description", 5_000);
    match Status::ALL
        .iter()
        .find(|(_, value, _)| *value == form.value("status"))
    {
        Some((status, ..)) => body.status = *status,
        None => form.errors.add("status", "Select whether it is running"),
    }
    body.alert = fields::optional(form, "alert", 300);
    let known = |key: &&str| choices.content.needs.term(key).is_some();
    body.terms = form
        .choices("terms")
        .filter(known)
        .map(str::to_owned)
        .collect();
    if body.terms.is_empty() {
        form.errors
            .add("terms", "Select at least one thing that it helps with");
    }
    (body.minimum_age, body.maximum_age) = (age(form, "minimum_age"), age(form, "maximum_age"));
    if let (Some(least), Some(most)) = (body.minimum_age, body.maximum_age)
        && least > most
    {
        form.errors.add(
            "maximum_age",
            "The oldest age must not be less than the youngest",
        );
    }
    body.eligibility_description = fields::optional(form, "eligibility", 2_000);
    body.service_areas = areas(form, &body.service_areas, &choices.areas, clock);
    body.audiences = form
        .choices("audiences")
        .filter(|key| choices.content.rules.audience(key).is_some())
        .map(str::to_owned)
        .collect();
    match Route::ALL
        .iter()
        .find(|(_, value, _)| *value == form.value("route"))
    {
        Some((route, ..)) => {
            let (how, wait) = (
                fields::optional(form, "how", 2_000),
                fields::optional(form, "wait", 200),
            );
            body.referral = Some(Referral {
                route: *route,
                how,
                wait,
            });
        }
        None => form.errors.add("route", "Select who gets in touch"),
    }
    body.phones = phones(form, &body.phones, clock);
    body.email = fields::email(form, "email");
    body.url = fields::web(form, "url");
    body.fees = fields::optional(form, "fees", 1_000);
    body.cost_options = prices(form, &body.cost_options, clock);
    let before = std::mem::take(&mut body.languages);
    body.languages = lines(form, "languages")
        .into_iter()
        .map(|name| {
            let same = before
                .iter()
                .find(|language| language.name.as_deref() == Some(&name))
                .cloned();
            same.unwrap_or_else(|| entry::Language {
                id: new_uuid(clock),
                name: Some(name),
                extra: Map::new(),
            })
        })
        .collect();
    body.accreditations = fields::optional(form, "accreditations", 1_000);
    // From now on it is ours that tells when it last changed.
    body.extra.remove("last_modified");
    keep(form, &mut entry.head, &choices.keepers);
}

fn areas(form: &Form, before: &[ServiceArea], known: &[Area], clock: &Clock) -> Vec<ServiceArea> {
    lines(form, "areas")
        .into_iter()
        .map(|name| {
            if let Some(same) = before
                .iter()
                .find(|area| area.name.as_deref() == Some(&name))
            {
                return same.clone();
            }
            let found = known
                .iter()
                .find(|area| area.name.eq_ignore_ascii_case(&name));
            ServiceArea {
                id: new_uuid(clock),
                name: Some(found.map_or(name, |area| area.name.clone())),
                extent: found.map(|area| area.code.clone()),
                extent_type: found.map(|_| AREA_CODE.to_owned()),
                extra: Map::new(),
            }
        })
        .collect()
}

fn phones(form: &mut Form, before: &[Phone], clock: &Clock) -> Vec<Phone> {
    let mut all = Vec::new();
    for line in lines(form, "phones") {
        if let Some(same) = before.iter().find(|known| phone(known) == line) {
            all.push(same.clone());
            continue;
        }
        let (number, words) = line
            .split_once(',')
            .map_or((line.as_str(), None), |(number, words)| {
                (number, Some(words))
            });
        if number.chars().filter(char::is_ascii_digit).count() < 3 {
            form.errors.add(
                "phones",
                format!("‘{number}’ is no telephone number. Enter one a line"),
            );
        }
        let description = words
            .map(|words| words.trim().to_owned())
            .filter(|words| !words.is_empty());
        all.push(Phone {
            id: new_uuid(clock),
            number: number.trim().to_owned(),
            description,
            extra: Map::new(),
        });
    }
    all
}

fn prices(form: &mut Form, before: &[CostOption], clock: &Clock) -> Vec<CostOption> {
    let mut all = Vec::new();
    for line in lines(form, "prices") {
        if let Some(same) = before.iter().find(|known| price(known) == line) {
            all.push(same.clone());
            continue;
        }
        let read = line.split_once(':').and_then(|(option, rest)| {
            let rest = rest.trim().trim_start_matches('£');
            let (amount, words) = rest.split_once(' ').unwrap_or((rest, ""));
            let amount = amount
                .parse::<f64>()
                .ok()
                .filter(|amount| (0.0..1e6).contains(amount))?;
            Some(CostOption {
                id: new_uuid(clock),
                option: Some(option.trim().to_owned()),
                amount: Some(Figure(amount)),
                amount_description: Some(words.trim().to_owned()).filter(|words| !words.is_empty()),
                extra: Map::new(),
            })
        });
        match read {
            Some(cost) => all.push(cost),
            None => form.errors.add("prices", format!("‘{line}’ has no price. Enter for whom, a colon and pounds, like ‘Under 18s: 3.50 a session’")),
        }
    }
    all
}
