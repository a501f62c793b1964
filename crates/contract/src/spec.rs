//! Specifications of analyses: which values are described, and what else is computed of them.
//!
//! A part of a profile, of an analyse job, and a file of its own for `docmill analyse --spec`. Columns and analyses are
//! data, so that other people's programs can read them too; what they mean is computed in the crate `analysis`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// How records are analysed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalysisSpec {
    /// The values that are described.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    /// What each column is grouped by, one grouping at a time: pointers into the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Sets of pointers whose values together should be unique in a collection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unique: Vec<Vec<String>>,
    /// What is computed besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub analyses: Vec<Study>,
    /// What one unit of a currency was worth in another, for sums across currencies. Without it there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rates: Option<Rates>,
}

/// A column of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// What people are shown, and what analyses call it.
    pub name: String,
    /// Where the values are; `*` stands for every index of an array.
    pub pointer: String,
    /// Where a record's currency is; absent for numbers that aren't money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// Something that records are grouped by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// What people are shown, and what analyses call it.
    pub name: String,
    /// Where the value is.
    pub pointer: String,
}

/// One analysis. `of` is the name of a column, or a pointer to numbers without a currency; what it is grouped or dated `by`
/// is the name of a group, or a pointer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Study {
    /// Names it in findings and files; the kind and a number where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What people are shown; made from what is computed where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is computed.
    #[serde(flatten)]
    pub method: Method,
}

/// What an analysis computes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Method {
    /// Shares of the largest groups, Pareto classes, Herfindahl–Hirschman index and Gini coefficient of the groups' sums.
    Concentration {
        /// The amounts.
        of: String,
        /// The groups.
        by: String,
    },
    /// Sums by two groupings at once.
    Pivot {
        /// The amounts.
        of: String,
        /// What makes a row.
        rows: String,
        /// What makes a column: a grouping, or a date, of which the month counts.
        columns: String,
    },
    /// Values far from the others of their group.
    Outliers {
        /// The values.
        of: String,
        /// The groups; all values are one group where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// How far is far.
        #[serde(default)]
        rule: OutlierRule,
        /// Groups of fewer values are left out: 8 where absent.
        #[serde(default = "group_min")]
        group_min: u32,
    },
    /// How often digits lead, against Benford's law. A deviation is a question, not an answer.
    Benford {
        /// The values.
        of: String,
        /// Which digits.
        #[serde(default)]
        digits: Digits,
    },
    /// Pairs of documents or rows that say nearly the same: the same amount and currency, dates and texts close together.
    NearDuplicates {
        /// The amounts.
        of: String,
        /// A date that may differ by `days_max`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        date: Option<String>,
        /// How many days: 3 where absent.
        #[serde(default = "days_max")]
        days_max: u32,
        /// A text that may differ by `edits_max` letters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// How many letters: 2 where absent.
        #[serde(default = "edits_max")]
        edits_max: u32,
        /// Whether an amount and its negative are a pair, too.
        #[serde(default)]
        reversed: bool,
    },
    /// Numbers that are missing from, or come twice in, a numbered series such as invoice numbers.
    Gaps {
        /// The numbers, with what is printed around them.
        of: String,
        /// Whose series it is; one series where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// Sums by month, each with the month and the year before.
    Monthly {
        /// The amounts.
        of: String,
        /// Their dates.
        date: String,
    },
    /// How many values are dated on weekends, in the last days of a month, and are round amounts.
    CutOff {
        /// The amounts.
        of: String,
        /// Their dates.
        date: String,
        /// How many days end a month: 3 where absent.
        #[serde(default = "days_max")]
        days: u32,
    },
    /// Whether two columns go up and down together.
    Correlation {
        /// One column.
        of: String,
        /// The other; both of the record, or both of the same rows.
        with: String,
    },
    /// How sure a mean or median is: a bootstrap interval.
    Interval {
        /// The values.
        of: String,
        /// The groups; all values are one group where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// What is estimated.
        #[serde(default)]
        statistic: Estimate,
        /// How often it is drawn: 2,000 where absent.
        #[serde(default = "replicates")]
        replicates: u32,
        /// What the draws begin with: the same number gives the same interval.
        #[serde(default)]
        seed: u64,
    },
    /// The totals of invoices by the rules of EN 16931: BR-CO-10 to BR-CO-17.
    InvoiceTotals(Box<InvoiceTotals>),
}

/// When a value is an outlier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutlierRule {
    /// 0.6745 of its distance from the median is over 3.5 median absolute deviations (Iglewicz and Hoaglin, 1993).
    #[default]
    Mad,
    /// It lies more than 1.5 interquartile ranges outside the quartiles (Tukey, 1977).
    Iqr,
}

/// Which digits are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Digits {
    /// The first.
    First,
    /// The second.
    Second,
    /// The first two.
    #[default]
    FirstTwo,
}

