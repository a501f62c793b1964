//! Text nobody sees: dropped with a warning, unless it is the OCR layer of a scan.

use docmill_pdf::ReadWarning;

use crate::builder::{self, text};
use crate::{lines, read};

const SCAN: &str = "q 600 0 0 800 0 0 cm /Im1 Do Q ";
const LOGO: &str = "q 60 0 0 60 20 720 cm /Im1 Do Q ";
const INVISIBLE: &str = "BT /F1 10 Tf 3 Tr 72 500 Td (pay someone else) Tj ET ";
const TRANSPARENT: &str = "q /Clear gs BT /F1 10 Tf 72 500 Td (pay someone else) Tj ET Q ";

#[track_caller]
fn check(operations: &[&str], expected: &[&str], words_dropped: u32, is_ocr_layer: bool) {
    let document = read(builder::one_page(&operations.concat()));
    let page = &document.pages[0];
    assert_eq!(lines(page), expected);
    let warnings: Vec<ReadWarning> = (words_dropped > 0)
        .then_some(ReadWarning::HiddenTextDropped { page: 1, words: words_dropped })
        .into_iter()
        .collect();
    assert_eq!(document.warnings, warnings);
    assert_eq!(page.is_ocr_layer, is_ocr_layer);
    assert_eq!(page.has_image, operations.iter().any(|operations| operations.contains("Im1")));
}

#[test]
fn hidden_text() {
    let total = &text(72, 700, "Total 9,00");
    let page_number = &text(300, 20, "1/1");
    check(&[total, INVISIBLE], &["Total 9,00"], 3, false);
    check(&[total, TRANSPARENT], &["Total 9,00"], 3, false);
    check(&[total, &text(72, 900, "over the top")], &["Total 9,00"], 3, false);
    check(&[LOGO, INVISIBLE], &[], 3, false);
    check(&[SCAN, INVISIBLE], &["pay someone else"], 0, true);
    check(&[SCAN, INVISIBLE, page_number], &["pay someone else", "1/1"], 0, true);
    // A designed page on a background image is no scan.
    let much = &text(72, 700, "Total 9,00 and a lot more to be seen on this page");
    check(&[SCAN, much, INVISIBLE], &["Total 9,00 and a lot more to be seen on this page"], 3, false);
    check(&[SCAN], &[], 0, false);
}
