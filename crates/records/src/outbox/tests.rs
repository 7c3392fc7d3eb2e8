use commonweal_core::mail::Mail;
use commonweal_core::{DbError, args, on_both, read, sql, upkeep};
use serde_json::Value as Json;
use uuid::Uuid;

use super::pages::{LIST_PAGE, Line, ListContext, MESSAGE_PAGE, MessageContext, Tab, paragraphs};
use super::*;
use crate::test_app::{Served, Stage};

async fn world(stage: &Stage) -> (Served, Uuid) {
    let mut ids = Vec::new();
    for (subject, text) in [
        ("Your link", "Dear <Sam>\n\nOpen it."),
        ("Meeting", "On Monday."),
    ] {
        let mail = || Mail {
            to: "sam@example.org".to_owned(),
            subject: subject.to_owned(),
            text: text.to_owned(),
            kind: "test.note",
        };
        ids.push(
            upkeep!(&stage.app.db, &stage.clock, |tx| tx.send_mail(mail()).await)
                .await
                .unwrap(),
        );
    }
    let kept = ids[1];
    upkeep!(&stage.app.db, &stage.clock, |tx| {
        let now = tx.now();
        tx.run(
            sql!("update outbox set state = 'kept', ended_at = $2 where id = $1"),
            args![kept, now],
        )
        .await
    })
    .await
    .unwrap();
    (stage.serve(routes().with_state(stage.app.clone())), ids[0])
}

/// Who read what, in the access log.
async fn reads(stage: &Stage) -> Vec<(Uuid, String, usize)> {
    read!(&stage.app.db, |tx| {
        let rows = tx
            .all(
                sql!("select user_id, path, subjects from access_log order by id"),
                args![],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let subjects: Json = row.get("subjects")?;
                let ids = subjects["ids"].as_array().map_or(0, Vec::len);
                Ok((row.get("user_id")?, row.get("path")?, ids))
            })
            .collect::<Result<_, DbError>>()
    })
    .await
    .unwrap()
}

on_both! {
    async fn each_look_at_messages_is_in_the_access_log(db: Db) {
        let stage = Stage::new(&db).await;
        let (served, id) = world(&stage).await;
        let (user, token) = stage.person(&["administrator"]).await;
        let all = served.get("/outbox", Some(&token)).await;
        assert!(all.body.contains("Your link") && all.body.contains("Meeting") && all.body.contains("Kept here (1)"));
        let kept = served.get("/outbox?state=kept", Some(&token)).await;
        assert!(!kept.body.contains("Your link") && kept.body.contains("Meeting"));
        assert_eq!(served.get("/outbox?state=failed", Some(&token)).await.status, 200);
        let message = served.get(&format!("/outbox/{id}"), Some(&token)).await;
        assert!(message.body.contains("Dear &lt;Sam&gt;"));
        assert_eq!(served.get(&format!("/outbox/{}", Uuid::nil()), Some(&token)).await.status, 404);
        assert_eq!(served.get("/outbox/odd", Some(&token)).await.status, 404);
        let mut expected = [(user, "/outbox".to_owned(), 2), (user, "/outbox".to_owned(), 1), (user, format!("/outbox/{id}"), 1)];
        expected.sort();
        // All in one moment of the test's clock, so in no order.
        let mut found = reads(&stage).await;
        found.sort();
        assert_eq!(found, expected, "what shows nobody's message is no read");
    }

    async fn outsiders_see_nothing_and_leave_no_trace_of_reading(db: Db) {
        let stage = Stage::new(&db).await;
        let (served, _) = world(&stage).await;
        served.outsiders_see_nothing(&["sam@example.org", "Your link", "(1)"]).await;
        let (_, token) = stage.person(&["analyst", "auditor"]).await;
        assert_eq!(served.get("/outbox", Some(&token)).await.status, 403);
        assert_eq!(reads(&stage).await, []);
    }
}

#[test]
fn the_pages_keep_the_rules() {
    let text = || "Text".to_owned();
    let line = |id, ended: Option<String>| Line {
        id,
        subject: "A <b> subject".to_owned(),
        to: text(),
        kind: text(),
        state: "Sent",
        colour: "green",
        written: text(),
        error: ended.clone(),
        ended,
    };
    let list = ListContext {
        tabs: vec![Tab {
            text: text(),
            href: "/outbox".to_owned(),
            active: true,
        }],
        rows: vec![line(Uuid::nil(), None), line(Uuid::max(), Some(text()))],
        heading: text(),
        next: Some("/outbox?after=x".to_owned()),
    };
    let html = commonweal_govuk::check_page(&LIST_PAGE, &list).unwrap();
    assert!(!html.contains("<b>"));
    for ended in [None, Some(text())] {
        let message = MessageContext {
            message: line(Uuid::nil(), ended),
            paragraphs: paragraphs("One <b>\ntwo\n\n\nthree\n"),
        };
        let html = commonweal_govuk::check_page(&MESSAGE_PAGE, &message).unwrap();
        assert!(
            html.contains("&lt;b&gt;<br>two</p>") && html.contains(">three</p>"),
            "{html}"
        );
    }
}
