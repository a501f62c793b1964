//! Rows of tables: anchors, regions, counting, merging.

use serde_json::{Value, json};

use super::{check, document, record_of, shown};
use crate::{PlanBudget, Task};

fn schema() -> Value {
    json!({"type": "object", "properties": {"lines": {"type": "array", "items": {"type": "object", "properties": {
        "description": {"type": "string"}, "quantity": {"type": "number"}, "price": {"type": "number"}, "amount": {"type": "number"}}}}}})
}

fn row(line: u32, description: &str, quantity: &str, price: &str, amount: &str) -> Value {
    json!({"line": line, "description": description, "quantity": quantity, "price": price, "amount": amount})
}

const TABLE: [&str; 6] = [
    "ACME Ltd",
    "Description | Qty | Price | Amount",
    "Widget | 2 | 5.00 | 10.00",
    "Gadget | 1 | 7.50 | 7.50",
    "Widget | 2 | 5.00 | 10.00",
    "Total | 27.50",
];

const ALL_PROVED: [&str; 14] = [
    "/lines/0/description \"Widget\" 'Widget' p1:3",
    "/lines/0/quantity 2 '2' p1:3",
    "/lines/0/price 5 '5.00' p1:3",
    "/lines/0/amount 10 '10.00' p1:3",
    "/lines/1/description \"Gadget\" 'Gadget' p1:4",
    "/lines/1/quantity 1 '1' p1:4",
    "/lines/1/price 7.5 '7.50' p1:4",
    "/lines/1/amount 7.5 '7.50' p1:4",
    "/lines/2/description \"Widget\" 'Widget' p1:5",
    "/lines/2/quantity 2 '2' p1:5",
    "/lines/2/price 5 '5.00' p1:5",
    "/lines/2/amount 10 '10.00' p1:5",
    "/lines 3/3",
    "verified",
];

#[test]
fn rows_are_anchored_by_place_and_equal_rows_survive() {
    let widget = |line| row(line, "Widget", "2", "5.00", "10.00");
    let gadget = |line| row(line, "Gadget", "1", "7.50", "7.50");
    check(&TABLE, schema(), json!({"lines": [widget(3), gadget(4), widget(5)]}), &ALL_PROVED);
    // The order is the page's.
    check(&TABLE, schema(), json!({"lines": [widget(5), gadget(4), widget(3)]}), &ALL_PROVED);
    // Lines that are lies: 1, 2, 3, or none of the document's.
    check(&TABLE, schema(), json!({"lines": [widget(1), gadget(2), widget(3)]}), &ALL_PROVED);
    check(&TABLE, schema(), json!({"lines": [widget(77), gadget(78), widget(79)]}), &ALL_PROVED);
    check(&TABLE, schema(), json!({"lines": [widget(3), gadget(3), widget(3)]}), &ALL_PROVED);
    // The same row told twice is one row.
    check(&TABLE, schema(), json!({"lines": [widget(3), gadget(4), gadget(4), widget(5)]}), &ALL_PROVED);
}

#[test]
fn a_value_is_proved_in_the_column_of_its_slot() {
    let rows = json!({"lines": [row(3, "Widget", "2", "5.00", "10.00"), row(4, "Gadget", "1", "7.50", "7.50"), row(5, "Widget", "2", "5.00", "10.00")]});
    let task = Task::new(&schema(), "", &[]).unwrap();
    let record = record_of(&task, &document(&TABLE), &PlanBudget::default(), |_| rows.clone());
    let left = |pointer: &str| {
        record.evidence.iter().find(|evidence| evidence.pointer == pointer).unwrap().bounds.unwrap()[0]
    };
    assert_eq!(left("/lines/1/price"), left("/lines/0/price"));
    assert_eq!(left("/lines/1/amount"), left("/lines/0/amount"));
    assert!(left("/lines/1/amount") > left("/lines/1/price"));
}

#[test]
fn missing_and_invented_rows_are_noticed() {
    let expected: Vec<&str> = ALL_PROVED[..4]
        .iter()
        .copied()
        .chain(["/lines 1/3", "! rows_missing /lines", "needs_review"])
        .collect();
    check(&TABLE, schema(), json!({"lines": [row(3, "Widget", "2", "5.00", "10.00")]}), &expected);
    // A row that stands nowhere is kept, and none of it is proved.
    let invented = row(4, "Gizmo", "9", "9.00", "81.00");
    check(
        &["A | B | C | D", "Widget | 2 | 5.00 | 10.00"],
        schema(),
        json!({"lines": [row(2, "Widget", "2", "5.00", "10.00"), invented]}),
        &[
            "/lines/0/description \"Widget\" doubted 'Widget' p1:2",
            "/lines/0/quantity 2 doubted '2' p1:2",
            "/lines/0/price 5 doubted '5.00' p1:2",
            "/lines/0/amount 10 doubted '10.00' p1:2",
            "/lines/1/description \"Gizmo\" none",
            "/lines/1/quantity 9 none",
            "/lines/1/price 9 none",
            "/lines/1/amount 81 none",
            "/lines 2/1",
            "! unreliable_reading -",
            "! not_found /lines/1/description",
            "! not_found /lines/1/quantity",
            "! not_found /lines/1/price",
            "! not_found /lines/1/amount",
            "! rows_missing /lines",
            "needs_review",
        ],
    );
}

