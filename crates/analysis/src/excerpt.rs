//! Outcomes cut down to what a report needs of them.
//!
//! Called by the analyser with some outcomes at a time, so that no more than those are in memory. What it gives may be kept:
//! the same outcomes and profiles give the same excerpt, and [`crate::report`] the same report of it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use docmill_columns::Part;
use docmill_contract::analysis::DocumentLine;
use docmill_contract::excerpt::{Excerpt, ExcerptDocument, ExcerptRecords, RecordSetKey};
use docmill_contract::identity::{CollectionId, Sha256Hex};
use docmill_contract::outcome::{Outcome, VerifiedBy};
use docmill_contract::profile::Profile;
use docmill_contract::spec::AnalysisSpec;
use rayon::prelude::*;
use serde_json::json;

use crate::profiles::Specs;
use crate::record_set::Prepared;
use crate::{Recalled, reconcile};

/// Documents that are worked on as one piece. Part of no result: pieces are put together in order.
const DOCUMENTS_PER_PIECE: usize = 16;

/// The outcomes of a range of the stream: those of one collection behind `after` up to `through`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The collection.
    pub collection: CollectionId,
    /// The sequence before the first.
    pub after: u64,
    /// The sequence of the last.
    pub through: u64,
}

/// What a report needs of these outcomes, which may come in any order; of several of one document the latest counts.
/// `profiles` and `spec` are those that the report will be given.
pub fn excerpt(
    range: Range,
    recalled: &[Recalled],
    profiles: &BTreeMap<Sha256Hex, Profile>,
    spec: Option<&AnalysisSpec>,
) -> Excerpt {
    let latest = latest(recalled);
    let specs = Specs::new(profiles, spec);
    let documents = latest.par_iter().with_min_len(DOCUMENTS_PER_PIECE).map(|recalled| {
        let profile = recalled.outcome.profile.as_ref();
        document(recalled, profile.and_then(|profile| profiles.get(&profile.digest)))
    });
    let Range { collection, after, through } = range;
    Excerpt {
        version: docmill_contract::VERSION,
        docmill: env!("CARGO_PKG_VERSION").to_owned(),
        collection,
        after,
        through,
        documents: documents.collect(),
        records: records(&latest, &specs),
    }
}

/// One outcome without its record.
pub(crate) fn document(recalled: &Recalled, profile: Option<&Profile>) -> ExcerptDocument {
    let outcome = &recalled.outcome;
    let unproved = outcome.evidence.iter().filter(|evidence| evidence.verified_by == VerifiedBy::None);
    ExcerptDocument {
        line: line(outcome),
        sequence: recalled.sequence,
        work_key: outcome.work_key.clone(),
        sha256: outcome.source.sha256.clone(),
        profile: outcome.profile.clone(),
        has_record: outcome.data.is_some(),
        findings: reconcile::check(outcome, profile),
        unproved: unproved.map(|evidence| evidence.pointer.clone()).collect(),
    }
}

fn line(outcome: &Outcome) -> DocumentLine {
    let (proved, leaves) = outcome.verified_leaves();
    DocumentLine {
        document: outcome.document.clone(),
        name: outcome.name.clone(),
        status: outcome.status,
        profile: outcome.profile.as_ref().and_then(|profile| profile.name.clone()),
        pages: outcome.source.pages_read,
        values_verified: u64::try_from(proved).unwrap_or(u64::MAX),
        values: u64::try_from(leaves).unwrap_or(u64::MAX),
        findings: 0,
        failure: outcome.failure.as_ref().map(|failure| failure.reason.clone()),
    }
}

/// By id, each document's latest.
fn latest(recalled: &[Recalled]) -> Vec<&Recalled> {
    let mut latest: Vec<&Recalled> = recalled.iter().collect();
    latest.sort_by(|left, right| {
        let ids = left.outcome.document.cmp(&right.outcome.document);
        ids.then_with(|| right.sequence.cmp(&left.sequence))
    });
    latest.dedup_by(|later, earlier| later.outcome.document == earlier.outcome.document);
    latest
}

/// The records as columns, set by set.
fn records(latest: &[&Recalled], specs: &Specs) -> Vec<ExcerptRecords> {
    let mut sets: BTreeMap<RecordSetKey, (&AnalysisSpec, Vec<&Outcome>)> = BTreeMap::new();
    for outcome in latest.iter().map(|recalled| &recalled.outcome).filter(|outcome| outcome.data.is_some()) {
        let Some((key, spec)) = specs.of(outcome.profile.as_ref()) else { continue };
        sets.entry(key).or_insert_with(|| (spec, Vec::new())).1.push(outcome);
    }
    let parts = sets.into_par_iter().filter_map(|(set, (spec, outcomes))| {
        let Prepared { plan, .. } = Prepared::new(spec).ok()?;
        let written: Vec<Vec<u8>> = outcomes.par_iter().map(|outcome| written(outcome)).collect();
        let written: Vec<&[u8]> = written.iter().map(Vec::as_slice).collect();
        let part = Part::read(&plan, &written, 1).to_bytes(&plan);
        Some(ExcerptRecords { set, part: STANDARD_NO_PAD.encode(part) })
    });
    parts.collect()
}

/// The part that was kept; none where it isn't base64.
pub(crate) fn part_bytes(records: &ExcerptRecords) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(&records.part).ok()
}

/// What columns are decoded from: a tree is at hand, and columns are read from text.
fn written(outcome: &Outcome) -> Vec<u8> {
    json!({"document": outcome.document, "data": outcome.data}).to_string().into_bytes()
}
