//! Who may keep an entry: the viewer's choice of keepers, and what the viewer may do.

use commonweal_access::policy::{Action, Resource};
use commonweal_access::web::{PageError, Viewer};
use commonweal_core::{DbError, ReadTx, args, sql};
use uuid::Uuid;

use super::fields::Item;
use crate::directory::model::Head;

/// Somebody who may keep an entry.
#[derive(Debug, Clone)]
pub(super) struct Keeper {
    pub(super) id: Uuid,
    pub(super) agency: Uuid,
    pub(super) name: String,
}

/// Whether the viewer may change entries of every agency.
pub(super) fn everywhere(viewer: &Viewer) -> bool {
    viewer.may(
        Action::EditDirectory,
        &Resource::directory_entry(Uuid::nil(), None, None),
    )
}

/// The active people whom the viewer may make keepers.
pub(super) async fn keepers(tx: &mut ReadTx, viewer: &Viewer) -> Result<Vec<Keeper>, DbError> {
    let text = sql!(
        "select users.id, users.name, users.agency, agencies.name as agency_name from users join agencies on agencies.id = users.agency
         where users.active and agencies.active order by lower(users.name), users.id"
    );
    let mut all = Vec::new();
    for row in tx.all(text, args![]).await? {
        let (id, agency): (Uuid, Uuid) = (row.get("id")?, row.get("agency")?);
        if viewer.may(
            Action::EditDirectory,
            &Resource::directory_entry(Uuid::nil(), Some(agency), Some(id)),
        ) {
            let (name, agency_name): (String, String) = (row.get("name")?, row.get("agency_name")?);
            all.push(Keeper {
                id,
                agency,
                name: format!("{name}, {agency_name}"),
            });
        }
    }
    Ok(all)
}

/// The keepers as choices.
pub(super) fn items(keepers: &[Keeper]) -> Vec<Item> {
    keepers
        .iter()
        .map(|keeper| Item {
            value: keeper.id.to_string(),
            text: keeper.name.clone(),
            hint: None,
        })
        .collect()
}

pub(super) fn resource(head: &Head) -> Resource {
    Resource::directory_entry(head.id, head.agency, head.owner)
}

/// Whoever may not see an entry is told that there is none.
pub(super) fn must_see(viewer: &Viewer, head: &Head) -> Result<(), PageError> {
    let may = |action| viewer.may(action, &resource(head));
    if may(Action::SeeDirectoryDrafts) || may(Action::EditDirectory) {
        Ok(())
    } else {
        Err(PageError::NotFound)
    }
}

/// Whether the viewer may change it.
pub(super) fn may_edit(viewer: &Viewer, head: &Head) -> bool {
    viewer.may(Action::EditDirectory, &resource(head))
}

/// Seeing and changing.
pub(super) fn must_edit(viewer: &Viewer, head: &Head) -> Result<(), PageError> {
    must_see(viewer, head)?;
    viewer.must(Action::EditDirectory, &resource(head))
}
