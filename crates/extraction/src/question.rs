//! A question: a part of the schema, asked about a chunk of the document, for a reason.
//!
//! Made by [`Task::questions`](crate::Task::questions) and of each other: a smaller one for what an answer left open, two
//! halves where an answer can't fit, another one for rows that are missing or values that don't add up. Clones are
//! cheap.

use std::sync::Arc;

use crate::chunk::Chunk;
use crate::part::{Chosen, Part};
use crate::schema::Shape;
use crate::task::Task;

/// How often the rest of an answer that was cut off is asked for before the lines are halved instead. A model that
/// repeats itself would else be paid for every row.
const CUTS_MAX: u8 = 8;

/// Something to ask a model about a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub(crate) part: Arc<Part>,
    pub(crate) chunk: Chunk,
    pub(crate) purpose: Purpose,
    /// How many answers were cut off on the way here.
    cuts: u8,
}

/// Why something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// To fill in the record, or what an answer left of it.
    Fill,
    /// Rows that the pages have are missing.
    MissingRows,
    /// An equation doesn't hold.
    Equation,
}

impl Task {
    /// Every part of the schema about every chunk: the questions that fill in a record.
    pub fn questions(&self, chunks: Vec<Chunk>) -> Vec<Question> {
        let about = |chunk: &Chunk| self.questions_about(chunk);
        chunks.iter().flat_map(about).collect()
    }

    fn questions_about(&self, chunk: &Chunk) -> Vec<Question> {
        let question = |part: &Arc<Part>| Question {
            part: Arc::clone(part),
            chunk: chunk.clone(),
            purpose: Purpose::Fill,
            cuts: 0,
        };
        self.parts.iter().map(question).collect()
    }
}

impl Question {
    /// A question about these slots of the whole schema.
    pub(crate) fn about(whole: &Shape, chosen: Vec<Chosen>, chunk: Chunk, purpose: Purpose) -> Self {
        Self { part: Arc::new(Part::of(whole, chosen)), chunk, purpose, cuts: 0 }
    }

    /// The lines it is about.
    pub fn chunk(&self) -> &Chunk {
        &self.chunk
    }

    /// Why it is asked.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The schema a model is asked to answer in.
    pub fn wire_schema(&self) -> &serde_json::Value {
        &self.part.wire
    }

    /// Two smaller questions for when the whole doesn't fit: about half of the lines each, else about half of the
    /// fields. None where neither can be halved.
    pub fn halves(&self, task: &Task) -> Option<(Self, Self)> {
        if let Some((first, second)) = self.chunk.split() {
            let about = |chunk| Self { chunk, cuts: 0, ..self.clone() };
            return Some((about(first), about(second)));
        }
        let (first, second) = self.part.halves(&task.shape)?;
        let of = |part| Self { part: Arc::new(part), cuts: 0, ..self.clone() };
        Some((of(first), of(second)))
    }

    /// The same about some of its fields only, by their places in its own shape.
    pub(crate) fn only(&self, whole: &Shape, slots: &[usize]) -> Self {
        Self { part: Arc::new(self.part.only(whole, slots)), ..self.clone() }
    }

    /// The same about the lines from one on; none where that isn't less, or was done too often.
    pub(crate) fn from_line(&self, number: u32) -> Option<Self> {
        let chunk = self.chunk.from_line(number).filter(|_| self.cuts < CUTS_MAX)?;
        Some(Self { chunk, cuts: self.cuts + 1, ..self.clone() })
    }

    /// What puts answers in order, whichever came first: the document's order, then the schema's.
    pub(crate) fn order(&self) -> (Purpose, u32, u32, u32, &[Chosen]) {
        // Images belong where their page is; lines of the page before them come first.
        let page = self.chunk.lines().first().map(|line| line.page).or(self.chunk.images().first().copied());
        let (first, last) = (self.chunk.first_line(), self.chunk.last_line());
        (self.purpose, page.unwrap_or(0), first, last, self.part.chosen())
    }
}
