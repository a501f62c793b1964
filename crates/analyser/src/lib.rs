//! The Data Analyser: records in, findings and figures out. Recalls from NATS, computes on rayon, publishes.
//!
//! Start at [`job`], which is the whole story. The numbers themselves are made in `docmill-analysis`, which knows
//! nothing of NATS; this crate knows nothing of numbers.

pub mod app;
mod collection;
pub mod config;
mod countdown;
pub mod error;
mod excerpts;
pub mod job;
mod publish;
mod recall;
mod report;
