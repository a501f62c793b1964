//! The table of documents: those a person has to do something about first.

use docmill_contract::analysis::{Analysis, DocumentLine};
use docmill_contract::outcome::Status;
use maud::{Markup, html};

use crate::numbers::{count, of};
use crate::shown::shown;

/// Documents on the page; the CSV has all.
const DOCUMENTS_MAX: usize = 5_000;

/// Whether there is anything to list: records from a file are only counted.
pub(crate) fn are_listed(analysis: &Analysis) -> bool {
    !analysis.documents.is_empty() || analysis.covers.outcomes == 0
}

/// The section.
pub(crate) fn section(analysis: &Analysis) -> Markup {
    let mut lines: Vec<&DocumentLine> = analysis.documents.iter().collect();
    // The sort is stable: within a verdict, by id.
    lines.sort_by_key(|line| match line.status {
        Status::Failed => 0,
        Status::NeedsReview => 1,
        Status::Verified => 2,
    });
    let more = lines.len().saturating_sub(DOCUMENTS_MAX);
    lines.truncate(DOCUMENTS_MAX);
    html! {
        section #documents {
            h2 { "Documents" }
            div.wide tabindex="0" {
                table.documents {
                    caption { (of(analysis.covers.outcomes, "document", "documents"))
                        @if analysis.covers.outcomes > 1 { ", failed ones first, then those in need of review" } }
                    thead {
                        tr {
                            th scope="col" { "Document" }
                            th scope="col" { "Verdict" }
                            th scope="col" { "Profile" }
                            th.number scope="col" { "Pages" }
                            th.number scope="col" { "Values proved" }
                            th.number scope="col" { "Findings" }
                        }
                    }
                    tbody { @for line in lines { (row(line)) } }
                }
            }
            @if more > 0 { p.empty { (of(u64::try_from(more).unwrap_or(u64::MAX), "more document is", "more documents are")) " in the CSV table." } }
        }
    }
}

fn row(line: &DocumentLine) -> Markup {
    let (class, verdict) = match line.status {
        Status::Verified => ("verified", "verified"),
        Status::NeedsReview => ("review", "needs review"),
        Status::Failed => ("failed", "failed"),
    };
    html! {
        tr id=(format!("document-{}", line.document)) {
            th scope="row" {
                bdi { (shown(&line.name)) }
                @if line.name != line.document.as_str() { code.id { (line.document) } }
                @if let Some(failure) = &line.failure { p.failure { (shown(failure)) } }
            }
            td { span class=(format!("verdict {class}")) { (verdict) } }
            td { (line.profile.as_deref().map_or_else(|| "–".to_owned(), shown)) }
            td.number { (count(u64::from(line.pages))) }
            td.number { (count(line.values_verified)) " / " (count(line.values)) }
            td.number { @if line.findings == 0 { "–" } @else { (count(line.findings)) } }
        }
    }
}
