//! What becomes of a report, told as stories on both databases.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};
use commonweal_access::session::Token;
use commonweal_core::events::Actor;
use commonweal_core::{Db, DbError, args, on_both, read, sql, write};
use commonweal_govuk::check_page;
use commonweal_records::incidents::Qualifier;
use commonweal_records::matters::{
    self, Channel, Deadline, Happening, HotWord, Identity, Matter, NewReport, Occurrence, Place,
    Received, Whom,
};
use http::StatusCode;
use uuid::Uuid;

use super::queue::{Choice, Context as Queue, Line as Row, QUEUE, Tab};
use super::show::SHOW;
use super::told::{Answered, Piece, Told};
use super::view::{Context, Fact, Flag, Item, Line, Referred};
use super::{merge, model};
use crate::cases;
use crate::intake::tests::Stage;

fn row() -> Row {
    Row {
        reference: "M-1".to_owned(),
        title: "<b>Noise".to_owned(),
        state: "New",
        reports: 2,
        whose: "The council".to_owned(),
        came: "today".to_owned(),
        due: Some("tomorrow".to_owned()),
        due_words: Some("Decide".to_owned()),
        overdue: true,
        band: Some("High"),
        referred: true,
    }
}

#[test]
fn the_pages_keep_the_rules() {
    let queue = Queue {
        tabs: vec![Tab {
            text: "To be decided",
            href: "/triage".to_owned(),
            active: true,
        }],
        view: "new",
        heading: "To be decided",
        kinds: vec![Choice {
            value: "noise".to_owned(),
            text: "Noise".to_owned(),
            selected: true,
        }],
        urgent: vec![row()],
        rows: vec![row()],
        next: Some("/triage?after=x".to_owned()),
        narrowed: false,
    };
    assert!(!check_page(&QUEUE, &queue).unwrap().contains("<b>Noise"));
    let empty = Queue {
        urgent: Vec::new(),
        rows: Vec::new(),
        next: None,
        ..queue
    };
    check_page(&QUEUE, &empty).unwrap();
    let item = || Item {
        value: "a".to_owned(),
        text: "A".to_owned(),
        selected: false,
    };
    let line = || Line {
        text: "M-2".to_owned(),
        href: Some("/matters/M-2".to_owned()),
        note: "Closed".to_owned(),
    };
    let referred = || Referred {
        id: Uuid::nil().to_string(),
        to: "The police".to_owned(),
        from: "The council".to_owned(),
        reason: "Yours".to_owned(),
        due: "Friday".to_owned(),
    };
    let fact = || Fact {
        key: "Where",
        value: "<i>Here".to_owned(),
    };
    let may = [
        "accept", "refer", "close", "reopen", "case", "merge", "unmerge", "kind", "flag",
    ];
    for full in [true, false] {
        let some = |yes: bool| yes && full;
        let context = Context {
            reference: "M-1".to_owned(),
            title: "Noise".to_owned(),
            state: "New",
            band: full.then_some("High"),
            version: 1,
            stale: full,
            facts: vec![fact()],
            stopped: full,
            told: vec![Told {
                reference: "R-1".to_owned(),
                when: "now".to_owned(),
                who: "Anonymous".to_owned(),
                pieces: vec![
                    Piece {
                        text: "<script>".to_owned(),
                        hot: false,
                    },
                    Piece {
                        text: "knife".to_owned(),
                        hot: true,
                    },
                ],
                hot: vec!["Weapons".to_owned()],
                facts: vec![fact()],
                more: vec![
                    Answered {
                        question: "Who is affected?".to_owned(),
                        answer: Some("<b>Me".to_owned()),
                    },
                    Answered {
                        question: "Is your health affected?".to_owned(),
                        answer: None,
                    },
                ],
                files: full.then(|| "/matters/M-1/messages/R-1".to_owned()),
                unsafe_now: full,
            }],
            more: usize::from(full),
            flags: vec![Flag {
                key: "crime",
                text: "Crime",
                meaning: "The police",
                state: full.then_some("Suggested"),
                colour: "yellow",
                reason: full.then(|| "it says so".to_owned()),
                their_reference: full.then(|| "DUR-1".to_owned()),
                police: true,
            }],
            suggested: full.then(fact),
            alike: if full { vec![line()] } else { Vec::new() },
            near: if full { vec![line()] } else { Vec::new() },
            merges: if full { vec![line()] } else { Vec::new() },
            answers: if full { vec![line()] } else { Vec::new() },
            to_answer: full.then(referred),
            waiting: full.then(referred),
            may: may.map(|act| (act, some(true))).into(),
            bands: vec![item()],
            agencies: vec![item()],
            outcomes: vec![item()],
            kinds: vec![item()],
            qualifiers: vec![item()],
            cases: vec![item()],
            case: full.then(|| "C-1".to_owned()),
            merged_into: full.then(|| "M-2".to_owned()),
            messages: full.then(|| crate::messages::Panel {
                href: "/matters/M-1/messages".to_owned(),
                words: "nothing to do".to_owned(),
                attention: false,
                off: true,
                version: 1,
            }),
        };
        assert!(!check_page(&SHOW, &context).unwrap().contains("<script>"));
    }
}