#[test]
fn forty_equal_lines_count_forty() {
    let mut lines = vec!["Description | Qty | Price | Amount"];
    lines.extend(["Widget | 2 | 5.00 | 10.00"; 25]);
    lines.extend(["Carried forward | 250.00", "---", "Description | Qty | Price | Amount"]);
    lines.extend(["Widget | 2 | 5.00 | 10.00"; 15]);
    lines.push("Total | 400.00");
    let numbers = (2..=26).chain(29..=43);
    let rows: Vec<Value> = numbers.map(|line| row(line, "Widget", "2", "5.00", "10.00")).collect();
    let task = Task::new(&schema(), "", &[]).unwrap();
    let record = record_of(&task, &document(&lines), &PlanBudget::default(), |_| json!({"lines": rows}));
    assert_eq!(shown(&record)[160..], ["/lines 40/40", "verified"]);
    // One left out by the model.
    let record =
        record_of(&task, &document(&lines), &PlanBudget::default(), |_| json!({"lines": rows[..39]}));
    assert_eq!(shown(&record)[156..], ["/lines 39/40", "! rows_missing /lines", "needs_review"]);
}

#[test]
fn a_row_may_have_several_lines() {
    let lines = [
        "Description | Qty | Price | Amount",
        "Consulting services | 2 | 5.00 | 10.00",
        "in the month of March",
        "Travel | 1 | 7.50 | 7.50",
        "by train",
        "Total | 17.50",
    ];
    let reply = json!({"lines": [
        row(2, "Consulting services in the month of March", "2", "5.00", "10.00"), row(4, "Travel by train", "1", "7.50", "7.50")]});
    check(
        &lines,
        schema(),
        reply,
        &[
            "/lines/0/description \"Consulting services in the month of March\" 'Consulting services in the month of March' p1:2-3",
            "/lines/0/quantity 2 '2' p1:2",
            "/lines/0/price 5 '5.00' p1:2",
            "/lines/0/amount 10 '10.00' p1:2",
            "/lines/1/description \"Travel by train\" 'Travel by train' p1:4-5",
            "/lines/1/quantity 1 '1' p1:4",
            "/lines/1/price 7.5 '7.50' p1:4",
            "/lines/1/amount 7.5 '7.50' p1:4",
            "/lines 2/2",
            "verified",
        ],
    );
}

#[test]
fn another_rows_value_proves_nothing_but_a_heading_does() {
    let schema = json!({"type": "object", "properties": {"rows": {"type": "array", "items": {"type": "object", "properties": {
        "group": {"type": "string"}, "name": {"type": "string"}, "amount": {"type": "number"}}}}}});
    let lines = ["Fruit", "Apple | 1.10", "Pear | 2.20"];
    let reply = json!({"rows": [
        {"line": 2, "group": "Fruit", "name": "Apple", "amount": "2.20"}, {"line": 3, "group": "Fruit", "name": "Pear", "amount": "2.20"}]});
    check(
        &lines,
        schema,
        reply,
        &[
            "/rows/0/group \"Fruit\" doubted 'Fruit' p1:1",
            "/rows/0/name \"Apple\" doubted 'Apple' p1:2",
            "/rows/0/amount 2.2 none",
            "/rows/1/group \"Fruit\" doubted 'Fruit' p1:1",
            "/rows/1/name \"Pear\" doubted 'Pear' p1:3",
            "/rows/1/amount 2.2 doubted '2.20' p1:3",
            "/rows 2/2",
            "! unreliable_reading -",
            "! not_found /rows/0/amount",
            "needs_review",
        ],
    );
}

#[test]
fn nested_members_lists_and_tables_of_a_row_are_looked_up_too() {
    let schema = json!({"type": "object", "properties": {"orders": {"type": "array", "items": {"type": "object", "properties": {
        "price": {"type": "object", "properties": {"net": {"type": "number"}}},
        "codes": {"type": "array", "items": {"type": "string"}},
        "urgent": {"type": "boolean"},
        "parts": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}}}}}}});
    let lines = ["Order | 5.00 | A1 B2", "Bolt", "Nut"];
    let reply = json!({"orders": [{"line": 1, "price/net": "5.00", "codes": ["A1", "B2"], "urgent": true,
        "parts": [{"line": 2, "name": "Bolt"}, {"line": 3, "name": "Nut"}]}]});
    check(
        &lines,
        schema,
        reply,
        &[
            "/orders/0/price/net 5 '5.00' p1:1",
            "/orders/0/codes/0 \"A1\" 'A1' p1:1",
            "/orders/0/codes/1 \"B2\" 'B2' p1:1",
            "/orders/0/urgent true inferred",
            "/orders/0/parts/0/name \"Bolt\" 'Bolt' p1:2",
            "/orders/0/parts/1/name \"Nut\" 'Nut' p1:3",
            "/orders 1/1",
            "verified",
        ],
    );
}

