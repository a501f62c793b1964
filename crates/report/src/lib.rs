//! An analysis made readable: one HTML page without scripts, and CSV tables.
//!
//! Called by the analyser and by `docmill`. It renders what the contract's [`Analysis`] says and computes nothing
//! of its own but the geometry of pictures; it does no I/O. What comes out of a document is hostile until it is
//! escaped: HTML by `maud`, invisible characters by `shown`, spreadsheet formulas by `tables`.

mod bars;
mod coverage;
mod documents;
mod figures;
mod findings;
mod histogram;
mod numbers;
mod page;
mod shown;
mod tables;

use docmill_contract::analysis::Analysis;
use docmill_contract::outcome::Outcome;

/// The analysis as one self-contained HTML page: inline style, static SVG, no script; light and dark, for screen and
/// print. Long lists are cut, and the page says so: the JSON and the CSV tables have everything.
pub fn html(analysis: &Analysis) -> String {
    page::page(analysis).into_string()
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

/// Every leaf of these outcomes' records as CSV with a header: the value, where it was read, and what proves it.
pub fn values_csv<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> String {
    tables::values(outcomes)
}

#[cfg(test)]
mod tests;
