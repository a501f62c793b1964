//! The head of the page: which collection, and how far its documents can be trusted.

use docmill_contract::analysis::{Analysis, Coverage};
use maud::{Markup, html};

use crate::numbers::{approximate_count, count, length, of};
use crate::shown::shown;

/// The page's header.
pub(crate) fn header(analysis: &Analysis) -> Markup {
    let name = analysis.documents.first().map_or("", |line| line.name.as_str());
    html! {
        header {
            @match &analysis.document {
                Some(document) => {
                    p.kind { "Checks of a document in " (analysis.collection) }
                    h1 { (shown(name)) }
                    p.facts { "Document " code { (document) } " · revision " (analysis.revision) " · docmill " (shown(&analysis.docmill)) }
                }
                None => {
                    p.kind { "Report" }
                    h1 { (analysis.collection) }
                    p.facts {
                        (of(analysis.covers.outcomes, "document", "documents"))
                        @if judged(&analysis.covers) { " · revision " (analysis.revision) }
                        " · docmill " (shown(&analysis.docmill))
                    }
                }
            }
            // Of one document, the table below says as much.
            @if analysis.document.is_none() && judged(&analysis.covers) { (coverage(analysis)) }
        }
    }
}

/// Whether there are verdicts to show. Records from a file have none.
fn judged(covers: &Coverage) -> bool {
    covers.outcomes == 0 || covers.verified + covers.needs_review + covers.failed > 0
}

fn coverage(analysis: &Analysis) -> Markup {
    let covers = &analysis.covers;
    let proved: u64 = analysis.documents.iter().map(|line| line.values_verified).sum();
    let values: u64 = analysis.documents.iter().map(|line| line.values).sum();
    let pages: u64 = analysis.documents.iter().map(|line| u64::from(line.pages)).sum();
    html! {
        (stacked(covers))
        dl.tiles {
            (tile("verified", "Verified", &count(covers.verified), "every value is proved"))
            (tile("review", "Needs review", &count(covers.needs_review), "a person should settle something"))
            (tile("failed", "Failed", &count(covers.failed), "no record"))
            (tile("", "Values proved", &count(proved), &format!("of {} on {}", of(values, "value", "values"), of(pages, "page", "pages"))))
        }
    }
}

fn tile(class: &str, name: &str, number: &str, remark: &str) -> Markup {
    html! {
        div.tile {
            dt { @if !class.is_empty() { span class=(format!("dot {class}")) {} } (name) }
            dd { span.number { (number) } span.remark { (remark) } }
        }
    }
}

/// One bar, cut in the proportions of the verdicts.
fn stacked(covers: &Coverage) -> Markup {
    let parts = [
        ("verified", "verified", covers.verified),
        ("review", "in need of review", covers.needs_review),
        ("failed", "failed", covers.failed),
    ];
    let all = approximate_count(covers.outcomes.max(1));
    let said: Vec<String> =
        parts.iter().map(|(_, name, number)| format!("{} {name}", count(*number))).collect();
    let mut left = 0.0;
    let mut drawn = Vec::new();
    for (class, name, number) in parts {
        let width = approximate_count(number) / all * 1000.0;
        drawn.push((class, name, number, left, width));
        left += width;
    }
    html! {
        svg.stacked role="img" viewBox="0 0 1000 14" preserveAspectRatio="none" {
            title { "Documents: " (said.join(", ")) }
            rect.track x="0" y="0" width="1000" height="14" {}
            @for (class, name, number, left, width) in drawn {
                @if number > 0 {
                    rect class=(class) x=(length(left)) y="0" width=(length(width)) height="14" {
                        title { (count(number)) " " (name) }
                    }
                }
            }
        }
    }
}
