//! What people say as tables: an outcome, acts, and what must be open, proved and signed afterwards.

use docmill_contract::profile::Profile;
use serde_json::json;

use super::*;

const SIGNATURE: Signature<'_> = Signature { by: "ada", at: "2026-01-02T03:04:05Z" };

fn profile() -> Profile {
    serde_json::from_value(json!({
        "name": "p",
        "schema": {"type": "object", "required": ["number", "total"], "additionalProperties": false, "properties": {
            "number": {"type": "string", "pattern": "^[A-Z]-[0-9]+$"}, "total": {"type": "number"},
            "due": {"type": "string", "format": "date"},
            "lines": {"type": "array", "items": {"type": "object", "required": ["amount"], "properties": {
                "text": {"type": "string"}, "amount": {"type": "number"}}}}}},
        "rules": [{"kind": "sum", "id": "sum", "parts": ["/lines/*/amount"], "total": "/total"}]
    }))
    .unwrap()
}

fn task(profile: &Profile) -> Task {
    Task::new(&profile.schema, &profile.instructions, &profile.rules).unwrap()
}

/// An outcome as extraction leaves it: `unproved` leaves have their warning, the record's own warnings are computed.
fn outcome(data: Value, unproved: &[&str], rows_on_pages: u32) -> Outcome {
    let rows = u32::try_from(data["lines"].as_array().map_or(0, Vec::len)).unwrap();
    let evidence: Vec<Value> = edit::leaves(&data, "")
        .iter()
        .map(|pointer| {
            let place = if unproved.contains(&pointer.as_str()) { json!(null) } else { json!(1) };
            let by = if place.is_null() { "none" } else { "text" };
            json!({"pointer": pointer, "page": place, "box": null, "text": null, "verified_by": by, "via": "llm"})
        })
        .collect();
    let mut outcome: Outcome = serde_json::from_value(json!({
        "version": 1, "collection": "c", "document": "d", "name": "d.pdf", "revision": 3, "work_key": "0",
        "status": "needs_review", "source": {"job_sequence": 7}, "data": data, "evidence": evidence,
        "completeness": [{"pointer": "/lines", "rows_found": rows, "rows_on_pages": rows_on_pages}],
        "usage": {"calls": 1, "replayed_calls": 0, "failed_calls": 0, "repeated_calls": 0, "prompt_tokens": 0,
                  "completion_tokens": 0, "cost": null},
        "engine": {"docmill": "0"}
    }))
    .unwrap();
    let not_found = |pointer: &&str| Warning {
        code: WarningCode::NotFound,
        message: "it doesn't stand there".to_owned(),
        pointer: Some((*pointer).to_owned()),
    };
    outcome.warnings = unproved.iter().map(not_found).collect();
    outcome.warnings.extend(recheck(
        &task(&profile()),
        outcome.data.as_ref().unwrap(),
        &outcome.completeness,
        &outcome.evidence,
    ));
    outcome
}

fn accept(pointer: &str) -> Act {
    Act::Accept { pointer: pointer.to_owned() }
}

fn correct(pointer: &str, text: &str) -> Act {
    Act::Correct { pointer: pointer.to_owned(), text: text.to_owned() }
}

fn remove(pointer: &str) -> Act {
    Act::Remove { pointer: pointer.to_owned() }
}

fn settled(outcome: &Outcome, acts: &[Act]) -> Result<Option<Outcome>, Refusal> {
    let profile = profile();
    settle(outcome, &task(&profile), &profile.schema, acts, SIGNATURE)
}

