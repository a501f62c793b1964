//! Parts merge exactly: cut a column anywhere, merge in any order, keep parts as JSON between, and it is the whole.

use docmill_statistics::benford::{DigitCounts, Signs};
use docmill_statistics::correlation::PairSums;
use docmill_statistics::cutoff::{DayCounts, Period, RoundCounts};
use docmill_statistics::moments::Moments;
use docmill_statistics::series::Months;
use docmill_statistics::{CHUNK_ROWS, Chunk};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

type Rows = Vec<(i64, Option<i64>, i32)>;

fn rows() -> impl Strategy<Value = Rows> {
    let value = prop_oneof![
        3 => -1_000_i64..1_000,
        1 => any::<i64>(),
        1 => prop::sample::select(vec![i64::MIN, i64::MAX, 0, -1, 1 << 27, -(1 << 55)]),
    ];
    let day = prop_oneof![4 => 19_000_i32..19_500, 1 => any::<i32>()];
    prop::collection::vec((value.clone(), prop::option::of(value), day), 0..200)
}

/// Values with their bitmap.
fn column(rows: &Rows) -> (Vec<i64>, Vec<u64>) {
    let mut valid = vec![0_u64; rows.len().div_ceil(64)];
    for (row, (_, value, _)) in rows.iter().enumerate() {
        valid[row / 64] |= u64::from(value.is_some()) << (row % 64);
    }
    (rows.iter().map(|(_, value, _)| value.unwrap_or(77)).collect(), valid)
}

fn merged<T: Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug>(
    parts: &[Rows; 3],
    of: impl Fn(&Rows) -> T,
    merge: impl Fn(&mut T, &T),
) {
    let whole = of(&parts.concat());
    let found = parts.each_ref().map(|rows| {
        let part = of(rows);
        let kept: T = serde_json::from_str(&serde_json::to_string(&part).unwrap()).unwrap();
        assert_eq!(kept, part);
        kept
    });
    let together = |left: &T, right: &T| {
        let mut left = left.clone();
        merge(&mut left, right);
        left
    };
    let [one, two, three] = &found;
    assert_eq!(together(&together(one, two), three), whole);
    assert_eq!(together(one, &together(two, three)), whole);
    assert_eq!(together(&together(three, one), two), whole);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn parts_are_the_whole(one in rows(), two in rows(), three in rows()) {
        let parts = [one, two, three];
        let moments = |rows: &Rows| {
            let (values, valid) = column(rows);
            Moments::of(&[Chunk::new(&values, Some(&valid)).unwrap()])
        };
        merged(&parts, moments, Moments::merge);
        let digits = |rows: &Rows| {
            let (values, valid) = column(rows);
            DigitCounts::of(&[Chunk::new(&values, Some(&valid)).unwrap()], Signs::Positive)
        };
        merged(&parts, digits, DigitCounts::merge);
        let round = |rows: &Rows| {
            let (values, valid) = column(rows);
            RoundCounts::of(&[Chunk::new(&values, Some(&valid)).unwrap()])
        };
        merged(&parts, round, RoundCounts::merge);
        let days = |rows: &Rows| -> Vec<i32> { rows.iter().map(|(_, _, day)| *day).collect() };
        let months = |rows: &Rows| {
            let (values, valid) = column(rows);
            Months::of(&[(Chunk::new(&values, Some(&valid)).unwrap(), &days(rows))])
        };
        merged(&parts, months, Months::merge);
        merged(&parts, |rows| DayCounts::of(&days(rows), Period::Quarter, 5), DayCounts::merge);
        let pairs = |rows: &Rows| {
            let (values, valid) = column(rows);
            let all: Vec<i64> = rows.iter().map(|(value, _, _)| *value).collect();
            PairSums::of(&[(Chunk::new(&all, None).unwrap(), Chunk::new(&values, Some(&valid)).unwrap())])
        };
        merged(&parts, pairs, PairSums::merge);
    }

    /// Sums of the extremes are those of unbounded integers.
    #[test]
    fn sums_are_exact(rows in rows()) {
        use num_bigint::BigInt;
        let (values, valid) = column(&rows);
        let moments = Moments::of(&[Chunk::new(&values, Some(&valid)).unwrap()]);
        let power = |exponent: u32| -> BigInt {
            rows.iter().filter_map(|(_, value, _)| *value).map(|value| BigInt::from(value).pow(exponent)).sum()
        };
        prop_assert_eq!(moments.sums.sum.big(), power(1));
        prop_assert_eq!(moments.sums.squares.big(), power(2));
        prop_assert_eq!(moments.cubes.big(), power(3));
        prop_assert_eq!(moments.fourths.big(), power(4));
        let used = rows.iter().filter(|(_, value, _)| value.is_some()).count();
        prop_assert_eq!(moments.sums.counts.used, used as u64);
        prop_assert_eq!(moments.sums.counts.missing, (rows.len() - used) as u64);
    }
}

#[test]
fn a_full_chunk_of_extremes_is_exact() {
    use num_bigint::BigInt;
    let values = vec![i64::MIN; CHUNK_ROWS];
    let moments = Moments::of(&[Chunk::new(&values, None).unwrap()]);
    let power = |exponent: u32| BigInt::from(i64::MIN).pow(exponent) * CHUNK_ROWS;
    assert_eq!(moments.fourths.big(), power(4));
    assert_eq!(moments.cubes.big(), power(3));
    assert_eq!(moments.sums.squares.big(), power(2));
    assert_eq!(moments.sums.standard_deviation(2), Some(0.0));
}
