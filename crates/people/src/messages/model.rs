//! Messages, and by which way somebody may be reached: pure rules.

use chrono::{DateTime, Duration, Utc};
use commonweal_records::matters::ReportId;
use commonweal_records::party::contact::Means;
use commonweal_records::party::rules::{Decision, Point, may_contact};
use commonweal_records::party::{Contact, Party};
use uuid::Uuid;

commonweal_core::typed_id!(
    /// A message.
    MessageId
);

/// The longest text message, in characters: four parts of one.
pub const LONGEST_TEXT: usize = 600;
/// The longest message that somebody may write, in characters.
pub const LONGEST: usize = 5_000;

/// By what a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// E-mail.
    Email,
    /// Text message to a mobile.
    Text,
    /// Letter that somebody prints and posts.
    Letter,
    /// A note of a telephone call.
    Telephone,
    /// The tracking page alone.
    Page,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Email,
        Self::Text,
        Self::Letter,
        Self::Telephone,
        Self::Page,
    ];

    /// As the database writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Text => "text",
            Self::Letter => "letter",
            Self::Telephone => "telephone",
            Self::Page => "page",
        }
    }

    /// In words.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Email => "E-mail",
            Self::Text => "Text message",
            Self::Letter => "Letter",
            Self::Telephone => "Telephone",
            Self::Page => "Tracking page",
        }
    }

    /// The one of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// A message as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The report whose sender it is to or from.
    pub report: ReportId,
    /// `out`, `in` or `note`.
    pub direction: String,
    /// By what.
    pub channel: Channel,
    /// The template's key, where one was used.
    pub template: Option<String>,
    /// The subject line; may be empty.
    pub subject: String,
    /// Its words; `{link}` stands where a private link goes out.
    pub body: String,
    /// Whether the person reads it on the tracking page.
    pub on_page: bool,
    /// What became of it.
    pub state: String,
    /// Why it waits, is held or failed.
    pub why: Option<String>,
    /// Not before.
    pub send_after: Option<DateTime<Utc>>,
    /// Who wrote it, of the staff.
    pub by: Option<Uuid>,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether somebody dealt with its failure or answer.
    pub handled: bool,
}

impl Message {
    /// Whether somebody has to do something about it.
    #[must_use]
    pub fn to_do(&self) -> bool {
        !self.handled && matches!(self.state.as_str(), "failed" | "received" | "to_print")
    }

    /// What became of it, in words for staff.
    #[must_use]
    pub fn state_words(&self) -> &'static str {
        match self.state.as_str() {
            "waiting" => "Waits until it may be sent",
            "queued" => "On its way",
            "sent" => "Sent",
            "failed" => "Could not be delivered",
            "held" => "Not sent",
            "page" => "On the tracking page only",
            "to_print" => "To be printed and posted",
            "printed" => "Printed and posted",
            "received" if self.handled => "Received, dealt with",
            "received" => "Received",
            _ => "Noted",
        }
    }
}

/// Whether a number can take a text message: British mobiles, without personal and pager numbers,
/// and numbers of other countries. A text to a landline would be read aloud to whoever answers.
#[must_use]
pub fn takes_texts(number: &str) -> bool {
    match number.strip_prefix("+44") {
        Some(rest) => {
            rest.starts_with('7')
                && !rest.starts_with("70")
                && (!rest.starts_with("76") || rest.starts_with("7624"))
        }
        None => number.starts_with('+'),
    }
}

/// A way that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// By what.
    pub channel: Channel,
    /// The address, number or postal address; empty for the page alone.
    pub to: String,
    /// Whether nothing may tell who writes and why.
    pub discreet: bool,
}

/// What the rules of safe contact say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// This way, now.
    Now(Way),
    /// This way, but not before then: why.
    Later(Way, DateTime<Utc>, String),
    /// Not at all: why, in words without personal data.
    Never(String),
}

fn means(channel: Channel) -> Means {
    match channel {
        Channel::Email => Means::Email,
        Channel::Letter => Means::Post,
        Channel::Text | Channel::Telephone | Channel::Page => Means::Phone,
    }
}

/// By which way somebody may be reached: by the one asked for, else by e-mail or text, whichever may
/// be used now. A letter goes only where somebody asks for one.
///
/// Everything else that writes to a reporter by itself goes through here, so that wishes about safe
/// contact are kept in one place.
#[must_use]
pub fn choose(party: &Party, asked: Option<Channel>, now: DateTime<Utc>) -> Choice {
    let channels = match asked {
        Some(Channel::Page | Channel::Telephone) => {
            return Choice::Now(Way {
                channel: asked.unwrap_or(Channel::Page),
                to: String::new(),
                discreet: true,
            });
        }
        Some(channel) => vec![channel],
        None => vec![Channel::Email, Channel::Text],
    };
    let mut later: Option<(Way, DateTime<Utc>, String)> = None;
    let mut why = "There is no way of contact that may be used.".to_owned();
    for channel in channels {
        for contact in &party.contacts {
            let fits = contact.given.means == means(channel)
                && (channel != Channel::Text || takes_texts(&contact.given.value));
            if !fits {
                continue;
            }
            let way = Way {
                channel,
                to: contact.given.value.clone(),
                discreet: discreet(party, channel),
            };
            match contact.decision(&party.rules, now) {
                Decision::Allowed => return Choice::Now(way),
                Decision::Refused(reason) => {
                    if let Some(at) = next(party, contact, now)
                        && later.as_ref().is_none_or(|known| at < known.1)
                    {
                        later = Some((way, at, reason.clone()));
                    }
                    why = reason;
                }
            }
        }
    }
    match later {
        Some((way, at, reason)) => Choice::Later(way, at, reason),
        None => Choice::Never(why),
    }
}

/// Whether words must tell nothing: nobody else may learn who writes, or no message may be left,
/// which a text on a screen is.
fn discreet(party: &Party, channel: Channel) -> bool {
    party.rules.hide_caller || (channel == Channel::Text && !party.rules.leave_message)
}

/// The next moment at which a way may be used, to a quarter of an hour, within eight days.
fn next(party: &Party, contact: &Contact, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let point = Point {
        means: contact.given.means,
        home: contact.given.home,
        agreed: contact.given.agreed,
    };
    let quarter = Duration::minutes(15);
    let past = now.timestamp().rem_euclid(quarter.num_seconds());
    let first = now - Duration::seconds(past) + quarter;
    (0..8 * 96)
        .map(|step| first + quarter * step)
        .find(|at| may_contact(&party.rules, point, *at).allowed())
}
