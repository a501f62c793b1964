//! Bounds the streams in which newer PDFs keep their objects and the table of them, before anybody decodes them.
//!
//! Called by [`crate::open`]: the parser decodes these while it opens a file, so that nobody can ask it for their size
//! first. They are found in the bytes by their type, and what precedes and follows is read as text. A file that hides
//! them (by names in hexadecimal, say) gets past this and meets the limit on memory.

use std::borrow::Cow;

use memchr::memmem;

use crate::decompression;
use crate::error::ReadError;
use crate::limits::Limits;

/// The types of such streams.
const TYPES: [&[u8]; 2] = [b"/ObjStm", b"/XRef"];
/// A dictionary ends within so many bytes of its type. Real ones have 200; a list of sections may make it longer.
const DICTIONARY_BYTES_MAX: usize = 4_096;
/// Filters after one another that are followed; every real file has one.
const FILTERS_MAX: usize = 4;

/// Checks every stream of the kind against [`Limits::structure_stream_bytes_max`].
pub(crate) fn check(bytes: &[u8], limits: &Limits) -> Result<(), ReadError> {
    let max = limits.structure_stream_bytes_max;
    for kind in TYPES {
        for place in memmem::find_iter(bytes, kind) {
            let found = measure(bytes, place, max);
            if found > max {
                return Err(ReadError::LimitExceeded {
                    limit: "structure_stream_bytes_max".to_owned(),
                    what: "decompressed bytes in a table of its objects".to_owned(),
                    found,
                    max,
                });
            }
        }
    }
    Ok(())
}

/// What the stream decompresses to whose type stands at `place`; nothing if it can't come to more than `bytes_max`.
fn measure(bytes: &[u8], place: usize, bytes_max: u64) -> u64 {
    let head = bytes.get(place..).unwrap_or_default();
    let head = head.get(..DICTIONARY_BYTES_MAX).unwrap_or(head);
    let Some(end) = memmem::find(head, b"stream").map(|end| place + end) else { return 0 };
    let rest = bytes.get(end + b"stream".len()..).unwrap_or_default();
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
    let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    let data = rest.get(..memmem::find(rest, b"endstream").unwrap_or(rest.len())).unwrap_or_default();
    let start = place.saturating_sub(DICTIONARY_BYTES_MAX);
    let start = bytes
        .get(start..place)
        .and_then(|before| memmem::rfind(before, b" obj"))
        .map_or(place, |at| start + at);
    let filters = memmem::find_iter(bytes.get(start..end).unwrap_or_default(), b"FlateDecode").count();
    let mut layer = Cow::Borrowed(data);
    let mut found = 0;
    for filter in (0..filters.min(FILTERS_MAX)).rev() {
        let length = u64::try_from(layer.len()).unwrap_or(u64::MAX);
        let is_last = filter == 0;
        if is_last && length.saturating_mul(decompression::FLATE_RATIO) <= bytes_max {
            break;
        }
        let mut output = Vec::new();
        let inflated = decompression::inflated(&layer, bytes_max, |chunk| {
            if !is_last {
                output.extend_from_slice(chunk);
            }
        });
        found = inflated.max(found);
        if found > bytes_max {
            break;
        }
        layer = Cow::Owned(output);
    }
    found
}
