//! The bootstrap's median against its exact distribution.
//!
//! A resample's median is at most the k-th value if at least half of the draws are among the first k: a binomial
//! probability (Efron (1979), "Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics 7(1), section 2).

use docmill_statistics::bootstrap::{Bootstrap, Statistic, replicates};

/// P(X ≥ `least`) of X binomial with `count` trials of probability `share`.
fn at_least(least: u32, count: u32, share: f64) -> f64 {
    let choose =
        |taken: u32| (0..taken).fold(1.0, |product, k| product * f64::from(count - k) / f64::from(k + 1));
    let power = |base: f64, exponent: u32| base.powi(i32::try_from(exponent).unwrap());
    (least..=count)
        .map(|taken| choose(taken) * power(share, taken) * power(1.0 - share, count - taken))
        .sum::<f64>()
        .min(1.0)
}

#[test]
fn the_median_has_its_exact_distribution() {
    for count in [1_u32, 3, 15, 61] {
        let values: Vec<i64> = (1..=i64::from(count)).map(|value| value * value).collect();
        let draws = 40_000;
        let how = Bootstrap { replicates: draws, confidence_permille: 950, seed: 3, analysis: "exact" };
        let found = replicates(&values, Statistic::Median, how).unwrap();
        for (rank, value) in (1..).zip(&values) {
            let share = found.partition_point(|&twice| twice <= 2 * i128::from(*value)) as f64 / draws as f64;
            let expected = at_least(count / 2 + 1, count, f64::from(rank) / f64::from(count));
            // Five standard errors of a share of 40,000.
            let error = 5.0 * (expected * (1.0 - expected) / draws as f64).sqrt() + 1e-9;
            assert!(
                (share - expected).abs() <= error,
                "{count} values, rank {rank}: {share}, expected {expected}"
            );
        }
    }
}

#[test]
fn the_mean_has_the_spread_of_the_values() {
    // The variance of a resample's sum is n times the population's variance.
    let values: Vec<i64> = (0..500).map(|value| value * value % 997).collect();
    let how = Bootstrap { replicates: 20_000, confidence_permille: 950, seed: 3, analysis: "spread" };
    let sums = replicates(&values, Statistic::Mean, how).unwrap();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let variance = |values: &[f64]| {
        let mean = mean(values);
        values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len() as f64
    };
    let sums: Vec<f64> = sums.into_iter().map(|sum| sum as f64).collect();
    let values: Vec<f64> = values.into_iter().map(|value| value as f64).collect();
    let expected = variance(&values) * values.len() as f64;
    assert!((variance(&sums) / expected - 1.0).abs() < 0.05);
    assert!((mean(&sums) / values.iter().sum::<f64>() - 1.0).abs() < 0.002);
}

#[test]
fn draws_depend_on_what_they_are_for() {
    let values: Vec<i64> = (0..50).collect();
    let with = |seed, analysis| {
        let how = Bootstrap { replicates: 100, confidence_permille: 950, seed, analysis };
        replicates(&values, Statistic::Mean, how).unwrap()
    };
    assert_eq!(with(1, "a"), with(1, "a"));
    assert_ne!(with(1, "a"), with(2, "a"));
    assert_ne!(with(1, "a"), with(1, "b"));
    let mut shuffled = values.clone();
    shuffled.reverse();
    let how = Bootstrap { replicates: 100, confidence_permille: 950, seed: 1, analysis: "a" };
    assert_eq!(replicates(&shuffled, Statistic::Mean, how).unwrap(), with(1, "a"));
}
