//! What a glyph says where its font states no Unicode for it: by the Adobe character collections, and by the
//! embedded font program's own character map, read backwards.
//!
//! Called by the glyph collector for glyphs the interpreter can't map; documents whose fonts are complete never get
//! here. Only what the file states is told: where two fonts that could have drawn the glyph disagree, and where a
//! font isn't embedded and names no collection, the glyph stays unmapped.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use encoding_rs::Encoding;
use hayro::hayro_interpret::Paint;
use hayro::hayro_interpret::font::{OutlineGlyph, Type3Glyph};
use hayro::hayro_interpret::hayro_cmap::{BfString, CMap, CMapName, CidFamily};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Dict, Name};
use hayro::hayro_syntax::page::Page as SourcePage;
use skrifa::FontRef;
use skrifa::charmap::Charmap;

use crate::blanks::Blanks;
use crate::font_dictionary;
use crate::legacy_fonts;
use crate::simple_fonts::SimpleFonts;
use crate::symbols;

/// Font dictionaries looked at in one file; real ones have tens.
const DICTIONARIES_MAX: usize = 10_000;
/// Fonts of one name; what has more of them is made to cost time.
const NAMESAKES_MAX: usize = 64;
/// Fonts whose tables are kept; each may take a megabyte.
const KNOWN_MAX: usize = 64;
/// What a glyph without ink says.
const SPACE: &str = " ";
/// The letters and the plus sign before the name of a font that is embedded in part.
const SUBSET_PREFIX_BYTES: usize = 6;

/// A file's fonts, looked for when the first glyph needs them.
pub(crate) struct Fonts<'a> {
    pdf: &'a Pdf,
    dictionaries: Option<HashMap<String, Vec<Candidate<'a>>>>,
    known: HashMap<(u128, String), Known>,
    blanks: Blanks,
    collections: Vec<(CMapName<'static>, Option<Rc<CMap>>)>,
    simple: Option<SimpleFonts>,
    /// The character set of all simple fonts that aren't embedded, once it was asked for; within, none of Latin text.
    legacy: Option<Option<&'static Encoding>>,
}

impl<'a> Fonts<'a> {
    /// The fonts of `pdf`; nothing is read yet.
    pub(crate) fn new(pdf: &'a Pdf) -> Self {
        Self {
            pdf,
            dictionaries: None,
            known: HashMap::new(),
            blanks: Blanks::default(),
            collections: Vec::new(),
            simple: None,
            legacy: None,
        }
    }

    /// What `glyph` says, if its font tells in any way but a `ToUnicode` map or a glyph name; `claimed` is what these
    /// tell, where it has no meaning of its own.
    pub(crate) fn meaning(&mut self, glyph: &OutlineGlyph, claimed: Option<&str>) -> Option<String> {
        let Some(data) = glyph.font_data() else {
            return self.simple(glyph.char_code(), glyph.advance_width());
        };
        let key = (data.cache_key, data.postscript_name.unwrap_or_default());
        let symbol = claimed.and_then(|claimed| symbols::meaning(&key.1, claimed.chars().next()?));
        if let Some(symbol) = symbol {
            return Some(symbol.to_string());
        }
        if !self.known.contains_key(&key) {
            if self.known.len() >= KNOWN_MAX {
                return None;
            }
            let known = self.load(&key.1, (*data.data).as_ref());
            self.known.insert(key.clone(), known);
        }
        let known = self.known.get(&key)?;
        let mut meanings =
            known.fonts.iter().map(|font| font.meaning(glyph.char_code(), glyph.glyph_id().to_u32()));
        let first = meanings.next()?;
        let agreed = first.filter(|first| meanings.all(|meaning| meaning.as_ref() == Some(first)));
        agreed.or_else(|| {
            let is_blank = known.is_embedded && self.blanks.has_outline(glyph);
            is_blank.then(|| SPACE.to_owned())
        })
    }

