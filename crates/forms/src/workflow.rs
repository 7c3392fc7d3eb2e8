//! Workflows: what else happens in the very transaction in which a form is sent. An area registers one
//! for a definition whose answers it turns into something of its own, such as a report.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use commonweal_core::{DbError, Tx};

use crate::definition::Definition;
use crate::register::store::Record;

type Function = dyn for<'a> Fn(&'a mut Tx, &'a Definition, &'a Record) -> Done<'a> + Send + Sync;
type Done<'a> = Pin<Box<dyn Future<Output = Result<(), DbError>> + Send + 'a>>;

/// What an area does with what was sent.
#[derive(Clone)]
pub struct Workflow {
    /// The key of the definition.
    pub definition: &'static str,
    /// Binds that the definition must have for it to work.
    pub binds: &'static [&'static str],
    /// Where the sender goes instead of to the usual confirmation; `{draft}` stands for the draft's id,
    /// `{language}` for the language that it was filled in.
    pub next: &'static str,
    /// The area's own page on which it is begun; the usual start page leads there.
    pub start: Option<&'static str>,
    sent: Arc<Function>,
}

impl fmt::Debug for Workflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Workflow").field(&self.definition).finish()
    }
}

impl Workflow {
    /// A workflow whose function runs after the record was made, in the same transaction. What it
    /// fails with undoes the sending; the draft stays.
    pub fn new<F>(
        definition: &'static str,
        binds: &'static [&'static str],
        next: &'static str,
        sent: F,
    ) -> Self
    where
        F: for<'a> Fn(&'a mut Tx, &'a Definition, &'a Record) -> Done<'a> + Send + Sync + 'static,
    {
        Self {
            definition,
            binds,
            next,
            start: None,
            sent: Arc::new(sent),
        }
    }

    /// Begun on a page of the area's own, which also sees to floods: the usual start page leads there,
    /// and what is sent is not counted again.
    #[must_use]
    pub fn begun_at(mut self, path: &'static str) -> Self {
        self.start = Some(path);
        self
    }
}

/// All workflows, by the key of their definition.
#[derive(Debug, Clone, Default)]
pub struct Workflows(Arc<BTreeMap<&'static str, Workflow>>);

impl Workflows {
    /// These workflows.
    #[must_use]
    pub fn new(all: Vec<Workflow>) -> Self {
        let by_key = all.into_iter().map(|one| (one.definition, one));
        Self(Arc::new(by_key.collect()))
    }

    /// Runs the workflow of a definition, where there is one.
    ///
    /// # Errors
    /// What it fails with.
    pub async fn sent(
        &self,
        tx: &mut Tx,
        definition: &Definition,
        record: &Record,
    ) -> Result<(), DbError> {
        match self.0.get(definition.key.as_str()) {
            Some(workflow) => (workflow.sent)(tx, definition, record).await,
            None => Ok(()),
        }
    }

    /// Where the sender of a draft goes.
    #[must_use]
    pub fn next(&self, definition: &str, draft: uuid::Uuid, language: &str) -> Option<String> {
        let next = self.0.get(definition)?.next;
        let next = next.replace("{draft}", &draft.to_string());
        Some(next.replace("{language}", language))
    }

    /// The area's own page on which a definition is begun, where it has one.
    #[must_use]
    pub fn start(&self, definition: &str) -> Option<&'static str> {
        self.0.get(definition)?.start
    }

    /// What a definition lacks for its workflow: binds without a question.
    #[must_use]
    pub fn lacks(&self, definition: &Definition) -> Vec<&'static str> {
        let binds = self.0.get(definition.key.as_str()).map(|one| one.binds);
        let all = binds.unwrap_or_default().iter().copied();
        all.filter(|bind| definition.bound(bind).is_none())
            .collect()
    }
}
