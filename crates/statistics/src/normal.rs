//! Tail probabilities, from `libm` so that they are the same on every machine.

use std::f64::consts::{FRAC_2_SQRT_PI, SQRT_2};

/// P(Z ≤ z) of the standard normal distribution.
pub(crate) fn cumulative(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// P(X > `statistic`) of the chi-squared distribution with `degrees` of freedom: for whole degrees the series is finite
/// (Abramowitz and Stegun 26.4.4 and 26.4.5), and all its terms are positive.
pub(crate) fn chi_squared_above(statistic: f64, degrees: u32) -> f64 {
    // NaN, too, says nothing.
    if statistic.is_nan() || statistic <= 0.0 || degrees == 0 {
        return 1.0;
    }
    let half = statistic / 2.0;
    let root = half.sqrt();
    // The term of step k is half^k ÷ Γ(k + 1) · e^-half for even degrees, with k + ½ for odd ones. A very large
    // statistic underflows to 0, as it should.
    let (mut sum, mut term, first) = if degrees.is_multiple_of(2) {
        let term = libm::exp(-half);
        (term, term, 1.0)
    } else {
        (libm::erfc(root), libm::exp(-half) * root * FRAC_2_SQRT_PI, 1.5)
    };
    let steps = (degrees - 1) / 2;
    if degrees % 2 == 1 && steps > 0 {
        sum += term;
    }
    let more = if degrees % 2 == 1 { steps.saturating_sub(1) } else { steps };
    for step in 0..more {
        term *= half / (first + f64::from(step));
        sum += term;
    }
    sum.min(1.0)
}

/// z with P(Z ≤ z) = `probability`: Wichura (1988), "Algorithm AS 241: The Percentage Points of the Normal Distribution",
/// Applied Statistics 37(3), the 16-digit version. Infinite at 0 and 1.
pub(crate) fn quantile(probability: f64) -> f64 {
    let centred = probability - 0.5;
    if centred.abs() <= 0.425 {
        let r = 0.180_625 - centred * centred;
        return centred * ratio(r, &CENTRE);
    }
    let tail = if centred < 0.0 { probability } else { 1.0 - probability };
    if tail.is_nan() || tail <= 0.0 {
        return if centred < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = (-libm::log(tail)).sqrt();
    let z = if r <= 5.0 { ratio(r - 1.6, &MIDDLE) } else { ratio(r - 5.0, &FAR) };
    if centred < 0.0 { -z } else { z }
}

/// Coefficients of numerator and denominator, from the constant up.
type Rational = ([f64; 8], [f64; 8]);

fn ratio(r: f64, (above, below): &Rational) -> f64 {
    let horner = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, next| sum * r + next);
    horner(above) / horner(below)
}

#[expect(clippy::excessive_precision, reason = "as published")]
const CENTRE: Rational = (
    [
        3.387_132_872_796_366_608,
        133.141_667_891_784_377_45,
        1_971.590_950_306_551_442_7,
        13_731.693_765_509_461_125,
        45_921.953_931_549_871_457,
        67_265.770_927_008_700_853,
        33_430.575_583_588_128_105,
        2_509.080_928_730_122_672_7,
    ],
    [
        1.0,
        42.313_330_701_600_911_252,
        687.187_007_492_057_908_3,
        5_394.196_021_424_751_107_7,
        21_213.794_301_586_595_867,
        39_307.895_800_092_710_61,
        28_729.085_735_721_942_674,
        5_226.495_278_852_854_561,
    ],
);
#[expect(clippy::excessive_precision, reason = "as published")]
const MIDDLE: Rational = (
    [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_9,
        5.769_497_221_460_691_405_5,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        0.241_780_725_177_450_611_77,
        0.022_723_844_989_269_184_065_2,
        7.745_450_142_783_414_076_4e-4,
    ],
    [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_4,
        0.689_767_334_985_100_004_55,
        0.148_103_976_427_480_074_59,
        0.015_198_666_563_616_457_196_6,
        5.475_938_084_995_344_946e-4,
        1.050_750_071_644_416_843_24e-9,
    ],
);
#[expect(clippy::excessive_precision, reason = "as published")]
const FAR: Rational = (
    [
        6.657_904_643_501_103_777_2,
        5.463_784_911_164_114_369_9,
        1.784_826_539_917_291_335_8,
        0.296_560_571_828_504_891_23,
        0.026_532_189_526_576_123_093,
        0.001_242_660_947_388_078_438_6,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    [
        1.0,
        0.599_832_206_555_887_937_69,
        0.136_929_880_922_735_805_31,
        0.014_875_361_290_850_615_025,
        7.868_691_311_456_132_591e-4,
        1.846_318_317_510_054_681_8e-5,
        1.421_511_758_316_445_888_7e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
);

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn tails_are_those_of_scipy() {
        let oracle: Value = serde_json::from_str(include_str!("../tests/data/oracle.json")).unwrap();
        let check = |what: &str, found: f64, expected: f64, tolerance: f64| {
            let away = (found - expected).abs();
            assert!(away <= tolerance * expected.abs().max(1e-300), "{what}: {found}, expected {expected}");
        };
        let number = |value: &Value| value.as_f64().unwrap();
        for row in oracle["tails"]["normal"].as_array().unwrap() {
            let [probability, z, back] = [0, 1, 2].map(|place| number(&row[place]));
            check("quantile", quantile(probability), z, 1e-14);
            // At z = −37 the last bit of z alone is worth 10^-13.
            check("cumulative", cumulative(z), back, 1e-12);
        }
        for row in oracle["tails"]["chi_squared"].as_array().unwrap() {
            let [statistic, degrees, above] = [0, 1, 2].map(|place| number(&row[place]));
            let degrees = (1..100).find(|&whole| f64::from(whole) == degrees).unwrap();
            check(
                &format!("{statistic} with {degrees}"),
                chi_squared_above(statistic, degrees),
                above,
                1e-12,
            );
        }
        assert_eq!((quantile(0.0), quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!((chi_squared_above(f64::NAN, 8), chi_squared_above(1e9, 89)), (1.0, 0.0));
    }
}
