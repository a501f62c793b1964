//! What the law expects, and Nigrini's limits.

use serde::{Deserialize, Serialize};

use super::Conformity;

/// Which digits are tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Digits {
    /// 1 to 9.
    First,
    /// 0 to 9.
    Second,
    /// 10 to 99.
    FirstTwo,
}

impl Digits {
    /// The first one.
    pub(super) fn first(self) -> u32 {
        match self {
            Self::First => 1,
            Self::Second => 0,
            Self::FirstTwo => 10,
        }
    }

    /// How many there are.
    pub(super) fn number(self) -> usize {
        match self {
            Self::First => 9,
            Self::Second => 10,
            Self::FirstTwo => 90,
        }
    }

    /// Values that a test needs.
    pub(super) fn counted_min(self) -> u64 {
        match self {
            Self::First | Self::Second => 300,
            Self::FirstTwo => 1_000,
        }
    }

    /// Nigrini (2012), table 7.1.
    pub(super) fn conformity(self, deviation: f64) -> Conformity {
        let (close, acceptable, marginal) = match self {
            Self::First => (0.006, 0.012, 0.015),
            Self::Second => (0.008, 0.010, 0.012),
            Self::FirstTwo => (0.0012, 0.0018, 0.0022),
        };
        if deviation <= close {
            Conformity::Close
        } else if deviation <= acceptable {
            Conformity::Acceptable
        } else if deviation <= marginal {
            Conformity::Marginal
        } else {
            Conformity::Deviates
        }
    }
}

/// The law's shares: log₁₀(1 + 1/d) of leading digits d, and of second digits the sum over the first.
pub fn expected_shares(digits: Digits) -> Vec<f64> {
    let share = |leading: u32| libm::log10(1.0 + 1.0 / f64::from(leading));
    match digits {
        Digits::First => (1..10).map(share).collect(),
        Digits::Second => {
            (0..10).map(|second| (1..10).map(|first| share(first * 10 + second)).sum()).collect()
        }
        Digits::FirstTwo => (10..100).map(share).collect(),
    }
}
