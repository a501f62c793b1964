//! `docmill results`: a collection's outcomes as a table, JSON, JSON lines or CSV; and the table of documents
//! that `run` and `submit --wait` end with.

use std::collections::HashMap;

use docmill_contract::analysis::Analysis;
use docmill_contract::identity::DocumentId;
use docmill_contract::outcome::{Outcome, Status};

use crate::arguments::{CommonArguments, ResultsArguments, ResultsFormat};
use crate::error::CliError;
use crate::print::{PrintError, Printer, Text};
use crate::session::{self, Session};

/// Prints the outcomes.
///
/// # Errors
/// [`CliError`]; an unknown collection or document is one.
pub(crate) async fn results(
    arguments: &ResultsArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    let session = session::open(common).await?;
    let outcomes = find(&session, arguments).await?;
    let format = if printer.json { ResultsFormat::Json } else { arguments.format };
    match format {
        ResultsFormat::Table => {
            let report = session.stores.analyses.report(&arguments.collection).await;
            let report = report.map_err(|error| CliError::nats("read the report", error))?;
            documents(printer, &outcomes, report.as_ref().map(|kept| &kept.value))?;
        }
        ResultsFormat::Json => match (&arguments.document, outcomes.as_slice()) {
            (Some(_), [outcome]) => printer.value(outcome)?,
            (Some(_) | None, _) => printer.value(&outcomes)?,
        },
        ResultsFormat::Jsonl => {
            for outcome in &outcomes {
                printer.value_line(outcome)?;
            }
        }
        ResultsFormat::Csv => printer.raw(&docmill_report::values_csv(&outcomes))?,
    }
    Ok(())
}

async fn find(session: &Session, arguments: &ResultsArguments) -> Result<Vec<Outcome>, CliError> {
    let collection = &arguments.collection;
    let store = &session.stores.outcomes;
    let Some(document) = &arguments.document else {
        let kept = store.of_collection(collection).await;
        let kept =
            kept.map_err(|error| CliError::nats(format!("read the outcomes of {collection}"), error))?;
        if kept.is_empty() {
            return Err(CliError::Failed(format!(
                "collection {collection} has no outcome: check its name, or see `docmill status {collection}`"
            )));
        }
        let mut outcomes: Vec<Outcome> = kept.into_iter().map(|kept| kept.value).collect();
        outcomes.sort_by(|one, other| (&one.name, &one.document).cmp(&(&other.name, &other.document)));
        return Ok(outcomes);
    };
    let kept = store.current(collection, document).await;
    let kept = kept.map_err(|error| CliError::nats(format!("read the outcome of {document}"), error))?;
    match kept {
        Some(kept) => Ok(vec![kept.value]),
        None => Err(CliError::Failed(format!(
            "document {document} of collection {collection} has no outcome: check the names, or see `docmill status {collection}`"
        ))),
    }
}

/// Prints a table of documents: name, status, pages, values, findings, and what a person should know first.
pub(crate) fn documents(
    printer: Printer,
    outcomes: &[Outcome],
    report: Option<&Analysis>,
) -> Result<(), PrintError> {
    let findings: HashMap<&DocumentId, u64> = report
        .into_iter()
        .flat_map(|report| &report.documents)
        .map(|line| (&line.document, line.findings))
        .collect();
    let rows = outcomes.iter().map(|outcome| {
        let (verified, values) = outcome.verified_leaves();
        let counted = findings.get(&outcome.document);
        vec![
            Text::plain(&outcome.name),
            Text::status(outcome.status),
            Text::number(outcome.source.pages_read),
            Text::number(format_args!("{verified}/{values}")),
            counted.map_or_else(|| Text::quiet("–"), Text::number),
            remark(outcome),
        ]
    });
    printer.table(&["document", "status", "pages", "values verified", "findings", "remark"], rows.collect())
}

/// Why it failed, or the first thing to look at.
fn remark(outcome: &Outcome) -> Text {
    if let Some(failure) = &outcome.failure {
        return Text::bad(format_args!("{}: {}", failure.code.as_str(), failure.reason));
    }
    match outcome.warnings.split_first() {
        None => Text::plain(""),
        Some((first, [])) => Text::plain(&first.message),
        Some((first, rest)) => Text::plain(format_args!("{} (and {} more)", first.message, rest.len())),
    }
}

/// How many documents have which status: `12 verified, 1 needs review, 2 failed`.
pub(crate) fn tally(statuses: impl Iterator<Item = Status>) -> Tally {
    let mut tally = Tally::default();
    for status in statuses {
        match status {
            Status::Verified => tally.verified += 1,
            Status::NeedsReview => tally.needs_review += 1,
            Status::Failed => tally.failed += 1,
        }
    }
    tally
}

/// Documents by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Tally {
    /// Every value is proved.
    pub(crate) verified: u64,
    /// A person should look.
    pub(crate) needs_review: u64,
    /// There is no record.
    pub(crate) failed: u64,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} verified, {} to review, {} failed",
            self.verified, self.needs_review, self.failed
        )
    }
}
