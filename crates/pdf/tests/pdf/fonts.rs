//! What glyphs say in fonts without a `ToUnicode` map.

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

use crate::builder::{self, PageSource};
use crate::{lines, read};

/// A composite font: how its codes become CIDs, the collection of those, and what stands for `ToUnicode`.
#[derive(Clone, Copy)]
struct Composite {
    encoding: &'static str,
    ordering: &'static str,
    to_unicode: Option<&'static str>,
    is_embedded: bool,
}

const PLAIN: Composite =
    Composite { encoding: "Identity-H", ordering: "Identity", to_unicode: None, is_embedded: true };

#[track_caller]
fn check(fonts: &[Composite], codes: &str, expected: &str) {
    let mut document = document(codes);
    let program = Stream::new(Dictionary::new(), true_type(&[(0x4e8c, 7), (0x391, 5), (0x41, 5), (0x42, 6)]));
    let program = document.add_object(program);
    let fonts: Vec<ObjectId> = fonts.iter().map(|font| add(&mut document, font, program)).collect();
    use_font(&mut document, fonts[0]);
    let page = &read(builder::save(document)).pages[0];
    assert_eq!(lines(page), [expected]);
    let unmapped = expected.chars().filter(|&character| character == '\u{fffd}').count();
    assert_eq!(usize::try_from(page.glyphs_unmapped).unwrap(), unmapped);
}

#[test]
fn composite_fonts_without_a_unicode_map() {
    // The program's own map backwards: of alpha and A, which share glyph 5, the lower; glyph 9 is nobody's.
    check(&[PLAIN], "<0005000600070009>", "AB二\u{fffd}");
    // A glyph without ink is a space, but not one of a font in the place of one nobody has.
    check(&[PLAIN], "<000500080006>", "A B");
    // The CIDs of a collection, by a legacy encoding and without one.
    let chinese = Composite { encoding: "GBK-EUC-H", ordering: "GB1", ..PLAIN };
    check(&[chinese], "<b0a1b0a2>", "啊阿");
    let japanese = Composite { ordering: "Japan1", ..PLAIN };
    check(&[japanese], "<034a034b>", "ぁあ");
    let absent = Composite { is_embedded: false, ..PLAIN };
    check(&[Composite { ordering: "Korea1", ..absent }], "<0022>", "A");
    // Glyph numbers of a font nobody has are not guessed at.
    check(&[absent], "<00050006>", "\u{fffd}\u{fffd}");
    check(&[absent], "<00cb>", "\u{fffd}");
    // The identity for a map says that codes are Unicode.
    check(&[Composite { to_unicode: Some("Identity-H"), ..absent }], "<01660031>", "Ŧ1");
    // So does the name of a collection, where CIDs aren't glyphs of a program.
    let unicode = Composite { ordering: "UCS", ..PLAIN };
    check(&[Composite { is_embedded: false, ..unicode }], "<00c40031>", "Ä1");
    check(&[unicode], "<00410009>", "\u{fffd}");
    // Two fonts that could have drawn it, of different minds: nobody knows.
    check(&[PLAIN, japanese], "<00050006>", "\u{fffd}\u{fffd}");
    check(&[PLAIN, PLAIN], "<00050006>", "AB");
}

#[test]
fn characters_that_a_table_maps_to_glyphs() {
    let mut document = document("<0041>");
    let program = document.add_object(Stream::new(Dictionary::new(), true_type(&[(0x42, 6)])));
    let font = add(&mut document, &Composite { ordering: "UCS", ..PLAIN }, program);
    let table = [[0, 0]; 0x41].into_iter().chain([[0, 9]]).flatten().collect();
    let table = document.add_object(Stream::new(Dictionary::new(), table));
    let descendants = document.get_dictionary(font).unwrap().get(b"DescendantFonts").unwrap();
    let descendant = descendants.as_array().unwrap()[0].as_reference().unwrap();
    document.get_dictionary_mut(descendant).unwrap().set("CIDToGIDMap", table);
    use_font(&mut document, font);
    assert_eq!(lines(&read(builder::save(document)).pages[0]), ["A"]);
}

