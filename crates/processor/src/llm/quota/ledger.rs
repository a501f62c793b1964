//! The ledger of one quota: what the fleet has bought of it, and what is left. Arithmetic alone; no I/O, no clock.
//!
//! Workers read it, buy for the calls that wait, and write it back by compare-and-swap (`fleet`). What is sold is a
//! start on the server's clock, in the slot that runs or the one after it, never later: what a worker doesn't use is
//! lost, and so is nothing else of a worker that is lost itself.
//!
//! Two limits are kept at once. The *pace* puts calls at a distance, requests by their number, tokens by theirs. The
//! *window* adds up the tokens of the slots of a minute, real ones where calls have ended, so that what is given back
//! can be sold again without a minute ever seeing more than the limit and one slot.

mod sale;
mod shares;

use std::collections::BTreeMap;

use docmill_contract::names::Lane;
use serde::{Deserialize, Serialize};

use super::estimate::{Experience, Seen};
use super::money::{self, Day, Nanos};
use super::pace::{MINUTE, Micros, Pace, Slot};

use shares::{Askers, Early};

pub(super) use sale::{Buyer, Obstacle, Sale, Start};
pub(super) use shares::Bought;

/// The longest fleet pause that is believed.
const PAUSE_MAX: Micros = MINUTE * 15;

/// What a quota allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    /// Requests.
    pub(super) requests: Option<Pace>,
    /// Tokens, sent and received.
    pub(super) tokens: Option<Pace>,
    /// Money a day.
    pub(super) cost_per_day: Option<Nanos>,
    /// A slot's length.
    pub(super) slot: Micros,
}

impl Terms {
    /// Whether it matters what calls took. Requests are all alike.
    pub(super) fn needs_settling(&self) -> bool {
        self.tokens.is_some() || self.cost_per_day.is_some()
    }
}

/// What a call is expected to take, or took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) tokens: u64,
    pub(super) cost: Nanos,
}

/// What became of a call that was bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settlement {
    /// When it was to begin.
    pub(super) start: Micros,
    /// What was bought.
    pub(super) reserved: Amount,
    /// What it took.
    pub(super) used: Amount,
    /// What is to be learned from it.
    pub(super) seen: Option<Seen>,
}

/// The state of one quota, as it is kept. Fields that a newer version adds are left out by an older one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Ledger {
    /// Whose quota this is, for people who look into the bucket.
    pub(super) of: Vec<String>,
    /// No request begins before this.
    requests_from: Micros,
    /// No request begins before this, for its tokens.
    tokens_from: Micros,
    /// What lanes bought of their shares.
    early: BTreeMap<Lane, Early>,
    /// Tokens of the last slots, by their starts.
    used: BTreeMap<Micros, u64>,
    /// Who asked in the last slots, by their starts.
    askers: BTreeMap<Micros, Askers>,
    /// Nobody calls before this.
    paused_until: Micros,
    day: Day,
    /// What calls take.
    experience: Experience,
}

impl Ledger {
    /// Stops the whole fleet until `until`; a pause never shortens another.
    pub(super) fn pause(&mut self, until: Micros, now: Micros) {
        let until = until.min(now.saturating_add(PAUSE_MAX));
        self.paused_until = self.paused_until.max(until);
    }

    /// The end of the pause, if there is one.
    pub(super) fn pause_at(&self, now: Micros) -> Option<Micros> {
        (self.paused_until > now).then_some(self.paused_until)
    }

    /// What the day cost so far, with what may still come of the calls that are out.
    pub(super) fn cost_of_day(&self) -> Nanos {
        self.day.committed()
    }

    /// What calls take, as far as the fleet has seen.
    pub(super) fn experience(&self) -> &Experience {
        &self.experience
    }

    /// Puts what a call took in the place of what was reserved for it. More is taken from later calls; less is there
    /// for them at once.
    pub(super) fn settle(&mut self, terms: &Terms, settlement: &Settlement, now: Micros) {
        self.advance(terms, now);
        let Settlement { start, reserved, used, seen } = *settlement;
        if let Some(seen) = seen {
            self.experience.learn(seen);
        }
        if let Some(pace) = terms.tokens {
            if let Some(tokens) = self.used.get_mut(&Slot::of(start, terms.slot).start) {
                *tokens = tokens.saturating_sub(reserved.tokens).saturating_add(used.tokens);
            }
            if let Some(more) = used.tokens.checked_sub(reserved.tokens) {
                self.tokens_from = self.tokens_from.saturating_add(pace.time_of(more));
            } else {
                let less = pace.time_of(reserved.tokens.saturating_sub(used.tokens));
                // Not below now, and what is behind it already is lost anyway.
                self.tokens_from = self.tokens_from.saturating_sub(less).max(now.min(self.tokens_from));
            }
        }
        self.day.settle(money::number(start), reserved.cost, used.cost, now);
    }

    /// Forgets what no longer counts.
    pub(super) fn advance(&mut self, terms: &Terms, now: Micros) {
        self.day.advance(now);
        let slot = Slot::of(now, terms.slot);
        self.used.retain(|&start, _| start.saturating_add(MINUTE) > slot.start);
        self.askers.retain(|&start, _| start >= slot.start.saturating_sub(terms.slot));
        self.early.retain(|_, early| !early.is_over(now));
    }
}