/// Settles, and checks what is open then: `pointer code` for each warning.
#[track_caller]
fn check(outcome: &Outcome, acts: &[Act], open: &[&str]) -> Outcome {
    let next = settled(outcome, acts).unwrap().unwrap();
    let shown = |warning: &Warning| {
        let code = serde_json::to_value(warning.code).unwrap();
        format!("{} {}", warning.pointer.as_deref().unwrap_or("-"), code.as_str().unwrap())
    };
    assert_eq!(next.warnings.iter().map(shown).collect::<Vec<_>>(), open, "{acts:?}");
    assert_eq!(next.status, if open.is_empty() { Status::Verified } else { Status::NeedsReview });
    assert_eq!(next.revision, outcome.revision + 1);
    // The job stays what it was: delivered again, it is a no-op.
    assert_eq!((&next.work_key, &next.source), (&outcome.work_key, &outcome.source));
    next
}

fn evidence<'a>(outcome: &'a Outcome, pointer: &str) -> &'a Evidence {
    outcome.evidence.iter().find(|evidence| evidence.pointer == pointer).unwrap()
}

fn right() -> Value {
    json!({"number": "A-1", "total": 3, "lines": [{"text": "x", "amount": 1}, {"text": "y", "amount": 2}]})
}

#[test]
fn accepting_settles_what_is_open_and_says_who_and_when() {
    let before = outcome(right(), &["/number", "/lines/1/text"], 2);
    let next = check(&before, &[accept("/number")], &["/lines/1/text not_found"]);
    assert_eq!(evidence(&next, "/number").verified_by, VerifiedBy::Person);
    assert_eq!(evidence(&next, "/total").verified_by, VerifiedBy::Text);
    let review = &next.reviews[0];
    assert_eq!(
        (review.pointer.as_str(), review.by.as_str(), review.at.as_str()),
        ("/number", "ada", SIGNATURE.at)
    );
    assert_eq!((review.action, &review.settled), (ReviewAction::Accepted, &vec![WarningCode::NotFound]));
    let last = check(&next, &[accept("/lines/1/text")], &[]);
    assert_eq!(last.reviews.len(), 2);
    // Saying it again changes nothing.
    assert_eq!(settled(&last, &[accept("/number"), accept("/lines/1/text")]), Ok(None));
}

#[test]
fn a_broken_equation_is_open_until_accepted_or_corrected_and_is_checked_again() {
    let mut wrong = right();
    wrong["total"] = json!(12);
    let before = outcome(wrong, &["/number"], 2);
    let accepted = check(&before, &[accept("/total")], &["/number not_found"]);
    // Computed again with the same numbers, it stays accepted.
    let both = check(&accepted, &[accept("/number")], &[]);
    // Other numbers are another matter.
    check(&both, &[correct("/lines/0/amount", "5")], &["/total arithmetic_mismatch"]);
    check(&before, &[correct("/total", "3")], &["/number not_found"]);
    check(&before, &[correct("/total", "4")], &["/number not_found", "/total arithmetic_mismatch"]);
    let next = check(&before, &[correct("/lines/1/amount", "11"), accept("/number")], &[]);
    assert_eq!(next.data.unwrap()["lines"][1]["amount"], json!(11));
}

#[test]
fn members_of_a_broken_equation_are_doubted_until_it_is_mended() {
    let mut wrong = right();
    wrong["total"] = json!(12);
    let mut before = outcome(wrong, &[], 2);
    for proof in before.evidence.iter_mut().filter(|proof| proof.pointer != "/number") {
        (proof.verified_by, proof.text) = (VerifiedBy::None, Some("1".to_owned()));
    }
    let first = "/lines/0/amount";
    // The equation is accepted; whoever did so said nothing about the others.
    let accepted = settled(&before, &[accept("/total")]).unwrap().unwrap();
    assert_eq!((accepted.status, accepted.warnings.len()), (Status::NeedsReview, 0));
    assert_eq!(evidence(&accepted, first).verified_by, VerifiedBy::None);
    let all = check(&accepted, &[accept(first), accept("/lines/1/amount")], &[]);
    assert_eq!(evidence(&all, first).verified_by, VerifiedBy::Person);
    // Mended, the text proves them again.
    let mended = check(&before, &[correct("/total", "3")], &[]);
    assert_eq!(evidence(&mended, first).verified_by, VerifiedBy::Text);
    assert_eq!(evidence(&mended, "/total").verified_by, VerifiedBy::Person);
}

