//! Text beside the page's own: annotations and form fields; and parts of the page that are switched off.

use lopdf::{Dictionary, Object, Stream, dictionary};

use crate::builder::{self, PageSource, text};
use crate::{lines, read};

/// Whether text in an annotation of this kind and flags, with an appearance, is read.
#[track_caller]
fn check_annotation(kind: &str, flags: i64, expected: bool) {
    let operations = text(72, 700, "page");
    let mut document = builder::document(&[PageSource { operations: &operations, rotate: 0 }]);
    let page = document.page_iter().next().unwrap();
    let resources = document.get_dictionary(page).unwrap().get(b"Resources").unwrap().clone();
    let form = dictionary! {
        "Type" => "XObject", "Subtype" => "Form", "Resources" => resources,
        "BBox" => vec![0.into(), 0.into(), 100.into(), 20.into()],
    };
    let appearance = document.add_object(Stream::new(form, text(2, 5, "1.234,50").into()));
    let annotation = document.add_object(dictionary! {
        "Type" => "Annot", "Subtype" => kind, "F" => flags, "FT" => "Tx", "V" => Object::string_literal("1.234,50"),
        "Rect" => vec![72.into(), 600.into(), 172.into(), 620.into()],
        "AP" => dictionary! { "N" => appearance },
    });
    document.get_dictionary_mut(page).unwrap().set("Annots", vec![annotation.into()]);
    let found = lines(&read(builder::save(document)).pages[0]);
    let all: &[&str] = if expected { &["page", "1.234,50"] } else { &["page"] };
    assert_eq!(found, all, "{kind} with flags {flags}");
}

#[test]
fn annotations_are_read_where_people_see_them() {
    const PRINT: i64 = 4;
    const HIDDEN: i64 = 2;
    const NO_VIEW: i64 = 32;
    check_annotation("Widget", PRINT, true);
    check_annotation("FreeText", PRINT, true);
    check_annotation("Stamp", 0, true);
    check_annotation("Widget", PRINT | HIDDEN, false);
    check_annotation("FreeText", PRINT | NO_VIEW, false);
}

#[track_caller]
fn check_optional(state: &str, expected: &[&str]) {
    let operations = ["/OC /Layer BDC ", &text(72, 700, "draft"), "EMC ", &text(72, 680, "final")].concat();
    let mut document = builder::document(&[PageSource { operations: &operations, rotate: 0 }]);
    let group =
        document.add_object(dictionary! { "Type" => "OCG", "Name" => Object::string_literal("Layer") });
    let page = document.page_iter().next().unwrap();
    let resources = document.get_dictionary(page).unwrap().get(b"Resources").unwrap().as_reference().unwrap();
    let resources = document.get_dictionary_mut(resources).unwrap();
    resources.set("Properties", dictionary! { "Layer" => group });
    let mut configuration = Dictionary::new();
    configuration.set(state, vec![Object::from(group)]);
    let properties = dictionary! { "OCGs" => vec![group.into()], "D" => configuration };
    document.catalog_mut().unwrap().set("OCProperties", properties);
    assert_eq!(lines(&read(builder::save(document)).pages[0]), expected, "{state}");
}

#[test]
fn optional_content_that_is_off_is_left_out() {
    check_optional("ON", &["draft", "final"]);
    check_optional("OFF", &["final"]);
}
