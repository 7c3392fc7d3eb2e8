//! For tests of pages: a small partnership with three months of police figures, served as it
//! will be, asked by HTTP.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use commonweal_access::policy::roles;
use commonweal_access::session::Token;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::outsider::{request, signed_in};
use commonweal_access::web::{App, Listed, Settings};
use commonweal_core::events::{Actor, Event};
use commonweal_core::ids::new_uuid;
use commonweal_core::testing::{TempDir, clock, sqlite};
use commonweal_core::{Clock, Db, DbError, args, insert, sql, write};
use commonweal_records::imports::police_uk::{Options, import};
use tower::ServiceExt as _;

use crate::Places;
use crate::cube::Cube;

/// The small partnership.
pub(crate) struct Stage {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) routes: Vec<Listed>,
    /// Somebody who may see and download everything.
    pub(crate) analyst: Token,
    _folder: TempDir,
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

impl Stage {
    /// The stage; `address` is where its links lead.
    pub(crate) async fn new(address: &str) -> Self {
        let (db, folder) = sqlite().await.unwrap();
        let clock = clock();
        for (month, rows) in [("2025-01", 40), ("2025-02", 25), ("2025-04", 12)] {
            let path = folder.path().join(format!("{month}-durham-street.csv"));
            std::fs::write(&path, street(month, rows)).unwrap();
            let done = import(
                &db,
                &clock,
                &Actor::system("test"),
                &[path],
                &Options::default(),
            )
            .await
            .unwrap();
            assert!(done.ok(), "{done:?}");
        }
        wards(&db, &clock).await.unwrap();
        roles::load_shipped(&db, &clock).await.unwrap();
        let settings = Settings {
            address: address.to_owned(),
            made_up_data: true,
            ..Settings::default()
        };
        let app = App::new(db.clone(), clock, settings, SignIn::default(), Vec::new());
        let cube = Arc::new(Cube::new(db));
        cube.refresh().await.unwrap();
        let places = Places {
            app: app.clone(),
            cube,
        };
        let routes = crate::map::routes(
            &places,
            vec![crate::place_file::hot_spots_layer(
                &crate::place_file::HotSpots::new(&places),
            )],
        )
        .merge(crate::download::routes().with_state(places.clone()))
        .merge(crate::ogc::routes().with_state(places.clone()));
        let list = routes.list().to_vec();
        let (_, analyst) = signed_in(&app, &["analyst"]).await.unwrap();
        Self {
            router: app.serve(routes),
            app,
            routes: list,
            analyst,
            _folder: folder,
        }
    }

    /// What the analyst gets.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask(path, Some(&self.analyst), &[]).await
    }

    /// What somebody gets, with these headers.
    pub(crate) async fn ask(
        &self,
        path: &str,
        token: Option<&Token>,
        headers: &[(header::HeaderName, &str)],
    ) -> Reply {
        let mut asked: Request<Body> = request(&self.app, &Method::GET, path, token, "");
        for (name, value) in headers {
            asked
                .headers_mut()
                .insert(name.clone(), value.parse().unwrap());
        }
        let response = self.router.clone().oneshot(asked).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 50 << 20).await.unwrap().to_vec();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

/// A street file: a third are anti-social behaviour, over seven points 65 m apart and two
/// wards; every tenth row has no place.
fn street(month: &str, rows: u32) -> String {
    let mut text = String::from(
        "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context",
    );
    for n in 0..rows {
        let kind = if n % 3 == 0 {
            "Anti-social behaviour"
        } else {
            "Burglary"
        };
        let point = format!("{:.4},54.775", -1.6 + 0.01 * f64::from(n % 7));
        let place = if n % 10 == 9 {
            ",,No Location,,".to_owned()
        } else {
            format!("{point},On or near A Street,E01020649,County Durham 025A")
        };
        text.push_str(&format!(
            "\n,{month},Durham Constabulary,Durham Constabulary,{place},{kind},,"
        ));
    }
    text
}

/// Two wards side by side: Elvet with a hole in it, and Gilesgate.
async fn wards(db: &Db, clock: &Clock) -> Result<(), DbError> {
    let (file, set) = (new_uuid(clock), new_uuid(clock));
    write!(db, clock, &Actor::system("test"), |tx| {
        let now = tx.now();
        tx.run(
            sql!("insert into imports (id, kind, name, sha256, state, started_at, rows, rejected, notes) values ($1, 'areas', 'wards', '0', 'visible', $2, 2, 0, '{}')"),
            args![file, now],
        )
        .await?;
        tx.run(
            sql!("insert into area_sets (id, kind, vintage, state, areas, import) values ($1, 'ward', '2022', 'visible', 2, $2)"),
            args![set, file],
        )
        .await?;
        let square = |west: f64, east: f64| format!("[[{west},54.76],[{east},54.76],[{east},54.79],[{west},54.79],[{west},54.76]]");
        let hole = "[[-1.605,54.785],[-1.605,54.786],[-1.604,54.786],[-1.604,54.785],[-1.605,54.785]]";
        let rows = [
            ("E05000001", "Elvet & <Neville's> Cross", -1.61, -1.565, format!(",{hole}")),
            ("E05000002", "=Gilesgate", -1.565, -1.52, String::new()),
        ];
        for (number, (code, name, west, east, hole)) in (0_i64..).zip(&rows) {
            let geometry = format!("{{\"type\":\"Polygon\",\"coordinates\":[{}{hole}]}}", square(*west, *east));
            tx.insert_many(
                insert!("areas", "area_set, number, code, name, geometry, west, south, east, north"),
                args![set, number, *code, *name, geometry, *west, 54.76, *east, 54.79],
            )
            .await?;
        }
        tx.record(Event::new("import", file, "import.finished", serde_json::json!({})));
        Ok::<_, DbError>(())
    })
    .await
}
