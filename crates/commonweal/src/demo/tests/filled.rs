//! What the demo's pages count is what was made up.

use commonweal_places::cube::{Cube, Filter, Kind};

use super::*;
use crate::cli::Common;
use crate::commands::Opened;

#[tokio::test]
async fn the_figures_count_what_was_made_up() {
    let folder = commonweal_core::testing::folder().unwrap();
    let common = Common {
        data_dir: Some(folder.path().to_owned()),
        database_url: None,
        json: false,
    };
    let opened = Opened::new(&common, &[]).await.unwrap();
    fill::fill(&opened, &MADE).await.unwrap();
    let cube = Cube::new(opened.db.clone());
    cube.refresh().await.unwrap();
    let snapshot = cube.snapshot();
    let mut made: BTreeMap<(&str, Month), [usize; 2]> = BTreeMap::new();
    for (source, incident) in MADE.incidents() {
        let month = match incident.when {
            When::Month(month) => month,
            When::Exact(at) => Month::of(at.date()),
        };
        let counts = made.entry((source.name, month)).or_default();
        counts[0] += 1;
        counts[1] += usize::from(incident.category.asb);
    }
    for source in MADE.sources() {
        let known = snapshot.sources.iter().position(|s| s.name == source.name);
        for month in MADE.months() {
            let counted = [Kind::All, Kind::Asb].map(|kind| {
                let filter = Filter {
                    from: month,
                    to: month,
                    kind,
                    qualifier: None,
                    source: known.map(|number| u16::try_from(number).unwrap()),
                    place: None,
                    allowed: None,
                };
                snapshot.points(&filter).len()
            });
            let expected = made.get(&(source.name, month)).copied().unwrap_or_default();
            assert_eq!(counted, expected, "{} in {month}", source.name);
        }
    }
    let people = commonweal_core::read!(&opened.db, |tx| tx
        .count(
            commonweal_core::sql!("select count(*) from parties"),
            commonweal_core::args![]
        )
        .await)
    .await
    .unwrap();
    assert_eq!(people, 40);
    opened.db.close().await;
}
