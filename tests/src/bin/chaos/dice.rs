//! Numbers that follow from a seed (splitmix64): the same on every machine, so that a seed is a plan.
//!
//! Used by `plan` alone: nothing that happens during a run may draw from it, or the plan would depend on time.

/// A sequence of numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The sequence of `seed` for one purpose, so that more of one thing doesn't change all others.
    pub(crate) fn of(seed: u64, purpose: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ purpose);
        // The first number of similar states is similar.
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low).saturating_add(1).max(1);
        low + self.next() % span
    }

    /// Any number.
    pub(crate) fn any(&mut self) -> u64 {
        self.next()
    }

    /// Whether something of so many in a thousand happens.
    pub(crate) fn happens(&mut self, per_mille: u64) -> bool {
        self.between(1, 1_000) <= per_mille
    }

    /// Another order of `all`.
    pub(crate) fn shuffled<T>(&mut self, mut all: Vec<T>) -> Vec<T> {
        let mut shuffled = Vec::with_capacity(all.len());
        while !all.is_empty() {
            let last = u64::try_from(all.len() - 1).unwrap_or(0);
            let index = usize::try_from(self.between(0, last)).unwrap_or(0);
            shuffled.push(all.swap_remove(index));
        }
        shuffled
    }
}
