//! Which schemas are accepted, and what is asked for.

use std::time::{Duration, Instant};

use docmill_contract::profile::Profile;
use serde_json::{Value, json};

use super::one;
use crate::Task;

#[track_caller]
fn check_refused(schema: Value, expected: &str) {
    let message = Task::new(&schema, "", &[]).unwrap_err().to_string();
    assert!(message.contains(expected), "{schema}\n  says: {message}\n  expected: {expected}");
}

#[test]
fn bad_schemas_say_what_is_wrong() {
    check_refused(json!(true), "must describe an object");
    check_refused(json!({}), "must describe an object");
    check_refused(json!({"type": "string"}), "must describe an object");
    check_refused(json!({"type": "object", "properties": {}}), "must describe an object");
    check_refused(
        one("a", json!({"type": "strin"})),
        "not valid JSON Schema (2020-12) at `/properties/a/type`",
    );
    check_refused(one("a", json!({"type": "string", "pattern": "("})), "not valid JSON Schema");
    // Back references can't be matched in linear time.
    check_refused(one("a", json!({"type": "string", "pattern": "(a)\\1"})), "not valid JSON Schema");
    check_refused(one("a", json!({"$ref": "https://example.com/x.json"})), "not valid JSON Schema");
    check_refused(one("a", json!({"$ref": "#/$defs/none"})), "not valid JSON Schema");
    check_refused(one("a", json!({"type": "object"})), "`/a` can't be extracted");
    check_refused(one("a", json!({"type": "array"})), "`/a` can't be extracted");
    check_refused(
        one("a", json!({"type": "array", "items": {"type": "array", "items": {"type": "string"}}})),
        "`/a` can't be extracted",
    );
    check_refused(
        one("a", json!({"type": "string", "x-docmill": "infered"})),
        "write \"inferred\", or an object",
    );
    let marked = |mark: Value| one("a", json!({"type": "string", "x-docmill": mark}));
    check_refused(marked(json!({"term": "BT-0"})), "none of the business terms");
    check_refused(marked(json!({"term": 1})), "`term` in `x-docmill` is 1");
    check_refused(marked(json!({"field": ""})), "`field` in `x-docmill` is \"\"");
    check_refused(marked(json!({"trem": "BT-1"})), "`x-docmill` has `trem`");
    check_refused(marked(json!({"term": "BG-25"})), "BG-25 is a group of terms");
    let row =
        json!({"type": "object", "properties": {"b": {"type": "number", "x-docmill": {"term": "BT-112"}}}});
    let lines = json!({"type": "array", "x-docmill": {"term": "BG-25"}, "items": row});
    check_refused(one("a", lines), "BT-112 doesn't stand in the rows of BG-25");
    let recursive = json!({"$ref": "#/$defs/n", "$defs": {"n": {"type": "object", "properties": {"n": {"$ref": "#/$defs/n"}}}}});
    check_refused(recursive, "refers to itself");
    let circle = json!({"$ref": "#/$defs/n", "$defs": {"n": {"$ref": "#/$defs/n"}}});
    assert!(Task::new(&circle, "", &[]).is_err());
    let many: serde_json::Map<String, Value> =
        (0..1_001).map(|index| (format!("p{index}"), json!({"type": "string"}))).collect();
    check_refused(json!({"type": "object", "properties": many}), "more than 1000 leaves");
    check_refused(one("a", json!({"type": "string", "description": "x".repeat(300_000)})), "bytes");
}

#[test]
fn built_in_profiles_are_accepted() {
    for name in Profile::built_in_names() {
        let profile = Profile::built_in(name).unwrap();
        let task = Task::new(&profile.schema, &profile.instructions, &profile.rules).unwrap();
        check_closed(task.wire_schema());
        assert!(jsonschema::meta::is_valid(task.wire_schema()));
    }
}

/// What strict modes ask for: closed objects, everything required.
fn check_closed(schema: &Value) {
    if let Value::Object(members) = schema {
        if let Some(Value::Object(properties)) = members.get("properties") {
            assert_eq!(schema["additionalProperties"], json!(false), "{schema}");
            let names: Vec<&String> = properties.keys().collect();
            assert_eq!(schema["required"], json!(names), "{schema}");
            properties.values().for_each(check_closed);
        }
        members.get("items").into_iter().for_each(check_closed);
    }
}

#[test]
fn every_kind_of_property_has_its_form_on_the_wire() {
    let schema = json!({
        "type": "object",
        "$defs": {"party": {"type": "object", "description": "A party", "properties": {"name": {"type": "string", "description": "Its 'Name'"}}}},
        "properties": {
            "number": {"type": "integer"},
            "seller": {"anyOf": [{"$ref": "#/$defs/party"}, {"type": "null"}]},
            "paid": {"type": "boolean", "description": "Whether it is paid"},
            "kind": {"enum": ["a", "b"], "x-docmill": "inferred", "type": "string"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "rows": {"type": "array", "description": "The rows", "items": {"type": "object", "properties": {
                "line": {"type": "string"},
                "price": {"type": "object", "properties": {"net": {"type": ["number", "null"]}}},
                "codes": {"type": "array", "items": {"type": "string"}},
                "parts": {"type": "array", "items": {"type": "object", "properties": {"a/b": {"type": "string"}}}}}}}
        }
    });
    let task = Task::new(&schema, "", &[]).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(task.wire_schema()).unwrap());
}

