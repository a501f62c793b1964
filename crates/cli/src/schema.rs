//! Finding one's way in a user's JSON Schema: where a pointer leads, and what kind of value stands there.
//!
//! Called by `eval`, which compares values by their kind, by `review`, which reads what a person typed, and by
//! `profile check`. It follows references and looks into every branch, as the extraction does; it validates nothing.

use serde_json::{Map, Value};

/// The most references and branches followed from one place, so that a schema can't go round in circles.
const BRANCHES_MAX: usize = 64;

/// What kind of value stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text as it is printed.
    Text,
    /// A calendar date, `YYYY-MM-DD`.
    Date,
    /// A decimal number.
    Number,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// Whether values of this kind have no members.
    pub(crate) fn is_leaf(self) -> bool {
        !matches!(self, Self::Array | Self::Object)
    }

    /// Whether it can be computed with.
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Integer)
    }
}

/// A place in a schema: everything that is said about one value.
#[derive(Debug, Clone)]
pub(crate) struct Place<'a> {
    root: &'a Value,
    branches: Vec<&'a Map<String, Value>>,
}

/// Where `pointer` leads: a JSON pointer into a record. In an array, every index leads to its items, and so do `*`
/// and `-`. `None` where the schema has no such property.
pub(crate) fn place<'a>(schema: &'a Value, pointer: &str) -> Option<Place<'a>> {
    let mut place = Place::of(schema, schema);
    if pointer.is_empty() {
        return Some(place);
    }
    for segment in pointer.strip_prefix('/')?.split('/') {
        place = place.member(&segment.replace("~1", "/").replace("~0", "~"))?;
    }
    Some(place)
}

impl<'a> Place<'a> {
    fn of(root: &'a Value, schema: &'a Value) -> Self {
        Self { root, branches: branches(root, schema) }
    }

    /// The property of this name, or the items of an array.
    fn member(&self, name: &str) -> Option<Self> {
        let is_index = name == "*" || name == "-" || name.bytes().all(|byte| byte.is_ascii_digit());
        let property = |branch: &&'a Map<String, Value>| branch.get("properties")?.get(name);
        let items = |branch: &&'a Map<String, Value>| branch.get("items").filter(|_| is_index);
        let found = self.branches.iter().find_map(property);
        let found = found.or_else(|| self.branches.iter().find_map(items))?;
        Some(Self::of(self.root, found))
    }

    /// What kind of value stands here.
    pub(crate) fn kind(&self) -> Kind {
        let types: Vec<&str> = self.branches.iter().flat_map(|branch| types(branch)).collect();
        let has = |keyword: &str| self.branches.iter().any(|branch| branch.contains_key(keyword));
        if has("properties") || types.contains(&"object") {
            Kind::Object
        } else if has("items") || types.contains(&"array") {
            Kind::Array
        } else if types.contains(&"string") {
            let is_date =
                |branch: &&Map<String, Value>| branch.get("format").is_some_and(|format| format == "date");
            if self.branches.iter().any(is_date) { Kind::Date } else { Kind::Text }
        } else if types.contains(&"number") {
            Kind::Number
        } else if types.contains(&"integer") {
            Kind::Integer
        } else if types.contains(&"boolean") {
            Kind::Boolean
        } else {
            self.kind_of_options().unwrap_or(Kind::Text)
        }
    }

    /// The kind of the values that `enum` or `const` list, where all are alike.
    fn kind_of_options(&self) -> Option<Kind> {
        let options =
            self.branches.iter().find_map(|branch| match (branch.get("enum"), branch.get("const")) {
                (Some(Value::Array(options)), _) => {
                    Some(options.iter().filter(|option| !option.is_null()).collect())
                }
                (_, Some(only)) => Some(vec![only]),
                (_, None) => None,
            });
        let options: Vec<&Value> = options?;
        if options.iter().all(|option| option.is_number()) {
            Some(Kind::Number)
        } else if options.iter().all(|option| option.is_boolean()) {
            Some(Kind::Boolean)
        } else {
            None
        }
    }
}

fn types(branch: &Map<String, Value>) -> Vec<&str> {
    match branch.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The schema at `start` and every schema it is made of.
fn branches<'a>(root: &'a Value, start: &'a Value) -> Vec<&'a Map<String, Value>> {
    let mut found: Vec<&Map<String, Value>> = Vec::new();
    let mut waiting = vec![start];
    while let Some(next) = waiting.pop() {
        let Value::Object(schema) = next else { continue };
        if found.len() >= BRANCHES_MAX {
            break;
        }
        found.push(schema);
        let referenced = schema.get("$ref").and_then(Value::as_str).and_then(|reference| {
            let pointer = reference.strip_prefix('#')?;
            root.pointer(pointer)
        });
        let mut parts: Vec<&Value> = referenced.into_iter().collect();
        for keyword in ["allOf", "anyOf", "oneOf"] {
            if let Some(Value::Array(members)) = schema.get(keyword) {
                parts.extend(members);
            }
        }
        parts.extend(["then", "else"].into_iter().filter_map(|keyword| schema.get(keyword)));
        waiting.extend(parts.into_iter().rev());
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pointers_lead_to_kinds_of_values() {
        let schema = json!({
            "type": "object",
            "$defs": {"money": {"type": "number"}, "row": {"properties": {"when": {"type": "string", "format": "date"},
                "sum": {"$ref": "#/$defs/money"}, "a/b": {"type": ["integer", "null"]}}}},
            "properties": {
                "name": {"type": "string"}, "ok": {"type": "boolean"}, "size": {"enum": [1, 2, null]},
                "rows": {"type": "array", "items": {"$ref": "#/$defs/row"}},
                "tags": {"type": "array", "items": {"type": "string"}},
                "either": {"oneOf": [{"properties": {"x": {"$ref": "#/$defs/money"}}}, {"properties": {"y": {}}}]},
                "loop": {"$ref": "#/properties/loop"}
            }
        });
        let check = |pointer: &str, expected: Option<Kind>| {
            assert_eq!(place(&schema, pointer).map(|place| place.kind()), expected, "{pointer}");
        };
        check("", Some(Kind::Object));
        check("/name", Some(Kind::Text));
        check("/ok", Some(Kind::Boolean));
        check("/size", Some(Kind::Number));
        check("/rows", Some(Kind::Array));
        check("/rows/0", Some(Kind::Object));
        check("/rows/*/when", Some(Kind::Date));
        check("/rows/-/sum", Some(Kind::Number));
        check("/rows/3/a~1b", Some(Kind::Integer));
        check("/tags/7", Some(Kind::Text));
        check("/either/x", Some(Kind::Number));
        check("/either/y", Some(Kind::Text));
        check("/loop", Some(Kind::Text));
        for nowhere in ["/nam", "/rows/when", "/name/x", "name", "/rows/*/nothing"] {
            check(nowhere, None);
        }
    }
}
