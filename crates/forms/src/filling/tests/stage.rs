//! The application with everything that fills in, and people who look.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use commonweal_access::policy::roles;
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
use serde_json::json;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::Forms;
use crate::catalogue::{self, Catalogue};
use crate::definition::testing::SAMPLE;

pub(crate) struct Stage {
    pub(crate) forms: Forms,
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) list: Vec<Listed>,
    router: Router,
    _folder: TempDir,
}

impl Stage {
    /// With everything that ships, the sample, and these registers of one page or two.
    pub(crate) async fn new(db: &Db, more: &[(&str, &str, &str)]) -> Self {
        let clock = testing::clock();
        roles::load_shipped(db, &clock).await.unwrap();
        let mut all = catalogue::shipped();
        all.push(shipped("registers", "sample", SAMPLE));
        all.extend(
            more.iter()
                .map(|(kind, key, body)| shipped(kind, key, body)),
        );
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
            app: app.clone(),
            catalogue: Catalogue::load(db, &clock).await.unwrap(),
            files: Files::local(folder.path(), db, &clock).unwrap(),
            workflows: crate::Workflows::default(),
        };
        for (kind, key, body) in more {
            let kind = catalogue::definition_kind(kind).unwrap();
            let faults = crate::definition::read(kind, key, 1, body).err();
            assert!(faults.is_none(), "{key}: {faults:?}");
        }
        let keys: Vec<String> = forms
            .catalogue
            .all()
            .iter()
            .map(|one| one.key.clone())
            .collect();
        write!(db, &clock, &Actor::system("test"), |tx| {
            for key in &keys {
                for act in ["see", "see_personal", "add", "change"] {
                    tx.run(
                        sql!("insert into definition_grants (definition, role, act, reach) values ($1, 'warden', $2, 'all') on conflict do nothing"),
                        args![key, act],
                    )
                    .await?;
                }
            }
            tx.record(Event::new("definition", Uuid::nil(), "definition.granted", json!({})));
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
        let routes: Routes<()> = crate::routes().with_state(forms.clone());
        let list = routes.list().to_vec();
        Self {
            router: app.serve(
                routes.merge(commonweal_access::web::kept::routes().with_state(app.clone())),
            ),
            forms,
            db: db.clone(),
            clock,
            list,
            _folder: folder,
        }
    }

    /// Somebody without a sign-in.
    pub(crate) fn visitor(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookies: BTreeMap::new(),
            token: String::new(),
            fields: Vec::new(),
        }
    }

    /// Somebody in these roles, signed in.
    pub(crate) async fn person(&self, roles: &[&str]) -> (Uuid, Browser) {
        let (user, token) = outsider::signed_in(&self.forms.app, roles).await.unwrap();
        (user, self.signed_in(&token))
    }

    pub(crate) fn signed_in(&self, token: &Token) -> Browser {
        let mut browser = self.visitor();
        browser
            .cookies
            .insert("session".to_owned(), token.secret().to_owned());
        browser
    }

    pub(crate) async fn count(&self, key: &str) -> i64 {
        read!(&self.db, |tx| tx
            .count(
                sql!("select count(*) from form_records where definition = $1"),
                args![key]
            )
            .await)
        .await
        .unwrap_or(-1)
    }

    pub(crate) async fn outsiders_see_nothing(&self, markers: &[&str]) {
        let wrong = outsider::sees_nothing(&self.forms.app, &self.router, &self.list, markers)
            .await
            .unwrap();
        assert_eq!(wrong, Vec::<String>::new());
    }
}

fn shipped(kind: &str, key: &str, body: &str) -> Shipped {
    Shipped {
        kind: kind.to_owned(),
        key: format!("{key}.toml"),
        body: body.to_owned(),
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) location: String,
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
}

/// A browser: cookies, and the hidden fields of the form that it saw last.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    token: String,
    fields: Vec<(String, String)>,
}

impl Browser {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Vec::new()).await
    }

    /// Follows redirects to a page.
    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        let mut answer = self.get(path).await;
        while answer.status == StatusCode::SEE_OTHER {
            answer = self.get(&answer.location.clone()).await;
        }
        answer
    }

    /// Sends a form with the hidden fields of the page that was seen last.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let named = |name: &str| fields.iter().any(|(one, _)| *one == name);
        let hidden: Vec<(String, String)> = self
            .fields
            .iter()
            .filter(|(name, _)| !named(name))
            .cloned()
            .collect();
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair(csrf::FIELD, &self.token)
            .extend_pairs(hidden)
            .extend_pairs(fields.iter().map(|(name, value)| (spelt(name), *value)))
            .extend_pairs(fields.iter().filter(|(name, _)| *name == "then"));
        let body = form.finish().into_bytes();
        self.send(
            Method::POST,
            path,
            Some("application/x-www-form-urlencoded"),
            body,
        )
        .await
    }

    /// Sends a form with files: field, name, content.
    pub(crate) async fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Answer {
        let mut body = Vec::new();
        let mut pairs = vec![(csrf::FIELD.to_owned(), self.token.clone())];
        pairs.extend(
            self.fields
                .iter()
                .filter(|(name, _)| !fields.iter().any(|(one, _)| one == name))
                .cloned(),
        );
        pairs.extend(
            fields
                .iter()
                .map(|(name, value)| (spelt(name).to_owned(), (*value).to_owned())),
        );
        for (name, value) in pairs {
            body.extend(
                format!(
                    "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
                .into_bytes(),
            );
        }
        for (field, name, content) in files {
            body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: image/jpeg\r\n\r\n").into_bytes());
            body.extend(*content);
            body.extend(b"\r\n");
        }
        body.extend(b"--b--\r\n");
        self.send(
            Method::POST,
            path,
            Some("multipart/form-data; boundary=b"),
            body,
        )
        .await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_LENGTH, body.len())
            .header("sec-fetch-site", "same-origin");
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let request = request.body(Body::from(body)).unwrap();
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap_or_default();
            let (pair, _) = text.split_once(';').unwrap_or((text, ""));
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = to_bytes(body, 50 << 20).await.unwrap().to_vec();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        let location = parts
            .headers
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        if body.contains("<main") {
            let main = body.split("<main").nth(1).unwrap_or_default();
            self.fields = hidden(main);
            if let Some((_, token)) = hidden(&body)
                .into_iter()
                .find(|(name, _)| name == csrf::FIELD)
            {
                self.token = token;
            }
            self.fields.retain(|(name, _)| name != csrf::FIELD);
        }
        Answer {
            status: parts.status,
            headers: parts.headers,
            location,
            body,
            bytes,
        }
    }
}

/// The buttons of pages of questions have a name that no question can have.
fn spelt(name: &str) -> &str {
    if name == "then" { "form.then" } else { name }
}

/// The hidden fields of a page.
fn hidden(html: &str) -> Vec<(String, String)> {
    html.split("<input type=\"hidden\" ")
        .skip(1)
        .filter_map(|rest| {
            let tag = rest.split('>').next()?;
            let part = |name: &str| {
                let rest = tag.split(&format!("{name}=\"")).nth(1)?;
                rest.split('"').next().map(str::to_owned)
            };
            Some((part("name")?, part("value")?))
        })
        .collect()
}
