//! The documents of an analysis in the order of their ids, and what is said of each.

use std::collections::{BTreeSet, HashMap};

use docmill_contract::analysis::{Analysis, Coverage, DocumentLine, Figure, Finding};
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::outcome::{Outcome, Status};
use docmill_contract::profile::Profile;
use rayon::prelude::*;

use crate::{Recalled, findings, reconcile};

/// Documents that are worked on as one piece. Part of no result: pieces are put together in order.
pub(crate) const DOCUMENTS_PER_CHUNK: usize = 64;

/// The documents of an analysis, ordered by id, each once.
#[derive(Debug)]
pub(crate) struct Documents<'a> {
    ordered: Vec<&'a Recalled>,
}

impl<'a> Documents<'a> {
    /// Orders by id; of several outcomes of one document the latest counts.
    pub(crate) fn in_order(recalled: &'a [Recalled]) -> Self {
        let mut ordered: Vec<&Recalled> = recalled.iter().collect();
        ordered.sort_by(|left, right| {
            let ids = left.outcome.document.cmp(&right.outcome.document);
            ids.then_with(|| right.sequence.cmp(&left.sequence))
        });
        ordered.dedup_by(|later, earlier| later.outcome.document == earlier.outcome.document);
        Self { ordered }
    }

    /// The outcomes, in order.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = &'a Outcome> {
        self.ordered.iter().map(|recalled| &recalled.outcome)
    }

    /// The outcome at a position, as [`Documents::outcomes`] counts.
    pub(crate) fn outcome(&self, position: usize) -> Option<&'a Outcome> {
        self.ordered.get(position).map(|recalled| &recalled.outcome)
    }

    /// What there is to say about each document by itself, in parallel.
    pub(crate) fn check<'p>(
        &self,
        profile_of: &(dyn Fn(&Outcome) -> Option<&'p Profile> + Sync),
    ) -> Vec<Finding> {
        let chunks: Vec<Vec<Finding>> = self
            .ordered
            .par_chunks(DOCUMENTS_PER_CHUNK)
            .map(|chunk| {
                let outcomes = chunk.iter().map(|recalled| &recalled.outcome);
                outcomes.flat_map(|outcome| reconcile::check(outcome, profile_of(outcome))).collect()
            })
            .collect();
        chunks.into_iter().flatten().collect()
    }

    /// The analysis that these findings and figures make, of this collection.
    pub(crate) fn analysis(
        &self,
        collection: &CollectionId,
        findings: Vec<Finding>,
        figures: Vec<Figure>,
    ) -> Analysis {
        let mut pointing: HashMap<DocumentId, u64> = HashMap::new();
        for finding in &findings {
            let documents: BTreeSet<&DocumentId> =
                finding.places.iter().map(|place| &place.document).collect();
            for document in documents {
                *pointing.entry(document.clone()).or_default() += 1;
            }
        }
        let line = |outcome| line(outcome, pointing.get(&outcome.document).copied().unwrap_or(0));
        Analysis {
            version: docmill_contract::VERSION,
            collection: collection.clone(),
            document: None,
            revision: 0,
            covers: self.coverage(),
            documents: self.outcomes().map(line).collect(),
            findings: findings::listed(findings),
            figures,
            sections: Vec::new(),
            narrative: None,
            docmill: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn coverage(&self) -> Coverage {
        let mut coverage = Coverage::default();
        for recalled in &self.ordered {
            coverage.outcomes += 1;
            coverage.last_outcome_sequence = coverage.last_outcome_sequence.max(recalled.sequence);
            match recalled.outcome.status {
                Status::Verified => coverage.verified += 1,
                Status::NeedsReview => coverage.needs_review += 1,
                Status::Failed => coverage.failed += 1,
            }
        }
        coverage
    }
}

fn line(outcome: &Outcome, findings: u64) -> DocumentLine {
    let (proved, leaves) = outcome.verified_leaves();
    DocumentLine {
        document: outcome.document.clone(),
        name: outcome.name.clone(),
        status: outcome.status,
        profile: outcome.profile.as_ref().and_then(|profile| profile.name.clone()),
        pages: outcome.source.pages_read,
        values_verified: u64::try_from(proved).unwrap_or(u64::MAX),
        values: u64::try_from(leaves).unwrap_or(u64::MAX),
        findings,
        failure: outcome.failure.as_ref().map(|failure| failure.reason.clone()),
    }
}
