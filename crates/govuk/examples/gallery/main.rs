//! Every component and the shell on a few pages, to look at: `cargo run -p commonweal-govuk --example gallery`
//! and open the address it prints. All names and figures are made up.
#![expect(
    clippy::disallowed_types,
    reason = "a gallery for developers; govuk cannot use access"
)]

use std::f64::consts::FRAC_PI_3;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use commonweal_govuk::chart::{
    Bar, BarChart, Classes, Limits, LineChart, MapChart, Series, Shape, Signal,
};
use commonweal_govuk::headers::{SecurityHeaders, set};
use commonweal_govuk::{ErrorKind, ErrorPage, Form, Page, Shell, assets, page, sample_shell};
use serde_json::{Value, json};

page!(COMPONENTS, "gallery/components.html", "components.html");
page!(MAP, "gallery/map.html", "map.html");
page!(FORM, "gallery/form.html", "form.html");

fn shell(path: &str) -> Shell {
    let mut shell = sample_shell();
    shell.flash = None;
    shell.partnership_name = "County Durham community safety partnership".to_owned();
    shell.navigation = [
        ("Components", "/"),
        ("Map", "/map"),
        ("Form", "/form"),
        ("Error", "/error/not-found"),
    ]
    .map(|(text, href)| commonweal_govuk::NavItem::new(text, href))
    .into();
    shell.at(path)
}

async fn components() -> Response {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../web/node_modules/govuk-frontend/dist/govuk/components"
    );
    let mut found: Vec<Value> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| std::fs::read_to_string(entry.path().join("fixtures.json")).ok())
        .filter_map(|text| serde_json::from_str::<Value>(&text).ok())
        // Overlays, anchors to elsewhere and what the shell has already.
        .filter(|component| !["breadcrumbs", "exit-this-page", "service-navigation", "skip-link"].map(Value::from).contains(&component["component"]))
        .map(|component| {
            let fixtures = component["fixtures"].as_array().cloned().unwrap_or_default();
            json!({ "name": component["component"], "html": fixtures.first().map(|fixture| fixture["html"].clone()) })
        })
        .collect();
    found.sort_by_key(|component| component["name"].to_string());
    Page::new(&COMPONENTS, "Components")
        .breadcrumb("Home", "/")
        .respond(&shell("/"), &json!({ "components": found }))
}

fn trend() -> LineChart {
    let counts = [
        210, 198, 260, 301, 330, 352, 371, 340, 290, 255, 204, 190, 215, 0, 244, 290, 341, 510,
        380, 350, 280,
    ];
    LineChart {
        id: "trend".into(),
        title: "Anti-social behaviour incidents a month, January 2024 to September 2025".into(),
        period: "Month".into(),
        unit: "incidents".into(),
        labels: (0..counts.len())
            .map(|n| format!("{:02}/{}", n % 12 + 1, 2024 + n / 12))
            .collect(),
        series: vec![Series {
            name: "Incidents".into(),
            values: counts
                .iter()
                .map(|count| (*count > 0).then(|| f64::from(*count)))
                .collect(),
        }],
        limits: vec![Limits {
            from: 0,
            to: 20,
            centre: 290.0,
            lower: 120.0,
            upper: 460.0,
        }],
        signals: vec![Signal {
            at: 17,
            rule: "above the upper limit".into(),
        }],
        ..LineChart::default()
    }
}

fn towns() -> BarChart {
    let bar = |label: &str, value, interval, marked| Bar {
        label: label.into(),
        value,
        interval,
        marked,
    };
    BarChart {
        id: "towns".into(),
        title: "Incidents per 1,000 residents by area".into(),
        name: "Area".into(),
        unit: "incidents per 1,000".into(),
        decimals: 1,
        mark: "Higher than the year before by more than chance".into(),
        bars: vec![
            bar(
                "Peterlee town centre and Edenhill",
                Some(41.2),
                Some((37.5, 45.4)),
                true,
            ),
            bar("Consett", Some(28.4), Some((25.0, 31.9)), false),
            bar(
                "Bishop Auckland, Etherley and Witton Park villages",
                Some(22.7),
                Some((20.1, 25.2)),
                false,
            ),
            bar("Weardale", Some(4.2), Some((3.0, 5.9)), false),
            bar("Seaham", None, None, false),
        ],
        ..BarChart::default()
    }
}

