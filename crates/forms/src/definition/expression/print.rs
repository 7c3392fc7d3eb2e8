//! An expression as text: reads back as the same.

use std::fmt;

use super::parse::{Node, Operator};

pub(super) fn node(f: &mut fmt::Formatter<'_>, node: &Node) -> fmt::Result {
    inside(f, node, 0)
}

/// Writes a node, in brackets where it binds no more strongly than `above`.
fn inside(f: &mut fmt::Formatter<'_>, node: &Node, above: u8) -> fmt::Result {
    let strength = match node {
        Node::Two(operator, ..) => operator.strength(),
        Node::Not(_) => 3,
        Node::Minus(_) => 7,
        _ => u8::MAX,
    };
    let brackets = strength <= above;
    if brackets {
        f.write_str("(")?;
    }
    match node {
        Node::Number(number) => write!(f, "{number}")?,
        Node::Text(text) => write!(f, "'{}'", text.replace('\'', "''"))?,
        Node::Truth(truth) => write!(f, "{truth}")?,
        Node::Name(name) => f.write_str(name)?,
        Node::Not(inner) => {
            f.write_str("not ")?;
            inside(f, inner, 3)?;
        }
        Node::Minus(inner) => {
            f.write_str("-")?;
            inside(f, inner, 7)?;
        }
        Node::Two(operator, left, right) => two(f, *operator, left, right)?,
        Node::Call(function, given) => {
            write!(f, "{}(", function.name())?;
            for (place, one) in given.iter().enumerate() {
                if place > 0 {
                    f.write_str(", ")?;
                }
                inside(f, one, 0)?;
            }
            f.write_str(")")?;
        }
    }
    if brackets {
        f.write_str(")")?;
    }
    Ok(())
}

fn two(f: &mut fmt::Formatter<'_>, operator: Operator, left: &Node, right: &Node) -> fmt::Result {
    let strength = operator.strength();
    // Operators of one strength stand from left to right; comparisons do not follow each other.
    let before = if strength == 4 { 4 } else { strength - 1 };
    inside(f, left, before)?;
    write!(f, " {} ", operator.sign())?;
    inside(f, right, strength)
}
