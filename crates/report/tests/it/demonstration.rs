//! An analysis that has sections of every kind, with figures like those of a year of incoming invoices.

use docmill_contract::analysis::Analysis;
use serde_json::{Value, json};

/// What a document may say, to be shown as what it is: text.
pub(crate) const HOSTILE: &str =
    "=HYPERLINK(\"http://x\")</title></style></svg><script>alert(1)</script>'\"&\u{202e}\u{0}]]>";

const SUPPLIERS: [&str; 14] = [
    "Nordlicht Logistik GmbH",
    "Papier & Büro Hansen",
    "Aurora Cloud Services",
    "Bäckerei Morgenrot",
    "Stadtwerke Kiel",
    "Zimmerei Holm",
    "Gebäudereinigung Sauber",
    "Elbe Drucktechnik",
    "Kanzlei Petersen & Partner",
    "Hafen Spedition",
    "Blumen Iversen",
    "Fjord Software ApS",
    "Møller Transport A/S",
    "Zeitarbeit Nord",
];

/// Numbers that look like some, and are the same each time.
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(seed), |last| {
        Some(last.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    })
    .skip(1)
    .map(|number| number >> 33)
}

fn column(name: &str, kind: &str) -> Value {
    json!({"name": name, "kind": kind})
}

fn section(id: &str, kind: &str, title: &str, summary: &str, more: Value) -> Value {
    let mut section = json!({"id": id, "kind": kind, "title": title, "summary": summary, "parameters": {},
        "counts": {"total": 1250, "used": 1208, "missing": 38, "rejected": 4}});
    if let (Some(section), Value::Object(more)) = (section.as_object_mut(), more) {
        section.extend(more);
    }
    section
}

