//! What will happen, drawn from the seed before anything does: which documents there are, and which fault comes when.
//!
//! Read by `storm` and `submit`. A seed gives the same plan on every machine; what the programs make of it is up to
//! them, so a run that failed may have to be repeated a few times.

use std::time::Duration;

use crate::dice::Dice;
use crate::trouble::Trouble;

/// How large a run is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) documents: u64,
    pub(crate) collections: u64,
    pub(crate) processors: usize,
    pub(crate) analysers: usize,
    /// How long faults happen. Documents come all the while.
    pub(crate) storm: Duration,
    /// After how long without a sign of life a job is given to another worker.
    pub(crate) ack_wait: Duration,
}

/// One worker's place: processors first, then analysers. A worker that was killed is replaced in its place.
pub(crate) type Place = usize;

/// One document of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) number: u64,
    pub(crate) collection: u64,
    pub(crate) kind: Kind,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The invoice of this seed.
    Fine(u64),
    /// One that its reader dies of, or gives up on.
    Poison(u64),
}

/// Something that is done at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    pub(crate) at: Duration,
    pub(crate) action: Action,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Action {
    /// kill -9 of a worker.
    Kill(Place),
    /// A new worker where one was killed.
    Start(Place),
    /// SIGTERM; the new worker is there before the old one has ended, as in a rollout.
    Terminate(Place),
    /// SIGSTOP.
    Freeze(Place),
    /// SIGCONT.
    Thaw(Place),
    /// The worker's connection to the server is cut.
    Cut(Place),
    /// Nothing passes between the worker and the server.
    Stall(Place),
    /// What was held back arrives.
    Flow(Place),
    /// kill -9 of the server.
    KillServer,
    /// The server again, on the same store.
    StartServer,
    /// The endpoint does something wrong.
    Trouble(Trouble),
    /// The endpoint is as it should be.
    Calm,
}

/// What will happen.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) documents: Vec<Planned>,
    pub(crate) steps: Vec<Step>,
    /// How long everything takes between each worker and the server, in each direction.
    pub(crate) latencies: Vec<Duration>,
}

/// Poison documents in a thousand.
const POISON_PER_MILLE: u64 = 15;

/// Collections that are open at the same time; their documents come mixed.
const OPEN_AT_ONCE: u64 = 4;

/// What the network of a worker takes in each direction, at least and at most, in milliseconds: from the same zone to
/// the same continent. It also makes the moments between two writes long enough for faults to fall into them.
const LATENCY_MS: (u64, u64) = (1, 15);

impl Plan {
    pub(crate) fn of(seed: u64, size: Size) -> Self {
        let workers = size.processors + size.analysers;
        let mut steps: Vec<Step> = (0..workers).flat_map(|place| of_worker(seed, place, size)).collect();
        steps.extend(of_server(seed, size.storm));
        steps.extend(of_endpoint(seed, size.storm));
        steps.sort_by_key(|step| step.at);
        let mut dice = Dice::of(seed, 1);
        let latency = |_| Duration::from_millis(dice.between(LATENCY_MS.0, LATENCY_MS.1));
        Self { latencies: (0..workers).map(latency).collect(), documents: documents(seed, size), steps }
    }
}

fn documents(seed: u64, size: Size) -> Vec<Planned> {
    let mut dice = Dice::of(seed, 2);
    // Each its own invoices, so that no reply of one run could answer another's.
    let first = dice.any() >> 16;
    let in_round = (size.documents / size.collections.max(1)).max(1) * OPEN_AT_ONCE;
    let planned = |number: u64| {
        let kind = if dice.happens(POISON_PER_MILLE) {
            Kind::Poison(dice.any())
        } else {
            Kind::Fine(first + number)
        };
        let collection = number / in_round * OPEN_AT_ONCE + number % OPEN_AT_ONCE;
        Planned { number, collection: collection.min(size.collections.saturating_sub(1)), kind }
    };
    (0..size.documents).map(planned).collect()
}

