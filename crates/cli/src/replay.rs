//! `docmill replay`: the work on documents is done again, whatever its outcome is.
//!
//! Called by people. Each job is put into the queue once more, with an ordinal that the queue and the processor have not seen: so it is
//! neither dropped as a duplicate nor passed over for its outcome. A new outcome is a new revision of its document.

use docmill_contract::collection::ManifestEntry;
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::outcome::Status;
use serde::Serialize;

use crate::arguments::{CommonArguments, ReplayArguments, ReplayedStatus};
use crate::error::CliError;
use crate::print::Printer;
use crate::session::{self, Session};
use crate::standing::Standing;
use crate::submit::{self, Posting};

/// A job that was put back.
#[derive(Debug, Serialize)]
pub(crate) struct Replayed {
    pub(crate) collection: CollectionId,
    pub(crate) document: DocumentId,
    pub(crate) job_sequence: u64,
}

/// Puts the jobs back and says which.
///
/// # Errors
/// [`CliError`]; a document that isn't listed with its job is one, before anything is put back.
pub(crate) async fn replay(
    arguments: &ReplayArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    let collection = &arguments.collection;
    let session = session::open(common).await?;
    let mut standing = Standing::new(&session, collection);
    let looked = standing.look().await;
    looked.map_err(|error| CliError::nats(format!("look at collection {collection}"), error))?;
    let chosen: Vec<&ManifestEntry> = standing
        .settled()
        .filter(|(entry, status)| is_meant(arguments, &entry.document, *status))
        .map(|(entry, _)| entry)
        .collect();
    if let (Some(document), []) = (&arguments.document, chosen.as_slice()) {
        return Err(CliError::Failed(format!(
            "document {document} isn't listed in collection {collection}, or has no outcome: see `docmill status {collection}`"
        )));
    }
    let replayed = put_back(&session, collection, &chosen, printer).await?;
    if printer.json {
        return Ok(printer.value(&replayed)?);
    }
    Ok(printer.line(format_args!("{} are back in the queue", replayed.len()))?)
}

fn is_meant(arguments: &ReplayArguments, document: &DocumentId, status: Status) -> bool {
    match &arguments.document {
        Some(wanted) => wanted == document,
        None => arguments.all || arguments.status.contains(&status.into()),
    }
}

async fn put_back(
    session: &Session,
    collection: &CollectionId,
    chosen: &[&ManifestEntry],
    printer: Printer,
) -> Result<Vec<Replayed>, CliError> {
    let unlisted = |entry: &ManifestEntry, why: String| {
        CliError::Failed(format!("the job of {} can't be put back, submit it again: {why}", entry.document))
    };
    let mut jobs = Vec::with_capacity(chosen.len());
    for entry in chosen {
        let job = entry.whole_job(collection).map_err(|error| unlisted(entry, error.to_string()))?;
        jobs.push(job.ok_or_else(|| unlisted(entry, format!("the list of {collection} doesn't say it")))?);
    }
    let replay = Some(submit::replay_ordinal());
    let bar = printer.progress(chosen.len() as u64);
    let mut replayed = Vec::with_capacity(chosen.len());
    for (entry, job) in chosen.iter().zip(&jobs) {
        let (document, lane) = (&entry.document, entry.lane.unwrap_or_default());
        let posting = Posting { collection, document, lane, job, replay };
        // Nothing answers a replay but what it makes.
        let job_sequence = submit::publish(session, &posting, |_| false).await?;
        replayed.push(Replayed { collection: collection.clone(), document: document.clone(), job_sequence });
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(replayed)
}

impl From<Status> for ReplayedStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Verified => Self::Verified,
            Status::NeedsReview => Self::NeedsReview,
            Status::Failed => Self::Failed,
        }
    }
}
