//! What the chart renders for Kyma, with processes in the place of pods: NATS with its configuration, TLS and a login for each program, the Job
//! that provisions, both workers, a publisher, the CronJob that reconciles, and what KEDA asks.
//!
//! Commands, environment, configuration and mounts are the rendering's; only addresses and the paths of mounts are put in the place of
//! a pod's.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use docmill_mock_llm::{MockLlm, Options};
use docmill_tests::{program, repository};
use rcgen::{CertificateParams, KeyPair};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::keda::{Keda, ScaledObject};
use crate::rig::{eventually, free_port, sample};

/// Where NATS is in the cluster, and what its certificate is for.
const SERVICE: &str = "docmill-nats.docmill.svc";

/// The release as a folder and ports of this machine.
struct Release {
    objects: Vec<Value>,
    folder: TempDir,
    client_port: u16,
    monitor_port: u16,
    mock: MockLlm,
}

/// The password under a key of the Secret with the logins.
fn password(login: &str) -> String {
    format!("p{login}")
}

impl Release {
    async fn render() -> Self {
        let said = Command::new("python3")
            .args([
                "-B",
                "scripts/helm/helm.py",
                "template",
                "--values",
                "charts/docmill/ci/kyma-values.yaml",
            ])
            .args(["--name", "docmill", "--namespace", "docmill"])
            .current_dir(repository())
            .output()
            .await
            .unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let text = String::from_utf8(said.stdout).unwrap();
        let release = Self {
            objects: serde_saphyr::from_multiple(&text).unwrap(),
            folder: tempfile::tempdir().unwrap(),
            client_port: free_port(),
            monitor_port: free_port(),
            mock: MockLlm::start(Options::default()).await.unwrap(),
        };
        release.mount();
        release
    }

    /// Everything that pods mount, below the folder.
    fn mount(&self) {
        for object in self.objects.iter().filter(|object| object["kind"] == "ConfigMap") {
            for (name, text) in object["data"].as_object().unwrap() {
                let folder = if name == "docmill.toml" { "/etc/docmill" } else { "/etc/nats" };
                self.write(&format!("{folder}/{name}"), &self.here(text.as_str().unwrap()));
            }
        }
        // As docs/kubernetes.md makes it: its own authority.
        let key = KeyPair::generate().unwrap();
        let names = vec![SERVICE.to_owned(), "localhost".to_owned()];
        let pem = CertificateParams::new(names).unwrap().self_signed(&key).unwrap().pem();
        self.write("/etc/nats-tls/tls.crt", &pem);
        self.write("/etc/nats-tls/tls.key", &key.serialize_pem());
        self.write("/etc/docmill-nats-ca/ca.crt", &pem);
    }

    fn path(&self, of_pod: &str) -> PathBuf {
        self.folder.path().join(of_pod.trim_start_matches('/'))
    }

