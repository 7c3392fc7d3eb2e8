//! What somebody typed when their sign-in or form had expired: kept for 24 hours, for them alone.

use axum::extract::{FromRef, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::Duration;
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, args, read, sql, upkeep};
use commonweal_govuk::{Page, text};
use serde::Serialize;
use uuid::Uuid;

use super::forgery::Pairs;
use super::serve::is_secret;
use super::{App, PageError, Path, Routes, Rule, Visit, local_path};

commonweal_govuk::page!(KEPT, "access/kept.html", "kept.html");

/// The most forms kept for one person, so that nobody fills the database.
const MOST: i64 = 20;

/// The page that offers a kept form again.
#[must_use]
pub fn routes<S: Clone + Send + Sync + 'static>() -> Routes<S>
where
    App: FromRef<S>,
{
    Routes::new()
        .get("/kept/{id}", Rule::Public, offer)
        .post("/kept/{id}", Rule::Public, drop_it)
}

/// Keeps a form and says where it can be had again; none where there is nothing to keep.
pub(super) async fn keep(app: &App, visit: &Visit, path: &str, typed: Pairs) -> Option<String> {
    let owner = owners(visit).into_iter().next()?;
    let typed: Pairs = typed
        .into_iter()
        .filter(|(field, _)| !is_secret(field))
        .collect();
    let nothing = typed.iter().all(|(_, value)| value.trim().is_empty());
    if nothing
        || ["/sign-in", "/kept", "/link"]
            .iter()
            .any(|root| path.starts_with(root))
    {
        return None;
    }
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(typed)
        .finish();
    let id = new_uuid(&app.clock);
    let kept = upkeep!(&app.db, &app.clock, |tx| {
        let now = tx.now();
        let text = sql!("select count(*) from kept_forms where owner = $1");
        if tx.count(text, args![&owner]).await? >= MOST {
            return Err(DbError::Refused("too many kept forms".to_owned()));
        }
        tx.run(
            sql!("insert into kept_forms (id, owner, path, body, created_at) values ($1, $2, $3, $4, $5)"),
            args![id, &owner, path, &body, now],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await;
    if let Err(error) = kept {
        tracing::warn!(%error, "a form was not kept");
        return None;
    }
    Some(format!("/kept/{id}"))
}

/// Whose forms this visitor may see: first the one under whom a new one is kept.
fn owners(visit: &Visit) -> Vec<String> {
    let user = visit
        .viewer
        .as_ref()
        .map(super::Viewer::user)
        .or(visit.ended);
    let before = visit
        .before
        .is_some()
        .then(|| format!("visit:{}", visit.owner()));
    user.map(|user| format!("user:{user}"))
        .into_iter()
        .chain(before)
        .collect()
}

#[derive(Serialize)]
struct Field {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct Kept {
    id: Uuid,
    path: String,
    fields: Vec<Field>,
}

async fn find(app: &App, visit: &Visit, id: Uuid) -> Result<Kept, PageError> {
    let since = app.clock.now() - Duration::days(1);
    let row = read!(&app.db, |tx| {
        let text =
            sql!("select owner, path, body from kept_forms where id = $1 and created_at > $2");
        tx.one(text, args![id, since]).await
    })
    .await?;
    let owner: String = row.get("owner")?;
    if !owners(visit).contains(&owner) {
        return Err(PageError::NotFound);
    }
    // Whose session has ended signs in first: a browser that was left alone shows nothing.
    if owner.starts_with("user:") && visit.viewer.is_none() {
        return Err(PageError::SignIn);
    }
    let path: String = row.get("path")?;
    let body: String = row.get("body")?;
    let fields = form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .map(|(name, value)| Field { name, value });
    Ok(Kept {
        id,
        path: local_path(&path).to_owned(),
        fields: fields.collect(),
    })
}

async fn offer(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let kept = find(&app, &visit, id).await?;
    let title = text::t(app.settings.language, "kept.title");
    app.page(&visit, Page::new(&KEPT, title), &kept)
}

async fn drop_it(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    find(&app, &visit, id).await?;
    upkeep!(&app.db, &app.clock, |tx| {
        tx.run(sql!("delete from kept_forms where id = $1"), args![id])
            .await?;
        Ok::<_, DbError>(())
    })
    .await?;
    Ok(Redirect::to("/").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_the_rules() {
        let field = |name: &str, value: &str| Field {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let kept = Kept {
            id: Uuid::nil(),
            path: "/agencies/new".to_owned(),
            fields: vec![
                field("name", "Wardens & \"friends\""),
                field("kind", "council"),
            ],
        };
        let html = commonweal_govuk::check_page(&KEPT, &kept).unwrap();
        assert!(
            html.contains("Wardens &amp; &#34;friends&#34;")
                || html.contains("Wardens &amp; &quot;friends&quot;")
        );
    }
}
