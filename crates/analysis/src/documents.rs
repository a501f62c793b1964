//! The documents of a report in the order of their ids, each by its latest outcome.

use std::collections::{BTreeSet, HashMap};

use docmill_contract::analysis::{Analysis, Coverage, DocumentLine, Figure, Finding};
use docmill_contract::excerpt::{Excerpt, ExcerptDocument};
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::outcome::Status;

use crate::findings;

/// The documents of a report, ordered by id, each once.
#[derive(Debug)]
pub(crate) struct Documents<'a> {
    ordered: Vec<&'a ExcerptDocument>,
    /// By id: which excerpt has the latest outcome, and where in `ordered` it is.
    places: HashMap<&'a str, (usize, usize)>,
}

impl<'a> Documents<'a> {
    /// Orders by id; of several outcomes of one document the latest counts.
    pub(crate) fn latest(excerpts: &'a [Excerpt]) -> Self {
        let all = excerpts.iter().enumerate();
        let mut all: Vec<(usize, &ExcerptDocument)> = all
            .flat_map(|(at, excerpt)| excerpt.documents.iter().map(move |document| (at, document)))
            .collect();
        all.sort_by(|(_, left), (_, right)| {
            let ids = left.id().cmp(right.id());
            ids.then_with(|| right.sequence.cmp(&left.sequence))
        });
        all.dedup_by(|(_, later), (_, earlier)| later.id() == earlier.id());
        let places = all.iter().enumerate();
        let places = places.map(|(position, (at, document))| (document.id().as_str(), (*at, position)));
        Self { places: places.collect(), ordered: all.into_iter().map(|(_, document)| document).collect() }
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a ExcerptDocument> {
        self.ordered.iter().copied()
    }

    /// The document of this id.
    pub(crate) fn get(&self, id: &str) -> Option<&'a ExcerptDocument> {
        self.ordered.get(self.places.get(id)?.1).copied()
    }

    /// Whether this excerpt, by its position, has the latest outcome of a document.
    pub(crate) fn is_latest(&self, id: &str, excerpt: usize) -> bool {
        self.places.get(id).is_some_and(|(at, _)| *at == excerpt)
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
        let line = |document: &ExcerptDocument| DocumentLine {
            findings: pointing.get(document.id()).copied().unwrap_or(0),
            ..document.line.clone()
        };
        Analysis {
            version: docmill_contract::VERSION,
            collection: collection.clone(),
            document: None,
            revision: 0,
            covers: self.coverage(),
            documents: self.iter().map(line).collect(),
            findings: findings::listed(findings),
            figures,
            sections: Vec::new(),
            narrative: None,
            docmill: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    fn coverage(&self) -> Coverage {
        let mut coverage = Coverage::default();
        for document in &self.ordered {
            coverage.outcomes += 1;
            coverage.last_outcome_sequence = coverage.last_outcome_sequence.max(document.sequence);
            match document.line.status {
                Status::Verified => coverage.verified += 1,
                Status::NeedsReview => coverage.needs_review += 1,
                Status::Failed => coverage.failed += 1,
            }
        }
        coverage
    }
}
