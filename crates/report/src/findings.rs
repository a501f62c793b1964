//! The findings, the most severe first, each with the places where a person can see for themselves.

use std::collections::HashMap;

use docmill_contract::analysis::{Analysis, Finding, Place, Severity};
use maud::{Markup, html};

use crate::evidence;
use crate::numbers::{grouped, of};
use crate::pictures::Pictures;
use crate::sections::anchor_of;
use crate::shown::shown;

/// Findings on the page; the CSV has all.
const FINDINGS_MAX: usize = 2_000;

/// Places that are seen at once; the others unfold.
const PLACES_OPEN: usize = 6;

/// The section.
pub(crate) fn section(analysis: &Analysis, pictures: &Pictures) -> Markup {
    let listed = analysis.findings.get(..FINDINGS_MAX).unwrap_or(&analysis.findings);
    let more = analysis.findings.len() - listed.len();
    html! {
        section #findings {
            h2 { "Findings" }
            @if listed.is_empty() { p.empty { "Nothing was found that a person should look at." } }
            @for (severity, class, one, several) in [
                (Severity::Error, "error", "error", "errors"),
                (Severity::Warning, "warning", "warning", "warnings"),
                (Severity::Info, "info", "note", "notes"),
            ] {
                @let all = analysis.findings.iter().filter(|finding| finding.severity == severity).count();
                @if all > 0 {
                    h3 class=(class) { (of(u64::try_from(all).unwrap_or(u64::MAX), one, several)) }
                    ol.findings {
                        @for said in said_once(listed.iter().filter(|finding| finding.severity == severity)) { (card(class, &said, analysis, pictures)) }
                    }
                }
            }
            @if more > 0 { p.empty { (of(u64::try_from(more).unwrap_or(u64::MAX), "more finding is", "more findings are")) " in the CSV table." } }
        }
    }
}

/// A finding, with the places of all that say the same.
struct Said<'a> {
    finding: &'a Finding,
    places: Vec<&'a Place>,
}

/// Findings that differ in nothing but their places are said once, where the first of them stands: thirty encrypted
/// documents are one thing to do.
fn said_once<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Said<'a>> {
    let mut said: Vec<Said<'a>> = Vec::new();
    let mut known = HashMap::new();
    for finding in findings {
        let words = (&finding.rule, &finding.message, &finding.expected, &finding.found);
        let position = *known.entry(words).or_insert(said.len());
        match said.get_mut(position) {
            Some(same) => same.places.extend(&finding.places),
            None => said.push(Said { finding, places: finding.places.iter().collect() }),
        }
    }
    said
}

fn card(class: &str, said: &Said<'_>, analysis: &Analysis, pictures: &Pictures) -> Markup {
    let finding = said.finding;
    let rule = html! { code.rule { (shown(&finding.rule)) } };
    let (open, folded) = said.places.split_at(said.places.len().min(PLACES_OPEN));
    html! {
        li class=(format!("finding {class}")) {
            p.message {
                (shown(&finding.message)) " "
                // What an analysis found leads to its tables.
                @match anchor_of(analysis, &finding.rule) {
                    Some(anchor) => a href=(format!("#{anchor}")) { (rule) },
                    None => (rule),
                }
            }
            @if finding.expected.is_some() || finding.found.is_some() {
                dl.compared {
                    @if let Some(expected) = &finding.expected { div { dt { "Expected" } dd { (shown(&grouped(expected))) } } }
                    @if let Some(found) = &finding.found { div { dt { "Found" } dd { (shown(&grouped(found))) } } }
                }
            }
            (places(open))
            @if !folded.is_empty() {
                details {
                    summary { (of(u64::try_from(folded.len()).unwrap_or(u64::MAX), "more place", "more places")) }
                    (places(folded))
                }
            }
            (evidence::of(&said.places, pictures))
        }
    }
}

/// Places by document, each named once.
fn places(places: &[&Place]) -> Markup {
    html! {
        @if !places.is_empty() {
            ul.places {
                @for of_document in places.chunk_by(|left, right| left.document == right.document) {
                    li {
                        @if let Some(first) = of_document.first() {
                            a href=(format!("#document-{}", first.document)) { bdi { (shown(&first.name)) } }
                        }
                        @match of_document {
                            [only] => (place(only)),
                            several => { ul { @for listed in several { li { (place(listed)) } } } }
                        }
                    }
                }
            }
        }
    }
}

/// Which page, which value, what is printed there, and where.
fn place(place: &Place) -> Markup {
    html! {
        @if let Some(page) = place.page { span.page { " page " (page) } }
        @if let Some(pointer) = &place.pointer { " " code.pointer { (shown(pointer)) } }
        @if let Some(text) = &place.text { " " q { bdi { (shown(text)) } } }
        @if let Some([x0, y0, x1, y1]) = place.bounds {
            " " span.box title="Points from the page's top left" { (format!("at {x0:.0}, {y0:.0} to {x1:.0}, {y1:.0}")) }
        }
    }
}
