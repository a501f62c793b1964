//! Pages as images.

use docmill_pdf::{Limits, ReadError, render_png};
use hayro::vello_cpu::Pixmap;

use crate::builder::{self, PageSource};

fn draw(rotate: i64, longest_side_pixels: u32, limits: &Limits) -> Result<Pixmap, ReadError> {
    let bytes = builder::save(builder::document(&[PageSource { operations: "0 0 300 400 re f", rotate }]));
    let png = render_png(bytes, None, 1, longest_side_pixels, limits)?;
    Ok(Pixmap::from_png(std::io::Cursor::new(png)).unwrap())
}

#[test]
fn images() {
    for (rotate, size) in [(0, (300, 400)), (90, (400, 300))] {
        let image = draw(rotate, 400, &Limits::default()).unwrap();
        assert_eq!((image.width(), image.height()), size);
    }
    let image = draw(0, 400, &Limits::default()).unwrap();
    let at = |x, y| {
        let pixel = image.sample(x, y);
        (pixel.r, pixel.g, pixel.b, pixel.a)
    };
    assert_eq!(at(10, 10), (255, 255, 255, 255), "paper is white");
    assert_eq!(at(10, 390), (0, 0, 0, 255), "the drawn quarter is black");
    assert_eq!(draw(0, 0, &Limits::default()).unwrap().height(), 1);
}

#[test]
fn refused_images() {
    let limits = Limits { image_pixels_max: 100_000, ..Limits::default() };
    assert!(matches!(draw(0, 400, &limits), Err(ReadError::LimitExceeded { .. })));
    for page in [0, 2] {
        let found = render_png(builder::pages(1), None, page, 100, &limits);
        assert_eq!(found, Err(ReadError::PageOutOfRange { page, pages: 1 }));
    }
}
