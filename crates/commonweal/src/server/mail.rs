//! Handing mail to a server: one of the two places that open a socket to somewhere else.

use commonweal_core::config::Config;
use commonweal_core::jobs::JobError;
use commonweal_core::mail::{Deliver, Outgoing};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use crate::failure::Failure;

/// SMTP where it is set up, else the outbox keeps everything.
pub(super) fn deliver(config: &Config) -> Result<Deliver, Failure> {
    let Some(url) = &config.mail.smtp_url else {
        return Ok(Deliver::Keep);
    };
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.reveal())
        // The error names the address, which holds the password.
        .map_err(|_| {
            Failure::usage(
                "`mail.smtp_url` is not an SMTP address such as smtps://user:password@host:465",
            )
        })?
        .build();
    let mailbox = |name: &str, text: &str| {
        text.parse::<Mailbox>()
            .map_err(|_| Failure::usage(format!("`{name}` is not a mail address: {text}")))
    };
    let from = mailbox("mail.from", &config.mail.from)?;
    let reply_to = config
        .mail
        .reply_to
        .as_deref()
        .map(|text| mailbox("mail.reply_to", text))
        .transpose()?;
    Ok(Deliver::by(move |mail| {
        send(transport.clone(), from.clone(), reply_to.clone(), mail)
    }))
}

/// A header of RFC 8058, which the library does not know.
fn header(name: &'static str, value: String) -> Result<HeaderValue, JobError> {
    let name = HeaderName::new_from_ascii(name.to_owned())
        .map_err(|_| JobError::Never("the mail cannot be written".to_owned()))?;
    Ok(HeaderValue::new(name, value))
}

async fn send(
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    mail: Outgoing,
) -> Result<(), JobError> {
    let to = mail
        .to
        .parse()
        .map_err(|_| JobError::Never("the address is not a mail address".to_owned()))?;
    let mut message = Message::builder()
        // The same id when it is tried again, so that a receiver sees one mail.
        .message_id(Some(format!("<{}@commonweal>", mail.id)))
        .from(from)
        .to(to)
        .subject(mail.subject);
    if let Some(reply_to) = reply_to {
        message = message.reply_to(reply_to);
    }
    if let Some(address) = mail.unsubscribe {
        message = message
            .raw_header(header("List-Unsubscribe", format!("<{address}>"))?)
            .raw_header(header(
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click".to_owned(),
            )?);
    }
    let message = message
        .body(mail.text)
        .map_err(|_| JobError::Never("the mail cannot be written".to_owned()))?;
    match transport.send(message).await {
        Ok(_) => Ok(()),
        // A server's words may quote the address: only its code is kept.
        Err(error) => {
            let code = error
                .status()
                .map_or_else(|| "no answer".to_owned(), |code| code.to_string());
            Err(if error.is_permanent() {
                JobError::Never(format!("the mail server refuses it for good ({code})"))
            } else {
                JobError::Again(format!("the mail server did not take it ({code})"))
            })
        }
    }
}
