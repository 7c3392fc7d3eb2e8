//! The list's handlers.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::{RecordAct, Resource};
use commonweal_access::web::{PageError, Path, Query, Sent, Viewer};
use commonweal_core::{DbError, ReadTx, read, write};
use commonweal_govuk::Form;
use commonweal_records::searches;
use uuid::Uuid;

use super::areas;
use super::asked::{Asked, Pairs, Wanted, filters};
use super::query::{PAGE, Reading};
use super::show::{self, Around};
use crate::Forms;
use crate::definition::{Definition, QuestionKind, Shared};
use crate::register::views::{self, View};
use crate::register::{self, store};

/// The definition of a key, for whoever may see any of its records.
pub(crate) fn definition(forms: &Forms, viewer: &Viewer, key: &str) -> Result<Shared, PageError> {
    let definition = forms.catalogue.get(key).ok_or(PageError::NotFound)?;
    viewer.must_record(key, RecordAct::See, &Resource::door())?;
    Ok(definition)
}

/// The kind under which the words of a register's searches are kept.
fn kind(key: &str) -> String {
    format!("register:{key}")
}

fn pairs_of(query: &str) -> Pairs {
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

fn query_of(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

pub(super) async fn show(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, PageError> {
    let definition = definition(&forms, &viewer, &key)?;
    let app = &forms.app;
    let mut form = Form::from(pairs);
    let search: Option<Uuid> = form.value("search").parse().ok();
    let view: Option<Uuid> = form.value("view").parse().ok();
    let today = app.clock.today();
    let who = &viewer.principal;
    let kind = kind(&key);
    let read = read!(&app.db, |tx| {
        let views = views::all(tx, &key, who.user, who.agency).await?;
        let mut lost = false;
        if let Some(view) = view {
            match views.iter().find(|one| one.id == view) {
                Some(found) => add(&mut form, &found.query),
                None => lost = true,
            }
        }
        if let Some(search) = search {
            match searches::find(tx, &app.clock, who.user, &kind, search).await? {
                Some(words) => add(&mut form, &words),
                None => lost = true,
            }
        }
        resolve(tx, &definition, &mut form).await?;
        let asked = Asked::read(&definition, &form);
        let cells = match &asked.area {
            Some(area) => Some(super::cells_of(tx, area).await?),
            None => None,
        };
        let reading = Reading {
            definition: &definition,
            who,
            today,
            asked: &asked,
            cells,
            limit: PAGE,
        };
        let page = reading.page(tx).await?;
        let mut ids: Vec<Uuid> = Vec::new();
        for record in &page.records {
            ids.extend(record.owner);
            ids.extend(record.agency);
            ids.extend(store::named(&record.answers));
        }
        ids.extend(asked.answers.values().filter_map(|wanted| match wanted {
            Wanted::Linked(id) => Some(*id),
            _ => None,
        }));
        let names = store::names(tx, &ids).await?;
        let agencies = areas::agencies(tx).await?;
        let wards = areas::areas(tx, &definition).await?;
        Ok::<_, DbError>((views, lost, asked, page, names, agencies, wards))
    })
    .await?;
    let (views, lost, asked, page, names, agencies, areas) = read;
    let around = Around {
        views,
        view,
        search,
        lost,
        agencies,
        areas,
        names,
        today,
    };
    let (context, read) = show::context(&viewer, &definition, &asked, page, around);
    register::log_read(app, &viewer, RecordAct::SeePersonal.name(), &read).await?;
    show::respond(app, &viewer, &definition, &form, &context)
}

/// Adds what is kept elsewhere to what the address says; the address wins.
fn add(form: &mut Form, query: &str) {
    for (name, value) in pairs_of(query) {
        if form.value(&name).is_empty() {
            form.set(name, value);
        }
    }
}

/// Makes references of records, as people type them, the ids that the list is filtered by; what is no
/// record's reference filters by a record that there is not.
async fn resolve(tx: &mut ReadTx, definition: &Definition, form: &mut Form) -> Result<(), DbError> {
    for (_, question) in filters(definition) {
        if !matches!(question.kind, QuestionKind::Record { .. }) {
            continue;
        }
        let field = format!("q-{}", question.id);
        let typed = form.value(&field).to_owned();
        if typed.is_empty() || typed.parse::<Uuid>().is_ok() {
            continue;
        }
        let id = match store::by_reference(tx, &typed).await {
            Ok(record) => record.id,
            Err(DbError::NotFound) => Uuid::nil(),
            Err(error) => return Err(error),
        };
        form.set(field, id.to_string());
    }
    Ok(())
}

/// What somebody asked of the list as a form: personal words are kept, the rest becomes an address.
pub(super) async fn ask(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let definition = definition(&forms, &viewer, &key)?;
    let app = &forms.app;
    read!(&app.db, |tx| resolve(tx, &definition, &mut form).await)
        .await
        .map_err(|error: DbError| PageError::from(error))?;
    let asked = Asked::read(&definition, &form);
    let (mut open, kept) = asked.pairs(&definition);
    if !kept.is_empty() {
        let words = query_of(&kept);
        let id = searches::keep(&app.db, &app.clock, viewer.user(), &kind(&key), &words).await?;
        open.push(("search".to_owned(), id.to_string()));
    }
    let query = query_of(&open);
    let to = if query.is_empty() {
        format!("/registers/{key}")
    } else {
        format!("/registers/{key}?{query}")
    };
    Ok(Redirect::to(&to).into_response())
}

/// Saves what the list shows now under a name.
pub(super) async fn save_view(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let definition = definition(&forms, &viewer, &key)?;
    let app = &forms.app;
    let name: String = form.value("name").chars().take(60).collect();
    let share = form.choices("share").any(|choice| choice == "yes");
    let search: Option<Uuid> = form.value("search").parse().ok();
    let query = form.value("query").to_owned();
    add(&mut form, &query);
    if let Some(id) = search {
        let words = read!(&app.db, |tx| searches::find(
            tx,
            &app.clock,
            viewer.user(),
            &kind(&key),
            id
        )
        .await)
        .await;
        let words: Option<String> = words.map_err(|error: DbError| PageError::from(error))?;
        add(&mut form, &words.unwrap_or_default());
    }
    let asked = Asked::read(&definition, &form);
    if name.is_empty() {
        app.flash(&viewer, "Nothing was saved: give the view a name")
            .await?;
        return Ok(Redirect::to(&format!("/registers/{key}?{query}")).into_response());
    }
    let (mut all, kept) = asked.pairs(&definition);
    all.extend(kept);
    let agency = share.then_some(viewer.principal.agency);
    let saved = write!(&app.db, &app.clock, &viewer.actor(), |tx| views::save(
        tx,
        &key,
        viewer.user(),
        &name,
        &query_of(&all),
        agency
    )
    .await);
    let id = saved
        .await
        .map_err(|error: DbError| PageError::from(error))?;
    app.flash(&viewer, "The view was saved").await?;
    Ok(Redirect::to(&format!("/registers/{key}?view={id}")).into_response())
}

pub(super) async fn remove_view(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, view)): Path<(String, Uuid)>,
) -> Result<Response, PageError> {
    definition(&forms, &viewer, &key)?;
    let app = &forms.app;
    let gone = write!(&app.db, &app.clock, &viewer.actor(), |tx| views::remove(
        tx,
        view,
        viewer.user()
    )
    .await)
    .await;
    match gone {
        Ok(()) | Err(DbError::NotFound) => {
            app.flash(&viewer, "The view was removed").await?;
            Ok(Redirect::to(&format!("/registers/{key}")).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

impl View {
    /// The address that shows it.
    pub(super) fn href(&self, key: &str) -> String {
        format!("/registers/{key}?view={}", self.id)
    }
}
