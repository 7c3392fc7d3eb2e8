use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use commonweal_core::{Clock, Db, DbError, args, read, sql};

use super::*;

const HEADER: &str = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context";

fn row(month: &str, kind: &str) -> String {
    format!(
        ",{month},Durham Constabulary,Durham Constabulary,-1.57,54.77,On or near Larkspur Row,E01020649,County Durham 025A,{kind},,"
    )
}

fn file(dir: &Path, name: &str, rows: &[String]) -> PathBuf {
    let path = dir.join(name);
    let mut text = String::from(HEADER);
    for row in rows {
        text.push('\n');
        text.push_str(row);
    }
    fs::write(&path, text).unwrap();
    path
}

async fn fresh(dir: &Path) -> Db {
    let db = Db::sqlite(&dir.join("test.db")).await.unwrap();
    db.migrate().await.unwrap();
    db
}

async fn run(db: &Db, paths: &[PathBuf]) -> Report {
    import(
        db,
        &Clock::System,
        &Actor::system("test"),
        paths,
        &Options::default(),
    )
    .await
    .unwrap()
}

async fn visible_rows(db: &Db) -> i64 {
    read!(db, |tx| {
        tx.count(
            sql!("select count(*) from incidents i join import_parts p on p.part = i.part where p.state = 'visible'"),
            args![],
        )
        .await
    })
    .await
    .map_err(|e: DbError| e)
    .unwrap()
}

#[tokio::test]
async fn identical_rows_are_separate_and_the_same_file_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let db = fresh(dir.path()).await;
    let asb = row("2025-01", "Anti-social behaviour");
    let path = file(
        dir.path(),
        "2025-01-durham-street.csv",
        &[asb.clone(), asb, row("2025-01", "Burglary")],
    );
    let first = run(&db, std::slice::from_ref(&path)).await;
    assert_eq!(
        (first.files, first.rows, first.asb_rows, first.unchanged),
        (1, 3, 2, 0)
    );
    let again = run(&db, &[path]).await;
    assert_eq!((again.rows, again.unchanged), (0, 1));
    assert_eq!(visible_rows(&db).await, 3);
}

#[tokio::test]
async fn a_month_published_again_replaces_the_old_one_and_says_by_how_much() {
    let dir = tempfile::tempdir().unwrap();
    let db = fresh(dir.path()).await;
    let asb = row("2025-01", "Anti-social behaviour");
    run(
        &db,
        &[file(
            dir.path(),
            "2025-01-durham-street.csv",
            &[asb.clone(), asb.clone()],
        )],
    )
    .await;
    let later = run(
        &db,
        &[file(
            dir.path(),
            "2025-01-durham-street.csv",
            &[asb.clone(), asb.clone(), asb],
        )],
    )
    .await;
    assert_eq!(later.replaced.len(), 1);
    assert_eq!(later.replaced[0].rows, (2, 3));
    assert_eq!(visible_rows(&db).await, 3);
}

#[tokio::test]
async fn one_bad_row_holds_the_whole_file_back_and_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let db = fresh(dir.path()).await;
    let bad = row("2025-01", "Burglary").replace("-1.57,54.77", "54.77,-1.57");
    let path = file(
        dir.path(),
        "2025-01-durham-street.csv",
        &[row("2025-01", "Drugs"), bad],
    );
    let report = run(&db, &[path]).await;
    assert!(!report.ok());
    assert_eq!((report.rows, report.rejected), (0, 1));
    let reject = &report.each[0].rejects[0];
    assert_eq!(reject.line, 3);
    assert!(reject.column.contains("itude"), "{reject:?}");
    assert_eq!(visible_rows(&db).await, 0);
    // What it wrote before is swept.
    super::super::load::sweep(&db, &Clock::System)
        .await
        .unwrap();
    let left = read!(&db, |tx| tx
        .count(sql!("select count(*) from incidents"), args![])
        .await)
    .await;
    assert_eq!(left.map_err(|e: DbError| e).unwrap(), 0);
}

#[tokio::test]
async fn a_cut_off_file_leaves_nothing_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let db = fresh(dir.path()).await;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(format!("{HEADER}\n{}\n", row("2025-01", "Drugs")).as_bytes())
        .unwrap();
    let bytes = gz.finish().unwrap();
    let path = dir.path().join("2025-01-durham-street.csv.gz");
    fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    let report = run(&db, &[path]).await;
    assert_eq!(report.each[0].state, "refused");
    assert!(
        report.each[0].error.as_deref().unwrap().contains("cut off"),
        "{:?}",
        report.each[0].error
    );
    assert_eq!(visible_rows(&db).await, 0);
}

/// The 42 Durham months: exactly the files' rows and ASB rows, counted independently, and a
/// second import changes nothing.
#[tokio::test]
async fn the_durham_months_are_all_there_and_only_once() {
    let Some(folder) = crate::imports::read::shared_data("police/durham") else {
        return;
    };
    let (mut files, mut rows, mut asb) = (0, 0, 0);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "gz") {
            let mut text = String::new();
            std::io::Read::read_to_string(
                &mut flate2::read::GzDecoder::new(fs::File::open(&path).unwrap()),
                &mut text,
            )
            .unwrap();
            files += 1;
            rows += i64::try_from(text.lines().count() - 1).unwrap();
            asb += i64::try_from(
                text.lines()
                    .filter(|l| l.contains(",Anti-social behaviour,"))
                    .count(),
            )
            .unwrap();
        }
    }
    assert_eq!(files, 42);
    let dir = tempfile::tempdir().unwrap();
    let db = fresh(dir.path()).await;
    let first = run(&db, std::slice::from_ref(&folder)).await;
    assert_eq!(
        (first.files, first.rows, first.asb_rows, first.rejected),
        (42, rows, asb, 0),
        "{:?}",
        first.each
    );
    assert_eq!(visible_rows(&db).await, rows);
    let again = run(&db, &[folder]).await;
    assert_eq!((again.rows, again.unchanged), (0, 42));
    assert_eq!(visible_rows(&db).await, rows);
}
