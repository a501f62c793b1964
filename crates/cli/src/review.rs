//! `docmill review`: what a person should settle, and settling it.
//!
//! Settling writes the outcome's next revision by compare-and-swap from the one that was read, and has the collection
//! analysed again. Work key and job stay as they were, so that the same job, delivered again, changes nothing.

mod edit;
mod open;
mod settle;
mod show;

use docmill_chassis::delivery::Trace;
use docmill_chassis::stores::{Kept, ReplaceError};
use docmill_contract::identity::{CollectionId, DocumentId, Sha256Hex};
use docmill_contract::job::AnalyseJob;
use docmill_contract::names::Lane;
use docmill_contract::outcome::{Outcome, Status};
use docmill_contract::profile::Profile;
use docmill_extraction::Task;
use serde::Serialize;

use crate::arguments::{CommonArguments, ReviewArguments, ReviewCommand, ReviewedDocument};
use crate::error::CliError;
use crate::print::Printer;
use crate::session::{self, Session};
use open::open;
use settle::{Act, Signature, settle};

/// What `--json` prints when something was settled.
#[derive(Debug, Serialize)]
struct Settled<'a> {
    collection: &'a CollectionId,
    document: &'a DocumentId,
    revision: u32,
    status: Status,
    /// Whether this command changed something; not where all of it was settled before.
    changed: bool,
    /// Pointers of what is open still.
    open: Vec<&'a str>,
    /// The analysis job.
    job_sequence: u64,
}

/// Lists, shows or settles.
///
/// # Errors
/// [`CliError`]; an unknown document or pointer, and an outcome that changed meanwhile, are some.
pub(crate) async fn review(
    arguments: &ReviewArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    let session = session::open(common).await?;
    match &arguments.command {
        ReviewCommand::List { collection, document } => {
            let outcomes = match document {
                Some(document) => vec![find(&session, collection, document).await?.value],
                None => of_collection(&session, collection).await?,
            };
            show::list(&outcomes, printer)
        }
        ReviewCommand::Show { collection, document } => {
            show::document(&find(&session, collection, document).await?.value, printer)
        }
        ReviewCommand::Accept { which, pointers, all } => {
            let kept = find_revision(&session, which).await?;
            let acts = match (pointers.as_slice(), all) {
                ([], true) => open(&kept.value).iter().map(|open| accept(open.pointer)).collect(),
                ([], false) => {
                    return Err(CliError::Usage("name the pointers to accept, or use --all".to_owned()));
                }
                (pointers, _) => pointers.iter().map(|pointer| accept(pointer)).collect::<Vec<_>>(),
            };
            apply(&session, which, &kept, &acts, printer).await
        }
        ReviewCommand::Correct { which, pointer, value, remove } => {
            let kept = find_revision(&session, which).await?;
            let act = match (value, remove) {
                (Some(text), _) => Act::Correct { pointer: pointer.clone(), text: text.clone() },
                (None, true) => Act::Remove { pointer: pointer.clone() },
                (None, false) => {
                    return Err(CliError::Usage(
                        "say what the value is, or --remove for one that the document doesn't have"
                            .to_owned(),
                    ));
                }
            };
            apply(&session, which, &kept, &[act], printer).await
        }
    }
}

fn accept(pointer: &str) -> Act {
    Act::Accept { pointer: pointer.to_owned() }
}

async fn of_collection(session: &Session, collection: &CollectionId) -> Result<Vec<Outcome>, CliError> {
    let kept = session.stores.outcomes.of_collection(collection).await;
    let kept = kept.map_err(|error| CliError::nats(format!("read the outcomes of {collection}"), error))?;
    if kept.is_empty() {
        return Err(CliError::Failed(format!(
            "collection {collection} has no outcome: check its name, or see `docmill status {collection}`"
        )));
    }
    let mut outcomes: Vec<Outcome> = kept.into_iter().map(|kept| kept.value).collect();
    outcomes.sort_by(|one, other| (&one.name, &one.document).cmp(&(&other.name, &other.document)));
    Ok(outcomes)
}

async fn find(
    session: &Session,
    collection: &CollectionId,
    document: &DocumentId,
) -> Result<Kept<Outcome>, CliError> {
    let kept = session.stores.outcomes.current(collection, document).await;
    let kept = kept.map_err(|error| CliError::nats(format!("read the outcome of {document}"), error))?;
    kept.ok_or_else(|| {
        CliError::Failed(format!(
            "document {document} of collection {collection} has no outcome: check the names, or see `docmill status {collection}`"
        ))
    })
}

