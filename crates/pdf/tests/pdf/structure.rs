//! What a PDF says about itself.

mod hostile;
mod shared_data;

use docmill_contract::pages::PageSelection;
use docmill_pdf::{
    Encryption, EncryptionMethod, Facts, FactsPart, FieldKind, Limits, OutlineItem, ReadError, facts, read,
};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary, text_string};

use crate::builder::{self, PageSource};
use crate::encryption;

/// Three pages, to be changed before they are read.
fn three_pages() -> (Document, Vec<ObjectId>) {
    let page = || PageSource { operations: "", rotate: 0 };
    let document = builder::document(&[page(), page(), page()]);
    let pages = document.page_iter().collect();
    (document, pages)
}

fn with_catalog(document: &mut Document, entries: Dictionary) {
    document.catalog_mut().unwrap().extend(&entries);
}

#[track_caller]
fn facts_of(document: Document) -> Facts {
    facts(builder::save(document), None, &Limits::default()).unwrap()
}

fn literal(text: &str) -> Object {
    Object::string_literal(text)
}

/// Everything there is, in a small file.
fn everything() -> Document {
    let (mut document, pages) = three_pages();
    let information = document.add_object(dictionary! {
        "Title" => text_string("Rechnung Nr. 7 – März"), "Author" => literal("  "), "Producer" => literal("Press 1.0"),
        "CreationDate" => literal("D:20260131120000+01'00'"), "ModDate" => literal("yesterday"),
    });
    document.trailer.set("Info", information);
    let second = document.add_object(dictionary! {
        "Title" => literal("2 Items"), "Dest" => literal("items"),
    });
    let below = document.add_object(dictionary! {
        "Title" => literal("1.1 Sender"), "A" => dictionary! { "S" => "GoTo", "D" => vec![pages[1].into(), "Fit".into()] },
    });
    let first = document.add_object(dictionary! {
        "Title" => text_string("1 Überblick"), "Dest" => vec![pages[0].into(), "Fit".into()],
        "First" => below, "Next" => second,
    });
    let name = document.add_object(dictionary! {
        "T" => literal("name"), "FT" => "Tx", "V" => text_string("Müller\rBerlin"), "P" => pages[1],
        "Subtype" => "Widget",
    });
    let tick = document.add_object(dictionary! { "T" => literal("tick"), "FT" => "Btn", "V" => "Yes" });
    let customer = document.add_object(dictionary! {
        "T" => literal("customer"), "Kids" => vec![name.into(), tick.into()],
    });
    let widget = document.add_object(dictionary! { "Subtype" => "Widget" });
    let colours = document.add_object(dictionary! {
        "T" => literal("colours"), "FT" => "Ch", "V" => vec![literal("red"), literal("blue")], "Kids" => vec![widget.into()],
    });
    document.get_dictionary_mut(pages[2]).unwrap().set("Annots", vec![widget.into()]);
    with_catalog(
        &mut document,
        dictionary! {
            "Outlines" => dictionary! { "First" => first },
            "Dests" => dictionary! { "items" => vec![pages[2].into(), "Fit".into()] },
            "PageLabels" => dictionary! { "Nums" => vec![
                0.into(), dictionary! { "S" => "r" }.into(),
                1.into(), dictionary! { "S" => "D", "P" => literal("A-"), "St" => 8 }.into(),
            ] },
            "AcroForm" => dictionary! { "Fields" => vec![customer.into(), colours.into()] },
        },
    );
    document
}

fn rows(facts: &Facts) -> Vec<String> {
    let fields = facts.form_fields.iter();
    fields
        .map(|field| format!("{} {:?} {:?} {:?}", field.name, field.kind, field.value, field.page))
        .collect()
}

