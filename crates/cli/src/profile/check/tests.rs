//! Files as tables: a profile, and the problems it must be told, by place.

use docmill_extraction::{PlanBudget, SchemaLevel, plan};
use docmill_pdf::{Bounds, Document, Line, Page, Word};
use serde_json::json;

use super::*;

/// `expected`: `pointer: words of the message`, in any order; no more and no less.
#[track_caller]
fn check_file(file: &Value, expected: &[&str]) {
    let found: Vec<String> = match check(&file.to_string()) {
        Ok(_) => Vec::new(),
        Err(problems) => {
            problems.into_iter().map(|problem| format!("{}: {}", problem.pointer, problem.message)).collect()
        }
    };
    let is_told = |expected: &&&str| {
        let (pointer, words) = expected.split_once(": ").unwrap();
        found.iter().any(|found| found.starts_with(&format!("{pointer}: ")) && found.contains(words))
    };
    let told = expected.iter().filter(is_told).count();
    assert!(told == expected.len() && found.len() == expected.len(), "{found:#?}\n  expected: {expected:#?}");
}

fn profile() -> Value {
    json!({"name": "a", "schema": {"type": "object", "properties": {
        "total": {"type": "number"}, "currency": {"type": "string"}, "opening": {"type": "number"},
        "rows": {"type": "array", "items": {"type": "object", "properties": {
            "n": {"type": "number"}, "price": {"type": "number"}, "text": {"type": "string"}}}}}}})
}

#[track_caller]
fn check_with(members: Value, expected: &[&str]) {
    let mut file = profile();
    for (name, member) in members.as_object().unwrap() {
        file[name] = member.clone();
    }
    check_file(&file, expected);
}

#[test]
fn files_that_are_no_profiles_say_why() {
    assert_eq!(check("x").unwrap_err()[0].message.split(':').next(), Some("is not JSON"));
    check_file(&json!([]), &[": must be a JSON object"]);
    check_with(json!({}), &[]);
    check_file(
        &json!({"version": 2, "titel": "", "name": "a.b", "instructions": 7}),
        &[
            "/version: has version 2",
            "/titel: unknown field `titel`",
            "/name: needs a `name`",
            "/instructions: must be a text",
            ": missing field `schema`",
        ],
    );
    check_with(json!({"schema": {"type": "array"}}), &["/schema: must describe an object"]);
    check_with(
        json!({"schema": {"type": "object", "properties": {"a": {"type": "txt"}, "b": {"minimum": "x"}}}}),
        &["/schema/properties/a/type: ", "/schema/properties/b/minimum: "],
    );
}

#[test]
fn pointers_that_lead_nowhere_are_told_all_at_once() {
    check_with(
        json!({
            "rules": [
                {"kind": "sum", "id": "s", "parts": ["/rows/*/n", "/rows/*/text"], "minus": ["/nothing"], "optional": ["/total"],
                 "total": "/totl"},
                {"kind": "product", "id": "s", "each": "/rows", "factors": ["n", "prize"], "per": 0, "result": "/price"},
                {"kind": "product", "id": "p", "each": "/total", "factors": ["n"], "result": "n"},
                {"kind": "balance", "id": "", "opening": "/currency", "each": "/rows", "change": "n", "minus": "x",
                 "balance": "price", "closing": "/total"},
                {"kind": "sum", "id": "t", "parts": [], "total": "/total"},
                {"kind": "guess", "id": "g"}
            ],
            "analysis": {
                "columns": [{"name": "T", "pointer": "/currency", "currency": "/curency"}, {"nam": 1}],
                "groups": [{"name": "G", "pointer": "/rows"}],
                "unique": [["/total", "/nowhere"], []],
                "extra": 1
            }
        }),
        &[
            "/rules/0/parts/1: \"/rows/*/text\" is a text, not a number",
            "/rules/0/minus/0: \"/nothing\" is no property",
            "/rules/0/optional/0: neither among",
            "/rules/0/total: \"/totl\" is no property",
            "/rules/1/id: another rule's id",
            "/rules/1/per: is 0",
            "/rules/1/factors/1: \"/rows/*/prize\" is no property",
            "/rules/2/each: \"/total\" is a number, not an array",
            "/rules/3/id: is empty",
            "/rules/3/opening: is a text, not a number",
            "/rules/3/minus: \"/rows/*/x\" is no property",
            "/rules/4/parts: is empty",
            "/rules/5: unknown variant `guess`",
            "/analysis/extra: unknown field `extra`",
            "/analysis/columns/0/pointer: is a text, not a number",
            "/analysis/columns/0/currency: is no property",
            "/analysis/columns/1: unknown field `nam`",
            "/analysis/groups/0/pointer: is an array, not a single value",
            "/analysis/unique/0/1: is no property",
            "/analysis/unique/1: is empty",
        ],
    );
}

