//! The commands that work on a NATS that is there.

use docmill_chassis::delivery::Trace;
use docmill_contract::analysis::Analysis;
use docmill_contract::dead_letter::DeadLetter;
use docmill_contract::identity::{CollectionId, DocumentId, Sha256Hex};
use docmill_contract::job::ProcessJob;
use docmill_contract::names::{HEADER_REPLAY, Lane, STREAM_PROCESS, Work};
use docmill_testkit::nats::NatsServer;
use serde_json::json;

use crate::docmill::{Fixture, docmill, outcome};

fn collection(name: &str) -> CollectionId {
    name.parse().unwrap()
}

/// The job at `sequence` of the processor's queue, and its replay ordinal.
async fn job(fixture: &Fixture, sequence: u64) -> (ProcessJob, Option<String>) {
    let stream = fixture.nats.jetstream.get_stream(STREAM_PROCESS).await.unwrap();
    let message = stream.get_raw_message(sequence).await.unwrap();
    let replay = message.headers.get(HEADER_REPLAY).map(|value| value.as_str().to_owned());
    (ProcessJob::read(&message.payload).unwrap(), replay)
}

#[tokio::test]
async fn submit_stores_the_bytes_then_publishes_a_job() {
    let fixture = Fixture::start().await;
    fixture.file("in/invoice/a b.pdf", b"%PDF-1");
    fixture.file("in/c.pdf", b"%PDF-2");
    fixture.file("in/notes.txt", b"no");
    let accepted = fixture.docmill(&["submit", "in", "--collection", "q3", "--json"]).json();
    let shown: Vec<_> = accepted
        .as_array()
        .unwrap()
        .iter()
        .map(|each| [&each["name"], &each["document"], &each["profile"]].map(|text| text.as_str().unwrap()))
        .collect();
    assert_eq!(shown, [["c.pdf", "c", "general"], ["invoice/a b.pdf", "invoice-a-b", "invoice"]]);
    let object = Sha256Hex::of(b"%PDF-2");
    assert_eq!(fixture.stores.documents.get(object.as_str(), 100).await.unwrap(), &b"%PDF-2"[..]);
    let (job, replay) = job(&fixture, accepted[1]["job_sequence"].as_u64().unwrap()).await;
    assert_eq!(job.name.as_deref(), Some("invoice/a b.pdf"));
    assert_eq!((job.profile.as_deref(), replay), (Some("invoice"), None));
    let manifest = fixture.stores.collections.manifest(&collection("q3")).await.unwrap().unwrap();
    assert_eq!(manifest.value.documents.len(), 2);

    // The same again, while the first still waits: accepted, and nothing new in the queue.
    let again = fixture.docmill(&["submit", "in", "--collection", "q3", "--json"]).json();
    assert_eq!(again, accepted);
    assert_eq!(fixture.jobs.depth(Work::Process, Lane::Bulk).await.unwrap().waiting, 2);
    let same = fixture.stores.collections.manifest(&collection("q3")).await.unwrap().unwrap();
    assert_eq!(same.sequence, manifest.sequence);
}

#[tokio::test]
async fn a_job_whose_outcome_was_cleared_is_done_again() {
    let fixture = Fixture::start().await;
    fixture.file("a.pdf", b"%PDF-1");
    let submit = || fixture.docmill(&["submit", "a.pdf", "--json"]).json();
    let first = submit()[0]["job_sequence"].as_u64().unwrap();
    let stream = fixture.nats.jetstream.get_stream(STREAM_PROCESS).await.unwrap();
    stream.delete_message(first).await.unwrap();
    let second = submit()[0]["job_sequence"].as_u64().unwrap();
    assert!(second > first);
    let (_, replay) = job(&fixture, second).await;
    assert!(replay.is_some(), "the queue would have dropped it");
}

#[tokio::test]
async fn submit_refuses_what_could_only_fail() {
    let fixture = Fixture::start().await;
    fixture.file("in/a.pdf", b"%PDF-1");
    fixture.file("in/b.pdf", b"%PDF-2");
    fixture
        .docmill(&["submit", "in", "--profile", "invoces"])
        .fails(2, "profile \"invoces\" is neither built in");
    fixture.docmill(&["submit", "in", "--document", "x"]).fails(2, "there are 2 files");
    fixture.docmill(&["submit", "in", "--lane", "priority"]).fails(1, "not provisioned");
    assert_eq!(fixture.jobs.depth(Work::Process, Lane::Bulk).await.unwrap().waiting, 0);
}

#[tokio::test]
async fn submit_can_wait_for_the_outcomes() {
    let fixture = Fixture::start().await;
    fixture.file("a.pdf", b"%PDF-1");
    fixture.put_outcome(&outcome("q3", "a", Some("The file has no pages."))).await;
    let said = fixture.docmill(&["submit", "a.pdf", "--collection", "q3", "--wait"]);
    said.prints(&["a.pdf", "failed", "not_a_pdf: The file has no pages.", "LLM calls: 1, replayed: 0"]);
}