/// Text drawn from left to right at each point, in a font whose codes are Unicode; what the page's lines read.
#[track_caller]
fn check_unicode(drawn: &[(i32, i32, &str)], expected: &[&str]) {
    let operations: String = drawn
        .iter()
        .map(|(x, y, text)| {
            let codes: String =
                text.chars().map(|character| format!("{:04x}", u32::from(character))).collect();
            format!("BT /F9 10 Tf 60 Tz 1 0 0 1 {x} {y} Tm <{codes}> Tj ET ")
        })
        .collect();
    let mut document = builder::document(&[PageSource { operations: &operations, rotate: 0 }]);
    let font = Composite { to_unicode: Some("Identity-H"), is_embedded: false, ..PLAIN };
    let program = document.new_object_id();
    let font = add(&mut document, &font, program);
    use_font(&mut document, font);
    assert_eq!(lines(&read(builder::save(document)).pages[0]), expected);
}

#[test]
fn right_to_left_text_is_read_as_people_read_it() {
    check_unicode(&[(300, 700, "םולש")], &["שלום"]);
    check_unicode(&[(300, 700, "10,50 :םוכס")], &["סכום: 10,50"]);
    // A row of a table starts at the right, also where it holds no right-to-left letter.
    let table = [(400, 700, "רואית"), (200, 700, "ריחמ"), (400, 680, "Bolt"), (200, 680, "1.234,50")];
    check_unicode(&table, &["תיאור | מחיר", "Bolt | 1.234,50"]);
    // So do columns of running text.
    let (first, second) = ("הנושארה הרושב שי ןאכ", "הינשה הרושב שי ןאכ");
    let columns: Vec<(i32, i32, &str)> =
        (0..6).flat_map(|row| [(320, 700 - 12 * row, first), (50, 700 - 12 * row, second)]).collect();
    let (first, second) = ("כאן יש בשורה הראשונה", "כאן יש בשורה השניה");
    check_unicode(&columns, &[[first; 6], [second; 6]].concat());
}

#[test]
fn glyphs_that_say_nothing_part_no_word() {
    check_unicode(&[(72, 700, "Tot\u{ad}al in\u{200b}voice")], &["Total invoice"]);
}

#[test]
fn simple_fonts_with_glyph_names_that_say_nothing() {
    let mut document = document("(ab)");
    let program = Stream::new(Dictionary::new(), true_type(&[(0x61, 5), (0x62, 6)]));
    let program = document.add_object(program);
    let descriptor = document.add_object(descriptor(Some(program)));
    let differences = vec![Object::from(97), "g5".into(), "b".into()];
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "TrueType", "BaseFont" => "ABCDEF+Made", "FontDescriptor" => descriptor,
        "FirstChar" => 97, "LastChar" => 98, "Widths" => vec![500.into(), 500.into()],
        "Encoding" => dictionary! { "Type" => "Encoding", "Differences" => differences },
    });
    use_font(&mut document, font);
    assert_eq!(lines(&read(builder::save(document)).pages[0]), ["\u{fffd}b"], "code 97 selects no glyph");
}

/// A font drawn by the file itself: what the glyph named so, of code 97, says.
#[track_caller]
fn check_drawn(name: &str, expected: &str) {
    let mut document = document("(a)");
    let square = document.add_object(Stream::new(Dictionary::new(), "500 0 d0 0 0 400 700 re f".into()));
    let mut glyphs = Dictionary::new();
    glyphs.set(name, square);
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type3", "FirstChar" => 97, "LastChar" => 97, "Widths" => vec![500.into()],
        "FontBBox" => vec![0.into(), 0.into(), 500.into(), 700.into()],
        "FontMatrix" => vec![0.001.into(), 0.into(), 0.into(), 0.001.into(), 0.into(), 0.into()],
        "CharProcs" => glyphs,
        "Encoding" => dictionary! { "Type" => "Encoding", "Differences" => vec![97.into(), name.into()] },
    });
    use_font(&mut document, font);
    assert_eq!(lines(&read(builder::save(document)).pages[0]), [expected], "{name}");
}

#[test]
fn glyph_names_of_fonts_the_file_draws() {
    check_drawn("B", "B");
    check_drawn("adieresis", "ä");
    check_drawn("Euro", "€");
    check_drawn("f_f_l", "ffl");
    check_drawn("uni20AC", "€");
    check_drawn("u1F600", "😀");
    // Names by which printers know their characters.
    check_drawn("LA170000", "ä");
    check_drawn("ND100000", "0");
    // A name that says nothing isn't taken for its code.
    check_drawn("g97", "\u{fffd}");
    check_drawn("a97", "\u{fffd}");
}

