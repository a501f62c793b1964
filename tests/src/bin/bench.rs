//! `make bench`: measures the processor from outside and writes `docs/benchmarks.md`.
//!
//! Runs the release programs as an operator does: a real nats-server, mock-llm at zero delay as a process of its own,
//! one processor. Nothing here asserts a time; the page says what one run measured, on which machine.

use std::process::Stdio;
use std::time::{Duration, Instant};

use bytes::Bytes;
use docmill_chassis::connect::Nats;
use docmill_chassis::delivery::Trace;
use docmill_chassis::jobs::Jobs;
use docmill_chassis::stores::Stores;
use docmill_contract::identity::CollectionId;
use docmill_contract::job::{ProcessJob, Source};
use docmill_contract::names::Lane;
use docmill_contract::outcome::Status;
use docmill_testkit::nats::NatsServer;
use docmill_testkit::{layouts, varied};
use docmill_tests::site::{Failure, connect, machine, peak_kib, start_mock};
use docmill_tests::{program, repository};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

/// Invoices of the main run; each differs, so that every one costs a call.
const INVOICES: u64 = 2_000;

/// Starts of which the median time to the first pull is taken.
const STARTS: usize = 21;

/// The longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(600);

/// How often the outcomes are counted: seldom enough to cost the measured programs nothing.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What a run of the whole backlog used.
struct Throughput {
    cpu: Duration,
    wall: Duration,
    pages: u64,
    verified: u64,
    processor_peak_kib: u64,
    reader_peak_kib: u64,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    docmill_chassis::run::install_tls();
    let nats = NatsServer::start().await;
    let (mut mock, mock_url) = start_mock(Duration::ZERO).await?;
    let connection = connect(&nats).await?;
    let starts = time_starts(&nats, &mock_url).await?;
    let throughput = grind(&nats, &connection, &mock_url).await?;
    mock.kill().await?;
    let page = page(&starts, &throughput);
    std::fs::write(repository().join("docs/benchmarks.md"), &page)?;
    print(&page);
    Ok(())
}

fn processor(nats: &NatsServer, mock_url: &str) -> Command {
    let mut command = Command::new(program("docmill-processor"));
    command
        .env("DOCMILL_NATS__URL", nats.url())
        .env("DOCMILL_NATS__PULL_EXPIRES_SECONDS", "1")
        .env("DOCMILL_LLM__BASE_URL", mock_url)
        .env("DOCMILL_LLM__MODEL", "mock-llm")
        .env("DOCMILL_HTTP__LISTEN", "127.0.0.1:0")
        .stdout(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Milliseconds from starting the process to its first pull, seen from outside, sorted.
async fn time_starts(nats: &NatsServer, mock_url: &str) -> Result<Vec<f64>, Failure> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let mut process = processor(nats, mock_url).stderr(Stdio::piped()).spawn()?;
        let log = process.stderr.take().ok_or("the processor has no log")?;
        let mut lines = BufReader::new(log).lines();
        loop {
            let line = lines.next_line().await?.ok_or("the processor ended before its first pull")?;
            if line.contains("first pull") {
                times.push(begun.elapsed().as_secs_f64() * 1_000.0);
                break;
            }
        }
        process.kill().await?;
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// A backlog, then one processor until it is worked off.
async fn grind(nats: &NatsServer, connection: &Nats, mock_url: &str) -> Result<Throughput, Failure> {
    let collection: CollectionId = "bench".parse()?;
    let (stores, jobs) = (Stores::new(connection), Jobs::new(connection));
    for seed in 1..=INVOICES {
        let (invoice, layout) = varied::invoice(seed);
        let object = stores.documents.put(&Bytes::from(layouts::draw(&invoice, layout).write())).await?;
        let job = ProcessJob {
            document: Some(format!("invoice-{seed}").parse()?),
            profile: Some("invoice".to_owned()),
            ..ProcessJob::of(Source::Object(object))
        };
        jobs.publish_process(Lane::Bulk, &collection, &job, None, &Trace::default()).await?;
    }
    let used_before = cpu_of_children()?;
    let begun = Instant::now();
    let mut process = processor(nats, mock_url).stderr(Stdio::null()).spawn()?;
    let mut looks = tokio::time::interval(LOOK_EVERY);
    while stores.outcomes.count(&collection).await? < INVOICES {
        if begun.elapsed() > PATIENCE {
            return Err("the backlog was not worked off in time".into());
        }
        looks.tick().await;
    }
    let wall = begun.elapsed();
    let pid = process.id().ok_or("the processor has ended")?;
    let processor_peak_kib = peak_kib(pid);
    let reader_peak_kib = children(pid).into_iter().map(peak_kib).max().unwrap_or(0);
    kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGTERM)?;
    process.wait().await?;
    let cpu = cpu_of_children()? - used_before;
    let outcomes = stores.outcomes.of_collection(&collection).await?;
    Ok(Throughput {
        cpu,
        wall,
        pages: outcomes.iter().map(|kept| u64::from(kept.value.source.pages_read)).sum(),
        verified: outcomes.iter().filter(|kept| kept.value.status == Status::Verified).count().try_into()?,
        processor_peak_kib,
        reader_peak_kib,
    })
}

/// Processor time, user and system, of every process that was waited for, and of those they waited for.
fn cpu_of_children() -> Result<Duration, Failure> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let time = |time: nix::sys::time::TimeVal| -> Result<Duration, Failure> {
        Ok(Duration::from_secs(u64::try_from(time.tv_sec())?)
            + Duration::from_micros(u64::try_from(time.tv_usec())?))
    };
    Ok(time(usage.user_time())? + time(usage.system_time())?)
}

