//! Days as ISO 8601 writes them, as numbers that can be subtracted.

/// 1000-01-01 and 9999-12-31. Years below are what programs write where they have no date.
pub(crate) const DAYS: std::ops::RangeInclusive<i32> = -354_285..=2_932_896;

/// Days since 1970-01-01 of a text that starts with a day that exists, alone or with a time behind it.
pub fn parse(text: &str) -> Option<i32> {
    let (date, rest) = text.as_bytes().split_at_checked(10)?;
    let &[a, b, c, d, b'-', e, f, b'-', g, h] = date else { return None };
    let with_time = matches!(rest, [b'T' | b' ', first, ..] if first.is_ascii_digit());
    if !rest.is_empty() && !with_time {
        return None;
    }
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i32, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + i32::from(digit - b'0'))
        })
    };
    let (year, month, day) = (number(&[a, b, c, d])?, number(&[e, f])?, number(&[g, h])?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i32::from(leap),
        _ => return None,
    };
    if year < 1000 || !(1..=longest).contains(&day) {
        return None;
    }
    // Years that begin in March have their leap day last, so that all months before it have fixed places.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days_of_years = year * 365 + year / 4 - year / 100 + year / 400;
    let days_of_months = (153 * month + 2) / 5;
    Some(days_of_years + days_of_months + day - 1 - DAYS_TO_1970)
}

/// From 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i32 = 719_468;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_exist_are_read() {
        let check = |text: &str, expected: Option<i32>| assert_eq!(parse(text), expected, "{text}");
        check("1970-01-01", Some(0));
        check("1969-12-31", Some(-1));
        check("2000-02-29", Some(11_016));
        check("2024-03-01", Some(19_783));
        check("2024-03-01T23:59:59+14:00", Some(19_783));
        check("2024-03-01 08:00", Some(19_783));
        check("1000-01-01", Some(*DAYS.start()));
        check("9999-12-31", Some(*DAYS.end()));
        check("0001-01-01", None);
        check("0000-00-00", None);
        check("2023-02-29", None);
        check("1900-02-29", None);
        check("2024-13-01", None);
        check("2024-00-10", None);
        check("2024-01-32", None);
        check("2024-1-1", None);
        check("20240101", None);
        check("2024-01-01x", None);
        check("2024-01-01T", None);
        check("+024-01-01", None);
        check("２０２４-01-01", None);
        check("", None);
    }
}
