//! The sections that every worker has: what may be typed, and what the program uses.
//!
//! Called by both workers' `main` through [`Settings::read`]. Rules that span sections live in
//! [`Settings::read`]; a worker adds its own (LLM timeout against the drain) where it knows both sides.

mod nats;
mod telemetry;
mod worker;

use std::net::SocketAddr;

use serde::Deserialize;
use tracing_subscriber::filter::LevelFilter;

use super::{Problems, Sections};

pub use nats::NatsSettings;
pub use telemetry::TelemetrySettings;
pub use worker::{WorkerDefaults, WorkerSettings};

/// The settings of everything the chassis does.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How to reach NATS, and how its consumers are made.
    pub nats: NatsSettings,
    /// How jobs are pulled and given back.
    pub worker: WorkerSettings,
    /// Where health and metrics are served.
    pub http: HttpSettings,
    /// How logs look.
    pub log: LogSettings,
    /// Where traces go.
    pub telemetry: TelemetrySettings,
}

/// Where health and metrics are served.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Address and port; port 0 picks a free one and logs it.
    pub listen: SocketAddr,
}

/// What the targets of docmill's own crates begin with.
pub(crate) const OWN_TARGETS: &str = "docmill";

/// The most talkative level of libraries: beyond it `async_nats` logs every message with its payload, PDFs and passwords
/// among them.
pub(crate) const LIBRARIES_MAX: LevelFilter = LevelFilter::INFO;

/// How logs look.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// JSON lines or lines for people.
    pub format: LogFormat,
    /// A level, or `tracing` directives such as `info,docmill_chassis=debug`. Targets that aren't docmill's go down to
    /// [`LIBRARIES_MAX`] at most.
    pub level: String,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Pretty on a terminal, else JSON.
    #[default]
    Auto,
    /// One JSON object per line.
    Json,
    /// For people.
    Pretty,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct HttpSection {
    listen: String,
}

impl Default for HttpSection {
    fn default() -> Self {
        Self { listen: "0.0.0.0:8080".to_owned() }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LogSection {
    format: LogFormat,
    level: String,
}

impl Default for LogSection {
    fn default() -> Self {
        Self { format: LogFormat::Auto, level: "info".to_owned() }
    }
}

impl Settings {
    /// Reads the chassis's sections and checks them against each other.
    pub fn read(sections: &Sections, defaults: WorkerDefaults, problems: &mut Problems) -> Self {
        let settings = Self {
            nats: NatsSettings::read(sections, problems),
            worker: WorkerSettings::read(sections, defaults, problems),
            http: HttpSettings::read(sections, problems),
            log: LogSettings::read(sections, problems),
            telemetry: TelemetrySettings::read(sections, problems),
        };
        let (nats, worker) = (&settings.nats, &settings.worker);
        if !nats.lanes.contains(&worker.lane) {
            let lanes: Vec<&str> = nats.lanes.iter().map(|lane| lane.as_str()).collect();
            problems.add(
                "worker.lane",
                format_args!("{} is not among nats.lanes ({})", worker.lane, lanes.join(", ")),
            );
        }
        if i64::try_from(worker.concurrency).unwrap_or(i64::MAX) > nats.max_ack_pending {
            problems.add(
                "worker.concurrency",
                format_args!(
                    "{} is more than nats.max_ack_pending ({}), so the rest would never get a job",
                    worker.concurrency, nats.max_ack_pending
                ),
            );
        }
        if nats.pull_expires > worker.drain {
            problems.add(
                "nats.pull_expires_seconds",
                format_args!(
                    "{} is longer than worker.drain_seconds ({}): a drain waits for the last pull",
                    nats.pull_expires.as_secs(),
                    worker.drain.as_secs()
                ),
            );
        }
        settings
    }
}

impl HttpSettings {
    /// Reads and checks section `http`.
    pub fn read(sections: &Sections, problems: &mut Problems) -> Self {
        let typed: HttpSection = sections.section("http", problems);
        let listen = typed.listen.parse().unwrap_or_else(|_| {
            problems.add(
                "http.listen",
                format_args!("{:?} is not address:port, as in 0.0.0.0:8080", typed.listen),
            );
            SocketAddr::from(([0, 0, 0, 0], 0))
        });
        Self { listen }
    }
}

impl LogSettings {
    /// Reads and checks section `log`.
    pub fn read(sections: &Sections, problems: &mut Problems) -> Self {
        let typed: LogSection = sections.section("log", problems);
        for directive in typed.level.split(',').map(str::trim) {
            match read_directive(directive) {
                None => problems.add(
                    "log.level",
                    format_args!(
                        "{directive:?} is not a level: use error, warn, info, debug, trace, or target=level"
                    ),
                ),
                Some((Some(target), level)) if !target.starts_with(OWN_TARGETS) && level > LIBRARIES_MAX => {
                    problems.add(
                        "log.level",
                        format_args!(
                            "{target:?} is a library, which below {LIBRARIES_MAX} logs the documents and passwords it \
                             passes on: only targets that begin with {OWN_TARGETS} go further"
                        ),
                    );
                }
                Some(_) => {}
            }
        }
        Self { format: typed.format, level: typed.level }
    }
}

/// A level, or `target=level`. The filter's own parser would take a mistyped level for a target, and log nothing at all.
pub(crate) fn read_directive(text: &str) -> Option<(Option<&str>, LevelFilter)> {
    let (target, level) = match text.rsplit_once('=') {
        Some((target, level)) => (Some(target), level),
        None => (None, text),
    };
    let level = level.parse().ok().filter(|_| !level.is_empty())?;
    Some((target, level))
}
