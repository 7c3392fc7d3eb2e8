//! What a table would do, and doing it.

use commonweal_core::write;

use super::*;

#[derive(Serialize)]
struct ChangeLine {
    row: u64,
    reference: String,
    question: String,
    old: String,
    new: String,
}

#[derive(Serialize)]
struct NewLine {
    row: u64,
    words: String,
}

#[derive(Serialize)]
struct RejectedLine {
    row: u64,
    column: String,
    reason: String,
}

#[derive(Serialize)]
pub(super) struct PreviewContext {
    key: String,
    id: Uuid,
    name: String,
    plural: String,
    digest: String,
    figures: Vec<(String, String)>,
    again: bool,
    may_confirm: bool,
    nothing: bool,
    lacks_add: bool,
    changes: Vec<ChangeLine>,
    more_changes: usize,
    new: Vec<NewLine>,
    more_new: usize,
    rejected: Vec<RejectedLine>,
    more_rejected: usize,
}

pub(in crate::exchange::import) async fn preview(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, id)): Path<(String, Uuid)>,
) -> Result<Response, PageError> {
    let (definition, waiting) = waiting(&forms, &viewer, &key, id).await?;
    if waiting.state != "waiting" {
        return Ok(Redirect::to(&format!("/registers/{key}/import")).into_response());
    }
    if !waiting.matching.confirmed {
        return Ok(to(&key, id, ""));
    }
    show_preview(&forms, &viewer, &definition, &waiting, false).await
}

async fn show_preview(
    forms: &Forms,
    viewer: &Viewer,
    definition: &Shared,
    waiting: &Waiting,
    again: bool,
) -> Result<Response, PageError> {
    let looked: Result<_, DbError> = read!(&forms.app.db, |tx| {
        store::look(
            forms,
            tx,
            viewer,
            definition,
            &waiting.sheet,
            &waiting.matching,
        )
        .await
    })
    .await;
    let (plan, _) = looked?;
    if definition.is_personal() {
        let ids: Vec<Uuid> = plan.changed.iter().map(|changed| changed.record).collect();
        register::log_read(&forms.app, viewer, "import_preview", &ids).await?;
    }
    let context = preview_context(viewer, definition, waiting, &plan, again);
    let mut page = Page::new(&PREVIEW, "What the file would do").back(format!(
        "/registers/{}/import/{}",
        definition.key, waiting.id
    ));
    if again {
        page = page.status(StatusCode::CONFLICT);
    }
    forms.app.page(viewer, page, &context)
}

fn preview_context(
    viewer: &Viewer,
    definition: &Shared,
    waiting: &Waiting,
    plan: &Plan,
    again: bool,
) -> PreviewContext {
    let number = |count: usize| whole(i64::try_from(count).unwrap_or(i64::MAX));
    let rejected_rows: std::collections::BTreeSet<u64> =
        plan.rejected.iter().map(|rejected| rejected.row).collect();
    let lacks_add = !plan.new.is_empty() && !store::may_add(viewer, &definition.key);
    let name = |id: &str| {
        definition.question(id).map_or_else(
            || id.to_owned(),
            |(_, question)| {
                question
                    .short
                    .as_ref()
                    .unwrap_or(&question.label)
                    .en()
                    .to_owned()
            },
        )
    };
    let changes = plan.changed.iter().flat_map(|changed| {
        changed.changes.iter().map(|change| ChangeLine {
            row: changed.row,
            reference: changed.reference.clone(),
            question: name(&change.question),
            old: change.old.clone(),
            new: change.new.clone(),
        })
    });
    let changes: Vec<ChangeLine> = changes.collect();
    let rows = &waiting.sheet.rows;
    let new = plan.new.iter().take(SHOWN).map(|new| {
        let cells = rows
            .iter()
            .find(|(row, _)| *row == new.row)
            .map(|(_, cells)| cells);
        let words = cells.into_iter().flatten().zip(&waiting.matching.columns);
        let words: Vec<&str> = words
            .filter(|(cell, id)| !id.is_empty() && !cell.trim().is_empty())
            .map(|(cell, _)| cell.trim())
            .take(4)
            .collect();
        NewLine {
            row: new.row,
            words: words.join(", ").chars().take(160).collect(),
        }
    });
    PreviewContext {
        key: definition.key.clone(),
        id: waiting.id,
        name: waiting.name.clone(),
        plural: definition.plural.en().to_owned(),
        digest: plan.digest(),
        figures: vec![
            ("Rows".to_owned(), number(waiting.sheet.rows.len())),
            ("New".to_owned(), number(plan.new.len())),
            ("Changed".to_owned(), number(plan.changed.len())),
            ("Unchanged".to_owned(), number(plan.unchanged)),
            ("Rejected".to_owned(), number(rejected_rows.len())),
        ],
        again,
        may_confirm: plan.rejected.is_empty() && !plan.is_empty() && !lacks_add,
        nothing: plan.rejected.is_empty() && plan.is_empty(),
        lacks_add,
        more_changes: changes.len().saturating_sub(SHOWN),
        changes: changes.into_iter().take(SHOWN).collect(),
        new: new.collect(),
        more_new: plan.new.len().saturating_sub(SHOWN),
        rejected: plan
            .rejected
            .iter()
            .take(SHOWN)
            .map(|rejected| RejectedLine {
                row: rejected.row,
                column: rejected.column.clone(),
                reason: rejected.reason.clone(),
            })
            .collect(),
        more_rejected: plan.rejected.len().saturating_sub(SHOWN),
    }
}

