//! A fleet on a virtual clock: many workers, calls that take their time, workers that die. What must hold for any
//! minute is checked over all minutes of the run.

use std::num::NonZeroU64;

use docmill_contract::names::Lane;

use super::estimate::{CallSize, Seen};
use super::ledger::{Amount, Buyer, Ledger, Obstacle, Settlement, Terms};
use super::pace::{MINUTE, Micros, Pace, SECOND};

/// How often each worker looks; between two looks the others' order changes.
const STEP: Micros = SECOND / 20;

/// When the simulation begins: nowhere near a slot's or a minute's beginning.
const BEGIN: Micros = 1_800_000_001_234_567;

/// Numbers that only look random, so that every run is the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

#[derive(Debug, Clone, Copy)]
struct Scene {
    workers: u64,
    priority_workers: u64,
    calls_at_once: usize,
    requests: Option<u64>,
    tokens: Option<u64>,
    /// The average's tokens; real ones are between half and one and a half.
    call_tokens: u64,
    /// Whether what calls take has to be learned, or is known from the start.
    learns: bool,
    latency: Micros,
    kills: bool,
    minutes: u64,
    slot: Micros,
}

const CROWD: Scene = Scene {
    workers: 20,
    priority_workers: 0,
    calls_at_once: 8,
    requests: Some(600),
    tokens: None,
    call_tokens: 1_000,
    learns: false,
    latency: 2 * SECOND,
    kills: false,
    minutes: 4,
    slot: 5 * SECOND,
};

struct Worker {
    buyer: Buyer,
    again: Micros,
    /// Calls with their ends and what is to be settled.
    out: Vec<(Micros, Settlement)>,
    waiting: Vec<Asked>,
    settled: Vec<Settlement>,
}

/// A call that is to be made: its size, and what it will really take.
#[derive(Debug, Clone, Copy)]
struct Asked {
    size: CallSize,
    prompt: u64,
    reply: u64,
}

impl Asked {
    fn new(tokens: u64, dice: &mut Dice) -> Self {
        // A third is the reply; prompts are taken for two and a half times of what they have.
        let (prompt, reply) = (tokens / 3 + dice.below(tokens * 2 / 3), tokens / 6 + dice.below(tokens / 3));
        Self { size: CallSize { prompt_tokens: prompt * 5 / 2, reply_tokens_max: tokens }, prompt, reply }
    }
}

/// A call that was made.
#[derive(Debug, Clone, Copy)]
struct Call {
    at: Micros,
    tokens: u64,
    lane: Lane,
    worker: usize,
}

fn limit(limit: Option<u64>) -> Option<Pace> {
    limit.and_then(NonZeroU64::new).map(Pace::per_minute)
}

fn run(scene: Scene, seed: u64) -> Vec<Call> {
    let terms = Terms {
        requests: limit(scene.requests),
        tokens: limit(scene.tokens),
        cost_per_day: None,
        slot: scene.slot,
    };
    let mut dice = Dice(seed);
    let mut ledger = Ledger::default();
    let lane = |index: u64| if index < scene.priority_workers { Lane::Priority } else { Lane::Bulk };
    let fresh = |index: u64| Worker {
        buyer: Buyer { lane: lane(index), worker: index.wrapping_mul(7) + seed, ..Buyer::default() },
        again: 0,
        out: Vec::new(),
        waiting: Vec::new(),
        settled: Vec::new(),
    };
    let mut workers: Vec<Worker> = (0..scene.workers).map(fresh).collect();
    let mut calls = Vec::new();
    let mut now = BEGIN;
    while now < BEGIN + scene.minutes * MINUTE {
        now += STEP;
        let first = dice.below(scene.workers);
        for turn in 0..scene.workers {
            let index = (first + turn) % scene.workers;
            let worker = &mut workers[usize::try_from(index).unwrap()];
            if scene.kills && dice.below(2_000) == 0 {
                // What it had bought and not begun, and what it had to settle, is lost with it.
                calls.retain(|call: &Call| call.worker as u64 != index || call.at <= now);
                *worker = fresh(index);
            }
            let (ended, out) = worker.out.drain(..).partition(|(end, _)| *end <= now);
            worker.out = out;
            worker.settled.extend(ended.into_iter().map(|(_, settlement): (Micros, Settlement)| settlement));
            while worker.out.len() + worker.waiting.len() < scene.calls_at_once {
                worker.waiting.push(Asked::new(scene.call_tokens, &mut dice));
            }
            if worker.again > now {
                continue;
            }
            for settlement in worker.settled.drain(..) {
                ledger.settle(&terms, &settlement, now);
            }
            let known = Amount { tokens: scene.call_tokens, cost: 0 };
            let experience = ledger.experience();
            let expect =
                |asked: &Asked| if scene.learns { experience.expect(asked.size, None) } else { known };
            let asking: Vec<Amount> = worker.waiting.iter().map(expect).collect();
            let sale = ledger.sell(&terms, &mut worker.buyer, &asking, now);
            for start in sale.starts {
                let asked = worker.waiting.remove(0);
                let used = Amount { tokens: asked.prompt + asked.reply, cost: 0 };
                let seen = Some(Seen {
                    estimated: asked.size.prompt_tokens,
                    prompt: asked.prompt,
                    reply: asked.reply,
                });
                let settlement = Settlement { start: start.at, reserved: start.reserved, used, seen };
                worker.out.push((start.at.max(now) + scene.latency, settlement));
                let worker = usize::try_from(index).unwrap();
                calls.push(Call { at: start.at.max(now), tokens: used.tokens, lane: lane(index), worker });
            }
            worker.again = match sale.obstacle {
                None => now,
                Some(Obstacle::SoldOut(at) | Obstacle::Paused(at) | Obstacle::CostCap(at)) => {
                    at + dice.below(scene.slot / 10)
                }
            };
        }
    }
    calls.sort_by_key(|call| call.at);
    calls
}

