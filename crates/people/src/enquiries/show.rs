//! An enquiry: what was asked, what may be told, the drafted reply.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::ids::Reference;
use commonweal_core::mail::{Mail, MailError};
use commonweal_core::{DbError, ReadTx, Tx, args, read, sql, write};
use commonweal_govuk::{Form, Page, page};
use commonweal_records::matters::{self, Matter};
use serde::Serialize;

use super::model::{AUTHORITY, Drafts, STATES, allows, fill, label};
use super::pages::day;
use super::store::{self, Enquiry};
use crate::intake::content;
use crate::reporting::People;

page!(pub(super) SHOW, "enquiries/show.html", "show.html");

#[derive(Debug, Clone, Serialize)]
pub(super) struct Fact {
    pub(super) key: &'static str,
    pub(super) value: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Context {
    pub(super) reference: String,
    pub(super) state: &'static str,
    pub(super) question: String,
    pub(super) facts: Vec<Fact>,
    /// What was answered.
    pub(super) answer: Option<String>,
    pub(super) may_answer: bool,
    pub(super) may_tell: bool,
    pub(super) overdue: bool,
    pub(super) stale: bool,
    pub(super) version: i64,
}

/// An enquiry with the matter that it is about and the name of whose that is.
struct Whole {
    enquiry: Enquiry,
    matter: Option<(Matter, String)>,
}

async fn whole(tx: &mut ReadTx, reference: &str) -> Result<Whole, DbError> {
    let enquiry = store::find(tx, reference).await?;
    let matter = match enquiry.matter {
        None => None,
        Some(id) => {
            let matter = matters::load(tx, matters::MatterId(id)).await?;
            let row = tx
                .one(
                    sql!("select name from agencies where id = $1"),
                    args![matter.agency],
                )
                .await?;
            Some((matter, row.get("name")?))
        }
    };
    Ok(Whole { enquiry, matter })
}

async fn look(
    people: &People,
    viewer: &Viewer,
    reference: &str,
    action: Action,
) -> Result<Whole, PageError> {
    let reference: Reference = reference.parse().map_err(|_| PageError::NotFound)?;
    let found: Result<_, DbError> =
        read!(&people.app.db, |tx| whole(tx, reference.as_str()).await).await;
    let found = found?;
    if !viewer.may(action, &found.enquiry.resource()) {
        return Err(PageError::NotFound);
    }
    let ids: Vec<uuid::Uuid> = std::iter::once(found.enquiry.id)
        .chain(found.enquiry.resident)
        .collect();
    people
        .app
        .access_log
        .record(&people.app.clock, viewer, action, &ids)
        .await?;
    Ok(found)
}

/// The drafted reply: nothing of the matter without the resident's authority.
async fn draft(people: &People, found: &Whole) -> Result<String, PageError> {
    let today = people.app.clock.today();
    let text: Result<String, DbError> = read!(&people.app.db, |tx| {
        content::current(tx, super::FILE, today).await
    })
    .await;
    let drafts = Drafts::parse(&text?).map_err(PageError::Internal)?;
    let enquiry = &found.enquiry;
    let due = day(enquiry.due_on);
    let mut values = vec![
        ("member", enquiry.asked_by_name.as_str()),
        ("reference", enquiry.reference.as_str()),
        ("due", due.as_str()),
    ];
    Ok(match &found.matter {
        Some((matter, agency)) if allows(&enquiry.authority) => {
            let state = matter.state.label().to_lowercase();
            values.extend([("state", state.as_str()), ("agency", agency.as_str())]);
            fill(&drafts.with_authority, &values)
        }
        _ => fill(&drafts.without_authority, &values),
    })
}

fn context(people: &People, viewer: &Viewer, found: &Whole, stale: bool) -> Context {
    let enquiry = &found.enquiry;
    let may_answer = viewer.may(Action::AnswerEnquiries, &enquiry.resource());
    let fact = |key, value: String| (!value.is_empty()).then_some(Fact { key, value });
    let asked = enquiry.asked_at.with_timezone(&chrono_tz::Europe::London);
    let answered = enquiry
        .answered_at
        .map(|at| day(at.with_timezone(&chrono_tz::Europe::London).date_naive()));
    // A member sees what they asked and the answer, and nothing else.
    let matter = found.matter.as_ref().filter(|_| may_answer);
    Context {
        reference: enquiry.reference.clone(),
        state: label(&STATES, &enquiry.state),
        question: enquiry.question.clone(),
        facts: [
            fact("Asked by", enquiry.asked_by_name.clone()),
            fact("Asked on", day(asked.date_naive())),
            fact("Answer by", day(enquiry.due_on)),
            fact("Ended on", answered.unwrap_or_default()),
            fact(
                "The resident’s authority",
                label(&AUTHORITY, &enquiry.authority).to_owned(),
            ),
            fact("How it is known", enquiry.authority_note.clone()),
            fact(
                "About",
                matter
                    .map(|(matter, _)| matter.reference.clone())
                    .unwrap_or_default(),
            ),
        ]
        .into_iter()
        .flatten()
        .collect(),
        answer: enquiry.answer.clone(),
        may_answer: may_answer && enquiry.state == "open",
        may_tell: allows(&enquiry.authority),
        overdue: enquiry.state == "open" && enquiry.due_on < people.app.clock.today(),
        stale,
        version: enquiry.version,
    }
}

fn respond(
    people: &People,
    viewer: &Viewer,
    form: &Form,
    context: &Context,
) -> Result<Response, PageError> {
    let page = Page::new(&SHOW, format!("Enquiry {}", context.reference))
        .back("/enquiries")
        .form(form);
    people.app.page(viewer, page, context)
}

pub(super) async fn show(
    State(people): State<People>,
    viewer: Viewer,
    Path(reference): Path<String>,
) -> Result<Response, PageError> {
    let found = look(&people, &viewer, &reference, Action::SeeEnquiries).await?;
    let mut form = Form::default();
    let context = context(&people, &viewer, &found, false);
    if context.may_answer {
        form.set("answer", draft(&people, &found).await?);
    }
    respond(&people, &viewer, &form, &context)
}

/// Tells a member with an account that there is an answer; nothing of it is in the message.
async fn tell(tx: &mut Tx, enquiry: &Enquiry, address: &str) -> Result<(), DbError> {
    let Some(user) = enquiry.asked_by_user else {
        return Ok(());
    };
    let row = tx
        .one(sql!("select email from users where id = $1"), args![user])
        .await?;
    let mail = Mail {
        to: row.get("email")?,
        kind: "enquiry.answered",
        subject: format!("Your enquiry {}", enquiry.reference),
        text: format!(
            "Your enquiry has been answered.\n\n{address}/enquiries/{}\n\nSign in to read it.",
            enquiry.reference
        ),
    };
    match tx.send_mail(mail).await {
        Ok(_) => Ok(()),
        Err(MailError::Db(error)) => Err(error),
        Err(error) => {
            tracing::warn!(%error, "a member could not be told of an answer");
            Ok(())
        }
    }
}

pub(super) async fn answer(
    State(people): State<People>,
    viewer: Viewer,
    Path(reference): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let found = look(&people, &viewer, &reference, Action::AnswerEnquiries).await?;
    let enquiry = &found.enquiry;
    let close = form.value("do") == "close";
    let text = if close {
        String::new()
    } else {
        form.required("answer", "Enter the answer")
    };
    if text.chars().count() > 20_000 {
        form.errors
            .add("answer", "The answer must be 20,000 characters or fewer");
    }
    if let Some((matter, _)) = &found.matter
        && !allows(&enquiry.authority)
        && text.contains(matter.reference.as_str())
    {
        form.errors.add(
            "answer",
            "The answer names a matter, which the resident did not allow. Take it out, or record their authority in a new enquiry.",
        );
    }
    if !form.is_valid() {
        let context = context(&people, &viewer, &found, false);
        return respond(&people, &viewer, &form, &context);
    }
    let version = form.value("version").parse().unwrap_or(0);
    let address = &people.app.settings.address;
    let saved: Result<(), DbError> =
        write!(&people.app.db, &people.app.clock, &viewer.actor(), |tx| {
            let words = (!close).then_some(text.as_str());
            store::answer(tx, enquiry.id, version, words).await?;
            if !close {
                tell(tx, enquiry, address).await?;
            }
            Ok(())
        })
        .await;
    match saved {
        Ok(()) => {
            let words = if close {
                "The enquiry was closed"
            } else {
                "The answer was saved"
            };
            people.app.flash(&viewer, words).await?;
            let place = format!("/enquiries/{}", enquiry.reference);
            Ok(Redirect::to(&place).into_response())
        }
        Err(DbError::Stale) => {
            let context = context(&people, &viewer, &found, true);
            respond(&people, &viewer, &form, &context)
        }
        Err(error) => Err(error.into()),
    }
}
