//! How many bytes a stream decompresses to, without holding them: by its filters' ratios where that says enough, else
//! by decompressing it into the void, for as long as the limit lasts.
//!
//! Asked by [`crate::survey`] before the interpreter decodes a page's streams, and by [`crate::tables_of_objects`]
//! before a file is opened. Nothing is kept, and nothing is told of the content.

use std::borrow::Cow;

use flate2::{Decompress, FlushDecompress, Status};
use hayro::hayro_syntax::Filter;
use hayro::hayro_syntax::object::{Dict, Name, Object, Stream};

/// The most a byte of Flate can stand for: a length of 258 in two bits.
pub(crate) const FLATE_RATIO: u64 = 1_032;
/// The most a byte of LZW can stand for: 12 bits for the longest of the 3,838 strings a table can hold.
const LZW_RATIO: u64 = 2_559;
/// The most a byte of run lengths can stand for: 128 in two.
const RUN_LENGTH_RATIO: u64 = 64;
/// The most a byte of base 85 can stand for: `z` is four zeros.
const ASCII_85_RATIO: u64 = 4;
/// Bytes decompressed at a time, and thrown away.
const CHUNK_BYTES: usize = 32 * 1024;
/// Bytes of a pixel after decoding: whatever a colour is stored as, it becomes red, green and blue.
const COLOUR_PIXEL_BYTES: u64 = 3;

/// The most a stream can decompress to, all its filters at their best.
pub(crate) fn bound(stream: &Stream<'_>) -> u64 {
    let filters = stream.filters();
    let raw = length(&stream.raw_data());
    let most = filters.iter().map(|filter| ratio(*filter)).fold(raw, u64::saturating_mul);
    most.saturating_add(row_bytes(stream.dict())).saturating_add(pixel_bytes(stream.dict()))
}

/// What a stream decompresses to, or some number above `bytes_max` if that is more. Of several filters the one with the
/// largest output counts: that is what has to be held.
pub(crate) fn measure(stream: &Stream<'_>, bytes_max: u64) -> u64 {
    let filters = stream.filters();
    let fixed = row_bytes(stream.dict()).saturating_add(pixel_bytes(stream.dict()));
    let left = bytes_max.saturating_sub(fixed);
    let mut data: Cow<'_, [u8]> = stream.raw_data();
    let mut largest = length(&data);
    let mut filters = filters.iter().peekable();
    while let Some(filter) = filters.next()
        && largest <= left
    {
        let output = match filter {
            // The last filter's output needn't be held to be counted.
            Filter::FlateDecode if filters.peek().is_none() => {
                largest = largest.max(inflated(&data, left, |_| {}));
                break;
            }
            Filter::FlateDecode => {
                let mut output = Vec::new();
                largest = largest.max(inflated(&data, left, |chunk| output.extend_from_slice(chunk)));
                Some(output)
            }
            // Much of it is slow to decode, and its length is soon told.
            Filter::Ascii85Decode | Filter::AsciiHexDecode
                if filters.peek().is_none() || length(&data) > left =>
            {
                largest = largest.max(unprinted(&data, *filter));
                break;
            }
            Filter::LzwDecode => decoded("LZWDecode", &data, left),
            Filter::RunLengthDecode => decoded("RunLengthDecode", &data, left),
            Filter::Ascii85Decode => decoded("ASCII85Decode", &data, left),
            Filter::AsciiHexDecode => decoded("ASCIIHexDecode", &data, left),
            // What images decode to is counted by their pixels; nothing can follow them.
            Filter::CcittFaxDecode | Filter::Jbig2Decode | Filter::DctDecode | Filter::JpxDecode => break,
            Filter::Crypt => continue,
        };
        let Some(output) = output else { return u64::MAX };
        largest = largest.max(length(&output));
        data = Cow::Owned(output);
    }
    fixed.saturating_add(largest)
}

/// What bytes written as text come to, at the most.
fn unprinted(data: &[u8], filter: Filter) -> u64 {
    let zeros = if filter == Filter::Ascii85Decode { memchr::memchr_iter(b'z', data).count() } else { 0 };
    let zeros = u64::try_from(zeros).unwrap_or(u64::MAX);
    zeros.saturating_mul(ASCII_85_RATIO).saturating_add(length(data))
}

/// What one of the filters without much to gain makes of `data`; none if that is more than `bytes_max`. What is too
/// damaged to be decoded is nothing, to the interpreter as well.
fn decoded(filter: &str, data: &[u8], bytes_max: u64) -> Option<Vec<u8>> {
    let dictionary = lopdf::dictionary! { "Filter" => filter };
    let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    match lopdf::Stream::new(dictionary, data.to_vec()).decompressed_content_with_limit(bytes_max) {
        Ok(output) => Some(output),
        Err(lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded { .. })) => None,
        Err(_) => Some(Vec::new()),
    }
}

