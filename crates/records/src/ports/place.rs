//! What areas show about a place: sections of the staff's place file, lines of the public page,
//! layers of the map.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use chrono::NaiveDate;
use commonweal_access::web::{App, PageError, Rule, Viewer};
use geo::{Geometry, MultiPolygon};
use serde::Serialize;
use uuid::Uuid;

use super::ground::PlaceQuery;

/// One line of a section: a record, or a figure in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SectionLine {
    /// What it says.
    pub text: String,
    /// When it was, where it has a day.
    pub date: Option<NaiveDate>,
    /// Where it leads, if anywhere. No personal data in it.
    pub href: Option<String>,
    /// More, in small.
    pub note: Option<String>,
    /// Whether somebody should do something about it; the page also says so in words.
    pub attention: bool,
}

impl SectionLine {
    /// A line with these words.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// With its day.
    #[must_use]
    pub fn date(mut self, date: NaiveDate) -> Self {
        self.date = Some(date);
        self
    }

    /// As a link.
    #[must_use]
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// With more in small.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Marked as something to act on.
    #[must_use]
    pub fn attention(mut self) -> Self {
        self.attention = true;
        self
    }
}

/// A column of a section's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SectionColumn {
    /// Its heading.
    pub text: String,
    /// Whether it holds figures, which are set to the right.
    pub numeric: bool,
}

/// A table in a section.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SectionTable {
    /// What it shows, with period and source.
    pub caption: String,
    /// Its columns.
    pub columns: Vec<SectionColumn>,
    /// Its rows; the first cell names the row.
    pub rows: Vec<Vec<String>>,
}

impl SectionTable {
    /// A table whose first column is words and whose others are figures.
    pub fn of_figures(caption: impl Into<String>, columns: &[&str]) -> Self {
        let columns = columns.iter().enumerate().map(|(n, text)| SectionColumn {
            text: (*text).to_owned(),
            numeric: n > 0,
        });
        Self {
            caption: caption.into(),
            columns: columns.collect(),
            rows: Vec::new(),
        }
    }
}

/// What a section shows. Without a count, lines, tables and notes the file says that there is nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SectionContent {
    /// How many there are, shown in the heading; the lines may be fewer.
    pub count: Option<u64>,
    /// The lines, newest first.
    pub lines: Vec<SectionLine>,
    /// Tables under the lines.
    pub tables: Vec<SectionTable>,
    /// What a reader must know: what is left out, how exact the places are.
    pub notes: Vec<String>,
    /// Ids of the people, cases and reports whose data are shown, for the access log.
    #[serde(skip)]
    pub subjects: Vec<Uuid>,
}

impl SectionContent {
    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count.unwrap_or(0) == 0 && self.lines.is_empty() && self.tables.is_empty()
    }
}

type Content = Pin<Box<dyn Future<Output = Result<SectionContent, PageError>> + Send>>;

/// A section of the staff's place file, shown to those whom its rule lets in.
///
/// Its function gets the viewer and must show only what the viewer's scope holds, not even a count of
/// the rest. Where it fails the file says so in its place and shows the other sections.
///
/// ```
/// use commonweal_access::policy::Action;
/// use commonweal_access::web::Rule;
/// use commonweal_records::ports::{PlaceSection, SectionContent, SectionLine};
///
/// let section = PlaceSection::new("Empty homes", Rule::May(Action::SeeIncidents), |_app, _viewer, query| async move {
///     // Read the rows in `query.bounds()` and keep those of which `query.contains(latitude, longitude)`.
///     let kept = query.contains(54.775, -1.58);
///     Ok(SectionContent { count: Some(u64::from(kept)), lines: vec![SectionLine::new("1 Church Street: boarded up")], ..SectionContent::default() })
/// });
/// assert_eq!(section.title, "Empty homes");
/// ```
#[derive(Clone)]
pub struct PlaceSection {
    /// Its heading.
    pub title: &'static str,
    /// Who sees it.
    pub rule: Rule,
    content: Arc<dyn Fn(App, Viewer, PlaceQuery) -> Content + Send + Sync>,
}

