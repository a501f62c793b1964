//! `make bench-quota`: many processors, one endpoint that throttles, one quota; writes `docs/benchmarks-quota.md`.
//!
//! Real processor processes against a mock that answers 429 beyond so many requests, or tokens, in any 60 seconds, as
//! endpoints do. What is counted is counted by the mock. The first argument is how many seconds each run is measured
//! (120); with a second one only the runs whose names have it are made, and no page is written.

use std::time::{Duration, Instant};

use docmill_chassis::connect::Nats;
use docmill_contract::names::BUCKET_QUOTA;
use docmill_mock_llm::{Faults, MockLlm, Options, Stats};
use docmill_testkit::nats::NatsServer;
use docmill_tests::repository;
use docmill_tests::site::{Failure, connect, machine, number, publish, worker};
use tokio::process::Child;

/// What the endpoint allows in any minute, and what the fleet is told.
const REQUESTS_PER_MINUTE: u64 = 600;

/// What an endpoint that counts tokens allows in any minute, some 500 of these documents, and what the fleet is told.
const TOKENS_PER_MINUTE: u64 = 600_000;

/// How long the endpoint takes for an answer, at least and at most.
const ANSWER_MS: (u64, u64) = (400, 1_200);

/// How long each run is measured unless the first argument says otherwise.
const SECONDS: u64 = 120;

/// How often a worker is killed where workers are.
const KILL_EVERY: Duration = Duration::from_secs(10);

/// How often the mock's counts are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The longest wait for the first call.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the endpoint counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    Requests,
    Tokens,
}

#[derive(Debug, Clone, Copy)]
struct Run {
    name: &'static str,
    workers: usize,
    concurrency: usize,
    counted: Counted,
    kills: bool,
    quota: bool,
}

const FOUR: Run = Run {
    name: "4 workers",
    workers: 4,
    concurrency: 8,
    counted: Counted::Requests,
    kills: false,
    quota: true,
};

const RUNS: [Run; 6] = [
    Run { name: "1 worker", workers: 1, concurrency: 32, ..FOUR },
    FOUR,
    Run { name: "20 workers", workers: 20, ..FOUR },
    Run { name: "20 workers, one killed (-9) and replaced every 10 s", workers: 20, kills: true, ..FOUR },
    Run { name: "4 workers, by tokens", counted: Counted::Tokens, ..FOUR },
    Run { name: "for comparison: 20 workers that know of no quota", workers: 20, quota: false, ..FOUR },
];

impl Counted {
    fn limit(self) -> u64 {
        match self {
            Self::Requests => REQUESTS_PER_MINUTE,
            Self::Tokens => TOKENS_PER_MINUTE,
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
        }
    }

    /// What counts of what the endpoint has answered.
    fn answered(self, stats: &Stats) -> u64 {
        match self {
            Self::Requests => stats.calls - stats.faults.throttled,
            Self::Tokens => stats.prompt_tokens + stats.completion_tokens,
        }
    }

    /// The most in any minute.
    fn peak(self, stats: &Stats) -> u64 {
        match self {
            Self::Requests => stats.calls_in_a_minute_max,
            Self::Tokens => stats.tokens_in_a_minute_max,
        }
    }
}

/// What one run showed.
struct Shown {
    run: Run,
    calls: u64,
    throttled: u64,
    answered_while_measured: u64,
    measured: Duration,
    peak: u64,
    writes_per_second: f64,
    killed: usize,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    docmill_chassis::run::install_tls();
    let seconds = std::env::args().nth(1).map_or(Ok(SECONDS), |text| text.parse())?;
    let only = std::env::args().nth(2);
    let mut rows = Vec::new();
    for run in RUNS.into_iter().filter(|run| only.as_ref().is_none_or(|only| run.name.contains(only))) {
        let shown = measure(run, Duration::from_secs(seconds)).await?;
        rows.push(row(&shown));
        print(&format!("{}\n", row(&shown)));
    }
    if only.is_none() {
        std::fs::write(repository().join("docs/benchmarks-quota.md"), page(&rows, seconds))?;
    }
    Ok(())
}

