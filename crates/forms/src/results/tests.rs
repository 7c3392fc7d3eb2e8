//! Counting by hand, and who is told what.

use commonweal_core::on_both;
use http::StatusCode;

use super::model::{Counted, Sight, Tally};
use crate::answers::{Answer, Answers};
use crate::definition::testing::sample;
use crate::exchange::stage::Stage;
use crate::made_up;

fn answers(tenure: &str, cost: i64, worry: Answer) -> Answers {
    let mut answers = Answers::default();
    answers.set("code", Some(Answer::Text("S-1".to_owned())));
    answers.set("name", Some(Answer::Text("A".to_owned())));
    answers.set("tenure", Some(Answer::Choice(tenure.to_owned())));
    answers.set("cost", Some(Answer::Money(cost)));
    answers.set("worry", Some(worry));
    answers.set(
        "kinds",
        Some(Answer::Choices(vec!["fire".to_owned(), "noise".to_owned()])),
    );
    answers.set(
        "found_on",
        chrono::NaiveDate::from_ymd_opt(2026, 3, 5).map(Answer::Date),
    );
    answers
}

fn counted<'a>(definition: &'a crate::definition::Definition, answers: &'a Answers) -> Counted<'a> {
    Counted {
        definition,
        answers,
        state: "found",
        wave: None,
        agency: Some("Wardens"),
        area: None,
    }
}

#[test]
fn figures_are_those_worked_out_by_hand() {
    let definition = sample();
    let all = [
        answers("private", 10_00, Answer::Scale(2)),
        answers("private", 20_00, Answer::Scale(4)),
        answers("probate", 40_00, Answer::Unsure),
        Answers::default(),
    ];
    let mut tally = Tally::new(&definition);
    for one in &all {
        tally.add(&counted(&definition, one));
    }
    let figures = tally.figures(Sight::TEAM);
    assert_eq!(figures.records, Some(4));
    let find = |id: &str| {
        figures
            .questions
            .iter()
            .find(|figure| figure.id == id)
            .unwrap()
    };
    let tenure = find("tenure");
    assert_eq!(
        (tenure.answered, tenure.unanswered, tenure.not_asked),
        (Some(3), Some(1), Some(0))
    );
    let counts: Vec<_> = tenure.parts.iter().map(|part| part.count).collect();
    assert_eq!(counts, [Some(2), Some(1), Some(0)]);
    let share = tenure.parts[0].share.unwrap();
    assert!((share.share - 2.0 / 3.0).abs() < 1e-12);
    // Wilson of 2 of 3, by hand: (2/3 + 3.8415/6 ± 1.96 √(2/27 + 3.8415/36)) / (1 + 3.8415/3)
    assert!(
        (share.low - 0.2077).abs() < 0.0001 && (share.high - 0.9385).abs() < 0.0001,
        "{share:?}"
    );
    let worry = find("worry");
    assert_eq!(worry.parts.len(), 6, "five points and 'do not know'");
    assert_eq!(worry.parts[5].count, Some(1));
    assert_eq!(
        worry.mean.as_ref().map(|mean| (mean.n, mean.mean)),
        Some((2, 3.0))
    );
    let cost = find("cost").mean.clone().unwrap();
    assert_eq!((cost.five[2], cost.sum), (20.0, 70.0));
    let kinds = find("kinds");
    assert!(kinds.several && kinds.parts[1].count == Some(3) && kinds.parts[0].count == Some(0));
    let found = find("found_on");
    assert_eq!(
        (found.parts.len(), found.parts[0].label.as_str()),
        (1, "March 2026")
    );
    // 'trace' is asked only where nobody knows whose it is.
    assert_eq!(find("trace").not_asked, Some(4));
    // Risk: 1 + 2×(5 + 2) + nothing said of danger = 15, 15, 16.
    let risk = figures
        .scores
        .iter()
        .find(|figure| figure.id == "risk")
        .unwrap();
    assert_eq!(risk.parts[1].count, Some(3), "{risk:?}");
}

