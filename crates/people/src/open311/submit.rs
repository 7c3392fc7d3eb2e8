//! Sending a report: `POST requests`.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Europe::London;
use commonweal_access::policy::Action;
use commonweal_access::web::{Address, PageError, Path, Viewer};
use commonweal_core::events::Actor;
use commonweal_core::{DbError, Tx, write};
use commonweal_records::matters::{Channel, Happening, Identity, Occurrence, Place, Whom};
use commonweal_records::party::contact::Means;
use commonweal_records::party::{Details, NewContact, NewParty, PartyId, pick, rules};
use commonweal_records::subscriptions::{Limit, within};
use http::{HeaderMap, StatusCode, header};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::asked::value;
use super::config::Keys;
use super::pages::{Ground, by_code, ground};
use super::tree::{Format, Node, Refusal, answer};
use crate::reporting::{Incoming, People, agencies, receive};

/// The most letters of a description: the same as of every door.
const LETTERS: usize = 50_000;
/// The most letters of anything else.
const SHORT: usize = 500;

pub(super) async fn requests(
    State(people): State<People>,
    address: Address,
    Path(file): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, PageError> {
    let Some(("requests", format)) = Format::split(&file) else {
        return Err(PageError::NotFound);
    };
    Ok(match take(&people, &address, &headers, &body).await {
        Ok(node) => answer(StatusCode::CREATED, format, "service_requests", &node),
        Err(refusal) => refusal.respond(format),
    })
}

/// What was sent, read and checked.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) kind: String,
    pub(super) point: Option<(f64, f64)>,
    pub(super) words: String,
    pub(super) description: String,
    pub(super) at_home: bool,
    pub(super) happening: Happening,
    pub(super) when: Option<DateTime<Utc>>,
    pub(super) theirs: Option<String>,
    pub(super) person: Option<NewPerson>,
}

/// Who sent it, as far as they say.
#[derive(Debug, Clone)]
pub(super) struct NewPerson {
    name: String,
    contacts: Vec<NewContact>,
}

fn short<'a>(pairs: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, Refusal> {
    match value(pairs, name) {
        Some(text) if text.chars().count() > SHORT => Err(Refusal::bad(format!(
            "{name} must be {SHORT} characters or fewer"
        ))),
        found => Ok(found),
    }
}

fn degrees(
    pairs: &[(String, String)],
    name: &str,
    least: f64,
    most: f64,
) -> Result<Option<f64>, Refusal> {
    let Some(text) = value(pairs, name) else {
        return Ok(None);
    };
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    let number = number
        .ok_or_else(|| Refusal::bad(format!("{name} must be degrees by WGS84, such as 54.775")))?;
    if (least..=most).contains(&number) {
        Ok(Some(number))
    } else {
        Err(Refusal::bad(format!(
            "{name} lies outside the United Kingdom"
        )))
    }
}

fn person(pairs: &[(String, String)]) -> Result<Option<NewPerson>, Refusal> {
    let mut contacts = Vec::new();
    for (name, means) in [("email", Means::Email), ("phone", Means::Phone)] {
        if let Some(text) = short(pairs, name)? {
            let value = means
                .normal(text)
                .map_err(|words| Refusal::bad(format!("{name}: {words}")))?;
            contacts.push(NewContact {
                means,
                label: String::new(),
                value,
                home: false,
                // They gave it to be told, and did not say more: a person asks before it is used.
                agreed: false,
            });
        }
    }
    let names = [short(pairs, "first_name")?, short(pairs, "last_name")?];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Ok(
        (!name.is_empty() || !contacts.is_empty()).then(|| NewPerson {
            name: if name.is_empty() {
                "Somebody who wrote by Open311".to_owned()
            } else {
                name
            },
            contacts,
        }),
    )
}

