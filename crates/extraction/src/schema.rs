//! The user's JSON Schema, read into the shape of a record: which leaves, lists and tables to ask for.
//!
//! Called by [`Task::new`](crate::Task::new). It follows local references and takes the properties of every
//! branch of `allOf`, `anyOf`, `oneOf`, `then` and `else`: the branches are enforced on the finished record by
//! the schema itself, not here.

use serde_json::{Map, Value};

/// The most leaves a schema may have: a model can't fill in more at once.
pub(crate) const LEAVES_MAX: usize = 400;
/// The most levels of objects and arrays within each other.
const DEPTH_MAX: usize = 8;
/// The most text a schema may have; it is sent with every chunk.
const SCHEMA_BYTES_MAX: usize = 128 * 1024;
/// The most references and branches followed from one place, so that a schema can't go round in circles.
const BRANCHES_MAX: usize = 64;

/// Why a schema can't be worked with. The text is for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Not a JSON Schema.
    #[error("the schema is not valid JSON Schema (2020-12) at `{pointer}`: {reason}")]
    Invalid {
        /// Where: a JSON pointer into the schema, empty for its root.
        pointer: String,
        /// What is wrong there.
        reason: String,
    },
    /// A schema, but not of an object with properties.
    #[error("the schema must describe an object: give its root `\"type\": \"object\"` and `properties`")]
    NotAnObject,
    /// Too much text.
    #[error(
        "the schema has {bytes} bytes: at most {SCHEMA_BYTES_MAX} are accepted, since it is sent with every question"
    )]
    TooLarge {
        /// Its size as compact JSON.
        bytes: usize,
    },
    /// Too many leaves.
    #[error("the schema has more than {LEAVES_MAX} leaves: split it into several profiles")]
    TooManyLeaves,
    /// Too many levels, or a reference that contains itself.
    #[error(
        "the property `{pointer}` is nested more than {DEPTH_MAX} levels deep, or refers to itself: flatten it"
    )]
    TooDeep {
        /// Which property of the record.
        pointer: String,
    },
    /// Something that can't be asked for.
    #[error("the property `{pointer}` can't be extracted: {reason}")]
    Unsupported {
        /// Which property of the record.
        pointer: String,
        /// Why, and what to write instead.
        reason: String,
    },
}

/// What is asked for: of the record, or of one row of a table. Members of nested objects are slots with a
/// longer path.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Shape {
    /// In the schema's order.
    pub(crate) slots: Vec<Slot>,
    /// What the schema says about its nested objects.
    pub(crate) objects: Vec<(Vec<String>, String)>,
}

/// One thing that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slot {
    /// The property's name, after those of the objects it is in.
    pub(crate) path: Vec<String>,
    /// What it is.
    pub(crate) kind: SlotKind,
}

/// What a slot is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SlotKind {
    /// One value.
    Leaf(Leaf),
    /// An array of values.
    List(Leaf),
    /// An array of objects.
    Table(Table),
}

/// An array of objects.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    /// What the schema says about it.
    pub(crate) description: String,
    /// What is asked of each row.
    pub(crate) row: Shape,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Leaf {
    /// How its text is read.
    pub(crate) kind: LeafKind,
    /// Whether the model judges it, instead of copying it from the page.
    pub(crate) inferred: bool,
    /// Whether it is a currency's code, which pages often print as a symbol.
    pub(crate) currency: bool,
    /// What the schema says about it.
    pub(crate) description: String,
    /// The values the schema allows; empty where it doesn't list them.
    pub(crate) options: Vec<Value>,
}

/// How a leaf's text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeafKind {
    /// As it is printed.
    Text,
    /// As a calendar date.
    Date,
    /// As a decimal number.
    Number,
    /// As a whole number.
    Integer,
    /// As yes or no.
    Boolean,
}