    /// What `glyph`, drawn by the file itself, says, if its font tells in any way but a `ToUnicode` map or a glyph name.
    ///
    /// `paint` is what it is drawn with.
    pub(crate) fn drawn_meaning<'b>(&mut self, glyph: &Type3Glyph<'b>, paint: &Paint<'b>) -> Option<String> {
        self.simple(glyph.char_code(), glyph.advance_width())
            .or_else(|| self.blanks.has_drawn(glyph, paint).then(|| SPACE.to_owned()))
    }

    fn simple(&mut self, code: u32, advance: Option<f32>) -> Option<String> {
        let pdf = self.pdf;
        self.simple.get_or_insert_with(|| SimpleFonts::new(pdf)).meaning(code, advance)
    }

    /// The character set of simple fonts of Chinese, Japanese or Korean text; see [`legacy_fonts`](crate::legacy_fonts).
    pub(crate) fn legacy_character_set(&mut self, page: &SourcePage<'_>) -> Option<&'static Encoding> {
        let pdf = self.pdf;
        legacy_fonts::are_on(page)
            .then(|| *self.legacy.get_or_insert_with(|| legacy_fonts::character_set(pdf)))
            .flatten()
    }

    /// The fonts named `name` that draw with `program`; those without a program if none does.
    fn load(&mut self, name: &str, program: &[u8]) -> Known {
        let pdf = self.pdf;
        let dictionaries = self.dictionaries.get_or_insert_with(|| dictionaries(pdf));
        let digest = digest(program);
        let namesakes: Vec<(Option<u64>, Dict<'a>)> = dictionaries
            .get_mut(name)
            .into_iter()
            .flatten()
            .map(|candidate| (candidate.program(), candidate.font.clone()))
            .collect();
        let characters = Rc::new(if namesakes.iter().any(|(program, _)| *program == Some(digest)) {
            characters(program)
        } else {
            HashMap::new()
        });
        let embedded = namesakes.iter().filter(|(program, _)| *program == Some(digest));
        let fonts: Vec<Font> = embedded.map(|(_, font)| self.font(font, &characters)).collect();
        if !fonts.is_empty() {
            return Known { fonts, is_embedded: true };
        }
        let absent = namesakes.iter().filter(|(program, _)| program.is_none());
        Known { fonts: absent.map(|(_, font)| self.font(font, &characters)).collect(), is_embedded: false }
    }

    fn font(&mut self, font: &Dict<'a>, characters: &Rc<HashMap<u32, char>>) -> Font {
        let encoding = font_dictionary::encoding(font);
        let family = encoding
            .as_ref()
            .and_then(|encoding| encoding.metadata().character_collection.clone())
            .map(|collection| collection.family)
            .filter(|family| *family != CidFamily::AdobeIdentity)
            .or_else(|| font_dictionary::family(font));
        let collection = family.and_then(|family| family.ucs2_cmap()).and_then(|name| self.collection(name));
        Font {
            encoding,
            collection,
            characters: Rc::clone(characters),
            is_identity: font_dictionary::states_identity(font),
            has_unicode_cids: font_dictionary::states_unicode_cids(font),
        }
    }

    /// A character collection's table, parsed once per document.
    fn collection(&mut self, name: CMapName<'static>) -> Option<Rc<CMap>> {
        if let Some((_, table)) = self.collections.iter().find(|(known, _)| *known == name) {
            return table.clone();
        }
        let table = font_dictionary::predefined(name).map(Rc::new);
        self.collections.push((name, table.clone()));
        table
    }
}

/// A font dictionary, and which program it draws with.
struct Candidate<'a> {
    font: Dict<'a>,
    /// The digest of the program, once it was asked for; within, none for a font that isn't embedded.
    program: Option<Option<u64>>,
}

impl Candidate<'_> {
    fn program(&mut self) -> Option<u64> {
        *self.program.get_or_insert_with(|| {
            font_dictionary::program_of(&self.font)
                .map(|file| file.decoded_data().map_or(0, |data| digest(&data)))
        })
    }
}

