//! What the record's page shows.

use serde::Serialize;
use serde_json::Value as Json;

/// The context of the page.
#[derive(Debug, Default, Serialize)]
pub(super) struct Context {
    pub key: String,
    pub reference: String,
    pub singular: String,
    pub title: String,
    pub state: Tag,
    pub bands: Vec<Tag>,
    /// Labels and values of the identity bar.
    pub facts: Vec<Fact>,
    pub moves: Vec<Next>,
    /// What is missing before other moves.
    pub blocked: Vec<Next>,
    pub sections: Vec<Section>,
    pub scores: Vec<Fact>,
    pub withheld: bool,
    pub erased: Option<String>,
    pub dues: Vec<Json>,
    pub timeline: Vec<Json>,
    pub kinds: Vec<Json>,
    pub children: Vec<Children>,
    pub links: Vec<Json>,
    pub place: Option<Json>,
    pub attachments: Vec<Json>,
    pub sees_words: bool,
    pub may_change: bool,
    pub may_hand_over: bool,
    pub note_id: String,
    pub audit: Option<String>,
    pub note: String,
}

/// A coloured word.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Tag {
    pub text: String,
    pub colour: &'static str,
}

/// A name and a value.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Fact {
    pub label: String,
    pub value: String,
    pub note: String,
    pub attention: bool,
}

/// A move that leads on.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Next {
    pub text: String,
    pub href: String,
    pub missing: Vec<String>,
}

/// The answers of one page of the form.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Section {
    pub id: String,
    pub title: String,
    /// Rows as the summary list takes them.
    pub rows: Vec<Json>,
}

/// Records of one register that belong to this one.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Children {
    pub id: String,
    pub title: String,
    pub add: Option<Json>,
    pub rows: Vec<Json>,
}
