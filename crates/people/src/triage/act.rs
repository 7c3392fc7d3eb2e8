//! What a form on the page of a matter does.

use axum::extract::State as Axum;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::ids::Reference;
use commonweal_core::{DbError, Tx, read, write};
use commonweal_govuk::Form;
use commonweal_records::incidents::Qualifier;
use commonweal_records::matters::{self, CaseId, Matter};
use uuid::Uuid;

use super::model::{self, Act, BANDS, OUTCOMES};
use super::show::{self, Loaded};
use super::{merge, store};
use crate::cases;
use crate::reporting::{People, Rules};

/// The longest reason, in characters.
const LONGEST: usize = 2_000;

/// What is to be done, once everything that was sent makes sense.
enum Todo {
    Accept(Option<String>),
    Refer(Uuid, String),
    Answer(bool, String),
    Withdraw,
    Close(String, String),
    Reopen(String),
    Case(Option<CaseId>),
    Flag(String, bool, String, Option<String>),
    Kind(String, Option<Qualifier>, String),
    Merge(Box<Matter>, String),
    Unmerge(Uuid),
}

/// `POST /matters/{matter}/{act}`.
pub(super) async fn receive(
    Axum(people): Axum<People>,
    viewer: Viewer,
    Path((reference, act)): Path<(String, String)>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let act = Act::from_name(&act).ok_or(PageError::NotFound)?;
    let loaded = show::load(&people, &viewer, &reference).await?;
    may(&viewer, &loaded, act)?;
    if !act.fits(loaded.matter.state) || form.value("version") != loaded.matter.version.to_string()
    {
        // Somebody else was quicker: the page shows how it stands now, and what was typed.
        return show::respond(&people, &viewer, &loaded, &form, true).await;
    }
    let Some(todo) = understand(&people, &viewer, &loaded, act, &mut form).await? else {
        return show::respond(&people, &viewer, &loaded, &form, false).await;
    };
    let (app, rules) = (&people.app, people.rules().await?);
    let said = write!(&app.db, &app.clock, &viewer.actor(), |tx| perform(
        tx, &rules, &viewer, &loaded, &todo
    )
    .await)
    .await;
    match said {
        Ok(words) => {
            app.flash(&viewer, words).await?;
            // Whoever declined, or gave a matter away, may no longer see it.
            let back = match show::load(&people, &viewer, &reference).await {
                Ok(_) => loaded.matter.href(),
                Err(_) => "/triage".to_owned(),
            };
            Ok(Redirect::to(&back).into_response())
        }
        Err(DbError::Stale | DbError::Duplicate | DbError::NotFound) => {
            let loaded = show::load(&people, &viewer, &reference).await?;
            show::respond(&people, &viewer, &loaded, &form, true).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether the viewer may do this to this matter.
fn may(viewer: &Viewer, loaded: &Loaded, act: Act) -> Result<(), PageError> {
    let allowed = match act {
        Act::Answer => loaded.answers(viewer),
        Act::Flag => viewer.may(Action::WorkOnReports, &loaded.resource),
        Act::Case => loaded.decides(viewer) && viewer.principal.may_enter(Action::WorkOnCases),
        _ => loaded.decides(viewer),
    };
    if allowed {
        Ok(())
    } else {
        Err(PageError::Forbidden)
    }
}

/// A reason that was written, or an error at its field.
fn reason(form: &mut Form, field: &str, missing: &str) -> Option<String> {
    let text = form.value(field).trim().to_owned();
    if text.is_empty() {
        form.errors.add(field, missing);
        return None;
    }
    if text.chars().count() > LONGEST {
        form.errors
            .add(field, "The reason must be 2,000 characters or fewer");
        return None;
    }
    Some(text)
}

/// A form as what is to be done; nothing where something is wrong, which the form then says.
async fn understand(
    people: &People,
    viewer: &Viewer,
    loaded: &Loaded,
    act: Act,
    form: &mut Form,
) -> Result<Option<Todo>, PageError> {
    let rules = people.rules().await?;
    Ok(match act {
        Act::Accept => {
            let band = form.value("band");
            let known = model::words(&BANDS, band).map(|_| band.to_owned());
            Some(Todo::Accept(known))
        }
        Act::Refer => {
            let to: Option<Uuid> = form.value("to").parse().ok();
            let to = to.filter(|to| {
                *to != loaded.matter.agency && loaded.agencies.iter().any(|one| one.id == *to)
            });
            if to.is_none() {
                form.errors
                    .add("to", "Choose the agency that you ask to take it");
            }
            let why = reason(form, "refer-reason", "Say why they should take it");
            to.zip(why).map(|(to, why)| Todo::Refer(to, why))
        }
        Act::Answer => {
            let accepts = form.value("do") == "accept";
            if accepts {
                Some(Todo::Answer(
                    true,
                    form.value("answer-reason").trim().to_owned(),
                ))
            } else {
                reason(form, "answer-reason", "Say why you cannot take it")
                    .map(|why| Todo::Answer(false, why))
            }
        }
        Act::Withdraw => Some(Todo::Withdraw),
        Act::Close => {
            let outcome = form.value("outcome").to_owned();
            let known = model::words(&OUTCOMES, &outcome).is_some();
            if !known {
                form.errors.add("outcome", "Choose what became of it");
            }
            let why = reason(form, "close-reason", "Say why it can be closed");
            why.filter(|_| known).map(|why| Todo::Close(outcome, why))
        }
        Act::Reopen => {
            reason(form, "reopen-reason", "Say why it is opened again").map(Todo::Reopen)
        }
        Act::Case => case(people, viewer, form).await?,
        Act::Flag => {
            // Whoever works on it may raise a flag; only those whose matter it is take one down.
            if form.value("do") == "rule_out" && !loaded.decides(viewer) {
                return Err(PageError::Forbidden);
            }
            flag(form)
        }
        Act::Kind => {
            let kind = form.value("kind").to_owned();
            let known = rules.kinds.get(&kind).is_some();
            if !known {
                form.errors.add("kind", "Choose a type");
            }
            let chosen = form.value("qualifier").to_owned();
            let qualifier = Qualifier::ALL
                .into_iter()
                .find(|one| one.number().to_string() == chosen);
            let why = reason(form, "kind-reason", "Say why it is another type");
            why.filter(|_| known)
                .map(|why| Todo::Kind(kind, qualifier, why))
        }
        Act::Merge => other(people, viewer, loaded, form).await?,
        Act::Unmerge => {
            let merge: Uuid = form
                .value("merge")
                .parse()
                .map_err(|_| PageError::NotFound)?;
            Some(Todo::Unmerge(merge))
        }
    })
}

fn flag(form: &mut Form) -> Option<Todo> {
    let key = form.value("flag").to_owned();
    model::flag_words(&key)?;
    let confirms = form.value("do") != "rule_out";
    let field = format!("flag-{key}-reason");
    let text = form.value(&field).trim().to_owned();
    // Confirming is one tap. Whoever rules something out says why.
    if !confirms {
        reason(form, &field, "Say how you know that it is not so")?;
    }
    let theirs = form.value("their-reference").trim().to_owned();
    if theirs.chars().count() > 60 || text.chars().count() > LONGEST {
        form.errors.add(&field, "This is too long");
        return None;
    }
    Some(Todo::Flag(
        key,
        confirms,
        text,
        (!theirs.is_empty()).then_some(theirs),
    ))
}

/// The case that is joined, where the viewer may work on it.
async fn case(
    people: &People,
    viewer: &Viewer,
    form: &mut Form,
) -> Result<Option<Todo>, PageError> {
    let wanted = form.value("case").trim().to_owned();
    if wanted.is_empty() {
        return Ok(Some(Todo::Case(None)));
    }
    let found = match wanted.parse::<Reference>() {
        Ok(reference) => {
            let found: Result<_, DbError> = read!(&people.app.db, |tx| cases::by_reference(
                tx,
                reference.as_str()
            )
            .await)
            .await;
            match found {
                Ok(case) => Some(case),
                Err(DbError::NotFound) => None,
                Err(error) => return Err(error.into()),
            }
        }
        Err(_) => None,
    };
    let found = found
        .filter(|case| case.state == "open" && viewer.may(Action::WorkOnCases, &case.resource()));
    if found.is_none() {
        form.errors.add(
            "case",
            "There is no open case with this reference that you work on",
        );
    }
    Ok(found.map(|case| Todo::Case(Some(case.id))))
}

/// The matter that is joined into this one, where the viewer decides about it, too.
async fn other(
    people: &People,
    viewer: &Viewer,
    loaded: &Loaded,
    form: &mut Form,
) -> Result<Option<Todo>, PageError> {
    let wanted = form.value("other").trim().to_owned();
    let mut found = None;
    if let Ok(reference) = wanted.parse::<Reference>() {
        match show::load(people, viewer, reference.as_str()).await {
            Ok(other) => found = Some(other),
            Err(PageError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    let fits = found.filter(|other| {
        other.matter.id != loaded.matter.id
            && Act::Merge.fits(other.matter.state)
            && other.decides(viewer)
            && other.offered().is_none()
    });
    if fits.is_none() {
        form.errors.add(
            "other",
            "Give the reference of an open matter of yours, such as M-7K3M-9QX4, that is not referred",
        );
    }
    let why = reason(form, "merge-reason", "Say how you know that they are one");
    Ok(fits
        .zip(why)
        .map(|(other, why)| Todo::Merge(Box::new(other.matter), why)))
}

/// Does it; gives what to tell whoever did it.
async fn perform(
    tx: &mut Tx,
    rules: &Rules,
    viewer: &Viewer,
    loaded: &Loaded,
    todo: &Todo,
) -> Result<&'static str, DbError> {
    let (matter, me) = (&loaded.matter, viewer.user());
    // The version holds the matter; a referral is held by its own state.
    let referral = || loaded.offered().ok_or(DbError::Stale);
    match todo {
        Todo::Accept(band) => {
            store::accept(tx, rules, matter, me, band.as_deref()).await?;
            Ok("You deal with this now.")
        }
        Todo::Refer(to, why) => {
            store::refer(tx, rules, matter, *to, why).await?;
            Ok("They have been asked. It stays yours until they accept.")
        }
        Todo::Answer(accepts, why) => {
            store::answer(tx, rules, matter, referral()?, *accepts, why, me).await?;
            Ok(if *accepts {
                "It is yours now."
            } else {
                "You declined it. It stays with those who asked."
            })
        }
        Todo::Withdraw => {
            store::withdraw(tx, matter, referral()?).await?;
            Ok("They are no longer asked.")
        }
        Todo::Close(outcome, why) => {
            store::close(tx, matter, outcome, why).await?;
            Ok("This is closed. A further report opens it again.")
        }
        Todo::Reopen(why) => {
            store::reopen(tx, rules, matter, why).await?;
            Ok("This is open again.")
        }
        Todo::Case(case) => {
            store::to_case(tx, matter, *case, me).await?;
            Ok("This is worked on in a case now.")
        }
        Todo::Flag(key, confirms, why, theirs) => {
            store::flag(tx, matter, key, *confirms, why, theirs.as_deref()).await?;
            Ok(if *confirms {
                "The flag is confirmed."
            } else {
                "The flag is ruled out."
            })
        }
        Todo::Kind(kind, qualifier, why) => {
            store::set_kind(tx, rules, matter, kind, *qualifier, why).await?;
            Ok("The type is changed.")
        }
        Todo::Merge(other, why) => {
            // Both as they are in this transaction: the other may have changed since it was looked at.
            let other = matters::load(tx, other.id).await.and_then(|now| {
                if now.version == other.version {
                    Ok(now)
                } else {
                    Err(DbError::Stale)
                }
            })?;
            merge::merge(tx, matter, &other, why, me).await?;
            Ok("They are one now. This can be undone.")
        }
        Todo::Unmerge(id) => {
            merge::unmerge(tx, matter, *id, me).await?;
            Ok("They are two again.")
        }
    }
}
