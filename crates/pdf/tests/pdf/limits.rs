//! Every limit is kept, and says so.

use std::collections::BTreeMap;

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Limits, ReadError, ReadWarning};

use lopdf::{Dictionary, Object, ObjectId, Stream, dictionary};

use crate::builder::{self, PageSource, text};

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

/// A page whose content is `data` under `filter`, with `others` in its resources.
fn page(filter: &str, data: &[u8], others: Vec<(&str, Vec<u8>)>) -> Vec<u8> {
    let mut document = builder::document(&[PageSource { operations: "", rotate: 0 }]);
    let page = document.page_iter().next().unwrap();
    let content = document.add_object(Stream::new(dictionary! { "Filter" => filter }, data.to_vec()));
    let forms: Vec<(&str, ObjectId)> = others
        .into_iter()
        .map(|(name, operations)| {
            let form = dictionary! {
                "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 9.into(), 9.into()],
            };
            (name, document.add_object(Stream::new(form, operations)))
        })
        .collect();
    let page = document.get_dictionary_mut(page).unwrap();
    page.set("Contents", content);
    if !forms.is_empty() {
        let forms: Dictionary = forms.into_iter().map(|(name, id)| (name, Object::from(id))).collect();
        page.set("Resources", dictionary! { "XObject" => forms });
    }
    builder::save(document)
}

fn deflated(bytes: usize) -> Vec<u8> {
    let mut stream = Stream::new(Dictionary::new(), vec![b' '; bytes]);
    stream.compress().unwrap();
    stream.content
}

