//! Who may pull. While the LLM can't be asked, or the fleet pauses, nobody: a job that waits in the queue costs
//! nothing, one that is pulled and given back fills `max_ack_pending` and looks like load to KEDA.
//!
//! The pull loop calls [`Gate::admit`] before each pull; the worker calls [`Gate::close`] when it meets the cause and
//! [`Gate::report_success`] when it is gone. How long each closing lasts, and that it grows, is the caller's
//! to say. Jobs that are in flight already are not touched. [`Gate::hold`] is for what is no trouble: a worker whose
//! jobs already wait for their turn pulls no more of them.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::metrics::Metrics;

/// The gate. Clones share it.
#[derive(Debug, Clone)]
pub struct Gate {
    state: Arc<watch::Sender<State>>,
    closed: Gauge,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// Nobody is admitted before this.
    closed_until: Option<Instant>,
    /// Closed lately, and no success since: one at a time.
    half_open: bool,
    /// The one that is admitted while half open.
    trial_is_out: bool,
    /// Which closing this is, so that an admission from before it frees no trial of after it.
    closing: u64,
    /// Nobody is admitted while there are any.
    holds: u32,
    /// The worker is about to end: nobody is admitted any more.
    is_draining: bool,
}

impl State {
    /// Whether somebody asked for nothing to be pulled, or for one at a time.
    fn is_shut(self) -> bool {
        self.half_open || self.holds > 0
    }
}

/// Keeps the gate shut for as long as it lives.
#[derive(Debug)]
#[must_use = "dropping it lets jobs be pulled again"]
pub struct Hold(Gate);

/// Leave to pull one job. While the gate is half open the next one waits until this is dropped.
#[derive(Debug)]
#[must_use = "dropping it admits the next one"]
pub struct Admission {
    gate: Gate,
    /// The closing whose trial this is.
    trial_of: Option<u64>,
}

impl Gate {
    /// An open gate.
    pub fn new(metrics: &Metrics) -> Self {
        Self { state: Arc::new(watch::Sender::new(State::default())), closed: metrics.gate_closed.clone() }
    }

    /// An open gate that stores close, and not the LLM.
    pub(crate) fn of_stores(metrics: &Metrics) -> Self {
        Self { closed: metrics.stores_closed.clone(), ..Self::new(metrics) }
    }

    /// Admits nobody for `pause` from now, and afterwards one job at a time until a success is reported. A closing
    /// never shortens another. `why` is for the log and must not hold document text.
    pub fn close(&self, pause: Duration, why: impl Into<String>) {
        let until = Instant::now() + pause;
        let extended = self.state.send_if_modified(|state| {
            let extended = state.closed_until.is_none_or(|closed_until| closed_until < until);
            if extended {
                state.closed_until = Some(until);
            }
            if !state.half_open || extended {
                state.closing += 1;
                state.trial_is_out = false;
            }
            state.half_open = true;
            extended
        });
        self.closed.set(1);
        if extended {
            let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(pause_ms, why = why.into(), "gate closed: nothing is pulled");
        }
    }

    /// Admits nobody while the returned hold lives; holds add up. Unlike a closing it is no trouble: it is not logged,
    /// there is no trial after it, and a job whose pull was already out is worked on.
    pub fn hold(&self) -> Hold {
        // Nobody who waits is let in by it, so nobody is told.
        self.state.send_if_modified(|state| {
            state.holds = state.holds.saturating_add(1);
            false
        });
        self.closed.set(1);
        Hold(self.clone())
    }

    /// Whether somebody holds it.
    pub fn is_held(&self) -> bool {
        self.state.borrow().holds > 0
    }

    /// Admits nobody from now on: the worker drains. Whoever only waits for something learns it by [`Self::draining`].
    pub fn drain(&self) {
        self.state.send_modify(|state| state.is_draining = true);
    }

    /// Resolves once the worker drains; work that has begun needn't end for it. Cancel-safe.
    pub async fn draining(&self) {
        // The sender lives in `self`, so it can't be gone.
        drop(self.state.subscribe().wait_for(|state| state.is_draining).await);
    }

    fn show(&self) {
        self.closed.set(i64::from(self.state.borrow().is_shut()));
    }

    /// When the pause ends, if there is one.
    pub fn closed_until(&self) -> Option<Instant> {
        self.state.borrow().closed_until.filter(|&until| until > Instant::now())
    }

    /// Says that what the gate was closed for works again. During a pause it changes nothing: whoever asked for
    /// the pause meant all of it.
    pub fn report_success(&self) {
        let opened = self.state.send_if_modified(|state| {
            let over = state.closed_until.is_none_or(|until| until <= Instant::now());
            let opens = state.half_open && over;
            if opens {
                *state = State {
                    closing: state.closing,
                    holds: state.holds,
                    is_draining: state.is_draining,
                    ..State::default()
                };
            }
            opens
        });
        if opened {
            self.show();
            tracing::info!("gate open");
        }
    }

