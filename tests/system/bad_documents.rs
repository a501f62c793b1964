//! Documents that can't be read: each fails with its own code, and hurts no other.

use async_nats::HeaderMap;
use bytes::Bytes;
use docmill_contract::failure::FailureCode;
use docmill_contract::names;
use docmill_contract::outcome::Status;
use serde_json::json;

use crate::rig::{Rig, sample_pdf};

/// A PDF whose page tree is empty.
const NO_PAGES: &str = "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\nxref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000056 00000 n \ntrailer\n<</Size 3/Root 1 0 R>>\nstartxref\n105\n%%EOF\n";

#[tokio::test]
async fn documents_that_cannot_be_read() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    let documents: [(&str, Bytes, FailureCode, &str); 5] = [
        ("text", Bytes::from_static(b"Dear Sir or Madam"), FailureCode::NotAPdf, "not a PDF"),
        ("empty", Bytes::from_static(b" "), FailureCode::NotAPdf, "not a PDF"),
        ("no-pages", Bytes::from_static(NO_PAGES.as_bytes()), FailureCode::PdfNoPages, "no pages"),
        ("locked", sample_pdf("invoice/encrypted.pdf"), FailureCode::PdfEncrypted, "password_secret"),
        ("scan", sample_pdf("invoice/scan.pdf"), FailureCode::NoText, "llm.vision"),
    ];
    for (document, bytes, _, _) in &documents {
        let object = rig.store(bytes).await;
        rig.publish_job("q3", &json!({"source": {"object": object}, "document": document})).await;
    }
    for (document, _, code, reason) in &documents {
        rig.expect_failure("q3", document, *code, reason).await;
    }
    assert_eq!(rig.mock.stats().calls, 0);

    // The worker is as good as new.
    rig.submit("invoice/english-classic.pdf", "fine").await;
    assert_eq!(rig.outcome("fine").await.status, Status::Verified);
}

#[tokio::test]
async fn limits_are_named() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_PDF__DOCUMENT_BYTES_MAX", "1000");
    let _processor = rig.processor();
    let mut headers = HeaderMap::new();
    headers.insert(names::HEADER_CONTENT_TYPE, names::CONTENT_TYPE_PDF);
    headers.insert(names::HEADER_DOCUMENT, "raw");
    rig.publish("docmill.jobs.process.bulk.q3", headers, sample_pdf("invoice/english-classic.pdf")).await;
    rig.expect_failure("q3", "raw", FailureCode::DocumentTooLarge, "1000").await;
    rig.submit("invoice/english-classic.pdf", "stored").await;
    rig.expect_failure("q3", "stored", FailureCode::DocumentTooLarge, "1000").await;
}

#[tokio::test]
async fn a_reader_out_of_memory_costs_its_own_document_alone() {
    let mut rig = Rig::start().await;
    // Less address space than the program itself needs: every reader dies at once.
    rig.set("DOCMILL_PDF__READER_MEMORY_BYTES_MAX", "67108864");
    let mut processor = rig.processor();
    rig.submit("invoice/two-pages-40-lines.pdf", "big").await;
    let outcome = rig.outcome("big").await;
    assert!(processor.is_running());
    if let Some(failure) = outcome.failure {
        let codes = [FailureCode::ReadLimitExceeded, FailureCode::ReaderLost];
        assert!(codes.contains(&failure.code), "{failure:?}");
    }
}

#[tokio::test]
async fn a_missing_object_is_waited_for() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    rig.publish_job(
        "q3",
        &json!({"source": {"object": "late.pdf"}, "document": "late", "profile": "invoice"}),
    )
    .await;
    rig.publish_job("q3", &json!({"source": {"object": "never.pdf"}, "document": "never"})).await;
    rig.stores.documents.put_named("late.pdf", &sample_pdf("invoice/english-classic.pdf")).await.unwrap();
    assert_eq!(rig.outcome("late").await.status, Status::Verified);
    assert_eq!(rig.outcomes("q3").await, 1, "the other one is still waited for");
}

#[tokio::test]
async fn an_object_that_never_comes_fails_its_document() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_PDF__OBJECT_LATE_SECONDS_MAX", "1");
    let _processor = rig.processor();
    rig.publish_job("q3", &json!({"source": {"object": "never.pdf"}, "document": "never"})).await;
    rig.expect_failure("q3", "never", FailureCode::DocumentMissing, "\"never.pdf\"").await;
    assert_eq!(
        rig.outcome("never").await.failure.map(|failure| failure.attempts),
        Some(1),
        "waiting is no attempt"
    );
}
