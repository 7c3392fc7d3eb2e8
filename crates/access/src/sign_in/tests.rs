//! Stories of signing in, over real requests.

use axum::Router;
use chrono::Duration;
use commonweal_core::{Db, args, on_both, read, sql, testing};
use http::StatusCode;
use uuid::Uuid;

use super::*;
use crate::policy::roles;
use crate::session;
use crate::users::commands::{self, CommandError};
use crate::web::browser::{Answer, Browser};
use crate::web::{Settings, kept, outsider};

pub(super) const PASSWORD: &str = "kettle-orbit-lantern-19";

pub(super) struct World {
    pub(super) app: App,
    router: Router,
    list: Vec<crate::web::Listed>,
}

async fn world(db: Db) -> World {
    world_with(db, SignIn::new()).await
}

pub(super) async fn officer(world: &World) -> Uuid {
    world.officer().await
}

pub(super) async fn world_with(db: Db, sign_in: SignIn) -> World {
    let clock = testing::clock();
    roles::load_shipped(&db, &clock).await.unwrap();
    let settings = Settings {
        partnership_name: "Weardale Partnership".to_owned(),
        ..Settings::default()
    };
    let app = App::new(db, clock, settings, sign_in, Vec::new());
    let routes = routes()
        .merge(kept::routes())
        .merge(crate::account::routes())
        .merge(crate::users::routes())
        .merge(crate::agencies::routes());
    let list = routes.list().to_vec();
    let router = app.serve(routes.with_state(app.clone()));
    World { app, router, list }
}

impl World {
    pub(super) fn browser(&self) -> Browser {
        Browser::new(&self.router)
    }

    /// The first administrator, in a browser that is signed in.
    pub(super) async fn administrator(&self) -> Browser {
        let token = first_run_link(&self.app.db, &self.app.clock)
            .await
            .unwrap()
            .unwrap();
        let mut browser = self.browser();
        let page = browser.get(&link::path(&token)).await;
        assert_eq!(page.status, StatusCode::OK);
        let fields = [
            ("partnership", "Weardale Partnership"),
            ("name", "Ada Admin"),
            ("email", "Ada@Example.org"),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
        ];
        let done = browser.post(&link::path(&token), &fields).await;
        assert_eq!(
            (done.status, done.location.as_str()),
            (StatusCode::SEE_OTHER, "/"),
            "{}",
            done.body
        );
        browser
    }

    async fn officer(&self) -> Uuid {
        let roles = ["officer".to_owned()];
        let (user, _) = commands::add(
            &self.app.db,
            &self.app.clock,
            "Olu Officer",
            "olu@example.org",
            "weardale partnership",
            &roles,
        )
        .await
        .unwrap();
        commands::set_password(
            &self.app.db,
            &self.app.clock,
            &self.app.sign_in,
            user,
            PASSWORD,
        )
        .await
        .unwrap();
        user
    }

    pub(super) async fn events(&self, user: Uuid, kind: &str) -> i64 {
        read!(&self.app.db, |tx| tx
            .count(
                sql!("select count(*) from events where subject_id = $1 and kind = $2"),
                args![user, kind]
            )
            .await)
        .await
        .unwrap()
    }
}

impl Browser {
    pub(super) async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.get("/sign-in?next=/account").await;
        self.post(
            "/sign-in",
            &[
                ("email", email),
                ("password", password),
                ("next", "/account"),
            ],
        )
        .await
    }
}

pub(super) fn signed_in(answer: &Answer) -> bool {
    answer.status == StatusCode::SEE_OTHER
        && answer.headers.get_all("set-cookie").iter().any(|cookie| {
            cookie
                .to_str()
                .is_ok_and(|text| text.starts_with("session="))
        })
}

