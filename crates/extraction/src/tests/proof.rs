//! When a single value is proved.

use serde_json::json;

use super::{at, check, one};

#[test]
fn a_text_is_proved_on_the_line_that_was_named() {
    let schema = || one("a", json!({"type": "string"}));
    let lines = ["ACME Ltd", "Invoice number: | RE-2024-001", "ACME Ltd"];
    check(
        &lines,
        schema(),
        json!({"a": at(1, "ACME Ltd")}),
        &["/a \"ACME Ltd\" 'ACME Ltd' p1:1", "verified"],
    );
    check(
        &lines,
        schema(),
        json!({"a": at(3, "ACME Ltd")}),
        &["/a \"ACME Ltd\" 'ACME Ltd' p1:3", "verified"],
    );
    // Case, white space and dashes may differ; the record has what is printed.
    check(
        &lines,
        schema(),
        json!({"a": at(3, "acme  LTD")}),
        &["/a \"ACME Ltd\" 'ACME Ltd' p1:3", "verified"],
    );
    check(
        &lines,
        schema(),
        json!({"a": at(2, "RE–2024–001")}),
        &["/a \"RE-2024-001\" 'RE-2024-001' p1:2", "verified"],
    );
    // Part of a longer value is no proof.
    check(
        &lines,
        schema(),
        json!({"a": at(2, "2024-001")}),
        &["/a \"2024-001\" none", "! not_found /a", "needs_review"],
    );
    check(
        &lines,
        schema(),
        json!({"a": at(2, "RE-2024")}),
        &["/a \"RE-2024\" none", "! not_found /a", "needs_review"],
    );
}

#[test]
fn a_wrong_line_is_mended_where_the_value_stands_once_on_its_page() {
    let schema = || one("a", json!({"type": "string"}));
    let lines = ["ACME Ltd", "Berlin", "ACME Ltd", "---", "Hamburg", "Bonn"];
    check(&lines, schema(), json!({"a": at(1, "Berlin")}), &["/a \"Berlin\" 'Berlin' p1:2", "verified"]);
    check(
        &lines,
        schema(),
        json!({"a": at(2, "ACME Ltd")}),
        &["/a \"ACME Ltd\" none", "! ambiguous /a", "needs_review"],
    );
    // On another page than the named line's.
    check(
        &lines,
        schema(),
        json!({"a": at(2, "Bonn")}),
        &["/a \"Bonn\" none", "! not_found /a", "needs_review"],
    );
    // No line, or one the chunk doesn't have: once in all of its pages.
    for line in [json!(null), json!(0), json!(99), json!(-1), json!("x")] {
        let reply = json!({"a": {"value": "Bonn", "line": line}});
        check(&lines, schema(), reply, &["/a \"Bonn\" 'Bonn' p2:2", "verified"]);
    }
    check(
        &lines,
        schema(),
        json!({"a": at(2, "Munich")}),
        &["/a \"Munich\" none", "! not_found /a", "needs_review"],
    );
}

#[test]
fn punctuation_and_labels_around_a_value_dont_count() {
    let schema = || one("a", json!({"type": "string"}));
    let lines = ["Invoice:2024-001, Dr. (ACME) Ltd. #77"];
    check(
        &lines,
        schema(),
        json!({"a": at(1, "2024-001")}),
        &["/a \"2024-001\" '2024-001' p1:1", "verified"],
    );
    check(&lines, schema(), json!({"a": at(1, "ACME")}), &["/a \"ACME\" 'ACME' p1:1", "verified"]);
    check(&lines, schema(), json!({"a": at(1, "Ltd")}), &["/a \"Ltd\" 'Ltd' p1:1", "verified"]);
    check(&lines, schema(), json!({"a": at(1, "77")}), &["/a \"77\" '77' p1:1", "verified"]);
    check(
        &lines,
        schema(),
        json!({"a": at(1, "Invoice:2024-001")}),
        &["/a \"Invoice:2024-001\" 'Invoice:2024-001' p1:1", "verified"],
    );
}

