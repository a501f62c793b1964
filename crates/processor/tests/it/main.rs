//! The processor's parts that need real processes.
#![cfg(test)]

#[cfg(test)]
mod readers;
