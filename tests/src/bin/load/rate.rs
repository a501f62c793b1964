//! How many documents a second came out once the workers were warm, and which share of what is possible that is.
//!
//! Called with the times at which outcomes were written. Whole waves are counted: as many documents as are in flight come
//! nearly at once where all began at once, so that a window which cuts a wave would count too many or too few.

use std::time::Duration;

/// What is left out at the end, in parts of a hundred: there, too few are left to keep everything in flight.
const END_PERCENT: usize = 10;

/// How many times the ideal's time is told at most: a rate of nothing has no time.
const SLOWDOWN_MAX: f64 = 1_000.0;

/// A rate, and the ideal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    /// Documents that were counted.
    pub(crate) documents: usize,
    /// Documents a second.
    pub(crate) per_second: f64,
    /// What it would be if nothing took any time but the model.
    pub(crate) ideal_per_second: f64,
}

impl Rate {
    /// From the times at which documents were done, sorted; all but the first wave and the last tenth. None where that leaves no
    /// whole wave, or where the model takes no time.
    pub(crate) fn of(done: &[Duration], in_flight: u64, delay: Duration) -> Option<Self> {
        let wave = usize::try_from(in_flight).ok().filter(|&wave| wave > 0 && !delay.is_zero())?;
        let waves = (done.len() - done.len() * END_PERCENT / 100) / wave;
        let documents = waves.checked_sub(1).filter(|&waves| waves > 0)? * wave;
        let begun = done.get(wave - 1)?;
        let ended = done.get(wave - 1 + documents)?;
        let seconds = ended.saturating_sub(*begun).as_secs_f64();
        let count = |count: usize| u32::try_from(count).map_or(f64::NAN, f64::from);
        Some(Self {
            documents,
            per_second: count(documents) / seconds,
            ideal_per_second: count(wave) / delay.as_secs_f64(),
        })
    }

    /// What a document was in flight for beside the model's time, on average: as many documents are in flight as come out in the
    /// time that one takes.
    pub(crate) fn beside_the_model(&self, delay: Duration) -> Duration {
        let whole = delay.mul_f64((self.ideal_per_second / self.per_second).clamp(0.0, SLOWDOWN_MAX));
        whole.saturating_sub(delay)
    }

    /// The share of the ideal, in parts of a hundred.
    pub(crate) fn percent(&self) -> f64 {
        self.per_second / self.ideal_per_second * 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times of waves, each so long after the one before, and the documents of a wave a millisecond apart.
    fn waves(count: u64, size: u64, apart: Duration) -> Vec<Duration> {
        let wave = |number| (0..size).map(move |place| apart * number + Duration::from_millis(place));
        (1..=u32::try_from(count).unwrap()).flat_map(wave).collect()
    }

    #[track_caller]
    fn check(done: &[Duration], expected: Option<(usize, f64)>) {
        let rate = Rate::of(done, 10, Duration::from_secs(2));
        let found = rate.map(|rate| (rate.documents, (rate.percent() * 10.0).round() / 10.0));
        assert_eq!(found, expected);
    }

    #[test]
    fn whole_waves_between_the_first_and_the_end_are_counted() {
        check(&waves(12, 10, Duration::from_secs(2)), Some((90, 100.0)));
        check(&waves(12, 10, Duration::from_millis(2_500)), Some((90, 80.0)));
        let late =
            Rate::of(&waves(12, 10, Duration::from_millis(2_500)), 10, Duration::from_secs(2)).unwrap();
        assert_eq!(late.beside_the_model(Duration::from_secs(2)).as_millis(), 500);
        // A slow start and a slow end are left out.
        let mut late = waves(12, 10, Duration::from_secs(2));
        late.iter_mut().take(9).for_each(|at| *at = Duration::ZERO);
        late.iter_mut().skip(115).for_each(|at| *at += Duration::from_secs(60));
        check(&late, Some((90, 100.0)));
        check(&waves(1, 10, Duration::from_secs(2)), None);
        check(&[], None);
        assert_eq!(Rate::of(&waves(12, 10, Duration::from_secs(2)), 10, Duration::ZERO), None);
    }
}
