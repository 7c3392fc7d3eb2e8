//! Figures as they are shown to people.

/// A whole number with commas: `whole(-12345)` is `-12,345`.
pub fn whole(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        text.push('\u{2212}');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with so many decimals and commas; `value` that is not finite is shown as a dash.
pub fn decimal(value: f64, digits: u32) -> String {
    if !value.is_finite() {
        return "\u{2013}".to_owned();
    }
    let rounded = format!("{:.*}", digits as usize, value.abs());
    let (before, after) = rounded.split_once('.').unwrap_or((&rounded, ""));
    let sign = if value < 0.0 && rounded.chars().any(|c| c.is_ascii_digit() && c != '0') {
        "\u{2212}"
    } else {
        ""
    };
    let before = before
        .parse::<i64>()
        .map_or_else(|_| before.to_owned(), whole);
    if after.is_empty() {
        format!("{sign}{before}")
    } else {
        format!("{sign}{before}.{after}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_commas_and_a_true_minus() {
        assert_eq!(whole(0), "0");
        assert_eq!(whole(1_234_567), "1,234,567");
        assert_eq!(whole(-123), "\u{2212}123");
        assert_eq!(decimal(1234.56, 1), "1,234.6");
        assert_eq!(decimal(-0.04, 1), "0.0");
        assert_eq!(decimal(-2.5, 1), "\u{2212}2.5");
        assert_eq!(decimal(f64::NAN, 1), "\u{2013}");
    }
}
