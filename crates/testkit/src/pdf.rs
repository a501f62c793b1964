//! A small PDF writer: pages of text, rules, filled boxes and pictures in the standard fonts.
//!
//! Called by the layouts and by tests that need a PDF of a certain kind. It writes what business documents use and
//! nothing more; the same calls give the same bytes. Coordinates are points from the page's top left corner.

mod widths;

use std::fmt::Write as _;

/// Width of a sheet of A4 in points.
pub const PAGE_WIDTH: f64 = 595.28;
/// Height of a sheet of A4 in points.
pub const PAGE_HEIGHT: f64 = 841.89;

/// A face of Helvetica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Helvetica.
    Regular,
    /// Helvetica-Bold.
    Bold,
    /// Helvetica-Oblique.
    Oblique,
}

impl Face {
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Regular, "F1", "Helvetica"),
        (Self::Bold, "F2", "Helvetica-Bold"),
        (Self::Oblique, "F3", "Helvetica-Oblique"),
    ];

    /// The name a page knows the face by.
    fn resource(self) -> &'static str {
        match self {
            Self::Regular => "F1",
            Self::Bold => "F2",
            Self::Oblique => "F3",
        }
    }
}

/// Red, green and blue, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Colour(pub f64, pub f64, pub f64);

impl Colour {
    /// Black.
    pub const BLACK: Self = Self(0.0, 0.0, 0.0);
    /// White.
    pub const WHITE: Self = Self(1.0, 1.0, 1.0);
    /// The grey of captions and footers.
    pub const GREY: Self = Self(0.42, 0.42, 0.45);
}

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// The face.
    pub face: Face,
    /// The size in points.
    pub size: f64,
    /// The colour.
    pub colour: Colour,
}

impl Style {
    /// Black text of this face and size.
    pub const fn new(face: Face, size: f64) -> Self {
        Self { face, size, colour: Colour::BLACK }
    }

    /// The same in another colour.
    #[must_use]
    pub const fn in_colour(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    /// How wide `text` is in points.
    pub fn width(self, text: &str) -> f64 {
        let table = match self.face {
            Face::Regular | Face::Oblique => &widths::REGULAR,
            Face::Bold => &widths::BOLD,
        };
        let width = |code: u8| table.get(usize::from(code).wrapping_sub(32)).copied().unwrap_or(0);
        let thousandths: f64 = text.chars().map(|c| f64::from(width(win_ansi(c)))).sum();
        thousandths * self.size / 1000.0
    }
}

/// A picture in shades of grey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Bits of a pixel: 1, 2, 4 or 8; each row starts at a byte.
    pub bits: u8,
    /// The rows, compressed with zlib.
    pub compressed: Vec<u8>,
}

/// A page being drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    content: String,
    pictures: Vec<Picture>,
}

impl Page {
    /// Text that starts at `x`; `y` is its baseline.
    pub fn text(&mut self, x: f64, y: f64, style: Style, text: &str) {
        let Style { face, size, colour: Colour(red, green, blue) } = style;
        let (resource, up) = (face.resource(), PAGE_HEIGHT - y);
        self.write(format_args!(
            "BT /{resource} {size:.2} Tf {red:.3} {green:.3} {blue:.3} rg {x:.2} {up:.2} Td ({}) Tj ET",
            escaped(text)
        ));
    }

    /// Text that ends at `x`.
    pub fn text_right(&mut self, x: f64, y: f64, style: Style, text: &str) {
        self.text(x - style.width(text), y, style, text);
    }

    /// A level line from `x0` to `x1`.
    pub fn rule(&mut self, x0: f64, x1: f64, y: f64, width: f64, colour: Colour) {
        let (Colour(red, green, blue), up) = (colour, PAGE_HEIGHT - y);
        self.write(format_args!(
            "{red:.3} {green:.3} {blue:.3} RG {width:.2} w {x0:.2} {up:.2} m {x1:.2} {up:.2} l S"
        ));
    }

