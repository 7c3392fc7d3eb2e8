//! For stories of the tracking page and of messages: somebody who reported, officers, the outbox.

use axum::Router;
use commonweal_access::policy::roles;
use commonweal_access::session::Token;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::browser::Browser;
use commonweal_access::web::{App, Listed, Settings, outsider};
use commonweal_core::events::Actor;
use commonweal_core::files::Files;
use commonweal_core::jobs::{Options, Worker};
use commonweal_core::mail::{self, Deliver};
use commonweal_core::testing::TempDir;
use commonweal_core::{Clock, Db, DbError, args, read, sql, testing, write};
use commonweal_forms::{Catalogue, Forms, Workflows};
use commonweal_records::matters::{
    Channel, Happening, Identity, Matter, Place, Received, Report, ReportId, Whom, load, report,
};
use commonweal_records::party::contact::Means;
use commonweal_records::party::rules::Rules;
use commonweal_records::party::{Details, NewContact, NewParty, PartyId, store as parties};
use http::{Method, StatusCode};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::marked_images;
use crate::messages::{self, Outcome, Sender, ToSend, texts};
use crate::reporting::{self, Incoming, People};

/// The pages over a database.
pub(crate) struct Stage {
    pub(crate) people: People,
    pub(crate) app: App,
    pub(crate) clock: Clock,
    pub(crate) router: Router,
    list: Vec<Listed>,
    _folder: TempDir,
}

fn police() -> marked_images::Police {
    marked_images::Police {
        mail: Some("police@example.org".to_owned()),
        contact: Some("Control room, 01234 567890".to_owned()),
    }
}

/// A way of contact that somebody agreed to.
pub(crate) fn agreed(means: Means, value: &str) -> NewContact {
    NewContact {
        means,
        label: String::new(),
        value: value.to_owned(),
        home: means == Means::Post,
        agreed: true,
    }
}

