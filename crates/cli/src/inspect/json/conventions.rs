//! How the document writes, with its evidence, in the JSON of `docmill inspect`.

use std::collections::BTreeMap;

use docmill_pdf::Conventions;
use docmill_pdf::conventions::{Evidence, Example, Language, LanguageSource};
use serde::Serialize;

use super::super::names;
use super::corners;

#[derive(Debug, Serialize)]
pub(super) struct ConventionsView<'a> {
    languages: Vec<LanguageView<'a>>,
    number_notation: NumbersView<'a>,
    date_order: DatesView<'a>,
}

/// A language that the file states, or that its text is in; what only a text has is null for a stated one.
#[derive(Debug, Serialize)]
struct LanguageView<'a> {
    language: &'a str,
    source: &'static str,
    pages: Option<&'a [u32]>,
    letters: Option<u64>,
    confidence: Option<f64>,
}

/// `ambiguous` where the evidence speaks for more than one mark, null where there is none.
#[derive(Debug, Serialize)]
struct NumbersView<'a> {
    decimal_mark: Option<&'static str>,
    decimal_marks: BTreeMap<&'static str, EvidenceView<'a>>,
    group_mark: Option<&'static str>,
    group_marks: BTreeMap<&'static str, EvidenceView<'a>>,
}

/// `ambiguous` where the evidence speaks for more than one order, null where there is none.
#[derive(Debug, Serialize)]
struct DatesView<'a> {
    order: Option<&'static str>,
    dates: BTreeMap<&'static str, EvidenceView<'a>>,
}

#[derive(Debug, Serialize)]
struct EvidenceView<'a> {
    count: u32,
    examples: Vec<ExampleView<'a>>,
}

#[derive(Debug, Serialize)]
struct ExampleView<'a> {
    page: u32,
    text: &'a str,
    #[serde(rename = "box")]
    bounds: [f32; 4],
}

impl<'a> ConventionsView<'a> {
    pub(super) fn of(Conventions { numbers, dates, languages }: &'a Conventions) -> Self {
        let marks = [(names::COMMA, &numbers.comma), (names::POINT, &numbers.point)];
        let groups = numbers.groupings.iter();
        let forms = dates.forms.iter();
        Self {
            languages: languages.iter().map(language).collect(),
            number_notation: NumbersView {
                decimal_mark: names::finding(numbers.decimal_mark, names::decimal_mark),
                decimal_marks: marks.map(|(name, found)| (name, evidence(found))).into(),
                group_mark: names::finding(numbers.grouping, names::grouping),
                group_marks: groups.map(|(&by, found)| (names::grouping(by), evidence(found))).collect(),
            },
            date_order: DatesView {
                order: names::finding(dates.order, names::date_parts),
                dates: forms.map(|(&form, found)| (names::date_form(form), evidence(found))).collect(),
            },
        }
    }
}

fn language(Language { tag, source }: &Language) -> LanguageView<'_> {
    match source {
        LanguageSource::Stated => {
            LanguageView { language: tag, source: "stated", pages: None, letters: None, confidence: None }
        }
        LanguageSource::Text { pages, letters, confidence } => LanguageView {
            language: tag,
            source: "text",
            pages: Some(pages),
            letters: Some(*letters),
            confidence: Some(*confidence),
        },
    }
}

fn evidence(Evidence { count, examples }: &Evidence) -> EvidenceView<'_> {
    EvidenceView { count: *count, examples: examples.iter().map(example).collect() }
}

fn example(Example { page, text, bounds }: &Example) -> ExampleView<'_> {
    ExampleView { page: *page, text, bounds: corners(*bounds) }
}
