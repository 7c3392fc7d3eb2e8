//! The tables of subscriptions.

use chrono::{DateTime, Duration, Utc};
use commonweal_access::session::Token;
use commonweal_access::web::{Address, App, PageError};
use commonweal_core::events::{Actor, Event};
use commonweal_core::mail::{self, Mail};
use commonweal_core::{Clock, DbError, ReadTx, Tx, args, ids, sql, upkeep, write};
use serde_json::json;
use uuid::Uuid;

use super::flood::{Limit, within};

/// Mail of this kind asks whether somebody wants what was asked for in their name.
const CONFIRM: &str = "subscription.confirm";
/// What the kinds of all mail to subscribers begin with.
pub(super) const KINDS: &str = "subscription.";
/// Questions to one address.
const PER_ADDRESS: Limit = Limit {
    times: 3,
    within: Duration::days(1),
};
/// Questions from one network address: an office, a library.
const PER_NETWORK: Limit = Limit {
    times: 20,
    within: Duration::hours(1),
};
/// How long a question can be answered.
const ANSWERABLE: Duration = Duration::days(7);

/// What somebody subscribes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject<'a> {
    /// Its key, such as `place:elvet-ward`.
    pub topic: &'a str,
    /// What people call it.
    pub title: &'a str,
    /// Subject line of the mail that asks.
    pub mail_subject: &'a str,
    /// Its words; `{confirm}` and `{end}` become the two links.
    pub mail_text: &'a str,
}

/// What became of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A mail asks, or the address has the subscription already; which of both nobody is told.
    Sent,
    /// Too many wishes in a short time.
    TooMany,
}

/// A subscription whose subscriber may be told what is new.
#[derive(Debug, Clone)]
pub struct Due {
    /// The subscription.
    pub id: Uuid,
    /// What it is about.
    pub topic: String,
    /// What people call that.
    pub title: String,
    /// Up to when its subscriber knows what is new.
    pub told_until: DateTime<Utc>,
    address: String,
    end_secret: String,
}

impl Due {
    /// The path of the link that ends it, for the mail's words.
    #[must_use]
    pub fn end_path(&self) -> String {
        format!("/unsubscribe/{}", self.end_secret)
    }
}

/// Asks an address by mail whether it wants what somebody asked for in its name.
///
/// # Errors
/// [`PageError`] where the database does not answer. The address must be one
/// ([`mail::is_address`]).
pub async fn ask(
    app: &App,
    subject: &Subject<'_>,
    address: &str,
    network: &Address,
) -> Result<Asked, PageError> {
    let address = address.trim().to_lowercase();
    let (confirm, end) = (Token::random()?, Token::random()?);
    let site = app.settings.address.trim_end_matches('/');
    let link = |path: &str, token: &Token| format!("{site}/{path}/{}", token.secret());
    let text = subject
        .mail_text
        .replace("{confirm}", &link("subscriptions", &confirm))
        .replace("{end}", &link("unsubscribe", &end));
    let actor = Actor::system("subscription");
    let asked = write!(&app.db, &app.clock, &actor, |tx| {
        let now = tx.now();
        let id = ids::uuid_at(now);
        // Before anything is looked up, so that a refusal says nothing about an address.
        let here = within(tx, "subscribe", &address, PER_ADDRESS).await?;
        let from_here = match &network.0 {
            Some(network) => within(tx, "subscribe from", network, PER_NETWORK).await?,
            None => true,
        };
        tx.record(Event::new(
            "subscription",
            id,
            "subscription.asked",
            json!({ "topic": subject.topic }),
        ));
        if !(here && from_here) {
            return Ok(Asked::TooMany);
        }
        let known = tx
            .count(
                sql!("select count(*) from subscriptions join subscription_addresses on subscription_addresses.subscription = subscriptions.id where subscriptions.topic = $1 and subscriptions.state = 'confirmed' and subscription_addresses.address = $2"),
                args![subject.topic, &address],
            )
            .await?;
        if known > 0 {
            return Ok(Asked::Sent);
        }
        tx.run(
            sql!("insert into subscriptions (id, topic, title, state, confirm_hash, end_hash, created_at, told_until) values ($1, $2, $3, 'asked', $4, $5, $6, $6)"),
            args![id, subject.topic, subject.title, confirm.hash(), end.hash(), now],
        )
        .await?;
        tx.run(
            sql!("insert into subscription_addresses (subscription, address, end_secret) values ($1, $2, $3)"),
            args![id, &address, end.secret()],
        )
        .await?;
        let mail = Mail {
            to: address.clone(),
            subject: subject.mail_subject.to_owned(),
            text: text.clone(),
            kind: CONFIRM,
        };
        tx.send_mail(mail).await?;
        Ok::<_, DbError>(Asked::Sent)
    })
    .await?;
    Ok(asked)
}

