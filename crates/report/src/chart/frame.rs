//! Where things are in a chart: the margins that its words need, and the plot between them.

use super::labels::{REACH, words_width};
use super::part;
use super::scale::Scale;
use crate::numbers::position;

/// The picture's width; it is scaled to the page's.
pub(super) const WIDTH: f64 = 960.0;
const PLOT_HEIGHT: f64 = 250.0;
/// Room for the axes' titles above the plot.
const TITLES_HEIGHT: f64 = 30.0;
/// Room for the percents of a second axis.
const SHARES_WIDTH: f64 = 52.0;

/// The plot's edges, and what they stand for.
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) base: f64,
    low: f64,
    high: f64,
    positions: usize,
}

impl Frame {
    pub(super) fn new(
        scale: &Scale,
        has_amounts: bool,
        has_shares: bool,
        labels: &[String],
        legend_height: f64,
    ) -> Self {
        let ticks = scale.ticks.iter().map(|&tick| words_width(&scale.text(tick)));
        let ticks = if has_amounts { ticks.fold(0.0, f64::max) + 14.0 } else { 8.0 };
        // A label below the first position may reach to the left of it.
        let reach =
            if super::labels::will_be_slanted(labels, WIDTH - ticks - SHARES_WIDTH) { REACH } else { 20.0 };
        let left = ticks.max(reach);
        let right = WIDTH - if has_shares { SHARES_WIDTH } else { 20.0 };
        let top = legend_height + TITLES_HEIGHT;
        Self {
            left,
            right,
            top,
            base: top + PLOT_HEIGHT,
            low: scale.low,
            high: scale.high,
            positions: labels.len(),
        }
    }

    /// The width of one position.
    pub(super) fn slot(&self) -> f64 {
        (self.right - self.left) / position(self.positions.max(1))
    }

    /// The middle of a position.
    pub(super) fn x(&self, at: usize) -> f64 {
        self.left + part(at, self.positions) * (self.right - self.left) + self.slot() / 2.0
    }

    /// The height of a value.
    pub(super) fn y(&self, value: f64) -> f64 {
        let share = (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        self.base - share * (self.base - self.top)
    }

    /// The height of a share of one; shares beyond are drawn at the edge.
    pub(super) fn share_y(&self, share: f64) -> f64 {
        self.base - share.clamp(0.0, 1.0) * (self.base - self.top)
    }
}
