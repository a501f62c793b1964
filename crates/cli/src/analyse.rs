//! `docmill analyse`: asks the Data Analyser to look at a collection, or one document of it, again; or analyses records
//! from a file, here.

mod parquet;
mod records;
mod spec;

use std::time::Duration;

use docmill_chassis::delivery::Trace;
use docmill_contract::analysis::Analysis;
use docmill_contract::identity::CollectionId;
use docmill_contract::job::AnalyseJob;
use docmill_contract::names::Work;
use serde::Serialize;

use crate::arguments::{AnalyseArguments, CommonArguments};
use crate::error::CliError;
use crate::print::Printer;
use crate::queues;
use crate::session::{self, Session};
use crate::submit;

/// How often it is looked whether the job is done.
const LOOK_AFTER: Duration = Duration::from_millis(100);

/// A job that was published.
#[derive(Debug, Serialize)]
struct Asked {
    job_sequence: u64,
}

/// Publishes the job and, with `--wait`, waits until it is done.
///
/// # Errors
/// [`CliError`].
pub(crate) async fn analyse(
    arguments: &AnalyseArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    let Some(collection) = &arguments.collection else { return records::analyse(arguments, printer) };
    if arguments.records.is_some() {
        return Err(CliError::Usage("name a collection, or --records, not both".to_owned()));
    }
    let session = session::open(common).await?;
    let job = AnalyseJob::of(collection.clone(), arguments.document.clone());
    // Asking is a wish of its own each time, so it must never be taken for an earlier one.
    let id = format!("asked-{collection}-{}", submit::replay_ordinal());
    let (jobs, trace) = (&session.jobs, Trace::default());
    let sent = jobs.publish_analyse(arguments.lane, collection, &job, &id, &trace).await;
    let receipt = sent.map_err(|error| CliError::nats("publish the analysis job", error))?;
    if !arguments.wait {
        if printer.json {
            printer.value(&Asked { job_sequence: receipt.sequence })?;
        } else {
            printer.line(format_args!("analysis of {collection} is asked for"))?;
        }
        return Ok(());
    }
    let analysis = wait(&session, arguments, collection, receipt.sequence).await?;
    if printer.json {
        return Ok(printer.value(&analysis)?);
    }
    Ok(printer.line(format_args!(
        "revision {}: {} findings, {} figures, {} analyses; see `docmill report {collection}`",
        analysis.revision,
        analysis.findings.len(),
        analysis.figures.len(),
        analysis.sections.len(),
    ))?)
}

/// Waits until the job has left its queue; the analysis is there then, newer or, where nothing has changed, as it was.
async fn wait(
    session: &Session,
    arguments: &AnalyseArguments,
    collection: &CollectionId,
    job_sequence: u64,
) -> Result<Analysis, CliError> {
    let mut look = tokio::time::interval(LOOK_AFTER);
    while queues::holds(session, Work::Analyse, job_sequence).await? {
        look.tick().await;
    }
    let analyses = &session.stores.analyses;
    let kept = match &arguments.document {
        Some(document) => analyses.document(collection, document).await,
        None => analyses.report(collection).await,
    };
    let kept = kept.map_err(|error| CliError::nats("read the analysis", error))?;
    kept.map(|kept| kept.value).ok_or_else(|| {
        CliError::Failed(format!(
            "there is nothing to analyse: check the names with `docmill results {collection}`"
        ))
    })
}