fn children(pid: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

fn page(starts: &[f64], run: &Throughput) -> String {
    let mut page = String::from(
        "# Benchmarks\n\nWritten by `make bench`, which measures from outside: the release programs, a real nats-server with `sync_interval: always`,\n`mock-llm` at zero delay in a process of its own. Processor time is what `getrusage` says of the processor and its reading\nchildren, user and system. Times of one run on a shared machine: read them as what to expect, not as a promise.\n\n",
    );
    let at = |share: usize| starts.get(starts.len() * share / 100).copied().unwrap_or_default();
    let documents = u32::try_from(INVOICES).map_or(0.0, f64::from);
    let pages = u32::try_from(run.pages).map_or(0.0, f64::from);
    let (cpu, wall) = (run.cpu.as_secs_f64(), run.wall.as_secs_f64());
    let mebibytes = |kib: u64| u32::try_from(kib / 1_024).unwrap_or(u32::MAX);
    let rows = [
        ("documents per CPU second", format!("{:.0}", documents / cpu)),
        ("pages per CPU second", format!("{:.0}", pages / cpu)),
        (
            "documents per second, one processor beside nats-server and mock-llm",
            format!("{:.0}", documents / wall),
        ),
        ("documents, pages, verified", format!("{INVOICES}, {}, {}", run.pages, run.verified)),
        ("peak memory of the processor (VmHWM)", format!("{} MiB", mebibytes(run.processor_peak_kib))),
        (
            "peak memory of its largest reading child (VmHWM)",
            format!("{} MiB", mebibytes(run.reader_peak_kib)),
        ),
        ("start to first pull, median of 21 (goal ≤ 100 ms)", format!("{:.0} ms", at(50))),
        ("start to first pull, slowest of 21", format!("{:.0} ms", at(99))),
    ];
    page.push_str("| what | measured |\n|---|---:|\n");
    for (what, measured) in rows {
        page.push_str(&format!("| {what} | {measured} |\n"));
    }
    page.push_str(&format!(
        "\n{} Invoices are those of `make-samples --count`, each different;\nevery document is one job from queue to outcome, with one call to mock-llm, its reply kept, and a synced write for each step.\n",
        machine(),
    ));
    page
}

#[expect(clippy::print_stdout, reason = "a program for people, and this is what it is run for")]
fn print(page: &str) {
    print!("{page}");
}
