use std::path::Path;
use std::sync::OnceLock;

use docmill_pdf::Bounds;
use proptest::prelude::*;

use super::*;

/// A real document to take apart: its types grow, and what is new in them must survive, too.
fn sample() -> Document {
    static SAMPLE: OnceLock<Document> = OnceLock::new();
    SAMPLE
        .get_or_init(|| {
            let path =
                Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/invoice/two-pages-40-lines.pdf");
            let bytes = std::fs::read(path).unwrap();
            docmill_pdf::read(bytes, None, &PageSelection::all(), &Limits::default()).unwrap()
        })
        .clone()
}

/// Any coordinate but NaN, which equals nothing.
fn coordinate() -> impl Strategy<Value = f32> {
    any::<f32>().prop_filter("NaN", |number| !number.is_nan())
}

fn bounds() -> impl Strategy<Value = Bounds> {
    [coordinate(), coordinate(), coordinate(), coordinate()].prop_map(|[x0, y0, x1, y1]| Bounds {
        x0,
        y0,
        x1,
        y1,
    })
}

#[track_caller]
fn survives(document: Document) {
    let bytes = postcard::to_stdvec(&Reply::Document(Box::new(document.clone()))).unwrap();
    let Reply::Document(received) = postcard::from_bytes(&bytes).unwrap() else {
        panic!("something else was received");
    };
    assert_eq!(*received, document);
}

#[test]
fn a_real_document_survives() {
    let document = sample();
    assert!(document.pages.iter().all(|page| page.lines.len() > 5));
    survives(document);
}

proptest! {
    #[test]
    fn any_words_survive(
        texts in prop::collection::vec((any::<String>(), bounds()), 1..40),
        lines_left in 0_usize..10,
        size in (coordinate(), coordinate()),
        counts in any::<(u32, u32, bool, bool)>(),
    ) {
        let mut document = sample();
        for page in &mut document.pages {
            (page.width, page.height) = size;
            (page.glyphs, page.glyphs_unmapped, page.has_image, page.is_ocr_layer) = counts;
            page.lines.truncate(lines_left);
            let words = page.lines.iter_mut().flat_map(|line| &mut line.words);
            for (word, (text, bounds)) in words.zip(texts.iter().cycle()) {
                word.text = text.into();
                word.bounds = *bounds;
            }
        }
        survives(document);
    }

    #[test]
    fn bytes_of_nobody_are_an_error_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _reply_or_error: Result<Reply, _> = postcard::from_bytes(&bytes);
        let _request_or_error: Result<Request, _> = postcard::from_bytes(&bytes);
    }
}
