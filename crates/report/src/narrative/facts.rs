//! The lines that a model is shown of an analysis, and the figures, names and dates in each.
//!
//! The important first, so that the limit cuts the least: how far documents were read, how many findings there are, what each
//! analysis came to; then single findings, groups and rows from the top of their tables. Figures are known from the fields
//! of the contract, not from the text of a line: a group called "5 EUR" makes no figure of itself.

mod line;

use std::collections::{BTreeMap, BTreeSet};

use docmill_contract::analysis::{Analysis, Figure, FigureRow, Finding, Severity};
use docmill_contract::section::{CellKind, Section, Table};
use serde_json::json;

use super::currency;
use super::known::Unit;
use super::names::Names;
use super::pieces::When;
use super::{Question, SHOWN_BYTES_MAX};
use crate::shown::cut;
pub(super) use line::Line;

/// Rules that are counted one by one.
const RULES_MAX: usize = 20;
/// Single findings; those behind them are counted by their rule.
const FINDINGS_MAX: usize = 20;
/// Groups of one figure, the largest.
const GROUPS_MAX: usize = 5;
/// Rows of one table, from its top.
const ROWS_MAX: usize = 5;
/// Columns of one table.
const COLUMNS_MAX: usize = 12;
/// Tables of one section.
const TABLES_MAX: usize = 2;
/// Parameters of one analysis: thresholds, and what it is of.
const PARAMETERS_MAX: usize = 8;
/// Characters of one.
const PARAMETER_CHARACTERS_MAX: usize = 80;
/// Characters of a text out of a document, or of a sentence of docmill's.
const TEXT_CHARACTERS_MAX: usize = 240;

const SYSTEM: &str = include_str!("../../prompts/narrative.txt");

/// What a model is shown of an analysis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub(super) lines: Vec<Line>,
    pub(super) names: Names,
    pub(super) dates: BTreeSet<When>,
    /// Lines that the limit cut.
    pub(super) left_out: usize,
}

impl Facts {
    /// The facts of an analysis, within the limit.
    pub fn of(analysis: &Analysis) -> Self {
        let mut facts =
            Self { lines: Vec::new(), names: Names::default(), dates: BTreeSet::new(), left_out: 0 };
        facts.names.add(analysis.collection.as_str());
        let mut lines = vec![coverage(analysis), severities(analysis)];
        lines.extend(rules(&analysis.findings));
        lines.extend(analysis.sections.iter().map(summary));
        lines.extend(analysis.figures.iter().filter(|figure| figure.grouped_by.is_none()).flat_map(groups));
        lines.extend(analysis.findings.iter().take(FINDINGS_MAX).map(finding));
        lines.extend(analysis.figures.iter().filter(|figure| figure.grouped_by.is_some()).flat_map(groups));
        lines.extend(analysis.sections.iter().flat_map(rows));
        let mut bytes = 0;
        for line in lines {
            bytes += line.text.len();
            if bytes > SHOWN_BYTES_MAX {
                facts.left_out += 1;
                continue;
            }
            line.names.iter().for_each(|name| facts.names.add(name));
            facts.dates.extend(line.dates.iter().copied());
            facts.lines.push(line);
        }
        facts
    }

    /// The question that a model is asked.
    pub fn question(&self) -> Question {
        let mut user = String::from("FACTS\n");
        for (number, line) in (1..).zip(&self.lines) {
            // Written by hand, so that the members stand in this order whatever is built into the JSON library.
            user.push_str(&format!("{{\"fact\":{number},\"says\":{}}}\n", json!(line.text)));
        }
        if self.left_out > 0 {
            user.push_str(&format!("{{\"left_out\":{}}}\n", self.left_out));
        }
        user.push_str("END OF FACTS\n");
        let text = json!({"type": "string", "description": "One sentence."});
        let numbers =
            json!({"type": "array", "items": {"type": "integer"}, "description": "The facts it uses."});
        let sentence = json!({"type": "object", "additionalProperties": false, "required": ["text", "facts"],
            "properties": {"text": text, "facts": numbers}});
        let schema = json!({"type": "object", "additionalProperties": false, "required": ["sentences"],
            "properties": {"sentences": {"type": "array", "items": sentence}}});
        Question { system: SYSTEM.trim_end(), user, schema }
    }
}

fn count_of(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// How far the documents were read.
fn coverage(analysis: &Analysis) -> Line {
    let covers = &analysis.covers;
    let mut line = Line::of("Coverage");
    line.count("documents", covers.outcomes);
    // Records from a file have no verdicts.
    if covers.verified + covers.needs_review + covers.failed > 0 {
        line.count("verified", covers.verified).count("in need of review", covers.needs_review);
        line.count("failed", covers.failed);
        line.count("pages read", analysis.documents.iter().map(|line| u64::from(line.pages)).sum());
        line.count("values read", analysis.documents.iter().map(|line| line.values).sum());
        line.count("values proved", analysis.documents.iter().map(|line| line.values_verified).sum());
    }
    line
}

fn severities(analysis: &Analysis) -> Line {
    let of =
        |severity| count_of(analysis.findings.iter().filter(|finding| finding.severity == severity).count());
    let mut line = Line::of("Findings");
    line.count("in all", count_of(analysis.findings.len()));
    line.count("errors", of(Severity::Error)).count("warnings", of(Severity::Warning));
    line.count("notes", of(Severity::Info));
    line
}

/// How often each rule found something, in the order of the findings.
fn rules(findings: &[Finding]) -> Vec<Line> {
    let mut counts: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for (position, finding) in findings.iter().enumerate() {
        counts.entry(&finding.rule).or_insert((position, 0)).1 += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, (position, _))| *position);
    let line = |(rule, (_, count)): (&str, (usize, u64))| {
        let mut line = Line::of("Findings of a rule");
        line.name("rule", rule).count("findings", count);
        line
    };
    counts.into_iter().take(RULES_MAX).map(line).collect()
}

