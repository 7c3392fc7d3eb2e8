use axum::body::Body;
use chrono::Duration;
use commonweal_access::web::Address;
use commonweal_core::events::Actor;
use commonweal_core::{Db, DbError, args, on_both, read, sql, upkeep, write};
use http::{Request, StatusCode};
use tower::ServiceExt as _;

use super::pages::{Context, PAGE};
use super::*;
use crate::test_app::Stage;

fn subject() -> Subject<'static> {
    Subject {
        topic: "place:elvet-ward",
        title: "Elvet",
        mail_subject: "Do you want news of Elvet?",
        mail_text: "Yes: {confirm} No more: {end}",
    }
}

async fn mails(db: &Db) -> Vec<(String, String, Option<String>)> {
    read!(db, |tx| {
        tx.all(
            sql!("select kind, body, unsubscribe from outbox order by id"),
            args![],
        )
        .await?
        .iter()
        .map(|row| Ok((row.at(0)?, row.at(1)?, row.at(2)?)))
        .collect::<Result<Vec<_>, DbError>>()
    })
    .await
    .unwrap()
}

async fn addresses(db: &Db) -> i64 {
    read!(db, |tx| tx
        .count(sql!("select count(*) from subscription_addresses"), args![])
        .await)
    .await
    .unwrap()
}

fn secret(text: &str, path: &str) -> String {
    let after = text.split(&format!("/{path}/")).nth(1).unwrap();
    after.chars().take_while(char::is_ascii_hexdigit).collect()
}

#[test]
fn the_page_keeps_the_rules_at_each_step() {
    for step in ["confirm", "confirmed", "end", "ended", "gone"] {
        let sample = Context {
            step,
            title: Some("Elvet".to_owned()),
            action: "/unsubscribe/abc".to_owned(),
        };
        commonweal_govuk::check_public_page(&PAGE, &sample).unwrap();
    }
}

on_both! {
    async fn a_wish_is_confirmed_told_and_ended_by_one_click_and_nothing_remains(db: Db) {
        let stage = Stage::new(&db).await;
        let (app, clock) = (&stage.app, &stage.clock);
        let nobody = Address(None);
        assert_eq!(ask(app, &subject(), " Sam@Example.org ", &nobody).await.unwrap(), Asked::Sent);
        let question = mails(&db).await.remove(0).1;
        assert!(!question.contains("example.org/") && !question.contains('{'), "{question}");
        let confirming = secret(&question, "subscriptions");
        let later = clock.now() + Duration::days(8);
        let due_now = async || read!(&db, |tx| due(tx, "place:", later).await).await.unwrap();
        assert!(due_now().await.is_empty(), "nobody is told before they said yes");

        let served = stage.serve(routes().with_state(app.clone()));
        let page = served.get(&format!("/subscriptions/{confirming}"), None).await;
        assert!(page.status == StatusCode::OK && page.body.contains("Elvet") && !page.body.contains("example.org"));
        let (_, token) = stage.person(&[]).await;
        for _ in 0..2 {
            let page = served.post(&format!("/subscriptions/{confirming}"), &token).await;
            assert_eq!(page.status, StatusCode::OK);
        }
        let found = due_now().await;
        assert_eq!((found.len(), found[0].topic.as_str()), (1, "place:elvet-ward"));
        let told = async || write!(&db, clock, &Actor::system("test"), |tx| {
            tx.record(commonweal_core::events::Event::new("place", uuid::Uuid::nil(), "test", serde_json::json!({})));
            tell(tx, "https://asb.example", &found[0], "News of Elvet", "A litter pick.".to_owned()).await
        }).await.unwrap();
        clock.advance(Duration::minutes(1));
        assert!(told().await);
        assert!(!told().await, "nobody is told twice");
        let (kind, _, link) = mails(&db).await.pop().unwrap();
        assert_eq!(kind, "subscription.digest");
        let link = link.unwrap();
        assert!(link.starts_with("https://asb.example/unsubscribe/") && link.ends_with("/now"), "{link}");

        // As a mail program does: no cookie, no token, no page before.
        let path = link.trim_start_matches("https://asb.example").to_owned();
        let click = || Request::post(&path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from("List-Unsubscribe=One-Click")).unwrap();
        let router = one_click(app);
        for _ in 0..2 {
            assert_eq!(router.clone().oneshot(click()).await.unwrap().status(), StatusCode::OK);
        }
        assert_eq!(addresses(&db).await, 0);
        assert_eq!(mails(&db).await, [], "the outbox forgets it too");
        assert!(due_now().await.is_empty());
        assert_eq!(served.get(&format!("/subscriptions/{confirming}"), None).await.status, StatusCode::GONE);
        assert_eq!(served.get(&path, None).await.status, StatusCode::OK);
    }

    async fn nobody_can_flood_an_address_or_learn_who_subscribed(db: Db) {
        let stage = Stage::new(&db).await;
        let here = Address(Some("a network".to_owned()));
        for number in 0..3 {
            assert_eq!(ask(&stage.app, &subject(), "sam@example.org", &here).await.unwrap(), Asked::Sent, "{number}");
        }
        assert_eq!(ask(&stage.app, &subject(), "SAM@example.org", &here).await.unwrap(), Asked::TooMany);
        for number in 0..17 {
            ask(&stage.app, &subject(), &format!("p{number}@example.org"), &here).await.unwrap();
        }
        assert_eq!(ask(&stage.app, &subject(), "new@example.org", &here).await.unwrap(), Asked::TooMany);
        let sent = mails(&db).await;
        // Who has confirmed already is not asked again, and the page says the same.
        let asked = read!(&db, |tx| tx.all(sql!("select body from outbox where to_address = 'sam@example.org'"), args![]).await).await.unwrap();
        assert_eq!(asked.len(), 3);
        let yes = secret(&asked[0].at::<String>(0).unwrap(), "subscriptions");
        write!(&db, &stage.clock, &Actor::system("test"), |tx| confirm(tx, &yes).await).await.unwrap();
        assert_eq!(addresses(&db).await, i64::try_from(sent.len()).unwrap() - 2, "of three wishes one is left");
        stage.clock.advance(Duration::days(2));
        assert_eq!(ask(&stage.app, &subject(), "sam@example.org", &here).await.unwrap(), Asked::Sent);
        assert_eq!(mails(&db).await.len(), sent.len());
        stage.clock.advance(Duration::days(6));
        sweep(&db, &stage.clock).await.unwrap();
        assert_eq!(addresses(&db).await, 1, "what nobody confirmed is forgotten");
        let marks = upkeep!(&db, &stage.clock, |tx| tx.count(sql!("select count(*) from flood_marks"), args![]).await).await.unwrap();
        assert_eq!(marks, 0);
    }
}
