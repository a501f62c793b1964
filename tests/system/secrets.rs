//! Secrets where others on the machine could see them: arguments, and the environment of those who don't need any.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use docmill_contract::outcome::Status;
use docmill_mock_llm::Faults;
use docmill_testkit::nats::NatsOptions;
use docmill_tests::program;
use regex::Regex;
use tokio::process::Command;

use crate::rig::{Rig, WorkerProcess, eventually, sample};

const API_KEY: &str = "sk-of-the-endpoint-and-nobody-else";
const NATS_PASSWORD: &str = "of-the-worker-and-NATS";
const SECRETS: [&str; 2] = [API_KEY, NATS_PASSWORD];
const SAMPLE: &str = "invoice/english-classic.pdf";

/// Options whose names say something of secrets, and that take none: files, folders and numbers.
const NO_SECRETS: [&str; 6] = [
    "--password-file",
    "--password-secret",
    "--passwords",
    "--token-seconds",
    "--token-status",
    "--tokens-per-minute",
];

async fn help(name: &str, arguments: &[&str]) -> String {
    let said = Command::new(program(name)).args(arguments).arg("--help").output().await.unwrap();
    assert!(said.status.success(), "{name} {arguments:?}");
    String::from_utf8(said.stdout).unwrap()
}

#[tokio::test]
async fn no_option_takes_a_secret() {
    let mut texts = Vec::new();
    for name in ["docmill-processor", "docmill-analyser", "mock-llm", "docmill"] {
        texts.push(help(name, &[]).await);
    }
    // `docmill` has commands, and some of them have commands of their own.
    let named = Regex::new(r"(?m)^  ([a-z]+)(?:  |$)").unwrap();
    let commands = |help: &str| -> Vec<String> {
        let listed =
            help.split_once("Commands:").map(|(_, rest)| rest.split("\n\n").next().unwrap_or_default());
        named
            .captures_iter(listed.unwrap_or_default())
            .map(|found| found[1].to_owned())
            .filter(|name| name != "help")
            .collect()
    };
    let mut open: Vec<Vec<String>> = commands(&texts[3]).into_iter().map(|name| vec![name]).collect();
    assert!(open.len() > 10, "{open:?}");
    while let Some(path) = open.pop() {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let text = help("docmill", &words).await;
        open.extend(commands(&text).into_iter().map(|name| [path.clone(), vec![name]].concat()));
        texts.push(text);
    }
    let suspicious = Regex::new(r"--[a-z-]*(?:password|secret|token|key|credential|auth)[a-z-]*").unwrap();
    let found: BTreeSet<&str> =
        texts.iter().flat_map(|text| suspicious.find_iter(text)).map(|found| found.as_str()).collect();
    assert_eq!(found, BTreeSet::from(NO_SECRETS));
}

/// A file of a process below `/proc`, as text.
fn of_process(id: u32, file: &str) -> String {
    let bytes = std::fs::read(Path::new("/proc").join(id.to_string()).join(file)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}

/// The processes that descend from one, without it.
fn descendants(of: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    // Behind the name in brackets: state, then the parent.
    let parent = |id: u32| -> Option<u32> {
        of_process(id, "stat").rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
    };
    let children: Vec<u32> = all.filter(|&id| parent(id) == Some(of)).collect();
    let below: Vec<u32> = children.iter().flat_map(|&id| descendants(id)).collect();
    [children, below].concat()
}

fn expect_no_secret(text: &str, what: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{what} has {secret}: {text}");
    }
}

/// The worker's own arguments, and everything of its reading children.
async fn look_at(worker: &WorkerProcess) {
    expect_no_secret(&of_process(worker.id(), "cmdline"), "the worker's command line");
    let readers = eventually("a reading child", async || {
        let below = descendants(worker.id());
        let reads = |&id: &u32| of_process(id, "cmdline").contains("read-documents");
        (below.iter().any(reads)).then_some(below)
    })
    .await;
    for id in readers {
        expect_no_secret(&of_process(id, "cmdline"), "a reading child's command line");
        assert_eq!(of_process(id, "environ"), "", "a reading child has an environment");
    }
    expect_no_secret(&worker.log(), "the log");
}

#[tokio::test]
async fn neither_arguments_nor_reading_children_have_secrets() {
    let login = format!("authorization {{ users: [{{user: mill, password: \"{NATS_PASSWORD}\"}}] }}");
    let options = NatsOptions { fragment: Some(login), ..Default::default() };
    let user = [("DOCMILL_NATS__USER", "mill"), ("DOCMILL_NATS__PASSWORD", NATS_PASSWORD)];
    let mut rig = Rig::start_with_login(options, &user).await;
    rig.provision().await;

    // By a file.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("docmill.toml");
    let text =
        format!("[nats]\nuser = \"mill\"\npassword = \"{NATS_PASSWORD}\"\n[llm]\napi_key = \"{API_KEY}\"\n");
    std::fs::write(&file, text).unwrap();
    rig.set("DOCMILL_CONFIG", file.to_str().unwrap()).set("DOCMILL_LOG__LEVEL", "trace");
    let by_file = rig.processor();
    rig.submit(SAMPLE, "by-file").await;
    assert_eq!(rig.outcome("by-file").await.status, Status::Verified);
    look_at(&by_file).await;
    by_file.kill().await;

    // By the environment.
    rig.set("DOCMILL_CONFIG", "").set("DOCMILL_LLM__API_KEY", API_KEY);
    for (key, value) in user {
        rig.set(key, value);
    }
    let (by_environment, analyser) = (rig.processor(), rig.analyser());
    assert!(
        of_process(by_environment.id(), "environ").contains(API_KEY),
        "the test looks at the wrong thing"
    );
    rig.submit("invoice/german-modern.pdf", "by-environment").await;
    assert_eq!(rig.outcome("by-environment").await.status, Status::Verified);
    look_at(&by_environment).await;
    expect_no_secret(&of_process(analyser.id(), "cmdline"), "the analyser's command line");
}

#[tokio::test]
async fn what_a_run_starts_has_no_secret_in_its_arguments_and_only_workers_have_the_key() {
    let rig = Rig::start().await;
    // The run is looked at while a worker waits for its answer.
    rig.mock.control(Faults { delay_ms: 60_000, ..Faults::default() });
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new(program("docmill"))
        .arg("run")
        .arg(sample(SAMPLE))
        .arg("--state")
        .arg(folder.path().join("state"))
        .arg("--output")
        .arg(folder.path().join("out"))
        .env("DOCMILL_NATS_SERVER", docmill_testkit::nats::program())
        .env("DOCMILL_LLM__BASE_URL", rig.mock.url())
        .env("DOCMILL_LLM__MODEL", "mock-llm")
        .env("DOCMILL_LLM__API_KEY", API_KEY)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    rig.calls_in_flight(1).await;
    let below = descendants(run.id().unwrap());
    let mut holders = BTreeSet::new();
    for &id in &below {
        let line = of_process(id, "cmdline");
        expect_no_secret(&line, "a command line");
        if of_process(id, "environ").contains(API_KEY) {
            let path = line.split(' ').next().unwrap_or_default().to_owned();
            holders.insert(Path::new(&path).file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    // Server, two workers and a reader at least.
    assert!(below.len() >= 4, "{below:?}");
    assert_eq!(holders, BTreeSet::from(["docmill-analyser".to_owned(), "docmill-processor".to_owned()]));
}
