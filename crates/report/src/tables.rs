//! CSV tables (RFC 4180, UTF-8, a header). A cell that a spreadsheet would run as a formula is made text.

use csv::Writer;
use docmill_contract::analysis::{Analysis, Place};
use docmill_contract::outcome::Outcome;
use docmill_contract::section::Table;
use serde::Serialize;
use serde_json::Value;

/// A row for each place of each finding.
pub(crate) fn findings(analysis: &Analysis) -> String {
    let header = ["severity", "rule", "message", "expected", "found", "document", "name", "pointer", "page"];
    let header = header.into_iter().chain(BOX).chain(["text"]);
    let rows = analysis.findings.iter().flat_map(|finding| {
        let shared = [
            word(&finding.severity),
            finding.rule.clone(),
            finding.message.clone(),
            finding.expected.clone().unwrap_or_default(),
            finding.found.clone().unwrap_or_default(),
        ];
        let places: Vec<Option<&Place>> = match finding.places.as_slice() {
            [] => vec![None],
            places => places.iter().map(Some).collect(),
        };
        places.into_iter().map(move |place| shared.iter().cloned().chain(self::place(place)).collect())
    });
    written(header, rows)
}

/// A row for each document.
pub(crate) fn documents(analysis: &Analysis) -> String {
    let header = [
        "document",
        "name",
        "status",
        "profile",
        "pages",
        "values_verified",
        "values",
        "findings",
        "failure",
    ];
    let rows = analysis.documents.iter().map(|line| {
        vec![
            line.document.to_string(),
            line.name.clone(),
            word(&line.status),
            line.profile.clone().unwrap_or_default(),
            line.pages.to_string(),
            line.values_verified.to_string(),
            line.values.to_string(),
            line.findings.to_string(),
            line.failure.clone().unwrap_or_default(),
        ]
    });
    written(header, rows)
}

/// A row for each leaf of each record.
pub(crate) fn values<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> String {
    let header = ["document", "name", "profile", "pointer", "value", "page"];
    let header = header.into_iter().chain(BOX).chain(["text", "verified_by", "via"]);
    let rows = outcomes.into_iter().flat_map(|outcome| {
        outcome.evidence.iter().map(|evidence| {
            let profile = outcome.profile.as_ref().and_then(|profile| profile.name.clone());
            let value = outcome.data.as_ref().and_then(|data| data.pointer(&evidence.pointer));
            let mut row = vec![
                outcome.document.to_string(),
                outcome.name.clone(),
                profile.unwrap_or_default(),
                evidence.pointer.clone(),
                value.map(plain).unwrap_or_default(),
                evidence.page.map(|page| page.to_string()).unwrap_or_default(),
            ];
            row.extend(corners(evidence.bounds));
            row.extend([
                evidence.text.clone().unwrap_or_default(),
                word(&evidence.verified_by),
                word(&evidence.via),
            ]);
            row
        })
    });
    written(header, rows)
}

/// A table of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTable {
    /// Letters, digits, `-` and `_`: the section's number and id, and the table's number.
    pub name: String,
    /// CSV.
    pub csv: String,
}

/// Characters of a section's id in a table's name.
const ID_CHARACTERS_MAX: usize = 60;

/// All tables of all sections. Decimals and shares are as in the analysis, so that nothing is lost.
pub(crate) fn sections(analysis: &Analysis) -> Vec<NamedTable> {
    let numbered = (1..).zip(&analysis.sections);
    let tables = numbered.flat_map(|(number, section)| {
        (1..).zip(&section.tables).map(move |(nth, table)| NamedTable {
            name: format!("{number:02}-{}-{nth}", plain_name(&section.id)),
            csv: section_table(table),
        })
    });
    tables.collect()
}

fn plain_name(id: &str) -> String {
    let plain = |character: char| match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => character,
        _ => '-',
    };
    id.chars().take(ID_CHARACTERS_MAX).map(plain).collect()
}

fn section_table(table: &Table) -> String {
    let width = table.columns.len();
    // A row may be short or long where another program wrote the analysis.
    let rows = table.rows.iter().map(|row| {
        let cell = |column| row.get(column).cloned().flatten().unwrap_or_default();
        (0..width).map(cell).collect()
    });
    let names: Vec<String> = table.columns.iter().map(|column| harmless(&column.name)).collect();
    written(names.iter().map(String::as_str), rows)
}

const BOX: [&str; 4] = ["x0", "y0", "x1", "y1"];

fn place(place: Option<&Place>) -> Vec<String> {
    let Some(place) = place else { return vec![String::new(); 9] };
    let mut cells = vec![
        place.document.to_string(),
        place.name.clone(),
        place.pointer.clone().unwrap_or_default(),
        place.page.map(|page| page.to_string()).unwrap_or_default(),
    ];
    cells.extend(corners(place.bounds));
    cells.push(place.text.clone().unwrap_or_default());
    cells
}

fn corners(bounds: Option<[f32; 4]>) -> [String; 4] {
    bounds.map_or_else(Default::default, |bounds| bounds.map(|points| format!("{points:.1}")))
}

/// A word of the contract, as it is written in JSON.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().as_ref().map(plain).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn written<'a>(header: impl IntoIterator<Item = &'a str>, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    // Writing into memory fails only for rows of unequal length, and a test writes every table.
    let mut written = writer.write_record(header);
    for row in rows {
        written = written.and_then(|()| writer.write_record(row.iter().map(|cell| harmless(cell))));
    }
    written
        .ok()
        .and_then(|()| writer.into_inner().ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}

/// The cell with a leading `'` where a spreadsheet would take it for a formula and it isn't a number.
fn harmless(cell: &str) -> String {
    // Some spreadsheets take the white space before a formula off.
    let formula = cell.starts_with(['\t', '\r', '\n'])
        || cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if formula && !is_number(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// A sign and digits, grouped and divided as documents print them: nothing that could be computed.
fn is_number(cell: &str) -> bool {
    let unsigned = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    unsigned.starts_with(|first: char| first.is_ascii_digit())
        && unsigned.chars().all(|character| {
            character.is_ascii_digit() || matches!(character, '.' | ',' | '\'' | ' ' | '\u{a0}' | '\u{202f}')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text_and_numbers_are_numbers() {
        let check = |cell: &str, expected: &str| assert_eq!(harmless(cell), expected, "{cell:?}");
        check("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")");
        check("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0");
        check("-1+2", "'-1+2");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "'\t=1");
        check("\r=1", "'\r=1");
        check(" =1", "' =1");
        check("-", "'-");
        check("-12.50", "-12.50");
        check("+3", "+3");
        check("-1.234,50", "-1.234,50");
        check("RE-17", "RE-17");
        check("", "");
    }
}
