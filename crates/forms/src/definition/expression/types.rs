//! Whether an expression fits its definition: names that exist, comparisons that can hold, options
//! that are offered. So a misspelt option is found when the definition is read, not by its users.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Expression;
use super::evaluate::time;
use super::parse::{Function, Node, Operator};

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::definition) enum Type {
    Number,
    Text,
    Truth,
    Date,
    Time,
    /// One of these values.
    One(Vec<String>),
    /// Several of these values.
    Several(Vec<String>),
    /// Files.
    Files,
    /// What can only be asked whether it is answered.
    Other,
}

impl Type {
    fn words(&self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Truth => "yes or no",
            Self::Date => "a date",
            Self::Time => "a time",
            Self::One(_) => "one choice",
            Self::Several(_) => "several choices",
            Self::Files => "files",
            Self::Other => "neither a number nor a text",
        }
    }
}

/// The names that an expression may read.
#[derive(Debug, Clone, Default)]
pub(in crate::definition) struct Names {
    pub(in crate::definition) known: BTreeMap<String, Type>,
    /// Names that exist but may not be read here, each with the reason.
    pub(in crate::definition) refused: BTreeMap<String, &'static str>,
}

/// What an expression is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::definition) enum Wanted {
    Condition,
    Number,
}

/// Whether an expression fits.
///
/// # Errors
/// What is wrong, and what to write.
pub(in crate::definition) fn check(
    expression: &Expression,
    names: &Names,
    wanted: Wanted,
) -> Result<(), String> {
    let found = names.node(&expression.0)?;
    match (wanted, found) {
        (Wanted::Condition, Type::Truth) | (Wanted::Number, Type::Number) => Ok(()),
        (Wanted::Condition, other) => Err(format!(
            "this must be a condition but is {}: compare it, or write answered(…)",
            other.words()
        )),
        (Wanted::Number, other) => Err(format!("this must be a number but is {}", other.words())),
    }
}

impl Names {
    fn name(&self, name: &str) -> Result<Type, String> {
        if let Some(known) = self.known.get(name) {
            return Ok(known.clone());
        }
        if let Some(why) = self.refused.get(name) {
            return Err(format!("'{name}' cannot be read here: {why}"));
        }
        Err(format!(
            "there is no question '{name}' here{}",
            super::super::near(name, self.known.keys().map(String::as_str))
        ))
    }

    fn node(&self, node: &Node) -> Result<Type, String> {
        match node {
            Node::Number(_) => Ok(Type::Number),
            Node::Text(_) => Ok(Type::Text),
            Node::Truth(_) => Ok(Type::Truth),
            Node::Name(name) => self.name(name),
            Node::Not(inner) => self.wants(inner, &Type::Truth),
            Node::Minus(inner) => self.wants(inner, &Type::Number),
            Node::Two(operator, left, right) => self.two(*operator, left, right),
            Node::Call(function, given) => self.call(*function, given),
        }
    }

    fn wants(&self, node: &Node, wanted: &Type) -> Result<Type, String> {
        let found = self.node(node)?;
        if found == *wanted {
            return Ok(found);
        }
        let text = super::Expression(node.clone()).to_string();
        Err(format!(
            "'{text}' is {} where {} is needed",
            found.words(),
            wanted.words()
        ))
    }

    fn two(&self, operator: Operator, left: &Node, right: &Node) -> Result<Type, String> {
        match operator {
            Operator::And | Operator::Or => {
                self.wants(left, &Type::Truth)?;
                self.wants(right, &Type::Truth)
            }
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide => {
                self.wants(left, &Type::Number)?;
                self.wants(right, &Type::Number)
            }
            _ => {
                let equality = matches!(operator, Operator::Equal | Operator::Unequal);
                let (a, b) = (self.node(left)?, self.node(right)?);
                if matches!(left, Node::Text(_)) {
                    comparable(&b, left, &a, equality)?;
                } else {
                    comparable(&a, right, &b, equality)?;
                }
                Ok(Type::Truth)
            }
        }
    }

