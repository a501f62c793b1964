//! A section's chart: bars, lines, and lines of shares against a second axis, over the same labels.
//!
//! Called by `sections`. One picture for every kind of analysis: what is drawn is said by the contract's [`Chart`], how
//! by this. Colours can be told apart by colour-blind people (Okabe and Ito, 2008), and no series is told by its colour
//! alone: bars differ in their hatching, lines in their dashes and marks. The table below a chart has all its numbers.

mod frame;
mod labels;
mod marks;
mod scale;

use docmill_contract::section::{Chart, Drawn, Series};
use maud::{Markup, html};

use crate::numbers::{count, grouped, length, position};
use crate::shown::{cut, shown};
use frame::Frame;
use labels::Labels;
use scale::Scale;

/// Positions in one chart: more would be thinner than a pixel of a printed page. The table has all.
const POSITIONS_MAX: usize = 240;
/// Series in one chart: more can't be told apart.
const SERIES_MAX: usize = 6;
/// Characters of a series' name in the legend.
const NAME_CHARACTERS_MAX: usize = 40;

/// The chart, and below it what was left out. `id` is unique on the page.
pub(crate) fn chart(id: &str, chart: &Chart) -> Markup {
    let labels = chart.labels.get(..POSITIONS_MAX).unwrap_or(&chart.labels);
    let series = chart.series.get(..SERIES_MAX).unwrap_or(&chart.series);
    let drawn: Vec<Points<'_>> = series.iter().map(|series| Points::of(series, labels.len())).collect();
    let is_empty = !drawn.iter().flat_map(|points| &points.values).any(Option::is_some);
    let title = shown(&chart.title);
    html! {
        figure {
            figcaption {
                (title)
                @if labels.len() < chart.labels.len() { ", the first " (count_of(labels)) " of " (count_of(&chart.labels)) }
                @if series.len() < chart.series.len() { ", " (count_of(series)) " of " (count_of(&chart.series)) " series" }
            }
            @if is_empty { p.empty { "There is nothing to draw." } }
            @else { div.scroll role="group" aria-label=(title) tabindex="0" { (picture(id, &title, chart, labels, &drawn)) } }
        }
    }
}

fn count_of<T>(items: &[T]) -> String {
    count(u64::try_from(items.len()).unwrap_or(u64::MAX))
}

/// A series ready to be drawn.
pub(crate) struct Points<'a> {
    name: String,
    drawn: Drawn,
    /// As they were given.
    texts: Vec<Option<&'a str>>,
    /// For geometry.
    values: Vec<Option<f64>>,
}

impl<'a> Points<'a> {
    fn of(series: &'a Series, positions: usize) -> Self {
        let text = |position| series.values.get(position).and_then(Option::as_deref);
        let texts: Vec<Option<&str>> = (0..positions).map(text).collect();
        // A quarter of the largest float, so that no span of two values is infinite. What is no number isn't drawn.
        let value = |text: &str| {
            let value: Option<f64> = text.parse().ok();
            value.filter(|value| !value.is_nan()).map(|value| value.clamp(f64::MIN / 4.0, f64::MAX / 4.0))
        };
        let values = texts.iter().map(|text| text.and_then(value)).collect();
        Self { name: cut(&series.name, NAME_CHARACTERS_MAX), drawn: series.drawn, texts, values }
    }
}