/// The title and whether it is confirmed, of the subscription that a secret confirms or ends.
///
/// # Errors
/// [`DbError`].
pub async fn find(tx: &mut ReadTx, secret: &str) -> Result<Option<(String, bool)>, DbError> {
    let row = tx
        .optional(
            sql!("select title, state from subscriptions where confirm_hash = $1 or end_hash = $1"),
            args![Token::sent(secret).hash()],
        )
        .await?;
    row.map(|row| {
        Ok((
            row.get("title")?,
            row.get::<String>("state")? == "confirmed",
        ))
    })
    .transpose()
}

/// Confirms: false where the link is not known any more. Confirming twice is no mistake.
///
/// # Errors
/// [`DbError`].
pub async fn confirm(tx: &mut Tx, secret: &str) -> Result<bool, DbError> {
    let now = tx.now();
    let hash = Token::sent(secret).hash();
    let Some(row) = tx
        .optional(
            sql!("select id, topic, state from subscriptions where confirm_hash = $1"),
            args![hash],
        )
        .await?
    else {
        tx.record(Event::new(
            "subscription",
            Uuid::nil(),
            "subscription.unknown",
            json!({}),
        ));
        return Ok(false);
    };
    let id: Uuid = row.get("id")?;
    if row.get::<String>("state")? == "asked" {
        tx.run(
            sql!("update subscriptions set state = 'confirmed', confirmed_at = $2, told_until = $2 where id = $1"),
            args![id, now],
        )
        .await?;
        // The same address may have asked twice: one is enough.
        let twins = tx
            .all(
                sql!("select twin.id from subscriptions as twin join subscription_addresses as theirs on theirs.subscription = twin.id join subscription_addresses as mine on mine.address = theirs.address where mine.subscription = $1 and twin.id <> $1 and twin.topic = $2"),
                args![id, row.get::<String>("topic")?],
            )
            .await?;
        for twin in twins {
            remove(tx, twin.get("id")?).await?;
        }
    }
    tx.record(Event::new(
        "subscription",
        id,
        "subscription.confirmed",
        json!({}),
    ));
    Ok(true)
}

/// Ends a subscription and forgets its address; false where there is none any more.
///
/// # Errors
/// [`DbError`].
pub async fn end(tx: &mut Tx, secret: &str) -> Result<bool, DbError> {
    let hash = Token::sent(secret).hash();
    let row = tx
        .optional(
            sql!("select subscriptions.id, subscription_addresses.address from subscriptions join subscription_addresses on subscription_addresses.subscription = subscriptions.id where end_hash = $1"),
            args![hash],
        )
        .await?;
    let Some(row) = row else {
        tx.record(Event::new(
            "subscription",
            Uuid::nil(),
            "subscription.unknown",
            json!({}),
        ));
        return Ok(false);
    };
    let (id, address): (Uuid, String) = (row.get("id")?, row.get("address")?);
    remove(tx, id).await?;
    let others = tx
        .count(
            sql!("select count(*) from subscription_addresses where address = $1"),
            args![&address],
        )
        .await?;
    if others == 0 {
        mail::forget(tx, &address, KINDS).await?;
    }
    tx.record(Event::new(
        "subscription",
        id,
        "subscription.ended",
        json!({}),
    ));
    Ok(true)
}

