//! Taking documents over: bytes into the store, then a job into the queue, and the list of a collection.
//!
//! Called by `submit` and `run`. A document is accepted once its bytes are stored and its job is acknowledged, in
//! this order: a worker that gets the job at once finds the bytes.

use std::path::Path;

use bytes::Bytes;
use docmill_chassis::delivery::Trace;
use docmill_contract::collection::{Manifest, ManifestEntry};
use docmill_contract::identity::{CollectionId, DocumentId, Sha256Hex, WorkKey};
use docmill_contract::job::{ProcessJob, Source, Vision};
use docmill_contract::names::{Lane, Work};
use docmill_contract::outcome::Status;
use docmill_contract::pages::PageSelection;
use docmill_contract::profile::DEFAULT_PROFILE;
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::Serialize;

use crate::error::CliError;
use crate::print::Printer;
use crate::queues;
use crate::run::inputs::{self, Input};
use crate::session::Session;

/// Documents that are stored at once. Each is held in memory, and the server syncs each write anyway.
const STORED_AT_ONCE: usize = 4;

/// What is asked for, of all documents alike.
#[derive(Debug)]
pub(crate) struct Order {
    /// The collection.
    pub(crate) collection: CollectionId,
    /// The lane.
    pub(crate) lane: Lane,
    /// The profile of all documents, in place of the folders' names.
    pub(crate) profile: Option<String>,
    /// Which pages.
    pub(crate) pages: PageSelection,
    /// Whether page images go to the model.
    pub(crate) vision: Vision,
    /// The name of the password's secret.
    pub(crate) password_secret: Option<String>,
    /// Do the work again, even if there is an outcome of the same work.
    pub(crate) replay: Option<u64>,
}

/// A document that docmill has taken over.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Accepted {
    /// Its id.
    pub(crate) document: DocumentId,
    /// What people are shown.
    pub(crate) name: String,
    /// The profile it is read with.
    pub(crate) profile: String,
    /// Its size.
    pub(crate) bytes: u64,
    /// Its key in `docmill-documents`.
    pub(crate) sha256: Sha256Hex,
    /// What work was asked for.
    pub(crate) work_key: WorkKey,
    /// The sequence of its job in the queue.
    pub(crate) job_sequence: u64,
}

/// Stores every document and publishes its job; the accepted ones, in the order of `inputs`.
///
/// # Errors
/// For an unknown profile, before anything is stored; for a file that can't be read; if NATS refuses.
pub(crate) async fn accept(
    session: &Session,
    order: &Order,
    inputs: &[Input],
    printer: Printer,
) -> Result<Vec<Accepted>, CliError> {
    let chosen = choose_profiles(session, order, inputs).await?;
    let bar = printer.progress(inputs.len() as u64).with_message("storing");
    let accepted = futures_util::stream::iter(inputs.iter().zip(&chosen))
        .map(|(input, profile)| async {
            let accepted = accept_one(session, order, input, profile).await?;
            bar.inc(1);
            Ok::<_, CliError>(accepted)
        })
        .buffered(STORED_AT_ONCE)
        .try_collect()
        .await;
    bar.finish_and_clear();
    accepted
}

/// The name and the content's digest of each document's profile.
async fn choose_profiles(
    session: &Session,
    order: &Order,
    inputs: &[Input],
) -> Result<Vec<(String, Sha256Hex)>, CliError> {
    let known = session.profiles().await?;
    let names: Vec<String> = known.iter().map(|listed| listed.name.clone()).collect();
    let find =
        |name: &str| known.iter().find(|listed| listed.name == name).map(|listed| listed.profile.digest());
    inputs
        .iter()
        .map(|input| {
            let folder = inputs::profile_of(input, &names);
            let name = order.profile.as_deref().or(folder).unwrap_or(DEFAULT_PROFILE);
            find(name).map(|digest| (name.to_owned(), digest)).ok_or_else(|| {
                CliError::Usage(format!(
                    "profile {name:?} is neither built in nor registered: there are {}",
                    names.join(", ")
                ))
            })
        })
        .collect()
}

