//! The record's JSON from its slots, and the pointer of each leaf.
//!
//! Used by [`finished`](crate::record::finished). What isn't in the document is left out: no nulls, no empty arrays.

use serde_json::{Map, Value};

use crate::ground::leaf::Grounded;
use crate::ground::rows::{GroundedRow, GroundedSlot};
use crate::schema::{Shape, SlotKind, escaped};

/// A record and where its parts come from.
#[derive(Debug)]
pub(crate) struct Assembled<'a> {
    pub(crate) data: Value,
    /// Every leaf with its pointer, in the order of `data`.
    pub(crate) leaves: Vec<(String, &'a Grounded)>,
    /// Every table that isn't within a row of another, with its pointer; those without rows too.
    pub(crate) tables: Vec<(String, &'a [GroundedRow])>,
}

/// Builds the record.
pub(crate) fn assembled<'a>(shape: &Shape, slots: &'a [GroundedSlot]) -> Assembled<'a> {
    let mut assembled = Assembled { data: Value::Null, leaves: Vec::new(), tables: Vec::new() };
    let data = object(shape, slots, "", &mut assembled);
    assembled.data = Value::Object(data);
    assembled
}

fn object<'a>(
    shape: &Shape,
    slots: &'a [GroundedSlot],
    base: &str,
    all: &mut Assembled<'a>,
) -> Map<String, Value> {
    let mut object = Map::new();
    for (slot, grounded) in shape.slots.iter().zip(slots) {
        let pointer =
            slot.path.iter().fold(base.to_owned(), |pointer, name| format!("{pointer}/{}", escaped(name)));
        match (&slot.kind, grounded) {
            (_, GroundedSlot::Leaf(None)) => {}
            (_, GroundedSlot::Leaf(Some(value))) => {
                put(&mut object, &slot.path, value.value.clone());
                all.leaves.push((pointer, value));
            }
            (_, GroundedSlot::List(values)) => {
                let items: Vec<Value> = values.iter().map(|value| value.value.clone()).collect();
                all.leaves.extend(
                    values.iter().enumerate().map(|(index, value)| (format!("{pointer}/{index}"), value)),
                );
                if !items.is_empty() {
                    put(&mut object, &slot.path, Value::Array(items));
                }
            }
            (SlotKind::Table(table), GroundedSlot::Table(rows)) => {
                if base.is_empty() {
                    all.tables.push((pointer.clone(), rows));
                }
                let mut items = Vec::new();
                for (index, row) in rows.iter().enumerate() {
                    let item = self::object(&table.row, &row.slots, &format!("{pointer}/{index}"), all);
                    items.push(Value::Object(item));
                }
                if !items.is_empty() {
                    put(&mut object, &slot.path, Value::Array(items));
                }
            }
            // Rows are only ever in a table's slot.
            (SlotKind::Leaf(_) | SlotKind::List(_), GroundedSlot::Table(_)) => {}
        }
    }
    object
}

/// Puts a value under a path of names, making the objects on the way.
fn put(object: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            object.insert(name.clone(), value);
        }
        [name, rest @ ..] => {
            let inner = object.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}
