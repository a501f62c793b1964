//! Analyses: findings that point at the page, and figures. One format for one document's checks and for a whole
//! collection's report.
//!
//! Written by the analyser, rendered by the crate `report`, read by other people's subscribers. Numbers are
//! decimal texts, so that they are exact in every reader's language.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::identity::{CollectionId, DocumentId};
use crate::narrative::Narrative;
use crate::outcome::Status;
use crate::section::Section;

/// The checks of a document, or the report of a collection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Analysis {
    /// The version of this format: 1.
    pub version: u32,
    /// The collection.
    pub collection: CollectionId,
    /// The document, for the checks of one; absent in a report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentId>,
    /// Counts analyses on this subject, from 1.
    pub revision: u32,
    /// What it covers.
    pub covers: Coverage,
    /// What a person should look at, the most severe first.
    pub findings: Vec<Finding>,
    /// The numbers.
    pub figures: Vec<Figure>,
    /// What the specification's analyses came to, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<Section>,
    /// What a model made of it, where one was asked. The analyser asks none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub narrative: Option<Narrative>,
    /// The documents it covers, in the order of their ids.
    pub documents: Vec<DocumentLine>,
    /// docmill's version.
    pub docmill: String,
}

/// What an analysis covers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Outcomes it was computed from.
    pub outcomes: u64,
    /// Of them, verified.
    pub verified: u64,
    /// Of them, in need of review.
    pub needs_review: u64,
    /// Of them, failed.
    pub failed: u64,
    /// The highest stream sequence among them in `DOCMILL_OUTCOMES`: a later outcome makes a newer analysis.
    pub last_outcome_sequence: u64,
}

/// A document that an analysis covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentLine {
    /// Its id.
    pub document: DocumentId,
    /// What people are shown.
    pub name: String,
    /// The verdict on it.
    pub status: Status,
    /// The profile it was read with, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Pages that were read.
    pub pages: u32,
    /// Proved leaves.
    pub values_verified: u64,
    /// All leaves.
    pub values: u64,
    /// Findings that point at it.
    pub findings: u64,
    /// Why it failed, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Figures can't be trusted until it is settled.
    Error,
    /// A person should look.
    Warning,
    /// Worth knowing.
    Info,
}

/// Something a person should look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Which rule found it: a rule's id of the profile, or `duplicate`, `missing_required`, …
    pub rule: String,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// What should be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// Where it can be seen.
    pub places: Vec<Place>,
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The document.
    pub document: DocumentId,
    /// What people are shown.
    pub name: String,
    /// The leaf of the record; absent where the whole document is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The page, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Where on the page, in points from the top left: `[x0, y0, x1, y1]`.
    #[serde(rename = "box", default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[f32; 4]>,
    /// What stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A column described: as a whole and by groups, never across currencies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Figure {
    /// What people are shown.
    pub title: String,
    /// The column's pointer.
    pub column: String,
    /// What it is grouped by; absent where it isn't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grouped_by: Option<String>,
    /// A row for each group and currency: by currency, none last, and within one the largest sums first.
    pub rows: Vec<FigureRow>,
}

/// One group of a column, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FigureRow {
    /// The group; absent where the figure isn't grouped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// ISO 4217 code; absent where the column isn't money, or no currency was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// How many values were there, used and not.
    pub counts: Counts,
    /// The statistics; absent where no value was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<Statistics>,
    /// How the values spread, for a picture; empty where there are too few to draw.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub histogram: Vec<Bin>,
}

/// How many values a row had, used and not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Places where a value could be.
    pub total: u64,
    /// Values that were used.
    pub used: u64,
    /// Places without a value.
    pub missing: u64,
    /// Values that are not exact decimals within range.
    pub rejected: u64,
}

/// Descriptive and robust statistics, as decimal texts. Sums, extremes and quantiles are exact; mean, standard
/// deviation and the other quotients are rounded half away from zero to the places that they show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statistics {
    /// Exact.
    pub sum: String,
    /// Arithmetic mean.
    pub mean: String,
    /// Sample standard deviation (n − 1); absent for one value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_deviation: Option<String>,
    /// Smallest value.
    pub minimum: String,
    /// First quartile (type 7 of Hyndman and Fan, 1996).
    pub first_quartile: String,
    /// Median.
    pub median: String,
    /// Third quartile (type 7).
    pub third_quartile: String,
    /// Largest value.
    pub maximum: String,
    /// Median absolute deviation from the median, not scaled.
    pub median_absolute_deviation: String,
    /// How the values lie around their middle; absent of groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
}

/// How values lie around their middle: what a few wild ones don't move, and how far they lean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shape {
    /// Mean without the tenth of the values at either end.
    pub trimmed_mean: String,
    /// Mean where the tenth of the values at either end is moved to the nearest value of the others.
    pub winsorised_mean: String,
    /// Sample skewness, G1 of Joanes and Gill (1998); absent for fewer than three values, and if all are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skewness: Option<String>,
    /// Sample excess kurtosis, their G2; absent for fewer than four values, and if all are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kurtosis: Option<String>,
}

/// One bar of a histogram: values from `from` (included) to `to` (excluded, but for the last bar).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bin {
    /// Lower bound.
    pub from: String,
    /// Upper bound.
    pub to: String,
    /// Values between them.
    pub count: u64,
}
