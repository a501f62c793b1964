//! Skewness and kurtosis from exact power sums.

use num_bigint::{BigInt, BigUint, Sign};

use super::Moments;
use crate::quotient::{big_quotient, root};

impl Moments {
    /// n³ times the third central moment: n²Σx³ − 3nΣx·Σx² + 2(Σx)³.
    fn third(&self) -> BigInt {
        let (n, sum, squares) = self.powers();
        &n * &n * self.cubes.big() - BigInt::from(3) * n * &sum * squares + BigInt::from(2) * sum.pow(3)
    }

    /// n⁴ times the fourth central moment: n³Σx⁴ − 4n²Σx·Σx³ + 6n(Σx)²Σx² − 3(Σx)⁴.
    fn fourth(&self) -> BigInt {
        let (n, sum, squares) = self.powers();
        let two = &sum * &sum;
        n.pow(3) * self.fourths.big() - BigInt::from(4) * &n * &n * &sum * self.cubes.big()
            + BigInt::from(6) * n * &two * squares
            - BigInt::from(3) * &two * &two
    }

    fn powers(&self) -> (BigInt, BigInt, BigInt) {
        (BigInt::from(self.sums.counts.used), self.sums.sum.big(), self.sums.squares.big())
    }

    /// √(third² · `numerator` ÷ (spread³ · `denominator`)), with the sign of the third moment.
    fn skewness_times(&self, numerator: BigUint, denominator: BigUint) -> Option<f64> {
        let spread = self.sums.spread();
        let below = spread.pow(3) * denominator;
        let (sign, third) = self.third().into_parts();
        let skewness = (below.bits() > 0).then(|| root(&(third.pow(2) * numerator), &below))?;
        Some(if sign == Sign::Minus { -skewness } else { skewness })
    }

    /// Skewness of the values as a whole (g1); `None` if they are all equal.
    pub fn skewness(&self) -> Option<f64> {
        self.skewness_times(BigUint::from(1_u32), BigUint::from(1_u32))
    }

    /// Skewness of what they are a sample of (G1); `None` below three values, or if they are all equal.
    pub fn sample_skewness(&self) -> Option<f64> {
        let n = self.sums.counts.used;
        let less_two = BigUint::from(n.checked_sub(2)?);
        self.skewness_times(BigUint::from(n) * BigUint::from(n - 1), less_two.pow(2))
    }

    /// Excess kurtosis of the values as a whole (g2: 0 for a normal distribution); `None` if they are all equal.
    pub fn kurtosis(&self) -> Option<f64> {
        let square = self.sums.spread().pow(2);
        let excess = self.fourth() - BigInt::from(&square * 3_u32);
        (square.bits() > 0).then(|| big_quotient(&excess, &square))
    }

    /// Excess kurtosis of what they are a sample of (G2); `None` below four values, or if they are all equal.
    pub fn sample_kurtosis(&self) -> Option<f64> {
        let n = self.sums.counts.used;
        let below = BigUint::from(n.checked_sub(2)?) * BigUint::from(n.checked_sub(3)?);
        let square = self.sums.spread().pow(2);
        // ((n + 1)·g2 + 6)(n − 1) ÷ ((n − 2)(n − 3)) with g2 = excess ÷ square.
        let excess = self.fourth() - BigInt::from(&square * 3_u32);
        let above = (excess * (BigInt::from(n) + 1) + BigInt::from(&square * 6_u32)) * (BigInt::from(n) - 1);
        let below = square * below;
        (below.bits() > 0).then(|| big_quotient(&above, &below))
    }
}
