//! Nothing, one value, all equal, all missing, and the ends of an `i64`: a result or `None`, never a panic.

use docmill_statistics::benford::{DigitCounts, Digits, Signs};
use docmill_statistics::bootstrap::{Bootstrap, NoInterval, Statistic, bootstrap};
use docmill_statistics::concentration::{ClassBounds, concentration};
use docmill_statistics::correlation::{PairSums, kendall, paired_values, spearman};
use docmill_statistics::cutoff::{DayCounts, Period, RoundCounts};
use docmill_statistics::duplicates::{DuplicateChunk, NearDuplicates, near_duplicates};
use docmill_statistics::groups::{Groups, pair_keys};
use docmill_statistics::moments::{Moments, lag_one_autocorrelation};
use docmill_statistics::outliers::{Method, NoLimits, limits, outliers};
use docmill_statistics::quantiles::{Probability, QuantileType, median, quantiles};
use docmill_statistics::robust::{
    interquartile_range, median_absolute_deviation, trimmed_mean, winsorised_mean,
};
use docmill_statistics::sequences::{SequenceLimits, sequences};
use docmill_statistics::series::Months;
use docmill_statistics::{
    CHUNK_ROWS, Chunk, Counts, Fraction, KeyedChunk, NO_KEY, chunked, floats, used_values,
};

use crate::{Numbers, keyed};

const TUKEY: Method = Method::Tukey { factor: 1.5, quantile_type: QuantileType::Eight };

/// Every kernel over `values`; their results are checked elsewhere.
fn all_of(values: &[i64]) {
    let chunks = chunked(values);
    let moments = Moments::of(&chunks);
    let _: [Option<f64>; 4] =
        [moments.skewness(), moments.sample_skewness(), moments.kurtosis(), moments.sample_kurtosis()];
    let _: [Option<f64>; 3] =
        [moments.sums.variance(18), moments.sums.standard_deviation(18), lag_one_autocorrelation(values)];
    for kind in [QuantileType::Six, QuantileType::Seven, QuantileType::Eight] {
        let probabilities: Vec<_> = [0, 1, 50, 99, 100].map(Probability::percent).to_vec();
        let found = quantiles(&mut values.to_vec(), &probabilities, kind);
        assert_eq!(found.is_some(), !values.is_empty());
    }
    let deviation = median_absolute_deviation(&mut values.to_vec(), &mut Vec::new());
    assert_eq!(deviation.is_some(), !values.is_empty());
    let fifth = Probability::percent(20);
    let _: Option<f64> = trimmed_mean(&mut values.to_vec(), fifth, 2);
    let _: Option<f64> = winsorised_mean(&mut values.to_vec(), fifth, 2);
    let _: Option<Fraction> = interquartile_range(&mut values.to_vec(), QuantileType::Six);
    let keys: Vec<u32> = (0..values.len()).map(|row| [0, 2, 9, NO_KEY][row % 4]).collect();
    let keyed = keyed(values, &keys);
    for method in [Method::ModifiedZ { threshold: 3.5 }, TUKEY] {
        let groups = Groups::partition(&keyed, 3);
        groups.describe(QuantileType::Seven);
        let limits = limits(&groups, method, 1);
        outliers(&keyed, &limits);
    }
    for signs in [Signs::Both, Signs::Positive, Signs::Negative] {
        for digits in [Digits::First, Digits::Second, Digits::FirstTwo] {
            DigitCounts::of(&chunks, signs).test(digits);
        }
    }
    RoundCounts::of(&chunks).round_share(2);
    let days: Vec<i32> = values.iter().map(|&value| i32::try_from(value).unwrap_or(i32::MAX)).collect();
    Months::of(&chunks.iter().map(|&chunk| (chunk, days.as_slice())).collect::<Vec<_>>()).rows();
    DayCounts::of(&days, Period::Year, 31).near_end_expected(Period::Year, 31);
    let mut reversed = values.to_vec();
    reversed.reverse();
    let pairs: Vec<_> = chunks.iter().copied().zip(chunked(&reversed)).collect();
    let found = [PairSums::of(&pairs).pearson(), spearman(values, &reversed), kendall(values, &reversed)];
    for found in found.into_iter().flatten() {
        assert!((-1.0..=1.0).contains(&found), "{found}");
    }
    paired_values(&pairs);
    for statistic in [Statistic::Mean, Statistic::Median] {
        let how = Bootstrap { replicates: 20, confidence_permille: 999, seed: u64::MAX, analysis: "" };
        assert_eq!(bootstrap(values, statistic, how).is_ok(), !values.is_empty());
    }
    let sums: Vec<(u32, i128)> = (0..).zip(values).map(|(key, &value)| (key, i128::from(value))).collect();
    concentration(&sums, ClassBounds::default());
    let chunks: Vec<_> = chunks
        .iter()
        .map(|&amounts| DuplicateChunk { amounts, same: None, days: Some(&days), texts: None })
        .collect();
    let asked = NearDuplicates {
        days_max: u32::MAX,
        texts: None,
        repeated: true,
        reversed: true,
        candidates_max: 100,
        pairs_max: 10,
    };
    near_duplicates(&chunks, asked);
}

#[test]
fn no_values_panic() {
    let least = i64::MIN;
    let greatest = i64::MAX;
    for values in [
        vec![],
        vec![0],
        vec![7],
        vec![least],
        vec![greatest],
        vec![least, greatest],
        vec![least, least, greatest, greatest, 0, -1, 1],
        vec![5; 100],
        vec![least; 70],
        vec![greatest; 70],
        (0..200).map(|value| value - 100).collect(),
        vec![i64::from(i32::MIN), i64::from(i32::MAX), -719_162, 2_932_896, -719_163, 2_932_897],
    ] {
        all_of(&values);
    }
}

