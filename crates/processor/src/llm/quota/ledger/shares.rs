//! Who may buy how much of a slot before it begins.
//!
//! First each lane may buy its share: four fifths are `priority`'s, so that it is served first, and one fifth is `bulk`'s,
//! so that it is never starved. Shortly before the slot begins it is open to all. Until it begins one worker buys no
//! more than its part among those of its lane who ask, so that whoever comes first doesn't take everything.

use docmill_contract::names::Lane;
use serde::{Deserialize, Serialize};

use super::super::pace::{Micros, Pace, Slot};
use super::{Amount, Terms};

/// Marks of those who ask: one of this many bits is set for each worker.
const MARKS: u64 = 64;

/// What a lane has bought of its share, as a pace of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Early {
    requests_from: Micros,
    tokens_from: Micros,
}

impl Early {
    /// Whether it says nothing any more.
    pub(super) fn is_over(&self, now: Micros) -> bool {
        self.requests_from.max(self.tokens_from) <= now
    }

    /// Whether something of the lane's share of `slot` is left. A call that is larger than the share is sold too, and
    /// the lane's next slots pay for it.
    pub(super) fn has_room(&self, slot: Slot) -> bool {
        self.requests_from.max(self.tokens_from) < slot.end()
    }

    /// A call was bought of the share.
    pub(super) fn take(&mut self, lane: Lane, terms: &Terms, slot: Slot, tokens: u64) {
        let take = |from: Micros, pace: Option<Pace>, units: u64| {
            let time = pace.map_or(0, |pace| pace.time_of(units));
            from.max(slot.start).saturating_add(at_share(lane, time))
        };
        self.requests_from = take(self.requests_from, terms.requests, 1);
        self.tokens_from = take(self.tokens_from, terms.tokens, tokens);
    }
}

/// The time that a lane's share needs for what the whole does in `time`.
fn at_share(lane: Lane, time: Micros) -> Micros {
    match lane {
        Lane::Bulk => time.saturating_mul(5),
        Lane::Priority => time.saturating_add(time / 4),
    }
}

/// Who asked in a slot, by lane: a bit for each worker, which two may share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Askers {
    bulk: u64,
    priority: u64,
}

impl Askers {
    /// A worker asked.
    pub(super) fn mark(&mut self, lane: Lane, worker: u64) {
        let marks = match lane {
            Lane::Bulk => &mut self.bulk,
            Lane::Priority => &mut self.priority,
        };
        *marks |= 1 << (worker % MARKS);
    }

    /// About how many of a lane asked.
    pub(super) fn count(self, lane: Lane) -> u64 {
        let marks = match lane {
            Lane::Bulk => self.bulk,
            Lane::Priority => self.priority,
        };
        u64::from(marks.count_ones())
    }
}

/// What one worker bought of a slot before it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in super::super) struct Bought {
    slot: Micros,
    requests: u64,
    tokens: u64,
}

impl Bought {
    /// Whether a worker among so many that ask may buy more of `slot`; one call is always allowed.
    pub(super) fn may_grow(&self, terms: &Terms, slot: Slot, askers: u64) -> bool {
        if self.slot != slot.start || self.requests == 0 {
            return true;
        }
        let part = |pace: Option<Pace>| {
            pace.map_or(u64::MAX, |pace| pace.within(slot.length).div_ceil(askers.max(1)))
        };
        self.requests < part(terms.requests) && self.tokens < part(terms.tokens)
    }

    /// A call was bought.
    pub(super) fn take(&mut self, slot: Slot, amount: Amount) {
        if self.slot != slot.start {
            *self = Self { slot: slot.start, ..Self::default() };
        }
        self.requests = self.requests.saturating_add(1);
        self.tokens = self.tokens.saturating_add(amount.tokens);
    }
}
