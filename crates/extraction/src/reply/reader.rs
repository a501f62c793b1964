//! Reads claims out of a reply's JSON: a value with its line, a row, a list.
//!
//! Used by [`Task::read_reply`](crate::Task::read_reply) slot by slot, so that one that doesn't follow the schema leaves
//! the others usable.

use serde_json::{Map, Value};

use super::{Claim, RowClaim, SlotAnswer};
use crate::chunk::Chunk;
use crate::lower::{anchor_name, flat_name};
use crate::schema::{Shape, Slot, SlotKind, pointer_of};

/// How many problems of a reply are named.
const PROBLEMS_MAX: usize = 8;

/// Reads claims and notes what doesn't follow the schema.
pub(super) struct Reader<'a> {
    chunk: &'a Chunk,
    /// The first problems.
    pub(super) problems: Vec<String>,
    /// How many there are.
    pub(super) count: usize,
}

impl<'a> Reader<'a> {
    /// Reads what is said about a chunk.
    pub(super) fn of(chunk: &'a Chunk) -> Self {
        Self { chunk, problems: Vec::new(), count: 0 }
    }

    /// The answer to one slot of an object.
    pub(super) fn slot(&mut self, slot: &Slot, object: &Map<String, Value>) -> SlotAnswer {
        let given = self.member(object, &slot.path);
        self.given(&slot.kind, given, &pointer_of(&slot.path))
    }

    fn given(&mut self, kind: &SlotKind, given: Option<&Value>, pointer: &str) -> SlotAnswer {
        match kind {
            SlotKind::Leaf(leaf) if leaf.inferred => SlotAnswer::Leaf(judged(given)),
            SlotKind::Leaf(_) => SlotAnswer::Leaf(self.anchored(given, pointer)),
            SlotKind::List(leaf) => {
                let items = self.items(given, pointer);
                let claims = items.iter().filter_map(|item| {
                    if leaf.inferred { judged(Some(item)) } else { self.anchored(Some(item), pointer) }
                });
                SlotAnswer::List(claims.collect())
            }
            SlotKind::Table(table) => SlotAnswer::Table(self.rows(&table.row, given, pointer)),
        }
    }

    /// The value at a path of nested objects; a missing or null object makes its members null.
    fn member<'v>(&mut self, object: &'v Map<String, Value>, path: &[String]) -> Option<&'v Value> {
        let (name, objects) = path.split_last()?;
        let mut object = object;
        for name in objects {
            match object.get(name)? {
                Value::Object(inner) => object = inner,
                Value::Null => return None,
                _ => {
                    self.problem(format!("`{}` must be an object", pointer_of(path)));
                    return None;
                }
            }
        }
        object.get(name)
    }

    fn rows(&mut self, shape: &Shape, given: Option<&Value>, pointer: &str) -> Vec<RowClaim> {
        let anchor = anchor_name(shape);
        let mut rows = Vec::new();
        for (index, item) in self.items(given, pointer).iter().enumerate() {
            let Value::Object(row) = item else {
                self.problem(format!("`{pointer}/{index}` must be an object"));
                continue;
            };
            let line = self.line(row.get(&anchor));
            let slots = shape.slots.iter().map(|slot| {
                let pointer = format!("{pointer}/{index}{}", pointer_of(&slot.path));
                self.given(&slot.kind, row.get(&flat_name(slot)), &pointer)
            });
            let slots: Vec<SlotAnswer> = slots.collect();
            if slots.iter().any(SlotAnswer::says_something) {
                rows.push(RowClaim { line, slots });
            }
        }
        rows
    }

    fn items<'v>(&mut self, given: Option<&'v Value>, pointer: &str) -> &'v [Value] {
        match given {
            Some(Value::Array(items)) => items,
            None | Some(Value::Null) => &[],
            Some(_) => {
                self.problem(format!("`{pointer}` must be an array"));
                &[]
            }
        }
    }

    /// A value with its line. A bare value is one whose line was left out.
    fn anchored(&mut self, given: Option<&Value>, pointer: &str) -> Option<Claim> {
        let (value, line) = match given? {
            Value::Object(pair) => (pair.get("value")?, self.line(pair.get("line"))),
            bare => (bare, None),
        };
        let text = match value {
            Value::Null => return None,
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                self.problem(format!("the value of `{pointer}` must be a string or null"));
                return None;
            }
        };
        (!text.is_empty()).then_some(Claim { value: Value::String(text), line })
    }

    /// A line of the chunk; anything else is as good as none.
    fn line(&self, given: Option<&Value>) -> Option<u32> {
        let line = match given? {
            Value::Number(number) => number.as_u64()?,
            Value::String(text) => text.trim().parse().ok()?,
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        let is_shown = |line: &u32| {
            let is_of_images = self.chunk.lines().is_empty();
            if is_of_images { self.chunk.images().contains(line) } else { self.chunk.shows(*line) }
        };
        u32::try_from(line).ok().filter(is_shown)
    }

    fn problem(&mut self, problem: String) {
        self.count += 1;
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }
}

/// An inferred value, of whatever type: the user's schema is enforced on the record.
fn judged(given: Option<&Value>) -> Option<Claim> {
    match given? {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        // Some models wrap it like the other values.
        Value::Object(pair) => judged(pair.get("value").filter(|value| !value.is_object())),
        value => Some(Claim { value: value.clone(), line: None }),
    }
}
