//! Streams, consumers and buckets that are deleted under workers: each says what is missing, and goes on by itself once
//! `provision` has made it anew.

use docmill_chassis::delivery::Trace;
use docmill_contract::names::{self, Lane, Work};
use docmill_contract::outcome::{Outcome, Status};

use serde_json::json;

use crate::rig::{Rig, WorkerProcess, eventually, id, sample_pdf};

const FIRST: &str = "invoice/english-classic.pdf";
const SECOND: &str = "invoice/german-klassisch.pdf";

async fn lose(rig: &Rig, stream: &str) {
    rig.jetstream().delete_stream(stream).await.unwrap();
}

/// It is alive, and its log doesn't grow with the jobs that wait.
fn expect_patience(worker: &mut WorkerProcess) {
    let log = worker.log();
    assert!(worker.is_running(), "{log}");
    assert!(log.matches("job handed back").count() < JOBS, "{log}");
}

/// How many jobs wait while a store is lost: more than a worker begins at once.
const JOBS: usize = 30;

/// Jobs that are in the queue while a store is lost stay there, and are done once it is back.
#[tokio::test]
async fn jobs_outlast_a_lost_store() {
    let rows = [
        (names::STREAM_OUTCOMES, "stream DOCMILL_OUTCOMES is not provisioned: run `docmill provision`"),
        (names::STREAM_DEAD, "stream DOCMILL_DEAD is not provisioned: run `docmill provision`"),
        ("DOCMILL_ANALYSE", "the job on docmill.jobs.analyse.bulk.q3 is not provisioned: run"),
        ("KV_docmill-starts", "bucket docmill-starts is not provisioned: run `docmill provision`"),
        ("KV_docmill-replies", "bucket docmill-replies is not provisioned: run `docmill provision`"),
        ("KV_docmill-profiles", "bucket docmill-profiles is not provisioned: run `docmill provision`"),
    ];
    futures_util::future::join_all(rows.map(|(stream, says)| outlasted(stream, says))).await;
}

async fn outlasted(stream: &str, says: &str) {
    let rig = Rig::start().await;
    let mut processor = rig.processor();
    // Everything has been opened once.
    rig.submit(FIRST, "before").await;
    assert_eq!(rig.outcome("before").await.status, Status::Verified, "{stream}");
    rig.drained(Work::Process).await;

    lose(&rig, stream).await;
    let object = rig.store(&sample_pdf(SECOND)).await;
    let documents: Vec<String> = (0..JOBS).map(|number| format!("during-{number}")).collect();
    for document in &documents {
        let job = json!({"source": {"object": object}, "document": document, "profile": "invoice"});
        rig.publish_job("q3", &job).await;
    }
    processor.logged(says).await;
    // One was tried again meanwhile.
    processor.logged("\"pause_ms\":2000").await;
    expect_patience(&mut processor);
    let queue = rig.jetstream().get_stream(names::STREAM_PROCESS).await.unwrap();
    assert_eq!(usize::try_from(queue.cached_info().state.messages), Ok(JOBS), "{stream}");

    rig.provision().await;
    for document in &documents {
        let outcome = rig.outcome(document).await;
        assert_eq!(outcome.status, Status::Verified, "{stream}");
        let profile = outcome.profile.unwrap().digest;
        assert!(rig.stores.profiles.by_digest(&profile).await.unwrap().is_some(), "{stream}");
    }
    rig.drained(Work::Process).await;
}

/// What the analyser needs is waited for as well.
#[tokio::test]
async fn analyses_outlast_a_lost_store() {
    let rows = [
        (names::STREAM_ANALYSES, "stream DOCMILL_ANALYSES is not provisioned: run `docmill provision`"),
        (names::STREAM_COLLECTIONS, "stream DOCMILL_COLLECTIONS is not provisioned: run `docmill provision`"),
        ("OBJ_docmill-excerpts", "bucket docmill-excerpts is not provisioned: run `docmill provision`"),
    ];
    futures_util::future::join_all(rows.map(|(stream, says)| analysed_at_last(stream, says))).await;
}

async fn analysed_at_last(stream: &str, says: &str) {
    let rig = Rig::start().await;
    let (_processor, mut analyser) = (rig.processor(), rig.analyser());
    rig.submit(FIRST, "before").await;
    reported(&rig, 1).await;
    lose(&rig, stream).await;
    rig.submit(SECOND, "during").await;
    analyser.logged(says).await;
    expect_patience(&mut analyser);
    rig.provision().await;
    reported(&rig, 2).await;
    rig.drained(Work::Analyse).await;
}

/// Waits until the report covers so many documents.
async fn reported(rig: &Rig, documents: usize) {
    eventually("the report", async || {
        let report = rig.stores.analyses.report(&id("q3")).await.ok()??;
        (report.value.documents.len() == documents).then_some(())
    })
    .await;
}

