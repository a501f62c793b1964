//! The numbers and dates that the words of a line print.
//!
//! A number may be several words: `1 234,50`, `EUR 12.50`, `- 12,50`, `12,50 S`. Where words belong together, a part
//! of them is not offered as a number of its own: 12,50 does not stand in `- 12,50`.

use std::ops::Range;

use docmill_arithmetic::dates::readings;
use docmill_arithmetic::notation::is_ambiguous;
use docmill_arithmetic::{Date, DateOrder, Decimal, Notation, parse_date, parse_number};
use docmill_pdf::Line;

/// The most words a number or a date has.
const WORDS_MAX: usize = 6;
/// A gap below this many font sizes is a space between words; digits on both sides of a wider one are two numbers.
const DIGITS_GAP_FONT_SIZES: f32 = 0.45;
/// The longest unit that is glued to a number, as in `3pcs`.
const UNIT_CHARACTERS_MAX: usize = 6;

/// A date without a year is of one of at most so many: a statement runs from one into the next.
const YEARS_MAX: usize = 2;

/// Words that print a number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NumberRun {
    pub(crate) words: Range<usize>,
    pub(crate) value: Decimal,
    /// The words without what stands around the number.
    pub(crate) text: String,
    /// Whether it reads differently with the other decimal mark, and the document doesn't show which it uses.
    pub(crate) is_ambiguous: bool,
}

/// Words that print a date.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DateRun {
    pub(crate) words: Range<usize>,
    /// One date, or two where day and month can't be told apart; the day first.
    pub(crate) dates: Vec<Date>,
    pub(crate) text: String,
}

/// Words, and the numbers they can be read as with the text of each.
type Readings = (Range<usize>, Vec<(String, Decimal)>);

/// Every number of a line.
pub(crate) fn number_runs(line: &Line, cells: &[Range<usize>], notation: Notation) -> Vec<NumberRun> {
    let mut runs = Vec::new();
    let digits = words_with_digits(line);
    for cell in cells {
        let mut of_cell: Vec<Readings> = Vec::new();
        for words in runs_of(cell).filter(|words| has_any(&digits, words)) {
            let Some(text) = joined(line, &words).filter(|_| digits_stand_close(line, &words)) else {
                continue;
            };
            let numbers = numbers_in(&text, notation);
            if !numbers.is_empty() {
                of_cell.push((words, numbers));
            }
        }
        for (words, numbers) in &of_cell {
            let near = neighbours(&of_cell, words, |(words, _)| words.start);
            let kept =
                numbers.iter().filter(|(_, value)| !near.iter().any(|other| displaces(other, words, *value)));
            runs.extend(kept.map(|(text, value)| NumberRun {
                words: words.clone(),
                value: *value,
                text: text.clone(),
                is_ambiguous: notation.decimal.is_none() && is_ambiguous(text),
            }));
        }
    }
    runs
}

/// Whether `other` makes these words no number of their own: it holds them and more, and says another number, or
/// it says the same with fewer of them.
fn displaces(other: &Readings, words: &Range<usize>, value: Decimal) -> bool {
    let (others, numbers) = other;
    let holds = |outer: &Range<usize>, inner: &Range<usize>| {
        outer.start <= inner.start && inner.end <= outer.end && outer.len() > inner.len()
    };
    let says_it = numbers.iter().any(|(_, number)| *number == value);
    holds(others, words) && !says_it || holds(words, others) && says_it
}

/// Every date of a line; `years` are those that a date without one may be of.
pub(crate) fn date_runs(
    line: &Line,
    cells: &[Range<usize>],
    order: DateOrder,
    years: &[i16],
) -> Vec<DateRun> {
    let mut runs: Vec<DateRun> = Vec::new();
    let digits = words_with_digits(line);
    for words in cells.iter().flat_map(runs_of).filter(|words| has_any(&digits, words)) {
        let Some(text) = joined(line, &words) else { continue };
        let bare = after_label(&text).trim_matches(|character: char| ",;:()[]".contains(character));
        let text = without_stop(bare);
        if let Some(dates) = dates_in(text, order).or_else(|| in_years(bare, years)) {
            let text = text.to_owned();
            runs.push(DateRun { words, dates, text });
        }
    }
    // The fewest words that print a date: without a weekday or a label.
    let holds = |outer: &DateRun, inner: &DateRun| {
        outer.words.start <= inner.words.start
            && inner.words.end <= outer.words.end
            && outer.words.len() > inner.words.len()
            && outer.dates == inner.dates
    };
    let is_fewest = |run: &&DateRun| {
        !neighbours(&runs, &run.words, |run| run.words.start).iter().any(|other| holds(run, other))
    };
    runs.iter().filter(is_fewest).cloned().collect()
}

/// Those of the runs, which are in order, that can share a word with `words`. A line may hold very many.
fn neighbours<'a, T>(runs: &'a [T], words: &Range<usize>, start_of: impl Fn(&T) -> usize) -> &'a [T] {
    let first = runs.partition_point(|run| start_of(run) + WORDS_MAX <= words.start);
    let end = runs.partition_point(|run| start_of(run) < words.end);
    runs.get(first..end).unwrap_or_default()
}