    fn question<'a>(
        &self,
        function: Function,
        given: &'a [Node],
        wanted: usize,
    ) -> Result<(&'a str, Type), String> {
        let name = function.name();
        match given.first() {
            Some(Node::Name(question)) if given.len() == wanted => {
                Ok((question, self.name(question)?))
            }
            _ if wanted == 2 => Err(format!("write {name}(question, 'value')")),
            _ => Err(format!("write {name}(question), with one question")),
        }
    }

    fn call(&self, function: Function, given: &[Node]) -> Result<Type, String> {
        let unfit = |question: &str, found: &Type, fits: &str| {
            Err(format!(
                "{}(…) takes {fits}, and '{question}' is {}",
                function.name(),
                found.words()
            ))
        };
        match function {
            Function::Answered => {
                self.question(function, given, 1)?;
                Ok(Type::Truth)
            }
            Function::Includes => {
                let (question, found) = self.question(function, given, 2)?;
                let Type::Several(values) = &found else {
                    return unfit(question, &found, "a question of kind choices");
                };
                match given.get(1) {
                    Some(Node::Text(value)) => offered(value, values).map(|()| Type::Truth),
                    _ => Err("write includes(question, 'value')".to_owned()),
                }
            }
            Function::Count => match self.question(function, given, 1)? {
                (_, Type::Several(_) | Type::Files) => Ok(Type::Number),
                (question, found) => unfit(question, &found, "a question of kind choices or files"),
            },
            Function::Score => match self.question(function, given, 1)? {
                (_, Type::One(_) | Type::Several(_) | Type::Truth | Type::Number) => {
                    Ok(Type::Number)
                }
                (question, found) => unfit(question, &found, "a question that has scores"),
            },
            Function::Sum | Function::Max | Function::Min => {
                if given.is_empty() {
                    return Err(format!("{}(…) needs at least one number", function.name()));
                }
                for one in given {
                    self.wants(one, &Type::Number)?;
                }
                Ok(Type::Number)
            }
        }
    }
}

fn offered(value: &str, values: &[String]) -> Result<(), String> {
    if values.iter().any(|known| known == value) {
        return Ok(());
    }
    Err(format!(
        "'{value}' is not among the values: {}",
        values.join(", ")
    ))
}

/// `right_node` is written text where one side is.
fn comparable(left: &Type, right_node: &Node, right: &Type, equality: bool) -> Result<(), String> {
    let text = match right_node {
        Node::Text(text) => Some(text.as_str()),
        _ => None,
    };
    match (left, right) {
        (Type::Number, Type::Number) | (Type::Date, Type::Date) | (Type::Time, Type::Time) => {
            Ok(())
        }
        (Type::Text, Type::Text) | (Type::Truth, Type::Truth) if equality => Ok(()),
        (Type::One(_), Type::One(_)) if equality => Ok(()),
        (Type::One(values), Type::Text) if equality => match text {
            Some(value) => offered(value, values),
            None => Ok(()),
        },
        (Type::Date, Type::Text) => match text.map(str::parse::<NaiveDate>) {
            Some(Ok(_)) => Ok(()),
            _ => Err("write the date as '2026-04-01'".to_owned()),
        },
        (Type::Time, Type::Text) => match text.map(time) {
            Some(Some(_)) => Ok(()),
            _ => Err("write the time as '17:30'".to_owned()),
        },
        (Type::Several(_), _) => {
            Err("several choices are asked for with includes(question, 'value')".to_owned())
        }
        _ if !equality && matches!(left, Type::Text | Type::Truth | Type::One(_)) => Err(format!(
            "{} can be compared with == and != alone",
            left.words()
        )),
        _ => Err(format!(
            "{} cannot be compared with {}",
            left.words(),
            right.words()
        )),
    }
}
