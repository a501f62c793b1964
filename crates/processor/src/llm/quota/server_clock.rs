//! The server's clock, told by its stamps: pods' own clocks may differ, and a quota needs one for all.
//!
//! Called by `fleet`, which asks for a stamp now and then. Between stamps this process's monotonic clock counts.

use std::time::Duration;

use tokio::time::Instant;

use super::pace::Micros;

/// How long a stamp is trusted. Crystals differ by less than 100 millionths: 6 ms in this time.
const TRUSTED: Duration = Duration::from_secs(60);

/// A stamp that took longer than this says too little: another one is asked for soon.
const SHARP: Duration = Duration::from_millis(50);

/// How soon.
const SHARPEN_AFTER: Duration = Duration::from_secs(2);

/// What is known of the server's clock.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ServerClock {
    known: Option<Stamp>,
}

/// A stamp of the server, and between which moments here it was made.
#[derive(Debug, Clone, Copy)]
struct Stamp {
    after: Instant,
    took: Duration,
    stamp: Micros,
}

impl ServerClock {
    /// Whether a new stamp should be asked for.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.known.is_none_or(|known| {
            let age = now.saturating_duration_since(known.after);
            age >= TRUSTED || known.took > SHARP && age >= SHARPEN_AFTER
        })
    }

    /// Learns that the server made `stamp` between `before` and `after`.
    pub(super) fn learn(&mut self, before: Instant, after: Instant, stamp: Micros) {
        let took = after.saturating_duration_since(before);
        let is_better = self.known.is_none_or(|known| {
            took <= known.took || after.saturating_duration_since(known.after) >= TRUSTED
        });
        if is_better {
            self.known = Some(Stamp { after, took, stamp });
        }
    }

    /// The server's time at `moment`.
    pub(super) fn at(&self, moment: Instant) -> Option<Micros> {
        let known = self.known?;
        let middle = known.middle();
        Some(if moment >= middle {
            known.stamp.saturating_add(micros(moment - middle))
        } else {
            known.stamp.saturating_sub(micros(middle - moment))
        })
    }

    /// When it is, or was, this time at the server; `now` if that can't be told.
    pub(super) fn moment(&self, at: Micros, now: Instant) -> Instant {
        let Some(server_now) = self.at(now) else { return now };
        let ahead = Duration::from_micros(at.saturating_sub(server_now));
        let behind = Duration::from_micros(server_now.saturating_sub(at));
        (now + ahead).checked_sub(behind).unwrap_or(now)
    }
}

impl Stamp {
    fn middle(self) -> Instant {
        self.after.checked_sub(self.took / 2).unwrap_or(self.after)
    }
}

fn micros(duration: Duration) -> Micros {
    Micros::try_from(duration.as_micros()).unwrap_or(Micros::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Micros = 1_800_000_000_000_000;

    #[test]
    fn the_servers_time_is_told_from_the_middle_of_a_request() {
        let here = Instant::now() + Duration::from_secs(1_000);
        let ms = |ms| here + Duration::from_millis(ms);
        let mut clock = ServerClock::default();
        assert!(clock.is_due(here) && clock.at(here).is_none());
        clock.learn(ms(0), ms(80), NOON);
        assert_eq!(clock.at(ms(40)), Some(NOON));
        assert_eq!(clock.at(ms(140)), Some(NOON + 100_000));
        assert_eq!(clock.at(ms(0)), Some(NOON - 40_000));
        assert_eq!(clock.moment(NOON + 1_000_000, ms(500)), ms(1_040));
        assert_eq!(clock.moment(NOON, ms(500)), ms(40));
        assert!(!clock.is_due(ms(1_000)) && clock.is_due(ms(2_100)), "a blunt stamp is sharpened soon");
        clock.learn(ms(2_100), ms(2_200), NOON);
        assert_eq!(clock.at(ms(40)), Some(NOON), "a blunter one teaches nothing");
        clock.learn(ms(2_100), ms(2_102), NOON + 2_061_000);
        assert_eq!(clock.at(ms(2_101)), Some(NOON + 2_061_000));
        assert!(!clock.is_due(ms(60_000)) && clock.is_due(ms(62_102)));
    }
}