on_both! {
    async fn the_first_link_makes_one_administrator(db: Db) {
        let world = world(db).await;
        let old = first_run_link(&world.app.db, &world.app.clock).await.unwrap().unwrap();
        let token = first_run_link(&world.app.db, &world.app.clock).await.unwrap().unwrap();
        let mut browser = world.browser();
        assert_eq!(browser.get(&link::path(&old)).await.status, StatusCode::GONE, "a new link makes the old one void");
        browser.get(&link::path(&token)).await;
        let weak = [("name", "Ada"), ("email", "ada"), ("password", "weardale-partnership"), ("password_again", "x"), ("partnership", "")];
        let refused = browser.post(&link::path(&token), &weak).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        for words in ["Enter the name of your partnership", "like name@example.org", "harder to guess"] {
            assert!(refused.body.contains(words), "{words}");
        }
        assert!(!refused.body.contains("weardale-partnership"), "a password is never sent back");
        let mut admin = world.administrator().await;
        assert!(admin.get("/account").await.body.contains("Administrator"));
        assert_eq!(first_run_link(&world.app.db, &world.app.clock).await.unwrap(), None);
        assert_eq!(browser.get(&link::path(&token)).await.status, StatusCode::GONE);
        let roles_page = admin.get("/roles").await;
        assert!(roles_page.body.contains("Elected member") && roles_page.body.contains("see counts, maps"));
    }

    async fn a_password_signs_in_and_out(db: Db) {
        let world = world(db).await;
        world.administrator().await;
        let user = world.officer().await;
        let mut browser = world.browser();
        let answer = browser.sign_in("OLU@example.org ", PASSWORD).await;
        assert!(signed_in(&answer));
        assert_eq!(answer.location, "/account");
        let page = browser.get("/account").await;
        assert!(page.body.contains("Olu Officer") && page.body.contains("Firefox on Linux"));
        assert_eq!(browser.get("/users").await.status, StatusCode::FORBIDDEN);
        let mut thief = browser.clone();
        let out = browser.post("/sign-out", &[]).await;
        assert_eq!(out.location, "/signed-out");
        assert!(browser.get("/signed-out").await.body.contains("You have signed out"));
        assert_eq!(thief.get("/account").await.status, StatusCode::SEE_OTHER, "the token is void, not only gone");
        assert_eq!(world.events(user, "user.signed_in").await, 1);

        // Nobody is sent elsewhere after signing in.
        browser.get("/sign-in").await;
        let away = browser.post("/sign-in", &[("email", "olu@example.org"), ("password", PASSWORD), ("next", "//evil.example")]).await;
        assert_eq!(away.location, "/");
    }

    async fn nobody_learns_who_has_an_account(db: Db) {
        let world = world(db).await;
        world.administrator().await;
        world.officer().await;
        let mut browser = world.browser();
        let mut answers = Vec::new();
        for email in ["olu@example.org", "nobody@example.org"] {
            for _ in 0..6 {
                let answer = browser.sign_in(email, "wrong-password-here").await;
                let body = answer.body.replace(email, "EMAIL");
                let text = body.split("csrf_token").next().unwrap_or_default().to_owned();
                answers.push((email, answer.status, text));
            }
        }
        for (known, unknown) in answers[..6].iter().zip(&answers[6..]) {
            assert_eq!((known.1, &known.2), (unknown.1, &unknown.2));
        }
        assert_eq!(answers[4].1, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answers[5].1, StatusCode::TOO_MANY_REQUESTS);
        assert!(answers[5].2.contains("Try again in 1 minutes"));
        // While locked even the right password waits; afterwards it works, and the wait doubles.
        assert_eq!(browser.sign_in("olu@example.org", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
        world.app.clock.advance(Duration::seconds(61));
        assert_eq!(browser.sign_in("olu@example.org", "wrong-password-here").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        world.app.clock.advance(Duration::seconds(61));
        let locked = browser.sign_in("olu@example.org", PASSWORD).await;
        assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS);
        world.app.clock.advance(Duration::seconds(61));
        assert!(signed_in(&browser.sign_in("olu@example.org", PASSWORD).await));
    }

    async fn a_code_is_used_once_and_so_is_a_recovery_code(db: Db) {
        let world = world(db).await;
        world.administrator().await;
        let user = world.officer().await;
        let mut browser = world.browser();
        browser.sign_in("olu@example.org", PASSWORD).await;
        let page = browser.get("/account/code").await;
        let typed = page.body.split("type this key: <strong>").nth(1).unwrap().split('<').next().unwrap();
        let secret = totp_rs::Secret::try_from_base32(typed.replace(' ', "")).unwrap();
        let secret: Vec<u8> = AsRef::<[u8]>::as_ref(&secret).to_vec();
        let code = |at: chrono::DateTime<chrono::Utc>| codes::code_at(&secret, at).unwrap();
        let now = world.app.clock.now();
        let wrong = browser.post("/account/code", &[("code", &code(now)), ("current", "not-my-password")]).await;
        assert!(wrong.body.contains("This is not your password"));
        let done = browser.post("/account/code", &[("code", &code(now)), ("current", PASSWORD)]).await;
        assert_eq!(done.status, StatusCode::OK);
        let recovery: Vec<String> = done.body.split("<code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect();
        assert_eq!(recovery.len(), codes::RECOVERY_CODES);

        // The code of the set-up cannot be used again, the next one can, once.
        let mut other = world.browser();
        let half = other.sign_in("olu@example.org", PASSWORD).await;
        assert_eq!(half.location, "/sign-in/code");
        assert!(!signed_in(&half));
        assert_eq!(other.get("/account").await.status, StatusCode::SEE_OTHER, "half signed in is not signed in");
        other.get("/sign-in/code").await;
        let replay = other.post("/sign-in/code", &[("code", &code(now))]).await;
        assert_eq!(replay.status, StatusCode::UNPROCESSABLE_ENTITY);
        world.app.clock.advance(Duration::seconds(30));
        let next = code(world.app.clock.now());
        assert!(signed_in(&other.post("/sign-in/code", &[("code", &next)]).await));
        let mut third = world.browser();
        third.sign_in("olu@example.org", PASSWORD).await;
        third.get("/sign-in/code").await;
        assert!(!signed_in(&third.post("/sign-in/code", &[("code", &next)]).await), "a code seen over a shoulder is void");

        let page = third.get("/sign-in/code?recovery=true").await;
        assert!(page.body.contains("Each recovery code works once"));
        let spoken = recovery[3].to_uppercase().replace('-', " ");
        assert!(signed_in(&third.post("/sign-in/code", &[("recovery", "true"), ("code", &spoken)]).await));
        let mut fourth = world.browser();
        fourth.sign_in("olu@example.org", PASSWORD).await;
        fourth.get("/sign-in/code?recovery=true").await;
        let again = fourth.post("/sign-in/code", &[("recovery", "true"), ("code", &recovery[3])]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(third.get("/account").await.body.contains("9 recovery codes left"));
        assert_eq!(world.events(user, "user.recovery_code_used").await, 1);

        // A lost phone: everything stops at once, and the link sets a new password.
        let link = commands::reset(&world.app.db, &world.app.clock, "olu@example.org", link::Reset::Everything).await.unwrap();
        assert_eq!(third.get("/account").await.status, StatusCode::SEE_OTHER);
        let mut fifth = world.browser();
        assert!(!signed_in(&fifth.sign_in("olu@example.org", PASSWORD).await));
        let page = fifth.get(&link::path(&link)).await;
        assert!(page.body.contains("olu@example.org"));
        let fresh = "umbrella-quartz-meadow-7";
        assert!(signed_in(&fifth.post(&link::path(&link), &[("password", fresh), ("password_again", fresh)]).await));
        assert_eq!(fifth.get(&link::path(&link)).await.status, StatusCode::GONE);
    }

    async fn administrators_manage_users(db: Db) {
        let world = world(db).await;
        let mut admin = world.administrator().await;
        let page = admin.get("/users/new").await;
        let id = page.body.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let agency = page.body.split("<option value=\"").nth(2).unwrap().split('"').next().unwrap().to_owned();
        let empty = admin.post("/users/new", &[("id", &id)]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        for words in ["Enter the person&#39;s name", "Select at least one role", "Select the person&#39;s agency"] {
            assert!(empty.body.contains(words) || empty.body.contains(&words.replace("&#39;", "'")) || empty.body.contains(&words.replace("&#39;", "&#x27;")), "{words}");
        }
        let fields = [("id", id.as_str()), ("name", "Mia Manager"), ("email", "mia@example.org"), ("agency", agency.as_str()), ("roles", "manager")];
        let made = admin.post("/users/new", &fields).await;
        let link = made.body.split("http://localhost:8080").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let twice = admin.post("/users/new", &fields).await;
        assert_eq!(twice.location, format!("/users/{id}"), "sent twice, added once");
        let mut mia = world.browser();
        mia.get(&link).await;
        assert!(signed_in(&mia.post(&link, &[("password", PASSWORD), ("password_again", PASSWORD)]).await));

        // A manager sees the own agency, cannot make administrators, and cannot touch one.
        let list = mia.get("/users").await;
        assert!(list.body.contains("Ada Admin") && list.body.contains("2 users"));
        let new = mia.get("/users/new").await;
        assert!(new.body.contains("value=\"officer\"") && !new.body.contains("value=\"administrator\""));
        let ada: Uuid = read!(&world.app.db, |tx| crate::users::store::by_email(tx, "ada@example.org").await).await.unwrap().unwrap();
        assert_eq!(mia.get(&format!("/users/{ada}")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(mia.post(&format!("/users/{ada}/reset"), &[("what", "everything")]).await.status, StatusCode::FORBIDDEN);
        let other = outsider::signed_in(&world.app, &["officer"]).await.unwrap().0;
        assert_eq!(mia.get(&format!("/users/{other}")).await.status, StatusCode::NOT_FOUND, "of another agency");
        assert!(!mia.get("/users").await.body.contains("Outsider"));

        // Two edits at once: the second sees both versions.
        let path = format!("/users/{id}");
        admin.get(&path).await;
        let edit = |name: &'static str, version: &'static str| {
            [("version", version), ("name", name), ("email", "mia@example.org"), ("agency", ""), ("roles", "manager"), ("active", "yes")]
        };
        let mut first = edit("Mia M", "1");
        first[3].1 = Box::leak(agency.clone().into_boxed_str());
        assert_eq!(admin.post(&path, &first).await.location, "/users");
        assert_eq!(admin.post(&path, &first).await.location, "/users", "the same sent twice is no conflict");
        let mut second = first;
        second[1].1 = "Mia Mm";
        let stale = admin.post(&path, &second).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        assert!(stale.body.contains("Mia M<") || stale.body.contains("Mia M\n"), "theirs");
        assert!(stale.body.contains("value=\"Mia Mm\"") && stale.body.contains("name=\"version\" value=\"2\""), "mine");

        // Disabled: out at once. The last administrator cannot go.
        second[0].1 = "2";
        second[5].1 = "no";
        assert_eq!(admin.post(&path, &second).await.location, "/users");
        assert_eq!(mia.get("/users").await.status, StatusCode::SEE_OTHER);
        assert!(!signed_in(&mia.sign_in("mia@example.org", PASSWORD).await));
        let last = commands::disable(&world.app.db, &world.app.clock, "ada@example.org").await;
        assert!(matches!(last, Err(CommandError::Db(commonweal_core::DbError::Refused(_)))));
        let disabled = admin.get("/users?state=disabled").await;
        assert!(disabled.body.contains("Mia Mm") && disabled.body.contains("1 user<"), "{}", disabled.body);
    }

    async fn agencies_are_added_and_leave(db: Db) {
        let world = world(db).await;
        let mut admin = world.administrator().await;
        let page = admin.get("/agencies/new").await;
        let id = page.body.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let fields = [("id", id.as_str()), ("name", "Weardale Wardens"), ("kind", "council")];
        assert_eq!(admin.post("/agencies/new", &fields).await.location, "/agencies");
        assert_eq!(admin.post("/agencies/new", &fields).await.location, "/agencies");
        let taken = admin.post("/agencies/new", &[("name", "Weardale Wardens"), ("kind", "police")]).await;
        assert!(taken.body.contains("There is an agency of this name already"));
        let (_, _) = commands::add(&world.app.db, &world.app.clock, "Wes", "wes@example.org", "Weardale Wardens", &["warden".to_owned()]).await.unwrap();
        let wes = read!(&world.app.db, |tx| crate::users::store::by_email(tx, "wes@example.org").await).await.unwrap().unwrap();
        commands::set_password(&world.app.db, &world.app.clock, &world.app.sign_in, wes, PASSWORD).await.unwrap();
        let mut browser = world.browser();
        assert!(signed_in(&browser.sign_in("wes@example.org", PASSWORD).await));
        let path = format!("/agencies/{id}");
        admin.get(&path).await;
        let gone = admin.post(&path, &[("version", "1"), ("name", "Weardale Wardens"), ("kind", "council"), ("active", "no")]).await;
        assert_eq!(gone.location, "/agencies", "{}", gone.body);
        assert_eq!(browser.get("/account").await.status, StatusCode::SEE_OTHER, "people of an agency that left are out at once");
        assert!(admin.get("/agencies").await.body.contains("Has left"));
    }

    async fn sessions_and_password_are_ones_own_to_manage(db: Db) {
        let world = world(db).await;
        world.administrator().await;
        world.officer().await;
        let (mut one, mut two) = (world.browser(), world.browser());
        one.sign_in("olu@example.org", PASSWORD).await;
        world.app.clock.advance(Duration::minutes(2));
        two.sign_in("olu@example.org", PASSWORD).await;
        let page = one.get("/account").await;
        let end = page.body.split("action=\"/account/sessions/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert_eq!(one.post(&format!("/account/sessions/{end}"), &[]).await.location, "/account");
        assert_eq!(two.get("/account").await.status, StatusCode::SEE_OTHER);
        two.sign_in("olu@example.org", PASSWORD).await;
        one.get("/account/password").await;
        let fresh = "umbrella-quartz-meadow-7";
        let wrong = one.post("/account/password", &[("current", "x"), ("password", fresh), ("password_again", fresh)]).await;
        assert!(wrong.body.contains("This is not your password"));
        let done = one.post("/account/password", &[("current", PASSWORD), ("password", fresh), ("password_again", fresh)]).await;
        assert_eq!(done.location, "/account");
        assert_eq!(two.get("/account").await.status, StatusCode::SEE_OTHER, "other sessions end");
        assert!(one.get("/account").await.body.contains("Your password was changed"));
        assert!(signed_in(&two.sign_in("olu@example.org", fresh).await));
    }

    async fn an_ended_session_keeps_what_was_typed_through_the_sign_in(db: Db) {
        let world = world(db).await;
        let mut admin = world.administrator().await;
        admin.get("/agencies/new").await;
        world.app.clock.advance(Duration::hours(2));
        let late = admin.post("/agencies/new", &[("name", "A long story"), ("kind", "other")]).await;
        assert!(late.location.starts_with("/sign-in?next=%2Fkept%2F"), "{}", late.location);
        let page = admin.get(&late.location).await;
        assert!(page.body.contains("Your sign-in has ended"));
        let next = page.body.split("name=\"next\" value=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#x2f;", "/");
        let back = admin.post("/sign-in", &[("email", "ada@example.org"), ("password", PASSWORD), ("next", &next)]).await;
        assert!(back.location.starts_with("/kept/"), "{}", back.location);
        let kept = admin.get(&back.location).await;
        assert!(kept.body.contains("A long story") && kept.body.contains("action=\"/agencies/new\"") || kept.body.contains("&#x2f;agencies&#x2f;new"), "{}", kept.body);
        assert_eq!(admin.post("/agencies/new", &[("name", "A long story"), ("kind", "other")]).await.location, "/agencies");
    }

    async fn an_outsider_sees_nothing_of_administration(db: Db) {
        let world = world(db).await;
        world.administrator().await;
        let wrong = outsider::sees_nothing(&world.app, &world.router, &world.list, &["Ada", "example.org", "Weardale Wardens"]).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new());
        session::sweep(&world.app.db, &world.app.clock).await.unwrap();
    }
}

on_both! {
    async fn public_pages_take_their_words_from_the_catalogue(db: Db) {
        let plain = world(db).await;
        let mut settings = Settings::clone(&plain.app.settings);
        settings.language = commonweal_govuk::Language::Pseudo;
        let app = App::new(plain.app.db.clone(), plain.app.clock.clone(), settings, SignIn::new(), Vec::new());
        let router = app.serve(routes().with_state(app.clone()));
        let first = first_run_link(&app.db, &app.clock).await.unwrap().unwrap();
        let mut browser = Browser::new(&router);
        for path in ["/sign-in", "/sign-in?said=unknown", "/signed-out", &link::path(&first), "/link/none", "/nowhere"] {
            let body = browser.get(path).await.body;
            let main = body.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
            let words = main.split('<').filter_map(|part| part.split_once('>')).flat_map(|(_, text)| text.split_whitespace());
            // In the disguise every word of three letters or more has an accent somewhere.
            let english: Vec<&str> = words
                .filter(|word| word.len() >= 3 && word.chars().all(|letter| letter.is_ascii_alphabetic()))
                .collect();
            assert_eq!(english, Vec::<&str>::new(), "{path}");
        }
        assert!(!browser.get("/sign-in").await.body.contains("sign_in."), "no key without a text");
    }
}
