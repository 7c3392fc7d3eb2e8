//! Files that come with a page: streamed into the store, judged by content, without what a
//! photograph tells beyond its picture unless the question asks for that.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{FromRequest as _, Request};
use axum::response::{IntoResponse as _, Response};
use commonweal_access::web::{PageError, Sent, Upload};
use commonweal_core::files::{
    DOCUMENTS, FileId, Files, FilesError, IMAGES, Limits, MEDIA, Stored, without_metadata,
};
use commonweal_govuk::Form;
use http::{HeaderMap, HeaderValue, header};

use super::exif;
use super::walk::Step;
use crate::answers::FileAnswer;
use crate::definition::{Definition, FileTypes, Question, QuestionKind};

/// Bytes of a form beside its files.
const BESIDE: u64 = 1_000_000;

/// A file that arrived, not yet named by the draft.
#[derive(Debug)]
pub(super) struct Arrived {
    /// The question that it answers.
    pub(super) question: String,
    /// Its name, cleaned.
    pub(super) name: String,
    /// Where it is stored.
    pub(super) stored: Stored,
}

/// A page as it was sent.
#[derive(Debug, Default)]
pub(super) struct Received {
    /// What was typed.
    pub(super) form: Form,
    /// Files that were taken.
    pub(super) files: Vec<Arrived>,
    /// What is wrong with others: field and message.
    pub(super) errors: Vec<(String, String)>,
}

/// Reads a page that was sent, with or without files.
///
/// # Errors
/// [`PageError`].
pub(super) async fn receive(
    files: &Files,
    definition: &Definition,
    step: &Step,
    request: Request,
) -> Result<Received, PageError> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        let Sent(form) = Sent::from_request(request, &()).await?;
        return Ok(Received {
            form,
            ..Received::default()
        });
    }
    let length: Option<u64> = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let expected = BESIDE
        + questions(definition, step)
            .map(|(_, most, limits, _)| limits.bytes.saturating_mul(most))
            .sum::<u64>();
    // What is somewhat too large is read to its end, so that nothing typed after it is lost; what
    // is far too large is not.
    let patient = length.is_some_and(|length| length <= expected.saturating_mul(2));
    let mut upload = Upload::from_request(request, &()).await?;
    let (mut pairs, mut received) = (Vec::new(), Received::default());
    let mut typed = 0_u64;
    loop {
        let field = match upload.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            // After a refused file the rest may well be unreadable: its message is enough.
            Err(_) if !received.errors.is_empty() => break,
            Err(error) => return Err(error),
        };
        let id = field.name().unwrap_or_default().to_owned();
        let Some(name) = field.file_name().map(clean_name) else {
            let text = field.text().await.map_err(|_| {
                PageError::Invalid("The form did not arrive whole. Send it again.".to_owned())
            })?;
            typed += text.len() as u64;
            if typed > BESIDE {
                return Err(PageError::TooLarge("The text is too long.".to_owned()));
            }
            pairs.push((id, text));
            continue;
        };
        let question = definition
            .question(&id)
            .filter(|(place, _)| step.questions.contains(place))
            .map(|(_, question)| question);
        let Some(question) = question.filter(|_| !name.is_empty()) else {
            continue;
        };
        let Some((limits, keep)) = limits(question) else {
            continue;
        };
        match take(files, field, &limits, keep).await {
            Ok(stored) => received.files.push(Arrived {
                question: id,
                name,
                stored,
            }),
            Err(FilesError::Store(error)) => {
                return Err(PageError::Internal(format!("the file store: {error}")));
            }
            Err(error) => {
                let large = matches!(error, FilesError::TooLarge(_) | FilesError::BrokenOff);
                received.errors.push((id, format!("{name}: {error}")));
                if large && !patient {
                    break;
                }
            }
        }
    }
    received.form = Form::from(pairs);
    Ok(received)
}

/// The questions of a step that take files: their id, how many, limits, and whether the place stays.
fn questions<'a>(
    definition: &'a Definition,
    step: &'a Step,
) -> impl Iterator<Item = (&'a str, u64, Limits, bool)> {
    step.questions.iter().filter_map(|id| {
        let question = definition.get(*id)?;
        let (limits, keep) = limits(question)?;
        let QuestionKind::Files { most, .. } = question.kind else {
            return None;
        };
        Some((
            question.id.as_str(),
            u64::try_from(most).unwrap_or(1),
            limits,
            keep,
        ))
    })
}

/// Whether a step takes files.
pub(super) fn takes_files(definition: &Definition, step: &Step) -> bool {
    questions(definition, step).next().is_some()
}