/// Reads a schema that is already known to be valid JSON Schema.
pub(crate) fn shape_of(schema: &Value) -> Result<Shape, SchemaError> {
    let bytes = schema.to_string().len();
    if bytes > SCHEMA_BYTES_MAX {
        return Err(SchemaError::TooLarge { bytes });
    }
    let mut reader = Reader { root: schema, leaves: 0 };
    let branches = reader.branches(schema, &[])?;
    let mut shape = Shape::default();
    reader.properties(&branches, &[], &[], false, &mut shape)?;
    if shape.slots.is_empty() { Err(SchemaError::NotAnObject) } else { Ok(shape) }
}

struct Reader<'a> {
    root: &'a Value,
    leaves: usize,
}

impl<'a> Reader<'a> {
    /// Puts the properties of an object into `shape`. `place` is where it is in the record, `prefix` where it is
    /// in the shape.
    fn properties(
        &mut self,
        branches: &[&'a Map<String, Value>],
        place: &[String],
        prefix: &[String],
        inferred: bool,
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
                self.property(definition, &place, path, inferred, shape)?;
            }
        }
        Ok(())
    }

    fn property(
        &mut self,
        definition: &'a Value,
        place: &[String],
        path: Vec<String>,
        inferred: bool,
        shape: &mut Shape,
    ) -> Result<(), SchemaError> {
        let branches = self.branches(definition, place)?;
        let inferred = inferred || marked_inferred(&branches, place)?;
        let types = types(&branches);
        let description = text(&branches, "description");
        if branches.iter().any(|branch| branch.contains_key("properties")) {
            shape.objects.push((path.clone(), description));
            return self.properties(&branches, place, &path, inferred, shape);
        }
        if types.contains(&"array") || branches.iter().any(|branch| branch.contains_key("items")) {
            let kind = self.array(&branches, place, inferred, description)?;
            shape.slots.push(Slot { path, kind });
            return Ok(());
        }
        if types.contains(&"object") {
            return Err(unsupported(
                place,
                "it is an object without `properties`: say what to extract from it",
            ));
        }
        let kind = SlotKind::Leaf(self.leaf(&branches, inferred, description)?);
        shape.slots.push(Slot { path, kind });
        Ok(())
    }

    fn array(
        &mut self,
        branches: &[&'a Map<String, Value>],
        place: &[String],
        inferred: bool,
        description: String,
    ) -> Result<SlotKind, SchemaError> {
        let Some(items) = branches.iter().find_map(|branch| branch.get("items")) else {
            return Err(unsupported(place, "it is an array without `items`: say what it is an array of"));
        };
        let item_branches = self.branches(items, place)?;
        let inferred = inferred || marked_inferred(&item_branches, place)?;
        if item_branches.iter().any(|branch| branch.contains_key("properties")) {
            let mut row = Shape::default();
            let place = joined(place, "*");
            self.properties(&item_branches, &place, &[], inferred, &mut row)?;
            if row.slots.is_empty() {
                return Err(unsupported(
                    &place,
                    "its rows have no properties: say what to extract from a row",
                ));
            }
            return Ok(SlotKind::Table(Table { description, row }));
        }
        let types = types(&item_branches);
        if types.contains(&"array") || types.contains(&"object") {
            let reason =
                "it is an array of arrays, or of objects without `properties`: use an array of objects";
            return Err(unsupported(place, reason));
        }
        let own = text(&item_branches, "description");
        Ok(SlotKind::List(self.leaf(
            &item_branches,
            inferred,
            if own.is_empty() { description } else { own },
        )?))
    }

    fn leaf(
        &mut self,
        branches: &[&Map<String, Value>],
        inferred: bool,
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
        Ok(Leaf { kind, inferred, currency, description, options })
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

fn marked_inferred(branches: &[&Map<String, Value>], place: &[String]) -> Result<bool, SchemaError> {
    match branches.iter().find_map(|branch| branch.get("x-docmill")) {
        None => Ok(false),
        Some(Value::String(mark)) if mark == "inferred" => Ok(true),
        Some(mark) => {
            Err(unsupported(place, &format!("`x-docmill` is {mark}: the only mark is \"inferred\"")))
        }
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

/// A JSON pointer (RFC 6901) of these names.
pub(crate) fn pointer_of(path: &[String]) -> String {
    path.iter().map(|name| format!("/{}", escaped(name))).collect()
}

/// A name as it stands in a JSON pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