    /// A filled box; `x` and `y` are its top left corner.
    pub fn fill(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), colour: Colour) {
        let (Colour(red, green, blue), up) = (colour, PAGE_HEIGHT - y - height);
        self.write(format_args!(
            "{red:.3} {green:.3} {blue:.3} rg {x:.2} {up:.2} {width:.2} {height:.2} re f"
        ));
    }

    /// A picture over the whole page.
    pub fn picture(&mut self, picture: Picture) {
        let name = self.pictures.len();
        self.pictures.push(picture);
        self.write(format_args!("q {PAGE_WIDTH:.2} 0 0 {PAGE_HEIGHT:.2} 0 0 cm /P{name} Do Q"));
    }

    fn write(&mut self, operators: std::fmt::Arguments<'_>) {
        #[expect(clippy::expect_used, reason = "writing to a String doesn't fail")]
        writeln!(self.content, "{operators}").expect("a String takes everything");
    }
}

/// A file carried inside the PDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The XMP metadata that announces it.
    pub metadata: String,
}

/// A document being written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pdf {
    /// The title in the properties.
    pub title: String,
    /// The author in the properties.
    pub author: String,
    /// The day in the properties, as `20240314`.
    pub day: String,
    /// The pages in order.
    pub pages: Vec<Page>,
    /// A file to carry.
    pub attachment: Option<Attachment>,
}

/// Numbers of the objects that every file has.
const CATALOG: usize = 1;
const PAGES: usize = 2;
const INFO: usize = 3;
const FIRST_FONT: usize = 4;

impl Pdf {
    /// The file's bytes. Contents come first and the catalogue last, so that a cut file has lost its pages.
    pub fn write(&self) -> Vec<u8> {
        let mut file = File { bytes: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(), offsets: Vec::new() };
        let mut next = FIRST_FONT + Face::ALL.len();
        let mut kids = String::new();
        for page in &self.pages {
            let (number, content) = (next, next + 1);
            next += 2;
            let mut pictures = String::new();
            for (name, picture) in page.pictures.iter().enumerate() {
                file.picture(next, picture);
                pictures += &format!("/P{name} {next} 0 R ");
                next += 1;
            }
            file.stream(content, "", page.content.as_bytes());
            let fonts: String = Face::ALL
                .iter()
                .zip(FIRST_FONT..)
                .map(|((_, resource, _), object)| format!("/{resource} {object} 0 R "))
                .collect();
            file.object(
                number,
                &format!(
                    "<< /Type /Page /Parent {PAGES} 0 R /MediaBox [0 0 {PAGE_WIDTH} {PAGE_HEIGHT}] \
                     /Resources << /Font << {fonts}>> /XObject << {pictures}>> >> /Contents {content} 0 R >>"
                ),
            );
            kids += &format!("{number} 0 R ");
        }
        for ((_, _, name), object) in Face::ALL.iter().zip(FIRST_FONT..) {
            file.object(
                object,
                &format!("<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"),
            );
        }
        let attached = self.attachment.as_ref().map(|attachment| file.attachment(&mut next, attachment));
        let (title, author, day) = (escaped(&self.title), escaped(&self.author), &self.day);
        file.object(
            INFO,
            &format!("<< /Title ({title}) /Author ({author}) /Producer (docmill samples) /CreationDate (D:{day}090000Z) >>"),
        );
        file.object(PAGES, &format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", self.pages.len()));
        file.object(
            CATALOG,
            &format!("<< /Type /Catalog /Pages {PAGES} 0 R {}>>", attached.unwrap_or_default()),
        );
        file.finish()
    }
}

/// A file as far as it is written.
struct File {
    bytes: Vec<u8>,
    /// Where each object starts, by number.
    offsets: Vec<(usize, usize)>,
}

impl File {
    fn object(&mut self, number: usize, body: &str) {
        self.offsets.push((number, self.bytes.len()));
        self.bytes.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }

