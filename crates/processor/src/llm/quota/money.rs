//! What the fleet spends in a day. Part of the ledger; no I/O.
//!
//! A call's cost is *open* from its sale until it is settled, and *spent* afterwards. What a lost worker leaves open is
//! taken for spent after a while: the cap may be met a little early, but never passed.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::{Deserialize, Serialize};

use super::pace::{Micros, SECOND};
use crate::tally::Prices;

/// Thousand-millionths of the currency's unit, always rounded up.
pub(super) type Nanos = u64;

/// A day.
const DAY: Micros = 24 * 3_600 * SECOND;

/// How long nothing may be bought or settled before what is open counts as spent: longer than calls take.
const OPEN_MAX: Micros = 600 * SECOND;

/// The unit of [`Nanos`].
const NANOS: u64 = 1_000_000_000;

/// What was spent on a day by the server's clock, in UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Day {
    /// Days since the Unix epoch.
    number: u64,
    spent: Nanos,
    open: Nanos,
    changed: Micros,
}

/// Whether the day has room for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// It has.
    Yes,
    /// Not while the calls that are out may cost what was reserved for them.
    NotNow,
    /// Not before this.
    NotBefore(Micros),
}

impl Day {
    /// Brings it up to `now`.
    pub(super) fn advance(&mut self, now: Micros) {
        let today = number(now);
        if today > self.number {
            *self = Self { number: today, ..Self::default() };
        }
        if self.open > 0 && now.saturating_sub(self.changed) > OPEN_MAX {
            self.spent = self.spent.saturating_add(self.open);
            self.open = 0;
        }
    }

    /// Whether a call of this cost fits below the cap.
    pub(super) fn room(&self, cost: Nanos, cap: Nanos) -> Room {
        let settled = self.spent.saturating_add(cost);
        if settled > cap {
            return Room::NotBefore(self.number.saturating_add(1).saturating_mul(DAY));
        }
        if settled.saturating_add(self.open) > cap { Room::NotNow } else { Room::Yes }
    }

    /// A call was sold.
    pub(super) fn reserve(&mut self, cost: Nanos, now: Micros) {
        self.open = self.open.saturating_add(cost);
        self.changed = now;
    }

    /// What a call that was sold on day `sold_on` really cost. The cost of a call of yesterday was yesterday's.
    pub(super) fn settle(&mut self, sold_on: u64, reserved: Nanos, cost: Nanos, now: Micros) {
        if sold_on != self.number {
            return;
        }
        self.open = self.open.saturating_sub(reserved);
        self.spent = self.spent.saturating_add(cost);
        self.changed = now;
    }

    /// What was spent and what may be.
    pub(super) fn committed(&self) -> Nanos {
        self.spent.saturating_add(self.open)
    }
}

/// The number of the day that holds `at`.
pub(super) fn number(at: Micros) -> u64 {
    at / DAY
}

/// What these tokens cost; nothing without prices.
pub(super) fn cost(prices: Option<&Prices>, prompt_tokens: u64, completion_tokens: u64) -> Nanos {
    let Some(prices) = prices else { return 0 };
    let price = |tokens: u64, price: Decimal| Decimal::from(tokens).checked_mul(price);
    // Prices are per million tokens.
    let sum = price(prompt_tokens, prices.prompt)
        .and_then(|prompt| prompt.checked_add(price(completion_tokens, prices.completion)?))
        .and_then(|sum| sum.checked_div(Decimal::from(1_000_000)));
    sum.map_or(Nanos::MAX, nanos)
}

/// An amount, rounded up; one that is too large is the largest there can be.
pub(super) fn nanos(amount: Decimal) -> Nanos {
    let nanos = amount.checked_mul(Decimal::from(NANOS)).map(|nanos| nanos.ceil());
    nanos.and_then(|nanos| nanos.to_u64()).unwrap_or(Nanos::MAX)
}

/// An amount as a metric shows it.
pub(super) fn units(nanos: Nanos) -> f64 {
    // Micro-units fit 32 bits up to 4,295 units; beyond that whole units are exact enough for a gauge.
    let parts = |value: u64| u32::try_from(value).map_or(f64::from(u32::MAX), f64::from);
    parts(nanos / NANOS) + parts(nanos % NANOS) / parts(NANOS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Micros = 20_000 * DAY + DAY / 2;

    #[test]
    fn a_cap_is_never_passed_and_what_is_returned_is_used() {
        let mut day = Day::default();
        day.advance(NOON);
        assert_eq!(day.room(101, 100), Room::NotBefore(20_001 * DAY), "more than a day may cost");
        for _ in 0..2 {
            assert_eq!(day.room(40, 100), Room::Yes);
            day.reserve(40, NOON);
        }
        assert_eq!(day.room(40, 100), Room::NotNow);
        day.settle(20_000, 40, 10, NOON);
        assert_eq!(day.room(40, 100), Room::Yes);
        day.reserve(40, NOON);
        day.settle(20_000, 40, 70, NOON);
        assert_eq!((day.committed(), day.room(40, 100)), (120, Room::NotBefore(20_001 * DAY)));
        day.advance(20_001 * DAY);
        assert_eq!((day.committed(), day.room(40, 100)), (0, Room::Yes));
        day.settle(20_000, 40, 40, 20_001 * DAY);
        assert_eq!(day.committed(), 0, "yesterday's call");
    }

    #[test]
    fn what_a_lost_worker_left_open_counts_as_spent_in_the_end() {
        let mut day = Day::default();
        day.advance(NOON);
        day.reserve(80, NOON);
        day.advance(NOON + OPEN_MAX);
        assert_eq!(day.room(40, 100), Room::NotNow);
        day.advance(NOON + OPEN_MAX + 1);
        assert_eq!(day.room(40, 100), Room::NotBefore(20_001 * DAY));
        assert_eq!(day.room(20, 100), Room::Yes);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_make_the_day_new() {
        let mut day = Day::default();
        day.advance(NOON);
        day.reserve(80, NOON);
        day.advance(NOON - DAY);
        assert_eq!(day.committed(), 80);
    }

    #[test]
    fn costs_are_rounded_up() {
        let prices = Prices {
            currency: "USD".into(),
            prompt: "0.15".parse().unwrap(),
            completion: "0.60".parse().unwrap(),
        };
        assert_eq!(cost(None, 1, 1), 0);
        assert_eq!(cost(Some(&prices), 1_000, 100), 210_000);
        assert_eq!(nanos("0.0000000001".parse().unwrap()), 1);
        assert_eq!(nanos(Decimal::MAX), Nanos::MAX);
        assert!((units(1_500_000_000) - 1.5).abs() < 1e-9);
    }
}