/// Reads what was sent.
pub(super) fn read(
    pairs: &[(String, String)],
    ground: &Ground,
    now: DateTime<Utc>,
) -> Result<Sent, Refusal> {
    let kinds = &ground.rules.kinds;
    let code = value(pairs, "service_code")
        .ok_or_else(|| Refusal::bad("service_code was not provided"))?;
    let kind = by_code(kinds, code)
        .ok_or_else(|| Refusal::missing("service_code names no service of this interface"))?;
    let latitude = degrees(pairs, "lat", 49.0, 61.5)?;
    let longitude = degrees(pairs, "long", -9.0, 2.5)?;
    if latitude.is_some() != longitude.is_some() {
        return Err(Refusal::bad("lat and long must be provided together"));
    }
    let address = short(pairs, "address_string")?.or(short(pairs, "address_id")?);
    let point = latitude.zip(longitude);
    if point.is_none() && address.is_none() {
        return Err(Refusal::bad(
            "a place was not provided: send lat and long, or address_string",
        ));
    }
    let mut description = value(pairs, "description").unwrap_or_default().to_owned();
    if description.chars().count() > LETTERS {
        return Err(Refusal::bad(
            "description must be 50,000 characters or fewer",
        ));
    }
    if let Some(media) = short(pairs, "media_url")? {
        description.push_str("\n\nThey name a picture: ");
        description.push_str(media);
    }
    if description.is_empty() {
        description = format!("{} (nothing more was said)", kind.label);
    }
    let happening = match value(pairs, "attribute[happening]") {
        None => Happening::Once,
        Some(text) => Happening::from_name(text)
            .ok_or_else(|| Refusal::bad("attribute[happening] must be now, once or repeated"))?,
    };
    let when = match value(pairs, "attribute[when]") {
        None => None,
        Some(text) => {
            let at = DateTime::parse_from_rfc3339(text)
                .map_err(|_| Refusal::bad("attribute[when] must be a time with its zone, such as 2026-01-31T09:00:00Z"))?
                .with_timezone(&Utc);
            if at > now + Duration::minutes(5) || at < now - Duration::days(36_500) {
                return Err(Refusal::bad("attribute[when] must be a time in the past"));
            }
            Some(at.min(now))
        }
    };
    Ok(Sent {
        kind: kind.key.clone(),
        point,
        words: address.unwrap_or_default().to_owned(),
        description,
        at_home: match value(pairs, "attribute[at_home]") {
            None | Some("no") => false,
            Some("yes") => true,
            Some(_) => return Err(Refusal::bad("attribute[at_home] must be yes or no")),
        },
        happening,
        when,
        theirs: short(pairs, "attribute[external_id]")?
            .or(short(pairs, "attribute[fixmystreet_id]")?)
            .map(str::to_owned),
        person: person(pairs)?,
    })
}

/// Who may send, and for which agency.
struct Sender {
    agency: Uuid,
    user: Option<Uuid>,
    actor: Actor,
    /// Whom the limit counts, where there is one.
    limited: Option<String>,
}

async fn sender(
    people: &People,
    address: &Address,
    headers: &HeaderMap,
    pairs: &[(String, String)],
    ground: &Ground,
) -> Result<Sender, Refusal> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    if let Some(key) = value(pairs, "api_key").or(bearer) {
        let path = "/open311/v2/requests";
        let viewer: Viewer =
            people
                .app
                .viewer_by_key(key, path, address)
                .await
                .map_err(|error| match error {
                    PageError::SignIn => {
                        Refusal(StatusCode::FORBIDDEN, "api_key does not hold".to_owned())
                    }
                    PageError::TooMany { .. } => too_many(),
                    _ => Refusal(
                        StatusCode::INTERNAL_SERVER_ERROR,
                        "This did not work. Try again later.".to_owned(),
                    ),
                })?;
        if !viewer.principal.may_enter(Action::TakeReports) {
            return Err(Refusal(
                StatusCode::FORBIDDEN,
                "api_key belongs to somebody who may not send reports".to_owned(),
            ));
        }
        return Ok(Sender {
            agency: viewer.principal.agency,
            user: Some(viewer.user()),
            actor: viewer.actor(),
            limited: None,
        });
    }
    if ground.config.server.keys == Keys::Required {
        return Err(Refusal(
            StatusCode::FORBIDDEN,
            "api_key was not provided".to_owned(),
        ));
    }
    // Without a key it comes by the council's door.
    let known: Result<_, DbError> =
        commonweal_core::read!(&people.app.db, |tx| agencies(tx).await).await;
    let known = known?;
    let council = known.iter().find(|agency| agency.kind == "council");
    let agency = council.or(known.first()).map(|agency| agency.id);
    Ok(Sender {
        agency: agency.ok_or_else(|| {
            Refusal(
                StatusCode::SERVICE_UNAVAILABLE,
                "No agency takes reports yet".to_owned(),
            )
        })?,
        user: None,
        actor: Actor::system("open311"),
        limited: Some(address.0.clone().unwrap_or_default()),
    })
}

