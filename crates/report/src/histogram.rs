//! How values spread: a histogram with its axis, and the same as a thumbnail for a table's cell.

use docmill_contract::analysis::Bin;
use maud::{Markup, html};

use crate::numbers::{approximate_count, count, grouped, length, of};

const WIDTH: f64 = 460.0;
const PLOT_HEIGHT: f64 = 130.0;
const TOP: f64 = 18.0;
const AXIS_HEIGHT: f64 = 24.0;
/// Room at both sides for labels that are centred below the outer bounds.
const SIDE: f64 = 46.0;

/// The histogram with bounds and the highest count.
pub(crate) fn histogram(title: &str, bins: &[Bin]) -> Markup {
    let highest = bins.iter().map(|bin| bin.count).max().unwrap_or(0);
    let bars = approximate_count(u64::try_from(bins.len()).unwrap_or(1)).max(1.0);
    let step = (WIDTH - 2.0 * SIDE) / bars;
    let base = TOP + PLOT_HEIGHT;
    let left = |position: usize| SIDE + step * f64::from(u32::try_from(position).unwrap_or(0));
    let bound = |position: usize| match bins.get(position) {
        Some(bin) => bin.from.as_str(),
        None => bins.last().map_or("", |bin| bin.to.as_str()),
    };
    html! {
        svg.chart.histogram role="img" viewBox=(format!("0 0 {} {}", length(WIDTH), length(base + AXIS_HEIGHT))) {
            title { (title) }
            line.grid x1=(length(SIDE)) x2=(length(WIDTH - SIDE)) y1=(length(TOP)) y2=(length(TOP)) {}
            text.tick x=(length(SIDE - 6.0)) y=(length(TOP + 4.0)) text-anchor="end" { (count(highest)) }
            text.tick x=(length(SIDE - 6.0)) y=(length(base + 4.0)) text-anchor="end" { "0" }
            @for (position, bin) in bins.iter().enumerate() {
                @let height = approximate_count(bin.count) / approximate_count(highest.max(1)) * PLOT_HEIGHT;
                rect.bar x=(length(left(position) + 0.75)) y=(length(base - height)) width=(length((step - 1.5).max(0.5))) height=(length(height)) rx="1" {
                    title { (grouped(&bin.from)) " to " (grouped(&bin.to)) ": " (of(bin.count, "value", "values")) }
                }
            }
            line.axis x1=(length(SIDE)) x2=(length(WIDTH - SIDE)) y1=(length(base)) y2=(length(base)) {}
            @for position in ticks(bins.len()) {
                text.tick x=(length(left(position))) y=(length(base + 17.0)) text-anchor="middle" { (grouped(bound(position))) }
            }
        }
    }
}

/// Which of the bounds are labelled: both ends, and the middle where that leaves room.
fn ticks(bins: usize) -> Vec<usize> {
    if bins >= 4 { vec![0, bins / 2, bins] } else { vec![0, bins] }
}

/// The same without words, as high as a line of text.
pub(crate) fn thumbnail(title: &str, bins: &[Bin]) -> Markup {
    let highest = approximate_count(bins.iter().map(|bin| bin.count).max().unwrap_or(0).max(1));
    let bars = approximate_count(u64::try_from(bins.len()).unwrap_or(1)).max(1.0);
    let step = 84.0 / bars;
    html! {
        svg.thumbnail role="img" viewBox="0 0 84 18" {
            title { (title) }
            @for (position, bin) in bins.iter().enumerate() {
                @let height = approximate_count(bin.count) / highest * 17.0;
                @let left = step * f64::from(u32::try_from(position).unwrap_or(0));
                rect.bar x=(length(left)) y=(length(18.0 - height)) width=(length((step - 0.8).max(0.5))) height=(length(height)) {}
            }
        }
    }
}