#[test]
fn words_are_marked_where_they_stand_and_nothing_is_lost() {
    let text = "a knife – and a gun";
    let pieces = model::marked(text, &[(2, 7), (18, 21)]);
    let all: String = pieces.iter().map(|piece| piece.0.as_str()).collect();
    assert_eq!(all, text);
    assert_eq!(pieces.iter().filter(|piece| piece.1).count(), 2);
    // Places of a text that was erased, or that cut a letter, mark nothing.
    assert_eq!(model::marked("", &[(2, 7)]), Vec::new());
    assert_eq!(
        model::marked("a – b", &[(3, 4)]),
        [("a – b".to_owned(), false)]
    );
}

fn told(agency: Uuid, words: &str, days: &[u32]) -> NewReport {
    NewReport {
        channel: Channel::Public,
        delivery: None,
        agency,
        taken_by: None,
        their_reference: None,
        identity: Identity::Anonymous,
        reporter: None,
        whom: Whom::Own,
        kind: "noise".to_owned(),
        qualifier: Some(Qualifier::Nuisance),
        description: words.to_owned(),
        happening: Happening::Repeated,
        occurrences: days
            .iter()
            .map(|day| Occurrence {
                on: NaiveDate::from_ymd_opt(2026, 5, *day).unwrap(),
                at: None,
            })
            .collect(),
        place: Place {
            point: Some((54.776, -1.575)),
            words: "Market Place".to_owned(),
            at_home: false,
        },
        safe_now: Some(true),
        hate: None,
        hot_words: Vec::new(),
        language: "en".to_owned(),
        record: None,
        further_to: None,
        owner: agency,
        title: "Noise, Durham".to_owned(),
        clocks: Vec::new(),
        flags: Vec::new(),
    }
}

async fn receive(stage: &Stage, new: &NewReport) -> Received {
    let received: Result<_, DbError> =
        write!(&stage.app.db, &stage.clock, &Actor::system("test"), |tx| {
            matters::receive(tx, new).await
        })
        .await;
    received.unwrap()
}

async fn matter(stage: &Stage, received: &Received) -> Matter {
    let found: Result<_, DbError> =
        read!(&stage.app.db, |tx| matters::load(tx, received.matter).await).await;
    found.unwrap()
}

async fn agency_of(stage: &Stage, user: Uuid) -> Uuid {
    let found: Result<Uuid, DbError> = read!(&stage.app.db, |tx| tx
        .one(sql!("select agency from users where id = $1"), args![user])
        .await?
        .get("agency"))
    .await;
    found.unwrap()
}

async fn stage(db: &Db) -> Stage {
    Stage::new(db, |people| {
        super::routes(people).merge(cases::routes(people))
    })
    .await
}

/// An officer with their own agency.
async fn officer(stage: &Stage) -> (Uuid, Uuid, Token) {
    let (user, token) = stage.person(&["officer"]).await;
    (user, agency_of(stage, user).await, token)
}

fn at(received: &Received, act: &str) -> String {
    format!("/matters/{}/{act}", received.matter_reference)
}