/// What an analysis came to.
fn summary(section: &Section) -> Line {
    let mut line = Line::of("Analysis");
    let currency = currency::only_in(&section.title);
    line.title("title", &section.title).text("kind", &section.kind);
    line.said("result", &cut(&section.summary, TEXT_CHARACTERS_MAX), currency);
    line.count("values used", section.counts.used);
    if section.counts.used != section.counts.total {
        line.count("of", section.counts.total);
    }
    for (key, value) in section.parameters.iter().take(PARAMETERS_MAX) {
        line.said(key, &cut(value, PARAMETER_CHARACTERS_MAX), None);
    }
    line
}

fn finding(finding: &Finding) -> Line {
    let severity = match finding.severity {
        Severity::Error => "Finding, an error",
        Severity::Warning => "Finding, a warning",
        Severity::Info => "Finding, a note",
    };
    let mut line = Line::of(severity);
    let message = cut(&finding.message, TEXT_CHARACTERS_MAX);
    let currency = currency::only_in(&message);
    line.name("rule", &finding.rule).said("message", &message, currency);
    for (key, value) in [("expected", &finding.expected), ("found", &finding.found)] {
        if let Some(value) = value {
            line.value(key, &cut(value, TEXT_CHARACTERS_MAX), currency);
        }
    }
    if let Some(place) = finding.places.first() {
        line.name("document", &place.name).named(place.document.as_str());
        if let Some(page) = place.page {
            line.count("page", u64::from(page));
        }
    }
    if finding.places.len() > 1 {
        line.count("places", count_of(finding.places.len()));
    }
    line
}

/// The rows of a figure, the largest first.
fn groups(figure: &Figure) -> impl Iterator<Item = Line> {
    figure.rows.iter().take(GROUPS_MAX).map(move |row| group(figure, row))
}

fn group(figure: &Figure, row: &FigureRow) -> Line {
    let mut line = Line::of("Figure");
    line.title("title", &figure.title);
    if let Some(grouped_by) = &figure.grouped_by {
        line.name(&cut(grouped_by, TEXT_CHARACTERS_MAX), row.group.as_deref().unwrap_or("(none)"));
    }
    line.count("values used", row.counts.used);
    if row.counts.used != row.counts.total {
        line.count("of", row.counts.total);
    }
    if row.counts.missing > 0 {
        line.count("missing", row.counts.missing);
    }
    let Some(statistics) = &row.statistics else { return line };
    let unit = row.currency.as_deref().and_then(currency::of_word).map_or(Unit::Plain, Unit::Money);
    for (key, decimal) in [
        ("sum", Some(&statistics.sum)),
        ("mean", Some(&statistics.mean)),
        ("standard deviation", statistics.standard_deviation.as_ref()),
        ("smallest", Some(&statistics.minimum)),
        ("first quartile", Some(&statistics.first_quartile)),
        ("median", Some(&statistics.median)),
        ("third quartile", Some(&statistics.third_quartile)),
        ("largest", Some(&statistics.maximum)),
    ] {
        if let Some(decimal) = decimal {
            line.decimal(key, decimal, unit);
        }
    }
    line
}

/// The first rows of a section's tables.
fn rows(section: &Section) -> impl Iterator<Item = Line> {
    section
        .tables
        .iter()
        .take(TABLES_MAX)
        .flat_map(move |table| table.rows.iter().take(ROWS_MAX).map(move |cells| row(section, table, cells)))
}

fn row(section: &Section, table: &Table, cells: &[Option<String>]) -> Line {
    let mut line = Line::of("Row of an analysis");
    line.title("analysis", &section.title);
    if table.title != section.title {
        line.title("table", &table.title);
    }
    let columns = || table.columns.iter().zip(cells).take(COLUMNS_MAX);
    let in_row = columns().find_map(|(column, cell)| {
        let is_currency = column.kind == CellKind::Text && column.name.eq_ignore_ascii_case("currency");
        is_currency.then(|| cell.as_deref().and_then(currency::of_word)).flatten()
    });
    let around =
        in_row.or_else(|| currency::only_in(&table.title)).or_else(|| currency::only_in(&section.title));
    for (column, cell) in columns() {
        let Some(cell) = cell else { continue };
        let key = cut(&column.name, TEXT_CHARACTERS_MAX);
        match column.kind {
            CellKind::Text => line.name(&key, cell),
            CellKind::Date => line.date(&key, cell),
            CellKind::Count => line.decimal(&key, cell, Unit::Plain),
            CellKind::Share => line.share(&key, cell),
            CellKind::Decimal => match currency::only_in(&column.name) {
                Some(code) => line.decimal(&key, cell, Unit::Money(code)),
                // The table's currency is not that of every column: deviations have none.
                None => line.amount(&key, cell, around),
            },
        };
        line.named(&column.name);
    }
    line
}
