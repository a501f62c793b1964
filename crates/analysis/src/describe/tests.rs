use std::path::Path;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;

#[test]
fn statistics_worked_by_hand() {
    let check = |values: &[i128], scale, expected: [&str; 9]| {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        let found = statistics(&sorted, scale).unwrap();
        let found = [
            found.sum.as_str(),
            found.mean.as_str(),
            found.standard_deviation.as_deref().unwrap_or("-"),
            found.minimum.as_str(),
            found.first_quartile.as_str(),
            found.median.as_str(),
            found.third_quartile.as_str(),
            found.maximum.as_str(),
            found.median_absolute_deviation.as_str(),
        ];
        assert_eq!(found, expected, "{values:?}");
    };
    check(&[500], 2, ["5.00", "5.0000", "-", "5.00", "5.00", "5.00", "5.00", "5.00", "0.00"]);
    // 2, 4, 4, 4, 5, 5, 7, 9: Σ 40, Σ(x − 5)² = 32, 32 / 7 = 4.571…, √ = 2.138…; |x − 4.5| is 0.5 five times of eight
    check(&[2, 4, 4, 4, 5, 5, 7, 9], 0, ["40", "5.00", "2.14", "2", "4", "4.5", "5.5", "9", "0.5"]);
    // −10.00, 0.10, 0.20: Σ −9.70, mean −3.2333…; Σx² = 100.05, − 9.70² / 3 = 68.6866…, / 2 = 34.3433…, √ = 5.8603…
    check(
        &[-1000, 10, 20],
        2,
        ["-9.70", "-3.2333", "5.8603", "-10.00", "-4.95", "0.10", "0.15", "0.20", "0.10"],
    );
    // A quarter between 0.01 and 0.02 has four decimals, and they are shown.
    check(&[1, 2], 2, ["0.03", "0.0150", "0.0071", "0.01", "0.0125", "0.015", "0.0175", "0.02", "0.005"]);
    assert_eq!(statistics(&[], 2), None);
}

#[test]
fn squares_beyond_128_bits_are_exact() {
    // ±a around zero: mean 0, variance 2a² / 1, so the deviation is a·√2.
    let a = 999_999_999_999_999_999_999_999_999_i128;
    let found = statistics(&[-a, a], 12).unwrap();
    assert_eq!(found.mean, "0.00000000000000");
    assert_eq!(found.standard_deviation.as_deref(), Some("1414213562373095.04880168872280"));
}

/// Certified values of the NIST Statistical Reference Datasets, to all their digits.
#[test]
fn the_certified_values_of_nist() {
    let check = |name: &str, scale: u32, expected_mean: &str, expected_deviation: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/nist-strd").join(name);
        let Ok(file) = std::fs::read_to_string(&path) else {
            println!("skipped: {name} is not on this machine");
            return;
        };
        let mut sorted: Vec<i128> = file
            .lines()
            .skip_while(|line| !line.starts_with("Data: Y"))
            .filter_map(|line| line.trim().parse::<Decimal>().ok())
            .map(|mut value| {
                value.rescale(scale);
                value.mantissa()
            })
            .collect();
        sorted.sort_unstable();
        assert!(sorted.len() > 99, "{name} has {} values", sorted.len());
        let decimals = 14 - scale;
        let mean = text(&mean(&sorted, decimals), 14, 0);
        let deviation = text(&standard_deviation(&sorted, decimals).unwrap(), 14, 0);
        // Certified values are given to a fixed number of digits, ours to fourteen decimals.
        assert!(close(&mean, expected_mean), "{name}: mean {mean}, certified {expected_mean}");
        assert!(close(&deviation, expected_deviation), "{name}: {deviation}, certified {expected_deviation}");
    };
    check("Lottery.dat", 0, "518.958715596330", "291.699727470969");
    check("Michelso.dat", 2, "299.852400000000", "0.0790105478190518");
    check("NumAcc2.dat", 1, "1.2", "0.1");
    check("NumAcc4.dat", 1, "10000000.2", "0.1");
}

/// Whether `found`, rounded to the decimals of `certified`, is `certified`.
fn close(found: &str, certified: &str) -> bool {
    let found: Decimal = found.parse().unwrap();
    let certified: Decimal = certified.parse().unwrap();
    let decimals = certified.scale().min(13);
    let away = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    found.round_dp_with_strategy(decimals, away) == certified.round_dp_with_strategy(decimals, away)
}

proptest! {
    #[test]
    fn the_sum_is_the_decimal_sum(cents in prop::collection::vec(-1_000_000_000_i64..1_000_000_000, 1..200)) {
        let mut sorted: Vec<i128> = cents.iter().map(|&value| i128::from(value)).collect();
        sorted.sort_unstable();
        let expected: Decimal = cents.iter().map(|&value| Decimal::new(value, 2)).sum();
        prop_assert_eq!(statistics(&sorted, 2).unwrap().sum, format!("{expected:.2}"));
    }

    #[test]
    fn the_wide_squares_are_the_narrow_ones(values in prop::collection::vec(-1_000_000_i128..1_000_000, 2..50)) {
        let pivot = values[0];
        let wide: BigInt = values.iter().map(|value| BigInt::from(value - pivot).pow(2)).sum();
        prop_assert_eq!(sum_of_squares(&values, pivot), wide);
    }
}
