//! `docmill dead`: documents that failed, with their jobs; and putting those back.

use docmill_chassis::delivery::Trace;
use docmill_contract::dead_letter::DeadLetter;
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::job::{AnalyseJob, ProcessJob};
use docmill_contract::names::{JobSubject, Lane, Work};

use crate::arguments::{CommonArguments, DeadArguments, DeadCommand};
use crate::error::CliError;
use crate::print::{Printer, Text};
use crate::replay::Replayed;
use crate::session::{self, Session};
use crate::submit;

/// Lists, shows or puts back.
///
/// # Errors
/// [`CliError`]; a document without a dead letter is one.
pub(crate) async fn dead(
    arguments: &DeadArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    let session = session::open(common).await?;
    match &arguments.command {
        DeadCommand::List { collection } => list(&session, collection.as_ref(), printer).await,
        DeadCommand::Show { collection, document } => {
            let letters = find(&session, collection, document).await?;
            match letters.as_slice() {
                [letter] => Ok(printer.value(letter)?),
                letters => Ok(printer.value(&letters)?),
            }
        }
        DeadCommand::Replay { collection, document, all } => {
            let letters = match (collection, document, all) {
                (Some(collection), Some(document), _) => find(&session, collection, document).await?,
                (collection, None, true) => all_of(&session, collection.as_ref()).await?,
                (_, _, _) => {
                    return Err(CliError::Usage(
                        "name a collection and a document, or use --all for every dead letter".to_owned(),
                    ));
                }
            };
            replay(&session, &letters, printer).await
        }
    }
}

async fn list(
    session: &Session,
    collection: Option<&CollectionId>,
    printer: Printer,
) -> Result<(), CliError> {
    let letters = all_of(session, collection).await?;
    if printer.json {
        return Ok(printer.value(&letters)?);
    }
    let rows = letters.iter().map(|letter| {
        vec![
            Text::plain(&letter.collection),
            Text::plain(&letter.document),
            Text::plain(&letter.name),
            Text::bad(letter.failure.code.as_str()),
            Text::plain(&letter.failure.reason),
            Text::quiet(&letter.last_seen),
        ]
    });
    Ok(printer.table(&["collection", "document", "name", "code", "reason", "last seen"], rows.collect())?)
}

async fn all_of(session: &Session, collection: Option<&CollectionId>) -> Result<Vec<DeadLetter>, CliError> {
    let letters = session.stores.dead_letters.list(collection).await;
    let letters = letters.map_err(|error| CliError::nats("read the dead letters", error))?;
    let mut letters: Vec<DeadLetter> = letters.into_iter().map(|kept| kept.value).collect();
    letters.sort_by(|one, other| (&one.collection, &one.document).cmp(&(&other.collection, &other.document)));
    Ok(letters)
}

/// The dead letters of one document: one for each worker that gave up on it.
async fn find(
    session: &Session,
    collection: &CollectionId,
    document: &DocumentId,
) -> Result<Vec<DeadLetter>, CliError> {
    let letters = session.stores.dead_letters.get(collection, document).await;
    let letters =
        letters.map_err(|error| CliError::nats(format!("read the dead letter of {document}"), error))?;
    let letters: Vec<DeadLetter> = letters.into_iter().map(|kept| kept.value).collect();
    if letters.is_empty() {
        return Err(CliError::Failed(format!(
            "document {document} of collection {collection} has no dead letter: see `docmill dead list {collection}`"
        )));
    }
    Ok(letters)
}

/// Puts jobs back, each with an ordinal that the queue has not seen. What can't be put back is said at the end,
/// after all others were.
async fn replay(session: &Session, letters: &[DeadLetter], printer: Printer) -> Result<(), CliError> {
    let ordinal = submit::replay_ordinal();
    let (mut replayed, mut problems) = (Vec::new(), Vec::new());
    for letter in letters {
        match replay_one(session, letter, ordinal).await {
            Ok(job_sequence) => replayed.push(Replayed {
                collection: letter.collection.clone(),
                document: letter.document.clone(),
                job_sequence,
            }),
            Err(error) => problems.push(error.explain()),
        }
    }
    if printer.json {
        printer.value(&replayed)?;
    } else {
        for job in &replayed {
            printer.line(format_args!("{}/{} is back in the queue", job.collection, job.document))?;
        }
        if letters.is_empty() {
            printer.line("no dead letters")?;
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(CliError::Failed(problems.join("; "))) }
}

async fn replay_one(session: &Session, letter: &DeadLetter, ordinal: u64) -> Result<u64, CliError> {
    let document = &letter.document;
    let Some(body) = &letter.job.body else {
        return Err(CliError::Failed(format!(
            "the message of {document} was no JSON, so it can't be put back: correct it and send it again"
        )));
    };
    let subject = JobSubject::parse(&letter.job.subject);
    let lane = subject.as_ref().map_or(Lane::Bulk, |subject| subject.lane);
    let work = subject.map_or(Work::Process, |subject| subject.work);
    let unreadable = |reason: String| {
        CliError::Failed(format!(
            "the job of {document} can't be put back, correct it and send it again: {reason}"
        ))
    };
    let body = body.to_string().into_bytes();
    let receipt = match work {
        Work::Process => {
            let mut job = ProcessJob::read(&body).map_err(|error| unreadable(error.to_string()))?;
            // As it was dead-lettered, whatever the job itself left open.
            job.collection = Some(letter.collection.clone());
            job.document = Some(document.clone());
            let trace = Trace::default();
            session.jobs.publish_process(lane, &letter.collection, &job, Some(ordinal), &trace).await
        }
        Work::Analyse => {
            let mut job = AnalyseJob::read(&body).map_err(|error| unreadable(error.to_string()))?;
            job.collection = Some(letter.collection.clone());
            let id = format!("replay-{}-{document}-{ordinal}", letter.collection);
            session.jobs.publish_analyse(lane, &letter.collection, &job, &id, &Trace::default()).await
        }
    };
    let receipt =
        receipt.map_err(|error| CliError::nats(format!("put back the job of {document}"), error))?;
    if receipt.duplicate {
        return Err(CliError::Failed(format!(
            "the queue took the job of {document} for one it had already: wait a moment and try again"
        )));
    }
    Ok(receipt.sequence)
}
