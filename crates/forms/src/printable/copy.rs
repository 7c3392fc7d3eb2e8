//! A record on paper, with what its reader may see of it.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Path, Viewer};
use commonweal_core::read;
use commonweal_documents::pdf::{Block, Document, KeyValue};
use commonweal_govuk::{Language, text};

use crate::Forms;
use crate::answers::{self, Answer, Names};
use crate::definition::{Definition, Personal};
use crate::filling::{lookups, mine, walk};
use crate::register::store::{self, Record};
use crate::register::{self, Visible};

/// `GET /registers/{key}/records/{reference}/copy.pdf`.
pub(super) async fn page(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let app = &forms.app;
    let record = read!(&app.db, |tx| store::by_reference(tx, &reference)
        .await
        .map_err(PageError::from))
    .await?;
    if record.definition != key {
        return Err(PageError::NotFound);
    }
    viewer.must_record(&key, RecordAct::See, &record.resource())?;
    let definition = read!(&app.db, |tx| forms
        .catalogue
        .version(tx, &key, record.definition_version)
        .await
        .map_err(PageError::from))
    .await?;
    let shown = register::visible(&viewer, &definition, &record);
    if shown.personal {
        register::log_read(app, &viewer, RecordAct::SeePersonal.name(), &[record.id]).await?;
    }
    let names = lookups::names(&forms, Some(&viewer), &definition, &shown.answers).await?;
    let settings = &app.settings;
    let document = filled(
        &definition,
        &record,
        &shown,
        &names,
        settings.language,
        &settings.partnership_name,
    );
    super::respond(document, app.clock.now(), &record.reference).await
}

/// The copy of a record.
pub(crate) fn filled(
    definition: &Definition,
    record: &Record,
    shown: &Visible,
    names: &Names,
    engine: Language,
    organisation: &str,
) -> Document {
    let t = |key: &str| text::t(engine, key).into_owned();
    let visible = answers::shown_in(definition, &record.answers, &record.state);
    let mut about = Vec::new();
    if let Some(state) = definition
        .state(&record.state)
        .filter(|_| !definition.moves.is_empty())
    {
        about.push(KeyValue::new(t("forms.paper_state"), state.title.en()));
    }
    about.push(KeyValue::new(
        t("forms.paper_made"),
        mine::moment(record.created_at),
    ));
    if record.changed_at != record.created_at {
        about.push(KeyValue::new(
            t("forms.paper_changed"),
            mine::moment(record.changed_at),
        ));
    }
    let mut blocks = vec![Block::KeyValues(about)];
    for (number, page) in definition.pages.iter().enumerate() {
        let mut rows = Vec::new();
        for id in &page.questions {
            let Some(question) = definition.get(*id).filter(|_| {
                visible.page(number)
                    && visible.question(*id)
                    && walk::asks(definition, *id, &record.answers)
            }) else {
                continue;
            };
            let value = if shown.withholds(question) {
                t("forms.paper_withheld")
            } else {
                match shown.answer(question) {
                    Some(Answer::Files(files)) => files
                        .iter()
                        .map(|file| file.name.clone())
                        .collect::<Vec<_>>()
                        .join("\n"),
                    Some(answer) => answers::show(question, answer, "en", names),
                    None => t("forms.not_answered"),
                }
            };
            rows.push(KeyValue::new(question.label.en(), value));
        }
        if !rows.is_empty() {
            blocks.push(Block::Heading {
                level: 1,
                text: page.title.en().to_owned(),
            });
            blocks.push(Block::KeyValues(rows));
        }
    }
    let sensitive = shown.personal
        || definition.questions.iter().any(|question| {
            question.personal >= Personal::Special && shown.answer(question).is_some()
        });
    Document {
        title: shown.title.clone(),
        subtitle: definition.title.en().to_owned(),
        organisation: organisation.to_owned(),
        marking: if sensitive {
            t("forms.paper_marking")
        } else {
            String::new()
        },
        reference: record.reference.clone(),
        version: format!("{} {}", definition.prefix, definition.version),
        date: Some(record.changed_at.date_naive()),
        blocks,
        ..Document::default()
    }
}
