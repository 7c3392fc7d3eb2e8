//! Partners' files read and taken; bad ones refused whole, on both databases.

use std::time::{Duration, SystemTime};

use chrono::{TimeZone as _, Utc};
use commonweal_access::session::Token;
use commonweal_core::jobs::JobContext;
use commonweal_core::{DbError, args, on_both, read, sql, stop};
use commonweal_documents::spreadsheet;
use commonweal_govuk::check_page;
use http::StatusCode;
use proptest::prelude::*;
use uuid::Uuid;

use super::inbox;
use super::pages::{Context, Item, PAGE};
use super::profile::Profile;
use super::rows::{self, Reject};
use super::run::Outcome;
use crate::intake::tests::{Answer, Stage};
use crate::reporting::Rules;
use crate::reporting::rules::FILES;

const PROFILE: &str = include_str!("../../../../../data/intake/import-landlord.toml");
const HEAD: &str =
    "Case reference,Summary,Details,Date of incident,Time,Category,Address,Postcode,In a home\n";

fn sheet(rows: &str) -> spreadsheet::Sheet {
    spreadsheet::read(format!("{HEAD}{rows}").as_bytes(), "a.csv").unwrap()
}

fn read_rows(rows: &str) -> (Vec<rows::Taken>, Vec<Reject>) {
    let rules = Rules::parse(FILES.map(|file| file.1)).unwrap();
    let now = Utc.with_ymd_and_hms(2026, 6, 1, 12, 0, 0).unwrap();
    rows::read(
        &Profile::parse(PROFILE).unwrap(),
        &rules.kinds,
        &sheet(rows),
        now,
    )
}

#[test]
fn rows_become_reports_or_say_why_not() {
    let (taken, rejects) = read_rows(
        "A1,Loud,Bass,30/05/2026,22:30,noise NUISANCE,1 High Street,DH1 1AA,y\nA2,Rubbish,,2026-05-30,,Sofa,2 High Street,,\n",
    );
    assert_eq!(rejects, []);
    assert_eq!(
        (taken[0].kind.as_str(), taken[1].kind.as_str()),
        ("noise", "other")
    );
    assert_eq!(
        taken[0].when.at.unwrap().to_rfc3339(),
        "2026-05-30T21:30:00+00:00"
    );
    assert!(taken[0].at_home && !taken[1].at_home);
    assert_eq!(taken[0].words, "1 High Street, DH1 1AA");
    let (taken, rejects) = read_rows(
        ",Loud,,30/05/2026,,x,a,,\nB1,,,30/05/2026,,x,a,,\nB2,Loud,,31/02/2026,,x,a,,\nB3,Loud,,30/05/2027,,x,a,,\nB4,Loud,,30/05/26,,x,a,,\nB5,Loud,,30/05/2026,late,x,a,,\nB6,Loud,,30/05/2026,,x,,,\nB7,Loud,,30/05/2026,,x,a,,\nB7,Loud,,30/05/2026,,x,a,,\n",
    );
    assert_eq!(taken.len(), 1);
    let words: Vec<&str> = rejects.iter().map(|one| one.reason.as_str()).collect();
    for (word, part) in words.iter().zip([
        "their reference",
        "nothing of what",
        "no date",
        "future",
        "no date",
        "no time",
        "where",
        "row 9",
    ]) {
        assert!(word.contains(part), "{word} {part}");
    }
    assert_eq!(rejects.len(), 8);
    assert!(rejects[2].place.contains("row 4, column D"));
    let rules = Rules::parse(FILES.map(|file| file.1)).unwrap();
    let strict = Profile::parse(&PROFILE.replace("otherwise = \"other\"", "")).unwrap();
    let (_, rejects) = rows::read(
        &strict,
        &rules.kinds,
        &sheet("A1,L,,30/05/2026,,Sofa,a,,\n"),
        Utc.with_ymd_and_hms(2026, 6, 1, 0, 0, 0).unwrap(),
    );
    assert!(rejects[0].reason.contains("'Sofa'"));
    let other = spreadsheet::read(b"A,B\n1,2\n", "a.csv").unwrap();
    assert_eq!(rows::read(&strict, &rules.kinds, &other, day()).1.len(), 9);
}

/// A fixed moment: nothing here asks the clock.
fn day() -> chrono::DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 6, 1, 0, 0, 0).unwrap()
}

#[test]
fn profiles_are_checked_and_the_page_keeps_the_rules() {
    for (bad, words) in [
        (PROFILE.replace("%d/%m/%Y", "%Q"), "formats"),
        (
            PROFILE.replace(
                "description = [\"Summary\", \"Details\"]",
                "description = []",
            ),
            "description",
        ),
        (PROFILE.replace("# latitude", "latitude"), "both"),
    ] {
        assert!(Profile::parse(&bad).unwrap_err().contains(words), "{words}");
    }
    let done = Outcome {
        profile: "a".to_owned(),
        new: 1,
        known: 1,
        unplaced: 1,
        rejects: vec![Reject {
            place: "row 5".to_owned(),
            reason: "<b>".to_owned(),
        }],
        rejected: 1,
    };
    let items = || {
        vec![Item {
            value: "a".to_owned(),
            text: "A".to_owned(),
        }]
    };
    for done in [
        None,
        Some(Outcome {
            rejects: Vec::new(),
            rejected: 0,
            ..done.clone()
        }),
        Some(done),
    ] {
        check_page(
            &PAGE,
            &Context {
                profiles: items(),
                done,
            },
        )
        .unwrap();
    }
}

