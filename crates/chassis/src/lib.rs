//! What both workers are mounted on: settings, logs, metrics, health, the way to NATS, the pull loop and the
//! drain. It knows NATS and tokio, and nothing of PDFs, models or numbers.
//!
//! A worker's `main` is short: [`run::Invocation`] says what was asked, [`config`] reads and checks the
//! settings, [`run::run`] mounts a [`run::Worker`] and returns the exit code. Nothing lands here that is not
//! about *running*.

pub mod boot;
pub mod config;
pub mod connect;
pub mod consume;
pub mod cpu;
pub mod delivery;
pub mod gate;
pub mod health;
pub mod jobs;
pub mod metrics;
pub mod provision;
pub mod run;
pub mod settle;
pub mod signal;
pub mod starts;
pub mod stores;
pub mod tasks;
pub mod telemetry;
pub mod traces;