#[test]
fn branches_are_asked_for_and_enforced_afterwards() {
    let schema = json!({"type": "object", "oneOf": [
        {"properties": {"a": {"type": "string"}}, "required": ["a"]},
        {"properties": {"b": {"type": "string"}}, "required": ["b"]}]});
    let task = Task::new(&schema, "", &[]).unwrap();
    assert_eq!(task.wire_schema()["required"], json!(["a", "b"]));
    super::check(
        &["x", "y"],
        schema,
        json!({"a": super::at(1, "x"), "b": super::at(2, "y")}),
        &["/a \"x\" 'x' p1:1", "/b \"y\" 'y' p1:2", "! schema_violation -", "needs_review"],
    );
}

/// What somebody sends who wants a worker to hang, and how it is refused; none where it is harmless.
#[test]
fn schemas_built_to_hang_are_refused_or_harmless() {
    let check = |what: &str, schema: Value, refused: Option<&str>| {
        let start = Instant::now();
        match (Task::new(&schema, "", &[]), refused) {
            (Err(error), Some(expected)) => {
                assert!(error.to_string().contains(expected), "{what}: {error}");
            }
            (Ok(task), None) => {
                let page = json!({"a": "a".repeat(100_000) + "!"});
                task.validator.iter_errors(&page).count();
            }
            (Err(error), None) => panic!("{what}: refused: {error}"),
            (Ok(_), Some(_)) => panic!("{what}: accepted"),
        }
        // A second in a debug build on a busy machine; what hangs does so for years.
        assert!(start.elapsed() < Duration::from_secs(30), "{what}: {:?}", start.elapsed());
    };
    let text = |more: Value| {
        let mut leaf = json!({"type": "string"});
        leaf.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one("a", leaf)
    };
    let with_definitions = |more: Value, definitions: Value| {
        let mut schema = text(more);
        schema["$defs"] = definitions;
        schema
    };
    // Patterns that take exponential time elsewhere, and such as grow when they are compiled.
    check("nested repetition", text(json!({"pattern": "^(a+)+$"})), None);
    check("alternatives", text(json!({"pattern": "^(a|a|aa)*$"})), None);
    check("a large repetition", text(json!({"pattern": "^((a{0,100}){0,100}){0,100}b$"})), Some("regex"));
    check("a large class", text(json!({"pattern": "(\\p{L}\\p{N}){500}"})), Some("regex"));
    check("looking around", text(json!({"pattern": "(?=a)a"})), Some("regex"));
    let many: Vec<Value> = (0..129).map(|index| json!({"pattern": format!("x{{{index}}}")})).collect();
    check("many patterns", text(json!({"not": {"anyOf": many}})), Some("different patterns"));
    let same: Vec<Value> = (0..1_000).map(|_| json!({"pattern": "x"})).collect();
    check("the same pattern often", text(json!({"not": {"anyOf": same}})), None);

    // References that each refer to the next one twice.
    let doubled: serde_json::Map<String, Value> = (0..60)
        .map(|level| {
            let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
            (format!("d{level}"), json!({"allOf": [next, next]}))
        })
        .chain([("d60".to_owned(), json!({"type": "string"}))])
        .collect();
    for place in ["not", "if", "contains", "propertyNames", "additionalProperties"] {
        let schema = with_definitions(json!({place: {"$ref": "#/$defs/d0"}}), json!(doubled));
        check(place, schema, Some("once its references are followed"));
    }
    let schema =
        with_definitions(json!({"patternProperties": {"enum": {"$ref": "#/$defs/d0"}}}), json!(doubled));
    check("patternProperties", schema, Some("once its references are followed"));
    check("nobody refers to it", with_definitions(json!({}), json!(doubled)), None);

    let circle = json!({"n": {"not": {"$ref": "#/$defs/n"}}});
    check(
        "a circle",
        with_definitions(json!({"not": {"$ref": "#/$defs/n"}}), circle),
        Some("refers to itself"),
    );
    let failing: Vec<Value> = (0..5_000).map(|index| json!({"const": index})).collect();
    let schema = text(json!({"not": {"not": {"allOf": failing}}}));
    check("more to violate than there is memory for", schema, Some("more than 5000 schemas"));
    // A wide schema of the kind that people write is far from that.
    let leaf = json!({"type": ["string", "null"], "anyOf": [{"pattern": "x"}, {"type": "null"}], "enum": ["x", null]});
    let wide: serde_json::Map<String, Value> =
        (0..1_000).map(|index| (format!("p{index}"), leaf.clone())).collect();
    let names: Vec<&String> = wide.keys().collect();
    check("a thousand leaves", json!({"type": "object", "required": names, "properties": wide}), None);

    // What could mean another place than it says.
    let elsewhere = "https://json-schema.org/draft/2020-12/schema";
    check("a schema elsewhere", text(json!({"not": {"$ref": elsewhere}})), Some("not a pointer"));
    check("a dynamic reference", text(json!({"not": {"$dynamicRef": "#/$defs/n"}})), Some("use `$ref`"));
    let moved = with_definitions(json!({}), json!({"x": {"$id": "https://x"}}));
    check("another root", moved, Some("`$id` stands below the root"));
    let named = one("$id", json!({"type": "string", "enum": ["x"]}));
    check("a property of that name", named, None);
}