#[test]
fn a_text_may_go_on_in_the_lines_below() {
    let schema = || one("a", json!({"type": "string"}));
    let lines = ["Supplier | ACME Inter-", "12 Main | national Trading", " | Company, Ltd"];
    let whole =
        "/a \"ACME International Trading Company, Ltd\" 'ACME Inter- national Trading Company, Ltd' p1:1-3";
    check(
        &lines,
        schema(),
        json!({"a": at(1, "ACME International Trading Company, Ltd")}),
        &[whole, "verified"],
    );
    // Not beyond the middle of a cell.
    let lines = ["ACME Trading Company", "Berlin"];
    check(
        &lines,
        schema(),
        json!({"a": at(1, "ACME Berlin")}),
        &["/a \"ACME Berlin\" none", "! not_found /a", "needs_review"],
    );
}

#[test]
fn empty_texts_and_nulls_are_left_out() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "string"}}});
    check(
        &["x y"],
        schema.clone(),
        json!({"a": null, "b": at(1, "  "), "c": at(1, "y")}),
        &["/c \"y\" 'y' p1:1", "verified"],
    );
    // Nothing at all is nothing to rely on.
    check(&["x y"], schema, json!({"a": null}), &["! not_found -", "needs_review"]);
}

#[test]
fn inferred_leaves_need_no_place() {
    let schema = json!({"type": "object", "properties": {
        "kind": {"type": "string", "enum": ["credit", "debit"], "x-docmill": "inferred"},
        "paid": {"type": "boolean"}}});
    let reply = json!({"kind": "credit", "paid": false});
    check(&["x"], schema.clone(), reply, &["/kind \"credit\" inferred", "/paid false inferred", "verified"]);
    // They are held to the schema all the same.
    check(
        &["x"],
        schema,
        json!({"kind": "other", "paid": null}),
        &["/kind \"other\" inferred", "! schema_violation /kind", "needs_review"],
    );
}

#[test]
fn the_schema_is_enforced_on_the_record() {
    let schema = || {
        json!({"type": "object", "required": ["a", "o"], "properties": {
        "a": {"type": "string", "pattern": "^[0-9]+$"},
        "o": {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}, "c": {"type": "string"}}}}})
    };
    check(
        &["17 x"],
        schema(),
        json!({"a": at(1, "x"), "o": {"b": null, "c": at(1, "17")}}),
        &[
            "/a \"x\" doubted 'x' p1:1",
            "/o/c \"17\" '17' p1:1",
            "! schema_violation /a",
            "! missing_required /o/b",
            "needs_review",
        ],
    );
    check(
        &["17 x"],
        schema(),
        json!({"a": null, "o": null}),
        &["! missing_required /a", "! missing_required /o", "! not_found -", "needs_review"],
    );
    // The schema's own spelling of a listed value.
    let schema = one("a", json!({"enum": ["Net 30", "Net 60"]}));
    check(
        &["Terms: NET 30"],
        schema,
        json!({"a": at(1, "NET 30")}),
        &["/a \"Net 30\" 'NET 30' p1:1", "verified"],
    );
}

#[test]
fn lists_keep_each_value_with_its_place() {
    let schema = one("tags", json!({"type": "array", "items": {"type": "string"}}));
    check(
        &["red", "blue", "red"],
        schema,
        json!({"tags": [at(1, "red"), at(3, "red"), at(2, "green")]}),
        &[
            "/tags/0 \"red\" doubted 'red' p1:1",
            "/tags/1 \"red\" doubted 'red' p1:3",
            "/tags/2 \"green\" none",
            "! unreliable_reading -",
            "! not_found /tags/2",
            "needs_review",
        ],
    );
}

#[test]
fn the_prompts_marks_are_no_part_of_a_value() {
    let schema = one("a", json!({"type": "string"}));
    check(
        &["Street 1 | Berlin"],
        schema,
        json!({"a": at(1, "Street 1 | Berlin")}),
        &["/a \"Street 1 Berlin\" 'Street 1 Berlin' p1:1", "verified"],
    );
}
