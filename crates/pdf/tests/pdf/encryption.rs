//! Encrypted files, with and without the password that opens them.

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Limits, ReadError, ReadWarning};
use lopdf::{EncryptionState, EncryptionVersion, Permissions};

use crate::builder::{self, PageSource};
use crate::lines;

/// A page of text, encrypted with RC4 and 128 bits.
pub(crate) fn encrypted(user_password: &str) -> Vec<u8> {
    let operations = builder::text(72, 700, "Secret sum 9,00");
    let mut document = builder::document(&[PageSource { operations: &operations, rotate: 0 }]);
    let state = EncryptionState::try_from(EncryptionVersion::V2 {
        document: &document,
        owner_password: "owner",
        user_password,
        key_length: 128,
        permissions: Permissions::all(),
    })
    .unwrap();
    document.encrypt(&state).unwrap();
    builder::save(document)
}

#[track_caller]
fn check(bytes: Vec<u8>, password: Option<&str>, expected: Result<(), ReadError>) {
    let found = docmill_pdf::read(bytes, password, &PageSelection::all(), &Limits::default());
    let text = found.as_ref().map(|document| lines(&document.pages[0])).map_err(Clone::clone);
    assert_eq!(text, expected.map(|()| vec!["Secret sum 9,00".to_owned()]), "{password:?}");
}

#[test]
fn passwords() {
    check(encrypted("open"), Some("open"), Ok(()));
    check(encrypted("open"), None, Err(ReadError::Encrypted));
    check(encrypted("open"), Some("shut"), Err(ReadError::WrongPassword));
    check(encrypted(""), None, Ok(()));
    check(encrypted(""), Some("needless"), Ok(()));
    let plain = builder::one_page(&builder::text(72, 700, "Secret sum 9,00"));
    check(plain, Some("needless"), Ok(()));
}

#[test]
fn a_password_with_umlauts_opens_by_the_second_reader() {
    check(encrypted("müller"), Some("müller"), Ok(()));
    let document =
        docmill_pdf::read(encrypted("müller"), Some("müller"), &PageSelection::all(), &Limits::default())
            .unwrap();
    assert!(
        matches!(document.warnings.as_slice(), [ReadWarning::Repaired { .. }]),
        "{:?}",
        document.warnings
    );
    check(encrypted("müller"), Some("mueller"), Err(ReadError::WrongPassword));
}