/// A font drawn by the file itself, with a glyph of a name that says nothing for each code of `shown`.
#[track_caller]
fn check_codes(shown: &str, others: &[&str], expected: &str) {
    let mut document = document(&format!("({shown})"));
    let mut add = |codes: &str, prefix: &str| {
        let square = document.add_object(Stream::new(Dictionary::new(), "500 0 d0 0 0 400 700 re f".into()));
        let mut glyphs = Dictionary::new();
        for code in codes.bytes() {
            glyphs.set(format!("{prefix}{code}"), square);
        }
        // Every code has a name, though not every name a glyph.
        let names = (1..=255).map(|code| Object::Name(format!("{prefix}{code}").into_bytes()));
        let differences: Vec<Object> = [Object::from(1)].into_iter().chain(names).collect();
        document.add_object(dictionary! {
            "Type" => "Font", "Subtype" => "Type3", "FirstChar" => 0, "LastChar" => 255, "Widths" => vec![0.5.into(); 256],
            "FontBBox" => vec![0.into(), 0.into(), 1.into(), 1.into()],
            "FontMatrix" => vec![1.into(), 0.into(), 0.into(), 1.into(), 0.into(), 0.into()],
            "CharProcs" => glyphs, "Encoding" => dictionary! { "Type" => "Encoding", "Differences" => differences },
        })
    };
    let font = add(shown, "a");
    for other in others {
        add(other, "b");
    }
    use_font(&mut document, font);
    assert_eq!(lines(&read(builder::save(document)).pages[0]), [expected], "{shown:?} among {others:?}");
}

#[test]
fn codes_of_fonts_the_file_draws() {
    let unknown = |count: usize| "\u{fffd}".repeat(count);
    // Letters, as TeX writes them; what its fonts have elsewhere stays unknown.
    check_codes("Invoice", &[], &unknown(7));
    check_codes("Invoice-due:2026", &[], "Invoice-due:2026");
    check_codes("Invoice{due:2026", &[], "Invoice\u{fffd}due:2026");
    // Numbered through, in the order of use or as another font does.
    check_codes("abcdefghijklm", &[], &unknown(13));
    check_codes("9ROXPHLQWRWDO", &[], &unknown(13));
    // A font in which the codes of these letters say nothing could have drawn them, too.
    check_codes("Invoice-due:2026", &["Total-due:2027"], "Invoice-due:2026");
    check_codes("Invoice-due:2026", &["tuvwxyz"], "In\u{fffd}oice-d\u{fffd}e:2026");
}

/// What a glyph without a meaning says that this procedure draws between two letters.
#[track_caller]
fn check_ink(procedure: Option<&str>, expected: &str) {
    let mut document = document("(axb)");
    let mut glyphs = Dictionary::new();
    for (name, procedure) in
        [("a", Some("0 0 400 700 re f")), ("b", Some("0 0 400 700 re f")), ("g1", procedure)]
    {
        if let Some(procedure) = procedure {
            let procedure = format!("500 0 d0 {procedure}");
            glyphs.set(name, document.add_object(Stream::new(Dictionary::new(), procedure.into())));
        }
    }
    let differences = [Object::from(97), "a".into(), "b".into(), Object::from(120), "g1".into()];
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type3", "FirstChar" => 0, "LastChar" => 255, "Widths" => vec![500.into(); 256],
        "FontBBox" => vec![0.into(), 0.into(), 500.into(), 700.into()],
        "FontMatrix" => vec![0.001.into(), 0.into(), 0.into(), 0.001.into(), 0.into(), 0.into()],
        "CharProcs" => glyphs,
        "Encoding" => dictionary! { "Type" => "Encoding", "Differences" => differences.to_vec() },
    });
    use_font(&mut document, font);
    assert_eq!(lines(&read(builder::save(document)).pages[0]), [expected], "{procedure:?}");
}

#[test]
fn glyphs_without_ink_are_spaces() {
    check_ink(None, "a b");
    check_ink(Some(""), "a b");
    check_ink(Some("0 0 400 700 re n"), "a b");
    check_ink(Some("0 0 400 700 re f"), "a\u{fffd}b");
    check_ink(Some("0 0 m 400 700 l S"), "a\u{fffd}b");
    check_ink(Some("q 400 0 0 400 0 0 cm BI /W 1 /H 1 /IM true ID x EI Q"), "a\u{fffd}b");
}

