use commonweal_govuk::check_page;

use super::model::{MonthQuality, SourceQuality, Told};
use super::pages::{QUALITY, context};
use crate::cube::samples;
use crate::view::{Asked, View};

#[test]
fn the_page_shows_missing_months_as_missing() {
    let snapshot = samples::snapshot();
    let view = View::new(&snapshot, &Asked::default());
    let month = "2025-02".parse().unwrap();
    let told = Told {
        rows: 10,
        asb_rows: 4,
        no_place: 1,
        outside: None,
        duplicates: 0,
        unknown_category: 0,
        first_seen: "2025-06-01".parse().unwrap(),
        days: 93,
        retold: 1,
        vintage: "2021".to_owned(),
    };
    let source = SourceQuality {
        source: 0,
        name: "Durham Constabulary".to_owned(),
        months: vec![
            MonthQuality {
                month,
                told: Some(told),
            },
            MonthQuality {
                month: month.plus(-1),
                told: None,
            },
        ],
    };
    let html = check_page(&QUALITY, &context(&snapshot, &view, &[source])).unwrap();
    assert!(html.contains("Missing") && html.contains("not zero"));
    assert!(html.contains("Late"));
    check_page(&QUALITY, &context(&snapshot, &view, &[])).unwrap();
}
