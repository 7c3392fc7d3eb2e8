//! Ports: plain values that hold functions, by which a page here shows what areas have. The binary
//! registers them; an area never names another.

mod ground;
mod place;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use commonweal_access::web::{App, PageError, Rule, Viewer};
use serde::Serialize;

pub use ground::{Bounds, Ground, PlaceQuery};
pub use place::{
    LayerFeature, MapLayer, PlaceSection, PublicHeading, PublicPlace, PublicPlaceSection,
    SectionColumn, SectionContent, SectionLine, SectionTable,
};

/// A link on the home page, shown to those whom its rule lets in.
#[derive(Debug, Clone, Copy)]
pub struct HomeLink {
    /// The heading that it stands under, such as 'Figures'; groups keep the order of their first link.
    pub group: &'static str,
    /// Its words.
    pub title: &'static str,
    /// What is there, in a sentence without a full stop.
    pub hint: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Who sees it: the rule of the page that it leads to.
    pub rule: Rule,
}

/// One line of a card on the home page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HomeLine {
    /// What it says, such as 'data.police.uk, Durham: September 2025'.
    pub text: String,
    /// More, in small, such as 'October 2025 is missing'.
    pub note: Option<String>,
    /// Where it leads, if anywhere.
    pub href: Option<String>,
    /// Whether somebody should do something about it; the page also says so in words.
    pub attention: bool,
}

impl HomeLine {
    /// A line with these words.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// With more in small.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// As a link.
    #[must_use]
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// Marked as something to act on.
    #[must_use]
    pub fn attention(mut self) -> Self {
        self.attention = true;
        self
    }
}

type Lines = Pin<Box<dyn Future<Output = Result<Vec<HomeLine>, PageError>> + Send>>;

/// A card on the home page of those whom its rule lets in.
///
/// Its function gets the viewer and must show only what the viewer's scope holds. It is asked at
/// each opening of the home page, so it should answer within some milliseconds. Without lines the
/// card is not shown; where the function fails the page says so in its place and logs why.
///
/// ```
/// use commonweal_access::policy::Action;
/// use commonweal_access::web::Rule;
/// use commonweal_records::ports::{HomeCard, HomeLine};
///
/// let newest = "September 2025"; // an area's state, moved into the function
/// let card = HomeCard::new("Latest figures", Rule::May(Action::SeeIncidents), move |_app, _viewer| async move {
///     Ok(vec![HomeLine::new(format!("Durham: {newest}")).note("October 2025 is missing").attention()])
/// })
/// .more("How good the data are", "/data-quality");
/// assert_eq!(card.title, "Latest figures");
/// ```
#[derive(Clone)]
pub struct HomeCard {
    /// Its heading.
    pub title: &'static str,
    /// Who sees it.
    pub rule: Rule,
    /// A link at its foot: words and address.
    pub more: Option<(&'static str, &'static str)>,
    content: Arc<dyn Fn(App, Viewer) -> Lines + Send + Sync>,
}

impl HomeCard {
    /// A card whose lines an asynchronous function gives.
    pub fn new<F, Fut>(title: &'static str, rule: Rule, content: F) -> Self
    where
        F: Fn(App, Viewer) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<HomeLine>, PageError>> + Send + 'static,
    {
        Self {
            title,
            rule,
            more: None,
            content: Arc::new(move |app, viewer| Box::pin(content(app, viewer))),
        }
    }

    /// With a link at its foot.
    #[must_use]
    pub fn more(mut self, text: &'static str, href: &'static str) -> Self {
        self.more = Some((text, href));
        self
    }

    /// Its lines for a viewer; none where its rule does not let the viewer in.
    ///
    /// # Errors
    /// Those of its function.
    pub async fn lines(&self, app: &App, viewer: &Viewer) -> Result<Vec<HomeLine>, PageError> {
        if self.rule.admits(Some(viewer)) {
            (self.content)(app.clone(), viewer.clone()).await
        } else {
            Ok(Vec::new())
        }
    }
}

impl fmt::Debug for HomeCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HomeCard")
            .field("title", &self.title)
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}