#[test]
fn decompressed_bytes() {
    // Instead of the fonts, which have bytes as well.
    let nothing = || vec![("X", Vec::new())];
    let limits = &Limits { page_decompressed_bytes_max: 50_000, ..Limits::default() };
    check(page("FlateDecode", &deflated(50_000), nothing()), "", limits, Ok(&[1]));
    let message = "the PDF has 50001 decompressed bytes on page 1, more than the 50000 allowed: raise `page_decompressed_bytes_max` if the file can be trusted";
    check(page("FlateDecode", &deflated(50_001), nothing()), "", limits, Err(message));
    // Of text, whatever it stands for, and of what doesn't say how it is compressed.
    check(page("ASCIIHexDecode", &b"20".repeat(20_000), nothing()), "", limits, Ok(&[1]));
    let zeros = b"z".repeat(12_501);
    let message = "the PDF has 62505 decompressed bytes on page 1, more than the 50000 allowed: raise `page_decompressed_bytes_max` if the file can be trusted";
    check(page("ASCII85Decode", &zeros, nothing()), "", limits, Err(message));

    // Pages that are all within the limit may be too much together.
    let limits = &Limits { decompressed_bytes_max: 1_000, ..Limits::default() };
    check(builder::pages(10), "", limits, Ok(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    let found = docmill_pdf::read(builder::pages(100), None, &PageSelection::all(), limits);
    assert!(
        matches!(&found, Err(ReadError::LimitExceeded { limit, .. }) if limit == "decompressed_bytes_max"),
        "{found:?}"
    );
}

#[test]
fn forms_and_their_nesting() {
    let limits = &Limits { forms_per_page_max: 3, nesting_max: 2, ..Limits::default() };
    let message = |what, found, limit, max| {
        format!(
            "the PDF has {found} {what} on page 1, more than the {max} allowed: raise `{limit}` if the file can be trusted"
        )
    };
    let drawn = |times| page("Crypt", &b"/X Do ".repeat(times), vec![("X", b"".to_vec())]);
    check(drawn(3), "", limits, Ok(&[1]));
    check(drawn(4), "", limits, Err(&message("forms", 4, "forms_per_page_max", 3)));
    let nested = |inner: &str| {
        page("Crypt", b"/X Do", vec![("X", b"/Y Do".to_vec()), ("Y", inner.into()), ("Z", b"".to_vec())])
    };
    check(nested(""), "", limits, Ok(&[1]));
    check(nested("/Z Do"), "", limits, Err(&message("forms within one another", 3, "nesting_max", 2)));
    // A rectangle that cuts off what lies outside is no form.
    let cut = "q 1 1 9 9 re W n ".repeat(9) + &"Q ".repeat(9);
    check(builder::one_page(&cut), "", limits, Ok(&[1]));
}

/// A page that draws X, and forms with these names that draw these names after saying their own; `owns` lists what is in
/// whose resources, that of the page under an empty name; who lists the same shares them. A form without its own draws with
/// those of what draws it.
fn forms(content: &str, forms: &[(&str, &str)], owns: &[(&str, &str)]) -> Vec<u8> {
    let mut document = builder::document(&[PageSource { operations: "", rotate: 0 }]);
    let page = document.page_iter().next().unwrap();
    let font = dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" };
    let font = document.add_object(font);
    let content = document.add_object(Stream::new(Dictionary::new(), content.as_bytes().to_vec()));
    let ids: Vec<(&str, ObjectId)> = forms
        .iter()
        .map(|&(name, draws)| {
            // Each lies above the one that draws it: what is drawn twice isn't taken for text made bold.
            let operations = format!("BT /F 10 Tf 20 20 Td (said by {name}) Tj ET 1 0 0 1 0 30 cm {draws}");
            let form = dictionary! {
                "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 600.into(), 800.into()],
            };
            (name, document.add_object(Stream::new(form, operations.into_bytes())))
        })
        .collect();
    let resources = |listed: &str| {
        let listed = ids.iter().filter(|(name, _)| listed.contains(name));
        let x_objects: Dictionary = listed.map(|&(name, id)| (name, Object::from(id))).collect();
        dictionary! { "XObject" => x_objects, "Font" => dictionary! { "F" => font } }
    };
    let mut shared = BTreeMap::new();
    for &(owner, listed) in owns {
        let resources = *shared.entry(listed).or_insert_with(|| document.add_object(resources(listed)));
        match ids.iter().find(|(name, _)| *name == owner) {
            Some(&(_, form)) => {
                let form = document.get_object_mut(form).unwrap().as_stream_mut().unwrap();
                form.dict.set("Resources", resources);
            }
            None => document.get_dictionary_mut(page).unwrap().set("Resources", resources),
        }
    }
    document.get_dictionary_mut(page).unwrap().set("Contents", content);
    builder::save(document)
}

#[test]
fn forms_that_draw_themselves_are_drawn_once() {
    let check = |bytes: &[u8], expected: &[&str], circles: u32| {
        let found = docmill_pdf::read(bytes.to_vec(), None, &PageSelection::all(), &Limits::default());
        let document = found.unwrap();
        let lines = document.pages.iter().flat_map(|page| &page.lines);
        let mut texts: Vec<String> = lines.map(|line| line.text()).collect();
        texts.sort();
        assert_eq!(texts, expected);
        let warning = (circles > 0).then_some(ReadWarning::FormsInThemselves { forms: circles });
        assert_eq!(document.warnings, Vec::from_iter(warning));
        docmill_pdf::render_png(bytes.to_vec(), None, 1, 100, &Limits::default()).unwrap();
    };
    // Straight, with the page's resources, inherited or shared.
    check(&forms("/X Do", &[("X", "/X Do")], &[("", "X")]), &["said by X"], 1);
    check(&forms("/X Do", &[("X", "/X Do")], &[("", "X"), ("X", "X")]), &["said by X"], 1);
    check(&forms("/X Do", &[("X", "/X Do /X Do")], &[("", "X")]), &["said by X"], 1);
    // By way of another, which is drawn beside it as well.
    let round = [("X", "/Y Do"), ("Y", "/X Do")];
    check(&forms("/X Do", &round, &[("", "XY")]), &["said by X", "said by Y"], 1);
    check(&forms("/X Do", &round, &[("", "XY"), ("X", "XY"), ("Y", "XY")]), &["said by X", "said by Y"], 1);
    let two = [("X", "/X Do /Y Do"), ("Y", "/X Do /Y Do")];
    check(&forms("/X Do", &two, &[("", "XY")]), &["said by X", "said by Y"], 2);
    // The interpreter follows no reference from within an object to that object.
    check(&forms("/X Do", &round, &[("", "X"), ("X", "Y"), ("Y", "X")]), &["said by X", "said by Y"], 0);

    // Forms that are merely listed where they could draw themselves are left alone, and so are those that lie deep.
    let deep: Vec<String> = (0..25).map(|number| format!("{}", char::from(b'A' + number))).collect();
    let draws: Vec<String> = deep.iter().skip(1).map(|name| format!("/{name} Do")).collect();
    let chain: Vec<(&str, &str)> =
        deep.iter().zip(&draws).map(|(name, draws)| (name.as_str(), draws.as_str())).collect();
    let bytes = forms("/A Do", &chain, &[("", &deep.concat())]);
    let found = docmill_pdf::read(bytes, None, &PageSelection::all(), &Limits::default());
    assert!(
        matches!(&found, Err(ReadError::LimitExceeded { limit, .. }) if limit == "nesting_max"),
        "{found:?}"
    );
}

#[test]
fn what_a_picture_claims_to_be() {
    let limits = &Limits { page_decompressed_bytes_max: 3_000, ..Limits::default() };
    let draw = |width: u32| {
        let operations = format!("q 9 0 0 9 0 0 cm BI /W {width}/H 10/BPC 8/CS/RGB ID abc EI Q");
        docmill_pdf::render_png(builder::one_page(&operations), None, 1, 50, limits)
    };
    assert!(draw(99).is_ok());
    let error = draw(101).unwrap_err().to_string();
    let message = "the PDF has 3030 bytes of images on page 1, more than the 3000 allowed: raise `page_decompressed_bytes_max` if the file can be trusted";
    assert_eq!(error, message);
}

#[test]
fn a_parser_that_fails_says_where() {
    let mut document = builder::document(&[PageSource { operations: "", rotate: 0 }]);
    let page = document.page_iter().next().unwrap();
    // Rows of no bytes: the parser divides by them.
    let parameters = dictionary! { "Predictor" => 2, "Columns" => 0 };
    let content = dictionary! { "Filter" => "FlateDecode", "DecodeParms" => parameters };
    let content = document.add_object(Stream::new(content, deflated(10)));
    document.get_dictionary_mut(page).unwrap().set("Contents", content);
    let failed = "the parser failed on page 1: ask the sender for another copy, and report it";
    check(builder::save(document), "", &Limits::default(), Err(failed));
}

#[test]
fn tables_of_objects() {
    let mut bytes = Vec::new();
    builder::document(&[PageSource { operations: "", rotate: 0 }]).save_modern(&mut bytes).unwrap();
    let limits = Limits { structure_stream_bytes_max: 100, ..Limits::default() };
    check(bytes.clone(), "", &Limits::default(), Ok(&[1]));
    let found = docmill_pdf::read(bytes, None, &PageSelection::all(), &limits);
    assert!(
        matches!(&found, Err(ReadError::LimitExceeded { limit, .. }) if limit == "structure_stream_bytes_max"),
        "{found:?}"
    );
}