/// A date without the full stop of the sentence it ends: behind a year of four digits there is no other.
fn without_stop(text: &str) -> &str {
    let year = |bare: &&str| bare.len() >= 4 && bare.bytes().rev().take(4).all(|byte| byte.is_ascii_digit());
    text.strip_suffix('.').filter(year).unwrap_or(text)
}

/// A text's date in a document's order; both readings where it leaves them open.
pub(crate) fn dates_in(text: &str, order: DateOrder) -> Option<Vec<Date>> {
    let read = readings(text);
    if let Some(date) = order.choose(read) {
        return Some(vec![date]);
    }
    match read {
        (Some(day_first), Some(month_first)) => Some(vec![day_first, month_first]),
        (_, None) | (None, _) => None,
    }
}

/// The years of a document's dates, where they are few enough to tell what a date without a year means; else none.
pub(crate) fn years_of<'a>(words: impl Iterator<Item = &'a str>, order: DateOrder) -> Vec<i16> {
    let dates = words.filter_map(|word| parse_date(word.trim_matches([',', ';', ':', '(', ')']), order));
    let years: std::collections::BTreeSet<i16> = dates.map(|date| date.year).collect();
    if years.len() <= YEARS_MAX { years.into_iter().collect() } else { Vec::new() }
}

/// A claimed text's dates; both where it leaves two open.
pub(crate) fn claimed_dates(text: &str, order: DateOrder, years: &[i16]) -> Option<Vec<Date>> {
    dates_in(text, order).or_else(|| in_years(text, years))
}

/// The dates of `01.03.` in each of the years.
fn in_years(text: &str, years: &[i16]) -> Option<Vec<Date>> {
    let (day, month) = text.trim().strip_suffix('.')?.split_once('.')?;
    let is_number =
        |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(day) || !is_number(month) {
        return None;
    }
    let dates =
        years.iter().filter_map(|year| parse_date(&format!("{day}.{month}.{year}"), DateOrder::DayFirst));
    let dates: Vec<Date> = dates.collect();
    (!dates.is_empty()).then_some(dates)
}

/// The number in a text and what of it prints the number; two for a percentage in brackets, which may be a
/// negative one.
pub(crate) fn numbers_in(text: &str, notation: Notation) -> Vec<(String, Decimal)> {
    let mut bare = after_label(text).trim_end_matches([';', ':', ',']);
    // A full stop ends a sentence; `01.` and `01.03.` are parts of dates.
    if let Some(sentence) = bare.strip_suffix('.')
        && sentence.contains(',')
    {
        bare = sentence;
    }
    let opened = bare.matches('(').count();
    let closed = bare.matches(')').count();
    if opened > closed {
        bare = bare.trim_start_matches('(');
    } else if closed > opened {
        bare = bare.trim_end_matches(')');
    }
    let Some(value) = parse_number(bare, notation) else {
        return without_unit(bare)
            .and_then(|bare| Some((bare.to_owned(), parse_number(bare, notation)?)))
            .into_iter()
            .collect();
    };
    let mut numbers = vec![(bare.to_owned(), value)];
    if bare.starts_with('(') && bare.contains('%') && value.is_sign_negative() {
        numbers.push((bare.to_owned(), -value));
    }
    numbers
}

/// What stands behind a label glued to its value.
fn after_label(text: &str) -> &str {
    match text.rsplit_once([':', '=', '#']) {
        Some((_, value)) if !value.trim().is_empty() => value.trim_start(),
        _ => text,
    }
}

/// A number without the unit or the times sign glued to it.
fn without_unit(text: &str) -> Option<&str> {
    let times = ['x', 'X', '\u{00d7}'];
    let bare = text.strip_prefix(times).unwrap_or(text);
    let number =
        bare.trim_end_matches(|character: char| character.is_alphabetic() || character == '\u{00d7}');
    let unit = bare.get(number.len()..)?;
    let fits =
        unit.chars().count() <= UNIT_CHARACTERS_MAX && number.ends_with(|last: char| last.is_ascii_digit());
    (fits && number.len() < text.len() && number.starts_with(|first: char| first.is_ascii_digit()))
        .then_some(number)
}

fn runs_of(cell: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = cell.end;
    cell.clone().flat_map(move |start| (start + 1..=end.min(start + WORDS_MAX)).map(move |stop| start..stop))
}

/// Which words of a line have a digit. Without one there is neither a number nor a date, and most runs of words have none.
fn words_with_digits(line: &Line) -> Vec<bool> {
    line.words.iter().map(|word| word.text.bytes().any(|byte| byte.is_ascii_digit())).collect()
}

fn has_any(digits: &[bool], words: &Range<usize>) -> bool {
    digits.get(words.clone()).is_some_and(|words| words.contains(&true))
}

fn joined(line: &Line, words: &Range<usize>) -> Option<String> {
    let words = line.words.get(words.clone())?;
    Some(words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "))
}

/// Whether no two neighbours with digits stand apart.
fn digits_stand_close(line: &Line, words: &Range<usize>) -> bool {
    let words = line.words.get(words.clone()).unwrap_or_default();
    let has_digit = |text: &str| text.contains(|character: char| character.is_ascii_digit());
    words.windows(2).all(|pair| match pair {
        [left, right] if has_digit(&left.text) && has_digit(&right.text) => {
            right.bounds.x0 - left.bounds.x1 < DIGITS_GAP_FONT_SIZES * line.font_size
        }
        _ => true,
    })
}