/// The outcome to settle; refused where it isn't the revision that was looked at.
async fn find_revision(session: &Session, which: &ReviewedDocument) -> Result<Kept<Outcome>, CliError> {
    let kept = find(session, &which.collection, &which.document).await?;
    let revision = kept.value.revision;
    match which.revision {
        Some(wanted) if wanted != revision => Err(changed(which, &format!("it has revision {revision} now"))),
        Some(_) | None => Ok(kept),
    }
}

fn changed(which: &ReviewedDocument, how: &str) -> CliError {
    let ReviewedDocument { collection, document, .. } = which;
    CliError::Failed(format!(
        "the outcome of {document} changed meanwhile ({how}): look at it with `docmill review show {collection} {document}`, and say it again"
    ))
}

/// Does what was said, and has the collection analysed again. Saying it twice changes nothing, and mends an analysis job
/// that was lost between the two steps.
async fn apply(
    session: &Session,
    which: &ReviewedDocument,
    kept: &Kept<Outcome>,
    acts: &[Act],
    printer: Printer,
) -> Result<(), CliError> {
    let document = &which.document;
    let refused = |reason: String| CliError::Failed(format!("document {document}: {reason}"));
    if kept.value.status == Status::Failed {
        return Err(refused(settle::Refusal::NoRecord.to_string()));
    }
    let profile = profile_of(session, &kept.value).await?;
    let task = Task::new(&profile.schema, &profile.instructions, &profile.rules)
        .map_err(|error| refused(error.to_string()))?;
    let at = jiff::Timestamp::now().to_string();
    let signature = Signature { by: &which.by, at: &at };
    let next = settle(&kept.value, &task, &profile.schema, acts, signature)
        .map_err(|refusal| refused(refusal.to_string()))?;
    if let Some(next) = &next {
        match session.stores.outcomes.replace(next, kept.sequence, &Trace::default()).await {
            Ok(_sequence) => {}
            Err(ReplaceError::Superseded) => return Err(changed(which, "another revision was written")),
            Err(ReplaceError::Store(error)) => {
                return Err(CliError::nats(format!("write the outcome of {document}"), error));
            }
        }
    }
    let outcome = next.as_ref().unwrap_or(&kept.value);
    let job_sequence = analyse(session, outcome).await?;
    let open = open(outcome);
    if printer.json {
        return Ok(printer.value(&Settled {
            collection: &outcome.collection,
            document,
            revision: outcome.revision,
            status: outcome.status,
            changed: next.is_some(),
            open: open.iter().map(|open| open.pointer).collect(),
            job_sequence,
        })?);
    }
    let what = if next.is_some() { "is written" } else { "has it already" };
    let left = if open.is_empty() { "nothing is open".to_owned() } else { format!("{} open", open.len()) };
    Ok(printer.line(format_args!("revision {} of {document} {what}; {left}", outcome.revision))?)
}

/// The profile that the outcome was read with, as it was then.
async fn profile_of(session: &Session, outcome: &Outcome) -> Result<Profile, CliError> {
    let gone = || {
        CliError::Failed(format!(
            "the profile that {} was read with is no longer kept, so nothing can be checked: submit the document again",
            outcome.document
        ))
    };
    let reference = outcome.profile.as_ref().ok_or_else(gone)?;
    let profile = session.stores.profiles.by_digest(&reference.digest).await;
    let profile = profile
        .map_err(|error| CliError::nats(format!("read the profile of {}", outcome.document), error))?;
    profile.ok_or_else(gone)
}

/// Asks for the document's analysis, and by it for the collection's. One revision is one job, however often it is asked.
async fn analyse(session: &Session, outcome: &Outcome) -> Result<u64, CliError> {
    let job = AnalyseJob::of(outcome.collection.clone(), Some(outcome.document.clone()));
    let who = Sha256Hex::of(format!("{}/{}", outcome.collection, outcome.document).as_bytes());
    let id = format!("review-{}-{}-{}", who.short(), outcome.work_key, outcome.revision);
    let (jobs, trace) = (&session.jobs, Trace::default());
    let sent = jobs.publish_analyse(Lane::Bulk, &outcome.collection, &job, &id, &trace).await;
    let receipt = sent.map_err(|error| CliError::nats("publish the analysis job (say it again)", error))?;
    Ok(receipt.sequence)
}
