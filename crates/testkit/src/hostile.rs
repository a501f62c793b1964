//! Small files that ask for much: memory, time, depth.
//!
//! Read through real children by the processor's tests, one by one by the reader's, and seeds of its fuzzing. Nothing in
//! here is real: every file is built by this module.
#![expect(clippy::unwrap_used, reason = "a test whose files can't be built may fail loudly")]

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// A file that asks for too much, and what becomes of it with the default limits.
#[derive(Debug)]
pub struct Bomb {
    /// What it is.
    pub name: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
    /// How reading it ends: `done`, or the cause that the error names.
    pub read: &'static str,
    /// How drawing its first page ends.
    pub drawn: &'static str,
}

/// Every bomb.
#[expect(clippy::too_many_lines, reason = "a table of files")]
pub fn bombs() -> Vec<Bomb> {
    let deep =
        |open: &str, close: &str, depth: usize| format!("{}{}", open.repeat(depth), close.repeat(depth));
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources 5 0 R>>";
    let tree = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
    let font = "<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>/XObject<</X 6 0 R>>>>";
    let text = "BT /F1 10 Tf 72 700 Td (Total 12.00) Tj ET ";
    let classic = |tree: &str, page: &str, content: Vec<u8>, resources: &str, others: Vec<Vec<u8>>| {
        let mut objects =
            vec!["<</Type/Catalog/Pages 2 0 R>>".into(), tree.into(), page.into(), content, resources.into()];
        objects.extend(others);
        pdf(objects)
    };
    let plain = |content: &str| stream("", content.as_bytes());
    let form = |content: &str| {
        stream("/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources 5 0 R", content.as_bytes())
    };
    let zeros = compressed(128 << 20);
    let half_a_gigabyte = compressed(512 << 20);
    // Half a gigabyte in two kilobytes: compressed data compresses again.
    let twice = deflate(&half_a_gigabyte);
    let image = |filter: &str, width: u32, data: &[u8]| {
        stream(
            &format!(
                "/Subtype/Image/Width {width}/Height {width}/BitsPerComponent 8/ColorSpace/DeviceRGB{filter}"
            ),
            data,
        )
    };
    let mut laughs: Vec<Vec<u8>> = Vec::new();
    let mut names = String::new();
    for number in 0..20 {
        write!(names, "/L{number} {} 0 R", 6 + number).unwrap();
        laughs.push(form(&format!("/L{} Do ", number + 1).repeat(10)));
    }
    let laughing = format!("<</XObject<<{names}>>>>");
    let cmap = "begincmap 1 begincodespacerange <00000000> <ffffffff> endcodespacerange \
        1 beginbfrange <00000000> <ffffffff> <0041> endbfrange endcmap";
    let mapped = "<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>>>>>";
    let wide_page = page.replace("[0 0 600 800]", "[0 0 1e30 1e-30]");
    let many = text.repeat(200_000);
    let rows: Vec<(&str, &str, &str, Vec<u8>)> = vec![
        (
            "two billion pages", "done", "done",
            classic("<</Type/Pages/Kids[3 0 R]/Count 2147483647>>", page, plain(text), font, vec![]),
        ),
        (
            "a page tree in itself", "done", "done",
            classic("<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>", page, plain(text), font, vec![]),
        ),
        ("a page under itself", "done", "done", classic(tree, &page.replace("2 0 R", "3 0 R"), plain(text), font, vec![])),
        ("a page listed 100,000 times", "done", "done", {
            let kids = "3 0 R ".repeat(100_000);
            classic(&format!("<</Type/Pages/Kids[{kids}]/Count 100000>>"), page, plain(text), font, vec![])
        }),
        ("a form in itself", "done", "done", classic(tree, page, plain("/X Do"), font, vec![form("/X Do")])),
        ("forms that laugh", "forms_per_page_max", "forms_per_page_max", classic(tree, page, plain("/L0 Do"), &laughing, laughs)),
        ("resources in themselves", "done", "done", classic(tree, page, plain(text), "5 0 R", vec![])),
        (
            "a length of itself", "done", "done",
            classic(tree, page, b"<</Length 4 0 R>>stream\nq\nendstream".to_vec(), font, vec![]),
        ),
        ("content of 128 MiB", "done", "done", classic(tree, page, stream("/Filter/FlateDecode", &zeros), font, vec![])),
        (
            "content of 512 MiB, compressed twice", "page_decompressed_bytes_max", "page_decompressed_bytes_max",
            classic(tree, page, stream("/Filter[/FlateDecode/FlateDecode]", &twice), font, vec![]),
        ),
        (
            "an image of 4 gigapixels", "done", "page_decompressed_bytes_max",
            classic(tree, page, plain("600 0 0 800 0 0 cm /X Do"), font, vec![image("", 65_535, b"abc")]),
        ),
        (
            "an image of 128 MiB", "done", "done",
            classic(
                tree,
                page,
                plain("600 0 0 800 0 0 cm /X Do"),
                font,
                vec![image("/Filter/FlateDecode", 6_000, &zeros)],
            ),
        ),
        ("arrays 100,000 deep", "done", "done", classic(tree, page, plain(&deep("[", "]", 100_000)), font, vec![])),
        (
            "arrays 1,000,000 deep as an object", "done", "done",
            classic(tree, page, plain(text), font, vec![deep("[", "]", 1_000_000).into()]),
        ),
        (
            "dictionaries 200,000 deep as resources", "done", "done",
            classic(tree, page, plain(text), &deep("<</A", ">>", 200_000), vec![]),
        ),
        ("a million saved states", "done", "done", classic(tree, page, plain(&"q ".repeat(1_000_000)), font, vec![])),
        ("brackets that never end", "done", "done", classic(tree, page, plain(&"(".repeat(1_000_000)), font, vec![])),
        ("two million characters on a page", "glyphs_per_page_max", "glyphs_per_page_max", classic(tree, page, plain(&many), font, vec![])),
        ("a map of four billion codes", "done", "done", classic(tree, page, plain(text), mapped, vec![plain(cmap)])),
        ("a page as wide as the universe", "Damaged", "Damaged", classic(tree, &wide_page, plain(text), font, vec![])),
        ("a table of objects before itself", "done", "done", {
            let bytes = classic(tree, page, plain(text), font, vec![]);
            let text = String::from_utf8(bytes).unwrap();
            let start = text.rfind("xref\n0 ").unwrap();
            text.replace("/Root", &format!("/Prev {start}/Root")).into_bytes()
        }),
        ("a table of four billion objects", "done", "done", {
            let bytes = classic(tree, page, plain(text), font, vec![]);
            String::from_utf8(bytes).unwrap().replace("xref\n0 6\n", "xref\n0 4294967295\n").into_bytes()
        }),
        ("nothing but a header", "Damaged", "Damaged", b"%PDF-1.7\n".to_vec()),
        ("objects without end", "Damaged", "Damaged", b"%PDF-1.7\n".iter().copied().chain(b"1 0 obj<<".repeat(300_000)).collect()),
        (
            "content of 300 MiB as LZW", "page_decompressed_bytes_max", "page_decompressed_bytes_max",
            classic(tree, page, stream("/Filter/LZWDecode", &lzw_spaces(42)), font, vec![]),
        ),
        (
            "content of 300 MiB as run lengths", "page_decompressed_bytes_max", "page_decompressed_bytes_max",
            classic(
                tree,
                page,
                stream("/Filter[/FlateDecode/RunLengthDecode]", &deflate(&[129, b' '].repeat(300 << 13))),
                font,
                vec![],
            ),
        ),
        (
            "content of 300 MiB in base 85", "page_decompressed_bytes_max", "page_decompressed_bytes_max",
            classic(
                tree,
                page,
                stream("/Filter[/Fl/A85]", &deflate(&b"z".repeat(75 << 20))),
                font,
                vec![],
            ),
        ),
        (
            "a map of characters of 512 MiB", "page_decompressed_bytes_max", "page_decompressed_bytes_max",
            classic(tree, page, plain(text), mapped, vec![stream("/Filter/FlateDecode", &half_a_gigabyte)]),
        ),
        (
            "a font of 512 MiB", "page_decompressed_bytes_max", "page_decompressed_bytes_max",
            classic(
                tree,
                page,
                plain(text),
                "<</Font<</F1<</Type/Font/Subtype/TrueType/BaseFont/A/FontDescriptor<</Type/FontDescriptor\
                 /FontName/A/Flags 32/FontFile2 6 0 R>>>>>>>>",
                vec![stream("/Filter/FlateDecode", &half_a_gigabyte)],
            ),
        ),
        (
            "an annotation of 512 MiB", "page_decompressed_bytes_max", "page_decompressed_bytes_max",
            classic(
                tree,
                &page.replace("/MediaBox", "/Annots[<</Subtype/Stamp/Rect[0 0 9 9]/AP<</N 6 0 R>>>>]/MediaBox"),
                plain(text),
                font,
                vec![stream("/Subtype/Form/BBox[0 0 9 9]/Filter/FlateDecode", &half_a_gigabyte)],
            ),
        ),
        (
            "forms 30 deep", "nesting_max", "nesting_max", {
            let forms = (0..30).map(|number| {
                let next = format!("/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X {} 0 R>>>>", 7 + number);
                stream(&next, b"/X Do")
            });
            classic(tree, page, plain("/X Do"), font, forms.collect())
        }),
        (
            "a font that draws with itself", "done", "nesting_max",
            classic(
                tree,
                page,
                plain("BT /F1 10 Tf (aaaa) Tj ET"),
                "<</Font<</F1 6 0 R>>>>",
                vec![
                    b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 97/LastChar 97\
                      /Widths[9]/Encoding<</Differences[97/a]>>/CharProcs<</a 7 0 R>>/Resources 5 0 R>>".to_vec(),
                    plain("9 0 d0 BT /F1 10 Tf (aaaa) Tj ET"),
                ],
            ),
        ),
        (
            "a pattern that paints with itself", "done", "done",
            classic(
                tree,
                page,
                plain("/Pattern cs /P scn 0 0 600 800 re f"),
                "<</Pattern<</P 6 0 R>>>>",
                vec![stream(
                    "/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep .001/YStep .001/Resources 5 0 R",
                    b"/Pattern cs /P scn 0 0 9 9 re f",
                )],
            ),
        ),
        (
            "rows of no columns", "ParserFailed", "ParserFailed",
            classic(
                tree,
                page,
                stream("/Filter/FlateDecode/DecodeParms<</Predictor 2/Columns 0>>", &deflate(text.as_bytes())),
                font,
                vec![],
            ),
        ),
        (
            "rows of four billion columns", "page_decompressed_bytes_max", "page_decompressed_bytes_max",
            classic(
                tree,
                page,
                stream(
                    "/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 4294967295/Colors 4>>",
                    &deflate(text.as_bytes()),
                ),
                font,
                vec![],
            ),
        ),
        (
            "an image of 400 times four billion pixels", "done", "page_decompressed_bytes_max",
            classic(
                tree,
                page,
                plain("600 0 0 800 0 0 cm /X Do"),
                font,
                vec![stream(
                    "/Subtype/Image/Width 4294967295/Height 400/BitsPerComponent 1/ColorSpace/DeviceGray",
                    b"abc",
                )],
            ),
        ),
        (
            "an image of four gigapixels within the content", "done", "page_decompressed_bytes_max",
            classic(tree, page, plain("q 600 0 0 800 0 0 cm BI /W 65535/H 65535/BPC 8/CS/RGB ID abc EI Q"), font, vec![]),
        ),
        (
            "an image that says nine pixels, and four gigapixels itself",
            "done",
            "page_decompressed_bytes_max",
            classic(
                tree,
                page,
                plain("600 0 0 800 0 0 cm /X Do"),
                font,
                vec![stream(
                    "/Subtype/Image/Width 3/Height 3/BitsPerComponent 1/ColorSpace/DeviceGray/Filter/JBIG2Decode",
                    b"\x00\x00\x00\x00\x30\x00\x01\x00\x00\x00\x13\x00\x00\xff\xff\x00\x00\xff\xff\
                      \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
                )],
            ),
        ),
        (
            "a picture of a picture's mask, its own", "done", "done",
            classic(
                tree,
                page,
                plain("600 0 0 800 0 0 cm /X Do"),
                font,
                vec![stream(
                    "/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/SMask 6 0 R",
                    b"a",
                )],
            ),
        ),
        (
            "a page tree 20,000 deep", "done", "done", {
            let nodes = (0..20_000).map(|number| format!("<</Type/Pages/Kids[{} 0 R]/Count 1>>", 7 + number).into_bytes());
            let nodes = nodes.chain([page.as_bytes().to_vec()]).collect();
            classic("<</Type/Pages/Kids[6 0 R]/Count 1>>", page, plain(text), font, nodes)
        }),
        ("a table of objects of 512 MiB", "structure_stream_bytes_max", "structure_stream_bytes_max", {
            let table = "<</Type/XRef/W[1 4 2]/Size 80000000/Root 1 0 R/Filter/FlateDecode/Length";
            let head = format!("%PDF-1.7\n1 0 obj\n{table} {}>>stream\n", half_a_gigabyte.len());
            [head.as_bytes(), &half_a_gigabyte, b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"].concat()
        }),
        (
            "a stream of objects of 512 MiB, compressed twice", "structure_stream_bytes_max", "structure_stream_bytes_max",
            classic(
                tree,
                page,
                plain(text),
                font,
                vec![stream("/Type/ObjStm/N 9/First 99/Filter[/FlateDecode/FlateDecode]", &twice)],
            ),
        ),
    ];
    rows.into_iter().map(|(name, read, drawn, bytes)| Bomb { name, bytes, read, drawn }).collect()
}

/// A file of these objects, numbered from 1; the first is the catalog.
fn pdf(objects: Vec<Vec<u8>>) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut table = String::from("0000000000 65535 f \n");
    let count = objects.len() + 1;
    for (index, object) in objects.into_iter().enumerate() {
        writeln!(table, "{:010} 00000 n ", bytes.len()).unwrap();
        bytes.extend(format!("{} 0 obj\n", index + 1).into_bytes());
        bytes.extend(object);
        bytes.extend(b"\nendobj\n");
    }
    let start = bytes.len();
    let trailer =
        format!("xref\n0 {count}\n{table}trailer\n<</Size {count}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    bytes.extend(trailer.into_bytes());
    bytes
}

fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<<{entries}/Length {}>>stream\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// So many spaces, compressed without ever being held.
pub fn compressed(bytes: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let chunk = vec![b' '; 1 << 20];
    for _ in 0..bytes >> 20 {
        encoder.write_all(&chunk).unwrap();
    }
    encoder.finish().unwrap()
}

/// Spaces as LZW, seven megabytes a round: each code is the one that is just being made.
fn lzw_spaces(rounds: usize) -> Vec<u8> {
    let width = |entries: u64| u64::BITS - (entries + 1).leading_zeros();
    let mut codes: Vec<(u64, u32)> = Vec::new();
    let mut last_width = 9;
    for _ in 0..rounds {
        codes.extend([(256, last_width), (u64::from(b' '), 9)]);
        // A code is as wide as the table it is read with needs, which has one entry less than the code makes.
        codes.extend((258..4_095).map(|code| (code, width(code).max(9))));
        last_width = 12;
    }
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u64, 0_u32);
    for (code, width) in codes {
        bits = (bits << width | code) & 0xffff_ffff;
        held += width;
        while held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    bytes
}
