//! A narrative of an analysis: what a model is shown and asked, and which of its sentences may be believed.
//!
//! Called by `docmill report --narrative`, which does the asking; off everywhere else. It is here, in the crate that renders
//! analyses, since it is a rendering twice over: of the analysis for a model, line by line and within a limit
//! ([`Facts::of`]), and of the model's words for people, after every figure in them was found among those lines
//! ([`Facts::check`]). Nothing is computed, and no reply changes a finding or a figure.
//!
//! What the check can't do: it knows figures, not relations. "The largest is 12" passes where 12 is a figure of a line that
//! the sentence names and isn't the largest. So the page says whose words they are, and shows the lines below them.

mod check;
mod currency;
mod facts;
mod known;
mod manners;
mod names;
mod pieces;
mod reply;
#[cfg(test)]
mod tests;
mod text;

pub use facts::Facts;
pub use reply::ReplyProblem;
use serde_json::Value;

/// Names the instructions and the check in narratives. Changes whenever one of them does.
pub const NARRATIVE_VERSION: &str = "1";

/// Bytes of the lines that a model is shown, about 5,000 tokens: less than the processor puts into one question.
const SHOWN_BYTES_MAX: usize = 16 * 1024;

/// Sentences that are kept; a narrative is read before the figures, not in their place.
const SENTENCES_MAX: usize = 12;

/// Characters of a sentence. Models are told fewer.
const SENTENCE_CHARACTERS_MAX: usize = 400;

/// Lines that one sentence may name: naming all of them would make every figure right.
const FACTS_OF_A_SENTENCE_MAX: usize = 6;

/// What a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The rules.
    pub system: &'static str,
    /// The facts: data, a line each.
    pub user: String,
    /// What the reply is to look like, as a JSON Schema that every provider takes.
    pub schema: Value,
}
