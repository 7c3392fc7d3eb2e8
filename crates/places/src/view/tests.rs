use super::*;

#[test]
fn wrong_values_are_named_at_their_field_and_the_default_stands_in() {
    let asked = Asked {
        from: "2025-13".to_owned(),
        to: "nonsense".to_owned(),
        kind: "burglary of the mind".to_owned(),
        place: "lsoa-2021:E0".to_owned(),
        areas: "villages".to_owned(),
        ..Asked::default()
    };
    let view = View::new(&Snapshot::default(), &asked);
    let fields: Vec<_> = view.problems.iter().map(|(field, _)| *field).collect();
    assert_eq!(fields, ["from", "to", "type", "areas", "place"]);
    assert_eq!(view.filter.kind, Kind::Asb);
    assert_eq!(view.filter.to.since(view.filter.from), 11);
}

#[test]
fn a_period_back_to_front_is_refused() {
    let asked = Asked {
        from: "2025-06".to_owned(),
        to: "2025-01".to_owned(),
        ..Asked::default()
    };
    assert_eq!(
        View::new(&Snapshot::default(), &asked).problems[0].0,
        "from"
    );
}

#[test]
fn the_query_gives_the_same_view_again() {
    let asked = Asked {
        from: "2024-11".to_owned(),
        to: "2025-01".to_owned(),
        kind: "all".to_owned(),
        ..Asked::default()
    };
    let view = View::new(&Snapshot::default(), &asked);
    assert_eq!(view.query(), "from=2024-11&to=2025-01&type=all&areas=cell8");
    assert_eq!(encode("Durham & Co: ä"), "Durham%20%26%20Co%3A%20%C3%A4");
}
