//! `docmill` as a program, against a real nats-server: what it prints, where it prints it, and its exit codes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: what can't go on fails its test"
)]

mod analyse;
mod commands;
mod docmill;
mod eval;
mod inspect;
mod review;
mod run;
mod usage;
