//! What only the whole program can tell: every route has a rule, an outsider sees nothing through
//! any of them, and every statement that is linked is good on both engines.

use std::collections::BTreeSet;

use commonweal_access::policy::roles;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::outsider::sees_nothing;
use commonweal_access::web::{Listed, Rule};
use commonweal_core::config::Config;
use commonweal_core::events::Actor;
use commonweal_core::testing::prepare_every_statement;
use commonweal_core::{Clock, Db, on_both};
use commonweal_records::imports::police_uk;

use super::*;

/// What anybody may ask for without signing in. Whoever adds to this list says why in its place.
const PUBLIC: &[&str] = &[
    // Opened by the secret in the address.
    "GET /feeds/{secret}/due.ics",
    "GET /feeds/{secret}/registers/{key}/changes.atom",
    "GET /feeds/{secret}/registers/{key}/due.ics",
    // To sign in somebody must come here first; what is new is shown to those signed in.
    "GET /",
    // The 'go to' directory: what everybody can go to, its search, leaflets and open interface.
    "GET /go-to",
    "POST /go-to",
    "GET /go-to/all",
    "GET /go-to/leaflets",
    "GET /go-to/leaflets/{area}/{audience}",
    "GET /go-to/leaflets/{area}/{audience}/pdf",
    "GET /go-to/needs/{key}",
    "GET /go-to/searches/{id}",
    "GET /go-to/{reference}",
    // Open311: other systems send reports with a key; what everybody may read is suppressed there.
    "GET /open311/v2/requests/{file}",
    "GET /open311/v2/services/{file}",
    "GET /open311/v2/tokens/{file}",
    "GET /open311/v2/{file}",
    "POST /open311/v2/{file}",
    "GET /openreferral",
    "GET /openreferral/",
    "GET /openreferral/openapi.json",
    "GET /openreferral/organizations",
    "GET /openreferral/organizations/{id}",
    "GET /openreferral/service_at_locations",
    "GET /openreferral/service_at_locations/{id}",
    "GET /openreferral/services",
    "GET /openreferral/services/{id}",
    "GET /openreferral/taxonomies",
    "GET /openreferral/taxonomies/{id}",
    "GET /openreferral/taxonomy_terms",
    "GET /openreferral/taxonomy_terms/{id}",
    // What was typed before a session ended, for the browser that typed it.
    "GET /kept/{id}",
    "POST /kept/{id}",
    "GET /link/{token}",
    "POST /link/{token}",
    // Pages of places are for everybody: published figures and news, and what residents say of them.
    "GET /places",
    "POST /places",
    "GET /places/{slug}",
    "GET /places/{slug}/contribute",
    "POST /places/{slug}/contribute",
    "GET /places/{slug}/feed.atom",
    "POST /places/{slug}/subscribe",
    // What somebody said, for whoever has its secret: they see what became of it or take it back.
    "GET /places/contribution/{secret}",
    "POST /places/contribution/{secret}",
    // Public forms, and the drafts, links and paper copies of whoever fills them in: what only
    // colleagues fill in leads to the sign-in, what is somebody else's is not there.
    "GET /forms/{key}",
    "POST /forms/{key}",
    "GET /forms/{key}/blank.pdf",
    "GET /forms/{key}/drafts/{draft}/check",
    "POST /forms/{key}/drafts/{draft}/check",
    "GET /forms/{key}/drafts/{draft}/files/{file}",
    "POST /forms/{key}/drafts/{draft}/later",
    "GET /forms/{key}/drafts/{draft}/sent",
    "GET /forms/{key}/drafts/{draft}/{page}",
    "POST /forms/{key}/drafts/{draft}/{page}",
    "GET /forms/invited/{secret}",
    "POST /forms/invited/{secret}",
    "GET /forms/resume/{secret}",
    "POST /forms/resume/{secret}",
    "GET /registers/{key}/blank.pdf",
    "GET /registers/{key}/new",
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/code",
    "POST /sign-in/code",
    "GET /sign-in/organisation",
    "GET /sign-in/organisation/back",
    "POST /sign-in/passkey",
    "POST /sign-in/passkey/begin",
    "GET /signed-out",
    // Anybody may report, ask to be called back or tell what they know; what follows is for whoever sent it.
    "GET /report",
    "POST /report",
    "GET /report/more/{draft}",
    "GET /report/person",
    "POST /report/person",
    "GET /report/sent/{draft}",
    "POST /report/sent/{draft}/link",
    "POST /report/sent/{draft}/more",
    "GET /report/tell-us",
    "POST /report/tell-us",
    "GET /report/told",
    // Whoever reported follows it by a private link; anything beyond the state needs a code.
    "GET /track",
    "POST /track",
    "GET /track/{secret}",
    "GET /track/{secret}/again",
    "POST /track/{secret}/again",
    "POST /track/{secret}/code",
    "POST /track/{secret}/enter",
    "POST /track/{secret}/evidence",
    "POST /track/{secret}/how-did-we-do",
    "POST /track/{secret}/keep",
    "POST /track/{secret}/leave",
    "POST /track/{secret}/messages",
    // Whoever has the secret of a subscription confirms or ends it, without an account.
    "GET /subscriptions/{secret}",
    "POST /subscriptions/{secret}",
    "GET /unsubscribe/{secret}",
    "POST /unsubscribe/{secret}",
    "GET /unsubscribe/{secret}/now",
];

