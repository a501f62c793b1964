//! The chassis against a real nats-server: what a unit test can't show.

mod harness;
mod run;