    fn write(&self, of_pod: &str, text: &str) {
        let path = self.path(of_pod);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A text with this machine's addresses and paths in the place of a pod's.
    fn here(&self, text: &str) -> String {
        let root = self.folder.path().display();
        text.replace(&format!("{SERVICE}:4222"), &format!("localhost:{}", self.client_port))
            .replace("0.0.0.0:4222", &format!("127.0.0.1:{}", self.client_port))
            .replace("0.0.0.0:8222", &format!("127.0.0.1:{}", self.monitor_port))
            .replace("0.0.0.0:8080", "127.0.0.1:0")
            .replace("https://llm.example.com/v1", &self.mock.url())
            .replace("/etc/", &format!("{root}/etc/"))
            .replace("/data", &format!("{root}/data"))
    }

    /// The container of an object's pods.
    fn container(&self, kind: &str, name: &str) -> &Value {
        let object = self
            .objects
            .iter()
            .find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
            .unwrap_or_else(|| panic!("there is no {kind} {name}"));
        let template = match kind {
            "CronJob" => &object["spec"]["jobTemplate"]["spec"]["template"],
            _ => &object["spec"]["template"],
        };
        &template["spec"]["containers"][0]
    }

    /// A container as a process of this machine, which knows nothing of the test's own environment.
    fn process(&self, kind: &str, name: &str, image: &Path) -> Command {
        let container = self.container(kind, name);
        let named = container["command"][0].as_str().map(|path| Path::new(path).file_name().unwrap());
        let program = named.map_or_else(|| image.to_owned(), |name| program(name.to_str().unwrap()));
        let mut command = Command::new(program);
        command.env_clear().stdin(Stdio::null()).kill_on_drop(true);
        for argument in container["args"].as_array().into_iter().flatten() {
            command.arg(self.here(argument.as_str().unwrap()));
        }
        for variable in container["env"].as_array().into_iter().flatten() {
            let source = &variable["valueFrom"];
            let value = match variable["value"].as_str() {
                Some(text) => self.here(text),
                None if source["fieldRef"]["fieldPath"] == "metadata.name" => format!("{name}-0"),
                None if source["resourceFieldRef"]["resource"] == "limits.memory" => "2147483648".to_owned(),
                None => match &source["secretKeyRef"] {
                    secret if secret["name"] == "docmill-logins" => password(secret["key"].as_str().unwrap()),
                    secret if secret["name"] == "docmill-llm" => "key".to_owned(),
                    other => panic!("{variable} of {other}"),
                },
            };
            command.env(variable["name"].as_str().unwrap(), value);
        }
        command
    }

    fn start(&self, kind: &str, name: &str, image: &Path) -> Child {
        let log = std::fs::File::create(self.folder.path().join(name)).unwrap();
        let mut command = self.process(kind, name, image);
        command.stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// `docmill` of somebody outside, with the login and the authority that NOTES.txt says.
    async fn docmill(&self, login: &str, arguments: &[&str]) -> Output {
        Command::new(program("docmill"))
            .args(arguments)
            .env("DOCMILL_NATS__URL", format!("tls://localhost:{}", self.client_port))
            .env("DOCMILL_NATS__CA_FILE", self.path("/etc/docmill-nats-ca/ca.crt"))
            .env("DOCMILL_NATS__USER", login)
            .env("DOCMILL_NATS__PASSWORD", password(login))
            .output()
            .await
            .unwrap()
    }
}

#[track_caller]
fn succeeded(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn what_the_chart_renders_does_the_work() {
    docmill_chassis::run::install_tls();
    let release = Release::render().await;
    let processor = program("docmill-processor");
    let _nats = release.start("StatefulSet", "docmill-nats", &docmill_testkit::nats::program());
    let monitor = format!("http://127.0.0.1:{}", release.monitor_port);
    eventually("NATS", async || reqwest::get(format!("{monitor}/healthz")).await.ok()).await;

    succeeded(release.process("Job", "docmill-provision-1", &processor).output().await.unwrap());
    let _workers = (
        release.start("Deployment", "docmill-processor-bulk", &processor),
        release.start("Deployment", "docmill-analyser-bulk", &program("docmill-analyser")),
    );
    let invoices = sample("invoice/english-classic.pdf");
    let submit =
        ["submit", "--collection", "q3", "--profile", "invoice", "--wait", invoices.to_str().unwrap()];
    let said = succeeded(release.docmill("publisher", &submit).await);
    assert!(said.contains("verified"), "{said}\n{}", release.log("docmill-processor-bulk"));
    eventually("the collection is done", async || {
        let status = succeeded(release.docmill("operator", &["status", "q3", "--json"]).await);
        let status: Value = serde_json::from_str(&status).unwrap();
        (status["collection"]["done"] == true).then_some(())
    })
    .await;

    let said = succeeded(release.process("CronJob", "docmill-reconcile", &processor).output().await.unwrap());
    let found: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&found[0]["collection"], &found[0]["put_back"]), (&"q3".into(), &Value::Array(Vec::new())));

    // Nobody gets in without a login, or with another's part.
    assert!(!release.docmill("stranger", &["status"]).await.status.success());
    assert!(!release.docmill("publisher", &["forget", "q3", "--yes"]).await.status.success());

    let scaled = release.objects.iter().filter(|object| object["kind"] == "ScaledObject");
    let lags = scaled.map(async |object| ScaledObject::of(object).lag(&monitor, Keda::Since220).await);
    assert_eq!(futures_util::future::join_all(lags).await, [Ok(0), Ok(0)]);
}
