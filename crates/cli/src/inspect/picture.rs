//! Draws what was seen over a page's image: words filled, lines framed, cells of tables framed in another colour, and
//! the reading order as numbers and a path from line to line.

use std::io::{self, Cursor};

use docmill_pdf::{Bounds, Page, Table};
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Transformations};

/// Red, green, blue, and how much of it covers what is below, of 255.
type Colour = [u8; 4];

const WORD: Colour = [255, 214, 0, 90];
const LINE: Colour = [30, 100, 230, 255];
const CELL: Colour = [0, 150, 70, 255];
const ORDER: Colour = [220, 30, 30, 150];
const NUMBER: Colour = [220, 30, 30, 255];

/// Pixels of a digit: three across, five down, one row of bits each.
const DIGITS: [[u8; 5]; 10] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];
/// Pixels a side of each of a digit's pixels.
const DIGIT_DOT: i64 = 2;

/// The page's image (a PNG) with everything drawn over it, as a PNG.
///
/// # Errors
/// Where the image is no PNG, or can't be written.
pub(super) fn draw(image: &[u8], page: &Page, tables: &[Table]) -> io::Result<Vec<u8>> {
    let mut canvas = Canvas::open(image, page)?;
    for word in page.lines.iter().flat_map(|line| &line.words) {
        canvas.fill(canvas.scaled(word.bounds), WORD);
    }
    for row in tables.iter().flat_map(|table| &table.rows).filter(|row| row.page == page.number) {
        for cell in &row.cells {
            let [x0, y0, x1, y1] = canvas.scaled(cell.bounds);
            canvas.frame([x0 - 3, y0 - 3, x1 + 3, y1 + 3], CELL);
            canvas.frame([x0 - 4, y0 - 4, x1 + 4, y1 + 4], CELL);
        }
    }
    let mut last = None;
    for (index, line) in page.lines.iter().enumerate() {
        let [x0, y0, x1, y1] = canvas.scaled(line.bounds);
        canvas.frame([x0 - 1, y0 - 1, x1 + 1, y1 + 1], LINE);
        let start = (x0 - 5, y0.midpoint(y1));
        if let Some(last) = last.replace(start) {
            canvas.path(last, start, ORDER);
        }
        canvas.number(index + 1, (x0 - 8, start.1), NUMBER);
    }
    canvas.close()
}

/// An image with three bytes a pixel.
struct Canvas {
    width: i64,
    height: i64,
    pixels: Vec<u8>,
    /// Pixels a point.
    scale: f32,
}

impl Canvas {
    fn open(image: &[u8], page: &Page) -> io::Result<Self> {
        let mut decoder = Decoder::new(Cursor::new(image));
        decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
        let mut reader = decoder.read_info()?;
        let size = reader.output_buffer_size().ok_or_else(|| io::Error::other("the image is too large"))?;
        let mut bytes = vec![0; size];
        let info = reader.next_frame(&mut bytes)?;
        bytes.truncate(info.buffer_size());
        let pixels = match info.color_type {
            ColorType::Rgba => {
                bytes.chunks_exact(4).flat_map(|pixel| pixel.iter().copied().take(3)).collect()
            }
            ColorType::GrayscaleAlpha => bytes
                .chunks_exact(2)
                .flat_map(|pixel| pixel.iter().copied().take(1).cycle().take(3))
                .collect(),
            // Made into one of the two above while decoding.
            ColorType::Rgb | ColorType::Grayscale | ColorType::Indexed => {
                return Err(io::Error::other("the image has no alpha channel"));
            }
        };
        let longest = page.width.max(page.height);
        #[expect(clippy::cast_precision_loss, reason = "a side has at most 65,535 pixels")]
        let scale = info.width.max(info.height) as f32 / longest.max(1.0);
        Ok(Self { width: info.width.into(), height: info.height.into(), pixels, scale })
    }

    fn close(self) -> io::Result<Vec<u8>> {
        let (Ok(width), Ok(height)) = (u32::try_from(self.width), u32::try_from(self.height)) else {
            return Err(io::Error::other("the image is too large"));
        };
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, width, height);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(bytes)
    }

    /// Points to pixels.
    fn scaled(&self, Bounds { x0, y0, x1, y1 }: Bounds) -> [i64; 4] {
        #[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate, and `blend` clips")]
        let pixel = |points: f32| ((points * self.scale).round() as i64).clamp(-1, 70_000);
        [pixel(x0), pixel(y0), pixel(x1), pixel(y1)]
    }

    fn blend(&mut self, x: i64, y: i64, [red, green, blue, cover]: Colour) {
        if !(0..self.width).contains(&x) || !(0..self.height).contains(&y) {
            return;
        }
        let Ok(start) = usize::try_from((y * self.width + x) * 3) else { return };
        let Some(pixel) = self.pixels.get_mut(start..start + 3) else { return };
        for (below, above) in pixel.iter_mut().zip([red, green, blue]) {
            let mixed = u32::from(*below) * u32::from(255 - cover) + u32::from(above) * u32::from(cover);
            *below = u8::try_from(mixed / 255).unwrap_or(u8::MAX);
        }
    }

    fn fill(&mut self, [x0, y0, x1, y1]: [i64; 4], colour: Colour) {
        for y in y0..=y1 {
            for x in x0..=x1 {
                self.blend(x, y, colour);
            }
        }
    }

    fn frame(&mut self, [x0, y0, x1, y1]: [i64; 4], colour: Colour) {
        self.fill([x0, y0, x1, y0], colour);
        self.fill([x0, y1, x1, y1], colour);
        self.fill([x0, y0 + 1, x0, y1 - 1], colour);
        self.fill([x1, y0 + 1, x1, y1 - 1], colour);
    }

    /// A straight line, two pixels thick.
    fn path(&mut self, (x0, y0): (i64, i64), (x1, y1): (i64, i64), colour: Colour) {
        let steps = (x1 - x0).abs().max((y1 - y0).abs()).max(1);
        for step in 0..steps {
            let (x, y) = (x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps);
            self.fill([x, y, x + 1, y], colour);
        }
    }

    /// A number whose last digit ends at `right`, centred on `middle`.
    fn number(&mut self, number: usize, (right, middle): (i64, i64), colour: Colour) {
        let mut left = right;
        let mut rest = number;
        loop {
            left -= 4 * DIGIT_DOT;
            let rows = DIGITS.get(rest % 10).into_iter().flatten();
            for (y, bits) in (0_i64..).zip(rows) {
                for x in (0_i64..3).filter(|x| bits & (0b100 >> x) != 0) {
                    let (x, y) = (left + x * DIGIT_DOT, middle + (y * 2 - 5) * DIGIT_DOT / 2);
                    self.fill([x, y, x + DIGIT_DOT - 1, y + DIGIT_DOT - 1], colour);
                }
            }
            rest /= 10;
            if rest == 0 {
                return;
            }
        }
    }
}
