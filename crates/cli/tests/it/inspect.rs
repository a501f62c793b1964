//! `docmill inspect`: its JSON is kept stable, its errors are one line, its pictures are images.

use std::path::Path;

use serde_json::Value;

use crate::docmill::{docmill, write};

fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/invoice").join(name);
    path.canonicalize().unwrap().display().to_string()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_json_has_the_shape_that_was_promised() {
    let folder = tempfile::tempdir().unwrap();
    let seen = docmill(folder.path(), &["inspect", &sample("factur-x.pdf"), "--json"]).json();
    // The first four were promised; the rest came later. None goes.
    assert_eq!(
        keys(&seen),
        [
            "pages",
            "embedded_files",
            "form_fields",
            "encrypted",
            "pages_in_file",
            "languages",
            "number_notation",
            "date_order",
            "metadata",
            "page_labels",
            "outline",
            "signatures",
            "encryption",
            "has_xfa_form",
            "truncated",
            "warnings"
        ]
    );
    assert_eq!(seen["encrypted"], false);
    assert_eq!(seen["embedded_files"][0]["name"], "factur-x.xml");
    assert!(seen["embedded_files"][0]["bytes"].as_u64().unwrap() > 1_000);
    let page = &seen["pages"][0];
    assert_eq!(keys(page), ["number", "width", "height", "text_usable", "lines", "tables"]);
    assert_eq!((page["number"].as_u64(), page["text_usable"].as_bool()), (Some(1), Some(true)));
    let line = &page["lines"][0];
    assert_eq!(keys(line), ["text", "box", "words"]);
    assert_eq!(keys(&line["words"][0]), ["text", "box"]);
    let words: Vec<&str> =
        line["words"].as_array().unwrap().iter().map(|word| word["text"].as_str().unwrap()).collect();
    assert_eq!(words.join(" "), line["text"].as_str().unwrap());
    let corners: Vec<f64> =
        line["box"].as_array().unwrap().iter().map(|corner| corner.as_f64().unwrap()).collect();
    assert!(corners.len() == 4 && corners[0] < corners[2] && corners[1] < corners[3], "{corners:?}");
    for table in page["tables"].as_array().unwrap() {
        assert_eq!(keys(table), ["box", "header_rows", "rows"]);
        assert!(table["rows"][0][0].is_string());
    }
}

#[test]
fn a_page_of_many_is_selected_and_shown_to_people() {
    let folder = tempfile::tempdir().unwrap();
    let said = docmill(folder.path(), &["inspect", &sample("two-pages-40-lines.pdf"), "--pages", "2"]);
    said.prints(&["page 2: "]);
    assert!(!said.output.contains("page 1: "), "{said:?}");
}

#[test]
fn a_password_opens_an_encrypted_file() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "password", b"grindstone\n");
    write(folder.path(), "wrong", b"millstone\n");
    let file = sample("encrypted.pdf");
    let opened = docmill(folder.path(), &["inspect", &file, "--json", "--password-file", "password"]).json();
    assert_eq!(opened["encrypted"], true);
    assert_eq!(opened["encryption"], serde_json::json!({"method": "AES", "key_bits": 128}));
    assert!(!opened["pages"][0]["lines"].as_array().unwrap().is_empty());
    docmill(folder.path(), &["inspect", &file]).fails(1, "give the file that holds its password");
    docmill(folder.path(), &["inspect", &file, "--password-file", "wrong"]).fails(1, "does not open the PDF");
}

#[test]
fn an_error_is_one_line_and_in_the_json() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "text.pdf", b"not a PDF");
    for (file, expected) in [("text.pdf", "is not a PDF"), ("nowhere.pdf", "nowhere.pdf can't be read")] {
        docmill(folder.path(), &["inspect", file]).fails(1, expected);
        let said = docmill(folder.path(), &["inspect", file, "--json"]);
        assert_eq!((said.code, said.errors.lines().count()), (Some(1), 1), "{said:?}");
        let printed: Value = serde_json::from_str(&said.output).unwrap();
        assert_eq!(keys(&printed), ["error"]);
        assert!(printed["error"].as_str().unwrap().contains(expected), "{said:?}");
    }
}

#[test]
fn a_picture_is_drawn_of_every_page() {
    let folder = tempfile::tempdir().unwrap();
    let file = sample("two-pages-40-lines.pdf");
    docmill(folder.path(), &["inspect", &file, "--image", "seen"]).prints(&["page 1: ", "page 2: "]);
    let plain = docmill_pdf::render_png(
        std::fs::read(&file).unwrap(),
        None,
        1,
        1_400,
        &docmill_pdf::Limits::default(),
    );
    for page in ["seen/page-1.png", "seen/page-2.png"] {
        let image = std::fs::read(folder.path().join(page)).unwrap();
        assert!(image.starts_with(b"\x89PNG"));
        assert_ne!(Some(&image), plain.as_ref().ok());
        let reader = png::Decoder::new(std::io::Cursor::new(image)).read_info().unwrap();
        assert_eq!(reader.info().height, 1_400);
    }
}

#[test]
fn how_a_document_writes_is_shown_with_its_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let file = sample("factur-x.pdf");
    let seen = docmill(folder.path(), &["inspect", &file, "--json"]).json();
    assert_eq!(seen["number_notation"]["decimal_mark"], "comma", "{}", seen["number_notation"]);
    assert_eq!(seen["date_order"]["order"], "day_month_year", "{}", seen["date_order"]);
    let language = &seen["languages"][0];
    assert_eq!((&language["language"], &language["source"]), (&"de".into(), &"text".into()));
    // An example's box is that of words on its page.
    let example = &seen["number_notation"]["decimal_marks"]["comma"]["examples"][0];
    let lines = seen["pages"][0]["lines"].as_array().unwrap();
    let mut words = lines.iter().flat_map(|line| line["words"].as_array().unwrap());
    assert!(words.any(|word| word["box"] == example["box"]), "{example}");
    docmill(folder.path(), &["inspect", &file]).prints(&[
        "language: de, by ",
        "decimal mark: comma (comma ",
        "order of dates: day_month_year (",
    ]);
}

#[test]
fn a_font_that_is_none_is_refused_before_the_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "font.ttf", b"not a font");
    docmill(folder.path(), &["inspect", &sample("factur-x.pdf"), "--fallback-font", "font.ttf"])
        .fails(1, "font.ttf can't be used as a font: the file is no TrueType or OpenType font");
}

#[test]
fn what_a_form_was_filled_with_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Annots[4 0 R]>>",
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(total)/V(12.00)/Rect[10 10 90 30]/P 3 0 R>>",
    ];
    let (mut file, mut table) = ("%PDF-1.7\n".to_owned(), "0000000000 65535 f \n".to_owned());
    for (number, object) in (1..).zip(objects) {
        table += &format!("{:010} 00000 n \n", file.len());
        file += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let start = file.len();
    file += &format!("xref\n0 5\n{table}trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    write(folder.path(), "form.pdf", file.as_bytes());
    let seen = docmill(folder.path(), &["inspect", "form.pdf", "--json"]).json();
    let expected = serde_json::json!([{"name": "total", "kind": "text", "value": "12.00", "page": 1}]);
    assert_eq!(seen["form_fields"], expected);
    docmill(folder.path(), &["inspect", "form.pdf"]).prints(&["form field: total = 12.00"]);
}
