//! A whole docmill on free ports: nats-server, mock-llm, and as many worker processes as a test starts.
//!
//! Everything is killed when it is dropped. Waiting is for something to be seen, with a deadline, never for time to
//! pass.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream;
use bytes::Bytes;
use docmill_chassis::config::{NatsSettings, Problems, Sections};
use docmill_chassis::connect::Nats;
use docmill_chassis::provision::{StoreSettings, provision};
use docmill_chassis::stores::Stores;
use docmill_contract::failure::FailureCode;
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::names;
use docmill_contract::outcome::Outcome;
use docmill_mock_llm::{Faults, MockLlm, Options};
use docmill_testkit::nats::{NatsOptions, NatsServer};
use docmill_tests::{program, repository};
use futures_util::StreamExt as _;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// How long anything may take to be seen. Far above what it takes, so that only a fault meets it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often something is looked at that can't announce itself: another process, a server's state.
const LOOK_EVERY: Duration = Duration::from_millis(20);

pub(crate) struct Rig {
    pub(crate) nats: NatsServer,
    pub(crate) mock: MockLlm,
    pub(crate) connection: Nats,
    pub(crate) stores: Stores,
    pub(crate) passwords: TempDir,
    settings: NatsSettings,
    store_settings: StoreSettings,
    workers: Vec<(String, String)>,
    /// Each worker logs in as its own user.
    has_accounts: bool,
}

/// The password that tests give a user of the example accounts.
pub(crate) fn password_of(user: &str) -> String {
    format!("{user}-password")
}

/// The example accounts with passwords in place of the server's environment.
pub(crate) fn example_accounts() -> String {
    let file = std::fs::read_to_string(repository().join("deploy/nats/accounts.conf")).unwrap();
    let users = ["processor", "analyser", "publisher", "operator"];
    let variables = users
        .map(|user| format!("DOCMILL_{}_PASSWORD: \"{}\"\n", user.to_uppercase(), password_of(user)))
        .concat();
    variables + &file
}

/// A worker process; killed when dropped.
pub(crate) struct WorkerProcess {
    child: Child,
    logs: TempDir,
}

impl Rig {
    /// Everything but workers, provisioned.
    pub(crate) async fn start() -> Self {
        let rig = Self::start_unprovisioned(NatsOptions::default()).await;
        rig.provision().await;
        rig
    }

    /// As [`Self::start`], with consumers that give a silent worker's job away after so many seconds.
    pub(crate) async fn start_with_ack_wait(seconds: u64) -> Self {
        let mut rig = Self::start_unprovisioned(NatsOptions::default()).await;
        rig.settings.ack_wait = Duration::from_secs(seconds);
        rig.provision().await;
        rig
    }

    /// As [`Self::start`], with both lanes.
    pub(crate) async fn start_with_both_lanes() -> Self {
        let mut rig = Self::start_unprovisioned(NatsOptions::default()).await;
        rig.settings.lanes = names::Lane::ALL.to_vec();
        rig.provision().await;
        rig
    }

    /// As [`Self::start`], with the example accounts: the test itself is the operator.
    pub(crate) async fn start_with_accounts() -> Self {
        let options = NatsOptions { fragment: Some(example_accounts()), ..Default::default() };
        let password = password_of("operator");
        let login = [("DOCMILL_NATS__USER", "operator"), ("DOCMILL_NATS__PASSWORD", password.as_str())];
        let mut rig = Self::start_with_login(options, &login).await;
        rig.has_accounts = true;
        rig.provision().await;
        rig
    }

    /// What `docmill` says as JSON, null where it says nothing; it must succeed.
    pub(crate) async fn docmill(&self, arguments: &[&str]) -> Value {
        let said = Command::new(program("docmill"))
            .args(["--json", "--nats", &self.nats.url()])
            .args(arguments)
            .output()
            .await
            .unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        serde_json::from_slice(&said.stdout).unwrap_or_default()
    }

    /// Everything but workers and streams.
    pub(crate) async fn start_unprovisioned(options: NatsOptions) -> Self {
        Self::start_with_login(options, &[]).await
    }

    /// As [`Self::start_unprovisioned`], where the test itself logs in by these settings.
    pub(crate) async fn start_with_login(options: NatsOptions, login: &[(&str, &str)]) -> Self {
        docmill_chassis::run::install_tls();
        let nats = NatsServer::start_with(options).await;
        let mock = MockLlm::start(Options::default()).await.unwrap();
        let mut problems = Problems::default();
        let login = login.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
        let variables = login.chain([("DOCMILL_NATS__URL".to_owned(), nats.url())]);
        let sections = Sections::load(None, variables, &mut problems);
        let settings = NatsSettings::read(&sections, &mut problems);
        let store_settings = StoreSettings::read(&sections, &mut problems);
        assert!(problems.is_empty(), "{problems}");
        let connection = Nats::connect(&settings, "system test").await.unwrap();
        Self {
            stores: Stores::new(&connection),
            passwords: tempfile::tempdir().unwrap(),
            nats,
            mock,
            connection,
            settings,
            store_settings,
            workers: Vec::new(),
            has_accounts: false,
        }
    }

