use docmill_contract::identity::Sha256Hex;
use docmill_contract::pages::PageSelection;

use super::*;

fn key(work: &str) -> WorkKey {
    let digest = Sha256Hex::of(work.as_bytes());
    WorkKey::new(&digest, &digest, &PageSelection::all(), docmill_contract::job::Vision::Auto)
}

fn asked(document: &str, work: &str, job_sequence: u64) -> Expected {
    Expected { document: document.parse().unwrap(), work_key: key(work), job_sequence }
}

/// An outcome in the store at `sequence`.
fn kept(document: &str, work: &str, job_sequence: u64, sequence: u64) -> Kept<Outcome> {
    let value = serde_json::from_value(serde_json::json!({
        "version": 1, "collection": "run", "document": document, "name": document, "revision": 1,
        "work_key": key(work), "status": "verified", "source": {"job_sequence": job_sequence},
        "usage": {"calls": 0, "replayed_calls": 0, "failed_calls": 0, "repeated_calls": 0,
                  "prompt_tokens": 0, "completion_tokens": 0, "cost": null},
        "engine": {"docmill": "0"}
    }));
    Kept { value: value.unwrap(), sequence, stored: std::time::UNIX_EPOCH }
}

#[test]
fn an_outcome_settles_its_own_job_later_ones_of_the_same_work_and_no_others() {
    let check = |job: (&str, u64), outcome: (&str, u64), expected: bool| {
        let outcome = kept("a", outcome.0, outcome.1, 1).value;
        assert_eq!(asked("a", job.0, job.1).is_settled_by(&outcome), expected, "{job:?} by {outcome:?}");
    };
    check(("new pdf", 7), ("new pdf", 7), true);
    // The same work as before: our job is a no-op.
    check(("same pdf", 7), ("same pdf", 3), true);
    // Another PDF under the same id: the old outcome doesn't answer.
    check(("new pdf", 7), ("old pdf", 3), false);
    // A job that failed before its work was known, or a later job of somebody else.
    check(("new pdf", 7), ("unknown", 7), true);
    check(("new pdf", 7), ("newer pdf", 9), true);
    // What failed is done again.
    let mut failed = kept("a", "same pdf", 3, 1).value;
    failed.status = Status::Failed;
    assert!(!asked("a", "same pdf", 7).is_settled_by(&failed));
    failed.source.job_sequence = 7;
    assert!(asked("a", "same pdf", 7).is_settled_by(&failed));
    assert!(!asked("b", "x", 1).is_settled_by(&kept("a", "x", 1, 1).value));
}

#[test]
fn all_are_there_in_the_order_they_were_asked_for() {
    let expected = [asked("b", "x", 1), asked("a", "y", 2)];
    let mut settled = Settled::new(&expected);
    settled.take(kept("a", "y", 2, 11));
    assert!(settled.all().is_none());
    assert_eq!(settled.open(), [expected[0].document.clone()]);
    settled.take(kept("b", "old", 0, 5));
    assert!(settled.all().is_none(), "an older outcome is no answer");
    settled.take(kept("b", "x", 1, 12));
    settled.take(kept("c", "z", 3, 13));
    // An event that was overtaken by one from the store.
    settled.take(kept("b", "x", 1, 10));
    let sequences: Vec<u64> = settled.all().unwrap().iter().map(|kept| kept.sequence).collect();
    assert_eq!(sequences, [12, 11]);
}