fn picture(id: &str, title: &str, chart: &Chart, labels: &[String], drawn: &[Points<'_>]) -> Markup {
    let of = |share: bool| {
        let chosen = drawn.iter().filter(move |points| (points.drawn == Drawn::ShareLine) == share);
        chosen.flat_map(|points| points.values.iter().copied().flatten())
    };
    let (has_amounts, has_shares) = (of(false).next().is_some(), of(true).next().is_some());
    let scale = Scale::of(of(false));
    let legend = if drawn.len() > 1 { marks::legend(id, drawn) } else { (html! {}, 0.0) };
    let frame = Frame::new(&scale, has_amounts, has_shares, labels, legend.1);
    let placed = Labels::place(labels, frame.slot());
    let value_title = match &scale.unit {
        Some(unit) => format!("{} ({unit})", shown(&chart.value_axis)),
        None => shown(&chart.value_axis),
    };
    let height = frame.base + placed.height + 26.0;
    html! {
        svg.chart id=(id) role="img" aria-labelledby=(format!("{id}-title {id}-said"))
            viewBox=(format!("0 0 {} {}", length(frame::WIDTH), length(height))) {
            title id=(format!("{id}-title")) { (title) }
            desc id=(format!("{id}-said")) { (said(chart, labels, drawn)) }
            (marks::patterns(id, drawn))
            (legend.0)
            @if has_amounts {
                text.tick x="0" y=(length(frame.top - 14.0)) { (cut(&value_title, 90)) }
                @for &tick in &scale.ticks {
                    line.grid x1=(length(frame.left)) x2=(length(frame.right)) y1=(length(frame.y(tick))) y2=(length(frame.y(tick))) {}
                    text.tick x=(length(frame.left - 8.0)) y=(length(frame.y(tick) + 4.0)) text-anchor="end" { (scale.text(tick)) }
                }
            }
            @if has_shares {
                text.tick x=(length(frame::WIDTH)) y=(length(frame.top - 14.0)) text-anchor="end" { "Share" }
                @for percent in [0_u8, 25, 50, 75, 100] {
                    @let y = frame.share_y(f64::from(percent) / 100.0);
                    @if !has_amounts { line.grid x1=(length(frame.left)) x2=(length(frame.right)) y1=(length(y)) y2=(length(y)) {} }
                    text.tick x=(length(frame.right + 8.0)) y=(length(y + 4.0)) { (percent) " %" }
                }
            }
            (marks::bars(id, &frame, labels, drawn))
            @let zero = if has_amounts { frame.y(0.0) } else { frame.base };
            line.axis x1=(length(frame.left)) x2=(length(frame.right)) y1=(length(zero)) y2=(length(zero)) {}
            (marks::lines(&frame, labels, drawn))
            (placed.markup(&frame))
            text.tick x=(length(f64::midpoint(frame.left, frame.right))) y=(length(height - 6.0)) text-anchor="middle" {
                (cut(&chart.label_axis, 90))
            }
        }
    }
}

/// The picture in words, for who can't see it: what is drawn over what, and each series' largest value.
fn said(chart: &Chart, labels: &[String], drawn: &[Points<'_>]) -> String {
    let mut said = format!("{} over {}", shown(&chart.value_axis), shown(&chart.label_axis));
    if let (Some(first), Some(last)) = (labels.first(), labels.last()) {
        said.push_str(&format!(": {} positions, {} to {}.", count_of(labels), cut(first, 60), cut(last, 60)));
    }
    for points in drawn {
        let how = match points.drawn {
            Drawn::Bars => "bars",
            Drawn::Line => "a line",
            Drawn::ShareLine => "a line of shares",
        };
        let values = points.values.iter().enumerate();
        let known = values.filter_map(|(at, value)| value.map(|value| (at, value)));
        let largest = known.reduce(|best, next| if next.1 > best.1 { next } else { best });
        match largest.map(|(at, _)| at) {
            Some(at) => said.push_str(&format!(
                " {}, as {how}: the largest is {} at {}.",
                points.name,
                value_text(points, at),
                labels.get(at).map(|label| cut(label, 60)).unwrap_or_default()
            )),
            None => said.push_str(&format!(" {}: no value.", points.name)),
        }
    }
    said
}

/// A value in words: exact, a share as it is, in percent.
fn value_text(points: &Points<'_>, at: usize) -> String {
    let text = points.texts.get(at).copied().flatten().unwrap_or_default();
    if points.drawn == Drawn::ShareLine { crate::numbers::percent(text) } else { shown(&grouped(text)) }
}

/// Where the `index`-th of `all` equal parts of a whole begins, as a share of it.
fn part(index: usize, all: usize) -> f64 {
    position(index) / position(all.max(1))
}

#[cfg(test)]
mod tests;
