//! What the directory's pages stand on: the application, and the content as it holds today.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRef;
use commonweal_access::web::App;
use commonweal_core::content::{self, Kind, Shipped};
use commonweal_core::{Clock, Db, DbError, ReadTx, read};

use super::model::needs::{self, Needs};
use super::model::rules::{self, Rules};

/// The kind of content.
pub const KIND: &str = "directory";
const NEEDS: &str = "needs.toml";
const RULES: &str = "rules.toml";

/// The kind of content that the directory reads, for `commonweal content`.
#[must_use]
pub fn content_kind() -> Kind {
    Kind::new(KIND, |key, body| match key {
        NEEDS => Needs::parse(body)
            .map(drop)
            .map_err(|error| error.to_string()),
        RULES => Rules::parse(body).map(drop),
        other => Err(format!(
            "the directory reads {NEEDS} and {RULES}, not {other}"
        )),
    })
}

/// What the program ships.
#[must_use]
pub fn shipped() -> Vec<Shipped> {
    [(NEEDS, needs::SHIPPED), (RULES, rules::SHIPPED)]
        .map(|(key, body)| Shipped {
            kind: KIND.to_owned(),
            key: key.to_owned(),
            body: body.to_owned(),
        })
        .to_vec()
}

/// Needs and rules as they hold today.
#[derive(Debug, Clone)]
pub struct Content {
    /// The needs and the taxonomy.
    pub needs: Arc<Needs>,
    /// The rules.
    pub rules: Arc<Rules>,
}

/// The versions that were read last, with what they say.
type Kept = Option<([i64; 2], Content)>;

/// The state of the directory's pages, jobs and commands. Cheap to clone.
#[derive(Clone)]
pub struct GoTo {
    /// The application's state.
    pub app: App,
    kept: Arc<Mutex<Kept>>,
}

impl FromRef<GoTo> for App {
    fn from_ref(state: &GoTo) -> Self {
        state.app.clone()
    }
}

impl std::fmt::Debug for GoTo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GoTo").finish_non_exhaustive()
    }
}

impl GoTo {
    /// The state over the application's.
    #[must_use]
    pub fn new(app: &App) -> Self {
        Self {
            app: app.clone(),
            kept: Arc::default(),
        }
    }

    /// Needs and rules as they hold today; parsed again only where a version changed.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn content(&self) -> Result<Content, DbError> {
        let today = self.app.clock.today();
        let found = read!(&self.app.db, |tx| versions(tx, today).await).await?;
        let numbers =
            [&found[0], &found[1]].map(|version| version.as_ref().map_or(0, |version| version.0));
        if let Some((known, content)) = &*self.kept.lock().unwrap_or_else(PoisonError::into_inner)
            && *known == numbers
        {
            return Ok(content.clone());
        }
        let content = parsed(&found)?;
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((numbers, content.clone()));
        Ok(content)
    }
}

/// Needs and rules as they hold today, for jobs and commands.
///
/// # Errors
/// [`DbError`].
pub async fn content_of(db: &Db, clock: &Clock) -> Result<Content, DbError> {
    let today = clock.today();
    let found = read!(db, |tx| versions(tx, today).await).await?;
    parsed(&found)
}

type Found = [Option<(i64, String)>; 2];

async fn versions(tx: &mut ReadTx, today: chrono::NaiveDate) -> Result<Found, DbError> {
    let mut found = [None, None];
    for (place, key) in found.iter_mut().zip([NEEDS, RULES]) {
        *place = content::current(tx, KIND, key, today)
            .await?
            .map(|version| (version.version, version.body));
    }
    Ok(found)
}

/// What was published has passed its check; before anything was installed the shipped text holds.
fn parsed(found: &Found) -> Result<Content, DbError> {
    let text = |place: usize, shipped: &'static str| {
        found
            .get(place)
            .and_then(Option::as_ref)
            .map_or(shipped, |version| version.1.as_str())
            .to_owned()
    };
    let wrong = |what: &str, error: String| DbError::Setup(format!("directory/{what}: {error}"));
    let needs =
        Needs::parse(&text(0, needs::SHIPPED)).map_err(|error| wrong(NEEDS, error.to_string()))?;
    let rules = Rules::parse(&text(1, rules::SHIPPED)).map_err(|error| wrong(RULES, error))?;
    Ok(Content {
        needs: Arc::new(needs),
        rules: Arc::new(rules),
    })
}
