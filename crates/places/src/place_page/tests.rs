use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::http::{Method, StatusCode, header};
use chrono::Duration;
use commonweal_access::policy::roles;
use commonweal_access::session::Token;
use commonweal_access::sign_in::SignIn;
use commonweal_access::web::outsider::{request, sees_nothing, signed_in};
use commonweal_access::web::{App, Listed, Settings};
use commonweal_core::events::Actor;
use commonweal_core::testing::{TempDir, clock, folder};
use commonweal_core::{Clock, Db, DbError, args, on_both, read, sql, upkeep};
use commonweal_govuk::{check_page, check_public_page};
use commonweal_records::imports::police_uk::{Options, import};
use commonweal_records::ports::{PublicHeading, PublicPlaceSection, SectionLine};
use commonweal_records::subscriptions;
use tower::ServiceExt as _;
use uuid::Uuid;

use super::*;
use crate::cube::{Cube, samples};

/// A small partnership with a public page for each of two wards.
struct Stage {
    app: App,
    clock: Clock,
    state: PlacePages,
    router: Router,
    list: Vec<Listed>,
    /// A browser whose forms are taken: somebody signed in who may do nothing.
    somebody: Token,
    _folder: TempDir,
}

struct Reply {
    status: StatusCode,
    location: String,
    body: String,
}

const SQUARE: &str = r#"{"type":"MultiPolygon","coordinates":[[[[W,54.76],[E,54.76],[E,54.79],[W,54.79],[W,54.76]]]]}"#;

impl Stage {
    async fn new(db: &Db) -> Self {
        let folder = folder().unwrap();
        let clock = clock();
        let head = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context\n";
        for n in 0..13 {
            let month = format!("{}-{:02}", 2024 + (n + 3) / 12, (n + 3) % 12 + 1);
            let row = |x: f64| {
                format!(
                    ",{month},Durham Constabulary,Durham Constabulary,{x},54.775,On or near A Street,E01020649,A,Anti-social behaviour,,\n"
                )
            };
            // Seven in Elvet, and one in Gilesgate every month.
            let path = folder.path().join(format!("{month}-durham-street.csv"));
            std::fs::write(
                &path,
                format!("{head}{}{}", row(-1.58).repeat(7), row(-1.53)),
            )
            .unwrap();
            let done = import(
                db,
                &clock,
                &Actor::system("test"),
                &[path],
                &Options::default(),
            )
            .await
            .unwrap();
            assert!(done.ok(), "{done:?}");
        }
        wards(db, &clock).await.unwrap();
        roles::load_shipped(db, &clock).await.unwrap();
        let app = App::new(
            db.clone(),
            clock.clone(),
            Settings::default(),
            SignIn::default(),
            Vec::new(),
        );
        let cube = Arc::new(Cube::new(db.clone()));
        cube.refresh().await.unwrap();
        let places = Places {
            app: app.clone(),
            cube,
        };
        let picks =
            PublicPlaceSection::new("events", PublicHeading::Events, |_, place| async move {
                Ok(vec![
                    SectionLine::new(format!("Litter pick in {}", place.name)).note("Bring gloves"),
                ])
            });
        let broken = PublicPlaceSection::new("broken", PublicHeading::Orders, |_, _| async move {
            Err(commonweal_access::web::PageError::Unavailable)
        });
        let state = PlacePages::new(&places, vec![picks, broken]);
        let routes = routes().with_state(state.clone());
        let list = routes.list().to_vec();
        let (_, somebody) = signed_in(&app, &[]).await.unwrap();
        Self {
            somebody,
            router: app.serve(routes),
            app,
            clock,
            state,
            list,
            _folder: folder,
        }
    }

