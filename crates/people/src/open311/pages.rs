//! What everybody can read: services, their definitions, requests in public places.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use commonweal_access::web::{PageError, Path, Query};
use commonweal_core::db::Condition;
use commonweal_core::{DbError, ReadTx, Row, Value, args, read, sql};
use http::StatusCode;
use uuid::Uuid;

use super::asked::{Asked, shown, value, zoned};
use super::config::{self, Config};
use super::openapi;
use super::tree::{Format, Node, Refusal, answer};
use crate::reporting::rules::{Kind, Kinds};
use crate::reporting::{People, Rules};

pub(super) type Pairs = Vec<(String, String)>;

/// What an answer stands on.
pub(super) struct Ground {
    pub(super) rules: std::sync::Arc<Rules>,
    pub(super) config: Config,
}

/// Rules and settings, where the jurisdiction that was asked for is ours.
pub(super) async fn ground(people: &People, pairs: &[(String, String)]) -> Result<Ground, Refusal> {
    let rules = people.rules().await?;
    let today = people.app.clock.today();
    let config: Result<Config, DbError> =
        read!(&people.app.db, |tx| config::current(tx, today).await).await;
    let config = config?;
    if let Some(asked) = value(pairs, "jurisdiction_id")
        && config.server.jurisdiction_id.as_deref() != Some(asked)
    {
        return Err(Refusal::missing(
            "jurisdiction_id is not one that this interface serves",
        ));
    }
    Ok(Ground { rules, config })
}

fn respond(format: Format, root: &str, made: Result<Node, Refusal>) -> Response {
    match made {
        Ok(node) => answer(StatusCode::OK, format, root, &node),
        Err(refusal) => refusal.respond(format),
    }
}

/// `discovery`, `services` and `requests`, in either format; and the description for programs.
pub(super) async fn top(
    State(people): State<People>,
    Path(file): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, PageError> {
    if file == "openapi.json" {
        return openapi::show(&people).await;
    }
    let (name, format) = Format::split(&file).ok_or(PageError::NotFound)?;
    Ok(match name {
        "discovery" => respond(format, "discovery", discovery(&people, &pairs).await),
        "services" => {
            let made = ground(&people, &pairs)
                .await
                .map(|ground| services(&ground.rules.kinds));
            respond(format, "services", made)
        }
        "requests" => respond(format, "service_requests", requests(&people, &pairs).await),
        _ => return Err(PageError::NotFound),
    })
}

async fn discovery(people: &People, pairs: &Pairs) -> Result<Node, Refusal> {
    let ground = ground(people, pairs).await?;
    let formats = ["text/xml", "application/json"].map(Node::from);
    let changed = "2026-11-23T00:00:00Z";
    let endpoint = Node::Fields(vec![
        (
            "specification",
            "http://wiki.open311.org/GeoReport_v2".into(),
        ),
        (
            "url",
            format!("{}/open311/v2", people.app.settings.address).into(),
        ),
        ("changeset", changed.into()),
        ("type", "production".into()),
        ("formats", Node::List("format", formats.into())),
    ]);
    Ok(Node::Fields(vec![
        ("changeset", changed.into()),
        ("contact", ground.config.server.contact.as_str().into()),
        (
            "key_service",
            format!("{}/account", people.app.settings.address).into(),
        ),
        ("endpoints", Node::List("endpoint", vec![endpoint])),
    ]))
}

fn services(kinds: &Kinds) -> Node {
    let each = kinds.iter().filter_map(|kind| {
        let code = kind.service_code.as_deref()?;
        let group = if kind.environmental {
            "Environment"
        } else {
            "Anti-social behaviour"
        };
        Some(Node::Fields(vec![
            ("service_code", code.into()),
            ("service_name", kind.label.as_str().into()),
            ("description", kind.plain.as_str().into()),
            ("metadata", Node::Yes(true)),
            ("type", "realtime".into()),
            ("keywords", kind.key.as_str().into()),
            ("group", group.into()),
        ]))
    });
    Node::List("service", each.collect())
}

/// The kind of a service code.
pub(super) fn by_code<'a>(kinds: &'a Kinds, code: &str) -> Option<&'a Kind> {
    kinds
        .iter()
        .find(|kind| kind.service_code.as_deref() == Some(code))
}

