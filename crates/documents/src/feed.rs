//! Feeds (Atom 1.0, RFC 4287): what changed, for feed readers and other programs.

use chrono::{DateTime, SecondsFormat, Utc};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::WriteError;

/// The media type.
pub const MEDIA_TYPE: &str = "application/atom+xml; charset=utf-8";

/// A feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Its name for good: an address or `urn:uuid:…` that never changes.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// More about it; may be empty.
    pub subtitle: String,
    /// Who publishes it.
    pub author: String,
    /// Its own absolute address.
    pub address: String,
    /// The absolute address of the page that shows the same; may be empty.
    pub page: String,
    /// The absolute address of the next, older part; may be empty.
    pub next: String,
    /// When anything in it last changed; of an empty feed, when it began.
    pub updated: DateTime<Utc>,
    /// The language of its text: `en-GB`.
    pub language: String,
    /// Its entries, newest first.
    pub entries: Vec<Item>,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name for good: an address or `urn:uuid:…` that never changes.
    pub id: String,
    /// What it says in a line.
    pub title: String,
    /// The absolute address of its page; may be empty.
    pub link: String,
    /// When it was published, where that is known.
    pub published: Option<DateTime<Utc>>,
    /// When it last changed.
    pub updated: DateTime<Utc>,
    /// Who wrote it; empty where that is the feed's author.
    pub author: String,
    /// Plain text; may be empty. Line ends are kept.
    pub summary: String,
    /// Labels.
    pub categories: Vec<String>,
}

impl Feed {
    /// The feed as a file.
    ///
    /// # Errors
    /// [`WriteError`] where memory ends.
    pub fn to_atom(&self) -> Result<Vec<u8>, WriteError> {
        let mut writer = Writer::new(Vec::new());
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        let language = clean(&self.language);
        writer
            .create_element("feed")
            .with_attribute(("xmlns", "http://www.w3.org/2005/Atom"))
            .with_attribute(("xml:lang", language.as_str()))
            .write_inner_content(|xml| {
                element(xml, "id", &self.id)?;
                element(xml, "title", &self.title)?;
                optional(xml, "subtitle", &self.subtitle)?;
                element(xml, "updated", &moment(self.updated))?;
                author(xml, &self.author)?;
                link(xml, "self", "application/atom+xml", &self.address)?;
                link(xml, "alternate", "text/html", &self.page)?;
                link(xml, "next", "application/atom+xml", &self.next)?;
                xml.create_element("generator")
                    .write_text_content(BytesText::new("Commonweal"))?;
                self.entries.iter().try_for_each(|entry| entry.write(xml))
            })?;
        Ok(writer.into_inner())
    }
}

impl Item {
    fn write(&self, xml: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
        xml.create_element("entry").write_inner_content(|xml| {
            element(xml, "id", &self.id)?;
            element(xml, "title", &self.title)?;
            element(xml, "updated", &moment(self.updated))?;
            if let Some(published) = self.published {
                element(xml, "published", &moment(published))?;
            }
            if !self.author.is_empty() {
                author(xml, &self.author)?;
            }
            link(xml, "alternate", "text/html", &self.link)?;
            for label in &self.categories {
                let label = clean(label);
                xml.create_element("category")
                    .with_attribute(("term", label.as_str()))
                    .write_empty()?;
            }
            // An entry without a page of its own must have content (RFC 4287, 4.1.2).
            let name = if self.link.is_empty() {
                "content"
            } else {
                "summary"
            };
            if self.link.is_empty() {
                element(xml, name, &self.summary)
            } else {
                optional(xml, name, &self.summary)
            }
        })?;
        Ok(())
    }
}

fn element(xml: &mut Writer<Vec<u8>>, name: &str, text: &str) -> std::io::Result<()> {
    let text = clean(text);
    xml.create_element(name)
        .write_text_content(BytesText::new(&text))?;
    Ok(())
}

fn optional(xml: &mut Writer<Vec<u8>>, name: &str, text: &str) -> std::io::Result<()> {
    if text.is_empty() {
        Ok(())
    } else {
        element(xml, name, text)
    }
}

fn author(xml: &mut Writer<Vec<u8>>, name: &str) -> std::io::Result<()> {
    xml.create_element("author")
        .write_inner_content(|xml| element(xml, "name", name))?;
    Ok(())
}

fn link(xml: &mut Writer<Vec<u8>>, rel: &str, kind: &str, address: &str) -> std::io::Result<()> {
    if address.is_empty() {
        return Ok(());
    }
    let address = clean(address);
    xml.create_element("link")
        .with_attribute(("rel", rel))
        .with_attribute(("type", kind))
        .with_attribute(("href", address.as_str()))
        .write_empty()?;
    Ok(())
}

fn moment(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Without the control characters that XML cannot hold.
fn clean(text: &str) -> String {
    let bad = |letter: char| {
        (letter.is_control() && !matches!(letter, '\n' | '\t'))
            || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().filter(|letter| !bad(*letter)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample(words: &str) -> Feed {
        let updated = "2026-11-20T09:00:00Z".parse().unwrap();
        let entry = |id: &str, link: &str| Item {
            id: id.into(),
            title: words.into(),
            link: link.into(),
            published: Some("2026-11-01T09:00:00Z".parse().unwrap()),
            updated,
            author: words.into(),
            summary: words.into(),
            categories: vec![words.into()],
        };
        Feed {
            id: "https://example.test/empty-homes/changes".into(),
            title: words.into(),
            subtitle: String::new(),
            author: "County Durham".into(),
            address: "https://example.test/empty-homes/changes.atom?q=a&b=c".into(),
            page: "https://example.test/empty-homes".into(),
            next: String::new(),
            updated,
            language: "en-GB".into(),
            entries: vec![
                entry("urn:uuid:0193", "https://example.test/empty-homes/EH-1"),
                entry("urn:uuid:0194", ""),
            ],
        }
    }

    #[test]
    fn a_feed_reader_sees_what_was_written() {
        let words = "Stage 2 \u{2192} 3: <b>\"boarded\" & 'safe'</b> ]]>";
        let bytes = sample(words).to_atom().unwrap();
        let read = feed_rs::parser::parse(&bytes[..]).unwrap();
        assert_eq!(read.feed_type, feed_rs::model::FeedType::Atom);
        assert_eq!(read.title.unwrap().content, words);
        assert_eq!(read.language.as_deref(), Some("en-GB"));
        assert_eq!(read.links.len(), 2);
        assert_eq!(
            read.links[0].href,
            "https://example.test/empty-homes/changes.atom?q=a&b=c"
        );
        assert_eq!(read.entries.len(), 2);
        let entry = &read.entries[0];
        assert_eq!(entry.id, "urn:uuid:0193");
        assert_eq!(entry.title.as_ref().unwrap().content, words);
        assert_eq!(entry.authors[0].name.as_deref(), Some(words));
        assert_eq!(entry.categories[0].term, words);
        assert_eq!(
            entry.updated.unwrap().to_rfc3339(),
            "2026-11-20T09:00:00+00:00"
        );
        assert!(entry.content.is_none() && read.entries[1].content.is_some());
    }

    proptest! {
        #[test]
        fn any_words_make_a_feed_that_parses(words in "[\\s\\S]{0,80}") {
            let bytes = sample(&words).to_atom().unwrap();
            prop_assert_eq!(feed_rs::parser::parse(&bytes[..]).unwrap().entries.len(), 2);
        }
    }
}
