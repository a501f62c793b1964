//! System tests: the real programs, a real nats-server each, and mock-llm; nothing in between is replaced.
//!
//! Each test has a [`rig::Rig`] of its own on free ports, so all of them run side by side.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod asking;
#[cfg(test)]
mod bad_documents;
#[cfg(test)]
mod bad_jobs;
#[cfg(test)]
mod clustered;
#[cfg(test)]
mod counted;
#[cfg(test)]
mod embedded_data;
#[cfg(test)]
mod faulty_endpoint;
#[cfg(test)]
mod forgetting;
#[cfg(test)]
mod growing_collection;
#[cfg(test)]
mod happy;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod injection;
#[cfg(test)]
mod installed;
#[cfg(test)]
mod interruptions;
#[cfg(test)]
mod keda;
#[cfg(test)]
mod llm_trouble;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod long_document;
#[cfg(test)]
mod lost_streams;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod narrative;
#[cfg(test)]
mod nats_trouble;
#[cfg(test)]
mod old_server;
#[cfg(test)]
mod outsiders;
#[cfg(test)]
mod pausing;
#[cfg(test)]
mod people;
#[cfg(test)]
mod quota;
#[cfg(test)]
mod reconciling;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod rig;
#[cfg(test)]
mod run_command;
#[cfg(test)]
mod sap_ai_core;
#[cfg(test)]
mod scaling;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod seen_from_outside;
#[cfg(test)]
mod store_trouble;
#[cfg(test)]
mod sweeping;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod unencrypted;
#[cfg(test)]
mod vision;
#[cfg(test)]
mod web_documents;
