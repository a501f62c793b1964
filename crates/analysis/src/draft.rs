//! A report before the places of its findings are known to the page.
//!
//! Excerpts don't say where each value was read: there are too many of them, and a report names few. The caller recalls the
//! outcomes of the documents that are [`Draft::wanted`], and [`Draft::witnessed`] takes their evidence.

use std::collections::{BTreeSet, HashMap};

use docmill_contract::analysis::{Analysis, Place};
use docmill_contract::identity::DocumentId;
use docmill_contract::outcome::Evidence;

use crate::Recalled;

/// Documents whose outcomes are recalled for one report: the first that its findings name, so the most severe ones.
/// The places of the others name document and leaf, and their outcomes have the rest.
const WANTED_MAX: usize = 2_000;

/// A report whose findings name documents and leaves, and not yet pages.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub(crate) analysis: Analysis,
}

impl Draft {
    /// The documents whose outcomes say where the leaves stand that findings name.
    pub fn wanted(&self) -> Vec<DocumentId> {
        let places = self.analysis.findings.iter().flat_map(|finding| &finding.places);
        let mut seen = BTreeSet::new();
        let wanted = places.filter(|place| is_unseen(place)).filter(|place| seen.insert(&place.document));
        wanted.take(WANTED_MAX).map(|place| place.document.clone()).collect()
    }

    /// The report, with what these outcomes say of where its values were read. An outcome that is newer than the report
    /// says nothing about it.
    pub fn witnessed(mut self, recalled: &[Recalled]) -> Analysis {
        let covered = self.analysis.covers.last_outcome_sequence;
        let outcomes = recalled.iter().filter(|recalled| recalled.sequence <= covered);
        let evidence: HashMap<&DocumentId, HashMap<&str, &Evidence>> = outcomes
            .map(|Recalled { outcome, .. }| {
                let by_pointer =
                    outcome.evidence.iter().map(|evidence| (evidence.pointer.as_str(), evidence));
                (&outcome.document, by_pointer.collect())
            })
            .collect();
        let places = self.analysis.findings.iter_mut().flat_map(|finding| &mut finding.places);
        for place in places.filter(|place| is_unseen(place)) {
            let Some(pointer) = place.pointer.as_deref() else { continue };
            let Some(found) = evidence.get(&place.document).and_then(|of| of.get(pointer)) else { continue };
            (place.page, place.bounds, place.text) = (found.page, found.bounds, found.text.clone());
        }
        self.analysis
    }
}

/// Whether it names a leaf and not where that stands.
fn is_unseen(place: &Place) -> bool {
    place.pointer.is_some() && place.page.is_none() && place.bounds.is_none() && place.text.is_none()
}
