//! How the document writes, a sentence for each of languages, numbers and dates.

use docmill_pdf::Conventions;
use docmill_pdf::conventions::{Evidence, LanguageSource};

use super::super::names;

/// The sentences, each with its evidence.
pub(super) fn sentences(Conventions { numbers, dates, languages }: &Conventions) -> Vec<String> {
    let mut sentences = Vec::new();
    for language in languages {
        let tag = &language.tag;
        sentences.push(match &language.source {
            LanguageSource::Stated => format!("language: {tag}, as the file states"),
            LanguageSource::Text { pages, letters, confidence } => {
                let pages = pages.len();
                format!(
                    "language: {tag}, by {letters} letters on {pages} of its pages ({confidence:.2} sure)"
                )
            }
        });
    }
    let marks = [(names::COMMA, &numbers.comma), (names::POINT, &numbers.point)];
    let found = names::finding(numbers.decimal_mark, names::decimal_mark);
    sentences.push(sentence("decimal mark", found, marks));
    let groups = numbers.groupings.iter().map(|(&by, evidence)| (names::grouping(by), evidence));
    sentences.push(sentence("group mark", names::finding(numbers.grouping, names::grouping), groups));
    let forms = dates.forms.iter().map(|(&form, evidence)| (names::date_form(form), evidence));
    sentences.push(sentence("order of dates", names::finding(dates.order, names::date_parts), forms));
    sentences
}

/// `decimal mark: comma (comma 12, as 1.234,50 on page 1)`
fn sentence<'a>(
    what: &str,
    found: Option<&str>,
    evidence: impl IntoIterator<Item = (&'static str, &'a Evidence)>,
) -> String {
    let told: Vec<String> = evidence
        .into_iter()
        .filter_map(|(name, evidence)| {
            let example = evidence.examples.first()?;
            Some(format!("{name} {}, as {} on page {}", evidence.count, example.text, example.page))
        })
        .collect();
    match found {
        None => format!("{what}: nothing shows it"),
        Some(found) => format!("{what}: {found} ({})", told.join("; ")),
    }
}
