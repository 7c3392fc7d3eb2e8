//! What was written to and by whoever sent one report.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Path, Viewer};
use commonweal_core::{DbError, read};
use commonweal_forms::register::seen_file;
use commonweal_govuk::{Form, Page, page};
use commonweal_records::matters::{Identity, Report};
use commonweal_records::party::Party;
use serde::Serialize;

use super::{Loaded, load, log, moment, report, who};
use crate::messages::model::{Channel, LONGEST, Message};
use crate::messages::send::LINK;
use crate::messages::{store, templates};
use crate::reporting::People;
use crate::tracking::{self, codes};

page!(pub(crate) THREAD, "messages/thread.html", "thread.html");

#[derive(Debug, Serialize)]
pub(crate) struct Said {
    pub(crate) heading: String,
    pub(crate) when: String,
    pub(crate) lines: Vec<String>,
    pub(crate) state: String,
    pub(crate) why: Option<String>,
    pub(crate) attention: bool,
    pub(crate) handled: Option<String>,
    pub(crate) handle_words: &'static str,
    pub(crate) letter: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) text: String,
    pub(crate) selected: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Radio {
    pub(crate) value: &'static str,
    pub(crate) text: &'static str,
    pub(crate) checked: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct File {
    pub(crate) href: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    /// Where somebody says that it may be illegal.
    pub(crate) mark: String,
    pub(crate) stopped: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Thread {
    pub(crate) reference: String,
    pub(crate) who: String,
    pub(crate) base: String,
    pub(crate) off: bool,
    pub(crate) may_write: bool,
    pub(crate) knows: bool,
    pub(crate) wishes: Vec<String>,
    pub(crate) messages: Vec<Said>,
    pub(crate) files: Vec<File>,
    pub(crate) templates: Vec<Choice>,
    pub(crate) channels: Vec<Radio>,
    pub(crate) may_give_code: bool,
    pub(crate) code: Option<String>,
    pub(crate) longest: usize,
}

/// `GET /matters/{matter}/messages/{report}`.
pub(super) async fn show(
    State(people): State<People>,
    viewer: Viewer,
    Path((matter, reference)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let loaded = load(&people, &viewer, &matter, Action::SeeReports).await?;
    let (one, party) = report(&people, &loaded, &reference).await?;
    page(
        &people,
        &viewer,
        &loaded,
        &one,
        party.as_ref(),
        &Form::default(),
        None,
    )
    .await
}

/// The page; `code` is a code to be told, shown once.
pub(super) async fn page(
    people: &People,
    viewer: &Viewer,
    loaded: &Loaded,
    one: &Report,
    party: Option<&Party>,
    form: &Form,
    code: Option<String>,
) -> Result<Response, PageError> {
    let app = &people.app;
    let today = app.clock.today();
    let knows = loaded.knows(one);
    let mut subjects = vec![loaded.matter.id.0, one.id.0];
    if let Some(party) = party.filter(|_| knows) {
        subjects.push(party.id.0);
    }
    log(people, viewer, Action::SeeReports, &subjects).await?;
    let base = loaded.href(&format!("/{}", one.reference));
    let found = read!(&app.db, |tx| {
        let messages = store::of_report(tx, one.id).await?;
        let files: Vec<File> = store::evidence(tx, one.id)
            .await?
            .into_iter()
            .map(|file| File {
                href: format!("{base}/files/{}", file.id),
                mark: seen_file::mark_href(file.id),
                stopped: file.stopped,
                name: file.name,
                kind: file.media_type,
            })
            .collect();
        let offered = templates::offered(tx, today).await?;
        let off = tracking::is_off(tx, one).await?;
        let way = codes::way(tx, one).await?;
        Ok::<_, DbError>((messages, files, offered, off, way))
    })
    .await;
    let (messages, files, offered, off, way) = found.map_err(PageError::from)?;
    let may_write = loaded.may(viewer, Action::WorkOnReports);
    let anonymous = one.identity == Identity::Anonymous || one.reporter.is_none();
    let context = Thread {
        reference: one.reference.clone(),
        who: who(loaded, one, party),
        off,
        may_write,
        knows: knows && party.is_some(),
        wishes: wishes(party, knows),
        messages: messages
            .iter()
            .rev()
            .map(|message| said(message, &base, may_write, knows))
            .collect(),
        files,
        templates: offered
            .into_iter()
            .map(|template| Choice {
                selected: form.value("template") == template.key
                    || (form.value("template").is_empty() && template.key == "answer"),
                value: template.key,
                text: template.title,
            })
            .collect(),
        channels: channels(anonymous, knows, form.value("channel")),
        may_give_code: may_write && knows && way == codes::Way::Asked,
        code,
        longest: LONGEST,
        base,
    };
    let title = format!("Messages about {}", one.reference);
    let page = Page::new(&THREAD, title)
        .breadcrumb("Home", "/")
        .breadcrumb(loaded.matter.reference.clone(), loaded.matter.href())
        .breadcrumb("Messages", loaded.href(""))
        .form(form);
    app.page(viewer, page, &context)
}

/// What is wished about safe contact; without the note in their own words for whoever may not know
/// who it is.
fn wishes(party: Option<&Party>, knows: bool) -> Vec<String> {
    let Some(party) = party else {
        return Vec::new();
    };
    let mut lines = party.rules.lines();
    if knows && !party.rules.note.is_empty() {
        lines.push(party.rules.note.clone());
    }
    lines
}

fn said(message: &Message, base: &str, may_write: bool, knows: bool) -> Said {
    let heading = match message.direction.as_str() {
        "in" => "From them".to_owned(),
        "note" => "Telephone call".to_owned(),
        _ => format!("From us: {}", message.channel.label()),
    };
    let to_do = message.to_do();
    Said {
        heading,
        when: moment(message.at),
        lines: message
            .body
            .replace(LINK, "(their private link)")
            .lines()
            .map(str::to_owned)
            .collect(),
        state: match message.send_after {
            Some(at) if message.state == "waiting" => {
                format!("{}: {}", message.state_words(), moment(at))
            }
            _ => message.state_words().to_owned(),
        },
        why: message.why.clone(),
        attention: to_do,
        handled: (to_do && may_write).then(|| format!("{base}/{}/handled", message.id.0)),
        handle_words: match message.state.as_str() {
            "to_print" => "Printed and posted",
            _ => "Dealt with",
        },
        letter: (message.channel == Channel::Letter && knows)
            .then(|| format!("{base}/{}/letter", message.id.0)),
    }
}

fn channels(anonymous: bool, knows: bool, chosen: &str) -> Vec<Radio> {
    let radio = |value, text| Radio {
        value,
        text,
        checked: chosen == value
            || (chosen.is_empty() && value == if anonymous { "page" } else { "auto" }),
    };
    let page = radio("page", "On the tracking page only");
    if anonymous {
        return vec![page];
    }
    let mut all = vec![
        radio("auto", "The safest way that may be used"),
        radio("email", "E-mail"),
        radio("text", "Text message"),
    ];
    if knows {
        all.push(radio("letter", "Letter"));
    }
    all.push(page);
    all
}
