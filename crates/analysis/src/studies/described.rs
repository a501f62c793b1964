//! The specification's columns described: as a whole and by each group, never across currencies.

use docmill_contract::analysis::{Counts, Figure, FigureRow, Finding, Severity, Shape, Statistics};
use docmill_contract::spec::Column;
use docmill_statistics::groups::Groups;
use docmill_statistics::moments::Moments;
use docmill_statistics::quantiles::QuantileType;
use docmill_statistics::{Fraction, Summary, used_values};
use num_bigint::BigInt;
use rayon::prelude::*;

use super::Unfit;
use super::frame::{Frame, Keys, Measure};
use super::partition::Partition;
use super::tables::{at_least, number};
use crate::histogram::histogram;

/// Rows of one figure: a person reads the top of a list, and the records have the rest.
const ROWS_MAX: usize = 1_000;
/// Mean and standard deviation are shown with this many decimals more than the values have.
const QUOTIENT_DECIMALS: u32 = 2;
/// Of so many values one is cut off at either end: a tenth.
const CUT_ONE_IN: usize = 10;
/// Decimals of a quartile: a quarter of a unit.
const QUARTER_DECIMALS: u32 = 2;
/// Decimals of a deviation between a value and a quarter: a sixteenth.
const SIXTEENTH_DECIMALS: u32 = 4;

/// All columns described.
#[derive(Default)]
pub(crate) struct Described {
    pub(crate) figures: Vec<Figure>,
    /// Figures that were cut short.
    pub(crate) notes: Vec<Finding>,
    /// Columns that can't be described.
    pub(crate) unfit: Vec<Unfit>,
}

/// The figures of all columns, in their order. `titled` makes a title of a column's name.
pub(crate) fn figures(frame: &Frame<'_>, titled: &dyn Fn(&str) -> String) -> Described {
    let mut described = Described::default();
    // Of a column that can't be read is told by whoever read the others.
    let is_read = |column: &&Column| frame.is_read(&column.pointer, column.currency.as_deref());
    for column in frame.spec.columns.iter().filter(is_read) {
        match of_column(frame, &column.name, titled(&column.name)) {
            Ok((figures, notes)) => {
                described.figures.extend(figures);
                described.notes.extend(notes);
            }
            Err(why) => described.unfit.push(why),
        }
    }
    described
}

fn of_column<'a>(
    frame: &Frame<'a>,
    name: &'a str,
    title: String,
) -> Result<(Vec<Figure>, Vec<Finding>), Unfit> {
    let measure = frame.measure(name)?;
    let mut parts = frame.partitions(&measure)?.parts;
    parts.sort_by(|left, right| left.currency.cmp(&right.currency));
    let figure = |title: String, grouped_by: Option<String>, rows: Vec<FigureRow>| Figure {
        title,
        column: measure.pointer.to_owned(),
        grouped_by,
        rows,
    };
    let (mut figures, mut notes) = (Vec::new(), Vec::new());
    for group in &frame.spec.groups {
        // What stands in other rows than the amounts can't group them.
        let Ok(keys) = frame.keys_or_rest(measure.table, &group.name) else { continue };
        let title = format!("{title} by {}", group.name);
        let (rows, rows_in_all) = grouped(&parts, &keys);
        notes.extend(cut_note(&title, rows.len(), rows_in_all));
        figures.push(figure(title, Some(group.name.clone()), rows));
    }
    figures.insert(0, figure(title, None, whole(&measure, &parts)));
    Ok((figures, notes))
}

/// The values of each currency, and how many could not be used: they are of no currency's.
fn whole(measure: &Measure<'_>, parts: &[Partition<'_>]) -> Vec<FigureRow> {
    let of_part = |part: &Partition<'_>| {
        let mut values = used_values(&part.chunks());
        values.par_sort_unstable();
        let (bins, shape) = (histogram(&values, part.scale), shape(&values, part));
        let used = values.len();
        let summary = docmill_statistics::summary(&mut values, used, QuantileType::Seven, &mut Vec::new());
        let mut row = row(None, part, &summary);
        if let Some(statistics) = &mut row.statistics {
            statistics.shape = shape;
        }
        FigureRow { histogram: bins, ..row }
    };
    let all = measure.counts();
    let mut rows: Vec<FigureRow> = parts.iter().filter(|part| part.used() > 0).map(of_part).collect();
    let used: u64 = rows.iter().map(|row| row.counts.used).sum();
    let left_out = all.total - used;
    if left_out > 0 {
        // What has no rate is rejected, too.
        let rejected = left_out - all.missing;
        match rows.last_mut().filter(|row| row.currency.is_none()) {
            Some(row) => row.counts = Counts { used, rejected, ..all },
            None => rows.push(FigureRow {
                group: None,
                currency: None,
                counts: Counts { total: left_out, used: 0, missing: all.missing, rejected },
                statistics: None,
                histogram: Vec::new(),
            }),
        }
    }
    rows
}

