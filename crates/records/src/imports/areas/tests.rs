use std::path::{Path, PathBuf};

use commonweal_core::testing::{clock, folder};
use commonweal_core::{on_both, read};

use super::*;
use crate::imports::load::sweep;
use crate::imports::read::shared_data;

fn square(code: &str, at: f64) -> String {
    let (east, north) = (at + 0.01, 54.71);
    format!(
        r#"{{"type":"Feature","properties":{{"LSOA21CD":"{code}","LSOA21NM":"Name of {code}"}},"geometry":{{"type":"Polygon","coordinates":[[[{at},54.7],[{east},54.7],[{east},{north}],[{at},{north}],[{at},54.7]]]}}}}"#
    )
}

fn file(dir: &Path, name: &str, squares: &[(&str, f64)]) -> PathBuf {
    let features: Vec<String> = squares.iter().map(|(code, at)| square(code, *at)).collect();
    let path = dir.join(name);
    let text = format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        features.join(",")
    );
    std::fs::write(&path, text).unwrap();
    path
}

async fn run(
    db: &Db,
    clock: &Clock,
    path: &Path,
    options: &AreasOptions,
) -> Result<AreasReport, LoadError> {
    import(db, clock, &Actor::system("test"), path, options).await
}

/// Code and number of the areas that are shown.
async fn shown(db: &Db) -> Vec<(String, i64)> {
    read!(db, |tx| {
        let rows = tx
            .all(
                sql!(
                    "select a.code, a.number, s.areas from areas a join area_sets s on s.id = a.area_set
                     where s.state = 'visible' order by a.number"
                ),
                args![],
            )
            .await?;
        for row in &rows {
            assert_eq!(row.get::<i64>("areas")?, i64::try_from(rows.len()).unwrap());
        }
        rows.iter().map(|row| Ok((row.get("code")?, row.get("number")?))).collect::<Result<_, DbError>>()
    })
    .await
    .map_err(|e: DbError| e)
    .unwrap()
}

on_both! {
    async fn a_set_is_put_in_added_to_and_replaced(db: Db) {
        let (clock, dir) = (clock(), folder().unwrap());
        let options = AreasOptions::default();
        let west = file(dir.path(), "west.json", &[("E01000001", -1.6), ("E01000002", -1.58)]);
        let first = run(&db, &clock, &west, &options).await.unwrap();
        assert_eq!((first.kind.as_str(), first.vintage.as_str(), first.areas, first.points), ("lsoa", "2021", 2, 10));
        assert!(!first.replaced && !first.unchanged);
        assert!(run(&db, &clock, &west, &options).await.unwrap().unchanged);

        let add = AreasOptions { add: true, ..AreasOptions::default() };
        let east = file(dir.path(), "east.json", &[("E01000003", -1.5)]);
        let dry = AreasOptions { dry_run: true, ..add.clone() };
        assert_eq!(run(&db, &clock, &east, &dry).await.unwrap().in_set, 3);
        assert_eq!(shown(&db).await.len(), 2, "a dry run writes nothing");
        let added = run(&db, &clock, &east, &add).await.unwrap();
        assert!(added.added && !added.replaced && added.in_set == 3);
        let codes = [("E01000001".to_owned(), 0), ("E01000002".to_owned(), 1), ("E01000003".to_owned(), 2)];
        assert_eq!(shown(&db).await, codes);
        for (path, options) in [(&west, &add), (&east, &add)] {
            assert!(run(&db, &clock, path, options).await.unwrap().unchanged);
        }
        let overlap = file(dir.path(), "overlap.json", &[("E01000003", -1.4), ("E01000004", -1.3)]);
        let refused = run(&db, &clock, &overlap, &add).await.unwrap_err().to_string();
        assert!(refused.contains("'E01000003'") && refused.contains("without adding"), "{refused}");

        let replaced = run(&db, &clock, &overlap, &options).await.unwrap();
        assert!(replaced.replaced && !replaced.added);
        assert_eq!(shown(&db).await, [("E01000003".to_owned(), 0), ("E01000004".to_owned(), 1)]);
        // The old file may come back: it is not 'here' any more.
        assert!(run(&db, &clock, &west, &options).await.unwrap().replaced);
        assert_eq!(shown(&db).await, codes[..2]);
    }

    async fn a_bad_file_or_a_dead_import_leaves_the_set_as_it_was(db: Db) {
        let (clock, dir) = (clock(), folder().unwrap());
        let west = file(dir.path(), "west.json", &[("E01000001", -1.6)]);
        run(&db, &clock, &west, &AreasOptions::default()).await.unwrap();
        let crossed = dir.path().join("crossed.json");
        std::fs::write(&crossed, r#"{"type":"Feature","properties":{"LSOA21CD":"E01000009"},"geometry":{"type":"Polygon","coordinates":[[[-1.6,54.7],[-1.5,54.8],[-1.5,54.7],[-1.6,54.8],[-1.6,54.7]]]}}"#).unwrap();
        let refused = run(&db, &clock, &crossed, &AreasOptions::default()).await.unwrap_err().to_string();
        assert!(refused.contains("crosses itself") && refused.contains("E01000009"), "{refused}");
        let nameless = AreasOptions { kind: Some("no kind!".to_owned()), ..AreasOptions::default() };
        assert!(run(&db, &clock, &west, &nameless).await.unwrap_err().to_string().contains("kind of area"));

        // A process that died after writing rows, before the flip.
        let to = FileToImport { kind: "areas", name: "dead.json".to_owned(), sha256: "00".to_owned() };
        let dead = load::open(&db, &clock, &Actor::system("test"), &to).await.unwrap();
        upkeep!(&db, &clock, |tx| {
            let set = new_uuid(&clock);
            tx.run(sql!("insert into area_sets (id, kind, vintage, state, areas, import) values ($1, 'lsoa', '2021', 'loading', 1, $2)"), args![set, dead]).await?;
            tx.run(sql!("insert into areas (area_set, number, code, name, geometry, west, south, east, north, import) values ($1, 0, 'X', 'X', '', 0, 0, 0, 0, $2)"), args![set, dead]).await?;
            Ok::<_, DbError>(())
        }).await.unwrap();
        assert_eq!(shown(&db).await.len(), 1);
        clock.advance(chrono::Duration::seconds(61));
        assert_eq!(sweep(&db, &clock).await.unwrap(), (1, 1));
        let left = read!(&db, |tx| tx.count(sql!("select count(*) from area_sets where state = 'loading'"), args![]).await).await;
        assert_eq!(left.map_err(|e: DbError| e).unwrap(), 0);
        assert_eq!(shown(&db).await, [("E01000001".to_owned(), 0)]);
    }

    async fn the_county_and_darlington_make_one_set(db: Db) {
        let Some(county) = shared_data("boundaries/lsoa2021_derived-fine_E06000047.json") else { return };
        let Some(town) = shared_data("boundaries/lsoa2021_derived-fine_E06000005.json") else { return };
        let clock = clock();
        let options = AreasOptions { kind: Some("lsoa".to_owned()), vintage: Some("2021".to_owned()), ..AreasOptions::default() };
        let first = run(&db, &clock, &county, &options).await.unwrap();
        assert_eq!((first.areas, first.replaced), (330, false));
        let add = AreasOptions { add: true, ..options.clone() };
        assert_eq!(run(&db, &clock, &town, &add).await.unwrap().in_set, 396);
        assert!(run(&db, &clock, &county, &add).await.unwrap().unchanged);
        let shown = shown(&db).await;
        assert!(shown.len() == 396 && shown.iter().enumerate().all(|(n, (_, number))| *number == i64::try_from(n).unwrap()));
    }
}
