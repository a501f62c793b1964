//! What is in an object store, and what nothing leads to any more.
//!
//! Called by `evidence`. Two kinds of orphans: objects that no outcome or message names, and chunks of objects that never
//! were finished, which a write leaves behind whose client or server died.

use std::collections::BTreeSet;

use async_nats::jetstream::Context;
use docmill_tests::site::Failure;
use futures_util::TryStreamExt as _;
use serde::Deserialize;

use crate::evidence::{Stored, history};

/// Both stores.
#[derive(Debug)]
pub(crate) struct Objects {
    pub(crate) documents: Bucket,
    pub(crate) payloads: Bucket,
}

/// One store.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) objects: usize,
    /// Objects that nothing names.
    pub(crate) unnamed: Vec<String>,
    /// Objects that something names, and that aren't there.
    pub(crate) missing: Vec<String>,
    /// Chunks of no object.
    pub(crate) stray_chunks: usize,
}

/// An object, as its store describes it.
#[derive(Debug, Deserialize)]
struct Described {
    name: String,
    #[serde(default)]
    nuid: String,
    #[serde(default)]
    deleted: bool,
}

/// What is there, held against the names that are `named` somewhere.
pub(crate) async fn gather(
    jetstream: &Context,
    bucket: &str,
    named: BTreeSet<String>,
) -> Result<Bucket, Failure> {
    let stream = format!("OBJ_{bucket}");
    let described: Vec<Stored<Described>> = history(jetstream, &stream, &format!("$O.{bucket}.M.>")).await?;
    let there: Vec<Described> =
        described.into_iter().map(|stored| stored.value).filter(|object| !object.deleted).collect();
    let names: BTreeSet<&str> = there.iter().map(|object| object.name.as_str()).collect();
    let nuids: BTreeSet<&str> = there.iter().map(|object| object.nuid.as_str()).collect();
    let mut stray_chunks = 0;
    let stream = jetstream.get_stream(&stream).await?;
    let prefix = format!("$O.{bucket}.C.");
    let mut subjects = stream.info_with_subjects(format!("{prefix}>")).await?;
    while let Some((subject, chunks)) = subjects.try_next().await? {
        if subject.strip_prefix(&prefix).is_some_and(|nuid| !nuids.contains(nuid)) {
            stray_chunks += chunks;
        }
    }
    Ok(Bucket {
        objects: names.len(),
        unnamed: names.iter().filter(|name| !named.contains(**name)).map(|&name| name.to_owned()).collect(),
        missing: named.iter().filter(|name| !names.contains(name.as_str())).cloned().collect(),
        stray_chunks,
    })
}
