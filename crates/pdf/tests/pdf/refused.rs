//! Files that can't be read, and damaged ones that can.

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Limits, ReadError};

use crate::builder::{self, text};
use crate::{lines, read};

#[track_caller]
fn check(bytes: &[u8], expected: &ReadError) {
    let found = docmill_pdf::read(bytes.to_vec(), None, &PageSelection::all(), &Limits::default());
    assert_eq!(found.as_ref(), Err(expected));
}

#[test]
fn no_pdf() {
    check(b"", &ReadError::NotAPdf);
    check(b"hello", &ReadError::NotAPdf);
    check(&[0; 4096], &ReadError::NotAPdf);
    check(b"PK\x03\x04 a zip archive", &ReadError::NotAPdf);
    check(b"<html><body>1 0 obj</body></html>", &ReadError::NotAPdf);
    check(&builder::pages(0), &ReadError::NoPages);
    let found =
        docmill_pdf::read(b"%PDF-1.7\nnothing".to_vec(), None, &PageSelection::all(), &Limits::default());
    assert!(matches!(found, Err(ReadError::Damaged { .. })), "{found:?}");
}

#[test]
fn damaged_but_readable() {
    let whole = builder::one_page(&text(72, 700, "Total 9,00"));
    let text = String::from_utf8_lossy(&whole).into_owned();
    let without_table = text.split("startxref").next().unwrap().replace("xref\n", "xxxx\n");
    let behind_mail = format!("Received: from somewhere\r\n\r\n{text}");
    for damaged in [without_table, behind_mail] {
        assert_eq!(lines(&read(damaged.into_bytes()).pages[0]), ["Total 9,00"]);
    }
}

#[test]
fn what_travels_between_processes() {
    let document = read(builder::one_page(&text(72, 700, "Total 9,00")));
    let bytes = postcard::to_stdvec(&document).unwrap();
    assert_eq!(postcard::from_bytes::<docmill_pdf::Document>(&bytes).unwrap(), document);
    let error = ReadError::TooManyPages { pages: 3, pages_max: 2 };
    let bytes = postcard::to_stdvec(&(error.clone(), Limits::default())).unwrap();
    assert_eq!(postcard::from_bytes::<(ReadError, Limits)>(&bytes).unwrap(), (error, Limits::default()));
}
