//! What a model wrote about the analysis, where one was asked: said to be its words, with the lines they were checked
//! against below them.

use docmill_contract::narrative::{DropReason, Narrative};
use maud::{Markup, html};

use crate::numbers::{count, of};
use crate::shown::{cut, shown};

/// Sentences on the page; a narrative of docmill's own has far fewer.
const SENTENCES_MAX: usize = 50;
/// Lines below one sentence.
const FACTS_MAX: usize = 20;
/// Characters of a sentence or a line.
const CHARACTERS_MAX: usize = 1_000;

/// The section.
pub(crate) fn section(narrative: &Narrative) -> Markup {
    let kept = count(narrative.written().saturating_sub(narrative.dropped()));
    html! {
        section #narrative aria-labelledby="narrative-title" {
            h2 #narrative-title { "In words" }
            p.written {
                "Written by a language model, " bdi { (shown(&narrative.model)) } ", and checked: every figure in these sentences was computed, "
                "and stands in the lines below them. What they say about the figures is the model's. "
                (kept) " of " (of(narrative.written(), "sentence", "sentences")) " kept" (reasons(narrative)) "."
            }
            @if narrative.sentences.is_empty() { p.empty { "Nothing that the model wrote could be kept." } }
            @else {
                ol.narrative {
                    @for sentence in narrative.sentences.iter().take(SENTENCES_MAX) {
                        li {
                            p { bdi { (cut(&sentence.text, CHARACTERS_MAX)) } }
                            details {
                                summary { "Checked against " (of(u64::try_from(sentence.facts.len()).unwrap_or(u64::MAX), "line", "lines")) }
                                ul.notes { @for fact in sentence.facts.iter().take(FACTS_MAX) { li { bdi { (cut(fact, CHARACTERS_MAX)) } } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Why the others weren't kept.
fn reasons(narrative: &Narrative) -> Markup {
    let said: Vec<String> = narrative
        .dropped
        .iter()
        .map(|dropped| format!("{} {}", count(dropped.sentences), said(dropped.reason)))
        .collect();
    html! { @if !said.is_empty() { "; dropped: " (said.join(", ")) } }
}

fn said(reason: DropReason) -> &'static str {
    match reason {
        DropReason::Length => "too long, too many or said before",
        DropReason::Markup => "with markup or a link",
        DropReason::Accusation => "with an accusation",
        DropReason::Instruction => "with an instruction",
        DropReason::Unfounded => "without a line of the analysis",
        DropReason::Figure => "with a figure that isn't in the lines named",
        DropReason::Date => "with a date that isn't in the analysis",
    }
}