/// The program's states over a database.
async fn states(db: &Db, folder: &std::path::Path) -> (routes::States, Arc<Cube>) {
    let config = Config::load(folder, std::iter::empty(), &[]).unwrap();
    let opened = Opened {
        config,
        db: db.clone(),
        clock: Clock::System,
    };
    let cube = Arc::new(Cube::new(db.clone()));
    let app = App::new(
        db.clone(),
        opened.clock.clone(),
        Settings::default(),
        SignIn::new(),
        routes::navigation(),
    );
    let files = Files::local(&folder.join("files"), db, &opened.clock).unwrap();
    let imports = uploads(&opened, &app, &cube).unwrap();
    let places = Places {
        app: app.clone(),
        cube: Arc::clone(&cube),
    };
    let forms = Forms {
        app: app.clone(),
        catalogue: Catalogue::load(db, &opened.clock).await.unwrap(),
        files: files.clone(),
        workflows: commonweal_forms::Workflows::default(),
    };
    let worker = worker(&opened, files, &imports, &places, &forms)
        .await
        .unwrap();
    let states = routes::States {
        places,
        public_report: PublicReport::new(&People::new(&forms), public_report::Limits::default()),
        people: People::new(&forms),
        police: marked_images::Police::default(),
        forms,
        imports,
        background: Background::new(&app, worker.kinds()),
        app,
    };
    (states, cube)
}

fn written(route: &Listed) -> String {
    format!("{} {}", route.method, route.path)
}

on_both! {
    async fn every_route_has_a_rule_and_an_outsider_sees_nothing(db: Db) {
        let folder = commonweal_core::testing::folder().unwrap();
        roles::load_shipped(&db, &Clock::System).await.unwrap();
        let header = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context\n";
        let row = ",2025-01,Marker Constabulary,Marker Constabulary,-1.58,54.77,On or near Marker Street,E01999999,Marker,Anti-social behaviour,,\n";
        let file = folder.path().join("2025-01-marker-street.csv");
        std::fs::write(&file, format!("{header}{}", row.repeat(4_711))).unwrap();
        let done = police_uk::import(&db, &Clock::System, &Actor::system("test"), &[file], &police_uk::Options::default()).await.unwrap();
        assert_eq!(done.rows, 4_711);
        let (states, cube) = states(&db, folder.path()).await;
        cube.refresh().await.unwrap();
        let list = routes::routes(&states).list().to_vec();
        let all: BTreeSet<String> = list.iter().map(written).collect();
        assert_eq!(all.len(), list.len(), "a route is listed once");
        assert!(all.len() > 60, "{all:?}");
        let public: BTreeSet<String> = list.iter().filter(|route| route.rule == Rule::Public).map(written).collect();
        assert_eq!(public, PUBLIC.iter().map(|route| (*route).to_owned()).collect());
        let router = states.app.serve(routes::routes(&states));
        let markers = ["Marker", "marker", "E01999999", "4,711"];
        let wrong = sees_nothing(&states.app, &router, &list, &markers).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new());
    }

    async fn every_statement_is_good(db: Db) {
        assert_eq!(prepare_every_statement(&db).await, Vec::<String>::new());
    }
}
