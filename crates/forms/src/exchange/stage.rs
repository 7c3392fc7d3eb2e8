//! For tests: the application with these routes, definitions in force, records and people.

use axum::Router;
use axum::body::{Body, to_bytes};
use commonweal_access::policy::{RecordAct, Resource, roles};
use commonweal_access::session::Token;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::{App, Listed, Routes, Settings, outsider};
use commonweal_core::content::{self, Shipped};
use commonweal_core::events::{Actor, Event};
use commonweal_core::files::Files;
use commonweal_core::testing::TempDir;
use commonweal_core::{Clock, Db, DbError, args, read, sql, testing, write};
use commonweal_govuk::csrf;
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::answers::Answers;
use crate::catalogue::{Catalogue, take_up};
use crate::definition::{Definition, Shared, testing::SAMPLE};
use crate::made_up::World;
use crate::register::store::{self, NewRecord, Record, StoreError};
use crate::{Forms, exchange, results};

/// The application.
pub(crate) struct Stage {
    pub(crate) forms: Forms,
    pub(crate) router: Router,
    pub(crate) list: Vec<Listed>,
    pub(crate) clock: Clock,
    _folder: TempDir,
}

/// Somebody who is signed in.
pub(crate) struct Person {
    pub(crate) user: Uuid,
    pub(crate) agency: Uuid,
    pub(crate) token: Token,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    pub(crate) fn header(&self, name: impl http::header::AsHeaderName) -> String {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    }

    pub(crate) fn location(&self) -> String {
        self.header(header::LOCATION)
    }

