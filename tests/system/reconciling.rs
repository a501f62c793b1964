//! `docmill status` at every moment of a collection, and `docmill reconcile` for what was lost on the way.

use std::path::PathBuf;
use std::process::Output;

use docmill_chassis::delivery::Trace;
use docmill_contract::names::{self, Work};
use docmill_mock_llm::Faults;
use docmill_tests::program;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::rig::{Rig, eventually, id, sample};

/// A folder of invoices, so many that differ.
fn invoices(count: usize) -> TempDir {
    let names = ["english-classic", "german-klassisch", "wrong-total", "factur-x"];
    let folder = tempfile::tempdir().unwrap();
    for name in &names[..count] {
        std::fs::copy(sample(&format!("invoice/{name}.pdf")), folder.path().join(format!("{name}.pdf")))
            .unwrap();
    }
    folder
}

async fn submit(rig: &Rig, paths: &[PathBuf]) {
    let mut arguments = vec!["submit", "--collection", "q3", "--profile", "invoice"];
    arguments.extend(paths.iter().map(|path| path.to_str().unwrap()));
    rig.docmill(&arguments).await;
}

/// What `docmill status` says of the collection: accepted, waiting, in progress, with an outcome, missing; and done.
async fn standing(rig: &Rig) -> ([u64; 5], bool) {
    let status = rig.docmill(&["status", "q3"]).await;
    let count = |member: &str| status["collection"][member].as_u64().unwrap();
    let counts = ["accepted", "waiting", "in_progress", "outcomes", "missing"].map(count);
    (counts, status["collection"]["done"].as_bool().unwrap())
}

/// `docmill reconcile` of everything: what it did about the collection.
async fn reconciled(rig: &Rig, more: &[&str]) -> Value {
    let arguments = [&["reconcile"], more].concat();
    rig.docmill(&arguments).await[0].clone()
}

fn put_back(reconciled: &Value) -> usize {
    reconciled["put_back"].as_array().unwrap().len()
}

/// As somebody who empties the wrong stream, or restores a server from a copy without it.
async fn lose_the_queue(rig: &Rig) {
    rig.jetstream().get_stream(names::STREAM_PROCESS).await.unwrap().purge().await.unwrap();
}

#[tokio::test]
async fn a_collections_standing_is_true_at_every_moment() {
    let mut rig = Rig::start_with_ack_wait(2).await;
    rig.set("DOCMILL_NATS__ACK_WAIT_SECONDS", "2");
    let folder = invoices(3);
    submit(&rig, &[folder.path().join("english-classic.pdf")]).await;
    assert_eq!(standing(&rig).await, ([1, 1, 0, 0, 0], false));
    // More of the same collection: what was listed stays listed.
    submit(&rig, &[folder.path().to_owned()]).await;
    assert_eq!(standing(&rig).await, ([3, 3, 0, 0, 0], false));

    rig.mock.control(Faults { delay_ms: 600_000, ..Faults::default() });
    let processor = rig.processor();
    rig.calls_in_flight(3).await;
    assert_eq!(standing(&rig).await, ([3, 0, 3, 0, 0], false));
    drop(processor);
    rig.mock.control(Faults::default());

    let (_processor, _analyser) = (rig.processor(), rig.analyser());
    let done = eventually("the collection is done", async || {
        let standing = standing(&rig).await;
        standing.1.then_some(standing)
    })
    .await;
    assert_eq!(done, ([3, 0, 0, 3, 0], true));
}

#[tokio::test]
async fn what_was_lost_is_put_back_and_done_once() {
    let rig = Rig::start().await;
    let folder = invoices(4);
    submit(&rig, &[folder.path().to_owned()]).await;
    lose_the_queue(&rig).await;
    assert_eq!(standing(&rig).await, ([4, 0, 0, 0, 4], false));

    let young = reconciled(&rig, &[]).await;
    assert_eq!((put_back(&young), &young["too_young"]), (0, &json!(true)));
    let dry = reconciled(&rig, &["--older-than-minutes", "0", "--dry-run"]).await;
    assert_eq!((put_back(&dry), standing(&rig).await.0), (4, [4, 0, 0, 0, 4]));
    let wet = reconciled(&rig, &["--older-than-minutes", "0"]).await;
    assert_eq!((put_back(&wet), standing(&rig).await.0), (4, [4, 4, 0, 0, 0]));
    // Whoever does it twice finds everything in the queue.
    assert_eq!(put_back(&reconciled(&rig, &["--older-than-minutes", "0"]).await), 0);

    let (_processor, _analyser) = (rig.processor(), rig.analyser());
    eventually("the collection is done", async || standing(&rig).await.1.then_some(())).await;
    rig.drained(Work::Process).await;
    assert_eq!(rig.mock.stats().calls, 4);
    let last = reconciled(&rig, &["--older-than-minutes", "0"]).await;
    assert_eq!((put_back(&last), &last["report_ordered"]), (0, &json!(false)));
}

