//! Each kind of analysis, from records to the words and tables of its section.

use docmill_contract::analysis::Analysis;
use docmill_contract::section::Section;
use docmill_contract::spec::AnalysisSpec;
use serde_json::{Value, json};

use crate::tests::report::collection;
use crate::{RecordPlan, RecordShape};

/// The analysis of `records` by a specification.
pub(crate) fn analysed(spec: Value, records: &[Value]) -> Analysis {
    let spec: AnalysisSpec = serde_json::from_value(spec).unwrap();
    let plan =
        RecordPlan::new(spec, &RecordShape { record: String::new(), id: Some("/id".to_owned()) }).unwrap();
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    let mut reader = plan.reader();
    reader.lines(lines.join("\n").as_bytes());
    reader.analysis(&collection()).unwrap()
}

/// The one section that `study` makes of `records`, and what was found.
fn section(study: Value, records: &[Value]) -> (Section, Vec<String>) {
    let spec = json!({
        "columns": [{"name": "Total", "pointer": "/total", "currency": "/currency"},
            {"name": "Line", "pointer": "/lines/*/amount", "currency": "/currency"}],
        "groups": [{"name": "Supplier", "pointer": "/supplier"}],
        "analyses": [study],
    });
    let analysis = analysed(spec, records);
    let found = analysis.findings.iter().map(|finding| {
        let places: Vec<String> = finding
            .places
            .iter()
            .map(|place| format!("{}{}", place.name, place.pointer.as_deref().unwrap_or_default()))
            .collect();
        format!("{} [{}]", finding.message, places.join(", "))
    });
    let findings = found.collect();
    (analysis.sections.into_iter().next().unwrap(), findings)
}

fn rows(section: &Section, table: usize) -> Vec<String> {
    let cell = |cell: &Option<String>| cell.clone().unwrap_or_else(|| "–".to_owned());
    let line = |row: &Vec<Option<String>>| row.iter().map(cell).collect::<Vec<_>>().join(" | ");
    section.tables[table].rows.iter().map(line).collect()
}

/// `expected` are the rows of all tables.
#[track_caller]
fn check(study: Value, records: &[Value], summary: &str, expected: &[&str], findings: &[&str]) {
    let (section, found) = section(study, records);
    let tables: Vec<String> = (0..section.tables.len()).flat_map(|table| rows(&section, table)).collect();
    assert_eq!(
        (section.summary.as_str(), tables, found),
        (
            summary,
            expected.iter().map(|row| (*row).to_owned()).collect(),
            findings.iter().map(|finding| (*finding).to_owned()).collect()
        ),
        "{section:#?}"
    );
}

fn invoice(id: &str, supplier: &str, currency: &str, total: &str, date: &str) -> Value {
    json!({"id": id, "supplier": supplier, "currency": currency, "total": total, "date": date, "number": format!("RE-{id}")})
}

fn invoices() -> Vec<Value> {
    vec![
        invoice("1", "ACME", "EUR", "60.00", "2024-01-05"),
        invoice("2", "Beta", "EUR", "30.00", "2024-01-31"),
        invoice("3", "acme ", "EUR", "20.00", "2024-02-03"),
        invoice("5", "Gamma", "EUR", "10.00", "2024-02-29"),
        invoice("6", "ACME", "USD", "7.50", "2024-02-29"),
    ]
}

#[test]
fn concentration_is_by_currency() {
    check(
        json!({"kind": "concentration", "of": "Total", "by": "Supplier"}),
        &invoices(),
        "The largest 3 of 3 make 100.0 % in EUR of 120.00, ACME 66.7 % alone (Herfindahl–Hirschman index 0.5139, Gini coefficient 0.3889). All in USD is ACME's (7.50).",
        &[
            "ACME | 80.00 | 0.6667 | 0.6667 | A",
            "Beta | 30.00 | 0.2500 | 0.9167 | A",
            "Gamma | 10.00 | 0.0833 | 1.0000 | B",
            "ACME | 7.50 | 1.0000 | 1.0000 | A",
        ],
        &[],
    );
}

#[test]
fn months_are_compared_with_the_month_before() {
    check(
        json!({"kind": "monthly", "of": "Total", "date": "/date"}),
        &invoices()[..4],
        "2 months in EUR from 2024-01 to 2024-02; the highest is 2024-01.",
        &["2024-01 | 2 | 90.00 | – | –", "2024-02 | 2 | 30.00 | -0.6667 | –"],
        &[],
    );
}

