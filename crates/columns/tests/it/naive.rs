//! The same columns by way of a tree: slow, plain, and written without looking at the decoder.

use std::collections::BTreeMap;

use docmill_columns::{Kind, Layout, Scale};
use proptest::prelude::*;
use serde_json::Value;

use crate::same::{documents, layouts};
use crate::{shown, tables};

/// What a column has in a row.
#[derive(Clone)]
enum Cell {
    Missing,
    Number(i128, u32),
    Shown(String),
    Rejected(&'static str),
}

struct Document {
    id: Option<String>,
    line: usize,
    record: Value,
}

/// What [`shown`] says of these lines; how often names are repeated can't be seen in a tree.
pub(crate) fn naive(layout: &Layout, lines: &str) -> String {
    let mut documents = Vec::new();
    let mut notes = Vec::new();
    for (line, text) in (1..).zip(lines.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        match serde_json::from_str::<Value>(text) {
            Ok(record @ Value::Object(_)) => {
                let id = record.get("id").and_then(|id| match id {
                    Value::String(id) => Some(id.clone()).filter(|id| !id.is_empty()),
                    Value::Number(id) => Some(number_key(id)),
                    _ => None,
                });
                documents.push(Document { id, line, record });
            }
            Ok(_) => notes.push(format!("line {line}: NotARecord")),
            Err(_) => notes.push(format!("line {line}: NotJson")),
        }
    }
    documents.sort_by(|left, right| {
        let key = |document: &Document| (document.id.is_none(), document.id.clone(), document.line);
        key(left).cmp(&key(right))
    });
    let mut output = Vec::new();
    let mut sets = vec![String::new()];
    for column in &layout.columns {
        if let Some((set, _)) = column.pointer.split_once("/*")
            && !sets.contains(&set.to_owned())
        {
            sets.push(set.to_owned());
        }
    }
    for set in sets {
        table(layout, &documents, &set, &mut output);
    }
    output.extend(notes);
    output.join("\n")
}

fn table(layout: &Layout, documents: &[Document], set: &str, output: &mut Vec<String>) {
    let of_set = |pointer: &str| pointer.split_once("/*").map_or("", |(set, _)| set) == set;
    let columns: Vec<_> = layout.columns.iter().filter(|column| of_set(&column.pointer)).collect();
    let mut rows = Vec::new();
    let mut not_arrays = 0;
    for document in documents {
        let count = match (set, document.record.pointer(set)) {
            ("", _) => 1,
            (_, Some(Value::Array(rows))) => rows.len(),
            (_, Some(Value::Null) | None) => 0,
            _ => {
                not_arrays += 1;
                0
            }
        };
        rows.extend((0..count).map(|row| (document, row)));
    }
    let mut cells: Vec<Vec<Cell>> = Vec::new();
    let mut scales = Vec::new();
    for column in &columns {
        let mut values: Vec<Cell> =
            rows.iter().map(|(document, row)| cell(&column.kind, document, &column.pointer, *row)).collect();
        let (scale, rejected) = match column.kind {
            Kind::Money { scale: Scale::Fixed(scale), .. } | Kind::Decimal { scale: Scale::Fixed(scale) } => {
                (u32::from(scale), "TooManyDecimals")
            }
            _ => (
                values
                    .iter()
                    .map(|cell| if let Cell::Number(_, decimals) = cell { *decimals } else { 0 })
                    .max()
                    .unwrap_or(0),
                "",
            ),
        };
        for cell in &mut values {
            let Cell::Number(units, decimals) = *cell else { continue };
            *cell = match scale.checked_sub(decimals).map(|more| units * 10_i128.pow(more)) {
                Some(units) if i64::try_from(units).is_ok() => Cell::Shown(format!("{units}e-{scale}")),
                Some(_) => Cell::Rejected("OutOfRange"),
                None => Cell::Rejected(rejected),
            };
        }
        scales.push(scale);
        cells.push(values);
    }
    for (at, (document, row)) in rows.iter().enumerate() {
        let id =
            document.id.as_ref().map_or(format!("Line({})", document.line), |id| format!("Named({id:?})"));
        let values: Vec<String> = columns
            .iter()
            .zip(&cells)
            .map(|(column, cells)| {
                let shown = if let Cell::Shown(text) = &cells[at] { text.as_str() } else { "-" };
                format!("{}={shown}", column.name)
            })
            .collect();
        output.push(format!("{id} {set}/{row} {}", values.join(" ")));
    }
    for (column, cells) in columns.iter().zip(&cells) {
        let mut counts: BTreeMap<usize, (usize, &str)> = BTreeMap::new();
        for cell in cells {
            let Cell::Rejected(reason) = cell else { continue };
            let order = docmill_columns::Rejection::ALL
                .iter()
                .position(|known| format!("{known:?}") == *reason)
                .unwrap();
            counts.entry(order).or_insert((0, reason)).0 += 1;
        }
        output.extend(counts.values().map(|(count, reason)| format!("{}: {count} {reason}", column.name)));
    }
    if not_arrays > 0 {
        output.push(format!("{set} is no array in {not_arrays}"));
    }
}

fn at<'v>(document: &'v Document, pointer: &str, row: usize) -> Option<&'v Value> {
    let pointer = pointer.replacen('*', &row.to_string(), 1);
    document.record.pointer(&pointer).filter(|value| !value.is_null())
}