/// A question that every service has.
struct Question {
    code: &'static str,
    words: &'static str,
    datatype: &'static str,
    values: &'static [(&'static str, &'static str)],
}

const QUESTIONS: [Question; 3] = [
    Question {
        code: "at_home",
        words: "Is it in or at somebody's home?",
        datatype: "singlevaluelist",
        values: &[("yes", "Yes"), ("no", "No")],
    },
    Question {
        code: "happening",
        words: "Is it over?",
        datatype: "singlevaluelist",
        values: &[
            ("now", "It is happening now"),
            ("once", "It happened once"),
            ("repeated", "It keeps happening"),
        ],
    },
    Question {
        code: "when",
        words: "When did it happen?",
        datatype: "datetime",
        values: &[],
    },
];

fn definition(kind: &Kind) -> Node {
    let attributes = (1_i64..).zip(&QUESTIONS).map(|(order, question)| {
        let values = question.values.iter().map(|(key, name)| {
            Node::Fields(vec![("key", (*key).into()), ("name", (*name).into())])
        });
        Node::Fields(vec![
            ("variable", Node::Yes(true)),
            ("code", question.code.into()),
            ("datatype", question.datatype.into()),
            ("required", Node::Yes(false)),
            ("datatype_description", Node::Null),
            ("order", Node::Whole(order)),
            ("description", question.words.into()),
            ("values", Node::List("value", values.collect())),
        ])
    });
    Node::Fields(vec![
        ("service_code", kind.service_code.as_deref().into()),
        ("attributes", Node::List("attribute", attributes.collect())),
    ])
}

