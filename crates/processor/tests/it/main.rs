//! The processor's parts that need real processes.
#![cfg(test)]

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod collection_budget;
#[cfg(test)]
mod confinement;
#[cfg(test)]
mod llm;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod quota;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod web;
