//! Putting a document's job into the queue, so that it is there or has been answered.
//!
//! Called for each document by `submit` and `run`, and by `reconcile`. Repeating it is harmless.

use docmill_chassis::delivery::Trace;
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::job::ProcessJob;
use docmill_contract::names::{Lane, Work};
use docmill_contract::outcome::Outcome;

use crate::error::CliError;
use crate::queues;
use crate::session::Session;

/// One document's job.
#[derive(Debug)]
pub(crate) struct Posting<'a> {
    /// The collection.
    pub(crate) collection: &'a CollectionId,
    /// The document.
    pub(crate) document: &'a DocumentId,
    /// The lane.
    pub(crate) lane: Lane,
    /// Its job, whole.
    pub(crate) job: &'a ProcessJob,
    /// Do the work again, even if there is an outcome of the same work.
    pub(crate) replay: Option<u64>,
}

/// Publishes the job and returns its sequence in the queue. Where the queue has seen it before, but it is neither there any more
/// nor is there an outcome that `answers` it (it failed, or outcomes were cleared), it is published once more as a
/// replay, since the queue would go on ignoring it.
///
/// # Errors
/// If NATS refuses.
pub(crate) async fn publish(
    session: &Session,
    posting: &Posting<'_>,
    answers: impl Fn(&Outcome) -> bool,
) -> Result<u64, CliError> {
    let Posting { collection, document, lane, job, replay } = posting;
    let failed = |error| CliError::nats(format!("publish the job of {document}"), error);
    let trace = Trace::default();
    let send = |replay| session.jobs.publish_process(*lane, collection, job, replay, &trace);
    let receipt = send(*replay).await.map_err(failed)?;
    if !receipt.duplicate {
        return Ok(receipt.sequence);
    }
    let kept = session.stores.outcomes.current(collection, document).await;
    let kept = kept.map_err(|error| CliError::nats(format!("read the outcome of {document}"), error))?;
    let answered = kept.is_some_and(|kept| answers(&kept.value));
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