fn concentration() -> Value {
    let sums: Vec<u64> =
        (0..14_u32).map(|rank| 41_873_512 / u64::from((rank + 1) * (rank + 2) / 2)).collect();
    let all: u64 = sums.iter().sum();
    let mut running = 0;
    let (mut rows, mut values, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    for (supplier, sum) in SUPPLIERS.iter().zip(&sums) {
        running += sum;
        let money = format!("{}.{:02}", sum / 100, sum % 100);
        let share = |part: u64| format!("{:.4}", part as f64 / all as f64);
        let class = if running * 10 <= all * 8 {
            "A"
        } else if running * 100 <= all * 95 {
            "B"
        } else {
            "C"
        };
        rows.push(json!([supplier, money, share(*sum), share(running), class]));
        values.push(money);
        shares.push(share(running));
    }
    section(
        "concentration-1",
        "concentration",
        "Gross total (EUR) by supplier",
        "3 of 14 suppliers have 80 % of the sum; the Herfindahl–Hirschman index is 0.1794, the Gini coefficient 0.6412.",
        json!({
            "parameters": {"of": "Gross total", "by": "Supplier", "currency": "EUR"},
            "charts": [{"title": "Gross total by supplier, and how much of the sum the largest have together",
                "label_axis": "Supplier, the largest first", "value_axis": "Gross total, EUR", "labels": SUPPLIERS,
                "series": [{"name": "Gross total", "drawn": "bars", "values": values},
                    {"name": "Cumulative share", "drawn": "share_line", "values": shares}]}],
            "tables": [{"title": "Suppliers by gross total", "columns": [column("Supplier", "text"), column("Sum, EUR", "decimal"),
                column("Share", "share"), column("Cumulative", "share"), column("Class", "text")], "rows": rows, "rows_in_all": 14}],
            "notes": ["Two credit notes make the sum of one supplier negative; it is left out of the index."],
        }),
    )
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are small and positive")]
fn benford(id: &str, first: u32, last: u32, title: &str) -> Value {
    let labels: Vec<String> = (first..=last).map(|digits| digits.to_string()).collect();
    let expected: Vec<f64> =
        (first..=last).map(|digits| (1.0 + 1.0 / f64::from(digits)).log10() * 1208.0).collect();
    let observed: Vec<u64> = expected
        .iter()
        .zip(numbers(7))
        .map(|(count, noise)| (count * (0.8 + (noise % 40) as f64 / 100.0)) as u64)
        .collect();
    let rows: Vec<Value> = labels
        .iter()
        .zip(&expected)
        .zip(&observed)
        .map(|((label, expected), observed)| {
            json!([
                label,
                observed.to_string(),
                format!("{expected:.2}"),
                format!("{:.4}", *observed as f64 / 1208.0)
            ])
        })
        .collect();
    section(
        id,
        "benford",
        title,
        "The digits deviate from Benford's law: mean absolute deviation 0.0024, χ² = 113.2 with 89 degrees of freedom. That is a question, not an answer.",
        json!({
            "parameters": {"of": "Gross total", "digits": "first_two", "applicability": "1208 values over 4.1 orders of magnitude"},
            "charts": [{"title": format!("{title}: how often, and how often by Benford's law"), "label_axis": "Leading digits",
                "value_axis": "Values", "labels": labels,
                "series": [{"name": "Observed", "drawn": "bars", "values": observed.iter().map(u64::to_string).collect::<Vec<_>>()},
                    {"name": "Expected by Benford's law", "drawn": "line", "values": expected.iter().map(|count| format!("{count:.2}")).collect::<Vec<_>>()}]}],
            "tables": [{"title": "Leading digits", "columns": [column("Digits", "text"), column("Observed", "count"),
                column("Expected", "decimal"), column("Share", "share")], "rows": rows, "rows_in_all": rows.len()}],
        }),
    )
}

fn monthly() -> Value {
    let labels: Vec<String> =
        (0..36).map(|month| format!("{}-{:02}", 2022 + month / 12, month % 12 + 1)).collect();
    let sums: Vec<String> = numbers(3)
        .take(36)
        .enumerate()
        .map(|(month, noise)| format!("{}.{:02}", 18_000 + month as u64 * 350 + noise % 9_000, noise % 100))
        .collect();
    let mut values: Vec<Option<String>> = sums.iter().cloned().map(Some).collect();
    values[17] = Some("-4120.50".to_owned());
    values[29] = None;
    let before: Vec<Option<String>> =
        (0..36).map(|month| if month < 12 { None } else { values[month - 12].clone() }).collect();
    let rows: Vec<Value> = labels
        .iter()
        .zip(&values)
        .zip(&before)
        .map(|((label, value), before)| json!([format!("{label}-01"), value, before]))
        .collect();
    section(
        "monthly-1",
        "monthly",
        "Gross total (EUR) by month",
        "36 months; the largest sum is that of December 2024, 12.4 % over the year before.",
        json!({
            "parameters": {"of": "Gross total", "date": "/invoice_date"},
            "charts": [{"title": "Gross total by month, with the year before", "label_axis": "Month of the invoice's date",
                "value_axis": "Gross total, EUR", "labels": labels,
                "series": [{"name": "Sum", "drawn": "bars", "values": values}, {"name": "Year before", "drawn": "line", "values": before}]}],
            "tables": [{"title": "Months", "columns": [column("Month", "date"), column("Sum, EUR", "decimal"),
                column("Year before, EUR", "decimal")], "rows": rows, "rows_in_all": 36}],
        }),
    )
}

fn pivot() -> Value {
    let quarters = ["2024 Q1", "2024 Q2", "2024 Q3", "2024 Q4"];
    let sums: Vec<Vec<String>> = (0..5)
        .map(|row| numbers(row + 1).take(4).map(|sum| format!("{}.00", sum % 90_000)).collect())
        .collect();
    let rows: Vec<Value> = SUPPLIERS
        .iter()
        .zip(&sums)
        .map(|(supplier, sums)| {
            json!(std::iter::once(supplier.to_string()).chain(sums.iter().cloned()).collect::<Vec<_>>())
        })
        .collect();
    let series: Vec<Value> = SUPPLIERS
        .iter()
        .zip(&sums)
        .map(|(supplier, sums)| json!({"name": supplier, "drawn": "bars", "values": sums}))
        .collect();
    let columns: Vec<Value> = std::iter::once(column("Supplier", "text"))
        .chain(quarters.iter().map(|quarter| column(quarter, "decimal")))
        .collect();
    section(
        "pivot-1",
        "pivot",
        "Net amount (EUR) by supplier and quarter",
        "5 suppliers, 4 quarters.",
        json!({
            "charts": [{"title": "Net amount by quarter and supplier", "label_axis": "Quarter", "value_axis": "Net amount, EUR",
                "labels": quarters, "series": series}],
            "tables": [{"title": "Net amount, EUR", "columns": columns, "rows": rows, "rows_in_all": 5}],
        }),
    )
}

fn listed() -> Vec<Value> {
    vec![
        section(
            "outliers-1",
            "outliers",
            "Line amounts far from others of their supplier",
            "3 of 1208 values lie more than 3.5 deviations from their group's median.",
            json!({"parameters": {"of": "Line amount", "by": "Supplier", "rule": "mad", "group_min": "8"},
                "tables": [{"title": "Outliers", "columns": [column("Document", "text"), column("Supplier", "text"), column("Value, EUR", "decimal"),
                    column("Median, EUR", "decimal"), column("Deviations", "decimal")],
                    "rows": [["inv-0042", SUPPLIERS[1], "18450.00", "212.40", "41.27"], ["inv-0107", SUPPLIERS[3], "1999.99", "48.00", "12.03"],
                        ["inv-0311", HOSTILE, "-500.00", "120.00", "-9.81"]], "rows_in_all": 3}],
                "notes": ["4 groups have fewer than 8 values and are left out."]}),
        ),
        section(
            "gaps-1",
            "gaps",
            "Invoice numbers by supplier",
            "2 numbers are missing, 1 comes twice.",
            json!({"tables": [
                {"title": "Missing", "columns": [column("Supplier", "text"), column("From", "text"), column("To", "text"), column("Numbers", "count")],
                    "rows": [[SUPPLIERS[0], "RE-2024-0117", "RE-2024-0118", "2"]], "rows_in_all": 1},
                {"title": "Twice", "columns": [column("Supplier", "text"), column("Number", "text"), column("Documents", "count")],
                    "rows": [[SUPPLIERS[2], "A-5520", "2"]], "rows_in_all": 1}]}),
        ),
        section(
            "near_duplicates-1",
            "near_duplicates",
            "Rows that say nearly the same",
            "No pair was found.",
            json!({"tables": [{"title": "Pairs", "columns": [column("One", "text"), column("Other", "text"), column("Amount", "decimal"), column("Days apart", "count")],
                "rows": [], "rows_in_all": 0}]}),
        ),
        section(
            "cut_off-1",
            "cut_off",
            "Days and round amounts",
            "9.2 % of the values are dated on a weekend.",
            json!({"tables": [{"title": "Tests", "columns": [column("Test", "text"), column("Values", "count"), column("Share", "share")],
                "rows": [["On a weekend", "111", "0.0919"], ["Within the last 3 days of a month", "204", "0.1689"], ["Round amounts", "87", "0.0720"]], "rows_in_all": 3}]}),
        ),
        section(
            "correlation-1",
            "correlation",
            "Quantity and price",
            "They go up and down together a little: Spearman's ρ is 0.2143.",
            json!({"tables": [{"title": "Coefficients", "columns": [column("Coefficient", "text"), column("Value", "decimal")],
                "rows": [["Pearson's r", "0.187342915"], ["Spearman's ρ", "0.2143"], ["Kendall's τ-b", "-0.1502"]], "rows_in_all": 3}]}),
        ),
        section(
            "interval-1",
            "interval",
            "Mean of gross totals",
            "The mean lies between 411.20 and 502.75 with 95 % confidence.",
            json!({"parameters": {"replicates": "2000", "seed": "0"},
                "tables": [{"title": "Intervals", "columns": [column("Group", "text"), column("Mean", "decimal"), column("Low", "decimal"), column("High", "decimal")],
                "rows": [[null, "455.1234567890123456", "411.20", "502.75"]], "rows_in_all": 1}]}),
        ),
        section(
            "invoice_totals-1",
            "invoice_totals",
            "Totals by the rules of EN 16931",
            "1 of 240 documents breaks a rule.",
            json!({"tables": [{"title": "Rules", "columns": [column("Rule", "text"), column("Checked", "count"), column("Broken", "count")],
                "rows": [["BR-CO-10", "240", "0"], ["BR-CO-15", "240", "1"]], "rows_in_all": 2}]}),
        ),
    ]
}

/// A section in which everything is hostile.
fn hostile() -> Value {
    json!({"id": HOSTILE, "kind": HOSTILE, "title": HOSTILE, "summary": HOSTILE, "parameters": {HOSTILE: HOSTILE},
        "counts": {"total": 1, "used": 1, "missing": 0, "rejected": 0}, "notes": [HOSTILE],
        "tables": [{"title": HOSTILE, "columns": [column(HOSTILE, "text"), column(HOSTILE, "decimal"), column(HOSTILE, "share"), column(HOSTILE, "date"), column(HOSTILE, "count")],
            "rows": [[HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE], ["+cmd|' /C calc'!A0"], ["\t=1+1", "-1", "@SUM(A1)", "=1", "1", "too", "many"]], "rows_in_all": 7}],
        "charts": [{"title": HOSTILE, "label_axis": HOSTILE, "value_axis": HOSTILE, "labels": [HOSTILE, "B"],
            "series": [{"name": HOSTILE, "drawn": "bars", "values": [HOSTILE, "2"]}, {"name": HOSTILE, "drawn": "bars", "values": ["1", null]},
                {"name": HOSTILE, "drawn": "line", "values": ["1", "3"]}]}]})
}

/// Of five sentences two are shown.
fn narrative(name: impl Fn(&str) -> String) -> Value {
    json!({"model": name("some-model"), "prompt": "1", "dropped": [{"reason": "accusation", "sentences": 1}, {"reason": "figure", "sentences": 2}],
        "sentences": [
            {"text": name("3 of 14 suppliers have 80 % of the sum; \"Nordlicht Logistik GmbH\" alone has 418,735.12 EUR, or 53.6 %."),
                "facts": [name("Analysis, title: \"Gross total (EUR) by supplier\"; kind: concentration; result: 3 of 14 suppliers have 80 % of the sum"),
                    "Row of an analysis, analysis: \"Gross total (EUR) by supplier\"; Supplier: \"Nordlicht Logistik GmbH\"; Sum, EUR: 418,735.12 EUR; Share: 53.57 %"]},
            {"text": "The lines of \"inv-0042.pdf\" don't add up: 1,234.50 is expected, 1,243.50 was found on page 1.",
                "facts": ["Finding, an error, rule: \"lines_sum\"; message: The lines don't add up to the net total.; expected: 1,234.50; found: 1,243.50; document: \"inv-0042.pdf\"; page: 1"]}]})
}

/// The whole analysis; with a hostile section and hostile documents where asked for.
pub(crate) fn analysis(with_hostile: bool) -> Analysis {
    let mut sections = vec![
        concentration(),
        benford("benford-1", 10, 99, "First two digits of gross totals"),
        benford("benford-2", 1, 9, "First digit of gross totals"),
        monthly(),
        pivot(),
    ];
    sections.extend(listed());
    let mut findings = vec![
        json!({"rule": "lines_sum", "severity": "error", "message": "The lines don't add up to the net total.", "expected": "1234.50", "found": "1243.50",
            "places": [{"document": "inv-0042", "name": "inv-0042.pdf", "pointer": "/net_total", "page": 1, "box": [450.0, 640.0, 520.0, 652.0], "text": "1.243,50"},
                {"document": "inv-0042", "name": "inv-0042.pdf", "pointer": "/lines/3/amount", "page": 1, "box": [450.0, 520.0, 520.0, 532.0], "text": "99,00"}]}),
        json!({"rule": "outliers-1", "severity": "warning", "message": "18 450.00 lies far from the other amounts of Papier & Büro Hansen.", "places": [
            {"document": "inv-0107", "name": "inv-0107.pdf", "pointer": "/lines/0/amount", "page": 2, "box": [450.0, 40.0, 520.0, 52.0], "text": "18.450,00"}]}),
    ];
    if with_hostile {
        sections.push(hostile());
        findings.push(json!({"rule": HOSTILE, "severity": "info", "message": HOSTILE, "expected": HOSTILE, "found": HOSTILE, "places": [
            {"document": "inv-0042", "name": HOSTILE, "pointer": HOSTILE, "page": 1, "box": [1.0, 2.0, 30.0, 40.0], "text": HOSTILE}]}));
    }
    let name = |name: &str| if with_hostile { format!("{HOSTILE}{name}") } else { name.to_owned() };
    serde_json::from_value(json!({
        "version": 1, "collection": "incoming-2024", "revision": 3, "docmill": "0.1.0",
        "covers": {"outcomes": 3, "verified": 1, "needs_review": 1, "failed": 1, "last_outcome_sequence": 7},
        "findings": findings, "sections": sections, "narrative": narrative(name),
        "figures": [{"title": name("Gross total"), "column": "/gross_total", "rows": [{"currency": "EUR",
            "counts": {"total": 1250, "used": 1208, "missing": 38, "rejected": 4},
            "statistics": {"sum": "549789.12", "mean": "455.12", "standard_deviation": "812.3317", "minimum": "-4120.50", "first_quartile": "48.00",
                "median": "212.40", "third_quartile": "498.00", "maximum": "18450.00", "median_absolute_deviation": "171.20"},
            "histogram": [{"from": "-5000", "to": "0", "count": 3}, {"from": "0", "to": "5000", "count": 1190}, {"from": "5000", "to": "10000", "count": 9},
                {"from": "10000", "to": "15000", "count": 4}, {"from": "15000", "to": "20000", "count": 2}]}]}],
        "documents": [
            {"document": "inv-0042", "name": name("inv-0042.pdf"), "status": "needs_review", "profile": "invoice", "pages": 1, "values_verified": 30, "values": 32, "findings": 1},
            {"document": "inv-0107", "name": "inv-0107.pdf", "status": "verified", "profile": "invoice", "pages": 2, "values_verified": 28, "values": 28, "findings": 1},
            {"document": "inv-0311", "name": "inv-0311.pdf", "status": "failed", "pages": 0, "values_verified": 0, "values": 0, "findings": 0, "failure": "The PDF is encrypted."}],
    }))
    .unwrap()
}