fn wards() -> MapChart {
    let cell = |x: f64, y: f64| {
        let point = |turn: f64| {
            [
                x + 0.034 * (turn * FRAC_PI_3).sin(),
                y + 0.02 * (turn * FRAC_PI_3).cos(),
            ]
        };
        vec![[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 0.0].map(point).to_vec()]
    };
    let shapes: Vec<Shape> = (0..24_u8)
        .map(|n| {
            let (column, row) = (f64::from(n % 6), f64::from(n / 6));
            Shape {
                name: format!("Area {}", n + 1),
                rings: cell(
                    -1.8 + 0.059 * (column + 0.5 * (row % 2.0)),
                    54.6 + 0.03 * row,
                ),
                value: (n != 9).then(|| f64::from(n % 7) * f64::from(n % 5) * 2.0),
                marked: n == 12,
            }
        })
        .collect();
    MapChart {
        id: "wards".into(),
        title: "Incidents by area, September 2025".into(),
        description: "Most incidents are in the east.".into(),
        name: "Area".into(),
        unit: "incidents".into(),
        classes: Classes::quantiles(shapes.iter().filter_map(|shape| shape.value), 0),
        mark: "significant after correction for many tests".into(),
        shapes,
        ..MapChart::default()
    }
}

async fn map() -> Response {
    let context = json!({
        "trend": trend().draw(),
        "towns": towns().draw(),
        "wards": wards().draw(),
        "legend": Classes { breaks: vec![1.0, 3.0, 8.0, 15.0, 30.0], decimals: 0 }.legend("map", "incidents"),
        "rows": (1..=6).map(|n| json!({ "name": format!("Cell {n}"), "count": 3210 / n, "rate": 41.27 / f64::from(n) })).collect::<Vec<_>>(),
    });
    Page::new(&MAP, "Map")
        .script("map.js")
        .style("map.css")
        .breadcrumb("Home", "/")
        .respond(&shell("/map"), &context)
}

async fn cells(Query(query): Query<Vec<(String, String)>>) -> Response {
    let fine = query
        .iter()
        .any(|(name, value)| name == "resolution" && value == "9");
    let body = if fine {
        include_str!("cells-9.json")
    } else {
        include_str!("cells-8.json")
    };
    ([("content-type", "application/json")], body).into_response()
}

async fn form() -> Response {
    let mut form = Form::from(vec![
        ("town".to_owned(), "Peterlee".to_owned()),
        ("kinds".to_owned(), "noise".to_owned()),
    ]);
    form.required("name", "Enter your name");
    form.errors.add("date-day", "Enter the day it happened");
    Page::new(&FORM, "Report an incident")
        .back("/")
        .form(&form)
        .respond(&shell("/form"), &json!({}))
}

async fn error(Path(kind): Path<String>) -> Response {
    let kinds = ErrorKind::ALL
        .into_iter()
        .find(|known| format!("{known:?}").eq_ignore_ascii_case(&kind.replace('-', "")));
    ErrorPage::new(kinds.unwrap_or(ErrorKind::NotFound))
        .reference("7K3M-9QX4")
        .link("Sign in", "/form")
        .respond(&shell("/error/not-found"))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let router: Router = Router::new()
        .route("/", get(components))
        .route("/map", get(map))
        .route("/map/cells", get(cells))
        .route("/form", get(form))
        .route("/error/{kind}", get(error))
        .merge(assets::router())
        .layer(axum::middleware::from_fn_with_state(
            Arc::new(SecurityHeaders::new(&[], false)),
            set,
        ));
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:4747".to_owned());
    let listener = tokio::net::TcpListener::bind(&address).await?;
    #[expect(clippy::print_stdout, reason = "an example tells where it listens")]
    {
        println!("http://{}/", listener.local_addr()?);
    }
    axum::serve(listener, router).await
}
