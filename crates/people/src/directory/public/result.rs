//! One answer as it is shown in a list.

use chrono::NaiveDateTime;
use commonweal_govuk::Language;
use serde::Serialize;

use super::view::{self, PhoneView, WebView};
use crate::directory::model::Status;
use crate::directory::model::hours_words;
use crate::directory::model::search::{Directory, Hit};

/// So much of the description is shown in a list.
const SUMMARY: usize = 180;

/// An answer.
#[derive(Debug, Serialize)]
pub(super) struct HitView {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) organisation: Option<String>,
    pub(super) summary: String,
    pub(super) alert: Option<String>,
    pub(super) closed: bool,
    pub(super) now: Option<String>,
    pub(super) town: Option<String>,
    pub(super) phone: Option<PhoneView>,
    pub(super) website: Option<WebView>,
    pub(super) why: Vec<String>,
}

impl HitView {
    pub(super) fn new(
        language: Language,
        directory: &Directory,
        hit: &Hit<'_>,
        moment: NaiveDateTime,
    ) -> Self {
        let body = &hit.service.body;
        let organisation = directory
            .organisation(body)
            .map(|entry| entry.body.name.clone());
        let closed = body.status == Status::TemporarilyClosed;
        let towns: Vec<&str> = directory
            .places(body)
            .filter_map(|(_, location)| location.body.town())
            .collect();
        Self {
            href: format!("/go-to/{}", hit.service.head.reference),
            name: body.name.clone(),
            organisation: organisation.filter(|name| *name != body.name),
            summary: view::shortened(body.description.as_deref().unwrap_or_default(), SUMMARY),
            alert: body.alert.clone(),
            closed,
            now: if closed {
                None
            } else {
                hours_words::now(language, hit.now, moment)
            },
            town: (towns.len() == 1)
                .then(|| towns.first().map(|town| (*town).to_owned()))
                .flatten(),
            phone: view::phones(body).into_iter().next(),
            website: view::web(body.url.as_deref()),
            why: view::why(language, &hit.why),
        }
    }
}
