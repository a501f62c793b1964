//! Answers a wire schema from a document's lines: every single value by its label, every table by its header.
//!
//! Called once per request. The schema decides the shape; what is not found is null, or an empty list. A share of the
//! values can be swapped for another value of the same kind from the same page ([`Distortion`]).

use serde_json::{Map, Value, json};

use crate::distort::Distortion;
use crate::document::Document;
use crate::labels::{are_labels_quoted, labels_of};
use crate::rows::{self, Column, Table};
use crate::scalars::{self, Wanted};

/// Objects nested deeper than this are answered with null: no schema of ours comes near.
const DEPTH_MAX: usize = 16;

/// An answer and what is counted in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// The record, in the schema's shape.
    pub(crate) record: Value,
    /// Rows of all tables.
    pub(crate) rows: usize,
}

/// Answers `schema` from `document`.
pub(crate) fn answer(schema: &Value, document: &Document, distortion: &Distortion) -> Answer {
    let mut reader = Reader {
        document,
        distortion,
        scalar_labels: Vec::new(),
        all_labels: Vec::new(),
        used: Vec::new(),
        rows: 0,
    };
    reader.collect_labels(schema, "", false, 0);
    let mut tables = Vec::new();
    reader.read_tables(schema, "", &mut tables, 0);
    reader.used.sort_unstable();
    let record = reader.read(schema, "", &tables, 0);
    Answer { record, rows: reader.rows }
}

/// What a node of the wire schema asks for.
enum Node<'a> {
    /// `{"value": …, "line": …}`.
    Anchored,
    /// An object of further nodes.
    Object(&'a Map<String, Value>),
    /// Rows with these properties, and which of them is the line.
    Rows(&'a Map<String, Value>, &'a str),
    /// A list of anchored values.
    AnchoredList,
    /// A list of plain texts.
    PlainList,
    /// A plain text: of a row, or of a schema that asks for no lines.
    Text,
    /// A value the model is to infer: a yes or no, a choice.
    Inferred,
}

fn classify(schema: &Value) -> Node<'_> {
    if let Some(items) = schema.get("items") {
        return match classify(items) {
            Node::Anchored => Node::AnchoredList,
            // The line is the only property that is an integer and never null.
            Node::Object(properties) => {
                let anchor = properties.iter().find(|(_, property)| is_exactly(property, "integer"));
                Node::Rows(properties, anchor.map_or("line", |(name, _)| name))
            }
            Node::Text | Node::Inferred => Node::PlainList,
            Node::Rows(..) | Node::AnchoredList | Node::PlainList => Node::Inferred,
        };
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let anchored = properties.len() == 2
            && properties.contains_key("line")
            && properties.get("value").is_some_and(|value| is_exactly(value, "string"));
        return if anchored { Node::Anchored } else { Node::Object(properties) };
    }
    if schema.get("enum").is_none() && has_type(schema, "string") { Node::Text } else { Node::Inferred }
}

/// Whether the schema's `type` is `name` and nothing else.
fn is_exactly(schema: &Value, name: &str) -> bool {
    schema.get("type").is_some_and(|found| found == name)
}

/// Whether the schema's `type` is, or lists, `name`.
fn has_type(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(found)) => found == name,
        Some(Value::Array(all)) => all.iter().any(|found| found == name),
        _ => false,
    }
}

/// The schema's description; a list may have it on its items.
fn description(schema: &Value) -> &str {
    let own = schema.get("description").or_else(|| schema.pointer("/items/description"));
    own.and_then(Value::as_str).unwrap_or("")
}

/// What the walks over the schema share.
struct Reader<'a> {
    document: &'a Document,
    distortion: &'a Distortion,
    /// Labels of the values outside tables.
    scalar_labels: Vec<String>,
    /// Those and the columns' labels.
    all_labels: Vec<String>,
    /// Lines that belong to tables.
    used: Vec<usize>,
    rows: usize,
}

