//! From text to a tree, by recursive descent with a limit on depth.

use super::token::{Token, tokens};

/// The longest expression, in characters: long enough for any questionnaire, and short enough that
/// a chain of operators cannot exhaust the stack.
const LONGEST: usize = 2000;

/// How deep brackets and `not` may be nested.
const DEEPEST: usize = 40;

/// What is wrong with the text of an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {place}: {message}")]
pub struct SyntaxError {
    /// The character, from 1.
    pub place: usize,
    /// What is wrong and what to write.
    pub message: String,
}

impl SyntaxError {
    pub(super) fn new(place: usize, message: impl Into<String>) -> Self {
        Self {
            place,
            message: message.into(),
        }
    }
}

/// A part of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Number(f64),
    Text(String),
    Truth(bool),
    Name(String),
    Not(Box<Node>),
    Minus(Box<Node>),
    Two(Operator, Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Operator {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }

    /// How strongly it binds.
    pub(super) fn strength(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal
            | Self::Unequal
            | Self::Less
            | Self::AtMost
            | Self::More
            | Self::AtLeast => 4,
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Divide => 6,
        }
    }

    const ALL: [Self; 12] = [
        Self::Or,
        Self::And,
        Self::Equal,
        Self::Unequal,
        Self::Less,
        Self::AtMost,
        Self::More,
        Self::AtLeast,
        Self::Add,
        Self::Subtract,
        Self::Multiply,
        Self::Divide,
    ];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Answered,
    Includes,
    Count,
    Score,
    Sum,
    Max,
    Min,
}

impl Function {
    pub(super) const ALL: [Self; 7] = [
        Self::Answered,
        Self::Includes,
        Self::Count,
        Self::Score,
        Self::Sum,
        Self::Max,
        Self::Min,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Includes => "includes",
            Self::Count => "count",
            Self::Score => "score",
            Self::Sum => "sum",
            Self::Max => "max",
            Self::Min => "min",
        }
    }
}

/// Words that no question, score or option may be named by.
pub(in crate::definition) fn is_reserved(name: &str) -> bool {
    matches!(name, "and" | "or" | "not" | "true" | "false" | "state")
        || Function::ALL.iter().any(|function| function.name() == name)
}

impl Node {
    pub(super) fn names<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Self::Name(name) => {
                if !found.contains(&name.as_str()) {
                    found.push(name);
                }
            }
            Self::Not(inner) | Self::Minus(inner) => inner.names(found),
            Self::Two(_, left, right) => {
                left.names(found);
                right.names(found);
            }
            Self::Call(_, given) => given.iter().for_each(|one| one.names(found)),
            Self::Number(_) | Self::Text(_) | Self::Truth(_) => {}
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    let length = text.chars().count();
    if length > LONGEST {
        return Err(SyntaxError::new(
            LONGEST,
            format!("it is longer than {LONGEST} characters: split it into scores"),
        ));
    }
    let mut parser = Parser {
        tokens: tokens(text)?,
        next: 0,
        end: length + 1,
        depth: 0,
    };
    let node = parser.binary(0)?;
    match parser.peek() {
        None => Ok(node),
        Some(token) => {
            let message = format!(
                "'{}' does not follow: join two conditions by 'and' or 'or'",
                token.shown()
            );
            Err(SyntaxError::new(parser.place(), message))
        }
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn place(&self) -> usize {
        self.tokens
            .get(self.next)
            .map_or(self.end, |(place, _)| *place)
    }

    fn operator(&self) -> Option<Operator> {
        let sign = match self.peek()? {
            Token::Sign(sign) => sign,
            Token::Name(name) => name.as_str(),
            _ => return None,
        };
        Operator::ALL.into_iter().find(|one| one.sign() == sign)
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(there)) if *there == sign);
        self.next += usize::from(found);
        found
    }

    fn wants(&mut self, sign: &str) -> Result<(), SyntaxError> {
        if self.takes(sign) {
            Ok(())
        } else {
            Err(SyntaxError::new(
                self.place(),
                format!("'{sign}' is missing here"),
            ))
        }
    }

    /// Operators that bind more strongly than `above`, from the left.
    fn binary(&mut self, above: u8) -> Result<Node, SyntaxError> {
        self.deeper()?;
        let mut left = self.single(above)?;
        let mut compared = false;
        while let Some(operator) = self.operator().filter(|one| one.strength() > above) {
            let place = self.place();
            self.next += 1;
            let right = self.binary(operator.strength())?;
            let comparison = operator.strength() == 4;
            if comparison && compared {
                let message = "compare two things at a time: 'a < b and b < c'";
                return Err(SyntaxError::new(place, message));
            }
            compared = comparison;
            left = Node::Two(operator, Box::new(left), Box::new(right));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn deeper(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let message = format!("brackets are nested more than {DEEPEST} deep");
            return Err(SyntaxError::new(self.place(), message));
        }
        Ok(())
    }

    fn single(&mut self, above: u8) -> Result<Node, SyntaxError> {
        let place = self.place();
        let Some(token) = self.peek().cloned() else {
            return Err(SyntaxError::new(place, "something is missing at the end"));
        };
        self.next += 1;
        match token {
            Token::Number(number) => Ok(Node::Number(number)),
            Token::Text(text) => Ok(Node::Text(text)),
            Token::Sign("(") => {
                let inner = self.binary(0)?;
                self.wants(")")?;
                Ok(inner)
            }
            Token::Sign("-") => Ok(Node::Minus(Box::new(self.binary(6)?))),
            Token::Name(name) => self.word(name, place, above),
            other @ Token::Sign(_) => Err(SyntaxError::new(
                place,
                format!("'{}' has nothing before it", other.shown()),
            )),
        }
    }

    fn word(&mut self, name: String, place: usize, above: u8) -> Result<Node, SyntaxError> {
        match name.as_str() {
            "true" => return Ok(Node::Truth(true)),
            "false" => return Ok(Node::Truth(false)),
            // It takes in comparisons, but neither 'and' nor 'or'.
            "not" if above < 4 => return Ok(Node::Not(Box::new(self.binary(3)?))),
            "not" => {
                let message = "put brackets around 'not …' here";
                return Err(SyntaxError::new(place, message));
            }
            "and" | "or" => {
                let message = format!("'{name}' has nothing before it");
                return Err(SyntaxError::new(place, message));
            }
            _ => {}
        }
        let function = Function::ALL.into_iter().find(|one| one.name() == name);
        if !self.takes("(") {
            return match function {
                Some(_) => Err(SyntaxError::new(
                    place,
                    format!("'{name}' needs brackets: {name}(question)"),
                )),
                None => Ok(Node::Name(name)),
            };
        }
        let Some(function) = function else {
            let known: Vec<&str> = Function::ALL.iter().map(|one| one.name()).collect();
            let message = format!("there is no '{name}(…)'; there are {}", known.join(", "));
            return Err(SyntaxError::new(place, message));
        };
        let mut given = Vec::new();
        if !self.takes(")") {
            loop {
                given.push(self.binary(0)?);
                if !self.takes(",") {
                    break;
                }
            }
            self.wants(")")?;
        }
        Ok(Node::Call(function, given))
    }
}
