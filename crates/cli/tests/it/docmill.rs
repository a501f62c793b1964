//! The program under test, its environment, and what it left in NATS.

use std::path::Path;
use std::process::{Command, Output};

use docmill_chassis::config::{NatsSettings, Problems, Sections};
use docmill_chassis::connect::Nats;
use docmill_chassis::delivery::Trace;
use docmill_chassis::jobs::Jobs;
use docmill_chassis::provision::{StoreSettings, provision};
use docmill_chassis::stores::Stores;
use docmill_contract::outcome::Outcome;
use docmill_testkit::nats::NatsServer;
use serde_json::{Value, json};

/// A provisioned server, and a client that looks at it beside the program.
pub(crate) struct Fixture {
    pub(crate) server: NatsServer,
    pub(crate) nats: Nats,
    pub(crate) stores: Stores,
    pub(crate) jobs: Jobs,
    pub(crate) folder: tempfile::TempDir,
}

/// What the program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        let server = NatsServer::start().await;
        let mut problems = Problems::default();
        let address = ("DOCMILL_NATS__URL".to_owned(), server.url());
        let sections = Sections::load(None, [address], &mut problems);
        let settings = NatsSettings::read(&sections, &mut problems);
        let limits = StoreSettings::read(&sections, &mut problems);
        assert!(problems.is_empty(), "{problems}");
        docmill_chassis::run::install_tls();
        let nats = Nats::connect(&settings, "test").await.unwrap();
        nats.ready(std::time::Duration::from_secs(30)).await.unwrap();
        provision(&nats, &settings, &limits).await.unwrap();
        let (stores, jobs) = (Stores::new(&nats), Jobs::new(&nats));
        Self { server, nats, stores, jobs, folder: tempfile::tempdir().unwrap() }
    }

    /// Runs the program against the server.
    pub(crate) fn docmill(&self, arguments: &[&str]) -> Said {
        let url = self.server.url();
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--nats", &url]).collect();
        docmill(self.folder.path(), &arguments)
    }

    /// Writes a file below the test's folder.
    pub(crate) fn file(&self, path: &str, content: &[u8]) {
        write(self.folder.path(), path, content);
    }

    /// Writes an outcome as the processor does.
    pub(crate) async fn put_outcome(&self, outcome: &Outcome) {
        self.stores.outcomes.replace(outcome, 0, &Trace::default()).await.unwrap();
    }
}

pub(crate) fn write(folder: &Path, path: &str, content: &[u8]) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// The program, in `folder`, without any setting of whoever runs the tests.
pub(crate) fn command(program: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("DOCMILL_")) {
        command.env_remove(key);
    }
    command.current_dir(folder).args(arguments);
    command
}

/// Runs the program to its end.
#[track_caller]
pub(crate) fn docmill(folder: &Path, arguments: &[&str]) -> Said {
    command(Path::new(env!("CARGO_BIN_EXE_docmill")), folder, arguments).output().unwrap().into()
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), output: text(output.stdout), errors: text(output.stderr) }
    }
}

impl Said {
    /// Asserts success, and that what was printed is JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        serde_json::from_str(&self.output).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts success, and the words in what was printed.
    #[track_caller]
    pub(crate) fn prints(&self, expected: &[&str]) {
        assert_eq!(self.code, Some(0), "{self:?}");
        for word in expected {
            assert!(self.output.contains(word), "{word:?} is not in {self:?}");
        }
    }

    /// Asserts the exit code, an error in one sentence with these words, and nothing printed.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, expected: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.errors.contains(expected), "{expected:?} is not in {self:?}");
        assert_eq!(self.output, "", "{self:?}");
    }
}

/// A document's outcome with one proved value; or, with a reason, a failed one. It is of a later job than any that a test
/// publishes.
pub(crate) fn outcome(collection: &str, document: &str, failure: Option<&str>) -> Outcome {
    let mut outcome = json!({
        "version": 1, "collection": collection, "document": document, "name": format!("{document}.pdf"),
        "revision": 1, "work_key": "0".repeat(64), "status": "verified",
        "source": {"pages": 2, "pages_read": 2, "job_sequence": 9_000_000_000_000_000_u64},
        "data": {"total": "12.00"},
        "evidence": [{"pointer": "/total", "page": 1, "box": [1.0, 2.0, 3.0, 4.0], "text": "12,00",
                      "verified_by": "text", "via": "llm"}],
        "usage": {"calls": 1, "replayed_calls": 0, "failed_calls": 0, "repeated_calls": 0,
                  "prompt_tokens": 10, "completion_tokens": 5, "cost": null},
        "engine": {"docmill": "0"}
    });
    if let Some(reason) = failure {
        outcome["status"] = json!("failed");
        outcome["failure"] = json!({"code": "not_a_pdf", "reason": reason, "stage": "read", "attempts": 1});
        outcome["data"] = Value::Null;
        outcome["evidence"] = json!([]);
    }
    serde_json::from_value(outcome).unwrap()
}