#[test]
fn whoever_is_not_of_the_team_gets_no_small_number() {
    let definition = sample();
    let mut tally = Tally::new(&definition);
    let three = answers("probate", 5_00, Answer::Scale(1));
    let many = answers("private", 5_00, Answer::Scale(5));
    for place in 0..43 {
        tally.add(&counted(
            &definition,
            if place < 3 { &three } else { &many },
        ));
    }
    let outside = Sight {
        small: false,
        personal: false,
        threshold: 5,
    };
    let figures = tally.figures(outside);
    assert_eq!(figures.records, Some(43));
    for figure in figures
        .questions
        .iter()
        .chain(&figures.scores)
        .chain(&figures.groups)
    {
        for part in &figure.parts {
            assert!(
                part.count.is_none_or(|count| count == 0 || count >= 5),
                "{figure:?}"
            );
        }
        assert!(!figure.quartiles || figure.open);
    }
    let tenure = figures
        .questions
        .iter()
        .find(|figure| figure.id == "tenure")
        .unwrap();
    assert!(
        tenure.hides() && tenure.parts.iter().all(|part| part.count.is_none()),
        "40 and 3 cannot be told apart from 43"
    );
    let worry = figures
        .questions
        .iter()
        .find(|figure| figure.id == "worry")
        .unwrap();
    assert_eq!(worry.mean, None, "a mean would tell the hidden points");
    let mut few = Tally::new(&definition);
    few.add(&counted(&definition, &three));
    assert_eq!(few.figures(outside).records, None);
    assert!(few.figures(outside).questions.is_empty());
}

on_both! {
    async fn each_sees_the_results_that_are_theirs(db: Db) {
        let stage = Stage::new(&db).await;
        let sample = stage.sample();
        let team = stage.person(&["officer", "manager"]).await;
        let member = stage.person(&["elected-member"]).await;
        for seed in 0..40 {
            let mut answers = made_up::answers(&sample, &stage.world(&team), seed);
            answers.set("tenure", Some(Answer::Choice(if seed < 2 { "probate" } else { "private" }.to_owned())));
            answers.set("trace", None);
            answers.set("words", Some(Answer::Text(format!("the gate number {seed}"))));
            stage.record(&sample, &team, answers).await;
        }
        let page = stage.get(&team, "/registers/sample/results").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains("n = 40") && !page.text().contains(">hidden<"));
        assert!(page.text().contains("results/answers/words"));
        let outside = stage.get(&member, "/registers/sample/results").await;
        assert!(outside.text().contains(">hidden<") && !outside.text().contains("results/answers/words"), "{}", outside.text());
        // What would let two pages be compared is passed over.
        let narrow = stage.get(&member, "/registers/sample/results?from=2026-06-01&state=found&year=2026").await;
        let whole = stage.get(&member, "/registers/sample/results").await;
        let figures = |text: String| text.split("<main").nth(1).map(str::to_owned);
        assert_eq!(figures(narrow.text()), figures(whole.text()));
        assert_eq!(stage.get(&member, "/registers/sample/results/answers/words").await.status, StatusCode::NOT_FOUND);
        for ending in ["csv", "ods", "xlsx", "pdf"] {
            for who in [&team, &member] {
                let file = stage.get(who, &format!("/registers/sample/results.{ending}?year=2026")).await;
                assert_eq!(file.status, StatusCode::OK, "{ending}");
                assert!(file.bytes.len() > 500);
            }
        }
        let texts = stage.post(&team, "/registers/sample/results/answers/words", &[("words", "gate 17")]).await;
        assert!(texts.text().contains("the gate number 17") && !texts.text().contains("number 18"));
        assert_eq!(stage.get(&team, "/registers/sample/results/answers/tenure").await.status, StatusCode::NOT_FOUND);
        for definition in stage.forms.catalogue.all().iter().filter(|one| one.key != "sample") {
            let everything = stage.everything().await;
            for seed in 0..6 {
                let answers = made_up::answers(definition, &stage.world(&everything), seed);
                stage.record(definition, &everything, answers).await;
            }
            let page = stage.get(&everything, &format!("/registers/{}/results", definition.key)).await;
            assert_eq!(page.status, StatusCode::OK, "{}", definition.key);
            let faults = commonweal_govuk::page_faults(&page.text());
            assert!(faults.is_empty(), "{}: {faults:?}", definition.key);
        }
    }
}
