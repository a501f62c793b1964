//! Sections of a report: what one analysis came to, as tables and charts that any reader can show.
//!
//! Written by the analyser, rendered by the crate `report`. All analyses share one shape, so that a page, a workbook and a
//! reader's own program need no code for each. Numbers are decimal texts, so that they are exact in every language.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::Counts;

/// What one analysis came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Section {
    /// Names it among the sections, and in findings: the specification's id.
    pub id: String,
    /// The kind of analysis, as in the specification.
    pub kind: String,
    /// What people are shown.
    pub title: String,
    /// What came out, in one sentence.
    pub summary: String,
    /// How it was computed: every parameter, those with a default too.
    pub parameters: BTreeMap<String, String>,
    /// How many values were there, used and not.
    pub counts: Counts,
    /// The numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
    /// Pictures of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charts: Vec<Chart>,
    /// What a reader should know: limits reached, values left out and why, whether the method applies at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// What people are shown.
    pub title: String,
    /// The columns.
    pub columns: Vec<TableColumn>,
    /// The rows: a cell for each column, none where there is nothing.
    pub rows: Vec<Vec<Option<String>>>,
    /// How many rows there would be without a limit.
    pub rows_in_all: u64,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TableColumn {
    /// Its heading, with the unit where there is one.
    pub name: String,
    /// What its cells are.
    pub kind: CellKind,
}

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CellKind {
    /// A text.
    Text,
    /// A whole number of things.
    Count,
    /// A decimal.
    Decimal,
    /// A share of one: `0.25` is shown as 25 %.
    Share,
    /// A day, ISO 8601.
    Date,
}

/// A picture of numbers over the same labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chart {
    /// What is shown, in which unit.
    pub title: String,
    /// What the labels are.
    pub label_axis: String,
    /// What the values are.
    pub value_axis: String,
    /// One for each position.
    pub labels: Vec<String>,
    /// The values, as long as the labels.
    pub series: Vec<Series>,
}

/// One line or set of bars of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// How it is drawn.
    pub drawn: Drawn,
    /// Decimals; none where there is no value.
    pub values: Vec<Option<String>>,
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Drawn {
    /// As bars.
    Bars,
    /// As a line.
    Line,
    /// As a line against a second axis of shares, 0 to 1.
    ShareLine,
}