proptest! {
    #[test]
    fn no_cell_breaks_the_reader(cells in proptest::collection::vec("[^\"\\n\\r]{0,20}", 9)) {
        let row: Vec<String> = cells.iter().map(|cell| format!("\"{cell}\"")).collect();
        let text = format!("{HEAD}{}\n", row.join(","));
        if let Ok(sheet) = spreadsheet::read(text.as_bytes(), "a.csv") {
            let rules = Rules::parse(FILES.map(|file| file.1)).unwrap();
            let _ = rows::read(&Profile::parse(PROFILE).unwrap(), &rules.kinds, &sheet, day());
        }
        let _ = Profile::parse(&row.join("\n"));
    }
}

impl Stage {
    async fn send_file(&self, token: &Token, profile: &str, text: &str) -> Answer {
        let fields = format!(
            "--zzz\r\nContent-Disposition: form-data; name=\"profile\"\r\n\r\n{profile}\r\n"
        );
        self.upload("/intake/files", token, &fields, text.as_bytes())
            .await
    }
}

on_both! {
async fn a_file_is_taken_whole_once_or_not_at_all(db: Db) {
    let stage = Stage::new(&db, crate::intake::routes).await;
    let (_, token) = stage.person(&["analyst"]).await;
    assert!(stage.get("/intake/files", Some(&token)).await.body.contains("Landlord"));
    let good = format!("{HEAD}A1,Loud,,30/05/2026,22:30,Noise nuisance,1 High Street,,Y\nA2,Sofa,,30/05/2026,,Fly tipping,Back lane,,\n");
    let nobody = stage.send_file(&token, "landlord", &good).await;
    assert!(nobody.body.contains("not in the partnership"));
    let agency = stage.agency("Housing association", "housing").await;
    let bad = stage.send_file(&token, "landlord", &good.replace("30/05/2026,,Fly", "soon,,Fly")).await;
    assert!(bad.body.contains("1 row is wrong") && bad.body.contains("row 3, column D"), "{}", bad.body);
    assert_eq!(stage.count("reports").await, 0);
    let done = stage.send_file(&token, "landlord", &good).await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.body.contains("2 new reports"), "{}", done.body);
    let more = stage.send_file(&token, "landlord", &format!("{good}A3,Drums,,30/05/2026,,Noise nuisance,1 High Street,,Y\n")).await;
    assert!(more.body.contains("1 new report,") && more.body.contains("2 that were here"));
    assert_eq!(stage.count("reports").await, 3);
    let row: Result<_, DbError> = read!(&stage.app.db, |tx| {
        tx.one(sql!("select agency, their_reference, channel, at_home from reports where delivery = 'file:landlord:A1'"), args![]).await
    })
    .await;
    let row = row.unwrap();
    assert_eq!((row.get::<Uuid>("agency").unwrap(), row.get::<String>("their_reference").unwrap()), (agency, "A1".to_owned()));
    assert!(row.get::<bool>("at_home").unwrap());
    assert!(stage.send_file(&token, "nobody", &good).await.body.contains("There is no profile"));
    assert!(stage.send_file(&token, "landlord", "\u{0}\u{1}").await.status == StatusCode::UNPROCESSABLE_ENTITY);
    stage.outsiders_see_nothing(&["Back lane"]).await;
}

async fn a_watched_folder_is_emptied(db: Db) {
    let stage = Stage::new(&db, crate::intake::routes).await;
    stage.agency("Housing association", "housing").await;
    let inbox = stage.folder.path().join("inbox");
    let folder = inbox.join("landlord");
    std::fs::create_dir_all(&folder).unwrap();
    let put = |name: &str, text: &str, age: u64| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::from(stage.clock.now()) - Duration::from_secs(age)).unwrap();
    };
    put("good.csv", &format!("{HEAD}A1,Loud,,30/05/2026,,Noise nuisance,1 High Street,,Y\n"), 60);
    put("bad.csv", &format!("{HEAD}A2,Loud,,never,,Noise nuisance,1 High Street,,Y\n"), 60);
    put("half.csv", HEAD, 0);
    let (_trigger, stop) = stop::channel();
    let context = JobContext {
        db: db.clone(), clock: stage.clock.clone(), id: Uuid::nil(), payload: serde_json::json!({}), attempt: 1, stop,
    };
    assert_eq!(inbox::look(&context, &inbox).await.unwrap(), 2);
    assert_eq!(inbox::look(&context, &inbox).await.unwrap(), 0);
    assert_eq!(stage.count("reports").await, 1);
    let names = |part: &str| -> Vec<String> {
        let listed = std::fs::read_dir(folder.join(part)).unwrap();
        listed.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    };
    assert!(names("done")[0].ends_with("good.csv"));
    let why = names("refused").into_iter().find(|name| name.ends_with("why.txt")).unwrap();
    let why = std::fs::read_to_string(folder.join("refused").join(why)).unwrap();
    assert!(why.contains("row 2, column D"), "{why}");
    assert!(folder.join("half.csv").is_file());
}
}
