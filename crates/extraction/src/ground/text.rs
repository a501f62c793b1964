//! Finding a text in lines, whatever their spaces, case and dashes.
//!
//! A match starts and ends with words: half a number or the tail of a longer one proves nothing. Punctuation around
//! a word and a label glued to it by a colon don't count. A text may go on in the lines below, from cell to cell.

use std::ops::Range;

use super::pages::{PageLine, Pages, Span};

/// The most lines a text goes on for.
pub(crate) const TEXT_LINES_MAX: usize = 8;
/// The longest text that is looked for over several lines; longer ones would take long to compare with lines made
/// to be compared with.
const TEXT_BYTES_MAX: usize = 4_096;
/// The longest printed text that is trimmed, for the same reason.
const TRIMMED_BYTES_MAX: usize = 2_048;

/// A text without white space, in lower case, with one kind of dash and quote.
pub(crate) fn compact(text: &str) -> String {
    let mut compact = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{00ad}' | '\u{200b}' | '\u{feff}' => {}
            '\u{2010}'..='\u{2015}' | '\u{2212}' => compact.push('-'),
            '\u{2018}' | '\u{2019}' | '\u{00b4}' | '`' => compact.push('\''),
            '\u{201c}'..='\u{201e}' | '«' | '»' => compact.push('"'),
            character if character.is_whitespace() => {}
            character => compact.extend(character.to_lowercase()),
        }
    }
    compact
}

/// Where a compacted text stands, starting on `line` and going on before `until` at most.
pub(crate) fn places(pages: &Pages<'_>, needle: &str, line: usize, until: usize) -> Vec<Vec<Span>> {
    let Some(page_line) = pages.lines.get(line) else { return Vec::new() };
    if needle.is_empty() {
        return Vec::new();
    }
    let whole = on_one_line(page_line, needle);
    if !whole.is_empty() {
        return whole.into_iter().map(|words| vec![Span { line, words }]).collect();
    }
    if needle.len() > TEXT_BYTES_MAX {
        return Vec::new();
    }
    let until = until.min(line + TEXT_LINES_MAX).min(pages.lines.len());
    over_lines(pages, needle, line, until).into_iter().collect()
}

fn on_one_line(line: &PageLine<'_>, needle: &str) -> Vec<Range<usize>> {
    let matches = line.compact.match_indices(needle).map(|(start, _)| start..start + needle.len());
    let mut found: Vec<Range<usize>> = Vec::new();
    for bytes in matches {
        let first = word_at(line, bytes.start);
        let last = word_at(line, bytes.end - 1);
        let before = starts(line, first).and_then(|start| line.compact.get(start..bytes.start));
        let after = starts(line, last + 1).and_then(|end| line.compact.get(bytes.end..end));
        if before.is_some_and(may_stand_before) && after.is_some_and(may_stand_after) {
            let words = first..last + 1;
            if found.last() != Some(&words) {
                found.push(words);
            }
        }
    }
    found
}

/// The first part to the end of a cell of `line`, the rest from the start of a cell of the next one, and so on.
fn over_lines(pages: &Pages<'_>, needle: &str, line: usize, until: usize) -> Option<Vec<Span>> {
    let page_line = pages.lines.get(line)?;
    for cell in &page_line.cells {
        for word in cell.clone() {
            let Some(part) = between(page_line, word..cell.end) else { continue };
            let Some(rest) = rest_after(needle, part) else { continue };
            let mut spans = vec![Span { line, words: word..cell.end }];
            if rest_below(pages, rest, line + 1, until, &mut spans) {
                return Some(spans);
            }
        }
    }
    None
}

fn rest_below(pages: &Pages<'_>, rest: &str, line: usize, until: usize, spans: &mut Vec<Span>) -> bool {
    let Some(page_line) = pages.lines.get(line).filter(|_| line < until) else { return false };
    for cell in &page_line.cells {
        // The end of the text may be the start of the cell.
        let end = on_one_line(page_line, rest).into_iter().find(|words| words.start == cell.start);
        if let Some(words) = end {
            spans.push(Span { line, words });
            return true;
        }
        if let Some(rest) = between(page_line, cell.clone()).and_then(|part| rest_after(rest, part)) {
            spans.push(Span { line, words: cell.clone() });
            if rest_below(pages, rest, line + 1, until, spans) {
                return true;
            }
            spans.pop();
        }
    }
    false
}

/// What is left of a text after a part of it; a hyphen at a line's end may be one of the line only.
fn rest_after<'a>(text: &'a str, part: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(part).or_else(|| text.strip_prefix(part.strip_suffix('-')?));
    rest.filter(|rest| !rest.is_empty() && !part.is_empty() && part != "-")
}

/// The compacted text of words.
fn between<'a>(line: &'a PageLine<'_>, words: Range<usize>) -> Option<&'a str> {
    line.compact.get(starts(line, words.start)?..starts(line, words.end)?)
}

fn starts(line: &PageLine<'_>, word: usize) -> Option<usize> {
    line.starts.get(word).copied()
}

/// The word that a byte of `compact` is in.
fn word_at(line: &PageLine<'_>, byte: usize) -> usize {
    line.starts.partition_point(|&start| start <= byte).saturating_sub(1)
}

/// What may stand in the same word before a value: brackets and quotes, or a label with its mark.
fn may_stand_before(text: &str) -> bool {
    text.ends_with([':', '#', '=']) || !text.contains(is_of_a_value)
}

fn may_stand_after(text: &str) -> bool {
    !text.contains(is_of_a_value)
}

/// Whether a character beside a match makes the match a part of something longer.
fn is_of_a_value(character: char) -> bool {
    character.is_alphanumeric() || "-+/_@&".contains(character)
}

/// The part of a printed text that a compacted one matched: without the punctuation and label around it.
pub(crate) fn trimmed<'a>(printed: &'a str, needle: &str) -> &'a str {
    if printed.len() > TRIMMED_BYTES_MAX || compact(printed) == needle {
        return printed;
    }
    let starts = printed.char_indices().map(|(start, _)| start);
    let first_word_end = printed.find(' ').unwrap_or(printed.len());
    let last_word_start = printed.rfind(' ').map_or(0, |space| space + 1);
    let ends: Vec<usize> = printed
        .char_indices()
        .map(|(start, character)| start + character.len_utf8())
        .filter(|&end| end > last_word_start)
        .collect();
    for start in starts.take_while(|&start| start < first_word_end) {
        let Some(tail) = printed.get(start..) else { continue };
        let whole = compact(tail);
        if !whole.starts_with(needle) {
            continue;
        }
        let fits = |end: &&usize| printed.get(start..**end).is_some_and(|text| compact(text) == needle);
        if let Some(text) = ends.iter().find(fits).and_then(|&end| printed.get(start..end)) {
            return text;
        }
    }
    printed
}
