//! Text that a file gives in place of the glyphs it draws (`ActualText`): the letters behind a drawn initial, a
//! ligature without Unicode, a shaped script.
//!
//! Called by the glyph collector where such a span ends. Nobody sees this text, so it is trusted only as far as it
//! can stand for what is seen: of a like length, on one line, and with the same digits, or it would be a way to
//! show people one amount and machines another.

use compact_str::CompactString;

use crate::bidi;
use crate::glyphs::Glyph;
use crate::unicode::{self, GlyphText};

/// The longest text looked at; it stands for glyphs of one line.
pub(crate) const BYTES_MAX: usize = 4_096;
/// Characters that may stand for one glyph; syllables of shaped scripts have so many.
const CHARACTERS_PER_GLYPH_MAX: usize = 4;
/// Baselines of one line differ by less than this, in font sizes.
const BASELINE_DRIFT: f64 = 0.3;

/// Marks where a word may be hyphenated; without a line's end there it is nothing to see.
const SOFT_HYPHEN: char = '\u{ad}';

/// Puts `actual` in place of what the glyphs from `start` on say, if it may stand for them.
pub(crate) fn replace(glyphs: &mut Vec<Glyph>, start: usize, actual: &str) {
    let Some(drawn) = glyphs.get(start..).filter(|drawn| may_stand_for(actual, drawn)) else { return };
    let words: Vec<String> = actual.split_whitespace().map(visible).filter(|word| !word.is_empty()).collect();
    if words.is_empty() && drawn.iter().all(|glyph| glyph.text.is_none()) {
        join(glyphs, start, actual);
        return;
    }
    if words.is_empty() || words.iter().any(|word| word.contains(char::REPLACEMENT_CHARACTER)) {
        return;
    }
    let Some(model) = drawn.first() else { return };
    let from = drawn.iter().map(|glyph| glyph.start).fold(f64::INFINITY, f64::min);
    let to = drawn.iter().map(|glyph| glyph.end).fold(f64::NEG_INFINITY, f64::max);
    let replacement = spread(&words, model, from, to);
    glyphs.truncate(start);
    glyphs.extend(replacement);
}

/// Takes away spaces that stand for a place to hyphenate at, and lets the letter before them reach over the gap.
fn join(glyphs: &mut Vec<Glyph>, start: usize, actual: &str) {
    let Some(end) = glyphs.last().map(|space| space.end).filter(|_| actual.contains(SOFT_HYPHEN)) else {
        return;
    };
    glyphs.truncate(start);
    if let Some(before) = glyphs.last_mut() {
        before.end = before.end.max(end);
    }
}

fn may_stand_for(actual: &str, drawn: &[Glyph]) -> bool {
    let Some(first) = drawn.first() else { return false };
    let is_one_line = drawn.iter().all(|glyph| {
        glyph.direction == first.direction
            && glyph.hidden == first.hidden
            && (glyph.baseline - first.baseline).abs() < BASELINE_DRIFT * first.size
    });
    let is_mapped = drawn.iter().all(|glyph| glyph.mapped);
    let text: String = drawn.iter().filter_map(|glyph| glyph.text.as_deref()).collect();
    let same_text = || text.chars().eq(actual.chars().filter(|character| !character.is_whitespace()));
    let digits = |text: &str| text.chars().filter(|character| character.is_numeric()).collect::<String>();
    is_one_line
        && actual.chars().count() <= drawn.len().saturating_mul(CHARACTERS_PER_GLYPH_MAX)
        && (!is_mapped || (digits(actual) == digits(&text) && !same_text()))
}

/// A word without the characters that nobody would see.
pub(crate) fn visible(word: &str) -> String {
    let mut buffer = [0; 4];
    word.chars()
        .filter_map(|character| match unicode::read(Some(character.encode_utf8(&mut buffer))) {
            GlyphText::Text(text) => Some(text.into_string()),
            GlyphText::Unmapped => Some(char::REPLACEMENT_CHARACTER.to_string()),
            GlyphText::Space | GlyphText::Nothing | GlyphText::SoftHyphen => None,
        })
        .collect()
}

/// One glyph per word, with spaces between, each as long as its share of the letters, and otherwise like `model`.
pub(crate) fn spread(words: &[String], model: &Glyph, start: f64, end: f64) -> Vec<Glyph> {
    let length = |text: &str| u32::try_from(text.chars().count()).map_or(0.0, f64::from);
    let spaces = words.len().saturating_sub(1);
    let total: f64 = words.iter().map(|word| length(word)).sum::<f64>() + length(&" ".repeat(spaces));
    let right_to_left = words.iter().any(|word| word.chars().any(bidi::is_right_to_left));
    let mut replacement = Vec::with_capacity(words.len() + spaces);
    let mut done = 0.0;
    let mut put = |text: Option<&String>, share: f64| {
        let (from, to) =
            (start + (end - start) * done / total, start + (end - start) * (done + share) / total);
        done += share;
        let mut glyph = model.clone();
        (glyph.start, glyph.end) = (from, to);
        glyph.bounds = model.bounds_between(from, to);
        glyph.mapped = true;
        glyph.text = text.map(CompactString::from);
        replacement.push(glyph);
    };
    // Drawn from left to right, the last word of right-to-left text comes first.
    let mut in_place: Vec<&String> = words.iter().collect();
    if right_to_left {
        in_place.reverse();
    }
    for (index, word) in in_place.into_iter().enumerate() {
        if index > 0 {
            put(None, 1.0);
        }
        put(Some(word), length(word));
    }
    replacement
}
