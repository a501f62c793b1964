//! Numbers, dates, currencies and equations.

use serde_json::json;

use super::{at, check, check_rules, one};

#[test]
fn numbers_are_compared_as_numbers_in_the_documents_notation() {
    let schema = || one("n", json!({"type": "number"}));
    let german = [
        "Summe | 1.234,50 EUR",
        "Menge | 1.234",
        "Rabatt | - 12,50",
        "Haben | 3,00 S",
        "Quote (19 %)",
        "9,5€, 5kg",
    ];
    let proved = |text: &str, line: u32, value: &str| format!("/n {value} '{text}' p1:{line}");
    for (line, claim, text, value) in [
        (1, "1.234,50", "1.234,50", "1234.5"),
        // The model may have rewritten it.
        (1, "1234.50", "1.234,50", "1234.5"),
        (1, "1,234.50", "1.234,50", "1234.5"),
        (1, "1.234,50 EUR", "1.234,50", "1234.5"),
        (2, "1234", "1.234", "1234"),
        (3, "-12,50", "- 12,50", "-12.5"),
        (4, "-3.00", "3,00 S", "-3"),
        // Brackets around a percentage needn't mean that it is negative.
        (5, "19", "19", "19"),
        (6, "9.5", "9,5€", "9.5"),
        (6, "5", "5", "5"),
    ] {
        check(&german, schema(), json!({"n": at(line, claim)}), &[&*proved(text, line, value), "verified"]);
    }
    // Without its sign, and in another order of magnitude, it isn't the printed number.
    for (line, claim, value) in
        [(3, "12,50", "12.5"), (1, "1234,5012", "1234.5012"), (2, "1,234", "1.234"), (1, "234,50", "234.5")]
    {
        let expected = [&*format!("/n {value} none"), "! not_found /n", "needs_review"];
        check(&german, schema(), json!({"n": at(line, claim)}), &expected);
    }
    // No number at all.
    check(
        &german,
        schema(),
        json!({"n": at(1, "Summe")}),
        &["/n \"Summe\" doubted 'Summe' p1:1", "! schema_violation /n", "needs_review"],
    );
}

#[test]
fn a_number_of_several_words_is_one_number() {
    let schema = || one("n", json!({"type": "number"}));
    let lines = ["Total | 1 234,50", "2 | 500,00"];
    check(&lines, schema(), json!({"n": at(1, "1 234,50")}), &["/n 1234.5 '1 234,50' p1:1", "verified"]);
    check(
        &lines,
        schema(),
        json!({"n": at(1, "234,50")}),
        &["/n 234.5 none", "! not_found /n", "needs_review"],
    );
    // Two cells are two numbers.
    check(&lines, schema(), json!({"n": at(2, "500,00")}), &["/n 500 '500,00' p1:2", "verified"]);
}

#[test]
fn a_number_that_reads_both_ways_is_for_a_person() {
    let schema = || one("n", json!({"type": "number"}));
    check(
        &["Total 1.234"],
        schema(),
        json!({"n": at(1, "1.234")}),
        &["/n 1234 '1.234' p1:1", "! ambiguous /n", "needs_review"],
    );
    check(
        &["Total 1.234", "0,50"],
        schema(),
        json!({"n": at(1, "1.234")}),
        &["/n 1234 '1.234' p1:1", "verified"],
    );
    check(
        &["Total 1.234", "0.50"],
        schema(),
        json!({"n": at(1, "1.234")}),
        &["/n 1.234 '1.234' p1:1", "verified"],
    );
}

#[test]
fn numbers_keep_to_what_json_carries() {
    let schema = || one("n", json!({"type": "number"}));
    check(
        &["N 1234567890123.4567"],
        schema(),
        json!({"n": at(1, "1234567890123.4567")}),
        &["/n 1234567890123.4568 '1234567890123.4567' p1:1", "! number_precision /n", "needs_review"],
    );
    let whole = one("n", json!({"type": "integer"}));
    check(
        &["N 12 4,00 x 4,50"],
        whole.clone(),
        json!({"n": at(1, "4,00")}),
        &["/n 4 '4,00' p1:1", "verified"],
    );
    check(
        &["N 12 4,00 x 4,50"],
        whole,
        json!({"n": at(1, "4,50")}),
        &["/n 4.5 doubted '4,50' p1:1", "! schema_violation /n", "needs_review"],
    );
}

