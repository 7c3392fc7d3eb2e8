use super::*;

fn trend() -> LineChart {
    LineChart {
        id: "trend".into(),
        title: "Incidents by month".into(),
        unit: "incidents".into(),
        labels: (1..=6).map(|month| format!("Month {month}")).collect(),
        series: vec![Series {
            name: "Incidents".into(),
            values: vec![
                Some(10.0),
                Some(12.0),
                None,
                Some(11.0),
                Some(30.0),
                Some(0.0),
            ],
        }],
        limits: vec![Limits {
            from: 0,
            to: 5,
            centre: 12.0,
            lower: 2.0,
            upper: 22.0,
        }],
        signals: vec![Signal {
            at: 4,
            rule: "above the upper limit".into(),
        }],
        ..LineChart::default()
    }
}

#[test]
fn no_line_goes_through_a_missing_month() {
    let drawn = trend().draw();
    // Of six months the third is missing: joined are 1-2, 4-5 and 5-6.
    assert_eq!(
        drawn
            .svg
            .matches("stroke=\"#1d4f91\" stroke-width=\"2.5\"/>")
            .count(),
        3
    );
    assert!(drawn.figure.contains("<title>Month 3: no data</title>"));
    assert!(drawn.table.contains("no data") && drawn.table.contains(">0<"));
}

#[test]
fn signals_have_a_shape_and_words() {
    let drawn = trend().draw();
    assert!(
        drawn
            .figure
            .contains("30 incidents – above the upper limit")
    );
    assert!(drawn.table.contains("above the upper limit"));
    assert!(drawn.figure.contains("Signal: more than chance"));
}

#[test]
fn drawings_have_unique_ids_and_nothing_inline() {
    let bars = BarChart {
        id: "bars".into(),
        title: "Towns <&>".into(),
        unit: "incidents".into(),
        mark: "More than expected".into(),
        bars: vec![
            Bar {
                label: "A & B".into(),
                value: Some(3.0),
                interval: Some((1.0, 5.0)),
                marked: true,
            },
            Bar::new("C", None),
            Bar::new("D", Some(-2.0)),
        ],
        ..BarChart::default()
    };
    let square = |x: f64| {
        vec![vec![
            [x, 54.0],
            [x + 0.1, 54.0],
            [x + 0.1, 54.1],
            [x, 54.1],
            [x, 54.0],
        ]]
    };
    let map = MapChart {
        id: "map".into(),
        title: "Wards".into(),
        unit: "incidents".into(),
        classes: Classes::quantiles([1.0, 5.0], 0),
        shapes: vec![
            Shape {
                name: "North".into(),
                rings: square(-1.5),
                value: Some(5.0),
                marked: true,
            },
            Shape {
                name: "South".into(),
                rings: square(-1.4),
                value: None,
                marked: false,
            },
        ],
        outline: square(-1.5),
        ..MapChart::default()
    };
    let html: String = [trend().draw(), bars.draw(), map.draw()]
        .map(|drawn| drawn.figure + &drawn.table)
        .concat();
    assert_eq!(
        crate::page_faults(&format!("<h1>{html}")),
        Vec::<String>::new()
    );
    assert!(html.contains("Towns &lt;&amp;&gt;") && !html.contains("NaN"));
}

#[test]
fn a_map_keeps_north_up_and_shapes_true() {
    let ring = vec![[-1.6, 54.5], [-1.5, 54.5], [-1.5, 54.6], [-1.6, 54.6]];
    let map = MapChart {
        id: "m".into(),
        shapes: vec![Shape {
            name: "Box".into(),
            rings: vec![ring],
            value: Some(1.0),
            marked: false,
        }],
        ..MapChart::default()
    };
    let svg = map.draw().svg;
    // At 54.55° a tenth of a degree is 0.58 as wide as it is high.
    let width = (760.0_f64 * 54.55_f64.to_radians().cos() * 10.0).round() / 10.0;
    assert!(
        svg.contains(&format!("M4 764L{:.1} 764", width + 4.0)),
        "{svg}"
    );
}

#[test]
fn classes_are_told_in_words_and_spread_over_the_palette() {
    let classes = Classes {
        breaks: vec![1.0, 5.0, 20.0],
        decimals: 0,
    };
    assert_eq!(
        [0.0, 1.0, 4.9, 5.0, 100.0].map(|value| classes.of(value)),
        [None, Some(0), Some(0), Some(1), Some(2)]
    );
    assert_eq!(
        [0, 1, 2].map(|class| classes.label(class)),
        ["1 to 4", "5 to 19", "20 or more"]
    );
    assert_eq!([0, 1, 2].map(|class| classes.step(class)), [0, 2, 4]);
    let single = Classes::quantiles([3.0, 3.0, 3.0], 0);
    assert_eq!(
        (single.breaks.as_slice(), single.step(0), single.label(0)),
        (&[3.0][..], 2, "3 or more".to_owned())
    );
    assert!(Classes::quantiles([0.0, f64::NAN], 0).breaks.is_empty());
    let many = Classes::quantiles((1..=100).map(f64::from), 0);
    assert_eq!(many.breaks, [1.0, 21.0, 41.0, 61.0, 81.0]);
    assert_eq!(
        (0..5).map(|class| many.step(class)).collect::<Vec<_>>(),
        [0, 1, 2, 3, 4]
    );
}

#[test]
fn the_script_uses_the_same_palette() {
    let script = include_str!("../../../../web/src/map.js");
    for colour in PALETTE {
        assert!(script.contains(colour), "{colour}");
    }
}