#[tokio::test]
async fn status_shows_queues_and_the_way_of_a_collection() {
    let fixture = Fixture::start().await;
    fixture.file("in/a.pdf", b"%PDF-1");
    fixture.file("in/b.pdf", b"%PDF-2");
    fixture.docmill(&["submit", "in", "--collection", "q3"]).prints(&["a.pdf", "b.pdf"]);
    fixture.put_outcome(&outcome("q3", "a", None)).await;
    let status = fixture.docmill(&["status", "q3", "--json"]).json();
    assert_eq!(
        status["queues"][0],
        json!({"work": "process", "lane": "bulk", "waiting": 2, "in_progress": 0})
    );
    assert_eq!(
        status["collection"],
        json!({"collection": "q3", "listed": 2, "accepted": 2, "waiting": 2, "in_progress": 0, "outcomes": 1, "verified": 1,
               "needs_review": 0, "failed": 0, "missing": 0, "done": false, "report_revision": null})
    );
    fixture.docmill(&["status", "q3"]).prints(&[
        "process  bulk        2",
        "1 verified",
        "2 accepted",
        "not done",
    ]);
}

#[tokio::test]
async fn results_in_every_format() {
    let fixture = Fixture::start().await;
    fixture.put_outcome(&outcome("q3", "b", Some("This is no PDF."))).await;
    fixture.put_outcome(&outcome("q3", "a", None)).await;
    fixture.docmill(&["results", "q3"]).prints(&[
        "a.pdf",
        "verified",
        "1/1",
        "b.pdf",
        "failed",
        "This is no PDF.",
    ]);
    let all = fixture.docmill(&["results", "q3", "--json"]).json();
    assert_eq!((&all[0]["document"], &all[1]["document"]), (&json!("a"), &json!("b")));
    let one = fixture.docmill(&["results", "q3", "a", "--format", "json"]).json();
    assert_eq!(one["data"]["total"], "12.00");
    let lines = fixture.docmill(&["results", "q3", "--format", "jsonl"]);
    assert_eq!(lines.output.lines().count(), 2);
    fixture.docmill(&["results", "q3", "--format", "csv"]).prints(&["/total", "12,00"]);
    fixture.docmill(&["results", "q4"]).fails(1, "collection q4 has no outcome");
    fixture.docmill(&["results", "q3", "c"]).fails(1, "document c of collection q3 has no outcome");
}

#[tokio::test]
async fn the_report_is_a_page_a_workbook_or_tables() {
    let fixture = Fixture::start().await;
    fixture.docmill(&["report", "q3"]).fails(1, "collection q3 has no report yet");
    let analysis: Analysis = serde_json::from_value(json!({
        "version": 1, "collection": "q3", "revision": 1,
        "covers": {"outcomes": 1, "verified": 1, "needs_review": 0, "failed": 0, "last_outcome_sequence": 1},
        "findings": [], "figures": [], "docmill": "0", "documents": []
    }))
    .unwrap();
    fixture.stores.analyses.replace(&analysis, 0, &Trace::default()).await.unwrap();
    fixture.docmill(&["report", "q3"]).prints(&["report: q3.html"]);
    let page = std::fs::read_to_string(fixture.folder.path().join("q3.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"), "{page:.100}");
    assert_eq!(fixture.docmill(&["report", "q3", "--output", "-"]).output, page);
    assert_eq!(fixture.docmill(&["report", "q3", "--json"]).json()["revision"], 1);
    std::fs::remove_file(fixture.folder.path().join("q3.html")).unwrap();
    let files = ["report", "q3", "--xlsx", "q3.xlsx", "--csv", "q3"];
    fixture.docmill(&files).prints(&["workbook: q3.xlsx", "tables: q3"]);
    let workbook = std::fs::read(fixture.folder.path().join("q3.xlsx")).unwrap();
    assert!(workbook.starts_with(b"PK"));
    assert!(fixture.folder.path().join("q3/findings.csv").is_file());
    assert!(!fixture.folder.path().join("q3.html").exists(), "nobody asked for the page");
}

#[tokio::test]
async fn analyse_asks_each_time() {
    let fixture = Fixture::start().await;
    for _ in 0..2 {
        fixture.docmill(&["analyse", "q3"]).prints(&["analysis of q3 is asked for"]);
    }
    assert_eq!(fixture.jobs.depth(Work::Analyse, Lane::Bulk).await.unwrap().waiting, 2);
}

fn dead_letter(document: &str) -> DeadLetter {
    serde_json::from_value(json!({
        "version": 1, "collection": "q3", "document": document, "name": "RE/17.pdf", "stage": "read",
        "failure": {"code": "pdf_damaged", "reason": "The file is cut off.", "stage": "read", "attempts": 1},
        "job": {"subject": "docmill.jobs.process.bulk.q3", "body": {"source": {"object": "x"}, "profile": "invoice"}},
        "first_seen": "2026-01-01T00:00:00Z", "last_seen": "2026-01-02T00:00:00Z"
    }))
    .unwrap()
}