#[test]
fn dates_are_compared_as_days() {
    let schema = || one("d", json!({"type": "string", "format": "date"}));
    let lines = ["Datum | 01.03.2024", "Due Friday, March 15, 2024.", "Paid 13/02/2024 and 03/04/2024"];
    check(
        &lines,
        schema(),
        json!({"d": at(1, "01.03.2024")}),
        &["/d \"2024-03-01\" '01.03.2024' p1:1", "verified"],
    );
    check(
        &lines,
        schema(),
        json!({"d": at(1, "2024-03-01")}),
        &["/d \"2024-03-01\" '01.03.2024' p1:1", "verified"],
    );
    check(
        &lines,
        schema(),
        json!({"d": at(2, "15 March 2024")}),
        &["/d \"2024-03-15\" 'March 15, 2024' p1:2", "verified"],
    );
    // The document shows elsewhere that its dates are day first.
    check(
        &lines,
        schema(),
        json!({"d": at(3, "03/04/2024")}),
        &["/d \"2024-04-03\" '03/04/2024' p1:3", "verified"],
    );
    check(
        &lines,
        schema(),
        json!({"d": at(1, "2024-01-03")}),
        &["/d \"2024-01-03\" none", "! not_found /d", "needs_review"],
    );
    check(
        &["Paid 03/04/2024"],
        schema(),
        json!({"d": at(1, "03/04/2024")}),
        &["/d \"2024-04-03\" '03/04/2024' p1:1", "! ambiguous /d", "needs_review"],
    );
    check(
        &lines,
        schema(),
        json!({"d": at(2, "Friday")}),
        &["/d \"Friday\" doubted 'Friday' p1:2", "! schema_violation /d", "needs_review"],
    );
}

#[test]
fn currencies_may_be_printed_as_signs() {
    let schema = || one("c", json!({"type": "string", "pattern": "^[A-Z]{3}$"}));
    check(&["Total 1.234,50 €"], schema(), json!({"c": at(1, "EUR")}), &["/c \"EUR\" '€' p1:1", "verified"]);
    check(&["Total 1.234,50€"], schema(), json!({"c": at(1, "€")}), &["/c \"EUR\" '€' p1:1", "verified"]);
    check(
        &["Total EUR1,234.50"],
        schema(),
        json!({"c": at(1, "EUR")}),
        &["/c \"EUR\" 'EUR' p1:1", "verified"],
    );
    check(
        &["Price in EUR", "Total 5.00"],
        schema(),
        json!({"c": at(2, "EUR")}),
        &["/c \"EUR\" 'EUR' p1:1", "verified"],
    );
    // However often: it is the only one.
    check(
        &["€ 1", "€ 2", "Total 5.00"],
        schema(),
        json!({"c": at(3, "EUR")}),
        &["/c \"EUR\" '€' p1:1", "verified"],
    );
    check(
        &["€ 1", "€ 2", "$ 3", "Total"],
        schema(),
        json!({"c": at(4, "EUR")}),
        &["/c \"EUR\" none", "! ambiguous /c", "needs_review"],
    );
    // A model's favourite that isn't there.
    check(
        &["€ 1"],
        schema(),
        json!({"c": at(1, "USD")}),
        &["/c \"USD\" none", "! not_found /c", "needs_review"],
    );
    check(
        &["$ 1"],
        schema(),
        json!({"c": at(1, "CAD")}),
        &["/c \"CAD\" none", "! not_found /c", "needs_review"],
    );
}

#[test]
fn an_equation_proves_its_one_unproved_member() {
    let schema = || json!({"type": "object", "properties": {"net": {"type": "number"}, "tax": {"type": "number"}, "total": {"type": "number"}}});
    let rules = || json!([{"kind": "sum", "id": "s", "parts": ["/net", "/tax"], "total": "/total"}]);
    let lines = ["Net 100.00", "Tax 19.00", "Total 119.00", "Again 19.00"];
    check_rules(
        &lines,
        schema(),
        rules(),
        json!({"net": at(1, "100.00"), "tax": at(3, "19.00"), "total": at(3, "119.00")}),
        &["/net 100 '100.00' p1:1", "/tax 19 arithmetic", "/total 119 '119.00' p1:3", "verified"],
    );
    // Two unproved members prove each other as little as nothing at all.
    check_rules(
        &lines,
        schema(),
        rules(),
        json!({"net": at(1, "100.00"), "tax": at(3, "5.00"), "total": at(3, "105.00")}),
        &[
            "/net 100 doubted '100.00' p1:1",
            "/tax 5 none",
            "/total 105 none",
            "! unreliable_reading -",
            "! not_found /tax",
            "! not_found /total",
            "needs_review",
        ],
    );
    check_rules(
        &lines,
        schema(),
        rules(),
        json!({"net": at(1, "100.00"), "tax": at(2, "19.00"), "total": at(1, "100.00")}),
        &[
            "/net 100 doubted '100.00' p1:1",
            "/tax 19 doubted '19.00' p1:2",
            "/total 100 doubted '100.00' p1:1",
            "! arithmetic_mismatch /total",
            "needs_review",
        ],
    );
}

