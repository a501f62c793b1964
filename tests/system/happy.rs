//! The happy ways in: a plain JSON job from any NATS client, a raw PDF as a message, and `docmill submit`.

use async_nats::HeaderMap;
use docmill_contract::names::{self, Work};
use docmill_contract::outcome::{Outcome, Status, VerifiedBy};
use docmill_tests::program;
use serde_json::json;
use tokio::process::Command;

use crate::rig::{Rig, eventually, id, sample, sample_pdf, sample_truth};

/// The record is the truth, and every value of it is proved.
#[track_caller]
fn check_proved(outcome: &Outcome, sample: &str) {
    assert_eq!(outcome.status, Status::Verified, "{:#?}", outcome.warnings);
    assert_eq!(outcome.data.as_ref(), Some(&sample_truth(sample)["data"]));
    for evidence in &outcome.evidence {
        assert_ne!(evidence.verified_by, VerifiedBy::None, "{evidence:?}");
        assert!(
            evidence.page.is_some() && evidence.bounds.is_some() && evidence.text.is_some(),
            "{evidence:?}"
        );
    }
    let (proved, all) = outcome.verified_leaves();
    assert_eq!(proved, all);
    assert!(all > 8);
}

#[tokio::test]
async fn a_plain_json_job_becomes_a_proven_record_and_an_analysis() {
    let rig = Rig::start().await;
    let (_processor, _analyser) = (rig.processor(), rig.analyser());
    let object = rig.store(&sample_pdf("invoice/english-classic.pdf")).await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let mut headers = HeaderMap::new();
    headers.insert(names::HEADER_TRACEPARENT, trace);
    let job =
        json!({"source": {"object": object}, "document": "inv-1", "name": "RE/17.pdf", "profile": "invoice"});
    rig.publish("docmill.jobs.process.bulk.q3", headers, job.to_string()).await;

    let outcome = rig.outcome("inv-1").await;
    check_proved(&outcome, "invoice/english-classic.pdf");
    assert_eq!((outcome.name.as_str(), outcome.revision), ("RE/17.pdf", 1));
    assert_eq!((outcome.usage.calls, outcome.usage.replayed_calls), (1, 0));

    let analysis = eventually("the document's checks", async || {
        rig.stores.analyses.document(&id("q3"), &"inv-1".parse().unwrap()).await.ok()?
    })
    .await;
    assert!(analysis.value.findings.is_empty(), "{:#?}", analysis.value.findings);
    let report = eventually("the report", async || rig.stores.analyses.report(&id("q3")).await.ok()?).await;
    assert_eq!(report.value.covers.outcomes, 1);
    let stream = rig.jetstream().get_stream(names::STREAM_OUTCOMES).await.unwrap();
    let subject = names::outcome_subject(&id("q3"), &"inv-1".parse().unwrap());
    let message = stream.get_last_raw_message_by_subject(&subject).await.unwrap();
    assert_eq!(message.headers.get(names::HEADER_TRACEPARENT).map(|value| value.as_str()), Some(trace));
}

#[tokio::test]
async fn a_raw_pdf_is_a_job() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    let pdf = sample_pdf("invoice/german-klassisch.pdf");
    let mut headers = HeaderMap::new();
    headers.insert(names::HEADER_CONTENT_TYPE, names::CONTENT_TYPE_PDF);
    headers.insert(names::HEADER_COLLECTION, "mail");
    headers.insert(names::HEADER_NAME, "Rechnung März.pdf");
    headers.insert(names::HEADER_PROFILE, "invoice");
    rig.publish("docmill.jobs.process", headers, pdf.clone()).await;

    let digest = docmill_contract::identity::Sha256Hex::of(&pdf);
    let outcome = rig.outcome_where("mail", digest.short(), |_| true).await;
    check_proved(&outcome, "invoice/german-klassisch.pdf");
    assert_eq!(outcome.name, "Rechnung März.pdf");
    assert_eq!(outcome.source.object.as_deref(), Some(digest.as_str()));
    assert_eq!(rig.stores.documents.get(digest.as_str(), 1 << 20).await.unwrap(), pdf, "the bytes are kept");
}

#[tokio::test]
async fn submit_takes_folders_and_waits_for_the_collection() {
    let rig = Rig::start().await;
    let (_processor, _analyser) = (rig.processor(), rig.analyser());
    let output = Command::new(program("docmill"))
        .args(["submit", "--collection", "q4", "--wait", "--json"])
        .arg(sample("bank-statement"))
        .env("DOCMILL_NATS__URL", rig.nats.url())
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let outcomes = rig.stores.outcomes.of_collection(&id("q4")).await.unwrap();
    assert_eq!(outcomes.len(), 1);
    let outcome = &outcomes.first().unwrap().value;
    check_proved(outcome, "bank-statement/statement-2024-03.pdf");
    assert_eq!(outcome.profile.as_ref().unwrap().name.as_deref(), Some("bank-statement"));
    let done =
        eventually("the collection is done", async || rig.stores.collections.done(&id("q4")).await.ok()?)
            .await;
    assert_eq!((done.value.documents, done.value.verified), (1, 1));
}

#[tokio::test]
async fn a_report_shows_the_pages_that_its_findings_point_at() {
    let rig = Rig::start().await;
    let (_processor, _analyser) = (rig.processor(), rig.analyser());
    rig.submit("invoice/wrong-total.pdf", "wrong").await;
    eventually("the report", async || rig.stores.analyses.report(&id("q3")).await.ok()?).await;
    let page = async |more: &[&str]| {
        let output = Command::new(program("docmill"))
            .args(["report", "q3", "--output", "-"])
            .args(more)
            .env("DOCMILL_NATS__URL", rig.nats.url())
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(page(&[]).await.contains("data:image/"), "a page is drawn from the PDF that is kept");
    assert!(!page(&["--no-pictures"]).await.contains("data:image/"));
}

#[tokio::test]
async fn every_sample_ends_as_its_truth_says() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    let mut expected = Vec::new();
    for profile in ["invoice", "bank-statement", "financial-statement", "general"] {
        for entry in std::fs::read_dir(sample(profile)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "pdf") {
                let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
                rig.submit(&format!("{profile}/{stem}.pdf"), &stem).await;
                expected.push((stem.clone(), sample_truth(&format!("{profile}/{stem}.pdf"))));
            }
        }
    }
    assert!(expected.len() >= 10, "{} samples", expected.len());
    for (document, truth) in expected {
        let outcome = rig.outcome(&document).await;
        let status = serde_json::to_value(outcome.status).unwrap();
        assert_eq!(
            status, truth["expect"]["status"],
            "{document}: {:?} {:#?}",
            outcome.failure, outcome.warnings
        );
        match outcome.failure {
            Some(failure) => assert_eq!(failure.code.as_str(), truth["expect"]["failure_code"], "{document}"),
            None => assert_eq!(outcome.data.as_ref(), Some(&truth["data"]), "{document}"),
        }
    }
    rig.drained(Work::Process).await;
}
