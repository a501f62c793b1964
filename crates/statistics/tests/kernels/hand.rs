//! Small cases worked out by hand.

use docmill_statistics::correlation::kendall;
use docmill_statistics::duplicates::{DuplicateChunk, NearDuplicates, Pair, near_duplicates};
use docmill_statistics::groups::Groups;
use docmill_statistics::moments::Sums;
use docmill_statistics::outliers::{Basis, Method, NoLimits, limits, outliers};
use docmill_statistics::robust::median_absolute_deviation;
use docmill_statistics::sequences::{SequenceLimits, sequences};
use docmill_statistics::texts::{NO_TEXT, Texts};
use docmill_statistics::{Chunk, Fraction, chunked, floats};

use crate::{Numbers, keyed};

#[test]
fn decimals_are_rounded_once() {
    let check = |values: &[i64], decimals, mean: i64, deviation: u64| {
        let sums = Sums::of(&chunked(values));
        assert_eq!(sums.mean_units(decimals).unwrap(), mean.into(), "{values:?}");
        assert_eq!(sums.standard_deviation_units(decimals).unwrap(), deviation.into(), "{values:?}");
    };
    // 40/8 = 5; Σ(x − 5)² = 32, 32/7 = 4.5714…, √ = 2.13809…
    check(&[2, 4, 4, 4, 5, 5, 7, 9], 3, 5_000, 2_138);
    // 1/2 goes away from zero.
    check(&[0, 1], 0, 1, 1);
    check(&[0, -1], 0, -1, 1);
}

#[test]
fn deviations_are_exact_quarters() {
    let check = |values: &[i64], numerator, denominator| {
        let found = median_absolute_deviation(&mut values.to_vec(), &mut Vec::new());
        assert_eq!(found, Some(Fraction { numerator, denominator }), "{values:?}");
    };
    // About 4: 2, 1, 0, 5.
    check(&[2, 3, 4, 9, 4], 1, 1);
    // About 5/2: 3/2, 1/2, 1/2, 13/2.
    check(&[1, 2, 3, 9], 1, 1);
    // About 1/2: 1/2, 1/2.
    check(&[0, 1], 1, 2);
    // About 3/2: 3/2, 1/2, 1/2, 11/2, of which the middle two are 1/2 and 3/2 ... 1; with 8 in place: 1.
    check(&[0, 1, 2, 7], 1, 1);
    // About −1/2: both 2^63 − 1/2.
    check(&[i64::MIN, i64::MAX], (1 << 64) - 1, 2);
    check(&[i64::MIN, i64::MIN, i64::MAX], 0, 1);
}

#[test]
fn limits_say_what_they_are_from() {
    let values = [10, 10, 10, 10, 40, 1, 2, 3, 100, 7, 7, 7, 5];
    let keys = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3];
    let chunks = keyed(&values, &keys);
    let found = limits(&Groups::partition(&chunks, 4), Method::ModifiedZ { threshold: 3.5 }, 2);
    // MAD 0; mean absolute deviation 6, 7.52 once scaled, 26.3 away at most.
    let first = found[0].unwrap();
    assert_eq!((first.basis, first.low, first.high), (Basis::MeanAbsoluteDeviation, -16, 36));
    // Median 5/2, MAD 1: 2.5 ± 5.19.
    let second = found[1].unwrap();
    assert_eq!((second.basis, second.low, second.high), (Basis::MedianAbsoluteDeviation, -2, 7));
    assert_eq!(found[2..], [Err(NoLimits::NoSpread), Err(NoLimits::TooFew)]);
    let outliers = outliers(&chunks, &found);
    let rows: Vec<(usize, u32, i64)> =
        outliers.outliers.iter().map(|outlier| (outlier.row, outlier.key, outlier.value)).collect();
    assert_eq!(rows, [(4, 0, 40), (8, 1, 100)]);
    assert_eq!((outliers.counts.used, outliers.counts.missing), (9, 4));
    // (100 − 2.5) ÷ 1.4826…
    assert!((outliers.outliers[1].score - 97.5 / 1.482_602_218_505_602).abs() < 1e-12);
}

#[test]
fn sums_of_floats_are_compensated() {
    let mut values = vec![1e16, 1.0, -1e16];
    assert_eq!(floats::sum(&values), 1.0);
    values.extend(vec![0.1; 1_000_000]);
    // Added one by one it would be 104,000.
    assert!((floats::sum(&values) - 100_001.0).abs() < 1e-9);
}

#[test]
fn kendall_counts_every_pair() {
    let mut numbers = Numbers(4);
    for count in [2_usize, 3, 10, 77] {
        let left: Vec<i64> = (0..count).map(|_| numbers.signed(6)).collect();
        let right: Vec<i64> = (0..count).map(|_| numbers.signed(6)).collect();
        let (mut difference, mut lefts, mut rights) = (0_i64, 0_i64, 0_i64);
        for one in 0..count {
            for other in 0..one {
                let (x, y) = ((left[one] - left[other]).signum(), (right[one] - right[other]).signum());
                difference += x * y;
                lefts += x.abs();
                rights += y.abs();
            }
        }
        let expected = difference as f64 / ((lefts * rights) as f64).sqrt();
        match kendall(&left, &right) {
            Some(found) => assert!((found - expected).abs() < 1e-15, "{left:?} {right:?}"),
            None => assert_eq!(lefts * rights, 0),
        }
    }
}

