//! What people do with records: settle what is open, and score what is right.

use std::process::Stdio;

use docmill_contract::names::Work;
use docmill_contract::outcome::{ReviewAction, Status, VerifiedBy, WarningCode};
use docmill_tests::{program, repository};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::rig::{Rig, eventually, id, sample};

#[tokio::test]
async fn a_review_is_a_revision_that_no_redelivery_undoes_and_is_analysed() {
    let rig = Rig::start().await;
    let (_processor, _analyser) = (rig.processor(), rig.analyser());
    rig.submit("invoice/wrong-total.pdf", "wrong").await;
    let open = rig.outcome("wrong").await;
    assert_eq!((open.status, open.warnings[0].code), (Status::NeedsReview, WarningCode::ArithmeticMismatch));
    let covered = async |revision: u32| {
        eventually("an analysis of that revision", async || {
            let outcome = rig.stores.outcomes.current(&id("q3"), &"wrong".parse().unwrap()).await.ok()??;
            let analysis = rig.stores.analyses.report(&id("q3")).await.ok()??;
            let covers = analysis.value.covers.last_outcome_sequence >= outcome.sequence;
            (covers && outcome.value.revision == revision).then_some(analysis.value)
        })
        .await
    };
    assert_eq!(covered(1).await.covers.needs_review, 1);

    let listed = rig.docmill(&["review", "list", "q3"]).await;
    assert_eq!(listed[0]["pointer"], "/total");
    rig.docmill(&["review", "accept", "q3", "wrong", "/total", "--by", "ada"]).await;
    let settled = rig.outcome("wrong").await;
    assert_eq!((settled.status, settled.revision, &settled.data), (Status::Verified, 2, &open.data));
    let proof = settled.evidence.iter().find(|evidence| evidence.pointer == "/total").unwrap();
    assert_eq!((proof.verified_by, proof.page), (VerifiedBy::Person, Some(1)));
    assert_eq!((settled.reviews[0].action, settled.reviews[0].by.as_str()), (ReviewAction::Accepted, "ada"));
    assert_eq!(covered(2).await.covers.verified, 1);

    // The same work again, as a redelivered job or a second submission would have it.
    rig.submit("invoice/wrong-total.pdf", "wrong").await;
    rig.drained(Work::Process).await;
    assert_eq!(rig.outcome("wrong").await, settled);
    // Other work under the same id is new work.
    rig.submit("invoice/english-classic.pdf", "wrong").await;
    let other = rig.outcome_where("q3", "wrong", |outcome| outcome.revision == 3).await;
    assert!(other.reviews.is_empty());
}

#[tokio::test]
async fn the_samples_score_full_marks_with_an_honest_model() {
    let state = tempfile::tempdir().unwrap();
    let said = Command::new(program("docmill"))
        .arg("eval")
        .arg(sample(""))
        .args(["--json", "--verified-but-wrong-max", "0", "--state"])
        .arg(state.path())
        .env("DOCMILL_NATS_SERVER", docmill_testkit::nats::program())
        .env_remove("DOCMILL_LLM__BASE_URL")
        .output()
        .await
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let scored: Value = serde_json::from_slice(&said.stdout).unwrap();
    for share in ["value_f1", "row_f1", "page_f1", "box_f1"] {
        assert_eq!(scored["shares"][share], json!(100.0), "{share}");
    }
    // All but one of 478 values: the total of `wrong-total.pdf`, which its own equation contradicts.
    assert_eq!(scored["shares"]["verified"], json!(99.79));
    assert_eq!(scored["documents_by_status"]["unexpected"], 0);
    assert_eq!(
        (&scored["scores"]["missing"], &scored["scores"]["verified_but_wrong"]),
        (&json!(0), &json!(0))
    );
}

/// The script that reads truths out of e-invoices shares no code with docmill; the sample's XML must say what its
/// generator says all the same.
#[tokio::test]
async fn the_independent_reader_of_e_invoices_agrees_with_the_sample() {
    if Command::new("python3").arg("--version").stdout(Stdio::null()).status().await.is_err() {
        println!("skipped: there is no python3");
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let said = Command::new("python3")
        .arg("-B")
        .arg(repository().join("scripts/eval/truth.py"))
        .arg("e-invoices")
        .args([sample("invoice").as_path(), out.path()])
        .output()
        .await
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let read = |path: std::path::PathBuf| -> Value {
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    let found = read(out.path().join("factur-x.truth.json"));
    assert_eq!(found["data"], read(sample("invoice/factur-x.truth.json"))["data"]);
    assert_eq!(found["unknown"], json!(["/allowances", "/charges"]));
}