impl PlaceSection {
    /// A section whose content an asynchronous function gives.
    pub fn new<F, Fut>(title: &'static str, rule: Rule, content: F) -> Self
    where
        F: Fn(App, Viewer, PlaceQuery) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<SectionContent, PageError>> + Send + 'static,
    {
        Self {
            title,
            rule,
            content: Arc::new(move |app, viewer, query| Box::pin(content(app, viewer, query))),
        }
    }

    /// Its content for a viewer; none where its rule does not let the viewer in.
    ///
    /// # Errors
    /// Those of its function.
    pub async fn content(
        &self,
        app: &App,
        viewer: &Viewer,
        query: &PlaceQuery,
    ) -> Result<Option<SectionContent>, PageError> {
        if self.rule.admits(Some(viewer)) {
            (self.content)(app.clone(), viewer.clone(), query.clone())
                .await
                .map(Some)
        } else {
            Ok(None)
        }
    }
}

impl fmt::Debug for PlaceSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlaceSection")
            .field("title", &self.title)
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}

/// A place that has a public page.
#[derive(Debug, Clone)]
pub struct PublicPlace {
    /// Its address below `/places/`, such as `elvet-e05000001`.
    pub slug: String,
    /// The area set, such as `ward-2022`.
    pub set: String,
    /// The kind of its set: `ward`, `town`, …
    pub kind: String,
    /// Its code in the set.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its shape, WGS84.
    pub shape: Arc<MultiPolygon<f64>>,
}

impl PublicPlace {
    /// Whether a point lies in it.
    #[must_use]
    pub fn contains(&self, latitude: f64, longitude: f64) -> bool {
        geo::Contains::contains(&*self.shape, &geo::Point::new(longitude, latitude))
    }
}

/// The heading of the public page that lines stand under, in the page's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicHeading {
    /// What is being done.
    Doing,
    /// Orders in force.
    Orders,
    /// Events.
    Events,
    /// You said, we did.
    Answered,
    /// How to take part.
    TakePart,
}

impl PublicHeading {
    /// All headings, in the page's order.
    pub const ALL: [Self; 5] = [
        Self::Doing,
        Self::Orders,
        Self::Events,
        Self::Answered,
        Self::TakePart,
    ];

    /// Its name, in texts and in what is remembered of a page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Doing => "doing",
            Self::Orders => "orders",
            Self::Events => "events",
            Self::Answered => "answered",
            Self::TakePart => "take_part",
        }
    }
}

type PublicContent = Pin<Box<dyn Future<Output = Result<Vec<SectionLine>, PageError>> + Send>>;

/// Lines of the public page of a place.
///
/// Its function gives **only what is published**: anybody reads it, subscribers get it by e-mail, and
/// nobody's name, home or case may be guessed from it. Dates in the future are events to come.
///
/// ```
/// use commonweal_records::ports::{PublicHeading, PublicPlaceSection, SectionLine};
///
/// let events = PublicPlaceSection::new("Community events", PublicHeading::Events, |_app, place| async move {
///     Ok(vec![SectionLine::new(format!("Litter pick in {}", place.name))])
/// });
/// assert_eq!(events.heading, PublicHeading::Events);
/// ```
#[derive(Clone)]
pub struct PublicPlaceSection {
    /// Whose lines they are, for the log.
    pub name: &'static str,
    /// Where they stand.
    pub heading: PublicHeading,
    lines: Arc<dyn Fn(App, PublicPlace) -> PublicContent + Send + Sync>,
}