#[test]
fn a_pivot_has_months_or_groups_as_columns() {
    check(
        json!({"kind": "pivot", "of": "Total", "rows": "Supplier", "columns": "/date"}),
        &invoices()[..4],
        "Sums of Total for each Supplier and /date, the largest first.",
        &[
            "Total | 90.00 | 30.00 | 120.00",
            "ACME | 60.00 | 20.00 | 80.00",
            "Beta | 30.00 | – | 30.00",
            "Gamma | – | 10.00 | 10.00",
        ],
        &[],
    );
}

#[test]
fn a_value_far_from_its_group_is_found_with_its_place() {
    let line = |amount: f64| json!({"amount": amount});
    let lines: Vec<Value> = [10.0, 11.0, 12.0, 10.5, 11.5, 10.2, 11.1, 500.0].map(line).into();
    let record = json!({"id": "a", "supplier": "ACME", "currency": "EUR", "lines": lines});
    check(
        json!({"kind": "outliers", "of": "Line", "by": "Supplier"}),
        &[record],
        "1 of 8 values compared are outliers (modified z-score over 3.5).",
        &["ACME | 500.00 | 7.50 | 14.60 | 471.13 | a | /lines/7/amount"],
        &["Line is far from the others of ACME. [a/lines/7/amount]"],
    );
}

#[test]
fn near_duplicates_are_close_in_date_and_text() {
    let records = [
        invoice("1", "Müller GmbH", "EUR", "119.00", "2024-03-01"),
        invoice("2", "Muller GmbH", "EUR", "119.00", "2024-03-03"),
        invoice("3", "Müller GmbH", "USD", "119.00", "2024-03-01"),
        invoice("4", "Müller GmbH", "EUR", "119.00", "2024-06-01"),
        invoice("5", "Someone else", "EUR", "119.00", "2024-03-01"),
    ];
    check(
        json!({"kind": "near_duplicates", "of": "Total", "date": "/date", "text": "/supplier"}),
        &records,
        "1 pair among 5 rows; 3 candidates were compared.",
        &["119.00 | EUR | 1 | /total | 2 | /total | 2 | 1 | –"],
        &[
            "Total 119.00 EUR is there twice, 2 days apart, whose texts differ in 1 letters: it may be one. [1/total, 2/total]",
        ],
    );
}

#[test]
fn gaps_are_named() {
    let numbered =
        |(id, number): (usize, &str)| json!({"id": format!("{id}"), "supplier": "ACME", "number": number});
    let numbers = ["RE-1", "RE-2", "RE-5", "RE-6", "RE-6", "x"].into_iter().enumerate();
    check(
        json!({"kind": "gaps", "of": "/number", "by": "Supplier"}),
        &numbers.map(numbered).collect::<Vec<_>>(),
        "1 series: 2 numbers are missing from them, 1 come more than once.",
        &["ACME | RE-… | 4 | 1 | 6 | 2 | 3–4 | 1"],
        &[
            "RE-6 of ACME comes 2 times. [3/number, 4/number]",
            "2 numbers of the series RE-… of ACME are not here. []",
        ],
    );
}

#[test]
fn what_cannot_be_computed_is_said() {
    let check = |study: Value, message: &str| {
        let spec = json!({"columns": [{"name": "Total", "pointer": "/total"}], "analyses": [study]});
        let analysis = analysed(spec, &invoices());
        assert_eq!(analysis.sections.len(), 0);
        assert!(
            analysis.findings.iter().any(|finding| finding.message.contains(message)),
            "{:?}",
            analysis.findings
        );
    };
    check(json!({"kind": "benford", "of": "Amount"}), "`Amount` is neither the name of a column");
    check(
        json!({"kind": "concentration", "of": "Total", "by": "Vendor"}),
        "`Vendor` is neither the name of a group",
    );
    check(
        json!({"kind": "correlation", "of": "Total", "with": "/lines/*/amount"}),
        "don't stand in the same rows",
    );
    check(
        json!({"kind": "monthly", "of": "Total", "date": "/lines/*/date"}),
        "stands neither in the record nor once",
    );
}

#[test]
fn amounts_are_converted_only_by_the_rates_of_their_day() {
    let spec = json!({
        "columns": [{"name": "Total", "pointer": "/total", "currency": "/currency"}],
        "groups": [{"name": "Supplier", "pointer": "/supplier"}],
        "analyses": [{"kind": "concentration", "of": "Total", "by": "Supplier"}],
        "rates": {"to": "EUR", "date": "/date", "table": {"USD": {"2024-02-01": "0.92", "2024-02-20": "0.9"}}},
    });
    let mut records = invoices();
    records.push(invoice("7", "ACME", "USD", "100.00", "2024-01-01"));
    let analysis = analysed(spec, &records);
    let section = &analysis.sections[0];
    assert_eq!(rows(section, 0)[0], "ACME | 86.75 | 0.6844 | 0.6844 | A");
    assert_eq!(
        section.notes,
        [
            "1 USD was counted as 0.9 (rate of 2024-02-20) EUR.",
            "1 amounts in USD are left out: no rate to EUR is known for their day.",
        ]
    );
}

