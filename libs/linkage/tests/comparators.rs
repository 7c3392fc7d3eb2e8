//! Published values, and what holds for any input.

use linkage::*;
use proptest::prelude::*;

fn near(found: f64, published: f64) {
    assert!((found - published).abs() < 0.000_6, "{found} {published}");
}

/// Winkler (1990) and Porter and Winkler (1997), table 1: Jaro's and Winkler's values.
#[test]
fn names_have_their_published_values() {
    for (a, b, by_jaro, by_winkler) in [
        ("MARTHA", "MARHTA", 0.944, 0.961),
        ("DIXON", "DICKSONX", 0.767, 0.813),
        ("DWAYNE", "DUANE", 0.822, 0.840),
        ("SHACKLEFORD", "SHACKELFORD", 0.970, 0.982),
        ("DUNNINGHAM", "CUNNIGHAM", 0.896, 0.896),
        ("NICHLESON", "NICHULSON", 0.926, 0.956),
        ("JONES", "JOHNSON", 0.790, 0.832),
        ("MASSEY", "MASSIE", 0.889, 0.933),
        ("ABROMS", "ABRAMS", 0.889, 0.922),
    ] {
        near(jaro(a, b), by_jaro);
        near(jaro_winkler(a, b), by_winkler);
    }
    assert_eq!(jaro("abc", "xyz"), 0.0);
    assert_eq!(jaro("", "a"), 0.0);
    assert_eq!(jaro("", ""), 1.0);
}

/// PostgreSQL's manual on `pg_trgm`, and the textbook pair of Dice's coefficient.
#[test]
fn runs_of_letters_have_their_published_values() {
    let of = |text| -> Vec<String> {
        let found = trigrams(text).into_iter();
        found.map(String::from_iter).collect()
    };
    assert_eq!(of("cat"), ["  c", " ca", "at ", "cat"]);
    assert_eq!(
        of("foo|bar"),
        ["  b", "  f", " ba", " fo", "ar ", "bar", "foo", "oo "]
    );
    near(trigram_jaccard("word", "words"), 0.571_429);
    near(trigram_jaccard("word", "two words"), 4.0 / 11.0);
    near(trigram_dice("word", "two words"), 8.0 / 15.0);
    assert_eq!(bigram_dice("night", "nacht"), 0.25);
    assert_eq!((bigram_dice("a", "b"), bigram_dice("a", "a")), (0.0, 1.0));
}

#[test]
fn rare_words_count_more() {
    let music = Words::new("The loud music at the flat");
    let dogs = Words::new("the dogs at the flat");
    let again = Words::new("Music, LOUD music!");
    assert_eq!(music.len(), 5);
    near(music.jaccard(&dogs, &Rarity::even()), 3.0 / 6.0);
    near(music.dice(&dogs, &Rarity::even()), 6.0 / 9.0);
    near(music.containment(&again, &Rarity::even()), 1.0);
    let rarity = Rarity::among([&music, &dogs, &dogs, &dogs, &again]);
    assert!(rarity.of("music") > rarity.of("flat"));
    assert!(rarity.of("never heard") > rarity.of("music"));
    assert!(music.dice(&again, &rarity) > music.dice(&dogs, &rarity));
    let stems = again.map(|word| (word != "loud").then(|| word.chars().take(4).collect()));
    assert_eq!(stems.iter().collect::<Vec<_>>(), ["musi"]);
    assert_eq!(Words::new("don’t").iter().collect::<Vec<_>>(), ["dont"]);
    assert_eq!(music.containment(&Words::default(), &Rarity::even()), 0.0);
}