#[tokio::test]
async fn dead_letters_are_listed_shown_and_put_back() {
    let fixture = Fixture::start().await;
    assert_eq!(fixture.docmill(&["dead", "list", "--json"]).json(), json!([]));
    for document in ["a", "b"] {
        fixture
            .stores
            .dead_letters
            .put(Work::Process, &dead_letter(document), &Trace::default())
            .await
            .unwrap();
    }
    fixture.docmill(&["dead", "list"]).prints(&["q3", "RE/17.pdf", "pdf_damaged", "The file is cut off."]);
    fixture.docmill(&["dead", "list", "q4"]).prints(&["collection"]);
    assert_eq!(fixture.docmill(&["dead", "show", "q3", "a"]).json()["job"]["body"]["profile"], "invoice");
    fixture.docmill(&["dead", "show", "q3", "c"]).fails(1, "document c of collection q3 has no dead letter");
    fixture.docmill(&["dead", "replay"]).fails(2, "name a collection and a document, or use --all");
    fixture.docmill(&["dead", "replay", "q3"]).fails(2, "or use --all");

    let replayed = fixture.docmill(&["dead", "replay", "q3", "a", "--json"]).json();
    let (job, replay) = job(&fixture, replayed[0]["job_sequence"].as_u64().unwrap()).await;
    assert_eq!(job.document, Some("a".parse::<DocumentId>().unwrap()));
    assert_eq!(job.profile.as_deref(), Some("invoice"));
    assert!(replay.unwrap().parse::<u64>().unwrap() > 1_700_000_000_000, "milliseconds since 1970");
    fixture.docmill(&["dead", "replay", "q3", "--all"]).prints(&["q3/a is back", "q3/b is back"]);
    assert_eq!(fixture.jobs.depth(Work::Process, Lane::Bulk).await.unwrap().waiting, 3);
}

#[tokio::test]
async fn profiles_are_listed_shown_and_registered() {
    let fixture = Fixture::start().await;
    fixture.docmill(&["profile", "list"]).prints(&["bank-statement", "general", "invoice", "built in"]);
    let mut profile = fixture.docmill(&["profile", "show", "invoice"]).json();
    profile["name"] = json!("mine");
    fixture.file("mine.json", profile.to_string().as_bytes());
    fixture.docmill(&["profile", "put", "mine.json"]).prints(&["profile mine is registered"]);
    let listed = fixture.docmill(&["profile", "list", "--json"]).json();
    let mine = listed.as_array().unwrap().iter().find(|each| each["name"] == "mine").unwrap();
    assert_eq!(mine["origin"], "registered");
    assert_eq!(fixture.docmill(&["profile", "show", "mine"]).json(), profile);
    fixture.docmill(&["profile", "show", "nonsense"]).fails(1, "profile \"nonsense\" is neither built in");
    fixture.file("bad.json", b"{\"name\": \"x\"}");
    fixture
        .docmill(&["profile", "put", "bad.json"])
        .fails(2, "bad.json is not a profile: missing field `schema`");

    // A file in a folder of that name is read with it.
    fixture.file("mine/a.pdf", b"%PDF-1");
    assert_eq!(fixture.docmill(&["submit", "mine", "--json"]).json()[0]["profile"], "mine");
}

#[tokio::test]
async fn provision_makes_everything_and_others_say_what_is_missing() {
    let server = NatsServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let url = server.url();
    docmill(folder.path(), &["status", "--nats", &url]).fails(1, "run `docmill provision`");
    docmill(folder.path(), &["results", "q3", "--nats", &url]).fails(1, "run `docmill provision`");
    docmill(folder.path(), &["provision", "--nats", &url]).prints(&["provisioned", "lanes bulk"]);
    docmill(folder.path(), &["provision", "--nats", &url]).prints(&["provisioned"]);
    docmill(folder.path(), &["status", "--nats", &url]).prints(&["process", "analyse"]);
}

#[tokio::test]
async fn a_failed_document_is_tried_again_and_a_good_one_is_not() {
    let fixture = Fixture::start().await;
    fixture.file("a.pdf", b"%PDF-1");
    let submit = || fixture.docmill(&["submit", "a.pdf", "--collection", "q3", "--json"]).json()[0].clone();
    let first = submit();
    let stream = fixture.nats.jetstream.get_stream(STREAM_PROCESS).await.unwrap();
    let sequence = first["job_sequence"].as_u64().unwrap();
    stream.delete_message(sequence).await.unwrap();
    let mut failed = outcome("q3", "a", Some("The model was away."));
    failed.work_key = serde_json::from_value(first["work_key"].clone()).unwrap();
    failed.source.job_sequence = sequence;
    let kept = fixture.stores.outcomes.replace(&failed, 0, &Trace::default()).await.unwrap();
    let second = submit()["job_sequence"].as_u64().unwrap();
    assert!(second > sequence, "it failed, so it is put back");

    stream.delete_message(second).await.unwrap();
    let mut good = outcome("q3", "a", None);
    good.work_key = failed.work_key.clone();
    fixture.stores.outcomes.replace(&good, kept, &Trace::default()).await.unwrap();
    assert_eq!(submit()["job_sequence"].as_u64(), Some(sequence), "the queue knows it, and it is done");
    assert_eq!(fixture.jobs.depth(Work::Process, Lane::Bulk).await.unwrap().waiting, 0);
}
