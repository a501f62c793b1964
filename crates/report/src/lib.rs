//! An analysis made readable: one HTML page without scripts, a workbook, and CSV tables.
//!
//! Called by the analyser and by `docmill`. It renders what the contract's [`Analysis`] says and computes nothing
//! of its own but the geometry of pictures; it does no I/O. What comes out of a document is hostile until it is
//! escaped: HTML by `maud`, invisible characters by `shown`, spreadsheet formulas by `tables` and `workbook`. Pictures of
//! pages are handed in by who has the files. So is a model's reply about an analysis, which [`narrative`] asks for and
//! checks.

mod bars;
mod chart;
mod contents;
mod coverage;
mod documents;
mod evidence;
mod figures;
mod findings;
mod histogram;
mod narrated;
pub mod narrative;
mod numbers;
mod page;
mod pictures;
mod section_table;
mod sections;
mod shown;
mod tables;
mod workbook;

use docmill_contract::analysis::Analysis;
use docmill_contract::outcome::Outcome;

pub use pictures::{PICTURE_BYTES_MAX, PICTURES_BYTES_MAX, PICTURES_MAX, PagePicture, Pictures};
pub use tables::NamedTable;
pub use workbook::WorkbookError;

/// The analysis as one self-contained HTML page: inline style, static SVG, no script; light and dark, for screen and
/// print. Long lists are cut, and the page says so: the JSON and the CSV tables have everything.
pub fn html(analysis: &Analysis) -> String {
    html_with_pictures(analysis, &Pictures::default())
}

/// As [`html`], with pictures of the pages that findings point at: each finding unfolds to what it is about, the place
/// marked. [`Pictures::wanted`] says which pages are of use.
pub fn html_with_pictures(analysis: &Analysis, pictures: &Pictures) -> String {
    page::page(analysis, pictures).into_string()
}

/// The analysis as a workbook (XLSX): a summary, the findings with a row for each place, the figures, a sheet for each table
/// of each section, and the documents. The same analysis makes the same bytes.
///
/// # Errors
/// [`WorkbookError`], where the workbook would be too large for its format.
pub fn xlsx(analysis: &Analysis) -> Result<Vec<u8>, WorkbookError> {
    workbook::xlsx(analysis)
}

/// The findings as CSV with a header: a row for each place of each finding, so that a filter on a document finds all
/// that points at it; a finding without a place has one row.
pub fn findings_csv(analysis: &Analysis) -> String {
    tables::findings(analysis)
}

/// The documents as CSV with a header, a row for each.
pub fn documents_csv(analysis: &Analysis) -> String {
    tables::documents(analysis)
}

/// The tables of the analysis's sections as CSV with a header, each with a name that is a file's without its ending. They
/// are as long as in the analysis.
pub fn section_tables_csv(analysis: &Analysis) -> Vec<NamedTable> {
    tables::sections(analysis)
}

/// Every leaf of these outcomes' records as CSV with a header: the value, where it was read, and what proves it.
pub fn values_csv<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> String {
    tables::values(outcomes)
}

#[cfg(test)]
mod tests;
