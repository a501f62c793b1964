//! A real nats-server per test, on a free port, its store in a folder of its own.
//!
//! Every test that needs NATS calls [`NatsServer::start`]. The server syncs every write, as in production. It can be
//! killed, stopped and started again on the same port and store; dropping it kills it and deletes its store.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "only tests use this crate, and a panic fails the test"
)]

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tempfile::TempDir;

use crate::disk::Disk;

/// How long a server may take to start or to stop, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often the ports file and the end of the process are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What the server may reserve on disk. Streams reserve their limits, not what they hold, so that this may be far
/// above what the machine has; the server's own default would fail tests on a nearly full one.
const FILE_STORE_BYTES_MAX: u64 = 1 << 40;

/// What a test may want to differ from the defaults.
#[derive(Debug, Clone, Default)]
pub struct NatsOptions {
    /// The most bytes of JetStream's file store; far more than any test needs where absent.
    pub file_store_bytes_max: Option<u64>,
    /// The largest message; 1 MiB where absent.
    pub payload_bytes_max: Option<u32>,
    /// The port; a free one where absent.
    pub port: Option<u16>,
    /// User and password that clients must give; none where absent.
    pub user: Option<(String, String)>,
    /// A token that clients must give; none where absent.
    pub token: Option<String>,
    /// More configuration, as it stands: accounts with several users, certificates.
    pub fragment: Option<String>,
    /// Where the store is, and nothing else of the server; in the server's own folder where absent.
    pub disk: Option<Arc<Disk>>,
    /// The server has no JetStream: it was never enabled, or it has switched itself off.
    pub is_core_only: bool,
}

/// A running nats-server.
#[derive(Debug)]
pub struct NatsServer {
    options: NatsOptions,
    folder: TempDir,
    child: Option<Child>,
    client: SocketAddr,
    monitor: SocketAddr,
}

/// What the server writes when it is ready.
#[derive(Deserialize)]
struct Ports {
    nats: Vec<String>,
    monitoring: Vec<String>,
}

impl NatsServer {
    /// A server with the defaults, ready.
    pub async fn start() -> Self {
        Self::start_with(NatsOptions::default()).await
    }

    /// A server with `options`, ready.
    pub async fn start_with(options: NatsOptions) -> Self {
        let folder = tempfile::tempdir().expect("no folder for the nats-server");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self { options, folder, child: None, client: any, monitor: any };
        server.launch().await;
        server
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        format!("nats://{}", self.client)
    }

    /// Where `/jsz` and `/varz` are served.
    pub fn monitor_url(&self) -> String {
        format!("http://{}", self.monitor)
    }

    /// The port clients connect to.
    pub fn port(&self) -> u16 {
        self.client.port()
    }

    /// The process, if it runs, for those who look at what it uses.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// The folder of the store, for tests that look at or damage it. One on a disk of its own is seen only by those who run
    /// where the disk is.
    pub fn store(&self) -> PathBuf {
        let disk = self.options.disk.as_ref();
        disk.map_or_else(|| self.folder.path().join("store"), |disk| disk.folder().to_owned())
    }

