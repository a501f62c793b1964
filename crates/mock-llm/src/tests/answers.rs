//! Tables of document lines and the record they are answered with.

use serde_json::{Value, json};

use crate::answer::answer;
use crate::distort::Distortion;
use crate::document;

/// A value with its line, as the wire schema asks for one outside rows.
fn anchored(description: &str) -> Value {
    json!({
        "type": ["object", "null"],
        "properties": {"value": {"type": "string"}, "line": {"type": "integer"}},
        "required": ["value", "line"],
        "additionalProperties": false,
        "description": description,
    })
}

/// A text of a row.
fn cell(description: &str) -> Value {
    json!({"type": ["string", "null"], "description": description})
}

/// The wire schema of an invoice with the labels of the built-in profile.
pub(super) fn invoice() -> Value {
    let columns = json!({
        "line": {"type": "integer"},
        "description": cell("What was delivered. Headed 'Description', 'Item', 'Beschreibung', 'Bezeichnung', 'Leistung'"),
        "quantity": cell("How many. Headed 'Quantity', 'Qty', 'Menge', 'Anzahl'"),
        "unit_price": cell("The price of one. Headed 'Unit price', 'Price', 'Einzelpreis', 'Preis'"),
        "amount": cell("The row's amount without tax. Headed 'Amount', 'Line total', 'Betrag', 'Gesamtpreis'"),
    });
    closed(json!({
        "invoice_number": anchored("The invoice's own number. Printed as 'Invoice number', 'Invoice No.', 'Rechnungsnummer'"),
        "invoice_date": anchored("Printed as 'Invoice date', 'Date of issue', 'Rechnungsdatum', 'Datum'"),
        "customer": anchored("Who is to pay. Printed as 'Bill to', 'Customer', 'Kunde'"),
        "currency": anchored("The ISO 4217 code. Printed as 'Currency', 'Währung'"),
        "lines": {"type": "array", "items": closed(columns)},
        "net": anchored("Printed as 'Subtotal', 'Net total', 'Nettobetrag'"),
        "tax_rate": anchored("The tax rate in percent. Printed as 'VAT rate', 'Steuersatz'"),
        "tax": anchored("The tax. Printed as 'VAT', 'Tax', 'USt.', 'MwSt.'"),
        "total": anchored("With tax. Printed as 'Total', 'Total due', 'Amount due', 'Gesamtbetrag'"),
    }))
}

