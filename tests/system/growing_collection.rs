//! A collection that grows is reported from what was kept of it; whatever becomes of that, the report is right.

use async_nats::HeaderMap;
use docmill_chassis::delivery::Trace;
use docmill_contract::analysis::Analysis;
use docmill_contract::identity::Sha256Hex;
use docmill_contract::names;
use docmill_contract::outcome::Outcome;
use docmill_contract::profile::Profile;
use serde_json::json;

use crate::rig::{Rig, eventually, id};

/// So many make a full excerpt.
const PER_EXCERPT: usize = 4;

/// An invoice of this total, as the processor would have written it.
fn invoice(number: usize, revision: u32, total: &str) -> Outcome {
    let (document, digest) = (format!("d{number:03}"), Sha256Hex::of(format!("{number}").as_bytes()));
    let profile = Profile::built_in("invoice").unwrap().digest();
    let data = json!({"supplier": format!("S{}", number % 3), "invoice_number": document, "currency": "EUR", "total": total});
    let evidence = json!([{"pointer": "/total", "page": 1, "box": [50, 100, 120, 110], "text": total,
        "verified_by": "none", "via": "llm"}]);
    serde_json::from_value(json!({
        "version": 1, "collection": "q3", "document": document, "name": format!("{document}.pdf"), "revision": revision,
        "work_key": digest, "status": "needs_review", "source": {"sha256": digest, "pages": 1, "pages_read": 1, "job_sequence": revision},
        "profile": {"name": "invoice", "digest": profile}, "data": data, "evidence": evidence,
        "usage": {"calls": 1, "replayed_calls": 0, "failed_calls": 0, "repeated_calls": 0, "prompt_tokens": 0,
            "completion_tokens": 0, "cost": null},
        "engine": {"docmill": "0.1.0"},
    }))
    .unwrap()
}

async fn write(rig: &Rig, outcome: &Outcome) {
    let current = rig.stores.outcomes.current(&outcome.collection, &outcome.document).await.unwrap();
    let expected = current.map_or(0, |kept| kept.sequence);
    rig.stores.outcomes.replace(outcome, expected, &Trace::default()).await.unwrap();
}

/// Has a report made, and waits for it.
async fn reported(rig: &Rig, trigger: &str) -> Analysis {
    let report = async || rig.stores.analyses.report(&id("q3")).await.unwrap();
    let before = report().await.map_or(0, |report| report.value.revision);
    let job = json!({"trigger": trigger}).to_string();
    rig.publish("docmill.jobs.analyse.bulk.q3", HeaderMap::new(), job).await;
    let made = async || report().await.filter(|report| report.value.revision > before);
    let mut made = eventually("the report is made", made).await.value;
    made.revision = 0;
    made
}

fn sum(report: &Analysis) -> &str {
    &report.figures[0].rows[0].statistics.as_ref().unwrap().sum
}

#[tokio::test]
async fn a_report_reads_what_is_new_and_says_what_reading_everything_says() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_ANALYSIS__DOCUMENTS_PER_EXCERPT", &PER_EXCERPT.to_string());
    rig.stores.profiles.keep(&Profile::built_in("invoice").unwrap()).await.unwrap();
    let _analyser = rig.analyser();
    for number in 0..10 {
        write(&rig, &invoice(number, 1, "10.00")).await;
    }
    let first = reported(&rig, "quiet").await;
    assert_eq!((sum(&first), first.covers.outcomes), ("100.00", 10));
    // Where a value stands is told by its outcome, which no excerpt has.
    let unproved = first.findings.iter().find(|finding| finding.rule == "value_unproved").unwrap();
    assert_eq!((unproved.places.len(), unproved.places[0].page), (10, Some(1)));

    // Full excerpts are kept, one behind the other.
    let excerpts = &rig.stores.excerpts;
    let mut one = excerpts.get(&id("q3"), 0).await.unwrap().unwrap();
    let two = excerpts.get(&id("q3"), one.through).await.unwrap().unwrap();
    assert_eq!((one.documents.len(), two.documents.len()), (PER_EXCERPT, PER_EXCERPT));
    assert_eq!(excerpts.get(&id("q3"), two.through).await.unwrap(), None);

    // The collection grows, and a document is read again: the same as reading everything anew.
    for number in 10..13 {
        write(&rig, &invoice(number, 1, "20.00")).await;
    }
    write(&rig, &invoice(2, 2, "7.125")).await;
    let grown = reported(&rig, "quiet").await;
    assert_eq!((sum(&grown), grown.covers.outcomes), ("157.125", 13));
    assert_eq!(reported(&rig, "asked").await, grown);

    // What was kept is used, and who asks has everything read anew.
    one.documents[0].line.name = "as it was kept.pdf".to_owned();
    excerpts.put(&one).await.unwrap();
    write(&rig, &invoice(13, 1, "1.00")).await;
    let kept = reported(&rig, "quiet").await;
    assert_eq!(kept.documents[0].name, "as it was kept.pdf");
    let asked = reported(&rig, "asked").await;
    assert_eq!((asked.documents[0].name.as_str(), sum(&asked)), ("d000.pdf", "158.125"));

    // What can't be used is made anew: of another version, of other columns, or of documents that are gone.
    let mut other = excerpts.get(&id("q3"), 0).await.unwrap().unwrap();
    other.docmill = "0.0.1".to_owned();
    other.documents.clear();
    excerpts.put(&other).await.unwrap();
    write(&rig, &invoice(14, 1, "1.00")).await;
    assert_eq!(sum(&reported(&rig, "quiet").await), "159.125");

    let mut broken = excerpts.get(&id("q3"), 0).await.unwrap().unwrap();
    broken.records[0].part = "AAAA".to_owned();
    excerpts.put(&broken).await.unwrap();
    write(&rig, &invoice(15, 1, "1.00")).await;
    assert_eq!(sum(&reported(&rig, "quiet").await), "160.125");

    let stream = rig.jetstream().get_stream(names::STREAM_OUTCOMES).await.unwrap();
    let gone = names::outcome_subject(&id("q3"), &"d001".parse().unwrap());
    stream.purge().filter(gone).await.unwrap();
    write(&rig, &invoice(2, 3, "0.125")).await;
    let left = reported(&rig, "quiet").await;
    assert_eq!((sum(&left), left.covers.outcomes), ("143.125", 15));
}
