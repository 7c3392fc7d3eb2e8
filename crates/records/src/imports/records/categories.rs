//! What the codes of a profile mean: the types of anti-social behaviour that lists of councils,
//! landlords and fire services tell apart, and the crime types of police.uk.

use crate::imports::read::police_uk::{ASB, CATEGORIES};
use crate::incidents::CategoryName;

/// The types of anti-social behaviour: code and label. They follow the categories that police
/// forces used under the National Standard for Incident Recording before April 2011, which
/// councils still use, with what fire services record.
const TYPES: [(&str, &str); 16] = [
    ("noise", "Noise"),
    (
        "rowdy-or-inconsiderate-behaviour",
        "Rowdy or inconsiderate behaviour",
    ),
    (
        "rowdy-or-nuisance-neighbours",
        "Rowdy or nuisance neighbours",
    ),
    (
        "littering-or-drugs-paraphernalia",
        "Littering or drugs paraphernalia",
    ),
    ("fly-tipping", "Fly-tipping"),
    ("graffiti", "Graffiti"),
    (
        "vehicle-nuisance-or-inappropriate-use",
        "Vehicle nuisance or inappropriate use",
    ),
    ("animal-problems", "Animal problems"),
    ("abandoned-vehicle", "Abandoned vehicle (not stolen)"),
    ("fireworks", "Fireworks"),
    ("trespass", "Trespass"),
    (
        "malicious-or-nuisance-communications",
        "Malicious or nuisance communications",
    ),
    ("street-drinking", "Street drinking"),
    ("begging-or-vagrancy", "Begging or vagrancy"),
    (
        "prostitution-related-activity",
        "Prostitution-related activity",
    ),
    ("deliberate-fire", "Deliberate fire"),
];

/// Every code that is known, with its label: for the choices of a form.
pub fn known() -> impl Iterator<Item = (&'static str, &'static str)> {
    let crimes = CATEGORIES
        .iter()
        .filter(|c| c.code != ASB)
        .map(|c| (c.code, c.label));
    std::iter::once((ASB, "Anti-social behaviour"))
        .chain(TYPES)
        .chain(crimes)
}

/// What a code means. A code that is not known counts as anti-social behaviour, since such a
/// list is of that, and shows in data quality as unknown.
pub(super) fn category(code: &str) -> CategoryName<'_> {
    let crime = CATEGORIES.iter().any(|c| c.code == code && c.code != ASB);
    let found = known().find(|(known, _)| *known == code);
    CategoryName {
        code,
        label: found.map_or(code, |(_, label)| label),
        asb: !crime,
        known: found.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crimes_are_not_anti_social_behaviour_and_unknown_codes_say_so() {
        let of = |code| {
            let category = category(code);
            (category.label.to_owned(), category.asb, category.known)
        };
        assert_eq!(of("noise"), ("Noise".to_owned(), true, true));
        assert_eq!(of("burglary"), ("Burglary".to_owned(), false, true));
        assert_eq!(of(ASB), ("Anti-social behaviour".to_owned(), true, true));
        assert_eq!(of("unknown"), ("unknown".to_owned(), true, false));
        let codes: std::collections::BTreeSet<_> = known().map(|(code, _)| code).collect();
        assert_eq!(codes.len(), known().count());
    }
}
