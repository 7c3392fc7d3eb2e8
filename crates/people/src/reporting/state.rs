//! What the pages of this area stand on: the application, the forms, files, and the rules of today.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRef;
use commonweal_access::web::App;
use commonweal_core::content::{self, Kind, Shipped};
use commonweal_core::{Clock, Db, DbError, ReadTx, read};
use commonweal_forms::Forms;

use super::rules::{FILES, Rules};

/// The kind of content.
const KIND: &str = "reporting";

/// The kind of content that says how reports are taken, for `commonweal content`.
#[must_use]
pub fn content_kind() -> Kind {
    Kind::new(KIND, |file, body| {
        Rules::check(file, body).map_err(|wrong| wrong.to_string())
    })
}

/// What the program ships.
#[must_use]
pub fn shipped() -> Vec<Shipped> {
    FILES
        .map(|(key, body)| Shipped {
            kind: KIND.to_owned(),
            key: key.to_owned(),
            body: body.to_owned(),
        })
        .to_vec()
}

type Kept = Option<([i64; 4], Arc<Rules>)>;

/// The state of the pages about reports and matters. Cheap to clone.
#[derive(Clone)]
pub struct People {
    /// The application's state.
    pub app: App,
    /// Forms, with their files.
    pub forms: Forms,
    book: Rulebook,
}

/// The rules as they were read last, for those who ask in a transaction of their own. Cheap to clone;
/// clones share it.
#[derive(Debug, Clone, Default)]
pub struct Rulebook(Arc<Mutex<Kept>>);

impl Rulebook {
    /// The rules as they hold today; parsed again only where a version changed.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn on(
        &self,
        tx: &mut ReadTx,
        today: chrono::NaiveDate,
    ) -> Result<Arc<Rules>, DbError> {
        let found = versions(tx, today).await?;
        let numbers = numbers(&found);
        if let Some((known, rules)) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner)
            && *known == numbers
        {
            return Ok(Arc::clone(rules));
        }
        let rules = Arc::new(parsed(&found)?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((numbers, Arc::clone(&rules)));
        Ok(rules)
    }
}

impl FromRef<People> for App {
    fn from_ref(people: &People) -> Self {
        people.app.clone()
    }
}

impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("People").finish_non_exhaustive()
    }
}

impl People {
    /// The state over the forms'.
    #[must_use]
    pub fn new(forms: &Forms) -> Self {
        Self {
            app: forms.app.clone(),
            forms: forms.clone(),
            book: Rulebook::default(),
        }
    }

    /// The rules as they hold today; parsed again only where a version changed.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn rules(&self) -> Result<Arc<Rules>, DbError> {
        let today = self.app.clock.today();
        read!(&self.app.db, |tx| self.book.on(tx, today).await).await
    }
}

/// The rules as they hold today, for jobs and commands.
///
/// # Errors
/// [`DbError`].
pub async fn rules_of(db: &Db, clock: &Clock) -> Result<Rules, DbError> {
    let today = clock.today();
    let found = read!(db, |tx| versions(tx, today).await).await?;
    parsed(&found)
}

type Found = [Option<(i64, String)>; 4];

fn numbers(found: &Found) -> [i64; 4] {
    let number = |place: &Option<(i64, String)>| place.as_ref().map_or(0, |version| version.0);
    let [a, b, c, d] = found;
    [number(a), number(b), number(c), number(d)]
}

async fn versions(tx: &mut ReadTx, today: chrono::NaiveDate) -> Result<Found, DbError> {
    let mut found = [None, None, None, None];
    for (place, (key, _)) in found.iter_mut().zip(FILES) {
        *place = content::current(tx, KIND, key, today)
            .await?
            .map(|version| (version.version, version.body));
    }
    Ok(found)
}

/// What was published has passed its check; before anything was installed the shipped text holds.
fn parsed(found: &Found) -> Result<Rules, DbError> {
    let mut texts = FILES.map(|file| file.1);
    for (text, version) in texts.iter_mut().zip(found) {
        if let Some((_, body)) = version {
            *text = body;
        }
    }
    Rules::parse(texts).map_err(|wrong| DbError::Setup(format!("reporting: {wrong}")))
}
