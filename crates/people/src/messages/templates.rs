//! Templates of messages: content, with the mark that says whether a line of one is safe on the
//! tracking page.

use commonweal_core::content::{self, Kind, Shipped};
use commonweal_core::{DbError, ReadTx};
use serde::Deserialize;

use super::merge::Template;

/// The kind of content.
const KIND: &str = "messages";

/// The fields that a template may use.
const FIELDS: [&str; 9] = [
    "reference",
    "partnership",
    "contact",
    "promise",
    "words",
    "link",
    "links",
    "code",
    "minutes",
];

/// Fields that a line for the tracking page may use: nothing that a person typed.
const SAFE_FIELDS: [&str; 2] = ["reference", "promise"];

/// Words that a subject line must not hold: who reads over a shoulder learns nothing.
const TELLING: [&str; 14] = [
    "anti-social",
    "antisocial",
    "asb",
    "report",
    "police",
    "council",
    "victim",
    "abuse",
    "crime",
    "case",
    "complaint",
    "neighbour",
    "landlord",
    "housing",
];

/// The templates, each with the text that ships.
pub const FILES: [(&str, &str); 7] = [
    (
        "acknowledgement.toml",
        include_str!("../../../../data/messages/acknowledgement.toml"),
    ),
    (
        "accepted.toml",
        include_str!("../../../../data/messages/accepted.toml"),
    ),
    (
        "answer.toml",
        include_str!("../../../../data/messages/answer.toml"),
    ),
    (
        "closed.toml",
        include_str!("../../../../data/messages/closed.toml"),
    ),
    (
        "code.toml",
        include_str!("../../../../data/messages/code.toml"),
    ),
    (
        "link.toml",
        include_str!("../../../../data/messages/link.toml"),
    ),
    (
        "notice.toml",
        include_str!("../../../../data/messages/notice.toml"),
    ),
];

/// What a file says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    subject: String,
    body: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    line: String,
    #[serde(default)]
    victim_safe: bool,
    #[serde(default)]
    offered: bool,
}

/// A template of a message.
#[derive(Debug, Clone)]
pub struct MessageTemplate {
    /// Its key, without the file's ending.
    pub key: String,
    /// What staff call it.
    pub title: String,
    /// The subject line, finished and neutral.
    pub subject: String,
    /// The words of mail, letters and the page.
    pub body: Template,
    /// The words of a text message.
    pub text: Template,
    /// The line for the tracking page; none where it is not marked safe for victims.
    pub line: Option<Template>,
    /// Whether staff may choose it.
    pub offered: bool,
}

/// Reads a template.
///
/// # Errors
/// What is wrong, in words.
pub fn parse(key: &str, body: &str) -> Result<MessageTemplate, String> {
    let file: File = toml::from_str(body).map_err(|error| error.to_string())?;
    let subject = file.subject.trim().to_owned();
    let lower = subject.to_lowercase();
    if subject.is_empty() || subject.chars().any(|c| c.is_control() || "{}".contains(c)) {
        return Err("the subject line must be one line without fields".to_owned());
    }
    let mut words = lower.split(|c: char| !c.is_alphanumeric() && c != '-');
    if let Some(word) = words.find(|word| TELLING.iter().any(|telling| word.starts_with(telling))) {
        return Err(format!(
            "the subject line says '{word}': somebody who looks over a shoulder would learn from it"
        ));
    }
    let template = |part: &str, text: &str, allowed: &[&str]| {
        let template = Template::parse(text).map_err(|error| format!("`{part}`: {error}"))?;
        match template.names().iter().find(|name| !allowed.contains(name)) {
            Some(name) => Err(format!(
                "`{part}` has no field '{name}'; it has: {}",
                allowed.join(", ")
            )),
            None => Ok(template),
        }
    };
    if file.victim_safe == file.line.trim().is_empty() {
        return Err("`victim_safe` and `line` go together".to_owned());
    }
    let short = if file.text.is_empty() {
        &file.body
    } else {
        &file.text
    };
    Ok(MessageTemplate {
        key: key.trim_end_matches(".toml").to_owned(),
        title: file.title,
        subject,
        body: template("body", file.body.trim(), &FIELDS)?,
        text: template("text", short.trim(), &FIELDS)?,
        line: match file.victim_safe {
            true => Some(template("line", file.line.trim(), &SAFE_FIELDS)?),
            false => None,
        },
        offered: file.offered,
    })
}

/// The kind of content, for `commonweal content`.
#[must_use]
pub fn content_kind() -> Kind {
    Kind::new(KIND, |file, body| {
        if !FILES.iter().any(|known| known.0 == file) {
            let known: Vec<&str> = FILES.iter().map(|known| known.0).collect();
            return Err(format!("messages are {}, not {file}", known.join(", ")));
        }
        parse(file, body).map(drop)
    })
}

/// What the program ships.
#[must_use]
pub fn shipped() -> Vec<Shipped> {
    FILES
        .map(|(key, body)| Shipped {
            kind: KIND.to_owned(),
            key: key.to_owned(),
            body: body.to_owned(),
        })
        .to_vec()
}

/// The template of a key as it holds on a day.
///
/// # Errors
/// [`DbError::NotFound`] where there is none.
pub async fn load(
    tx: &mut ReadTx,
    key: &str,
    today: chrono::NaiveDate,
) -> Result<MessageTemplate, DbError> {
    let file = format!("{key}.toml");
    let (_, shipped) = FILES
        .iter()
        .find(|known| known.0 == file)
        .ok_or(DbError::NotFound)?;
    let own = content::current(tx, KIND, &file, today).await?;
    let body = own.as_ref().map_or(*shipped, |version| &version.body);
    // What was published has passed its check.
    parse(&file, body).map_err(|wrong| DbError::Setup(format!("messages/{file}: {wrong}")))
}

/// The templates that staff may choose.
///
/// # Errors
/// [`DbError`].
pub async fn offered(
    tx: &mut ReadTx,
    today: chrono::NaiveDate,
) -> Result<Vec<MessageTemplate>, DbError> {
    let mut all = Vec::new();
    for (file, _) in FILES {
        let template = load(tx, file.trim_end_matches(".toml"), today).await?;
        if template.offered {
            all.push(template);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_template_is_good_and_neutral() {
        for (file, body) in FILES {
            let template = parse(file, body).unwrap();
            assert!(!template.title.is_empty(), "{file}");
            assert!(content_kind().check(file, body).is_ok());
        }
        assert!(content_kind().check("other.toml", FILES[0].1).is_err());
    }

    #[test]
    fn a_template_that_tells_or_is_wrong_is_refused() {
        let with = |subject: &str, body: &str, more: &str| {
            parse(
                "x.toml",
                &format!("title = 'T'\nsubject = '{subject}'\nbody = '{body}'\n{more}"),
            )
        };
        assert!(with("A message for you", "Hello {reference}", "").is_ok());
        for (subject, body, more) in [
            ("Your police report", "x", ""),
            ("Neighbours", "x", ""),
            ("{words}", "x", ""),
            ("", "x", ""),
            ("Hello", "{name}", ""),
            ("Hello", "x", "victim_safe = true"),
            ("Hello", "x", "line = 'y'"),
            ("Hello", "x", "victim_safe = true\nline = '{words}'"),
            ("Hello", "x", "colour = 1"),
        ] {
            assert!(
                with(subject, body, more).is_err(),
                "{subject} {body} {more}"
            );
        }
    }
}
