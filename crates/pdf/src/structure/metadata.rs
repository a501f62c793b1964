//! The information dictionary: title, author, programs and dates.

use lopdf::Object;

use super::date;
use super::text::Texts;
use crate::facts::Metadata;

/// Characters kept of one entry. 2,000: keywords are the longest, and search engines read fewer.
const ENTRY_CHARACTERS_MAX: usize = 2_000;

/// Reads the information dictionary the trailer names; all none where there is none.
pub(super) fn read(texts: &mut Texts<'_>) -> Metadata {
    let document = texts.document;
    let Ok(information) = document.trailer.get_deref(b"Info", document).and_then(Object::as_dict) else {
        return Metadata::default();
    };
    let mut entry = |key: &[u8]| texts.line(information, key, ENTRY_CHARACTERS_MAX);
    Metadata {
        title: entry(b"Title"),
        author: entry(b"Author"),
        subject: entry(b"Subject"),
        keywords: entry(b"Keywords"),
        creator: entry(b"Creator"),
        producer: entry(b"Producer"),
        created_at: entry(b"CreationDate").and_then(|date| date::iso(&date)),
        modified_at: entry(b"ModDate").and_then(|date| date::iso(&date)),
    }
}
