//! The order of day, month and year in a document's dates.

use std::collections::BTreeMap;

use docmill_arithmetic::dates::{DateForm, form};

use super::{Evidence, Finding, lines, majority};
use crate::model::{Document, Word};

/// The most words of a date: `Freitag, 1. März 2024`, `1 de marzo de 2024`.
const WORDS_MAX: usize = 5;
/// What may be glued to a date.
const AROUND: [char; 6] = ['(', ')', '[', ']', ',', ';'];

/// Which part of a date stands where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateParts {
    /// `31/12/2024`, `31.12.2024`, `31 December 2024`
    DayMonthYear,
    /// `12/31/2024`, `December 31, 2024`
    MonthDayYear,
    /// `2024-12-31`
    YearMonthDay,
}

/// How a document writes dates.
#[derive(Debug, Clone, PartialEq)]
pub struct DateNotation {
    /// The order of those dates whose day and month could be mistaken; where there is none, of those that can't be. A day
    /// above 12 settles it; where no date has one, dots do, then names of months.
    pub order: Finding<DateParts>,
    /// The dates, by what they show.
    pub forms: BTreeMap<DateForm, Evidence>,
}

/// Counts a document's dates.
pub(super) fn find(document: &Document) -> DateNotation {
    let mut forms: BTreeMap<DateForm, Evidence> = BTreeMap::new();
    for (page, line) in lines(document) {
        let mut words = line.words.as_slice();
        while !words.is_empty() {
            let found = next(words);
            let (date, rest) = words.split_at(found.as_ref().map_or(1, |(count, ..)| *count));
            words = rest;
            if let Some((_, text, form)) = found {
                forms.entry(form).or_default().add(page, date, &text);
            }
        }
    }
    DateNotation { order: order(&forms), forms }
}

/// The date that `words` begin with, the fewest words that are one, and what it shows.
fn next(words: &[Word]) -> Option<(usize, String, DateForm)> {
    let has_digits = |word: &Word| word.text.bytes().any(|byte| byte.is_ascii_digit());
    (1..=WORDS_MAX.min(words.len())).find_map(|count| {
        let date = words.get(..count)?;
        // Every date ends with digits: there is little to join in running text.
        if !date.last().is_some_and(has_digits) {
            return None;
        }
        let text = date.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        let text = text.trim_matches(AROUND);
        // The stop of a sentence; no date ends with one.
        let text = text.strip_suffix('.').unwrap_or(text);
        let found = form(text)?;
        // A weekday or a label in front belongs to no date.
        let goes_without_first = text.split_once(' ').is_some_and(|(_, rest)| form(rest).is_some());
        (!goes_without_first).then(|| (count, text.to_owned(), found))
    })
}

fn order(forms: &BTreeMap<DateForm, Evidence>) -> Finding<DateParts> {
    let (day, month) = (DateParts::DayMonthYear, DateParts::MonthDayYear);
    let count = |form| forms.get(&form).map_or(0, |evidence| evidence.count);
    let stronger_first = [
        vec![(day, DateForm::DayFirst), (month, DateForm::MonthFirst)],
        vec![(day, DateForm::Dotted)],
        vec![(day, DateForm::DayThenName), (month, DateForm::NameThenDay)],
    ];
    for evidence in stronger_first {
        match majority(evidence.iter().map(|&(parts, form)| (parts, count(form)))) {
            Finding::Nothing => {}
            found @ (Finding::Ambiguous | Finding::Found(_)) => return found,
        }
    }
    if count(DateForm::Open) > 0 {
        return Finding::Ambiguous;
    }
    majority([(DateParts::YearMonthDay, count(DateForm::YearFirst))])
}
