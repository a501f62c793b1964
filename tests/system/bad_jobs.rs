//! Messages that aren't jobs, and jobs that ask for what can't be: each ends as a failed outcome with a code and a
//! sentence, where its sender looks for it.

use async_nats::HeaderMap;
use docmill_contract::failure::FailureCode;
use docmill_contract::identity::Sha256Hex;
use docmill_contract::names::Work;
use serde_json::{Value, json};

use crate::rig::{Rig, eventually, id, sample_pdf};

#[tokio::test]
async fn jobs_that_cannot_be_read() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    // Where collection and document can be made out, the failure is there; else under the message's digest.
    let digest = |body: &str| format!("invalid-{}", Sha256Hex::of(body.as_bytes()).short());
    let rows: &[(&str, &str, FailureCode, &str)] = &[
        ("not json", "", FailureCode::JobNotJson, "not JSON"),
        ("[1]", "", FailureCode::JobInvalid, "the job can't be read"),
        (r#"{"document":"a"}"#, "a", FailureCode::JobInvalid, "missing field `source`"),
        (
            r#"{"source":{"object":"x"},"document":"b","profil":"invoice"}"#,
            "b",
            FailureCode::JobInvalid,
            "unknown field `profil`",
        ),
        (
            r#"{"source":{"object":"x"},"document":"c","pages":3}"#,
            "c",
            FailureCode::JobInvalid,
            "expected a string",
        ),
        (
            r#"{"source":{"object":"x","url":"https://y"},"document":"d"}"#,
            "d",
            FailureCode::JobInvalid,
            "exactly one",
        ),
        (r#"{"source":{"object":"x"},"document":"e/f"}"#, "", FailureCode::JobInvalid, "not a valid id"),
        (
            r#"{"source":{"url":"https://169.254.169.254/latest/meta-data/?secret"},"document":"g"}"#,
            "g",
            FailureCode::AddressForbidden,
            "169.254.169.254, which is not public",
        ),
        (
            r#"{"source":{"object":"x"},"document":"h","collection":"q4"}"#,
            "h",
            FailureCode::CollectionMismatch,
            "\"q4\"",
        ),
    ];
    for (body, document, code, reason) in rows {
        rig.publish("docmill.jobs.process.bulk.q3", HeaderMap::new(), (*body).to_owned()).await;
        let document = if document.is_empty() { digest(body) } else { (*document).to_owned() };
        rig.expect_failure("q3", &document, *code, reason).await;
    }
    rig.publish("docmill.jobs.process", HeaderMap::new(), "{}").await;
    rig.expect_failure("default", &digest("{}"), FailureCode::JobInvalid, "missing field `source`").await;
    rig.drained(Work::Process).await;
    assert_eq!(rig.mock.stats().calls, 0);
}

#[tokio::test]
async fn jobs_that_ask_for_what_cannot_be() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_PDF__PAGES_MAX", "1");
    let _processor = rig.processor();
    let object = rig.store(&sample_pdf("invoice/english-classic.pdf")).await;
    let two_pages = rig.store(&sample_pdf("invoice/two-pages-40-lines.pdf")).await;
    let job = |document: &str, more: Value| {
        let mut job = json!({"source": {"object": object}, "document": document});
        job.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        job
    };
    let rows = [
        (job("a", json!({"profile": "nonsense"})), FailureCode::ProfileUnknown, "docmill profile list"),
        (job("b", json!({"schema": {"type": "objekt"}})), FailureCode::SchemaInvalid, "schema"),
        (job("c", json!({"schema": {"type": "string"}})), FailureCode::SchemaInvalid, "object"),
        (job("d", json!({"pages": "7"})), FailureCode::PagesOutOfRange, "page 7"),
        (
            job("e", json!({"password_secret": "../secret"})),
            FailureCode::PasswordSecretUnknown,
            "passwords_folder",
        ),
        (job("f", json!({"source": {"object": two_pages}})), FailureCode::TooManyPages, "pages_max"),
    ];
    for (job, _, _) in &rows {
        rig.publish_job("q3", job).await;
    }
    for (job, code, reason) in &rows {
        rig.expect_failure("q3", job["document"].as_str().unwrap(), *code, reason).await;
    }
    assert_eq!(rig.mock.stats().calls, 0);
}

#[tokio::test]
async fn a_lane_that_nobody_serves_refuses_the_job_when_it_is_published() {
    let rig = Rig::start().await;
    let refused =
        rig.jetstream().publish("docmill.jobs.process.priority.q3", "{}".into()).await.unwrap().await;
    assert!(refused.is_err(), "{refused:?}");
}

#[tokio::test]
async fn a_failed_document_can_be_replayed() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    rig.submit("invoice/encrypted.pdf", "locked").await;
    rig.expect_failure("q3", "locked", FailureCode::PdfEncrypted, "password").await;
    let replay = tokio::process::Command::new(docmill_tests::program("docmill"))
        .args(["dead", "replay", "q3", "locked"])
        .env("DOCMILL_NATS__URL", rig.nats.url())
        .output()
        .await
        .unwrap();
    assert!(replay.status.success(), "{}", String::from_utf8_lossy(&replay.stderr));
    let again = rig.outcome_where("q3", "locked", |outcome| outcome.revision == 2).await;
    assert_eq!(again.failure.map(|failure| failure.code), Some(FailureCode::PdfEncrypted));

    // The password comes with a new job: a record, and the dead letter is gone.
    std::fs::write(rig.passwords.path().join("supplier-a"), "grindstone\n").unwrap();
    let object = rig.store(&sample_pdf("invoice/encrypted.pdf")).await;
    rig.publish_job(
        "q3",
        &json!({"source": {"object": object}, "document": "locked", "profile": "invoice", "password_secret": "supplier-a"}),
    )
    .await;
    // The same PDF, profile and pages are the same work; a failed outcome doesn't stand in its way.
    let opened = rig.outcome_where("q3", "locked", |outcome| outcome.revision == 3).await;
    assert!(opened.data.is_some(), "{:?}", opened.failure);
    eventually("the dead letter is gone", async || {
        let letters = rig.stores.dead_letters.get(&id("q3"), &"locked".parse().unwrap()).await.ok()?;
        letters.is_empty().then_some(())
    })
    .await;
}
