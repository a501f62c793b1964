//! A narrative: what a model wrote about an analysis, as far as its figures are the computed ones.
//!
//! Made by the crate `report` of a model's reply, when a person asks for it; rendered by the same crate. Never made by a
//! worker, and nothing is computed from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sentences of a model's that passed the check, and how many didn't.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Narrative {
    /// What was kept, in the model's order.
    pub sentences: Vec<NarrativeSentence>,
    /// What was dropped, by reason. Their words are kept nowhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<DroppedSentences>,
    /// The model that wrote it, as its endpoint names it.
    pub model: String,
    /// The version of docmill's instructions to the model, and of the check.
    pub prompt: String,
}

impl Narrative {
    /// How many sentences the model wrote.
    pub fn written(&self) -> u64 {
        let kept = u64::try_from(self.sentences.len()).unwrap_or(u64::MAX);
        kept.saturating_add(self.dropped())
    }

    /// How many of them were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped.iter().fold(0, |sum, dropped| sum.saturating_add(dropped.sentences))
    }
}

/// A sentence that was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NarrativeSentence {
    /// The model's words.
    pub text: String,
    /// The lines of the analysis that it names, as the model was shown them: every figure in its words is in one of them.
    pub facts: Vec<String>,
}

/// Sentences that were dropped for the same reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DroppedSentences {
    /// Why.
    pub reason: DropReason,
    /// How many.
    pub sentences: u64,
}

/// Why a sentence was dropped: the first of these that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// It is empty, too long, one too many, or was said before.
    Length,
    /// It holds markup, a link, or characters that can't be seen.
    Markup,
    /// It accuses somebody. An analysis says what deviates, never why.
    Accusation,
    /// It tells its reader what to do.
    Instruction,
    /// It names no line of the analysis, or one that wasn't shown.
    Unfounded,
    /// A number in it is not in the lines it names, or not as what it is said to be: a share, an amount in a currency.
    Figure,
    /// A date in it is not in the analysis.
    Date,
}
