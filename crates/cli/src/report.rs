//! `docmill report`: a collection's analysis as one HTML page.

use std::path::{Path, PathBuf};

use docmill_contract::analysis::Analysis;
use docmill_contract::identity::CollectionId;

use crate::arguments::{CommonArguments, ReportArguments};
use crate::error::CliError;
use crate::print::Printer;
use crate::run::outputs;
use crate::session::{self, Session};

/// Writes the page, or with `--json` prints the analysis it is made of.
///
/// # Errors
/// [`CliError`]; a collection without a report is one.
pub(crate) async fn report(
    arguments: &ReportArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    let session = session::open(common).await?;
    let analysis = find(&session, &arguments.collection).await?;
    if printer.json {
        return Ok(printer.value(&analysis)?);
    }
    let page = docmill_report::html(&analysis);
    let file =
        arguments.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.html", arguments.collection)));
    if file == Path::new("-") {
        return Ok(printer.raw(&page)?);
    }
    outputs::write_whole(&file, &page)?;
    Ok(printer.line(format_args!("report: {}", file.display()))?)
}

async fn find(session: &Session, collection: &CollectionId) -> Result<Analysis, CliError> {
    let kept = session.stores.analyses.report(collection).await;
    let kept = kept.map_err(|error| CliError::nats(format!("read the report of {collection}"), error))?;
    kept.map(|kept| kept.value).ok_or_else(|| {
        CliError::Failed(format!(
            "collection {collection} has no report yet: see `docmill status {collection}`, or ask with `docmill analyse {collection} --wait`"
        ))
    })
}