#[test]
fn names_of_printers_in_fonts_with_outlines() {
    let mut document = document("<8140f14bf0>");
    let codes =
        [(0x81, "LA010000"), (0x40, "SP010000"), (0xf1, "ND010000"), (0x4b, "SP110000"), (0xf0, "ND100000")];
    let differences = codes.iter().flat_map(|&(code, name)| [Object::from(code), Object::from(name)]);
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "SonoranSans", "FirstChar" => 0, "LastChar" => 255,
        "Widths" => vec![Object::from(556); 256],
        "Encoding" => dictionary! { "Type" => "Encoding", "Differences" => differences.collect::<Vec<_>>() },
    });
    use_font(&mut document, font);
    assert_eq!(lines(&read(builder::save(document)).pages[0]), ["a 1.0"]);
}

/// Simple fonts of these names, that aren't embedded unless the name is of a subset, and what the first one's codes say.
#[track_caller]
fn check_simple(names: &[&[u8]], codes: &str, expected: &str) {
    let mut document = document(codes);
    let program = document.add_object(Stream::new(Dictionary::new(), true_type(&[(0x61, 5)])));
    let mut add = |name: &[u8]| {
        let descriptor = document.add_object(descriptor(name.starts_with(b"ABCDEF+").then_some(program)));
        document.add_object(dictionary! {
            "Type" => "Font", "Subtype" => "TrueType", "BaseFont" => Object::Name(name.to_vec()),
            "FirstChar" => 0, "LastChar" => 255, "Widths" => vec![Object::from(500); 256],
            "Encoding" => "WinAnsiEncoding", "FontDescriptor" => descriptor,
        })
    };
    let made: Vec<ObjectId> = names.iter().map(|name| add(name)).collect();
    use_font(&mut document, made[0]);
    // The fonts of the page itself are of a kind that is told apart from these by nobody.
    let page = document.page_iter().next().unwrap();
    let resources = document.get_dictionary(page).unwrap().get(b"Resources").unwrap().as_reference().unwrap();
    let fonts =
        document.get_dictionary_mut(resources).unwrap().get_mut(b"Font").unwrap().as_dict_mut().unwrap();
    for (number, font) in made.iter().enumerate().skip(1) {
        fonts.set(format!("Also{number}"), *font);
    }
    let others: Vec<ObjectId> = ["F1", "F2", "F3"]
        .iter()
        .map(|font| fonts.remove(font.as_bytes()).unwrap().as_reference().unwrap())
        .collect();
    for other in others {
        document.objects.remove(&other);
    }
    assert_eq!(lines(&read(builder::save(document)).pages[0]), [expected], "{names:?}");
}

#[test]
fn simple_fonts_in_character_sets_of_old() {
    let song: &[u8] = b"\xcb\xce\xcc\xe5";
    check_simple(&[song], "<d2bbbec531cea8>", "一九1唯");
    check_simple(&[b"\xb7\xc2\xcb\xce_GB2312", song], "<d2bbbec5a1a1>", "一九");
    check_simple(&[b"\xb2\xd3\xa9\xfa\xc5\xe9"], "<a440a44a>", "一入");
    check_simple(&[b"\x82l\x82r \x96\xbe\x92\xa9"], "<93fa967b41>", "日本A");
    check_simple(&[b"\xb9\xd9\xc5\xc1"], "<c7d1b1db>", "한글");
    // Bytes that are no character of the set are what the font states.
    check_simple(&[song], "<d2bbe9>", "一é");
    // A name of no such family, a font that is embedded, and one that may have been drawn with as well.
    check_simple(&[b"Caf\xe9"], "<d2bb>", "Ò»");
    check_simple(&[b"Arial"], "<d2bb>", "Ò»");
    check_simple(&[b"ABCDEF+\xcb\xce\xcc\xe5"], "<d2bb>", "Ò»");
    check_simple(&[song, b"Arial"], "<d2bb>", "Ò»");
    check_simple(&[song, b"\xb9\xd9\xc5\xc1"], "<d2bb>", "Ò»");
    check_simple(&[song, b"ABCDEF+Arial"], "<d2bb>", "一");
    check_simple(&[b"ABCDEF+Arial", song], "<d2bb>", "Ò»");
}

#[test]
fn letters_without_a_width_are_as_wide_as_they_are_drawn() {
    let mut document = document("(n) Tj 5.6 0 Td (e) Tj 5.6 0 Td (t) Tj 20 0 Td (8)");
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "FirstChar" => 0, "LastChar" => 0,
        "Widths" => vec![600.into()],
    });
    use_font(&mut document, font);
    assert_eq!(lines(&read(builder::save(document)).pages[0]), ["net | 8"]);
}

