//! Text nobody sees: dropped with a warning, unless it is the OCR layer of a scan.

use docmill_pdf::ReadWarning;
use lopdf::Object;

use crate::builder::{self, PageSource, text};
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

/// What is seen of a line of text through a crop box.
#[track_caller]
fn check_crop_box(crop_box: [i64; 4], expected: &[&str]) {
    let operations = text(72, 700, "Total 9,00");
    let mut document = builder::document(&[PageSource { operations: &operations, rotate: 0 }]);
    let page = document.page_iter().next().unwrap();
    let crop_box: Vec<Object> = crop_box.into_iter().map(Object::from).collect();
    document.get_dictionary_mut(page).unwrap().set("CropBox", crop_box);
    assert_eq!(lines(&read(builder::save(document)).pages[0]), expected);
}

#[test]
fn text_outside_the_crop_box() {
    check_crop_box([50, 600, 300, 750], &["Total 9,00"]);
    check_crop_box([50, 100, 300, 200], &[]);
    // A crop box without an area on the page crops nothing.
    check_crop_box([600, 800, 1000, 1000], &["Total 9,00"]);
    check_crop_box([-200, -200, -100, -100], &["Total 9,00"]);
    check_crop_box([0, 0, 0, 0], &["Total 9,00"]);
}
