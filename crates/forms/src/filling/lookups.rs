//! What a form looks up: agencies, colleagues, people, records.

use commonweal_access::policy::{Action, Kind, RecordAct};
use commonweal_access::web::{PageError, Viewer, Visit};
use commonweal_core::ids::Reference;
use commonweal_core::{DbError, ReadTx, Value, args, read, sql};
use commonweal_records::party::{PartyId, pick};
use uuid::Uuid;

use crate::Forms;
use crate::answers::{Answers, Names};
use crate::definition::{Definition, QuestionKind};
use crate::register::store;

/// The most people or records offered for a search.
const MOST: usize = 10;

/// One that was found: its value, its name, a line that tells it apart.
pub(super) type Found = (String, String, String);

/// The agencies of the partnership, by name.
///
/// # Errors
/// [`DbError`].
pub(super) async fn agencies(tx: &mut ReadTx) -> Result<Vec<(Uuid, String)>, DbError> {
    let text = sql!("select id, name from agencies where active order by lower(name), id");
    tx.all(text, args![])
        .await?
        .iter()
        .map(|row| Ok((row.get("id")?, row.get("name")?)))
        .collect()
}

/// Colleagues by a part of the name.
///
/// # Errors
/// [`DbError`].
pub(super) async fn colleagues(tx: &mut ReadTx, text: &str) -> Result<Vec<Found>, DbError> {
    let part = pattern(text);
    let rows = tx
        .all(
            sql!(
                "select users.id, users.name, agencies.name as agency_name from users
                 join agencies on agencies.id = users.agency
                 where users.active and agencies.active and lower(users.name) like $1
                 order by lower(users.name), users.id limit 11"
            ),
            args![part],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let id: Uuid = row.get("id")?;
            Ok((id.to_string(), row.get("name")?, row.get("agency_name")?))
        })
        .collect()
}

/// A text as a pattern for `like`, any part.
fn pattern(text: &str) -> String {
    let plain: String = text
        .to_lowercase()
        .chars()
        .filter(|letter| !matches!(letter, '%' | '_' | '\\'))
        .collect();
    format!("%{}%", plain.trim())
}

/// People and organisations by name, telephone number, e-mail or reference, as the viewer may see
/// them. The reading is logged.
///
/// # Errors
/// [`PageError`].
pub(super) async fn parties(
    forms: &Forms,
    viewer: &Viewer,
    text: &str,
) -> Result<Vec<Found>, PageError> {
    let app = &forms.app;
    let scope = viewer.principal.scope(Action::SeeParties, Kind::Party);
    let found = read!(&app.db, |tx| pick::find(tx, &scope, text)
        .await
        .map_err(PageError::from))
    .await?;
    let found: Vec<_> = found.into_iter().take(MOST).collect();
    if !found.is_empty() {
        let ids: Vec<Uuid> = found.iter().map(|brief| brief.id.0).collect();
        app.access_log
            .record(&app.clock, viewer, Action::SeeParties, &ids)
            .await?;
    }
    Ok(found
        .into_iter()
        .map(|brief| (brief.id.0.to_string(), brief.name, brief.line))
        .collect())
}

