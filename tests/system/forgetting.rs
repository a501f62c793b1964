//! `docmill forget`: after it, no message of any stream of the server tells of what was erased, and what others have is as
//! it was.

use std::process::Stdio;

use async_nats::HeaderMap;
use bytes::Bytes;
use docmill_chassis::delivery::Trace;
use docmill_contract::failure::FailureCode;
use docmill_contract::identity::Sha256Hex;
use docmill_contract::names::{self, BUCKET_DOCUMENTS, BUCKET_PAYLOADS, BUCKET_QUOTA, BUCKET_REPLIES, Work};
use docmill_contract::outcome::Outcome;
use docmill_testkit::pdf::{Face, Page, Pdf, Style};
use docmill_tests::program;
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::rig::{Rig, eventually, id, sample_pdf};

/// Somebody whose data must be gone; in PDFs, in names, and in values that are read.
const PERSON: &str = "Aurelia Canaryworth";

/// What is searched for, in any case: the person, the collection and its documents.
const ERASED: [&str; 4] = ["canaryworth", "forgetme", "secretdoc", "aurelia"];

/// Runs `docmill --json forget`; gives the exit code and what it printed.
async fn forget(rig: &Rig, arguments: &[&str]) -> (Option<i32>, Value) {
    let said = Command::new(program("docmill"))
        .args(["--json", "--nats", &rig.nats.url(), "forget"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let error = String::from_utf8_lossy(&said.stderr);
    let printed = serde_json::from_slice(&said.stdout).unwrap_or_else(|_| json!(error));
    (said.status.code(), printed)
}

/// How many were removed of a store.
#[track_caller]
fn removed(printed: &Value, store: &str) -> u64 {
    let rows = printed["stores"].as_array().unwrap_or_else(|| panic!("{printed}"));
    let row = rows.iter().find(|row| row["store"] == store).unwrap_or_else(|| panic!("{store}: {printed}"));
    assert_eq!(row["left"], 0, "{store}: {printed}");
    row["removed"].as_u64().unwrap()
}

/// A letter whose sender is read.
fn letter(sender: &str, reference: &str) -> Bytes {
    let mut page = Page::default();
    let facts =
        [("From", sender), ("To", "Harbour Ltd"), ("Our reference", reference), ("Subject", "An offer")];
    for ((label, value), y) in facts.into_iter().zip([96.0, 115.0, 134.0, 153.0]) {
        page.text(62.0, y, Style::new(Face::Regular, 10.0), label);
        page.text(158.0, y, Style::new(Face::Regular, 10.0), value);
    }
    Pdf { title: sender.to_owned(), pages: vec![page], ..Pdf::default() }.write().into()
}

/// Where any of `words` is: in subject, headers or payload of any message that the server has.
async fn found(rig: &Rig, words: &[&str]) -> Vec<String> {
    let mut places = Vec::new();
    let streams: Vec<String> = rig.jetstream().stream_names().try_collect().await.unwrap();
    assert!(streams.len() >= 13, "{streams:?}");
    for name in streams {
        let stream = rig.jetstream().get_stream(&name).await.unwrap();
        let state = stream.cached_info().state.clone();
        let mut next = state.first_sequence;
        while next <= state.last_sequence {
            let message = stream.raw_message_builder().next_by_subject(">").sequence(next).send().await;
            let Ok(message) = message else { break };
            next = message.sequence + 1;
            let mut text = format!("{} {:?} ", message.subject, message.headers).into_bytes();
            text.extend_from_slice(&message.payload);
            let text = String::from_utf8_lossy(&text).to_lowercase();
            for word in words.iter().filter(|word| text.contains(&word.to_lowercase())) {
                places.push(format!("{word} in message {} of {name}: {}", message.sequence, message.subject));
            }
        }
    }
    places
}

/// How many messages a stream has on subjects that match.
async fn messages(rig: &Rig, stream: &str, filter: &str) -> usize {
    let stream = rig.jetstream().get_stream(stream).await.unwrap();
    let subjects = stream.info_with_subjects(filter).await.unwrap();
    subjects.try_collect::<Vec<_>>().await.unwrap().len()
}

/// An outcome whose record is too large for a message.
fn large(revision: u32) -> Outcome {
    let digest = Sha256Hex::of(b"large");
    let text = format!("{PERSON} {revision} {}", "x".repeat(600_000));
    serde_json::from_value(json!({
        "version": 1, "collection": "forgetme", "document": "secretdoc-large", "name": "large.pdf", "revision": revision,
        "work_key": digest, "status": "needs_review", "source": {"sha256": digest, "job_sequence": revision},
        "data": {"sender": text},
        "usage": {"calls": 1, "replayed_calls": 0, "failed_calls": 0, "repeated_calls": 0, "prompt_tokens": 0,
            "completion_tokens": 0, "cost": null},
        "engine": {"docmill": "0.1.0"},
    }))
    .unwrap()
}

/// Has a report of everything made.
async fn report(rig: &Rig, collection: &str) {
    rig.publish(&format!("docmill.jobs.analyse.bulk.{collection}"), HeaderMap::new(), "{}").await;
    rig.drained(Work::Analyse).await;
}

/// Two collections that share a PDF, with everything that a collection can have.
async fn fill(rig: &Rig) {
    for (object, pdf) in [
        ("letters/aurelia-canaryworth.pdf", letter(PERSON, "R-1")),
        ("aurelia-canaryworth-broken.pdf", Bytes::from("this is no PDF of Aurelia Canaryworth")),
    ] {
        rig.stores.documents.put_named(object, &pdf).await.unwrap();
    }
    let shared = rig.store(&sample_pdf("general/offer-letter.pdf")).await;
    let job = |object: &str, document: &str, name: &str| json!({"source": {"object": object}, "document": document, "name": name});
    rig.publish_job("forgetme", &job("letters/aurelia-canaryworth.pdf", "secretdoc-1", "Canaryworth.pdf"))
        .await;
    rig.publish_job("forgetme", &job(&shared, "secretdoc-2", "shared with Canaryworth.pdf")).await;
    rig.publish_job("forgetme", &job("aurelia-canaryworth-broken.pdf", "secretdoc-3", "broken.pdf")).await;
    rig.publish_job("keepsake", &job(&shared, "kept-1", "offer.pdf")).await;
    let own = rig.store(&letter("Northgate Ltd", "R-9")).await;
    rig.publish_job("keepsake", &job(&own, "kept-0", "theirs.pdf")).await;
    rig.expect_failure("forgetme", "secretdoc-3", FailureCode::NotAPdf, "").await;
    rig.drained(Work::Process).await;
    for (revision, expected) in [(1, 0), (2, 1)] {
        let outcomes = &rig.stores.outcomes;
        let current = outcomes.current(&id("forgetme"), &"secretdoc-large".parse().unwrap()).await.unwrap();
        assert_eq!(current.is_some(), expected == 1);
        let sequence = current.map_or(0, |kept| kept.sequence);
        outcomes.replace(&large(revision), sequence, &Trace::default()).await.unwrap();
    }
    let manifest = json!({"version": 1, "collection": "forgetme", "created": "2026-01-01T00:00:00Z",
        "documents": [{"document": "secretdoc-1", "name": PERSON}, {"document": "secretdoc-2", "name": "b"}]});
    let manifest = serde_json::from_value(manifest).unwrap();
    rig.stores.collections.put_manifest(&manifest, &Trace::default()).await.unwrap();
    report(rig, "forgetme").await;
    report(rig, "keepsake").await;
    assert!(rig.stores.collections.done(&id("forgetme")).await.unwrap().is_some());
}

#[tokio::test]
async fn nothing_of_a_forgotten_collection_is_left_and_others_keep_what_is_theirs() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_ANALYSIS__DOCUMENTS_PER_EXCERPT", "1").set("DOCMILL_LLM__PROMPT_PRICE", "1");
    rig.set("DOCMILL_LLM__COMPLETION_PRICE", "1").set("DOCMILL_LLM__COLLECTION_COST_MAX", "1000");
    let (processor, analyser) = (rig.processor(), rig.analyser());
    fill(&rig).await;
    // Nothing is given out any more, so that none of what follows is in the hands of a worker that is gone.
    let paused =
        Command::new(program("docmill")).args(["--nats", &rig.nats.url(), "pause"]).output().await.unwrap();
    assert!(paused.status.success());
    processor.kill().await;
    analyser.kill().await;
    // Jobs that wait: by name, on the plain subject, and as a PDF.
    let job = json!({"source": {"object": "letters/aurelia-canaryworth.pdf"}, "document": "secretdoc-5"});
    rig.publish_job("forgetme", &job).await;
    let plain = json!({"source": {"url": "https://canaryworth.example/a.pdf"}, "collection": "forgetme"});
    rig.publish("docmill.jobs.process", HeaderMap::new(), plain.to_string()).await;
    let mut headers = HeaderMap::new();
    headers.insert(names::HEADER_CONTENT_TYPE, names::CONTENT_TYPE_PDF);
    headers.insert(names::HEADER_COLLECTION, "forgetme");
    rig.publish("docmill.jobs.process", headers, letter(PERSON, "R-6")).await;
    rig.publish_job("keepsake", &json!({"source": {"object": "theirs.pdf"}, "document": "kept-2"})).await;

    for bucket in [BUCKET_DOCUMENTS, BUCKET_PAYLOADS, names::BUCKET_EXCERPTS] {
        assert!(messages(&rig, &format!("OBJ_{bucket}"), ">").await > 0, "{bucket} has something to lose");
    }
    let spend = format!("$KV.{BUCKET_QUOTA}.spend.>");
    assert_eq!(messages(&rig, &format!("KV_{BUCKET_QUOTA}"), &spend).await, 2);
    let stream = rig.jetstream().get_stream(names::STREAM_ANALYSES).await.unwrap();
    let kept_report = names::report_subject(&id("keepsake"));
    let before = stream.get_last_raw_message_by_subject(&kept_report).await.unwrap();

    let (code, refused) = forget(&rig, &["forgetme"]).await;
    assert_eq!(code, Some(2), "{refused}");
    assert!(!found(&rig, &["canaryworth"]).await.is_empty());
    let (code, printed) = forget(&rig, &["forgetme", "--yes"]).await;
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!(found(&rig, &ERASED).await, Vec::<String>::new());
    let expected = [
        ("jobs", 3),
        ("documents", 2),
        ("outcomes", 5),
        ("dead_letters", 1),
        ("analyses", 4),
        ("collections", 2),
        ("payloads", 2),
        ("spend", 1),
    ];
    for (store, count) in expected {
        assert_eq!(removed(&printed, store), count, "{store}: {printed}");
    }
    assert!(removed(&printed, "excerpts") >= 3 && removed(&printed, "replies") >= 1, "{printed}");
    assert_eq!((&printed["shared_pdfs"], &printed["complete"]), (&json!(1), &json!(true)));

    let after = stream.get_last_raw_message_by_subject(&kept_report).await.unwrap();
    assert_eq!((after.sequence, after.payload), (before.sequence, before.payload));
    let shared = Sha256Hex::of(&sample_pdf("general/offer-letter.pdf"));
    assert!(rig.stores.documents.get(shared.as_str(), u64::MAX).await.is_ok());
    let replies = format!("$KV.{BUCKET_REPLIES}.{}", names::reply_keys_of(&shared));
    assert!(messages(&rig, &format!("KV_{BUCKET_REPLIES}"), &replies).await > 0);
    assert_eq!(messages(&rig, &format!("KV_{BUCKET_QUOTA}"), &spend).await, 1);
    assert_eq!(messages(&rig, Work::Process.stream(), ">").await, 1);

    // Once more: nothing is there, and nothing is wrong with that. The last of those who share takes the PDF along.
    assert_eq!(forget(&rig, &["forgetme", "--yes"]).await.0, Some(0));
    let (code, printed) = forget(&rig, &["keepsake", "--yes"]).await;
    assert_eq!((code, removed(&printed, "documents")), (Some(0), 2), "{printed}");
    assert_eq!(found(&rig, &["keepsake", shared.as_str(), "kept-"]).await, Vec::<String>::new());
}

#[tokio::test]
async fn of_a_document_nothing_is_left_and_its_collection_is_reported_without_it() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_ANALYSIS__DOCUMENTS_PER_EXCERPT", "1");
    let (_processor, _analyser) = (rig.processor(), rig.analyser());
    for (document, sender, name) in
        [("secretdoc", PERSON, "Canaryworth.pdf"), ("kept", "Northgate Ltd", "offer.pdf")]
    {
        let object = rig.store(&letter(sender, document)).await;
        rig.publish_job("q3", &json!({"source": {"object": object}, "document": document, "name": name}))
            .await;
        rig.outcome(document).await;
    }
    let manifest = json!({"version": 1, "collection": "q3", "created": "2026-01-01T00:00:00Z", "documents": [
        {"document": "secretdoc", "name": PERSON}, {"document": "kept", "name": "offer.pdf"}]});
    let manifest = serde_json::from_value(manifest).unwrap();
    rig.stores.collections.put_manifest(&manifest, &Trace::default()).await.unwrap();
    rig.drained(Work::Analyse).await;
    report(&rig, "q3").await;
    assert_eq!(rig.stores.collections.done(&id("q3")).await.unwrap().unwrap().value.documents, 2);

    let (code, printed) = forget(&rig, &["q3", "secretdoc", "--yes"]).await;
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!((removed(&printed, "documents"), removed(&printed, "collections")), (1, 1), "{printed}");
    let made =
        eventually("a report without it", async || rig.stores.analyses.report(&id("q3")).await.unwrap());
    assert_eq!(made.await.value.documents.len(), 1);
    let done = eventually("done without it", async || {
        rig.stores.collections.done(&id("q3")).await.unwrap().filter(|done| done.value.documents == 1)
    });
    assert_eq!(done.await.value.documents, 1);
    rig.drained(Work::Analyse).await;
    assert_eq!(found(&rig, &ERASED).await, Vec::<String>::new());
    assert!(rig.stores.outcomes.current(&id("q3"), &"kept".parse().unwrap()).await.unwrap().is_some());
}

#[tokio::test]
async fn what_a_worker_writes_afterwards_is_told_and_goes_the_next_time() {
    let rig = Rig::start().await;
    let (processor, _analyser) = (rig.processor(), rig.analyser());
    rig.slow_mock(3_000);
    let object = rig.store(&letter(PERSON, "R-1")).await;
    let job = json!({"source": {"object": object}, "document": "secretdoc", "name": PERSON});
    rig.publish_job("forgetme", &job).await;
    rig.calls_in_flight(1).await;
    let (code, printed) = forget(&rig, &["forgetme", "--yes", "--patience", "0"]).await;
    assert_eq!((code, &printed["held_jobs"]), (Some(1), &json!(1)), "{printed}");
    rig.outcome_where("forgetme", "secretdoc", |_| true).await;
    assert_eq!(processor.terminate().await, Some(0));
    // By its own patience it waits for what the analyser still has.
    let (code, printed) = forget(&rig, &["forgetme", "--yes"]).await;
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!(found(&rig, &ERASED).await, Vec::<String>::new());
}