fn document(codes: &str) -> Document {
    let operations = format!("BT /F9 10 Tf 72 700 Td {codes} Tj ET");
    builder::document(&[PageSource { operations: &operations, rotate: 0 }])
}

fn use_font(document: &mut Document, font: ObjectId) {
    let page = document.page_iter().next().unwrap();
    let resources = document.get_dictionary(page).unwrap().get(b"Resources").unwrap().as_reference().unwrap();
    let resources = document.get_dictionary_mut(resources).unwrap();
    resources.get_mut(b"Font").unwrap().as_dict_mut().unwrap().set("F9", font);
}

fn add(document: &mut Document, font: &Composite, program: ObjectId) -> ObjectId {
    let descriptor = document.add_object(descriptor(font.is_embedded.then_some(program)));
    let descendant = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "CIDFontType2", "BaseFont" => "ABCDEF+Made",
        "FontDescriptor" => descriptor, "CIDToGIDMap" => "Identity",
        "CIDSystemInfo" => dictionary! {
            "Registry" => Object::string_literal("Adobe"), "Ordering" => Object::string_literal(font.ordering),
            "Supplement" => 0,
        },
    });
    let mut composite = dictionary! {
        "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "ABCDEF+Made", "Encoding" => font.encoding,
        "DescendantFonts" => vec![descendant.into()],
    };
    if let Some(name) = font.to_unicode {
        composite.set("ToUnicode", Object::from(name));
    }
    document.add_object(composite)
}

fn descriptor(program: Option<ObjectId>) -> Dictionary {
    let mut descriptor =
        dictionary! { "Type" => "FontDescriptor", "FontName" => "ABCDEF+Made", "Flags" => 4 };
    if let Some(program) = program {
        descriptor.set("FontFile2", program);
    }
    descriptor
}

/// A TrueType font of ten empty glyphs, with a map from characters to glyphs.
fn true_type(map: &[(u32, u32)]) -> Vec<u8> {
    let mut map = map.to_vec();
    map.sort_unstable();
    let words = |words: &[u16]| -> Vec<u8> { words.iter().flat_map(|word| word.to_be_bytes()).collect() };
    let longs = |longs: &[u32]| -> Vec<u8> { longs.iter().flat_map(|long| long.to_be_bytes()).collect() };
    let count = u32::try_from(map.len()).unwrap();
    let mut cmap = words(&[0, 1, 3, 10]);
    cmap.extend(longs(&[12]));
    cmap.extend(words(&[12, 0]));
    cmap.extend(longs(&[16 + 12 * count, 0, count]));
    cmap.extend(map.iter().flat_map(|&(character, glyph)| longs(&[character, character, glyph])));
    let mut head = longs(&[0x1_0000, 0x1_0000, 0, 0x5f0f_3cf5]);
    head.extend(words(&[0, 1000]));
    head.resize(54, 0);
    let mut hhea = longs(&[0x1_0000]);
    hhea.resize(34, 0);
    hhea.extend(words(&[10]));
    let mut maxp = longs(&[0x1_0000]);
    maxp.extend(words(&[10]));
    maxp.resize(32, 0);
    // A triangle for each glyph but the eighth; places are counted in words.
    let triangle: [u16; 15] = [1, 0, 0, 500, 500, 2, 0, 0x0101, 0x0100, 0x0001, 0xf400, 0, 0, 0x0001, 0xf400];
    let outline = words(&triangle);
    let loca: Vec<u16> =
        (0..=10).map(|glyph| if glyph > 8 { 15 * (glyph - 1) } else { 15 * glyph }).collect();
    let tables: [(&[u8; 4], Vec<u8>); 7] = [
        (b"cmap", cmap),
        (b"glyf", outline.repeat(10)),
        (b"head", head),
        (b"hhea", hhea),
        (b"hmtx", words(&[500, 0].repeat(10))),
        (b"loca", words(&loca)),
        (b"maxp", maxp),
    ];
    let mut font = longs(&[0x1_0000]);
    font.extend(words(&[7, 64, 2, 48]));
    let mut body = Vec::new();
    for (tag, table) in tables {
        let offset = u32::try_from(12 + 16 * 7 + body.len()).unwrap();
        font.extend(tag);
        font.extend(longs(&[0, offset, u32::try_from(table.len()).unwrap()]));
        body.extend(table);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    font.extend(body);
    font
}