    /// Waits until a job may be pulled. Cancel-safe.
    pub async fn admit(&self) -> Admission {
        let mut changes = self.state.subscribe();
        loop {
            let mut admitted = None;
            let mut wait_until = None;
            changes.mark_unchanged();
            self.state.send_if_modified(|state| {
                if state.is_draining {
                    // Nobody ever is again.
                } else if let Some(until) = state.closed_until.filter(|&until| until > Instant::now()) {
                    wait_until = Some(until);
                } else if state.holds > 0 {
                    // The last one's end is announced.
                } else if !state.half_open {
                    admitted = Some(None);
                } else if !state.trial_is_out {
                    state.trial_is_out = true;
                    admitted = Some(Some(state.closing));
                }
                // Nobody waits for a trial to begin, only for it to end.
                false
            });
            if let Some(trial_of) = admitted {
                return Admission { gate: self.clone(), trial_of };
            }
            // The sender lives in `self`, so `changed` can't fail.
            match wait_until {
                Some(until) => drop(tokio::time::timeout_at(until, changes.changed()).await),
                None => drop(changes.changed().await),
            }
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let Some(trial_of) = self.trial_of else { return };
        self.gate.state.send_if_modified(|state| {
            let frees = state.half_open && state.trial_is_out && state.closing == trial_of;
            if frees {
                state.trial_is_out = false;
            }
            frees
        });
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.state.send_if_modified(|state| {
            state.holds = state.holds.saturating_sub(1);
            state.holds == 0
        });
        self.0.show();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn gate() -> (Gate, Metrics) {
        let metrics = Metrics::new();
        (Gate::new(&metrics), metrics)
    }

    fn admitted_now(gate: &Gate) -> Option<Admission> {
        gate.admit().now_or_never()
    }

    #[tokio::test(start_paused = true)]
    async fn an_open_gate_admits_everyone() {
        let (gate, metrics) = gate();
        let admissions: Vec<_> = (0..10).map(|_| admitted_now(&gate).unwrap()).collect();
        assert_eq!(admissions.len(), 10);
        assert_eq!(metrics.gate_closed.get(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_gate_admits_one_at_a_time_after_its_pause() {
        let (gate, metrics) = gate();
        let start = Instant::now();
        gate.close(Duration::from_secs(30), "401");
        assert_eq!(metrics.gate_closed.get(), 1);
        assert!(admitted_now(&gate).is_none());
        let trial = gate.admit().await;
        assert_eq!(start.elapsed().as_secs(), 30);
        assert!(admitted_now(&gate).is_none(), "a second one while the first is out");
        drop(trial);
        let trial = admitted_now(&gate).expect("the next one after an end without report");
        gate.report_success();
        assert!(admitted_now(&gate).is_some());
        assert!(admitted_now(&gate).is_some());
        assert_eq!(metrics.gate_closed.get(), 0);
        drop(trial);
    }

    #[tokio::test(start_paused = true)]
    async fn closings_extend_and_never_shorten() {
        let (gate, _metrics) = gate();
        let start = Instant::now();
        gate.close(Duration::from_secs(30), "429");
        gate.close(Duration::from_secs(5), "429");
        assert_eq!(gate.closed_until(), Some(start + Duration::from_secs(30)));
        tokio::time::advance(Duration::from_secs(20)).await;
        gate.close(Duration::from_secs(60), "429");
        drop(gate.admit().await);
        assert_eq!(start.elapsed().as_secs(), 80);
        assert_eq!(gate.closed_until(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_during_the_pause_does_not_end_it() {
        let (gate, metrics) = gate();
        gate.close(Duration::from_secs(30), "503");
        gate.report_success();
        assert!(admitted_now(&gate).is_none());
        assert_eq!(metrics.gate_closed.get(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_trial_that_closes_again_leaves_the_gate_to_the_next_trial() {
        let (gate, _metrics) = gate();
        gate.close(Duration::from_secs(1), "503");
        let first = gate.admit().await;
        gate.close(Duration::from_secs(2), "503");
        let second = gate.admit().await;
        drop(first);
        assert!(admitted_now(&gate).is_none(), "the old trial's end freed the new one's place");
        drop(second);
        assert!(admitted_now(&gate).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_admitted_while_somebody_holds() {
        let (gate, metrics) = gate();
        let (first, second) = (gate.hold(), gate.hold());
        assert_eq!((metrics.gate_closed.get(), gate.closed_until()), (1, None));
        drop(first);
        assert!(admitted_now(&gate).is_none());
        let waiting = futures_util::future::join_all((0..3).map(|_| gate.admit()));
        let release = async {
            tokio::task::yield_now().await;
            drop(second);
        };
        let (admissions, ()) = tokio::join!(waiting, release);
        assert_eq!((admissions.len(), metrics.gate_closed.get()), (3, 0));
        // A closing goes on after a hold, and a hold after a closing.
        let hold = gate.hold();
        gate.close(Duration::from_secs(1), "503");
        drop(hold);
        assert!(admitted_now(&gate).is_none());
        tokio::time::advance(Duration::from_secs(2)).await;
        let hold = gate.hold();
        gate.report_success();
        assert!(admitted_now(&gate).is_none());
        drop(hold);
        assert!(admitted_now(&gate).is_some() && admitted_now(&gate).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_is_told_to_those_who_wait_and_has_no_end() {
        let (gate, _metrics) = gate();
        assert!(gate.draining().now_or_never().is_none());
        gate.close(Duration::from_secs(1), "503");
        let (told, ()) = tokio::join!(tokio::time::timeout(Duration::from_secs(9), gate.draining()), async {
            gate.drain()
        });
        told.unwrap();
        tokio::time::advance(Duration::from_secs(2)).await;
        gate.report_success();
        assert!(gate.draining().now_or_never().is_some() && admitted_now(&gate).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn everyone_who_waits_is_let_in_by_a_success() {
        let (gate, _metrics) = gate();
        gate.close(Duration::from_secs(1), "503");
        let trial = gate.admit().await;
        let waiting = futures_util::future::join_all((0..5).map(|_| gate.admit()));
        let open = async {
            tokio::task::yield_now().await;
            gate.report_success();
        };
        let (admissions, ()) = tokio::join!(waiting, open);
        assert_eq!(admissions.len(), 5);
        drop(trial);
    }
}
