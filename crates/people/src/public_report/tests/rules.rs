//! What needs no pages: diaries, floods, and that templates keep the rules.

use chrono::NaiveDate;
use commonweal_core::{DbError, args, on_both, read, sql, testing, upkeep};
use commonweal_forms::filling::embedded::First;
use commonweal_govuk::{Form, Language, check_public_page};
use serde_json::json;

use super::super::guard::{self, Challenge, Limits};
use super::super::support::Service;
use super::super::told::diary;
use super::super::{person, sent, start, tell};

#[test]
fn a_diary_is_read_by_its_dates() {
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let text = "14/11/2026, 11pm, shouting until 2am\n\
                * Friday 20 November: 23:30 music\n\
                15th Nov 2026 banging\n\
                2026-11-01 at 7.15pm dogs\n\
                3 stycznia, 22:00 hałas\n\
                25 December\n\
                31/2/2026 nothing of the kind\n\
                24/11/2026 ahead\n\
                every night, 3 or 4 times\n\
                14/11/2026, 11pm, again the same\n\
                ☃ 12";
    let found = diary(text, today);
    let days: Vec<String> = found.iter().map(|one| one.on.to_string()).collect();
    assert_eq!(
        days,
        [
            "2026-11-14",
            "2026-11-20",
            "2026-11-15",
            "2026-11-01",
            "2026-01-03",
            "2025-12-25"
        ]
    );
    let times: Vec<Option<String>> = found
        .iter()
        .map(|one| one.at.map(|at| at.format("%H:%M").to_string()))
        .collect();
    assert_eq!(times[0].as_deref(), Some("23:00"));
    assert_eq!(times[1].as_deref(), Some("23:30"));
    assert_eq!(times[2], None);
    assert_eq!(times[3].as_deref(), Some("19:15"));
    assert!(diary(&"1/1/2026\n".repeat(50_000), today).len() == 1);
}

fn first() -> First {
    First {
        language: "en".to_owned(),
        languages: json!([{ "code": "en", "name": "English", "href": "/report?lang=en", "here": true },
            { "code": "pl", "name": "Polski", "href": "/report?lang=pl", "here": false }]),
        title: "[Title]".to_owned(),
        intro: vec!["[Intro]".to_owned()],
        asked: "whom".to_owned(),
        fields: json!([]),
        words: json!({ "remove": "[Remove]", "use_place": "[Use]", "here": "[Here]", "show_map": "[Map]", "pinned": "[Pin]",
            "refused": "[No]", "map_label": "[Map]", "map_hint": "[Hint]", "pin_here": "[Put]" }),
    }
}

fn challenge() -> Option<Challenge> {
    Some(Challenge {
        token: "a-b".to_owned(),
        question: "[Sum]".to_owned(),
    })
}

#[test]
fn the_pages_keep_the_rules() {
    let page = start::Context {
        first: first(),
        title: "[Report]".to_owned(),
        about: "[About]".to_owned(),
        minutes: "[Three]".to_owned(),
        reading: "[Read]".to_owned(),
        privacy: Some("[Privacy]".to_owned()),
        challenge: challenge(),
    };
    check_public_page(&start::START, &page).unwrap();
    let plain = start::Context {
        privacy: None,
        challenge: None,
        ..page
    };
    check_public_page(&start::START, &plain).unwrap();
    let page = tell::Context {
        first: first(),
        title: "[Tell]".to_owned(),
        about: "[About]".to_owned(),
        privacy: Some("[Privacy]".to_owned()),
        challenge: challenge(),
    };
    check_public_page(&tell::TELL_PAGE, &page).unwrap();
    for panel_html in [Some("[R-1]".to_owned()), None] {
        let page = tell::Done {
            heading: "[Done]".to_owned(),
            href: panel_html.clone(),
            panel_html,
            lines: vec!["[Line]".to_owned()],
            link: "[Link]".to_owned(),
        };
        check_public_page(&tell::DONE, &page).unwrap();
    }
    let page = person::Context {
        language: "en".to_owned(),
        calls: "[Calls]".to_owned(),
        once: "a".to_owned(),
        challenge: challenge(),
    };
    check_public_page(&person::PERSON, &page).unwrap();
    for full in [true, false] {
        let some = |text: &str| full.then(|| text.to_owned());
        let page = sent::Context {
            heading: "[Sent]".to_owned(),
            reference: "[R-1]".to_owned(),
            urgent: some("[Urgent]"),
            outside: some("[Outside]"),
            next: vec!["[Next]".to_owned()],
            link: full,
            link_html: "<a class=\"govuk-link\" href=\"/track/a\">[L]</a>".to_owned(),
            mailed: some("[Mailed]"),
            here: "/report/sent/a".to_owned(),
            services: vec![Service {
                href: "/go-to/a".to_owned(),
                name: "[Service]".to_owned(),
                organisation: some("[Organisation]"),
                now: some("[Open]"),
                miles: some("[Miles]"),
            }],
            language: "en".to_owned(),
        };
        check_public_page(&sent::SENT, &page).unwrap();
    }
}

