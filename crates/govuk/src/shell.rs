//! What stands around every page: the partnership's name and colour, navigation, who is signed in.

use serde::{Serialize, Serializer};

use crate::text::Language;

/// Everything that the shell of a page shows. One is made per request (see `crates/access`).
#[derive(Clone, Debug, Serialize)]
pub struct Shell {
    /// The service's name, beside the navigation and in titles.
    pub service_name: String,
    /// The partnership's name, in the header.
    pub partnership_name: String,
    /// Where the header's name leads.
    pub home: String,
    /// The header's colour.
    pub brand: Colour,
    /// Address of the partnership's logo (a file of ours), if it has one.
    pub logo: Option<String>,
    /// The service navigation.
    pub navigation: Vec<NavItem>,
    /// Who is signed in.
    pub person: Option<Person>,
    /// The token of [`crate::csrf`] for forms on this page.
    pub csrf_token: Option<String>,
    /// Whether the banner says that all data are made up (the demo).
    pub made_up_data: bool,
    /// A message left by the step before, shown once.
    pub flash: Option<Flash>,
    /// The language of the shell's own texts.
    pub language: Language,
    /// Where the figures on the page come from and under which licence.
    pub sources: Vec<String>,
    /// Footer links; only to pages that exist.
    pub footer: Vec<Link>,
}

impl Default for Shell {
    fn default() -> Self {
        Self {
            service_name: "Commonweal".to_owned(),
            partnership_name: "Community safety partnership".to_owned(),
            home: "/".to_owned(),
            brand: Colour::default(),
            logo: None,
            navigation: Vec::new(),
            person: None,
            csrf_token: None,
            made_up_data: false,
            flash: None,
            language: Language::English,
            sources: Vec::new(),
            footer: Vec::new(),
        }
    }
}

impl Shell {
    /// Marks the navigation item that `path` lies under: the one with the longest matching address.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        let best = self
            .navigation
            .iter()
            .filter_map(|item| item.over(path))
            .max();
        for item in &mut self.navigation {
            item.current = item.href == path;
            item.active = best.is_some() && item.over(path) == best;
        }
        self
    }

    /// Adds a statement of where the page's figures come from.
    #[must_use]
    pub fn source(mut self, statement: impl Into<String>) -> Self {
        self.sources.push(statement.into());
        self
    }
}

/// An item of the service navigation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NavItem {
    /// Its words.
    pub text: String,
    /// Where it leads.
    pub href: String,
    /// Whether it is this very page.
    pub current: bool,
    /// Whether this page lies under it.
    pub active: bool,
    /// Other addresses that lie under it.
    #[serde(skip)]
    pub also: &'static [&'static str],
}

impl NavItem {
    /// An item; [`Shell::at`] marks the current one.
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: href.into(),
            current: false,
            active: false,
            also: &[],
        }
    }

    /// Pages elsewhere that lie under it as well.
    #[must_use]
    pub fn also(mut self, addresses: &'static [&'static str]) -> Self {
        self.also = addresses;
        self
    }

    /// The address of this item that `path` lies under, if it does: the longest.
    fn over(&self, path: &str) -> Option<usize> {
        let addresses = std::iter::once(self.href.as_str()).chain(self.also.iter().copied());
        let under = |href: &&str| {
            let href = href.trim_end_matches('/');
            if href.is_empty() {
                path == "/"
            } else {
                path.strip_prefix(href)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
        };
        addresses.filter(under).map(str::len).max()
    }
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Its words.
    pub text: String,
    /// Where it leads.
    pub href: String,
}

impl Link {
    /// A link.
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: href.into(),
        }
    }
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// Their own page (sessions, passwords), if it exists.
    pub account: Option<String>,
    /// Where the sign-out form is sent (by POST).
    pub sign_out: String,
}

/// A message left by the step before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flash {
    /// Whether it reports a success; otherwise it is plain information.
    pub success: bool,
    /// What it says.
    pub text: String,
}

/// A colour, `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Colour([u8; 3]);

impl Default for Colour {
    /// The blue that ships.
    fn default() -> Self {
        Self([0x1d, 0x4f, 0x91])
    }
}

impl Colour {
    /// Reads `#1d4f91` or `1d4f91`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = hex::decode(text.strip_prefix('#').unwrap_or(text)).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// Six hexadecimal digits without `#`.
    pub fn hex(self) -> String {
        hex::encode(self.0)
    }

    /// White or black, whichever can be read better on this colour (WCAG contrast).
    pub fn text(self) -> Self {
        let (white, black) = (Self([0xff; 3]), Self([0; 3]));
        if self.contrast(white) >= self.contrast(black) || self.contrast(white) >= 4.5 {
            white
        } else {
            black
        }
    }

    /// The contrast ratio of WCAG 2.2, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let channel = |value: u8| {
            let share = f64::from(value) / 255.0;
            if share <= 0.040_45 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        };
        let [red, green, blue] = self.0.map(channel);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl Serialize for Colour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_address_above_a_path_is_active() {
        let navigation = vec![
            NavItem::new("Home", "/"),
            NavItem::new("Places", "/places"),
            NavItem::new("Map", "/places/map"),
        ];
        let active = |path: &str| {
            let shell = Shell {
                navigation: navigation.clone(),
                ..Shell::default()
            }
            .at(path);
            shell
                .navigation
                .into_iter()
                .filter(|item| item.active)
                .map(|item| item.text)
                .collect::<Vec<_>>()
        };
        assert_eq!(active("/"), ["Home"]);
        assert_eq!(active("/places/map/cells"), ["Map"]);
        assert_eq!(active("/places/1"), ["Places"]);
        assert!(active("/placesque").is_empty());
    }

    #[test]
    fn text_on_a_brand_can_be_read() {
        for brand in [
            "#1d4f91", "#ffdd00", "#00703c", "#777777", "#808080", "#68246d",
        ] {
            let brand = Colour::parse(brand).unwrap();
            assert!(brand.contrast(brand.text()) >= 4.5, "{}", brand.hex());
        }
        assert_eq!(Colour::parse("#12345"), None);
        assert_eq!(Colour::parse("red;}"), None);
    }
}
