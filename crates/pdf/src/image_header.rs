//! How many pixels compressed image data says it has, whatever the PDF around it says: decoders believe the data.
//!
//! Asked by [`crate::extent`] for each image before a page is drawn. Reads headers alone; data that can't be followed says
//! nothing here, and little to a decoder.

use hayro::hayro_syntax::Filter;

/// Segments or markers looked at before the one that says the size; real data has a dozen.
const PARTS_MAX: usize = 1_000;

/// Width and height in pixels, where `data` says.
pub(crate) fn size(filter: Filter, data: &[u8]) -> Option<(u32, u32)> {
    match filter {
        Filter::DctDecode => jpeg(data),
        Filter::JpxDecode => jpeg_2000(data),
        Filter::Jbig2Decode => jbig2(data),
        Filter::AsciiHexDecode
        | Filter::Ascii85Decode
        | Filter::LzwDecode
        | Filter::FlateDecode
        | Filter::RunLengthDecode
        | Filter::CcittFaxDecode
        | Filter::Crypt => None,
    }
}

/// Markers with their lengths follow one another up to the start of the frame.
fn jpeg(data: &[u8]) -> Option<(u32, u32)> {
    let mut rest = data.get(memchr::memmem::find(data, b"\xff\xd8")? + 2..)?;
    for _ in 0..PARTS_MAX {
        let [0xff, marker, ..] = rest else { return None };
        let length = usize::from(big_endian_16(rest.get(2..)?)?);
        // SOF0 to SOF15, but for the tables (C4, CC) and the reserved one (C8) in between.
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let (height, width) = (big_endian_16(rest.get(5..)?)?, big_endian_16(rest.get(7..)?)?);
            return Some((u32::from(width), u32::from(height)));
        }
        rest = rest.get(2 + length..)?;
    }
    None
}

/// The start of the codestream and its size stand side by side, however many boxes precede them.
fn jpeg_2000(data: &[u8]) -> Option<(u32, u32)> {
    let size = data.get(memchr::memmem::find(data, b"\xff\x4f\xff\x51")? + 8..)?;
    Some((big_endian_32(size)?, big_endian_32(size.get(4..)?)?))
}

/// The segment that describes the page; segments with their lengths follow one another.
fn jbig2(data: &[u8]) -> Option<(u32, u32)> {
    let mut rest = data;
    for _ in 0..PARTS_MAX {
        let (number, flags, references) = (big_endian_32(rest)?, *rest.get(4)?, *rest.get(5)?);
        // Five references or more have a longer form.
        let (count, counted) = match references >> 5 {
            7 => {
                let count = usize::try_from(big_endian_32(rest.get(5..)?)? & 0x1fff_ffff).ok()?;
                (count, 4 + count.checked_add(8)? / 8)
            }
            few => (usize::from(few), 1),
        };
        let reference = if number <= 256 {
            1
        } else if number <= 65_536 {
            2
        } else {
            4
        };
        let page = if flags & 0x40 == 0 { 1 } else { 4 };
        let length_at = count.checked_mul(reference)?.checked_add(5 + counted + page)?;
        let length = big_endian_32(rest.get(length_at..)?)?;
        let content = rest.get(length_at + 4..)?;
        if flags & 0x3f == 48 {
            return Some((big_endian_32(content)?, big_endian_32(content.get(4..)?)?));
        }
        rest = content.get(usize::try_from(length).ok()?..)?;
    }
    None
}

fn big_endian_16(data: &[u8]) -> Option<u16> {
    data.first_chunk().copied().map(u16::from_be_bytes)
}

fn big_endian_32(data: &[u8]) -> Option<u32> {
    data.first_chunk().copied().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A filter, its data, and the size it says.
    type Row = (Filter, &'static [u8], Option<(u32, u32)>);

    #[test]
    fn headers_say_how_large() {
        let rows: [Row; 7] = [
            (Filter::DctDecode, b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x0b\x08\x00\x02\x01\x00", Some((256, 2))),
            (Filter::DctDecode, b"\xff\xd8\xff\xc4\x00\x04ab\xff\xda", None),
            (Filter::DctDecode, b"\xff\xd8\xff\xe0\xff\xff", None),
            (Filter::JpxDecode, b"boxes\xff\x4f\xff\x51\x00\x29\x00\x00\x00\x01\x00\x00\xff\xff\xff\xff", Some((65_536, u32::MAX))),
            (
                Filter::Jbig2Decode,
                b"\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01a\x00\x00\x00\x01\x30\x00\x01\x00\x00\x00\x13\x80\x00\x00\x00\x00\x00\x00\x09",
                Some((1 << 31, 9)),
            ),
            (Filter::Jbig2Decode, b"\xff\xff\xff\xff\x40\xff\xff\xff\xff", None),
            (Filter::FlateDecode, b"", None),
        ];
        for (filter, data, expected) in rows {
            assert_eq!(size(filter, data), expected, "{filter:?}: {data:?}");
        }
    }
}
