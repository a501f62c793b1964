//! Numbers for people: exact, in groups of three. And numbers for pictures: near enough.

/// What stands between groups of three: a narrow no-break space, which is neither language's decimal sign.
const GROUP: char = '\u{202f}';

/// A decimal text with its whole part in groups of three; anything else unchanged. No digit is added or lost.
pub(crate) fn grouped(decimal: &str) -> String {
    let (sign, unsigned) = match decimal.strip_prefix('-') {
        // A true minus sign, as wide as the digits.
        Some(unsigned) => ("−", unsigned),
        None => ("", decimal),
    };
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) {
        return decimal.to_owned();
    }
    let mut text = sign.to_owned();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            text.push(GROUP);
        }
        text.push(digit);
    }
    if !decimals.is_empty() {
        text.push('.');
        text.push_str(decimals);
    }
    text
}

/// A count in groups of three.
pub(crate) fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// A count with its noun.
pub(crate) fn of(number: u64, one: &str, several: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { several })
}

/// A decimal for geometry: a bar's length needs no cents.
pub(crate) fn approximate(decimal: &str) -> f64 {
    decimal.parse().unwrap_or(0.0)
}

/// A count for geometry.
pub(crate) fn approximate_count(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// A position in a list, for geometry.
pub(crate) fn position(index: usize) -> f64 {
    f64::from(u32::try_from(index).unwrap_or(u32::MAX))
}

/// A share of one in percent, exact: the point is moved, and no digit is added or lost but zeros in front.
pub(crate) fn percent(share: &str) -> String {
    let (sign, unsigned) = share.strip_prefix('-').map_or(("", share), |unsigned| ("-", unsigned));
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) {
        return share.to_owned();
    }
    let padded = format!("{decimals:0<2}");
    let (moved, rest) = padded.split_at(2);
    let moved = format!("{whole}{moved}");
    let moved = moved.trim_start_matches('0');
    let moved = if moved.is_empty() { "0" } else { moved };
    let point = if rest.is_empty() { "" } else { "." };
    format!("{}\u{202f}%", grouped(&format!("{sign}{moved}{point}{rest}")))
}

/// A length in a picture, to a tenth.
pub(crate) fn length(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_and_none_is_lost() {
        let check = |decimal: &str, expected: &str| {
            assert_eq!(grouped(decimal).replace(GROUP, " "), expected, "{decimal}");
        };
        check("0", "0");
        check("999", "999");
        check("1000", "1 000");
        check("1234567.8901", "1 234 567.8901");
        check("-1234.50", "−1 234.50");
        check("12 apples", "12 apples");
        check("", "");
        check("1e5", "1e5");
    }
    #[test]
    fn shares_are_percents_to_the_last_digit() {
        let check = |share: &str, expected: &str| {
            assert_eq!(percent(share).replace(GROUP, " "), expected, "{share}");
        };
        check("0.25", "25 %");
        check("1", "100 %");
        check("0", "0 %");
        check("0.5", "50 %");
        check("0.0042", "0.42 %");
        check("0.300", "30.0 %");
        check("-0.051", "−5.1 %");
        check("12.5", "1 250 %");
        check("n/a", "n/a");
    }
}
