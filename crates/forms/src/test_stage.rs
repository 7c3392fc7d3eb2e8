//! For stories of this crate: the application with definitions in force, and people who look.

use axum::Router;
use axum::body::to_bytes;
use commonweal_access::policy::roles;
use commonweal_access::session::Token;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::{App, Listed, Routes, Settings, outsider};
use commonweal_core::content::publish;
use commonweal_core::events::Actor;
use commonweal_core::files::Files;
use commonweal_core::testing::{TempDir, clock, folder};
use commonweal_core::{Clock, Db, DbError, write};
use http::{Method, StatusCode, header};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::catalogue::{self, Catalogue, content_kind, file_name};
use crate::definition::DefinitionKind;
use crate::definition::testing::SAMPLE;
use crate::{Forms, routes};

/// The application with every route of this crate.
pub(crate) struct Stage {
    pub(crate) forms: Forms,
    pub(crate) clock: Clock,
    pub(crate) list: Vec<Listed>,
    pub(crate) router: Router,
    _folder: TempDir,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) body: String,
}

impl Stage {
    /// With the register `sample` in force.
    pub(crate) async fn new(db: &Db) -> Self {
        Self::with(db, &[(DefinitionKind::Register, "sample", SAMPLE)]).await
    }

    /// With these definitions in force, by kind, key and text.
    pub(crate) async fn with(db: &Db, definitions: &[(DefinitionKind, &str, &str)]) -> Self {
        let (clock, folder) = (clock(), folder().unwrap());
        roles::load_shipped(db, &clock).await.unwrap();
        let today = clock.today();
        if !definitions.is_empty() {
            write!(db, &clock, &Actor::system("test"), |tx| {
                for (kind, key, text) in definitions {
                    publish(tx, content_kind(*kind), &file_name(key), text, today).await?;
                }
                Ok::<_, DbError>(())
            })
            .await
            .unwrap();
        }
        catalogue::take_up(db, &clock).await.unwrap();
        let app = App::new(
            db.clone(),
            clock.clone(),
            Settings::default(),
            SignIn::new(),
            Vec::new(),
        );
        let forms = Forms {
            app: app.clone(),
            catalogue: Catalogue::load(db, &clock).await.unwrap(),
            files: Files::local(folder.path(), db, &clock).unwrap(),
            workflows: crate::Workflows::default(),
        };
        let routes: Routes<()> = routes().with_state(forms.clone());
        Self {
            list: routes.list().to_vec(),
            router: app.serve(routes),
            forms,
            clock,
            _folder: folder,
        }
    }

    /// Somebody in these roles, in an agency of their own, signed in.
    pub(crate) async fn person(&self, roles: &[&str]) -> (Uuid, Token) {
        outsider::signed_in(&self.forms.app, roles).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str, token: &Token) -> Answer {
        self.send(&Method::GET, path, token, "").await
    }

    pub(crate) async fn post(&self, path: &str, token: &Token, fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.send(&Method::POST, path, token, &form.finish()).await
    }

    async fn send(&self, method: &Method, path: &str, token: &Token, form: &str) -> Answer {
        let request = outsider::request(&self.forms.app, method, path, Some(token), form);
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let place = parts.headers.get(header::LOCATION);
        let location = place.and_then(|value| value.to_str().ok());
        let bytes = to_bytes(body, 10 << 20).await.unwrap();
        Answer {
            status: parts.status,
            location: location.unwrap_or_default().to_owned(),
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }
}
