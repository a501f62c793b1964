//! What is true of whatever was read: words lie on their page and in their line, and reading again gives the same.

use std::path::Path;

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Bounds, Document, Limits, tables};
use proptest::prelude::*;

use crate::builder::{self, PageSource};

/// Boxes are rounded on their way; a thousandth of a point is nothing.
const TOLERANCE: f32 = 0.001;

#[track_caller]
fn check(name: &str, bytes: &[u8]) -> usize {
    let read = || docmill_pdf::read(bytes.to_vec(), None, &PageSelection::all(), &Limits::default());
    let document = read();
    assert_eq!(document, read(), "{name} is read differently the second time");
    let Ok(document) = document else { return 0 };
    assert_eq!(tables(&document), tables(&document), "{name} has other tables the second time");
    check_places(name, &document)
}

/// Every word overlaps its page and lies within its line; how many there are.
#[track_caller]
fn check_places(name: &str, document: &Document) -> usize {
    let mut words = 0;
    for page in &document.pages {
        let area = Bounds { x0: 0.0, y0: 0.0, x1: page.width, y1: page.height };
        for line in &page.lines {
            assert!(!line.words.is_empty(), "{name}, page {}: a line of nothing", page.number);
            for word in &line.words {
                words += 1;
                let (text, place) = (&word.text, word.bounds);
                let is_box = place.x0 <= place.x1 && place.y0 <= place.y1;
                assert!(is_box && !text.trim().is_empty(), "{name}, page {}: {word:?}", page.number);
                assert!(overlaps(place, area), "{name}, page {}: {text:?} at {place:?} is off", page.number);
                assert!(
                    contains(line.bounds, place),
                    "{name}, page {}: {text:?} is out of line",
                    page.number
                );
            }
        }
    }
    words
}

fn overlaps(one: Bounds, other: Bounds) -> bool {
    one.x0 <= other.x1 + TOLERANCE
        && other.x0 <= one.x1 + TOLERANCE
        && one.y0 <= other.y1 + TOLERANCE
        && other.y0 <= one.y1 + TOLERANCE
}

fn contains(outer: Bounds, inner: Bounds) -> bool {
    let (x, y) = (TOLERANCE * outer.x1.abs().max(1.0), TOLERANCE * outer.y1.abs().max(1.0));
    outer.x0 <= inner.x0 + x
        && inner.x1 <= outer.x1 + x
        && outer.y0 <= inner.y0 + y
        && inner.y1 <= outer.y1 + y
}

/// The PDFs of a folder beside the repository, or in it.
fn pdfs(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let Ok(entries) = std::fs::read_dir(&folder) else { return Vec::new() };
    let files = entries.map(|entry| entry.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "pdf"));
    files.map(|file| (file.display().to_string(), std::fs::read(&file).unwrap())).collect()
}

#[test]
fn real_files() {
    let folders =
        ["samples/invoice", "samples/bank-statement", "../shared/data/invoices", "../shared/data/hostile"];
    let words: usize = folders.into_iter().flat_map(pdfs).map(|(name, bytes)| check(&name, &bytes)).sum();
    println!("{words} words, those of ../shared/data among them where it is there");
    assert!(words > 100);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_page(
        texts in prop::collection::vec(
            ("[A-Za-z0-9.,]{1,9}( [a-z]{1,9}){0,3}", -200_i32..900, -200_i32..1_000, 0_i32..4, 1_i32..40),
            1..40,
        ),
        rotate in 0_i64..4,
    ) {
        let operations: String = texts
            .into_iter()
            .map(|(text, x, y, turn, size)| {
                let [a, b] = [[1, 0], [0, 1], [-1, 0], [0, -1]][usize::try_from(turn).unwrap()];
                format!("BT /F1 {size} Tf {a} {b} {} {a} {x} {y} Tm ({text}) Tj ET\n", -b)
            })
            .collect();
        let source = PageSource { operations: &operations, rotate: 90 * rotate };
        check("a made-up page", &builder::save(builder::document(&[source])));
    }
}
