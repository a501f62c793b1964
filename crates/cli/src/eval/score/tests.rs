//! Scores as tables: a truth, a record, and what is expected of their comparison.

use serde_json::json;

use super::*;

fn schema() -> Value {
    json!({"type": "object", "properties": {
        "number": {"type": "string"}, "date": {"type": "string", "format": "date"}, "total": {"type": "number"},
        "seller": {"type": "object", "properties": {"name": {"type": "string"}}},
        "tags": {"type": "array", "items": {"type": "string"}},
        "lines": {"type": "array", "items": {"type": "object", "properties": {
            "text": {"type": "string"}, "amount": {"type": "number"}}}}}})
}

fn rules() -> Vec<Rule> {
    let rules = json!([{"kind": "sum", "id": "s", "parts": ["/lines/*/amount"], "total": "/total"}]);
    serde_json::from_value(rules).unwrap()
}

/// An outcome whose leaves are all proved by text, but those of `unproved`.
fn outcome(data: &Value, status: &str, unproved: &[&str]) -> Outcome {
    fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(name, member)| pointers(member, &format!("{at}/{name}"), found));
            }
            Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(index, item)| pointers(item, &format!("{at}/{index}"), found));
            }
            _ => found.push(at.to_owned()),
        }
    }
    let mut found = Vec::new();
    pointers(data, "", &mut found);
    let evidence: Vec<Value> = found
        .iter()
        .map(|pointer| {
            let verified_by = if unproved.contains(&pointer.as_str()) { "none" } else { "text" };
            json!({"pointer": pointer, "page": 1, "box": null, "text": "x", "verified_by": verified_by, "via": "llm"})
        })
        .collect();
    serde_json::from_value(json!({
        "version": 1, "collection": "c", "document": "d", "name": "d", "revision": 1, "work_key": "0", "status": status,
        "source": {"job_sequence": 1}, "data": data, "evidence": evidence,
        "usage": {"calls": 0, "replayed_calls": 0, "failed_calls": 0, "repeated_calls": 0, "prompt_tokens": 0,
                  "completion_tokens": 0, "cost": null},
        "engine": {"docmill": "0"}
    }))
    .unwrap()
}

/// `expected`: right, wrong, missing, extra; then the faults, one a line.
#[track_caller]
fn check(truth: Value, found: Value, expected: [u64; 4], faults: &[&str]) -> Scores {
    let truth: Truth = serde_json::from_value(truth).unwrap();
    let (scores, found_faults) = score(&truth, &outcome(&found, "verified", &[]), &schema(), &rules(), None);
    assert_eq!([scores.right, scores.wrong, scores.missing, scores.extra], expected, "{found_faults:#?}");
    let shown =
        |fault: &Fault| format!("{:?} {}: {} for {}", fault.kind, fault.pointer, fault.found, fault.expected);
    assert_eq!(found_faults.iter().map(shown).collect::<Vec<_>>(), faults);
    scores
}

#[test]
fn values_are_right_wrong_missing_or_extra() {
    let truth =
        json!({"data": {"number": "A-1", "date": "2024-03-14", "total": 12.5, "seller": {"name": "Huber"}}});
    let same = json!({"number": "a-1", "date": "2024-03-14", "total": 12.50, "seller": {"name": "HUBER"}});
    let scores = check(truth.clone(), same, [4, 0, 0, 0], &[]);
    assert_eq!(scores.shares().value_f1, Some(100.0));
    let scores = check(
        truth.clone(),
        json!({"number": "A-1", "total": 13, "tags": ["x"]}),
        [1, 1, 2, 1],
        &[
            "Missing /date: null for \"2024-03-14\"",
            "Wrong /total: 13 for 12.5",
            "Missing /seller/name: null for \"Huber\"",
            "Extra /tags/0: \"x\" for null",
        ],
    );
    // 2 × 1 right of 3 found and 4 true ones.
    assert_eq!(scores.shares().value_f1, Some(28.57));
    assert_eq!((scores.verified, scores.verified_but_wrong, scores.verified_but_wrong_unseen), (3, 2, 2));
}