fn cell(kind: &Kind, document: &Document, pointer: &str, row: usize) -> Cell {
    let Some(value) = at(document, pointer, row) else { return Cell::Missing };
    match kind {
        Kind::Decimal { .. } => number(value),
        Kind::Money { currency, scale } => match number(value) {
            Cell::Number(_, decimals) if matches!(scale, Scale::Fixed(given) if decimals > u32::from(*given)) => {
                Cell::Rejected("TooManyDecimals")
            }
            found @ (Cell::Number(..) | Cell::Rejected("OutOfRange")) => {
                let text = at(document, currency, row).map(key);
                if matches!(text, Some(Cell::Shown(_))) { found } else { Cell::Rejected("NoCurrency") }
            }
            other => other,
        },
        Kind::Date => match value.as_str() {
            None => Cell::Rejected("WrongType"),
            // The days that documents here have.
            Some("2024-02-29") => Cell::Shown("day 19782".to_owned()),
            Some("1969-12-31T10:00") => Cell::Shown("day -1".to_owned()),
            Some(_) => Cell::Rejected("NotADate"),
        },
        Kind::Key { .. } => key(value),
        Kind::Bool => {
            value.as_bool().map_or(Cell::Rejected("WrongType"), |value| Cell::Shown(value.to_string()))
        }
    }
}

fn key(value: &Value) -> Cell {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Array(_) | Value::Object(_) => return Cell::Rejected("WrongType"),
        Value::Number(number) => number_key(number),
        other => other.to_string(),
    };
    if text.is_empty() { Cell::Missing } else { Cell::Shown(text) }
}

fn number_key(number: &serde_json::Number) -> String {
    let text = number.to_string();
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn number(value: &Value) -> Cell {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return Cell::Rejected("WrongType"),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let unsigned = whole.strip_prefix('-').unwrap_or(whole);
    let is_decimal =
        !unsigned.is_empty() && (unsigned.to_owned() + fraction).bytes().all(|digit| digit.is_ascii_digit());
    if !is_decimal || text.ends_with('.') {
        return Cell::Rejected("NotANumber");
    }
    let fraction = fraction.trim_end_matches('0');
    let units: i128 = format!("{whole}{fraction}").parse().unwrap();
    if fraction.len() > 6 {
        Cell::Rejected("TooManyDecimals")
    } else if i64::try_from(units).is_err() {
        Cell::Rejected("OutOfRange")
    } else {
        Cell::Number(units, u32::try_from(fraction.len()).unwrap())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn columns_are_what_a_tree_says(documents in documents(), layout in layouts()) {
        let lines = documents.join("\n");
        let found = shown(&tables(&layout, lines.as_bytes()));
        // The order of documents of one id is by their bytes.
        prop_assume!(!found.ends_with(" repeated ids"));
        // The tree's reader has other words for what is no JSON, and counts nothing.
        let comparable = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| !line.ends_with(" repeated names") && !line.ends_with(" unreadable") && !line.ends_with(" repeated ids"));
            lines.map(|line| line.split(" { byte").next().unwrap().to_owned()).collect()
        };
        prop_assert_eq!(comparable(&found), comparable(&naive(&layout, &lines)), "{}", lines);
    }
}
