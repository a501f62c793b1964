//! What all findings share: the place a person is sent to, the order they are read in, and how many are listed.

use std::cmp::Ordering;

use docmill_contract::analysis::{DocumentLine, Finding, Place, Severity};
use docmill_contract::identity::DocumentId;
use docmill_contract::outcome::{Evidence, Outcome};

use crate::pointers;

/// Places listed with one finding: enough to see what is meant, and a total over thousands of rows stays readable.
pub(crate) const PLACES_MAX: usize = 24;

/// Findings listed in one analysis, the most severe first: beyond them a person filters outcomes, not a list.
const FINDINGS_MAX: usize = 10_000;

/// The document as a whole.
pub(crate) fn document_place(outcome: &Outcome) -> Place {
    whole(&outcome.document, &outcome.name)
}

/// The document of this line as a whole.
pub(crate) fn line_place(line: &DocumentLine) -> Place {
    whole(&line.document, &line.name)
}

fn whole(document: &DocumentId, name: &str) -> Place {
    Place {
        document: document.clone(),
        name: name.to_owned(),
        pointer: None,
        page: None,
        bounds: None,
        text: None,
    }
}

/// A warning that points nowhere: it is about the figures, not about a document.
pub(crate) fn note(rule: &str, message: String) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity: Severity::Warning,
        message,
        expected: None,
        found: None,
        places: Vec::new(),
    }
}

/// A leaf of the record, with where it was read if that is known.
pub(crate) fn leaf_place(outcome: &Outcome, pointer: &str, evidence: Option<&Evidence>) -> Place {
    Place {
        pointer: Some(pointer.to_owned()),
        page: evidence.and_then(|evidence| evidence.page),
        bounds: evidence.and_then(|evidence| evidence.bounds),
        text: evidence.and_then(|evidence| evidence.text.clone()),
        ..document_place(outcome)
    }
}

/// "1 value", "3 values".
pub(crate) fn count(number: usize, one: &str, several: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {several}") }
}

/// The findings as they are published: the most severe first, then by document and place; long lists cut short,
/// and saying so.
pub(crate) fn listed(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(order);
    if let Some(more) = findings.len().checked_sub(FINDINGS_MAX).filter(|&more| more > 0) {
        findings.truncate(FINDINGS_MAX);
        findings.push(Finding {
            rule: "findings_cut".to_owned(),
            severity: Severity::Info,
            message: format!(
                "{} not listed here: the outcomes of the documents have them all.",
                count(more, "more finding is", "more findings are")
            ),
            expected: None,
            found: None,
            places: Vec::new(),
        });
    }
    for finding in &mut findings {
        let places = finding.places.len();
        finding.places.truncate(PLACES_MAX);
        finding.message = cut_places(std::mem::take(&mut finding.message), places, finding.places.len());
    }
    findings
}

/// The message, saying how many of the places are not listed.
pub(crate) fn cut_places(message: String, places: usize, listed: usize) -> String {
    match places.saturating_sub(listed) {
        0 => message,
        more => {
            let more = count(more, "more place is not listed", "more places are not listed");
            format!("{}; {more}.", message.trim_end_matches('.'))
        }
    }
}

fn order(left: &Finding, right: &Finding) -> Ordering {
    left.severity
        .cmp(&right.severity)
        .then_with(|| document(left).cmp(&document(right)))
        .then_with(|| pointers::compare(pointer(left), pointer(right)))
        .then_with(|| left.rule.cmp(&right.rule))
        .then_with(|| left.message.cmp(&right.message))
}

fn document(finding: &Finding) -> Option<&DocumentId> {
    finding.places.first().map(|place| &place.document)
}

fn pointer(finding: &Finding) -> &str {
    finding.places.first().and_then(|place| place.pointer.as_deref()).unwrap_or_default()
}
