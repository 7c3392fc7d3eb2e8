use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use commonweal_core::testing::{clock, folder};
use commonweal_core::{DbError, args, on_both, read, sql};

use super::*;
use crate::imports::load::sweep;
use crate::imports::read::profile::{CategoryColumn, PlaceColumns, QualifierColumn, When};

fn profile(key: bool) -> Profile {
    Profile {
        name: "Wardens".to_owned(),
        separator: None,
        key: key.then(|| "Ref".to_owned()),
        when: When::Moment {
            column: "When".to_owned(),
            format: None,
            clock: Default::default(),
        },
        place: PlaceColumns::Postcode {
            column: "Postcode".to_owned(),
        },
        category: CategoryColumn {
            column: Some("Type".to_owned()),
            values: [("Noisy".to_owned(), "noise".to_owned())].into(),
            otherwise: Some("unknown".to_owned()),
        },
        qualifier: Some(QualifierColumn {
            column: "Kind".to_owned(),
            values: Default::default(),
        }),
    }
}

fn options(key: bool) -> RecordsOptions {
    RecordsOptions {
        source: "Wardens".to_owned(),
        profile: profile(key),
        dry_run: false,
        limits: Limits::default(),
        progress: None,
    }
}

/// Rows as (key, when, type).
fn file(dir: &Path, name: &str, rows: &[(&str, &str, &str)]) -> PathBuf {
    let path = dir.join(name);
    let mut text = "Ref,When,Postcode,Type,Kind\n".to_owned();
    for (key, when, kind) in rows {
        writeln!(text, "{key},{when},DH1 1AA,{kind},Personal").unwrap();
    }
    std::fs::write(&path, text).unwrap();
    path
}

async fn run(db: &Db, clock: &Clock, path: &Path, options: &RecordsOptions) -> RecordsReport {
    import(db, clock, &Actor::system("test"), path, options)
        .await
        .unwrap()
}

/// Month and key of the visible rows.
async fn shown(db: &Db) -> Vec<(String, String)> {
    let rows: Result<Vec<(String, String)>, DbError> = read!(db, |tx| {
        let rows = tx
            .all(
                sql!(
                    "select p.month, i.source_key from incidents i join import_parts p on p.part = i.part
                     where p.state = 'visible' order by p.month, i.source_key"
                ),
                args![],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let key = row.get::<Option<Vec<u8>>>("source_key")?.unwrap_or_default();
                let month = Month::from_index(i32::try_from(row.get::<i64>("month")?).unwrap());
                Ok((month.to_string(), String::from_utf8(key).unwrap()))
            })
            .collect()
    })
    .await;
    rows.unwrap()
}

