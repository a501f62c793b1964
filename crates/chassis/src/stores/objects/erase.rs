//! Erasing objects so that nothing of them stays, not even what they were called.
//!
//! Called by [`Documents::delete`](crate::stores::Documents::delete) and by [`crate::stores::erasure`]. The client's own
//! deletion puts a mark in an object's place that has its name, which may be a person's: the mark is purged as well. The
//! chunks go first and what leads to them last, so that an erasure that was broken off can be repeated.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use docmill_contract::identity::Sha256Hex;
use serde::Deserialize;

use super::Objects;
use crate::stores::StoreError;
use crate::stores::subjects::{Raw, Subjects};

/// What an object's digest begins with, as every client writes it; base64 follows.
const DIGEST_PREFIX: &str = "SHA-256=";

/// An object as its bucket lists it, or the mark that the deletion of one has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::stores) struct Entry {
    pub(in crate::stores) name: String,
    /// The digest of its bytes, where its writer gave it.
    pub(in crate::stores) sha256: Option<Sha256Hex>,
    pub(in crate::stores) is_deleted: bool,
    nuid: String,
    subject: String,
    sequence: u64,
}

/// The members of an entry that matter here.
#[derive(Debug, Deserialize)]
struct Written {
    name: String,
    #[serde(default)]
    nuid: String,
    #[serde(default)]
    digest: Option<String>,
    #[serde(default)]
    deleted: bool,
}

impl Objects {
    /// Every object and every mark of a deletion.
    pub(in crate::stores) async fn entries(&self) -> Result<Vec<Entry>, StoreError> {
        let listed = self.subjects().all(&self.entry_subject("*")).await?;
        Ok(listed.into_iter().filter_map(entry).collect())
    }

    /// What is under `name`, be it the mark of a deletion.
    pub(in crate::stores) async fn entry(&self, name: &str) -> Result<Option<Entry>, StoreError> {
        let subject = self.entry_subject(&URL_SAFE.encode(name));
        Ok(self.subjects().last(&subject).await?.and_then(entry))
    }

    /// Removes an object with its name, unless it was written anew since it was listed; says whether there was an object
    /// and not just the mark of one.
    pub(in crate::stores) async fn erase(&self, entry: &Entry) -> Result<bool, StoreError> {
        let subjects = self.subjects();
        // A mark keeps the name of the chunks, which a deletion that was broken off may have left.
        if is_token(&entry.nuid) {
            subjects.purge(&format!("$O.{}.C.{}", self.bucket, entry.nuid)).await?;
        }
        subjects.purge_through(&entry.subject, entry.sequence).await?;
        Ok(!entry.is_deleted)
    }

    /// Removes `name`, and says whether it was there.
    pub(in crate::stores) async fn delete(&self, name: &str) -> Result<bool, StoreError> {
        match self.entry(name).await? {
            Some(entry) => self.erase(&entry).await,
            None => Ok(false),
        }
    }

    fn entry_subject(&self, encoded: &str) -> String {
        format!("$O.{}.M.{encoded}", self.bucket)
    }

    fn subjects(&self) -> Subjects {
        Subjects::new(&self.jetstream, format!("OBJ_{}", self.bucket))
    }
}

/// What isn't an entry was written by no client of an object store.
fn entry(raw: Raw) -> Option<Entry> {
    let written: Written = serde_json::from_slice(&raw.payload).ok()?;
    let Written { name, nuid, digest, deleted } = written;
    let sha256 = digest.as_deref().and_then(sha256);
    Some(Entry { name, sha256, is_deleted: deleted, nuid, subject: raw.subject, sequence: raw.sequence })
}

fn sha256(digest: &str) -> Option<Sha256Hex> {
    let bytes = URL_SAFE.decode(digest.strip_prefix(DIGEST_PREFIX)?).ok()?;
    Sha256Hex::read(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Whether it is one token of a subject and can't stand for others.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
