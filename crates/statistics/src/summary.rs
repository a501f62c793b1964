//! What describes a column, or one group of it.

use serde::Serialize;

use crate::Fraction;
use crate::moments::Sums;
use crate::quantiles::{Probability, QuantileType, quantile_of_sorted, quantiles};
use crate::robust::{deviation_from, deviation_of_sorted};

/// Sums, quartiles and MAD. Mean and standard deviation follow from [`Sums`], rounded where they are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Counts, sum, sum of squares, least and greatest.
    pub sums: Sums,
    /// First quartile, median, third quartile and the median absolute deviation; `None` of no values.
    pub order: Option<OrderStatistics>,
}

/// The order statistics of a [`Summary`], as exact fractions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OrderStatistics {
    /// A quarter lies below.
    pub first_quartile: Fraction,
    /// Half lies below.
    pub median: Fraction,
    /// Three quarters lie below.
    pub third_quartile: Fraction,
    /// The median of |x − median|, not scaled.
    pub median_absolute_deviation: Fraction,
}

/// Describes `values`, which are what `rows` rows have. They are rearranged, and `scratch` is written over: one thread's
/// work for one group.
pub fn summary(values: &mut [i64], rows: usize, kind: QuantileType, scratch: &mut Vec<i64>) -> Summary {
    let sums = Sums::of_values(values, rows);
    let order = if values.len() > SORTED_MAX {
        selected(values, kind, scratch)
    } else {
        values.sort_unstable();
        of_sorted(values, kind)
    };
    Summary { sums, order }
}

/// Up to so many values are sorted sooner than all ranks are selected.
const SORTED_MAX: usize = 160;

const QUARTILES: [Probability; 3] =
    [Probability::FIRST_QUARTILE, Probability::MEDIAN, Probability::THIRD_QUARTILE];

fn selected(values: &mut [i64], kind: QuantileType, scratch: &mut Vec<i64>) -> Option<OrderStatistics> {
    let quartiles = quantiles(values, &QUARTILES, kind)?;
    let [first_quartile, median, third_quartile] = quartiles.try_into().ok()?;
    let median_absolute_deviation = deviation_from(values, median, scratch)?;
    Some(OrderStatistics { first_quartile, median, third_quartile, median_absolute_deviation })
}

fn of_sorted(sorted: &[i64], kind: QuantileType) -> Option<OrderStatistics> {
    let [first_quartile, median, third_quartile] =
        QUARTILES.map(|quartile| quantile_of_sorted(sorted, quartile, kind));
    let (first_quartile, median, third_quartile) = (first_quartile?, median?, third_quartile?);
    let median_absolute_deviation = deviation_of_sorted(sorted, median)?;
    Some(OrderStatistics { first_quartile, median, third_quartile, median_absolute_deviation })
}