/// Records of a register: the one of a reference, else those that a colleague may see and whose
/// title holds the text. Somebody without a sign-in must know the reference.
///
/// # Errors
/// [`PageError`].
pub(super) async fn records(
    forms: &Forms,
    visit: &Visit,
    register: &str,
    text: &str,
) -> Result<Vec<Found>, PageError> {
    let viewer = visit.viewer.as_ref();
    if text.parse::<Reference>().is_ok() || text.contains('-') {
        let found = read!(&forms.app.db, |tx| store::by_reference(tx, text)
            .await
            .map_err(PageError::from))
        .await;
        match found {
            Ok(record) if record.definition == register && may_link(viewer, &record) => {
                return Ok(vec![(
                    record.id.to_string(),
                    record.reference,
                    String::new(),
                )]);
            }
            Ok(_) | Err(PageError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    let (Some(viewer), Some(definition)) = (viewer, forms.catalogue.get(register)) else {
        return Ok(Vec::new());
    };
    let part = pattern(text);
    let rows = read!(&forms.app.db, |tx| tx
        .all(
            sql!(
                "select id from form_records where definition = $1 and lower(title) like $2
                 order by changed_at desc, id limit 60"
            ),
            args![register, part],
        )
        .await
        .map_err(PageError::from))
    .await?;
    let ids: Vec<Uuid> = rows
        .iter()
        .map(|row| row.at(0))
        .collect::<Result<_, DbError>>()?;
    let records = read!(&forms.app.db, |tx| store::many(tx, &ids)
        .await
        .map_err(PageError::from))
    .await?;
    let mut found = Vec::new();
    let mut read_of = Vec::new();
    for record in records {
        if found.len() >= MOST || !may_link(Some(viewer), &record) {
            continue;
        }
        let seen = crate::register::visible(viewer, &definition, &record);
        // Whoever may not see the title may not find it by its words either.
        if seen.title != record.title {
            continue;
        }
        if seen.personal {
            read_of.push(record.id);
        }
        found.push((record.id.to_string(), seen.title, record.reference));
    }
    crate::register::log_read(&forms.app, viewer, RecordAct::SeePersonal.name(), &read_of).await?;
    Ok(found)
}

fn may_link(viewer: Option<&Viewer>, record: &store::Record) -> bool {
    viewer.is_none_or(|viewer| {
        viewer
            .principal
            .may_record(&record.definition, RecordAct::See, &record.resource())
    })
}

/// Whether a record may be named in an answer by this visit.
///
/// # Errors
/// [`PageError`].
pub(super) async fn record_may_be_named(
    forms: &Forms,
    visit: &Visit,
    register: &str,
    id: Uuid,
) -> Result<bool, PageError> {
    let found = read!(&forms.app.db, |tx| store::load(tx, id)
        .await
        .map_err(PageError::from))
    .await;
    match found {
        Ok(record) => Ok(record.definition == register && may_link(visit.viewer.as_ref(), &record)),
        Err(PageError::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether somebody may be named in an answer: a colleague, or a party that the viewer may see.
///
/// # Errors
/// [`PageError`].
pub(super) async fn person_may_be_named(
    forms: &Forms,
    visit: &Visit,
    staff: bool,
    id: Uuid,
) -> Result<bool, PageError> {
    let Some(viewer) = &visit.viewer else {
        return Ok(false);
    };
    let scope = viewer.principal.scope(Action::SeeParties, Kind::Party);
    let known = read!(&forms.app.db, |tx| {
        if staff {
            let text = sql!("select count(*) from users where id = $1 and active");
            return Ok::<_, PageError>(tx.count(text, vec![Value::from(id)]).await? > 0);
        }
        Ok(pick::brief(tx, &scope, PartyId(id)).await?.is_some())
    })
    .await?;
    Ok(known)
}

/// The names of everything that answers name, as this visit may know them.
///
/// # Errors
/// [`PageError`].
pub(crate) async fn names(
    forms: &Forms,
    viewer: Option<&Viewer>,
    definition: &Definition,
    answers: &Answers,
) -> Result<Names, PageError> {
    let ids = store::named(answers);
    let mut parties = Vec::new();
    for (_, question) in definition.all() {
        if let (QuestionKind::Person { staff: false }, Some(crate::answers::Answer::Person(id))) =
            (&question.kind, answers.get(&question.id))
        {
            parties.push(*id);
        }
    }
    let scope = viewer.map(|viewer| viewer.principal.scope(Action::SeeParties, Kind::Party));
    let mut names = read!(&forms.app.db, |tx| {
        let mut names = Names(store::names(tx, &ids).await?.0);
        if let Some(scope) = &scope {
            for id in &parties {
                if let Some(brief) = pick::brief(tx, scope, PartyId(*id)).await? {
                    names.0.insert(*id, brief.name);
                }
            }
        }
        Ok::<_, PageError>(names)
    })
    .await?;
    // Somebody whom the viewer may not see is there without a name.
    for id in parties {
        names.0.entry(id).or_insert_with(|| "Withheld".to_owned());
    }
    Ok(names)
}