fn closed(properties: Value) -> Value {
    let required: Vec<String> = properties.as_object().unwrap().keys().cloned().collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// The user message for these lines; `---` starts a new page, numbers count from 1.
pub(super) fn prompt(lines: &[&str]) -> String {
    let mut text = "INSTRUCTIONS\nnone\n\nDOCUMENT\n=== page 1 ===\n".to_owned();
    let mut page = 1;
    let mut number = 0;
    for line in lines {
        if *line == "---" {
            page += 1;
            text += &format!("=== page {page} ===\n");
        } else {
            number += 1;
            text += &format!("{number}| {line}\n");
        }
    }
    text + "END OF DOCUMENT"
}

/// Checks the parts of the record that `expected` names.
#[track_caller]
fn check(lines: &[&str], schema: &Value, expected: &Value) {
    let (_, document) = document::parse(&prompt(lines)).unwrap();
    let found = answer(schema, &document, &Distortion { rate: 0.0, hash: 1 }).record;
    for (name, expected) in expected.as_object().unwrap() {
        assert_eq!(&found[name], expected, "{name} in {lines:#?}\nanswered {found:#}");
    }
}

/// Checks single values of the invoice: name, text, line; an empty text stands for null.
#[track_caller]
fn check_values(lines: &[&str], expected: &[(&str, &str, u64)]) {
    let expected: serde_json::Map<String, Value> = expected
        .iter()
        .map(|(name, text, line)| {
            let value = if text.is_empty() { Value::Null } else { json!({"value": text, "line": line}) };
            ((*name).to_owned(), value)
        })
        .collect();
    check(lines, &invoice(), &Value::Object(expected));
}

#[test]
fn a_value_stands_beside_behind_or_below_its_label() {
    check_values(&["Invoice number | 2024-1"], &[("invoice_number", "2024-1", 1)]);
    check_values(
        &["x", "invoice NUMBER: 2024-1 | Tax: 3"],
        &[("invoice_number", "2024-1", 2), ("tax", "3", 2)],
    );
    check_values(&["Invoice No: 17"], &[("invoice_number", "17", 1)]);
    check_values(&["Bill to", "Karl & Sons", "Karl Road 1"], &[("customer", "Karl & Sons", 2)]);
    check_values(
        &["Invoice number | Invoice date | Bill to", "17 | 2024-01-02 | Karl"],
        &[("invoice_number", "17", 2), ("invoice_date", "2024-01-02", 2), ("customer", "Karl", 2)],
    );
    check_values(
        &["Bill to | Invoice No.: | 17", "Karl | Date of issue: | 2 May"],
        &[("customer", "Karl", 2), ("invoice_number", "17", 1), ("invoice_date", "2 May", 2)],
    );
    check_values(&["Bill to", "---", "Karl"], &[("customer", "", 0)]);
}

#[test]
fn a_label_is_a_whole_cell_and_the_better_one_wins() {
    check_values(&["Total net | 10.00", "Total | 12.00"], &[("total", "12.00", 2), ("net", "", 0)]);
    check_values(&["Subtotal | 10.00", "Grand | 3"], &[("total", "", 0), ("net", "10.00", 1)]);
    check_values(&["Total | 12.00", "Total due | 11.00"], &[("total", "11.00", 2)]);
    check_values(&["Total 9.00", "Total (EUR) | 12.00"], &[("total", "12.00", 2)]);
    check_values(&["Total EUR 9.00"], &[("total", "9.00", 1), ("currency", "EUR", 1)]);
    check_values(&["Customer number: 44"], &[("customer", "", 0)]);
    check_values(&["VAT ID: GB44"], &[("tax", "", 0)]);
    check_values(&["Datum: 1.2.2024", "Rechnungsdatum | 3.2.2024"], &[("invoice_date", "3.2.2024", 2)]);
}

#[test]
fn a_tax_is_not_its_rate() {
    check_values(&["VAT | 20 % | 2.00"], &[("tax", "2.00", 1), ("tax_rate", "20 %", 1)]);
    check_values(&["MwSt. 19 % | 1,90 €"], &[("tax", "1,90 €", 1), ("tax_rate", "19 %", 1)]);
    check_values(&["VAT (20 %): | 2.00", "VAT rate: 20 %"], &[("tax", "2.00", 1), ("tax_rate", "20 %", 2)]);
    check_values(&["VAT 20 % | 2.00", "VAT 5 % | 1.00"], &[("tax_rate", "", 0)]);
    check_values(&["We charge 1.5 % interest"], &[("tax_rate", "", 0)]);
}

#[test]
fn a_currency_stands_beside_amounts() {
    check_values(&["Currency: | EUR", "Total | $ 3.00"], &[("currency", "EUR", 1)]);
    check_values(&["Offer in USD", "Total | £3.00"], &[("currency", "£", 2)]);
    check_values(&["Total (CHF) | 12.00"], &[("currency", "CHF", 1)]);
    check_values(&["Total | 12.00"], &[("currency", "", 0)]);
}

/// The row the invoice's schema gives for these texts.
fn row(line: u64, description: &str, quantity: &str, unit_price: &str, amount: &str) -> Value {
    json!({"line": line, "description": description, "quantity": quantity, "unit_price": unit_price, "amount": amount})
}

#[test]
fn rows_follow_their_header_until_a_sum() {
    let lines = [
        "Description | Qty | Price | Amount",
        "Bolts | 2 | 1.00 | 2.00",
        "stainless, M8",
        "2024 calendar | 1 | 3.00 | 3.00",
        "Subtotal | 5.00",
        "a | 1 | 2 | 3",
    ];
    let rows = json!([row(2, "Bolts", "2", "1.00", "2.00"), row(4, "2024 calendar", "1", "3.00", "3.00")]);
    check(&lines, &invoice(), &json!({"lines": rows, "net": {"value": "5.00", "line": 5}}));
}

#[test]
fn a_header_may_repeat_move_columns_and_have_more_of_them() {
    let lines = [
        "Pos. | Bezeichnung | Menge | Einzelpreis (EUR) | Betrag (EUR)",
        "1 | Schraube | 2 | 1,00 | 2,00",
        "Zwischensumme | 2,00",
        "IBAN DE00 | BIC X | Bank | Amtsgericht | HRB 1",
        "---",
        "Pos. | Bezeichnung | Menge | Einzelpreis (EUR) | Betrag (EUR)",
        "Übertrag | 2,00",
        "2 | Mutter | 3 | 1,00 | 3,00",
        "Gesamtbetrag | 5,00 €",
    ];
    let rows = json!([row(2, "Schraube", "2", "1,00", "2,00"), row(7, "Mutter", "3", "1,00", "3,00")]);
    check(&lines, &invoice(), &json!({"lines": rows, "total": {"value": "5,00 €", "line": 8}}));

    let lines = ["Qty | Item | Line total", "2 | Nut | 5.00", "Total: 5.00"];
    let expected =
        json!({"line": 2, "description": "Nut", "quantity": "2", "unit_price": null, "amount": "5.00"});
    check(&lines, &invoice(), &json!({"lines": [expected]}));
}

#[test]
fn rows_go_on_over_a_page_break_but_footers_are_no_rows() {
    let lines = [
        "Description | Qty | Price | Amount",
        "Bolts | 2 | 1.00 | 2.00",
        "Tel. 1234 | ACME | Bank of X | Page",
        "---",
        "Nuts | 1 | 3.00 | 3.00",
    ];
    let rows = json!([row(2, "Bolts", "2", "1.00", "2.00"), row(4, "Nuts", "1", "3.00", "3.00")]);
    check(&lines, &invoice(), &json!({"lines": rows}));
}

#[test]
fn a_chunk_from_the_middle_of_a_table_has_no_header() {
    let lines = ["Bolts | 2 | 1.00 | 2.00", "Nuts | 1 | 3.00 | 3.00", "Total | 20 % | x | 5.00"];
    let rows = json!([row(1, "Bolts", "2", "1.00", "2.00"), row(2, "Nuts", "1", "3.00", "3.00")]);
    check(&lines, &invoice(), &json!({"lines": rows}));
    let lines = ["2 | Bolts | 1.00 | 2.00", "7 | Nuts | 1 | pcs | 3.00 | 3.00"];
    check(&lines, &invoice(), &json!({"lines": rows}));
}

#[test]
fn a_chunk_may_show_the_header_after_its_first_rows() {
    let lines = [
        "2 | Bolts | 1.00 | 2.00",
        "a | b | c | d",
        "---",
        "Qty | Item | Price | Line total",
        "1 | Nuts | 3.00 | 3.00",
    ];
    let late = prompt(&lines).replace("\n1|", "\n41|").replace("\n2|", "\n42|");
    let answered = |message: &str| {
        let (_, document) = document::parse(message).unwrap();
        answer(&invoice(), &document, &Distortion { rate: 0.0, hash: 1 }).record["lines"].clone()
    };
    let rows = json!([row(41, "Bolts", "2", "1.00", "2.00"), row(4, "Nuts", "1", "3.00", "3.00")]);
    assert_eq!(answered(&late), rows);
    let rows = json!([row(4, "Nuts", "1", "3.00", "3.00")]);
    assert_eq!(answered(&prompt(&lines)), rows, "a whole document has no row above its header");
}

#[test]
fn every_form_of_the_wire_schema_is_answered() {
    let schema = closed(json!({
        "party": closed(json!({"tax_id": anchored("")})),
        "tags": {"type": "array", "items": anchored("'Colours'")},
        "readings": {"type": "array", "items": closed(json!({
            "line": {"type": "integer"},
            "value": cell("'Reading'"),
        }))},
        "paid": {"type": ["boolean", "null"]},
        "category": {"type": ["string", "null"], "enum": ["travel", "food", null]},
        "entries": {"type": "array", "items": closed(json!({
            "line_number_": {"type": "integer"},
            "line": cell("'Line'"),
            "price/net": cell("'Net'"),
            "notes": {"type": "array", "items": {"type": "string"}},
        }))},
    }));
    check(
        &["Tax ID: 44", "Colours | red", "Line | Net", "A | 3.00", "All for food", "Reading", "17"],
        &schema,
        &json!({
            "party": {"tax_id": {"value": "44", "line": 1}},
            "tags": [{"value": "red", "line": 2}],
            "readings": [{"line": 7, "value": "17"}],
            "paid": null,
            "category": "food",
            "entries": [{"line_number_": 4, "line": "A", "price/net": "3.00", "notes": []}],
        }),
    );
    check(&[], &invoice(), &json!({"total": null, "lines": []}));
}

#[test]
fn a_schema_that_asks_for_no_lines_is_answered_too() {
    let schema = closed(json!({
        "supplier": cell("Who sends it. Printed as 'From'"),
        "missing": cell("Printed as 'Discount'"),
        "mood": cell("In one word"),
        "lines": {"type": "array", "items": closed(json!({"item": cell("'Item'"), "amount": cell("'Amount'")}))},
    }));
    check(
        &["From | ACME Ltd", "Mood | bright", "Item | Amount", "Bolts | 2.00"],
        &schema,
        &json!({
            "supplier": "ACME Ltd",
            "missing": null,
            "mood": null,
            "lines": [{"item": "Bolts", "amount": "2.00"}],
        }),
    );
}

#[test]
fn wrong_values_stand_elsewhere_on_the_page_and_look_alike() {
    let lines =
        ["Subtotal | 10.00", "VAT | 2.00", "Total | 12.00", "Invoice No. | R-1", "---", "Sum | 77.00"];
    let (_, document) = document::parse(&prompt(&lines)).unwrap();
    let mut lines_claimed = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let wrong = answer(&invoice(), &document, &Distortion { rate: 1.0, hash: seed }).record;
        let total = wrong["total"]["value"].as_str().unwrap();
        assert!(["10.00", "2.00"].contains(&total), "{total}");
        lines_claimed.insert(wrong["total"]["line"].as_u64().unwrap());
        assert_eq!(wrong["invoice_number"]["value"], "R-1", "there is no other code on the page");
    }
    assert_eq!(lines_claimed, [1, 2, 3].into(), "some claims are honest about their line, some are not");
}
