//! Which records are described together: those of one profile, by that profile's own specification.

use std::collections::BTreeMap;

use docmill_contract::analysis::{Finding, Severity};
use docmill_contract::identity::Sha256Hex;
use docmill_contract::profile::Profile;
use docmill_contract::spec::AnalysisSpec;

use crate::documents::Documents;
use crate::findings;
use crate::propose;

/// Records that are described together.
#[derive(Debug)]
pub(crate) struct RecordSet {
    /// The profile's name; absent for schemas that came with a job, and for a specification given to the report.
    pub(crate) profile: Option<String>,
    /// Whether figures name the profile, since there are several sets.
    pub(crate) named: bool,
    /// What is described.
    pub(crate) spec: AnalysisSpec,
    /// Positions in [`Documents`], in order; only documents with a record.
    pub(crate) documents: Vec<usize>,
}

/// The sets of a report, ordered by profile name, and a finding about records whose profile isn't known.
///
/// A profile that was changed half-way has two digests and one name: its records stay together as long as both
/// versions are analysed alike.
pub(crate) fn record_sets(
    documents: &Documents<'_>,
    profiles: &BTreeMap<Sha256Hex, Profile>,
    spec: Option<&AnalysisSpec>,
) -> (Vec<RecordSet>, Option<Finding>) {
    let with_record = || documents.outcomes().enumerate().filter(|(_, outcome)| outcome.data.is_some());
    if let Some(spec) = spec {
        let documents = with_record().map(|(position, _)| position).collect();
        return (vec![RecordSet { profile: None, named: false, spec: spec.clone(), documents }], None);
    }
    // Specifications have no order of their own; their JSON has.
    let mut sets: BTreeMap<(Option<&str>, String), RecordSet> = BTreeMap::new();
    let mut specs: BTreeMap<&Sha256Hex, (AnalysisSpec, String)> = BTreeMap::new();
    let mut unknown = Vec::new();
    for (position, outcome) in with_record() {
        let known = outcome
            .profile
            .as_ref()
            .and_then(|reference| profiles.get_key_value(&reference.digest).map(|known| (reference, known)));
        let Some((reference, (digest, profile))) = known else {
            unknown.push(findings::document_place(outcome));
            continue;
        };
        let (spec, key) = specs.entry(digest).or_insert_with(|| {
            let spec = propose::or_own(profile);
            let key = serde_json::to_string(&spec).unwrap_or_default();
            (spec, key)
        });
        let name = reference.name.as_deref();
        sets.entry((name, key.clone()))
            .or_insert_with(|| RecordSet {
                profile: name.map(str::to_owned),
                named: false,
                spec: spec.clone(),
                documents: Vec::new(),
            })
            .documents
            .push(position);
    }
    let mut sets: Vec<RecordSet> = sets.into_values().collect();
    let several = sets.len() > 1;
    sets.iter_mut().for_each(|set| set.named = several);
    let finding = (!unknown.is_empty()).then(|| Finding {
        rule: "profile_unavailable".to_owned(),
        severity: Severity::Warning,
        message: format!(
            "{} read with a profile whose content is not at hand, and {} not in the figures.",
            findings::count(unknown.len(), "document was", "documents were"),
            if unknown.len() == 1 { "is" } else { "are" },
        ),
        expected: None,
        found: None,
        places: unknown,
    });
    (sets, finding)
}
