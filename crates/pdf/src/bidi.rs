//! Brings right-to-left text from the order it is drawn in, left to right, to the order it is read in.
//!
//! Called by [`lines`](crate::lines) for lines that hold right-to-left letters, and for every line of a page that
//! mostly does. Words keep their boxes. Numbers, dates and words without such letters are moved as wholes: their
//! characters are never turned around, whatever the algorithm would make of their separators.

use std::borrow::Cow;

use compact_str::CompactString;
use unicode_bidi::{BidiClass, Level, ParagraphBidiInfo, bidi_class};

use crate::words::PlacedWord;

/// A gap wider than this, in font sizes, parts cells, which change places one by one.
const CELL_GAP: f64 = 1.0;
/// Every right-to-left script lies at or above this character; below it, nothing has to be looked up.
const FIRST_RIGHT_TO_LEFT: char = '\u{590}';

/// Whether a character belongs to a script that is written from right to left.
pub(crate) fn is_right_to_left(character: char) -> bool {
    character >= FIRST_RIGHT_TO_LEFT && matches!(bidi_class(character), BidiClass::R | BidiClass::AL)
}

/// Whether most letters of these words are right-to-left ones.
pub(crate) fn reads_right_to_left(words: &[PlacedWord]) -> bool {
    let letters = || words.iter().flat_map(|word| word.text.chars());
    let right_to_left = letters().filter(|&letter| is_right_to_left(letter)).count();
    right_to_left > 0 && right_to_left * 2 > letters().filter(|letter| letter.is_alphabetic()).count()
}