#[test]
fn everything_is_read() {
    let facts = facts_of(everything());
    assert_eq!(facts.metadata.title.as_deref(), Some("Rechnung Nr. 7 – März"));
    assert_eq!(facts.metadata.author, None);
    assert_eq!(facts.metadata.producer.as_deref(), Some("Press 1.0"));
    assert_eq!(facts.metadata.created_at.as_deref(), Some("2026-01-31T12:00:00+01:00"));
    assert_eq!(facts.metadata.modified_at, None);
    assert_eq!(facts.page_labels, ["i", "A-8", "A-9"]);
    let item = |title: &str, level, page| OutlineItem { title: title.to_owned(), level, page: Some(page) };
    assert_eq!(facts.outline, [item("1 Überblick", 1, 1), item("1.1 Sender", 2, 2), item("2 Items", 1, 3)]);
    assert_eq!(
        rows(&facts),
        [
            "customer.name Text Some(\"Müller\\nBerlin\") Some(2)",
            "customer.tick CheckBox Some(\"Yes\") None",
            "colours Choice Some(\"red\\nblue\") Some(3)",
        ]
    );
    assert_eq!((facts.has_xfa_form, facts.encryption, &facts.signatures), (false, None, &Vec::new()));
    assert_eq!(facts.truncated, []);
    let bytes = postcard::to_stdvec(&facts).unwrap();
    assert_eq!(postcard::from_bytes::<Facts>(&bytes).unwrap(), facts);
}

#[test]
fn the_fields_of_a_form_are_read_with_the_pages() {
    let read = |document: Document| {
        read(builder::save(document), None, &PageSelection::all(), &Limits::default()).unwrap().form_fields
    };
    assert_eq!(read(everything()), facts_of(everything()).form_fields);
    assert_eq!(read(three_pages().0), []);
    let (mut document, _) = three_pages();
    with_catalog(
        &mut document,
        dictionary! { "AcroForm" => dictionary! { "Fields" => Object::Array(vec![]) } },
    );
    assert_eq!(read(document), []);
}

#[test]
fn a_file_that_says_nothing() {
    assert_eq!(facts_of(three_pages().0), Facts::default());
    assert_eq!(facts(b"hello".to_vec(), None, &Limits::default()), Err(ReadError::NotAPdf));
}

/// Reads one field and compares its kind and value.
#[track_caller]
fn check_field(field: Dictionary, kind: FieldKind, value: Option<&str>) {
    let (mut document, _) = three_pages();
    let field = document.add_object(field);
    with_catalog(&mut document, dictionary! { "AcroForm" => dictionary! { "Fields" => vec![field.into()] } });
    let facts = facts_of(document);
    assert_eq!(facts.form_fields.len(), 1, "{facts:?}");
    let field = &facts.form_fields[0];
    assert_eq!((field.kind, field.value.as_deref()), (kind, value));
}

#[test]
fn kinds_of_fields() {
    let field = |kind: &str, flags: i64, value: Object| {
        dictionary! { "T" => literal("f"), "FT" => kind, "Ff" => flags, "V" => value }
    };
    check_field(field("Tx", 0, literal("9,00")), FieldKind::Text, Some("9,00"));
    check_field(field("Tx", 0, literal("")), FieldKind::Text, None);
    check_field(field("Tx", 0, 7.into()), FieldKind::Text, Some("7"));
    check_field(field("Tx", 0, Dictionary::new().into()), FieldKind::Text, None);
    check_field(field("Tx", 1 << 13, literal("secret")), FieldKind::Text, None);
    check_field(field("Btn", 1 << 15, "A".into()), FieldKind::RadioButton, Some("A"));
    check_field(field("Btn", 1 << 16, "A".into()), FieldKind::PushButton, None);
    check_field(field("Ch", 0, literal("DE")), FieldKind::Choice, Some("DE"));
    check_field(field("Sig", 0, Object::Null), FieldKind::Signature, None);
    check_field(field("Xx", 0, literal("x")), FieldKind::Unknown, Some("x"));
    check_field(dictionary! { "T" => literal("f") }, FieldKind::Unknown, None);
}

#[test]
fn a_long_value_kept_as_a_stream() {
    let (mut document, _) = three_pages();
    let value = document.add_object(Stream::new(Dictionary::new(), b"from a stream".to_vec()));
    let field = dictionary! { "T" => literal("f"), "FT" => "Tx", "V" => value };
    with_catalog(
        &mut document,
        dictionary! { "AcroForm" => dictionary! { "Fields" => vec![field.into()], "XFA" => literal("x") } },
    );
    let facts = facts_of(document);
    assert_eq!(rows(&facts), ["f Text Some(\"from a stream\") None"]);
    assert!(facts.has_xfa_form);
}

