//! The state of this area's pages, and which sources a reader may see.

use std::sync::Arc;

use axum::extract::FromRef;
use commonweal_access::policy::{Action, Kind};
use commonweal_access::web::{App, PageError, Viewer};
use commonweal_core::db::{Asked as AskedOfList, List, Sort};
use commonweal_core::{list, read};

use crate::cube::{Cube, Snapshot};
use crate::view::{Asked, View};

/// Every source, for scoping; a partnership has dozens.
static SOURCES: List = List {
    columns: "sources.id",
    from: "sources",
    key: "sources.id",
    filters: &[],
    sorts: &[Sort {
        name: "name",
        by: "sources.name",
        descending: false,
    }],
};
list!(SOURCES);

/// State of the pages about places.
#[derive(Clone)]
pub struct Places {
    /// The application's state.
    pub app: App,
    /// The incidents.
    pub cube: Arc<Cube>,
}

impl FromRef<Places> for App {
    fn from_ref(places: &Places) -> Self {
        places.app.clone()
    }
}

impl Places {
    /// The cube as it stands, and what was asked of it, kept to the sources that the viewer
    /// may see for this action.
    ///
    /// # Errors
    /// [`PageError`] where the database does not answer.
    pub async fn view(
        &self,
        viewer: &Viewer,
        action: Action,
        asked: &Asked,
    ) -> Result<(Arc<Snapshot>, View), PageError> {
        let snapshot = self.cube.snapshot();
        let mut view = View::new(&snapshot, asked);
        let allowed = self.allowed(viewer, action, &snapshot).await?;
        view.keep_to(&allowed);
        Ok((snapshot, view))
    }

    /// The sources that the viewer may see for this action, by index in the cube.
    ///
    /// # Errors
    /// [`PageError`] where the database does not answer.
    pub async fn allowed(
        &self,
        viewer: &Viewer,
        action: Action,
        snapshot: &Snapshot,
    ) -> Result<Vec<u16>, PageError> {
        let scope = viewer.principal.scope(action, Kind::Incidents);
        let rows = read!(&self.app.db, |tx| {
            SOURCES
                .page(
                    tx,
                    &scope,
                    &AskedOfList {
                        limit: Some(500),
                        ..AskedOfList::default()
                    },
                )
                .await
        })
        .await?
        .rows;
        let keys = rows
            .iter()
            .map(|row| row.get::<i64>("id"))
            .collect::<Result<Vec<_>, _>>()?;
        Ok((0_u16..)
            .zip(&snapshot.sources)
            .filter(|(_, source)| keys.contains(&source.key))
            .map(|(n, _)| n)
            .collect())
    }
}
