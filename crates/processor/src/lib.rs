//! The Data Processor: PDFs in, records with proof out. Async; jobs arrive on NATS JetStream.
//!
//! Start at [`job`], which is the whole story. `main` is its table of contents; everything about *running* is in
//! `docmill-chassis`, everything about *extracting* in `docmill-extraction`, everything about *PDFs* in
//! `docmill-pdf`, where this crate reaches it only through child processes.

pub mod app;
pub mod ask;
mod compiled;
mod conclude;
pub mod config;
mod draft;
pub mod error;
mod extract;
mod fetch;
mod images;
pub mod job;
pub mod llm;
pub mod metrics;
mod order;
pub use docmill_reader as reader;
pub mod tally;
pub mod web;
