//! What a specification asks for besides columns and equations: one section of the report for each analysis.
//!
//! Called by the reports, over records that were decoded to columns. Each kind of analysis is a module: it takes what it needs
//! of the [`Frame`], lets `docmill-statistics` do the arithmetic, and says what came out as tables, charts and findings.

mod benford;
mod concentration;
mod correlation;
mod cut_off;
mod described;
mod frame;
mod gaps;
mod interval;
mod invoice_totals;
mod layout;
mod monthly;
mod near_duplicates;
mod outliers;
mod partition;
mod pivot;
mod rates;
mod rejected;
mod tables;

use docmill_contract::analysis::{Finding, Severity};
use docmill_contract::section::Section;
use docmill_contract::spec::{AnalysisSpec, Method, Study};

pub(crate) use described::figures;
pub(crate) use frame::{Frame, Keys, Measure, Witness};
pub(crate) use layout::{layout, pointers, usable};
pub(crate) use rejected::rejected;

/// An analysis that can't be made of these records, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfit(pub(crate) String);

/// What an analysis came to.
pub(crate) struct Studied {
    pub(crate) section: Section,
    pub(crate) findings: Vec<Finding>,
}

/// An analysis with what names it.
pub(crate) struct Named<'a> {
    pub(crate) id: String,
    pub(crate) title: Option<&'a str>,
    pub(crate) method: &'a Method,
}

/// The sections of all analyses asked for, in their order, and what they found.
pub(crate) fn studies(frame: &Frame<'_>, spec: &AnalysisSpec) -> (Vec<Section>, Vec<Finding>) {
    let mut sections = Vec::new();
    let mut findings = Vec::new();
    for named in named(&spec.analyses) {
        match studied(frame, &named) {
            Ok(studied) => {
                sections.push(studied.section);
                findings.extend(studied.findings);
            }
            Err(Unfit(why)) => findings.push(Finding {
                rule: named.id.clone(),
                severity: Severity::Warning,
                message: format!(
                    "The analysis `{}` ({}) was not made: {why}.",
                    named.id,
                    named.method.kind()
                ),
                expected: None,
                found: None,
                places: Vec::new(),
            }),
        }
    }
    (sections, findings)
}

/// Each analysis with its id: the kind and a number where it has none, or where another has the same.
fn named(studies: &[Study]) -> Vec<Named<'_>> {
    let mut named: Vec<Named<'_>> = Vec::new();
    for (position, study) in studies.iter().enumerate() {
        let id = study.id.clone().filter(|id| !named.iter().any(|other| other.id == *id));
        named.push(Named {
            id: id.unwrap_or_else(|| format!("{}-{}", study.method.kind(), position + 1)),
            title: study.title.as_deref(),
            method: &study.method,
        });
    }
    named
}

fn studied(frame: &Frame<'_>, named: &Named<'_>) -> Result<Studied, Unfit> {
    match named.method {
        Method::Concentration { of, by } => concentration::study(frame, named, of, by),
        Method::Pivot { of, rows, columns } => pivot::study(frame, named, of, rows, columns),
        Method::Outliers { of, by, rule, group_min } => {
            outliers::study(frame, named, of, by.as_deref(), *rule, *group_min)
        }
        Method::Benford { of, digits } => benford::study(frame, named, of, *digits),
        Method::NearDuplicates { of, date, days_max, text, edits_max, reversed } => {
            let near = near_duplicates::Near {
                date: date.as_deref(),
                days_max: *days_max,
                text: text.as_deref(),
                edits_max: *edits_max,
                reversed: *reversed,
            };
            near_duplicates::study(frame, named, of, &near)
        }
        Method::Gaps { of, by } => gaps::study(frame, named, of, by.as_deref()),
        Method::Monthly { of, date } => monthly::study(frame, named, of, date),
        Method::CutOff { of, date, days } => cut_off::study(frame, named, of, date, *days),
        Method::Correlation { of, with } => correlation::study(frame, named, of, with),
        Method::Interval { of, by, statistic, replicates, seed } => {
            let how = interval::How { statistic: *statistic, replicates: *replicates, seed: *seed };
            interval::study(frame, named, of, by.as_deref(), how)
        }
        Method::InvoiceTotals(totals) => invoice_totals::study(frame, named, totals),
    }
}
