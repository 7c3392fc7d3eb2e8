//! Words and signs of an expression.

use super::parse::SyntaxError;

/// The smallest part with a meaning of its own.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    Name(String),
    Sign(&'static str),
}

impl Token {
    /// As it is named in a message.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => format!("'{text}'"),
            Self::Name(name) => name.clone(),
            Self::Sign(sign) => (*sign).to_owned(),
        }
    }
}

/// Two characters come before their first alone.
const SIGNS: [&str; 13] = [
    "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "(", ")", ",",
];

/// Tokens with the place of each, in characters from 1.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, SyntaxError> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut place = 1;
    while let Some(first) = rest.chars().next() {
        let (token, bytes) = if first.is_whitespace() {
            (None, first.len_utf8())
        } else if first == '\'' {
            let (token, bytes) = quoted(rest, place)?;
            (Some(token), bytes)
        } else if first.is_ascii_digit() {
            let (token, bytes) = number(rest, place)?;
            (Some(token), bytes)
        } else if first.is_ascii_alphabetic() || first == '_' {
            let end = rest
                .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
                .unwrap_or(rest.len());
            let (name, _) = rest.split_at(end);
            (Some(Token::Name(name.to_owned())), end)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Some(Token::Sign(sign)), sign.len())
        } else {
            return Err(SyntaxError::new(place, strange(first)));
        };
        found.extend(token.map(|token| (place, token)));
        let (taken, after) = rest.split_at(bytes);
        place += taken.chars().count();
        rest = after;
    }
    Ok(found)
}

/// Text between single quotes; a quote in it is doubled.
fn quoted(rest: &str, place: usize) -> Result<(Token, usize), SyntaxError> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '\'' {
            text.push(letter);
        } else if letters.peek().is_some_and(|(_, next)| *next == '\'') {
            letters.next();
            text.push('\'');
        } else {
            return Ok((Token::Text(text), at + 1));
        }
    }
    Err(SyntaxError::new(
        place,
        "this text has no closing quote: write 'text'",
    ))
}

fn number(rest: &str, place: usize) -> Result<(Token, usize), SyntaxError> {
    let end = rest
        .find(|letter: char| !(letter.is_ascii_digit() || letter == '.'))
        .unwrap_or(rest.len());
    let (digits, _) = rest.split_at(end);
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() && !digits.ends_with('.') => {
            Ok((Token::Number(number), end))
        }
        _ => Err(SyntaxError::new(
            place,
            format!("'{digits}' is not a number: write 3 or 2.5"),
        )),
    }
}

fn strange(letter: char) -> String {
    match letter {
        '=' => "a single '=' has no meaning here: compare with '=='".to_owned(),
        '"' => "write text between single quotes: 'text'".to_owned(),
        '&' => "write 'and'".to_owned(),
        '|' => "write 'or'".to_owned(),
        '!' => "write 'not', or '!=' to compare".to_owned(),
        other => format!("'{}' has no meaning here", other.escape_default()),
    }
}
