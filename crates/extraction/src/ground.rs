//! Looks every claimed value up on the pages and makes the record with its proof.
//!
//! Called by the processor once all chunks are answered.

use docmill_contract::outcome::{Status, Via};
use docmill_pdf::Document;
use serde_json::Value;

use crate::plan::Chunk;
use crate::record::Record;
use crate::reply::Answer;
use crate::task::Task;

/// A chunk and what was answered about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The chunk that was asked about.
    pub chunk: Chunk,
    /// What the model claims.
    pub answer: Answer,
}

/// What grounding can't know from the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroundContext {
    /// How the values were read; pages with an OCR layer say so by themselves.
    pub via: Via,
}

impl Default for GroundContext {
    fn default() -> Self {
        Self { via: Via::Llm }
    }
}

/// The record of a document. `answers` are in the order of the document; their chunks may overlap.
pub fn ground(task: &Task, document: &Document, answers: &[Answered], context: &GroundContext) -> Record {
    let _ = (task, document, answers, context);
    Record {
        data: Value::Object(serde_json::Map::new()),
        evidence: Vec::new(),
        completeness: Vec::new(),
        warnings: Vec::new(),
        status: Status::NeedsReview,
    }
}
