//! What is open in an outcome: everything that keeps it from being verified, by the value it is about. Pure.
//!
//! Called by `review`, to list and to settle.

use docmill_contract::outcome::{Evidence, Outcome, VerifiedBy, Warning};
use serde_json::Value;

/// A value, or the record as a whole, that a person should settle.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Open<'a> {
    /// Which part of the record; empty for the whole.
    pub(crate) pointer: &'a str,
    /// What stands there.
    pub(crate) value: Option<&'a Value>,
    /// Where it was read.
    pub(crate) evidence: Option<&'a Evidence>,
    /// What is to be looked at. Empty for a value that is only unproved.
    pub(crate) warnings: Vec<&'a Warning>,
}

/// Everything that is open, in the order of the warnings; a failed outcome has nothing.
pub(crate) fn open(outcome: &Outcome) -> Vec<Open<'_>> {
    let Some(data) = &outcome.data else { return Vec::new() };
    let mut found: Vec<Open<'_>> = Vec::new();
    let unproved = outcome.evidence.iter().filter(|evidence| evidence.verified_by == VerifiedBy::None);
    let of_warnings = outcome
        .warnings
        .iter()
        .map(|warning| (warning.pointer.as_deref().unwrap_or_default(), Some(warning)));
    let of_evidence = unproved.map(|evidence| (evidence.pointer.as_str(), None));
    for (pointer, warning) in of_warnings.chain(of_evidence) {
        if let Some(known) = found.iter_mut().find(|open| open.pointer == pointer) {
            known.warnings.extend(warning);
            continue;
        }
        found.push(Open {
            pointer,
            value: data.pointer(pointer).filter(|_| !pointer.is_empty()),
            evidence: outcome.evidence.iter().find(|evidence| evidence.pointer == pointer),
            warnings: warning.into_iter().collect(),
        });
    }
    found
}