#[test]
fn what_nobody_knows_is_not_scored_and_other_right_values_are_right() {
    let truth = json!({"data": {"total": 12.5, "lines": [{"text": "a", "amount": 1}]}, "unknown": ["/lines/*/amount",
        "/number"], "also_right": {"/total": [15], "/lines/*/text": ["A long"]}});
    let found = json!({"number": "?", "total": 15.0, "lines": [{"text": "a long", "amount": 9}]});
    let scores = check(
        truth,
        found.clone(),
        [1, 0, 1, 1],
        &["Missing /lines/0/text: null for \"a\"", "Extra /lines/0/text: \"a long\" for null"],
    );
    assert_eq!(scores.not_scored, 2);
    // With one value in common the row is the same.
    let truth = json!({"data": {"total": 12.5, "lines": [{"text": "a", "amount": 9}]}, "unknown": ["/number"],
        "also_right": {"/total": [15], "/lines/*/text": ["A long"]}});
    check(truth, found, [3, 0, 0, 0], &[]);
}

#[test]
fn rows_are_right_as_a_whole() {
    let row = |text: &str, amount: u32| json!({"text": text, "amount": amount});
    let truth = json!({"data": {"lines": [row("a", 1), row("b", 2), row("c", 3)]}});
    let found = json!({"lines": [row("a", 1), row("c", 4), row("d", 5)]});
    let scores = check(
        truth,
        found,
        [3, 1, 2, 2],
        &[
            "Missing /lines/1/text: null for \"b\"",
            "Missing /lines/1/amount: null for 2",
            "Wrong /lines/2/amount: 4 for 3",
            "Extra /lines/2/text: \"d\" for null",
            "Extra /lines/2/amount: 5 for null",
        ],
    );
    assert_eq!((scores.rows_true, scores.rows_found, scores.rows_right), (3, 3, 1));
    assert_eq!(scores.shares().row_f1, Some(33.33));
}

#[test]
fn what_was_never_proved_is_not_verified_but_wrong() {
    let truth: Truth = serde_json::from_value(json!({"data": {"total": 1, "number": "a"}})).unwrap();
    let outcome = outcome(&json!({"total": 2, "number": "b"}), "needs_review", &["/total"]);
    let (scores, faults) = score(&truth, &outcome, &schema(), &rules(), None);
    assert_eq!((scores.verified, scores.verified_but_wrong, scores.verified_but_wrong_unseen), (1, 1, 0));
    assert_eq!(faults.iter().filter(|fault| fault.is_verified()).count(), 1);
}

#[test]
fn a_wrong_value_is_questioned_by_a_warning_or_an_equation_that_does_not_hold() {
    let check = |found: Value, warned: Option<&str>, unquestioned: u64| {
        let truth = json!({"data": {"number": "a", "total": 3, "lines": [{"amount": 1}, {"amount": 2}]}});
        let truth: Truth = serde_json::from_value(truth).unwrap();
        let mut outcome = outcome(&found, "needs_review", &[]);
        let warning = |pointer: &str| json!({"code": "ambiguous", "message": "", "pointer": pointer});
        outcome.warnings =
            warned.iter().map(|pointer| serde_json::from_value(warning(pointer)).unwrap()).collect();
        let (scores, faults) = score(&truth, &outcome, &schema(), &rules(), None);
        assert_eq!(
            (scores.verified_but_wrong, scores.verified_but_wrong_unquestioned),
            (1, unquestioned),
            "{faults:?}"
        );
    };
    let lines = json!([{"amount": 1}, {"amount": 2}]);
    check(json!({"number": "a", "total": 3, "lines": [{"amount": 1}, {"amount": 2, "text": "x"}]}), None, 1);
    check(json!({"number": "b", "total": 3, "lines": lines}), None, 1);
    check(json!({"number": "b", "total": 3, "lines": lines}), Some("/number"), 0);
    check(json!({"number": "a", "total": 4, "lines": lines}), None, 0);
}

#[test]
fn no_record_misses_everything() {
    let scores = check(
        json!({"data": {"total": 1, "lines": [{"text": "a"}]}}),
        Value::Null,
        [0, 0, 2, 0],
        &["Missing /total: null for 1", "Missing /lines/0/text: null for \"a\""],
    );
    assert_eq!((scores.rows_true, scores.rows_found), (1, 0));
    assert_eq!(scores.shares().verified, None);
}

#[test]
fn percentages_are_rounded_half_up() {
    for (part, whole, expected) in [
        (1, 3, Some(33.33)),
        (2, 3, Some(66.67)),
        (1, 8, Some(12.5)),
        (0, 5, Some(0.0)),
        (5, 5, Some(100.0)),
        (0, 0, None),
    ] {
        assert_eq!(percent(part, whole), expected, "{part}/{whole}");
    }
}
