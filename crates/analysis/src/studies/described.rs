//! The specification's columns described: as a whole and by each group, never across currencies.

use docmill_contract::analysis::{Counts, Figure, FigureRow, Statistics};
use docmill_statistics::groups::Groups;
use docmill_statistics::quantiles::QuantileType;
use docmill_statistics::{Fraction, Summary, used_values};
use num_bigint::BigInt;
use rayon::prelude::*;

use super::Unfit;
use super::frame::{Frame, Keys};
use super::partition::Partition;
use super::tables::at_least;
use crate::describe::QUOTIENT_DECIMALS;
use crate::histogram::histogram;

/// Rows of one figure, those with the largest sums.
const ROWS_MAX: usize = 1_000;
/// Decimals of a quartile: a quarter of a unit.
const QUARTER_DECIMALS: u32 = 2;
/// Decimals of a deviation between a value and a quarter: a sixteenth.
const SIXTEENTH_DECIMALS: u32 = 4;

/// The figures of all columns, in their order.
pub(crate) fn figures(frame: &Frame<'_>) -> (Vec<Figure>, Vec<Unfit>) {
    let mut figures = Vec::new();
    let mut unfit = Vec::new();
    for column in &frame.spec.columns {
        match of_column(frame, &column.name) {
            Ok(found) => figures.extend(found),
            Err(why) => unfit.push(why),
        }
    }
    (figures, unfit)
}

fn of_column<'a>(frame: &Frame<'a>, name: &'a str) -> Result<Vec<Figure>, Unfit> {
    let measure = frame.measure(name)?;
    let partitions = frame.partitions(&measure)?;
    let counts = measure.counts();
    let whole = partitions.parts.iter().map(|part| whole(part, &counts)).collect();
    let figure = |title: String, grouped_by: Option<String>, rows: Vec<FigureRow>| Figure {
        title,
        column: measure.pointer.to_owned(),
        grouped_by,
        rows,
    };
    let mut figures = vec![figure(name.to_owned(), None, whole)];
    for group in &frame.spec.groups {
        let keys = frame.keys(measure.table, &group.name)?;
        let rows = partitions.parts.iter().flat_map(|part| grouped(part, &keys)).collect();
        figures.push(figure(format!("{name} by {}", group.name), Some(group.name.clone()), rows));
    }
    Ok(figures)
}

/// All values of a currency. Values that can't be used have no currency, so the first row counts them.
fn whole(part: &Partition<'_>, counts: &Counts) -> FigureRow {
    let chunks = part.chunks();
    let mut values = used_values(&chunks);
    values.par_sort_unstable();
    let wide: Vec<i128> = values.iter().map(|&value| i128::from(value)).collect();
    let bins = histogram(&wide, part.scale);
    let used = part.used();
    let summary = docmill_statistics::summary(&mut values, wide.len(), QuantileType::Seven, &mut Vec::new());
    let counts = match part.currency {
        Some(_) => Counts { total: used, used, ..Counts::default() },
        None => *counts,
    };
    FigureRow {
        group: None,
        currency: part.currency.clone(),
        counts,
        statistics: statistics(&summary, part),
        histogram: bins,
    }
}

/// Each group's values of a currency, the largest sums first.
fn grouped(part: &Partition<'_>, keys: &Keys<'_>) -> Vec<FigureRow> {
    let groups = Groups::partition(&part.keyed(&keys.codes), keys.len());
    let summaries = groups.describe(QuantileType::Seven);
    let mut found: Vec<(u32, Summary)> =
        (0..).zip(summaries).filter(|(_, summary)| summary.order.is_some()).collect();
    found.sort_by(|(left_key, left), (right_key, right)| {
        right.sums.sum.big().cmp(&left.sums.sum.big()).then(left_key.cmp(right_key))
    });
    found.truncate(ROWS_MAX);
    let row = |(key, summary): (u32, Summary)| {
        let used = summary.sums.counts.used;
        FigureRow {
            group: keys.text(key).map(str::to_owned),
            currency: part.currency.clone(),
            counts: Counts { total: used, used, ..Counts::default() },
            statistics: statistics(&summary, part),
            histogram: Vec::new(),
        }
    };
    found.into_iter().map(row).collect()
}

fn statistics(summary: &Summary, part: &Partition<'_>) -> Option<Statistics> {
    let (scale, shown) = (part.scale, part.decimals());
    let order = summary.order.as_ref()?;
    let (minimum, maximum) = summary.sums.extent?;
    let text = |units: BigInt| at_least(&units, scale, shown);
    let of = |fraction: Fraction, decimals: u32| at_least(&fraction.round(decimals), scale + decimals, shown);
    // As many decimals more than the values are shown with.
    let more = shown - scale + QUOTIENT_DECIMALS;
    let quotient = |units: BigInt| at_least(&units, scale + more, scale + more);
    Some(Statistics {
        sum: text(summary.sums.sum.big()),
        mean: summary.sums.mean_units(more).map(quotient)?,
        standard_deviation: summary
            .sums
            .standard_deviation_units(more)
            .map(|units| quotient(BigInt::from(units))),
        minimum: text(minimum.into()),
        first_quartile: of(order.first_quartile, QUARTER_DECIMALS),
        median: of(order.median, QUARTER_DECIMALS),
        third_quartile: of(order.third_quartile, QUARTER_DECIMALS),
        maximum: text(maximum.into()),
        median_absolute_deviation: of(order.median_absolute_deviation, SIXTEENTH_DECIMALS),
    })
}
