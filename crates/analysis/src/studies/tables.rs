//! What sections are put together with: cells, numbers as texts, and limits on lists.

use std::collections::BTreeMap;

use docmill_contract::analysis::Counts;
use docmill_contract::section::{CellKind, Chart, Drawn, Section, Series, Table, TableColumn};
use num_bigint::BigInt;

use super::Named;
use crate::{currency, scaled};

/// Rows of a table: a person reads the top of a list.
pub(crate) const ROWS_MAX: usize = 200;
/// Positions of a chart: more can't be told apart.
pub(crate) const LABELS_MAX: usize = 24;
/// Findings of one analysis that are listed; the table has more, and the section says how many there are.
pub(crate) const FINDINGS_MAX: usize = 100;

/// A section that has still to be filled.
pub(crate) fn section(named: &Named<'_>, title: String, counts: Counts) -> Section {
    Section {
        id: named.id.clone(),
        kind: named.method.kind().to_owned(),
        title: named.title.map_or(title, str::to_owned),
        summary: String::new(),
        parameters: BTreeMap::new(),
        counts,
        tables: Vec::new(),
        charts: Vec::new(),
        notes: Vec::new(),
    }
}

/// A table of these columns; rows past the limit are counted.
pub(crate) fn table(
    title: String,
    columns: &[(&str, CellKind)],
    mut rows: Vec<Vec<Option<String>>>,
) -> Table {
    let rows_in_all = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    rows.truncate(ROWS_MAX);
    let columns = columns.iter().map(|&(name, kind)| TableColumn { name: name.to_owned(), kind }).collect();
    Table { title, columns, rows, rows_in_all }
}

/// Bars over labels.
pub(crate) fn bars(name: &str, values: Vec<Option<String>>) -> Series {
    Series { name: name.to_owned(), drawn: Drawn::Bars, values }
}

/// A chart of series over labels.
pub(crate) fn chart(title: String, axes: (&str, &str), labels: Vec<String>, series: Vec<Series>) -> Chart {
    Chart { title, label_axis: axes.0.to_owned(), value_axis: axes.1.to_owned(), labels, series }
}

/// Units of 10^-`scale` as a decimal, with the decimals of its currency at least.
pub(crate) fn money(units: impl Into<BigInt>, scale: u32, code: Option<&str>) -> String {
    let decimals_min = code.map_or(0, currency::decimals).max(scale);
    at_least(&units.into(), scale, decimals_min)
}

/// Units of 10^-`scale` without trailing zeros behind `decimals_min` decimals.
pub(crate) fn at_least(units: &BigInt, scale: u32, decimals_min: u32) -> String {
    let shown = decimals_min.max(scale);
    scaled::text(&(units * BigInt::from(10).pow(shown - scale)), shown, decimals_min)
}

/// A share of one, to a hundredth of a percent.
pub(crate) fn share(value: f64) -> String {
    format!("{value:.4}")
}

/// A number between small ones, to four decimals.
pub(crate) fn number(value: f64) -> String {
    format!("{value:.4}")
}

/// A share as people say it.
pub(crate) fn percent(value: f64) -> String {
    format!("{:.1} %", value * 100.0)
}

/// A count for a cell.
pub(crate) fn count(value: impl ToString) -> Option<String> {
    Some(value.to_string())
}

/// What is shown of something without a key.
pub(crate) fn shown(text: Option<&str>) -> String {
    text.unwrap_or("(none)").to_owned()
}

/// Of what was found, how much is listed.
pub(crate) fn listed_note(found: usize, listed: usize, what: &str) -> Option<String> {
    (found > listed).then(|| format!("{found} {what} were found; the first {listed} are listed as findings."))
}

/// A day since 1970-01-01 as ISO 8601 writes it.
pub(crate) fn iso(day: i32) -> String {
    match docmill_statistics::calendar::day_of_month(day) {
        Some(known) => format!("{}-{:02}", month(known.month), known.day),
        None => String::new(),
    }
}

/// A month: `2024-03`.
pub(crate) fn month(month: docmill_statistics::calendar::Month) -> String {
    format!("{:04}-{:02}", month.year(), month.month())
}
