//! Dates as documents print them.
//!
//! Used by the extraction to prove and type values of `"format": "date"`. `03/04/2024` is in March or in April, so
//! the order of a document's dates is settled once from what can only be read one way.

mod form;

use std::fmt;

pub use form::{DateForm, form};

/// A calendar date that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    /// The year, 1000 to 9999.
    pub year: i16,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

/// ISO 8601: `2024-03-01`.
impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Which of two numbers is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DateOrder {
    /// `31/12/2024`
    DayFirst,
    /// `12/31/2024`
    MonthFirst,
    /// Nothing in the document shows it.
    #[default]
    Unknown,
}

/// Years of two digits up to this one are of this century.
const TWO_DIGIT_YEAR_MAX: i16 = 68;
/// No date is longer.
const DATE_BYTES_MAX: usize = 48;
/// Nor shorter: `1.3.24`.
const DATE_BYTES_MIN: usize = 6;

/// Names of months in English, German, French, Spanish, Italian and Dutch, by what they start with. Longer
/// beginnings come first where one is the beginning of another.
const MONTHS: [(&str, u8); 44] = [
    ("jän", 1),
    ("jan", 1),
    ("gen", 1),
    ("ene", 1),
    ("fév", 2),
    ("fev", 2),
    ("feb", 2),
    ("mär", 3),
    ("maer", 3),
    ("mrz", 3),
    ("maart", 3),
    ("mrt", 3),
    ("mars", 3),
    ("marz", 3),
    ("mar", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("mai", 5),
    ("may", 5),
    ("mag", 5),
    ("mei", 5),
    ("juin", 6),
    ("jun", 6),
    ("giu", 6),
    ("juil", 7),
    ("jul", 7),
    ("lug", 7),
    ("aug", 8),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("sep", 9),
    ("set", 9),
    ("okt", 10),
    ("oct", 10),
    ("ott", 10),
    ("out", 10),
    ("nov", 11),
    ("dez", 12),
    ("déc", 12),
    ("dec", 12),
    ("dic", 12),
    ("des", 12),
];

/// Reads a date: `2024-03-01`, `2024/03/01`, `01.03.2024`, `1.3.24`, `1/3/2024`, `1 March 2024`, `March 1st, 2024`,
/// `1. März 2024`, each with or without a weekday in front. Dots are day first everywhere. None for what is no
/// date, and for one that `order` leaves open; see [`readings`].
pub fn parse_date(text: &str, order: DateOrder) -> Option<Date> {
    order.choose(readings(text))
}

/// A text read with the day first and with the month first; both where the order changes nothing.
pub fn readings(text: &str) -> (Option<Date>, Option<Date>) {
    // Most texts that are asked about are no dates: whoever asks tries every run of words.
    let fits = (DATE_BYTES_MIN..=DATE_BYTES_MAX).contains(&text.len());
    if !fits || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return (None, None);
    }
    let text = text.trim().trim_end_matches([',', ';']);
    // A time behind an ISO date is no part of the date.
    let text = match text.split_once('T') {
        Some((date, time)) if date.len() == 10 && time.starts_with(|first: char| first.is_ascii_digit()) => {
            date
        }
        _ => text,
    };
    let parts = Parts::of(text);
    let both = |date: Option<Date>| (date, date);
    match parts.members.as_slice() {
        [Part::Number(year), Part::Number(month), Part::Number(day)] if year.len() == 4 => {
            both(parts.uniform().then(|| date(year, number(month), day)).flatten())
        }
        [Part::Number(first), Part::Number(second), Part::Number(year)] if parts.uniform() => {
            let day_first = date(year, number(second), first);
            let month_first = date(year, number(first), second);
            if parts.dotted() { both(day_first) } else { (day_first, month_first) }
        }
        [Part::Number(day), Part::Month(month), Part::Number(year)]
        | [Part::Month(month), Part::Number(day), Part::Number(year)] => both(date(year, Some(*month), day)),
        _ => (None, None),
    }
}

