//! What the extracted records come to: findings that point at the page, and figures in exact decimals.
//!
//! Called by the analyser and by `docmill`, inside whatever rayon pool they run it in. Outcomes are cut down to what a report
//! needs of them, some at a time ([`excerpt`]); the report is made of these ([`report`]), and of the few outcomes that its
//! findings name ([`Draft`]). It does no I/O, reads no clock, and asks no model. The same outcomes give the same bytes,
//! whatever their order of arrival, however they were cut, and however many threads the pool has: documents are ordered by
//! id, columns cut into fixed chunks, and the chunks folded in order.

mod currency;
mod documents;
mod draft;
mod duplicates;
mod excerpt;
mod findings;
mod histogram;
mod pointers;
mod profiles;
mod propose;
mod reconcile;
mod record_set;
mod records;
mod scaled;
mod studies;
mod unproved;
mod warnings;

use std::collections::BTreeMap;

use docmill_contract::analysis::{Analysis, Finding};
use docmill_contract::excerpt::Excerpt;
use docmill_contract::identity::{CollectionId, Sha256Hex};
use docmill_contract::outcome::Outcome;
use docmill_contract::profile::Profile;
use docmill_contract::spec::AnalysisSpec;

use crate::documents::Documents;
use crate::profiles::Specs;

pub use docmill_columns::{LayoutError, TooMany};
pub use draft::Draft;
pub use excerpt::{Range, excerpt};
pub use records::{RecordPlan, RecordReader, RecordShape, Records};

/// An outcome as it was recalled from `DOCMILL_OUTCOMES`.
#[derive(Debug, Clone, PartialEq)]
pub struct Recalled {
    /// The outcome.
    pub outcome: Outcome,
    /// Its sequence in the stream. Of two outcomes of one document, the one with the higher sequence counts.
    pub sequence: u64,
}

/// Why there is no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// An excerpt doesn't fit what is asked of it.
    #[error(
        "the excerpt behind {after} is of another specification or version: its outcomes have to be read again"
    )]
    Stale {
        /// Where its range begins.
        after: u64,
    },
    /// There are too many documents.
    #[error(transparent)]
    TooMany(#[from] TooMany),
}

/// The checks of one document. `profile` is the content its outcome refers to; without it, equations can't be
/// checked again and the outcome's own warnings about them stand. The `revision` is left at 0: the caller, who
/// knows what was published before, sets it.
pub fn check_document(recalled: &Recalled, profile: Option<&Profile>) -> Analysis {
    let collection = &recalled.outcome.collection;
    let excerpt = Excerpt {
        version: docmill_contract::VERSION,
        docmill: String::new(),
        collection: collection.clone(),
        after: 0,
        through: recalled.sequence,
        documents: vec![excerpt::document(recalled, profile)],
        records: Vec::new(),
    };
    let documents = Documents::latest(std::slice::from_ref(&excerpt));
    let findings = documents.iter().flat_map(|document| document.findings.clone()).collect();
    let mut analysis = documents.analysis(collection, findings, Vec::new());
    analysis.document = Some(recalled.outcome.document.clone());
    analysis
}

/// The report of a collection. `excerpts` may come in any order and overlap: of each document its latest outcome counts.
/// `profiles` holds the content of the profiles that the documents refer to, by digest; each profile's own `analysis` is
/// computed over its own records, unless `spec` is given, which is then computed over all records. The `revision` is
/// left at 0 for the caller to set.
///
/// # Errors
/// [`ReportError`] where an excerpt has to be made anew, or there is too much.
pub fn report(
    collection: &CollectionId,
    excerpts: &[Excerpt],
    profiles: &BTreeMap<Sha256Hex, Profile>,
    spec: Option<&AnalysisSpec>,
) -> Result<Draft, ReportError> {
    let documents = Documents::latest(excerpts);
    let specs = Specs::new(profiles, spec);
    let (sets, unknown) = specs.sets(&documents);
    let mut findings: Vec<Finding> =
        documents.iter().flat_map(|document| document.findings.iter().cloned()).collect();
    findings.extend(unknown);
    findings.extend(duplicates::same_file(&documents));
    let (mut figures, mut sections) = (Vec::new(), Vec::new());
    for set in &sets {
        let computed = record_set::computed(set, excerpts, &documents)?;
        findings.extend(computed.findings);
        let news: Vec<Finding> =
            computed.studied.into_iter().filter(|found| !duplicates::said(&findings, found)).collect();
        findings.extend(news);
        figures.extend(computed.figures);
        sections.extend(computed.sections);
    }
    Ok(Draft { analysis: Analysis { sections, ..documents.analysis(collection, findings, figures) } })
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
