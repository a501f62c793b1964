//! `docmill review` on outcomes that are there.

use docmill_contract::job::AnalyseJob;
use docmill_contract::names::{Lane, STREAM_ANALYSE, Work};
use docmill_contract::outcome::{Outcome, Status, VerifiedBy};
use docmill_contract::profile::Profile;
use serde_json::json;

use crate::docmill::{Fixture, outcome};

/// An invoice as a processor leaves it that could prove neither the number nor the sum.
async fn invoice(fixture: &Fixture) -> Outcome {
    let profile = Profile::built_in("invoice").unwrap();
    fixture.stores.profiles.keep(&profile).await.unwrap();
    let mut invoice = outcome("q3", "inv-1", None);
    invoice.profile =
        Some(serde_json::from_value(json!({"name": "invoice", "digest": profile.digest()})).unwrap());
    invoice.status = Status::NeedsReview;
    invoice.data = Some(json!({"invoice_number": "A-1", "invoice_date": "2024-03-14", "currency": "EUR",
        "net": 100, "tax": 19, "total": 120}));
    invoice.evidence = serde_json::from_value(json!([
        {"pointer": "/invoice_number", "page": null, "box": null, "text": null, "verified_by": "none", "via": "llm"},
        {"pointer": "/invoice_date", "page": 1, "box": [1, 2, 3, 4], "text": "14.03.2024", "verified_by": "text", "via": "llm"},
        {"pointer": "/currency", "page": 1, "box": [1, 2, 3, 4], "text": "EUR", "verified_by": "text", "via": "llm"},
        {"pointer": "/net", "page": 1, "box": [1, 2, 3, 4], "text": "100,00", "verified_by": "text", "via": "llm"},
        {"pointer": "/tax", "page": 1, "box": [1, 2, 3, 4], "text": "19,00", "verified_by": "text", "via": "llm"},
        {"pointer": "/total", "page": 2, "box": [1, 2, 3, 4], "text": "120,00", "verified_by": "text", "via": "llm"}
    ]))
    .unwrap();
    invoice.warnings = serde_json::from_value(json!([
        {"code": "not_found", "message": "\"A-1\" doesn't stand on the page where it should", "pointer": "/invoice_number"},
        {"code": "arithmetic_mismatch", "message": "the equation `net-plus-tax` gives 119, the document says 120", "pointer": "/total"}
    ]))
    .unwrap();
    fixture.put_outcome(&invoice).await;
    invoice
}

async fn current(fixture: &Fixture) -> Outcome {
    let kept = fixture.stores.outcomes.current(&"q3".parse().unwrap(), &"inv-1".parse().unwrap()).await;
    kept.unwrap().unwrap().value
}

#[tokio::test]
async fn what_is_open_is_listed_with_where_to_look() {
    let fixture = Fixture::start().await;
    invoice(&fixture).await;
    fixture.put_outcome(&outcome("q3", "fine", None)).await;
    let list = fixture.docmill(&["review", "list", "q3"]);
    list.prints(&[
        "inv-1",
        "/invoice_number",
        "A-1",
        "doesn't stand",
        "/total",
        "120,00",
        "`net-plus-tax` gives 119",
    ]);
    assert!(!list.output.contains("fine"), "{list:?}");
    let open = fixture.docmill(&["review", "list", "q3", "--json"]).json();
    assert_eq!(open.as_array().unwrap().len(), 2);
    assert_eq!(
        open[1],
        json!({"collection": "q3", "document": "inv-1", "name": "inv-1.pdf", "revision": 1, "pointer": "/total", "value": 120,
               "codes": ["arithmetic_mismatch"], "messages": ["the equation `net-plus-tax` gives 119, the document says 120"],
               "page": 2, "box": [1.0, 2.0, 3.0, 4.0], "text": "120,00", "verified_by": "text"})
    );
    fixture.docmill(&["review", "list", "q3", "fine"]).prints(&["nothing is open"]);
    fixture.docmill(&["review", "show", "q3", "inv-1"]).prints(&["/net", "100,00", "text", "none", "why"]);
    fixture
        .docmill(&["review", "show", "q4", "inv-1"])
        .fails(1, "document inv-1 of collection q4 has no outcome");
}