impl DateOrder {
    /// Which of a text's two [`readings`] is its date; none where the order leaves it open.
    pub fn choose(self, readings: (Option<Date>, Option<Date>)) -> Option<Date> {
        match (self, readings) {
            (_, (Some(only), None) | (None, Some(only))) => Some(only),
            (Self::DayFirst, (day_first, _)) => day_first,
            (Self::MonthFirst, (_, month_first)) => month_first,
            (Self::Unknown, (day_first, month_first)) => day_first.filter(|_| day_first == month_first),
        }
    }

    /// Settles a document's order from its words. A day beyond 12 is certain; dotted dates only say which it
    /// is where nothing else does.
    pub fn detect<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut day_first, mut month_first, mut dotted) = (0_u32, 0_u32, false);
        for word in words {
            match form(word.trim_matches(|character: char| !character.is_ascii_alphanumeric())) {
                Some(DateForm::DayFirst) => day_first += 1,
                Some(DateForm::MonthFirst) => month_first += 1,
                Some(DateForm::Dotted) => dotted = true,
                Some(
                    DateForm::YearFirst | DateForm::DayThenName | DateForm::NameThenDay | DateForm::Open,
                )
                | None => {}
            }
        }
        match day_first.cmp(&month_first) {
            std::cmp::Ordering::Greater => Self::DayFirst,
            std::cmp::Ordering::Less => Self::MonthFirst,
            std::cmp::Ordering::Equal if dotted && day_first == 0 => Self::DayFirst,
            std::cmp::Ordering::Equal => Self::Unknown,
        }
    }
}

/// A date's text taken apart.
struct Parts<'a> {
    members: Vec<Part<'a>>,
    /// What stands between the members.
    separators: Vec<&'a str>,
}

enum Part<'a> {
    Number(&'a str),
    Month(u8),
    /// Neither, so that this is no date.
    Other,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let mut members = Vec::new();
        let mut separators = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_digit = first.is_ascii_digit();
            let is_letter = first.is_alphabetic();
            let same = |character: char| match (is_digit, is_letter) {
                (true, _) => character.is_ascii_digit(),
                (false, true) => character.is_alphabetic(),
                (false, false) => !character.is_ascii_digit() && !character.is_alphabetic(),
            };
            let end = rest.find(|character| !same(character)).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            rest = after;
            if is_digit {
                members.push(Part::Number(run));
            } else if is_letter {
                match members.last() {
                    // The first word may be a weekday.
                    None if month(run).is_none() => separators.clear(),
                    // `1st`, `2nd`, `1er`
                    Some(Part::Number(_)) if is_ordinal(run) => {}
                    // `1 de marzo de 2024`
                    Some(_) if run == "de" || run == "of" => {}
                    _ => members.push(month(run).map_or(Part::Other, Part::Month)),
                }
            } else if members.is_empty() {
                // Only what stands between a weekday and the date.
                if !run.chars().all(|character| character.is_whitespace() || ",.".contains(character)) {
                    members.push(Part::Other);
                }
            } else if !rest.is_empty() {
                separators.push(run.trim());
            } else {
                members.push(Part::Other);
            }
        }
        Self { members, separators }
    }

    /// Whether three numbers are parted by one and the same mark.
    fn uniform(&self) -> bool {
        match self.separators.as_slice() {
            [first, second] => {
                first == second && matches!(*first, "." | "/" | "-" | "\u{2010}" | "\u{2011}" | "\u{2013}")
            }
            _ => false,
        }
    }

    fn dotted(&self) -> bool {
        self.separators.first() == Some(&".")
    }
}

fn is_ordinal(run: &str) -> bool {
    matches!(run, "st" | "nd" | "rd" | "th" | "er" | "º" | "ª")
}

fn month(word: &str) -> Option<u8> {
    let word = word.to_lowercase();
    let (_, month) = MONTHS.into_iter().find(|(start, _)| word.starts_with(start))?;
    // The longest name has nine letters (`september`, `settembre`, `septiembre` ten); a longer word is another.
    (word.chars().count() <= 10).then_some(month)
}

fn number(digits: &str) -> Option<u8> {
    if digits.len() <= 2 { digits.parse().ok() } else { None }
}