async fn accept_one(
    session: &Session,
    order: &Order,
    input: &Input,
    (profile, profile_digest): &(String, Sha256Hex),
) -> Result<Accepted, CliError> {
    let bytes = read(&input.path).await?;
    let size = bytes.len() as u64;
    let object = session.stores.documents.put(&bytes).await;
    let object = object.map_err(|error| CliError::nats(format!("store {}", input.path.display()), error))?;
    let sha256 = Sha256Hex::of(&bytes);
    let work_key = WorkKey::new(&sha256, profile_digest, &order.pages, order.vision);
    let job = ProcessJob {
        collection: Some(order.collection.clone()),
        document: Some(input.document.clone()),
        name: Some(input.name.clone()),
        profile: Some(profile.clone()),
        pages: order.pages.clone(),
        vision: order.vision,
        password_secret: order.password_secret.clone(),
        ..ProcessJob::of(Source::Object(object))
    };
    let job_sequence = publish(session, order, &job, &input.document, &work_key).await?;
    Ok(Accepted {
        document: input.document.clone(),
        name: input.name.clone(),
        profile: profile.clone(),
        bytes: size,
        sha256,
        work_key,
        job_sequence,
    })
}

/// Publishes the job. Where the queue has seen it before, but it is neither there any more nor did anything good come
/// of it (it failed, or outcomes were cleared), it is published once more as a replay, since the queue would go on
/// ignoring it.
async fn publish(
    session: &Session,
    order: &Order,
    job: &ProcessJob,
    document: &DocumentId,
    work_key: &WorkKey,
) -> Result<u64, CliError> {
    let failed = |error| CliError::nats(format!("publish the job of {document}"), error);
    let trace = Trace::default();
    let send = |replay| session.jobs.publish_process(order.lane, &order.collection, job, replay, &trace);
    let receipt = send(order.replay).await.map_err(failed)?;
    if !receipt.duplicate {
        return Ok(receipt.sequence);
    }
    let kept = session.stores.outcomes.current(&order.collection, document).await;
    let kept = kept.map_err(|error| CliError::nats(format!("read the outcome of {document}"), error))?;
    // What failed is tried again when it is sent again: its cause may be mended. The processor sees it so, too.
    let answered =
        kept.is_some_and(|kept| &kept.value.work_key == work_key && kept.value.status != Status::Failed);
    if answered || queues::holds(session, Work::Process, receipt.sequence).await? {
        return Ok(receipt.sequence);
    }
    let receipt = send(Some(replay_ordinal())).await.map_err(failed)?;
    if receipt.duplicate {
        return Err(CliError::Failed(format!(
            "the queue took the job of {document} for one it had already: wait a moment and try again"
        )));
    }
    Ok(receipt.sequence)
}

/// A number no earlier replay had: milliseconds since 1970.
pub(crate) fn replay_ordinal() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default()
}

async fn read(path: &Path) -> Result<Bytes, CliError> {
    let read = tokio::fs::read(path).await;
    read.map(Bytes::from).map_err(|source| CliError::File { path: path.to_owned(), verb: "read", source })
}

/// Writes the list of the collection's documents, unless that very list is there already: a new one would make the
/// analyser say anew that the collection is done. Returns the list's sequence.
///
/// # Errors
/// If NATS refuses it.
pub(crate) async fn put_manifest(
    session: &Session,
    collection: &CollectionId,
    inputs: &[Input],
) -> Result<u64, CliError> {
    let failed = |error| CliError::nats(format!("write the manifest of {collection}"), error);
    let entry = |input: &Input| ManifestEntry { document: input.document.clone(), name: input.name.clone() };
    let documents: Vec<ManifestEntry> = inputs.iter().map(entry).collect();
    let there = session.stores.collections.manifest(collection).await.map_err(failed)?;
    if let Some(there) = there.filter(|there| there.value.documents == documents) {
        return Ok(there.sequence);
    }
    let manifest = Manifest {
        version: docmill_contract::VERSION,
        collection: collection.clone(),
        documents,
        created: jiff::Timestamp::now().to_string(),
    };
    session.stores.collections.put_manifest(&manifest, &Trace::default()).await.map_err(failed)
}
