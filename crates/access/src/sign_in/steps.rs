//! A sign-in of several steps: what waits for the next, kept on the server for ten minutes.

use chrono::Duration;
use commonweal_core::{DbError, ReadTx, Tx, args, sql};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

/// The kinds of step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The password was right; the code is awaited.
    Code,
    /// Somebody signs in with a passkey.
    Passkey,
    /// A new passkey is being made.
    NewPasskey,
    /// A new authenticator app is being set up.
    NewApp,
    /// The organisation's sign-in page has been opened.
    Organisation,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Passkey => "passkey",
            Self::NewPasskey => "new passkey",
            Self::NewApp => "new app",
            Self::Organisation => "organisation",
        }
    }
}

/// Keeps a step; one of each kind per owner (a browser before sign-in, or a session).
pub(crate) async fn put(
    tx: &mut Tx,
    owner: &str,
    kind: Kind,
    user: Option<Uuid>,
    state: &(impl Serialize + Sync),
) -> Result<(), DbError> {
    if owner.is_empty() {
        return Err(DbError::NotFound);
    }
    let state = serde_json::to_value(state).map_err(|error| DbError::Setup(error.to_string()))?;
    let until = tx.now() + Duration::minutes(10);
    tx.run(
        sql!("insert into sign_in_steps (owner, kind, user_id, state, expires_at) values ($1, $2, $3, $4, $5) on conflict (owner, kind) do update set user_id = excluded.user_id, state = excluded.state, expires_at = excluded.expires_at"),
        args![owner, kind.name(), user, json!({ "state": state }), until],
    )
    .await?;
    Ok(())
}

/// The step that waits, if any.
pub(crate) async fn find<T: DeserializeOwned>(
    tx: &mut ReadTx,
    owner: &str,
    kind: Kind,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Option<(Option<Uuid>, T)>, DbError> {
    let text = sql!(
        "select user_id, state from sign_in_steps where owner = $1 and kind = $2 and expires_at > $3"
    );
    let Some(row) = tx.optional(text, args![owner, kind.name(), now]).await? else {
        return Ok(None);
    };
    let mut state: Value = row.get("state")?;
    // What an older version kept is as good as nothing.
    let state = serde_json::from_value(state["state"].take()).ok();
    Ok(Some(row.get("user_id")?).zip(state))
}

/// Takes a step out: it cannot be taken twice.
pub(crate) async fn take(tx: &mut Tx, owner: &str, kind: Kind) -> Result<bool, DbError> {
    let text = sql!("delete from sign_in_steps where owner = $1 and kind = $2");
    Ok(tx.run(text, args![owner, kind.name()]).await? == 1)
}