#[test]
fn bad_records_are_counted_and_nothing_panics() {
    let spec = json!({
        "columns": [{"name": "Total", "pointer": "/total", "currency": "/currency"}],
        "analyses": [{"kind": "monthly", "of": "Total", "date": "/date"}, {"kind": "benford", "of": "Total"},
            {"kind": "interval", "of": "Total"}, {"kind": "cut_off", "of": "Total", "date": "/date"}],
    });
    let bad = [
        json!({"id": "1", "total": {"deep": []}, "currency": "EUR", "date": "2024-13-77"}),
        json!({"id": "2", "total": "1e999999999", "currency": "EUR"}),
        json!({"id": "3", "total": "1".repeat(10_000), "currency": "EUR"}),
        json!({"id": "4", "total": 5}),
        json!({"id": "5", "currency": "EUR"}),
        json!([]),
        json!(7),
    ];
    let analysis = analysed(spec.clone(), &bad);
    let counts = analysis.sections[0].counts;
    assert_eq!((counts.used, counts.missing, counts.rejected), (0, 1, 4), "{counts:?}");
    let of_total = analysis.findings.iter().find(|finding| finding.message.contains("Total")).unwrap();
    assert_eq!(
        of_total.message,
        "“Total” leaves out 4 values: 1 of another kind, 1 that are no number, 1 out of range, 1 without a currency."
    );
    assert_eq!(
        of_total.places.iter().map(|place| place.name.as_str()).collect::<Vec<_>>(),
        ["1", "2", "3", "4"]
    );
    assert_eq!(analysed(spec.clone(), &[]).covers.outcomes, 0);
    assert_eq!(analysed(spec, &invoices()[..1]).sections.len(), 4);
}

#[test]
fn arrival_and_threads_change_nothing() {
    let spec = json!({
        "columns": [{"name": "Total", "pointer": "/total", "currency": "/currency"},
            {"name": "Line", "pointer": "/lines/*/amount", "currency": "/currency"}],
        "groups": [{"name": "Supplier", "pointer": "/supplier"}],
        "analyses": [
            {"kind": "concentration", "of": "Total", "by": "Supplier"}, {"kind": "outliers", "of": "Line", "by": "Supplier"},
            {"kind": "benford", "of": "Line"}, {"kind": "near_duplicates", "of": "Total", "date": "/date", "text": "/supplier"},
            {"kind": "gaps", "of": "/number", "by": "Supplier"}, {"kind": "monthly", "of": "Total", "date": "/date"},
            {"kind": "cut_off", "of": "Total", "date": "/date"}, {"kind": "interval", "of": "Line", "replicates": 200},
            {"kind": "correlation", "of": "/lines/*/amount", "with": "/lines/*/count"},
            {"kind": "pivot", "of": "Total", "rows": "Supplier", "columns": "/date"},
        ],
    });
    let record = |number: u32| {
        let amount = |row: u32| f64::from(number * 7919 % 10_007 + row * 31) / 100.0;
        let lines: Vec<Value> =
            (0..number % 5).map(|row| json!({"amount": amount(row), "count": row})).collect();
        json!({"id": format!("{number:05}"), "supplier": format!("S{}", number % 17), "currency": if number.is_multiple_of(2) { "EUR" } else { "USD" },
            "date": format!("2024-{:02}-{:02}", number % 12 + 1, number % 28 + 1), "number": format!("RE-{}", number * 2),
            "total": amount(number % 3), "lines": lines})
    };
    let ordered: Vec<Value> = (0..3_000).map(record).collect();
    let mut shuffled = ordered.clone();
    // A fixed shuffle: 1,009 and 3,000 have no common divisor.
    (0..3_000).for_each(|place| shuffled[place] = ordered[place * 1_009 % 3_000].clone());
    let digest = |records: &[Value], threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let analysis = pool.install(|| analysed(spec.clone(), records));
        assert_eq!(analysis.sections.len(), 10);
        docmill_contract::identity::Sha256Hex::of(serde_json::to_string(&analysis).unwrap().as_bytes())
    };
    let expected = digest(&ordered, 1);
    for threads in [1, 2, 3, 8] {
        assert_eq!(digest(&shuffled, threads), expected, "{threads} threads");
    }
}