#[test]
fn overlapping_chunks_dont_double_and_conflicts_are_kept() {
    let schema = json!({"type": "object", "properties": {"total": {"type": "number"}, "rows": {"type": "array", "items": {
        "type": "object", "properties": {"name": {"type": "string"}, "amount": {"type": "number"}}}}}});
    let names: Vec<String> =
        (0..60).map(|index| format!("Item of the same long name | {}.50", index % 7)).collect();
    let lines: Vec<&str> = names.iter().map(String::as_str).collect();
    let task = Task::new(&schema, "", &[]).unwrap();
    let budget = PlanBudget { chunk_tokens_max: 200, overlap_lines: 4, ..PlanBudget::default() };
    let reply = |chunk: &crate::Chunk| {
        let rows = chunk.lines().iter().map(|line| {
            let (name, amount) = line.text.split_once(" | ").unwrap();
            json!({"line": line.number, "name": name, "amount": amount})
        });
        let first = chunk.first_line();
        let amount = chunk.lines()[0].text.split_once(" | ").unwrap().1;
        json!({"total": {"value": amount, "line": first}, "rows": rows.collect::<Vec<_>>()})
    };
    let record = record_of(&task, &document(&lines), &budget, reply);
    assert_eq!(record.data["rows"].as_array().unwrap().len(), 60);
    assert_eq!(shown(&record)[121..], ["/rows 60/60", "! conflict /total", "needs_review"]);
}

#[test]
fn a_table_that_was_left_out_altogether_is_noticed() {
    let schema = || {
        let mut schema = schema();
        schema["properties"]["total"] = json!({"type": "number"});
        schema
    };
    let total = || json!({"value": "27.50", "line": 6});
    check(
        &TABLE,
        schema(),
        json!({"total": total(), "lines": []}),
        &["/total 27.5 '27.50' p1:6", "/lines 0/3", "! rows_missing /lines", "needs_review"],
    );
    // A document without a table has none to miss.
    check(
        &["Total | 27.50"],
        schema(),
        json!({"total": {"value": "27.50", "line": 1}, "lines": []}),
        &["/total 27.5 '27.50' p1:1", "/lines 0/0", "verified"],
    );
}

#[test]
fn a_sum_of_a_table_with_two_columns_is_no_row() {
    let schema = json!({"type": "object", "properties": {"total": {"type": "number"}, "lines": {"type": "array", "items": {
        "type": "object", "properties": {"name": {"type": "string"}, "amount": {"type": "number"}}}}}});
    let row = |line: u32, name: &str, amount: &str| json!({"line": line, "name": name, "amount": amount});
    let reply = json!({"total": {"value": "3.30", "line": 3}, "lines": [row(1, "Apple", "1.10"), row(2, "Pear", "2.20")]});
    let record = super::record(&["Apple | 1.10", "Pear | 2.20", "Total | 3.30"], &schema, &json!([]), &reply);
    assert_eq!(shown(&record)[5..], ["/lines 2/2", "verified"]);
}

#[test]
fn a_chunk_starts_with_a_row_and_never_with_the_rest_of_one() {
    let lines: Vec<String> = (1..=4)
        .flat_map(|number| {
            [
                format!("the article of row {number} | 1 | {number}.00 | {number}.50"),
                format!("more of {number} and so on and on"),
            ]
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let task = Task::new(&schema(), "", &[]).unwrap();
    let budget = PlanBudget { chunk_tokens_max: 70, overlap_lines: 1, ..PlanBudget::default() };
    let record = record_of(&task, &document(&lines), &budget, |chunk| {
        let mut rows: Vec<Value> = Vec::new();
        for line in chunk.lines() {
            match (line.text.split(" | ").collect::<Vec<_>>().as_slice(), rows.last_mut()) {
                ([description, quantity, price, amount], _) => {
                    rows.push(row(line.number, description, quantity, price, amount))
                }
                ([rest], Some(row)) => {
                    row["description"] = format!("{} {rest}", row["description"].as_str().unwrap()).into()
                }
                _ => unreachable!(),
            }
        }
        json!({"lines": rows})
    });
    let shown = shown(&record);
    assert_eq!(
        shown[0],
        "/lines/0/description \"the article of row 1 more of 1 and so on and on\" 'the article of row 1 more of 1 and so on and on' p1:1-2"
    );
    assert_eq!(shown[16..], ["/lines 4/4", "verified"]);
}

#[test]
fn a_row_with_fewer_cells_makes_no_rows_of_sums() {
    let lines = [
        "Widget | 2 | 5.00 | 10.00",
        "Gadget | 1 | 7.50 | 7.50",
        "Freight | 3.00",
        "Subtotal | 20.50",
        "Total | 24.40",
    ];
    let freight = json!({"line": 3, "description": "Freight", "amount": "3.00"});
    let rows = json!({"lines": [row(1, "Widget", "2", "5.00", "10.00"), row(2, "Gadget", "1", "7.50", "7.50"), freight]});
    let record = super::record(&lines, &schema(), &json!([]), &rows);
    assert_eq!(shown(&record)[10..], ["/lines 3/3", "verified"]);
}
