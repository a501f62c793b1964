//! What the specification's analyses came to: for each its sentence, pictures, tables, and how it was computed.
//!
//! One shape for all kinds. Parameters and counts stand below the numbers, small: they are for who computes them again.

use docmill_contract::analysis::{Analysis, Counts};
use docmill_contract::section::Section;
use maud::{Markup, html};

use crate::chart::chart;
use crate::numbers::{count, of};
use crate::section_table::table;
use crate::shown::{cut, shown};

/// Sections on the page; the JSON has all.
const SECTIONS_MAX: usize = 200;
/// Charts and tables of one section on the page; an analysis makes a handful.
const CHARTS_MAX: usize = 12;
const TABLES_MAX: usize = 24;
/// Characters of a summary or note, which may be longer than a value.
const SENTENCE_CHARACTERS_MAX: usize = 1_000;

/// All sections.
pub(crate) fn section(analysis: &Analysis) -> Markup {
    let more = analysis.sections.len().saturating_sub(SECTIONS_MAX);
    html! {
        @if !analysis.sections.is_empty() {
            section #analyses {
                h2 { "Analyses" }
                @for (anchor, section) in anchored(analysis).take(SECTIONS_MAX) { (article(&anchor, section)) }
                @if more > 0 { p.empty { (of(u64::try_from(more).unwrap_or(u64::MAX), "more analysis is", "more analyses are")) " in the JSON." } }
            }
        }
    }
}

/// Each section with its place on the page.
pub(crate) fn anchored(analysis: &Analysis) -> impl Iterator<Item = (String, &Section)> {
    (1..).zip(&analysis.sections).map(|(number, section)| (format!("analysis-{number}"), section))
}

/// Where the section of this id is on the page.
pub(crate) fn anchor_of(analysis: &Analysis, id: &str) -> Option<String> {
    anchored(analysis).take(SECTIONS_MAX).find(|(_, section)| section.id == id).map(|(anchor, _)| anchor)
}

fn article(anchor: &str, section: &Section) -> Markup {
    html! {
        article.analysis id=(anchor) aria-labelledby=(format!("{anchor}-title")) {
            h3 id=(format!("{anchor}-title")) { (shown(&section.title)) " " code.rule { (shown(&section.id)) } }
            p.summary { (cut(&section.summary, SENTENCE_CHARACTERS_MAX)) }
            @for (number, drawn) in section.charts.iter().take(CHARTS_MAX).enumerate() { (chart(&format!("{anchor}-chart-{number}"), drawn)) }
            @for listed in section.tables.iter().take(TABLES_MAX) { (table(listed, !section.charts.is_empty())) }
            (left_out(section.charts.len().saturating_sub(CHARTS_MAX), "more chart is", "more charts are"))
            (left_out(section.tables.len().saturating_sub(TABLES_MAX), "more table is", "more tables are"))
            @if !section.notes.is_empty() {
                ul.notes { @for note in &section.notes { li { (cut(note, SENTENCE_CHARACTERS_MAX)) } } }
            }
            p.method { (counts(&section.counts)) (parameters(section)) }
        }
    }
}

fn left_out(more: usize, one: &str, several: &str) -> Markup {
    html! { @if more > 0 { p.empty { (of(u64::try_from(more).unwrap_or(u64::MAX), one, several)) " in the JSON." } } }
}

/// How many values were used, and why the others weren't.
fn counts(counts: &Counts) -> Markup {
    html! {
        "Computed from " (of(counts.used, "value", "values"))
        @if counts.used != counts.total { " of " (count(counts.total)) }
        @if counts.missing > 0 { ", " (count(counts.missing)) " missing" }
        @if counts.rejected > 0 { ", " (count(counts.rejected)) " left out as no exact value within range" }
        ". "
    }
}

fn parameters(section: &Section) -> Markup {
    html! {
        code { (shown(&section.kind)) }
        @for (name, value) in &section.parameters { " · " code { (shown(name)) } " " (shown(value)) }
    }
}