#[test]
fn places_times_and_contacts() {
    // A degree of latitude on the mean sphere.
    near(
        metres((0.0, 0.0), (1.0, 0.0)).unwrap_or_default() / 1_000.0,
        111.195,
    );
    // Opposite each other: half the way round.
    near(
        metres((0.0, 0.0), (0.0, 180.0)).unwrap_or_default() / 1e6,
        20.015,
    );
    assert_eq!(metres((91.0, 0.0), (0.0, 0.0)), None);
    assert_eq!(metres((f64::NAN, 0.0), (0.0, 0.0)), None);
    assert_eq!(
        hours_apart(Span::new(0, 7_200), Span::new(3_600, 9_000)),
        0.0
    );
    assert!(hours_apart(Span::new(i64::MIN, i64::MIN), Span::new(i64::MAX, i64::MAX)) > 1e15);
    assert_eq!(
        same_phone("07700 900123", "+44 7700 900 123", "44"),
        Some(true)
    );
    assert_eq!(
        same_phone("07700 900123", "0044 7700 900124", "44"),
        Some(false)
    );
    assert_eq!(same_phone("ring me", "07700 900123", "44"), None);
    assert_eq!(phone("123", "44"), None);
    assert_eq!(same_email("A@Example.org", " a@example.ORG"), Some(true));
    assert_eq!(same_email("nobody", "a@example.org"), None);
}

proptest! {
    #[test]
    fn likeness_is_bounded_symmetric_and_whole_for_itself(a in "\\PC{0,24}", b in "\\PC{0,24}") {
        let even = Rarity::even();
        let (x, y) = (Words::new(&a), Words::new(&b));
        let rarity = Rarity::among([&x, &y, &Words::new("the same the")]);
        let of = |a: &str, b: &str, x: &Words, y: &Words| [
            jaro(a, b), jaro_winkler(a, b), bigram_dice(a, b), trigram_jaccard(a, b), trigram_dice(a, b),
            x.jaccard(y, &even), x.dice(y, &even), x.containment(y, &even),
            x.jaccard(y, &rarity), x.dice(y, &rarity), x.containment(y, &rarity),
        ];
        for ((there, back), itself) in of(&a, &b, &x, &y).into_iter().zip(of(&b, &a, &y, &x)).zip(of(&a, &a, &x, &x)) {
            prop_assert!((0.0..=1.0).contains(&there));
            prop_assert!((there - back).abs() < 1e-12, "{there} {back}");
            prop_assert!((itself - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn letters_that_repeat_are_symmetric(a in "[ab]{0,12}", b in "[abc]{0,12}") {
        prop_assert_eq!(jaro(&a, &b), jaro(&b, &a));
    }

    #[test]
    fn distance_is_symmetric_and_none_to_itself(
        a in (-90.0..=90.0_f64, -180.0..=180.0_f64), b in (-90.0..=90.0_f64, -180.0..=180.0_f64),
    ) {
        let there = metres(a, b).unwrap_or(-1.0);
        prop_assert!((0.0..=20_015_200.0).contains(&there));
        prop_assert!((there - metres(b, a).unwrap_or(-1.0)).abs() < 1e-6);
        prop_assert_eq!(metres(a, a), Some(0.0));
    }

    #[test]
    fn time_apart_is_symmetric(a in any::<(i64, i64)>(), b in any::<(i64, i64)>()) {
        let (a, b) = (Span::new(a.0, a.1), Span::new(b.0, b.1));
        prop_assert_eq!(hours_apart(a, b), hours_apart(b, a));
        prop_assert!(hours_apart(a, b) >= 0.0);
        prop_assert_eq!(hours_apart(a, a), 0.0);
    }

    #[test]
    fn normal_forms_are_their_own(a in "\\PC{0,24}", n in "0[1-9][0-9]{8,9}") {
        for one in [&a, &n] {
            if let Some(number) = phone(one, "44") {
                prop_assert_eq!(phone(&number, "44"), Some(number.clone()));
            }
            let folded = fold(one);
            prop_assert_eq!(fold(&folded), folded.clone());
        }
        if let Some(address) = email(&a) {
            prop_assert_eq!(email(&address), Some(address.clone()));
        }
    }
}
