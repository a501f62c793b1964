//! One signature: what it claims, and which bytes of the file it speaks for.
//!
//! Used by the form. Whether a signature is valid takes certificates and is nobody's business here.

use lopdf::{Dictionary, Object};

use super::date;
use super::text::{self, Texts};
use crate::facts::Signature;

/// Characters kept of a signer's name and of the encoding. 255: a long name.
const NAME_CHARACTERS_MAX: usize = 255;
/// Characters kept of a date; a whole one has 23.
const DATE_CHARACTERS_MAX: usize = 30;

/// Reads a signature's dictionary; `file` is the file as it was sent.
pub(super) fn read(texts: &mut Texts<'_>, dictionary: &Dictionary, field: String, file: &[u8]) -> Signature {
    let document = texts.document;
    let range = dictionary.get_deref(b"ByteRange", document).and_then(Object::as_array);
    let range: Option<Vec<usize>> = range.ok().filter(|range| range.len() == 4).and_then(|range| {
        range
            .iter()
            .map(|number| usize::try_from(document.dereference(number).ok()?.1.as_i64().ok()?).ok())
            .collect()
    });
    let contents = dictionary.get_deref(b"Contents", document).ok().and_then(text::bytes);
    Signature {
        field,
        signer: texts.line(dictionary, b"Name", NAME_CHARACTERS_MAX),
        signed_at: texts.line(dictionary, b"M", DATE_CHARACTERS_MAX).and_then(|date| date::iso(&date)),
        encoding: texts.line(dictionary, b"SubFilter", NAME_CHARACTERS_MAX),
        covers_whole_file: range.is_some_and(|range| covers(&range, contents, file)),
    }
}

/// Whether `[0, a, b, c]` leaves out nothing of the file but one hexadecimal string as long as the signature.
///
/// More left out would be room for something unsigned; that is how signed files were forged.
fn covers(range: &[usize], contents: Option<&[u8]>, file: &[u8]) -> bool {
    let [start, before, after, rest] = *range else { return false };
    let Some(gap) = file.get(before..after) else { return false };
    let [b'<', digits @ .., b'>'] = gap else { return false };
    let contents_digits = contents.map(|contents| contents.len().saturating_mul(2));
    start == 0
        && after.checked_add(rest) == Some(file.len())
        && digits.iter().all(u8::is_ascii_hexdigit)
        && contents_digits == Some(digits.len() + digits.len() % 2)
}
