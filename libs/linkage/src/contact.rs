//! Whether two telephone numbers or e-mail addresses are the same, however they were written.

/// A telephone number in E.164 (`+`, country, number), by shape: `national` is the country's code, such as
/// `44`, for numbers that name none. None where it is no number: letters, too short, too long.
///
/// Source: ITU-T E.164: at most 15 digits. Here at least 8, so that extensions are not taken for numbers.
///
/// ```
/// assert_eq!(linkage::phone("(01632) 960 001", "44"), Some("+441632960001".to_owned()));
/// assert_eq!(linkage::phone("+44 (0)1632 960001", "44"), Some("+441632960001".to_owned()));
/// ```
#[must_use]
pub fn phone(text: &str, national: &str) -> Option<String> {
    let text = text.trim();
    let odd = |c: char| !(c.is_ascii_digit() || c.is_whitespace() || "+-()./".contains(c));
    if text.contains(odd) || text.rfind('+').is_some_and(|place| place > 0) {
        return None;
    }
    // The nought in brackets is not dialled from abroad.
    let text = if text.starts_with('+') || text.starts_with("00") {
        text.replacen("(0)", "", 1)
    } else {
        text.to_owned()
    };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let whole = if text.starts_with('+') {
        digits
    } else if let Some(abroad) = digits.strip_prefix("00") {
        abroad.to_owned()
    } else {
        format!("{national}{}", digits.strip_prefix('0')?)
    };
    ((8..=15).contains(&whole.len()) && !whole.starts_with('0')).then(|| format!("+{whole}"))
}

/// Whether two texts are the same telephone number; none where one of them is no number.
#[must_use]
pub fn same_phone(a: &str, b: &str, national: &str) -> Option<bool> {
    Some(phone(a, national)? == phone(b, national)?)
}

/// An e-mail address for comparing: without spaces around it, in lower case. RFC 5321 lets a host tell
/// names before the `@` apart by case; hardly any does, and people write them as they like. None where it
/// is no address.
///
/// ```
/// assert_eq!(linkage::email(" Jo.Smith@Example.ORG "), Some("jo.smith@example.org".to_owned()));
/// ```
#[must_use]
pub fn email(text: &str) -> Option<String> {
    let text = text.trim();
    let (name, host) = text.rsplit_once('@')?;
    let good = !name.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    good.then(|| text.to_lowercase())
}

/// Whether two texts are the same e-mail address; none where one of them is no address.
#[must_use]
pub fn same_email(a: &str, b: &str) -> Option<bool> {
    Some(email(a)? == email(b)?)
}
