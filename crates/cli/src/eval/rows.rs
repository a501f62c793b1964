//! Which row of a record is which row of the truth. Pure.
//!
//! Called by [`score`](super::score). Both are in the order of the pages, so the pairs never cross: of all ways to pair
//! them in order, the one with the most equal values is taken. A row that was left out or invented thus costs itself,
//! and not every row behind it.

use serde_json::Value;

use super::compare::{Canonical, canonical};
use crate::schema;

/// The most comparisons of rows; a table beyond it is paired row by row.
const COMPARISONS_MAX: usize = 25_000_000;

/// A row's values by their pointers within it.
type Row = Vec<(String, Canonical)>;

/// A pair of rows: their indices in the truth and in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pair {
    /// The same row.
    Both(usize, usize),
    /// A row of the truth that the record lacks.
    Missing(usize),
    /// A row of the record that the document doesn't have.
    Extra(usize),
}

/// Pairs the rows of the array at `pointer`, in order. Rows without one equal value are no pair.
pub(crate) fn pairs(truth: &[Value], record: &[Value], pointer: &str, schema: &Value) -> Vec<Pair> {
    let flat =
        |rows: &[Value]| -> Vec<Row> { rows.iter().map(|row| flattened(row, pointer, schema)).collect() };
    let (truth, record) = (flat(truth), flat(record));
    let comparisons = truth.len().saturating_mul(record.len());
    let by_index = |index: usize| match (truth.get(index), record.get(index)) {
        (Some(_), Some(_)) => Pair::Both(index, index),
        (Some(_), None) => Pair::Missing(index),
        (None, _) => Pair::Extra(index),
    };
    if comparisons > COMPARISONS_MAX {
        return (0..truth.len().max(record.len())).map(by_index).collect();
    }
    best(&truth, &record)
}

/// The leaves of a row.
fn flattened(row: &Value, pointer: &str, schema: &Value) -> Row {
    let mut leaves = Vec::new();
    flatten(row, "", &format!("{pointer}/*"), schema, &mut leaves);
    leaves.sort_by(|one, other| one.0.cmp(&other.0));
    leaves
}

fn flatten(value: &Value, within: &str, pattern: &str, schema: &Value, leaves: &mut Row) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                flatten(member, &format!("{within}/{name}"), &format!("{pattern}/{name}"), schema, leaves);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(item, &format!("{within}/{index}"), &format!("{pattern}/*"), schema, leaves);
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let kind = schema::place(schema, pattern).map_or(schema::Kind::Text, |place| place.kind());
            leaves.push((within.to_owned(), canonical(value, kind)));
        }
    }
}

/// How many values two rows have in common. Both are sorted by pointer.
fn common(one: &Row, other: &Row) -> u32 {
    let mut others = other.iter().peekable();
    let mut common = 0;
    for (pointer, value) in one {
        while others.peek().is_some_and(|(next, _)| next < pointer) {
            others.next();
        }
        if others.peek().is_some_and(|(next, found)| next == pointer && found == value) {
            common += 1;
        }
    }
    common
}

/// The pairing in order with the most values in common (as for the longest common subsequence).
fn best(truth: &[Row], record: &[Row]) -> Vec<Pair> {
    let width = record.len() + 1;
    // What the rows from (i, j) on have in common at best, row by row.
    let mut most = vec![0_u32; (truth.len() + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    let get = |most: &[u32], i: usize, j: usize| most.get(at(i, j)).copied().unwrap_or_default();
    for (i, row) in truth.iter().enumerate().rev() {
        for (j, other) in record.iter().enumerate().rev() {
            let paired = common(row, other) + get(&most, i + 1, j + 1);
            let value = paired.max(get(&most, i + 1, j)).max(get(&most, i, j + 1));
            if let Some(cell) = most.get_mut(at(i, j)) {
                *cell = value;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::with_capacity(truth.len().max(record.len()));
    while let (Some(row), Some(other)) = (truth.get(i), record.get(j)) {
        let in_common = common(row, other);
        if in_common > 0 && in_common + get(&most, i + 1, j + 1) == get(&most, i, j) {
            pairs.push(Pair::Both(i, j));
            (i, j) = (i + 1, j + 1);
        } else if get(&most, i + 1, j) >= get(&most, i, j + 1) {
            pairs.push(Pair::Missing(i));
            i += 1;
        } else {
            pairs.push(Pair::Extra(j));
            j += 1;
        }
    }
    pairs.extend((i..truth.len()).map(Pair::Missing));
    pairs.extend((j..record.len()).map(Pair::Extra));
    pairs
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(truth: &[(&str, u32)], record: &[(&str, u32)], expected: &str) {
        let rows = |rows: &[(&str, u32)]| -> Vec<Value> {
            rows.iter().map(|(text, amount)| json!({"text": text, "amount": amount})).collect()
        };
        let shown = |pair: Pair| match pair {
            Pair::Both(one, other) => format!("{one}={other}"),
            Pair::Missing(row) => format!("-{row}"),
            Pair::Extra(row) => format!("+{row}"),
        };
        let schema = json!({"properties": {"rows": {"items": {"properties": {"text": {"type": "string"},
            "amount": {"type": "number"}}}}}});
        let pairs = pairs(&rows(truth), &rows(record), "/rows", &schema);
        assert_eq!(pairs.into_iter().map(shown).collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn rows_are_paired_in_order_by_what_they_have_in_common() {
        check(&[("a", 1), ("b", 2)], &[("a", 1), ("b", 2)], "0=0 1=1");
        // One left out, one invented.
        check(&[("a", 1), ("b", 2), ("c", 3)], &[("a", 1), ("c", 3)], "0=0 -1 2=1");
        check(&[("a", 1), ("c", 3)], &[("a", 1), ("x", 9), ("c", 3)], "0=0 +1 1=2");
        // One value wrong is the same row still; none right is another row.
        check(&[("a", 1), ("b", 2)], &[("a", 9), ("b", 2)], "0=0 1=1");
        check(&[("a", 1)], &[("x", 9)], "-0 +0");
        // Equal rows stay apart.
        check(&[("a", 1), ("a", 1), ("a", 1)], &[("a", 1), ("a", 1)], "0=0 1=1 -2");
        check(&[], &[("a", 1)], "+0");
        check(&[("a", 1)], &[], "-0");
    }
}
