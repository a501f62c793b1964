//! What is older than its store keeps it, or doesn't fit any more: nothing waits for it for ever, and nobody has to guess.

use std::time::Duration;

use docmill_chassis::delivery::Trace;
use docmill_contract::collection::Manifest;
use docmill_contract::failure::FailureCode;
use docmill_contract::names::{self, Work};
use docmill_contract::outcome::Status;
use serde_json::json;

use crate::rig::{Rig, eventually, id, sample_pdf};

const FIRST: &str = "invoice/english-classic.pdf";
const SECOND: &str = "invoice/german-klassisch.pdf";

/// Lets everything that is in `stream` grow too old, and what comes later live as long as before.
async fn let_age(rig: &Rig, stream: &str) {
    let mut handle = rig.jetstream().get_stream(stream).await.unwrap();
    let usual = handle.info().await.unwrap().config.clone();
    let short = Duration::from_millis(200);
    let config =
        async_nats::jetstream::stream::Config { max_age: short, duplicate_window: short, ..usual.clone() };
    rig.jetstream().update_stream(config).await.unwrap();
    eventually("everything is too old", async || {
        let info = rig.jetstream().get_stream(stream).await.ok()?;
        (info.cached_info().state.messages == 0).then_some(())
    })
    .await;
    rig.jetstream().update_stream(usual).await.unwrap();
}

#[tokio::test]
async fn a_job_whose_pdf_is_too_old_fails_and_says_so() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_PDF__OBJECT_LATE_SECONDS_MAX", "1");
    let object = rig.store(&sample_pdf(FIRST)).await;
    let job = json!({"source": {"object": object}, "document": "old", "profile": "invoice"});
    rig.publish_job("q3", &job).await;
    let_age(&rig, "OBJ_docmill-documents").await;
    let _processor = rig.processor();
    let advice = "is not in the store `docmill-documents`: store the PDF before publishing its job";
    rig.expect_failure("q3", "old", FailureCode::DocumentMissing, advice).await;
    rig.drained(Work::Process).await;
    // Stored again, it is done again.
    rig.store(&sample_pdf(FIRST)).await;
    rig.publish_job("q3", &job).await;
    let outcome = rig.outcome_where("q3", "old", |outcome| outcome.revision == 2).await;
    assert_eq!(outcome.status, Status::Verified);
}

/// Its collection isn't done without it, holds nothing up, and is done once the document is.
#[tokio::test]
async fn a_collection_whose_outcome_is_too_old_is_done_once_it_is_there_again() {
    let rig = Rig::start().await;
    let (_processor, _analyser) = (rig.processor(), rig.analyser());
    let listed = ["a", "b"].map(|document| json!({"document": document, "name": document}));
    let manifest: Manifest = serde_json::from_value(json!({
        "version": 1, "collection": "q3", "documents": listed, "created": "2026-01-01T00:00:00Z",
    }))
    .unwrap();
    rig.stores.collections.put_manifest(&manifest, &Trace::default()).await.unwrap();
    rig.submit(FIRST, "a").await;
    assert_eq!(rig.outcome("a").await.status, Status::Verified);
    rig.drained(Work::Analyse).await;
    let_age(&rig, names::STREAM_OUTCOMES).await;

    rig.submit(SECOND, "b").await;
    assert_eq!(rig.outcome("b").await.status, Status::Verified);
    // Nothing waits for what doesn't come.
    rig.drained(Work::Process).await;
    rig.drained(Work::Analyse).await;
    assert_eq!(rig.stores.collections.done(&id("q3")).await.unwrap(), None);

    rig.submit(FIRST, "a").await;
    let done =
        eventually("the collection is done", async || rig.stores.collections.done(&id("q3")).await.ok()?)
            .await;
    assert_eq!((done.value.documents, done.value.verified), (2, 2));
    assert_eq!(rig.mock.stats().calls, 2, "what was kept of the model's replies is used");
}

/// A store at the limit of its size refuses, and forgets nothing.
#[tokio::test]
async fn a_full_store_of_pdfs_is_named_and_its_job_waits() {
    let rig = Rig::start().await;
    let mut handle = rig.jetstream().get_stream("OBJ_docmill-documents").await.unwrap();
    let roomy = handle.info().await.unwrap().config.clone();
    let config = async_nats::jetstream::stream::Config { max_bytes: 64, ..roomy.clone() };
    rig.jetstream().update_stream(config).await.unwrap();
    let processor = rig.processor();
    // The worker itself stores what comes as a message.
    let mut headers = async_nats::HeaderMap::new();
    headers.insert(names::HEADER_CONTENT_TYPE, names::CONTENT_TYPE_PDF);
    headers.insert(names::HEADER_DOCUMENT, "raw");
    rig.publish("docmill.jobs.process.bulk.q3", headers, sample_pdf(FIRST)).await;
    processor.logged("bucket docmill-documents: raise the limit of its store (section `store`)").await;
    assert_eq!(rig.outcomes("q3").await, 0);
    rig.jetstream().update_stream(roomy).await.unwrap();
    let outcome = rig.outcome("raw").await;
    assert_eq!(outcome.failure, None);
    rig.drained(Work::Process).await;
}
