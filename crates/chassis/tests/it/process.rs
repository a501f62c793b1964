//! Signals, which only a process of its own can take: this test binary runs itself as a worker whose jobs never end.

use std::process::{ExitCode, Stdio};
use std::time::Duration;

use docmill_chassis::config;
use docmill_chassis::delivery::Delivery;
use docmill_chassis::run::{Chassis, Worker, run};
use docmill_chassis::settle::Verdict;
use docmill_chassis::signal;
use docmill_chassis::telemetry::{self, Program};
use docmill_chassis::traces::Traces;
use docmill_contract::failure::Failure;
use docmill_contract::names::Work;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::Instant;

use crate::harness::{Site, settings, soon};

/// Tells the child where NATS is; without it, the test that is the child has nothing to do.
const URL_VARIABLE: &str = "CHASSIS_TEST_NATS_URL";

struct NeverDone;

impl Worker for NeverDone {
    fn work(&self) -> Work {
        Work::Process
    }

    async fn handle(&self, _delivery: Delivery) -> Verdict {
        tracing::info!("job begun");
        std::future::pending().await
    }

    async fn give_up(&self, _delivery: Delivery, _failure: Failure) -> Verdict {
        Verdict::Done
    }
}

#[tokio::test]
#[ignore = "the child process of the tests below"]
async fn child() {
    let Some((_, url)) = config::environment().find(|(key, _)| key == URL_VARIABLE) else { return };
    let mut settings = settings(url);
    settings.worker.drain = Duration::from_secs(60);
    settings.log.format = config::LogFormat::Json;
    // This test's own lines: its target isn't one of docmill's.
    settings.log.level = "info,it=info".to_owned();
    telemetry::start(&settings.log, &Traces::default(), Program { name: "child", version: "0" });
    let chassis = Chassis::mount("child", settings, Instant::now()).await.unwrap();
    let shutdown = signal::shutdown(&chassis.tasks).unwrap();
    let code = run(chassis, NeverDone, shutdown).await;
    assert_eq!(code, ExitCode::SUCCESS);
}

fn spawn_child(site: &Site) -> (Child, Lines<BufReader<ChildStderr>>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process::child", "--ignored", "--nocapture"])
        .env(URL_VARIABLE, site.server.url())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let log = BufReader::new(child.stderr.take().unwrap()).lines();
    (child, log)
}

async fn terminate(child: &Child) {
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
}

/// Reads the log until a line says `message`.
async fn logged(log: &mut Lines<BufReader<ChildStderr>>, message: &str) -> serde_json::Value {
    let read = async {
        while let Some(line) = log.next_line().await.unwrap() {
            // Other lines than the log's own are the test runner's.
            let Ok(line) = serde_json::from_str::<serde_json::Value>(&line) else { continue };
            if line["message"].as_str().is_some_and(|found| found.starts_with(message)) {
                return line;
            }
        }
        panic!("the child ended without saying {message:?}");
    };
    soon(message, read).await
}

#[tokio::test]
async fn the_first_signal_drains_and_the_second_ends_the_process_at_once() {
    let site = Site::start().await;
    let (mut child, mut log) = spawn_child(&site);
    logged(&mut log, "starting").await;
    let first_pull = logged(&mut log, "first pull").await;
    assert!(first_pull["since_start_ms"].is_u64(), "{first_pull}");
    site.publish("one").await;
    let begun = logged(&mut log, "job begun").await;
    assert_eq!(begun["span"]["sequence"], 1, "{begun}");
    terminate(&child).await;
    logged(&mut log, "draining").await;
    assert!(child.try_wait().unwrap().is_none(), "the first signal ended the process");
    terminate(&child).await;
    let status = soon("the process's end", child.wait()).await.unwrap();
    assert_eq!(status.code(), Some(143));
}

#[tokio::test]
async fn one_signal_ends_an_idle_worker_with_success() {
    let site = Site::start().await;
    let (mut child, mut log) = spawn_child(&site);
    logged(&mut log, "first pull").await;
    terminate(&child).await;
    logged(&mut log, "drained").await;
    let status = soon("the process's end", child.wait()).await.unwrap();
    assert!(status.success(), "{status}");
}
