//! The same again, and not quite the same: no-ops, revisions, replays from kept replies.

use docmill_contract::names::Work;
use docmill_contract::outcome::Status;
use serde_json::json;

use crate::rig::{Rig, id, sample_pdf};

#[tokio::test]
async fn the_same_document_twice_is_one_outcome_and_one_call() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    rig.submit("invoice/english-classic.pdf", "twice").await;
    let first = rig.outcome("twice").await;
    rig.submit("invoice/english-classic.pdf", "twice").await;
    rig.drained(Work::Process).await;
    assert_eq!(rig.outcome("twice").await, first);
    assert_eq!(rig.mock.stats().calls, 1);
}

#[tokio::test]
async fn the_same_id_with_another_pdf_is_revision_2() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    rig.submit("invoice/english-classic.pdf", "same").await;
    let first = rig.outcome("same").await;
    rig.submit("invoice/english-modern.pdf", "same").await;
    let second = rig.outcome_where("q3", "same", |outcome| outcome.revision == 2).await;
    assert_ne!(first.work_key, second.work_key);
    assert_ne!(first.data, second.data);
    assert!(second.source.job_sequence > first.source.job_sequence);
    assert_eq!(rig.outcomes("q3").await, 1);
}

#[tokio::test]
async fn an_older_job_changes_nothing() {
    let rig = Rig::start().await;
    rig.submit("invoice/english-classic.pdf", "late").await;
    rig.submit("invoice/english-modern.pdf", "late").await;
    // One job at a time, the later one first: the earlier is held back until the later has its outcome.
    let stream = rig.jetstream().get_stream(Work::Process.stream()).await.unwrap();
    let first = stream.cached_info().state.first_sequence;
    let earlier = stream.get_raw_message(first).await.unwrap();
    stream.delete_message(first).await.unwrap();
    let _processor = rig.processor();
    let newest = rig.outcome("late").await;
    assert_eq!(newest.source.job_sequence, first + 1);
    // The same message again has a new sequence, so it is a later job and wins; that it carries the earlier PDF is
    // its sender's wish.
    rig.publish(earlier.subject.as_str(), async_nats::HeaderMap::new(), earlier.payload).await;
    let again = rig.outcome_where("q3", "late", |outcome| outcome.revision == 2).await;
    assert_eq!(again.source.job_sequence, first + 2);
}

#[tokio::test]
async fn kept_replies_are_used_instead_of_calls() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    for document in ["one", "two"] {
        rig.submit("invoice/english-classic.pdf", document).await;
        assert_eq!(rig.outcome(document).await.status, Status::Verified);
    }
    let second = rig.outcome("two").await;
    assert_eq!((second.usage.calls, second.usage.replayed_calls), (0, 1));
    // With the outcomes cleared and the replies kept, nothing is paid again, and the records are the same.
    let first = rig.outcome("one").await;
    rig.stores.outcomes.purge(&id("q3")).await.unwrap();
    rig.submit("invoice/english-classic.pdf", "one").await;
    let again = rig.outcome("one").await;
    assert_eq!(again.data, first.data);
    assert_eq!(again.evidence, first.evidence);
    assert_eq!((again.usage.calls, again.usage.replayed_calls), (0, 1));
    assert_eq!(rig.mock.stats().calls, 1);
}

#[tokio::test]
async fn a_job_without_id_is_named_by_its_bytes() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    let pdf = sample_pdf("invoice/english-classic.pdf");
    let object = rig.store(&pdf).await;
    rig.publish(
        "docmill.jobs.process",
        async_nats::HeaderMap::new(),
        json!({"source": {"object": object}}).to_string(),
    )
    .await;
    let document = docmill_contract::identity::Sha256Hex::of(&pdf);
    let outcome = rig.outcome_where("default", document.short(), |_| true).await;
    assert_eq!(outcome.profile.unwrap().name.as_deref(), Some("general"));
}
