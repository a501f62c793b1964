//! Whatever the bytes, reading returns.

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Limits, read, render_png};
use proptest::prelude::*;

use crate::builder::{self, PageSource};
use crate::{embedded, encryption};

/// A small PDF with a classic table of objects, one with compressed ones, an encrypted one, one with files in it.
fn small(kind: u8) -> Vec<u8> {
    let operations =
        "BT /F1 10 Tf 72 700 Td (Total) Tj /F2 8 Tf [(AB) -400 (C)] TJ ET q 60 0 0 60 20 720 cm /Im1 Do Q";
    match kind {
        0 => builder::one_page(operations),
        1 => {
            let mut bytes = Vec::new();
            builder::document(&[PageSource { operations, rotate: 0 }]).save_modern(&mut bytes).unwrap();
            bytes
        }
        2 => encryption::encrypted(""),
        _ => embedded::with_files(b"<a/>"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn mutated_bytes_never_panic(
        kind in 0..4_u8,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = small(kind);
        for (index, byte) in changes {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let limits = Limits { glyphs_per_page_max: 1_000, image_pixels_max: 100_000, ..Limits::default() };
        if let Ok(document) = read(bytes.clone(), None, &PageSelection::all(), &limits) {
            for page in &document.pages {
                prop_assert!(page.glyphs_unmapped <= page.glyphs);
                prop_assert!(page.lines.iter().all(|line| !line.words.is_empty()));
            }
            let _drawn_or_refused = render_png(bytes, None, 1, 50, &limits);
        }
    }
}