/// A file with a signature whose range is set to leave out just the signature, then changed as asked.
#[track_caller]
fn check_signature(change: impl FnOnce(&mut [usize; 4], &mut Vec<u8>), expected: bool) {
    let (mut document, _) = three_pages();
    let placeholder = || vec![Object::Integer(1_111_111_111); 4];
    let signature = document.add_object(dictionary! {
        "Type" => "Sig", "SubFilter" => "adbe.pkcs7.detached", "Name" => literal("Erika"), "M" => literal("D:2026"),
        "ByteRange" => placeholder(), "Contents" => Object::String(vec![0xab; 40], lopdf::StringFormat::Hexadecimal),
    });
    let field = document.add_object(dictionary! {
        "T" => literal("sign.here"), "FT" => "Sig", "V" => signature,
    });
    let unsigned = dictionary! { "T" => literal("empty"), "FT" => "Sig" };
    let fields = vec![field.into(), unsigned.into()];
    with_catalog(&mut document, dictionary! { "AcroForm" => dictionary! { "Fields" => fields } });
    let mut bytes = builder::save(document);
    let digits = b"AB".repeat(40);
    let find = |bytes: &[u8], part: &[u8]| {
        bytes.windows(part.len()).position(|window| window.eq_ignore_ascii_case(part)).unwrap()
    };
    let before = find(&bytes, &digits) - 1;
    let after = before + digits.len() + 2;
    let mut range = [0, before, after, bytes.len() - after];
    change(&mut range, &mut bytes);
    let text = range.map(|number| format!("{number:>10}")).join(" ");
    let old = b"1111111111 1111111111 1111111111 1111111111";
    let at = find(&bytes, old);
    bytes[at..at + old.len()].copy_from_slice(text.as_bytes());
    let facts = facts(bytes, None, &Limits::default()).unwrap();
    assert_eq!(facts.signatures.len(), 1, "{facts:?}");
    let signature = &facts.signatures[0];
    assert_eq!(signature.field, "sign.here");
    assert_eq!(signature.signer.as_deref(), Some("Erika"));
    assert_eq!(signature.signed_at.as_deref(), Some("2026"));
    assert_eq!(signature.encoding.as_deref(), Some("adbe.pkcs7.detached"));
    assert_eq!(signature.covers_whole_file, expected, "{range:?}");
    assert_eq!(facts.form_fields.len(), 2);
}

#[test]
fn what_a_signature_covers() {
    check_signature(|_, _| (), true);
    check_signature(|_, bytes| bytes.extend(b"\n% added later"), false);
    check_signature(|range, _| range[0] = 1, false);
    check_signature(|range, _| range[1] -= 1, false);
    check_signature(|range, _| (range[2], range[3]) = (range[2] + 1, range[3] - 1), false);
    check_signature(|range, _| range[3] = 4_000_000_000, false);
    check_signature(|range, _| range[1] = range[2] + 1, false);
}

#[test]
fn encryption_of_a_file() {
    let check = |bytes, password, expected| {
        let found = facts(bytes, password, &Limits::default()).map(|facts| facts.encryption);
        assert_eq!(found, expected, "{password:?}");
    };
    let rc4 = Some(Encryption { method: EncryptionMethod::Rc4, key_bits: 128 });
    check(encryption::encrypted(""), None, Ok(rc4));
    check(encryption::encrypted("open"), Some("open"), Ok(rc4));
    // Opened by the second reader, which decrypts the file before it is read.
    check(encryption::encrypted("müller"), Some("müller"), Ok(rc4));
    check(encryption::encrypted("open"), None, Err(ReadError::Encrypted));
    check(encryption::encrypted("open"), Some("shut"), Err(ReadError::WrongPassword));
}

#[test]
fn only_so_many_pages() {
    let limits = Limits { pages_max: 2, ..Limits::default() };
    let facts = facts(builder::save(everything()), None, &limits).unwrap();
    assert_eq!(facts.page_labels, ["i", "A-8"]);
    assert_eq!(facts.truncated, [FactsPart::PageLabels]);
    assert_eq!(facts.outline[2].page, None);
}