async fn remove(tx: &mut Tx, id: Uuid) -> Result<(), DbError> {
    tx.run(
        sql!("delete from subscription_addresses where subscription = $1"),
        args![id],
    )
    .await?;
    tx.run(sql!("delete from subscriptions where id = $1"), args![id])
        .await?;
    Ok(())
}

/// Confirmed subscriptions whose topic begins so and whose subscribers were last told before a
/// moment; the longest waiting first, 200 at most.
///
/// # Errors
/// [`DbError`].
pub async fn due(tx: &mut ReadTx, topic: &str, before: DateTime<Utc>) -> Result<Vec<Due>, DbError> {
    tx.all(
        sql!("select subscriptions.id, topic, title, told_until, address, end_secret from subscriptions join subscription_addresses on subscription_addresses.subscription = subscriptions.id where state = 'confirmed' and topic like $1 and told_until <= $2 order by told_until, subscriptions.id limit 200"),
        args![format!("{topic}%"), before],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(Due {
            id: row.get("id")?,
            topic: row.get("topic")?,
            title: row.get("title")?,
            told_until: row.get("told_until")?,
            address: row.get("address")?,
            end_secret: row.get("end_secret")?,
        })
    })
    .collect()
}

/// Sends a subscriber what is new, and notes that all is told up to now. Does nothing where the
/// subscription has ended meanwhile or somebody else has told it already.
///
/// # Errors
/// [`DbError`].
pub async fn tell(
    tx: &mut Tx,
    site: &str,
    due: &Due,
    subject: &str,
    text: String,
) -> Result<bool, DbError> {
    if !mark(tx, due).await? {
        return Ok(false);
    }
    let mail = Mail {
        to: due.address.clone(),
        subject: subject.to_owned(),
        text,
        kind: "subscription.digest",
    };
    let one_click = format!("{}{}/now", site.trim_end_matches('/'), due.end_path());
    tx.send_list_mail(mail, &one_click).await?;
    Ok(true)
}

/// Notes that there is nothing to tell up to now.
///
/// # Errors
/// [`DbError`].
pub async fn nothing_new(tx: &mut Tx, due: &Due) -> Result<(), DbError> {
    mark(tx, due).await.map(drop)
}

async fn mark(tx: &mut Tx, due: &Due) -> Result<bool, DbError> {
    let now = tx.now();
    let changed = tx
        .run(
            sql!("update subscriptions set told_until = $3 where id = $1 and told_until = $2 and state = 'confirmed'"),
            args![due.id, due.told_until, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Forgets wishes that nobody confirmed, and old marks of floods.
///
/// # Errors
/// [`DbError`].
pub async fn sweep(db: &commonweal_core::Db, clock: &Clock) -> Result<(), DbError> {
    upkeep!(db, clock, |tx| {
        let now = tx.now();
        tx.run(
            sql!("delete from flood_marks where at < $1"),
            args![now - Duration::days(1)],
        )
        .await?;
        let old = tx
            .all(
                sql!("select id, address from subscriptions join subscription_addresses on subscription_addresses.subscription = subscriptions.id where state = 'asked' and created_at < $1"),
                args![now - ANSWERABLE],
            )
            .await?;
        for row in old {
            remove(tx, row.get("id")?).await?;
            let address: String = row.get("address")?;
            let others = tx
                .count(
                    sql!("select count(*) from subscription_addresses where address = $1"),
                    args![&address],
                )
                .await?;
            if others == 0 {
                mail::forget(tx, &address, KINDS).await?;
            }
        }
        Ok::<_, DbError>(())
    })
    .await
}
