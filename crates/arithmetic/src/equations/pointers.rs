//! Pointers of rules: expanding `*`, members of rows, values.

use rust_decimal::Decimal;
use serde_json::Value;

use super::EQUATIONS_MAX;
use crate::decimal::from_json;

/// Every pointer a pattern stands for in a record. One without `*` stands for itself, there or not.
pub(super) fn expanded(record: &Value, pattern: &str) -> Vec<String> {
    let mut pointers = vec![String::new()];
    for segment in pattern.split('/').skip(1) {
        if segment != "*" {
            pointers.iter_mut().for_each(|pointer| {
                pointer.push('/');
                pointer.push_str(segment);
            });
            continue;
        }
        let mut rows = Vec::new();
        for pointer in pointers {
            let count = record.pointer(&pointer).and_then(Value::as_array).map_or(0, Vec::len);
            rows.extend((0..count).take(EQUATIONS_MAX).map(|index| format!("{pointer}/{index}")));
        }
        pointers = rows;
    }
    pointers
}

/// A pattern with the `*` it shares with `total_pattern` replaced by what they are in `total`: the parts of a
/// row's total are those of the same row.
pub(super) fn bound(pattern: &str, total_pattern: &str, total: &str) -> String {
    let shared =
        pattern.split('/').zip(total_pattern.split('/')).take_while(|(own, other)| own == other).count();
    let own = pattern.split('/').skip(shared);
    let segments: Vec<&str> = total.split('/').take(shared).chain(own).collect();
    segments.join("/")
}

/// A member of a row. With no row it is a pointer from the record's root.
pub(super) fn member(row: &str, relative: &str) -> String {
    if relative.starts_with('/') { format!("{row}{relative}") } else { format!("{row}/{relative}") }
}

/// The number at a pointer.
pub(super) fn value_at(record: &Value, pointer: &str) -> Option<Decimal> {
    from_json(record.pointer(pointer)?)
}
