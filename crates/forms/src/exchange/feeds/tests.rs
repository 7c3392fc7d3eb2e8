//! Feeds and calendars by their secret addresses.

use commonweal_core::on_both;
use http::{StatusCode, header};

use crate::exchange::stage::{Person, Stage};
use crate::made_up;

/// Makes an address of a person's feed on its page.
async fn address(stage: &Stage, who: &Person, page: &str, make: &str) -> String {
    let made = stage.post(who, page, &[("make", make)]).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let text = made.text().replace("&#x2f;", "/");
    let rest = text.split("value=\"http://localhost:8080").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn fetch(stage: &Stage, path: &str, tag: Option<&str>) -> crate::exchange::stage::Answer {
    let mut request = http::Request::builder().uri(path);
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    stage
        .answer(request.body(axum::body::Body::empty()).unwrap())
        .await
}

on_both! {
    async fn a_feed_shows_what_its_owner_may_see_until_it_is_revoked(db: Db) {
        let stage = Stage::new(&db).await;
        let sample = stage.sample();
        let manager = stage.person(&["officer", "manager"]).await;
        let mut last = None;
        for seed in 0..5 {
            last = Some(stage.record(&sample, &manager, made_up::answers(&sample, &stage.world(&manager), seed)).await);
        }
        let record = last.unwrap();
        let atom = address(&stage, &manager, "/registers/sample/feeds", "changes").await;
        let feed = fetch(&stage, &atom, None).await;
        assert_eq!((feed.status, feed.header(header::CONTENT_TYPE).as_str()), (StatusCode::OK, "application/atom+xml; charset=utf-8"));
        assert_eq!(feed.text().matches("<entry>").count(), 5);
        assert!(feed.text().contains(&record.reference) && !feed.header(header::LAST_MODIFIED).is_empty());
        assert!(!feed.text().contains(&format!("<id>http://localhost:8080{atom}")), "the feed's name holds no secret");
        let again = fetch(&stage, &atom, Some(&feed.header(header::ETAG))).await;
        assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
        let dues = address(&stage, &manager, "/registers/sample/feeds", "due").await;
        let calendar = fetch(&stage, &dues, None).await.text();
        assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 5, "{calendar}");
        assert!(calendar.contains("Look at it"));
        let mine = address(&stage, &manager, "/registers/due-dates", "mine").await;
        assert_eq!(fetch(&stage, &mine, None).await.text().matches("BEGIN:VEVENT").count(), 5);
        let nobody = stage.person(&["analyst"]).await;
        let theirs = address(&stage, &nobody, "/registers/due-dates", "mine").await;
        assert_eq!(fetch(&stage, &theirs, None).await.text().matches("BEGIN:VEVENT").count(), 0);
        // The secret of one feed opens no other, and a wrong one opens none.
        let wrong = mine.replace("/due.ics", "/registers/sample/due.ics");
        for path in [wrong, format!("{}0/registers/sample/changes.atom", "/feeds/")] {
            assert_eq!(fetch(&stage, &path, None).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let page = stage.get(&manager, "/registers/sample/feeds").await;
        let revoked = stage.post(&manager, "/registers/sample/feeds", &[("end", &page.field("end"))]).await;
        assert_eq!(revoked.status, StatusCode::OK);
        assert_eq!(fetch(&stage, &atom, None).await.status, StatusCode::NOT_FOUND);
        // An officer may not take records out, so there is no page to make an address on.
        let officer = stage.person(&["officer"]).await;
        assert!(stage.get(&officer, "/registers/sample/feeds").await.status.is_client_error());
    }
}
