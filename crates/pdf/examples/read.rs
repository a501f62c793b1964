//! Prints the lines of a PDF with their boxes and cells, for looking at.
//!
//! `cargo run -p docmill-pdf --example read -- FILE [PAGES]`; with `--png PREFIX` after them, draws the pages, too.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::error::Error;

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Limits, read, render_png};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("usage: read FILE [PAGES [--png PREFIX]]")?;
    let pages: PageSelection = arguments.next().unwrap_or_default().parse()?;
    let prefix = arguments.nth(1);
    let bytes = std::fs::read(&file)?;
    let limits = Limits::default();
    let document = read(bytes.clone(), None, &pages, &limits)?;
    for page in &document.pages {
        println!(
            "page {} of {}: {} x {}, {} glyphs, {} unmapped, image {}, ocr layer {}, usable {}",
            page.number,
            document.pages_in_file,
            page.width,
            page.height,
            page.glyphs,
            page.glyphs_unmapped,
            page.has_image,
            page.is_ocr_layer,
            page.has_usable_text()
        );
        for line in &page.lines {
            let b = line.bounds;
            let cells: Vec<String> = line.cells().into_iter().map(|cell| cell.text).collect();
            let size = line.font_size;
            println!("{:6.1} {:6.1} {:6.1} {:6.1} {size:5.1}  {}", b.x0, b.y0, b.x1, b.y1, cells.join(" | "));
        }
        if let Some(prefix) = &prefix {
            let png = render_png(bytes.clone(), None, page.number, 1_200, &limits)?;
            std::fs::write(format!("{prefix}-{}.png", page.number), png)?;
        }
    }
    for file in &document.embedded_files {
        println!(
            "embedded {:?} {:?} {:?}: {} bytes",
            file.name,
            file.media_type,
            file.relationship,
            file.bytes.len()
        );
    }
    for warning in &document.warnings {
        println!("warning: {warning}");
    }
    Ok(())
}
