//! What docmill's programs, and other people's, agree on: the JSON that travels, and every NATS name.
//!
//! Everything here can be read by a program of another version, so it changes by these rules: a job that a
//! *user* writes refuses unknown fields (a typo must not be silently ignored); everything our own programs
//! write for each other tolerates them (two versions run side by side during a roll-out); a field is never
//! re-used with another meaning; a change that an old reader would misread raises `version`.
//!
//! This crate does no I/O and holds no behaviour beyond reading, validating and naming. JSON Schemas of the
//! types are kept in `docs/schemas/`, written by `tests/schemas.rs`.

pub mod analysis;
pub mod collection;
pub mod dead_letter;
pub mod excerpt;
pub mod failure;
pub mod identity;
pub mod job;
pub mod names;
pub mod narrative;
pub mod outcome;
pub mod pages;
pub mod profile;
pub mod section;
pub mod spec;

/// The version every wire type of this build writes in its `version` field.
pub const VERSION: u32 = 1;
