//! What the extracted records come to: findings that point at the page, and figures in exact decimals.
//!
//! Called by the analyser and by `docmill`, inside whatever rayon pool they run it in. It takes outcomes and
//! returns an [`Analysis`]; it does no I/O, reads no clock, and asks no model. The same outcomes give the same
//! bytes, whatever their order of arrival and however many threads the pool has: documents are ordered by id,
//! cut into fixed chunks, and the chunks folded in order.

mod columns;
mod currency;
mod describe;
mod documents;
mod duplicates;
mod figures;
mod findings;
mod histogram;
mod normalise;
mod pointers;
mod profiles;
mod propose;
mod quantile;
mod recalled;
mod reconcile;
mod records;
mod scaled;
mod studies;
mod warnings;

use std::collections::BTreeMap;

use docmill_contract::analysis::{Analysis, Finding};
use docmill_contract::identity::{CollectionId, Sha256Hex};
use docmill_contract::outcome::Outcome;
use docmill_contract::profile::Profile;
use docmill_contract::spec::AnalysisSpec;

use crate::documents::Documents;

pub use docmill_columns::{LayoutError, TooMany};
pub use records::{RecordPlan, RecordReader, RecordShape, Records};

/// An outcome as it was recalled from `DOCMILL_OUTCOMES`.
#[derive(Debug, Clone, PartialEq)]
pub struct Recalled {
    /// The outcome.
    pub outcome: Outcome,
    /// Its sequence in the stream. Of two outcomes of one document, the one with the higher sequence counts.
    pub sequence: u64,
}

/// The checks of one document. `profile` is the content its outcome refers to; without it, equations can't be
/// checked again and the outcome's own warnings about them stand. The `revision` is left at 0: the caller, who
/// knows what was published before, sets it.
pub fn check_document(recalled: &Recalled, profile: Option<&Profile>) -> Analysis {
    let documents = Documents::in_order(std::slice::from_ref(recalled));
    let findings = documents.check(&|_| profile);
    let mut analysis = documents.analysis(&recalled.outcome.collection, findings, Vec::new());
    analysis.document = Some(recalled.outcome.document.clone());
    analysis
}

/// The report of a collection. `recalled` may come in any order. `profiles` holds the content of the profiles
/// that the outcomes refer to, by digest; each profile's own `analysis` is computed over its own records, unless
/// `spec` is given, which is then computed over all records. The `revision` is left at 0 for the caller to set.
pub fn report(
    collection: &CollectionId,
    recalled: &[Recalled],
    profiles: &BTreeMap<Sha256Hex, Profile>,
    spec: Option<&AnalysisSpec>,
) -> Analysis {
    let documents = Documents::in_order(recalled);
    let mut findings = documents.check(&|outcome| {
        let reference = outcome.profile.as_ref()?;
        profiles.get(&reference.digest)
    });
    let (sets, unknown) = profiles::record_sets(&documents, profiles, spec);
    findings.extend(unknown);
    findings.extend(duplicates::same_file(&documents));
    let mut computed = Vec::new();
    let mut sections = Vec::new();
    for set in &sets {
        findings.extend(duplicates::same_values(&documents, set));
        let (figures, notes) = figures::figures(&documents, set);
        computed.extend(figures);
        findings.extend(notes);
        let (of_set, found) = recalled::sections(&documents, set);
        sections.extend(of_set);
        let news: Vec<Finding> =
            found.into_iter().filter(|found| !duplicates::said(&findings, found)).collect();
        findings.extend(news);
    }
    Analysis { sections, ..documents.analysis(collection, findings, computed) }
}

/// Where the values of each analysis of a specification are, as pointers into a record.
///
/// # Errors
/// For each analysis, the name that is neither a column or group of the specification nor a pointer.
pub fn pointers(spec: &AnalysisSpec) -> Vec<Result<Vec<&str>, &str>> {
    spec.analyses.iter().map(|study| studies::pointers(spec, &study.method)).collect()
}

#[cfg(test)]
mod tests;
