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

fn letter() -> Value {
    let text = |labels: &str| json!({"type": "string", "description": format!("Printed as {labels}")});
    let date = |labels: &str| json!({"type": "string", "format": "date", "description": format!("Printed as {labels}")});
    json!({"type": "object", "properties": {
        "number": text("'Invoice no.'"), "date": date("'Date'"), "due": date("'Due date'"),
        "buyer": text("'Bill to'"), "seller": text("'From'"),
        "net": {"type": "number", "description": "Printed as 'Sum'"},
        "lines": {"type": "array", "items": {"type": "object", "properties": {
            "item": text("'Item', 'Article'"), "price": {"type": "number"}}}}}})
}

#[track_caller]
fn check_letter(lines: &[&str], reply: Value, expected: &[&str]) {
    let status = if expected.iter().any(|line| line.starts_with('!')) { "needs_review" } else { "verified" };
    check(lines, letter(), reply, &[expected, &[status]].concat());
}

#[test]
fn a_label_is_no_value() {
    let lines = ["Invoice no.: | 17", "Item | Price", "Sum | 5.00", "Bill to | 7.00"];
    let bill_to = "/buyer \"Invoice no\" doubted 'Invoice no' p1:1";
    check_letter(
        &lines,
        json!({"buyer": at(1, "Invoice no")}),
        &[bill_to, "/lines 0/0", "! ambiguous /buyer"],
    );
    check_letter(
        &lines,
        json!({"buyer": at(2, "Item")}),
        &["/buyer \"Item\" doubted 'Item' p1:2", "/lines 0/0", "! ambiguous /buyer"],
    );
    // What an amount is called may be what a row is called; what a name or a date is called isn't.
    let row =
        |line: u32, item: &str, price: &str| json!({"lines": [{"line": line, "item": item, "price": price}]});
    let of_sum = ["/lines/0/item \"Sum\" 'Sum' p1:3", "/lines/0/price 5 '5.00' p1:3", "/lines 1/1"];
    check_letter(&["x", "y", "Sum | 5.00"], row(3, "Sum", "5.00"), &of_sum);
    let of_buyer = [
        "/lines/0/item \"Bill to\" doubted 'Bill to' p1:2",
        "/lines/0/price 7 doubted '7.00' p1:2",
        "/lines 1/1",
        "! unreliable_reading -",
        "! ambiguous /lines/0/item",
    ];
    check_letter(&["x", "Bill to | 7.00"], row(2, "Bill to", "7.00"), &of_buyer);
}

#[test]
fn a_value_behind_another_fields_label_is_doubted_where_its_own_is_printed() {
    let lines = ["Date: | 2024-05-06", "Due date: | 2024-06-05", "From | Brightwater"];
    let dates = |date: u32, due: u32| {
        let of_line = |line: u32| at(line, if line == 1 { "2024-05-06" } else { "2024-06-05" });
        json!({"date": of_line(date), "due": of_line(due)})
    };
    let right =
        ["/date \"2024-05-06\" '2024-05-06' p1:1", "/due \"2024-06-05\" '2024-06-05' p1:2", "/lines 0/0"];
    check_letter(&lines, dates(1, 2), &right);
    let swapped = [
        "/date \"2024-06-05\" doubted '2024-06-05' p1:2",
        "/due \"2024-05-06\" doubted '2024-05-06' p1:1",
        "/lines 0/0",
        "! ambiguous /date",
        "! ambiguous /due",
    ];
    check_letter(&lines, dates(2, 1), &swapped);
    // Its own label isn't there.
    let only = ["/buyer \"Brightwater\" 'Brightwater' p1:3", "/lines 0/0"];
    check_letter(&lines, json!({"buyer": at(3, "Brightwater")}), &only);
    // Below a label.
    let lines = ["Date | Due date", "2024-05-06 | 2024-06-05"];
    let below = ["/due \"2024-05-06\" doubted '2024-05-06' p1:2", "/lines 0/0", "! ambiguous /due"];
    check_letter(&lines, json!({"due": at(2, "2024-05-06")}), &below);
    let below = ["/due \"2024-06-05\" '2024-06-05' p1:2", "/lines 0/0"];
    check_letter(&lines, json!({"due": at(2, "2024-06-05")}), &below);
}

