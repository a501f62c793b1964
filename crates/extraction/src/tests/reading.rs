//! When a reading as a whole isn't believed, and what its values need then; and what labels say of a value.

use serde_json::{Value, json};

use super::{at, check, check_rules};

fn invoice() -> Value {
    let text = |labels: &str| json!({"type": "string", "description": format!("Printed as {labels}")});
    let number = |labels: &str| json!({"type": "number", "description": format!("Printed as {labels}")});
    json!({"type": "object", "properties": {
        "number": text("'Invoice no.'"), "seller": text("'From'"), "buyer": text("'Bill to'"),
        "net": number("'Net'"), "tax": number("'Tax'"), "total": number("'Total'"),
        "lines": {"type": "array", "items": {"type": "object", "properties": {
            "item": text("'Item'"), "count": number("'Quantity'"), "price": number("'Price'")}}}}})
}

const LINES: [&str; 11] = [
    "ACME Ltd",
    "Brightwater",
    "Invoice no. | 17",
    "Item | Quantity | Price",
    "Vice | 2 | 5.00",
    "Saw | 3 | 7.00",
    "Net | 31.00",
    "Tax | 6.00",
    "Total | 37.00",
    "Account | 4711",
    "Page 1",
];

fn rows() -> Value {
    let row = |line: u32, item: &str, count: &str, price: &str| json!({"line": line, "item": item, "count": count, "price": price});
    json!([row(5, "Vice", "2", "5.00"), row(6, "Saw", "3", "7.00")])
}

/// What comes of a reply about [`LINES`] whose only equation is net and tax. Rows are shown by their first alone.
#[track_caller]
fn check_invoice(reply: Value, expected: &[&str]) {
    let rules = json!([{"kind": "sum", "id": "total", "parts": ["/net", "/tax"], "total": "/total"}]);
    check_rules(&LINES, invoice(), rules, reply, expected);
}

#[test]
fn once_caught_a_reading_needs_a_second_witness() {
    let reply = |seller: Value| {
        json!({"number": at(3, "17"), "seller": seller, "buyer": at(2, "Brightwater"), "net": at(7, "31.00"),
            "tax": at(8, "6.00"), "total": at(9, "37.00"), "lines": rows()})
    };
    let others = [
        "/net 31 '31.00' p1:7",
        "/tax 6 '6.00' p1:8",
        "/total 37 '37.00' p1:9",
        "/lines/0/item \"Vice\" 'Vice' p1:5",
        "/lines/0/count 2 '2' p1:5",
        "/lines/0/price 5 '5.00' p1:5",
        "/lines/1/item \"Saw\" 'Saw' p1:6",
        "/lines/1/count 3 '3' p1:6",
        "/lines/1/price 7 '7.00' p1:6",
        "/lines 2/2",
    ];
    let believed = ["/number \"17\" '17' p1:3", "/seller \"ACME Ltd\" 'ACME Ltd' p1:1"];
    let believed =
        [&believed[..], &["/buyer \"Brightwater\" 'Brightwater' p1:2"], &others, &["verified"]].concat();
    check_invoice(reply(at(1, "ACME Ltd")), &believed);
    // One line off is a slip of counting.
    check_invoice(reply(at(2, "ACME Ltd")), &believed);
    // Labels, headings and the equation still prove theirs; nothing but the model's word speaks for the buyer.
    let doubtful = |seller: &'static str, warning: &'static [&'static str]| {
        let first = ["/number \"17\" '17' p1:3", seller, "/buyer \"Brightwater\" doubted 'Brightwater' p1:2"];
        [&first[..], &others, &["! unreliable_reading -"], warning, &["needs_review"]].concat()
    };
    check_invoice(reply(at(1, "Nobody")), &doubtful("/seller \"Nobody\" none", &["! not_found /seller"]));
    check_invoice(reply(at(11, "ACME Ltd")), &doubtful("/seller \"ACME Ltd\" doubted 'ACME Ltd' p1:1", &[]));
}

#[test]
fn who_names_no_line_rightly_is_judged_without_lines() {
    let far = |value: &str| at(11, value);
    check(
        &LINES,
        json!({"type": "object", "properties": {"seller": {"type": "string"}, "buyer": {"type": "string"}}}),
        json!({"seller": far("ACME Ltd"), "buyer": far("Brightwater")}),
        &["/seller \"ACME Ltd\" 'ACME Ltd' p1:1", "/buyer \"Brightwater\" 'Brightwater' p1:2", "verified"],
    );
}

#[test]
fn a_cell_under_another_columns_heading_is_doubted() {
    let lines = ["Item | Quantity | Price", "Vice | 2 | 5.00", "Saw | 3 | 7.00"];
    let row = |line: u32, count: &str, price: &str| json!({"line": line, "count": count, "price": price});
    check(
        &lines,
        invoice(),
        json!({"lines": [row(2, "2", "5.00"), row(3, "7.00", "7.00")]}),
        &[
            "/lines/0/count 2 '2' p1:2",
            "/lines/0/price 5 '5.00' p1:2",
            "/lines/1/count 7 doubted '7.00' p1:3",
            "/lines/1/price 7 '7.00' p1:3",
            "/lines 2/2",
            "! ambiguous /lines/1/count",
            "needs_review",
        ],
    );
    // Where no heading names its own column, another's says nothing.
    let lines = ["Item | Pieces | Price", "Vice | 2 | 5.00"];
    check(
        &lines,
        invoice(),
        json!({"lines": [{"line": 2, "item": "Vice", "count": "5.00"}]}),
        &["/lines/0/item \"Vice\" 'Vice' p1:2", "/lines/0/count 5 '5.00' p1:2", "/lines 1/1", "verified"],
    );
}
