//! The addresses of the interface.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use commonweal_access::web::{PageError, Path, Query};
use commonweal_core::{DbError, read};
use commonweal_govuk::Problem;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::asked::{Around, Asked};
use super::export;
use crate::directory::GoTo;
use crate::directory::model::needs::Needs;
use crate::directory::model::search::Directory;
use crate::directory::state::Content;
use crate::directory::store::{self, places as postcodes};

type Pairs = Vec<(String, String)>;

/// JSON for any origin: the standard asks for that, and nothing here depends on who asks.
pub(super) fn answer(value: &Value) -> Response {
    open(
        (
            [(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            )],
            value.to_string(),
        )
            .into_response(),
    )
}

fn open(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    // Resources are for any origin too: the house's own pages say otherwise of themselves.
    headers.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("cross-origin"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=60"),
    );
    response
}

fn wrong(detail: &str) -> Response {
    open(
        Problem::new(StatusCode::BAD_REQUEST, "A parameter is wrong")
            .detail(detail)
            .into_response(),
    )
}

fn missing() -> Response {
    open(Problem::new(StatusCode::NOT_FOUND, "There is no such entry").into_response())
}

/// Where the interface begins.
pub(super) fn base(state: &GoTo) -> String {
    format!(
        "{}/openreferral",
        state.app.settings.address.trim_end_matches('/')
    )
}

async fn loaded(state: &GoTo) -> Result<(Content, Directory), PageError> {
    let content = state.content().await?;
    let directory = read!(&state.app.db, |tx| store::published(tx).await).await?;
    Ok((content, directory))
}

/// A page of a list, with the header that the standard asks for. A page after the last is empty.
fn paged<T>(asked: &Asked, all: &[T], show: impl Fn(&T) -> Value) -> Response {
    let pages = all.len().div_ceil(asked.size);
    let contents: Vec<Value> = all
        .iter()
        .skip((asked.page - 1).saturating_mul(asked.size))
        .take(asked.size)
        .map(show)
        .collect();
    answer(&json!({
        "total_items": all.len(),
        "total_pages": pages,
        "page_number": asked.page,
        "size": contents.len(),
        "first_page": asked.page == 1,
        "last_page": asked.page >= pages,
        "empty": contents.is_empty(),
        "contents": contents,
    }))
}

pub(super) async fn root(State(state): State<GoTo>) -> Response {
    answer(&json!({
        "version": "HSDS-UK-3.0",
        "profile": "https://docs.openreferraluk.org/en/latest/",
        "openapi_url": format!("{}/openapi.json", base(&state)),
        "publisher": state.app.settings.partnership_name,
    }))
}

/// Where the asked postcode lies; a sentence where it is not known.
async fn around(
    state: &GoTo,
    content: &Content,
    asked: &Asked,
) -> Result<Result<Around, String>, PageError> {
    let Some(postcode) = asked.postcode.clone() else {
        return Ok(Ok(None));
    };
    let kinds = content.rules.area_kinds.clone();
    let found = read!(&state.app.db, |tx| {
        let Some(point) = postcodes::postcode(tx, &postcode).await? else {
            return Ok(None);
        };
        Ok::<_, DbError>(Some((point, postcodes::around(tx, &kinds, point).await?)))
    })
    .await?;
    Ok(if found.is_some() {
        Ok(found)
    } else {
        Err("The parameter 'postcode' names a postcode that is not known here.".to_owned())
    })
}

/// What was asked and what there is; a response where the question is wrong.
async fn asked(
    state: &GoTo,
    pairs: &Pairs,
) -> Result<Result<(Asked, Content, Directory, Around), Response>, PageError> {
    let asked = match Asked::read(pairs) {
        Ok(asked) => asked,
        Err(sentence) => return Ok(Err(wrong(&sentence))),
    };
    let (content, directory) = loaded(state).await?;
    Ok(match around(state, &content, &asked).await? {
        Ok(around) => Ok((asked, content, directory, around)),
        Err(sentence) => Err(wrong(&sentence)),
    })
}

