//! What the mock does wrong, and the decision for one call.
//!
//! [`Faults`] is both the command line and the body of `POST /control`. The decision follows from the faults, the
//! prompt and how often that prompt was seen; no random numbers, so a test sees the same run twice.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::distort::{happens, hash};
use crate::window::{MINUTE, Window};

/// Prompts whose repetitions are counted; beyond that the counts start anew, so a long load run stays small.
const PROMPTS_COUNTED_MAX: usize = 100_000;

/// Everything that can go wrong; the default is a mock without faults. Rates are shares from 0 to 1.
#[derive(Debug, Clone, PartialEq, Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Answer after this many milliseconds
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub delay_ms: u64,
    /// Add up to this many milliseconds, by prompt
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub delay_jitter_ms: u64,
    /// Answer 429 beyond this many requests in any 60 seconds
    #[arg(long, value_name = "N")]
    pub requests_per_minute: Option<usize>,
    /// Answer 429 to a call whose prompt doesn't fit into this many tokens in any 60 seconds, those of answers included
    #[arg(long, value_name = "N")]
    pub tokens_per_minute: Option<u64>,
    /// Answer every Nth call with 429
    #[arg(long, value_name = "N")]
    pub throttle_every: Option<u64>,
    /// What `Retry-After` of a `throttle-every` says
    #[arg(long, default_value_t = 1, value_name = "SECONDS")]
    pub retry_after_seconds: u64,
    /// Answer with this status: every call, or those that `fail-rate` or `fail-first` choose (there, 500 is the default)
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(400..600))]
    pub status: Option<u16>,
    /// The share of calls that fail; a repeated prompt gets a new chance
    #[arg(long, default_value_t = 0.0, value_name = "RATE")]
    pub fail_rate: f64,
    /// Let the first N calls fail
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub fail_first: u64,
    /// The share of answers that are cut off, with finish_reason `length`
    #[arg(long, default_value_t = 0.0, value_name = "RATE")]
    pub truncate_rate: f64,
    /// Cut off answers with more than N rows
    #[arg(long, value_name = "N")]
    pub truncate_above_rows: Option<usize>,
    /// The share of values that are plausibly wrong: another value of the same kind from the same page
    #[arg(long, default_value_t = 0.0, value_name = "RATE")]
    pub wrong_rate: f64,
    /// The share of answers that aren't JSON
    #[arg(long, default_value_t = 0.0, value_name = "RATE")]
    pub invalid_json_rate: f64,
    /// The share of answers that are JSON, but not what the schema asks for
    #[arg(long, default_value_t = 0.0, value_name = "RATE")]
    pub outside_schema_rate: f64,
    /// Refuse every request, as a model does
    #[arg(long)]
    pub refuse: bool,
    /// Obey a document that says "ignore all instructions": give away what was sent, and fields that nobody asked for
    #[arg(long)]
    pub obey: bool,
    /// Close every connection without an answer for this many milliseconds from now
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub down_for_ms: u64,
    /// What the next calls get, in order, before anything else is looked at (`POST /control` and tests only)
    #[arg(skip)]
    pub next: VecDeque<Fault>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            delay_ms: 0,
            delay_jitter_ms: 0,
            requests_per_minute: None,
            tokens_per_minute: None,
            throttle_every: None,
            retry_after_seconds: 1,
            status: None,
            fail_rate: 0.0,
            fail_first: 0,
            truncate_rate: 0.0,
            truncate_above_rows: None,
            wrong_rate: 0.0,
            invalid_json_rate: 0.0,
            outside_schema_rate: 0.0,
            refuse: false,
            obey: false,
            down_for_ms: 0,
            next: VecDeque::new(),
        }
    }
}

/// What one call gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The true answer.
    None,
    /// The connection is closed without an answer.
    Drop,
    /// This HTTP status with an OpenAI error body.
    Status(u16),
    /// 429 with `Retry-After` in seconds.
    Throttle(u64),
    /// JSON that is cut off, with finish_reason `length`.
    Truncate,
    /// Every value plausibly wrong.
    Wrong,
    /// Text that isn't JSON.
    InvalidJson,
    /// JSON outside the schema.
    OutsideSchema,
    /// A refusal.
    Refuse,
    /// What a document orders in place of what was asked, see [`Faults::obey`]; the true answer where it orders nothing.
    Obey,
}

/// The faults in force and what they have seen since they were set.
#[derive(Debug)]
pub(crate) struct Deciding {
    pub(crate) faults: Faults,
    seed: u64,
    calls: u64,
    down_until: Instant,
    answered_at: VecDeque<Instant>,
    tokens: Window,
    seen: HashMap<u64, u64>,
}

