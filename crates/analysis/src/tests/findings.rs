//! Findings: what is found, how severe it is, in which order, and where it points.

use crate::{Recalled, check_document};
use docmill_contract::analysis::{Analysis, Finding};
use docmill_contract::profile::Profile;
use serde_json::json;

use crate::tests::outcomes::{invoice, read, recalled};
use crate::tests::report::reported;

/// "Severity rule [documents] message".
fn line(finding: &Finding) -> String {
    let documents: Vec<&str> = finding.places.iter().map(|place| place.document.as_str()).collect();
    format!("{:?} {} [{}] {}", finding.severity, finding.rule, documents.join(" "), finding.message)
}

fn check(analysis: &Analysis, expected: &[&str]) {
    let found: Vec<String> = analysis.findings.iter().map(line).collect();
    assert_eq!(found, expected);
}

fn same(mut recalled: Recalled, other: &Recalled) -> Recalled {
    recalled.outcome.source.sha256 = other.outcome.source.sha256.clone();
    recalled
}

#[test]
fn duplicates_are_found_by_value_and_by_file() {
    let number = |document: &str, supplier: &str, number: &str| {
        read(document, "invoice", json!({"supplier": supplier, "invoice_number": number}), &[])
    };
    let first = number("a", "ACME GmbH", "RE-17");
    let again = number("b", "Acme  gmbh", "re-17");
    let other = number("c", "ACME GmbH", "RE-18");
    let without = [number("d", "ACME GmbH", " "), number("e", "ACME GmbH", "")];
    check(
        &reported(&[other.clone(), again, first.clone(), without[0].clone(), without[1].clone()]),
        &["Warning duplicate [a a b b] 2 documents have the same supplier and invoice number."],
    );

    // The same file by other pages: not the same work.
    check(
        &reported(&[first.clone(), same(other, &first)]),
        &["Info duplicate_file [a c] 2 documents are the same file, read by other pages or another profile."],
    );

    // The same work under another id is said once, not once for the file and once for its values.
    let mut twice = number("z", "ACME GmbH", "RE-17");
    twice.outcome.work_key = first.outcome.work_key.clone();
    check(
        &reported(&[first.clone(), same(twice, &first)]),
        &["Warning duplicate_file [a z] 2 documents are the same file, read in the same way."],
    );
}

#[test]
fn warnings_and_failures_become_findings_most_severe_first() {
    let mut review = read("b", "general", json!({"title": "x", "amount": 2}), &["/amount"]);
    review.outcome.warnings = serde_json::from_value(json!([
        {"code": "not_found", "message": "The amount stands nowhere on page 1.", "pointer": "/amount"},
        {"code": "rows_missing", "message": "The table has more rows.", "pointer": "/rows"},
        {"code": "missing_required", "message": "The currency is missing.", "pointer": "/currency"},
    ]))
    .unwrap();
    review.outcome.completeness =
        serde_json::from_value(json!([{"pointer": "/rows", "rows_found": 3, "rows_on_pages": 5}])).unwrap();
    let failed = recalled(
        "z",
        json!({"status": "failed", "failure":
            {"code": "pdf_encrypted", "reason": "It needs a password.", "stage": "read", "attempts": 1}}),
    );
    let analysis = reported(&[review, failed]);
    check(
        &analysis,
        &[
            "Error pdf_encrypted [z] It needs a password.",
            "Warning not_found [b] The amount stands nowhere on page 1.",
            "Warning value_rejected [b] “Amount” leaves out 1 value: 1 without a currency.",
            "Warning missing_required [b] The currency is missing.",
            "Warning rows_missing [b] The table has more rows.",
        ],
    );
    let rows = &analysis.findings[4];
    assert_eq!((rows.expected.as_deref(), rows.found.as_deref()), (Some("5"), Some("3")));
    assert_eq!(analysis.documents[0].findings, 4);
}

#[test]
fn a_document_is_checked_by_itself() {
    let recalled = invoice("a", "ACME", "EUR", json!(5));
    let analysis = check_document(&recalled, Profile::built_in("invoice").as_ref());
    check(&analysis, &[]);
    assert_eq!(analysis.document.as_ref().map(|document| document.as_str()), Some("a"));
    assert_eq!((analysis.documents.len(), analysis.covers.verified), (1, 1));
    assert_eq!((analysis.documents[0].values, analysis.documents[0].values_verified), (5, 5));
}

#[test]
fn equations_that_do_not_hold_are_errors_with_their_places() {
    let lines = json!([{"description": "x", "quantity": 2, "unit_price": 1.05, "amount": 2.1},
        {"description": "y", "quantity": 3, "unit_price": 1, "amount": 4}]);
    let data =
        json!({"currency": "EUR", "lines": lines, "net": 6.1, "tax_rate": 19, "tax": 1.16, "total": 7.16});
    let mut recalled = read("a", "invoice", data, &[]);
    // The processor's own words on the same equation: said once.
    recalled.outcome.warnings = serde_json::from_value(json!([
        {"code": "arithmetic_mismatch", "message": "net-plus-tax doesn't hold.", "pointer": "/total"}]))
    .unwrap();
    let invoice = Profile::built_in("invoice");
    let analysis = check_document(&recalled, invoice.as_ref());
    check(
        &analysis,
        &[
            "Error line-amount [a a a] /lines/1/amount is 4, but /lines/1/quantity × /lines/1/unit_price comes to 3: 1 too much.",
            "Error net-plus-tax [a a a] /total is 7.16, but /net + /tax comes to 7.26: 0.10 too little.",
        ],
    );
    let total = &analysis.findings[1];
    assert_eq!((total.expected.as_deref(), total.found.as_deref()), (Some("7.26"), Some("7.16")));
    let place = &total.places[0];
    assert_eq!(
        (place.pointer.as_deref(), place.page, place.text.as_deref()),
        (Some("/total"), Some(1), Some("7.16"))
    );
    assert!(place.bounds.is_some());

    // Without the profile the processor's words stand.
    check(&check_document(&recalled, None), &["Error arithmetic_mismatch [a] net-plus-tax doesn't hold."]);
}

#[test]
fn long_sums_are_named_short_and_their_places_cut() {
    let lines: Vec<_> = (0..40).map(|row| json!({"description": "x", "amount": row})).collect();
    let recalled = read("a", "invoice", json!({"currency": "EUR", "lines": lines, "net": 781}), &[]);
    let analysis = check_document(&recalled, Profile::built_in("invoice").as_ref());
    let finding = &analysis.findings[0];
    assert_eq!(
        finding.message,
        "/net is 781, but the sum of /lines/*/amount (40 values) comes to 780: 1 too much; 17 more places are not listed."
    );
    assert_eq!(finding.places.len(), 24);
    let rate = json!({"currency": "EUR", "net": 100, "tax_rate": 19, "tax": 20});
    let analysis = check_document(&read("a", "invoice", rate, &[]), Profile::built_in("invoice").as_ref());
    assert_eq!(
        analysis.findings[0].message,
        "/tax is 20, but /net × /tax_rate ÷ 100 comes to 19: 1 too much."
    );
}