#[test]
fn a_rounded_product_proves_its_result_but_no_factor() {
    // One proof makes the next possible.
    let schema = || json!({"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}, "c": {"type": "number"}}});
    let product = || json!([{"kind": "product", "id": "p", "factors": ["/a", "/b"], "result": "/c"}]);
    check_rules(
        &["3 0.333"],
        schema(),
        product(),
        json!({"a": at(1, "3"), "b": at(1, "0.333"), "c": at(1, "1.00")}),
        &["/a 3 '3' p1:1", "/b 0.333 '0.333' p1:1", "/c 1 arithmetic", "verified"],
    );
    check_rules(
        &["3 1.00"],
        schema(),
        product(),
        json!({"a": at(1, "3"), "b": at(1, "0.333"), "c": at(1, "1.00")}),
        &[
            "/a 3 doubted '3' p1:1",
            "/b 0.333 none",
            "/c 1 doubted '1.00' p1:1",
            "! unreliable_reading -",
            "! not_found /b",
            "needs_review",
        ],
    );
    check_rules(
        &["3 1.50"],
        schema(),
        product(),
        json!({"a": at(1, "3"), "b": at(1, "0.5"), "c": at(1, "1.50")}),
        &["/a 3 '3' p1:1", "/b 0.5 arithmetic", "/c 1.5 '1.50' p1:1", "verified"],
    );
    check_rules(
        &["0 0.00"],
        schema(),
        product(),
        json!({"a": at(1, "0"), "b": at(1, "7"), "c": at(1, "0.00")}),
        &[
            "/a 0 doubted '0' p1:1",
            "/b 7 none",
            "/c 0 doubted '0' p1:1",
            "! unreliable_reading -",
            "! not_found /b",
            "needs_review",
        ],
    );
}

#[test]
fn a_date_without_a_year_is_of_the_documents() {
    let schema = || one("d", json!({"type": "string", "format": "date"}));
    let lines = ["Kontoauszug 01.03.2024 - 31.03.2024", "05.03. | Miete | 700,00"];
    let expected = ["/d \"2024-03-05\" '05.03.' p1:2", "verified"];
    check(&lines, schema(), json!({"d": at(2, "05.03.")}), &expected);
    // The model may have completed it.
    check(&lines, schema(), json!({"d": at(2, "2024-03-05")}), &expected);
    check(
        &lines,
        schema(),
        json!({"d": at(2, "2023-03-05")}),
        &["/d \"2023-03-05\" none", "! not_found /d", "needs_review"],
    );
    // Over the turn of a year nobody knows which.
    let lines = ["Kontoauszug 15.12.2023 - 14.01.2024", "05.01. | Miete | 700,00"];
    check(
        &lines,
        schema(),
        json!({"d": at(2, "05.01.2024")}),
        &["/d \"2024-01-05\" '05.01.' p1:2", "! ambiguous /d", "needs_review"],
    );
    // Without any year it is no date.
    let lines = ["05.03. | Miete | 700,00"];
    check(
        &lines,
        schema(),
        json!({"d": at(1, "05.03.")}),
        &["/d \"05.03.\" doubted '05.03.' p1:1", "! schema_violation /d", "needs_review"],
    );
}

#[test]
fn dates_in_words_say_what_dates_in_figures_mean() {
    let schema = || one("d", json!({"type": "string", "format": "date"}));
    let check_order = |words: &str, expected: &str| {
        let lines = [words, "Due 03/04/2024"];
        check(&lines, schema(), json!({"d": at(2, "03/04/2024")}), &[expected, "verified"]);
    };
    check_order("Issued 5 March 2024", "/d \"2024-04-03\" '03/04/2024' p1:2");
    check_order("Issued March 5, 2024", "/d \"2024-03-04\" '03/04/2024' p1:2");
}
