//! What happens is counted where an operator looks for it: work, what it costs, trouble, and a worker's end.

use std::time::Duration;

use docmill_contract::failure::FailureCode;
use docmill_contract::outcome::Status;
use regex::Regex;
use rustix::process::{Signal, kill_process};

use crate::rig::{Rig, WorkerProcess, eventually};
use crate::seen_from_outside::get;

/// Waits until a line of `/metrics` matches each of these, whole.
async fn expect(worker: &WorkerProcess, lines: &[&str]) {
    for line in lines {
        let line = Regex::new(&format!("(?m)^{line}$")).unwrap();
        eventually(line.as_str(), async || line.is_match(&get(worker, "/metrics").await?.1).then_some(()))
            .await;
    }
}

#[tokio::test]
async fn work_and_what_it_costs() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_LLM__PROMPT_PRICE", "0.40").set("DOCMILL_LLM__COMPLETION_PRICE", "1.60");
    let processor = rig.processor();
    rig.submit("invoice/english-classic.pdf", "good").await;
    rig.submit("invoice/broken.pdf", "bad").await;
    assert_eq!(rig.outcome("good").await.status, Status::Verified);
    assert_eq!(rig.outcome("bad").await.status, Status::Failed);
    expect(
        &processor,
        &[
            r#"docmill_jobs_total\{work="process",lane="bulk",outcome="done"\} 1"#,
            r#"docmill_jobs_total\{work="process",lane="bulk",outcome="failed"\} 1"#,
            r#"docmill_failures_total\{work="process",code="pdf_damaged"\} 1"#,
            r#"docmill_queue_age_seconds_count\{work="process",lane="bulk"\} 2"#,
            r#"docmill_stage_seconds_count\{stage="conclude"\} 2"#,
            r#"docmill_stage_seconds_count\{stage="ground"\} [1-9]\d*"#,
            r#"docmill_llm_cost_total\{currency="USD"\} 0\.00\d*[1-9]\d*"#,
            r"docmill_llm_call_seconds_count [1-9]\d*",
            r"docmill_draining 0",
        ],
    )
    .await;
}

#[tokio::test]
async fn jobs_that_wait() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_WORKER__CONCURRENCY", "1");
    rig.slow_mock(60_000);
    for document in ["a", "b", "c"] {
        rig.submit("invoice/english-classic.pdf", document).await;
    }
    // It looks when it begins, and then every 15 seconds.
    let processor = rig.processor();
    expect(
        &processor,
        &[
            r#"docmill_queue_waiting\{work="process",lane="bulk"\} [23]"#,
            r"docmill_jobs_in_flight 1",
            r#"docmill_queue_in_flight\{work="process",lane="bulk"\} [01]"#,
        ],
    )
    .await;
}

#[tokio::test]
async fn readers_that_die() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_PDF__READ_SECONDS_MAX", "1");
    let processor = rig.processor();
    rig.submit("invoice/english-classic.pdf", "first").await;
    assert_eq!(rig.outcome("first").await.status, Status::Verified);
    // Its child is idle now, and stands still from now on: the next document waits for it in vain.
    let children = processor.children();
    assert!(!children.is_empty());
    children.iter().for_each(|child| kill_process(*child, Signal::STOP).unwrap());
    rig.submit("invoice/german-klassisch.pdf", "second").await;
    rig.expect_failure("q3", "second", FailureCode::ReadTimedOut, "1 s").await;
    expect(
        &processor,
        &[
            r#"docmill_reader_faults_total\{kind="time"\} 1"#,
            r#"docmill_reader_faults_total\{kind="crash"\} 0"#,
            r#"docmill_failures_total\{work="process",code="read_timed_out"\} 1"#,
        ],
    )
    .await;
}

#[tokio::test]
async fn a_drain_and_what_it_hands_back() {
    let mut rig = Rig::start().await;
    // Longer than the last pull, and short enough to be waited out.
    rig.set("DOCMILL_WORKER__DRAIN_SECONDS", "3").set("DOCMILL_LLM__TIMEOUT_SECONDS", "1000");
    rig.set("DOCMILL_WORKER__CONCURRENCY", "2");
    rig.slow_mock(60_000);
    let first = rig.processor();
    rig.submit("invoice/english-classic.pdf", "slow").await;
    rig.calls_in_flight(1).await;
    first.begin_to_terminate();
    expect(&first, &[r"docmill_draining 1", r"docmill_drain_seconds [1-9][\d.]*"]).await;
    assert_eq!(first.ended().await, Some(0));

    // The one that gets the job next sees that it isn't new.
    rig.slow_mock(0);
    let second = rig.processor();
    assert_eq!(rig.outcome("slow").await.status, Status::Verified);
    expect(&second, &[r"docmill_redeliveries_total [1-9]\d*"]).await;
    tokio::time::timeout(Duration::from_secs(60), second.terminate()).await.unwrap();
}
