//! Stories of people and organisations, over real requests and on both databases.

use axum::Router;
use axum::body::to_bytes;
use chrono::{Duration, NaiveTime};
use commonweal_access::policy::{Action, Kind, Principal, roles};
use commonweal_access::session::Token;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::{App, Listed, Settings, outsider};
use commonweal_core::events::Actor;
use commonweal_core::{Db, DbError, args, on_both, read, sql, testing, write};
use http::{Method, StatusCode, header};
use serde_json::Value as Json;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::contact::Means;
use super::rules::{Hours, Rules};
use super::*;

struct World {
    app: App,
    router: Router,
    list: Vec<Listed>,
    user: Uuid,
    token: Token,
}

struct Answer {
    status: StatusCode,
    location: String,
    body: String,
}

async fn world(db: Db) -> World {
    let clock = testing::clock();
    roles::load_shipped(&db, &clock).await.unwrap();
    let app = App::new(db, clock, Settings::default(), SignIn::new(), Vec::new());
    let routes = routes();
    let list = routes.list().to_vec();
    let router = app.serve(routes.with_state(app.clone()));
    let (user, token) = outsider::signed_in(&app, &["call-taker"]).await.unwrap();
    World {
        app,
        router,
        list,
        user,
        token,
    }
}

impl World {
    async fn send(&self, method: Method, path: &str, token: &Token, form: &str) -> Answer {
        let request = outsider::request(&self.app, &method, path, Some(token), form);
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let location = parts
            .headers
            .get(header::LOCATION)
            .map(|place| place.to_str().unwrap().to_owned());
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: parts.status,
            location: location.unwrap_or_default(),
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &self.token, "").await
    }

    async fn post(&self, path: &str, form: &str) -> Answer {
        self.send(Method::POST, path, &self.token, form).await
    }

    async fn principal(&self) -> Principal {
        read!(&self.app.db, |tx| Principal::load(tx, self.user).await)
            .await
            .unwrap()
            .unwrap()
    }

    fn actor(&self) -> Actor {
        Actor::user(self.user, "reporting")
    }

    /// A person of the call-taker's agency.
    async fn person(&self) -> Party {
        let agency = self.principal().await.agency;
        let new = NewParty {
            details: Details {
                known_as: "Kit".to_owned(),
                age: Age::Born(chrono::NaiveDate::from_ymd_opt(2010, 3, 4).unwrap()),
                ..Details::person("Katherine Marker-Smyth")
            },
            agency,
            contacts: vec![
                NewContact {
                    means: Means::Phone,
                    label: "Sister".to_owned(),
                    value: "+447700900123".to_owned(),
                    home: false,
                    agreed: true,
                },
                NewContact {
                    means: Means::Email,
                    label: String::new(),
                    value: "kit@example.org".to_owned(),
                    home: false,
                    agreed: false,
                },
                NewContact {
                    means: Means::Post,
                    label: String::new(),
                    value: "1 Marker Street\nDurham".to_owned(),
                    home: true,
                    agreed: true,
                },
            ],
            rules: Rules::default(),
        };
        let brief = write!(&self.app.db, &self.app.clock, &self.actor(), |tx| {
            pick::create(tx, &new).await
        })
        .await
        .unwrap();
        self.party(brief.id).await
    }

    async fn party(&self, id: PartyId) -> Party {
        read!(&self.app.db, |tx| store::find(tx, id).await)
            .await
            .unwrap()
    }

    async fn reads(&self) -> Vec<(String, usize)> {
        let rows = read!(&self.app.db, |tx| tx
            .all(
                sql!("select path, subjects from access_log order by id"),
                args![]
            )
            .await)
        .await
        .unwrap();
        rows.iter()
            .map(|row| {
                (
                    row.get("path").unwrap(),
                    row.get::<Json>("subjects").unwrap()["ids"]
                        .as_array()
                        .unwrap()
                        .len(),
                )
            })
            .collect()
    }

    /// Looks for somebody; returns the page of answers.
    async fn search(&self, words: &str) -> Answer {
        let words: String = words.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let asked = self.post("/people", &format!("words={words}")).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER);
        assert!(
            asked.location.starts_with("/people?search="),
            "{}",
            asked.location
        );
        self.get(&asked.location).await
    }
}

