//! Stories of registers, on both databases: the sample, and every shipped definition.

mod exports;
mod lists;
mod pages;
mod records;
mod speed;

use axum::Router;
use commonweal_access::policy::roles;
use commonweal_access::session::Token;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::{App, Listed, Settings, outsider};
use commonweal_core::content::{self, Shipped};
use commonweal_core::events::Actor;
use commonweal_core::files::Files;
use commonweal_core::testing::TempDir;
use commonweal_core::{Clock, Db, args, read, sql, testing, write};
use http::{Method, StatusCode, header};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::store::{self, NewRecord, Record, StoreError};
use crate::answers::Answers;
use crate::catalogue::{self, Catalogue};
use crate::definition::Shared;
use crate::definition::testing::SAMPLE;
use crate::made_up::{self, World};
use crate::{Forms, register};

/// The application with registers.
pub(super) struct Stage {
    pub(super) forms: Forms,
    pub(super) clock: Clock,
    pub(super) sample: Shared,
    router: Router,
    list: Vec<Listed>,
    _folder: TempDir,
}

/// Somebody signed in.
pub(super) struct Person {
    pub(super) user: Uuid,
    pub(super) agency: Uuid,
    pub(super) token: Token,
}

/// An answer of the server.
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) location: String,
    pub(super) body: String,
}

impl Stage {
    pub(super) async fn new(db: &Db) -> Self {
        let clock = testing::clock();
        roles::load_shipped(db, &clock).await.unwrap();
        let mut all = catalogue::shipped();
        all.push(Shipped {
            kind: "registers".to_owned(),
            key: "sample.toml".to_owned(),
            body: SAMPLE.to_owned(),
        });
        content::install(db, &clock, &all).await.unwrap();
        catalogue::take_up(db, &clock).await.unwrap();
        let folder = testing::folder().unwrap();
        let app = App::new(
            db.clone(),
            clock.clone(),
            Settings::default(),
            SignIn::new(),
            Vec::new(),
        );
        let forms = Forms {
            catalogue: Catalogue::load(db, &clock).await.unwrap(),
            files: Files::local(folder.path(), db, &clock).unwrap(),
            app: app.clone(),
            workflows: crate::Workflows::default(),
        };
        let routes = register::routes();
        let list = routes.list().to_vec();
        Self {
            sample: forms.catalogue.get("sample").unwrap(),
            router: app.serve(routes.with_state(forms.clone())),
            list,
            forms,
            clock,
            _folder: folder,
        }
    }

    fn db(&self) -> &Db {
        &self.forms.app.db
    }

    pub(super) async fn person(&self, roles: &[&str]) -> Person {
        let (user, token) = outsider::signed_in(&self.forms.app, roles).await.unwrap();
        let row = read!(self.db(), |tx| tx
            .one(sql!("select agency from users where id = $1"), args![user])
            .await)
        .await
        .unwrap();
        Person {
            user,
            agency: row.get("agency").unwrap(),
            token,
        }
    }

    /// Somebody else at the same agency.
    pub(super) async fn colleague(&self, of: &Person, roles: &[&str]) -> Person {
        let person = self.person(roles).await;
        write!(self.db(), &self.clock, &Actor::system("test"), |tx| {
            tx.run(
                sql!("update users set agency = $2 where id = $1"),
                args![person.user, of.agency],
            )
            .await?;
            tx.record(commonweal_core::events::Event::new(
                "user",
                person.user,
                "user.changed",
                serde_json::json!({}),
            ));
            Ok::<_, commonweal_core::DbError>(())
        })
        .await
        .unwrap();
        Person {
            agency: of.agency,
            ..person
        }
    }

    pub(super) async fn get(&self, path: &str, who: &Person) -> Answered {
        self.send(&Method::GET, path, Some(&who.token), "").await
    }

    pub(super) async fn post(&self, path: &str, who: &Person, form: &[(&str, &str)]) -> Answered {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        self.send(&Method::POST, path, Some(&who.token), &form)
            .await
    }

    async fn send(
        &self,
        method: &Method,
        path: &str,
        token: Option<&Token>,
        form: &str,
    ) -> Answered {
        let path = path.split('#').next().unwrap();
        let request = outsider::request(&self.forms.app, method, path, token, form);
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let place = parts.headers.get(header::LOCATION);
        let bytes = axum::body::to_bytes(body, 10 << 20).await.unwrap();
        Answered {
            status: parts.status,
            location: place
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// A record of the sample with these answers, made by somebody of an agency.
    pub(super) async fn record(
        &self,
        answers: Answers,
        agency: Option<Uuid>,
        owner: Option<Uuid>,
    ) -> Record {
        let new = NewRecord {
            answers,
            agency,
            owner,
            channel: "page",
            ..NewRecord::default()
        };
        self.create(&self.sample.clone(), new).await
    }

    pub(super) async fn create(&self, definition: &Shared, new: NewRecord) -> Record {
        self.clock.advance(chrono::Duration::seconds(1));
        write!(self.db(), &self.clock, &Actor::system("test"), |tx| {
            store::create(tx, &self.clock, definition, new.clone()).await
        })
        .await
        .map_err(|error: StoreError| error.to_string())
        .unwrap()
    }

    pub(super) fn made_up(&self, definition: &Shared, seed: u64) -> Answers {
        let world = World::empty(self.clock.today());
        made_up::answers(definition, &world, seed)
    }
}
