//! Files carried in the PDF, found through the tree of names and through the associated files.

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Document, EmbeddedFile, Limits};
use lopdf::{Object, Stream, dictionary};

use crate::builder::{self, PageSource};

/// A PDF with two XML files: the first in names and associated files, the second only associated.
pub(crate) fn with_files(content: &[u8]) -> Vec<u8> {
    let mut document = builder::document(&[PageSource { operations: "", rotate: 0 }]);
    let mut specification = |name: &str| {
        let mut stream =
            Stream::new(dictionary! { "Type" => "EmbeddedFile", "Subtype" => "text/xml" }, content.to_vec());
        stream.compress().unwrap();
        let stream = document.add_object(stream);
        document.add_object(dictionary! {
            "Type" => "Filespec", "F" => Object::string_literal(name), "UF" => lopdf::text_string(name),
            "AFRelationship" => "Alternative", "EF" => dictionary! { "F" => stream },
        })
    };
    let (first, second) = (specification("factur-x.xml"), specification("Anhänge/é.xml"));
    let leaf = dictionary! { "Names" => vec![Object::string_literal("factur-x.xml"), first.into()] };
    let leaf = document.add_object(leaf);
    let names = dictionary! { "EmbeddedFiles" => dictionary! { "Kids" => vec![leaf.into()] } };
    let catalog = document.catalog_mut().unwrap();
    catalog.set("Names", names);
    catalog.set("AF", vec![first.into(), second.into()]);
    builder::save(document)
}

fn read(limits: &Limits) -> Document {
    docmill_pdf::read(with_files(&b"<a/>".repeat(100)), None, &PageSelection::all(), limits).unwrap()
}

fn file(name: &str) -> EmbeddedFile {
    EmbeddedFile {
        name: name.to_owned(),
        media_type: Some("text/xml".to_owned()),
        relationship: Some("Alternative".to_owned()),
        bytes: b"<a/>".repeat(100),
    }
}

#[track_caller]
fn check(limits: &Limits, expected: &[EmbeddedFile], warnings: &[&str]) {
    let document = read(limits);
    assert_eq!(document.embedded_files, expected);
    assert_eq!(document.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), warnings);
}

#[test]
fn embedded_files() {
    let (first, second) = (file("factur-x.xml"), file("Anhänge/é.xml"));
    check(&Limits::default(), &[first.clone(), second], &[]);
    let one_file = Limits { embedded_files_max: 1, ..Limits::default() };
    let reason = "the embedded file \"Anhänge/é.xml\" was left out: more than 1 files (`embedded_files_max`)";
    check(&one_file, std::slice::from_ref(&first), &[reason]);
    let few_bytes = Limits { embedded_bytes_max: 500, ..Limits::default() };
    let document = read(&few_bytes);
    assert_eq!(document.embedded_files, [first]);
    assert_eq!(document.warnings.len(), 1);
}

#[test]
fn files_attached_to_a_page() {
    let mut document = builder::document(&[PageSource { operations: "", rotate: 0 }]);
    let stream =
        document.add_object(Stream::new(dictionary! { "Subtype" => "text/xml" }, b"<a/>".repeat(100)));
    let specification = document.add_object(dictionary! {
        "Type" => "Filespec", "F" => Object::string_literal("factur-x.xml"), "AFRelationship" => "Alternative",
        "EF" => dictionary! { "F" => stream },
    });
    let attachment = dictionary! { "Type" => "Annot", "Subtype" => "FileAttachment", "FS" => specification };
    let link = dictionary! { "Type" => "Annot", "Subtype" => "Link", "FS" => specification };
    let page = document.page_iter().next().unwrap();
    let plain = document.clone();
    for annotations in
        [vec![link.clone().into(), attachment.clone().into(), attachment.into()], vec![link.into()]]
    {
        let mut document = plain.clone();
        let count = usize::from(annotations.len() > 1);
        document.get_dictionary_mut(page).unwrap().set("Annots", annotations);
        let found =
            docmill_pdf::read(builder::save(document), None, &PageSelection::all(), &Limits::default());
        assert_eq!(found.unwrap().embedded_files, vec![file("factur-x.xml"); count]);
    }
    let mut document = plain.clone();
    document.get_dictionary_mut(page).unwrap().set("AF", vec![specification.into()]);
    let found = docmill_pdf::read(builder::save(document), None, &PageSelection::all(), &Limits::default());
    assert_eq!(found.unwrap().embedded_files, [file("factur-x.xml")]);
}
