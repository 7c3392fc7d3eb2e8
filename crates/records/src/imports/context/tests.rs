use std::path::{Path, PathBuf};

use commonweal_core::testing::{clock, folder};
use commonweal_core::{on_both, read};

use super::*;
use crate::imports::load::sweep;
use crate::imports::read::shared_data;

fn file(dir: &Path, name: &str, rows: &[(&str, u32)]) -> PathBuf {
    let path = dir.join(name);
    let mut text = "lsoa21_code,total_residents".to_owned();
    for (code, residents) in rows {
        text.push_str(&format!("\n{code},{residents}"));
    }
    std::fs::write(&path, text).unwrap();
    path
}

async fn run(db: &Db, clock: &Clock, path: &Path) -> ContextReport {
    import(
        db,
        clock,
        &Actor::system("test"),
        path,
        &ContextOptions::default(),
    )
    .await
    .unwrap()
}

async fn figures(db: &Db, measure: &str, period: &str) -> (i64, f64) {
    read!(db, |tx| {
        let row = tx
            .one(
                sql!("select count(*) as n, coalesce(sum(value), 0.0) as total from figures where measure = $1 and period = $2"),
                args![measure, period],
            )
            .await?;
        Ok::<_, DbError>((row.get("n")?, row.get("total")?))
    })
    .await
    .unwrap()
}

on_both! {
    async fn the_newest_telling_of_a_figure_counts(db: Db) {
        let (clock, dir) = (clock(), folder().unwrap());
        let first = file(dir.path(), "a.csv", &[("E01000001", 1_500), ("E01000002", 1_600)]);
        let report = run(&db, &clock, &first).await;
        assert_eq!((report.figures, report.areas, report.new, report.replaced), (2, 2, 2, 0));
        assert_eq!((report.measures["population"], report.period.as_str(), report.vintage), (2, "2021", 2021));
        assert!(run(&db, &clock, &first).await.unchanged);
        let second = file(dir.path(), "b.csv", &[("E01000002", 1_700), ("E01000003", 1_800)]);
        let report = run(&db, &clock, &second).await;
        assert_eq!((report.new, report.replaced), (1, 1));
        assert_eq!(figures(&db, "population", "2021").await, (3, 5_000.0));
        assert_eq!(run(&db, &clock, &first).await.replaced, 1);
        assert_eq!(figures(&db, "population", "2021").await, (3, 4_900.0));
    }

    async fn a_reject_holds_the_file_back(db: Db) {
        let (clock, dir) = (clock(), folder().unwrap());
        let path = dir.path().join("bad.csv");
        std::fs::write(&path, "lsoa21_code,total_residents\nE01000001,many\nE01000002,1600\nE01000002,1600\n").unwrap();
        let report = run(&db, &clock, &path).await;
        assert_eq!((report.rejected, report.rejects[0].column.as_str()), (2, "total_residents"));
        assert_eq!(figures(&db, "population", "2021").await.0, 0);
        assert_eq!(sweep(&db, &clock).await.unwrap(), (0, 1));
        std::fs::write(&path, "something,else\n1,2\n").unwrap();
        let options = ContextOptions::default();
        let refused = import(&db, &clock, &Actor::system("test"), path.as_path(), &options).await.unwrap_err();
        assert!(refused.to_string().contains("header"), "{refused}");
    }

    async fn the_real_files_give_the_measures_that_rates_need(db: Db) {
        let Some(folder) = shared_data("context") else { return };
        let clock = clock();
        for (name, figures_of) in [
            ("population_mid2020_single_year_lsoa2011_north_east.csv", 1_657),
            ("census2021_usual_residents_lsoa2021_north_east.csv", 1_682),
            ("imd2015_lsoa2011_north_east.csv", 1_657),
            ("imd2019_lsoa2011_north_east.csv", 1_657),
            ("imd2025_lsoa2021_north_east.csv", 1_682),
        ] {
            let path = folder.join(name);
            let report = run(&db, &clock, &path).await;
            let measure = if name.starts_with("imd") { "imd_decile" } else { "population" };
            assert_eq!((report.rejected, report.measures[measure]), (0, figures_of), "{name}");
            assert!(run(&db, &clock, &path).await.unchanged, "{name}");
            let (n, total) = figures(&db, measure, &report.period).await;
            assert_eq!(n, figures_of);
            if measure == "imd_decile" {
                assert!((1.0..=10.0).contains(&(total / n as f64)), "{name}: {total}");
            }
        }
        let tenure = run(&db, &clock, &folder.join("census2021_tenure_lsoa2021_north_east.csv")).await;
        assert_eq!((tenure.rejected, tenure.measures.len(), tenure.figures), (0, 8, 13_456));
        assert_eq!(tenure.replaced, 0, "tenure stands beside population");
    }
}
