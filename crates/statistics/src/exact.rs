//! Exact sums: in 128 bits while they fit, in as many as it takes beyond.
//!
//! The form is canonical (narrow whenever it fits), so equal sums are equal values whatever the order of adding.

use std::fmt;
use std::str::FromStr;

use num_bigint::{BigInt, BigUint, ParseBigIntError};
use serde::{Deserialize, Serialize};

/// An exact integer. It is kept as decimal text: few formats have numbers of this size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ExactSum {
    /// It fits.
    Narrow(i128),
    /// It doesn't.
    Wide(BigInt),
}

impl Default for ExactSum {
    fn default() -> Self {
        Self::Narrow(0)
    }
}

impl From<i128> for ExactSum {
    fn from(value: i128) -> Self {
        Self::Narrow(value)
    }
}

impl From<BigInt> for ExactSum {
    fn from(value: BigInt) -> Self {
        i128::try_from(&value).map_or(Self::Wide(value), Self::Narrow)
    }
}

impl From<ExactSum> for String {
    fn from(sum: ExactSum) -> Self {
        sum.to_string()
    }
}

impl TryFrom<String> for ExactSum {
    type Error = ParseBigIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        BigInt::from_str(&text).map(Self::from)
    }
}

impl fmt::Display for ExactSum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Narrow(value) => write!(formatter, "{value}"),
            Self::Wide(value) => write!(formatter, "{value}"),
        }
    }
}

/// 128 bits as decimal text, for the same reason.
pub(crate) mod text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(value: &i128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i128, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl ExactSum {
    /// Adds another.
    pub fn merge(&mut self, other: &Self) {
        *self = match (&*self, other) {
            (Self::Narrow(left), Self::Narrow(right)) => match left.checked_add(*right) {
                Some(sum) => Self::Narrow(sum),
                None => Self::Wide(BigInt::from(*left) + right),
            },
            (left, right) => Self::from(left.big() + right.big()),
        };
    }

    /// Whatever its size.
    pub fn big(&self) -> BigInt {
        match self {
            Self::Narrow(value) => BigInt::from(*value),
            Self::Wide(value) => value.clone(),
        }
    }

    /// If it fits in 128 bits.
    pub fn narrow(&self) -> Option<i128> {
        match self {
            Self::Narrow(value) => Some(*value),
            Self::Wide(_) => None,
        }
    }
}

/// A sum of products of two numbers of up to 127 bits: 320 bits, and no allocation for any of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ProductSum {
    low: u128,
    high: u128,
    carries: u64,
}

impl ProductSum {
    /// Adds `left` × `right`, each at most 2^126: the square of the largest `i64`.
    pub(crate) fn add(&mut self, left: u128, right: u128) {
        let halves = |value: u128| (value >> 64, value & u128::from(u64::MAX));
        let ((left_high, left_low), (right_high, right_low)) = (halves(left), halves(right));
        // Schoolbook. The crossed products are below 2^126 each, so their sum fits.
        let crossed = left_high * right_low + left_low * right_high;
        let (low, carry) = (left_low * right_low).overflowing_add(crossed << 64);
        let high = left_high * right_high + (crossed >> 64) + u128::from(carry);
        let (sum, carry) = self.low.overflowing_add(low);
        self.low = sum;
        let (sum, overflow) = self.high.overflowing_add(high + u128::from(carry));
        self.high = sum;
        self.carries += u64::from(overflow);
    }

    pub(crate) fn big(self) -> BigInt {
        BigInt::from(
            (BigUint::from(self.carries) << 256_u32)
                + (BigUint::from(self.high) << 128_u32)
                + BigUint::from(self.low),
        )
    }
}

/// Σ of `values`, whatever their number. `i64` values are added in 128 bits: 2^64 of them fit.
pub(crate) fn sum(values: &[i64]) -> i128 {
    // Low and high halves apart, so that the loop is plain 64-bit adding, which vectorises. Within 2^31 values
    // neither half overflows.
    values
        .chunks(1 << 20)
        .map(|values| {
            let (mut low, mut high) = (0_u64, 0_i64);
            for &value in values {
                low += value.cast_unsigned() & 0xffff_ffff;
                high += value >> 32;
            }
            (i128::from(high) << 32) + i128::from(low)
        })
        .sum()
}