/// Tells programs of one name apart.
fn digest(program: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    program.hash(&mut hasher);
    hasher.finish()
}

/// The fonts of one name that draw with one program.
struct Known {
    fonts: Vec<Font>,
    /// Whether the program is the one in the file, and not one in its place.
    is_embedded: bool,
}

/// One font's tables.
struct Font {
    /// Codes to CIDs; none for simple fonts.
    encoding: Option<CMap>,
    /// CIDs to Unicode.
    collection: Option<Rc<CMap>>,
    /// Glyphs of the embedded program to Unicode.
    characters: Rc<HashMap<u32, char>>,
    /// Whether the font states that its codes are Unicode, by the name of the identity where a map belongs.
    is_identity: bool,
    /// Whether the font states that its CIDs are Unicode, by the name of their collection.
    has_unicode_cids: bool,
}

impl Font {
    fn meaning(&self, code: u32, glyph: u32) -> Option<String> {
        self.by_collection(code)
            .or_else(|| self.characters.get(&glyph).map(char::to_string))
            .or_else(|| self.is_identity.then(|| char::from_u32(code)).flatten().map(String::from))
            .or_else(|| {
                self.has_unicode_cids.then(|| char::from_u32(self.cid(code)?)).flatten().map(String::from)
            })
    }

    fn cid(&self, code: u32) -> Option<u32> {
        let encoding = self.encoding.as_ref()?;
        (1..=4).find_map(|length| encoding.lookup_cid_code(code, length)).filter(|&cid| cid != 0)
    }

    fn by_collection(&self, code: u32) -> Option<String> {
        let (collection, cid) = (self.collection.as_ref()?, self.cid(code)?);
        match collection.lookup_bf_string(cid)? {
            BfString::Char(character) => Some(character.to_string()),
            BfString::String(text) => Some(text),
        }
    }
}

/// All font dictionaries that may have an outline program and codes without Unicode, by the name of their font.
fn dictionaries(pdf: &Pdf) -> HashMap<String, Vec<Candidate<'_>>> {
    let mut found: HashMap<String, Vec<Candidate<'_>>> = HashMap::new();
    let fonts = font_dictionary::dictionaries_of(pdf).filter(|font| {
        font.get::<Name<'_>>("Subtype").is_some_and(|kind| matches!(&*kind, b"Type0" | b"TrueType"))
    });
    for font in fonts.take(DICTIONARIES_MAX) {
        let name = font.get::<Name<'_>>("BaseFont").map(|name| name.as_str().to_owned()).unwrap_or_default();
        let name = match name.split_once('+') {
            Some((prefix, name)) if prefix.len() == SUBSET_PREFIX_BYTES => name.to_owned(),
            Some(_) | None => name,
        };
        let namesakes = found.entry(name).or_default();
        if namesakes.len() < NAMESAKES_MAX {
            namesakes.push(Candidate { font, program: None });
        }
    }
    found
}

/// A font program's map from characters to glyphs, read backwards; empty without a map of Unicode characters.
///
/// Of several characters with one glyph the lowest is taken, since a no-break space, a Kelvin sign and the like
/// come after what they look like; only radicals and compatibility forms of ideographs come before or instead.
fn characters(program: &[u8]) -> HashMap<u32, char> {
    let mut characters: HashMap<u32, char> = HashMap::new();
    let Ok(font) = FontRef::new(program) else { return characters };
    let map = Charmap::new(&font);
    if map.is_symbol() {
        return characters;
    }
    for (code, glyph) in map.mappings() {
        let Some(character) = char::from_u32(code).filter(|_| glyph.to_u32() != 0) else { continue };
        characters
            .entry(glyph.to_u32())
            .and_modify(|known| {
                if preference(character) < preference(*known) {
                    *known = character;
                }
            })
            .or_insert(character);
    }
    characters
}

fn preference(character: char) -> (bool, char) {
    let is_second_choice = matches!(character, '\u{2e80}'..='\u{2fdf}' | '\u{e000}'..='\u{faff}');
    (is_second_choice, character)
}
