//! Reads the user's JSON Schema into the shape of a record.
//!
//! It follows local references and takes the properties of every branch of `allOf`, `anyOf`, `oneOf`, `then` and
//! `else`: the branches are enforced on the finished record by the schema itself, not here.

use docmill_einvoice::Group;
use serde_json::{Map, Value};

use super::marks::{Marks, marks};
use super::{DEPTH_MAX, LEAVES_MAX, Leaf, LeafKind, SchemaError, Shape, Slot, SlotKind, Table, pointer_of};

/// The most references and branches followed from one place, so that a schema can't go round in circles.
const BRANCHES_MAX: usize = 64;

/// Reads a schema that is already known to be valid JSON Schema of a bearable size.
pub(crate) fn shape_of(schema: &Value) -> Result<Shape, SchemaError> {
    let mut reader = Reader { root: schema, leaves: 0 };
    let branches = reader.branches(schema, &[])?;
    let mut shape = Shape::default();
    reader.properties(&branches, &[], &[], Within::default(), &mut shape)?;
    if shape.slots.is_empty() { Err(SchemaError::NotAnObject) } else { Ok(shape) }
}

struct Reader<'a> {
    root: &'a Value,
    leaves: usize,
}

/// What a property has from those it is in.
#[derive(Debug, Clone, Copy, Default)]
struct Within {
    inferred: bool,
    group: Option<Group>,
}

impl<'a> Reader<'a> {
    /// Puts the properties of an object into `shape`. `place` is where it is in the record, `prefix` where it is
    /// in the shape.
    fn properties(
        &mut self,
        branches: &[&'a Map<String, Value>],
        place: &[String],
        prefix: &[String],
        within: Within,
        shape: &mut Shape,
    ) -> Result<(), SchemaError> {
        if place.len() > DEPTH_MAX {
            return Err(SchemaError::TooDeep { pointer: pointer_of(place) });
        }
        let mut seen: Vec<&str> = Vec::new();
        for branch in branches {
            let Some(Value::Object(properties)) = branch.get("properties") else { continue };
            for (name, definition) in properties {
                if seen.contains(&name.as_str()) {
                    continue;
                }
                seen.push(name);
                let place = joined(place, name);
                let path = joined(prefix, name);
                self.property(definition, &place, path, within, shape)?;
            }
        }
        Ok(())
    }

    fn property(
        &mut self,
        definition: &'a Value,
        place: &[String],
        path: Vec<String>,
        within: Within,
        shape: &mut Shape,
    ) -> Result<(), SchemaError> {
        let branches = self.branches(definition, place)?;
        let marks = marked(&branches, place)?;
        let within = Within { inferred: within.inferred || marks.inferred, group: within.group };
        let types = types(&branches);
        let description = text(&branches, "description");
        if branches.iter().any(|branch| branch.contains_key("properties")) {
            shape.objects.push((path.clone(), description));
            return self.properties(&branches, place, &path, within, shape);
        }
        if types.contains(&"array") || branches.iter().any(|branch| branch.contains_key("items")) {
            let kind = self.array(&branches, place, within, marks, description)?;
            shape.slots.push(Slot { path, kind });
            return Ok(());
        }
        if types.contains(&"object") {
            return Err(unsupported(
                place,
                "it is an object without `properties`: say what to extract from it",
            ));
        }
        check_term(&marks, within, place)?;
        let kind = SlotKind::Leaf(self.leaf(&branches, within.inferred, marks, description)?);
        shape.slots.push(Slot { path, kind });
        Ok(())
    }

    fn array(
        &mut self,
        branches: &[&'a Map<String, Value>],
        place: &[String],
        within: Within,
        marks: Marks,
        description: String,
    ) -> Result<SlotKind, SchemaError> {
        let Some(items) = branches.iter().find_map(|branch| branch.get("items")) else {
            return Err(unsupported(place, "it is an array without `items`: say what it is an array of"));
        };
        let item_branches = self.branches(items, place)?;
        let of_items = marked(&item_branches, place)?;
        let inferred = within.inferred || of_items.inferred;
        if item_branches.iter().any(|branch| branch.contains_key("properties")) {
            let mut row = Shape::default();
            let place = joined(place, "*");
            let group = marks.group.or(of_items.group);
            self.properties(&item_branches, &place, &[], Within { inferred, group }, &mut row)?;
            if row.slots.is_empty() {
                return Err(unsupported(
                    &place,
                    "its rows have no properties: say what to extract from a row",
                ));
            }
            return Ok(SlotKind::Table(Table { description, row, group }));
        }
        let types = types(&item_branches);
        if types.contains(&"array") || types.contains(&"object") {
            let reason =
                "it is an array of arrays, or of objects without `properties`: use an array of objects";
            return Err(unsupported(place, reason));
        }
        let own = text(&item_branches, "description");
        let marks =
            Marks { term: marks.term.or(of_items.term), field: marks.field.or(of_items.field), ..marks };
        check_term(&marks, within, place)?;
        Ok(SlotKind::List(self.leaf(
            &item_branches,
            inferred,
            marks,
            if own.is_empty() { description } else { own },
        )?))
    }

    fn leaf(
        &mut self,
        branches: &[&Map<String, Value>],
        inferred: bool,
        marks: Marks,
        description: String,
    ) -> Result<Leaf, SchemaError> {
        self.leaves += 1;
        if self.leaves > LEAVES_MAX {
            return Err(SchemaError::TooManyLeaves);
        }
        let types = types(branches);
        let options = branches.iter().find_map(|branch| match (branch.get("enum"), branch.get("const")) {
            (Some(Value::Array(options)), _) => {
                Some(options.iter().filter(|option| !option.is_null()).cloned().collect())
            }
            (_, Some(only)) => Some(vec![only.clone()]),
            (_, None) => None,
        });
        let options: Vec<Value> = options.unwrap_or_default();
        let numeric = !options.is_empty() && options.iter().all(Value::is_number);
        let kind = if types.contains(&"string") {
            if text(branches, "format") == "date" { LeafKind::Date } else { LeafKind::Text }
        } else if types.contains(&"number") || (types.is_empty() && numeric) {
            LeafKind::Number
        } else if types.contains(&"integer") {
            LeafKind::Integer
        } else if types.contains(&"boolean") || (!options.is_empty() && options.iter().all(Value::is_boolean))
        {
            LeafKind::Boolean
        } else {
            LeafKind::Text
        };
        // A yes or no is never printed as such: it is judged.
        let inferred = inferred || kind == LeafKind::Boolean;
        let currency = kind == LeafKind::Text
            && (text(branches, "pattern").contains("[A-Z]{3}") || description.contains("ISO 4217"));
        Ok(Leaf { kind, inferred, currency, description, options, term: marks.term, field: marks.field })
    }

    /// The schema at `start` and every schema it is made of, references followed.
    fn branches(
        &self,
        start: &'a Value,
        place: &[String],
    ) -> Result<Vec<&'a Map<String, Value>>, SchemaError> {
        let mut found: Vec<&Map<String, Value>> = Vec::new();
        let mut waiting = vec![start];
        while let Some(next) = waiting.pop() {
            // `true` as a schema says nothing, `false` is enforced on the record.
            let Value::Object(schema) = next else { continue };
            if found.len() >= BRANCHES_MAX {
                return Err(SchemaError::TooDeep { pointer: pointer_of(place) });
            }
            found.push(schema);
            let mut parts: Vec<&Value> = Vec::new();
            if let Some(Value::String(reference)) = schema.get("$ref") {
                parts.push(self.referenced(reference, place)?);
            }
            for keyword in ["allOf", "anyOf", "oneOf"] {
                if let Some(Value::Array(members)) = schema.get(keyword) {
                    parts.extend(members);
                }
            }
            parts.extend(["then", "else"].into_iter().filter_map(|keyword| schema.get(keyword)));
            waiting.extend(parts.into_iter().rev());
        }
        Ok(found)
    }

    fn referenced(&self, reference: &str, place: &[String]) -> Result<&'a Value, SchemaError> {
        let pointer = reference.strip_prefix('#').filter(|rest| rest.is_empty() || rest.starts_with('/'));
        pointer.and_then(|pointer| self.root.pointer(pointer)).ok_or_else(|| {
            unsupported(place, &format!("`$ref` {reference:?} is not a pointer to a place in this schema"))
        })
    }
}

