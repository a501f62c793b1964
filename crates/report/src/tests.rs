//! The page and the tables of an analysis in which everything that comes from a document is hostile.

use docmill_contract::analysis::{Analysis, Severity};
use docmill_contract::outcome::Outcome;
use serde_json::{Value, json};

use crate::{documents_csv, findings_csv, html, values_csv};

const HOSTILE: &str = "</title></style><script>alert(1)</script><img src=x onerror='a'>\"&\u{202e}\u{0}";

fn statistics(sum: &str) -> Value {
    json!({"sum": sum, "mean": "1.00", "standard_deviation": "2.00", "minimum": "0", "first_quartile": "1",
        "median": "1", "third_quartile": "2", "maximum": "3", "median_absolute_deviation": "1"})
}

fn analysis() -> Analysis {
    let counts = json!({"total": 9, "used": 7, "missing": 1, "rejected": 1});
    let bins = json!([{"from": "0", "to": "1000", "count": 4}, {"from": "1000", "to": "2000", "count": 3}]);
    let row = |group: &str, currency: &str, sum: &str| json!({"group": group, "currency": currency, "counts": counts, "statistics": statistics(sum), "histogram": bins});
    let place = json!({"document": "a", "name": HOSTILE, "pointer": HOSTILE, "page": 2, "box": [1.0, 2.0, 30.5, 40.0],
        "text": HOSTILE});
    serde_json::from_value(json!({
        "version": 1, "collection": "q3", "revision": 2, "docmill": HOSTILE,
        "covers": {"outcomes": 2, "verified": 1, "needs_review": 0, "failed": 1, "last_outcome_sequence": 7},
        "findings": [
            {"rule": HOSTILE, "severity": "error", "message": HOSTILE, "expected": HOSTILE, "found": "-1234.5", "places": [place]},
            {"rule": "not_found", "severity": "warning", "message": "Nowhere.", "places": [{"document": "b", "name": "b.pdf"}]},
            {"rule": "not_found", "severity": "warning", "message": "Nowhere.", "places": [{"document": "c", "name": "c.pdf"}]},
            {"rule": "figure_cut", "severity": "info", "message": "Cut.", "places": []},
        ],
        "figures": [
            {"title": HOSTILE, "column": HOSTILE, "grouped_by": HOSTILE, "rows": [
                row(HOSTILE, HOSTILE, "1234567.50"), row("B", HOSTILE, "-5"), row("A", "USD", "0")]},
            {"title": "Whole", "column": "/x", "rows": [{"counts": counts}]},
            {"title": "Nothing", "column": "/x", "rows": []},
        ],
        "documents": [
            {"document": "a", "name": HOSTILE, "status": "failed", "profile": HOSTILE, "pages": 0, "values_verified": 0,
                "values": 0, "findings": 1, "failure": HOSTILE},
            {"document": "b", "name": "=1+1", "status": "verified", "pages": 2, "values_verified": 1200, "values": 1200, "findings": 0},
        ],
    }))
    .unwrap()
}

#[test]
fn nothing_a_document_says_becomes_markup() {
    let page = html(&analysis());
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"));
    for forbidden in ["<script", "<img", "</style></style>", "onerror='a'>", "\u{202e}", "\u{0}"] {
        assert!(!page.contains(forbidden), "{forbidden:?}");
    }
    // Hostile text stands in the page many times, and each time as text.
    assert!(page.matches("&lt;script&gt;").count() > 10);
    assert_eq!(page.matches("</title>").count(), page.matches("<title>").count());
}

#[test]
fn the_page_says_everything() {
    let analysis = analysis();
    let page = html(&analysis);
    let text = page.replace('\u{202f}', " ");
    for expected in [
        "2 documents · revision 2",
        "1 error",
        "2 warnings",
        "1 note",
        ", page 2",
        "at 1, 2 to 30, 40",
        "Found</dt><dd>−1 234.5",
        "b.pdf",
        "c.pdf",
        "1 234 567.50",
        "1 missing",
        "1 left out",
        "There are no such values.",
        "1 200 / 1 200",
        "id=\"document-a\"",
    ] {
        let expected = expected.trim_start_matches(", ");
        assert!(text.contains(expected), "{expected:?} is not on the page");
    }
    for finding in analysis.findings.iter().filter(|finding| finding.severity != Severity::Error) {
        assert!(page.contains(&finding.message), "{}", finding.message);
    }
    // Two documents with the same warning: said once, with both places.
    assert_eq!(page.matches("Nowhere.").count(), 1);
    // Every picture has a title, every table a caption.
    assert_eq!(page.matches("<svg").count(), page.matches("role=\"img\"").count());
    assert_eq!(page.matches("<table").count(), page.matches("<caption>").count());
}

