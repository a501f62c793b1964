//! Whether a value stands where its evidence says. Pure.
//!
//! Called by [`score`](super::score) with the pages as docmill's reader sees them. Where the truth says where a value
//! stands, that decides; else the text at the named place must be a reading of the true value.

use docmill_contract::outcome::Evidence;
use docmill_pdf::{Bounds, Document, Page, Word};
use serde_json::Value;

use super::compare::{reads_as, reduced};
use super::truth::TruePlace;
use crate::schema::Kind;

/// How far a word's centre may lie outside a box and still be in it, in points: boxes are rounded on the way.
const SLACK_POINTS: f32 = 0.5;

/// The least share of words that two boxes have in common (intersection over union) to be the same place.
const OVERLAP_MIN: f64 = 0.5;

/// What is right about the place of a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The value stands on the named page.
    pub(crate) on_page: bool,
    /// The value stands in the named box.
    pub(crate) in_box: bool,
}

/// Judges the place that `evidence` names for the true value `value`.
pub(crate) fn judge(
    document: &Document,
    evidence: &Evidence,
    value: &Value,
    kind: Kind,
    truth: Option<&TruePlace>,
) -> Placed {
    let page = evidence.page.and_then(|number| document.pages.iter().find(|page| page.number == number));
    let Some(page) = page else { return Placed::default() };
    let boxes = boxes(evidence);
    let words = words_in(page, &boxes);
    if let Some(truth) = truth {
        let on_page = truth.page == page.number;
        let in_box = truth.bounds.map(|truth| overlap(page, &boxes, &[truth]) >= OVERLAP_MIN);
        let reads = || reads_as(&joined(&words), value, kind);
        return Placed { on_page, in_box: on_page && in_box.unwrap_or_else(reads) };
    }
    let text = evidence.text.as_deref().unwrap_or_default();
    if text.is_empty() || !reads_as(text, value, kind) {
        return Placed::default();
    }
    let (at_box, wanted) = (reduced(&joined(&words)), reduced(text));
    // A word can hold more than the value (`EUR12.50`), but a box around half the page shows nothing.
    let is_tight = at_box.chars().count() <= 2 * wanted.chars().count() + 3;
    Placed {
        on_page: reduced(&joined(&all_words(page))).contains(&wanted),
        in_box: is_tight && at_box.contains(&wanted),
    }
}

/// The boxes of a value: those of its lines, else the one.
fn boxes(evidence: &Evidence) -> Vec<[f32; 4]> {
    if evidence.boxes.is_empty() { evidence.bounds.into_iter().collect() } else { evidence.boxes.clone() }
}

fn all_words(page: &Page) -> Vec<&Word> {
    page.lines.iter().flat_map(|line| &line.words).collect()
}

fn words_in<'a>(page: &'a Page, boxes: &[[f32; 4]]) -> Vec<&'a Word> {
    all_words(page)
        .into_iter()
        .filter(|word| boxes.iter().any(|corners| holds(*corners, word.bounds)))
        .collect()
}

fn holds([x0, y0, x1, y1]: [f32; 4], word: Bounds) -> bool {
    let (x, y) = (f32::midpoint(word.x0, word.x1), f32::midpoint(word.y0, word.y1));
    x >= x0 - SLACK_POINTS && x <= x1 + SLACK_POINTS && y >= y0 - SLACK_POINTS && y <= y1 + SLACK_POINTS
}

fn joined(words: &[&Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The words in both places against the words in either; 0 where neither holds a word.
fn overlap(page: &Page, one: &[[f32; 4]], other: &[[f32; 4]]) -> f64 {
    let (mut both, mut either) = (0_u32, 0_u32);
    for word in all_words(page) {
        let within = |boxes: &[[f32; 4]]| boxes.iter().any(|corners| holds(*corners, word.bounds));
        let (one, other) = (within(one), within(other));
        both += u32::from(one && other);
        either += u32::from(one || other);
    }
    if either == 0 { 0.0 } else { f64::from(both) / f64::from(either) }
}

#[cfg(test)]
mod tests {
    use docmill_pdf::Line;
    use serde_json::json;

    use super::*;

    /// A page with one line of words, each 40 points wide and 50 apart.
    fn document() -> Document {
        let word = |index: u8, text: &str| {
            let x0 = f32::from(index) * 50.0;
            Word { text: text.into(), bounds: Bounds { x0, y0: 10.0, x1: x0 + 40.0, y1: 20.0 } }
        };
        let words = vec![word(0, "Total"), word(1, "EUR"), word(2, "12,50"), word(3, "7,00")];
        let bounds = Bounds { x0: 0.0, y0: 10.0, x1: 190.0, y1: 20.0 };
        let page = Page {
            number: 1,
            width: 500.0,
            height: 500.0,
            lines: vec![Line { words, bounds, font_size: 10.0, row: 0 }],
            glyphs: 20,
            glyphs_unmapped: 0,
            has_image: false,
            is_ocr_layer: false,
            rules: Vec::new(),
        };
        Document {
            pages_in_file: 1,
            pages: vec![page],
            embedded_files: Vec::new(),
            form_fields: Vec::new(),
            warnings: Vec::new(),
        }
    }

    #[track_caller]
    fn check(evidence: Value, truth: Option<Value>, expected: (bool, bool)) {
        let mut all = json!({"pointer": "/total", "page": 1, "box": [100.0, 10.0, 140.0, 20.0], "text": "12,50",
            "verified_by": "text", "via": "llm"});
        for (name, member) in evidence.as_object().unwrap() {
            all[name] = member.clone();
        }
        let truth: Option<TruePlace> = truth.map(|truth| serde_json::from_value(truth).unwrap());
        let all: Evidence = serde_json::from_value(all).unwrap();
        let placed = judge(&document(), &all, &json!(12.5), Kind::Number, truth.as_ref());
        assert_eq!((placed.on_page, placed.in_box), expected, "{evidence} {truth:?}");
    }

    #[test]
    fn without_a_true_place_the_text_at_the_box_decides() {
        check(json!({}), None, (true, true));
        check(json!({"box": [150.0, 10.0, 190.0, 20.0]}), None, (true, false));
        check(json!({"box": [0.0, 0.0, 500.0, 500.0]}), None, (true, false));
        check(json!({"box": null}), None, (true, false));
        check(json!({"page": 2}), None, (false, false));
        check(json!({"text": "7,00"}), None, (false, false));
        check(json!({"text": null, "page": null, "box": null}), None, (false, false));
        check(
            json!({"boxes": [[100.0, 10.0, 140.0, 20.0]], "box": [0.0, 0.0, 500.0, 500.0]}),
            None,
            (true, true),
        );
    }

    #[test]
    fn a_true_place_decides_where_there_is_one() {
        check(json!({}), Some(json!({"page": 1, "box": [99.0, 9.0, 141.0, 21.0]})), (true, true));
        check(json!({}), Some(json!({"page": 1, "box": [150.0, 10.0, 190.0, 20.0]})), (true, false));
        // Half of the words are shared.
        check(json!({}), Some(json!({"page": 1, "box": [50.0, 10.0, 140.0, 20.0]})), (true, true));
        check(json!({}), Some(json!({"page": 2})), (false, false));
        check(json!({}), Some(json!({"page": 1})), (true, true));
    }
}
