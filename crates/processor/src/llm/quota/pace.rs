//! When calls may begin: slots, and positions at even distances. Whole microseconds of the server's clock, no I/O.
//!
//! Called by `ledger`. A limit of so many a minute becomes a distance: calls that keep it are spread over the minute,
//! and no window of a minute, wherever it begins, sees more of them than the limit.

use std::num::NonZeroU64;

/// Microseconds since the Unix epoch, or a number of them.
pub(super) type Micros = u64;

/// One second.
pub(super) const SECOND: Micros = 1_000_000;

/// What limits are counted over.
pub(super) const MINUTE: Micros = 60 * SECOND;

/// How much later than planned a call may reach the endpoint without pushing a minute over its limit there: limits are
/// spread over a minute and this. It costs 3 % of them.
pub(super) const LATENESS: Micros = 2 * SECOND;

/// What a limit is spread over.
const SPREAD: u128 = (MINUTE + LATENESS) as u128;

/// A stretch of time that is sold as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// Its first microsecond.
    pub(super) start: Micros,
    /// Its length.
    pub(super) length: Micros,
}

impl Slot {
    /// The slot of this length that holds `at`.
    pub(super) fn of(at: Micros, length: Micros) -> Self {
        let length = length.max(1);
        Self { start: at - at % length, length }
    }

    /// The one after it.
    pub(super) fn next(self) -> Self {
        Self { start: self.end(), ..self }
    }

    /// The first microsecond after it.
    pub(super) fn end(self) -> Micros {
        self.start.saturating_add(self.length)
    }

    /// From when on any lane may buy what is left of it: shortly before it begins, so that its first positions find
    /// buyers.
    pub(super) fn open(self) -> Micros {
        self.start.saturating_sub(self.length / 5)
    }

    /// From when on each lane may buy its share of it.
    pub(super) fn early(self) -> Micros {
        self.start.saturating_sub(self.length)
    }
}

/// A limit as a pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace(NonZeroU64);

impl Pace {
    /// So many a minute.
    pub(super) fn per_minute(limit: NonZeroU64) -> Self {
        Self(limit)
    }

    /// The limit.
    pub(super) fn limit(self) -> u64 {
        self.0.get()
    }

    /// The time that so many take.
    pub(super) fn time_of(self, units: u64) -> Micros {
        clamped((u128::from(units) * SPREAD).div_ceil(u128::from(self.limit())))
    }

    /// How many fit into so much time.
    pub(super) fn within(self, time: Micros) -> u64 {
        clamped(u128::from(time) * u128::from(self.limit()) / SPREAD)
    }

    /// How many are sold in a minute.
    pub(super) fn of_minute(self) -> u64 {
        self.within(MINUTE)
    }

    /// The first position from `at` on. Positions are the same for everybody who has the same limit, so that what
    /// two workers buy in neighbouring slots keeps its distance too.
    pub(super) fn position_from(self, at: Micros) -> Micros {
        let index = (u128::from(at) * u128::from(self.limit())).div_ceil(SPREAD);
        clamped(index * SPREAD / u128::from(self.limit()))
    }
}

fn clamped(value: u128) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(limit: u64) -> Pace {
        Pace::per_minute(NonZeroU64::new(limit).unwrap())
    }

    #[test]
    fn positions_keep_their_distance_and_no_minute_sees_more_than_the_limit() {
        let begin = 1_800_000_000 * SECOND + 123_457;
        for limit in [1, 7, 60, 600, 6_001] {
            let pace = pace(limit);
            let mut positions = vec![pace.position_from(begin)];
            while positions.len() < 2 * usize::try_from(limit).unwrap() + 2 {
                positions.push(pace.position_from(positions.last().unwrap() + 1));
            }
            assert!(positions[0] >= begin && positions[0] - begin <= pace.time_of(1), "{limit}");
            assert_eq!(pace.position_from(positions[1]), positions[1], "a position is its own next one");
            for (index, &start) in positions.iter().enumerate() {
                let within = positions[index..].iter().filter(|&&at| at < start + MINUTE).count();
                assert!(within <= usize::try_from(limit).unwrap(), "{limit}: {within}");
            }
        }
    }

    #[test]
    fn time_and_number_belong_together() {
        let check = |limit, units, micros, within| {
            assert_eq!(pace(limit).time_of(units), micros, "{limit} {units}");
            assert_eq!(pace(limit).within(micros), within, "{limit} {micros}");
        };
        check(600, 1, 103_334, 1);
        check(62, 5, 5 * SECOND, 5);
        check(100_000, 22_000, 13_640_000, 22_000);
        check(1, 2, 124 * SECOND, 2);
        check(u64::MAX, u64::MAX, 62 * SECOND, u64::MAX);
    }

    #[test]
    fn slots_follow_one_another() {
        let slot = Slot::of(17 * SECOND + 3, 5 * SECOND);
        assert_eq!((slot.start, slot.end()), (15 * SECOND, 20 * SECOND));
        assert_eq!(slot.next(), Slot { start: 20 * SECOND, length: 5 * SECOND });
        assert_eq!((slot.next().open(), slot.next().early()), (19 * SECOND, 15 * SECOND));
        assert_eq!(Slot::of(3, 5 * SECOND).early(), 0);
    }
}