pub(super) async fn services(
    State(state): State<GoTo>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, PageError> {
    let (asked, content, directory, around) = match asked(&state, &pairs).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    let found = asked.services(&content.needs, &directory, &around);
    Ok(paged(&asked, &found, |entry| {
        if asked.minimal {
            json!({ "id": entry.head.id, "last_modified": export::last_modified(entry) })
        } else if asked.full {
            export::service(&content.needs, &directory, entry)
        } else {
            export::service_row(&directory, entry)
        }
    }))
}

pub(super) async fn service(
    State(state): State<GoTo>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (content, directory) = loaded(&state).await?;
    let found = directory
        .services
        .iter()
        .find(|entry| entry.head.id.to_string() == id.to_lowercase());
    Ok(found.map_or_else(missing, |entry| {
        answer(&export::service(&content.needs, &directory, entry))
    }))
}

pub(super) async fn organizations(
    State(state): State<GoTo>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, PageError> {
    let (asked, content, directory, _) = match asked(&state, &pairs).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    let words = asked
        .search
        .as_deref()
        .map(|words| content.needs.stems(words))
        .unwrap_or_default();
    let all: Vec<_> = directory
        .organisations
        .values()
        .filter(|entry| {
            let text = content
                .needs
                .stems(&format!("{} {}", entry.body.name, entry.body.description));
            words.iter().all(|word| text.contains(word))
        })
        .collect();
    Ok(paged(&asked, &all, |entry| {
        if asked.full {
            export::organization_full(&content.needs, &directory, entry)
        } else {
            export::organization_row(entry)
        }
    }))
}

pub(super) async fn organization(
    State(state): State<GoTo>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (content, directory) = loaded(&state).await?;
    let found = directory
        .organisations
        .values()
        .find(|entry| entry.head.id.to_string() == id.to_lowercase());
    Ok(found.map_or_else(missing, |entry| {
        answer(&export::organization_full(
            &content.needs,
            &directory,
            entry,
        ))
    }))
}

pub(super) async fn places(
    State(state): State<GoTo>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, PageError> {
    let (asked, content, directory, around) = match asked(&state, &pairs).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    let found = asked.services(&content.needs, &directory, &around);
    let all: Vec<_> = found
        .into_iter()
        .flat_map(|entry| {
            entry
                .body
                .service_at_locations
                .iter()
                .map(move |place| (entry, place))
        })
        .filter(|(_, place)| {
            directory
                .locations
                .get(&place.location_id)
                .is_some_and(|location| asked.takes(location, &around))
        })
        .collect();
    Ok(paged(&asked, &all, |(entry, place)| {
        export::place(&content.needs, &directory, entry, place, asked.full).unwrap_or_default()
    }))
}

pub(super) async fn place(
    State(state): State<GoTo>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (content, directory) = loaded(&state).await?;
    let wanted = id.to_lowercase();
    let found = directory.services.iter().find_map(|entry| {
        let place = entry
            .body
            .service_at_locations
            .iter()
            .find(|place| place.id.to_string() == wanted)?;
        export::place(&content.needs, &directory, entry, place, true)
    });
    Ok(found.map_or_else(missing, |place| answer(&place)))
}

/// Our taxonomy, and those that imported terms name.
fn all_taxonomies(needs: &Needs, directory: &Directory) -> Vec<Value> {
    let own = &needs.taxonomy;
    let mut all = vec![json!({
        "id": own.id, "name": own.name, "description": own.description, "version": own.version,
    })];
    for term in export::terms(needs, directory) {
        let (Some(id), Some(name)) = (term.get("taxonomy_id"), term.get("taxonomy")) else {
            continue;
        };
        if !all.iter().any(|known| known.get("id") == Some(id)) {
            all.push(json!({ "id": id, "name": name, "description": name }));
        }
    }
    all
}

pub(super) async fn taxonomies(
    State(state): State<GoTo>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, PageError> {
    let (asked, content, directory, _) = match asked(&state, &pairs).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    Ok(paged(
        &asked,
        &all_taxonomies(&content.needs, &directory),
        Clone::clone,
    ))
}

fn is(value: &Value, id: &str) -> bool {
    value
        .get("id")
        .and_then(Value::as_str)
        .is_some_and(|known| known.eq_ignore_ascii_case(id))
}

pub(super) async fn taxonomy(
    State(state): State<GoTo>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (content, directory) = loaded(&state).await?;
    let found = all_taxonomies(&content.needs, &directory)
        .into_iter()
        .find(|taxonomy| is(taxonomy, &id));
    let Some(mut taxonomy) = found else {
        return Ok(missing());
    };
    let terms = export::terms(&content.needs, &directory);
    let own: Vec<Value> = terms
        .into_iter()
        .filter(|term| term.get("taxonomy_id") == taxonomy.get("id"))
        .collect();
    if let Some(fields) = taxonomy.as_object_mut() {
        fields.insert("taxonomy_terms".to_owned(), own.into());
    }
    Ok(answer(&taxonomy))
}

pub(super) async fn terms(
    State(state): State<GoTo>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, PageError> {
    let (asked, content, directory, _) = match asked(&state, &pairs).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    Ok(paged(
        &asked,
        &export::terms(&content.needs, &directory),
        Clone::clone,
    ))
}

pub(super) async fn term(
    State(state): State<GoTo>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (content, directory) = loaded(&state).await?;
    let found = export::terms(&content.needs, &directory)
        .into_iter()
        .find(|term| is(term, &id));
    Ok(found.map_or_else(missing, |term| answer(&term)))
}
