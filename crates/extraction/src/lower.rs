//! The wire schema: the user's schema lowered to what every provider's strict mode takes.
//!
//! Called by [`Task::new`](crate::Task::new). Everything is a closed object, every property is required, what may
//! be missing is nullable, and each value or row names the line it was read from. Nothing of the user's own
//! constraints is left in it: they are enforced on the finished record.

use serde_json::{Map, Value, json};

use crate::schema::{Leaf, LeafKind, Shape, Slot, SlotKind, escaped};

/// The schema a model is asked to answer in.
pub(crate) fn wire_schema(shape: &Shape) -> Value {
    let mut root = closed(Map::new(), "");
    for slot in &shape.slots {
        let wire = match &slot.kind {
            SlotKind::Leaf(leaf) if leaf.inferred => judged(leaf),
            SlotKind::Leaf(leaf) => anchored(leaf, json!(["object", "null"])),
            SlotKind::List(leaf) if leaf.inferred => list(judged_item(leaf), &leaf.description),
            SlotKind::List(leaf) => list(anchored(leaf, json!("object")), ""),
            SlotKind::Table(table) => list(row_schema(&table.row), &table.description),
        };
        place(&mut root, shape, slot, wire);
    }
    root
}

/// The name of the property that holds a row's line: `line`, unless the user's row has one of its own.
pub(crate) fn anchor_name(row: &Shape) -> String {
    let mut name = "line".to_owned();
    while row.slots.iter().any(|slot| flat_name(slot) == name) {
        name = if name == "line" { "line_number_".to_owned() } else { format!("{name}_") };
    }
    name
}

/// A slot's property in a row: the names of nested objects joined by `/`.
pub(crate) fn flat_name(slot: &Slot) -> String {
    slot.path.iter().map(|name| escaped(name)).collect::<Vec<_>>().join("/")
}

fn row_schema(row: &Shape) -> Value {
    let mut properties = Map::new();
    properties.insert(anchor_name(row), json!({"type": "integer"}));
    for slot in &row.slots {
        let wire = match &slot.kind {
            SlotKind::Leaf(leaf) if leaf.inferred => judged(leaf),
            SlotKind::Leaf(leaf) => described(json!({"type": ["string", "null"]}), &leaf.description),
            SlotKind::List(leaf) if leaf.inferred => list(judged_item(leaf), &leaf.description),
            SlotKind::List(leaf) => list(json!({"type": "string"}), &leaf.description),
            SlotKind::Table(table) => list(row_schema(&table.row), &table.description),
        };
        properties.insert(flat_name(slot), wire);
    }
    closed(properties, "")
}

/// Puts `wire` under the slot's path, making the objects on the way.
fn place(root: &mut Value, shape: &Shape, slot: &Slot, wire: Value) {
    let Some((name, objects)) = slot.path.split_last() else { return };
    let mut object = root;
    for depth in 1..=objects.len() {
        let path = slot.path.get(..depth).unwrap_or_default();
        let Some(name) = path.last() else { return };
        let described = shape.objects.iter().find(|(object, _)| object == path);
        let description = described.map_or("", |(_, description)| description.as_str());
        if object.pointer("/properties").and_then(|properties| properties.get(name)).is_none() {
            add(object, name, closed(Map::new(), description));
        }
        let Some(inner) = object.get_mut("properties").and_then(|properties| properties.get_mut(name)) else {
            return;
        };
        object = inner;
    }
    add(object, name, wire);
}

fn add(object: &mut Value, name: &str, wire: Value) {
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.insert(name.to_owned(), wire);
    }
    if let Some(Value::Array(required)) = object.get_mut("required") {
        required.push(name.into());
    }
}

fn closed(properties: Map<String, Value>, description: &str) -> Value {
    let required: Vec<&String> = properties.keys().collect();
    let required = json!(required);
    described(
        json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false}),
        description,
    )
}

fn anchored(leaf: &Leaf, types: Value) -> Value {
    let wire = json!({
        "type": types,
        "properties": {"value": {"type": "string"}, "line": {"type": "integer"}},
        "required": ["value", "line"],
        "additionalProperties": false,
    });
    described(wire, &leaf.description)
}

fn list(items: Value, description: &str) -> Value {
    described(json!({"type": "array", "items": items}), description)
}

/// An inferred leaf: its own type and options, nullable, with no line.
fn judged(leaf: &Leaf) -> Value {
    let mut wire = json!({"type": [type_name(leaf.kind), "null"]});
    if !leaf.options.is_empty() {
        let options: Vec<Value> = leaf.options.iter().cloned().chain([Value::Null]).collect();
        set(&mut wire, "enum", options.into());
    }
    described(wire, &leaf.description)
}

fn judged_item(leaf: &Leaf) -> Value {
    let mut wire = json!({"type": type_name(leaf.kind)});
    if !leaf.options.is_empty() {
        set(&mut wire, "enum", leaf.options.clone().into());
    }
    wire
}

fn type_name(kind: LeafKind) -> &'static str {
    match kind {
        LeafKind::Text | LeafKind::Date => "string",
        LeafKind::Number => "number",
        LeafKind::Integer => "integer",
        LeafKind::Boolean => "boolean",
    }
}

fn described(mut wire: Value, description: &str) -> Value {
    if !description.is_empty() {
        set(&mut wire, "description", description.into());
    }
    wire
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(key.to_owned(), value);
    }
}
