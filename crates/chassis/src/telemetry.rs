//! Logs: JSON lines on stderr, pretty ones on a terminal; build info first; panics too.
//!
//! Called once by each program's `main`, after the settings are known. No document text and no secret may be
//! logged, here or by anyone: a log is read by more people than a document.

use std::io::IsTerminal as _;
use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::{LogFormat, LogSettings};

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
const QUIET: &str = "async_nats=warn,async_nats::connector=off,hyper=warn,reqwest=warn,rustls=warn";

/// Starts logging, logs who is running, and makes panics log lines. A second call changes nothing, so tests may call
/// it as they like.
pub fn start(settings: &LogSettings, program: Program) {
    // The settings were checked with the same parser, so the fallback is met only by tests.
    let directives = format!("{},{}", QUIET, settings.level);
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"));
    let pretty = match settings.format {
        LogFormat::Json => false,
        LogFormat::Pretty => true,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_span_events(FmtSpan::NONE);
    let started = if pretty {
        builder.try_init()
    } else {
        builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    };
    if started.is_err() {
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