#[tokio::test]
async fn settling_writes_revisions_and_has_the_collection_analysed_again() {
    let fixture = Fixture::start().await;
    let before = invoice(&fixture).await;
    let settle = |arguments: &[&str]| {
        let all: Vec<&str> = ["review"].iter().chain(arguments).copied().chain(["--by", "ada"]).collect();
        fixture.docmill(&all)
    };
    settle(&["accept", "q3", "inv-1", "/invoice_number"]).prints(&["revision 2 of inv-1 is written; 1 open"]);
    let said = settle(&["correct", "q3", "inv-1", "/total", "119.00", "--json"]).json();
    assert_eq!(
        (&said["revision"], &said["status"], &said["open"]),
        (&json!(3), &json!("verified"), &json!([]))
    );
    let now = current(&fixture).await;
    assert_eq!((now.status, now.revision, now.warnings.len()), (Status::Verified, 3, 0));
    assert_eq!(now.data.as_ref().unwrap()["total"], json!(119));
    assert_eq!((&now.work_key, now.source.job_sequence), (&before.work_key, before.source.job_sequence));
    let by_person = now.evidence.iter().filter(|evidence| evidence.verified_by == VerifiedBy::Person);
    assert_eq!(
        by_person.map(|evidence| evidence.pointer.as_str()).collect::<Vec<_>>(),
        ["/invoice_number", "/total"]
    );
    assert!(
        now.reviews.iter().all(|review| review.by == "ada" && review.at.ends_with('Z')),
        "{:?}",
        now.reviews
    );
    assert_eq!(now.reviews[1].before, Some(json!(120)));

    // A job for each revision. Saying it again makes neither a revision nor a job.
    let depth = async || fixture.jobs.depth(Work::Analyse, Lane::Bulk).await.unwrap().waiting;
    assert_eq!(depth().await, 2);
    settle(&["correct", "q3", "inv-1", "/total", "119"]).prints(&["revision 3 of inv-1 has it already"]);
    assert_eq!((depth().await, current(&fixture).await.revision), (2, 3));
    let stream = fixture.nats.jetstream.get_stream(STREAM_ANALYSE).await.unwrap();
    let message = stream.get_raw_message(said["job_sequence"].as_u64().unwrap()).await.unwrap();
    let job = AnalyseJob::read(&message.payload).unwrap();
    assert_eq!(job.document.unwrap().as_str(), "inv-1");
    fixture
        .docmill(&["review", "show", "q3", "inv-1"])
        .prints(&["nothing is open", "ada corrected /total, before: 120"]);
}

#[tokio::test]
async fn what_cannot_be_settled_is_said() {
    let fixture = Fixture::start().await;
    invoice(&fixture).await;
    fixture.put_outcome(&outcome("q3", "dead", Some("The file has no pages."))).await;
    fixture.put_outcome(&outcome("q3", "old", None)).await;
    let refused = |arguments: &[&str], code: i32, expected: &str| {
        let all: Vec<&str> = ["review"].iter().chain(arguments).copied().chain(["--by", "ada"]).collect();
        fixture.docmill(&all).fails(code, expected);
    };
    refused(&["accept", "q3", "inv-1"], 2, "name the pointers to accept, or use --all");
    refused(&["accept", "q3", "inv-1", "/net"], 1, "nothing is open at \"/net\"");
    refused(&["accept", "q3", "inv-1", "/nte"], 1, "\"/nte\" is no part of the record's schema");
    refused(
        &["accept", "q3", "inv-1", "--all", "--revision", "7"],
        1,
        "changed meanwhile (it has revision 1 now)",
    );
    refused(&["correct", "q3", "inv-1", "/total", "1.234,50"], 1, "write it as in -1234.50");
    refused(&["correct", "q3", "inv-1", "/currency", "Euro"], 1, "/currency: ");
    refused(&["correct", "q3", "inv-1", "/total"], 2, "say what the value is, or --remove");
    refused(&["accept", "q3", "dead", "--all"], 1, "has no record to review");
    refused(&["accept", "q3", "old", "/total"], 1, "no longer kept");
    assert_eq!(current(&fixture).await.revision, 1);
    assert_eq!(fixture.jobs.depth(Work::Analyse, Lane::Bulk).await.unwrap().waiting, 0);
}
