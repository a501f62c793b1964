//! Plausibly wrong values: another value of the same kind from the same page.
//!
//! Called by [`answer`](crate::answer) for every value found. What is swapped is decided by a hash of the prompt and
//! the value's place, so the same prompt is wrong in the same places. Half of the wrong values name the line they
//! really stand on (only arithmetic can tell), half keep the right value's line (the text isn't there).

use crate::document::Document;
use crate::printed::kind;

/// How many values are wrong, and which.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Distortion {
    /// The share of values that are swapped, 0 to 1.
    pub(crate) rate: f64,
    /// The hash of the prompt and the mock's seed.
    pub(crate) hash: u64,
}

impl Distortion {
    /// A value with its line: both as they are, or another value and the line the mock claims for it.
    pub(crate) fn anchored<'a>(
        &self,
        document: &'a Document,
        line: usize,
        text: &'a str,
        pointer: &str,
    ) -> (usize, &'a str) {
        let Some((wrong_line, wrong_text)) = self.swapped(document, line, text, pointer) else {
            return (line, text);
        };
        let honest = hash(self.hash, &["line", pointer]).is_multiple_of(2);
        (if honest { wrong_line } else { line }, wrong_text)
    }

    /// A text of a row: as it is, or another one.
    pub(crate) fn row_text<'a>(
        &self,
        document: &'a Document,
        line: usize,
        text: &'a str,
        pointer: &str,
    ) -> &'a str {
        self.swapped(document, line, text, pointer).map_or(text, |(_, wrong)| wrong)
    }

    /// Another cell of the page that looks the same; none where the value stays, or there is no other.
    fn swapped<'a>(
        &self,
        document: &'a Document,
        line: usize,
        text: &str,
        pointer: &str,
    ) -> Option<(usize, &'a str)> {
        if !happens(self.rate, hash(self.hash, &["wrong", pointer])) {
            return None;
        }
        let page = document.lines.get(line)?.page;
        let looks = kind(text);
        let cells = document.lines.iter().enumerate().filter(|(_, line)| line.page == page);
        let others: Vec<(usize, &str)> = cells
            .flat_map(|(index, line)| line.cells.iter().map(move |cell| (index, cell.as_str())))
            .filter(|(_, cell)| *cell != text && kind(cell) == looks)
            .collect();
        let count = u64::try_from(others.len()).ok()?;
        let choice = hash(self.hash, &["choice", pointer]).checked_rem(count)?;
        others.get(usize::try_from(choice).ok()?).copied()
    }
}

/// Whether something of this rate happens at this hash.
pub(crate) fn happens(rate: f64, hash: u64) -> bool {
    // 2^32 steps are plenty for a rate somebody typed.
    let share = u32::try_from(hash >> 32).unwrap_or(u32::MAX);
    f64::from(share) < rate * f64::from(u32::MAX)
}

/// A hash of `seed` and `parts` that is the same on every machine and in every version.
pub(crate) fn hash(seed: u64, parts: &[&str]) -> u64 {
    // FNV-1a, then the finaliser of splitmix64: FNV alone leaves the high bits of similar texts alike.
    let mut state = 0xcbf2_9ce4_8422_2325 ^ seed;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
