//! Whether somebody may see a file by its use, whatever names it: for pages that are about a file and
//! not about its record.

use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Viewer};
use commonweal_core::{DbError, read};
use uuid::Uuid;

use super::store::{self, Record};
use super::visible;
use crate::Forms;
use crate::answers::Answer;

/// The address of the page on which somebody says that a file may be an indecent image of a child.
#[must_use]
pub fn mark_href(file_use: Uuid) -> String {
    format!("/report-image/{file_use}")
}

/// The record that a file belongs to, by a use with `subject_kind` `form_record` or `form_attachment`,
/// where the viewer may see the file.
///
/// # Errors
/// [`PageError::NotFound`] for others; those of the database.
pub async fn record_of(
    forms: &Forms,
    viewer: &Viewer,
    subject_kind: &str,
    subject: Uuid,
    file_use: Uuid,
) -> Result<Record, PageError> {
    let (record, definition) = read!(&forms.app.db, |tx| {
        let record = store::load(tx, subject).await?;
        let version = forms
            .catalogue
            .version(tx, &record.definition, record.definition_version)
            .await?;
        Ok::<_, DbError>((record, version))
    })
    .await?;
    viewer
        .must_record(&record.definition, RecordAct::See, &record.resource())
        .map_err(|_| PageError::NotFound)?;
    let seen = visible(viewer, &definition, &record);
    let sees = match subject_kind {
        "form_record" => seen.answers.0.values().any(|answer| match answer {
            Answer::Files(files) => files.iter().any(|file| file.id == file_use),
            _ => false,
        }),
        "form_attachment" => seen.may_see_personal || !definition.is_personal(),
        _ => false,
    };
    if sees {
        Ok(record)
    } else {
        Err(PageError::NotFound)
    }
}