impl Stage {
    pub(crate) async fn new(db: &Db) -> Self {
        // A Monday in June, 09:00 in London.
        let clock = testing::clock();
        roles::load_shipped(db, &clock).await.unwrap();
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
            files: Files::local(&folder.path().join("files"), db, &clock).unwrap(),
            workflows: Workflows::default(),
        };
        let people = People::new(&forms);
        let routes = super::routes(&people)
            .merge(messages::routes(&people))
            .merge(marked_images::routes(&people, &police()))
            .merge(commonweal_forms::routes().with_state(forms));
        let list = routes.list().to_vec();
        Self {
            router: app.serve(routes),
            people,
            app,
            clock,
            list,
            _folder: folder,
        }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.router)
    }

    /// Somebody in these roles, in an agency of their own.
    pub(crate) async fn person(&self, roles: &[&str]) -> (Uuid, Token, Uuid) {
        let (user, token) = outsider::signed_in(&self.app, roles).await.unwrap();
        let row = read!(&self.app.db, |tx| tx
            .one(sql!("select agency from users where id = $1"), args![user])
            .await)
        .await
        .unwrap();
        (user, token, row.get("agency").unwrap())
    }

    pub(crate) async fn send(
        &self,
        method: &Method,
        path: &str,
        token: &Token,
        form: &str,
    ) -> (StatusCode, String) {
        let request = outsider::request(&self.app, method, path, Some(token), form);
        let Ok(response) = self.router.clone().oneshot(request).await;
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 10 << 20)
            .await
            .unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(crate) async fn get(&self, path: &str, token: &Token) -> (StatusCode, String) {
        self.send(&Method::GET, path, token, "").await
    }

    pub(crate) async fn post(&self, path: &str, token: &Token, form: &str) -> (StatusCode, String) {
        self.send(&Method::POST, path, token, form).await
    }

    pub(crate) async fn outsiders_see_nothing(&self, markers: &[&str]) {
        let own: Vec<Listed> = self
            .list
            .iter()
            .filter(|route| route.path.starts_with("/matters"))
            .cloned()
            .collect();
        assert!(own.len() > 8);
        let wrong = outsider::sees_nothing(&self.app, &self.router, &own, markers)
            .await
            .unwrap();
        assert_eq!(wrong, Vec::<String>::new());
    }

    /// Somebody who can be reached by these ways.
    pub(crate) async fn party(
        &self,
        agency: Uuid,
        name: &str,
        contacts: Vec<NewContact>,
        rules: Rules,
    ) -> PartyId {
        let id = PartyId(commonweal_core::ids::new_uuid(&self.clock));
        let new = NewParty {
            details: Details::person(name),
            agency,
            contacts,
            rules,
        };
        let made: Result<_, DbError> =
            write!(&self.app.db, &self.clock, &Actor::system("test"), |tx| {
                parties::add(tx, id, &new).await
            })
            .await;
        made.unwrap();
        id
    }

    /// A report of noise; `further` joins the matter of another.
    pub(crate) async fn report(
        &self,
        agency: Uuid,
        identity: Identity,
        reporter: Option<PartyId>,
        further: Option<ReportId>,
    ) -> (Report, Matter) {
        let incoming = Incoming {
            channel: Channel::Public,
            delivery: None,
            agency,
            taken_by: None,
            their_reference: None,
            identity,
            reporter,
            whom: Whom::Own,
            kind: "noise".to_owned(),
            qualifier: None,
            description: "Loud music all night.".to_owned(),
            happening: Happening::Repeated,
            occurrences: Vec::new(),
            place: Place {
                point: None,
                words: "14 Marker Street".to_owned(),
                at_home: true,
            },
            town: Some("Peterlee".to_owned()),
            landlord: None,
            safe_now: None,
            hate: None,
            more_words: Vec::new(),
            language: "en".to_owned(),
            record: None,
            further_to: further,
        };
        let rules = self.people.rules().await.unwrap();
        let received: Result<Received, DbError> =
            write!(&self.app.db, &self.clock, &Actor::system("test"), |tx| {
                reporting::receive(tx, &rules, incoming.clone()).await
            })
            .await;
        self.found(received.unwrap().report).await
    }

    pub(crate) async fn found(&self, id: ReportId) -> (Report, Matter) {
        let found: Result<_, DbError> = read!(&self.app.db, |tx| {
            let one = report(tx, id).await?;
            let matter = load(tx, one.matter).await?;
            Ok((one, matter))
        })
        .await;
        found.unwrap()
    }

    pub(crate) async fn link(&self, report: ReportId) -> String {
        let secret: Result<String, DbError> =
            write!(&self.app.db, &self.clock, &Actor::system("test"), |tx| {
                super::make_link(tx, report).await
            })
            .await;
        let secret = secret.unwrap();
        assert_eq!(secret.len(), 32);
        format!("/track/{secret}")
    }

    pub(crate) async fn message(
        &self,
        report: ReportId,
        template: &str,
        words: &str,
        channel: Option<messages::Channel>,
        once: Option<&str>,
    ) -> Outcome {
        let to = ToSend {
            report,
            template,
            words,
            channel,
            once,
        };
        let sender = Sender::of(&self.app);
        let sent: Result<Outcome, DbError> =
            write!(&self.app.db, &self.clock, &Actor::system("test"), |tx| {
                messages::send(tx, &sender, &to).await
            })
            .await;
        sent.unwrap()
    }

    /// What is in the outbox: kind, to whom, subject, words.
    pub(crate) async fn outbox(&self) -> Vec<[String; 4]> {
        let rows = read!(&self.app.db, |tx| tx
            .all(
                sql!("select kind, to_address, subject, body from outbox order by created_at, id"),
                args![]
            )
            .await)
        .await
        .unwrap();
        let text = |row: &commonweal_core::Row, name| row.get(name).unwrap();
        rows.iter()
            .map(|row| ["kind", "to_address", "subject", "body"].map(|name| text(row, name)))
            .collect()
    }

    /// The code that was sent last.
    pub(crate) async fn code(&self) -> String {
        let outbox = self.outbox().await;
        let mail = outbox.iter().rfind(|mail| mail[0] == "tracking.code");
        let words = &mail.expect("a code")[3];
        let code = words.split("code is ").nth(1).unwrap();
        // What is sent next is then later.
        self.clock.advance(chrono::Duration::seconds(1));
        code.chars().take(6).collect()
    }

    /// Does what waits in the background.
    pub(crate) async fn work(&self, deliver: Deliver) {
        let upkeep: Result<(), DbError> =
            commonweal_core::upkeep!(&self.app.db, &self.clock, |tx| {
                commonweal_core::jobs::every(tx, messages::DELIVER, messages::EVERY)
                    .await
                    .map(drop)
            })
            .await;
        upkeep.unwrap();
        let kinds = messages::jobs(&self.app, texts::Texts::Keep)
            .into_iter()
            .chain([mail::job(deliver), reporting::alert_job("http://localhost")]);
        let worker = Worker::new(&self.app.db, &self.clock, kinds, Options::default());
        worker.run_due().await.unwrap();
    }
}