/// How many bytes `data` inflates to, or some number above `bytes_max` if that is more; `take` is given each chunk.
///
/// Damaged data counts as far as it goes: the interpreter salvages as much.
pub(crate) fn inflated(data: &[u8], bytes_max: u64, mut take: impl FnMut(&[u8])) -> u64 {
    let with_header = inflated_as(data, true, bytes_max, &mut take);
    if with_header > 0 { with_header } else { inflated_as(data, false, bytes_max, &mut take) }
}

fn inflated_as(data: &[u8], has_header: bool, bytes_max: u64, take: &mut impl FnMut(&[u8])) -> u64 {
    let mut inflater = Decompress::new(has_header);
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut rest = data;
    loop {
        let (read, written) = (inflater.total_in(), inflater.total_out());
        let status = inflater.decompress(rest, &mut chunk, FlushDecompress::None);
        let consumed = usize::try_from(inflater.total_in() - read).unwrap_or(usize::MAX);
        let produced = usize::try_from(inflater.total_out() - written).unwrap_or(usize::MAX);
        rest = rest.get(consumed..).unwrap_or_default();
        take(chunk.get(..produced).unwrap_or_default());
        let goes_on = matches!(status, Ok(Status::Ok)) && (consumed > 0 || produced > 0);
        if !goes_on || inflater.total_out() > bytes_max {
            return inflater.total_out();
        }
    }
}

/// How many times its input a filter's output can be.
fn ratio(filter: Filter) -> u64 {
    match filter {
        Filter::FlateDecode => FLATE_RATIO,
        Filter::LzwDecode => LZW_RATIO,
        Filter::RunLengthDecode => RUN_LENGTH_RATIO,
        Filter::Ascii85Decode => ASCII_85_RATIO,
        // Two characters for a byte; what images decode to is counted by their pixels.
        Filter::AsciiHexDecode
        | Filter::CcittFaxDecode
        | Filter::Jbig2Decode
        | Filter::DctDecode
        | Filter::JpxDecode
        | Filter::Crypt => 1,
    }
}

/// The bytes of a predictor's row, which is held however little data there is.
fn row_bytes(dict: &Dict<'_>) -> u64 {
    let of = |parameters: Dict<'_>| {
        let number = |key: &[u8], default| {
            parameters.get::<i64>(key).map_or(default, |number| u64::try_from(number).unwrap_or(0))
        };
        let is_predicted = number(b"Predictor", 1) > 1;
        let bits = number(b"Columns", 1)
            .saturating_mul(number(b"Colors", 1))
            .saturating_mul(number(b"BitsPerComponent", 8));
        if is_predicted { bits / 8 } else { 0 }
    };
    let lists = [b"DecodeParms".as_slice(), b"DP"].into_iter().filter_map(|key| dict.get::<Object<'_>>(key));
    let rows = lists.map(|parameters| match parameters {
        Object::Dict(parameters) => of(parameters),
        Object::Array(list) => list.iter::<Dict<'_>>().map(of).fold(0, u64::saturating_add),
        _ => 0,
    });
    rows.fold(0, u64::saturating_add)
}

/// The bytes of an image's pixels as it claims them: it is drawn as large as that, however little data there is.
fn pixel_bytes(dict: &Dict<'_>) -> u64 {
    let is_image = dict.get::<Name<'_>>(b"Subtype").is_some_and(|kind| kind.as_ref() == b"Image");
    let side = |key: &[u8]| dict.get::<u32>(key).unwrap_or(0);
    if is_image { image_bytes(dict, side(b"Width"), side(b"Height")) } else { 0 }
}

/// The bytes of an image of so many pixels.
pub(crate) fn image_bytes(dict: &Dict<'_>, width: u32, height: u32) -> u64 {
    let is_grey = |key: &[u8]| {
        dict.get::<Name<'_>>(key)
            .is_some_and(|space| matches!(space.as_ref(), b"DeviceGray" | b"CalGray" | b"G"))
    };
    let one_bit =
        [b"BitsPerComponent".as_slice(), b"BPC"].into_iter().any(|key| dict.get::<u8>(key) == Some(1));
    let mask = [b"ImageMask".as_slice(), b"IM"].into_iter().any(|key| dict.get::<bool>(key) == Some(true));
    let pixel =
        if one_bit || mask || is_grey(b"ColorSpace") || is_grey(b"CS") { 1 } else { COLOUR_PIXEL_BYTES };
    u64::from(width).saturating_mul(u64::from(height)).saturating_mul(pixel)
}

fn length(data: &[u8]) -> u64 {
    u64::try_from(data.len()).unwrap_or(u64::MAX)
}
