use std::path::{Path, PathBuf};

use commonweal_core::events::Actor;
use commonweal_core::{Clock, args, read, sql};
use commonweal_records::Month;
use commonweal_records::imports::police_uk::{self, Options};

use super::*;

const HEADER: &str = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context";

fn street_file(dir: &Path, month: &str, rows: usize) -> PathBuf {
    let path = dir.join(format!("{month}-durham-street.csv"));
    let mut text = String::from(HEADER);
    for n in 0..rows {
        let kind = if n % 3 == 0 {
            "Anti-social behaviour"
        } else {
            "Burglary"
        };
        let longitude = -1.6 + 0.001 * f64::from(u32::try_from(n % 7).unwrap());
        text.push_str(&format!(
            "\n,{month},Durham Constabulary,Durham Constabulary,{longitude},54.77,On or near A Street,E01020649,County Durham 025A,{kind},,"
        ));
    }
    std::fs::write(&path, text).unwrap();
    path
}

/// What plain SQL counts of the same: by cell and whether it is anti-social behaviour.
async fn recount(db: &commonweal_core::Db) -> Vec<(Option<i64>, bool, i64)> {
    read!(db, |tx| {
        tx.all(
            sql!(
                "select l.cell, c.asb, count(*) as n from incidents i
                 join import_parts p on p.part = i.part and p.state = 'visible'
                 join locations l on l.id = i.location join categories c on c.id = i.category
                 group by l.cell, c.asb order by l.cell, c.asb"
            ),
            args![],
        )
        .await?
        .iter()
        .map(|row| Ok((row.get("cell")?, row.get("asb")?, row.get("n")?)))
        .collect::<Result<Vec<_>, commonweal_core::DbError>>()
    })
    .await
    .unwrap()
}

fn from_cube(snapshot: &Snapshot) -> Vec<(Option<i64>, bool, i64)> {
    let Some((from, to)) = snapshot.period() else {
        return Vec::new();
    };
    let filter = |kind| Filter {
        from,
        to,
        kind,
        qualifier: None,
        source: None,
        place: None,
        allowed: None,
    };
    let asb = snapshot.count(&By::Cell9, &filter(Kind::Asb));
    let all = snapshot.count(&By::Cell9, &filter(Kind::All));
    let mut out = Vec::new();
    let mut add = |cell, asb: u32, all: u32| {
        for (is_asb, n) in [(false, all - asb), (true, asb)] {
            if n > 0 {
                out.push((cell, is_asb, i64::from(n)));
            }
        }
    };
    add(None, asb.elsewhere, all.elsewhere);
    for (n, cell) in snapshot.cells9.cells.iter().enumerate() {
        add(Some(u64::from(*cell).cast_signed()), asb.of[n], all.of[n]);
    }
    out.sort();
    out
}

#[tokio::test]
async fn the_cube_equals_a_plain_recount_after_every_import() {
    let dir = tempfile::tempdir().unwrap();
    let db = commonweal_core::Db::sqlite(&dir.path().join("test.db"))
        .await
        .unwrap();
    db.migrate().await.unwrap();
    let cube = Cube::new(db.clone());
    for (month, rows) in [
        ("2025-01", 40),
        ("2025-02", 25),
        ("2025-01", 41),
        ("2025-04", 3),
    ] {
        let path = street_file(dir.path(), month, rows);
        police_uk::import(
            &db,
            &Clock::System,
            &Actor::system("test"),
            &[path],
            &Options::default(),
        )
        .await
        .unwrap();
        assert!(cube.refresh().await.unwrap());
        assert!(!cube.refresh().await.unwrap());
        assert_eq!(from_cube(&cube.snapshot()), recount(&db).await);
    }
    let snapshot = cube.snapshot();
    let from: Month = "2025-01".parse().unwrap();
    let filter = Filter {
        from,
        to: from.plus(3),
        kind: Kind::All,
        qualifier: None,
        source: None,
        place: None,
        allowed: None,
    };
    let months = snapshot.months(&filter);
    assert_eq!(months[&from].count, 41);
    assert_eq!(
        months[&from.plus(2)].sources,
        0,
        "a missing month is missing, not zero"
    );
    assert_eq!(snapshot.total(&filter), 69);
}
