//! Text beside the page's own: annotations and form fields; and parts of the page that are switched off.

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Limits, ReadError};
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

/// A document turned by `rotate` that has an annotation without an appearance, as read.
fn read_bare(rotate: i64, mut annotation: Dictionary) -> docmill_pdf::Document {
    let operations = text(72, 700, "page");
    let mut document = builder::document(&[PageSource { operations: &operations, rotate }]);
    let page = document.page_iter().next().unwrap();
    annotation.set("Type", "Annot");
    if !annotation.has(b"Rect") {
        annotation.set("Rect", vec![72.into(), 600.into(), 272.into(), 620.into()]);
    }
    let annotation = document.add_object(annotation);
    document.get_dictionary_mut(page).unwrap().set("Annots", vec![annotation.into()]);
    read(builder::save(document))
}

/// What is read of it.
#[track_caller]
fn check_bare(rotate: i64, annotation: Dictionary, expected: &[&str]) {
    let read = read_bare(rotate, annotation);
    assert_eq!(lines(&read.pages[0]), expected);
    let page = &read.pages[0];
    let words = page.lines.iter().flat_map(|line| &line.words);
    for bounds in words.map(|word| word.bounds) {
        assert!(bounds.x0 >= 0.0 && bounds.y0 >= 0.0 && bounds.x1 <= page.width && bounds.y1 <= page.height);
    }
}

/// Where the words of a field start and end.
#[track_caller]
fn check_place(field: Dictionary, from: f32, to: f32) {
    let words =
        read_bare(0, field).pages[0].lines.iter().flat_map(|line| line.words.clone()).collect::<Vec<_>>();
    let bounds = words.iter().map(|word| word.bounds).filter(|bounds| bounds.y0 > 150.0);
    let found = bounds.reduce(|all, bounds| all.union(bounds)).unwrap();
    assert!(
        (found.x0 - from).abs() < 0.01 && (found.x1 - to).abs() < 0.01,
        "{found:?} isn't from {from} to {to}"
    );
}

#[test]
fn annotations_without_an_appearance_show_their_text() {
    let string = |text: &str| Object::string_literal(text);
    let field = |kind: &str, value: Object| dictionary! { "Subtype" => "Widget", "FT" => kind, "V" => value };
    let with = |mut field: Dictionary, key: &str, value: Object| {
        field.set(key, value);
        field
    };
    let style = |size: &str| string(&format!("/Helv {size} Tf 0 g"));
    let amount = field("Tx", string("1.234,50 EUR"));
    check_bare(0, amount.clone(), &["page", "1.234,50 EUR"]);
    check_bare(90, amount.clone(), &["page", "1.234,50 EUR"]);
    check_bare(0, with(amount.clone(), "DA", string("/Helv 0 Tf 0 g")), &["page", "1.234,50 EUR"]);
    check_bare(0, field("Ch", string("red")), &["page", "red"]);
    check_bare(0, field("Ch", vec![string("red"), string("blue")].into()), &["page", "red", "blue"]);
    let options = vec![Object::from(vec![string("r"), string("red")])];
    check_bare(0, with(field("Ch", string("r")), "Opt", options.into()), &["page", "red"]);
    let note = dictionary! { "Subtype" => "FreeText", "Contents" => string("paid\rin May") };
    check_bare(0, note.clone(), &["page", "paid", "in May"]);
    // A text of several lines goes on below where its place ends.
    let tall = vec![72.into(), 500.into(), 132.into(), 620.into()];
    let address = with(field("Tx", string("Ms Jane Doe Main Street 1")), "Ff", (1 << 12).into());
    check_bare(0, with(address, "Rect", tall.into()), &["page", "Ms Jane", "Doe Main", "Street 1"]);
    // Where the text stands, in its place from 72 to 272: the first letter's left, the last one's right edge.
    for (justified, from, to) in [(0, 72.0, 90.0), (1, 163.0, 181.0), (2, 254.0, 272.0)] {
        check_place(
            with(with(field("Tx", string("9,0")), "Q", justified.into()), "DA", style("12")),
            from,
            to,
        );
    }
    check_place(
        with(field("Tx", string("no room for all of this in its place, 200 points wide")), "DA", style("12")),
        72.0,
        272.0,
    );
    check_place(with(field("Tx", string("9,0")), "DA", style("1000")), 72.0, 102.0);
    // From the field it is a part of.
    let parent = field("Tx", string("inherited"));
    check_bare(0, dictionary! { "Subtype" => "Widget", "Parent" => parent }, &["page", "inherited"]);
    // What viewers don't show either.
    check_bare(0, with(amount.clone(), "F", 2.into()), &["page"]);
    check_bare(0, with(amount.clone(), "Ff", (1 << 13).into()), &["page"]);
    check_bare(0, with(note, "CA", 0.into()), &["page"]);
    check_bare(0, field("Btn", "Yes".into()), &["page"]);
    check_bare(0, with(amount.clone(), "OC", Dictionary::new().into()), &["page"]);
    let outside = vec![700.into(), 600.into(), 800.into(), 620.into()];
    check_bare(0, with(amount.clone(), "Rect", outside.into()), &["page"]);
    check_bare(0, with(amount, "Rect", vec![Object::from(72); 4].into()), &["page"]);
    check_bare(0, dictionary! { "Subtype" => "Text", "Contents" => string("a remark") }, &["page"]);
}

#[test]
fn letters_of_annotations_count_towards_the_limit() {
    let field = dictionary! {
        "Subtype" => "Widget", "FT" => "Tx", "V" => Object::string_literal("123456789"),
        "Rect" => vec![72.into(), 600.into(), 272.into(), 620.into()],
    };
    let operations = text(72, 700, "page");
    let mut document = builder::document(&[PageSource { operations: &operations, rotate: 0 }]);
    let page = document.page_iter().next().unwrap();
    let fields = vec![Object::from(field); 3];
    document.get_dictionary_mut(page).unwrap().set("Annots", fields);
    let bytes = builder::save(document);
    let read = |glyphs_per_page_max: u32| {
        let limits = Limits { glyphs_per_page_max, ..Limits::default() };
        docmill_pdf::read(bytes.clone(), None, &PageSelection::all(), &limits)
    };
    assert_eq!(read(31).unwrap().pages[0].lines.len(), 2, "the three lie in one line");
    assert!(matches!(read(30), Err(ReadError::LimitExceeded { found: 31, .. })));
    assert!(matches!(read(10), Err(ReadError::LimitExceeded { found: 22, .. })), "the third isn't looked at");
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