/// One glyph's text as it stands in a word under construction, which is kept as drawn: from left to right.
pub(crate) fn as_drawn(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_right_to_left) {
        Cow::Owned(parts(text).iter().rev().map(String::as_str).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// A line's words in reading order, the text of each as well; they come from left to right.
pub(crate) fn in_reading_order(words: Vec<PlacedWord>, page_reads_right_to_left: bool) -> Vec<PlacedWord> {
    let turns = |word: &PlacedWord| word.text.chars().any(is_right_to_left);
    if !page_reads_right_to_left && !words.iter().any(turns) {
        return words;
    }
    let base = if page_reads_right_to_left { Level::rtl() } else { Level::ltr() };
    let pieces = pieces(&words, base);
    let levels: Vec<Level> = pieces.iter().map(|piece| piece.level).collect();
    let mut order: Vec<usize> = Vec::with_capacity(words.len());
    let mut texts = vec![CompactString::default(); words.len()];
    for index in ParagraphBidiInfo::reorder_visual(&levels) {
        let Some(Piece { word: Some(word), text, .. }) = pieces.get(index) else { continue };
        let Some(reordered) = texts.get_mut(*word) else { continue };
        if reordered.is_empty() {
            order.push(*word);
        }
        reordered.push_str(text);
    }
    let mut words: Vec<Option<PlacedWord>> = words.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(words.len());
    for index in order {
        let Some(mut word) = words.get_mut(index).and_then(Option::take) else { continue };
        word.text = texts.get_mut(index).map(std::mem::take).unwrap_or_default();
        ordered.push(word);
    }
    ordered
}

/// Characters that keep their order.
struct Piece {
    /// Which word they belong to; none for the space between two.
    word: Option<usize>,
    text: String,
    level: Level,
}

fn pieces(words: &[PlacedWord], base: Level) -> Vec<Piece> {
    let mut text = String::new();
    let mut pieces: Vec<Piece> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if let Some(last) = index.checked_sub(1).and_then(|last| words.get(last)) {
            let is_cell = word.start - last.end > CELL_GAP * last.size.max(word.size);
            let separator = if is_cell { "\t" } else { " " };
            text.push_str(separator);
            pieces.push(Piece { word: None, text: separator.to_owned(), level: base });
        }
        text.push_str(&word.text);
        pieces.extend(parts(&word.text).into_iter().map(|text| Piece {
            word: Some(index),
            text,
            level: base,
        }));
    }
    let levels = ParagraphBidiInfo::new(&text, Some(base)).reordered_levels(0..text.len());
    let mut start = 0;
    for piece in &mut pieces {
        piece.level = levels.get(start).copied().unwrap_or(base);
        start += piece.text.len();
    }
    pieces
}

/// A word cut into what may be turned around: wholes from one letter or digit that isn't right-to-left to the next,
/// and single characters. A word without right-to-left letters is one whole.
fn parts(word: &str) -> Vec<String> {
    if !word.chars().any(is_right_to_left) {
        return vec![word.to_owned()];
    }
    let stays = |character: char| character.is_alphanumeric() && !is_right_to_left(character);
    let mut parts: Vec<String> = Vec::new();
    let mut is_whole = false;
    let mut held = String::new();
    for character in word.chars() {
        if stays(character) {
            match parts.last_mut() {
                Some(last) if is_whole => {
                    last.push_str(&std::mem::take(&mut held));
                    last.push(character);
                }
                Some(_) | None => parts.push(character.to_string()),
            }
            is_whole = true;
        } else if is_whole && !is_right_to_left(character) {
            held.push(character);
        } else {
            parts.extend(held.drain(..).map(String::from));
            parts.push(character.to_string());
            is_whole = false;
        }
    }
    parts.extend(held.drain(..).map(String::from));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::direction::Direction;
    use crate::model::Bounds;

    /// Words of ten points a character, as drawn; a run of two spaces is as wide as a cell's gap.
    fn words(drawn: &str) -> Vec<PlacedWord> {
        let mut start = 0.0;
        let mut words = Vec::new();
        for text in drawn.split(' ') {
            let end = start + 10.0 * f64::from(u32::try_from(text.chars().count()).unwrap());
            if !text.is_empty() {
                words.push(PlacedWord {
                    text: text.into(),
                    direction: Direction::of(hayro::kurbo::Vec2::new(1.0, 0.0)),
                    start,
                    end,
                    baseline: 0.0,
                    size: 10.0,
                    bounds: Bounds {
                        x0: crate::direction::narrow(start),
                        y0: 0.0,
                        x1: crate::direction::narrow(end),
                        y1: 10.0,
                    },
                    space_before: false,
                    space_after: false,
                    hidden: false,
                    glyphs: 1,
                    glyphs_unmapped: 0,
                    drawn: 0,
                });
            }
            start = end + 10.0;
        }
        words
    }

    #[track_caller]
    fn check(drawn: &str, page_reads_right_to_left: bool, expected: &str) {
        let before = words(drawn);
        let after = in_reading_order(before.clone(), page_reads_right_to_left);
        let texts: Vec<&str> = after.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts.join(" "), expected, "{drawn}");
        for word in &after {
            let mut letters: Vec<char> = word.text.chars().collect();
            letters.sort_unstable();
            let same_box = before.iter().find(|other| other.bounds == word.bounds).unwrap();
            let mut same: Vec<char> = same_box.text.chars().collect();
            same.sort_unstable();
            assert_eq!(letters, same, "each word keeps its box");
        }
    }

    #[test]
    fn reading_order() {
        check("Total 1,50", false, "Total 1,50");
        check("םולש", true, "שלום");
        check("11:דבוע 00:ףגא 01001 : הקלחמ", true, "מחלקה : 01001 אגף:00 עובד:11");
        check("Name: םולש םלוע Ltd", false, "Name: עולם שלום Ltd");
        // Cells of a table change places, whatever is in them; what is in them doesn't.
        check("1.234,50  12  Steel bolt", true, "Steel bolt 12 1.234,50");
        check("GmbH Bolt", true, "GmbH Bolt");
        // Numbers and dates are never turned around, even where the algorithm would.
        check("2024-05-12 خيراتلا", true, "التاريخ 2024-05-12");
        check("2024-05-12:خيراتلا", true, "التاريخ:2024-05-12");
        check("EUR-1.234,50 םולש", true, "שלום EUR-1.234,50");
    }

    #[test]
    fn page_directions() {
        let check =
            |drawn: &str, expected| assert_eq!(reads_right_to_left(&words(drawn)), expected, "{drawn}");
        check("Total 1,50", false);
        check("123", false);
        check("ab םולש", true);
        check("Name םולש", false);
    }

    #[test]
    fn glyphs_of_several_letters() {
        assert_eq!(as_drawn("fi"), "fi");
        assert_eq!(as_drawn("לא"), "אל");
    }
}
