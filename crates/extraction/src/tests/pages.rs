//! Pages without text, pages left out, OCR layers.

use docmill_contract::outcome::Via;
use docmill_pdf::ReadWarning;
use serde_json::json;

use super::{at, document, one, record_of, shown};
use crate::{PlanBudget, Task};

#[test]
fn pages_that_couldnt_be_read_are_for_a_person() {
    let task = Task::new(&one("a", json!({"type": "string"})), "", &[]).unwrap();
    let mut document = document(&["x", "---", "y", "---", "z"]);
    document.pages[1].glyphs_unmapped = document.pages[1].glyphs;
    document.warnings = vec![
        ReadWarning::PageUnreadable { page: 4, reason: "damaged".to_owned() },
        ReadWarning::HiddenTextDropped { page: 1, words: 3 },
        ReadWarning::Repaired { reason: "no table".to_owned() },
    ];
    let record = record_of(&task, &document, &PlanBudget::default(), |_| json!({"a": at(1, "x")}));
    let expected = [
        "/a \"x\" 'x' p1:1",
        "! page_unreadable -",
        "! hidden_text_dropped -",
        "! page_without_text -",
        "needs_review",
    ];
    assert_eq!(shown(&record), expected);
    // The unmapped page has no lines: the third page's is the second line.
    let record = record_of(&task, &document, &PlanBudget::default(), |_| json!({"a": at(2, "z")}));
    assert_eq!(shown(&record)[0], "/a \"z\" 'z' p3:1");
}

#[test]
fn an_empty_page_is_fine_and_a_scan_is_not() {
    let task = Task::new(&one("a", json!({"type": "string"})), "", &[]).unwrap();
    let mut document = document(&["x", "---", "y"]);
    document.pages[1].lines.clear();
    document.pages[1].glyphs = 0;
    let record = record_of(&task, &document, &PlanBudget::default(), |_| json!({"a": at(1, "x")}));
    assert_eq!(shown(&record), ["/a \"x\" 'x' p1:1", "verified"]);
    document.pages[1].has_image = true;
    let record = record_of(&task, &document, &PlanBudget::default(), |_| json!({"a": at(1, "x")}));
    assert_eq!(shown(&record), ["/a \"x\" 'x' p1:1", "! page_without_text -", "needs_review"]);
    // Nothing but scans: no chunk, and a record that says so.
    document.pages.remove(0);
    let record = record_of(&task, &document, &PlanBudget::default(), |_| unreachable!());
    assert_eq!(shown(&record), ["! page_without_text -", "! not_found -", "needs_review"]);
}

#[test]
fn values_from_an_ocr_layer_say_so() {
    let task = Task::new(&one("a", json!({"type": "string"})), "", &[]).unwrap();
    let mut document = document(&["x"]);
    document.pages[0].is_ocr_layer = true;
    let record = record_of(&task, &document, &PlanBudget::default(), |_| json!({"a": at(1, "x")}));
    assert_eq!(record.evidence[0].via, Via::OcrLayer);
}