#[test]
fn a_correction_is_the_persons_word_and_keeps_what_was_there() {
    let before = outcome(right(), &["/number"], 2);
    let next = check(&before, &[correct("/number", "B-2")], &[]);
    let proof = evidence(&next, "/number");
    assert_eq!((proof.verified_by, proof.via, proof.page), (VerifiedBy::Person, Via::Person, None));
    assert_eq!(
        (next.reviews[0].action, &next.reviews[0].before),
        (ReviewAction::Corrected, &Some(json!("A-1")))
    );
    // A value that is typed as it stands is confirmed, and keeps its place.
    let next = check(&before, &[correct("/total", "3.00")], &["/number not_found"]);
    assert_eq!((evidence(&next, "/total").page, evidence(&next, "/total").via), (Some(1), Via::Llm));
    assert_eq!(settled(&next, &[correct("/total", "3")]), Ok(None));
}

#[test]
fn missing_values_and_rows_can_be_added_and_wrong_ones_removed() {
    // No total, and one of two rows.
    let before = outcome(json!({"number": "A-1", "lines": [{"amount": 1}]}), &[], 2);
    let open = ["/lines rows_missing", "/total missing_required"];
    let accepted = check(&before, &[accept("/total")], &open[..1]);
    assert_eq!(accepted.reviews[0].settled, [WarningCode::MissingRequired]);
    let added = check(&before, &[correct("/lines/-", "{\"text\": \"z\", \"amount\": 2}")], &open[1..]);
    assert_eq!(evidence(&added, "/lines/1/text").verified_by, VerifiedBy::Person);
    assert_eq!(added.completeness[0].rows_found, 2);
    let whole = check(&added, &[correct("/total", "3")], &[]);
    assert_eq!(whole.data.as_ref().unwrap()["lines"][1], json!({"text": "z", "amount": 2}));

    // A doubled row in front of one that is not proved.
    let mut data = right();
    data["lines"].as_array_mut().unwrap().insert(0, json!({"text": "x", "amount": 1}));
    let doubled = outcome(data, &["/lines/2/text"], 2);
    let next = check(&doubled, &[remove("/lines/0")], &["/lines/1/text not_found"]);
    assert_eq!(next.data.as_ref().unwrap(), &right());
    assert_eq!(evidence(&next, "/lines/1/text").verified_by, VerifiedBy::None);
    assert_eq!(next.evidence.len(), 6);
    assert_eq!(next.reviews[0].action, ReviewAction::Removed);
}

#[test]
fn what_cannot_be_is_refused_with_a_reason() {
    let before = outcome(right(), &["/number"], 2);
    let refused = |act: Act, expected: &str| {
        let message = settled(&before, std::slice::from_ref(&act)).unwrap_err().to_string();
        assert!(message.contains(expected), "{act:?}: {message}");
    };
    refused(accept("/total"), "nothing is open at \"/total\"");
    refused(accept("/nonsense"), "no part of the record's schema");
    refused(correct("/nonsense", "x"), "no part of the record's schema");
    refused(correct("/lines", "x"), "no single value");
    refused(correct("/lines/0", "{}"), "no single value");
    refused(correct("/lines/7/amount", "1"), "there are 2 rows");
    refused(correct("/lines/-", "{\"text\": \"z\"}"), "requires `amount`");
    refused(correct("/lines/-", "{\"amount\": \"1\"}"), "/lines/2/amount: ");
    refused(correct("/number", "17"), "/number: ");
    refused(correct("/total", "1.234,50"), "no number");
    refused(correct("/due", "14.03.2024"), "no date");
    refused(remove("/due"), "nothing at \"/due\"");
    refused(remove(""), "nothing at \"\"");
    let mut failed = before.clone();
    failed.data = None;
    assert_eq!(settled(&failed, &[accept("/number")]), Err(Refusal::NoRecord));
}
