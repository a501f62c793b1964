//! Pages without text, pages left out, OCR layers.

use docmill_contract::outcome::{Status, VerifiedBy, Via};
use docmill_pdf::ReadWarning;
use serde_json::json;

use super::{at, document, one, record_of, shown};
use crate::{Answered, Chunk, GroundContext, PlanBudget, Task, ground, plan};

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

#[test]
fn what_is_seen_on_images_has_its_page_and_its_place_and_no_proof() {
    let schema = json!({"type": "object", "properties": {"total": {"type": "number"}, "rows": {"type": "array", "items": {
        "type": "object", "properties": {"name": {"type": "string"}, "amount": {"type": "number"}}}}}});
    let task = Task::new(&schema, "", &[]).unwrap();
    let mut document =
        document(&["Apple | 1.10", "Pear | 2.20", "---", "x", "---", "Plum | 3.30", "Total | 9.99"]);
    document.pages[1].lines.clear();
    document.pages[1].glyphs = 0;
    document.pages[1].has_image = true;
    let mut chunks = plan(&document, &PlanBudget::default());
    chunks.push(Chunk::of_images(vec![2]));
    let row = |line: u32, name: &str, amount: &str| json!({"line": line, "name": name, "amount": amount});
    let answers = task.questions(chunks).into_iter().map(|question| {
        let reply = if question.chunk().lines().is_empty() {
            // Two equal rows, and lines that are none of its pages.
            json!({"total": null, "rows": [row(2, "Fig", "1.00"), row(77, "Fig", "1.00")]})
        } else {
            json!({"total": {"value": "9.99", "line": 4}, "rows": [row(1, "Apple", "1.10"), row(2, "Pear", "2.20"), row(3, "Plum", "3.30")]})
        };
        let answer = task.read_reply(&reply.to_string(), &question).unwrap().answer;
        Answered { question, answer }
    });
    let record = ground(&task, &document, &answers.collect::<Vec<_>>(), &GroundContext::default());
    let names: Vec<&str> =
        record.data["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Apple", "Pear", "Fig", "Fig", "Plum"]);
    let seen: Vec<_> = record.evidence.iter().filter(|evidence| evidence.via == Via::Vision).collect();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|evidence| evidence.page == Some(2) && evidence.bounds.is_none()));
    assert_eq!((record.completeness[0].rows_found, record.completeness[0].rows_on_pages), (5, 5));
    assert_eq!(record.status, Status::NeedsReview);
}

#[test]
fn an_image_can_be_proved_by_arithmetic() {
    let schema = json!({"type": "object", "properties": {
        "net": {"type": "number"}, "tax": {"type": "number"}, "total": {"type": "number"}}});
    let rules = json!([{"kind": "sum", "id": "s", "parts": ["/net", "/tax"], "total": "/total"}]);
    let task = Task::new(&schema, "", &serde_json::from_value::<Vec<_>>(rules).unwrap()).unwrap();
    let mut document = document(&["Net | 10.00", "Tax | 2.00", "---", "x"]);
    document.pages[1].glyphs_unmapped = document.pages[1].glyphs;
    let mut chunks = plan(&document, &PlanBudget::default());
    chunks.push(Chunk::of_images(vec![2]));
    let answers = task.questions(chunks).into_iter().map(|question| {
        let reply = if question.chunk().lines().is_empty() {
            json!({"total": {"value": "12.00", "line": 2}})
        } else {
            json!({"net": at(1, "10.00"), "tax": at(2, "2.00")})
        };
        let answer = task.read_reply(&reply.to_string(), &question).unwrap().answer;
        Answered { question, answer }
    });
    let record = ground(&task, &document, &answers.collect::<Vec<_>>(), &GroundContext::default());
    let total = record.evidence.iter().find(|evidence| evidence.pointer == "/total").unwrap();
    assert_eq!((total.verified_by, total.via, total.page), (VerifiedBy::Arithmetic, Via::Vision, Some(2)));
}
