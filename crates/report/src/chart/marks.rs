//! What is drawn in a chart's plot, and the legend that says what is what.

use docmill_contract::section::Drawn;
use maud::{Markup, html};

use super::frame::{Frame, WIDTH};
use super::labels::words_width;
use super::{Points, value_text};
use crate::numbers::{length, position};
use crate::shown::cut;

/// The share of a position that its bars fill.
const BARS_SHARE: f64 = 0.78;
/// A bar is no wider, however few there are.
const BAR_WIDTH_MAX: f64 = 56.0;
/// Lines of more points than this are drawn without marks, which would run together.
const MARKED_POINTS_MAX: usize = 60;
const LEGEND_ROW_HEIGHT: f64 = 22.0;
const SWATCH_WIDTH: f64 = 28.0;

/// Hatchings for all bars but the first, which are plain.
pub(super) fn patterns(id: &str, drawn: &[Points<'_>]) -> Markup {
    html! {
        defs {
            @for (series, _) in drawn.iter().enumerate().filter(|(series, points)| points.drawn == Drawn::Bars && *series > 0) {
                pattern id=(format!("{id}-hatch-{series}")) width="6" height="6" patternUnits="userSpaceOnUse"
                    patternTransform=(format!("rotate({})", 45 * series)) {
                    rect class=(format!("pale series-{series}")) width="6" height="6" {}
                    rect class=(format!("filled series-{series}")) width="3" height="6" {}
                }
            }
        }
    }
}

/// A bar's shape: one with a hatching has an outline, or it would end in the air.
fn bar(id: &str, series: usize, [x, y, width, height]: [f64; 4], said: Option<&str>) -> Markup {
    let fill = (series > 0).then(|| format!("url(#{id}-hatch-{series})"));
    html! {
        rect class=(if series > 0 { format!("outlined series-{series}") } else { "filled series-0".to_owned() })
            fill=[fill] x=(length(x)) y=(length(y)) width=(length(width)) height=(length(height)) {
            @if let Some(said) = said { title { (said) } }
        }
    }
}

/// All bars, those of one position side by side.
pub(super) fn bars(id: &str, frame: &Frame, labels: &[String], drawn: &[Points<'_>]) -> Markup {
    let sets: Vec<(usize, &Points<'_>)> =
        drawn.iter().enumerate().filter(|(_, points)| points.drawn == Drawn::Bars).collect();
    let all = position(sets.len().max(1));
    let width = (frame.slot() * BARS_SHARE / all).min(BAR_WIDTH_MAX);
    html! {
        @for (nth, (series, points)) in sets.iter().enumerate() {
            @for (at, value) in points.values.iter().enumerate().filter_map(|(at, value)| value.map(|value| (at, value))) {
                @let left = frame.x(at) + (position(nth) - all / 2.0) * width;
                @let (top, bottom) = (frame.y(value.max(0.0)), frame.y(value.min(0.0)));
                // Something that isn't nothing can be seen.
                @let height = if value == 0.0 { 0.0 } else { (bottom - top).max(1.0) };
                (bar(id, *series, [left, top, (width - 1.0).max(0.6), height], Some(&said(points, labels, at))))
            }
        }
    }
}

/// All lines, broken where there is no value.
pub(super) fn lines(frame: &Frame, labels: &[String], drawn: &[Points<'_>]) -> Markup {
    html! {
        @for (series, points) in drawn.iter().enumerate().filter(|(_, points)| points.drawn != Drawn::Bars) {
            @let height = |value: f64| if points.drawn == Drawn::ShareLine { frame.share_y(value) } else { frame.y(value) };
            @for stretch in points.values.iter().enumerate().collect::<Vec<_>>().split(|(_, value)| value.is_none()) {
                @let corners: Vec<(usize, f64, f64)> = stretch.iter()
                    .filter_map(|(at, value)| value.map(|value| (*at, frame.x(*at), height(value)))).collect();
                @if corners.len() > 1 {
                    @let path = corners.iter().map(|(_, x, y)| format!("{},{}", length(*x), length(*y))).collect::<Vec<_>>().join(" ");
                    // A light edge sets the line off from bars behind it.
                    polyline.halo points=(path) {}
                    polyline class=(format!("drawn series-{series} dashed-{}", series % 3)) points=(path) {}
                }
                @if corners.len() == 1 || points.values.len() <= MARKED_POINTS_MAX {
                    @for (at, x, y) in corners { (mark(series, x, y, Some(&said(points, labels, at)))) }
                }
            }
        }
    }
}

/// A point of a line: a disc, a square, a triangle or a diamond.
fn mark(series: usize, x: f64, y: f64, said: Option<&str>) -> Markup {
    let class = format!("mark series-{series}");
    let corners = |offsets: &[(f64, f64)]| {
        let corner = |(right, down): &(f64, f64)| format!("{},{}", length(x + right), length(y + down));
        offsets.iter().map(corner).collect::<Vec<_>>().join(" ")
    };
    let said = html! { @if let Some(said) = said { title { (said) } } };
    match series % 4 {
        0 => html! { circle class=(class) cx=(length(x)) cy=(length(y)) r="3.6" { (said) } },
        1 => {
            html! { polygon class=(class) points=(corners(&[(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)])) { (said) } }
        }
        2 => {
            html! { polygon class=(class) points=(corners(&[(0.0, -4.8), (4.6, 3.6), (-4.6, 3.6)])) { (said) } }
        }
        _ => {
            html! { rect class=(class) x=(length(x - 3.4)) y=(length(y - 3.4)) width="6.8" height="6.8" { (said) } }
        }
    }
}

fn said(points: &Points<'_>, labels: &[String], at: usize) -> String {
    let label = labels.get(at).map(|label| cut(label, 200)).unwrap_or_default();
    format!("{label}: {} ({})", value_text(points, at), points.name)
}

/// What each series is called beside how it is drawn, in as many rows as that takes; and the rows' height.
pub(super) fn legend(id: &str, drawn: &[Points<'_>]) -> (Markup, f64) {
    let mut placed = Vec::new();
    let (mut x, mut row) = (0.0, 0.0);
    for (series, points) in drawn.iter().enumerate() {
        let width = SWATCH_WIDTH + 8.0 + words_width(&points.name) * 1.1 + 24.0;
        if x > 0.0 && x + width > WIDTH {
            (x, row) = (0.0, row + LEGEND_ROW_HEIGHT);
        }
        placed.push((series, points, x, row + LEGEND_ROW_HEIGHT / 2.0));
        x += width;
    }
    let markup = html! {
        @for (series, points, x, y) in placed {
            @if points.drawn == Drawn::Bars {
                (bar(id, series, [x + 6.0, y - 7.0, 16.0, 14.0], None))
            } @else {
                polyline class=(format!("drawn series-{series} dashed-{}", series % 3))
                    points=(format!("{},{} {},{}", length(x), length(y), length(x + SWATCH_WIDTH), length(y))) {}
                @if points.values.len() <= MARKED_POINTS_MAX { (mark(series, x + SWATCH_WIDTH / 2.0, y, None)) }
            }
            text x=(length(x + SWATCH_WIDTH + 8.0)) y=(length(y + 4.5)) { (points.name) }
        }
    };
    (markup, row + LEGEND_ROW_HEIGHT + 6.0)
}