    /// Ends the server at once, as a crash would (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // An error means that it has ended already.
            drop(child.kill());
            drop(child.wait());
        }
    }

    /// Ends the server in an orderly way (SIGTERM).
    pub async fn stop(&mut self) {
        self.signal(Signal::TERM);
        let Some(mut child) = self.child.take() else { return };
        let deadline = Instant::now() + PATIENCE;
        while matches!(child.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                drop(child.kill());
                panic!("the nats-server doesn't stop:\n{}", self.log());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Stops the server in its tracks (SIGSTOP): connections stay open and nothing is answered.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets a paused server go on (SIGCONT): it answers everything that came meanwhile.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// What the server is started with, to change it before [`Self::restart`].
    pub fn options_mut(&mut self) -> &mut NatsOptions {
        &mut self.options
    }

    /// Starts the server again on the same port and store; a running one is stopped first.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.launch().await;
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn signal(&self, signal: Signal) {
        let Some(child) = &self.child else { return };
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id");
        // An error means that it has ended already.
        kill_process(id, signal).ok();
    }

    /// Starts the server, again and again while somebody else has a port that it had before it was down: anybody's connection may have got it.
    async fn launch(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.launched(deadline).await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Starts the server once; says whether it runs, and not that a port of its was taken.
    async fn launched(&mut self, deadline: Instant) -> bool {
        let folder = self.folder.path();
        let configuration = folder.join("nats-server.conf");
        fs::write(&configuration, self.configuration()).expect("can't write the nats-server's configuration");
        // What is taken is told from what an earlier server said.
        let said_before = self.log().len();
        let program = program();
        let disk = self.options.disk.as_ref();
        let child = disk
            .map_or_else(|| Command::new(&program), |disk| disk.command(&program))
            .arg("--config")
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("can't start {}: {error}; run `make tools`", program.display()));
        let file = folder.join(format!("nats-server_{}.ports", child.id()));
        self.child = Some(child);
        let Some(ports) = self.wait_for(&file, said_before, deadline).await else { return false };
        // One with certificates says so in its address.
        self.client = address(&ports.nats, &["nats://", "tls://"]);
        self.monitor = address(&ports.monitoring, &["http://"]);
        // A killed server leaves it behind, and process ids come again.
        drop(fs::remove_file(file));
        true
    }

    /// Its ports, when it is ready; `None` where it ended since one is taken.
    async fn wait_for(&mut self, file: &Path, said_before: usize, deadline: Instant) -> Option<Ports> {
        loop {
            let text = fs::read_to_string(file).unwrap_or_default();
            if let Ok(ports) = serde_json::from_str(&text) {
                return Some(ports);
            }
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok()).flatten();
            if let Some(status) = ended {
                let log = self.log();
                let is_taken =
                    log.get(said_before..).is_some_and(|said| said.contains("address already in use"));
                assert!(is_taken && Instant::now() < deadline, "the nats-server ended with {status}:\n{log}");
                return None;
            }
            assert!(Instant::now() < deadline, "the nats-server isn't ready in time:\n{}", self.log());
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The configuration; ports that the server got once stay.
    fn configuration(&self) -> String {
        let port = |address: SocketAddr, asked: Option<u16>| match (address.port(), asked) {
            (0, None) => "-1".to_owned(),
            (0, Some(port)) | (port, _) => port.to_string(),
        };
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let folder = self.folder.path();
        let options = &self.options;
        let mut text = format!(
            "listen: \"127.0.0.1:{}\"\nhttp: \"127.0.0.1:{}\"\nports_file_dir: {}\nlog_file: {}\n",
            port(self.client, options.port),
            port(self.monitor, None),
            quoted(&folder.to_string_lossy()),
            quoted(&folder.join("log").to_string_lossy()),
        );
        let mut line = |line: String| writeln!(text, "{line}").expect("a String takes any text");
        if let Some(bytes) = options.payload_bytes_max {
            line(format!("max_payload: {bytes}"));
        }
        if let Some((user, password)) = &options.user {
            line(format!("authorization {{ user: {}, password: {} }}", quoted(user), quoted(password)));
        }
        if let Some(token) = &options.token {
            line(format!("authorization {{ token: {} }}", quoted(token)));
        }
        if let Some(fragment) = &options.fragment {
            line(fragment.clone());
        }
        if options.is_core_only {
            return text;
        }
        let store = quoted(&self.store().to_string_lossy());
        let bytes_max = options.file_store_bytes_max.unwrap_or(FILE_STORE_BYTES_MAX);
        line(format!(
            "jetstream {{ store_dir: {store}, sync_interval: always, max_file_store: {bytes_max} }}"
        ));
        text
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn address(urls: &[String], schemes: &[&str]) -> SocketAddr {
    let without_scheme = |url: &String| {
        let found = schemes.iter().find_map(|scheme| url.strip_prefix(scheme));
        found.and_then(|address| address.parse().ok())
    };
    let address = urls.first().and_then(without_scheme);
    address.unwrap_or_else(|| panic!("the nats-server's ports file has no {schemes:?} address: {urls:?}"))
}

/// The server's binary: `DOCMILL_NATS_SERVER`, else what `make tools` fetched, else the one on PATH.
pub fn program() -> PathBuf {
    let named = std::env::var_os("DOCMILL_NATS_SERVER").map(PathBuf::from);
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/bin/nats-server");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("nats-server"));
    let mut candidates = named.into_iter().chain([fetched]).chain(on_path);
    candidates
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| panic!("no nats-server: run `make tools`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_store_survives_a_kill_and_a_restart_on_the_same_port() {
        let mut server = NatsServer::start().await;
        let url = server.url();
        let config = async_nats::jetstream::stream::Config { name: "S".into(), ..Default::default() };
        let jetstream = async_nats::jetstream::new(async_nats::connect(&url).await.unwrap());
        jetstream.create_stream(config).await.unwrap();
        jetstream.publish("S", "1".into()).await.unwrap().await.unwrap();
        server.kill();
        assert!(tokio::net::TcpStream::connect(server.client).await.is_err());
        server.restart().await;
        server.restart().await;
        assert_eq!(server.url(), url);
        let jetstream = async_nats::jetstream::new(async_nats::connect(&url).await.unwrap());
        assert_eq!(jetstream.get_stream("S").await.unwrap().cached_info().state.messages, 1);
        let folder = server.folder.path().to_owned();
        drop(server);
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn a_port_that_was_taken_meanwhile_is_waited_for() {
        let mut server = NatsServer::start().await;
        let (monitor, log) = (server.monitor_url(), server.folder.path().join("log"));
        server.kill();
        let taken = std::net::TcpListener::bind(server.monitor).unwrap();
        let given_back = async {
            while !fs::read_to_string(&log).unwrap().contains("address already in use") {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            drop(taken);
        };
        tokio::join!(server.restart(), given_back);
        assert_eq!(server.monitor_url(), monitor);
    }
}
