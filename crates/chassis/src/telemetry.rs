//! Logs: JSON lines on stderr, pretty ones on a terminal; build info first; panics too.
//!
//! Called once by each program's `main`, after the settings are known. No document text and no secret may be
//! logged, here or by anyone: a log is read by more people than a document.

use std::io::IsTerminal as _;
use std::panic::PanicHookInfo;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::config::{LIBRARIES_MAX, LogFormat, LogSettings, OWN_TARGETS, read_directive};
use crate::traces::Traces;

/// Who is running: what every log begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Program {
    /// The program's name, as in `docmill-processor`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// Libraries are heard from this level on unless the settings name them, which may let them say a little more.
const LIBRARIES_UNNAMED: LevelFilter = LevelFilter::WARN;

/// What `async_nats` says of each failed attempt to connect is said once, with what to do, by [`crate::connect`].
/// Spans of traces are not a log's.
const SAID_ELSEWHERE: &str = "async_nats::connector=off,docmill_trace=off";

/// Starts logging and tracing, logs who is running, and makes panics log lines. A second call changes nothing, so tests may
/// call it as they like.
pub fn start(settings: &LogSettings, traces: &Traces, program: Program) {
    // The settings were checked with the same parser, so the fallback is met only by tests.
    let filter = EnvFilter::try_new(directives(&settings.level)).unwrap_or_else(|_| EnvFilter::new("warn"));
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

/// The filter's directives for what the settings say. A level alone is meant for docmill; libraries follow it up to
/// [`LIBRARIES_UNNAMED`], and where they are named up to [`LIBRARIES_MAX`].
fn directives(level: &str) -> String {
    let meant = level.split(',').map(str::trim).filter_map(read_directive).map(|read| match read {
        (None, level) => format!("{},{OWN_TARGETS}={level}", level.min(LIBRARIES_UNNAMED)),
        (Some(target), level) if target.starts_with(OWN_TARGETS) => format!("{target}={level}"),
        (Some(target), level) => format!("{target}={}", level.min(LIBRARIES_MAX)),
    });
    std::iter::once(SAID_ELSEWHERE.to_owned()).chain(meant).collect::<Vec<_>>().join(",")
}

/// Logs where a panic was, not its message: "byte index 3 is inside 'ä' of …" quotes the text it was about.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current();
    tracing::error!(place, thread = thread.name().unwrap_or("unnamed"), "panic");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_meant_for_docmill_and_libraries_are_named() {
        let check = |level: &str, expected: &str| {
            assert_eq!(directives(level), format!("{SAID_ELSEWHERE},{expected}"));
            EnvFilter::try_new(directives(level)).unwrap();
        };
        check("info", "warn,docmill=info");
        check("TRACE", "warn,docmill=trace");
        check("error", "error,docmill=error");
        check("off", "off,docmill=off");
        check("info, docmill_chassis=debug", "warn,docmill=info,docmill_chassis=debug");
        check("debug,async_nats=info", "warn,docmill=debug,async_nats=info");
        // The settings refuse these; they would do no harm.
        check("async_nats=trace", "async_nats=info");
        check("nonsense,info", "warn,docmill=info");
    }
}
