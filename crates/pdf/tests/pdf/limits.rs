//! Every limit is kept, and says so.

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Limits, ReadError};

use crate::builder::{self, text};

#[track_caller]
fn check(bytes: Vec<u8>, pages: &str, limits: &Limits, expected: Result<&[u32], &str>) {
    let found = docmill_pdf::read(bytes, None, &pages.parse::<PageSelection>().unwrap(), limits);
    match expected {
        Ok(expected) => {
            let numbers: Vec<u32> = found.unwrap().pages.iter().map(|page| page.number).collect();
            assert_eq!(numbers, expected);
        }
        Err(expected) => assert_eq!(found.unwrap_err().to_string(), expected),
    }
}

#[test]
fn pages() {
    let limits = &Limits { pages_max: 2, ..Limits::default() };
    check(builder::pages(2), "", limits, Ok(&[1, 2]));
    check(builder::pages(5), "2,4", limits, Ok(&[2, 4]));
    let too_many = "pages are asked for, more than the 2 allowed: select fewer with the job's `pages`, or raise `pages_max`";
    check(builder::pages(3), "", limits, Err(&format!("3 {too_many}")));
    check(builder::pages(5), "1-3", limits, Err(&format!("3 {too_many}")));
    let out_of_range = "page 3 is asked for, but the PDF has 2 pages: correct the job's `pages`";
    check(builder::pages(2), "3", limits, Err(out_of_range));
}

#[test]
fn bytes_objects_and_glyphs() {
    let bytes = builder::pages(1);
    let size = u64::try_from(bytes.len()).unwrap();
    let limits = Limits { document_bytes_max: size, ..Limits::default() };
    check(bytes.clone(), "", &limits, Ok(&[1]));
    let limits = Limits { document_bytes_max: size - 1, ..Limits::default() };
    let found = docmill_pdf::read(bytes.clone(), None, &PageSelection::all(), &limits);
    assert_eq!(found, Err(ReadError::TooLarge { bytes: size, bytes_max: size - 1 }));

    let limits = Limits { objects_max: 3, ..Limits::default() };
    let found = docmill_pdf::read(bytes, None, &PageSelection::all(), &limits);
    assert!(
        matches!(&found, Err(ReadError::LimitExceeded { limit, .. }) if limit == "objects_max"),
        "{found:?}"
    );

    let limits = Limits { glyphs_per_page_max: 5, ..Limits::default() };
    check(builder::one_page(&text(72, 700, "12345")), "", &limits, Ok(&[1]));
    let message = "the PDF has 6 characters on page 1, more than the 5 allowed: raise `glyphs_per_page_max` if the file can be trusted";
    check(builder::one_page(&text(72, 700, "123456")), "", &limits, Err(message));
}
