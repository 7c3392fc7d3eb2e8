//! For stories of pages: the application around some routes, and people who look.

use axum::Router;
use axum::body::to_bytes;
use commonweal_access::policy::roles;
use commonweal_access::session::Token;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::{App, Listed, Routes, Settings, outsider};
use commonweal_core::{Clock, Db, testing};
use http::{Method, StatusCode, header};
use tower::ServiceExt as _;
use uuid::Uuid;

/// The application without any routes yet.
pub(crate) struct Stage {
    pub app: App,
    pub clock: Clock,
}

/// An answer.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub body: String,
}

impl Stage {
    pub(crate) async fn new(db: &Db) -> Self {
        let clock = testing::clock();
        roles::load_shipped(db, &clock).await.unwrap();
        let app = App::new(
            db.clone(),
            clock.clone(),
            Settings::default(),
            SignIn::new(),
            Vec::new(),
        );
        Self { app, clock }
    }

    /// With these routes.
    pub(crate) fn serve(&self, routes: Routes<()>) -> Served {
        let list = routes.list().to_vec();
        Served {
            app: self.app.clone(),
            router: self.app.serve(routes),
            list,
        }
    }

    /// Somebody in these roles, in an agency of their own, signed in.
    pub(crate) async fn person(&self, roles: &[&str]) -> (Uuid, Token) {
        outsider::signed_in(&self.app, roles).await.unwrap()
    }
}

/// The application with routes.
pub(crate) struct Served {
    app: App,
    router: Router,
    list: Vec<Listed>,
}

impl Served {
    pub(crate) async fn get(&self, path: &str, token: Option<&Token>) -> Answer {
        self.send(&Method::GET, path, token, "").await
    }

    pub(crate) async fn post(&self, path: &str, token: &Token) -> Answer {
        self.send(&Method::POST, path, Some(token), "").await
    }

    async fn send(&self, method: &Method, path: &str, token: Option<&Token>, form: &str) -> Answer {
        let request = outsider::request(&self.app, method, path, token, form);
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let place = parts.headers.get(header::LOCATION);
        let location = place
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let bytes = to_bytes(body, 10 << 20).await.unwrap();
        Answer {
            status: parts.status,
            location,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// Whoever has no sign-in or no role gets nothing that holds any of these words.
    pub(crate) async fn outsiders_see_nothing(&self, markers: &[&str]) {
        let wrong = outsider::sees_nothing(&self.app, &self.router, &self.list, markers)
            .await
            .unwrap();
        assert_eq!(wrong, Vec::<String>::new());
    }
}
