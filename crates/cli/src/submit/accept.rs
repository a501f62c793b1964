//! Taking documents over: bytes into the store, then a job into the queue.
//!
//! Called by `submit` and `run`. A document is accepted once its bytes are stored and its job is acknowledged, in
//! this order: a worker that gets the job at once finds the bytes.

use docmill_contract::identity::{DocumentId, Sha256Hex, WorkKey};
use docmill_contract::outcome::Status;
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::Serialize;

use super::plan::{self, Order, Planned};
use super::publish::{Posting, publish};
use crate::error::CliError;
use crate::print::Printer;
use crate::session::Session;

/// Documents that are stored at once. Each is held in memory, and the server syncs each write anyway.
const STORED_AT_ONCE: usize = 4;

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

/// Stores every document and publishes its job; the accepted ones, in the order of `planned`.
///
/// # Errors
/// For a file that can't be read or that is another by now; if NATS refuses.
pub(crate) async fn accept(
    session: &Session,
    order: &Order,
    planned: &[Planned<'_>],
    printer: Printer,
) -> Result<Vec<Accepted>, CliError> {
    let bar = printer.progress(planned.len() as u64).with_message("storing");
    let accepted = futures_util::stream::iter(planned)
        .map(|planned| async {
            let accepted = accept_one(session, order, planned).await?;
            bar.inc(1);
            Ok::<_, CliError>(accepted)
        })
        .buffered(STORED_AT_ONCE)
        .try_collect()
        .await;
    bar.finish_and_clear();
    accepted
}

async fn accept_one(session: &Session, order: &Order, planned: &Planned<'_>) -> Result<Accepted, CliError> {
    let path = &planned.input.path;
    let bytes = plan::read(path).await?;
    let stored = session.stores.documents.put(&bytes).await;
    let object = stored.map_err(|error| CliError::nats(format!("store {}", path.display()), error))?;
    if object != planned.sha256.as_str() {
        return Err(CliError::Failed(format!(
            "{} was written to while it was being submitted: submit it again",
            path.display()
        )));
    }
    let posting = Posting {
        collection: &order.collection,
        document: &planned.input.document,
        lane: order.lane,
        job: &planned.job,
        replay: order.replay,
    };
    // What failed is tried again when it is sent again: its cause may be mended. The processor sees it so, too.
    let job_sequence = publish(session, &posting, |outcome| {
        outcome.work_key == planned.work_key && outcome.status != Status::Failed
    })
    .await?;
    Ok(Accepted {
        document: planned.input.document.clone(),
        name: planned.input.name.clone(),
        profile: planned.profile.clone(),
        bytes: planned.bytes,
        sha256: planned.sha256.clone(),
        work_key: planned.work_key.clone(),
        job_sequence,
    })
}