    pub(crate) async fn provision(&self) {
        provision(&self.connection, &self.settings, &self.store_settings).await.unwrap();
    }

    /// A setting for the workers that are started from now on.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> &mut Self {
        self.workers.push((key.to_owned(), value.to_owned()));
        self
    }

    /// What was set, or where the mock is.
    pub(crate) fn llm_base_url(&self) -> String {
        let set = self.workers.iter().rev().find(|(key, _)| key == "DOCMILL_LLM__BASE_URL");
        set.map_or_else(|| self.mock.url(), |(_, url)| url.clone())
    }

    pub(crate) fn processor(&self) -> WorkerProcess {
        self.worker("docmill-processor")
    }

    pub(crate) fn analyser(&self) -> WorkerProcess {
        self.worker("docmill-analyser")
    }

    fn worker(&self, name: &str) -> WorkerProcess {
        let logs = tempfile::tempdir().unwrap();
        let log = std::fs::File::create(logs.path().join("log")).unwrap();
        let mut command = Command::new(program(name));
        command
            .env("DOCMILL_NATS__URL", self.nats.url())
            .env("DOCMILL_LLM__BASE_URL", self.mock.url())
            .env("DOCMILL_LLM__MODEL", "mock-llm")
            .env("DOCMILL_HTTP__LISTEN", "127.0.0.1:0")
            .env("DOCMILL_PDF__PASSWORDS_FOLDER", self.passwords.path())
            // Hand-backs come again at once, so that no test waits for them.
            .env("DOCMILL_WORKER__HAND_BACK_DELAY_MIN_SECONDS", "0")
            .env("DOCMILL_NATS__PULL_EXPIRES_SECONDS", "1")
            .env("DOCMILL_ANALYSIS__QUIET_SECONDS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true);
        if let Some(user) = name.strip_prefix("docmill-").filter(|_| self.has_accounts) {
            command.env("DOCMILL_NATS__USER", user).env("DOCMILL_NATS__PASSWORD", password_of(user));
        }
        for (key, value) in &self.workers {
            command.env(key, value);
        }
        WorkerProcess { child: command.spawn().unwrap(), logs }
    }

    /// Stores a PDF under its digest and returns that name.
    pub(crate) async fn store(&self, pdf: &Bytes) -> String {
        self.stores.documents.put(pdf).await.unwrap()
    }

    /// Publishes a message as any NATS client would, and waits for the acknowledgement.
    pub(crate) async fn publish(&self, subject: &str, headers: HeaderMap, body: impl Into<Bytes>) {
        let published =
            self.connection.jetstream.publish_with_headers(subject.to_owned(), headers, body.into());
        published.await.unwrap().await.unwrap();
    }

    /// Publishes a JSON job on a collection's bulk subject.
    pub(crate) async fn publish_job(&self, collection: &str, job: &Value) {
        self.publish(&format!("docmill.jobs.process.bulk.{collection}"), HeaderMap::new(), job.to_string())
            .await;
    }

    /// Stores a sample and publishes its job.
    pub(crate) async fn submit(&self, sample: &str, document: &str) {
        let object = self.store(&sample_pdf(sample)).await;
        let (profile, _) = sample.split_once('/').unwrap();
        self.publish_job(
            "q3",
            &serde_json::json!({"source": {"object": object}, "document": document, "profile": profile}),
        )
        .await;
    }

    /// The document's outcome in collection `q3`, as soon as it is there.
    pub(crate) async fn outcome(&self, document: &str) -> Outcome {
        self.outcome_where("q3", document, |_| true).await
    }

    /// The document's outcome, as soon as one is there that `is_it` takes.
    pub(crate) async fn outcome_where(
        &self,
        collection: &str,
        document: &str,
        is_it: impl Fn(&Outcome) -> bool,
    ) -> Outcome {
        let (collection, document) = (id(collection), document.parse::<DocumentId>().unwrap());
        let what = format!("an outcome of {collection}/{document}");
        let subject = names::outcome_subject(&collection, &document);
        let mut changes = self.connection.client.subscribe(subject).await.unwrap();
        let seen = async {
            loop {
                if let Ok(Some(kept)) = self.stores.outcomes.current(&collection, &document).await
                    && is_it(&kept.value)
                {
                    return kept.value;
                }
                // A restarted server forgets nothing, but a message may have passed meanwhile: look again.
                drop(tokio::time::timeout(Duration::from_millis(500), changes.next()).await);
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("{what} did not appear"))
    }

    /// Fails unless the outcome is a failure with this code, whose reason names what it should.
    pub(crate) async fn expect_failure(
        &self,
        collection: &str,
        document: &str,
        code: FailureCode,
        reason: &str,
    ) {
        let outcome = self.outcome_where(collection, document, |_| true).await;
        let failure =
            outcome.failure.unwrap_or_else(|| panic!("{document} has a record: {:?}", outcome.data));
        assert_eq!(failure.code, code, "{}", failure.reason);
        assert!(failure.reason.contains(reason), "{:?} lacks {reason:?}", failure.reason);
        assert_eq!(outcome.data, None);
        // The outcome is there first; its dead letter follows.
        eventually("the dead letter", async || {
            let letters =
                self.stores.dead_letters.get(&id(collection), &document.parse().unwrap()).await.ok()?;
            letters.iter().any(|letter| letter.value.failure.code == code).then_some(())
        })
        .await;
    }

    /// Waits until no job is waiting or in progress on a work queue.
    pub(crate) async fn drained(&self, work: names::Work) {
        eventually("the queue is empty", async || {
            let stream = self.connection.jetstream.get_stream(work.stream()).await.ok()?;
            let info = stream.get_info().await.ok()?;
            (info.state.messages == 0).then_some(())
        })
        .await;
    }

    /// How many outcomes a collection has, one per document.
    pub(crate) async fn outcomes(&self, collection: &str) -> u64 {
        self.stores.outcomes.count(&id(collection)).await.unwrap()
    }

    /// Waits until the mock has this many calls on the wire.
    pub(crate) async fn calls_in_flight(&self, count: u64) {
        eventually("a call is in flight", async || (self.mock.stats().in_flight >= count).then_some(()))
            .await;
    }

    /// Makes every answer of the mock take this long.
    pub(crate) fn slow_mock(&self, delay_ms: u64) {
        self.mock.control(Faults { delay_ms, ..Faults::default() });
    }

    pub(crate) fn jetstream(&self) -> &jetstream::Context {
        &self.connection.jetstream
    }
}

impl WorkerProcess {
    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// The processes that it has started.
    pub(crate) fn children(&self) -> Vec<Pid> {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id().unwrap())).unwrap();
        let lists = threads.map(|thread| std::fs::read_to_string(thread.unwrap().path().join("children")));
        let ids =
            lists.flat_map(|list| list.unwrap().split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        ids.map(|id| Pid::from_raw(id.parse().unwrap()).unwrap()).collect()
    }

    /// kill -9.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM; returns the exit code.
    pub(crate) async fn terminate(mut self) -> Option<i32> {
        self.signal(Signal::TERM);
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        status.unwrap_or_else(|_| panic!("the worker did not end:\n{}", self.log())).unwrap().code()
    }

    /// SIGTERM, without waiting.
    pub(crate) fn begin_to_terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// The exit code once it has ended.
    pub(crate) async fn ended(mut self) -> Option<i32> {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap().code()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.logs.path().join("log")).unwrap_or_default()
    }

    /// Waits until the log has a line with `text`.
    pub(crate) async fn logged(&self, text: &str) {
        eventually(text, async || self.log().contains(text).then_some(())).await;
    }
}

/// A port that nothing listens on.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What a server of the test's own answers: status and body.
pub(crate) async fn get(url: &str) -> Result<(u16, Vec<u8>), reqwest::Error> {
    let mut response = reqwest::get(url).await?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
    }
    Ok((response.status().as_u16(), body))
}

/// Waits until `look` sees something.
pub(crate) async fn eventually<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    let seen = async {
        loop {
            looks.tick().await;
            if let Some(seen) = look().await {
                return seen;
            }
        }
    };
    tokio::time::timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("never seen: {what}"))
}

pub(crate) fn id(collection: &str) -> CollectionId {
    collection.parse().unwrap()
}

/// A sample's path: `invoice/english-classic.pdf`.
pub(crate) fn sample(path: &str) -> PathBuf {
    repository().join("samples").join(path)
}

pub(crate) fn sample_pdf(path: &str) -> Bytes {
    std::fs::read(sample(path)).unwrap().into()
}

/// What a sample's record should be.
pub(crate) fn sample_truth(path: &str) -> Value {
    let text = std::fs::read_to_string(sample(path).with_extension("truth.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}
