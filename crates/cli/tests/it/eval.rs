//! `docmill eval` on outcomes that are there. Whole runs are in the system tests and in `make eval`.

use std::path::Path;

use docmill_contract::profile::Profile;
use serde_json::{Value, json};

use crate::docmill::{Fixture, docmill, outcome, write};

/// A sample's folder and name.
const SAMPLE: &str = "../../samples/invoice/english-classic";

/// A folder with one document and its truth, and the outcome of reading it: all right, but for what `change` does.
async fn evaluated(change: impl FnOnce(&mut Value)) -> Fixture {
    let fixture = Fixture::start().await;
    let sample = |ending: &str| {
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{SAMPLE}.{ending}"))).unwrap()
    };
    fixture.file("in/a.pdf", &sample("pdf"));
    fixture.file("in/a.truth.json", &sample("truth.json"));
    fixture.file("in/unlabelled.pdf", b"%PDF-1");
    let truth: Value = serde_json::from_slice(&sample("truth.json")).unwrap();
    let profile = Profile::built_in("invoice").unwrap();
    fixture.stores.profiles.keep(&profile).await.unwrap();
    let mut read = serde_json::to_value(outcome("q3", "a", None)).unwrap();
    read["profile"] = json!({"name": "invoice", "digest": profile.digest()});
    read["data"] = truth["data"].clone();
    // Where the number really stands, and where the total doesn't.
    read["evidence"] = json!([
        {"pointer": "/invoice_number", "page": 1, "box": [0, 0, 600, 842], "text": "INV-2024-0117", "verified_by": "text", "via": "llm"},
        {"pointer": "/total", "page": 2, "box": [0, 0, 1, 1], "text": "641.64", "verified_by": "text", "via": "llm"}
    ]);
    change(&mut read);
    fixture.put_outcome(&serde_json::from_value(read).unwrap()).await;
    fixture
}

#[tokio::test]
async fn outcomes_that_are_there_are_scored_against_their_truths() {
    let fixture = evaluated(|_| {}).await;
    let said = fixture.docmill(&["eval", "in", "--collection", "q3", "--json"]);
    assert!(said.errors.contains("1 documents without a truth are left out"), "{said:?}");
    let scored = said.json();
    assert_eq!((&scored["shares"]["value_f1"], &scored["shares"]["row_f1"]), (&json!(100.0), &json!(100.0)));
    assert_eq!(scored["documents"][0]["as_expected"], true);
    assert_eq!(
        (&scored["scores"]["verified"], &scored["scores"]["verified_but_wrong"]),
        (&json!(2), &json!(0))
    );
    // The number is on the page, but half the page is no place.
    assert_eq!((&scored["scores"]["on_page"], &scored["scores"]["in_box"]), (&json!(1), &json!(0)));
    fixture.docmill(&["eval", "in", "--collection", "q3"]).prints(&[
        "a.pdf",
        "100.00",
        "verified but wrong: 0 of 2",
    ]);
}

#[tokio::test]
async fn two_evaluations_are_compared_and_limits_kept() {
    let fixture = evaluated(|read| read["data"]["total"] = json!(7)).await;
    let collection = ["eval", "in", "--collection", "q3"];
    let scored = |more: &[&str]| fixture.docmill(&[&collection[..], more].concat());
    let wrong = scored(&["--json"]);
    fixture.file("wrong.json", wrong.output.as_bytes());
    assert_eq!(wrong.json()["documents"][0]["faults"][0]["pointer"], "/total");
    scored(&[]).prints(&["verified but wrong: 1 of 2 verified values (50.00 %); 0 of them questioned by nothing, 1 in documents"]);
    assert_eq!(scored(&["--verified-but-wrong-max", "49"]).code, Some(1));
    assert_eq!(scored(&["--verified-but-wrong-max", "50"]).code, Some(0));

    let mut right = wrong.json();
    right["documents"][0]["faults"] = json!([]);
    fixture.file("right.json", right.to_string().as_bytes());
    scored(&["--against", "right.json"])
        .prints(&["0 values better, 1 worse, 1 newly verified but wrong", "a /total"]);
    assert_eq!(scored(&["--against", "right.json", "--fail-on-worse"]).code, Some(1));
    assert_eq!(scored(&["--against", "wrong.json", "--fail-on-worse"]).code, Some(0));
    fixture.file("other.json", b"{}");
    scored(&["--against", "other.json"]).fails(2, "other.json is not an evaluation");
    fixture
        .docmill(&["eval", "in", "--collection", "q4"])
        .fails(1, "collection q4 has no outcome of these documents");
}

#[test]
fn folders_without_truths_are_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "in/a.pdf", b"%PDF-1");
    docmill(folder.path(), &["eval", "in"]).fails(2, "no document below in has a truth");
    write(folder.path(), "in/a.truth.json", b"{\"dat\": 1}");
    docmill(folder.path(), &["eval", "in"]).fails(2, "in/a.truth.json is not a truth: unknown field `dat`");
    write(folder.path(), "in/a.truth.json", b"{}");
    docmill(folder.path(), &["eval", "in", "--nats", "nats://127.0.0.1:1"])
        .fails(2, "`eval` starts a NATS of its own");
    docmill(folder.path(), &["eval", "in", "--fail-on-worse"]).fails(2, "--against");
}