#[test]
fn two_fields_of_the_same_words_are_doubted_unless_both_are_labelled() {
    let both = |name: &str| json!({"buyer": at(1, name), "seller": at(1, name)});
    let doubted = [
        "/buyer \"ACME\" doubted 'ACME' p1:1",
        "/seller \"ACME\" doubted 'ACME' p1:1",
        "/lines 0/0",
        "! ambiguous /buyer",
        "! ambiguous /seller",
    ];
    check_letter(&["ACME | Bonn"], both("ACME"), &doubted);
    let labelled = ["/buyer \"ACME\" 'ACME' p1:1", "/seller \"ACME\" 'ACME' p1:1", "/lines 0/0"];
    check_letter(&["ACME | from and bill to"], both("ACME"), &labelled);
}

#[test]
fn a_rows_text_stands_on_its_lines_unless_most_dont() {
    let lines = ["ACME Ltd", "Vice | 1.00", "Saw | 2.00", "Drill | 3.00"];
    let rows = |items: [&str; 3]| {
        let row = |(line, item)| json!({"line": line, "item": item, "price": format!("{}.00", line - 1)});
        json!({"lines": (2_u32..).zip(items).map(row).collect::<Vec<_>>()})
    };
    let expected = |second: &'static str| {
        vec![
            "/lines/0/item \"Vice\" 'Vice' p1:2",
            "/lines/0/price 1 '1.00' p1:2",
            second,
            "/lines/1/price 2 '2.00' p1:3",
            "/lines/2/item \"Drill\" 'Drill' p1:4",
            "/lines/2/price 3 '3.00' p1:4",
            "/lines 3/3",
        ]
    };
    check_letter(&lines, rows(["Vice", "Saw", "Drill"]), &expected("/lines/1/item \"Saw\" 'Saw' p1:3"));
    let outside = [
        "/lines/0/item \"Vice\" doubted 'Vice' p1:2",
        "/lines/0/price 1 doubted '1.00' p1:2",
        "/lines/1/item \"ACME Ltd\" doubted 'ACME Ltd' p1:1",
        "/lines/1/price 2 doubted '2.00' p1:3",
        "/lines/2/item \"Drill\" doubted 'Drill' p1:4",
        "/lines/2/price 3 doubted '3.00' p1:4",
        "/lines 3/3",
        "! unreliable_reading -",
        "! ambiguous /lines/1/item",
    ];
    check_letter(&lines, rows(["Vice", "ACME Ltd", "Drill"]), &outside);
    // A heading over several rows.
    let lines = ["Tools", "x 1.00", "x 2.00", "x 3.00"];
    let heading = [
        "/lines/0/item \"Tools\" 'Tools' p1:1",
        "/lines/0/price 1 '1.00' p1:2",
        "/lines/1/item \"Tools\" 'Tools' p1:1",
        "/lines/1/price 2 '2.00' p1:3",
        "/lines/2/item \"Tools\" 'Tools' p1:1",
        "/lines/2/price 3 '3.00' p1:4",
        "/lines 3/3",
    ];
    check_letter(&lines, rows(["Tools", "Tools", "Tools"]), &heading);
}

#[test]
fn one_printed_date_may_be_two_fields() {
    let lines = ["2024-05-06", "From | Brightwater"];
    let both =
        ["/date \"2024-05-06\" '2024-05-06' p1:1", "/due \"2024-05-06\" '2024-05-06' p1:1", "/lines 0/0"];
    check_letter(&lines, json!({"date": at(1, "2024-05-06"), "due": at(1, "2024-05-06")}), &both);
}
