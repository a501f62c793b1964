//! How one date is written, and what shows the order of its day and month.
//!
//! Counted by [`DateOrder::detect`](super::DateOrder::detect), and by whoever wants to show the evidence beside the
//! verdict.

use super::{Part, Parts, readings};

/// The forms a date is written in, by what they show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DateForm {
    /// `2024-03-31`: the year, and behind it nobody puts the day before the month.
    YearFirst,
    /// `31/12/2024`: no month is above 12.
    DayFirst,
    /// `12/31/2024`: no month is above 12.
    MonthFirst,
    /// `01.02.2024`: dots follow a day wherever they are used.
    Dotted,
    /// `31 March 2024`
    DayThenName,
    /// `March 31, 2024`
    NameThenDay,
    /// `03/04/2024`: either.
    Open,
}

/// The form of a date; none for what is no date, and for one that reads the same either way, as `04/04/2024`.
pub fn form(text: &str) -> Option<DateForm> {
    let (day_first, month_first) = match readings(text) {
        (None, None) => return None,
        (Some(_), None) => return Some(DateForm::DayFirst),
        (None, Some(_)) => return Some(DateForm::MonthFirst),
        (Some(day_first), Some(month_first)) => (day_first, month_first),
    };
    if day_first != month_first {
        return Some(DateForm::Open);
    }
    let parts = Parts::of(text.trim());
    match parts.members.as_slice() {
        [Part::Number(year), ..] if year.len() == 4 => Some(DateForm::YearFirst),
        [Part::Month(_), ..] => Some(DateForm::NameThenDay),
        [_, Part::Month(_), ..] => Some(DateForm::DayThenName),
        _ if parts.dotted() => Some(DateForm::Dotted),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<DateForm>) {
        assert_eq!(form(text), expected, "{text:?}");
    }

    #[test]
    fn dates_show_their_order_or_not() {
        check("2024-03-31", Some(DateForm::YearFirst));
        check("2024-03-31T10:00:00Z", Some(DateForm::YearFirst));
        check("31/12/2024", Some(DateForm::DayFirst));
        check("12/31/2024", Some(DateForm::MonthFirst));
        check("01.02.2024", Some(DateForm::Dotted));
        check("31.12.24", Some(DateForm::Dotted));
        check("1. März 2024", Some(DateForm::DayThenName));
        check("31-Mar-2024", Some(DateForm::DayThenName));
        check("March 1st, 2024", Some(DateForm::NameThenDay));
        check("03/04/2024", Some(DateForm::Open));
        for silent in ["04/04/2024", "32/13/2024", "1.234.567", "March", ""] {
            check(silent, None);
        }
    }
}
