//! How a total is spread over groups: shares, Herfindahl-Hirschman index, Gini coefficient, ABC classes.
//!
//! HHI: Hirschman (1964), "The Paternity of an Index", The American Economic Review 54(5). Gini: Σ(2i − n − 1)xᵢ ÷ (nΣx)
//! over ascending xᵢ (Damgaard and Weiner (2000), "Describing inequality in plant size or fecundity", Ecology 81(4)),
//! without their small-sample correction, as R's `ineq` has it. All in exact integers until the last division.

use num_bigint::{BigInt, BigUint};
use serde::Serialize;

use crate::quantiles::Probability;
use crate::quotient::{big_quotient, quotient};

/// How a total is concentrated. A part below zero has no share: such groups are left out, and counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Concentration {
    /// Groups with a sum of zero or more.
    pub groups_used: u64,
    /// Groups with a sum below zero, left out.
    pub groups_below_zero: u64,
    /// The sum of the groups used.
    #[serde(with = "crate::exact::text")]
    pub total: i128,
    /// Σ share²: 1/n if all are equal, 1 if one has all.
    pub herfindahl_hirschman: f64,
    /// 0 if all are equal, (n − 1)/n if one has all.
    pub gini: f64,
    /// Groups from the largest sum to the smallest, equal ones by key.
    pub ranked: Vec<Share>,
}

/// One group's part of a total.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// The group.
    pub key: u32,
    /// Its sum.
    #[serde(with = "crate::exact::text")]
    pub sum: i128,
    /// Its part of the total, 0 to 1.
    pub share: f64,
    /// The part of it and of all larger ones.
    pub cumulative: f64,
    /// Its class.
    pub class: Class,
}

/// A Pareto class: those that together reach the first bound are A, the next B, the rest C.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum Class {
    /// The few that make most of the total.
    A,
    /// The middle.
    B,
    /// The many that make little.
    C,
}

/// Shares of the total at which classes A and B end: usually 80 and 95 percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassBounds {
    /// Where A ends.
    pub a: Probability,
    /// Where B ends.
    pub b: Probability,
}

impl Default for ClassBounds {
    fn default() -> Self {
        Self { a: Probability::percent(80), b: Probability::percent(95) }
    }
}

/// The concentration of groups given as key and sum; `None` if the sums used are zero, or there are none. Sums are
/// below 2^126 together.
pub fn concentration(sums: &[(u32, i128)], bounds: ClassBounds) -> Option<Concentration> {
    let mut used: Vec<(u32, i128)> = sums.iter().copied().filter(|&(_, sum)| sum >= 0).collect();
    used.sort_unstable_by_key(|&(key, sum)| (std::cmp::Reverse(sum), key));
    let total = used.iter().try_fold(0_i128, |total, &(_, sum)| total.checked_add(sum))?;
    let below = u128::try_from(total).ok().filter(|&total| total > 0)?;
    let square: BigUint = used.iter().map(|&(_, sum)| BigUint::from(sum.unsigned_abs()).pow(2)).sum();
    let mut ranked = Vec::with_capacity(used.len());
    let mut cumulative = 0;
    for &(key, sum) in &used {
        let class = if bounds.a.is_above(cumulative, total) {
            Class::A
        } else if bounds.b.is_above(cumulative, total) {
            Class::B
        } else {
            Class::C
        };
        cumulative += sum;
        let (share, cumulative) = (quotient(sum, below, 0), quotient(cumulative, below, 0));
        ranked.push(Share { key, sum, share, cumulative, class });
    }
    Some(Concentration {
        groups_used: used.len() as u64,
        groups_below_zero: (sums.len() - used.len()) as u64,
        total,
        herfindahl_hirschman: big_quotient(&square.into(), &BigUint::from(below).pow(2)),
        gini: gini(&used, below),
        ranked,
    })
}

/// Of sums from the largest to the smallest.
fn gini(descending: &[(u32, i128)], total: u128) -> f64 {
    let count = descending.len();
    let mut weighted = BigInt::default();
    for (place, &(_, sum)) in descending.iter().rev().enumerate() {
        weighted += (BigInt::from(2 * place + 1) - count) * sum;
    }
    big_quotient(&weighted, &(BigUint::from(total) * count))
}

impl Concentration {
    /// The share of the `count` largest groups together.
    pub fn top_share(&self, count: usize) -> f64 {
        let last = count.min(self.ranked.len()).checked_sub(1);
        last.and_then(|last| self.ranked.get(last)).map_or(0.0, |share| share.cumulative)
    }
}