/// What a question takes, and whether the place in a photograph stays.
fn limits(question: &Question) -> Option<(Limits, bool)> {
    let QuestionKind::Files {
        types,
        megabytes,
        keep_location,
        ..
    } = &question.kind
    else {
        return None;
    };
    let kinds = match types {
        FileTypes::Photographs => IMAGES.to_vec(),
        FileTypes::Documents => [IMAGES, DOCUMENTS].concat(),
        FileTypes::Any => [IMAGES, DOCUMENTS, MEDIA].concat(),
    };
    let kinds = kinds
        .into_iter()
        // A place cannot be taken out of HEIC here.
        .filter(|kind| *keep_location || kind.as_str() != "image/heif")
        .collect();
    Some((
        Limits {
            bytes: u64::from(*megabytes) * 1_000_000,
            types: kinds,
        },
        *keep_location,
    ))
}

/// Stores a file; a photograph without metadata, unless the question asks for the place.
async fn take(
    files: &Files,
    field: axum::extract::multipart::Field<'_>,
    limits: &Limits,
    keep: bool,
) -> Result<Stored, FilesError> {
    let stored = files.put_stream(field, limits).await?;
    let picture = ["image/jpeg", "image/png", "image/webp"].contains(&stored.media_type.as_str());
    if keep || !picture {
        return Ok(stored);
    }
    // No larger than the question allows. The original is named by nothing and is swept.
    let content = files.get(&stored.id).await?;
    let Some(clean) = without_metadata(stored.media_type, content) else {
        return Err(FilesError::Type(
            "a photograph that is whole; this one is damaged".to_owned(),
        ));
    };
    files.put(clean, limits).await
}

/// A file's name without folders, control characters and length.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|letter| !letter.is_control()).collect();
    let plain = plain.trim();
    let count = plain.chars().count();
    if count <= 100 {
        return plain.to_owned();
    }
    // The ending says what it is.
    plain.chars().skip(count - 100).collect()
}

/// Where photographs that kept their place were taken, by the file's id.
///
/// # Errors
/// [`PageError`].
pub(super) async fn taken_at(
    files: &Files,
    given: &BTreeMap<String, Vec<FileAnswer>>,
    definition: &Definition,
) -> Result<BTreeMap<uuid::Uuid, (f64, f64)>, PageError> {
    let mut places = BTreeMap::new();
    for (id, answers) in given {
        let keeps = definition
            .question(id)
            .and_then(|(_, question)| limits(question))
            .is_some_and(|(_, keep)| keep);
        for file in answers.iter().filter(|_| keeps) {
            if file.media_type != "image/jpeg" {
                continue;
            }
            let Ok(stored) = file.sha256.parse::<FileId>() else {
                continue;
            };
            let content = match files.get(&stored).await {
                Ok(content) => content,
                Err(FilesError::Missing | FilesError::Stopped) => continue,
                Err(error) => return Err(error.into()),
            };
            if let Some(place) = exif::place(&content) {
                places.insert(file.id, place);
            }
        }
    }
    Ok(places)
}

/// A file for whoever may see it: a picture to look at without what it tells beyond, or the file as
/// it is to keep. Nothing in it can run.
///
/// # Errors
/// [`PageError::NotFound`] where it is not there any more; [`PageError::Stopped`].
pub(crate) async fn serve(files: &Files, file: &FileAnswer) -> Result<Response, PageError> {
    let id: FileId = file.sha256.parse().map_err(|_| PageError::NotFound)?;
    let picture = ["image/jpeg", "image/png", "image/webp"].contains(&file.media_type.as_str());
    let shown = if picture {
        files.display(&id).await?
    } else {
        None
    };
    let (way, body) = match shown {
        Some((_, content)) => ("inline", Body::from(content)),
        None => ("attachment", Body::from_stream(files.stream(&id).await?)),
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    protect(headers, &file.media_type, way, &file.name);
    Ok(response)
}

/// The headers of a file that somebody else made.
fn protect(headers: &mut HeaderMap, media_type: &str, way: &str, name: &str) {
    let plain: String = name
        .chars()
        .map(|letter| match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' | ' ' => letter,
            _ => '_',
        })
        .collect();
    let encoded: String = name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    let disposition = format!("{way}; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    let pairs = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox; frame-ancestors 'none'".to_owned(),
        ),
        (header::CACHE_CONTROL, "private, max-age=300".to_owned()),
    ];
    for (name, value) in pairs {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_folders_and_what_is_odd() {
        assert_eq!(clean_name("C:\\Users\\sam\\lamp\u{7}.jpg"), "lamp.jpg");
        assert_eq!(clean_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_name(""), "");
        assert_eq!(clean_name(&format!("{}.jpg", "x".repeat(300))).len(), 100);
    }

    #[test]
    fn a_files_name_cannot_break_out_of_its_header() {
        let mut headers = HeaderMap::new();
        protect(
            &mut headers,
            "image/jpeg",
            "inline",
            "a\"; filename=b\r\nX: y é.jpg",
        );
        let value = headers[header::CONTENT_DISPOSITION].to_str().unwrap();
        assert_eq!(value.matches('"').count(), 2, "{value}");
        assert!(value.starts_with("inline; ") && value.contains("%C3%A9"));
        assert!(
            headers[header::CONTENT_SECURITY_POLICY]
                .to_str()
                .unwrap()
                .contains("sandbox")
        );
    }
}
