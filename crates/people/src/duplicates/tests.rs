//! What is alike is found with its reasons; what a viewer may not see, or must not learn, is not.

use chrono::{DateTime, Duration, TimeZone as _, Utc};
use commonweal_access::policy::{Action, Kind, Principal, roles};
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::{App, Settings, outsider};
use commonweal_core::db::Predicate;
use commonweal_core::events::Actor;
use commonweal_core::{Clock, Db, on_both, read, write};
use commonweal_records::matters::{
    self, Channel, Happening, Identity, NewReport, Occurrence, Place, Received, Whom,
};
use commonweal_records::party::contact::Means;
use commonweal_records::party::{Details, NewContact, NewParty, PartyId, pick};
use proptest::prelude::*;
use uuid::Uuid;

use super::score::{Told, score};
use super::{Likely, Rules, Subject, Times, likely, subject};

const HERE: (f64, f64) = (54.776, -1.575);

fn evening() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 20, 0, 0).unwrap()
}

fn noise(agency: Uuid, words: &str) -> NewReport {
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
        qualifier: None,
        description: words.to_owned(),
        happening: Happening::Once,
        occurrences: vec![Occurrence {
            on: evening().date_naive(),
            at: Some(evening()),
        }],
        place: Place {
            point: Some(HERE),
            words: "Market Place".to_owned(),
            at_home: false,
        },
        safe_now: None,
        hate: None,
        hot_words: Vec::new(),
        language: "en".to_owned(),
        record: None,
        further_to: None,
        owner: agency,
        title: "Noise, Durham City".to_owned(),
        clocks: Vec::new(),
        flags: Vec::new(),
    }
}

async fn receive(db: &Db, at: DateTime<Utc>, new: &NewReport) -> Received {
    let clock = Clock::fixed(at);
    write!(db, &clock, &Actor::system("test"), |tx| {
        matters::receive(tx, new).await
    })
    .await
    .unwrap()
}

async fn party(db: &Db, agency: Uuid, name: &str) -> PartyId {
    let new = NewParty {
        details: Details::person(name),
        agency,
        contacts: vec![NewContact {
            means: Means::Phone,
            label: String::new(),
            value: "+447700900123".to_owned(),
            home: false,
            agreed: true,
        }],
        rules: commonweal_records::party::rules::Rules::default(),
    };
    write!(db, &Clock::fixed(evening()), &Actor::system("test"), |tx| {
        pick::create(tx, &new).await
    })
    .await
    .unwrap()
    .id
}

async fn ask(db: &Db, scope: &Predicate, of: &Subject) -> Vec<Likely> {
    read!(db, |tx| likely(tx, scope, of).await).await.unwrap()
}

async fn viewer(db: &Db) -> Principal {
    let clock = Clock::fixed(evening());
    roles::load_shipped(db, &clock).await.unwrap();
    let app = App::new(
        db.clone(),
        clock,
        Settings::default(),
        SignIn::new(),
        Vec::new(),
    );
    let (me, _) = outsider::signed_in(&app, &["supervisor"]).await.unwrap();
    let found = read!(db, |tx| Principal::load(tx, me).await).await;
    found.unwrap().unwrap()
}

#[test]
fn what_ships_is_right_and_what_is_wrong_is_refused() {
    let shipped = super::shipped().remove(0).body;
    assert!(Rules::parse(&shipped).is_ok());
    for (from, to) in [
        ("threshold = 3.05", "threshold = 0.0"),
        ("threshold = 3.05", "threshold = nan"),
        ("most = 10", "most = 0"),
        ("within = 50", "within = 400"),
        (
            "at_least = 0.6, weight = 1.8",
            "at_least = 0.1, weight = 1.8",
        ),
        ("[reporter]", "[somebody]"),
    ] {
        assert!(shipped.contains(from), "{from}");
        assert!(
            Rules::parse(&shipped.replacen(from, to, 1)).is_err(),
            "{to}"
        );
    }
}

#[test]
fn reasons_are_in_plain_words() {
    let rules = Rules::shipped().unwrap();
    let mut one = Subject::typed(evening());
    one.kind = "noise".to_owned();
    one.words = "Loud music and thumping bass from the upstairs flat".to_owned();
    one.point = Some(HERE);
    one.times = Some(Times::moments(evening(), evening()));
    let mut other = one.clone();
    other.point = Some((HERE.0 + 0.0006, HERE.1));
    other.times = Some(Times::moments(
        evening() + Duration::hours(1),
        evening() + Duration::hours(1),
    ));
    let told = |subject: &Subject| Told::of(&rules, subject);
    let even = linkage::Rarity::even();
    let (sum, why) = score(&rules, &even, &told(&one), &told(&other));
    assert!(sum > rules.threshold);
    assert_eq!(
        why,
        [
            "the same evening",
            "the words are alike",
            "the same kind of problem",
            "70 metres away"
        ]
    );
    // The hour is not known, and later days are another thing, unless it keeps happening.
    let day = evening().date_naive();
    other.times = Some(Times::days(day, day));
    let (_, why) = score(&rules, &even, &told(&one), &told(&other));
    assert!(why.contains(&"the same day".to_owned()), "{why:?}");
    other.times = Some(Times::days(
        day + Duration::days(9),
        day + Duration::days(9),
    ));
    let (once, _) = score(&rules, &even, &told(&one), &told(&other));
    one.repeated = true;
    let (again, _) = score(&rules, &even, &told(&one), &told(&other));
    assert!(again > once);
}

