//! An expression as JSON, for the script that asks the same questions without a signal.

use serde_json::{Value as Json, json};

use super::Expression;
use super::parse::Node;

impl Expression {
    /// The expression as a tree: `["number", 3]`, `["text", "a"]`, `["truth", true]`,
    /// `["name", "q"]`, `["not", …]`, `["minus", …]`, `["two", "==", …, …]`, `["call", "sum", …]`.
    #[must_use]
    pub fn tree(&self) -> Json {
        tree(&self.0)
    }
}

fn tree(node: &Node) -> Json {
    match node {
        Node::Number(number) => json!(["number", number]),
        Node::Text(text) => json!(["text", text]),
        Node::Truth(truth) => json!(["truth", truth]),
        Node::Name(name) => json!(["name", name]),
        Node::Not(inner) => json!(["not", tree(inner)]),
        Node::Minus(inner) => json!(["minus", tree(inner)]),
        Node::Two(operator, left, right) => {
            json!(["two", operator.sign(), tree(left), tree(right)])
        }
        Node::Call(function, given) => {
            let mut call = vec![json!("call"), json!(function.name())];
            call.extend(given.iter().map(tree));
            Json::Array(call)
        }
    }
}
