//! Amounts of the last 60 seconds, which is how endpoints count: any 60 seconds, not those of the clock.
//!
//! Used by `stats` to find peaks and by `faults` to throttle. No clock of its own.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Its length.
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// What came in the last minute.
#[derive(Debug, Default)]
pub(crate) struct Window {
    amounts: VecDeque<(Instant, u64)>,
    sum: u64,
}

impl Window {
    /// Adds an amount and returns the sum of the minute that ends with it.
    pub(crate) fn add(&mut self, now: Instant, amount: u64) -> u64 {
        self.forget(now);
        self.amounts.push_back((now, amount));
        self.sum += amount;
        self.sum
    }

    /// The sum of the minute that ends now.
    pub(crate) fn sum(&mut self, now: Instant) -> u64 {
        self.forget(now);
        self.sum
    }

    /// When so much more would fit below `limit`; `None` if it never does.
    pub(crate) fn has_room(&self, amount: u64, limit: u64) -> Option<Instant> {
        let room = limit.checked_sub(amount)?;
        let mut left = self.sum;
        let free = self.amounts.iter().find(|&&(_, gone)| {
            left = left.saturating_sub(gone);
            left <= room
        });
        free.map(|&(at, _)| at + MINUTE)
    }

    fn forget(&mut self, now: Instant) {
        while let Some(&(at, gone)) = self.amounts.front()
            && now.duration_since(at) >= MINUTE
        {
            self.sum -= gone;
            self.amounts.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_a_minute_is_forgotten_and_makes_room() {
        let (start, mut window) = (Instant::now(), Window::default());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!([window.add(at(0), 10), window.add(at(20), 5), window.add(at(59), 1)], [10, 15, 16]);
        assert_eq!(window.has_room(10, 20), Some(at(60)));
        assert_eq!(window.has_room(18, 20), Some(at(80)));
        assert_eq!(window.has_room(21, 20), None);
        assert_eq!([window.sum(at(59)), window.sum(at(60)), window.sum(at(200))], [16, 6, 0]);
    }
}
