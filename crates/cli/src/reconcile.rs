//! `docmill reconcile`: submitted documents that have neither an outcome nor a job are put back into the queue.
//!
//! Called by people and by a timer of the chart. A document gets there when a submission is broken off between its list and its
//! jobs, when a queue is lost or emptied, or when jobs outlive the age of their stream. Whatever is put back needlessly
//! is a no-op for its worker, so that it may run at any time, and twice.

use std::time::{Duration, SystemTime};

use docmill_chassis::delivery::Trace;
use docmill_chassis::stores::StoreError;
use docmill_contract::collection::ManifestEntry;
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::job::{AnalyseJob, Source, Trigger};
use docmill_contract::names::{Lane, manifest_subject};
use serde::Serialize;

use crate::arguments::{CommonArguments, ReconcileArguments};
use crate::error::CliError;
use crate::print::{Printer, Text};
use crate::session::{self, Session};
use crate::standing::{Progress, Standing};
use crate::submit::{self, Posting};

/// Documents that are named where some can't be put back; the rest is counted.
const NAMED_MAX: usize = 5;

/// What was found in one collection, and done about it.
#[derive(Debug, Serialize)]
struct Reconciled {
    collection: CollectionId,
    /// Documents it lists.
    listed: u64,
    outcomes: u64,
    /// Jobs that are in the queue already.
    queued: u64,
    /// Documents whose job was put back; with `--dry-run`, would be.
    put_back: Vec<DocumentId>,
    /// All documents are done, but nothing was about to make the report: it was ordered.
    report_ordered: bool,
    /// Documents that can't be put back, and why.
    lost: Vec<Lost>,
    /// It was submitted to so lately that it was left alone.
    too_young: bool,
}

/// A document that only its publisher can put back.
#[derive(Debug, Serialize)]
struct Lost {
    document: DocumentId,
    why: String,
}

