//! The application's state, shared by all areas.

use std::sync::Arc;

use axum::response::Response;
use commonweal_core::{Clock, Db};
use commonweal_govuk::{Colour, Flash, Language, Link, NavItem, Page, Person, Shell, csrf};
use http::StatusCode;
use serde::Serialize;

use super::{PageError, Reader, Rule, Viewer};
use crate::access_log::AccessLog;
use crate::session::{self, Terms};
use crate::sign_in::SignIn;

/// A background for maps, drawn from somebody's tiles.
#[derive(Debug, Clone, Serialize)]
pub struct Basemap {
    /// The tiles' address, with `{z}`, `{x}` and `{y}`.
    pub url: String,
    /// The credit that their owner asks for.
    pub attribution: Option<String>,
}

impl Basemap {
    /// The origin that browsers are allowed to load tiles from, such as `https://tiles.example.org`.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        let host = self.url.find("://")? + 3;
        let end = self.url[host..]
            .find('/')
            .map_or(self.url.len(), |path| host + path);
        Some(&self.url[..end])
    }
}

/// What a partnership sets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The partnership's name.
    pub partnership_name: String,
    /// The header's colour.
    pub brand: Colour,
    /// Address of the logo, if there is one.
    pub logo: Option<String>,
    /// Whether every page says that its data are made up.
    pub made_up_data: bool,
    /// Whether people reach the service by HTTPS: `Secure` cookies, strict transport security.
    pub behind_tls: bool,
    /// Whether a proxy of ours writes `X-Forwarded-For`; otherwise nobody is believed.
    pub behind_proxy: bool,
    /// Where people reach the service, such as `https://asb.example.org`: for passkeys, OpenID
    /// Connect and one-time links. Passkeys are offered over HTTPS and on localhost only.
    pub address: String,
    /// How long sessions last.
    pub terms: Terms,
    /// The largest form, in bytes (not counting files).
    pub form_limit: usize,
    /// The map's background, if an administrator allows one; usually none, so that no third
    /// party learns where people look.
    pub basemap: Option<Basemap>,
    /// Links at the foot of each page; only to pages that exist.
    pub footer: Vec<Link>,
    /// The language of public pages.
    pub language: Language,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            partnership_name: "Community safety partnership".to_owned(),
            brand: Colour::default(),
            logo: None,
            made_up_data: false,
            behind_tls: false,
            behind_proxy: false,
            address: "http://localhost:8080".to_owned(),
            terms: Terms::default(),
            form_limit: 1 << 20,
            basemap: None,
            footer: Vec::new(),
            language: Language::English,
        }
    }
}

/// An item of the service navigation, shown to those whom its rule lets in.
#[derive(Debug, Clone)]
pub struct NavEntry {
    /// Its words.
    pub text: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Other addresses that lie under it.
    pub also: &'static [&'static str],
    /// Who sees it.
    pub rule: Rule,
}

/// The application's state. Cheap to clone; areas hold it in their own state.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// What the partnership set.
    pub settings: Arc<Settings>,
    /// Who read personal data.
    pub access_log: AccessLog,
    /// How people sign in.
    pub sign_in: SignIn,
    navigation: Arc<[NavEntry]>,
}

impl App {
    /// The state; needs a Tokio runtime for the access log's writer. `navigation` in its order.
    #[must_use]
    pub fn new(
        db: Db,
        clock: Clock,
        settings: Settings,
        sign_in: SignIn,
        navigation: Vec<NavEntry>,
    ) -> Self {
        Self {
            access_log: AccessLog::start(db.clone(), clock.clone()),
            db,
            clock,
            settings: Arc::new(settings),
            sign_in,
            navigation: navigation.into(),
        }
    }

    /// The shell for a reader: navigation that the reader may use, and a token for forms.
    #[must_use]
    pub fn shell<'a>(&self, reader: impl Into<Reader<'a>>) -> Shell {
        let reader = reader.into();
        let viewer = reader.viewer();
        let items = self
            .navigation
            .iter()
            .filter(|entry| entry.rule.admits(viewer));
        Shell {
            partnership_name: self.settings.partnership_name.clone(),
            brand: self.settings.brand,
            logo: self.settings.logo.clone(),
            navigation: items
                .map(|entry| NavItem::new(entry.text, entry.href).also(entry.also))
                .collect(),
            person: viewer.map(|viewer| Person {
                name: viewer.name.clone(),
                account: Some("/account".to_owned()),
                sign_out: "/sign-out".to_owned(),
            }),
            csrf_token: fresh_token(reader.secret()),
            made_up_data: self.settings.made_up_data,
            flash: viewer
                .and_then(|viewer| viewer.flash.clone())
                .map(|text| Flash {
                    success: true,
                    text,
                }),
            language: self.settings.language,
            footer: self.settings.footer.clone(),
            ..Shell::default()
        }
        .at(reader.path())
    }

    /// A page in the reader's shell: `app.page(&viewer, Page::new(&MAP, "Map"), &context)`.
    /// The reader is a `&Viewer`, or a `&Visit` on pages for everybody.
    ///
    /// # Errors
    /// [`PageError::Internal`] where the template is wrong.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a page is made for this one call"
    )]
    pub fn page<'a>(
        &self,
        reader: impl Into<Reader<'a>>,
        page: Page<'_>,
        context: &impl Serialize,
    ) -> Result<Response, PageError> {
        let shell = self.shell(reader);
        let response = page.respond(&shell, context);
        if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
            // The answer does not say what is wrong with the template; the log must.
            drop(page.render(&shell, context)?);
        }
        Ok(response)
    }

    /// A message at the head of the viewer's next page: what has just been done.
    ///
    /// # Errors
    /// [`PageError::Internal`] where it cannot be kept.
    pub async fn flash(&self, viewer: &Viewer, text: &str) -> Result<(), PageError> {
        session::set_flash(&self.db, &self.clock, viewer.session, Some(text)).await?;
        Ok(())
    }
}

/// A new token for forms; none where the system gives no randomness, and then no form is accepted.
fn fresh_token(secret: &str) -> Option<String> {
    let mut nonce = [0_u8; 16];
    getrandom::fill(&mut nonce).ok()?;
    Some(csrf::token(secret.as_bytes(), nonce))
}