pub(in crate::exchange::import) async fn confirm(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, id)): Path<(String, Uuid)>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let (definition, waiting) = waiting(&forms, &viewer, &key, id).await?;
    if waiting.state == "done" {
        // The same button twice.
        return Ok(Redirect::to(&format!("/registers/{key}")).into_response());
    }
    if waiting.state != "waiting" {
        return Ok(Redirect::to(&format!("/registers/{key}/import")).into_response());
    }
    let digest = form.value("digest").to_owned();
    let may_add = store::may_add(&viewer, &key);
    let written: Result<store::Done, Refused> =
        write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
            let done = store::write(&forms, tx, &viewer, &definition, &waiting, &digest).await?;
            if done.new > 0 && !may_add {
                return Err(Refused::Changed);
            }
            Ok(done)
        })
        .await;
    match written {
        Ok(done) => {
            let words = format!(
                "{} new, {} changed, {} unchanged",
                done.new, done.changed, done.unchanged
            );
            forms
                .app
                .flash(&viewer, &format!("The file was imported: {words}"))
                .await?;
            Ok(Redirect::to(&format!("/registers/{key}")).into_response())
        }
        Err(Refused::Changed | Refused::Store(register::store::StoreError::Stale(_))) => {
            show_preview(&forms, &viewer, &definition, &waiting, true).await
        }
        Err(Refused::Store(error)) => Err(error.into()),
    }
}

pub(in crate::exchange::import) async fn drop_it(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, id)): Path<(String, Uuid)>,
    Sent(_): Sent,
) -> Result<Response, PageError> {
    let (_, waiting) = waiting(&forms, &viewer, &key, id).await?;
    if waiting.state == "waiting" {
        write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
            store::drop_it(tx, &waiting).await
        })
        .await
        .map_err(PageError::from)?;
        forms
            .app
            .flash(&viewer, "The file was dropped. Nothing was imported")
            .await?;
    }
    Ok(Redirect::to(&format!("/registers/{key}/import")).into_response())
}

/// A sample of each sort of preview.
#[cfg(test)]
pub(super) fn sample(kind: usize) -> PreviewContext {
    let fits = kind == 1;
    PreviewContext {
        key: "empty-homes".to_owned(),
        id: Uuid::nil(),
        name: "homes.csv".to_owned(),
        plural: "empty homes".to_owned(),
        digest: "00".to_owned(),
        figures: vec![("Rows".to_owned(), "12".to_owned())],
        again: kind == 1,
        may_confirm: fits,
        nothing: kind == 2,
        lacks_add: kind == 0,
        changes: (0..usize::from(fits))
            .map(|_| ChangeLine {
                row: 2,
                reference: "EH-7K3M-9QX4".to_owned(),
                question: "Owned by".to_owned(),
                old: String::new(),
                new: "A company".to_owned(),
            })
            .collect(),
        more_changes: 3,
        new: (0..usize::from(fits))
            .map(|_| NewLine {
                row: 3,
                words: "1 High Street".to_owned(),
            })
            .collect(),
        more_new: 4,
        rejected: (0..usize::from(kind == 0))
            .map(|_| RejectedLine {
                row: 4,
                column: "UPRN".to_owned(),
                reason: "Two records have this".to_owned(),
            })
            .collect(),
        more_rejected: 5,
    }
}
