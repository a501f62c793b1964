//! The sections that every worker has: what may be typed, and what the program uses.
//!
//! Called by both workers' `main` through [`Settings::read`]. Rules that span sections live in
//! [`Settings::read`]; a worker adds its own (LLM timeout against the drain) where it knows both sides.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use docmill_contract::names::Lane;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

use super::{Problems, Secret, Sections};

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
}

/// How to reach NATS.
#[derive(Debug, Clone)]
pub struct NatsSettings {
    /// One or more addresses, separated by commas. Without credentials: those have their own keys.
    pub url: String,
    /// A NATS credentials file (JWT and seed).
    pub credentials_file: Option<PathBuf>,
    /// The user, with `password`.
    pub user: Option<String>,
    /// The password of `user`.
    pub password: Option<Secret>,
    /// A token, in place of user and password.
    pub token: Option<Secret>,
    /// A PEM file of the authorities to trust for TLS, beside the system's.
    pub ca_file: Option<PathBuf>,
    /// The lanes that `provision` makes.
    pub lanes: Vec<Lane>,
    /// How long the server waits for a sign of life before it gives a job to another worker.
    pub ack_wait: Duration,
    /// How long one pull waits for a job. A drain waits for the last pull, so it is short.
    pub pull_expires: Duration,
    /// Copies of every stream and bucket that `provision` makes.
    pub replicas: usize,
    /// How many jobs of a lane may be out at once, over the whole fleet.
    pub max_ack_pending: i64,
}

/// How jobs are pulled and given back.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// The lane this process serves.
    pub lane: Lane,
    /// Jobs at once.
    pub concurrency: usize,
    /// Threads for CPU work.
    pub cpu_threads: usize,
    /// How long jobs in flight may go on after SIGTERM.
    pub drain: Duration,
    /// The delay of a job's first hand-back; it doubles with every delivery.
    pub hand_back_delay_min: Duration,
    /// The longest delay of a hand-back.
    pub hand_back_delay_max: Duration,
    /// A job that waited longer than this fails as `expired`.
    pub job_age_max: Duration,
    /// Starts without an end after which a document fails; the last one runs alone in its worker.
    pub starts_max: u32,
}

/// What differs between the two workers.
#[derive(Debug, Clone, Copy)]
pub struct WorkerDefaults {
    /// Jobs at once, where the user says nothing.
    pub concurrency: usize,
}

/// Where health and metrics are served.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Address and port; port 0 picks a free one and logs it.
    pub listen: SocketAddr,
}

/// How logs look.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// JSON lines or lines for people.
    pub format: LogFormat,
    /// A level, or `tracing` directives such as `info,docmill_chassis=debug`.
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
struct NatsSection {
    url: String,
    credentials_file: Option<PathBuf>,
    user: Option<String>,
    password: Option<Secret>,
    token: Option<Secret>,
    ca_file: Option<PathBuf>,
    lanes: Vec<Lane>,
    ack_wait_seconds: u64,
    pull_expires_seconds: u64,
    replicas: usize,
    max_ack_pending: i64,
}

