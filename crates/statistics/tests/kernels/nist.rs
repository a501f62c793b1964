//! The certified values of the NIST Statistical Reference Datasets, univariate.

use std::path::Path;

use docmill_statistics::chunked;
use docmill_statistics::moments::{Moments, lag_one_autocorrelation};
use num_bigint::BigInt;

/// Correct digits: what NIST calls the log relative error, 15 at most.
fn digits(found: f64, certified: f64) -> f64 {
    if found == certified { 15.0 } else { (-((found - certified) / certified).abs().log10()).min(15.0) }
}

fn check(name: &str, values: &[i64], scale: u32, [mean, deviation, lag]: [f64; 3]) {
    let moments = Moments::of(&chunked(values));
    let found = [
        moments.sums.mean(scale).unwrap(),
        moments.sums.standard_deviation(scale).unwrap(),
        lag_one_autocorrelation(values).unwrap(),
    ];
    let right = [digits(found[0], mean), digits(found[1], deviation), digits(found[2], lag)];
    println!("{name}: {found:?}, correct digits {right:?}");
    // Certified values are themselves rounded to 15 digits.
    assert!(right[0] >= 14.9 && right[1] >= 14.5 && right[2] >= 14.0, "{name}: {found:?} has {right:?}");
}

/// The values of a file as integers of `scale` decimals, and the certified values of its head.
fn read(name: &str, scale: u32) -> Option<(Vec<i64>, [f64; 3])> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/nist-strd").join(name);
    let text = std::fs::read_to_string(path).ok()?;
    let certified = |label: &str| -> f64 {
        let line = text.lines().find(|line| line.contains(label)).unwrap();
        line.split(':').next_back().unwrap().split_whitespace().next().unwrap().parse().unwrap()
    };
    let integer = |line: &str| -> Option<i64> {
        let (whole, decimals) = line.trim().split_once('.').unwrap_or((line.trim(), ""));
        format!("{whole}{decimals:0<width$}", width = scale as usize).parse().ok()
    };
    let values = text.lines().skip_while(|line| !line.starts_with("Data: Y")).filter_map(integer).collect();
    Some((values, ["Sample Mean", "Sample Standard Deviation", "Sample Autocorrelation"].map(certified)))
}

#[test]
fn certified_values_of_the_files() {
    for (name, scale, count) in [
        ("Lottery.dat", 0, 218),
        ("Michelso.dat", 3, 100),
        ("NumAcc2.dat", 1, 1001),
        ("NumAcc4.dat", 1, 1001),
    ] {
        let Some((values, certified)) = read(name, scale) else {
            println!("skipped: {name}, since ../shared/data is absent");
            continue;
        };
        assert_eq!(values.len(), count, "{name}");
        check(name, &values, scale, certified);
    }
}

/// The sets that NIST generated, generated again.
#[test]
fn certified_values_of_generated_sets() {
    let alternating = |centre: i64| -> Vec<i64> {
        std::iter::once(centre).chain((0..1000).map(|place| centre - 1 + 2 * (place % 2))).collect()
    };
    check("NumAcc1", &[10_000_001, 10_000_003, 10_000_002], 0, [10_000_002.0, 1.0, -0.5]);
    check("NumAcc2", &alternating(12), 1, [1.2, 0.1, -0.999]);
    check("NumAcc3", &alternating(10_000_002), 1, [1_000_000.2, 0.1, -0.999]);
    check("NumAcc4", &alternating(100_000_002), 1, [10_000_000.2, 0.1, -0.999]);
}

/// The set `PiDigits` is 5,000 digits of π, but its certified values are not quite those of the digits of π: their Σx is 5
/// less, Σx² 55 less, and Σxᵢxᵢ₊₁ 35 less. That is what one 8 between digits that add up to 7 comes to if it is read as a 3.
/// There are 41 of these, and it makes no difference which one it is.
#[test]
fn certified_values_of_the_digits_of_pi() {
    let mut digits = pi(5_000);
    let misread = digits.windows(3).position(|three| three[1] == 8 && three[0] + three[2] == 7).unwrap() + 1;
    // Of the true digits, by the same formulas in Python's integers.
    check("π", &digits, 0, [4.5358, 2.867_675_552_187_611, -0.003_802_097_632_115_14]);
    digits[misread] = 3;
    check("PiDigits", &digits, 0, [4.5348, 2.867_339_060_288_71, -0.003_550_992_872_379_72]);
}

/// Digits of π by Machin's formula: 16·arctan(1/5) − 4·arctan(1/239).
fn pi(count: usize) -> Vec<i64> {
    let one = BigInt::from(10).pow(u32::try_from(count).unwrap() + 20);
    let arctan = |inverse: u32| -> BigInt {
        let mut power = &one / inverse;
        let mut sum = power.clone();
        let mut odd = 3_u32;
        while power != BigInt::ZERO {
            power = -power / (inverse * inverse);
            sum += &power / odd;
            odd += 2;
        }
        sum
    };
    let digits = (arctan(5) * 16_u32 - arctan(239) * 4_u32).to_string();
    digits.bytes().take(count).map(|digit| i64::from(digit - b'0')).collect()
}
