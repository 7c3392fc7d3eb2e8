//! Stories of lists.

use std::collections::BTreeSet;

use commonweal_access::policy::Principal;
use commonweal_core::{on_both, read};
use uuid::Uuid;

use super::Stage;
use crate::answers::{Answer, Answers};
use crate::definition::{Definition, QuestionKind, Shared};
use crate::register::list::asked::{
    Asked, DueBy, OfAgency, Order, Owner, Wanted, filters, sorts_by,
};
use crate::register::list::query::{Page, Reading};

async fn principal(stage: &Stage, user: Uuid) -> Principal {
    read!(&stage.forms.app.db, |tx| Principal::load(tx, user).await)
        .await
        .unwrap()
        .unwrap()
}

async fn page(
    stage: &Stage,
    definition: &Definition,
    who: &Principal,
    asked: &Asked,
    limit: u32,
) -> Page {
    let reading = Reading {
        definition,
        who,
        today: stage.clock.today(),
        asked,
        cells: None,
        limit,
    };
    read!(&stage.forms.app.db, |tx| reading.page(tx).await)
        .await
        .unwrap()
}

/// All records that pages give one after another, each page of so many.
async fn all(
    stage: &Stage,
    definition: &Definition,
    who: &Principal,
    asked: &Asked,
    limit: u32,
) -> Vec<Uuid> {
    let mut asked = asked.clone();
    let mut found = Vec::new();
    loop {
        let page = page(stage, definition, who, &asked, limit).await;
        found.extend(page.records.iter().map(|record| record.id));
        asked.after = page.next;
        if page.next.is_none() {
            return found;
        }
    }
}

fn named(name: &str, tenure: &str, people: Option<f64>) -> Answers {
    let mut answers = Answers::default();
    answers.set("code", Some(Answer::Text("S-1".to_owned())));
    answers.set("name", Some(Answer::Text(name.to_owned())));
    answers.set("tenure", Some(Answer::Choice(tenure.to_owned())));
    answers.set("people", people.map(Answer::Number));
    answers
}