on_both! {
    async fn a_flood_is_asked_a_question_once_the_first_reports_are_through(db: Db) {
        let clock = testing::clock();
        let limits = Limits { free: 3, most: 6 };
        let weigh = |address: &'static str, form: Form| {
            let (db, clock) = (db.clone(), clock.clone());
            async move {
                let said: Result<_, DbError> = upkeep!(&db, &clock, |tx| {
                    guard::weigh(tx, limits, address, Language::English, &form).await
                })
                .await;
                said.unwrap()
            }
        };
        for _ in 0..3 {
            assert_eq!(weigh("one", Form::default()).await, guard::Verdict::Welcome);
        }
        let guard::Verdict::Asked(asked) = weigh("one", Form::default()).await else { panic!("not asked") };
        assert_eq!(weigh("two", Form::default()).await, guard::Verdict::Welcome, "others are not asked");
        let words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
        let sum: usize = asked
            .question
            .split([' ', '?'])
            .filter_map(|word| words.iter().position(|known| *known == word).map(|at| at + 1))
            .sum();
        let answered = |sum: usize| {
            let pairs = vec![("sum".to_owned(), sum.to_string()), ("sum-token".to_owned(), asked.token.clone())];
            Form::from(pairs)
        };
        assert!(matches!(weigh("one", answered(sum + 1)).await, guard::Verdict::Asked(_)));
        assert_eq!(weigh("one", answered(sum)).await, guard::Verdict::Welcome);
        assert!(matches!(weigh("one", answered(sum)).await, guard::Verdict::Wait(_)), "more than is taken at all");
        assert!(matches!(weigh("three", answered(sum)).await, guard::Verdict::Welcome));
        // Nothing is left of an address, and nothing at all after a day.
        let kept = |_: ()| async {
            let rows: Result<_, DbError> = read!(&db, |tx| tx.all(sql!("select key, count from report_floods"), args![]).await).await;
            rows.unwrap()
        };
        let rows = kept(()).await;
        assert!(rows.iter().all(|row| !row.get::<String>("key").unwrap().contains("one")));
        clock.advance(chrono::Duration::hours(24));
        let swept: Result<(), DbError> = upkeep!(&db, &clock, |tx| guard::sweep(tx).await).await;
        swept.unwrap();
        assert!(kept(()).await.is_empty());
    }

    async fn an_answer_counts_once(db: Db) {
        let clock = testing::clock();
        let limits = Limits { free: 0, most: 100 };
        let guard::Verdict::Asked(asked) = upkeep!(&db, &clock, |tx| guard::weigh(tx, limits, "a", Language::Polish, &Form::default()).await).await.map_err(|error: DbError| error).unwrap() else {
            panic!("not asked")
        };
        assert!(asked.question.starts_with("Ile to jest"), "{}", asked.question);
        let mut right = 0;
        for _ in 0..2 {
            for sum in 2..=18 {
                let form = Form::from(vec![("sum".to_owned(), sum.to_string()), ("sum-token".to_owned(), asked.token.clone())]);
                let said: Result<_, DbError> = upkeep!(&db, &clock, |tx| guard::weigh(tx, limits, "a", Language::Polish, &form).await).await;
                right += usize::from(said.unwrap() == guard::Verdict::Welcome);
            }
        }
        assert_eq!(right, 1);
    }
}