/// Each group's values of each currency, and how many rows there would be without the limit. Each currency keeps its
/// largest sums.
fn grouped(parts: &[Partition<'_>], keys: &Keys<'_>) -> (Vec<FigureRow>, usize) {
    let found: Vec<Vec<(u32, Summary)>> = parts.iter().map(|part| ranked(part, keys)).collect();
    let rows_in_all: usize = found.iter().map(Vec::len).sum();
    let mut kept = vec![0; found.len()];
    let mut left = ROWS_MAX.min(rows_in_all);
    let longest = found.iter().map(Vec::len).max().unwrap_or(0);
    for rank in 0..longest {
        let of_rank = kept.iter_mut().zip(&found).filter(|(_, rows)| rows.len() > rank);
        for (kept, _) in of_rank.take(left) {
            *kept += 1;
            left -= 1;
        }
    }
    let rows = parts.iter().zip(found).zip(kept).flat_map(|((part, found), kept)| {
        let rows = found.into_iter().take(kept);
        rows.map(move |(key, summary)| row(keys.text(key).map(str::to_owned), part, &summary))
    });
    (rows.collect(), rows_in_all)
}

/// The groups that have values, the largest sums first.
fn ranked(part: &Partition<'_>, keys: &Keys<'_>) -> Vec<(u32, Summary)> {
    // One more than there are keys: the rest, which has none.
    let groups = Groups::partition(&part.keyed(&keys.codes), keys.len() + 1);
    let summaries = groups.describe(QuantileType::Seven);
    let mut found: Vec<(u32, Summary)> =
        (0..).zip(summaries).filter(|(_, summary)| summary.order.is_some()).collect();
    found.sort_by(|(left_key, left), (right_key, right)| {
        right.sums.sum.big().cmp(&left.sums.sum.big()).then(left_key.cmp(right_key))
    });
    found
}

fn row(group: Option<String>, part: &Partition<'_>, summary: &Summary) -> FigureRow {
    let used = summary.sums.counts.used;
    FigureRow {
        group,
        currency: part.currency.clone(),
        counts: Counts { total: used, used, ..Counts::default() },
        statistics: statistics(summary, part),
        histogram: Vec::new(),
    }
}

fn statistics(summary: &Summary, part: &Partition<'_>) -> Option<Statistics> {
    let (scale, shown) = (part.scale, part.decimals());
    let order = summary.order.as_ref()?;
    let (minimum, maximum) = summary.sums.extent?;
    let text = |units: BigInt| at_least(&units, scale, shown);
    let of = |fraction: Fraction, decimals: u32| at_least(&fraction.round(decimals), scale + decimals, shown);
    // As many decimals more than the values are shown with; the sum's scale may be finer than they need.
    let quotient_decimals = shown + QUOTIENT_DECIMALS;
    let more = quotient_decimals.saturating_sub(scale);
    let quotient = |units: BigInt| at_least(&units, scale + more, quotient_decimals);
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
        shape: None,
    })
}

/// How `sorted` values lie around their middle; none of no values.
fn shape(sorted: &[i64], part: &Partition<'_>) -> Option<Shape> {
    let off = sorted.len() / CUT_ONE_IN;
    let kept = sorted.get(off..sorted.len() - off)?;
    let (&least, &greatest) = (kept.first()?, kept.last()?);
    let sum: i128 = kept.iter().map(|&value| i128::from(value)).sum();
    // Below 2^64 times as many values as there is memory for.
    let moved = (i128::from(least) + i128::from(greatest)) * i128::try_from(off).ok()?;
    let (scale, shown) = (part.scale, part.decimals());
    let quotient_decimals = shown + QUOTIENT_DECIMALS;
    let more = quotient_decimals.saturating_sub(scale);
    let mean = |numerator: i128, count: usize| {
        let mean = Fraction { numerator, denominator: u64::try_from(count).ok()? };
        Some(at_least(&mean.round(more), scale + more, quotient_decimals))
    };
    let moments = Moments::of(&part.chunks());
    Some(Shape {
        trimmed_mean: mean(sum, kept.len())?,
        winsorised_mean: mean(sum + moved, sorted.len())?,
        skewness: moments.sample_skewness().map(number),
        kurtosis: moments.sample_kurtosis().map(number),
    })
}

fn cut_note(title: &str, rows: usize, rows_in_all: usize) -> Option<Finding> {
    (rows_in_all > rows).then(|| Finding {
        rule: "figure_cut".to_owned(),
        severity: Severity::Info,
        message: format!(
            "“{title}” has {rows_in_all} rows: the {rows} with the largest sums in their currency are shown."
        ),
        expected: None,
        found: None,
        places: Vec::new(),
    })
}