proptest! {
    #[test]
    fn likeness_is_the_same_either_way_round(
        a in "\\PC{0,60}", b in "\\PC{0,60}", north in -0.01..0.01_f64, days in -40..40_i64, repeated: bool,
    ) {
        let rules = Rules::shipped().unwrap();
        let mut one = Subject::typed(evening());
        one.kind = "noise".to_owned();
        one.words = a;
        one.point = Some(HERE);
        one.repeated = repeated;
        let mut other = one.clone();
        other.words = b;
        other.point = Some((HERE.0 + north, HERE.1));
        other.received_at += Duration::days(days);
        let (one, other) = (Told::of(&rules, &one), Told::of(&rules, &other));
        let even = linkage::Rarity::even();
        let (there, back) = (score(&rules, &even, &one, &other).0, score(&rules, &even, &other, &one).0);
        prop_assert!((there - back).abs() < 1e-9);
        prop_assert!(there.is_finite());
    }
}

on_both! {
    async fn the_same_thing_is_found_and_only_what_the_viewer_may_see(db: Db) {
        let me = viewer(&db).await;
        let other = viewer(&db).await;
        let scope = me.scope(Action::SeeReports, Kind::Matter);
        let first = receive(&db, evening(), &noise(me.agency, "Loud music, thumping bass from the upstairs flat")).await;
        let far = NewReport {
            place: Place { point: Some((54.90, -1.70)), ..Place::default() },
            ..noise(me.agency, "Loud music, thumping bass from the upstairs flat")
        };
        receive(&db, evening(), &far).await;
        let hidden = noise(other.agency, "Loud music, thumping bass from the upstairs flat");
        receive(&db, evening(), &hidden).await;
        let long_ago = noise(me.agency, "Loud music, thumping bass from the upstairs flat");
        receive(&db, evening() - Duration::days(60), &long_ago).await;

        let mut typed = Subject::typed(evening() + Duration::hours(1));
        typed.kind = "noise".to_owned();
        typed.words = "bass thumping, music very loud, flat upstairs".to_owned();
        typed.point = Some((HERE.0 + 0.0003, HERE.1));
        let found = ask(&db, &scope, &typed).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].matter, first.matter);
        assert_eq!(found[0].report, first.report);
        assert!(found[0].reasons.contains(&"30 metres away".to_owned()), "{:?}", found[0].reasons);
        assert_eq!(ask(&db, &Predicate::everything(), &typed).await.len(), 2);
        assert!(ask(&db, &Predicate::nothing(), &typed).await.is_empty());

        // Of a stored report its own matter is left out.
        let second = receive(&db, evening(), &noise(me.agency, "bass thumping, music very loud, flat upstairs")).await;
        let stored = read!(&db, |tx| {
            let report = matters::report(tx, second.report).await?;
            subject(tx, &report).await
        }).await.unwrap();
        assert!(stored.times.is_some_and(|times| times.exact));
        let found = ask(&db, &scope, &stored).await;
        assert_eq!(found.iter().map(|one| one.matter).collect::<Vec<_>>(), [first.matter]);
        assert!(found[0].reasons.contains(&"in the same place".to_owned()));
        assert!(found[0].reasons.contains(&"the same evening".to_owned()));
    }

    async fn the_same_person_is_said_only_of_those_who_gave_their_name(db: Db) {
        let me = viewer(&db).await;
        let (ann, again) = (party(&db, me.agency, "Ann Example").await, party(&db, me.agency, "A Example").await);
        let by = |identity, reporter| NewReport {
            identity,
            reporter: Some(reporter),
            ..noise(me.agency, "Loud music, thumping bass from the upstairs flat")
        };
        let named = receive(&db, evening(), &by(Identity::Named, ann)).await;
        let twin = receive(&db, evening(), &by(Identity::Named, again)).await;
        let secret = receive(&db, evening(), &by(Identity::Confidential, ann)).await;
        let mut typed = Subject::typed(evening());
        typed.kind = "noise".to_owned();
        typed.words = "the music again, bass thumping from upstairs".to_owned();
        typed.point = Some(HERE);
        typed.reporter = Some(ann);
        let found = ask(&db, &Predicate::everything(), &typed).await;
        let why = |of: &Received| {
            let one = found.iter().find(|one| one.matter == of.matter).unwrap();
            one.reasons.iter().filter(|reason| reason.ends_with("told us")).cloned().collect::<Vec<_>>()
        };
        assert_eq!(why(&named), ["the same person told us"]);
        assert_eq!(why(&twin), ["somebody with the same telephone number or e-mail told us"]);
        assert!(why(&secret).is_empty());
        // A confidential report does not carry its reporter into the search either.
        let stored = read!(&db, |tx| {
            let report = matters::report(tx, secret.report).await?;
            subject(tx, &report).await
        }).await.unwrap();
        assert_eq!(stored.reporter, None);
    }

    async fn without_a_pin_the_words_of_the_place_count(db: Db) {
        let me = viewer(&db).await;
        let place = Place { point: None, words: "Top of Example Close, Peterlee".to_owned(), at_home: false };
        let told = NewReport { place, ..noise(me.agency, "Mattress and a fridge dumped beside the garages") };
        let first = receive(&db, evening(), &told).await;
        let mut typed = Subject::typed(evening());
        typed.kind = "noise".to_owned();
        typed.words = "A fridge and mattress were dumped at the garages".to_owned();
        typed.place = "example close, peterlee".to_owned();
        let found = ask(&db, &Predicate::everything(), &typed).await;
        assert_eq!(found.iter().map(|one| one.matter).collect::<Vec<_>>(), [first.matter]);
        assert!(found[0].reasons.contains(&"the place is told alike".to_owned()));
        typed.place = String::new();
        assert!(ask(&db, &Predicate::everything(), &typed).await.is_empty());
    }
}

#[test]
fn days_are_whole_in_london() {
    let day = evening().date_naive();
    let times = Times::days(day, day);
    assert_eq!(
        times.to - times.from,
        Duration::days(1) - Duration::seconds(1)
    );
}
