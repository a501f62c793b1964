//! A chart of horizontal bars: sums by group, in one currency.

use maud::{Markup, html};

use crate::numbers::{approximate, grouped, length};
use crate::shown::cut;

/// Bars in one chart; the table below has all groups.
pub(crate) const BARS_MAX: usize = 15;

const WIDTH: f64 = 960.0;
const ROW_HEIGHT: f64 = 26.0;
const BAR_HEIGHT: f64 = 16.0;
const LABEL_WIDTH: f64 = 270.0;
const VALUE_WIDTH: f64 = 150.0;
const LABEL_CHARACTERS_MAX: usize = 28;

/// One bar: what it is called, and how long it is as a decimal.
#[derive(Debug)]
pub(crate) struct Bar<'a> {
    pub(crate) label: &'a str,
    pub(crate) decimal: &'a str,
}

/// The chart of at most [`BARS_MAX`] bars, with bars to the left of zero for negative sums.
pub(crate) fn bars(title: &str, bars: &[Bar<'_>]) -> Markup {
    let bars = bars.get(..BARS_MAX).unwrap_or(bars);
    let lengths: Vec<f64> = bars.iter().map(|bar| approximate(bar.decimal)).collect();
    let lowest = lengths.iter().copied().fold(0.0, f64::min);
    let highest = lengths.iter().copied().fold(0.0, f64::max);
    let span = if highest > lowest { highest - lowest } else { 1.0 };
    let plot = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
    let at = |value: f64| LABEL_WIDTH + (value - lowest) / span * plot;
    let height = ROW_HEIGHT * lengths.iter().map(|_| 1.0).sum::<f64>();
    html! {
        svg.chart role="img" viewBox=(format!("0 0 {} {}", length(WIDTH), length(height))) {
            title { (title) }
            @for (row, (bar, &value)) in bars.iter().zip(&lengths).enumerate() {
                @let top = ROW_HEIGHT * f64::from(u32::try_from(row).unwrap_or(0));
                @let (left, right) = (at(value.min(0.0)), at(value.max(0.0)));
                @let text = length(top + ROW_HEIGHT / 2.0 + 4.5);
                g {
                    title { (cut(bar.label, 200)) ": " (grouped(bar.decimal)) }
                    text.label x=(length(LABEL_WIDTH - 12.0)) y=(text) text-anchor="end" { (cut(bar.label, LABEL_CHARACTERS_MAX)) }
                    rect.bar.negative[value < 0.0] x=(length(left)) y=(length(top + (ROW_HEIGHT - BAR_HEIGHT) / 2.0))
                        width=(length((right - left).max(1.0))) height=(length(BAR_HEIGHT)) rx="2" {}
                    text.value x=(length(WIDTH)) y=(text) text-anchor="end" { (grouped(bar.decimal)) }
                }
            }
            line.axis x1=(length(at(0.0))) x2=(length(at(0.0))) y1="0" y2=(length(height)) {}
        }
    }
}