impl Default for NatsSection {
    fn default() -> Self {
        Self {
            url: "nats://127.0.0.1:4222".to_owned(),
            credentials_file: None,
            user: None,
            password: None,
            token: None,
            ca_file: None,
            lanes: vec![Lane::Bulk],
            ack_wait_seconds: 60,
            pull_expires_seconds: 2,
            replicas: 1,
            max_ack_pending: 5_000,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WorkerSection {
    lane: Lane,
    concurrency: Option<usize>,
    cpu_threads: Option<usize>,
    drain_seconds: u64,
    hand_back_delay_min_seconds: u64,
    hand_back_delay_max_seconds: u64,
    job_age_max_seconds: u64,
    starts_max: u32,
}

impl Default for WorkerSection {
    fn default() -> Self {
        Self {
            lane: Lane::Bulk,
            concurrency: None,
            cpu_threads: None,
            drain_seconds: 50,
            hand_back_delay_min_seconds: 1,
            hand_back_delay_max_seconds: 300,
            job_age_max_seconds: 7 * 24 * 3_600,
            starts_max: 3,
        }
    }
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

impl NatsSettings {
    /// Reads and checks section `nats`.
    pub fn read(sections: &Sections, problems: &mut Problems) -> Self {
        let typed: NatsSection = sections.section("nats", problems);
        check_addresses(&typed.url, problems);
        if typed.user.is_some() != typed.password.is_some() {
            problems.add("nats.user", "user and password belong together: give both or none");
        }
        let ways = [typed.credentials_file.is_some(), typed.user.is_some(), typed.token.is_some()];
        if ways.into_iter().filter(|&way| way).count() > 1 {
            problems
                .add("nats", "credentials_file, user and token are three ways to log in: give at most one");
        }
        for (key, file) in
            [("nats.credentials_file", &typed.credentials_file), ("nats.ca_file", &typed.ca_file)]
        {
            if let Some(path) = file
                && !path.is_file()
            {
                problems.add(key, format_args!("{} is not a file that can be read", path.display()));
            }
        }
        let mut lanes = typed.lanes;
        lanes.sort_unstable();
        lanes.dedup();
        if !lanes.contains(&Lane::Bulk) {
            problems.add("nats.lanes", "bulk is missing: it is always there, priority is optional");
        }
        if ![1, 3, 5].contains(&typed.replicas) {
            problems.add("nats.replicas", format_args!("{} is not allowed: use 1, 3 or 5", typed.replicas));
        }
        let ack_wait = problems.within("nats.ack_wait_seconds", typed.ack_wait_seconds, 1..=3_600);
        let pull_expires = problems.within("nats.pull_expires_seconds", typed.pull_expires_seconds, 1..=30);
        Self {
            url: typed.url,
            credentials_file: typed.credentials_file,
            user: typed.user,
            password: typed.password,
            token: typed.token,
            ca_file: typed.ca_file,
            lanes,
            ack_wait: Duration::from_secs(ack_wait),
            pull_expires: Duration::from_secs(pull_expires),
            replicas: typed.replicas,
            max_ack_pending: problems.within("nats.max_ack_pending", typed.max_ack_pending, 1..=1_000_000),
        }
    }
}

/// Addresses are logged, so one with credentials inside is refused, and never shown.
fn check_addresses(url: &str, problems: &mut Problems) {
    for address in url.split(',').map(str::trim) {
        if address.contains('@') {
            problems.add(
                "nats.url",
                "holds credentials; addresses are logged, so give nats.user and nats.password, or nats.token",
            );
            continue;
        }
        let schemes = ["nats://", "tls://"];
        let host = schemes.into_iter().find_map(|scheme| address.strip_prefix(scheme));
        if !host.is_some_and(|host| !host.is_empty() && !host.contains(['/', ' '])) {
            problems.add("nats.url", format_args!("{address:?} is not nats://host:port or tls://host:port"));
        }
    }
}

impl WorkerSettings {
    /// Reads and checks section `worker`.
    pub fn read(sections: &Sections, defaults: WorkerDefaults, problems: &mut Problems) -> Self {
        let typed: WorkerSection = sections.section("worker", problems);
        let concurrency = typed.concurrency.unwrap_or(defaults.concurrency.max(1));
        let cpu_threads = typed.cpu_threads.unwrap_or_else(cpus);
        let mut seconds = |key: &str, value: u64, allowed| {
            Duration::from_secs(problems.within(&format!("worker.{key}"), value, allowed))
        };
        let settings = Self {
            lane: typed.lane,
            drain: seconds("drain_seconds", typed.drain_seconds, 1..=3_600),
            hand_back_delay_min: seconds(
                "hand_back_delay_min_seconds",
                typed.hand_back_delay_min_seconds,
                0..=3_600,
            ),
            hand_back_delay_max: seconds(
                "hand_back_delay_max_seconds",
                typed.hand_back_delay_max_seconds,
                0..=86_400,
            ),
            job_age_max: seconds("job_age_max_seconds", typed.job_age_max_seconds, 1..=31_536_000),
            concurrency: problems.within("worker.concurrency", concurrency, 1..=1_024),
            cpu_threads: problems.within("worker.cpu_threads", cpu_threads, 1..=1_024),
            starts_max: problems.within("worker.starts_max", typed.starts_max, 1..=100),
        };
        if settings.hand_back_delay_min > settings.hand_back_delay_max {
            problems.add(
                "worker.hand_back_delay_min_seconds",
                format_args!(
                    "{} is more than worker.hand_back_delay_max_seconds ({})",
                    settings.hand_back_delay_min.as_secs(),
                    settings.hand_back_delay_max.as_secs()
                ),
            );
        }
        settings
    }
}

/// The CPUs this process may use; the cgroup's quota counts.
pub(crate) fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
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
        if EnvFilter::try_new(&typed.level).is_err() {
            problems.add(
                "log.level",
                format_args!("{:?} is not a level: use error, warn, info, debug or trace", typed.level),
            );
        }
        Self { format: typed.format, level: typed.level }
    }
}
