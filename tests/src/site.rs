//! What the benchmarks stand on: a provisioned server, a mock, invoices that all differ, workers, the
//! machine's description.

use std::error::Error;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use docmill_chassis::config::{NatsSettings, Problems, Sections};
use docmill_chassis::connect::Nats;
use docmill_chassis::delivery::Trace;
use docmill_chassis::jobs::Jobs;
use docmill_chassis::provision::{StoreSettings, provision};
use docmill_chassis::stores::Stores;
use docmill_contract::identity::CollectionId;
use docmill_contract::job::{ProcessJob, Source};
use docmill_contract::names::Lane;
use docmill_mock_llm::MockLlm;
use docmill_testkit::nats::NatsServer;
use docmill_testkit::{layouts, varied};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::program;

/// Why a benchmark can't go on.
pub type Failure = Box<dyn Error>;

/// A connection to a server on which everything is provisioned.
///
/// # Errors
/// If the server can't be used.
pub async fn connect(nats: &NatsServer) -> Result<Nats, Failure> {
    connect_with(nats, &[]).await
}

/// The same, provisioned by these settings.
///
/// # Errors
/// If the server can't be used.
pub async fn connect_with(nats: &NatsServer, settings: &[(&str, &str)]) -> Result<Nats, Failure> {
    let mut problems = Problems::default();
    let given = settings.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
    let variables = given.chain([("DOCMILL_NATS__URL".to_owned(), nats.url())]);
    let sections = Sections::load(None, variables, &mut problems);
    let settings = NatsSettings::read(&sections, &mut problems);
    let stores = StoreSettings::read(&sections, &mut problems);
    let connection = Nats::connect(&settings, "benchmark").await?;
    provision(&connection, &settings, &stores).await?;
    Ok(connection)
}

/// Starts a mock-llm of its own process, and says what stands before its `/chat/completions`; killed when dropped.
///
/// # Errors
/// If it can't be started, or doesn't say where it listens.
pub async fn start_mock(delay: Duration) -> Result<(Child, String), Failure> {
    let mut mock = Command::new(program("mock-llm"))
        .args(["--listen", "127.0.0.1:0", "--delay-ms", &delay.as_millis().to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let output = mock.stdout.take().ok_or("mock-llm has no output")?;
    let line = BufReader::new(output).lines().next_line().await?.ok_or("mock-llm said nothing")?;
    let said: serde_json::Value = serde_json::from_str(&line)?;
    let address = said.get("listening").and_then(|address| address.as_str());
    let address = address.ok_or("mock-llm did not say where it listens")?;
    Ok((mock, format!("http://{address}/v1")))
}

/// Publishes so many different invoices.
///
/// # Errors
/// If the server doesn't take them.
pub async fn publish(
    connection: &Nats,
    collection: &CollectionId,
    seeds: std::ops::RangeInclusive<u64>,
) -> Result<(), Failure> {
    let (stores, jobs) = (Stores::new(connection), Jobs::new(connection));
    for seed in seeds {
        let (invoice, layout) = varied::invoice(seed);
        let object = stores.documents.put(&Bytes::from(layouts::draw(&invoice, layout).write())).await?;
        let job = ProcessJob {
            document: Some(format!("invoice-{seed}").parse()?),
            profile: Some("invoice".to_owned()),
            ..ProcessJob::of(Source::Object(object))
        };
        jobs.publish_process(Lane::Bulk, collection, &job, None, &Trace::default()).await?;
    }
    Ok(())
}

/// Starts a processor with these settings; killed when dropped.
///
/// # Errors
/// If it can't be started.
pub fn worker(nats: &NatsServer, mock: &MockLlm, settings: &[(&str, String)]) -> Result<Child, Failure> {
    let mut command = Command::new(program("docmill-processor"));
    command
        .env("DOCMILL_NATS__URL", nats.url())
        .env("DOCMILL_NATS__PULL_EXPIRES_SECONDS", "1")
        .env("DOCMILL_LLM__BASE_URL", mock.url())
        .env("DOCMILL_LLM__MODEL", "mock-llm")
        .env("DOCMILL_HTTP__LISTEN", "127.0.0.1:0")
        .env("DOCMILL_WORKER__CPU_THREADS", "1")
        .env("DOCMILL_PDF__READERS", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    for (key, value) in settings {
        command.env(key, value);
    }
    Ok(command.spawn()?)
}

/// The most memory that a process has had, in KiB; 0 of one that is gone.
pub fn peak_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// A count as a number for a table.
pub fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::NAN, f64::from)
}

/// The machine, the build and the versions, in one paragraph.
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(Path::new(path)).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    let version = |name: &Path| {
        let output = std::process::Command::new(name).arg("--version").output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    };
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    format!(
        "Machine: {model}, {cores} cores, Linux {}, load average at the end {load}. {build} build, docmill {}, {}, {}.",
        read("/proc/sys/kernel/osrelease").trim(),
        env!("CARGO_PKG_VERSION"),
        version(&docmill_testkit::nats::program()),
        version(Path::new("rustc")),
    )
}
