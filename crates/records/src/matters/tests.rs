//! Reports come in once, incidents are counted once, and every matter is somebody's.

use chrono::{Duration, NaiveDate};
use commonweal_core::events::Actor;
use commonweal_core::{Clock, Db, DbError, args, read, sql, write};
use uuid::Uuid;

use super::*;

fn day(day: u32) -> Occurrence {
    Occurrence {
        on: NaiveDate::from_ymd_opt(2026, 11, day).unwrap(),
        at: None,
    }
}

async fn agency(db: &Db, clock: &Clock, name: &str) -> Uuid {
    let id = commonweal_core::ids::new_uuid(clock);
    let actor = Actor::system("test");
    write!(db, clock, &actor, |tx| {
        let now = tx.now();
        tx.run(
            sql!("insert into agencies (id, name, kind, active, created_at, version) values ($1, $2, 'council', true, $3, 1)"),
            args![id, name, now],
        )
        .await?;
        tx.record(commonweal_core::events::Event::new("agency", id, "agency.added", serde_json::json!({})));
        Ok::<_, DbError>(())
    })
    .await
    .unwrap();
    id
}

fn noise(agency: Uuid, clock: &Clock) -> NewReport {
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
        qualifier: Some(crate::incidents::Qualifier::Nuisance),
        description: "Loud music".to_owned(),
        happening: Happening::Repeated,
        occurrences: vec![day(1), day(2)],
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
        clocks: vec![Deadline {
            kind: "triage".to_owned(),
            due_at: clock.now() + Duration::hours(4),
            basis: "4 hours".to_owned(),
        }],
        flags: vec![("hate".to_owned(), "told so".to_owned())],
    }
}

async fn receive_one(db: &Db, clock: &Clock, new: &NewReport) -> Received {
    let actor = Actor::system("test");
    write!(db, clock, &actor, |tx| receive(tx, new).await)
        .await
        .unwrap()
}

commonweal_core::on_both! {
    async fn the_same_delivery_twice_makes_one_report(db: Db) {
        let clock = Clock::System;
        let council = agency(&db, &clock, "Council").await;
        let mut new = noise(council, &clock);
        new.delivery = Some("draft:1".to_owned());
        let first = receive_one(&db, &clock, &new).await;
        let second = receive_one(&db, &clock, &new).await;
        assert_eq!(first.reference, second.reference);
        assert!(second.again && !first.again);
        let count = read!(&db, |tx| tx.count(sql!("select count(*) from reports"), args![]).await).await.unwrap();
        assert_eq!(count, 1);
    }

    async fn two_reports_of_one_day_are_one_incident_and_five_dates_are_five(db: Db) {
        let clock = Clock::System;
        let council = agency(&db, &clock, "Council").await;
        let police = agency(&db, &clock, "Police").await;
        let first = receive_one(&db, &clock, &noise(council, &clock)).await;
        let again = NewReport {
            agency: police,
            further_to: Some(first.report),
            occurrences: vec![day(2), day(3), day(4)],
            ..noise(council, &clock)
        };
        let second = receive_one(&db, &clock, &again).await;
        assert_eq!(first.matter, second.matter);
        let (matter, parts, incidents) = read!(&db, |tx| {
            let incidents = tx
                .count(sql!("select count(*) from reported_incidents where matter = $1"), args![first.matter])
                .await?;
            Ok::<_, DbError>((load(tx, first.matter).await?, parts(tx, first.matter).await?, incidents))
        })
        .await
        .unwrap();
        assert_eq!(matter.reports, 2);
        assert_eq!(incidents, 4);
        assert_eq!(matter.agency, council);
        assert!(parts.contains(&council) && parts.contains(&police));
        assert_eq!(matter.due.map(|due| due.1).as_deref(), Some("triage"));
    }

    async fn an_anonymous_report_is_never_linked_to_a_person(db: Db) {
        let clock = Clock::System;
        let council = agency(&db, &clock, "Council").await;
        let mut new = noise(council, &clock);
        new.reporter = Some(crate::party::PartyId::new(&clock));
        let received = receive_one(&db, &clock, &new).await;
        let kept = read!(&db, |tx| report(tx, received.report).await).await.unwrap();
        assert_eq!(kept.reporter, None);
        assert_eq!(kept.place, new.place);
    }

    async fn a_further_report_opens_a_closed_matter_again(db: Db) {
        let clock = Clock::System;
        let council = agency(&db, &clock, "Council").await;
        let first = receive_one(&db, &clock, &noise(council, &clock)).await;
        let actor = Actor::system("test");
        write!(&db, &clock, &actor, |tx| {
            tx.run(sql!("update matters set state = 'closed', closed_at = opened_at where id = $1"), args![first.matter]).await?;
            close_clock(tx, first.matter, "triage", true).await?;
            tx.record(commonweal_core::events::Event::new(SUBJECT, first.matter.0, "matter.closed", serde_json::json!({})));
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
        let closed = read!(&db, |tx| load(tx, first.matter).await).await.unwrap();
        assert_eq!((closed.state, closed.due), (State::Closed, None));
        let mut again = noise(council, &clock);
        again.further_to = Some(first.report);
        again.safe_now = Some(false);
        receive_one(&db, &clock, &again).await;
        let open = read!(&db, |tx| load(tx, first.matter).await).await.unwrap();
        assert_eq!(open.state, State::New);
        assert!(open.urgent && open.due.is_some() && open.closed_at.is_none());
    }
}
