//! Small files that ask for much: memory, time, depth.
//!
//! Read through real children by the processor's tests, one by one by the reader's, and seeds of its fuzzing. Nothing in
//! here is real: every file is built by this module.
#![expect(clippy::unwrap_used, reason = "a test whose files can't be built may fail loudly")]

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Every bomb with what it is.
#[expect(clippy::too_many_lines, reason = "a table of files")]
pub fn bombs() -> Vec<(String, Vec<u8>)> {
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
    // Half a gigabyte in two kilobytes: compressed data compresses again.
    let twice = deflate(&compressed(512 << 20));
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
    let rows: Vec<(&str, Vec<u8>)> = vec![
        (
            "two billion pages",
            classic("<</Type/Pages/Kids[3 0 R]/Count 2147483647>>", page, plain(text), font, vec![]),
        ),
        (
            "a page tree in itself",
            classic("<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>", page, plain(text), font, vec![]),
        ),
        ("a page under itself", classic(tree, &page.replace("2 0 R", "3 0 R"), plain(text), font, vec![])),
        ("a page listed 100,000 times", {
            let kids = "3 0 R ".repeat(100_000);
            classic(&format!("<</Type/Pages/Kids[{kids}]/Count 100000>>"), page, plain(text), font, vec![])
        }),
        ("a form in itself", classic(tree, page, plain("/X Do"), font, vec![form("/X Do")])),
        ("forms that laugh", classic(tree, page, plain("/L0 Do"), &laughing, laughs)),
        ("resources in themselves", classic(tree, page, plain(text), "5 0 R", vec![])),
        (
            "a length of itself",
            classic(tree, page, b"<</Length 4 0 R>>stream\nq\nendstream".to_vec(), font, vec![]),
        ),
        ("content of 128 MiB", classic(tree, page, stream("/Filter/FlateDecode", &zeros), font, vec![])),
        (
            "content of 512 MiB, compressed twice",
            classic(tree, page, stream("/Filter[/FlateDecode/FlateDecode]", &twice), font, vec![]),
        ),
        (
            "an image of 4 gigapixels",
            classic(tree, page, plain("600 0 0 800 0 0 cm /X Do"), font, vec![image("", 65_535, b"abc")]),
        ),
        (
            "an image of 128 MiB",
            classic(
                tree,
                page,
                plain("600 0 0 800 0 0 cm /X Do"),
                font,
                vec![image("/Filter/FlateDecode", 6_000, &zeros)],
            ),
        ),
        ("arrays 100,000 deep", classic(tree, page, plain(&deep("[", "]", 100_000)), font, vec![])),
        (
            "arrays 1,000,000 deep as an object",
            classic(tree, page, plain(text), font, vec![deep("[", "]", 1_000_000).into()]),
        ),
        (
            "dictionaries 200,000 deep as resources",
            classic(tree, page, plain(text), &deep("<</A", ">>", 200_000), vec![]),
        ),
        ("a million saved states", classic(tree, page, plain(&"q ".repeat(1_000_000)), font, vec![])),
        ("brackets that never end", classic(tree, page, plain(&"(".repeat(1_000_000)), font, vec![])),
        ("two million characters on a page", classic(tree, page, plain(&many), font, vec![])),
        ("a map of four billion codes", classic(tree, page, plain(text), mapped, vec![plain(cmap)])),
        ("a page as wide as the universe", classic(tree, &wide_page, plain(text), font, vec![])),
        ("a table of objects before itself", {
            let bytes = classic(tree, page, plain(text), font, vec![]);
            let text = String::from_utf8(bytes).unwrap();
            let start = text.rfind("xref\n0 ").unwrap();
            text.replace("/Root", &format!("/Prev {start}/Root")).into_bytes()
        }),
        ("a table of four billion objects", {
            let bytes = classic(tree, page, plain(text), font, vec![]);
            String::from_utf8(bytes).unwrap().replace("xref\n0 6\n", "xref\n0 4294967295\n").into_bytes()
        }),
        ("nothing but a header", b"%PDF-1.7\n".to_vec()),
        ("objects without end", b"%PDF-1.7\n".iter().copied().chain(b"1 0 obj<<".repeat(300_000)).collect()),
    ];
    rows.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
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
fn compressed(bytes: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let chunk = vec![b' '; 1 << 20];
    for _ in 0..bytes >> 20 {
        encoder.write_all(&chunk).unwrap();
    }
    encoder.finish().unwrap()
}
