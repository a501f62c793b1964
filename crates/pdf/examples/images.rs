//! Measures page images: bytes and time of a page drawn as PNG, as JPEG, and as the one that suits it.
//!
//! `cargo run --release -p docmill-pdf --example images -- FILE...` prints a row for the first page of each file;
//! `--font FILE` draws with a font to fall back to, `--save FOLDER` keeps the images. For
//! `docs/decisions/page-images.md`.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use docmill_pdf::{Drawing, FallbackFont, ImageFormat, Limits, render};

/// As the processor draws for a model.
const LONGEST_SIDE_PIXELS: u32 = 1_568;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut fallback_font, mut save) = (None, None);
    let mut arguments = std::env::args().skip(1);
    println!(
        "{:>9} {:>9} {:>9} | {:>6} {:>6} {:>6} ms",
        "PNG bytes", "JPEG", "chosen", "PNG", "JPEG", "both"
    );
    while let Some(argument) = arguments.next() {
        if argument == "--font" {
            let file = arguments.next().ok_or("--font needs a file")?;
            fallback_font = Some(FallbackFont::new(std::fs::read(file)?)?);
            continue;
        }
        if argument == "--save" {
            save = arguments.next();
            continue;
        }
        let bytes = std::fs::read(&argument)?;
        let (mut sizes, mut times) = (Vec::new(), Vec::new());
        for format in [Some(ImageFormat::Png), Some(ImageFormat::Jpeg), None] {
            let drawing = Drawing {
                longest_side_pixels: LONGEST_SIDE_PIXELS,
                format,
                fallback_font: fallback_font.clone(),
            };
            let start = Instant::now();
            let Ok(image) = render(bytes.clone(), None, 1, &drawing, &Limits::default()) else { break };
            times.push(start.elapsed().as_secs_f64() * 1_000.0);
            sizes.push(image.bytes.len());
            if let (Some(folder), Some(stem), Some(_)) =
                (&save, Path::new(&argument).file_stem().and_then(|stem| stem.to_str()), format)
            {
                let ending = if image.format == ImageFormat::Png { "png" } else { "jpg" };
                std::fs::write(Path::new(folder).join(format!("{stem}.{ending}")), &image.bytes)?;
            }
        }
        if times.len() < 3 {
            println!("can't be drawn: {argument}");
            continue;
        }
        for size in sizes {
            print!("{size:>9} ");
        }
        print!("|");
        for time in times {
            print!(" {time:>6.1}");
        }
        println!("  {argument}");
    }
    Ok(())
}
