//! Manifests, completions, analyses and dead letters.

use docmill_chassis::delivery::Trace;
use docmill_chassis::stores::ReplaceError;
use docmill_contract::analysis::{Analysis, Coverage};
use docmill_contract::collection::{CollectionDone, Manifest, ManifestEntry};
use docmill_contract::dead_letter::{DeadJob, DeadLetter};
use docmill_contract::failure::{Failure, FailureCode, FailureStage};
use docmill_contract::names::Work;

use super::{Stocked, collection, document};

fn manifest(documents: usize) -> Manifest {
    let entry = |number| ManifestEntry {
        document: document(&format!("d{number}")),
        name: format!("{number}.pdf"),
        lane: None,
        job: None,
    };
    let documents = (0..documents).map(entry).collect();
    Manifest::new(collection("q3"), documents, "2026-01-01T00:00:00Z".into())
}

fn analysis(document_id: Option<&str>, revision: u32) -> Analysis {
    Analysis {
        version: 1,
        collection: collection("q3"),
        document: document_id.map(document),
        revision,
        covers: Coverage::default(),
        findings: Vec::new(),
        figures: Vec::new(),
        sections: Vec::new(),
        narrative: None,
        documents: Vec::new(),
        docmill: "test".into(),
    }
}

fn letter(document_id: &str, seen: &str) -> DeadLetter {
    DeadLetter {
        version: 1,
        collection: collection("q3"),
        document: document(document_id),
        name: "a.pdf".into(),
        stage: FailureStage::Read,
        failure: Failure {
            code: FailureCode::PdfDamaged,
            reason: "damaged".into(),
            stage: FailureStage::Read,
            attempts: 1,
        },
        job: DeadJob { subject: "docmill.jobs.process".into(), body: None, text: None },
        first_seen: seen.into(),
        last_seen: seen.into(),
    }
}

#[tokio::test]
async fn a_collection_is_listed_and_said_to_be_done_once() {
    let stocked = Stocked::start().await;
    let (collections, q3, trace) = (&stocked.stores.collections, collection("q3"), Trace::default());
    assert_eq!(collections.manifest(&q3).await.unwrap(), None);
    collections.put_manifest(&manifest(2), &trace).await.unwrap();
    // More documents than a message can list.
    let sequence = collections.put_manifest(&manifest(20_000), &trace).await.unwrap();
    let kept = collections.manifest(&q3).await.unwrap().unwrap();
    assert_eq!((kept.value, kept.sequence), (manifest(20_000), sequence));
    let listed = collections.listed(&q3).await.unwrap().unwrap();
    assert_eq!((listed.value, listed.sequence), (20_000, sequence));
    assert_eq!(collections.with_manifest().await.unwrap(), std::slice::from_ref(&q3));
    // A list of somebody who doesn't count, too long for a message of its own.
    let uncounted = Manifest { listed: None, ..manifest(20_000) };
    let sequence = collections.put_manifest(&uncounted, &trace).await.unwrap();
    let listed = collections.listed(&q3).await.unwrap().unwrap();
    assert_eq!((listed.value, listed.sequence), (20_000, sequence));

    let done = |report_revision| CollectionDone {
        version: 1,
        collection: collection("q3"),
        manifest_sequence: sequence,
        documents: 20_000,
        verified: 20_000,
        needs_review: 0,
        failed: 0,
        report_revision,
    };
    let first = collections.replace_done(&done(1), 0, &trace).await.unwrap();
    let late = collections.replace_done(&done(2), 0, &trace).await;
    assert!(matches!(late, Err(ReplaceError::Superseded)), "{late:?}");
    assert_eq!(collections.done(&q3).await.unwrap().unwrap().sequence, first);
    collections.purge(&q3).await.unwrap();
    assert_eq!(
        (collections.manifest(&q3).await.unwrap(), collections.done(&q3).await.unwrap()),
        (None, None)
    );
}

#[tokio::test]
async fn analyses_of_documents_and_reports_dont_meet() {
    let stocked = Stocked::start().await;
    let (analyses, q3, trace) = (&stocked.stores.analyses, collection("q3"), Trace::default());
    analyses.replace(&analysis(Some("a"), 1), 0, &trace).await.unwrap();
    analyses.replace(&analysis(Some("report"), 1), 0, &trace).await.unwrap();
    let report = analyses.replace(&analysis(None, 1), 0, &trace).await.unwrap();
    analyses.replace(&analysis(None, 2), report, &trace).await.unwrap();
    assert_eq!(analyses.document(&q3, &document("a")).await.unwrap().unwrap().value, analysis(Some("a"), 1));
    assert_eq!(analyses.report(&q3).await.unwrap().unwrap().value, analysis(None, 2));
    assert_eq!(analyses.documents_of(&q3).await.unwrap().len(), 2);
    analyses.purge(&q3).await.unwrap();
    assert_eq!(analyses.documents_of(&q3).await.unwrap(), []);
    assert_eq!(analyses.report(&q3).await.unwrap(), None);
}

#[tokio::test]
async fn a_dead_letter_says_when_it_was_first_seen() {
    let stocked = Stocked::start().await;
    let (letters, q3, trace) = (&stocked.stores.dead_letters, collection("q3"), Trace::default());
    letters.put(Work::Process, &letter("a", "monday"), &trace).await.unwrap();
    letters.put(Work::Process, &letter("a", "tuesday"), &trace).await.unwrap();
    letters.put(Work::Analyse, &letter("a", "wednesday"), &trace).await.unwrap();
    letters.put(Work::Process, &letter("b", "thursday"), &trace).await.unwrap();
    let seen = |letters: Vec<docmill_chassis::stores::Kept<DeadLetter>>| {
        letters.into_iter().map(|kept| (kept.value.first_seen, kept.value.last_seen)).collect::<Vec<_>>()
    };
    let pair = |first: &str, last: &str| (first.to_owned(), last.to_owned());
    let of_a = [pair("monday", "tuesday"), pair("wednesday", "wednesday")];
    assert_eq!(seen(letters.get(&q3, &document("a")).await.unwrap()), of_a);
    assert_eq!(letters.list(None).await.unwrap().len(), 3);
    assert_eq!(letters.list(Some(&collection("q4"))).await.unwrap(), []);

    letters.purge(Work::Process, &q3, &document("a")).await.unwrap();
    letters.purge(Work::Process, &q3, &document("a")).await.unwrap();
    let left = [pair("wednesday", "wednesday"), pair("thursday", "thursday")];
    assert_eq!(seen(letters.list(Some(&q3)).await.unwrap()), left);
}
