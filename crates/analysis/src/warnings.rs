//! What the processor already knew: failed documents, and the warnings of the others.

use docmill_contract::analysis::{Finding, Severity};
use docmill_contract::failure::Failure;
use docmill_contract::outcome::{Evidence, Outcome, Warning, WarningCode};

use crate::findings::{document_place, leaf_place};

/// A document without a record.
pub(crate) fn failed(outcome: &Outcome, failure: &Failure) -> Finding {
    Finding {
        rule: failure.code.as_str(),
        severity: Severity::Error,
        message: failure.reason.clone(),
        expected: None,
        found: None,
        places: vec![document_place(outcome)],
    }
}

/// A warning of an outcome. `evidence` finds the proof of a leaf.
pub(crate) fn warned<'a>(
    outcome: &'a Outcome,
    warning: &Warning,
    evidence: impl Fn(&str) -> Option<&'a Evidence>,
) -> Finding {
    let place = match warning.pointer.as_deref() {
        Some(pointer) => leaf_place(outcome, pointer, evidence(pointer)),
        None => document_place(outcome),
    };
    let rows = outcome.completeness.iter().find(|table| {
        warning.code == WarningCode::RowsMissing && Some(&table.pointer) == warning.pointer.as_ref()
    });
    Finding {
        rule: name(warning.code),
        severity: severity(warning.code),
        message: warning.message.clone(),
        expected: rows.map(|table| table.rows_on_pages.to_string()),
        found: rows.map(|table| table.rows_found.to_string()),
        places: vec![place],
    }
}

/// The code as it is written in JSON.
fn name(code: WarningCode) -> String {
    // A unit variant always serialises to a string.
    serde_json::to_value(code).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn severity(code: WarningCode) -> Severity {
    match code {
        WarningCode::ArithmeticMismatch => Severity::Error,
        WarningCode::Ambiguous
        | WarningCode::NotFound
        | WarningCode::MissingRequired
        | WarningCode::SchemaViolation
        | WarningCode::RowsMissing
        | WarningCode::Conflict
        | WarningCode::PageDisagrees
        | WarningCode::EmbeddedDataUnusable
        | WarningCode::UnreliableReading
        | WarningCode::PageWithoutText
        | WarningCode::PageUnreadable
        | WarningCode::HiddenTextDropped
        | WarningCode::NumberPrecision => Severity::Warning,
    }
}
