//! The folder that a run leaves behind: outcomes, analysis, report, workbook and tables.
//!
//! Called by `run` once everything is done, and by `report` for single files. Every file is written whole and then moved into place, so that a
//! reader never meets half of one.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use docmill_contract::analysis::Analysis;
use docmill_contract::outcome::Outcome;
use docmill_report::Pictures;

use crate::error::CliError;

/// The folder of single outcomes.
const OUTCOMES: &str = "outcomes";

/// The folder of the analyses' tables.
const TABLES: &str = "tables";

/// Writes everything into `folder`, and returns the report's path. `outcomes` are those of this run; outcomes that
/// an earlier run of the same collection left are removed, anything else is left alone.
///
/// # Errors
/// [`CliError::File`] for a file or folder that can't be written.
pub(crate) fn write(
    folder: &Path,
    outcomes: &[Outcome],
    analysis: &Analysis,
    pictures: &Pictures,
) -> Result<PathBuf, CliError> {
    let single = folder.join(OUTCOMES);
    std::fs::create_dir_all(&single).map_err(|source| unusable(&single, source))?;
    let mut lines = String::new();
    let mut written = HashSet::new();
    for outcome in outcomes {
        lines.push_str(&json(outcome, false)?);
        lines.push('\n');
        let file = single.join(format!("{}.json", outcome.document));
        write_whole(&file, json(outcome, true)?.as_bytes())?;
        written.insert(file);
    }
    remove_stale(&single, &written, analysis)?;
    write_whole(&folder.join("outcomes.jsonl"), lines.as_bytes())?;
    write_whole(&folder.join("values.csv"), docmill_report::values_csv(outcomes).as_bytes())?;
    write_analysis(folder, analysis, pictures)
}

/// Writes what an analysis alone makes into `folder`, and returns the report's path.
///
/// # Errors
/// [`CliError::File`] for a file or folder that can't be written.
pub(crate) fn write_analysis(
    folder: &Path,
    analysis: &Analysis,
    pictures: &Pictures,
) -> Result<PathBuf, CliError> {
    std::fs::create_dir_all(folder).map_err(|source| unusable(folder, source))?;
    write_whole(&folder.join("analysis.json"), json(analysis, true)?.as_bytes())?;
    write_tables(folder, analysis)?;
    write_workbook(&folder.join("report.xlsx"), analysis)?;
    let report = folder.join("report.html");
    write_whole(&report, docmill_report::html_with_pictures(analysis, pictures).as_bytes())?;
    Ok(report)
}

/// Writes the analysis as a workbook.
///
/// # Errors
/// [`CliError`] where it can't be made or written.
pub(crate) fn write_workbook(file: &Path, analysis: &Analysis) -> Result<(), CliError> {
    let workbook = docmill_report::xlsx(analysis).map_err(|error| CliError::Failed(error.to_string()))?;
    write_whole(file, &workbook)
}

/// Writes findings, documents, and in a folder of their own the tables of the analyses, as CSV. Of that folder, tables that
/// an earlier analysis left are removed.
///
/// # Errors
/// [`CliError::File`].
pub(crate) fn write_tables(folder: &Path, analysis: &Analysis) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|source| unusable(folder, source))?;
    write_whole(&folder.join("findings.csv"), docmill_report::findings_csv(analysis).as_bytes())?;
    write_whole(&folder.join("documents.csv"), docmill_report::documents_csv(analysis).as_bytes())?;
    let (single, tables) = (folder.join(TABLES), docmill_report::section_tables_csv(analysis));
    if !tables.is_empty() {
        std::fs::create_dir_all(&single).map_err(|source| unusable(&single, source))?;
    }
    let mut written = HashSet::new();
    for table in tables {
        let file = single.join(format!("{}.csv", table.name));
        write_whole(&file, table.csv.as_bytes())?;
        written.insert(file);
    }
    // There may be no such folder, and then there is nothing stale.
    for path in std::fs::read_dir(&single).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if !written.contains(&path) && is_table(&path) {
            std::fs::remove_file(&path).map_err(|source| unusable(&path, source))?;
        }
    }
    Ok(())
}

/// Whether a file is named as tables of analyses are: `07-gaps-1-2.csv`.
fn is_table(path: &Path) -> bool {
    let number = |part: Option<&str>| {
        part.is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    path.extension().is_some_and(|extension| extension == "csv")
        && path.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| {
            number(stem.split('-').next()) && number(stem.rsplit('-').next()) && stem.contains('-')
        })
}

fn json(value: &impl serde::Serialize, pretty: bool) -> Result<String, CliError> {
    let text = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    text.map_err(|error| CliError::Failed(format!("an outcome can't be written as JSON: {error}")))
}

/// Removes the files of documents that are not in this run, but only what surely is an outcome of this collection:
/// the folder may be one that the user had before.
fn remove_stale(single: &Path, written: &HashSet<PathBuf>, analysis: &Analysis) -> Result<(), CliError> {
    let entries = std::fs::read_dir(single).map_err(|source| unusable(single, source))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if written.contains(&path) || path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let ours = std::fs::read(&path)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Outcome>(&bytes).ok())
            .is_some_and(|outcome| outcome.collection == analysis.collection);
        if ours {
            std::fs::remove_file(&path).map_err(|source| unusable(&path, source))?;
        }
    }
    Ok(())
}

/// Writes a file whole: under another name first, which no reader looks for, then moved into place.
///
/// # Errors
/// [`CliError::File`].
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), CliError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let written = std::fs::write(&part, content).and_then(|()| std::fs::rename(&part, path));
    written.map_err(|source| unusable(path, source))
}

fn unusable(path: &Path, source: std::io::Error) -> CliError {
    CliError::File { path: path.to_owned(), verb: "written", source }
}

#[cfg(test)]
mod tests;
