//! Keeping what a page said: answers, files, and what a photograph knows of its place.

use std::collections::{BTreeMap, BTreeSet};

use axum::response::Response;
use commonweal_access::web::{PageError, Visit};
use commonweal_core::files::Files;
use commonweal_core::{DbError, args, read, sql, write};
use uuid::Uuid;

use super::journey::{self, Journey};
use super::needs::location_question;
use super::uploads::{self, Arrived};
use super::walk::Step;
use super::{drafts, fields};
use crate::Forms;
use crate::answers::{Answer, Answers, FileAnswer, Location, LocationHow};
use crate::definition::QuestionKind;

/// How often a save is tried again where another tab saved a different page meanwhile.
const TRIES: u32 = 4;

/// The files of all answers, by question.
pub(super) fn files_of(answers: &Answers) -> BTreeMap<String, Vec<FileAnswer>> {
    answers
        .0
        .iter()
        .filter_map(|(id, answer)| match answer {
            Answer::Files(files) => Some((id.clone(), files.clone())),
            _ => None,
        })
        .collect()
}

/// Answers the question about the place with where a photograph was taken.
pub(super) async fn photograph_place(
    forms: &Forms,
    journey: &Journey,
    files: &BTreeMap<String, Vec<FileAnswer>>,
    which: &str,
    answers: &mut Answers,
) -> Result<(), PageError> {
    let (Ok(file), Some(question)) = (
        which.parse::<Uuid>(),
        location_question(&journey.definition),
    ) else {
        return Ok(());
    };
    let taken = uploads::taken_at(&forms.files, files, &journey.definition).await?;
    if let Some((latitude, longitude)) = taken.get(&file) {
        let place = Location {
            latitude: *latitude,
            longitude: *longitude,
            how: LocationHow::Device,
            text: format!("{latitude:.5}, {longitude:.5}"),
            accuracy: None,
        };
        answers.set(question, Some(Answer::Location(place)));
    }
    Ok(())
}

/// Saves the answers of a step; those of other steps stay as they are by now.
pub(super) async fn save(
    forms: &Forms,
    visit: &Visit,
    journey: &mut Journey,
    step: &Step,
    said: &Answers,
) -> Result<(), PageError> {
    let mut ids: BTreeSet<String> = step
        .questions
        .iter()
        .filter_map(|id| journey.definition.get(*id))
        .filter(|question| !matches!(question.kind, QuestionKind::Files { .. }))
        .map(|question| question.id.clone())
        .collect();
    ids.extend(location_question(&journey.definition).map(str::to_owned));
    let said = said.clone();
    change(forms, visit, journey, move |answers| {
        for id in &ids {
            answers.set(id, said.get(id).cloned());
        }
    })
    .await
}

/// Changes the answers of a draft, again where another tab got in the way.
async fn change(
    forms: &Forms,
    visit: &Visit,
    journey: &mut Journey,
    apply: impl Fn(&mut Answers),
) -> Result<(), PageError> {
    let (app, actor) = (&forms.app, journey::actor(visit));
    for _ in 0..TRIES {
        let mut answers = journey.draft.answers.clone();
        apply(&mut answers);
        if answers == journey.draft.answers {
            return Ok(());
        }
        let draft = &journey.draft;
        let saved = write!(&app.db, &app.clock, &actor, |tx| drafts::save(
            tx,
            draft,
            &answers,
            drafts::DAYS
        )
        .await)
        .await;
        let (id, now) = (draft.id, app.clock.now());
        let fresh = read!(&app.db, |tx| drafts::load(tx, id, now)
            .await
            .map_err(PageError::from))
        .await?;
        journey.draft = fresh;
        match saved {
            Ok(()) => return Ok(()),
            Err(DbError::Stale) if journey.draft.sent.is_none() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PageError::Conflict)
}

/// Names files that arrived in the draft, and takes one away; says what is wrong with which.
pub(super) async fn keep_files(
    forms: &Forms,
    visit: &Visit,
    journey: &mut Journey,
    arrived: Vec<Arrived>,
    removed: Option<Uuid>,
) -> Result<Vec<(String, String)>, PageError> {
    let mut errors = Vec::new();
    let mut wanted: BTreeMap<String, Vec<FileAnswer>> = files_of(&journey.draft.answers);
    let mut fresh: Vec<(String, Arrived)> = Vec::new();
    for one in arrived {
        let Some(QuestionKind::Files { most, .. }) = journey
            .definition
            .question(&one.question)
            .map(|(_, question)| &question.kind)
        else {
            continue;
        };
        let given = wanted.entry(one.question.clone()).or_default();
        let hash = one.stored.id.as_str();
        let again = given.iter().any(|file| file.sha256 == hash)
            || fresh
                .iter()
                .any(|(id, other)| *id == one.question && other.stored.id.as_str() == hash);
        if again {
            // The same file twice is kept once.
            continue;
        }
        let more = fresh.iter().filter(|(id, _)| *id == one.question).count();
        if given.len() + more >= *most {
            let language = forms.app.settings.language;
            let message = fields::filled(
                language,
                "forms.too_many_files",
                &[("most", most.to_string())],
            );
            errors.push((one.question.clone(), message));
            continue;
        }
        fresh.push((one.question.clone(), one));
    }
    wanted.clear();
    let (app, actor, files): (_, _, &Files) = (&forms.app, journey::actor(visit), &forms.files);
    for _ in 0..TRIES {
        let draft = &journey.draft;
        let saved = write!(&app.db, &app.clock, &actor, |tx| {
            let mut answers = draft.answers.clone();
            for (id, one) in &fresh {
                let file = files
                    .attach(tx, &one.stored, "form_draft", draft.id, &one.name)
                    .await?;
                let mut given = match answers.get(id) {
                    Some(Answer::Files(given)) => given.clone(),
                    _ => Vec::new(),
                };
                given.push(FileAnswer {
                    id: file,
                    sha256: one.stored.id.as_str().to_owned(),
                    name: one.name.clone(),
                    media_type: one.stored.media_type.as_str().to_owned(),
                    size: one.stored.size,
                });
                answers.set(id, Some(Answer::Files(given)));
            }
            if let Some(gone) = removed {
                for (id, given) in files_of(&answers) {
                    let left: Vec<FileAnswer> = given
                        .into_iter()
                        .filter(|file| file.id != gone)
                        .collect();
                    answers.set(&id, (!left.is_empty()).then_some(Answer::Files(left)));
                }
                // A file of the record that is edited stays until the change is saved.
                tx.run(
                    sql!("delete from file_uses where id = $1 and subject_kind = 'form_draft' and subject = $2"),
                    args![gone, draft.id],
                )
                .await?;
            }
            drafts::save(tx, draft, &answers, drafts::DAYS).await
        })
        .await;
        let (id, now) = (draft.id, app.clock.now());
        journey.draft = read!(&app.db, |tx| drafts::load(tx, id, now)
            .await
            .map_err(PageError::from))
        .await?;
        match saved {
            Ok(()) => return Ok(errors),
            Err(DbError::Stale) if journey.draft.sent.is_none() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PageError::Conflict)
}

/// A file of a draft.
///
/// # Errors
/// [`PageError::NotFound`].
pub(super) async fn file(
    forms: &Forms,
    journey: &Journey,
    id: Uuid,
) -> Result<Response, PageError> {
    let found = files_of(&journey.draft.answers)
        .into_iter()
        .filter(|(question, _)| !journey.withheld.contains(question))
        .flat_map(|(_, files)| files)
        .find(|file| file.id == id)
        .ok_or(PageError::NotFound)?;
    uploads::serve(&forms.files, &found).await
}
