//! Whether two texts are nearly the same: at most so many letters added, left out or changed (Levenshtein's distance).
//!
//! Most pairs are told apart by their lengths and by which letters they have, in a few instructions; the distance of the
//! others is computed by the crate `rapidfuzz`, in bits beside each other (Hyyrö (2003), "A Bit-Vector Algorithm for
//! Computing Levenshtein and Damerau Edit Distances", Nordic Journal of Computing 10(1)).

use std::collections::HashMap;

use rapidfuzz::distance::levenshtein::{Args, distance_with_args};
use rayon::prelude::*;

/// Letters of a text that are compared, at most; longer texts are near only if they are equal.
pub const LETTERS_MAX: usize = 1_024;

/// The code of a text that is missing.
pub const NO_TEXT: u32 = u32::MAX;

/// A dictionary, ready for comparing.
#[derive(Debug)]
pub struct Texts<'a> {
    texts: &'a [&'a str],
    profiles: Vec<Profile>,
}

/// What tells most texts apart.
#[derive(Debug, Clone, Copy)]
struct Profile {
    letters: u32,
    /// How many of the letters are of each of 16 classes: four bits each, up to 15.
    classes: u64,
}

/// What was compared, so that it needn't be again.
#[derive(Debug, Default)]
pub(crate) struct Compared(HashMap<(u32, u32), Option<u32>>);

/// Pairs that are remembered at a time.
const COMPARED_MAX: usize = 1 << 16;

impl<'a> Texts<'a> {
    /// `texts` by code, normalised as they are to be compared.
    pub fn of(texts: &'a [&'a str]) -> Self {
        Self { texts, profiles: texts.par_iter().map(|text| Profile::of(text)).collect() }
    }

    /// The distance of two codes' texts if it is at most `distance_max`; `None` if it is more, or either is missing.
    pub fn distance(&self, left: u32, right: u32, distance_max: u32) -> Option<u32> {
        self.distance_remembered(left, right, distance_max, &mut Compared::default())
    }

    pub(crate) fn distance_remembered(
        &self,
        left: u32,
        right: u32,
        distance_max: u32,
        compared: &mut Compared,
    ) -> Option<u32> {
        let (one, other) = (self.profiles.get(left as usize)?, self.profiles.get(right as usize)?);
        if left == right {
            return Some(0);
        }
        if !one.may_be_near(*other, distance_max) {
            return None;
        }
        let pair = (left.min(right), left.max(right));
        if let Some(known) = compared.0.get(&pair) {
            return *known;
        }
        let found = self.compute(left, right, distance_max);
        if compared.0.len() >= COMPARED_MAX {
            compared.0.clear();
        }
        compared.0.insert(pair, found);
        found
    }

    fn compute(&self, left: u32, right: u32, distance_max: u32) -> Option<u32> {
        let (left, right) = (self.texts.get(left as usize)?, self.texts.get(right as usize)?);
        if left == right {
            return Some(0);
        }
        if left.len().max(right.len()) > LETTERS_MAX * 4
            || left.chars().count().max(right.chars().count()) > LETTERS_MAX
        {
            return None;
        }
        let arguments = Args::default().score_cutoff(distance_max as usize);
        u32::try_from(distance_with_args(left.chars(), right.chars(), &arguments)?).ok()
    }
}

impl Profile {
    fn of(text: &str) -> Self {
        let mut classes = [0_u64; 16];
        let mut letters = 0_u32;
        for letter in text.chars() {
            letters = letters.saturating_add(1);
            // Spread over the classes, so that the digits and the common letters fall apart.
            let class = (u32::from(letter).wrapping_mul(0x9e37_79b1) >> 28) as usize;
            if let Some(count) = classes.get_mut(class) {
                *count = (*count + 1).min(15);
            }
        }
        let classes = classes.iter().rev().fold(0, |packed, count| (packed << 4) | count);
        Self { letters, classes }
    }

    /// False only if the distance is above `distance_max`. An edit changes the length by at most one, takes at most one
    /// letter from one class, and gives at most one to another: so neither side's surplus can be above the distance.
    fn may_be_near(self, other: Self, distance_max: u32) -> bool {
        if self.letters.abs_diff(other.letters) > distance_max {
            return false;
        }
        let (more, fewer) = self.surplus(other);
        more.max(fewer) <= u64::from(distance_max)
    }

    /// Σ of what either has more of, by class: sixteen at once.
    fn surplus(self, other: Self) -> (u64, u64) {
        const LOW: u64 = 0x0f0f_0f0f_0f0f_0f0f;
        const HIGH: u64 = 0x8080_8080_8080_8080;
        let side = |one: u64, other: u64| {
            // Each byte holds 0 to 15. With the high bit set, none borrows from the next; it stays set where one is not
            // below the other, and then the low bits are the difference.
            let difference = (one | HIGH) - other;
            let kept = (difference & HIGH) >> 7;
            difference & (kept * 0x0f)
        };
        let both = |one: u64, other: u64| {
            let bytes = side(one & LOW, other & LOW) + side((one >> 4) & LOW, (other >> 4) & LOW);
            // Bytes are at most 30, their sum 240: the top byte of the product.
            bytes.wrapping_mul(0x0101_0101_0101_0101) >> 56
        };
        (both(self.classes, other.classes), both(other.classes, self.classes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Wagner and Fischer's table.
    fn reference(left: &str, right: &str) -> u32 {
        let right: Vec<char> = right.chars().collect();
        let mut row: Vec<u32> = (0..).take(right.len() + 1).collect();
        for (line, letter) in (1..).zip(left.chars()) {
            let mut diagonal = row[0];
            row[0] = line;
            for (column, other) in right.iter().enumerate() {
                let cost = diagonal + u32::from(letter != *other);
                diagonal = row[column + 1];
                row[column + 1] = cost.min(diagonal + 1).min(row[column] + 1);
            }
        }
        row[right.len()]
    }

    #[test]
    fn distances_by_hand() {
        let check = |left: &str, right: &str, distance_max, expected| {
            let texts = [left, right];
            assert_eq!(Texts::of(&texts).distance(0, 1, distance_max), expected, "{left} {right}");
        };
        check("acme gmbh", "acme gmbh", 0, Some(0));
        check("acme gmbh", "acme gmbh", 2, Some(0));
        check("acme gmbh", "acne gmbh", 2, Some(1));
        check("acme gmbh", "gmbh acme", 2, None);
        check("kitten", "sitting", 3, Some(3));
        check("kitten", "sitting", 2, None);
        check("müller", "muller", 1, Some(1));
        check("", "ab", 2, Some(2));
        assert_eq!(Texts::of(&["a"]).distance(0, NO_TEXT, 2), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]
        #[test]
        fn filters_never_drop_a_near_pair(left in "[a-e0-3 ü]{0,40}", right in "[a-e0-3 ü]{0,40}", cut in 0_usize..40) {
            let mut near: Vec<char> = left.chars().collect();
            near.truncate(cut);
            near.extend(right.chars().take(2));
            near.extend(left.chars().skip(cut));
            let near: String = near.into_iter().collect();
            let texts = [left.as_str(), right.as_str(), near.as_str()];
            for (one, other) in [(0, 1), (0, 2), (1, 2)] {
                let expected = reference(texts[one as usize], texts[other as usize]);
                for most in [0, 1, 2, 5] {
                    let found = Texts::of(&texts).distance(one, other, most);
                    prop_assert_eq!(found, (expected <= most).then_some(expected));
                }
            }
        }
    }
}