fn date(year: &str, month: Option<u8>, day: &str) -> Option<Date> {
    let century = match year.len() {
        4 => 0,
        2 => 2000,
        _ => return None,
    };
    let year: i16 = year.parse().ok()?;
    let year = match century {
        0 => year,
        century if year <= TWO_DIGIT_YEAR_MAX => century + year,
        century => century - 100 + year,
    };
    let (month, day) = (month?, number(day)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    (year >= 1000 && (1..=days).contains(&day)).then_some(Date { year, month, day })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, order: DateOrder, expected: &str) {
        let read = parse_date(text, order).map(|date| date.to_string());
        assert_eq!(read.as_deref().unwrap_or("none"), expected, "{text:?} {order:?}");
    }

    #[test]
    fn dates_are_read_as_they_are_printed() {
        for text in [
            "2024-03-01",
            "2024/03/01",
            "2024-03-01T10:00:00Z",
            "01.03.2024",
            "1.3.2024",
            "01.03.24",
            "1 March 2024",
            "1st March 2024",
            "March 1, 2024",
            "Mar 1, 2024",
            "March 1st, 2024",
            "1. März 2024",
            "1. Maerz 2024",
            "Freitag, 1. März 2024",
            "Fri, 1 Mar 2024",
            "1 mars 2024",
            "1 de marzo de 2024",
            "1er mars 2024",
            "01-Mar-2024",
            "1 March 2024,",
            "1/3/2024",
            "01-03-2024",
        ] {
            check(text, DateOrder::DayFirst, "2024-03-01");
        }
        check("3/1/2024", DateOrder::MonthFirst, "2024-03-01");
        // Dots are day first even where slashes are not.
        check("01.03.2024", DateOrder::MonthFirst, "2024-03-01");
        check("31/12/99", DateOrder::Unknown, "1999-12-31");
        check("29.02.2024", DateOrder::Unknown, "2024-02-29");
    }

    #[test]
    fn an_open_order_gives_no_date() {
        check("03/04/2024", DateOrder::Unknown, "none");
        check("04/04/2024", DateOrder::Unknown, "2024-04-04");
        check("13/04/2024", DateOrder::Unknown, "2024-04-13");
        check("04/13/2024", DateOrder::Unknown, "2024-04-13");
        // A day beyond 12 is certain, whatever the other dates say.
        check("04/13/2024", DateOrder::DayFirst, "2024-04-13");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2024",
            "03/2024",
            "01.03.",
            "29.02.2023",
            "31.04.2024",
            "00.01.2024",
            "1.234.567",
            "1.2.3",
            "March",
            "1 March",
            "1 Widget 2024",
            "2024-001",
            "12:30:45",
            "1 2 2024",
            "01.03-2024",
            "32/13/2024",
            "0001-01-01",
            "192.168.10.1",
            "+01.03.2024",
            "1,234,5678",
        ] {
            check(text, DateOrder::DayFirst, "none");
        }
    }

    #[track_caller]
    fn check_order(words: &str, expected: DateOrder) {
        assert_eq!(DateOrder::detect(words.split(' ')), expected, "{words}");
    }

    #[test]
    fn a_documents_order_is_settled_by_what_can_only_be_read_one_way() {
        check_order("03/04/2024 13/02/2024", DateOrder::DayFirst);
        check_order("03/04/2024 (02/13/2024)", DateOrder::MonthFirst);
        check_order("03/04/2024", DateOrder::Unknown);
        check_order("03/04/2024 01.02.2024", DateOrder::DayFirst);
        check_order("13/02/2024 02/13/2024", DateOrder::Unknown);
        check_order("2024-03-04", DateOrder::Unknown);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(year in 1970_i16..2068, month in 1_u8..=12, day in 1_u8..=28) {
            let expected = Some(Date { year, month, day });
            prop_assert_eq!(parse_date(&format!("{year}-{month:02}-{day:02}"), DateOrder::Unknown), expected);
            prop_assert_eq!(parse_date(&format!("{day}.{month}.{year}"), DateOrder::Unknown), expected);
            prop_assert_eq!(parse_date(&format!("{day:02}/{month:02}/{year}"), DateOrder::DayFirst).map(|d| d.year), Some(year));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,24}") {
            let _ = readings(&text);
        }
    }
}
