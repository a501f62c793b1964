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
    /// Every leaf, in the order of `data`.
    pub(crate) leaves: Vec<AssembledLeaf<'a>>,
    /// Every table that isn't within a row of another; those without rows too.
    pub(crate) tables: Vec<AssembledTable<'a>>,
}

/// A leaf of a record.
#[derive(Debug)]
pub(crate) struct AssembledLeaf<'a> {
    /// Its JSON pointer.
    pub(crate) pointer: String,
    pub(crate) value: &'a Grounded,
    /// Where it is among the slots; none for an item of a list, and what is within a row of a row.
    pub(crate) place: Option<LeafPlace>,
}

/// Where a leaf is among the slots of the whole schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LeafPlace {
    /// A slot.
    Field { slot: usize },
    /// A slot of a row of a table's slot.
    Cell { slot: usize, row: usize, column: usize },
}

/// A table of a record.
#[derive(Debug)]
pub(crate) struct AssembledTable<'a> {
    /// Its place among the slots.
    pub(crate) slot: usize,
    /// Its JSON pointer.
    pub(crate) pointer: String,
    pub(crate) rows: &'a [GroundedRow],
}

/// What an object is within.
#[derive(Clone, Copy)]
enum Within {
    /// Nothing: it is the record.
    Record,
    /// A row of a table of the record.
    Row { slot: usize, row: usize },
    /// A row within that.
    Deeper,
}

/// Builds the record.
pub(crate) fn assembled<'a>(shape: &Shape, slots: &'a [GroundedSlot]) -> Assembled<'a> {
    let mut assembled = Assembled { data: Value::Null, leaves: Vec::new(), tables: Vec::new() };
    let data = object(shape, slots, "", Within::Record, &mut assembled);
    assembled.data = Value::Object(data);
    assembled
}

fn object<'a>(
    shape: &Shape,
    slots: &'a [GroundedSlot],
    base: &str,
    within: Within,
    all: &mut Assembled<'a>,
) -> Map<String, Value> {
    let mut object = Map::new();
    for (index, (slot, grounded)) in shape.slots.iter().zip(slots).enumerate() {
        let pointer =
            slot.path.iter().fold(base.to_owned(), |pointer, name| format!("{pointer}/{}", escaped(name)));
        match (&slot.kind, grounded) {
            (_, GroundedSlot::Leaf(None)) => {}
            (_, GroundedSlot::Leaf(Some(value))) => {
                put(&mut object, &slot.path, value.value.clone());
                let place = match within {
                    Within::Record => Some(LeafPlace::Field { slot: index }),
                    Within::Row { slot, row } => Some(LeafPlace::Cell { slot, row, column: index }),
                    Within::Deeper => None,
                };
                all.leaves.push(AssembledLeaf { pointer, value, place });
            }
            (_, GroundedSlot::List(values)) => {
                let items: Vec<Value> = values.iter().map(|value| value.value.clone()).collect();
                all.leaves.extend(values.iter().enumerate().map(|(index, value)| AssembledLeaf {
                    pointer: format!("{pointer}/{index}"),
                    value,
                    place: None,
                }));
                if !items.is_empty() {
                    put(&mut object, &slot.path, Value::Array(items));
                }
            }
            (SlotKind::Table(table), GroundedSlot::Table(rows)) => {
                if let Within::Record = within {
                    all.tables.push(AssembledTable { slot: index, pointer: pointer.clone(), rows });
                }
                let mut items = Vec::new();
                for (row_index, row) in rows.iter().enumerate() {
                    let within = match within {
                        Within::Record => Within::Row { slot: index, row: row_index },
                        Within::Row { .. } | Within::Deeper => Within::Deeper,
                    };
                    let base = format!("{pointer}/{row_index}");
                    items.push(Value::Object(self::object(&table.row, &row.slots, &base, within, all)));
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
