//! Eight bytes at a time: where a text ends, and what digits come to. Plain arithmetic on whole words.

/// Powers of ten for up to eight digits.
pub(super) const TENS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// The integer that the digits come to with which eight bytes begin, and how many they are.
#[inline(always)]
pub(super) fn leading_digits(word: u64) -> (u64, usize) {
    const ONES: u64 = u64::MAX / 0xFF;
    // A digit has a high half of 3, and still has it with 6 more. A carry can only spoil bytes behind the first other one.
    let high = ONES * 0xF0;
    let other = ((word & high) | ((word.wrapping_add(ONES * 6) & high) >> 4)) ^ (ONES * 0x33);
    let count = (other.trailing_zeros() / 8) as usize;
    // The digits to the end, with zeros before them; then pairs, fours, and all eight are added up side by side.
    let digits = word.checked_shl(64 - 8 * (other.trailing_zeros() / 8)).unwrap_or(0) & (ONES * 0x0F);
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    let value = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xFFFF_FFFF;
    (value, count)
}

/// How many bytes there are before the first that ends a text, begins an escape, or is a control character.
#[inline(always)]
pub(super) fn plain_bytes(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 0xFF;
    let (words, rest) = bytes.as_chunks::<8>();
    for (position, word) in words.iter().enumerate() {
        // Eight bytes at once. The subtractions set the high bit of each byte that was below; a borrow can only spoil bytes
        // behind the first that is found.
        let word = u64::from_le_bytes(*word);
        let below = |bytes: u64, limit: u64| bytes.wrapping_sub(ONES * limit) & !bytes;
        let quote = below(word ^ (ONES * u64::from(b'"')), 1);
        let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
        let found = (quote | backslash | below(word, 0x20)) & (ONES << 7);
        if found != 0 {
            return position * 8 + (found.trailing_zeros() / 8) as usize;
        }
    }
    let plain = |byte: &u8| *byte != b'"' && *byte != b'\\' && *byte >= 0x20;
    words.len() * 8 + rest.iter().take_while(|byte| plain(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_and_added_up() {
        let check = |bytes: &[u8; 8], expected: (u64, usize)| {
            assert_eq!(leading_digits(u64::from_le_bytes(*bytes)), expected, "{bytes:?}");
        };
        check(b"12345678", (12_345_678, 8));
        check(b"00000000", (0, 8));
        check(b"99999999", (99_999_999, 8));
        check(b"1234567,", (1_234_567, 7));
        check(b"12.34567", (12, 2));
        check(b".1234567", (0, 0));
        check(b"1/345678", (1, 1));
        check(b"1:345678", (1, 1));
        check(b"9\xff345678", (9, 1));
        check(b"\xff\xff345678", (0, 0));
        check(b"90000\0\0\0", (90_000, 5));
        check(b"7\xb1234567", (7, 1));
        check(b"7\x39\x3a\x40\x30\x30\x30\x30", (79, 2));
    }
}