on_both! {
    async fn an_outsider_sees_nothing(db: Db) {
        let world = world(db).await;
        let party = world.person().await;
        let wrong = outsider::sees_nothing(&world.app, &world.router, &world.list, &["Marker", "Katherine", &party.reference]).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new());
        // Neither does a colleague of another agency, nor whoever sees every agency's counts.
        for role in ["call-taker", "officer", "supervisor", "case-review-coordinator"] {
            let (_, token) = outsider::signed_in(&world.app, &[role]).await.unwrap();
            for page in ["", "/edit", "/safe-contact", "/contacts/new"] {
                let path = format!("/people/{}{page}", party.reference);
                let answer = world.send(Method::GET, &path, &token, "").await;
                assert!(answer.status == StatusCode::NOT_FOUND && !answer.body.contains("Marker"), "{role} {path}");
            }
            let asked = world.send(Method::POST, "/people", &token, "words=Marker").await;
            let found = world.send(Method::GET, &asked.location, &token, "").await;
            assert!(found.body.contains("Nobody was found") && !found.body.contains("Katherine"), "{role}");
        }
        for role in ["analyst", "auditor", "elected-member", "administrator"] {
            let (_, token) = outsider::signed_in(&world.app, &[role]).await.unwrap();
            assert_eq!(world.send(Method::GET, "/people", &token, "").await.status, StatusCode::FORBIDDEN, "{role}");
        }
        // Who answers for data protection sees everybody, and changes nobody.
        let (_, token) = outsider::signed_in(&world.app, &["data-protection-officer"]).await.unwrap();
        let path = format!("/people/{}", party.reference);
        let page = world.send(Method::GET, &path, &token, "").await;
        assert!(page.status == StatusCode::OK && page.body.contains("Katherine") && !page.body.contains("Change details"));
        assert_eq!(world.send(Method::GET, &format!("{path}/edit"), &token, "").await.status, StatusCode::FORBIDDEN);
    }

    async fn somebody_is_found_and_every_look_is_recorded(db: Db) {
        let world = world(db).await;
        let party = world.person().await;
        for words in ["kathryn smith", "marker", "Kit", "07700 900123", "900123", "KIT@example.org", "marker street", &party.reference.to_lowercase()] {
            let found = world.search(words).await;
            assert!(found.body.contains("1 found") && found.body.contains(&party.reference), "{words}");
        }
        assert!(world.search("nobody").await.body.contains("Nobody was found"));
        let reads = world.reads().await;
        assert_eq!(reads.len(), 8, "one for each answer that held somebody: {reads:?}");
        assert!(reads.iter().all(|read| *read == ("/people".to_owned(), 1)));
        let page = world.get(&format!("/people/{}", party.reference)).await;
        for text in ["Under 18", "Known as", "07700 900123", "May be used now", "did not agree", "Read how they may be contacted"] {
            assert!(page.body.contains(text), "{text}");
        }
        assert!(!page.body.split("</title>").next().unwrap().contains("Katherine"), "titles stay in the browser's history");
        assert_eq!(world.reads().await.len(), 9);
        // The words of a search are their owner's, for a day.
        let asked = world.post("/people", "words=Marker").await;
        let (_, other) = outsider::signed_in(&world.app, &["data-protection-officer"]).await.unwrap();
        let stolen = world.send(Method::GET, &asked.location, &other, "").await;
        assert!(stolen.body.contains("no longer kept") && !stolen.body.contains("Katherine"));
        world.app.clock.advance(Duration::hours(23));
        let (_, again) = outsider::signed_in(&world.app, &["call-taker"]).await.unwrap();
        drop(again);
        for words in ["", "   ", "%3F%3F%3F"] {
            assert_eq!(world.post("/people", &format!("words={words}")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        // Search is rebuilt from what is stored.
        let entries = commonweal_core::search::rebuild(&world.app.db, &world.app.clock, &[search::source()]).await.unwrap();
        assert_eq!(entries, 1);
        assert!(world.search("kathryn smith").await.body.contains("1 found"));
    }

    async fn somebody_is_added_once_and_mistakes_are_shown(db: Db) {
        let world = world(db).await;
        let page = world.get("/people/new").await;
        assert!(page.status == StatusCode::OK && page.body.contains("Who is it?"));
        assert!(world.get("/people/new?sent=yes").await.body.contains("Select whether it is a person"));
        let page = world.get("/people/new?sent=yes&kind=person").await;
        assert!(page.body.contains("Family name") && !page.body.contains("Who is it?"));
        let id = Uuid::from_u128(77);
        for (form, message) in [
            ("given=Sam", "Select whether it is a person"),
            ("kind=person", "Enter a name, or what the person is known as"),
            ("kind=organisation", "Enter the organisation"),
            ("kind=person&given=Sam&born-day=31&born-month=2&born-year=2001", "Enter a date of birth"),
            ("kind=person&given=Sam&born-day=1&born-month=2&born-year=2031", "must be in the past"),
            ("kind=person&given=Sam&about=two", "Enter an age in years"),
            ("kind=person&given=Sam&phone=12", "Enter a telephone number"),
            ("kind=person&given=Sam&by=email", "Enter the email address to write to"),
        ] {
            let answer = world.post("/people/new", &format!("id={id}&{form}")).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
            assert!(answer.body.contains(message), "{form}");
        }
        let form = format!("id={id}&kind=person&given=Sam&family=O%27Neill&about=16&interpreter=yes&language=Polish&phone=07700+900456&by=phone&source=Told+us");
        let (once, twice) = (world.post("/people/new", &form).await, world.post("/people/new", &form).await);
        assert_eq!((once.status, &once.location), (StatusCode::SEE_OTHER, &twice.location));
        let party = world.party(PartyId(id)).await;
        assert_eq!(party.contacts[0].given.value, "+447700900456");
        assert!(party.contacts[0].given.agreed);
        assert_eq!(party.agency, world.principal().await.agency);
        let shown = world.get(&once.location).await;
        assert!(shown.body.contains("O&#x27;Neill") || shown.body.contains("O&#39;Neill"), "{}", shown.body);
        assert!(shown.body.contains("About 16") && shown.body.contains("An interpreter is needed") && shown.body.contains("Under 18"));
    }

    async fn a_stale_edit_shows_both_and_loses_nothing(db: Db) {
        let world = world(db).await;
        let party = world.person().await;
        let path = format!("/people/{}/edit", party.reference);
        let first = world.post(&path, "version=1&given=Catherine&family=Marker-Smyth&known_as=Kit&born-day=4&born-month=3&born-year=2010").await;
        assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
        let late = world.post(&path, "version=1&given=Kate&family=Marker-Smyth&language=Welsh").await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.body.contains("Catherine") && late.body.contains("value=\"Kate\"") && late.body.contains("Save mine over it"));
        assert_eq!(world.party(party.id).await.details.given, "Catherine");
        // The same change twice is one change; 'mine over it' is a change of what is stored now.
        let same = world.post(&path, "version=1&given=Catherine&family=Marker-Smyth&known_as=Kit&born-day=4&born-month=3&born-year=2010").await;
        assert_eq!(same.status, StatusCode::SEE_OTHER);
        assert_eq!(world.post(&path, "version=2&given=Kate&family=Marker-Smyth").await.status, StatusCode::SEE_OTHER);
        assert!(world.search("Kate").await.body.contains("1 found"));
        let rows = read!(&world.app.db, |tx| tx.all(sql!("select events.kind, audit_entries.fields from events join audit_entries on audit_entries.event_id = events.id where events.subject_kind = 'party' order by events.recorded_at, events.id"), args![]).await).await.unwrap();
        let told: Vec<(String, String)> = rows.iter().map(|row| (row.get("kind").unwrap(), row.get("fields").unwrap())).collect();
        assert_eq!(told.len(), 3);
        assert!(told.iter().any(|(kind, fields)| kind == "party.changed" && fields == "given"), "{told:?}");
        assert!(told.iter().all(|(_, fields)| !fields.contains("Kate")), "the audit holds names of fields, never values");
    }

    async fn contacts_and_wishes_are_changed(db: Db) {
        let world = world(db).await;
        let party = world.person().await;
        let path = format!("/people/{}", party.reference);
        let page = world.get(&format!("{path}/contacts/new")).await;
        let action = page.body.split("action=\"").filter_map(|rest| rest.split('"').next()).find(|action| action.contains("/contacts/")).unwrap().to_owned();
        let wrong = world.post(&action, "version=1&means=email&value=nonsense").await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("Enter an email address"));
        assert_eq!(world.post(&action, "version=1&means=phone&value=0191+498+0001&label=Work&agreed=yes").await.status, StatusCode::SEE_OTHER);
        let stale = world.post(&action, "version=1&means=phone&value=0191+498+0002&label=Work").await;
        assert!(stale.status == StatusCode::CONFLICT && stale.body.contains("0191 498 0001") && stale.body.contains("0191 498 0002"));
        let now = world.party(party.id).await;
        let (added, email) = (&now.contacts[3], &now.contacts[1]);
        assert_eq!((added.given.value.as_str(), now.version), ("+441914980001", 2));
        assert_eq!(world.post(&format!("{path}/contacts/{}/remove", added.id), "version=2").await.status, StatusCode::SEE_OTHER);
        assert_eq!(world.get(&format!("{path}/contacts/{}", added.id)).await.status, StatusCode::NOT_FOUND);
        assert!(world.search("0191 498 0001").await.body.contains("Nobody was found"));

        let safe = format!("{path}/safe-contact");
        assert_eq!(world.get(&safe).await.status, StatusCode::OK);
        let form = format!("points={}&days=mon&days=tue&from=9am&until=5pm&may=hide_caller&may=never_write_home&note=Ring+twice&holds=1%2F7%2F2026", email.id);
        let wrong = world.post(&safe, "version=3&from=9am").await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.body.contains("Enter both times"));
        assert_eq!(world.post(&safe, &format!("version=3&{form}")).await.status, StatusCode::SEE_OTHER);
        let stale = world.post(&safe, "version=3&may=leave_message").await;
        assert!(stale.status == StatusCode::CONFLICT && stale.body.contains("Never write to the home address."));
        let now = world.party(party.id).await;
        assert!(now.rules.hide_caller && now.rules.never_write_home && now.contacts[1].given.agreed && !now.contacts[0].given.agreed);
        let nine = NaiveTime::from_hms_opt(9, 0, 0).unwrap();
        assert_eq!(now.rules.hours.map(|hours| hours.from), Some(nine));
        let shown = world.get(&path).await.body;
        for text in ["Do not say who is calling or writing.", "Ring twice", "Ask again after 1 July 2026.", "Safe contact changed", "Outsider"] {
            assert!(shown.contains(text), "{text}");
        }
        // A contact of somebody else is none of this party's.
        let other = world.person().await;
        let foreign = world.post(&format!("{path}/contacts/{}", other.contacts[0].id), "version=4&means=other&value=x").await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        assert_eq!(world.party(other.id).await, other);
    }

    async fn mail_goes_only_where_it_is_safe(db: Db) {
        let world = world(db).await;
        let party = world.person().await;
        let mail = |discreet| PartyMail { subject: "A question".to_owned(), text: "Please ring.".to_owned(), kind: "test.note", discreet };
        let send = async |discreet| {
            let sent: Result<_, DbError> = commonweal_core::upkeep!(&world.app.db, &world.app.clock, |tx| mail_to(tx, party.id, mail(discreet)).await).await;
            sent.unwrap()
        };
        let set = async |rules: Rules, agreed: &[ContactId]| {
            let version = world.party(party.id).await.version;
            write!(&world.app.db, &world.app.clock, &world.actor(), |tx| store::set_rules(tx, party.id, version, &rules, agreed).await).await.unwrap();
        };
        let email = party.contacts[1].id;
        assert!(matches!(send(true).await, Sent::Refused(why) if why.contains("did not agree")));
        set(Rules { hide_caller: true, ..Rules::default() }, &[email]).await;
        assert!(matches!(send(false).await, Sent::Refused(_)));
        assert_eq!(send(true).await, Sent::Queued);
        // It is 13:00 in Durham.
        let hours = |from, until| Some(Hours { from: NaiveTime::from_hms_opt(from, 0, 0).unwrap(), until: NaiveTime::from_hms_opt(until, 0, 0).unwrap() });
        set(Rules { hours: hours(18, 20), ..Rules::default() }, &[email]).await;
        assert!(matches!(send(false).await, Sent::Refused(why) if why.contains("18:00")));
        set(Rules { hours: hours(13, 14), ..Rules::default() }, &[email]).await;
        assert_eq!(send(false).await, Sent::Queued);
        let queued = read!(&world.app.db, |tx| tx.count(sql!("select count(*) from outbox where to_address = 'kit@example.org'"), args![]).await).await.unwrap();
        assert_eq!(queued, 2);
    }

    async fn a_form_picks_and_adds_people(db: Db) {
        let world = world(db).await;
        let party = world.person().await;
        let who = world.principal().await;
        let scope = who.scope(Action::SeeParties, Kind::Party);
        let found = read!(&world.app.db, |tx| pick::find(tx, &scope, "smith").await).await.unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].line.starts_with("Known as Kit, Born in 2010, Agency "), "{}", found[0].line);
        let brief = async |scope| read!(&world.app.db, |tx| pick::brief(tx, &scope, party.id).await).await.unwrap();
        assert_eq!(brief(scope).await.as_ref(), Some(&found[0]));
        assert_eq!(brief(commonweal_core::db::Predicate::nothing()).await, None);
        let details = contact::ContactDetails {
            name: "Alex Pember".to_owned(),
            email: Some("alex@example.org".to_owned()),
            by_email: true,
            ..contact::ContactDetails::default()
        };
        let new = NewParty::of_contact(details, who.agency, "Street audit");
        let added = write!(&world.app.db, &world.app.clock, &world.actor(), |tx| pick::create(tx, &new).await).await.unwrap();
        assert_eq!(added.name, "Alex Pember");
        assert!(added.reference.starts_with("P-"));
        assert!(world.party(added.id).await.contacts[0].given.agreed);
    }
}
