//! The worker processes: real ones, each behind a network of its own, killed and replaced as `storm` says.
//!
//! What a worker says goes to a file each, which is where to look after a run that failed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use docmill_tests::program;
use docmill_tests::site::Failure;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use crate::plan::{Place, Plan, Size};
use crate::proxy::Proxy;

/// Jobs at once in one processor.
pub(crate) const CONCURRENCY: u64 = 8;

/// How long jobs may go on after SIGTERM.
const DRAIN: Duration = Duration::from_secs(5);

/// How much longer than its drain a worker may take to end: its last pull runs out, its connection is flushed, and the
/// machine is busy.
const END_PATIENCE: Duration = Duration::from_secs(25);

/// Starts without an end after which a document fails. Here workers are killed for no fault of their documents, so that
/// the default of three would meet fine ones; that documents which kill their workers end is a system test's matter.
const STARTS_MAX: u32 = 12;

/// Every worker.
#[derive(Debug)]
pub(crate) struct Fleet {
    size: Size,
    places: Vec<Manned>,
    /// Told to end and replaced.
    ending: Vec<(String, Child)>,
    llm_url: String,
    logs: PathBuf,
    /// What no worker may do, each in a sentence.
    pub(crate) complaints: Vec<String>,
}

/// One place, and who is in it.
#[derive(Debug)]
struct Manned {
    proxy: Proxy,
    worker: Option<(String, Child)>,
    started: u32,
}

impl Fleet {
    /// All workers of the plan, started.
    pub(crate) async fn start(
        plan: &Plan,
        size: Size,
        server: SocketAddr,
        llm_url: String,
        logs: PathBuf,
    ) -> Result<Self, Failure> {
        std::fs::create_dir_all(&logs)?;
        let mut places = Vec::new();
        for &latency in &plan.latencies {
            let proxy = Proxy::start(server, latency).await?;
            places.push(Manned { proxy, worker: None, started: 0 });
        }
        let mut fleet = Self { size, places, ending: Vec::new(), llm_url, logs, complaints: Vec::new() };
        for place in 0..fleet.places.len() {
            fleet.man(place)?;
        }
        Ok(fleet)
    }

    /// Whether it asks the endpoint.
    pub(crate) fn is_processor(&self, place: Place) -> bool {
        place < self.size.processors
    }

    /// Puts a new worker there unless one is.
    pub(crate) fn man(&mut self, place: Place) -> Result<(), Failure> {
        self.look_after(place);
        let kind = if self.is_processor(place) { "docmill-processor" } else { "docmill-analyser" };
        let Some(manned) = self.places.get_mut(place) else { return Ok(()) };
        if manned.worker.is_some() {
            return Ok(());
        }
        manned.started += 1;
        let name = format!("{kind}-{place}-{}", manned.started);
        let log = std::fs::File::create(self.logs.join(format!("{name}.log")))?;
        let worker = Command::new(program(kind))
            .env("DOCMILL_NATS__URL", manned.proxy.url())
            .env("DOCMILL_NATS__PULL_EXPIRES_SECONDS", "1")
            .env("DOCMILL_LLM__BASE_URL", &self.llm_url)
            .env("DOCMILL_LLM__MODEL", "mock-llm")
            .env("DOCMILL_HTTP__LISTEN", "127.0.0.1:0")
            .env("DOCMILL_WORKER__CONCURRENCY", CONCURRENCY.to_string())
            .env("DOCMILL_WORKER__CPU_THREADS", "1")
            .env("DOCMILL_WORKER__DRAIN_SECONDS", DRAIN.as_secs().to_string())
            .env("DOCMILL_WORKER__STARTS_MAX", STARTS_MAX.to_string())
            .env("DOCMILL_WORKER__HAND_BACK_DELAY_MIN_SECONDS", "0")
            // Hand-backs come again soon, so that no run waits minutes for its last document.
            .env("DOCMILL_WORKER__HAND_BACK_DELAY_MAX_SECONDS", "2")
            .env("DOCMILL_PDF__READERS", "1")
            // By default a bomb is refused before its reader dies of it; with so little memory one kind is not.
            .env("DOCMILL_PDF__READER_MEMORY_BYTES_MAX", (192 << 20).to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        manned.worker = Some((name, worker));
        Ok(())
    }

    /// kill -9; says whether one was there.
    pub(crate) async fn kill(&mut self, place: Place) -> Result<bool, Failure> {
        self.look_after(place);
        let manned = self.places.get_mut(place).and_then(|manned| manned.worker.take());
        let Some((_, mut worker)) = manned else { return Ok(false) };
        worker.kill().await?;
        Ok(true)
    }

    /// SIGTERM, and a new worker in its place.
    pub(crate) fn terminate(&mut self, place: Place) -> Result<bool, Failure> {
        self.look_after(place);
        let manned = self.places.get_mut(place).and_then(|manned| manned.worker.take());
        let Some((name, worker)) = manned else { return Ok(false) };
        signal(&worker, Signal::SIGTERM)?;
        self.ending.push((name, worker));
        self.man(place)?;
        Ok(true)
    }

    /// SIGSTOP or SIGCONT; says whether one was there.
    pub(crate) fn signal(&mut self, place: Place, sent: Signal) -> Result<bool, Failure> {
        self.look_after(place);
        let Some((_, worker)) = self.places.get(place).and_then(|manned| manned.worker.as_ref()) else {
            return Ok(false);
        };
        signal(worker, sent)?;
        Ok(true)
    }

    /// The worker's network.
    pub(crate) fn network(&self, place: Place) -> Option<&Proxy> {
        self.places.get(place).map(|manned| &manned.proxy)
    }

    /// How many places there are.
    pub(crate) fn places(&self) -> usize {
        self.places.len()
    }

    /// How many workers were started.
    pub(crate) fn started(&self) -> u32 {
        self.places.iter().map(|manned| manned.started).sum()
    }

    /// A worker that ended by itself is complained of.
    fn look_after(&mut self, place: Place) {
        let Some(manned) = self.places.get_mut(place) else { return };
        let Some((name, worker)) = &mut manned.worker else { return };
        if let Ok(Some(status)) = worker.try_wait() {
            self.complaints.push(format!("{name} ended by itself: {status}"));
            manned.worker = None;
        }
    }

    /// Ends all of it in order, and complains of workers that don't end as they should.
    pub(crate) async fn end(mut self) -> Result<Vec<String>, Failure> {
        for place in 0..self.places.len() {
            self.look_after(place);
            if let Some((name, worker)) = self.places.get_mut(place).and_then(|manned| manned.worker.take()) {
                signal(&worker, Signal::SIGTERM)?;
                self.ending.push((name, worker));
            }
        }
        for (name, worker) in &mut self.ending {
            match tokio::time::timeout(DRAIN + END_PATIENCE, worker.wait()).await {
                Ok(status) if status.as_ref().is_ok_and(std::process::ExitStatus::success) => {}
                Ok(status) => self.complaints.push(format!("{name} was told to end and said {status:?}")),
                Err(_) => self.complaints.push(format!("{name} was told to end and didn't")),
            }
        }
        Ok(self.complaints)
    }
}

fn signal(worker: &Child, signal: Signal) -> Result<(), Failure> {
    let id = worker.id().and_then(|id| i32::try_from(id).ok());
    // One that has ended meanwhile is noticed by the next look.
    if let Some(id) = id {
        kill(Pid::from_raw(id), signal)?;
    }
    Ok(())
}