async fn measure(run: Run, measured: Duration) -> Result<Shown, Failure> {
    let nats = NatsServer::start().await;
    let connection = connect(&nats).await?;
    let requests = usize::try_from(REQUESTS_PER_MINUTE)?;
    let faults = Faults {
        requests_per_minute: (run.counted == Counted::Requests).then_some(requests),
        tokens_per_minute: (run.counted == Counted::Tokens).then_some(TOKENS_PER_MINUTE),
        delay_ms: ANSWER_MS.0,
        delay_jitter_ms: ANSWER_MS.1 - ANSWER_MS.0,
        ..Faults::default()
    };
    let mock = MockLlm::start(Options { faults, ..Options::default() }).await?;
    // Half a minute more than are needed, and never the same twice.
    let documents = REQUESTS_PER_MINUTE * (measured.as_secs() + 60) / 60;
    publish(&connection, &"bench".parse()?, 1..=documents).await?;
    let mut workers: Vec<Child> = Vec::new();
    for _ in 0..run.workers {
        workers.push(start(run, &nats, &mock)?);
    }
    let waiting = Instant::now();
    while mock.stats().answered == 0 {
        if waiting.elapsed() > PATIENCE {
            return Err("no call was made".into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let (begin, before, writes_before) = (Instant::now(), mock.stats(), quota_writes(&connection).await?);
    let mut killed = 0;
    while begin.elapsed() < measured {
        tokio::time::sleep(LOOK_EVERY).await;
        let due = usize::try_from(begin.elapsed().as_secs() / KILL_EVERY.as_secs())?;
        if run.kills && killed < due {
            workers.remove(0).kill().await?;
            workers.push(start(run, &nats, &mock)?);
            killed += 1;
        }
    }
    let (measured, after) = (begin.elapsed(), mock.stats());
    let writes = quota_writes(&connection).await? - writes_before;
    for mut worker in workers {
        worker.kill().await?;
    }
    Ok(shown(run, &before, &after, measured, f64::from(u32::try_from(writes)?), killed))
}

fn shown(run: Run, before: &Stats, after: &Stats, measured: Duration, writes: f64, killed: usize) -> Shown {
    Shown {
        run,
        calls: after.calls,
        throttled: after.faults.throttled,
        answered_while_measured: run.counted.answered(after) - run.counted.answered(before),
        measured,
        peak: run.counted.peak(after),
        writes_per_second: writes / measured.as_secs_f64(),
        killed,
    }
}

fn start(run: Run, nats: &NatsServer, mock: &MockLlm) -> Result<Child, Failure> {
    let mut settings = vec![("DOCMILL_WORKER__CONCURRENCY", run.concurrency.to_string())];
    if run.quota {
        let key = match run.counted {
            Counted::Requests => "DOCMILL_LLM__QUOTA__REQUESTS_PER_MINUTE",
            Counted::Tokens => "DOCMILL_LLM__QUOTA__TOKENS_PER_MINUTE",
        };
        settings.push((key, run.counted.limit().to_string()));
    }
    worker(nats, mock, &settings)
}

/// How often the ledger, and the clock beside it, were written.
async fn quota_writes(connection: &Nats) -> Result<u64, Failure> {
    let stream = connection.jetstream.get_stream(format!("KV_{BUCKET_QUOTA}")).await?;
    Ok(stream.get_info().await?.state.last_sequence)
}

fn row(shown: &Shown) -> String {
    let per_cent = |part: u64, whole: u64| 100.0 * number(part) / number(whole.max(1));
    let minutes = shown.measured.as_secs_f64() / 60.0;
    let limit = shown.run.counted.limit();
    let used = 100.0 * number(shown.answered_while_measured) / (number(limit) * minutes);
    let killed = if shown.killed > 0 { format!(" ({} killed)", shown.killed) } else { String::new() };
    format!(
        "| {}{killed} | {limit} {} | {} | {} | {} ({:.2} %) | {used:.1} % | {:.1} |",
        shown.run.name,
        shown.run.counted.unit(),
        shown.calls,
        shown.peak,
        shown.throttled,
        per_cent(shown.throttled, shown.calls),
        shown.writes_per_second,
    )
}

fn page(rows: &[String], seconds: u64) -> String {
    let slot = |limit: u64| limit + limit * 5 / 60;
    format!(
        "# One quota for the fleet, measured\n\nWritten by `make bench-quota`: real `docmill-processor` processes, a real nats-server with `sync_interval: always`, and a mock\nendpoint that answers 429 beyond {REQUESTS_PER_MINUTE} requests, or {TOKENS_PER_MINUTE} tokens, in *any* 60 seconds and takes {} to {} ms for an answer. The workers are told\n`llm.quota.requests_per_minute = {REQUESTS_PER_MINUTE}` or `llm.quota.tokens_per_minute = {TOKENS_PER_MINUTE}`, with slots of 5 seconds. Each run is measured for {seconds} s\nfrom its first answer on; all numbers are the mock's, which counts every call when it arrives, and the tokens of its answer when it is given.\nWith a slot, any 60 s may see {} requests or {} tokens.\n\n| run | limit a minute | calls | most in any 60 s | 429s (goal < 1 %) | quota used (goal ≥ 90 %) | writes of the ledger per second |\n|---|---:|---:|---:|---:|---:|---:|\n{}\n\nThe pace leaves 3 % of the limit unused, so that calls may arrive two seconds late without pushing a minute over it: 96.8 % is the most that\ncan be used. A worker that is killed takes with it the starts it bought of the slot that runs and the one that comes. Of tokens a little less is\nused at first, since nobody knows yet what calls take: prompts are taken for more than they have, and replies for a thousand tokens.\n\n{}\n",
        ANSWER_MS.0,
        ANSWER_MS.1,
        slot(REQUESTS_PER_MINUTE),
        slot(TOKENS_PER_MINUTE),
        rows.join("\n"),
        machine(),
    )
}

#[expect(clippy::print_stdout, reason = "a program for people, and this is what it is run for")]
fn print(text: &str) {
    print!("{text}");
}
