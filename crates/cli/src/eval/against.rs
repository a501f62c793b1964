//! Two evaluations of the same documents: which values got better, which got worse. Pure.
//!
//! Called by `eval --against`. A value that is in neither's list of faults is right in both.

use std::collections::{BTreeMap, BTreeSet};

use docmill_contract::identity::DocumentId;
use serde::Serialize;

use super::evaluation::{Evaluated, Evaluation};
use super::score::{Fault, FaultKind};

/// What changed from an earlier evaluation to this one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Comparison {
    /// Values that were not right and are now.
    pub(crate) better: Vec<Change>,
    /// Values that were right and aren't now.
    pub(crate) worse: Vec<Change>,
    /// Values that were verified but wrong only now, whatever they were before.
    pub(crate) newly_verified_but_wrong: Vec<Change>,
    /// Documents that only this evaluation has.
    pub(crate) only_here: Vec<DocumentId>,
    /// Documents that only the earlier one has.
    pub(crate) only_there: Vec<DocumentId>,
}

/// A value that changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Change {
    /// The document.
    pub(crate) document: DocumentId,
    /// The value.
    pub(crate) pointer: String,
    /// What was, or is, wrong with it.
    pub(crate) fault: FaultKind,
}

/// Compares `now` with `before`.
pub(crate) fn compare(now: &Evaluation, before: &Evaluation) -> Comparison {
    let by_id = |evaluation: &'_ Evaluation| -> BTreeMap<DocumentId, Evaluated> {
        evaluation.documents.iter().map(|document| (document.document.clone(), document.clone())).collect()
    };
    let (ours, theirs) = (by_id(now), by_id(before));
    let mut comparison = Comparison {
        only_here: ours.keys().filter(|id| !theirs.contains_key(*id)).cloned().collect(),
        only_there: theirs.keys().filter(|id| !ours.contains_key(*id)).cloned().collect(),
        ..Comparison::default()
    };
    for (id, document) in &ours {
        let Some(other) = theirs.get(id) else { continue };
        let (is, was) = (faulty(&document.faults), faulty(&other.faults));
        let changes = |faults: &[Fault], others: &BTreeSet<&str>| -> Vec<Change> {
            faults
                .iter()
                .filter(|fault| !others.contains(fault.pointer.as_str()))
                .map(|fault| change(id, fault))
                .collect()
        };
        comparison.better.extend(changes(&other.faults, &is));
        comparison.worse.extend(changes(&document.faults, &was));
        let verified_before: BTreeSet<&str> = other
            .faults
            .iter()
            .filter(|fault| fault.is_verified())
            .map(|fault| fault.pointer.as_str())
            .collect();
        let newly = document
            .faults
            .iter()
            .filter(|fault| fault.is_verified() && !verified_before.contains(fault.pointer.as_str()));
        comparison.newly_verified_but_wrong.extend(newly.map(|fault| change(id, fault)));
    }
    comparison
}

fn faulty(faults: &[Fault]) -> BTreeSet<&str> {
    faults.iter().map(|fault| fault.pointer.as_str()).collect()
}

fn change(document: &DocumentId, fault: &Fault) -> Change {
    Change { document: document.clone(), pointer: fault.pointer.clone(), fault: fault.kind }
}

#[cfg(test)]
mod tests {
    use docmill_contract::outcome::{Status, Usage, VerifiedBy};
    use serde_json::Value;

    use super::super::score::Scores;
    use super::*;

    fn evaluation(documents: &[(&str, &[(&str, bool)])]) -> Evaluation {
        let fault = |&(pointer, is_verified): &(&str, bool)| Fault {
            pointer: pointer.to_owned(),
            kind: FaultKind::Wrong,
            expected: Value::Null,
            found: Value::Null,
            verified_by: Some(if is_verified { VerifiedBy::Text } else { VerifiedBy::None }),
            page: None,
            text: None,
            is_questioned: false,
        };
        let document = |(id, faults): &(&str, &[(&str, bool)])| Evaluated {
            document: id.parse().unwrap(),
            name: (*id).to_owned(),
            profile: None,
            status: Status::Verified,
            failure: None,
            as_expected: None,
            is_scored: true,
            scores: Scores::default(),
            shares: Scores::default().shares(),
            usage: Usage::default(),
            faults: faults.iter().map(fault).collect(),
        };
        Evaluation::of(documents.iter().map(document).collect(), BTreeSet::new())
    }

    #[test]
    fn changes_are_told_value_by_value() {
        let before = evaluation(&[("a", &[("/x", false), ("/y", false)]), ("gone", &[])]);
        let now = evaluation(&[("a", &[("/y", true), ("/z", false)]), ("new", &[("/x", true)])]);
        let comparison = compare(&now, &before);
        let shown = |changes: &[Change]| -> Vec<String> {
            changes.iter().map(|change| format!("{}{}", change.document, change.pointer)).collect()
        };
        assert_eq!(shown(&comparison.better), ["a/x"]);
        assert_eq!(shown(&comparison.worse), ["a/z"]);
        assert_eq!(shown(&comparison.newly_verified_but_wrong), ["a/y"]);
        assert_eq!(comparison.only_here, ["new".parse().unwrap()]);
        assert_eq!(comparison.only_there, ["gone".parse().unwrap()]);
        assert_eq!(compare(&now, &now), Comparison::default());
    }
}