#[test]
fn an_example_obeys_schema_and_rules() {
    let rules = json!([{"kind": "sum", "id": "s", "parts": ["/rows/*/n"], "total": "/total"}]);
    check_with(json!({"rules": rules, "example": {"rows": [{"n": 1}, {"n": 2}], "total": 3}}), &[]);
    check_with(
        json!({"rules": rules, "example": {"rows": [{"n": 1}, {"n": 2}], "total": 4, "currency": 7}}),
        &["/example/total: the equation `s` gives 3", "/example/currency: is not of type"],
    );
}

/// Every built-in profile is whole: nothing to complain about, rules where something can be computed, an analysis, and
/// an example to which every one of its rules applies.
#[test]
fn built_in_profiles_are_whole() {
    for name in Profile::built_in_names() {
        let profile = Profile::built_in(name).unwrap();
        let file = serde_json::to_string(&profile).unwrap();
        assert_eq!(check(&file).err(), None, "{name}");
        assert!(!profile.title.is_empty() && !profile.analysis.columns.is_empty(), "{name}");
        assert!(!profile.instructions.is_empty(), "{name}");
        let example = profile.example.unwrap_or_else(|| panic!("{name} has no example"));
        let applied = docmill_arithmetic::equations(&profile.rules, &example);
        for rule in &profile.rules {
            assert!(applied.iter().any(|equation| equation.rule == rule.id()), "{name}: {}", rule.id());
        }
        assert_eq!(profile.rules.is_empty(), name == "general", "{name}");
    }
}

/// A model that had seen the example could answer with it.
#[test]
fn examples_are_never_sent_to_a_model() {
    let bounds = Bounds { x0: 0.0, y0: 0.0, x1: 9.0, y1: 9.0 };
    let words = vec![Word { text: "Hello".into(), bounds }];
    let page = Page {
        number: 1,
        width: 99.0,
        height: 99.0,
        lines: vec![Line { words, bounds, font_size: 9.0, row: 0 }],
        glyphs: 5,
        glyphs_unmapped: 0,
        has_image: false,
        is_ocr_layer: false,
        rules: Vec::new(),
    };
    let document = Document {
        pages_in_file: 1,
        pages: vec![page],
        embedded_files: Vec::new(),
        form_fields: Vec::new(),
        warnings: Vec::new(),
    };
    for name in Profile::built_in_names() {
        let profile = Profile::built_in(name).unwrap();
        let task = Task::new(&profile.schema, &profile.instructions, &profile.rules).unwrap();
        let questions = task.questions(plan(&document, &PlanBudget::default()));
        let sent: String = questions
            .iter()
            .map(|question| {
                let prompt = task.prompt(question, SchemaLevel::Prompt);
                let format = prompt.response_format.map(|format| format.to_string()).unwrap_or_default();
                let texts: Vec<String> =
                    prompt.messages.iter().map(|message| message.content.clone()).collect();
                texts.concat() + &format
            })
            .collect();
        assert!(sent.contains("Hello"), "{name}: {sent}");
        fn texts(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(members) => members.values().for_each(|member| texts(member, found)),
                Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
                // Short words, such as a currency's code, may stand in any prompt.
                Value::String(text) if text.len() > 3 => found.push(text.clone()),
                _ => {}
            }
        }
        let mut examples = Vec::new();
        texts(&profile.example.unwrap(), &mut examples);
        assert!(!examples.is_empty(), "{name}");
        for text in examples {
            assert!(!sent.contains(&text), "{name}: {text:?} was sent");
        }
    }
}