/// What an interval is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Estimate {
    /// The arithmetic mean.
    #[default]
    Mean,
    /// The median.
    Median,
}

/// Where an invoice's totals are; a rule is checked where its members are known and there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceTotals {
    /// Each line's net amount (BT-131).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_amounts: Option<String>,
    /// The sum of line net amounts (BT-106).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines_total: Option<String>,
    /// The amount of each allowance on the whole document (BT-92).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowance_amounts: Option<String>,
    /// Their sum (BT-107).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowances_total: Option<String>,
    /// The amount of each charge on the whole document (BT-99).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge_amounts: Option<String>,
    /// Their sum (BT-108).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charges_total: Option<String>,
    /// The total without tax (BT-109).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub net: Option<String>,
    /// The taxable amount of each rate (BT-116).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxable_amounts: Option<String>,
    /// Each rate, in percent (BT-119).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_rates: Option<String>,
    /// The tax of each rate (BT-117).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_amounts: Option<String>,
    /// The total tax (BT-110).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<String>,
    /// The total with tax (BT-112).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross: Option<String>,
    /// What was paid before (BT-113).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepaid: Option<String>,
    /// What rounding adds (BT-114).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<String>,
    /// What is to be paid (BT-115).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// How a tax amount is rounded to the currency's decimals.
    #[serde(default)]
    pub rounding_mode: RoundingMode,
    /// By how many of the currency's smallest units an equation may be off: 0 where absent. A tax amount may be off by a whole
    /// unit of the currency besides, as the standard's own test allows.
    #[serde(default)]
    pub tolerance_minor_units: u32,
}

/// What becomes of half a unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoundingMode {
    /// Up, towards the larger number: as XPath's `round`, which the standard's own test uses.
    #[default]
    HalfUp,
    /// Away from zero.
    HalfAway,
    /// To the even neighbour.
    HalfEven,
}

/// What currencies were worth. Each sum made with a rate says which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// The currency that sums are made in: an ISO 4217 code.
    pub to: String,
    /// Where a record's date is: the latest rate up to it counts. Where absent, the latest of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// By currency, by day (`2024-03-31`): what one unit was worth, as a decimal text.
    pub table: BTreeMap<String, BTreeMap<String, String>>,
}

impl<'de> Deserialize<'de> for Study {
    /// By hand, since a flattened method couldn't refuse a misspelt member.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = serde_json::Map::deserialize(deserializer)?;
        let mut text = |name: &str| match members.remove(name) {
            None | Some(serde_json::Value::Null) => Ok(None),
            Some(serde_json::Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(D::Error::custom(format!("`{name}` must be a text, and is {other}"))),
        };
        let (id, title) = (text("id")?, text("title")?);
        let method = Method::deserialize(serde_json::Value::Object(members)).map_err(D::Error::custom)?;
        Ok(Self { id, title, method })
    }
}

fn group_min() -> u32 {
    8
}

fn days_max() -> u32 {
    3
}

fn edits_max() -> u32 {
    2
}

fn replicates() -> u32 {
    2_000
}

impl Method {
    /// As it is written in a specification.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Concentration { .. } => "concentration",
            Self::Pivot { .. } => "pivot",
            Self::Outliers { .. } => "outliers",
            Self::Benford { .. } => "benford",
            Self::NearDuplicates { .. } => "near_duplicates",
            Self::Gaps { .. } => "gaps",
            Self::Monthly { .. } => "monthly",
            Self::CutOff { .. } => "cut_off",
            Self::Correlation { .. } => "correlation",
            Self::Interval { .. } => "interval",
            Self::InvoiceTotals(_) => "invoice_totals",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_analysis_is_read_with_its_defaults_and_refuses_what_it_does_not_know() {
        let check = |written: serde_json::Value, expected: Result<serde_json::Value, &str>| match (
            serde_json::from_value::<Study>(written),
            expected,
        ) {
            (Ok(study), Ok(expected)) => assert_eq!(serde_json::to_value(study).unwrap(), expected),
            (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
            (found, expected) => panic!("{found:?} for {expected:?}"),
        };
        check(
            serde_json::json!({"kind": "outliers", "id": "o1", "of": "Total"}),
            Ok(
                serde_json::json!({"kind": "outliers", "id": "o1", "of": "Total", "rule": "mad", "group_min": 8}),
            ),
        );
        check(serde_json::json!({"kind": "outliers", "of": "Total", "bye": "x"}), Err("unknown field `bye`"));
        check(serde_json::json!({"kind": "outlier", "of": "Total"}), Err("unknown variant `outlier`"));
        check(serde_json::json!({"kind": "outliers", "of": "Total", "id": 7}), Err("`id` must be a text"));
        check(serde_json::json!({"kind": "invoice_totals", "gros": "/total"}), Err("unknown field `gros`"));
    }
}
