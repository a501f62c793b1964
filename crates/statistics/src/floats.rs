//! Sums of floating-point values (ratios, rates): compensated, and the same on any number of threads.
//!
//! Chunks of [`CHUNK_ROWS`] values, in each of which 32 lanes add with Knuth's 2Sum (Ogita, Rump and Oishi (2005),
//! "Accurate Sum and Dot Product", SIAM J. Sci. Comput. 26(6)); lanes and chunks are folded in order. Only +, − and ×
//! are used, which IEEE 754 defines to the bit. Money never comes here.

use rayon::prelude::*;

use crate::CHUNK_ROWS;

const LANES: usize = 32;

/// A sum, and what rounding took from it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Compensated {
    sum: f64,
    error: f64,
}

impl Compensated {
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        let virtual_value = sum - self.sum;
        self.error += (self.sum - (sum - virtual_value)) + (value - virtual_value);
        self.sum = sum;
    }

    fn fold(&mut self, other: Self) {
        self.add(other.sum);
        self.error += other.error;
    }

    fn value(self) -> f64 {
        // Of infinities the error is NaN, and the sum is right.
        if self.error.is_nan() { self.sum } else { self.sum + self.error }
    }
}

/// The sum of `term` of each value. A value that is not finite makes the sum so.
fn sum_of(values: &[f64], term: impl Fn(f64) -> f64 + Sync) -> f64 {
    let parts: Vec<Compensated> =
        values.par_chunks(CHUNK_ROWS).map(|chunk| chunk_sum(chunk, &term)).collect();
    let mut total = Compensated::default();
    parts.into_iter().for_each(|part| total.fold(part));
    total.value()
}

fn chunk_sum(values: &[f64], term: &impl Fn(f64) -> f64) -> Compensated {
    let mut lanes = [Compensated::default(); LANES];
    for block in values.chunks(LANES) {
        lanes.iter_mut().zip(block).for_each(|(lane, &value)| lane.add(term(value)));
    }
    let mut total = Compensated::default();
    lanes.into_iter().for_each(|lane| total.fold(lane));
    total
}

/// The sum; 0 of no values.
pub fn sum(values: &[f64]) -> f64 {
    sum_of(values, |value| value)
}

/// The mean; `None` of no values.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| sum(values) / values.len() as f64)
}

/// The sample's standard deviation (n − 1), in two passes with the correction of Chan, Golub and LeVeque; `None` below
/// two values.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values).filter(|_| values.len() > 1)?;
    let squares = sum_of(values, |value| (value - mean) * (value - mean));
    let rest = sum_of(values, |value| value - mean);
    let count = values.len() as f64;
    Some(((squares - rest * rest / count).max(0.0) / (count - 1.0)).sqrt())
}