/// One fault after the other, so that none is hidden behind another of the same worker.
fn of_worker(seed: u64, place: Place, size: Size) -> Vec<Step> {
    let mut dice = Dice::of(seed, 100 + u64::try_from(place).unwrap_or(0));
    let ack_wait = u64::try_from(size.ack_wait.as_millis()).unwrap_or(0);
    let mut steps = Vec::new();
    let mut now = dice.between(500, 5_000);
    while now < milliseconds(size.storm) {
        let (begin, end, takes) = match dice.between(1, 100) {
            1..=30 => (Action::Kill(place), Some(Action::Start(place)), dice.between(100, 1_500)),
            31..=45 => (Action::Terminate(place), None, 0),
            46..=65 => {
                (Action::Freeze(place), Some(Action::Thaw(place)), ack_wait + dice.between(1_000, 5_000))
            }
            66..=82 => (Action::Cut(place), None, 0),
            _ => (Action::Stall(place), Some(Action::Flow(place)), dice.between(ack_wait / 2, ack_wait * 3)),
        };
        steps.push(Step { at: Duration::from_millis(now), action: begin });
        now += takes;
        steps.extend(end.map(|action| Step { at: Duration::from_millis(now), action }));
        now += dice.between(1_500, 8_000);
    }
    steps
}

fn of_server(seed: u64, storm: Duration) -> Vec<Step> {
    let mut dice = Dice::of(seed, 3);
    let mut steps = Vec::new();
    let mut now = dice.between(4_000, 10_000);
    while now < milliseconds(storm) {
        steps.push(Step { at: Duration::from_millis(now), action: Action::KillServer });
        now += dice.between(50, 2_500);
        steps.push(Step { at: Duration::from_millis(now), action: Action::StartServer });
        now += dice.between(7_000, 16_000);
    }
    steps
}

/// Every trouble once before any comes again.
fn of_endpoint(seed: u64, storm: Duration) -> Vec<Step> {
    let mut dice = Dice::of(seed, 4);
    let (mut steps, mut left) = (Vec::new(), Vec::new());
    let mut now = dice.between(1_000, 3_000);
    while now < milliseconds(storm) {
        if left.is_empty() {
            left = dice.shuffled(Trouble::ALL.to_vec());
        }
        let Some(trouble) = left.pop() else { break };
        steps.push(Step { at: Duration::from_millis(now), action: Action::Trouble(trouble) });
        now += dice.between(1_500, 4_000);
        steps.push(Step { at: Duration::from_millis(now), action: Action::Calm });
        now += dice.between(1_000, 3_500);
    }
    steps
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size {
        documents: 1_000,
        collections: 20,
        processors: 4,
        analysers: 2,
        storm: Duration::from_mins(2),
        ack_wait: Duration::from_secs(3),
    };

    #[test]
    fn a_seed_is_a_plan_and_another_seed_another() {
        let (one, again, other) = (Plan::of(7, SIZE), Plan::of(7, SIZE), Plan::of(8, SIZE));
        assert_eq!((&one.documents, &one.steps), (&again.documents, &again.steps));
        assert_ne!(one.steps, other.steps);
        assert_ne!(one.documents, other.documents);
    }

    #[test]
    fn every_kind_of_fault_is_in_every_plan_and_every_collection_has_documents() {
        for seed in 1..=50 {
            let plan = Plan::of(seed, SIZE);
            let has = |is_it: fn(&Action) -> bool| plan.steps.iter().any(|step| is_it(&step.action));
            assert!(has(|action| matches!(action, Action::Kill(_))));
            assert!(has(|action| matches!(action, Action::Terminate(_))));
            assert!(has(|action| matches!(action, Action::Freeze(_))));
            assert!(has(|action| matches!(action, Action::Cut(_))));
            assert!(has(|action| matches!(action, Action::Stall(_))));
            assert!(has(|action| matches!(action, Action::KillServer)));
            for trouble in Trouble::ALL {
                assert!(plan.steps.iter().any(|step| step.action == Action::Trouble(trouble)), "{trouble:?}");
            }
            assert!(plan.documents.iter().any(|planned| matches!(planned.kind, Kind::Poison(_))));
            for collection in 0..SIZE.collections {
                assert!(plan.documents.iter().any(|planned| planned.collection == collection));
            }
        }
    }
}
