//! Days and months in a sentence, read as documents' are.

use docmill_arithmetic::{Date, DateOrder, parse_date};

/// Words of a date: `Friday, 1 March 2024` without its weekday.
const DATE_WORDS_MAX: usize = 3;

/// A time, as far as it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::narrative) enum When {
    Day(Date),
    Month(i16, u8),
    Year(i16),
}

/// The day or the month with which a text begins, the longest that can be read, and its bytes. A year alone is seen by what
/// stands around it.
pub(super) fn at_start(rest: &str) -> Option<(When, usize)> {
    let mut ends = Vec::new();
    let mut in_word = false;
    for (index, character) in rest.char_indices().chain([(rest.len(), ' ')]) {
        if in_word && character.is_whitespace() {
            ends.push(index);
        }
        in_word = !character.is_whitespace();
        if ends.len() == DATE_WORDS_MAX {
            break;
        }
    }
    let bare =
        |end: usize| rest.get(..end).map(|text| text.trim_end_matches(|edge: char| !edge.is_alphanumeric()));
    ends.into_iter().rev().filter_map(bare).find_map(|text| Some((when(text)?, text.len())))
}

/// The day or the month that a text is, and nothing beside it.
pub(in crate::narrative) fn when(text: &str) -> Option<When> {
    let begins =
        text.starts_with(|first: char| first.is_ascii_digit()) || text.starts_with(char::is_alphabetic);
    if !begins || !text.ends_with(|last: char| last.is_ascii_digit()) {
        return None;
    }
    if let Some((year, month)) = text.split_once('-')
        && year.len() == 4
        && month.len() == 2
    {
        let date = parse_date(&format!("{text}-01"), DateOrder::Unknown)?;
        return Some(When::Month(date.year, date.month));
    }
    if let Some(date) = parse_date(text, DateOrder::Unknown) {
        // `parse_date` passes over a weekday; any other word isn't the date's.
        let is_word = |part: &str| part.chars().all(char::is_alphabetic);
        let starts_with_month = text
            .split([' ', '.'])
            .next()
            .filter(|word| is_word(word))
            .is_none_or(|word| parse_date(&format!("1 {word} 2024"), DateOrder::Unknown).is_some());
        return starts_with_month.then_some(When::Day(date));
    }
    let (month, year) = text.split_once(' ')?;
    let is_month_and_year = month.chars().all(char::is_alphabetic) && year.len() == 4;
    let date =
        is_month_and_year.then(|| parse_date(&format!("1 {month} {year}"), DateOrder::Unknown)).flatten()?;
    Some(When::Month(date.year, date.month))
}