impl Reader<'_> {
    /// Gathers the labels of every leaf below `schema`.
    fn collect_labels(&mut self, schema: &Value, name: &str, in_row: bool, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        match classify(schema) {
            Node::Object(properties) => {
                for (name, child) in properties {
                    self.collect_labels(child, name, in_row, depth + 1);
                }
            }
            Node::Rows(properties, anchor) => {
                for (name, child) in properties.iter().filter(|(name, _)| *name != anchor) {
                    self.collect_labels(child, name, true, depth + 1);
                }
            }
            Node::Anchored | Node::AnchoredList | Node::PlainList | Node::Text => {
                let labels = labels_of(name, description(schema));
                if !in_row {
                    self.scalar_labels.extend(labels.iter().cloned());
                }
                self.all_labels.extend(labels);
            }
            Node::Inferred => {}
        }
    }

    /// Finds the rows of every table, so that no single value is looked for in them.
    fn read_tables(
        &mut self,
        schema: &Value,
        pointer: &str,
        tables: &mut Vec<(String, Table)>,
        depth: usize,
    ) {
        if depth > DEPTH_MAX {
            return;
        }
        match classify(schema) {
            Node::Object(properties) => {
                for (name, child) in properties {
                    self.read_tables(child, &format!("{pointer}/{name}"), tables, depth + 1);
                }
            }
            Node::Rows(properties, anchor) => {
                let table = rows::find(self.document, &columns(properties, anchor), &self.scalar_labels);
                self.used.extend(&table.lines);
                self.rows += table.rows.len();
                tables.push((pointer.to_owned(), table));
            }
            Node::Anchored | Node::AnchoredList | Node::PlainList | Node::Text | Node::Inferred => {}
        }
    }

    /// The answer to one node.
    fn read(&self, schema: &Value, pointer: &str, tables: &[(String, Table)], depth: usize) -> Value {
        if depth > DEPTH_MAX {
            return Value::Null;
        }
        let name = pointer.rsplit('/').next().unwrap_or("");
        match classify(schema) {
            Node::Object(properties) => properties
                .iter()
                .map(|(name, child)| {
                    (name.clone(), self.read(child, &format!("{pointer}/{name}"), tables, depth + 1))
                })
                .collect(),
            Node::Rows(properties, anchor) => tables
                .iter()
                .find(|(at, _)| at == pointer)
                .map(|(_, table)| self.read_rows(table, properties, anchor, pointer))
                .unwrap_or_default(),
            Node::Anchored => self.anchored(name, description(schema), pointer),
            Node::AnchoredList => match self.anchored(name, description(schema), pointer) {
                Value::Null => json!([]),
                value => json!([value]),
            },
            Node::PlainList => json!([]),
            Node::Text if are_labels_quoted(description(schema)) => {
                let mut found = self.anchored(name, description(schema), pointer);
                found.get_mut("value").map(Value::take).unwrap_or_default()
            }
            Node::Text | Node::Inferred => self.inferred(schema),
        }
    }

    fn read_rows(
        &self,
        table: &Table,
        properties: &Map<String, Value>,
        anchor: &str,
        pointer: &str,
    ) -> Value {
        let columns = columns(properties, anchor);
        let rows = table.rows.iter().enumerate().map(|(position, row)| {
            let number = self.document.lines.get(row.line).map(|line| line.number);
            let read_property = |(name, schema): (&String, &Value)| {
                let value = if name == anchor {
                    json!(number)
                } else if matches!(classify(schema), Node::PlainList | Node::Rows(..) | Node::AnchoredList) {
                    json!([])
                } else {
                    let at = format!("{pointer}/{position}/{name}");
                    let text = columns
                        .iter()
                        .zip(&row.texts)
                        .find(|(column, _)| column.name == *name)
                        .and_then(|(_, text)| text.as_deref())
                        .filter(|text| !text.is_empty());
                    text.map_or(Value::Null, |text| {
                        json!(self.distortion.row_text(self.document, row.line, text, &at))
                    })
                };
                (name.clone(), value)
            };
            properties.iter().map(read_property).collect::<Value>()
        });
        rows.collect()
    }

    /// A value with its line, or null.
    fn anchored(&self, name: &str, description: &str, pointer: &str) -> Value {
        let wanted = Wanted::new(name, description, labels_of(name, description));
        let Some(found) = scalars::find(self.document, &wanted, &self.used, &self.all_labels) else {
            return Value::Null;
        };
        let (line, text) = self.distortion.anchored(self.document, found.line, &found.text, pointer);
        let number = self.document.lines.get(line).map(|line| line.number);
        json!({"value": text, "line": number})
    }

    /// The first of the schema's choices that the document mentions, else null.
    fn inferred(&self, schema: &Value) -> Value {
        let choices = schema.get("enum").and_then(Value::as_array);
        let mentioned = |choice: &&Value| {
            let Some(choice) = choice.as_str() else { return false };
            let choice = choice.to_lowercase();
            let mut cells = self.document.lines.iter().flat_map(|line| &line.cells);
            cells.any(|cell| cell.to_lowercase().contains(&choice))
        };
        choices.and_then(|choices| choices.iter().find(mentioned)).cloned().unwrap_or_default()
    }
}

/// The columns of a row: its plain texts.
fn columns(properties: &Map<String, Value>, anchor: &str) -> Vec<Column> {
    let texts =
        properties.iter().filter(|(name, schema)| *name != anchor && matches!(classify(schema), Node::Text));
    texts
        .map(|(name, schema)| Column { name: name.clone(), labels: labels_of(name, description(schema)) })
        .collect()
}
