//! When a value isn't proved although its text stands where it was read.

use serde_json::{Value, json};

use super::{at, check, check_rules, one};

fn amounts() -> Value {
    let number = || json!({"type": "number"});
    json!({"type": "object", "properties": {
        "lines": {"type": "array", "items": {"type": "object", "properties": {
            "count": number(), "price": number(), "amount": number()}}},
        "net": number(), "tax": number(), "total": number()}})
}

fn rules() -> Value {
    json!([
        {"kind": "product", "id": "line", "each": "/lines", "factors": ["count", "price"], "result": "amount"},
        {"kind": "sum", "id": "lines", "parts": ["/lines/*/amount"], "total": "/net"},
        {"kind": "sum", "id": "total", "parts": ["/net", "/tax"], "total": "/total"}
    ])
}

const LINES: [&str; 5] = ["2 | 5.00 | 10.00", "3 | 7.00 | 21.00", "Net 31.00", "Tax 6.00", "Total 37.00"];

fn row(line: u32, count: &str, price: &str, amount: &str) -> Value {
    json!({"line": line, "count": count, "price": price, "amount": amount})
}

#[test]
fn members_of_an_equation_that_doesnt_hold_are_doubted_but_for_what_another_confirms() {
    let rows = || json!([row(1, "2", "5.00", "10.00"), row(2, "3", "7.00", "21.00")]);
    let of_rows = [
        "/lines/0/count 2 '2' p1:1",
        "/lines/0/price 5 '5.00' p1:1",
        "/lines/0/amount 10 '10.00' p1:1",
        "/lines/1/count 3 '3' p1:2",
        "/lines/1/price 7 '7.00' p1:2",
        "/lines/1/amount 21 '21.00' p1:2",
    ];
    let check = |reply: Value, expected: &[&str]| {
        check_rules(&LINES, amounts(), rules(), reply, expected);
    };
    let right =
        ["/net 31 '31.00' p1:3", "/tax 6 '6.00' p1:4", "/total 37 '37.00' p1:5", "/lines 2/2", "verified"];
    check(
        json!({"lines": rows(), "net": at(3, "31.00"), "tax": at(4, "6.00"), "total": at(5, "37.00")}),
        &[&of_rows[..], &right[..]].concat(),
    );
    // The lines confirm the net amount, so the doubt is about tax and total.
    let of_total = [
        "/net 31 '31.00' p1:3",
        "/tax 21 doubted '21.00' p1:2",
        "/total 37 doubted '37.00' p1:5",
        "/lines 2/2",
        "! arithmetic_mismatch /total",
        "needs_review",
    ];
    check(
        json!({"lines": rows(), "net": at(3, "31.00"), "tax": at(2, "21.00"), "total": at(5, "37.00")}),
        &[&of_rows[..], &of_total[..]].concat(),
    );
    // A row that its own product contradicts, in a sum that isn't right for it either.
    let of_row = [
        "/lines/0/count 2 '2' p1:1",
        "/lines/0/price 5 '5.00' p1:1",
        "/lines/0/amount 10 '10.00' p1:1",
        "/lines/1/count 3 doubted '3' p1:2",
        "/lines/1/price 7 doubted '7.00' p1:2",
        "/lines/1/amount 7 doubted '7.00' p1:2",
        "/net 31 '31.00' p1:3",
        "/tax 6 '6.00' p1:4",
        "/total 37 '37.00' p1:5",
        "/lines 2/2",
        "! arithmetic_mismatch /lines/1/amount",
        "! arithmetic_mismatch /net",
        "needs_review",
    ];
    check(
        json!({"lines": [row(1, "2", "5.00", "10.00"), row(2, "3", "7.00", "7.00")],
            "net": at(3, "31.00"), "tax": at(4, "6.00"), "total": at(5, "37.00")}),
        &of_row,
    );
}

#[test]
fn an_equation_of_one_number_with_itself_confirms_nothing() {
    let schema = || {
        json!({"type": "object", "properties": {
        "a": {"type": "number"}, "b": {"type": "number"}, "c": {"type": "number"}}})
    };
    let rules = json!([
        {"kind": "sum", "id": "same", "parts": ["/a"], "total": "/b"},
        {"kind": "sum", "id": "other", "parts": ["/a"], "total": "/c"}
    ]);
    let check = |line: u32, expected: &[&str]| {
        let reply = json!({"a": at(1, "5.00"), "b": at(line, "5.00"), "c": at(2, "7.00")});
        check_rules(&["x 5.00", "y 7.00", "z 5.00"], schema(), rules.clone(), reply, expected);
    };
    let warned = ["! arithmetic_mismatch /c", "needs_review"];
    let own = ["/a 5 '5.00' p1:1", "/b 5 '5.00' p1:3", "/c 7 doubted '7.00' p1:2"];
    check(3, &[&own[..], &warned[..]].concat());
    let same = ["/a 5 doubted '5.00' p1:1", "/b 5 '5.00' p1:1", "/c 7 doubted '7.00' p1:2"];
    check(1, &[&same[..], &warned[..]].concat());
}

#[test]
fn what_the_schema_forbids_is_doubted() {
    let check = |leaf: Value, value: &str, expected: &str| {
        let expected = [expected, "! schema_violation /a", "needs_review"];
        check(&["No RE-17", "Total: 12.00 net"], one("a", leaf), json!({"a": at(1, value)}), &expected);
    };
    check(json!({"type": "number"}), "No", "/a \"No\" doubted 'No' p1:1");
    check(json!({"type": "string", "pattern": "^[0-9]+$"}), "RE-17", "/a \"RE-17\" doubted 'RE-17' p1:1");
    check(json!({"type": "string", "enum": ["RE-18"]}), "RE-17", "/a \"RE-17\" doubted 'RE-17' p1:1");
    check(json!({"type": "string", "format": "date"}), "No", "/a \"No\" doubted 'No' p1:1");
}
