//! What work costs: the least CPU and wall time of three runs, as the peers beside it are measured.

use std::hint::black_box;
use std::time::Instant;

use nix::sys::resource::{Usage, UsageWho, getrusage};
use serde_json::{Value, json};

const RUNS: usize = 3;

/// The least CPU and wall seconds of `work`, with its answers.
pub(crate) fn measure(work: impl Fn() -> Value) -> Value {
    let (mut cpu_s, mut wall_s, mut answers) = (f64::MAX, f64::MAX, Value::Null);
    for _ in 0..RUNS {
        let (cpu, start) = (cpu_seconds(), Instant::now());
        answers = black_box(work());
        wall_s = wall_s.min(start.elapsed().as_secs_f64());
        cpu_s = cpu_s.min(cpu_seconds() - cpu);
    }
    json!({"cpu_s": cpu_s, "wall_s": wall_s, "answers": answers})
}

/// The most memory that the process ever had, in KiB.
pub(crate) fn peak_kib() -> i64 {
    usage().max_rss()
}

fn cpu_seconds() -> f64 {
    let usage = usage();
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

fn usage() -> Usage {
    getrusage(UsageWho::RUSAGE_SELF).expect("Linux tells")
}
