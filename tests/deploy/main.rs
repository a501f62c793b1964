//! The chart, the manifests rendered from it, and their promises: what an operator applies is held against the contract
//! crate, against Kubernetes's rules for such pods, and against KEDA's for such triggers. No cluster is asked.
//!
//! Helm is the `helm` on PATH or the wheel that `make tools` installs; without either these tests fail and say so.

mod helm;
mod images;
mod names;
mod pods;
mod raw;
mod refused;
mod scaling;
mod settings;