/// The most of `amount` in any minute.
fn peak(calls: &[Call], amount: impl Fn(&Call) -> u64) -> u64 {
    let mut first = 0;
    let (mut sum, mut most) = (0, 0);
    for call in calls {
        sum += amount(call);
        while calls[first].at + MINUTE <= call.at {
            sum -= amount(&calls[first]);
            first += 1;
        }
        most = most.max(sum);
    }
    most
}

/// The share of a limit that was used after the first minute, in per cent.
fn used(scene: Scene, calls: &[Call], limit: u64, amount: impl Fn(&Call) -> u64) -> u64 {
    let from = BEGIN + MINUTE;
    let sum: u64 = calls.iter().filter(|call| call.at >= from).map(amount).sum();
    sum * 100 / (limit * (scene.minutes - 1))
}

#[test]
fn no_minute_sees_more_requests_than_the_limit_and_one_slot() {
    for (name, scene, least) in [
        ("a crowd", CROWD, 95),
        ("one", Scene { workers: 1, calls_at_once: 32, ..CROWD }, 95),
        ("four", Scene { workers: 4, calls_at_once: 10, ..CROWD }, 95),
        ("one a second", Scene { requests: Some(60), ..CROWD }, 90),
        ("six a minute", Scene { requests: Some(6), minutes: 11, ..CROWD }, 90),
        ("short slots", Scene { slot: SECOND, ..CROWD }, 95),
        ("many", Scene { workers: 80, ..CROWD }, 90),
        ("workers die", Scene { kills: true, ..CROWD }, 85),
    ] {
        for seed in 1..4 {
            let calls = run(scene, seed);
            let limit = scene.requests.unwrap();
            let most = peak(&calls, |_| 1);
            let slot = Pace::per_minute(NonZeroU64::new(limit).unwrap()).within(scene.slot).max(1);
            assert!(most <= limit + slot, "{name}, {seed}: {most} in a minute");
            let share = used(scene, &calls, limit, |_| 1);
            assert!(share >= least, "{name}, {seed}: {share} % used");
        }
    }
}

