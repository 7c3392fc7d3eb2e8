//! Stories of enquiries, on both databases.

use commonweal_core::{DbError, args, on_both, read, sql};
use commonweal_govuk::check_page;
use http::StatusCode;
use uuid::Uuid;

use super::model::{Drafts, fill};
use super::pages::{Item, LIST, Line, ListContext, NEW, NewContext, Tab};
use super::show::{Context, Fact, SHOW};
use crate::intake::tests::Stage;

#[test]
fn the_pages_keep_the_rules() {
    let list = ListContext {
        tabs: vec![Tab {
            text: "Open",
            href: "/enquiries".to_owned(),
            active: true,
        }],
        rows: vec![Line {
            reference: "E-1".to_owned(),
            asked_by: "Cllr <b>".to_owned(),
            authority: "None",
            due: "1 May 2026".to_owned(),
            overdue: true,
        }],
        may_add: true,
        next: Some("/enquiries?after=x".to_owned()),
    };
    check_page(&LIST, &list).unwrap();
    check_page(
        &LIST,
        &ListContext {
            rows: Vec::new(),
            next: None,
            may_add: false,
            ..list
        },
    )
    .unwrap();
    let item = || {
        vec![Item {
            value: "a".to_owned(),
            text: "A".to_owned(),
        }]
    };
    let new = NewContext {
        id: Uuid::nil().to_string(),
        members: item(),
        authority: item(),
        clock: "10 working days".to_owned(),
    };
    check_page(&NEW, &new).unwrap();
    for full in [true, false] {
        let show = Context {
            reference: "E-1".to_owned(),
            state: "To be answered",
            question: "<script>\nTwo lines".to_owned(),
            facts: vec![Fact {
                key: "Asked by",
                value: "Somebody".to_owned(),
            }],
            answer: full.then(|| "Line\nLine".to_owned()),
            may_answer: full,
            may_tell: !full,
            overdue: full,
            stale: full,
            version: 1,
        };
        assert!(!check_page(&SHOW, &show).unwrap().contains("<script>"));
    }
}

#[test]
fn drafts_tell_nothing_without_authority() {
    assert_eq!(
        fill("Dear {member}, {", &[("member", "{due}")]),
        "Dear {due}, {"
    );
    let bad = "without_authority='{state}'\nwith_authority=''";
    assert!(Drafts::parse(bad).unwrap_err().contains("tell of a case"));
    assert!(
        Drafts::parse("without_authority='{x}'\nwith_authority=''")
            .unwrap_err()
            .contains("{x}")
    );
}

on_both! {
async fn an_enquiry_is_taken_and_answered_within_what_the_resident_allows(db: Db) {
    let stage = Stage::new(&db, |people| super::routes(people).merge(crate::intake::routes(people))).await;
    let (_, officer) = stage.person(&["officer"]).await;
    let (member, member_token) = stage.person(&["elected-member"]).await;
    let told = stage.post("/intake", &officer, &format!("do=save&id={}&identity=anonymous&kind=noise&happening=now&description=Loud&where=54.775%2C-1.57", Uuid::from_u128(1))).await;
    assert_eq!(told.status, StatusCode::OK);
    let matter: Result<String, DbError> = read!(&stage.app.db, |tx| {
        tx.one(sql!("select reference from matters"), args![]).await?.get("reference")
    })
    .await;
    let matter = matter.unwrap();
    let bad = stage.post("/enquiries/new", &officer, "authority=in_writing&matter=M-0000-0000").await;
    for words in ["Enter who asks", "Enter what the resident allowed", "Enter what they ask", "nothing of this reference"] {
        assert!(bad.body.contains(words), "{words}");
    }
    let form = format!("id={}&member={member}&authority=none&question=What+is+done+in+Elm+Road%3F&matter={matter}", Uuid::from_u128(2));
    let taken = stage.post("/enquiries/new", &officer, &form).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.body);
    assert_eq!(stage.post("/enquiries/new", &officer, &form).await.location, taken.location);
    let page = stage.get(&taken.location, Some(&officer)).await;
    // Ten working days from Monday 1 June 2026.
    assert!(page.body.contains("15 June 2026") && page.body.contains("gave no authority"));
    assert!(page.body.contains("We cannot say whether") && !page.body.contains("Where it stands"));
    let named = stage.post(&taken.location, &officer, &format!("version=1&answer=It+is+{matter}")).await;
    assert!(named.body.contains("which the resident did not allow"));
    // The member sees it without what it is about.
    let theirs = stage.get(&taken.location, Some(&member_token)).await;
    assert!(theirs.body.contains("Elm Road") && !theirs.body.contains(&matter));
    let answered = stage.post(&taken.location, &officer, "version=1&answer=In+general+we+listen").await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER);
    let stale = stage.post(&taken.location, &officer, "version=1&answer=Something+else").await;
    assert!(stale.body.contains("Somebody else changed") && stale.body.contains("Something else"));
    assert!(stage.get(&taken.location, Some(&member_token)).await.body.contains("In general we listen"));
    let mails: Result<i64, DbError> = read!(&stage.app.db, |tx| {
        tx.count(sql!("select count(*) from outbox where kind = 'enquiry.answered'"), args![]).await
    })
    .await;
    assert_eq!(mails.unwrap(), 1);
    // With authority the draft says where it stands.
    let form = format!("id={}&name=Cllr+Sedge&authority=in_writing&authority_note=Letter&question=And%3F&matter={matter}", Uuid::from_u128(3));
    let taken = stage.post("/enquiries/new", &officer, &form).await;
    assert!(stage.get(&taken.location, Some(&officer)).await.body.contains("Where it stands: new"));
    // Another member and another agency learn nothing.
    for role in ["elected-member", "officer"] {
        let (_, other) = stage.person(&[role]).await;
        assert_eq!(stage.get(&taken.location, Some(&other)).await.status, StatusCode::NOT_FOUND);
        assert!(!stage.get("/enquiries", Some(&other)).await.body.contains("Cllr Sedge"));
    }
    assert!(stage.get("/enquiries", Some(&officer)).await.body.contains("Cllr Sedge"));
    stage.outsiders_see_nothing(&["Elm Road", "Cllr Sedge"]).await;
}
}
