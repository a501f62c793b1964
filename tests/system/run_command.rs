//! `docmill run`: everything on one machine, and nothing left behind.

use std::path::Path;
use std::process::Output;

use docmill_tests::program;
use serde_json::Value;
use tokio::process::Command;

use crate::rig::sample;

async fn run(state: &Path, output: &Path, arguments: &[&str]) -> Output {
    Command::new(program("docmill"))
        .arg("run")
        .arg(sample(""))
        .args(["--json", "--state"])
        .arg(state)
        .arg("--output")
        .arg(output)
        .args(arguments)
        .env("DOCMILL_NATS_SERVER", docmill_testkit::nats::program())
        .env_remove("DOCMILL_LLM__BASE_URL")
        .output()
        .await
        .unwrap()
}

fn outcomes(output: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(output.join("outcomes.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn sum(outcomes: &[Value], member: &str) -> u64 {
    outcomes.iter().map(|outcome| outcome["usage"][member].as_u64().unwrap()).sum()
}

/// Processes that were started with this state folder, by their command lines.
fn left_behind(state: &Path) -> Vec<String> {
    let state = state.to_str().unwrap();
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(state))
        .collect()
}

#[tokio::test]
async fn samples_are_ground_and_a_second_run_calls_no_model() {
    let folder = tempfile::tempdir().unwrap();
    let (state, output) = (folder.path().join("state"), folder.path().join("out"));
    let first = run(&state, &output, &[]).await;
    assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
    let outcomes_first = outcomes(&output);
    let samples = walk(&sample("")).into_iter().filter(|path| path.ends_with(".pdf")).count();
    assert_eq!(outcomes_first.len(), samples);
    assert!(sum(&outcomes_first, "calls") > 0);
    let report = std::fs::read_to_string(output.join("report.html")).unwrap();
    assert!(report.contains("<svg"), "figures are drawn");
    assert!(!report.contains("<script"));
    assert!(report.contains("broken.pdf"));
    assert!(report.contains("data:image/png;base64,"), "the page that an error points at is shown");
    assert!(output.join("report.xlsx").is_file());
    assert_eq!(left_behind(&state), Vec::<String>::new());

    let second = run(&state, &output, &["--again"]).await;
    assert_eq!(second.status.code(), Some(0), "{}", String::from_utf8_lossy(&second.stderr));
    let outcomes_second = outcomes(&output);
    assert_eq!(sum(&outcomes_second, "calls"), 0, "every reply is replayed");
    assert!(sum(&outcomes_second, "replayed_calls") > 0);
    let records = |outcomes: &[Value]| -> Vec<Value> {
        outcomes.iter().map(|outcome| outcome["data"].clone()).collect()
    };
    assert_eq!(records(&outcomes_first), records(&outcomes_second));

    let strict = run(&state, &output, &["--fail-on", "failed"]).await;
    assert_eq!(strict.status.code(), Some(1), "the broken sample failed");
    assert_eq!(left_behind(&state), Vec::<String>::new());
}

fn walk(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path.display().to_string());
        }
    }
    files
}
