//! How much work a schema makes, counted before it is compiled: anybody who may publish a job may send one, and what it is
//! compiled to runs on the worker's threads, where nobody can stop it.
//!
//! Called by [`Task::new`](crate::Task::new). Of a few kilobytes, references that each refer to the next one twice make
//! more work than there is time; here they are followed as the validator follows them, and counted. It judges nothing else.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{SCHEMA_BYTES_MAX, SchemaError};

/// The most schemas that are looked at for one value, references followed. A thousand leaves of three schemas each fit. Each
/// of them may be violated by each row, and the validator gathers all violations: some 400 bytes for each.
const SCHEMAS_MAX: usize = 5_000;

/// The most different patterns. Each takes up to a mebibyte when it is compiled.
const PATTERNS_MAX: usize = 128;

/// Keywords whose members are schemas under names of the user's.
const MAPS: [&str; 4] = ["properties", "patternProperties", "dependentSchemas", "dependencies"];

/// Keywords that hold data, or schemas that do nothing unless something refers to them.
const AT_REST: [&str; 6] = ["$defs", "definitions", "enum", "const", "default", "examples"];

/// Keywords with which the meaning of a reference depends on more than the place it points to.
const INDIRECT: [&str; 4] = ["$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor"];

/// Refuses a schema that could keep a thread or the memory busy.
pub(crate) fn check_weight(root: &Value) -> Result<(), SchemaError> {
    let bytes = root.to_string().len();
    if bytes > SCHEMA_BYTES_MAX {
        return Err(SchemaError::TooLarge { bytes });
    }
    if let Value::Object(members) = root
        && members.values().any(has_id)
    {
        return Err(invalid("`$id` stands below the root: references must be pointers into one schema"));
    }
    let mut counted = Counted { schemas: 1, patterns: BTreeSet::new(), waiting: vec![root] };
    while let Some(schema) = counted.waiting.pop() {
        counted.look_into(schema, root)?;
    }
    Ok(())
}

struct Counted<'a> {
    schemas: usize,
    patterns: BTreeSet<&'a str>,
    waiting: Vec<&'a Value>,
}

impl<'a> Counted<'a> {
    fn look_into(&mut self, schema: &'a Value, root: &'a Value) -> Result<(), SchemaError> {
        let Value::Object(members) = schema else { return Ok(()) };
        for (keyword, value) in members {
            match (keyword.as_str(), value) {
                ("$ref", Value::String(reference)) => self.add([referenced(reference, root)?])?,
                ("pattern", Value::String(pattern)) => self.add_pattern(pattern)?,
                (keyword, _) if INDIRECT.contains(&keyword) => {
                    return Err(invalid(&format!("`{keyword}` isn't followed: use `$ref`")));
                }
                (keyword, _) if AT_REST.contains(&keyword) => {}
                (keyword, Value::Object(named)) if MAPS.contains(&keyword) => {
                    if keyword == "patternProperties" {
                        named.keys().try_for_each(|pattern| self.add_pattern(pattern))?;
                    }
                    self.add(named.values())?;
                }
                (_, Value::Object(_)) => self.add([value])?,
                // Names and types are arrays of texts.
                (_, Value::Array(several)) => self.add(several.iter().filter(|one| !one.is_string()))?,
                (_, Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {}
            }
        }
        Ok(())
    }

    /// Counted when they are found, so that no more of them wait than may be looked at.
    fn add(&mut self, schemas: impl IntoIterator<Item = &'a Value>) -> Result<(), SchemaError> {
        for schema in schemas {
            self.schemas += 1;
            if self.schemas > SCHEMAS_MAX {
                return Err(invalid(&format!(
                    "it refers to itself, or comes to more than {SCHEMAS_MAX} schemas once its references are followed"
                )));
            }
            self.waiting.push(schema);
        }
        Ok(())
    }

    fn add_pattern(&mut self, pattern: &'a str) -> Result<(), SchemaError> {
        self.patterns.insert(pattern);
        if self.patterns.len() > PATTERNS_MAX {
            return Err(invalid(&format!("it has more than {PATTERNS_MAX} different patterns")));
        }
        Ok(())
    }
}

/// Where a reference points to. What isn't a pointer can't be counted, so it isn't accepted anywhere.
fn referenced<'a>(reference: &str, root: &'a Value) -> Result<&'a Value, SchemaError> {
    let pointer = reference.strip_prefix('#').filter(|rest| rest.is_empty() || rest.starts_with('/'));
    pointer
        .and_then(|pointer| root.pointer(pointer))
        .ok_or_else(|| invalid(&format!("`$ref` {reference:?} is not a pointer to a place in this schema")))
}

/// Whether an `$id` that is a text stands somewhere in here. Depth is bounded by the reader of JSON.
fn has_id(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            members.get("$id").is_some_and(Value::is_string) || members.values().any(has_id)
        }
        Value::Array(items) => items.iter().any(has_id),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn invalid(reason: &str) -> SchemaError {
    SchemaError::Invalid { pointer: String::new(), reason: reason.to_owned() }
}
