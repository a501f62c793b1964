//! Logs at their most talkative: no text of a document, no reply, no name of a file.

use std::sync::atomic::{AtomicBool, Ordering};

use async_nats::HeaderMap;
use axum::http::StatusCode;
use bytes::Bytes;
use docmill_contract::failure::FailureCode;
use docmill_contract::names::{self, Work};
use docmill_contract::outcome::Status;
use docmill_mock_llm::{Fault, Faults};
use docmill_tests::program;
use serde_json::json;
use tokio::process::Command;
use tokio::task::JoinSet;

use crate::asking::between;
use crate::injection::{document, submit};
use crate::rig::{Rig, eventually, id};

/// In every document's text, in files' names and in replies; nowhere else.
const CANARY: &str = "Kanarienvogel Zeisig";

/// A document whose text has the canary, and another word.
fn with(word: &str) -> Bytes {
    let customer = format!("Customer: {CANARY} {word}");
    document(&["Invoice number: 4711", &customer, &format!("Reference: {word}"), "Total: 119.00"])
}

/// An endpoint that quotes the question: once in a fault that passes, in a rejection, and in a refusal.
async fn let_the_endpoint_quote(rig: &mut Rig, serving: &mut JoinSet<()>) {
    let has_failed = AtomicBool::new(false);
    let _asked = between(rig, serving, move |request, body| {
        let question = request["messages"][1]["content"].as_str().unwrap().to_owned();
        let quoted =
            || json!({"error": {"message": format!("can't do: {question}"), "type": "server_error"}});
        if question.contains("quoted-in-a-fault") && !has_failed.swap(true, Ordering::Relaxed) {
            *body = quoted();
            return Some(StatusCode::INTERNAL_SERVER_ERROR);
        }
        if question.contains("quoted-in-a-rejection") {
            *body = quoted();
            return Some(StatusCode::BAD_REQUEST);
        }
        if question.contains("quoted-in-a-refusal") {
            body["choices"][0]["message"]["refusal"] = format!("I know {CANARY} and say nothing").into();
        }
        None
    })
    .await;
}

/// Documents that are read, with every trouble a reply can make.
async fn what_is_read(rig: &Rig) {
    submit(rig, "good", &with("good")).await;
    assert_eq!(rig.outcome("good").await.status, Status::Verified);
    for (document, fault) in [
        ("retried", Fault::InvalidJson),
        ("repaired", Fault::OutsideSchema),
        ("cut", Fault::Truncate),
        ("wrong", Fault::Wrong),
    ] {
        rig.mock.control(Faults { next: [fault].into(), ..Faults::default() });
        submit(rig, document, &with(document)).await;
        rig.outcome(document).await;
    }
    rig.mock.control(Faults::default());
    submit(rig, "fault", &with("quoted-in-a-fault")).await;
    assert_eq!(rig.outcome("fault").await.status, Status::Verified);
}

/// Documents and jobs that fail.
async fn what_fails(rig: &Rig) {
    submit(rig, "rejection", &with("quoted-in-a-rejection")).await;
    rig.expect_failure("q3", "rejection", FailureCode::LlmRequestRejected, "can't do: …").await;
    submit(rig, "refusal", &with("quoted-in-a-refusal")).await;
    rig.expect_failure("q3", "refusal", FailureCode::LlmRefused, "I know").await;
    let object = rig.store(&Bytes::from(format!("{CANARY}, no PDF"))).await;
    rig.publish_job("q3", &json!({"source": {"object": object}, "document": "text"})).await;
    rig.expect_failure("q3", "text", FailureCode::NotAPdf, "").await;
    let mut damaged = with("damaged").to_vec();
    damaged.truncate(damaged.len() / 2);
    submit(rig, "damaged", &damaged.into()).await;
    rig.outcome("damaged").await;
    rig.publish("docmill.jobs.process.bulk.q4", HeaderMap::new(), format!("{{\"source\": \"{CANARY}\"}}"))
        .await;
    eventually("the failure of what is no job", async || (rig.outcomes("q4").await == 1).then_some(())).await;
}

/// Documents that have the canary in their name: as a message, and by the command.
async fn what_has_a_name(rig: &Rig) {
    let mut headers = HeaderMap::new();
    headers.insert(names::HEADER_CONTENT_TYPE, names::CONTENT_TYPE_PDF);
    headers.insert(names::HEADER_DOCUMENT, "raw");
    headers.insert(names::HEADER_NAME, CANARY);
    rig.publish("docmill.jobs.process.bulk.q3", headers, with("raw")).await;
    assert_eq!(rig.outcome("raw").await.name, CANARY);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("{CANARY}.pdf"));
    std::fs::write(&file, with("file")).unwrap();
    let submitted = Command::new(program("docmill"))
        .args(["submit", "--collection", "q5", "--document", "file", "--nats", &rig.nats.url()])
        .arg(&file)
        .output()
        .await
        .unwrap();
    assert!(submitted.status.success(), "{}", String::from_utf8_lossy(&submitted.stderr));
    let outcome = rig.outcome_where("q5", "file", |_| true).await;
    assert!(outcome.name.contains(CANARY), "{}", outcome.name);
}

#[tokio::test]
async fn nothing_a_document_says_is_logged() {
    let (mut rig, mut serving) = (Rig::start().await, JoinSet::new());
    let_the_endpoint_quote(&mut rig, &mut serving).await;
    // The most that the settings take.
    rig.set("DOCMILL_LOG__LEVEL", "trace").set("DOCMILL_WORKER__CONCURRENCY", "1");
    let processor = rig.processor();
    rig.set("DOCMILL_LOG__LEVEL", "trace,async_nats=info,hyper=info,reqwest=info");
    let analyser = rig.analyser();

    what_is_read(&rig).await;
    what_fails(&rig).await;
    what_has_a_name(&rig).await;
    rig.drained(Work::Process).await;
    eventually("a report", async || rig.stores.analyses.report(&id("q3")).await.ok()?).await;
    rig.drained(Work::Analyse).await;

    for log in [processor.log(), analyser.log()] {
        assert!(log.contains("job done"), "{log}");
        let told: Vec<&str> =
            log.lines().filter(|line| line.to_lowercase().contains("kanarienvogel")).collect();
        assert_eq!(told, Vec::<&str>::new());
    }
}