/// Looks at one collection or all, and puts back.
///
/// # Errors
/// [`CliError`]; documents that can't be put back are one, after all others were.
pub(crate) async fn reconcile(
    arguments: &ReconcileArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    let session = session::open(common).await?;
    let collections = match &arguments.collection {
        Some(collection) => vec![collection.clone()],
        None => session
            .stores
            .collections
            .with_manifest()
            .await
            .map_err(|error| CliError::nats("look for manifests", error))?,
    };
    let bar = printer.progress(collections.len() as u64).with_message("looking");
    let mut all = Vec::new();
    for collection in &collections {
        all.push(one(&session, collection, arguments).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    show(&all, arguments.dry_run, printer)?;
    problems(&all).map_or(Ok(()), |problems| Err(CliError::Failed(problems)))
}

async fn one(
    session: &Session,
    collection: &CollectionId,
    arguments: &ReconcileArguments,
) -> Result<Reconciled, CliError> {
    let failed = |error| CliError::nats(format!("look at collection {collection}"), error);
    let mut standing = Standing::new(session, collection);
    let mut progress = standing.look().await.map_err(failed)?;
    let Some(listed_at) = standing.manifest().map(|manifest| manifest.stored) else {
        return Err(CliError::Failed(format!(
            "collection {collection} lists no documents, so nobody knows what it lacks: submit them again, or list them \
             in {}",
            manifest_subject(collection)
        )));
    };
    let mut found = Reconciled {
        collection: collection.clone(),
        listed: progress.listed.unwrap_or_default(),
        outcomes: progress.outcomes,
        queued: progress.waiting.saturating_add(progress.in_progress),
        put_back: Vec::new(),
        report_ordered: false,
        lost: Vec::new(),
        too_young: !is_older(listed_at, arguments.older_than_minutes),
    };
    if found.too_young {
        return Ok(found);
    }
    if progress.missing > 0 {
        // The queue first and the outcomes then: what is in neither is nowhere.
        let queued = standing.queued_documents().await.map_err(failed)?;
        progress = standing.look().await.map_err(failed)?;
        for entry in standing.open().filter(|entry| !queued.contains(&entry.document)) {
            match put_back(session, collection, entry, arguments.dry_run).await? {
                None => found.put_back.push(entry.document.clone()),
                Some(why) => found.lost.push(Lost { document: entry.document.clone(), why }),
            }
        }
    }
    let is_idle = standing.analyses_queued().await.map_err(failed)? == 0;
    found.report_ordered = is_idle && is_complete(&standing, &progress);
    if found.report_ordered && !arguments.dry_run {
        order_report(session, collection).await.map_err(failed)?;
    }
    Ok(found)
}

fn is_older(stored: SystemTime, minutes: u64) -> bool {
    let age = SystemTime::now().duration_since(stored).unwrap_or_default();
    age >= Duration::from_secs(minutes.saturating_mul(60))
}

/// Every listed document has an outcome, and nobody has said so.
fn is_complete(standing: &Standing<'_>, progress: &Progress) -> bool {
    standing.open().next().is_none() && progress.listed.is_some_and(|listed| listed > 0) && !progress.done
}

/// Puts the document's job back, unless it says why it can't.
async fn put_back(
    session: &Session,
    collection: &CollectionId,
    entry: &ManifestEntry,
    dry_run: bool,
) -> Result<Option<String>, CliError> {
    let job = match entry.whole_job(collection) {
        Ok(Some(job)) => job,
        Ok(None) => return Ok(Some("its list says nothing of its job: publish it again".to_owned())),
        Err(error) => return Ok(Some(format!("its listed job is none ({error}): publish it again"))),
    };
    if let Source::Object(object) = &job.source {
        let has = session.stores.documents.has(object).await;
        if !has.map_err(|error| CliError::nats(format!("look for the PDF of {}", entry.document), error))? {
            return Ok(Some(format!("its PDF {object} was never stored, or is no longer: submit it again")));
        }
    }
    if !dry_run {
        let (document, lane) = (&entry.document, entry.lane.unwrap_or_default());
        let posting = Posting { collection, document, lane, job: &job, replay: None };
        submit::publish(session, &posting, |_| true).await?;
    }
    Ok(None)
}

async fn order_report(session: &Session, collection: &CollectionId) -> Result<(), StoreError> {
    let job = AnalyseJob { trigger: Trigger::Complete, ..AnalyseJob::of(collection.clone(), None) };
    let id = format!("reconcile-{collection}-{}", submit::replay_ordinal());
    let sent = session.jobs.publish_analyse(Lane::Bulk, collection, &job, &id, &Trace::default()).await;
    sent.map(drop)
}

fn show(all: &[Reconciled], dry_run: bool, printer: Printer) -> Result<(), CliError> {
    if printer.json {
        return Ok(printer.value(&all)?);
    }
    let rows = all.iter().map(|found| {
        vec![
            Text::plain(&found.collection),
            Text::number(found.listed),
            Text::number(found.outcomes),
            Text::number(found.queued),
            Text::number(found.put_back.len()),
            Text::plain(remark(found)),
        ]
    });
    let put_back = if dry_run { "to put back" } else { "put back" };
    printer
        .table(&["collection", "listed", "outcomes", "in the queue", put_back, "remark"], rows.collect())?;
    Ok(())
}

fn remark(found: &Reconciled) -> &'static str {
    match found {
        Reconciled { too_young: true, .. } => "submitted to lately: left alone",
        Reconciled { lost, .. } if !lost.is_empty() => "some can't be put back",
        Reconciled { report_ordered: true, .. } => "its report was missing",
        _ => "",
    }
}

/// What can't be put back, for people.
fn problems(all: &[Reconciled]) -> Option<String> {
    let lost = || all.iter().flat_map(|found| found.lost.iter().map(move |lost| (&found.collection, lost)));
    let count = lost().count();
    let mut lines: Vec<String> = lost()
        .take(NAMED_MAX)
        .map(|(collection, lost)| format!("{collection}/{}: {}", lost.document, lost.why))
        .collect();
    if count > NAMED_MAX {
        lines.push(format!("and {} more (see --json)", count - NAMED_MAX));
    }
    (count > 0).then(|| format!("{count} can't be put back: {}", lines.join("; ")))
}