/// A report that nobody is about to make, since its job was lost, is ordered.
#[tokio::test]
async fn a_report_whose_order_was_lost_is_made() {
    let rig = Rig::start().await;
    let folder = invoices(2);
    submit(&rig, &[folder.path().to_owned()]).await;
    let _processor = rig.processor();
    eventually("two outcomes", async || (rig.outcomes("q3").await == 2).then_some(())).await;
    rig.drained(Work::Process).await;
    rig.jetstream().get_stream(names::STREAM_ANALYSE).await.unwrap().purge().await.unwrap();
    let _analyser = rig.analyser();
    assert_eq!(reconciled(&rig, &["--older-than-minutes", "0"]).await["report_ordered"], json!(true));
    eventually("the collection is done", async || standing(&rig).await.1.then_some(())).await;
}

#[tokio::test]
async fn what_cannot_be_put_back_is_named() {
    let rig = Rig::start().await;
    let manifest = json!({"version": 1, "collection": "q3", "created": "2026-01-01T00:00:00Z", "documents": [
        {"document": "foreign", "name": "a.pdf"},
        {"document": "unstored", "name": "b.pdf", "job": {"source": {"object": "b.pdf"}}},
        {"document": "linked", "name": "c.pdf", "job": {"source": {"url": "https://example.org/c.pdf"}}}]});
    let manifest = serde_json::from_value(manifest).unwrap();
    rig.stores.collections.put_manifest(&manifest, &Trace::default()).await.unwrap();
    let Output { status, stdout, stderr } = Command::new(program("docmill"))
        .args(["reconcile", "q3", "--older-than-minutes", "0", "--json", "--nats", &rig.nats.url()])
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    for part in [
        "2 can't be put back",
        "q3/foreign: its list says nothing",
        "q3/unstored: its PDF b.pdf was never stored",
    ] {
        assert!(said.contains(part), "{said}");
    }
    // The third was put back all the same.
    let found: Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(found[0]["put_back"], json!(["linked"]));
    assert_eq!(standing(&rig).await.0, [3, 1, 0, 0, 2]);
}

/// The work is done again where it is asked for, and is a new revision; kept answers aren't paid again.
#[tokio::test]
async fn what_is_replayed_is_done_again() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    let folder = invoices(3);
    submit(&rig, &[folder.path().to_owned()]).await;
    let revisions = async || {
        let kept = rig.stores.outcomes.of_collection(&id("q3")).await.unwrap();
        let mut revisions: Vec<_> =
            kept.into_iter().map(|kept| (kept.value.document.to_string(), kept.value.revision)).collect();
        revisions.sort();
        revisions
    };
    let are = async |expected: [(&str, u32); 3]| {
        let expected = expected.map(|(document, revision)| (document.to_owned(), revision));
        eventually("the revisions", async || (revisions().await == expected).then_some(())).await;
    };
    are([("english-classic", 1), ("german-klassisch", 1), ("wrong-total", 1)]).await;
    let calls = rig.mock.stats().calls;

    let replayed = rig.docmill(&["replay", "q3", "--status", "needs-review"]).await;
    assert_eq!(replayed[0]["document"], json!("wrong-total"));
    are([("english-classic", 1), ("german-klassisch", 1), ("wrong-total", 2)]).await;
    rig.docmill(&["replay", "q3", "--all"]).await;
    are([("english-classic", 2), ("german-klassisch", 2), ("wrong-total", 3)]).await;
    assert_eq!(rig.mock.stats().calls, calls);
}
