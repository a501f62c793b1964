//! Mounting a worker: boot, work until told to end, drain with a deadline, exit code.
//!
//! Called by each worker's `main` and by tests; shutdown is a parameter, so that a test can ask for it. What a job
//! means is the worker's alone.

mod invocation;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use docmill_contract::failure::Failure;
use docmill_contract::names::Work;
use tokio::time::Instant;

use crate::config::Settings;
use crate::connect::Nats;
use crate::consume::{Line, Phases};
use crate::cpu::Cpu;
use crate::delivery::Delivery;
use crate::gate::Gate;
use crate::health::{self, Health};
use crate::jobs::Jobs;
use crate::metrics::{self, Metrics};
use crate::settle::Verdict;
use crate::tasks::Tasks;
use crate::traces::Traces;

pub use invocation::{Command, Invocation};

/// How long a job may go on after [`Delivery::cancelled`] fired, before it is given back for it.
pub const CANCEL_GRACE: Duration = Duration::from_secs(2);

/// How long giving jobs back, sending the last acknowledgements and ending the tasks may take in all, at the very
/// end. A pod's grace period must cover the drain, [`CANCEL_GRACE`] and this.
pub const ENDING_MAX: Duration = Duration::from_secs(5);

/// What does the work: the processor and the analyser.
pub trait Worker: Send + Sync + 'static {
    /// Which jobs it takes.
    fn work(&self) -> Work;

    /// Does one job to its end. Every step must bear repetition: after a kill the job comes again.
    ///
    /// A panic is caught and gives the job back, but its start stays counted.
    fn handle(&self, delivery: Delivery) -> impl Future<Output = Verdict> + Send;

    /// Stores a failure that the chassis decided on: lost workers, or a job that waited too long. The verdict is
    /// [`Verdict::Failed`] when it is stored, or a hand-back when it can't be.
    fn give_up(&self, delivery: Delivery, failure: Failure) -> impl Future<Output = Verdict> + Send;
}

/// Everything a worker is mounted on. `main` makes it, builds its worker of the parts, and gives it to [`run`].
#[derive(Debug)]
pub struct Chassis {
    /// The chassis's own settings.
    pub settings: Settings,
    /// The connection.
    pub nats: Nats,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Where tasks are started.
    pub tasks: Tasks,
    /// Where CPU work is done.
    pub cpu: Cpu,
    /// Who may pull.
    pub gate: Gate,
    /// What sends spans; closed at the end.
    pub traces: Traces,
    /// When the process began, for the time to its first pull.
    pub started: Instant,
}

/// Why a worker could not be mounted.
#[derive(Debug, thiserror::Error)]
pub enum MountError {
    /// The CPU threads were refused.
    #[error("failed to start the CPU threads: lower worker.cpu_threads or raise the limit of threads")]
    Cpu(#[source] rayon::ThreadPoolBuildError),
    /// The connection's settings can't be used.
    #[error("failed to set up the connection to NATS")]
    Nats(#[source] crate::connect::ConnectError),
}

impl Chassis {
    /// Makes the parts and begins to connect; NATS needn't be there yet. `started` is when the process began.
    ///
    /// # Errors
    /// If threads are refused, or credentials can't be read.
    pub async fn mount(name: &str, settings: Settings, started: Instant) -> Result<Self, MountError> {
        install_tls();
        let metrics = Arc::new(Metrics::new());
        let cpu = Cpu::new(settings.worker.cpu_threads, &metrics).map_err(MountError::Cpu)?;
        let nats = Nats::connect(&settings.nats, name).await.map_err(MountError::Nats)?;
        let gate = Gate::new(&metrics);
        Ok(Self {
            settings,
            nats,
            metrics,
            tasks: Tasks::new(),
            cpu,
            gate,
            traces: Traces::default(),
            started,
        })
    }
}

/// Makes rustls use ring, for NATS and for HTTP alike. Programs without a [`Chassis`] call it before they connect.
pub fn install_tls() {
    // An error means that it is installed already, which is what is wanted.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// Pulls and works until `shutdown` resolves, then drains: nothing more is pulled, jobs in flight go on until the
/// drain's deadline, and what isn't finished two seconds after it is given back.
///
/// Returns success after a drain, whatever became of single jobs; failure if the health port can't be opened or the
/// pull loop ended by itself.
pub async fn run<W: Worker>(chassis: Chassis, worker: W, shutdown: impl Future<Output = ()>) -> ExitCode {
    let Chassis { settings, nats, metrics, tasks, gate, traces, started, cpu: _cpu } = chassis;
    let health = Health::default();
    let served =
        health::serve(settings.http.listen, health.clone(), metrics.clone(), nats.client.clone(), &tasks)
            .await;
    if let Err(error) = served {
        tracing::error!(%error, listen = %settings.http.listen, "failed to open the health port");
        return ExitCode::FAILURE;
    }
    let (work, lane) = (worker.work(), settings.worker.lane);
    metrics.expect(work, lane);
    metrics::watch(&tasks, Jobs::new(&nats), work, lane, Arc::clone(&metrics));
    let (drain, draining) = (settings.worker.drain, metrics.drain.clone());
    let client = nats.client.clone();
    let phases = Phases::default();
    let line = Arc::new(Line::new(
        worker,
        nats,
        settings,
        metrics,
        gate.clone(),
        health.clone(),
        phases.clone(),
        started,
    ));
    let jobs = line.jobs().clone();
    let mut pulling = jobs.spawn(line.pull());

    let ended_by_itself = tokio::select! {
        () = shutdown => false,
        _ = &mut pulling => true,
    };
    if ended_by_itself {
        tracing::error!("the pull loop ended by itself");
    }
    health.draining();
    draining.begin();
    phases.draining.cancel();
    gate.drain();
    end_jobs(&jobs, &phases, drain).await;
    let end = Instant::now() + ENDING_MAX;
    if phases.abandoned.is_cancelled() && !jobs.finish(ENDING_MAX).await {
        tracing::warn!("jobs could not be handed back in time; they come again after ack_wait");
    }
    if !matches!(tokio::time::timeout_at(end, client.flush()).await, Ok(Ok(()))) {
        tracing::debug!("the last acknowledgements could not be flushed");
    }
    if !tasks.stop(end.saturating_duration_since(Instant::now())).await {
        tracing::warn!("tasks were still running at the end");
    }
    traces.close(end.saturating_duration_since(Instant::now())).await;
    tracing::info!("drained");
    if ended_by_itself { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Waits for the jobs in flight: until the deadline, then two seconds more after telling them. Those that are still
/// there then are given back for them, which the caller waits for.
async fn end_jobs(jobs: &Tasks, phases: &Phases, drain: Duration) {
    if jobs.finish(drain).await {
        return;
    }
    tracing::warn!(drain_seconds = drain.as_secs(), "the drain ran out: telling jobs in flight to end");
    phases.cancelled.cancel();
    if jobs.finish(CANCEL_GRACE).await {
        return;
    }
    phases.abandoned.cancel();
}
