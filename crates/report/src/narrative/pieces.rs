//! A sentence taken apart: names, dates, numbers with what is said of them, words, marks.
//!
//! Numbers are read by `docmill-arithmetic`, as a document's are: the sentence's notation is settled by what can only be
//! read one way, and where nothing shows it, it is English, as the report is.

mod counting;
mod dates;
mod units;

use docmill_arithmetic::{Decimal, DecimalMark, Notation, parse_number};

use super::currency;
use super::known::{Unit, Written};
use super::names::Names;
pub(super) use counting::counts;
pub(super) use dates::{When, when};

/// Signs of a negative number.
const MINUS: [char; 3] = ['-', '\u{2212}', '\u{2013}'];
/// What stands between digits and isn't the space bar's space.
const GROUP_MARKS: [char; 8] = [',', '.', '\'', '’', '\u{a0}', '\u{202f}', '\u{2009}', '\u{2007}'];

/// A piece of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A name of the analysis.
    Name,
    /// A day, a month or a year.
    Date(When),
    /// A number.
    Number(Number),
    /// Something with digits that is no number, or an amount in words that nothing reads.
    Unread,
    /// A word.
    Word(&'a str),
    /// Anything else but spaces.
    Mark(char),
}

/// A number with what is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) written: Written,
    /// What stands beside it; none where nothing does.
    pub(super) unit: Option<Unit>,
    /// In brackets of its own, as accountants write what is negative.
    pub(super) in_brackets: bool,
}

/// The pieces of a sentence.
pub(super) fn pieces<'a>(sentence: &'a str, names: &Names) -> Vec<Piece<'a>> {
    let mut cutter = Cutter { sentence, at: 0, names, notation: notation(sentence), pieces: Vec::new() };
    while let Some(first) = cutter.rest().chars().next() {
        cutter.cut(first);
    }
    let mut pieces = cutter.pieces;
    units::settle(&mut pieces);
    pieces
}

/// The notation that the sentence's numbers show, else English.
fn notation(sentence: &str) -> Notation {
    let words = sentence
        .split_whitespace()
        .map(|word| word.trim_matches(|edge: char| !edge.is_ascii_digit() && !"-(%".contains(edge)));
    let found = Notation::detect(words);
    Notation::of(found.decimal.unwrap_or(DecimalMark::Point))
}

struct Cutter<'a, 'b> {
    sentence: &'a str,
    at: usize,
    names: &'b Names,
    notation: Notation,
    pieces: Vec<Piece<'a>>,
}

impl<'a> Cutter<'a, '_> {
    fn rest(&self) -> &'a str {
        self.sentence.get(self.at..).unwrap_or_default()
    }

    fn before(&self) -> &'a str {
        self.sentence.get(..self.at).unwrap_or_default()
    }

    /// Takes one piece off.
    fn cut(&mut self, first: char) {
        if first.is_whitespace() {
            self.at += first.len_utf8();
            return;
        }
        let begins_word = !self.before().ends_with(char::is_alphanumeric);
        if begins_word && let Some(length) = self.names.length_at(self.sentence, self.at) {
            self.push(Piece::Name, length);
            return;
        }
        if begins_word && let Some((when, length)) = dates::at_start(self.rest()) {
            self.push(Piece::Date(when), length);
        } else if first.is_ascii_digit() {
            self.number();
        } else if first.is_alphabetic() {
            self.word();
        } else if first.is_numeric() {
            // `²`, `½`, digits of other scripts.
            self.push(Piece::Unread, first.len_utf8());
        } else {
            self.push(Piece::Mark(first), first.len_utf8());
        }
    }

    fn push(&mut self, piece: Piece<'a>, length: usize) {
        self.pieces.push(piece);
        self.at += length;
    }

    /// A number that begins here, with the letters that hang on it.
    fn number(&mut self) {
        let rest = self.rest();
        let length = number_length(rest);
        let (text, after) = rest.split_at(length);
        let letters = after.find(|character: char| !character.is_alphanumeric()).unwrap_or(after.len());
        let hanging = after.get(..letters).unwrap_or_default();
        let (power, is_read) = match hanging {
            "" | "st" | "nd" | "rd" | "th" => (0, true),
            scale => match counting::power_of(scale) {
                Some(power) => (power, true),
                None => (0, currency::of_word(scale).is_some()),
            },
        };
        let unit = currency::of_word(hanging).map(Unit::Money);
        let before = self.before();
        // `1/3` and `3:1` are sums that somebody made.
        let follows = after.get(letters..).unwrap_or_default();
        let is_part = |mark: char| "/:".contains(mark);
        let goes_on = follows
            .strip_prefix(is_part)
            .is_some_and(|next| next.starts_with(|next: char| next.is_ascii_digit()));
        let in_brackets = before.ends_with('(') && follows.starts_with(')');
        let number = written(text, self.notation).filter(|_| is_read && !goes_on).map(|written| {
            let value = if is_negative(before) { -written.value } else { written.value };
            Number { written: Written { value, power, ..written }, unit, in_brackets }
        });
        self.push(number.map_or(Piece::Unread, Piece::Number), length + letters);
    }

    /// A word; one that counts is a number.
    fn word(&mut self) {
        let rest = self.rest();
        let length = rest.find(|character: char| !character.is_alphanumeric()).unwrap_or(rest.len());
        let text = rest.get(..length).unwrap_or_default();
        let after = rest.get(length..).unwrap_or_default();
        let piece = if text.chars().any(char::is_numeric) {
            Piece::Unread
        } else if let Some(number) = counting::number(text) {
            if number == 1 && counting::is_pronoun(self.pieces.last(), after) {
                Piece::Word(text)
            } else {
                let value = Decimal::from(number);
                let written = Written { value, digits: 1, decimals: 0, power: 0 };
                Piece::Number(Number { written, unit: None, in_brackets: false })
            }
        } else {
            Piece::Word(text)
        };
        self.push(piece, length);
    }
}

/// Whether what stands before a number ends with a minus that is no dash: `-5`, `€ -5`, `-€5`.
fn is_negative(before: &str) -> bool {
    let is_sign = |sign: char| currency::of_sign(sign).is_some();
    let before = before.strip_suffix(is_sign).unwrap_or(before);
    before.strip_suffix(MINUS).is_some_and(|before| {
        let last = before.chars().next_back();
        last.is_none_or(|last| last.is_whitespace() || "(\"“'‘".contains(last) || is_sign(last))
    })
}

/// The bytes of a number's digits and marks.
fn number_length(text: &str) -> usize {
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let digit = |index: usize| characters.get(index).is_some_and(|(_, character)| character.is_ascii_digit());
    let mut index = 0;
    // Digits since the last mark, and whether only spaces parted them so far.
    let (mut run, mut by_spaces) = (0, true);
    while let Some(&(_, character)) = characters.get(index) {
        if character.is_ascii_digit() {
            run += 1;
        } else if GROUP_MARKS.contains(&character) && digit(index + 1) {
            (run, by_spaces) = (0, false);
        } else if character == ' '
            && by_spaces
            && run <= 3
            && (1..=3).all(|next| digit(index + next))
            && !digit(index + 4)
        {
            // The space bar's space parts thousands, and words: only groups of exactly three are one number.
            run = 0;
        } else {
            break;
        }
        index += 1;
    }
    characters.get(index).map_or(text.len(), |(at, _)| *at)
}

/// A number's value, and the digits that it shows.
fn written(text: &str, notation: Notation) -> Option<Written> {
    let value = parse_number(text, notation)?;
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let shown = digits.trim_start_matches('0').len();
    Some(Written { value, digits: shown, decimals: value.scale(), power: 0 })
}
