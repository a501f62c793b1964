//! Getting a document's bytes, and keeping those that came by message before anything else happens.
//!
//! Called by `job`. It never looks into the bytes: that is the reading child's risk.

use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use docmill_chassis::stores::{Documents, StoreError};
use docmill_contract::identity::{DocumentId, Sha256Hex};
use docmill_contract::job::Source;

use crate::error::JobError;
use crate::order::Order;
use crate::web::{Web, WebError};

/// A document's bytes, kept.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    /// The PDF.
    pub(crate) bytes: Bytes,
    /// Its digest.
    pub(crate) sha256: Sha256Hex,
    /// Where it is kept.
    pub(crate) object: String,
}

/// How fetching is bounded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FetchLimits {
    /// The largest document, in bytes.
    pub(crate) bytes_max: u64,
    /// How late an object may come after its job: publishers that do both at the same time exist.
    pub(crate) object_late_max: Duration,
}

/// Where documents come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sources<'a> {
    /// The object store.
    pub(crate) documents: &'a Documents,
    /// Addresses.
    pub(crate) web: &'a Web,
}

/// The bytes of an order's document.
pub(crate) async fn fetch(
    order: &Order,
    from: Sources<'_>,
    published: SystemTime,
    limits: FetchLimits,
) -> Result<Fetched, JobError> {
    if let Some(bytes) = &order.raw_pdf {
        return keep(bytes.clone(), from.documents).await;
    }
    // A clock that runs behind the server's makes the age zero, which only waits longer.
    let age = SystemTime::now().duration_since(published).unwrap_or_default();
    match &order.job.source {
        Source::Object(object) => stored(object, &order.job.source, from.documents, age, limits).await,
        Source::Url(address) => match from.web.fetch(address, limits.bytes_max).await {
            Ok(bytes) => keep(bytes, from.documents).await,
            Err(error @ WebError::Unreachable { .. }) if age < from.web.late_max() => {
                Err(JobError::AddressNotYetReached(error))
            }
            Err(error) => Err(JobError::Web(error)),
        },
    }
}

/// Bytes that came from outside are kept before anything else happens to them.
async fn keep(bytes: Bytes, documents: &Documents) -> Result<Fetched, JobError> {
    let object = documents.put(&bytes).await?;
    Ok(Fetched { sha256: Sha256Hex::of(&bytes), bytes, object })
}

async fn stored(
    object: &str,
    source: &Source,
    documents: &Documents,
    age: Duration,
    limits: FetchLimits,
) -> Result<Fetched, JobError> {
    match documents.get(object, limits.bytes_max).await {
        Ok(bytes) => Ok(Fetched { sha256: Sha256Hex::of(&bytes), bytes, object: object.to_owned() }),
        Err(StoreError::NotFound { .. }) => {
            let source_named = source.clone();
            Err(if age < limits.object_late_max {
                JobError::DocumentNotYetThere { source_named }
            } else {
                JobError::DocumentMissing { source_named }
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// The id of a document whose job gives none and whose bytes can't be had: from the source it names.
pub(crate) fn document_of_source(source: &Source) -> DocumentId {
    DocumentId::from_digest(&source_digest(source))
}

/// What stands in for the PDF's digest where the bytes can't be had.
pub(crate) fn source_digest(source: &Source) -> Sha256Hex {
    match source {
        Source::Object(text) | Source::Url(text) => Sha256Hex::of(text.as_bytes()),
    }
}

/// The longest password that is read from a secret.
const PASSWORD_BYTES_MAX: usize = 1_024;

/// The text of the secret `name` mounted below `folder`, without its line end.
pub(crate) async fn password(name: Option<&str>, folder: Option<&Path>) -> Result<Option<String>, JobError> {
    let Some(name) = name else { return Ok(None) };
    let unknown = || JobError::PasswordSecretUnknown { name: name.chars().take(128).collect() };
    // A secret's name is a file's name in one folder; anything that could lead out of it is no such name.
    let is_plain = !name.is_empty()
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    let folder = folder.filter(|_| is_plain).ok_or_else(unknown)?;
    let text = tokio::fs::read_to_string(folder.join(name)).await.map_err(|_| unknown())?;
    if text.len() > PASSWORD_BYTES_MAX {
        return Err(unknown());
    }
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}
