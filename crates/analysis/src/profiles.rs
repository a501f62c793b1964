//! Which records are analysed together: those of one profile, by that profile's own specification.
//!
//! A profile that was changed half-way has two digests and one name: its records stay together as long as both versions
//! are analysed alike.

use std::collections::{BTreeMap, BTreeSet};

use docmill_contract::analysis::{Finding, Severity};
use docmill_contract::excerpt::{ExcerptDocument, RecordSetKey};
use docmill_contract::identity::Sha256Hex;
use docmill_contract::outcome::ProfileReference;
use docmill_contract::profile::Profile;
use docmill_contract::spec::AnalysisSpec;

use crate::documents::Documents;
use crate::findings;
use crate::propose;

/// The specification of each profile, or the one that was given for all records.
pub(crate) struct Specs {
    given: Option<(Sha256Hex, AnalysisSpec)>,
    of_profile: BTreeMap<Sha256Hex, (Sha256Hex, AnalysisSpec)>,
}

/// Records that are analysed together.
pub(crate) struct RecordSet<'a> {
    pub(crate) key: RecordSetKey,
    /// Whether figures name the profile, since there are several sets.
    pub(crate) is_named: bool,
    pub(crate) spec: &'a AnalysisSpec,
}

impl Specs {
    pub(crate) fn new(profiles: &BTreeMap<Sha256Hex, Profile>, given: Option<&AnalysisSpec>) -> Self {
        let of_profile = profiles.iter().map(|(digest, profile)| {
            let spec = propose::or_own(profile);
            (digest.clone(), (digest_of(&spec), spec))
        });
        Self { given: given.map(|spec| (digest_of(spec), spec.clone())), of_profile: of_profile.collect() }
    }

    /// The set of a record that was read with this profile; none where the profile isn't known.
    pub(crate) fn of(&self, profile: Option<&ProfileReference>) -> Option<(RecordSetKey, &AnalysisSpec)> {
        if let Some((digest, spec)) = &self.given {
            return Some((RecordSetKey { profile: None, spec: digest.clone() }, spec));
        }
        let reference = profile?;
        let (digest, spec) = self.of_profile.get(&reference.digest)?;
        Some((RecordSetKey { profile: reference.name.clone(), spec: digest.clone() }, spec))
    }

    /// The sets of a report, ordered by profile name, and a finding about records whose profile isn't known.
    pub(crate) fn sets(&self, documents: &Documents<'_>) -> (Vec<RecordSet<'_>>, Option<Finding>) {
        let mut sets: BTreeMap<RecordSetKey, &AnalysisSpec> = BTreeMap::new();
        // A specification that was given says something even where there is no record.
        if self.given.is_some() {
            sets.extend(self.of(None));
        }
        let mut unknown = Vec::new();
        let mut seen: BTreeSet<(Option<&str>, &Sha256Hex)> = BTreeSet::new();
        for document in documents.iter().filter(|document| document.has_record && self.given.is_none()) {
            let profile = document.profile.as_ref();
            let known = profile.map(|profile| (profile.name.as_deref(), &profile.digest));
            if known.is_some_and(|known| seen.contains(&known)) {
                continue;
            }
            match self.of(profile) {
                Some((key, spec)) => {
                    sets.insert(key, spec);
                    seen.extend(known);
                }
                None => unknown.push(document),
            }
        }
        let is_named = sets.len() > 1;
        let sets = sets.into_iter().map(|(key, spec)| RecordSet { key, is_named, spec });
        (sets.collect(), unavailable(&unknown))
    }
}

impl RecordSet<'_> {
    /// What a figure or a section of these records is called.
    pub(crate) fn titled(&self, title: &str) -> String {
        match (&self.key.profile, self.is_named) {
            (Some(profile), true) => format!("{title} ({profile})"),
            (None, true) => format!("{title} (schemas without a name)"),
            (Some(_) | None, false) => title.to_owned(),
        }
    }
}

fn unavailable(unknown: &[&ExcerptDocument]) -> Option<Finding> {
    (!unknown.is_empty()).then(|| Finding {
        rule: "profile_unavailable".to_owned(),
        severity: Severity::Warning,
        message: format!(
            "{} read with a profile whose content is not at hand, and {} not in the figures.",
            findings::count(unknown.len(), "document was", "documents were"),
            if unknown.len() == 1 { "is" } else { "are" },
        ),
        expected: None,
        found: None,
        places: unknown.iter().map(|document| findings::line_place(&document.line)).collect(),
    })
}

/// Specifications have no order of their own; the digests of their JSON have.
fn digest_of(spec: &AnalysisSpec) -> Sha256Hex {
    // A specification always has a form in JSON.
    Sha256Hex::of(&serde_json::to_vec(spec).unwrap_or_default())
}
