//! What a process of their own costs documents: processor time and latency of the two-page sample, read in this
//! process and through the pool, turn by turn in the same run.
//!
//! `cargo run --release -p docmill-reader --example isolation_cost [-- FILE]`. Children count from their start, so
//! starting one is part of what is shown.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bytes::Bytes;
use docmill_contract::pages::PageSelection;
use docmill_pdf::Limits;
use docmill_reader::{ReaderSettings, Readers, child};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// Documents read each way.
const DOCUMENTS: u32 = 1_000;
/// Documents read each way before the other way's turn: both see the same weather.
const ROUND: u32 = 50;
/// After which a child is replaced: the worker's default.
const DOCUMENTS_PER_CHILD: u32 = 500;

/// What one way of reading took.
#[derive(Default)]
struct Cost {
    processor: Duration,
    latencies: Vec<Duration>,
}

impl Cost {
    fn per_document(&self) -> Duration {
        self.processor / DOCUMENTS
    }

    fn percentile(&mut self, percent: usize) -> Duration {
        self.latencies.sort_unstable();
        self.latencies.get(self.latencies.len() * percent / 100).copied().unwrap_or_default()
    }
}

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let first = words.next();
    if first.as_deref().is_some_and(|word| word == child::ARGUMENT) {
        return child::run(words);
    }
    match measure(first.map(PathBuf::from)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn measure(file: Option<PathBuf>) -> Result<(), Box<dyn Error>> {
    let file = file.unwrap_or_else(|| PathBuf::from("samples/invoice/two-pages-40-lines.pdf"));
    let bytes = Bytes::from(std::fs::read(&file)?);
    let (mut in_process, mut in_child) = (Cost::default(), Cost::default());
    // `cargo run` becomes this process, and its compilers' time counts as our children's.
    let children_before = processor_time(UsageWho::RUSAGE_CHILDREN)?;
    let mut readers = pool()?;
    // Both ways once, so that neither pays for what is loaded the first time.
    docmill_pdf::read(bytes.to_vec(), None, &PageSelection::all(), &Limits::default())?;
    readers.read(bytes.clone(), None, PageSelection::all()).await?;
    for round in 0..DOCUMENTS / ROUND {
        let before = processor_time(UsageWho::RUSAGE_SELF)?;
        for _ in 0..ROUND {
            let started = Instant::now();
            docmill_pdf::read(bytes.to_vec(), None, &PageSelection::all(), &Limits::default())?;
            in_process.latencies.push(started.elapsed());
        }
        in_process.processor += processor_time(UsageWho::RUSAGE_SELF)?.saturating_sub(before);

        let before = processor_time(UsageWho::RUSAGE_SELF)?;
        for _ in 0..ROUND {
            let started = Instant::now();
            readers.read(bytes.clone(), None, PageSelection::all()).await?;
            in_child.latencies.push(started.elapsed());
        }
        // Closed here and not by the pool, which doesn't wait: a child's time is known when it has ended.
        if (round + 1) % (DOCUMENTS_PER_CHILD / ROUND) == 0 {
            readers.close().await;
            readers = pool()?;
        }
        in_child.processor += processor_time(UsageWho::RUSAGE_SELF)?.saturating_sub(before);
    }
    readers.close().await;
    in_child.processor += processor_time(UsageWho::RUSAGE_CHILDREN)?.saturating_sub(children_before);

    println!("{}: {} bytes, {DOCUMENTS} times each way", file.display(), bytes.len());
    println!("{:<12} {:>12} {:>12} {:>12} {:>12}", "", "CPU", "10 %", "median", "99 %");
    for (name, cost) in [("in process", &mut in_process), ("in a child", &mut in_child)] {
        let processor = cost.per_document();
        let [fast, median, slow] = [10, 50, 99].map(|percent| cost.percentile(percent));
        println!("{name:<12} {processor:>12.2?} {fast:>12.2?} {median:>12.2?} {slow:>12.2?}");
    }
    let share =
        |with: Duration, without: Duration| (with.as_secs_f64() / without.as_secs_f64() - 1.0) * 100.0;
    println!(
        "isolation costs {:.1} % CPU, {:.1} % of the latency that one in ten stays below (others on this machine disturb it least), \
         and {:.1} % of the median latency",
        share(in_child.processor, in_process.processor),
        share(in_child.percentile(10), in_process.percentile(10)),
        share(in_child.percentile(50), in_process.percentile(50)),
    );
    Ok(())
}

fn pool() -> Result<Readers, Box<dyn Error>> {
    let settings = ReaderSettings {
        readers: NonZeroUsize::MIN,
        memory_bytes_max: 2 << 30,
        documents_per_child: u32::MAX,
        fallback_font: None,
        limits: Limits::default(),
    };
    Ok(Readers::new(std::env::current_exe()?, settings))
}

/// User and system time of this process, or of its children that have ended.
fn processor_time(who: UsageWho) -> Result<Duration, Box<dyn Error>> {
    let usage = getrusage(who)?;
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(microseconds)?))
}
