//! The scale of a value axis: round numbers that people count in, zero always among them.

use crate::numbers::grouped;

/// How many steps are aimed at.
const STEPS: f64 = 5.0;
/// Decimals of a tick at most; the factor keeps numbers near one.
const DECIMALS_MAX: i32 = 6;

/// A value this near to a tick, in steps, is the tick: 0.00003 is three steps of 0.00001, which floats see otherwise.
const TOLERANCE: f64 = 1e-9;

/// An axis from `low` to `high`, both of them ticks.
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<f64>,
    /// What ticks are counted in, where their numbers would be too long: `millions`.
    pub(super) unit: Option<String>,
    factor: f64,
    decimals: usize,
}

impl Scale {
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Self {
        let (lowest, highest) =
            values.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let highest = if highest > lowest { highest } else { 1.0 };
        let span = highest - lowest;
        let magnitude = 10_f64.powi(power_of_ten(span / STEPS));
        let rough = span / STEPS / magnitude;
        let round = [1.0, 2.0, 5.0].into_iter().find(|&round| rough <= round).unwrap_or(10.0);
        let step = round * magnitude;
        let (first, last) =
            (whole((lowest / step + TOLERANCE).floor()), whole((highest / step - TOLERANCE).ceil()));
        let ticks: Vec<f64> = (first..=last).map(|tick| f64::from(tick) * step).collect();
        let (low, high) = (f64::from(first) * step, f64::from(last) * step);
        let (factor, unit) = unit(high.abs().max(low.abs()));
        let decimals = (-power_of_ten(step / factor * 1.000_001)).clamp(0, DECIMALS_MAX);
        Self { low, high, ticks, unit, factor, decimals: usize::try_from(decimals).unwrap_or(0) }
    }

    /// A tick's number.
    pub(super) fn text(&self, tick: f64) -> String {
        // Adding zero makes a negative zero positive.
        grouped(&format!("{:.*}", self.decimals, tick / self.factor + 0.0))
    }
}

/// What numbers up to `highest` are divided by, and what that is called. Up to ten million they are written out.
fn unit(highest: f64) -> (f64, Option<String>) {
    let power = power_of_ten(highest);
    if (-4..7).contains(&power) {
        return (1.0, None);
    }
    let power = power.div_euclid(3) * 3;
    let name = match power {
        6 => "millions".to_owned(),
        9 => "billions".to_owned(),
        12 => "trillions".to_owned(),
        other => format!("× 10^{other}").replace('-', "−"),
    };
    (10_f64.powi(power), Some(name))
}

/// The power of ten of the first digit of a positive number.
fn power_of_ten(number: f64) -> i32 {
    whole(number.max(f64::MIN_POSITIVE).log10().floor())
}

#[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate, and logarithms are small")]
fn whole(number: f64) -> i32 {
    number as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_begin_or_end_beyond_the_values() {
        let check = |values: &[f64], expected: &str| {
            let scale = Scale::of(values.iter().copied());
            let ticks: Vec<String> = scale.ticks.iter().map(|&tick| scale.text(tick)).collect();
            let found = format!(
                "{}{}",
                ticks.join(" "),
                scale.unit.map(|unit| format!(" {unit}")).unwrap_or_default()
            );
            assert_eq!(found.replace('\u{202f}', "_"), expected, "{values:?}");
        };
        check(&[], "0.0 0.2 0.4 0.6 0.8 1.0");
        check(&[0.0], "0.0 0.2 0.4 0.6 0.8 1.0");
        check(&[1.0, 9.0], "0 2 4 6 8 10");
        check(&[10.0], "0 2 4 6 8 10");
        check(&[0.301], "0.0 0.1 0.2 0.3 0.4");
        check(&[-3.0, 7.0], "−4 −2 0 2 4 6 8");
        check(&[-7.0], "−8 −6 −4 −2 0");
        check(&[48_000.0], "0 10_000 20_000 30_000 40_000 50_000");
        check(&[48_000_000.0], "0 10 20 30 40 50 millions");
        check(&[2.5e300], "0.0 0.5 1.0 1.5 2.0 2.5 × 10^300");
        check(&[0.000_03], "0 10 20 30 × 10^−6");
    }
}
