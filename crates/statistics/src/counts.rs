//! How many rows a result used, and how many it could not.

use serde::{Deserialize, Serialize};

/// Rows behind a result. `total` is always the sum of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Rows there were.
    pub total: u64,
    /// Rows whose value is in the result.
    pub used: u64,
    /// Rows without a value.
    pub missing: u64,
    /// Rows with a value that could not be used. Kernels see a bitmap only, so what the decoder rejected is
    /// among the missing until [`Counts::with_rejected`] says so.
    pub rejected: u64,
}

impl Counts {
    /// Of `total` rows `used` have a value.
    pub fn of(total: usize, used: usize) -> Self {
        let (total, used) = (total as u64, used as u64);
        Self { total, used, missing: total.saturating_sub(used), rejected: 0 }
    }

    /// The same, of whose missing rows `rejected` had a value that was turned away.
    #[must_use]
    pub fn with_rejected(self, rejected: u64) -> Self {
        let rejected = rejected.min(self.missing);
        Self { missing: self.missing - rejected, rejected: self.rejected.saturating_add(rejected), ..self }
    }

    /// Adds the rows of another part.
    pub fn merge(&mut self, other: &Self) {
        self.total = self.total.saturating_add(other.total);
        self.used = self.used.saturating_add(other.used);
        self.missing = self.missing.saturating_add(other.missing);
        self.rejected = self.rejected.saturating_add(other.rejected);
    }
}