    fn stream(&mut self, number: usize, entries: &str, data: &[u8]) {
        self.offsets.push((number, self.bytes.len()));
        let head = format!("{number} 0 obj\n<< {entries}/Length {} >>\nstream\n", data.len());
        self.bytes.extend_from_slice(head.as_bytes());
        self.bytes.extend_from_slice(data);
        self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
    }

    fn picture(&mut self, number: usize, picture: &Picture) {
        let Picture { width, height, bits, compressed } = picture;
        let entries = format!(
            "/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray \
             /BitsPerComponent {bits} /Filter /FlateDecode "
        );
        self.stream(number, &entries, compressed);
    }

    /// Writes the attachment's objects; gives what the catalogue says of them.
    fn attachment(&mut self, next: &mut usize, attachment: &Attachment) -> String {
        let (data, specification, metadata) = (*next, *next + 1, *next + 2);
        *next += 3;
        let media_type = attachment.media_type.replace('/', "#2F");
        let size = attachment.bytes.len();
        let entries = format!("/Type /EmbeddedFile /Subtype /{media_type} /Params << /Size {size} >> ");
        self.stream(data, &entries, &attachment.bytes);
        let (name, description) = (escaped(&attachment.name), escaped(&attachment.description));
        self.object(
            specification,
            &format!(
                "<< /Type /Filespec /F ({name}) /UF ({name}) /Desc ({description}) /AFRelationship /Data \
                 /EF << /F {data} 0 R /UF {data} 0 R >> >>"
            ),
        );
        self.stream(metadata, "/Type /Metadata /Subtype /XML ", attachment.metadata.as_bytes());
        format!(
            "/AF [{specification} 0 R] /Names << /EmbeddedFiles << /Names [({name}) {specification} 0 R] >> >> \
             /Metadata {metadata} 0 R "
        )
    }

    /// Writes the cross-reference table and the trailer.
    fn finish(mut self) -> Vec<u8> {
        self.offsets.sort_unstable();
        let (start, size) = (self.bytes.len(), self.offsets.len() + 1);
        let mut tail = format!("xref\n0 {size}\n0000000000 65535 f \n");
        for (_, offset) in &self.offsets {
            tail += &format!("{offset:010} 00000 n \n");
        }
        let id = identity(&self.bytes);
        tail += &format!(
            "trailer\n<< /Size {size} /Root {CATALOG} 0 R /Info {INFO} 0 R /ID [<{id}> <{id}>] >>\n\
             startxref\n{start}\n%%EOF\n"
        );
        self.bytes.extend_from_slice(tail.as_bytes());
        self.bytes
    }
}

/// 32 hex digits that follow from the bytes.
fn identity(bytes: &[u8]) -> String {
    let mut state = [0xcbf2_9ce4_8422_2325_u64, 0x8422_2325_cbf2_9ce4];
    for byte in bytes {
        state = state.map(|part| (part ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    }
    let [first, second] = state;
    format!("{first:016x}{second:016x}")
}

/// `text` as the inside of a PDF string in WinAnsiEncoding.
fn escaped(text: &str) -> String {
    let mut string = String::with_capacity(text.len());
    for character in text.chars() {
        match win_ansi(character) {
            code @ (b'(' | b')' | b'\\') => {
                string.push('\\');
                string.push(char::from(code));
            }
            code @ 32..=126 => string.push(char::from(code)),
            code => string += &format!("\\{code:03o}"),
        }
    }
    string
}

/// The code of a character in WinAnsiEncoding; a question mark where it has none.
fn win_ansi(character: char) -> u8 {
    match character {
        '€' => 0x80,
        '„' => 0x84,
        '…' => 0x85,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '•' => 0x95,
        '–' => 0x96,
        '—' => 0x97,
        _ => {
            let latin = u8::try_from(u32::from(character)).ok();
            latin.filter(|code| matches!(code, 32..=126 | 160..=255)).unwrap_or(b'?')
        }
    }
}
