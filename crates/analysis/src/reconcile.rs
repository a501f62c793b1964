//! The checks of one document by itself: equations of its profile that don't hold, and what its outcome says.

use std::collections::HashMap;

use docmill_contract::analysis::Finding;
use docmill_contract::outcome::{Evidence, Outcome};
use docmill_contract::profile::Profile;

use crate::warnings;

/// Every finding about this document.
pub(crate) fn check(outcome: &Outcome, profile: Option<&Profile>) -> Vec<Finding> {
    let _ = profile;
    let evidence: HashMap<&str, &Evidence> =
        outcome.evidence.iter().map(|evidence| (evidence.pointer.as_str(), evidence)).collect();
    let mut findings = Vec::new();
    findings.extend(outcome.failure.as_ref().map(|failure| warnings::failed(outcome, failure)));
    let warned = outcome.warnings.iter();
    findings.extend(
        warned.map(|warning| warnings::warned(outcome, warning, |pointer| evidence.get(pointer).copied())),
    );
    findings
}
