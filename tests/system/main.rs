//! System tests: the real programs, a real nats-server each, and mock-llm; nothing in between is replaced.
//!
//! Each test has a [`rig::Rig`] of its own on free ports, so all of them run side by side.

mod bad_documents;
mod bad_jobs;
mod happy;
mod identity;
mod interruptions;
mod llm_trouble;
mod nats_trouble;
mod rig;
mod run_command;