    /// The value of a hidden field.
    pub(crate) fn field(&self, name: &str) -> String {
        let text = self.text();
        let mark = format!("name=\"{name}\" value=\"");
        let rest = text.split(mark.as_str()).nth(1).unwrap_or_default();
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

impl Stage {
    /// With the sample, and with everything that ships.
    pub(crate) async fn new(db: &Db) -> Self {
        let clock = testing::clock();
        roles::load_shipped(db, &clock).await.unwrap();
        let mut all = crate::catalogue::shipped();
        all.push(Shipped {
            kind: "registers".to_owned(),
            key: "sample.toml".to_owned(),
            body: SAMPLE.to_owned(),
        });
        content::install(db, &clock, &all).await.unwrap();
        take_up(db, &clock).await.unwrap();
        let stage = [
            ("analyst", "export", "all"),
            ("analyst", "results", "all"),
            ("analyst", "manage", "all"),
            ("analyst", "change", "all"),
            ("elected-member", "results", "all"),
        ];
        write!(db, &clock, &Actor::system("test"), |tx| {
            for (role, act, reach) in stage {
                tx.run(
                    sql!("insert into definition_grants (definition, role, act, reach) values ('sample', $1, $2, $3) on conflict do nothing"),
                    args![role, act, reach],
                )
                .await?;
            }
            tx.record(Event::new("definition", Uuid::nil(), "definition.granted", json!({})));
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
        let app = App::new(
            db.clone(),
            clock.clone(),
            Settings::default(),
            SignIn::new(),
            Vec::new(),
        );
        let folder = testing::folder().unwrap();
        let forms = Forms {
            app: app.clone(),
            catalogue: Catalogue::load(db, &clock).await.unwrap(),
            files: Files::local(folder.path(), db, &clock).unwrap(),
            workflows: crate::Workflows::default(),
        };
        let routes: Routes<()> = Routes::new()
            .merge(exchange::routes())
            .merge(results::routes())
            .with_state(forms.clone());
        let list = routes.list().to_vec();
        Self {
            router: app.serve(routes),
            forms,
            list,
            clock,
            _folder: folder,
        }
    }

    pub(crate) fn sample(&self) -> Shared {
        self.forms.catalogue.get("sample").unwrap()
    }

    /// Somebody in these roles, in an agency of their own.
    pub(crate) async fn person(&self, roles: &[&str]) -> Person {
        let (user, token) = outsider::signed_in(&self.forms.app, roles).await.unwrap();
        let agency: Result<Uuid, DbError> = read!(&self.forms.app.db, |tx| {
            tx.one(sql!("select agency from users where id = $1"), args![user])
                .await?
                .get("agency")
        })
        .await;
        Person {
            user,
            agency: agency.unwrap(),
            token,
        }
    }

    /// Somebody who may do everything with every definition.
    pub(crate) async fn everything(&self) -> Person {
        let keys: Vec<String> = self
            .forms
            .catalogue
            .all()
            .iter()
            .map(|one| one.key.clone())
            .collect();
        write!(&self.forms.app.db, &self.clock, &Actor::system("test"), |tx| {
            for key in &keys {
                for act in RecordAct::ALL {
                    tx.run(
                        sql!("insert into definition_grants (definition, role, act, reach) values ($1, 'administrator', $2, 'all') on conflict do nothing"),
                        args![key, act.name()],
                    )
                    .await?;
                }
            }
            tx.record(Event::new("definition", Uuid::nil(), "definition.granted", json!({})));
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
        let person = self.person(&["administrator"]).await;
        let principal = read!(&self.forms.app.db, |tx| {
            commonweal_access::policy::Principal::load(tx, person.user).await
        });
        let principal: Result<_, DbError> = principal.await;
        let may = principal.unwrap().unwrap().may_record(
            "sample",
            RecordAct::Manage,
            &Resource::record(Uuid::nil(), None, None),
        );
        assert!(may, "the role is there");
        person
    }

    /// What made-up answers can refer to.
    pub(crate) fn world(&self, person: &Person) -> World {
        let mut world = World::empty(self.clock.today());
        world.agencies = vec![person.agency];
        world.staff = vec![person.user];
        world
    }

    pub(crate) async fn record(
        &self,
        definition: &Definition,
        person: &Person,
        answers: Answers,
    ) -> Record {
        let made: Result<Record, StoreError> = write!(
            &self.forms.app.db,
            &self.clock,
            &Actor::user(person.user, "test"),
            |tx| {
                let new = NewRecord {
                    answers: answers.clone(),
                    agency: Some(person.agency),
                    owner: Some(person.user),
                    created_by: Some(person.user),
                    channel: "page",
                    ..NewRecord::default()
                };
                store::create(tx, &self.clock, definition, new).await
            }
        )
        .await;
        made.unwrap()
    }

    pub(crate) async fn load(&self, reference: &str) -> Record {
        let found: Result<Record, DbError> =
            read!(&self.forms.app.db, |tx| store::by_reference(tx, reference)
                .await)
            .await;
        found.unwrap()
    }

    pub(crate) async fn count(&self) -> i64 {
        let found: Result<i64, DbError> = read!(&self.forms.app.db, |tx| {
            tx.count(sql!("select count(*) from form_records"), args![])
                .await
        })
        .await;
        found.unwrap()
    }

    pub(crate) async fn get(&self, who: &Person, path: &str) -> Answer {
        let request = outsider::request(&self.forms.app, &Method::GET, path, Some(&who.token), "");
        self.answer(request).await
    }

    pub(crate) async fn post(&self, who: &Person, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = outsider::request(
            &self.forms.app,
            &Method::POST,
            path,
            Some(&who.token),
            &form,
        );
        self.answer(request).await
    }

    fn asked(&self, who: &Person, method: &Method, path: &str) -> http::request::Builder {
        let csrf = csrf::token(who.token.secret().as_bytes(), [7; 16]);
        Request::builder()
            .method(method)
            .uri(path)
            .header("sec-fetch-site", "same-origin")
            .header("x-csrf-token", csrf)
            .header(header::COOKIE, format!("session={}", who.token.secret()))
    }

    /// As a program sends it.
    pub(crate) async fn json(
        &self,
        who: &Person,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let mut request = self
            .asked(who, &method, path)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if method == Method::GET {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        self.answer(request.body(body).unwrap()).await
    }

    /// Sends a file, as a browser does.
    pub(crate) async fn upload(
        &self,
        who: &Person,
        path: &str,
        name: &str,
        bytes: &[u8],
    ) -> Answer {
        let csrf = csrf::token(who.token.secret().as_bytes(), [7; 16]);
        let mut body = format!(
            "--XX\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{csrf}\r\n--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n",
            csrf::FIELD
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--XX--\r\n");
        let request = self
            .asked(who, &Method::POST, path)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=XX");
        self.answer(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn answer(&self, request: Request<Body>) -> Answer {
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes: to_bytes(body, 50 << 20).await.unwrap().to_vec(),
        }
    }

    /// Sends a table and matches its columns as they are guessed; the page that shows what it would do.
    pub(crate) async fn import(
        &self,
        who: &Person,
        key: &str,
        name: &str,
        bytes: &[u8],
    ) -> (String, Answer) {
        let sent = self
            .upload(who, &format!("/registers/{key}/import"), name, bytes)
            .await;
        let summary = sent
            .text()
            .split("error-summary")
            .last()
            .unwrap_or_default()
            .chars()
            .take(400)
            .collect::<String>();
        assert_eq!(
            sent.status,
            StatusCode::SEE_OTHER,
            "{key} {name}: {summary}"
        );
        let place = sent.location();
        let page = self.get(who, &place).await;
        assert_eq!(page.status, StatusCode::OK, "{key} {name}");
        let text = page.text();
        let mut fields = vec![
            ("version".to_owned(), page.field("version")),
            ("empty".to_owned(), "leave".to_owned()),
        ];
        for column in 0.. {
            let mark = format!("id=\"column-{column}\"");
            let Some(select) = text.split(mark.as_str()).nth(1) else {
                break;
            };
            let select = select.split("</select>").next().unwrap();
            let chosen = select
                .split("<option")
                .find(|option| option.contains(" selected"))
                .unwrap_or("value=\"\"");
            let value = chosen
                .split("value=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .unwrap_or_default();
            fields.push((format!("column-{column}"), value.to_owned()));
        }
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let matched = self.post(who, &place, &fields).await;
        assert_eq!(
            matched.status,
            StatusCode::SEE_OTHER,
            "{key} {name}: {}",
            matched.text()
        );
        let preview = self.get(who, &matched.location()).await;
        assert_eq!(preview.status, StatusCode::OK, "{key} {name}");
        (place, preview)
    }
}

/// A figure of a page: 'New', 'Changed' and so on.
pub(crate) fn figure(page: &Answer, label: &str) -> String {
    let text = page.text();
    let mark = format!("<dt>{label}</dt><dd>");
    let rest = text.split(mark.as_str()).nth(1).unwrap_or_default();
    rest.split('<').next().unwrap_or_default().to_owned()
}