impl PublicPlaceSection {
    /// Lines that an asynchronous function gives.
    pub fn new<F, Fut>(name: &'static str, heading: PublicHeading, lines: F) -> Self
    where
        F: Fn(App, PublicPlace) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<SectionLine>, PageError>> + Send + 'static,
    {
        Self {
            name,
            heading,
            lines: Arc::new(move |app, place| Box::pin(lines(app, place))),
        }
    }

    /// Its lines for a place.
    ///
    /// # Errors
    /// Those of its function.
    pub async fn lines(
        &self,
        app: &App,
        place: &PublicPlace,
    ) -> Result<Vec<SectionLine>, PageError> {
        (self.lines)(app.clone(), place.clone()).await
    }
}

impl fmt::Debug for PublicPlaceSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicPlaceSection")
            .field("name", &self.name)
            .field("heading", &self.heading)
            .finish_non_exhaustive()
    }
}

/// Something on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerFeature {
    /// Where, WGS84: x is the longitude, y the latitude.
    pub geometry: Geometry<f64>,
    /// What people read, also in the table.
    pub label: String,
    /// What kind of thing it is, in words, such as 'Empty home'.
    pub kind: String,
    /// Where it leads, if anywhere.
    pub href: Option<String>,
}

impl LayerFeature {
    /// A point.
    pub fn point(
        latitude: f64,
        longitude: f64,
        label: impl Into<String>,
        kind: impl Into<String>,
    ) -> Self {
        Self {
            geometry: Geometry::Point(geo::Point::new(longitude, latitude)),
            label: label.into(),
            kind: kind.into(),
            href: None,
        }
    }

    /// As a link.
    #[must_use]
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// As a GeoJSON feature with the properties `name`, `kind` and `url`.
    #[must_use]
    pub fn geojson(&self) -> geojson::Feature {
        let mut properties = geojson::JsonObject::new();
        properties.insert("name".to_owned(), self.label.as_str().into());
        properties.insert("kind".to_owned(), self.kind.as_str().into());
        if let Some(href) = &self.href {
            properties.insert("url".to_owned(), href.as_str().into());
        }
        geojson::Feature {
            geometry: Some(geojson::Geometry::from(&self.geometry)),
            properties: Some(properties),
            ..geojson::Feature::default()
        }
    }
}

type Features = Pin<Box<dyn Future<Output = Result<Vec<LayerFeature>, PageError>> + Send>>;

/// A layer that staff can lay over the map, with the table of what is on it.
///
/// ```
/// use commonweal_access::policy::Action;
/// use commonweal_access::web::Rule;
/// use commonweal_records::ports::{LayerFeature, MapLayer};
///
/// let layer = MapLayer::new("empty-homes", "Empty homes", Rule::May(Action::SeeIncidents), |_app, _viewer| async move {
///     Ok(vec![LayerFeature::point(54.775, -1.58, "1 Church Street", "Boarded up").href("/empty-homes/E-7K3M-9QX4")])
/// });
/// assert_eq!(layer.name, "empty-homes");
/// ```
#[derive(Clone)]
pub struct MapLayer {
    /// Its name in addresses: small letters and hyphens.
    pub name: &'static str,
    /// What people read.
    pub title: &'static str,
    /// Who sees it.
    pub rule: Rule,
    features: Arc<dyn Fn(App, Viewer) -> Features + Send + Sync>,
}

impl MapLayer {
    /// A layer whose features an asynchronous function gives; only what the viewer may see.
    pub fn new<F, Fut>(name: &'static str, title: &'static str, rule: Rule, features: F) -> Self
    where
        F: Fn(App, Viewer) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<LayerFeature>, PageError>> + Send + 'static,
    {
        Self {
            name,
            title,
            rule,
            features: Arc::new(move |app, viewer| Box::pin(features(app, viewer))),
        }
    }

    /// Its features for a viewer; none where its rule does not let the viewer in.
    ///
    /// # Errors
    /// Those of its function.
    pub async fn features(
        &self,
        app: &App,
        viewer: &Viewer,
    ) -> Result<Vec<LayerFeature>, PageError> {
        if self.rule.admits(Some(viewer)) {
            (self.features)(app.clone(), viewer.clone()).await
        } else {
            Ok(Vec::new())
        }
    }
}

impl fmt::Debug for MapLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapLayer")
            .field("name", &self.name)
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}