fn marked(branches: &[&Map<String, Value>], place: &[String]) -> Result<Marks, SchemaError> {
    marks(branches).map_err(|reason| unsupported(place, &reason))
}

/// A row's values are terms of the row's group; a group is what an array of objects is of.
fn check_term(marks: &Marks, within: Within, place: &[String]) -> Result<(), SchemaError> {
    if let Some(group) = marks.group {
        let reason = format!("{} is a group of terms: mark an array of objects with it", group.code());
        return Err(unsupported(place, &reason));
    }
    match (marks.term, within.group) {
        (Some(term), Some(group)) if term.group() != Some(group) => {
            let reason = format!("{} doesn't stand in the rows of {}", term.code(), group.code());
            Err(unsupported(place, &reason))
        }
        (Some(_) | None, _) => Ok(()),
    }
}

/// Every type the branches name.
fn types<'a>(branches: &[&'a Map<String, Value>]) -> Vec<&'a str> {
    let mut types = Vec::new();
    for branch in branches {
        match branch.get("type") {
            Some(Value::String(one)) => types.push(one.as_str()),
            Some(Value::Array(several)) => types.extend(several.iter().filter_map(Value::as_str)),
            _ => {}
        }
    }
    types
}

/// The first branch's text under `keyword`; empty where none has it.
fn text(branches: &[&Map<String, Value>], keyword: &str) -> String {
    branches.iter().find_map(|branch| branch.get(keyword)?.as_str()).unwrap_or_default().to_owned()
}

fn joined(path: &[String], name: &str) -> Vec<String> {
    let mut joined = path.to_vec();
    joined.push(name.to_owned());
    joined
}

fn unsupported(place: &[String], reason: &str) -> SchemaError {
    SchemaError::Unsupported { pointer: pointer_of(place), reason: reason.to_owned() }
}