fn told(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

on_both! {
    async fn without_keys_a_month_told_again_replaces_the_month(db: Db) {
        let (clock, dir) = (clock(), folder().unwrap());
        let options = options(false);
        let first = file(dir.path(), "a.csv", &[("", "2026-01-03 22:10", "Noisy"), ("", "2026-01-03 22:10", "Noisy"), ("", "2026-02-01 10:00", "Other")]);
        let report = run(&db, &clock, &first, &options).await;
        assert_eq!((report.rows, report.asb_rows, report.rejected), (3, 3, 0));
        assert!(report.notes[0].contains("not in the loaded directory"), "{:?}", report.notes);
        assert!(run(&db, &clock, &first, &options).await.unchanged);
        let second = file(dir.path(), "b.csv", &[("", "2026-01-05 22:10", "Noisy")]);
        let dry = RecordsOptions { dry_run: true, ..options.clone() };
        assert_eq!(run(&db, &clock, &second, &dry).await.replaced[0].rows, (2, 1));
        let report = run(&db, &clock, &second, &options).await;
        assert_eq!((report.replaced.len(), report.replaced[0].rows), (1, (2, 1)));
        assert_eq!(shown(&db).await, told(&[("2026-01", ""), ("2026-02", "")]));
        // One row may say two things, another nothing that is known.
        let unknown = read!(&db, |tx| tx.count(sql!("select count(*) from categories where known = false"), args![]).await).await;
        assert_eq!(unknown.map_err(|e: DbError| e).unwrap(), 1);
    }

    async fn with_keys_files_may_overlap(db: Db) {
        let (clock, dir) = (clock(), folder().unwrap());
        let options = options(true);
        let a = file(dir.path(), "a.csv", &[("1", "2026-01-03 22:10", "Noisy"), ("2", "2026-01-04 22:10", "Noisy"), ("3", "2026-02-01 10:00", "Noisy"), ("4", "2026-03-01 10:00", "Noisy")]);
        let report = run(&db, &clock, &a, &options).await;
        assert_eq!((report.new, report.changed, report.carried_over), (4, 0, 0));
        // An extract: 1 as before, 2 moves to February, 5 is new, 3 and 4 are not named.
        let b = file(dir.path(), "b.csv", &[("1", "2026-01-03 22:10", "Noisy"), ("2", "2026-02-04 22:10", "Noisy"), ("5", "2026-02-05 22:10", "Other")]);
        let dry = RecordsOptions { dry_run: true, ..options.clone() };
        let report = run(&db, &clock, &b, &dry).await;
        assert_eq!((report.new, report.changed, report.unchanged_rows, report.carried_over), (1, 1, 1, 1));
        let report = run(&db, &clock, &b, &options).await;
        assert_eq!((report.new, report.changed, report.unchanged_rows, report.carried_over), (1, 1, 1, 1));
        let rows: Vec<_> = report.replaced.iter().map(|r| (r.month.to_string(), r.rows)).collect();
        assert_eq!(rows, [("2026-01".to_owned(), (2, 1)), ("2026-02".to_owned(), (1, 3))]);
        let now = told(&[("2026-01", "1"), ("2026-02", "2"), ("2026-02", "3"), ("2026-02", "5"), ("2026-03", "4")]);
        assert_eq!(shown(&db).await, now);
        assert!(run(&db, &clock, &b, &options).await.unchanged);
        // Other bytes that tell the same: no month is written again.
        let c = file(dir.path(), "c.csv", &[("5", "2026-02-05 22:10", "Other"), ("1", "2026-01-03 22:10", "Noisy")]);
        let report = run(&db, &clock, &c, &options).await;
        assert!(report.unchanged && report.import.is_none() && report.unchanged_rows == 2);
        assert_eq!(shown(&db).await, now);
        let carried = read!(&db, |tx| tx.one(sql!("select i.qualifier, i.precision, c.code, l.name from incidents i join import_parts p on p.part = i.part join categories c on c.id = i.category join locations l on l.id = i.location where p.state = 'visible' and p.month = $1 order by i.source_key limit 1 offset 1"), args![Month::new(2026, 2).unwrap().index()]).await).await;
        let carried = carried.map_err(|e: DbError| e).unwrap();
        assert_eq!((carried.get::<i64>("qualifier").unwrap(), carried.get::<String>("code").unwrap(), carried.get::<String>("name").unwrap()), (1, "noise".to_owned(), "DH1 1AA".to_owned()), "what is carried over is whole");
    }

    async fn rejects_hold_the_file_back(db: Db) {
        let (clock, dir) = (clock(), folder().unwrap());
        let path = file(dir.path(), "a.csv", &[("1", "2026-01-03 22:10", "Noisy"), ("1", "2026-01-04 22:10", "Noisy"), ("2", "2030-01-04 22:10", "Noisy"), ("3", "yesterday", "Noisy")]);
        let report = run(&db, &clock, &path, &options(true)).await;
        let lines: Vec<_> = report.rejects.iter().map(|r| (r.line, r.column.as_str())).collect();
        assert_eq!(lines, [(3, "Ref"), (4, "When"), (5, "When")]);
        assert!(shown(&db).await.is_empty());
        assert_eq!(crate::imports::store::rejects(&db, report.import.unwrap(), 10).await.unwrap().len(), 3);
        sweep(&db, &clock).await.unwrap();
        let mut wrong = options(true);
        wrong.profile.key = Some("Reference".to_owned());
        let refused = import(&db, &clock, &Actor::system("test"), path.as_path(), &wrong).await.unwrap_err().to_string();
        assert!(refused.contains("no column 'Reference'") && refused.contains("Ref, When"), "{refused}");
    }

    async fn a_killed_merge_leaves_everything_as_it_was(db: Db) {
        let (clock, dir) = (clock(), folder().unwrap());
        let first = file(dir.path(), "a.csv", &[("1", "2026-01-03 22:10", "Noisy")]);
        run(&db, &clock, &first, &options(true)).await;
        let keys: Vec<String> = (0..12_000).map(|n| format!("K{n}")).collect();
        let rows: Vec<_> = keys.iter().map(|key| (key.as_str(), "2026-01-05 10:00", "Noisy")).collect();
        let many = file(dir.path(), "many.csv", &rows);
        let (sender, mut begun) = tokio::sync::mpsc::unbounded_channel();
        let (release, gate) = std::sync::mpsc::channel::<()>();
        let gate = std::sync::Mutex::new(gate);
        let slow = RecordsOptions {
            progress: Some(std::sync::Arc::new(move |rows| { let _ = sender.send(rows); let _ = gate.lock().unwrap().recv(); })),
            ..options(true)
        };
        let task = tokio::spawn({
            let (db, clock, many) = (db.clone(), clock.clone(), many.clone());
            async move { import(&db, &clock, &Actor::system("test"), many.as_path(), &slow).await.map(drop) }
        });
        assert_eq!(begun.recv().await, Some(5_000));
        task.abort();
        drop(release);
        let _ = task.await;
        assert_eq!(shown(&db).await, told(&[("2026-01", "1")]));
        clock.advance(chrono::Duration::seconds(61));
        let (dead, taken) = sweep(&db, &clock).await.unwrap();
        assert_eq!(dead, 1);
        assert!(taken >= 5_000, "{taken}");
        let report = run(&db, &clock, &many, &options(true)).await;
        assert_eq!((report.new, report.carried_over, shown(&db).await.len()), (12_000, 1, 12_001));
    }

    async fn profiles_are_saved_with_their_version(db: Db) {
        let (clock, actor) = (clock(), Actor::system("test"));
        let mut wardens = profile(true);
        assert_eq!(profiles::save(&db, &clock, &actor, &wardens, None).await.unwrap(), 1);
        assert!(matches!(profiles::save(&db, &clock, &actor, &wardens, None).await, Err(DbError::Duplicate)));
        assert_eq!(profiles::save(&db, &clock, &actor, &wardens, Some(1)).await.unwrap(), 1, "nothing changed");
        wardens.key = None;
        assert_eq!(profiles::save(&db, &clock, &actor, &wardens, Some(1)).await.unwrap(), 2);
        assert!(matches!(profiles::save(&db, &clock, &actor, &profile(true), Some(1)).await, Err(DbError::Stale)));
        let saved = profiles::list(&db).await.unwrap();
        assert_eq!((saved.len(), &saved[0].profile), (1, &wardens));
        assert!(matches!(profiles::load(&db, "Nobody").await, Err(DbError::NotFound)));
    }
}
