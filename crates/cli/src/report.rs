//! `docmill report`: a collection's analysis as one HTML page, as a workbook, or as CSV tables.

use std::path::{Path, PathBuf};

use docmill_contract::analysis::Analysis;
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_report::Pictures;

use crate::arguments::{CommonArguments, ReportArguments};
use crate::error::CliError;
use crate::narrate;
use crate::pictures::{self, Drawing};
use crate::print::Printer;
use crate::run::outputs;
use crate::session::{self, Session};

/// The largest PDF that pages are drawn of: the workers' default.
const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Writes what is asked for, the page where nothing is; or with `--json` prints the analysis it is all made of.
///
/// # Errors
/// [`CliError`]; a collection without a report is one.
pub(crate) async fn report(
    arguments: &ReportArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    // Wrong settings are said before anything is asked for.
    let asking = arguments.narrative.then(|| narrate::settings(common)).transpose()?;
    let session = session::open(common).await?;
    let mut analysis = find(&session, &arguments.collection).await?;
    let told = match asking {
        Some(asking) => Some(Box::pin(narrate::narrate(&session, asking, &mut analysis)).await?),
        None => None,
    };
    if printer.json {
        return Ok(printer.value(&analysis)?);
    }
    let to_stdout = arguments.output.as_deref() == Some(Path::new("-"));
    let mut written = Vec::new();
    if let Some(file) = &arguments.xlsx {
        outputs::write_workbook(file, &analysis)?;
        written.push(("workbook", file.clone()));
    }
    if let Some(folder) = &arguments.csv {
        outputs::write_tables(folder, &analysis)?;
        written.push(("tables", folder.clone()));
    }
    // What was paid for is shown.
    let is_page_wanted = arguments.output.is_some() || written.is_empty() || arguments.narrative;
    if is_page_wanted {
        let pictures = match arguments.no_pictures {
            true => Pictures::default(),
            false => Box::pin(draw(&session, &analysis)).await,
        };
        let page = docmill_report::html_with_pictures(&analysis, &pictures);
        if to_stdout {
            printer.raw(&page)?;
        } else {
            let named_after = || PathBuf::from(format!("{}.html", arguments.collection));
            let file = arguments.output.clone().unwrap_or_else(named_after);
            outputs::write_whole(&file, page.as_bytes())?;
            written.push(("report", file));
        }
    }
    // Nothing may stand behind a page on standard output.
    for (what, file) in written.iter().filter(|_| !to_stdout) {
        printer.line(format_args!("{what}: {}", file.display()))?;
    }
    if let Some(told) = told.filter(|_| !to_stdout) {
        printer.line(told)?;
    }
    Ok(())
}

/// Pictures of the pages that findings point at, from the PDFs that are kept. One that is encrypted, or not kept any more,
/// has none.
async fn draw(session: &Session, analysis: &Analysis) -> Pictures {
    let stores = &session.stores;
    pictures::draw(analysis, Drawing::default(), async |document: &DocumentId| {
        let outcome = stores.outcomes.current(&analysis.collection, document).await.ok()??;
        let object = outcome.value.source.object?;
        stores.documents.get(&object, DOCUMENT_BYTES_MAX).await.ok()
    })
    .await
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