struct Row(i64, i32, u32);

const NAMES: [&str; 4] = ["acme gmbh", "acne gmbh", "beta ag", "acme  gmbhx"];

fn found(rows: &[Row], candidates_max: u64) -> docmill_statistics::duplicates::Duplicates {
    let amounts: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let days: Vec<i32> = rows.iter().map(|row| row.1).collect();
    let codes: Vec<u32> = rows.iter().map(|row| row.2).collect();
    let texts = Texts::of(&NAMES);
    let chunk = DuplicateChunk {
        amounts: Chunk::new(&amounts, None).unwrap(),
        same: None,
        days: Some(&days),
        texts: Some(&codes),
    };
    let asked = NearDuplicates {
        days_max: 3,
        texts: Some((&texts, 2)),
        repeated: true,
        reversed: true,
        candidates_max,
        pairs_max: 100,
    };
    near_duplicates(&[chunk], asked)
}

#[test]
fn near_duplicates_are_found_and_no_others() {
    let rows = [
        Row(500, 10, 0),
        Row(500, 13, 1),
        Row(500, 14, 2),
        Row(-500, 12, 3),
        Row(501, 10, 0),
        Row(0, 10, 0),
        Row(0, 10, 0),
        Row(500, 10, NO_TEXT),
        Row(500, 30, 0),
        Row(500, 30, 0),
    ];
    let result = found(&rows, u64::MAX);
    let pair = |row, other, reversed, days, distance| Pair { row, other, reversed, days, distance };
    let expected = [pair(0, 1, false, 3, 1), pair(0, 3, true, 2, 2), pair(8, 9, false, 0, 0)];
    assert_eq!(result.pairs, expected);
    // 0-1, 1-2, 8-9 and 0-3, 1-3, 2-3.
    assert_eq!((result.candidates, result.compared, result.found, result.skipped_runs), (6, 6, 3, 0));
    assert_eq!((result.counts.used, result.counts.missing), (7, 3));
}

#[test]
fn the_runs_with_the_most_candidates_are_left_out() {
    let mut rows: Vec<Row> = (0..30).map(|_| Row(999, 10, 0)).collect();
    rows.extend([Row(7, 1, 0), Row(7, 1, 0)]);
    let result = found(&rows, 100);
    assert_eq!((result.candidates, result.compared, result.found), (436, 1, 1));
    let skipped: Vec<_> =
        result.skipped.iter().map(|run| (run.magnitude, run.rows, run.candidates)).collect();
    assert_eq!((skipped, result.skipped_runs), (vec![(999, 30, 435)], 1));
}

#[test]
fn every_near_pair_is_a_pair_that_comparing_all_finds() {
    let mut numbers = Numbers(8);
    for _ in 0..60 {
        let rows: Vec<Row> = (0..60)
            .map(|_| {
                let text = u32::try_from(numbers.below(4)).unwrap();
                Row(numbers.signed(3), i32::try_from(numbers.below(12)).unwrap(), text)
            })
            .collect();
        let mut expected = Vec::new();
        let texts = Texts::of(&NAMES);
        for other in 0..60_u32 {
            for row in 0..other {
                let (one, two) = (&rows[row as usize], &rows[other as usize]);
                let days = one.1.abs_diff(two.1);
                if one.0 != 0
                    && one.0.abs() == two.0.abs()
                    && days <= 3
                    && let Some(distance) = texts.distance(one.2, two.2, 2)
                {
                    expected.push(Pair { row, other, reversed: one.0 != two.0, days, distance });
                }
            }
        }
        expected.sort_unstable();
        let result = found(&rows, u64::MAX);
        assert_eq!(result.found, expected.len() as u64);
        expected.truncate(100);
        assert_eq!(result.pairs, expected);
    }
}

#[test]
fn missing_and_repeated_numbers() {
    let dictionary =
        ["RE-2024-001", "RE-2024-002", "RE-2024-005", "RE-2024-5", "RE-2025-001", "none", "RE-2024-009"];
    let codes = [0, 1, 2, 3, 4, 5, 6, u32::MAX, 0];
    let issuers = [0, 0, 0, 0, 0, 0, 0, 0, 1];
    let result = sequences(&issuers, &codes, &dictionary, SequenceLimits { numbers_min: 2, listed_max: 2 });
    assert_eq!((result.counts.used, result.counts.missing, result.counts.rejected), (7, 1, 1));
    assert_eq!((result.series.len(), result.short_series), (1, 2));
    let series = &result.series[0];
    assert_eq!(
        (series.prefix.as_str(), series.rows, series.numbers, series.extent),
        ("RE-2024-", 5, 4, (1, 9))
    );
    assert_eq!((series.missing, series.missing_ranges_found), (5, 2));
    assert_eq!(series.missing_ranges, [3..=4, 6..=8]);
    assert_eq!((series.repeated.clone(), series.repeated_found), (vec![(5, vec![2, 3])], 1));
}
