//! The page around the sections.

use docmill_contract::analysis::Analysis;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::pictures::Pictures;
use crate::{contents, coverage, documents, evidence, figures, findings, narrated, sections};

const STYLE: &str = include_str!("page.css");

/// Nothing is loaded and nothing runs, whatever a document may have smuggled in.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";
/// The same with pictures that the page itself holds. Nothing is fetched for them.
const POLICY_WITH_PICTURES: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// The whole page.
pub(crate) fn page(analysis: &Analysis, pictures: &Pictures) -> Markup {
    let policy = if pictures.is_empty() { POLICY } else { POLICY_WITH_PICTURES };
    let title = match &analysis.document {
        Some(document) => format!("{document} in {}", analysis.collection),
        None => analysis.collection.to_string(),
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – docmill" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (coverage::header(analysis))
                    (contents::list(analysis))
                    @if let Some(narrative) = &analysis.narrative { (narrated::section(narrative)) }
                    (findings::section(analysis, pictures))
                    (figures::section(analysis))
                    (sections::section(analysis))
                    @if documents::are_listed(analysis) { (documents::section(analysis)) }
                    (method())
                    (evidence::held(pictures))
                }
            }
        }
    }
}

/// How the numbers were computed, for those who want to compute them again.
fn method() -> Markup {
    html! {
        footer {
            p {
                "Numbers are computed in exact decimals, never across currencies, and never by a language model. Sums, "
                "extremes and quartiles (type 7 of Hyndman and Fan) are exact; mean and standard deviation (n − 1) are rounded "
                "half away from zero to the decimals shown. SD is the sample standard deviation, Q1 and Q3 are the quartiles, and MAD "
                "is the median absolute deviation from the median, not scaled."
            }
            p { "Places are given in points from the top left of the page." }
        }
    }
}
