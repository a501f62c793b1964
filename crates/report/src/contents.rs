//! The list of contents: what the page has, with links.

use docmill_contract::analysis::Analysis;
use maud::{Markup, html};

use crate::shown::cut;
use crate::{documents, sections};

/// Characters of a title in the list.
const TITLE_CHARACTERS_MAX: usize = 80;
/// Titles below one heading; a page with more is read from the top.
const TITLES_MAX: usize = 100;

/// The list, where there is more than findings and documents.
pub(crate) fn list(analysis: &Analysis) -> Markup {
    let figures: Vec<(String, &str)> = (1..)
        .zip(&analysis.figures)
        .map(|(number, figure)| (format!("figure-{number}"), figure.title.as_str()))
        .collect();
    let sections: Vec<(String, &str)> =
        sections::anchored(analysis).map(|(anchor, section)| (anchor, section.title.as_str())).collect();
    html! {
        @if !figures.is_empty() || !sections.is_empty() {
            nav.contents aria-label="Contents" {
                ul {
                    @if analysis.narrative.is_some() { li { a href="#narrative" { "In words" } } }
                    li { a href="#findings" { "Findings" } }
                    (titles("figures", "Figures", &figures))
                    (titles("analyses", "Analyses", &sections))
                    @if documents::are_listed(analysis) { li { a href="#documents" { "Documents" } } }
                }
            }
        }
    }
}

/// A heading with its titles folded: findings come first, and are to be seen without turning the page.
fn titles(anchor: &str, heading: &str, titles: &[(String, &str)]) -> Markup {
    html! {
        @if !titles.is_empty() {
            li {
                details {
                    summary { a href=(format!("#{anchor}")) { (heading) } span.remark { (titles.len()) } }
                    ul {
                        @for (anchor, title) in titles.iter().take(TITLES_MAX) {
                            li { a href=(format!("#{anchor}")) { (cut(title, TITLE_CHARACTERS_MAX)) } }
                        }
                    }
                }
            }
        }
    }
}
