//! The two leading digits of an integer, by two look-ups.
//!
//! As a float a number is normalised: exponent and the highest seven bits behind its leading one are a cell, and the numbers of
//! a cell differ by less than one part in 128, where two leading digits change at steps of one in 99 or more. So a cell has at
//! most one place where digits change, and one comparison tells on which side of it a number is.
//! Numbers of 2^53 and more are rounded, and may be rounded into the next cell. Then no change of digits is between the number and
//! that cell's start: those are multiples of 10^14, which is far more than the rounding wherever they aren't of high powers of two.

/// Cells of each power of two.
const STEPS: u64 = 128;
/// Powers of two: 2^63 is the last magnitude. A float's exponent is offset by 1023, which is one less than a multiple.
const POWERS: u64 = 64;
const CELLS: usize = 8_192;
/// Bits of a float below those that tell the cell.
const BELOW_CELL: u32 = 45;

/// The least number of each cell that has the second of its digits.
static SECOND_FROM: [u64; CELLS] = cells().0;
/// The digits of each cell.
static DIGITS: [[u8; 2]; CELLS] = cells().1;

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "evaluated by the compiler, which would not compile a panic; values are at most 2^64"
)]
const fn cells() -> ([u64; CELLS], [[u8; 2]; CELLS]) {
    let mut second_from = [0; CELLS];
    let mut digits = [[0; 2]; CELLS];
    let mut power = 0;
    while power < POWERS {
        let mut step = 0;
        while step < STEPS {
            // The whole numbers within, if there are any.
            let first = (((STEPS + step) as u128) << power).div_ceil(STEPS as u128) as u64;
            let end = (((STEPS + step + 1) as u128) << power).div_ceil(STEPS as u128);
            let cell = (((1_023 + power) % POWERS) * STEPS + step) as usize;
            if (first as u128) < end {
                let last = (end - 1) as u64;
                digits[cell] = [divided(first), divided(last)];
                if digits[cell][0] != digits[cell][1] {
                    second_from[cell] = digits[cell][1] as u64 * 10_u64.pow(last.ilog10() - 1);
                }
            }
            step += 1;
        }
        power += 1;
    }
    // Zero has the exponent 0, as the cell of 2 alone has here.
    second_from[0] = 1;
    digits[0] = [0, 20];
    (second_from, digits)
}

/// By division; above zero.
#[expect(clippy::cast_possible_truncation, reason = "at most 99")]
const fn divided(value: u64) -> u8 {
    if value < 10 { value as u8 * 10 } else { (value / 10_u64.pow(value.ilog10() - 1)) as u8 }
}

/// 10 to 99; 0 for zero. A single digit is followed by a zero, as in 5.0. The sign doesn't matter.
pub(super) fn first_two(value: i64) -> usize {
    let cell = ((value as f64).to_bits() >> BELOW_CELL) as usize % CELLS;
    let (Some(&from), Some([first, second])) = (SECOND_FROM.get(cell), DIGITS.get(cell)) else { return 0 };
    usize::from(if value.unsigned_abs() >= from { *second } else { *first })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(magnitude: u64) {
        let text = format!("{magnitude}0");
        let expected = if magnitude == 0 { 0 } else { text[..2].parse().unwrap() };
        if let Ok(value) = i64::try_from(magnitude) {
            assert_eq!(first_two(value), expected, "{value}");
            assert_eq!(first_two(-value), expected, "-{value}");
        }
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
        assert_eq!((first_two(i64::MIN), first_two(i64::MAX)), (92, 92));
    }

    #[test]
    fn digits_at_the_edges_of_cells() {
        for power in 7..63 {
            for step in 128..=256_u64 {
                // All that is rounded into the cell or stays just below it, and a little more.
                let start = u128::from(step) << (power - 7);
                let near = (start >> 52).clamp(1, 8).cast_signed() * 2;
                for value in [-near, -near / 2, -1, 0, 1, near].map(|more| start.cast_signed() + more) {
                    check(u64::try_from(value).unwrap());
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn digits_are_those_of_the_text(value in any::<u64>(), shift in 1_u32..64) {
            check(value >> shift);
        }
    }
}
