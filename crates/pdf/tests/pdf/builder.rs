//! Builds small PDFs out of page operators, with the resources the tests need.
//!
//! Resources of every page: `/F1` Helvetica; `/F2` Helvetica with the codes `A` fi-ligature, `B` soft hyphen, `C` a
//! glyph nobody knows, `D` no-break space; `/F3` a font that
//! isn't there, all its glyphs 300 wide; `/F4` vertical writing, codes 1 and 2 are 請 and 求; `/Im1` a grey pixel; `/Clear` a graphics state without ink.

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

/// A page 600 points wide and 800 high.
pub(crate) struct PageSource<'a> {
    pub(crate) operations: &'a str,
    pub(crate) rotate: i64,
}

/// A document of one page.
pub(crate) fn one_page(operations: &str) -> Vec<u8> {
    save(document(&[PageSource { operations, rotate: 0 }]))
}

/// A document of as many empty-but-for-a-number pages.
pub(crate) fn pages(count: usize) -> Vec<u8> {
    let operations: Vec<String> = (1..=count).map(|page| text(72, 700, &format!("page {page}"))).collect();
    let sources: Vec<PageSource<'_>> =
        operations.iter().map(|operations| PageSource { operations, rotate: 0 }).collect();
    save(document(&sources))
}

/// Operators that show `shown` in Helvetica 10 at a point, y upwards.
pub(crate) fn text(x: i32, y: i32, shown: &str) -> String {
    format!("BT /F1 10 Tf 1 0 0 1 {x} {y} Tm ({shown}) Tj ET\n")
}

pub(crate) fn document(sources: &[PageSource<'_>]) -> Document {
    let mut document = Document::with_version("1.7");
    let tree = document.new_object_id();
    let resources = resources(&mut document);
    let kids: Vec<Object> = sources
        .iter()
        .map(|source| {
            let content = document.add_object(Stream::new(Dictionary::new(), source.operations.into()));
            let page = dictionary! {
                "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => resources,
                "MediaBox" => vec![0.into(), 0.into(), 600.into(), 800.into()], "Rotate" => source.rotate,
            };
            document.add_object(page).into()
        })
        .collect();
    let count = i64::try_from(kids.len()).unwrap();
    document.set_object(tree, dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count });
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    let id = Object::string_literal(b"0123456789abcdef".to_vec());
    document.trailer.set("ID", vec![id.clone(), id]);
    document
}

pub(crate) fn save(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

fn resources(document: &mut Document) -> ObjectId {
    let helvetica = |encoding: Object| {
        dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => encoding }
    };
    let differences = ["fi", "softhyphen", "nobodyknowsthis", "nbspace"].map(Object::from);
    let differences = [Object::from(65)].into_iter().chain(differences).collect::<Vec<_>>();
    let encoding = dictionary! { "Type" => "Encoding", "Differences" => differences };
    let plain = document.add_object(helvetica("WinAnsiEncoding".into()));
    let odd = document.add_object(helvetica(encoding.into()));
    let descriptor = document
        .add_object(dictionary! { "Type" => "FontDescriptor", "FontName" => "Absent", "Flags" => 32 });
    let absent = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "TrueType", "BaseFont" => "Absent", "Encoding" => "WinAnsiEncoding",
        "FirstChar" => 32, "LastChar" => 126, "Widths" => vec![Object::from(300); 95], "FontDescriptor" => descriptor,
    });
    let cids = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "CIDFontType2", "BaseFont" => "Absent", "FontDescriptor" => descriptor,
        "CIDSystemInfo" => dictionary! {
            "Registry" => Object::string_literal("Adobe"), "Ordering" => Object::string_literal("Identity"),
            "Supplement" => 0,
        },
    });
    let unicode = "begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange \
        2 beginbfchar <0001> <8acb> <0002> <6c42> endbfchar endcmap";
    let unicode = document.add_object(Stream::new(Dictionary::new(), unicode.into()));
    let vertical = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "Absent", "Encoding" => "Identity-V",
        "DescendantFonts" => vec![cids.into()], "ToUnicode" => unicode,
    });
    let pixel = dictionary! {
        "Type" => "XObject", "Subtype" => "Image", "Width" => 1, "Height" => 1,
        "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8,
    };
    let pixel = document.add_object(Stream::new(pixel, vec![128]));
    document.add_object(dictionary! {
        "Font" => dictionary! { "F1" => plain, "F2" => odd, "F3" => absent, "F4" => vertical },
        "XObject" => dictionary! { "Im1" => pixel },
        "ExtGState" => dictionary! { "Clear" => dictionary! { "ca" => 0 } },
    })
}
