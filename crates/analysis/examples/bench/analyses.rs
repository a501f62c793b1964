//! Each analysis over columns that were decoded once, with answers that other engines must come to as well.

use std::path::Path;

use docmill_statistics::benford::{DigitCounts, Digits, Signs};
use docmill_statistics::bootstrap::{Bootstrap, Statistic, bootstrap};
use docmill_statistics::duplicates::{DuplicateChunk, NearDuplicates, near_duplicates};
use docmill_statistics::groups::{Groups, pair_keys};
use docmill_statistics::outliers::{Method, limits, outliers};
use docmill_statistics::quantiles::QuantileType;
use docmill_statistics::texts::Texts;
use docmill_statistics::{CHUNK_ROWS, Fraction, Summary};
use serde_json::{Value, json};

use crate::measure::{measure, peak_kib};
use crate::rows::{self, Rows};

/// Values that are resampled, and how often.
const RESAMPLED: usize = 10_000;
const REPLICATES: usize = 10_000;

/// All steps.
pub(crate) fn measured(file: &Path) -> Value {
    let plan = rows::plan();
    let decode = measure(|| {
        let rows = Rows::of(rows::decoded(&plan, file));
        let sum: i128 =
            rows.amounts().iter().flat_map(|chunk| chunk.values()).map(|&value| i128::from(value)).sum();
        json!({
            "documents": rows.tables.documents().len(),
            "items": rows.table().rows(),
            "sum": sum as i64,
            "days": rows.days.iter().map(|&day| i64::from(day)).sum::<i64>(),
            "vendors": rows.texts("vendor").len(),
        })
    });
    let peak_decoded_kib = peak_kib();
    let rows = Rows::of(rows::decoded(&plan, file));
    let steps = json!({
        "decode": decode,
        "groups": measure(|| groups(&rows)),
        "outliers": measure(|| flags(&rows)),
        "benford": measure(|| benford(&rows)),
        "near_duplicates": measure(|| duplicates(&rows)),
        "bootstrap": measure(|| resampled(&rows)),
    });
    json!({"steps": steps, "peak_decoded_kib": peak_decoded_kib, "peak_kib": peak_kib()})
}

/// Count, sum, mean, deviation, extent, quartiles and MAD of each vendor and currency.
fn groups(rows: &Rows) -> Value {
    let paired = pair_keys(&rows.vendors, &rows.currencies);
    let groups = Groups::partition(&rows.keyed(&paired.codes), paired.pairs.len());
    let found = groups.describe(QuantileType::Seven);
    let order = |of: fn(&docmill_statistics::OrderStatistics) -> Fraction| -> f64 {
        found.iter().filter_map(|group| group.order.as_ref()).map(of).map(|fraction| fraction.to_f64(0)).sum()
    };
    let extent = |of: fn((i64, i64)) -> i64| -> i64 {
        found.iter().filter_map(|group| group.sums.extent).map(of).sum()
    };
    let float = |of: fn(&Summary) -> Option<f64>| -> f64 { found.iter().filter_map(of).sum() };
    json!({
        "groups": found.len(),
        "count": found.iter().map(|group| group.sums.counts.used).sum::<u64>(),
        "sum": found.iter().map(|group| group.sums.sum.big()).sum::<num_bigint::BigInt>().to_string().parse::<i64>().expect("in range"),
        "minima": extent(|(least, _)| least),
        "maxima": extent(|(_, greatest)| greatest),
        "means": float(|group| group.sums.mean(0)),
        "deviations": float(|group| group.sums.standard_deviation(0)),
        "first_quartiles": order(|group| group.first_quartile),
        "medians": order(|group| group.median),
        "third_quartiles": order(|group| group.third_quartile),
        "median_absolute_deviations": order(|group| group.median_absolute_deviation),
    })
}

/// Modified z-scores over 3.5 among each vendor's amounts.
fn flags(rows: &Rows) -> Value {
    let keyed = rows.keyed(&rows.vendors);
    let groups = Groups::partition(&keyed, rows.texts("vendor").len());
    let limits = limits(&groups, Method::ModifiedZ { threshold: 3.5 }, 8);
    let found = outliers(&keyed, &limits).outliers;
    json!({"flagged": found.len(), "rows": found.iter().map(|outlier| outlier.row).sum::<usize>()})
}

fn benford(rows: &Rows) -> Value {
    let counts = DigitCounts::of(&rows.amounts(), Signs::Both);
    json!({"counts": counts.by(Digits::FirstTwo)})
}

/// The same amount and currency, at most three days apart, the vendor's name at most two letters.
fn duplicates(rows: &Rows) -> Value {
    let names = rows.texts("vendor");
    let texts = Texts::of(&names);
    let amounts = rows.amounts().into_iter().enumerate();
    let chunks: Vec<DuplicateChunk<'_>> = amounts
        .map(|(chunk, amounts)| {
            let within = chunk * CHUNK_ROWS..chunk * CHUNK_ROWS + amounts.rows();
            DuplicateChunk {
                amounts,
                same: rows.currencies.get(within.clone()),
                days: rows.days.get(within.clone()),
                texts: rows.vendors.get(within),
            }
        })
        .collect();
    let asked = NearDuplicates {
        days_max: 3,
        texts: Some((&texts, 2)),
        repeated: true,
        reversed: false,
        candidates_max: u64::MAX,
        pairs_max: usize::MAX,
    };
    let found = near_duplicates(&chunks, asked);
    json!({
        "candidates": found.candidates,
        "pairs": found.found,
        "rows": found.pairs.iter().map(|pair| u64::from(pair.row) + u64::from(pair.other)).sum::<u64>(),
    })
}

/// An interval for the mean of the first amounts.
fn resampled(rows: &Rows) -> Value {
    let values: Vec<i64> =
        rows.amounts().iter().flat_map(|chunk| chunk.values()).copied().take(RESAMPLED).collect();
    let how = Bootstrap { replicates: REPLICATES, confidence_permille: 950, seed: 42, analysis: "bench" };
    let found = bootstrap(&values, Statistic::Mean, how).expect("the settings are allowed");
    json!({
        "estimate": found.estimate.to_f64(0),
        "low": found.percentile.low.to_f64(0),
        "high": found.percentile.high.to_f64(0),
    })
}
