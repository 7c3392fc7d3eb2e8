//! A message as its parts. No database.

use mail_parser::{Addr, Address, Message, MessageParser, MimeHeaders as _, PartType};
use sha2::{Digest as _, Sha256};

/// The largest message, in bytes.
pub const BYTES: usize = 25_000_000;
/// The largest that holds another message.
const NESTED_BYTES: usize = 4_000_000;
/// The most files of a message.
const FILES: usize = 20;
/// The most letters of its words.
const LETTERS: usize = 50_000;
/// How often a message may name another within it.
const NESTED: usize = 2;
/// Room for reading a message with those in it.
const STACK: usize = 16 << 20;

/// Why a message is not taken; to be shown as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Too many bytes.
    #[error(
        "The message is larger than 25 MB. Ask for the files in several messages, or by a link."
    )]
    TooLarge,
    /// Messages within messages within messages.
    #[error(
        "The message holds messages within messages, which are not opened. Forward only the first one."
    )]
    Nested,
    /// No message.
    #[error("The file is no e-mail message. Save the message as .eml and try again.")]
    NotAMessage,
    /// Nobody sent it.
    #[error("The message does not say who sent it.")]
    NoSender,
    /// Written by a machine.
    #[error("The message is an automatic reply.")]
    Automatic,
    /// No words and no files.
    #[error("The message says nothing.")]
    Empty,
    /// Too many files.
    #[error("The message holds more than 20 files. Ask for them in several messages.")]
    TooManyFiles,
}

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// Its name, without folders and control characters.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The sender's address, in its normal form.
    pub from: String,
    /// The sender's name, or the address where there is none.
    pub name: String,
    /// Its subject.
    pub subject: String,
    /// Its words, without mark-up.
    pub text: String,
    /// Whether words beyond the limit were left out.
    pub cut: bool,
    /// Its files.
    pub files: Vec<Attached>,
    /// Names what arrived: a hash of its message id, or of all of it where it has none.
    pub delivery: String,
}

/// How often a word stands in bytes, whatever its case.
fn count(bytes: &[u8], word: &[u8]) -> usize {
    bytes
        .windows(word.len())
        .filter(|window| window.eq_ignore_ascii_case(word))
        .take(NESTED + 1)
        .count()
}

/// Whether a message within this one is encoded, which RFC 2046, section 5.2.1, forbids: what it holds
/// could not be counted before it is unpacked, and unpacked it can fill the memory.
fn hides_a_message(bytes: &[u8]) -> bool {
    let (mut message, mut encoded) = (false, false);
    for line in bytes.split(|byte| *byte == b'\n') {
        if line.strip_suffix(b"\r").unwrap_or(line).is_empty() {
            (message, encoded) = (false, false);
            continue;
        }
        message |= count(line, b"rfc822") + count(line, b"message/global") > 0;
        encoded |= count(line, b"base64") + count(line, b"quoted-printable") > 0;
        if message && encoded {
            return true;
        }
    }
    false
}

/// Reads a message.
///
/// # Errors
/// [`MailError`].
pub fn parse(bytes: &[u8]) -> Result<Letter, MailError> {
    if bytes.len() > BYTES {
        return Err(MailError::TooLarge);
    }
    // Looked for before anything is opened, so that nothing unpacks itself. A digest's parts are messages
    // without saying so: it is not opened either.
    let nested = count(bytes, b"rfc822") + count(bytes, b"message/global");
    let digest = count(bytes, b"multipart/digest") > 0;
    if nested > NESTED
        || (nested > 0 && bytes.len() > NESTED_BYTES)
        || digest
        || hides_a_message(bytes)
    {
        return Err(MailError::Nested);
    }
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || read(bytes))
            .ok()
            .and_then(|thread| thread.join().ok())
            .unwrap_or(Err(MailError::NotAMessage))
    })
}

fn read(bytes: &[u8]) -> Result<Letter, MailError> {
    let message = MessageParser::default()
        .parse(bytes)
        .ok_or(MailError::NotAMessage)?;
    if message.headers().is_empty() {
        return Err(MailError::NotAMessage);
    }
    let sender = message.from().and_then(Address::first);
    let address = sender.and_then(Addr::address).unwrap_or_default();
    let from = commonweal_records::party::contact::email(address).map_err(|_| {
        if message.from().is_none() && message.subject().is_none() {
            MailError::NotAMessage
        } else {
            MailError::NoSender
        }
    })?;
    let automatic = message
        .header_raw("Auto-Submitted")
        .is_some_and(|value| !value.trim().eq_ignore_ascii_case("no"));
    if automatic {
        return Err(MailError::Automatic);
    }
    let name = sender
        .and_then(Addr::name)
        .map(|name| plain(name, 120))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| from.clone());
    let mut words = Vec::new();
    let mut files = Vec::new();
    collect(&message, 0, &mut words, &mut files)?;
    let text = words.join("\n\n");
    let text: String = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let text = text.trim();
    let subject = plain(message.subject().unwrap_or_default(), 300);
    if text.is_empty() && subject.is_empty() && files.is_empty() {
        return Err(MailError::Empty);
    }
    let room = LETTERS - 2_000;
    let cut = text.chars().count() > room;
    let delivery = match message.message_id() {
        Some(id) if !id.trim().is_empty() => Sha256::digest(format!("{from}\n{id}").as_bytes()),
        _ => Sha256::digest(bytes),
    };
    Ok(Letter {
        name,
        subject,
        text: text.chars().take(room).collect(),
        cut,
        files,
        delivery: format!("mail:{}", hex::encode(delivery)),
        from,
    })
}

/// A line without control characters.
fn plain(text: &str, most: usize) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .collect();
    let joined = words
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>();
    joined.join(" ").chars().take(most).collect()
}

/// Words and files of a message, and of one that it passes on.
fn collect(
    message: &Message<'_>,
    depth: usize,
    words: &mut Vec<String>,
    files: &mut Vec<Attached>,
) -> Result<(), MailError> {
    if depth > 1 {
        return Err(MailError::Nested);
    }
    for place in 0..message.text_body_count() {
        if let Some(text) = message.body_text(place) {
            words.push(text.into_owned());
        }
    }
    for part in message.attachments() {
        match &part.body {
            PartType::Message(inner) => {
                words.push(format!(
                    "Passed on: {}",
                    plain(inner.subject().unwrap_or_default(), 300)
                ));
                collect(inner, depth + 1, words, files)?;
            }
            PartType::Multipart(_) => {}
            _ => {
                if files.len() >= FILES {
                    return Err(MailError::TooManyFiles);
                }
                let name = part.attachment_name().unwrap_or("file without a name");
                let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
                let name = plain(name, 200);
                files.push(Attached {
                    name: if name.is_empty() {
                        "file without a name".to_owned()
                    } else {
                        name
                    },
                    bytes: part.contents().to_vec(),
                });
            }
        }
    }
    Ok(())
}
