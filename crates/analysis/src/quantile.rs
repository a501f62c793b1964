//! Quartiles and medians, exactly.
//!
//! Type 7 of Hyndman and Fan (1996), "Sample Quantiles in Statistical Packages", The American Statistician 50(4):
//! the default of R, numpy and pandas. Linear interpolation between two integers at a quarter's place is an
//! integer number of quarters, so nothing is rounded.

/// Four times the quartile `quartile` (0 is the minimum, 2 the median, 4 the maximum) of `sorted`, which must be
/// in ascending order; `None` of no values.
pub(crate) fn quartile_times_4(sorted: &[i128], quartile: usize) -> Option<i128> {
    let position = sorted.len().checked_sub(1)? * quartile;
    let low = sorted.get(position / 4)?;
    let (part, whole) = match position % 4 {
        0 => return Some(low * 4),
        1 => (1, 3),
        2 => (2, 2),
        _ => (3, 1),
    };
    let high = sorted.get(position / 4 + 1)?;
    Some(low * whole + high * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_those_of_type_7() {
        // Expected values by hand from h = (n − 1)p; the same as numpy.quantile's, times four.
        let check = |sorted: &[i128], expected: [i128; 5]| {
            for (quartile, expected) in expected.into_iter().enumerate() {
                assert_eq!(quartile_times_4(sorted, quartile), Some(expected), "{sorted:?} {quartile}");
            }
        };
        check(&[7], [28, 28, 28, 28, 28]);
        check(&[1, 2], [4, 5, 6, 7, 8]);
        check(&[1, 2, 4], [4, 6, 8, 12, 16]);
        check(&[1, 2, 3, 4], [4, 7, 10, 13, 16]);
        check(&[-10, 0, 0, 5, 100], [-40, 0, 0, 20, 400]);
        assert_eq!(quartile_times_4(&[], 2), None);
    }
}
