//! The text of form fields and free-text notes that have no appearance of their own, so that nothing draws it.
//!
//! Called once per page, after it was interpreted. Viewers draw such text themselves, in the annotation's rectangle; so
//! its words are put there, evenly spread, at the stated size. What viewers don't show (passwords, hidden and fully
//! transparent annotations) is left out, and so is what may belong to a layer that is switched off.

use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Rect as PdfRect, String as PdfString};
use hayro::hayro_syntax::page::Page as SourcePage;
use hayro::kurbo::{Affine, Point, Rect};

use crate::actual_text;
use crate::direction::Direction;
use crate::glyphs::Glyph;

/// Annotations looked at on one page; a dense form has some hundred.
const ANNOTATIONS_MAX: usize = 5_000;
/// The longest text of one annotation; what is longer is no entry in a form.
const TEXT_BYTES_MAX: usize = 4_096;
/// Fields of a form lie this deep in each other at most.
const PARENTS_MAX: usize = 16;
/// Options of one list; one of all countries has 250.
const OPTIONS_MAX: usize = 500;
/// Options chosen at a time.
const CHOSEN_MAX: usize = 20;
/// The font size where the file leaves it to the viewer, in points.
const SIZE_DEFAULT: f64 = 12.0;
/// A line of text takes so much of the height, in font sizes.
const LINE_HEIGHT: f64 = 1.2;
/// How far below the top of a line its baseline lies, in font sizes.
const BASELINE: f64 = 0.9;
/// The mean width of a letter, in font sizes.
const LETTER_WIDTH: f64 = 0.5;

/// Flags of annotations: hidden, and not to be viewed.
const INVISIBLE: u32 = 1 << 1 | 1 << 5;
/// Flags of text fields.
const MULTILINE: u32 = 1 << 12;
const PASSWORD: u32 = 1 << 13;
/// How text is justified, where not at the left.
const CENTERED: i32 = 1;
const RIGHT: i32 = 2;

/// Appends the words of `page`'s annotations that the interpreter drew nothing for; gives how many letters they have.
///
/// `transform` leads from the page's own space to the space of the glyphs, where `area` is the page. It ends soon after
/// `letters_max`.
pub(crate) fn append(
    page: &SourcePage<'_>,
    area: Rect,
    transform: Affine,
    letters_max: u32,
    glyphs: &mut Vec<Glyph>,
) -> u64 {
    let Some(annotations) = page.raw().get::<Array<'_>>("Annots") else { return 0 };
    let mut run = glyphs.last().map_or(0, |glyph| glyph.run);
    let mut letters = 0_u64;
    for annotation in annotations.iter::<Dict<'_>>().take(ANNOTATIONS_MAX) {
        let Some(shown) = Shown::of(&annotation) else { continue };
        if letters > u64::from(letters_max) {
            break;
        }
        run = run.saturating_add(1);
        letters = letters.saturating_add(shown.append(area, transform, run, glyphs));
    }
    letters
}

/// A text to be drawn in a rectangle of the page.
struct Shown {
    text: String,
    place: Rect,
    size: f64,
    is_multiline: bool,
    /// What share of a line's free space lies before it: none, half or all of it.
    indent: f64,
}

