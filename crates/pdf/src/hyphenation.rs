//! Words parted by a hyphen at the end of a line, put together again.
//!
//! Called by whoever searches a page for a value that may run over a line's end. Words stay as they are drawn, each
//! with its box; a hyphen at a line's end may part a word or belong to it, so both forms are given.

use crate::model::{Cell, Line, Page, Word};

/// The hyphens that part words: as typed, as meant, and left by programs that wrote a soft one.
const HYPHENS: [char; 3] = ['-', '\u{2010}', '\u{ad}'];
/// The rest of a word starts within so many lines after it; those between lie in other columns.
const LINES_AHEAD_MAX: usize = 8;
/// and at most this far below, from top to top, in font sizes.
const LINE_HEIGHT_MAX: f32 = 2.0;
/// Words after which a hyphen stands for a part to come, as in "Rechnungs- und Lieferdatum".
const CONJUNCTIONS: [&str; 11] = ["und", "oder", "bzw.", "sowie", "and", "or", "et", "ou", "y", "o", "e"];

/// A word parted at the end of a line, or of a cell's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HyphenatedWord {
    /// The line its first part is on, as an index into the page's lines.
    pub line: usize,
    /// The first part, as an index into that line's words.
    pub word: usize,
    /// The line its second part is on.
    pub next_line: usize,
    /// The second part, as an index into that line's words.
    pub next_word: usize,
    /// Both parts without the hyphen: "Rechnungsbetrag".
    pub joined: String,
    /// Both parts with it: "E-Mail-adresse".
    pub hyphenated: String,
}

impl Page {
    /// The words parted by a hyphen at a line's end, from top to bottom.
    ///
    /// The second part starts with a small letter and stands below the first, at the start of a line or of a cell.
    pub fn hyphenated_words(&self) -> Vec<HyphenatedWord> {
        let mut found = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            if !line.words.iter().any(|word| stem(word).is_some()) {
                continue;
            }
            for cell in line.cells() {
                let word_index = cell.words.end.saturating_sub(1);
                let Some(word) = line.words.get(word_index) else { continue };
                let Some(stem) = stem(word) else { continue };
                let next = self
                    .lines
                    .iter()
                    .enumerate()
                    .skip(index + 1)
                    .take(LINES_AHEAD_MAX)
                    .find_map(|(next, below)| Some((next, continuation(line, &cell, below)?)));
                let Some((next_line, next_word)) = next else { continue };
                let Some(rest) = self.lines.get(next_line).and_then(|line| line.words.get(next_word)) else {
                    continue;
                };
                found.push(HyphenatedWord {
                    line: index,
                    word: word_index,
                    next_line,
                    next_word,
                    joined: format!("{stem}{}", rest.text),
                    hyphenated: format!("{stem}-{}", rest.text),
                });
            }
        }
        found
    }
}

/// A word's text before the hyphen it ends with; none where letters don't come before it.
fn stem(word: &Word) -> Option<&str> {
    let stem = word.text.strip_suffix(HYPHENS)?;
    stem.ends_with(char::is_alphabetic).then_some(stem)
}

/// The word of `below` that goes on what `cell` of `line` ends with.
fn continuation(line: &Line, cell: &Cell, below: &Line) -> Option<usize> {
    let down = below.bounds.y0 - line.bounds.y0;
    let is_next = down > 0.0 && down <= LINE_HEIGHT_MAX * line.font_size;
    let starts_below =
        |next: &Cell| next.bounds.x0 >= cell.bounds.x0 - line.font_size && next.bounds.x0 < cell.bounds.x1;
    let next = below.cells().into_iter().filter(|_| is_next).find(starts_below)?;
    let first = below.words.get(next.words.start)?;
    let goes_on = first.text.starts_with(char::is_lowercase) && !CONJUNCTIONS.contains(&first.text.as_str());
    goes_on.then_some(next.words.start)
}