pub(super) async fn service(
    State(people): State<People>,
    Path(file): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, PageError> {
    let (code, format) = Format::split(&file).ok_or(PageError::NotFound)?;
    let made = ground(&people, &pairs).await.and_then(|ground| {
        by_code(&ground.rules.kinds, code)
            .map(definition)
            .ok_or_else(|| Refusal::missing("service_code names no service of this interface"))
    });
    Ok(respond(format, "service_definition", made))
}

/// The middle of a cell.
fn middle(cell: i64) -> Option<(f64, f64)> {
    let cell = h3o::CellIndex::try_from(cell.cast_unsigned()).ok()?;
    let at = h3o::LatLng::from(cell);
    // Five places: about a metre, and no longer than it must be.
    let short = |degrees: f64| (degrees * 1e5).round() / 1e5;
    Some((short(at.lat()), short(at.lng())))
}

fn request_node(row: &Row, kinds: &Kinds) -> Result<Node, DbError> {
    let kind: String = row.get("kind")?;
    let state: String = row.get("state")?;
    let closed = state == "closed";
    let at: Option<(f64, f64)> = row.get::<Option<i64>>("cell")?.and_then(middle);
    let received: DateTime<Utc> = row.get("received_at")?;
    let since: DateTime<Utc> = row.get("state_since")?;
    Ok(Node::Fields(vec![
        ("service_request_id", row.get::<String>("reference")?.into()),
        ("status", if closed { "closed" } else { "open" }.into()),
        ("status_notes", Node::Null),
        ("service_name", kinds.label(&kind).into()),
        (
            "service_code",
            kinds
                .get(&kind)
                .and_then(|kind| kind.service_code.as_deref())
                .into(),
        ),
        ("description", Node::Null),
        (
            "agency_responsible",
            row.get::<String>("agency_name")?.into(),
        ),
        ("service_notice", Node::Null),
        ("requested_datetime", zoned(received).into()),
        ("updated_datetime", zoned(since.max(received)).into()),
        ("expected_datetime", Node::Null),
        ("address", Node::Null),
        ("address_id", Node::Null),
        ("zipcode", Node::Null),
        ("lat", at.map_or(Node::Null, |at| Node::Number(at.0))),
        ("long", at.map_or(Node::Null, |at| Node::Number(at.1))),
        ("media_url", Node::Null),
    ]))
}

/// Requests that everybody may see. What is no environmental report in a public place is not found,
/// whoever asks.
async fn find(tx: &mut ReadTx, asked: &Asked) -> Result<Vec<Row>, DbError> {
    let texts = |all: &[String]| all.iter().map(Value::from).collect::<Vec<_>>();
    let mut condition = Condition::new(
        "select reports.reference, reports.kind, reports.received_at, matters.cell, matters.state, \
         matters.state_since, agencies.name as agency_name from reports \
         join matters on matters.id = reports.matter join agencies on agencies.id = matters.agency \
         where reports.at_home = ? and matters.at_home = ?",
        args![false, false],
    )
    .then(
        " and ",
        Condition::any_of("reports.kind", texts(&asked.kinds)),
    )
    .then(
        " and ",
        Condition::any_of("matters.kind", texts(&asked.kinds)),
    );
    if asked.ids.is_empty() {
        condition = condition.then(
            " and ",
            Condition::new(
                "reports.received_at >= ? and reports.received_at <= ?",
                args![asked.from, asked.until],
            ),
        );
    } else {
        condition = condition.then(
            " and ",
            Condition::any_of("reports.reference", texts(&asked.ids)),
        );
    }
    let states: Vec<Value> = ["new", "accepted", "in_case", "merged"]
        .into_iter()
        .filter(|_| asked.open)
        .chain(["closed"].into_iter().filter(|_| asked.closed))
        .map(Value::from)
        .collect();
    condition
        .then(" and ", Condition::any_of("matters.state", states))
        .then(
            " order by ",
            Condition::new(
                "reports.received_at desc, reports.id limit ? offset ?",
                args![asked.size, (asked.page - 1) * asked.size],
            ),
        )
        .rows(tx)
        .await
}

async fn requests(people: &People, pairs: &Pairs) -> Result<Node, Refusal> {
    let ground = ground(people, pairs).await?;
    let kinds = &ground.rules.kinds;
    let asked = Asked::read(pairs, kinds, people.app.clock.now())?;
    list(people, kinds, &asked).await
}

async fn list(people: &People, kinds: &Kinds, asked: &Asked) -> Result<Node, Refusal> {
    let rows: Result<_, DbError> = read!(&people.app.db, |tx| find(tx, asked).await).await;
    let nodes: Result<Vec<Node>, DbError> =
        rows?.iter().map(|row| request_node(row, kinds)).collect();
    Ok(Node::List("request", nodes?))
}

pub(super) async fn request(
    State(people): State<People>,
    Path(file): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, PageError> {
    let (id, format) = Format::split(&file).ok_or(PageError::NotFound)?;
    let made = one(&people, &pairs, id).await;
    Ok(respond(format, "service_requests", made))
}

async fn one(people: &People, pairs: &Pairs, id: &str) -> Result<Node, Refusal> {
    let ground = ground(people, pairs).await?;
    let kinds = &ground.rules.kinds;
    let now = people.app.clock.now();
    let asked = Asked {
        ids: vec![id.to_owned()],
        kinds: shown(kinds),
        ..Asked::read(&[], kinds, now)?
    };
    match list(people, kinds, &asked).await? {
        Node::List(_, nodes) if nodes.is_empty() => Err(Refusal::missing(
            "service_request_id names no request that everybody may see",
        )),
        found => Ok(found),
    }
}

/// The request that a token became. Requests are made at once, so that no token is ever given; the id of
/// a report serves as one for clients that ask all the same.
pub(super) async fn token(
    State(people): State<People>,
    Path(file): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, PageError> {
    let (token, format) = Format::split(&file).ok_or(PageError::NotFound)?;
    let made = by_token(&people, &pairs, token).await;
    Ok(respond(format, "service_requests", made))
}

async fn by_token(people: &People, pairs: &Pairs, token: &str) -> Result<Node, Refusal> {
    ground(people, pairs).await?;
    let missing = || Refusal::missing("token is not one that this interface gave");
    let id: Uuid = token.parse().map_err(|_| missing())?;
    let row: Result<_, DbError> = read!(&people.app.db, |tx| {
        tx.optional(
            sql!("select reference from reports where id = $1 and channel = 'open311'"),
            args![id],
        )
        .await
    })
    .await;
    let row = row?.ok_or_else(missing)?;
    let request = Node::Fields(vec![
        ("service_request_id", row.get::<String>("reference")?.into()),
        ("token", token.into()),
    ]);
    Ok(Node::List("request", vec![request]))
}