    async fn ask(&self, method: Method, path: &str, token: Option<&Token>, form: &str) -> Reply {
        let token = token.or(Some(&self.somebody).filter(|_| method == Method::POST));
        let asked = request(&self.app, &method, path, token, form);
        let Ok(response) = self.router.clone().oneshot(asked).await;
        let (parts, body) = response.into_parts();
        let place = parts
            .headers
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok());
        Reply {
            status: parts.status,
            location: place.unwrap_or_default().to_owned(),
            body: String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap(),
        }
    }

    async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, None, "").await
    }
}

async fn wards(db: &Db, clock: &Clock) -> Result<(), DbError> {
    let (file, set) = (Uuid::from_u128(1), Uuid::from_u128(2));
    upkeep!(db, clock, |tx| {
        let now = tx.now();
        tx.run(
            sql!("insert into imports (id, kind, name, sha256, state, started_at, rows, rejected, notes) values ($1, 'areas', 'wards', '0', 'visible', $2, 2, 0, '{}')"),
            args![file, now],
        )
        .await?;
        tx.run(sql!("insert into area_sets (id, kind, vintage, state, areas, import) values ($1, 'ward', '2022', 'visible', 2, $2)"), args![set, file]).await?;
        for (n, (name, west, east)) in [("Elvet", "-1.60", "-1.55"), ("Gilesgate", "-1.55", "-1.50")].into_iter().enumerate() {
            let shape = SQUARE.replace('W', west).replace('E', east);
            tx.run(
                sql!("insert into areas (area_set, number, code, name, geometry, west, south, east, north) values ($1, $2, $3, $4, $5, 0.0, 0.0, 0.0, 0.0)"),
                args![set, i64::try_from(n).unwrap(), format!("E0500000{n}"), name, shape],
            )
            .await?;
        }
        tx.run(
            sql!("insert into postcodes (postcode, longitude, latitude, in_use, import) values ('DH1 1AA', -1.53, 54.77, true, $1)"),
            args![file],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await
}

async fn outbox(db: &Db) -> Vec<(String, String)> {
    read!(db, |tx| {
        tx.all(
            sql!("select kind, body from outbox order by created_at, id"),
            args![],
        )
        .await?
        .iter()
        .map(|row| Ok((row.at(0)?, row.at(1)?)))
        .collect::<Result<Vec<_>, DbError>>()
    })
    .await
    .unwrap()
}

#[test]
fn the_public_pages_keep_the_rules() {
    let snapshot = samples::snapshot();
    let policy = Policy::parse(&policy::shipped().body).unwrap();
    let directory = Directory::new(&snapshot, &policy);
    let english = Language::English;
    let link = || pages::PlaceLink {
        name: "Elvet".to_owned(),
        href: "/places/elvet-ward".to_owned(),
    };
    for groups in [
        vec![],
        vec![pages::Group {
            heading: "Wards".to_owned(),
            id: "wards".to_owned(),
            places: vec![link()],
        }],
    ] {
        let sample = pages::Index {
            found: vec![link()],
            groups,
            moderate: true,
        };
        check_public_page(&pages::INDEX, &sample).unwrap();
    }
    let line = || pages::Line {
        text: "Litter pick".to_owned(),
        date: Some("4 July 2026".to_owned()),
        note: Some("Gloves".to_owned()),
        href: Some("/x".to_owned()),
    };
    for (full, sent) in [(true, false), (false, true)] {
        let mut figures = figures::figures(
            english,
            &snapshot,
            &policy,
            directory.find("elvet-ward").unwrap(),
        );
        if let Some(figures) = &mut figures {
            figures.made_up = true;
            figures.compared = vec!["About as many".to_owned()];
            figures.types = vec![figures::Row {
                name: "Noise".to_owned(),
                count: "12".to_owned(),
            }];
            figures.types_caption = Some("By type".to_owned());
        }
        let sample = pages::Context {
            name: "Elvet".to_owned(),
            kind: "Ward".to_owned(),
            href: "/places/elvet-ward".to_owned(),
            figures: figures.filter(|_| full),
            sharing: if full { vec![] } else { vec![link()] },
            sections: vec![pages::Section {
                id: "doing",
                heading: "Doing".to_owned(),
                empty: "Nothing".to_owned(),
                lines: if full { vec![line()] } else { vec![] },
            }],
            links: if full {
                vec![links::Shown {
                    id: Uuid::nil(),
                    title: "Group".to_owned(),
                    url: "https://a.example".to_owned(),
                    version: 1,
                }]
            } else {
                vec![]
            },
            said: if full {
                vec![contributions::Said {
                    text: "Nice".to_owned(),
                    when: "May 2026".to_owned(),
                }]
            } else {
                vec![]
            },
            sent,
            manages: full,
        };
        // The chart's own words ('Reports', the months) are drawn, not written in the template.
        check_page(&pages::PLACE, &sample).unwrap();
        if !full {
            check_public_page(&pages::PLACE, &sample).unwrap();
        }
    }
}

#[test]
fn the_pages_of_contributions_keep_the_rules() {
    use contributions::{pages as theirs, queue};
    let ask = theirs::Ask {
        name: "Elvet".to_owned(),
        action: "/x".to_owned(),
        kinds: vec![theirs::Choice {
            value: "comment",
            text: "A comment".to_owned(),
            checked: true,
        }],
    };
    check_public_page(&theirs::ASK, &ask).unwrap();
    for state in ["waiting", "approved", "refused", "withdrawn"] {
        let own = theirs::Own {
            state: state.to_owned(),
            place: "Elvet".to_owned(),
            href: "/places/elvet-ward".to_owned(),
            text: "Nice".to_owned(),
            reason: Some("It names somebody.".to_owned()),
            action: "/places/contribution/x".to_owned(),
            link: "https://a.example/x".to_owned(),
        };
        check_public_page(&theirs::OWN, &own).unwrap();
        let decide = queue::Decide {
            action: "/places/contributions/1".to_owned(),
            place: "Elvet".to_owned(),
            href: "/places/elvet-ward".to_owned(),
            kind: "Comment",
            came: "4 July 2026".to_owned(),
            text: "Nice".to_owned(),
            contact: Some("Ring me".to_owned()),
            state: state.to_owned(),
            reason: None,
            flags: vec![],
            reasons: vec![queue::Reason {
                value: "names",
                text: "It names somebody",
                checked: false,
            }],
            version: 1,
            conflict: state == "refused",
        };
        check_page(&queue::DECIDE, &decide).unwrap();
    }
    let row = queue::Row {
        href: "/x".to_owned(),
        place: "Elvet".to_owned(),
        kind: "Comment",
        start: "Nice".to_owned(),
        came: "4 July 2026".to_owned(),
        flags: 1,
    };
    let tab = queue::Tab {
        text: "To read (1)".to_owned(),
        href: "/places/contributions",
        active: true,
    };
    check_page(
        &queue::QUEUE,
        &queue::Queue {
            tabs: vec![tab],
            rows: vec![row],
        },
    )
    .unwrap();
}

on_both! {
    async fn anybody_finds_their_place_and_no_small_number(db: Db) {
        let stage = Stage::new(&db).await;
        let index = stage.get("/places").await;
        assert!(index.status == StatusCode::OK && index.body.contains("/places/elvet-ward"));
        let found = stage.ask(Method::POST, "/places", None, "place=dh11aa").await;
        assert_eq!(found.status, StatusCode::SEE_OTHER, "{}", found.body);
        assert_eq!(found.location, "/places/gilesgate-ward");
        for typed in ["place=ZZ1+1AA", "place=nowhere", "place="] {
            let page = stage.ask(Method::POST, "/places", None, typed).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        }
        let elvet = stage.get("/places/elvet-ward").await;
        assert!(elvet.body.contains("there were 84 reports") && elvet.body.contains("Litter pick in Elvet"), "{}", elvet.body);
        assert!(elvet.body.contains("No orders are in force here"), "a section that fails does not take the page with it");
        let gilesgate = stage.get("/places/gilesgate-ward").await;
        assert!(gilesgate.body.contains("at least 12 reports") && gilesgate.body.contains("fewer than 5"));
        assert!(!gilesgate.body.contains(">1</td>") && gilesgate.body.len() < 60_000, "{}", gilesgate.body.len());
        assert_eq!(stage.get("/places/nowhere-ward").await.status, StatusCode::NOT_FOUND);
    }

    async fn an_outsider_sees_nothing_of_what_staff_do(db: Db) {
        let stage = Stage::new(&db).await;
        stage.ask(Method::POST, "/places/elvet-ward/contribute", None, "kind=comment&text=Marker-words").await;
        let wrong = sees_nothing(&stage.app, &stage.router, &stage.list, &["Marker-words"]).await.unwrap();
        assert_eq!(wrong, Vec::<String>::new());
        assert!(!stage.get("/places/elvet-ward").await.body.contains("Marker-words"), "before somebody has read it");
    }

    async fn what_is_new_is_fed_and_told_once_a_week(db: Db) {
        let stage = Stage::new(&db).await;
        assert_eq!(stage.ask(Method::POST, "/places/elvet-ward/subscribe", None, "email=nobody").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let sent = stage.ask(Method::POST, "/places/elvet-ward/subscribe", None, "email=Sam%40example.org").await;
        assert!(sent.status == StatusCode::OK && !sent.body.contains("am@example.org"));
        let (_, question) = outbox(&db).await.remove(0);
        let secret: String = question.split("/subscriptions/").nth(1).unwrap().chars().take_while(char::is_ascii_hexdigit).collect();
        commonweal_core::write!(&db, &stage.clock, &Actor::system("test"), |tx| subscriptions::confirm(tx, &secret).await).await.unwrap();
        stage.clock.advance(Duration::hours(1));
        news::notice(&stage.state).await.unwrap();
        news::notice(&stage.state).await.unwrap();
        let feed = stage.get("/places/elvet-ward/feed.atom").await;
        assert_eq!(feed.body.matches("<entry>").count(), 2, "{}", feed.body);
        assert!(feed.body.contains("Litter pick in Elvet · Bring gloves") && !feed.body.contains("example.org"));
        news::tell(&stage.state).await.unwrap();
        assert_eq!(outbox(&db).await.len(), 1, "not before a week has gone");
        stage.clock.advance(Duration::days(7));
        for _ in 0..2 {
            news::tell(&stage.state).await.unwrap();
        }
        let mails = outbox(&db).await;
        assert_eq!(mails.len(), 2);
        let letter = &mails[1].1;
        assert!(letter.contains("* Litter pick in Elvet") && letter.contains("Figures for April 2025") && letter.contains("/unsubscribe/"), "{letter}");
        assert!(!letter.contains('{'), "{letter}");
        stage.clock.advance(Duration::days(8));
        news::tell(&stage.state).await.unwrap();
        assert_eq!(outbox(&db).await.len(), 2, "nothing is new");
    }

    async fn a_contribution_is_read_first_and_can_be_taken_back(db: Db) {
        let stage = Stage::new(&db).await;
        let send = async |form: &str| stage.ask(Method::POST, "/places/elvet-ward/contribute", None, form).await;
        for wrong in ["", "kind=report&text=x", "kind=comment&text=", &format!("kind=comment&text={}", "x".repeat(1_001))] {
            assert_eq!(send(wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        }
        let sent = send("kind=offer&text=I+can+help.+Ask+Kevin+Smith&contact=0191+555+0123").await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER);
        let own = sent.location;
        assert!(stage.get(&own).await.body.contains("Somebody will read it"));
        let (_, moderator) = signed_in(&stage.app, &["supervisor"]).await.unwrap();
        let queue = stage.ask(Method::GET, "/places/contributions", Some(&moderator), "").await;
        assert!(queue.body.contains("I can help") && queue.body.contains("To read (1)"));
        let path = format!("/places/contributions/{}", queue.body.split("/places/contributions/").nth(1).unwrap().split('"').next().unwrap());
        let page = stage.ask(Method::GET, &path, Some(&moderator), "").await;
        assert!(page.body.contains("A name?") && page.body.contains("Kevin Smith") && page.body.contains("0191 555 0123"));
        for wrong in ["", "decision=refuse&version=1", "decision=refuse&reason=other&version=1"] {
            assert_eq!(stage.ask(Method::POST, &path, Some(&moderator), wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        }
        let decide = async |form: &str| stage.ask(Method::POST, &path, Some(&moderator), form).await.status;
        assert_eq!(decide("decision=refuse&reason=names&version=1").await, StatusCode::SEE_OTHER);
        assert!(stage.get(&own).await.body.contains("It names somebody"));
        assert_eq!(decide("decision=approve&version=1").await, StatusCode::CONFLICT);
        assert_eq!(decide("decision=approve&version=2").await, StatusCode::SEE_OTHER);
        let page = stage.get("/places/elvet-ward").await;
        assert!(page.body.contains("I can help") && !page.body.contains("555 0123"));
        let taken = stage.ask(Method::POST, &own, None, "").await;
        assert_eq!(taken.status, StatusCode::GONE);
        assert!(!stage.get("/places/elvet-ward").await.body.contains("I can help"));
        let left = read!(&db, |tx| tx.count(sql!("select count(*) from place_contribution_contacts"), args![]).await).await.unwrap();
        assert_eq!(left, 0);
        assert_eq!(decide("decision=approve&version=4").await, StatusCode::CONFLICT, "it cannot come back");
    }

    async fn links_are_kept_by_staff_and_a_stale_change_shows_both(db: Db) {
        let stage = Stage::new(&db).await;
        let (_, manager) = signed_in(&stage.app, &["manager"]).await.unwrap();
        let send = async |path: &str, form: &str| stage.ask(Method::POST, path, Some(&manager), form).await;
        let list = "/places/elvet-ward/links";
        for wrong in ["title=Group&url=http%3A%2F%2Fa.example&checked=yes", "title=Group&url=https%3A%2F%2Fa.example", "url=https%3A%2F%2Fa.example&checked=yes"] {
            assert_eq!(send(list, wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        }
        let good = "title=Group&url=https%3A%2F%2Fa.example%2Felvet&checked=yes";
        assert_eq!(send(list, good).await.status, StatusCode::SEE_OTHER);
        assert_eq!(send(list, good).await.status, StatusCode::UNPROCESSABLE_ENTITY, "not twice");
        assert!(stage.get("/places/elvet-ward").await.body.contains("https://a.example/elvet"));
        assert!(!stage.get("/places/gilesgate-ward").await.body.contains("a.example"));
        let page = stage.ask(Method::GET, list, Some(&manager), "").await.body;
        let edit = format!("{list}/{}", page.split(&format!("{list}/")).nth(1).unwrap().split('"').next().unwrap());
        assert_eq!(stage.ask(Method::GET, &edit, Some(&manager), "").await.status, StatusCode::OK);
        let change = |version: i64| format!("do=save&version={version}&title=Group+2&url=https%3A%2F%2Fb.example&checked=yes");
        assert_eq!(send(&edit, &change(1)).await.status, StatusCode::SEE_OTHER);
        let stale = send(&edit, &change(1)).await;
        assert!(stale.status == StatusCode::CONFLICT && stale.body.contains("It now says: Group 2"));
        assert_eq!(send(&edit, "do=remove&version=2").await.status, StatusCode::SEE_OTHER);
        assert!(!stage.get("/places/elvet-ward").await.body.contains("b.example"));
    }
}
