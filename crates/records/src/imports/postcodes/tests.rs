use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use commonweal_core::testing::{clock, folder};
use commonweal_core::{on_both, read};

use super::*;
use crate::imports::load::sweep;
use crate::imports::read::shared_data;

fn write_file(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

async fn run(db: &Db, clock: &Clock, path: &Path) -> PostcodesReport {
    import(
        db,
        clock,
        &Actor::system("test"),
        path,
        &PostcodesOptions::default(),
    )
    .await
    .unwrap()
}

async fn count(db: &Db) -> i64 {
    read!(db, |tx| tx
        .count(sql!("select count(*) from postcodes"), args![])
        .await)
    .await
    .map_err(|e: commonweal_core::DbError| e)
    .unwrap()
}

async fn staged_rows(db: &Db) -> i64 {
    read!(db, |tx| tx
        .count(sql!("select count(*) from staged_postcodes"), args![])
        .await)
    .await
    .map_err(|e: commonweal_core::DbError| e)
    .unwrap()
}

/// Nine thousand postcodes that might be.
fn many() -> String {
    let letters = "ABDEFGHJLN";
    let mut text = "postcode,longitude,latitude\n".to_owned();
    for district in 1..=9 {
        for sector in 0..=9 {
            for (a, one) in letters.chars().enumerate() {
                for (b, two) in letters.chars().enumerate() {
                    let (x, y) = (a as f64 * 0.01, b as f64 * 0.01);
                    writeln!(
                        text,
                        "DH{district} {sector}{one}{two},{},{}",
                        -1.6 + x,
                        54.7 + y
                    )
                    .unwrap();
                }
            }
        }
    }
    text
}

on_both! {
    async fn a_later_directory_replaces_what_it_tells_and_keeps_the_rest(db: Db) {
        let (clock, dir) = (clock(), folder().unwrap());
        let first = write_file(dir.path(), "nspl.csv", "pcds,lat,long,doterm,lsoa11,lsoa21\nDH1 1AA,54.77,-1.57,,E01000001,E01000002\nDH1 1AB,54.78,-1.58,201501,E01000001,E01000002\nDH1 1AD,99.999999,0,,,\n");
        let report = run(&db, &clock, &first).await;
        assert_eq!((report.rows, report.terminated, report.no_position, report.new, report.replaced), (2, 1, 1, 2, 0));
        assert!(run(&db, &clock, &first).await.unchanged);
        let second = write_file(dir.path(), "open.csv", "Postcode,Eastings,Northings\nDH1 1AA,427400,542300\nDH1 1AE,427500,542400\n");
        let report = run(&db, &clock, &second).await;
        assert_eq!((report.rows, report.new, report.replaced), (2, 1, 1));
        assert_eq!((count(&db).await, staged_rows(&db).await), (3, 0));
        let kept = read!(&db, |tx| tx.one(sql!("select lsoa2021 from postcodes where postcode = 'DH1 1AA'"), args![]).await?.get::<String>("lsoa2021")).await;
        assert_eq!(kept.map_err(|e: DbError| e).unwrap(), "E01000002", "the newer file knows no LSOAs");
        // The first file lost a postcode, so it can be brought in again; the second then lost one.
        assert_eq!(run(&db, &clock, &first).await.replaced, 1);
        assert!(!run(&db, &clock, &second).await.unchanged);
    }

    async fn a_reject_holds_the_file_back(db: Db) {
        let (clock, dir) = (clock(), folder().unwrap());
        let path = write_file(dir.path(), "bad.csv", "postcode,latitude,longitude\nDH1 1AA,54.77,-1.57\nDH1 1AA,54.77,-1.57\nDH1 1AB,-1.57,54.77\n");
        let report = run(&db, &clock, &path).await;
        assert_eq!((report.rejected, report.rejects[0].line, report.rejects[1].line), (2, 3, 4));
        assert!(report.rejects[1].reason.contains("swapped"));
        assert_eq!(count(&db).await, 0);
        assert_eq!(sweep(&db, &clock).await.unwrap(), (0, 1), "what was put down is taken away");
        assert_eq!(staged_rows(&db).await, 0);
    }

    async fn an_import_killed_in_the_middle_shows_nothing_and_completes_when_run_again(db: Db) {
        let (clock, dir) = (clock(), folder().unwrap());
        let path = write_file(dir.path(), "many.csv", &many());
        let (sender, mut begun) = tokio::sync::mpsc::unbounded_channel();
        let (release, gate) = std::sync::mpsc::channel::<()>();
        let gate = std::sync::Mutex::new(gate);
        let options = PostcodesOptions {
            progress: Some(std::sync::Arc::new(move |rows| { let _ = sender.send(rows); let _ = gate.lock().unwrap().recv(); })),
            ..PostcodesOptions::default()
        };
        let task = tokio::spawn({
            let (db, clock, path) = (db.clone(), clock.clone(), path.clone());
            async move { import(&db, &clock, &Actor::system("test"), path.as_path(), &options).await.map(drop) }
        });
        assert_eq!(begun.recv().await, Some(5_000));
        task.abort();
        drop(release);
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!((count(&db).await, staged_rows(&db).await), (0, 5_000));
        clock.advance(chrono::Duration::seconds(61));
        assert_eq!(sweep(&db, &clock).await.unwrap(), (1, 5_000));
        let report = run(&db, &clock, &path).await;
        assert_eq!((report.rows, report.new, count(&db).await, staged_rows(&db).await), (9_000, 9_000, 9_000, 0));
    }

    async fn the_real_directories_come_in_once(db: Db) {
        let Some(path) = shared_data("lookups/postcode_latlon_lsoa_durham_darlington_derived.csv.gz") else { return };
        let clock = clock();
        let first = run(&db, &clock, &path).await;
        assert_eq!((first.rejected, first.rows + first.no_position), (0, 19_522));
        assert!(first.areas.iter().any(|area| area.kind == "lsoa" && area.vintage == Some(2021)));
        assert!(run(&db, &clock, &path).await.unchanged);
        assert_eq!(count(&db).await, first.rows);
    }
}
