//! What `eval` finds out: every document's scores and all of them together. Also what `--json` prints, and what
//! `--against` reads.
//!
//! Made by `eval` from scored documents. It adds and names; scoring is [`score`](super::score)'s.

use std::collections::BTreeSet;

use docmill_contract::identity::DocumentId;
use docmill_contract::outcome::{Outcome, Status, Usage};
use docmill_contract::profile::Profile;
use docmill_pdf::Document;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::score::{Fault, Scores, Shares, score};
use super::truth::Truth;
use crate::cost::{self, TotalUsage};

/// An evaluation of many documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Evaluation {
    /// The version of this format: 1.
    pub(crate) version: u32,
    /// docmill's version.
    pub(crate) docmill: String,
    /// What read the documents: `provider/model`, each once.
    pub(crate) models: Vec<String>,
    /// How many documents ended how.
    pub(crate) documents_by_status: ByStatus,
    /// All scores together.
    pub(crate) scores: Scores,
    /// The shares made of them.
    pub(crate) shares: Shares,
    /// All usage together.
    pub(crate) usage: TotalUsage,
    /// The documents, in the order of their names.
    pub(crate) documents: Vec<Evaluated>,
}

/// How many documents ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ByStatus {
    /// Every value is proved.
    pub(crate) verified: u64,
    /// A person should look.
    pub(crate) needs_review: u64,
    /// There is no record.
    pub(crate) failed: u64,
    /// Of all, those that ended otherwise than their truth expects.
    pub(crate) unexpected: u64,
}

/// One document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Evaluated {
    /// Its id.
    pub(crate) document: DocumentId,
    /// What people are shown.
    pub(crate) name: String,
    /// The profile it was read with, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<String>,
    /// The verdict on it.
    pub(crate) status: Status,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<String>,
    /// Whether it ended as its truth expects; absent where that expects nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) as_expected: Option<bool>,
    /// Whether its values are counted: not where it failed, as its truth expects.
    pub(crate) is_scored: bool,
    /// Its counts.
    pub(crate) scores: Scores,
    /// Its shares.
    pub(crate) shares: Shares,
    /// What it cost.
    pub(crate) usage: Usage,
    /// What isn't right in it.
    pub(crate) faults: Vec<Fault>,
}

impl Evaluated {
    /// Scores one document.
    pub(crate) fn of(
        truth: &Truth,
        outcome: &Outcome,
        profile: Option<&Profile>,
        document: Option<&Document>,
    ) -> Self {
        let (schema, rules) =
            profile.map_or((&Value::Null, &[][..]), |profile| (&profile.schema, &profile.rules));
        let as_expected = truth.is_met_by(outcome);
        let fails_as_expected =
            outcome.status == Status::Failed && truth.expect.status == Some(Status::Failed);
        let (scores, faults) = if fails_as_expected {
            (Scores::default(), Vec::new())
        } else {
            score(truth, outcome, schema, rules, document)
        };
        let failure = outcome.failure.as_ref();
        Self {
            document: outcome.document.clone(),
            name: outcome.name.clone(),
            profile: outcome.profile.as_ref().and_then(|profile| profile.name.clone()),
            status: outcome.status,
            failure: failure.map(|failure| format!("{}: {}", failure.code.as_str(), failure.reason)),
            as_expected,
            is_scored: !fails_as_expected,
            scores,
            shares: scores.shares(),
            usage: outcome.usage.clone(),
            faults,
        }
    }
}

impl Evaluation {
    /// Adds documents up. `engines` are those of their outcomes.
    pub(crate) fn of(documents: Vec<Evaluated>, models: BTreeSet<String>) -> Self {
        let mut scores = Scores::default();
        let mut by_status = ByStatus::default();
        for document in &documents {
            scores += document.scores;
            match document.status {
                Status::Verified => by_status.verified += 1,
                Status::NeedsReview => by_status.needs_review += 1,
                Status::Failed => by_status.failed += 1,
            }
            by_status.unexpected += u64::from(document.as_expected == Some(false));
        }
        Self {
            version: docmill_contract::VERSION,
            docmill: env!("CARGO_PKG_VERSION").to_owned(),
            models: models.into_iter().collect(),
            documents_by_status: by_status,
            scores,
            shares: scores.shares(),
            usage: cost::total(documents.iter().map(|document| &document.usage)),
            documents,
        }
    }

    /// Values that are said to be proved and are wrong, with their documents.
    pub(crate) fn verified_but_wrong(&self) -> impl Iterator<Item = (&Evaluated, &Fault)> {
        self.documents.iter().flat_map(|document| {
            document.faults.iter().filter(|fault| fault.is_verified()).map(move |fault| (document, fault))
        })
    }
}