#[test]
fn what_is_missing_is_not_used() {
    let values = [1, 2, 3, 4];
    let none = [0_u64];
    let chunk = Chunk::new(&values, Some(&none)).unwrap();
    assert_eq!(Moments::of(&[chunk]).sums.counts, Counts { total: 4, used: 0, missing: 4, rejected: 0 });
    assert_eq!(Moments::of(&[chunk]).sums.mean(2), None);
    assert_eq!(DigitCounts::of(&[chunk], Signs::Both).test(Digits::First), None);
    assert_eq!(used_values(&[chunk]), Vec::<i64>::new());
    // Bits past the last row are nobody's.
    let some = [0xffff_fff2_u64];
    let chunk = Chunk::new(&values, Some(&some)).unwrap();
    assert_eq!(used_values(&[chunk]), [2]);
    let keyed = KeyedChunk::new(chunk, &[0, 1, NO_KEY, 5]).unwrap();
    let groups = Groups::partition(&[keyed], 2);
    assert_eq!((groups.values(0), groups.values(1), groups.values(2)), (vec![], vec![2], vec![]));
    assert_eq!(groups.without_key(), 2);
    let counts = Counts::of(10, 6).with_rejected(3);
    assert_eq!(counts, Counts { total: 10, used: 6, missing: 1, rejected: 3 });
    assert_eq!(Counts::of(2, 1).with_rejected(9), Counts { total: 2, used: 1, missing: 0, rejected: 1 });
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    assert!(Chunk::new(&[0; 65], Some(&[0])).is_none());
    assert!(Chunk::new(&vec![0; 65_537], None).is_none());
    assert!(KeyedChunk::new(Chunk::new(&[1], None).unwrap(), &[]).is_none());
    assert_eq!(Probability::new(2, 1), None);
    assert_eq!(Probability::new(0, 0), None);
    assert_eq!((spearman(&[1], &[]), kendall(&[1], &[])), (None, None));
    let how = |replicates, confidence_permille| Bootstrap {
        replicates,
        confidence_permille,
        seed: 0,
        analysis: "",
    };
    let check = |values: &[i64], how, expected| {
        assert_eq!(bootstrap(values, Statistic::Mean, how), Err(expected));
    };
    check(&[], how(10, 950), NoInterval::Empty);
    check(&[1], how(0, 950), NoInterval::Settings);
    check(&[1], how(10, 1_000), NoInterval::Settings);
    check(&vec![0; (1 << 20) + 1], how(10, 950), NoInterval::TooManyValues);
    let pairs = pair_keys(&[0, 1, NO_KEY, 1, u32::MAX - 1], &[5, 0, 1, 0, u32::MAX - 1]);
    assert_eq!(pairs.codes, [0, 1, NO_KEY, 1, 2]);
    assert_eq!(pairs.pairs, [(0, 5), (1, 0), (u32::MAX - 1, u32::MAX - 1)]);
    let small = pair_keys(&[0, 1, NO_KEY, 1], &[5, 0, 1, 0]);
    assert_eq!((small.codes, small.pairs), (vec![0, 1, NO_KEY, 1], vec![(0, 5), (1, 0)]));
    let empty = sequences(&[], &[], &[], SequenceLimits { numbers_min: 1, listed_max: 1 });
    assert_eq!((empty.counts, empty.series.len()), (Counts::default(), 0));
    assert_eq!((floats::sum(&[]), floats::mean(&[]), floats::standard_deviation(&[1.0])), (0.0, None, None));
    assert_eq!(floats::sum(&[f64::INFINITY, 1.0]), f64::INFINITY);
    assert_eq!(median(&mut []), None);
    assert_eq!(concentration(&[(0, -5), (1, 0)], ClassBounds::default()), None);
    assert_eq!(limits(&Groups::partition(&[], 1), TUKEY, 0), [Err(NoLimits::TooFew)]);
}

/// A value too wide for 32 bits, in no group: its part is kept in 64, and so are all groups' values where limits are
/// asked for. The same comes out.
#[test]
fn wide_and_narrow_values_have_the_same_groups() {
    let mut numbers = Numbers(3);
    let rows = 2 * CHUNK_ROWS + 77;
    let key = |row: usize| if row.is_multiple_of(99) { NO_KEY } else { u32::try_from(row % 7).unwrap() };
    let keys: Vec<u32> = (0..rows).map(key).collect();
    let base = [0, i64::from(i32::MIN) + 100];
    let narrow: Vec<i64> = (0..rows).map(|row| base[row % 2] + numbers.signed(100)).collect();
    let described = |values: &[i64]| {
        let chunks = keyed(values, &keys);
        let groups = Groups::partition(&chunks, 7);
        let all = [Method::ModifiedZ { threshold: 0.7 }, TUKEY].map(|method| {
            let limits = limits(&groups, method, 8);
            let found = outliers(&chunks, &limits);
            (limits, found)
        });
        assert!(all.iter().any(|(_, found)| !found.outliers.is_empty()));
        let values: Vec<_> = (0..groups.len()).map(|key| groups.values(key)).collect();
        (values, groups.describe(QuantileType::Seven), all)
    };
    let expected = described(&narrow);
    for (row, value) in [(0, i64::from(i32::MAX) + 1), (99, i64::MIN), (rows / 99 * 99, i64::MAX)] {
        let mut wide = narrow.clone();
        wide[row] = value;
        assert!(described(&wide) == expected, "{value} in row {row}");
    }
}