#[test]
fn no_minute_sees_more_tokens_than_the_limit_and_one_slot() {
    let tokens = |tokens, call_tokens| Scene {
        requests: None,
        tokens: Some(tokens),
        call_tokens,
        minutes: 6,
        ..CROWD
    };
    for (name, scene, least) in [
        ("small calls", tokens(600_000, 1_000), 96),
        ("calls as large as a slot", tokens(120_000, 10_000), 88),
        ("calls larger than a slot", tokens(120_000, 30_000), 70),
        ("slow calls", Scene { latency: 25 * SECOND, calls_at_once: 20, ..tokens(600_000, 1_000) }, 94),
        ("with a limit of requests", Scene { requests: Some(500), ..tokens(600_000, 1_000) }, 70),
        ("workers die", Scene { kills: true, ..tokens(600_000, 1_000) }, 88),
    ] {
        for seed in 1..4 {
            let calls = run(scene, seed);
            let limit = scene.tokens.unwrap();
            let most = peak(&calls, |call| call.tokens);
            let slot = Pace::per_minute(NonZeroU64::new(limit).unwrap()).within(scene.slot);
            let more = slot.max(scene.call_tokens * 3 / 2);
            assert!(most <= limit + more, "{name}, {seed}: {most} in a minute");
            let share = used(scene, &calls, limit, |call| call.tokens);
            assert!(share >= least, "{name}, {seed}: {share} % used");
        }
    }
}

#[test]
fn priority_is_served_first_and_bulk_is_not_starved() {
    let share_of_bulk = |scene: Scene| {
        let calls = run(scene, 1);
        let bulk = calls.iter().filter(|call| call.lane == Lane::Bulk).count();
        bulk * 100 / calls.len()
    };
    // More of both than the quota holds: an eighth at least, and a third at most.
    for scene in [
        Scene { priority_workers: 10, ..CROWD },
        Scene { priority_workers: 19, calls_at_once: 24, ..CROWD },
        Scene { priority_workers: 10, requests: Some(30), minutes: 10, ..CROWD },
        Scene { priority_workers: 10, requests: None, tokens: Some(600_000), ..CROWD },
        Scene {
            priority_workers: 10,
            requests: None,
            tokens: Some(120_000),
            call_tokens: 20_000,
            minutes: 10,
            ..CROWD
        },
    ] {
        let share = share_of_bulk(scene);
        assert!((12..=34).contains(&share), "{share} % of the calls are bulk's: {scene:?}");
    }
    // Little of priority: bulk has the rest.
    let share = share_of_bulk(Scene { priority_workers: 1, calls_at_once: 4, latency: 4 * SECOND, ..CROWD });
    assert!(share >= 80, "{share}");
}

#[test]
fn workers_that_ask_alike_get_alike() {
    let scene = Scene { minutes: 3, ..CROWD };
    let calls = run(scene, 1);
    let each: Vec<usize> =
        (0..20).map(|worker| calls.iter().filter(|call| call.worker == worker).count()).collect();
    let even = calls.len() / 20;
    assert!(each.iter().all(|&count| count > even / 2 && count < even * 2), "{each:?}");
}

#[test]
fn what_calls_take_is_learned_within_seconds() {
    // Prompts are taken for 2.5 times of what they have at first, replies for 3 times. Most of the first seconds is
    // lost, and not made up for in a rush: a strict endpoint never sees more than its limit.
    let guessed = Scene { learns: true, requests: None, tokens: Some(600_000), latency: SECOND, ..CROWD };
    for (name, scene, least) in [
        ("four", Scene { workers: 4, ..guessed }, 94),
        ("a crowd", guessed, 93),
        ("slow calls", Scene { latency: 8 * SECOND, ..guessed }, 89),
        ("calls as large as a slot", Scene { call_tokens: 40_000, ..guessed }, 88),
        ("workers die", Scene { kills: true, ..guessed }, 88),
    ] {
        for seed in 1..4 {
            let calls = run(scene, seed);
            let limit = scene.tokens.unwrap();
            let most = peak(&calls, |call| call.tokens);
            assert!(most <= limit + scene.call_tokens, "{name}, {seed}: {most} in a minute");
            let share = |from: Micros, to: Micros| {
                let within = |call: &&Call| (BEGIN + from..BEGIN + to).contains(&call.at);
                let sum: u64 = calls.iter().filter(within).map(|call| call.tokens).sum();
                sum * 100 * MINUTE / (limit * (to - from))
            };
            if scene.call_tokens < 10_000 {
                assert!(most <= limit, "{name}, {seed}: {most} in a minute");
                let second = share(MINUTE, 2 * MINUTE);
                assert!(second >= least, "{name}, {seed}: {second} % of the second minute used");
            }
            let first = share(0, 2 * MINUTE);
            assert!(first >= least, "{name}, {seed}: {first} % of the first two minutes used");
            let share = used(scene, &calls, limit, |call| call.tokens);
            assert!(share >= least.min(95), "{name}, {seed}: {share} % used afterwards");
        }
    }
}