on_both! {
    async fn every_order_gives_each_record_once_whatever_the_page(db: Db) {
        let stage = Stage::new(&db).await;
        let manager = stage.person(&["manager"]).await;
        for seed in 0..23 {
            let answers = stage.made_up(&stage.sample, seed);
            stage.record(answers, Some(manager.agency), (seed % 3 == 0).then_some(manager.user)).await;
        }
        let who = principal(&stage, manager.user).await;
        let sample: Shared = stage.sample.clone();
        let mut orders = vec![Order::Newest, Order::Oldest, Order::Changed, Order::Due, Order::Title];
        for question in sample.questions.iter().filter(|question| sorts_by(question)) {
            orders.push(Order::Answer(question.id.clone(), false));
            orders.push(Order::Answer(question.id.clone(), true));
        }
        for order in orders {
            let plain = Asked { order: Some(order.clone()), ..Asked::default() };
            // Few records by a filter, many without: both ways of reading.
            for asked in [plain.clone(), Asked { agency: Some(OfAgency::Mine), ..plain }] {
                let whole = all(&stage, &sample, &who, &asked, 100).await;
                assert_eq!(whole.len(), 23, "{order:?}");
                assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), 23, "{order:?}");
                assert_eq!(all(&stage, &sample, &who, &asked, 4).await, whole, "{order:?}");
            }
        }
    }

    async fn every_filter_of_every_definition_leaves_what_fits(db: Db) {
        let stage = Stage::new(&db).await;
        // Every role, so that every definition is open.
        let person = stage.person(&["manager", "analyst", "supervisor", "officer"]).await;
        let who = principal(&stage, person.user).await;
        for definition in stage.forms.catalogue.all() {
            for seed in 0..6 {
                let answers = stage.made_up(&definition, seed);
                let new = crate::register::store::NewRecord { answers, agency: Some(person.agency), owner: Some(person.user), channel: "page", ..Default::default() };
                stage.create(&definition, new).await;
            }
            if !who.may_enter_records(&definition.key, commonweal_access::policy::RecordAct::See) {
                continue;
            }
            let everything = page(&stage, &definition, &who, &Asked::default(), 50).await;
            for (_, question) in filters(&definition) {
                let wanted: Vec<Wanted> = match &question.kind {
                    QuestionKind::Choice(options) | QuestionKind::Choices { options, .. } => options.iter().map(|option| Wanted::Text(option.value.clone())).collect(),
                    QuestionKind::YesNo { .. } => vec![Wanted::Truth(true), Wanted::Truth(false)],
                    QuestionKind::Date { .. } => vec![Wanted::Days(None, None), Wanted::Days(Some(stage.clock.today()), None)],
                    QuestionKind::Agency | QuestionKind::Record { .. } => vec![Wanted::Linked(person.agency)],
                    _ => vec![Wanted::Number(None, None), Wanted::Number(Some(2.0), Some(3.0))],
                };
                for wanted in wanted {
                    let asked = Asked { answers: [(question.id.clone(), wanted.clone())].into(), ..Asked::default() };
                    let found = page(&stage, &definition, &who, &asked, 50).await;
                    let fits = |answer: Option<&Answer>| match (&wanted, answer) {
                        (Wanted::Text(value), Some(Answer::Choice(chosen))) => chosen == value,
                        (Wanted::Text(value), Some(Answer::Choices(chosen))) => chosen.contains(value),
                        (Wanted::Truth(yes), Some(Answer::YesNo(given))) => yes == given,
                        (Wanted::Days(from, to), Some(Answer::Date(day))) => from.is_none_or(|from| *day >= from) && to.is_none_or(|to| *day <= to),
                        #[expect(clippy::cast_precision_loss, reason = "small")]
                        (Wanted::Number(from, to), Some(Answer::Scale(point))) => from.is_none_or(|from| *point as f64 >= from) && to.is_none_or(|to| *point as f64 <= to),
                        (Wanted::Number(from, to), Some(Answer::Number(number))) => from.is_none_or(|from| *number >= from) && to.is_none_or(|to| *number <= to),
                        #[expect(clippy::cast_precision_loss, reason = "small")]
                        (Wanted::Number(from, to), Some(Answer::Money(pence))) => from.is_none_or(|from| *pence as f64 >= from * 100.0) && to.is_none_or(|to| *pence as f64 <= to * 100.0),
                        (Wanted::Linked(id), Some(Answer::Agency(given))) => id == given,
                        _ => false,
                    };
                    let expected: BTreeSet<Uuid> = everything.records.iter().filter(|record| fits(record.answers.get(&question.id))).map(|record| record.id).collect();
                    let got: BTreeSet<Uuid> = found.records.iter().map(|record| record.id).collect();
                    assert_eq!(got, expected, "{} {} {wanted:?}", definition.key, question.id);
                    assert_eq!(usize::try_from(found.count).unwrap(), expected.len());
                }
            }
        }
    }

    async fn an_outsider_counts_nothing_and_personal_words_find_only_what_may_be_seen(db: Db) {
        let stage = Stage::new(&db).await;
        let officer = stage.person(&["officer"]).await;
        let analyst = stage.person(&["analyst"]).await;
        let nobody = stage.person(&[]).await;
        let mut answers = named("Old mill", "private", Some(3.0));
        answers.set("email", Some(Answer::Text("marjorie@secret.example".to_owned())));
        answers.set("health", Some(Answer::Text("She has asthmatica".to_owned())));
        let mine = stage.record(answers.clone(), Some(officer.agency), None).await;
        stage.record(answers, None, None).await;
        let find = async |user: Uuid, text: &str| {
            let who = principal(&stage, user).await;
            let asked = Asked { text: text.to_owned(), ..Asked::default() };
            let page = page(&stage, &stage.sample, &who, &asked, 50).await;
            assert_eq!(usize::try_from(page.count).unwrap(), page.records.len());
            page.records.iter().map(|record| record.id).collect::<Vec<_>>()
        };
        for user in [officer.user, analyst.user] {
            assert_eq!(find(user, "mill").await.len(), 2);
            assert_eq!(find(user, &mine.reference).await, [mine.id]);
        }
        assert_eq!(find(officer.user, "asthmatica").await, [mine.id], "only of the own agency");
        assert_eq!(find(analyst.user, "asthmatica").await, Vec::<Uuid>::new());
        assert_eq!(find(nobody.user, "mill").await, Vec::<Uuid>::new());
        let who = principal(&stage, nobody.user).await;
        assert_eq!(page(&stage, &stage.sample, &who, &Asked::default(), 50).await.count, 0);
    }

    async fn owners_agencies_and_dates_narrow_the_list(db: Db) {
        let stage = Stage::new(&db).await;
        let officer = stage.person(&["officer"]).await;
        let mine = stage.record(named("A", "private", None), Some(officer.agency), Some(officer.user)).await;
        let ours = stage.record(named("B", "private", Some(2.0)), Some(officer.agency), None).await;
        let other = stage.record(named("C", "probate", Some(10.0)), None, None).await;
        let who = principal(&stage, officer.user).await;
        let ids = async |asked: Asked| all(&stage, &stage.sample, &who, &asked, 10).await;
        assert_eq!(ids(Asked { owner: Some(Owner::Me), ..Asked::default() }).await, [mine.id]);
        assert_eq!(ids(Asked { owner: Some(Owner::Nobody), agency: Some(OfAgency::Mine), ..Asked::default() }).await, [ours.id]);
        assert_eq!(ids(Asked { owner: Some(Owner::User(officer.user)), ..Asked::default() }).await, [mine.id]);
        assert_eq!(ids(Asked { state: Some("done".to_owned()), ..Asked::default() }).await, Vec::<Uuid>::new());
        let overdue = Asked { due: Some(DueBy::Overdue), order: Some(Order::Due), ..Asked::default() };
        assert_eq!(ids(overdue.clone()).await, Vec::<Uuid>::new());
        stage.clock.advance(chrono::Duration::days(20));
        assert_eq!(ids(overdue).await.len(), 3);
        let up = Asked { order: Some(Order::Answer("people".to_owned(), false)), ..Asked::default() };
        assert_eq!(ids(up).await, [ours.id, other.id, mine.id], "without an answer last");
        let down = Asked { order: Some(Order::Answer("people".to_owned(), true)), ..Asked::default() };
        assert_eq!(ids(down).await, [other.id, ours.id, mine.id]);
    }
}
