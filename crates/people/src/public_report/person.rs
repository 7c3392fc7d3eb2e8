//! 'I would rather tell a person': a number and a safe time, and somebody calls back. It is a report like
//! any other, so that it has an owner and a clock.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::session::Token;
use commonweal_access::web::{Address, PageError, Query, Sent, Visit};
use commonweal_core::events::Actor;
use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, Tx, args, sql, write};
use commonweal_forms::filling::embedded;
use commonweal_govuk::{Form, Language, Page, escape, page, text};
use commonweal_records::calendar::Calendar;
use commonweal_records::matters::{Channel, Happening, Identity, Place, Whom};
use commonweal_records::party::contact::{self, ContactDetails};
use commonweal_records::party::rules::Rules as Wishes;
use commonweal_records::party::{NewParty, PartyId, store as parties};
use serde::Serialize;

use super::guard::{self, Challenge};
use super::start::{Asked, reading};
use super::state::PublicReport;
use super::tell::{DONE, Done};
use super::{REPORT, workflow};
use crate::reporting::{self, Incoming, Rules, prepare};

page!(pub(super) PERSON, "report/person.html", "person.html");

/// The page.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) language: String,
    pub(super) calls: String,
    pub(super) once: String,
    pub(super) challenge: Option<Challenge>,
}

/// The longest name, wish and text.
const MOST_LINE: usize = 200;
const MOST_TEXT: usize = 5_000;

/// `GET /report/person`.
pub(super) async fn page(
    State(state): State<PublicReport>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let language = embedded::language(&state.people.forms, REPORT, asked.lang.as_deref())?;
    show(&state, &visit, &language, &Form::default(), None).await
}

async fn show(
    state: &PublicReport,
    visit: &Visit,
    language: &str,
    form: &Form,
    challenge: Option<Challenge>,
) -> Result<Response, PageError> {
    let engine = embedded::language_of(&state.people.forms, language);
    let once = match form.value("once") {
        "" => Token::short()?.secret().to_owned(),
        known => known.to_owned(),
    };
    let context = Context {
        language: language.to_owned(),
        calls: reading(state, engine).await?,
        once,
        challenge,
    };
    let page = Page::new(&PERSON, text::t(engine, "report.person_heading"))
        .language(engine)
        .back("/report")
        .form(form);
    state.people.app.page(visit, page, &context)
}

/// Whom to call, when, and about what.
struct Call {
    once: String,
    name: String,
    phone: String,
    when: String,
    about: String,
    safe_now: Option<bool>,
    language: String,
}

fn read_form(form: &mut Form, engine: Language, language: &str) -> Option<Call> {
    let needed = text::t(engine, "report.person_phone_needed");
    let typed = form.required("phone", &needed);
    let phone = contact::phone(&typed);
    if phone.is_err() && !typed.is_empty() {
        let wrong = text::t(engine, "report.person_phone_wrong");
        form.errors.add("phone", wrong.into_owned());
    }
    let mut limited = |field: &str, most: usize| {
        let value = form.value(field).to_owned();
        if value.chars().count() > most {
            let most = most.to_string();
            let message = super::words::say(engine, "report.too_long", &[("most", &most)]);
            form.errors.add(field, message);
        }
        value
    };
    let (name, when) = (limited("name", MOST_LINE), limited("when", MOST_LINE));
    let about = limited("about", MOST_TEXT);
    let safe_now = match form.value("safe_now") {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let once = form.value("once").to_owned();
    let phone = phone.ok().filter(|_| form.is_valid())?;
    Some(Call {
        // What is no token of ours names nothing else: at most it meets itself.
        once: once.chars().take(64).collect(),
        name,
        phone,
        when,
        about,
        safe_now,
        language: language.to_owned(),
    })
}

/// `POST /report/person`.
pub(super) async fn ask(
    State(state): State<PublicReport>,
    visit: Visit,
    address: Address,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let forms = &state.people.forms;
    let asked = form.value("language").to_owned();
    let language = embedded::language(forms, REPORT, Some(&asked))?;
    let engine = embedded::language_of(forms, &language);
    let challenge = guard::count(&state, &visit, &address, engine, &mut form).await?;
    let Some(call) = read_form(&mut form, engine, &language) else {
        return show(&state, &visit, &language, &form, challenge).await;
    };
    let (app, rules) = (&state.people.app, state.people.rules().await?);
    let reference = write!(&app.db, &app.clock, &Actor::system("public form"), |tx| {
        receive(tx, &rules, &call).await
    })
    .await?;
    let t = |key: &str| text::t(engine, key).into_owned();
    let panel = format!(
        "{}<br><strong>{}</strong>",
        escape(&t("forms.your_reference")),
        escape(&reference)
    );
    let context = Done {
        heading: t("report.person_done"),
        panel_html: Some(panel),
        lines: vec![t("report.person_done_text"), reading(&state, engine).await?],
        href: None,
        link: String::new(),
    };
    let page = Page::new(&DONE, context.heading.clone()).language(engine);
    app.page(&visit, page, &context)
}

/// Makes the report; the same page sent twice makes one.
async fn receive(tx: &mut Tx, rules: &Rules, call: &Call) -> Result<String, DbError> {
    let agencies = reporting::agencies(tx).await?;
    let delivery = format!("call:{}", call.once);
    let about = if call.about.is_empty() {
        "They have not said what it is about."
    } else {
        call.about.as_str()
    };
    let mut incoming = Incoming {
        channel: Channel::Public,
        delivery: Some(delivery.clone()),
        agency: workflow::door(&agencies)?,
        taken_by: None,
        their_reference: None,
        identity: Identity::Confidential,
        reporter: None,
        whom: Whom::Own,
        kind: "other".to_owned(),
        qualifier: None,
        description: format!("Asks to be called back. {about}"),
        happening: Happening::Once,
        occurrences: Vec::new(),
        place: Place::default(),
        town: Some("call back".to_owned()),
        landlord: None,
        safe_now: call.safe_now,
        hate: None,
        more_words: Vec::new(),
        language: call.language.clone(),
        record: None,
        further_to: None,
    };
    let known = tx
        .optional(
            sql!("select id from reports where delivery = $1"),
            args![&delivery],
        )
        .await?;
    if known.is_none() {
        let (_, routed) = prepare::prepare(
            rules,
            Calendar::england(),
            &agencies,
            tx.now(),
            incoming.clone(),
        );
        let details = ContactDetails {
            name: if call.name.is_empty() {
                "Name not given".to_owned()
            } else {
                call.name.clone()
            },
            phone: Some(call.phone.clone()),
            by_phone: true,
            rules: Wishes {
                hide_caller: true,
                note: call.when.clone(),
                ..Wishes::default()
            },
            ..ContactDetails::default()
        };
        let mut new = NewParty::of_contact(details, routed.agency, "Public report");
        if call.language == "pl" {
            new.details.language = "Polish".to_owned();
        }
        let id = PartyId(uuid_at(tx.now()));
        parties::add(tx, id, &new).await?;
        incoming.reporter = Some(id);
    }
    Ok(reporting::receive(tx, rules, incoming).await?.reference)
}