#[test]
fn an_empty_analysis_is_a_page() {
    let mut analysis = analysis();
    analysis.findings.clear();
    analysis.figures.clear();
    analysis.documents.clear();
    analysis.covers = Default::default();
    let page = html(&analysis);
    assert!(page.contains("Nothing was found that a person should look at."));
    assert!(!page.contains("NaN"));
}

fn tame(analysis: &mut Analysis) {
    let text = serde_json::to_string(analysis).unwrap();
    let hostile = serde_json::to_string(HOSTILE).unwrap();
    *analysis = serde_json::from_str(&text.replace(&hostile, "\"=cmd, \\\"x\\\"\"")).unwrap();
}

#[test]
fn findings_and_documents_are_tables() {
    let mut analysis = analysis();
    tame(&mut analysis);
    insta::assert_snapshot!(findings_csv(&analysis), @r#"
severity,rule,message,expected,found,document,name,pointer,page,x0,y0,x1,y1,text
error,"'=cmd, ""x""","'=cmd, ""x""","'=cmd, ""x""",-1234.5,a,"'=cmd, ""x""","'=cmd, ""x""",2,1.0,2.0,30.5,40.0,"'=cmd, ""x"""
warning,not_found,Nowhere.,,,b,b.pdf,,,,,,,
warning,not_found,Nowhere.,,,c,c.pdf,,,,,,,
info,figure_cut,Cut.,,,,,,,,,,,
"#);
    insta::assert_snapshot!(documents_csv(&analysis), @r#"
document,name,status,profile,pages,values_verified,values,findings,failure
a,"'=cmd, ""x""",failed,"'=cmd, ""x""",0,0,0,1,"'=cmd, ""x"""
b,'=1+1,verified,,2,1200,1200,0,
"#);
}

#[test]
fn values_are_a_table_with_their_proof() {
    let outcome: Outcome = serde_json::from_value(json!({
        "version": 1, "collection": "q3", "document": "a", "name": "RE/17.pdf", "revision": 1, "work_key": "00",
        "status": "needs_review", "profile": {"name": "invoice", "digest": "00"},
        "source": {"pages_read": 1, "job_sequence": 1},
        "data": {"total": -1234.5, "supplier": "=HYPERLINK(\"x\")", "lines": [{"amount": 2}]},
        "evidence": [
            {"pointer": "/total", "page": 1, "box": [1.0, 2.0, 3.25, 4.0], "text": "-1.234,50", "verified_by": "text", "via": "llm"},
            {"pointer": "/supplier", "page": 1, "box": [1.0, 2.0, 3.25, 4.0], "text": "=HYPERLINK(\"x\")", "verified_by": "text", "via": "ocr-layer"},
            {"pointer": "/lines/0/amount", "page": null, "box": null, "text": null, "verified_by": "none", "via": "llm"},
        ],
        "usage": {"calls": 1, "replayed_calls": 0, "failed_calls": 0, "repeated_calls": 0, "prompt_tokens": 0,
            "completion_tokens": 0, "cost": null},
        "engine": {"docmill": "0.1.0"},
    }))
    .unwrap();
    insta::assert_snapshot!(values_csv([&outcome]), @r#"
document,name,profile,pointer,value,page,x0,y0,x1,y1,text,verified_by,via
a,RE/17.pdf,invoice,/total,-1234.5,1,1.0,2.0,3.2,4.0,"-1.234,50",text,llm
a,RE/17.pdf,invoice,/supplier,"'=HYPERLINK(""x"")",1,1.0,2.0,3.2,4.0,"'=HYPERLINK(""x"")",text,ocr-layer
a,RE/17.pdf,invoice,/lines/0/amount,2,,,,,,,none,llm
"#);
}
