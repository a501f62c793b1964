//! The finished record of a document, as it goes into the outcome.
//!
//! Made by [`ground`](crate::ground), read by the processor.

use docmill_contract::outcome::{Completeness, Evidence, Status, Warning};
use serde_json::Value;

/// What was extracted from a document, with its proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The record: an object. What isn't in the document is absent.
    pub data: Value,
    /// The proof of each leaf of `data`, in its order.
    pub evidence: Vec<Evidence>,
    /// Rows found against rows on the pages, for each table of which rows were found.
    pub completeness: Vec<Completeness>,
    /// What a person should look at.
    pub warnings: Vec<Warning>,
    /// `verified` or `needs_review`.
    pub status: Status,
}
