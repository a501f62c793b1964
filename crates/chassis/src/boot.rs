//! From the first line of a worker's `main` to its exit code: what both workers do before and after the work.
//!
//! Called by each worker's `main` with what differs: its name, its settings, and how it mounts itself. Nothing is
//! opened before the settings are checked whole.

use std::future::Future;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use tokio::time::Instant;

use crate::config::{self, EXIT_WRONG_CONFIGURATION, Problems, Sections, Settings};
use crate::provision::{self, StoreSettings};
use crate::run::{Chassis, Command, Invocation};
use crate::traces::Traces;
use crate::{signal, telemetry};

pub use crate::telemetry::Program;

/// What a worker's own settings have for the chassis.
pub trait WorkerSettings: Send + Sync + Sized + 'static {
    /// Reads and checks them.
    fn read(sections: &Sections, problems: &mut Problems) -> Self;

    /// The chassis's part.
    fn chassis(&self) -> &Settings;

    /// Ages and sizes of the stores, for `provision`.
    fn stores(&self) -> &StoreSettings;
}

/// Does what the arguments ask. `work` mounts the worker on the chassis and runs it until the given shutdown.
pub fn boot<S, W, F>(program: Program, work: W) -> ExitCode
where
    S: WorkerSettings,
    W: FnOnce(S, Chassis, Shutdown) -> F,
    F: Future<Output = ExitCode>,
{
    let started = Instant::now();
    let invocation = match Invocation::read(std::env::args_os().skip(1), config::environment()) {
        Ok(invocation) => invocation,
        Err(problem) => return explain_usage(program, &problem),
    };
    match invocation.command {
        Command::Help => print(&Invocation::usage(program)),
        Command::Version => print(&format!("{} {}\n", program.name, program.version)),
        Command::Other(words) => {
            let word = words.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
            explain_usage(program, &format!("{word:?} is not a command"))
        }
        Command::CheckConfig => match load::<S>(invocation.config.as_deref()) {
            Ok(_) => print("the configuration is fine\n"),
            Err(code) => code,
        },
        Command::Provision => match load::<S>(invocation.config.as_deref()) {
            Ok(settings) => on_runtime(make_stores(program, settings)),
            Err(code) => code,
        },
        Command::Work => match load::<S>(invocation.config.as_deref()) {
            Ok(settings) => on_runtime(mount(program, settings, started, work)),
            Err(code) => code,
        },
    }
}

/// Resolves when the worker is told to end.
pub type Shutdown = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

async fn mount<S, W, F>(program: Program, settings: S, started: Instant, work: W) -> ExitCode
where
    S: WorkerSettings,
    W: FnOnce(S, Chassis, Shutdown) -> F,
    F: Future<Output = ExitCode>,
{
    let traces = Traces::new(&settings.chassis().telemetry, program);
    telemetry::start(&settings.chassis().log, &traces, program);
    let chassis = match Chassis::mount(program.name, settings.chassis().clone(), started).await {
        Ok(chassis) => Chassis { traces, ..chassis },
        Err(error) => return log_failure(&error),
    };
    match signal::shutdown(&chassis.tasks) {
        Ok(shutdown) => work(settings, chassis, Box::pin(shutdown)).await,
        Err(error) => log_failure(&error),
    }
}

async fn make_stores<S: WorkerSettings>(program: Program, settings: S) -> ExitCode {
    telemetry::start(&settings.chassis().log, &Traces::default(), program);
    let made = async {
        let chassis = Chassis::mount(program.name, settings.chassis().clone(), Instant::now()).await?;
        provision::provision(&chassis.nats, &settings.chassis().nats, settings.stores()).await?;
        Ok::<(), Box<dyn std::error::Error>>(())
    };
    match made.await {
        Ok(()) => {
            tracing::info!("streams, consumers and buckets are there");
            ExitCode::SUCCESS
        }
        Err(error) => log_failure(error.as_ref()),
    }
}

/// Logs a failure to start, with its causes, and says so by the exit code.
pub fn log_failure(error: &dyn std::error::Error) -> ExitCode {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    tracing::error!(error = %error, causes = causes.join(": "), "failed to start");
    ExitCode::FAILURE
}

fn load<S: WorkerSettings>(file: Option<&Path>) -> Result<S, ExitCode> {
    config::load_or_explain(file, config::environment(), S::read)
}

fn on_runtime(task: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(task),
        Err(error) => explain(&format!("the async runtime can't be started: {error}"), ExitCode::FAILURE),
    }
}

fn explain_usage(program: Program, problem: &str) -> ExitCode {
    let text = format!("{problem}\n\n{}", Invocation::usage(program));
    explain(&text, ExitCode::from(EXIT_WRONG_CONFIGURATION))
}

fn print(text: &str) -> ExitCode {
    // A reader that closed the pipe has seen enough.
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) | Err(_) => ExitCode::SUCCESS,
    }
}

fn explain(problem: &str, code: ExitCode) -> ExitCode {
    match writeln!(std::io::stderr(), "{problem}") {
        Ok(()) | Err(_) => code,
    }
}
