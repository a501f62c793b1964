//! Text that brings no font of its own, drawn with one that is given. The font is made here: a black square for 請.

use docmill_pdf::{Drawing, FallbackFont, FallbackFontError, ImageFormat, Limits, render};
use hayro::vello_cpu::Pixmap;

use crate::builder;

/// A TrueType font of two glyphs, 1,000 units to the em: none, and a square of one em for U+8ACB.
fn font() -> Vec<u8> {
    let words = |words: &[u16]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
    let head = words(&[
        1, 0, 1, 0, 0, 0, 0x5f0f, 0x3cf5, 0, 1_000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1_000, 1_000, 0, 8, 2, 0, 0,
    ]);
    let hhea = words(&[1, 0, 1_000, 0, 0, 1_000, 0, 0, 1_000, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
    let maxp = words(&[1, 0, 2, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let hmtx = words(&[1_000, 0, 1_000, 0]);
    // One segment of format 4, and the one that ends every such table.
    let cmap = words(&[
        0,
        1,
        3,
        1,
        0,
        12,
        4,
        32,
        0,
        4,
        4,
        1,
        0,
        0x8acb,
        0xffff,
        0,
        0x8acb,
        0xffff,
        1_u16.wrapping_sub(0x8acb),
        1,
        0,
        0,
    ]);
    let mut glyf = words(&[1, 0, 0, 1_000, 1_000, 3, 0]);
    // Four points on the outline, each with two bytes across and down.
    glyf.extend([1; 4]);
    glyf.extend(words(&[0, 0, 1_000, 0, 0, 1_000, 0, 1_000_u16.wrapping_neg()]));
    let loca = words(&[0, 0, u16::try_from(glyf.len() / 2).unwrap()]);
    let tables: [(&[u8; 4], Vec<u8>); 7] = [
        (b"cmap", cmap),
        (b"glyf", glyf),
        (b"head", head),
        (b"hhea", hhea),
        (b"hmtx", hmtx),
        (b"loca", loca),
        (b"maxp", maxp),
    ];
    let mut file = words(&[1, 0, 7, 64, 2, 48]);
    let mut body = Vec::new();
    for (tag, table) in &tables {
        file.extend(*tag);
        file.extend([0; 4]);
        let offset = 12 + 16 * tables.len() + body.len();
        file.extend(u32::try_from(offset).unwrap().to_be_bytes());
        file.extend(u32::try_from(table.len()).unwrap().to_be_bytes());
        body.extend(table);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    file.extend(body);
    file
}

/// How many pixels are black where 請 is drawn 100 points high, one pixel to the point.
fn ink(fallback_font: Option<FallbackFont>) -> usize {
    let page = builder::one_page("BT /F4 100 Tf 1 0 0 1 300 500 Tm <0001> Tj ET");
    let drawing = Drawing { longest_side_pixels: 800, format: Some(ImageFormat::Png), fallback_font };
    let image = render(page, None, 1, &drawing, &Limits::default()).unwrap();
    let pixels = Pixmap::from_png(std::io::Cursor::new(image.bytes)).unwrap();
    pixels.data().iter().filter(|pixel| pixel.r < 64).count()
}

#[test]
fn text_without_a_font_is_drawn_with_the_given_one() {
    let with = ink(Some(FallbackFont::new(font()).unwrap()));
    assert!((9_700..10_300).contains(&with), "{with}");
    assert!(ink(None) < 5_000, "the fonts that come with the renderer know no 請");
}

#[test]
fn what_is_no_font_is_refused() {
    let refused = |bytes: &[u8]| FallbackFont::new(bytes.to_vec()).unwrap_err();
    assert!(matches!(refused(b"%PDF-1.7 is something else"), FallbackFontError::NotAFont { .. }));
    assert!(matches!(refused(b""), FallbackFontError::NotAFont { .. }));
    // The table of characters is called otherwise.
    let renamed: Vec<u8> = font().windows(4).position(|tag| tag == b"cmap").map_or_else(Vec::new, |place| {
        let mut bytes = font();
        bytes[place..place + 4].copy_from_slice(b"axap");
        bytes
    });
    assert_eq!(refused(&renamed), FallbackFontError::NoCharacters);
    let large = vec![0; usize::try_from(docmill_pdf::FALLBACK_FONT_BYTES_MAX).unwrap() + 1];
    assert!(matches!(refused(&large), FallbackFontError::TooLarge { .. }));
}