on_both! {
    async fn an_agency_accepts_and_the_second_click_finds_it_done(db: Db) {
        let stage = stage(&db).await;
        let (user, mine, token) = officer(&stage).await;
        let mut new = told(mine, "He has a knife, <script>alert(1)</script>", &[1]);
        new.hot_words = vec![HotWord { group: "weapons".to_owned(), words: "knife".to_owned(), start: 9, end: 14 }];
        new.clocks = vec![Deadline { kind: "triage".to_owned(), due_at: stage.clock.now() + Duration::hours(1), basis: "1 hour".to_owned() }];
        let one = receive(&stage, &new).await;
        let queue = stage.get("/triage", Some(&token)).await;
        assert!(queue.body.contains("Look at these now") && queue.body.contains(&one.matter_reference));
        let page = stage.get(&format!("/matters/{}", one.matter_reference), Some(&token)).await;
        assert!(page.body.contains("<mark>knife</mark>") && !page.body.contains("<script>alert"));
        let done = stage.post(&at(&one, "accept"), &token, "version=1&band=high").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        let now = matter(&stage, &one).await;
        assert_eq!((now.state, now.owner, now.band.as_deref()), (matters::State::Accepted, Some(user), Some("high")));
        assert_eq!(now.due.map(|due| due.1).as_deref(), Some("first_response"));
        let again = stage.post(&at(&one, "accept"), &token, "version=1&band=high").await;
        assert_eq!(again.status, StatusCode::CONFLICT);
        assert_eq!(matter(&stage, &one).await.version, now.version);
        stage.outsiders_see_nothing(&[&one.matter_reference, &one.reference]).await;
    }

    async fn another_agency_declines_then_accepts_and_somebody_owns_it_throughout(db: Db) {
        let stage = stage(&db).await;
        let (_, mine, token) = officer(&stage).await;
        let (_, theirs, other) = officer(&stage).await;
        let (_, _, third) = officer(&stage).await;
        let one = receive(&stage, &told(mine, "Loud", &[1])).await;
        let page = format!("/matters/{}", one.matter_reference);
        assert_eq!(stage.get(&page, Some(&other)).await.status, StatusCode::NOT_FOUND);
        let bare = stage.post(&at(&one, "refer"), &token, &format!("version=1&to={theirs}")).await;
        assert!(bare.body.contains("Say why they should take it"), "{}", bare.body);
        let refer = |version: i64| format!("version={version}&to={theirs}&refer-reason=Yours");
        assert_eq!(stage.post(&at(&one, "refer"), &token, &refer(1)).await.status, StatusCode::SEE_OTHER);
        assert_eq!(matter(&stage, &one).await.agency, mine);
        let asked = stage.get(&page, Some(&other)).await;
        assert!(asked.body.contains("asks you to take this"));
        assert_eq!(stage.get(&page, Some(&third)).await.status, StatusCode::NOT_FOUND);
        // Whoever was asked decides nothing but the answer.
        assert_eq!(stage.post(&at(&one, "close"), &other, "version=2&outcome=advised&close-reason=x").await.status, StatusCode::FORBIDDEN);
        let declined = stage.post(&at(&one, "answer"), &other, "version=2&do=decline&answer-reason=Not+ours").await;
        assert_eq!((declined.status, declined.location.as_str()), (StatusCode::SEE_OTHER, "/triage"));
        assert_eq!(stage.get(&page, Some(&other)).await.status, StatusCode::NOT_FOUND);
        let again = stage.get(&page, Some(&token)).await;
        assert!(again.body.contains("They said: Not ours"));
        assert_eq!(stage.post(&at(&one, "refer"), &token, &refer(3)).await.status, StatusCode::SEE_OTHER);
        let taken = stage.post(&at(&one, "answer"), &other, "version=4&do=accept&answer-reason=").await;
        assert_eq!(taken.status, StatusCode::SEE_OTHER);
        let now = matter(&stage, &one).await;
        assert_eq!((now.agency, now.state), (theirs, matters::State::Accepted));
        // Those who asked go on seeing it, and no longer decide.
        assert_eq!(stage.get(&page, Some(&token)).await.status, StatusCode::OK);
        let gone = stage.post(&at(&one, "close"), &token, "version=6&outcome=advised&close-reason=x").await;
        assert_eq!(gone.status, StatusCode::FORBIDDEN);
    }

    async fn a_merge_undone_restores_every_row(db: Db) {
        let stage = stage(&db).await;
        let (user, mine, token) = officer(&stage).await;
        let (_, theirs, _) = officer(&stage).await;
        let kept = receive(&stage, &told(mine, "Loud", &[1, 2])).await;
        let mut other = told(mine, "Loud music", &[2, 3]);
        other.agency = theirs;
        other.clocks = vec![Deadline { kind: "triage".to_owned(), due_at: stage.clock.now(), basis: "now".to_owned() }];
        other.safe_now = Some(false);
        other.flags = vec![("domestic_abuse".to_owned(), "the report says so".to_owned())];
        let merged = receive(&stage, &other).await;
        let before = rows(&stage).await;
        let form = format!("version=1&other={}&merge-reason=The+same+music", merged.matter_reference);
        assert_eq!(stage.post(&at(&kept, "merge"), &token, &form).await.status, StatusCode::SEE_OTHER);
        let joined = matter(&stage, &kept).await;
        assert_eq!((joined.reports, joined.urgent), (2, true));
        assert_eq!(matter(&stage, &merged).await.state, matters::State::Merged);
        let stopped: Result<bool, DbError> =
            read!(&stage.app.db, |tx| model::contact_stopped(tx, kept.matter).await).await;
        assert!(stopped.unwrap(), "a merge loses no warning");
        // Three days told of, of which both told of one: three incidents.
        let incidents: Result<i64, DbError> = read!(&stage.app.db, |tx| tx
            .count(sql!("select count(distinct incident) from report_incidents"), args![])
            .await)
        .await;
        assert_eq!(incidents.unwrap(), 3);
        let merges: Result<_, DbError> = read!(&stage.app.db, |tx| merge::merges(tx, &joined).await).await;
        let id = merges.unwrap()[0].id;
        let undone = stage.post(&at(&kept, "unmerge"), &token, &format!("version={}&merge={id}", joined.version)).await;
        assert_eq!(undone.status, StatusCode::SEE_OTHER);
        assert_eq!(rows(&stage).await, before);
        let twice: Result<(), DbError> = {
            let now = matter(&stage, &kept).await;
            write!(&stage.app.db, &stage.clock, &Actor::system("test"), |tx| merge::unmerge(tx, &now, id, user).await).await
        };
        assert!(matches!(twice, Err(DbError::NotFound)));
    }

    async fn a_case_is_opened_from_a_report_and_joined_by_another(db: Db) {
        let stage = stage(&db).await;
        let (_, mine, token) = officer(&stage).await;
        let (_, _, stranger) = officer(&stage).await;
        let one = receive(&stage, &told(mine, "Loud", &[1])).await;
        let two = receive(&stage, &told(mine, "Louder", &[9])).await;
        assert_eq!(stage.post(&at(&one, "case"), &token, "version=1&case=").await.status, StatusCode::SEE_OTHER);
        let case = matter(&stage, &one).await.case.unwrap();
        let row: Result<String, DbError> = read!(&stage.app.db, |tx| tx
            .one(sql!("select reference from cases where id = $1"), args![case])
            .await?
            .get("reference"))
        .await;
        let reference = row.unwrap();
        let wrong = stage.post(&at(&two, "case"), &token, "version=1&case=C-0000-0000").await;
        assert!(wrong.body.contains("no open case"));
        let joined = stage.post(&at(&two, "case"), &token, &format!("version=1&case={reference}")).await;
        assert_eq!(joined.status, StatusCode::SEE_OTHER);
        let page = stage.get(&format!("/cases/{reference}"), Some(&token)).await;
        assert!(page.body.contains(&one.matter_reference) && page.body.contains(&two.matter_reference));
        assert!(stage.get("/cases", Some(&token)).await.body.contains(&reference));
        assert_eq!(stage.get(&format!("/cases/{reference}"), Some(&stranger)).await.status, StatusCode::NOT_FOUND);
        stage.outsiders_see_nothing(&[&reference]).await;
    }

    async fn contact_is_stopped_until_domestic_abuse_is_ruled_out(db: Db) {
        let stage = stage(&db).await;
        let (_, mine, token) = officer(&stage).await;
        let mut new = told(mine, "Screaming", &[1]);
        new.flags = vec![("domestic_abuse".to_owned(), "the report says so".to_owned())];
        let one = receive(&stage, &new).await;
        let stopped = || async {
            let found: Result<bool, DbError> =
                read!(&stage.app.db, |tx| model::contact_stopped(tx, one.matter).await).await;
            found.unwrap()
        };
        assert!(stopped().await);
        let bare = stage.post(&at(&one, "flag"), &token, "version=1&flag=domestic_abuse&do=rule_out").await;
        assert!(bare.body.contains("Say how you know"));
        let done = stage.post(&at(&one, "flag"), &token, "version=1&flag=domestic_abuse&do=rule_out&flag-domestic_abuse-reason=Seen").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        assert!(!stopped().await);
        let crime = stage.post(&at(&one, "flag"), &token, "version=2&flag=crime&do=confirm&their-reference=DUR-77").await;
        assert_eq!(crime.status, StatusCode::SEE_OTHER);
        let page = stage.get(&format!("/matters/{}", one.matter_reference), Some(&token)).await;
        assert!(page.body.contains("DUR-77"));
    }

    async fn what_is_closed_says_why_and_can_be_opened_again(db: Db) {
        let stage = stage(&db).await;
        let (_, mine, token) = officer(&stage).await;
        let one = receive(&stage, &told(mine, "Loud", &[1])).await;
        let bare = stage.post(&at(&one, "close"), &token, "version=1&outcome=&close-reason=Half").await;
        assert!(bare.body.contains("Choose what became of it") && bare.body.contains("Half"));
        assert_eq!(stage.post(&at(&one, "close"), &token, "version=1&outcome=advised&close-reason=Told").await.status, StatusCode::SEE_OTHER);
        let closed = matter(&stage, &one).await;
        assert_eq!((closed.state, closed.outcome.as_deref()), (matters::State::Closed, Some("advised")));
        assert_eq!(stage.post(&at(&one, "reopen"), &token, "version=2&reopen-reason=More").await.status, StatusCode::SEE_OTHER);
        assert_eq!(matter(&stage, &one).await.state, matters::State::New);
        assert_eq!(stage.post(&at(&one, "fly"), &token, "version=3").await.status, StatusCode::NOT_FOUND);
    }
}

