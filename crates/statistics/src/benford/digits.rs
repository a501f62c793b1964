//! The two leading digits of an integer, without a division.
//!
//! A number of b bits has t or t + 1 digits, where t is known from b: one comparison tells which (no branch: it would be
//! guessed wrong one time in three), and what to divide by follows.
//! Dividing by a constant is multiplying by its reciprocal (Granlund and Montgomery (1994), "Division by Invariant
//! Integers using Multiplication", PLDI). 10^k is 2^k·5^k: the power of two is shifted out first, then the reciprocal of
//! 5^k fits in 64 bits and is exact for what is left, as long as k > 0.

/// How numbers of a certain number of bits are divided: shifted, multiplied, and the product's upper half shifted again.
#[derive(Debug, Clone, Copy)]
struct Divisor {
    reciprocal: u64,
    before: u8,
    after: u8,
}

/// Numbers below this are not divided.
const DIVIDED_MIN: u64 = 100;

/// By leading zeros: the power of ten from which on a number has a digit more.
const MORE_DIGITS: [u64; 65] = more_digits();
/// By leading zeros twice, the second for numbers with a digit more.
const DIVISORS: [Divisor; 130] = divisors();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would not compile a panic")]
const fn more_digits() -> [u64; 65] {
    let mut table = [u64::MAX; 65];
    let mut bits = 1;
    while bits <= 64 {
        // Up to 10^19, which fits.
        table[64 - bits] = 10_u64.pow((1_u64 << (bits - 1)).ilog10() + 1);
        bits += 1;
    }
    table
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would not compile a panic")]
const fn divisors() -> [Divisor; 130] {
    let mut table = [Divisor { reciprocal: 0, before: 0, after: 0 }; 130];
    let mut place = 0;
    while place < 128 {
        let least = (1_u64 << (63 - place / 2)).ilog10() + 1;
        let digits = if place % 2 == 0 { least } else { least + 1 };
        if digits > 2 {
            let power = digits - 2;
            let five = 5_u128.pow(power);
            let shift = five.ilog2();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "below 2^64, since 5^k is at least 2^shift; below 64"
            )]
            let divisor = Divisor {
                reciprocal: ((1_u128 << (64 + shift)) / five + 1) as u64,
                before: power as u8,
                after: shift as u8,
            };
            table[place] = divisor;
        }
        place += 1;
    }
    table
}

/// 10 to 99; 0 for zero. A single digit is followed by a zero, as in 5.0.
pub(super) fn first_two(value: u64) -> usize {
    if value < DIVIDED_MIN {
        return small(value);
    }
    let zeros = value.leading_zeros() as usize;
    let more = MORE_DIGITS.get(zeros).is_some_and(|&more| value >= more);
    let Some(divisor) = DIVISORS.get(zeros * 2 + usize::from(more)) else { return 0 };
    let product = u128::from(value >> divisor.before) * u128::from(divisor.reciprocal);
    ((product >> 64) as u64 >> divisor.after) as usize
}

fn small(value: u64) -> usize {
    let places = if value < 10 { value * 10 } else { value };
    usize::try_from(places).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(value: u64) {
        let text = format!("{value}0");
        let expected = if value == 0 { 0 } else { text[..2].parse().unwrap() };
        assert_eq!(first_two(value), expected, "{value}");
    }

    #[test]
    fn digits_at_the_edges() {
        (0..20_000).for_each(check);
        for power in 0..20 {
            let power = 10_u64.pow(power);
            for times in 1..=99 {
                if let Some(value) = power.checked_mul(times) {
                    [value - 1, value, value.saturating_add(1)].into_iter().for_each(check);
                }
            }
        }
        [u64::MAX, i64::MIN.unsigned_abs(), i64::MAX.unsigned_abs()].into_iter().for_each(check);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn digits_are_those_of_the_text(value in any::<u64>(), shift in 0_u32..64) {
            check(value >> shift);
        }
    }
}
