//! Dates as PDF writes them, `D:20260131120000+01'00'`, in ISO 8601.
//!
//! Used for metadata and signatures. A date that isn't one yields none: it is a claim, and a wrong one proves nothing.

/// The date in ISO 8601, as precise as it is given, but from the hour on with minutes and seconds.
pub(super) fn iso(text: &str) -> Option<String> {
    let text = text.trim();
    let mut rest = text.strip_prefix("D:").unwrap_or(text);
    let mut date = format!("{:04}", number(&mut rest, 4, 1..=9999)?);
    if !starts_with_digit(rest) {
        return rest.is_empty().then_some(date);
    }
    date.push_str(&format!("-{:02}", number(&mut rest, 2, 1..=12)?));
    if !starts_with_digit(rest) {
        return rest.is_empty().then_some(date);
    }
    date.push_str(&format!("-{:02}", number(&mut rest, 2, 1..=31)?));
    if !starts_with_digit(rest) {
        return rest.is_empty().then_some(date);
    }
    let hour = number(&mut rest, 2, 0..=23)?;
    let mut minute = 0;
    let mut second = 0;
    if starts_with_digit(rest) {
        minute = number(&mut rest, 2, 0..=59)?;
    }
    if starts_with_digit(rest) {
        second = number(&mut rest, 2, 0..=60)?;
    }
    Some(format!("{date}T{hour:02}:{minute:02}:{second:02}{}", zone(rest)?))
}

/// The zone behind the time, with or without apostrophes; nothing where none is given.
fn zone(text: &str) -> Option<String> {
    let sign = match text.chars().next() {
        None => return Some(String::new()),
        Some('Z' | 'z') => return Some("Z".to_owned()),
        Some(sign @ ('+' | '-')) => sign,
        Some(_) => return None,
    };
    let digits = text.get(1..)?.replace(['\'', ':'], "");
    let mut rest = digits.as_str();
    let hours = number(&mut rest, 2, 0..=23)?;
    let minutes = if rest.is_empty() { 0 } else { number(&mut rest, 2, 0..=59)? };
    rest.is_empty().then(|| format!("{sign}{hours:02}:{minutes:02}"))
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_digit())
}

/// Takes a number of so many digits off the front.
fn number(rest: &mut &str, digits: usize, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
    let (front, behind) = rest.split_at_checked(digits)?;
    if !front.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    *rest = behind;
    front.parse().ok().filter(|number| range.contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(iso(text).as_deref(), expected, "{text:?}");
    }

    #[test]
    fn dates() {
        check("D:20260131120059+01'30'", Some("2026-01-31T12:00:59+01:30"));
        check("D:20260131120059+01'30", Some("2026-01-31T12:00:59+01:30"));
        check("D:20260131120059-0500", Some("2026-01-31T12:00:59-05:00"));
        check("D:20260131120059+01:00", Some("2026-01-31T12:00:59+01:00"));
        check("D:20260131120059Z00'00'", Some("2026-01-31T12:00:59Z"));
        check("20260131120059", Some("2026-01-31T12:00:59"));
        check(" D:2026013112 ", Some("2026-01-31T12:00:00"));
        check("D:20260131", Some("2026-01-31"));
        check("D:202601", Some("2026-01"));
        check("D:2026", Some("2026"));
        check("D:20261331", None);
        check("D:20260132", None);
        check("D:2026013125", None);
        check("D:20260131120059+1", None);
        check("D:20260131120059?", None);
        check("D:2026-01-31", None);
        check("D:2026x", None);
        check("Mon Jan 31 2026", None);
        check("D:", None);
        check("", None);
        check("D:202é", None);
    }
}