/// Outcomes that are lost are lost; those that come after get their checks and their report, whatever was covered before.
#[tokio::test]
async fn what_comes_after_lost_outcomes_is_analysed() {
    let rig = Rig::start().await;
    let (_processor, _analyser) = (rig.processor(), rig.analyser());
    for document in ["a", "b", "c"] {
        rig.submit(FIRST, document).await;
    }
    reported(&rig, 3).await;
    lose(&rig, names::STREAM_OUTCOMES).await;
    rig.provision().await;
    // The same PDF under the same id: its outcome is like the one that was lost.
    rig.submit(FIRST, "a").await;
    reported(&rig, 1).await;
    let newest = rig.stores.outcomes.newest(&id("q3")).await.unwrap().unwrap();
    let checks = rig.stores.analyses.document(&id("q3"), &"a".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(checks.value.covers.last_outcome_sequence, newest.0);
}

/// PDFs that are lost have to be stored again; their jobs wait for them.
#[tokio::test]
async fn jobs_of_lost_pdfs_wait_for_them() {
    let rig = Rig::start().await;
    let mut processor = rig.processor();
    rig.submit(FIRST, "before").await;
    assert_eq!(rig.outcome("before").await.status, Status::Verified);
    let object = rig.store(&sample_pdf(SECOND)).await;
    lose(&rig, "OBJ_docmill-documents").await;
    rig.publish_job("q3", &json!({"source": {"object": object}, "document": "a", "profile": "invoice"}))
        .await;
    processor.logged("bucket docmill-documents is not provisioned: run `docmill provision`").await;
    expect_patience(&mut processor);
    rig.provision().await;
    processor.logged("is not in the store yet").await;
    assert_eq!(rig.store(&sample_pdf(SECOND)).await, object);
    assert_eq!(rig.outcome("a").await.status, Status::Verified);
    rig.drained(Work::Process).await;
}

#[tokio::test]
async fn a_lost_queue_takes_its_jobs_with_it_and_no_later_ones() {
    let rig = Rig::start().await;
    let mut processor = rig.processor();
    for document in ["replaced", "b", "c"] {
        rig.submit(FIRST, document).await;
        assert_eq!(rig.outcome(document).await.status, Status::Verified);
    }
    lose(&rig, names::STREAM_PROCESS).await;
    processor
        .logged("stream DOCMILL_PROCESS is absent; streams, consumers and buckets are made by `doc")
        .await;
    expect_patience(&mut processor);
    rig.provision().await;
    // The new queue's jobs are later than all of the old one's, whatever their number in it.
    rig.submit(SECOND, "replaced").await;
    let outcome = rig.outcome_where("q3", "replaced", |outcome| outcome.revision == 2).await;
    assert_eq!(outcome.status, Status::Verified);
    rig.drained(Work::Process).await;
}

#[tokio::test]
async fn a_lost_consumer_leaves_the_jobs() {
    let rig = Rig::start().await;
    let mut processor = rig.processor();
    rig.submit(FIRST, "before").await;
    assert_eq!(rig.outcome("before").await.status, Status::Verified);
    let queue = rig.jetstream().get_stream(names::STREAM_PROCESS).await.unwrap();
    queue.delete_consumer(&names::consumer(Work::Process, Lane::Bulk)).await.unwrap();
    rig.submit(SECOND, "during").await;
    processor.logged("consumer process-bulk of stream DOCMILL_PROCESS is absent").await;
    expect_patience(&mut processor);
    rig.provision().await;
    assert_eq!(rig.outcome("during").await.status, Status::Verified);
    rig.drained(Work::Process).await;
}

#[tokio::test]
async fn an_outcome_that_nothing_holds_isnt_acknowledged() {
    let rig = Rig::start().await;
    let processor = rig.processor();
    rig.slow_mock(500);
    rig.submit(FIRST, "in-flight").await;
    rig.calls_in_flight(1).await;
    lose(&rig, names::STREAM_OUTCOMES).await;
    processor.logged("gate closed").await;
    let queue = rig.jetstream().get_stream(names::STREAM_PROCESS).await.unwrap();
    assert_eq!(queue.cached_info().state.messages, 1);
    rig.provision().await;
    assert_eq!(rig.outcome("in-flight").await.status, Status::Verified);
    assert_eq!(rig.mock.stats().calls, 1);
    rig.drained(Work::Process).await;
}

/// A reply that can't be kept is used all the same.
#[tokio::test]
async fn a_reply_is_used_though_its_bucket_is_lost() {
    let rig = Rig::start().await;
    let processor = rig.processor();
    rig.slow_mock(500);
    rig.submit(FIRST, "in-flight").await;
    rig.calls_in_flight(1).await;
    lose(&rig, "KV_docmill-replies").await;
    assert_eq!(rig.outcome("in-flight").await.status, Status::Verified);
    processor.logged("a reply isn't kept: asked again it would be paid again").await;
    rig.drained(Work::Process).await;
    assert_eq!(rig.mock.stats().calls, 1);
}

/// An outcome whose large body is lost doesn't keep its document from being done again.
#[tokio::test]
async fn a_document_whose_record_is_lost_is_done_again() {
    let rig = Rig::start().await;
    rig.submit(FIRST, "large").await;
    let processor = rig.processor();
    let small = rig.outcome("large").await;
    rig.drained(Work::Process).await;
    let data = json!({"text": "x".repeat(names::MESSAGE_BYTES_MAX)});
    let large = Outcome { revision: 2, data: Some(data), ..small };
    let stored = rig.stores.outcomes.current(&id("q3"), &large.document).await.unwrap().unwrap();
    rig.stores.outcomes.replace(&large, stored.sequence, &Trace::default()).await.unwrap();
    lose(&rig, "OBJ_docmill-payloads").await;
    rig.provision().await;
    rig.submit(FIRST, "large").await;
    processor.logged("and it is not there (yet)").await;
    let outcome = rig.outcome_where("q3", "large", |outcome| outcome.revision == 3).await;
    assert_eq!(outcome.status, Status::Verified);
    rig.drained(Work::Process).await;
    assert_eq!(rig.mock.stats().calls, 1);
}
