//! Logs: JSON lines on stderr, pretty ones on a terminal; build info first; panics too.
//!
//! Called once by each program's `main`, after the settings are known. No document text and no secret may be
//! logged, here or by anyone: a log is read by more people than a document.

use std::io::IsTerminal as _;
use std::panic::PanicHookInfo;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::config::{LogFormat, LogSettings};
use crate::traces::Traces;

/// Who is running: what every log begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Program {
    /// The program's name, as in `docmill-processor`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// Libraries that are kept quiet unless the settings name them: below `warn`, they may log what they send.
/// What `async_nats` says of each failed attempt to connect is said once, with what to do, by [`crate::connect`].
/// Spans of traces are not a log's.
const QUIET: &str =
    "async_nats=warn,async_nats::connector=off,hyper=warn,reqwest=warn,rustls=warn,docmill_trace=off";

/// Starts logging and tracing, logs who is running, and makes panics log lines. A second call changes nothing, so tests may
/// call it as they like.
pub fn start(settings: &LogSettings, traces: &Traces, program: Program) {
    // The settings were checked with the same parser, so the fallback is met only by tests.
    let directives = format!("{},{}", QUIET, settings.level);
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"));
    let pretty = match settings.format {
        LogFormat::Json => false,
        LogFormat::Pretty => true,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if pretty {
        lines.with_filter(filter).boxed()
    } else {
        lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_filter(filter)
            .boxed()
    };
    if tracing_subscriber::registry().with(lines).with(traces.layer()).try_init().is_err() {
        return;
    }
    std::panic::set_hook(Box::new(log_panic));
    tracing::info!(
        program = program.name,
        version = program.version,
        os = std::env::consts::OS,
        arch = std::env::consts::ARCH,
        pid = std::process::id(),
        "starting"
    );
}

/// Logs where a panic was, not its message: "byte index 3 is inside 'ä' of …" quotes the text it was about.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current();
    tracing::error!(place, thread = thread.name().unwrap_or("unnamed"), "panic");
}