impl Deciding {
    pub(crate) fn new(faults: Faults, seed: u64, now: Instant) -> Self {
        let down_until = now + Duration::from_millis(faults.down_for_ms);
        Self {
            faults,
            seed,
            calls: 0,
            down_until,
            answered_at: VecDeque::new(),
            tokens: Window::default(),
            seen: HashMap::new(),
        }
    }

    /// Puts other faults in force; counts start anew.
    pub(crate) fn replace(&mut self, faults: Faults, now: Instant) {
        *self = Self::new(faults, self.seed, now);
    }

    /// Whether every connection is being closed.
    pub(crate) fn is_down(&self, now: Instant) -> bool {
        now < self.down_until
    }

    /// A completion of so many tokens was given: it counts from now on, since nobody knew it before.
    pub(crate) fn completed(&mut self, tokens: u64, now: Instant) {
        if self.faults.tokens_per_minute.is_some() {
            self.tokens.add(now, tokens);
        }
    }

    /// What the call with this prompt, of so many tokens, gets at `now`, and how long it takes.
    pub(crate) fn decide(&mut self, prompt: u64, tokens: u64, now: Instant) -> (Fault, Duration) {
        self.calls += 1;
        if self.is_down(now) {
            return (Fault::Drop, Duration::ZERO);
        }
        let jitter = self.faults.delay_jitter_ms.checked_add(1);
        let jitter = jitter.and_then(|steps| hash(prompt, &["jitter"]).checked_rem(steps)).unwrap_or(0);
        let delay = Duration::from_millis(self.faults.delay_ms.saturating_add(jitter));
        if let Some(fault) = self.faults.next.pop_front() {
            return (fault, delay);
        }
        if let Some(seconds) = self.throttled(tokens, now) {
            // A throttled call costs the server nothing, so it is answered at once.
            return (Fault::Throttle(seconds), Duration::ZERO);
        }
        (self.failure(prompt).unwrap_or_else(|| self.content(prompt)), delay)
    }

    /// How many seconds a throttled call is to wait; none where it isn't throttled, and then it counts.
    fn throttled(&mut self, tokens: u64, now: Instant) -> Option<u64> {
        if self.faults.throttle_every.is_some_and(|every| self.calls.checked_rem(every) == Some(0)) {
            return Some(self.faults.retry_after_seconds);
        }
        while self.answered_at.front().is_some_and(|at| now.duration_since(*at) >= MINUTE) {
            self.answered_at.pop_front();
        }
        let seconds_until = |free_at: Option<Instant>| {
            free_at.unwrap_or(now + MINUTE).saturating_duration_since(now).as_secs() + 1
        };
        if self.faults.requests_per_minute.is_some_and(|allowed| self.answered_at.len() >= allowed) {
            return Some(seconds_until(self.answered_at.front().map(|&at| at + MINUTE)));
        }
        if let Some(allowed) = self.faults.tokens_per_minute
            && self.tokens.sum(now).saturating_add(tokens) > allowed
        {
            return Some(seconds_until(self.tokens.has_room(tokens, allowed)));
        }
        if self.faults.requests_per_minute.is_some() {
            self.answered_at.push_back(now);
        }
        if self.faults.tokens_per_minute.is_some() {
            self.tokens.add(now, tokens);
        }
        None
    }

    /// The status of a failing call; none where it is answered.
    fn failure(&mut self, prompt: u64) -> Option<Fault> {
        if self.seen.len() >= PROMPTS_COUNTED_MAX {
            self.seen.clear();
        }
        let times = self.seen.entry(prompt).or_insert(0);
        *times += 1;
        let chosen = self.faults.fail_rate > 0.0 || self.faults.fail_first > 0;
        let fails = if chosen {
            // A real server's failure passes: each repetition is decided anew.
            self.calls <= self.faults.fail_first
                || happens(self.faults.fail_rate, hash(prompt, &["fail", &times.to_string()]))
        } else {
            self.faults.status.is_some()
        };
        fails.then(|| Fault::Status(self.faults.status.unwrap_or(500)))
    }

    /// What is wrong with the answer itself: the same for the same prompt, as at temperature zero.
    fn content(&self, prompt: u64) -> Fault {
        let happens = |rate: f64, what: &str| happens(rate, hash(prompt, &[what]));
        if self.faults.refuse {
            Fault::Refuse
        } else if self.faults.obey {
            Fault::Obey
        } else if happens(self.faults.invalid_json_rate, "invalid") {
            Fault::InvalidJson
        } else if happens(self.faults.outside_schema_rate, "outside") {
            Fault::OutsideSchema
        } else if happens(self.faults.truncate_rate, "truncate") {
            Fault::Truncate
        } else {
            Fault::None
        }
    }
}
