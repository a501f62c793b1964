//! `docmill status`: what waits, what is being worked on, and how far a collection is.

use std::time::Duration;

use docmill_contract::identity::CollectionId;
use serde::Serialize;

use crate::arguments::{CommonArguments, StatusArguments};
use crate::error::CliError;
use crate::pause;
use crate::print::{Printer, Text};
use crate::queues::{self, Depth};
use crate::results::{self, Tally};
use crate::session::{self, Session};

/// How often `--watch` looks.
const LOOK_AFTER: Duration = Duration::from_millis(500);

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Status {
    queues: Vec<Depth>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collection: Option<Progress>,
}

/// How far a collection is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Progress {
    collection: CollectionId,
    /// How many documents its manifest lists; absent without a manifest.
    listed: Option<u64>,
    /// How many documents have an outcome.
    outcomes: u64,
    #[serde(flatten)]
    tally: Tally,
    /// Whether every listed document has an outcome and the report covers them.
    done: bool,
    report_revision: Option<u32>,
}

/// Shows it once, or with `--watch` whenever it changes.
///
/// # Errors
/// [`CliError`].
pub(crate) async fn status(
    arguments: &StatusArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    let session = session::open(common).await?;
    let collection = arguments.collection.as_ref();
    if arguments.watch {
        return watch(&session, collection, printer).await;
    }
    show(&look(&session, collection).await?, printer)
}

async fn watch(
    session: &Session,
    collection: Option<&CollectionId>,
    printer: Printer,
) -> Result<(), CliError> {
    let bar = printer.progress(0);
    let mut shown = None;
    let mut look_again = tokio::time::interval(LOOK_AFTER);
    loop {
        look_again.tick().await;
        let status = look(session, collection).await?;
        let done = status.collection.as_ref().is_some_and(|progress| progress.done);
        if shown.as_ref() != Some(&status) {
            if printer.json {
                printer.value_line(&status)?;
            } else if bar.is_hidden() && !done {
                printer.line(status.line())?;
            }
            if let Some(progress) = &status.collection {
                bar.set_length(progress.listed.unwrap_or(progress.outcomes).max(progress.outcomes));
                bar.set_position(progress.outcomes);
            }
            bar.set_message(status.line());
        }
        if done {
            bar.finish_and_clear();
            return if printer.json { Ok(()) } else { show(&status, printer) };
        }
        shown = Some(status);
    }
}

async fn look(session: &Session, collection: Option<&CollectionId>) -> Result<Status, CliError> {
    let queues = queues::depths(session).await?;
    let collection = match collection {
        Some(collection) => Some(progress(session, collection).await?),
        None => None,
    };
    Ok(Status { queues, collection })
}

async fn progress(session: &Session, collection: &CollectionId) -> Result<Progress, CliError> {
    let failed = |error| CliError::nats(format!("look at collection {collection}"), error);
    let outcomes = session.stores.outcomes.of_collection(collection).await.map_err(failed)?;
    let manifest = session.stores.collections.manifest(collection).await.map_err(failed)?;
    let done = session.stores.collections.done(collection).await.map_err(failed)?;
    let report = session.stores.analyses.report(collection).await.map_err(failed)?;
    // The word may be of an older manifest.
    let is_done = manifest
        .as_ref()
        .zip(done)
        .is_some_and(|(manifest, done)| done.value.manifest_sequence >= manifest.sequence);
    Ok(Progress {
        collection: collection.clone(),
        listed: manifest.map(|manifest| manifest.value.documents.len() as u64),
        outcomes: outcomes.len() as u64,
        tally: results::tally(outcomes.iter().map(|kept| kept.value.status)),
        done: is_done,
        report_revision: report.map(|kept| kept.value.revision),
    })
}

impl Status {
    /// Everything on one line.
    fn line(&self) -> String {
        let (waiting, in_progress) = self.queues.iter().fold((0, 0), |(waiting, in_progress), depth| {
            (waiting + depth.waiting, in_progress + depth.in_progress)
        });
        let queues = format!("{waiting} waiting, {in_progress} in progress");
        match &self.collection {
            None => queues,
            Some(progress) => format!("{}; {queues}", progress.tally),
        }
    }
}

fn show(status: &Status, printer: Printer) -> Result<(), CliError> {
    if printer.json {
        return Ok(printer.value(status)?);
    }
    let rows = status.queues.iter().map(|depth| {
        vec![
            Text::plain(depth.work),
            Text::plain(depth.lane),
            Text::number(depth.waiting),
            Text::number(depth.in_progress),
            Text::plain(pause::told(depth)),
        ]
    });
    printer.table(&["queue", "lane", "waiting", "in progress", "paused"], rows.collect())?;
    let Some(progress) = &status.collection else { return Ok(()) };
    let listed =
        progress.listed.map_or_else(|| "no manifest".to_owned(), |listed| format!("{listed} listed"));
    let report = progress
        .report_revision
        .map_or_else(|| "no report yet".to_owned(), |revision| format!("report revision {revision}"));
    let done = if progress.done { "done" } else { "not done" };
    Ok(printer.line(format_args!(
        "collection {}: {} outcomes ({}), {listed}, {report}, {done}",
        progress.collection, progress.outcomes, progress.tally
    ))?)
}
