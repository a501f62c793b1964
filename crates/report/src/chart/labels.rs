//! The labels below a chart, none of which may lie over another: level where they fit, every second or tenth of them
//! where they follow an order that people can go on with (numbers, months, days), slanted where they are names.

use maud::{Markup, html};

use super::frame::Frame;
use crate::numbers::{length, position};
use crate::shown::cut;

/// Characters of a slanted label.
const CHARACTERS_MAX: usize = 20;
/// How far a slanted label of [`CHARACTERS_MAX`] reaches to the left of, and below, its position.
pub(super) const REACH: f64 = 104.0;
/// The width that a slanted line of text needs.
const SLANTED_SLOT: f64 = 18.0;
/// What keeps neighbours apart.
const GAP: f64 = 10.0;

/// What stands where.
pub(super) struct Labels {
    texts: Vec<(usize, String)>,
    slanted: bool,
    /// Room below the plot.
    pub(super) height: f64,
}

impl Labels {
    /// Labels for positions that are `slot` wide.
    pub(super) fn place(labels: &[String], slot: f64) -> Self {
        let slanted = is_slanted(labels, slot);
        let needed = if slanted { SLANTED_SLOT } else { widest(labels) + GAP };
        // The first of as many as fit, then the next that fits.
        let mut texts = Vec::new();
        let mut free = 0.0;
        for (at, label) in labels.iter().enumerate() {
            let here = position(at) * slot;
            if here + 0.01 >= free {
                texts.push((at, cut(label, CHARACTERS_MAX)));
                free = here + needed;
            }
        }
        let longest = texts.iter().map(|(_, text)| words_width(text)).fold(0.0, f64::max);
        let height = if slanted { (longest * 0.7 + 18.0).min(REACH + 12.0) } else { 22.0 };
        Self { texts: evenly(texts), slanted, height }
    }

    pub(super) fn markup(&self, frame: &Frame) -> Markup {
        html! {
            @for (at, text) in &self.texts {
                @let (x, y) = (length(frame.x(*at)), length(frame.base + 16.0));
                @if self.slanted {
                    text.tick x=(x) y=(y) text-anchor="end" transform=(format!("rotate(-40 {x} {y})")) { (text) }
                } @else {
                    text.tick x=(x) y=(y) text-anchor="middle" { (text) }
                }
            }
        }
    }
}

/// Every so-manieth label, as the first two that are shown lie apart.
fn evenly(texts: Vec<(usize, String)>) -> Vec<(usize, String)> {
    let step = texts.windows(2).filter_map(|pair| match pair {
        [(one, _), (next, _)] => Some(next - one),
        _ => None,
    });
    let step = step.max().unwrap_or(1).max(1);
    if step == 1 {
        return texts;
    }
    texts
        .first()
        .map(|first| first.0)
        .into_iter()
        .flat_map(|first| texts.iter().filter(move |(at, _)| (at - first) % step == 0).cloned())
        .collect()
}

/// Whether labels over a plot of this width will be slanted.
pub(super) fn will_be_slanted(labels: &[String], plot_width: f64) -> bool {
    is_slanted(labels, plot_width / position(labels.len().max(1)))
}

fn is_slanted(labels: &[String], slot: f64) -> bool {
    widest(labels) + GAP > slot && !labels.iter().all(|label| is_ordered(label))
}

/// A number, a month or a day: who sees every third knows the others.
fn is_ordered(label: &str) -> bool {
    label.starts_with(|first: char| first.is_ascii_digit())
        && label.chars().all(|character| character.is_ascii_digit() || matches!(character, '-' | '.'))
}

fn widest(labels: &[String]) -> f64 {
    labels.iter().map(|label| words_width(&cut(label, CHARACTERS_MAX))).fold(0.0, f64::max)
}

/// About how wide a text is in the size of ticks: no font is at hand here, so on the wide side.
pub(super) fn words_width(text: &str) -> f64 {
    let width = |character: char| match character {
        '\u{202f}' | '.' | ',' | 'i' | 'l' | '-' | '\'' | ' ' => 3.9,
        'M' | 'W' | 'm' | 'w' | '%' | '@' => 10.5,
        'A'..='Z' => 8.4,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{ffff}' => 12.0,
        _ => 7.0,
    };
    text.chars().map(width).sum()
}
