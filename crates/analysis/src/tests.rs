//! Whole analyses over small collections, against numbers worked out by hand.

mod findings;
mod outcomes;
mod report;
mod same_bytes;
mod studies;
