//! How a value goes with the one before it.

use num_bigint::BigInt;

use crate::exact::{ExactSum, sum};
use crate::moments::Sums;
use crate::quotient::big_quotient;

/// The lag-1 autocorrelation coefficient Σ(xᵢ − m)(xᵢ₊₁ − m) ÷ Σ(xᵢ − m)² of `values` in their order, as NIST's
/// Engineering Statistics Handbook has it (1.3.5.12); `None` if they are all equal, or none.
pub fn lag_one_autocorrelation(values: &[i64]) -> Option<f64> {
    let (&first, &last) = (values.first()?, values.last()?);
    let mut products = ExactSum::default();
    for pair in values.windows(2) {
        let product = pair.iter().map(|&value| i128::from(value)).product::<i128>();
        products.merge(&product.into());
    }
    // n² times the numerator: n²P − nS(2S − first − last) + (n − 1)S².
    let n = BigInt::from(values.len());
    let total = BigInt::from(sum(values));
    let ends = &total * 2 - first - last;
    let above = &n * &n * products.big() - &n * &total * ends + (&n - 1) * &total * &total;
    let below = Sums::of_values(values, values.len()).spread() * values.len();
    (below.bits() > 0).then(|| big_quotient(&above, &below))
}