/// Every row that a merge touches, by table, without versions and times of saving.
async fn rows(stage: &Stage) -> BTreeMap<&'static str, Vec<String>> {
    let found: Result<_, DbError> = read!(&stage.app.db, |tx| {
        let mut all = BTreeMap::new();
        let texts = [
            ("reports", sql!("select id, matter as other, reference as text from reports order by id")),
            ("incidents", sql!("select id, matter as other, kind as text from reported_incidents order by id")),
            ("links", sql!("select report as id, incident as other, '' as text from report_incidents order by report, incident")),
            ("parts", sql!("select matter as id, agency as other, part as text from matter_agencies order by matter, agency")),
            ("flags", sql!("select matter as id, matter as other, flag || state || reason as text from matter_flags order by matter, flag")),
            ("clocks", sql!("select id, matter as other, case when ended_at is null then 'open' else 'ended' end as text from matter_clocks order by id")),
            ("matters", sql!("select id, agency as other, state || cast(reports as text) || case when urgent then 'u' else '' end || coalesce(due_kind, '') as text from matters order by id")),
        ];
        for (name, text) in texts {
            let mut lines = Vec::new();
            for row in tx.all(text, args![]).await? {
                let (id, other, text): (Uuid, Uuid, String) = (row.get("id")?, row.get("other")?, row.get("text")?);
                lines.push(format!("{id} {other} {text}"));
            }
            all.insert(name, lines);
        }
        Ok(all)
    })
    .await;
    found.unwrap()
}
