//! Which records somebody means: what the list of a register shows, asked in its words.

use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Viewer};
use commonweal_core::{DbError, ReadTx, read};
use commonweal_govuk::Form;
use commonweal_records::searches;
use uuid::Uuid;

use crate::Forms;
use crate::definition::{Definition, Personal, Shared};
use crate::register::list::{Asked, Reading, cells_of};
use crate::register::store::Record;
use crate::register::views;

/// The words of an address that mean something to a list, beside those of questions.
const NAMES: [&str; 6] = ["state", "owner", "agency", "due", "area", "sort"];

/// Reads a program's filters. What a person typed wrongly is passed over, what a program sends
/// wrongly is said, so that nobody takes all records for a few.
///
/// # Errors
/// What is wrong, in a sentence.
pub(crate) fn strict(definition: &Definition, pairs: &[(String, String)]) -> Result<Asked, String> {
    for (name, value) in pairs {
        if NAMES.contains(&name.as_str()) {
            continue;
        }
        let id = name.strip_prefix("q-").unwrap_or_default();
        let id = id
            .strip_suffix("-from")
            .or(id.strip_suffix("-to"))
            .unwrap_or(id);
        match definition.question(id) {
            Some((_, question)) if question.personal != Personal::None => {
                return Err(format!(
                    "{name}: personal answers do not belong in an address."
                ));
            }
            Some((place, _)) if definition.list.filters.contains(&place) => {}
            _ => return Err(format!("{name}: this list has no such filter.")),
        }
        if value.is_empty() {
            return Err(format!("{name}: say what to filter by."));
        }
    }
    let asked = Asked::read(definition, &Form::from(pairs.to_vec()));
    let (understood, _) = asked.pairs(definition);
    for (name, value) in pairs {
        if !understood.iter().any(|(known, _)| known == name) {
            return Err(format!("{name}: '{value}' makes no sense here."));
        }
    }
    Ok(asked)
}

/// Reads what the list of this moment shows: its address, and what is kept behind it.
///
/// # Errors
/// [`PageError::Invalid`] where a search or view that the address names is there no longer: all
/// records must never be taken for those that it found.
pub(crate) async fn asked(
    forms: &Forms,
    viewer: &Viewer,
    definition: &Shared,
    pairs: Vec<(String, String)>,
) -> Result<(Asked, Option<Vec<i64>>), PageError> {
    let mut form = Form::from(pairs);
    let search: Option<Uuid> = form.value("search").parse().ok();
    let view: Option<Uuid> = form.value("view").parse().ok();
    let who = &viewer.principal;
    let app = &forms.app;
    let kind = format!("register:{}", definition.key);
    let read: Result<_, DbError> = read!(&app.db, |tx| {
        let mut lost = false;
        let mut kept = Vec::new();
        if let Some(view) = view {
            let views = views::all(tx, &definition.key, who.user, who.agency).await?;
            match views.into_iter().find(|one| one.id == view) {
                Some(found) => kept.push(found.query),
                None => lost = true,
            }
        }
        if let Some(search) = search {
            match searches::find(tx, &app.clock, who.user, &kind, search).await? {
                Some(words) => kept.push(words),
                None => lost = true,
            }
        }
        for query in kept {
            for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
                if form.value(&name).is_empty() {
                    form.set(name, value);
                }
            }
        }
        let mut asked = Asked::read(definition, &form);
        // All pages of it, whichever is on the screen.
        asked.after = None;
        let cells = match &asked.area {
            Some(area) => Some(cells_of(tx, area).await?),
            None => None,
        };
        Ok((asked, cells, lost))
    })
    .await;
    let (asked, cells, lost) = read?;
    if lost {
        return Err(PageError::Invalid(
            "This search is not kept any longer. Go back to the list and search again.".to_owned(),
        ));
    }
    Ok((asked, cells))
}

/// Records and where they go on.
pub(crate) struct Page {
    pub(crate) records: Vec<Record>,
    pub(crate) next: Option<Uuid>,
}

/// What is asked for, and by whom.
pub(crate) struct Asking<'a> {
    pub(crate) forms: &'a Forms,
    pub(crate) viewer: &'a Viewer,
    pub(crate) definition: &'a Shared,
    pub(crate) asked: &'a Asked,
    /// The cells of the area that is asked for.
    pub(crate) cells: Option<&'a [i64]>,
    /// What is to be done with each record: of those that the viewer may not do it to none is given.
    pub(crate) act: RecordAct,
    pub(crate) limit: u32,
}

impl Asking<'_> {
    /// One page of the records.
    ///
    /// # Errors
    /// [`DbError`].
    pub(crate) async fn page(&self, tx: &mut ReadTx) -> Result<Page, DbError> {
        let who = &self.viewer.principal;
        let reading = Reading {
            definition: self.definition,
            who,
            today: self.forms.app.clock.today(),
            asked: self.asked,
            cells: self.cells.map(<[i64]>::to_vec),
            limit: self.limit,
        };
        let page = reading.page(tx).await?;
        let may = |record: &Record| {
            let resource = record.resource();
            [self.act, RecordAct::See]
                .into_iter()
                .all(|act| who.may_record(&self.definition.key, act, &resource))
        };
        Ok(Page {
            records: page.records.into_iter().filter(may).collect(),
            next: page.next,
        })
    }
}