fn too_many() -> Refusal {
    Refusal(
        StatusCode::TOO_MANY_REQUESTS,
        "Too many requests: wait an hour, or use a key".to_owned(),
    )
}

async fn take(
    people: &People,
    address: &Address,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Node, Refusal> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Refusal::bad(
            "send application/x-www-form-urlencoded; charset=utf-8",
        ));
    }
    let pairs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let ground = ground(people, &pairs).await?;
    let sender = sender(people, address, headers, &pairs, &ground).await?;
    let now = people.app.clock.now();
    let sent = read(&pairs, &ground, now)?;
    let mut point = sent.point;
    if point.is_none() && !sent.words.is_empty() {
        point = crate::intake::point_of(&people.app.db, &sent.words).await?;
    }
    let delivery = delivery(&sender, &sent, body, now);
    let limit = Limit {
        times: ground.config.server.limit,
        within: Duration::hours(1),
    };
    let done: Result<_, DbError> = write!(&people.app.db, &people.app.clock, &sender.actor, |tx| {
        if let Some(who) = &sender.limited
            && !within(tx, "open311", who, limit).await?
        {
            return Err(DbError::Refused(
                "too many reports without a key".to_owned(),
            ));
        }
        let incoming = Incoming {
            channel: Channel::Open311,
            delivery: Some(delivery.clone()),
            agency: sender.agency,
            taken_by: sender.user,
            their_reference: sent.theirs.clone(),
            identity: match &sent.person {
                Some(_) => Identity::Named,
                None => Identity::Anonymous,
            },
            reporter: reporter(tx, &delivery, &sender, &sent).await?,
            whom: Whom::Own,
            kind: sent.kind.clone(),
            qualifier: None,
            description: sent.description.clone(),
            happening: sent.happening,
            occurrences: sent
                .when
                .map(|at| Occurrence {
                    on: at.with_timezone(&London).date_naive(),
                    at: Some(at),
                })
                .into_iter()
                .collect(),
            place: Place {
                point,
                words: sent.words.clone(),
                at_home: sent.at_home,
            },
            town: None,
            landlord: None,
            safe_now: None,
            hate: None,
            more_words: Vec::new(),
            language: "en".to_owned(),
            record: None,
            further_to: None,
        };
        receive(tx, &ground.rules, incoming).await
    })
    .await;
    let received = match done {
        Err(DbError::Refused(_)) => return Err(too_many()),
        done => done?,
    };
    let request = Node::Fields(vec![
        ("service_request_id", received.reference.into()),
        (
            "service_notice",
            "Thank you. In an emergency ring 999.".into(),
        ),
        ("account_id", Node::Null),
    ]);
    Ok(Node::List("request", vec![request]))
}

/// Names what was sent. Their own reference does where there is one; else the same words of the same sender
/// within an hour are the same report, as clients send again where an answer was lost.
fn delivery(sender: &Sender, sent: &Sent, body: &[u8], now: DateTime<Utc>) -> String {
    if let Some(theirs) = &sent.theirs {
        return format!("open311:{}:{theirs}", sender.agency);
    }
    let mut hash = Sha256::new();
    hash.update(sender.agency.as_bytes());
    hash.update(sender.limited.as_deref().unwrap_or_default().as_bytes());
    hash.update((now.timestamp() / 3_600).to_be_bytes());
    hash.update(body);
    format!("open311:{}", hex::encode(hash.finalize()))
}

/// Puts down who sent it, unless it was received before.
async fn reporter(
    tx: &mut Tx,
    delivery: &str,
    sender: &Sender,
    sent: &Sent,
) -> Result<Option<PartyId>, DbError> {
    let Some(person) = &sent.person else {
        return Ok(None);
    };
    if let Some(known) = crate::intake::already(tx, delivery).await? {
        return Ok(known);
    }
    let new = NewParty {
        details: Details {
            source: "Open311".to_owned(),
            ..Details::person(&person.name)
        },
        agency: sender.agency,
        contacts: person.contacts.clone(),
        rules: rules::Rules::default(),
    };
    Ok(Some(pick::create(tx, &new).await?.id))
}