impl Shown {
    fn of(annotation: &Dict<'_>) -> Option<Self> {
        let kind = annotation.get::<Name<'_>>("Subtype")?;
        let is_field = match &*kind {
            b"Widget" => true,
            b"FreeText" => false,
            _ => return None,
        };
        let has_appearance =
            annotation.get::<Dict<'_>>("AP").is_some_and(|appearances| appearances.contains_key("N"));
        let is_invisible = annotation.get::<u32>("F").unwrap_or(0) & INVISIBLE != 0
            || annotation.get::<f32>("CA").is_some_and(|opacity| opacity <= 0.0)
            || annotation.contains_key("OC");
        if has_appearance || is_invisible {
            return None;
        }
        let flags = holder(annotation, "Ff").and_then(|holder| holder.get::<u32>("Ff")).unwrap_or(0);
        let text = if is_field { value(annotation, flags)? } else { string(&annotation.get("Contents")?)? };
        let place = annotation.get::<PdfRect>("Rect")?;
        let place = Rect::new(place.x0, place.y0, place.x1, place.y1).abs();
        let is_multiline = !is_field || flags & MULTILINE != 0;
        let style = holder(annotation, "DA").and_then(|holder| holder.get::<PdfString<'_>>("DA"));
        let stated = style.and_then(|style| font_size(style.as_bytes()));
        let fitting = place.height() / LINE_HEIGHT;
        let size = stated.unwrap_or(if is_multiline { SIZE_DEFAULT } else { SIZE_DEFAULT.min(fitting) });
        let size = size.min(place.height());
        let indent = match holder(annotation, "Q").and_then(|holder| holder.get::<i32>("Q")) {
            Some(CENTERED) => 0.5,
            Some(RIGHT) => 1.0,
            Some(_) | None => 0.0,
        };
        (place.area() > 0.0 && size > 0.0).then_some(Self { text, place, size, is_multiline, indent })
    }

    /// Puts the words in place, line by line; gives their letters.
    fn append(&self, area: Rect, transform: Affine, run: u32, glyphs: &mut Vec<Glyph>) -> u64 {
        let lines = self.lines();
        let height = LINE_HEIGHT * self.size;
        let top = if self.is_multiline { self.place.y1 } else { self.place.center().y + height / 2.0 };
        let mut letters = 0_u64;
        for (number, words) in (0_u32..).zip(&lines) {
            let y = top - height * f64::from(number) - BASELINE * self.size;
            let letters_and_spaces = words.iter().map(|word| letters_of(word) + 1.0).sum::<f64>() - 1.0;
            let length = (letters_and_spaces * LETTER_WIDTH * self.size).min(self.place.width());
            let x = self.place.x0 + self.indent * (self.place.width() - length);
            let from = transform * Point::new(x, y);
            let to = transform * Point::new(x + length, y);
            let up = transform * Point::new(x, y + self.size) - from;
            let direction = Direction::of(to - from);
            let (start, baseline) = direction.place(from);
            let (end, _) = direction.place(to);
            let size = direction.height(up);
            let mut model = Glyph::at(direction, [start, end], baseline, size, run);
            model.hidden = !area.contains(from.midpoint(to));
            if ![start, end, baseline, size].into_iter().all(f64::is_finite) {
                continue;
            }
            glyphs.extend(actual_text::spread(words, &model, start, end));
            letters += words.iter().map(|word| word.chars().map(|_| 1_u64).sum::<u64>()).sum::<u64>();
        }
        letters
    }

    /// The words of each line: as they are parted in the text, and where the rectangle ends.
    fn lines(&self) -> Vec<Vec<String>> {
        let width = self.place.width() / (LETTER_WIDTH * self.size);
        let mut lines: Vec<Vec<String>> = Vec::new();
        for paragraph in self.text.split(['\r', '\n']) {
            let mut line: Vec<String> = Vec::new();
            let mut length = 0.0;
            for word in paragraph.split_whitespace().map(actual_text::visible).filter(|word| !word.is_empty())
            {
                if self.is_multiline && !line.is_empty() && length + letters_of(&word) > width {
                    lines.push(std::mem::take(&mut line));
                    length = 0.0;
                }
                length += letters_of(&word) + 1.0;
                line.push(word);
            }
            if !line.is_empty() {
                lines.push(line);
            }
        }
        lines
    }
}

fn letters_of(word: &str) -> f64 {
    u32::try_from(word.chars().count()).map_or(0.0, f64::from)
}

/// What a text field or a list of choices holds; nothing of passwords, and of buttons, which have no text.
fn value(field: &Dict<'_>, flags: u32) -> Option<String> {
    let kind = holder(field, "FT")?.get::<Name<'_>>("FT")?;
    let value = holder(field, "V")?.get::<Object<'_>>("V")?;
    match (&*kind, value) {
        (b"Tx", Object::String(text)) if flags & PASSWORD == 0 => string(&text),
        (b"Ch", Object::String(chosen)) => option(field, &chosen),
        (b"Ch", Object::Array(chosen)) => {
            let chosen = chosen.iter::<PdfString<'_>>().take(CHOSEN_MAX);
            Some(chosen.filter_map(|chosen| option(field, &chosen)).collect::<Vec<_>>().join("\n"))
        }
        _ => None,
    }
}

/// What a viewer shows for a chosen value: another text, where the field's options say so.
fn option(field: &Dict<'_>, chosen: &PdfString<'_>) -> Option<String> {
    let options = holder(field, "Opt").and_then(|holder| holder.get::<Array<'_>>("Opt"));
    let shown = options.and_then(|options| {
        options.iter::<Object<'_>>().take(OPTIONS_MAX).find_map(|option| {
            let Object::Array(pair) = option else { return None };
            let mut pair = pair.iter::<PdfString<'_>>();
            (pair.next()?.as_bytes() == chosen.as_bytes()).then(|| pair.next()).flatten()
        })
    });
    string(shown.as_ref().unwrap_or(chosen))
}

fn string(text: &PdfString<'_>) -> Option<String> {
    let bytes = Some(text.as_bytes()).filter(|bytes| bytes.len() <= TEXT_BYTES_MAX)?;
    lopdf::decode_text_string(&lopdf::Object::string_literal(bytes)).ok()
}

/// What states `key` for a field: itself, or the nearest of the fields it lies in.
fn holder<'a>(field: &Dict<'a>, key: &str) -> Option<Dict<'a>> {
    let mut field = field.clone();
    for _ in 0..PARENTS_MAX {
        if field.contains_key(key) {
            return Some(field);
        }
        field = field.get::<Dict<'_>>("Parent")?;
    }
    None
}

/// The font size that a default appearance (`/Helv 12 Tf 0 g`) states; none where it is left to the viewer.
fn font_size(style: &[u8]) -> Option<f64> {
    let style = String::from_utf8_lossy(style);
    let mut before = None;
    for token in style.split_ascii_whitespace() {
        if token == "Tf" {
            return before.and_then(|size: &str| size.parse::<f64>().ok()).filter(|size| *size > 0.0);
        }
        before = Some(token);
    }
    None
}
