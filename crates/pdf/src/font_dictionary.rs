//! What a font dictionary says of codes, CIDs and the program that draws them.
//!
//! Called by [`fonts`](crate::fonts), [`legacy_fonts`](crate::legacy_fonts) and [`simple_fonts`](crate::simple_fonts). It draws no
//! conclusions.

use hayro::hayro_interpret::hayro_cmap::{self, CMap, CMapName, CidFamily};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};

/// All dictionaries of a file, fonts or not.
pub(crate) fn dictionaries_of(pdf: &Pdf) -> impl Iterator<Item = Dict<'_>> {
    pdf.objects().into_iter().filter_map(|object| match object {
        Object::Dict(dictionary) => Some(dictionary),
        Object::Null(_)
        | Object::Boolean(_)
        | Object::Number(_)
        | Object::String(_)
        | Object::Name(_)
        | Object::Array(_)
        | Object::Stream(_) => None,
    })
}

/// The font that a composite font's codes select glyphs of; a simple font itself.
fn descendant<'a>(font: &Dict<'a>) -> Dict<'a> {
    font.get::<Array<'_>>("DescendantFonts")
        .and_then(|fonts| fonts.iter::<Dict<'_>>().next())
        .unwrap_or_else(|| font.clone())
}

/// The program that a font draws with; none where it isn't embedded.
pub(crate) fn program_of<'a>(font: &Dict<'a>) -> Option<Stream<'a>> {
    let descriptor = descendant(font).get::<Dict<'_>>("FontDescriptor")?;
    ["FontFile2", "FontFile3", "FontFile"].into_iter().find_map(|key| descriptor.get::<Stream<'_>>(key))
}

/// How a composite font's codes become CIDs; none for a simple font.
pub(crate) fn encoding(font: &Dict<'_>) -> Option<CMap> {
    font.get::<Array<'_>>("DescendantFonts")?;
    match font.get::<Object<'_>>("Encoding")? {
        Object::Name(name) => match CMapName::from_bytes(&name) {
            CMapName::IdentityH => Some(CMap::identity_h()),
            CMapName::IdentityV => Some(CMap::identity_v()),
            name => predefined(name),
        },
        Object::Stream(stream) => CMap::parse(&stream.decoded_data().ok()?, hayro_cmap::load_embedded),
        Object::Null(_)
        | Object::Boolean(_)
        | Object::Number(_)
        | Object::String(_)
        | Object::Array(_)
        | Object::Dict(_) => None,
    }
}

/// A table by its name.
pub(crate) fn predefined(name: CMapName<'_>) -> Option<CMap> {
    CMap::parse(hayro_cmap::load_embedded(name)?, hayro_cmap::load_embedded)
}

/// The character collection of a font's CIDs.
pub(crate) fn family(font: &Dict<'_>) -> Option<CidFamily> {
    let info = descendant(font).get::<Dict<'_>>("CIDSystemInfo")?;
    let registry = info.get::<PdfString<'_>>("Registry")?;
    let ordering = info.get::<PdfString<'_>>("Ordering")?;
    Some(CidFamily::from_registry_ordering(registry.as_bytes(), ordering.as_bytes()))
}

/// Whether a font states that its codes are Unicode, by the name of the identity where a map belongs.
pub(crate) fn states_identity(font: &Dict<'_>) -> bool {
    font.get::<Name<'_>>("ToUnicode").is_some_and(|name| matches!(&*name, b"Identity-H" | b"Identity-V"))
}

/// Whether a font names Unicode as the collection of its CIDs, and maps them to glyphs by a table or not at all.
///
/// Where CIDs are the glyphs of a program, the name was only copied from a `ToUnicode` map.
pub(crate) fn states_unicode_cids(font: &Dict<'_>) -> bool {
    let descendant = descendant(font);
    let info = descendant.get::<Dict<'_>>("CIDSystemInfo");
    let ordering = info.and_then(|info| info.get::<PdfString<'_>>("Ordering"));
    ordering.is_some_and(|ordering| matches!(ordering.as_bytes(), b"UCS" | b"UCS2"))
        && (descendant.get::<Stream<'_>>("CIDToGIDMap").is_some() || program_of(font).is_none())
}
