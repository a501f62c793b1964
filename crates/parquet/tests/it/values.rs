//! Tables of cases: values and their types.

use docmill_columns::{Folding, Kind, Scale};
use docmill_parquet::PartitionBy;

use crate::{key, layout, money, number, shown, tables, written};

/// The columns and rows of the only file of these documents, without those of every file.
fn check(columns: &[(&str, &str, Kind)], lines: &[&str], expected: &[&str], expected_rows: &[&str]) {
    let layout = layout(columns);
    let tables = tables(&layout, &lines.join("\n"));
    let files = written(&tables, &layout, PartitionBy::Nothing);
    let (path, bytes) = files.last().unwrap();
    let (columns, rows) = shown(bytes);
    let fixed = if path == "documents.parquet" { 2 } else { 3 };
    assert_eq!(columns[fixed..], *expected, "{path}");
    assert_eq!(rows, expected_rows, "{path}");
}

#[test]
fn numbers_keep_every_digit() {
    let of = |scale| Kind::Decimal { scale };
    check(
        &[("n", "/n", number())],
        &[
            r#"{"id":"a","n":1.5}"#,
            r#"{"id":"b","n":"-0.125"}"#,
            r#"{"id":"c","n":null}"#,
            r#"{"id":"d","n":"x"}"#,
        ],
        &["n DECIMAL(18,3)"],
        &["a | 0 | 1500e-3", "b | 1 | -125e-3", "c | 2 | -", "d | 3 | -"],
    );
    check(
        &[("n", "/n", of(Scale::Fixed(0)))],
        &[
            r#"{"id":"a","n":999999999999999999}"#,
            r#"{"id":"b","n":-999999999999999999}"#,
            r#"{"id":"c","n":-0}"#,
        ],
        &["n DECIMAL(18,0)"],
        &["a | 0 | 999999999999999999e-0", "b | 1 | -999999999999999999e-0", "c | 2 | 0e-0"],
    );
    // One digit more than a DECIMAL of 64 bits may have, and the ends of what a column holds.
    check(
        &[("n", "/n", of(Scale::Fixed(2)))],
        &[
            r#"{"id":"a","n":10000000000000000}"#,
            r#"{"id":"b","n":92233720368547758.07}"#,
            r#"{"id":"c","n":-92233720368547758.07}"#,
            r#"{"id":"d","n":-0.01}"#,
            r#"{"id":"e"}"#,
        ],
        &["n DECIMAL(19,2)"],
        &[
            "a | 0 | 1000000000000000000e-2",
            "b | 1 | 9223372036854775807e-2",
            "c | 2 | -9223372036854775807e-2",
            "d | 3 | -1e-2",
            "e | 4 | -",
        ],
    );
}

#[test]
fn amounts_have_their_currency_beside_them() {
    check(
        &[("total", "/total", money("/currency"))],
        &[
            r#"{"id":"a","total":"10.50","currency":"EUR"}"#,
            r#"{"id":"b","total":-3,"currency":"eur"}"#,
            r#"{"id":"c","total":7}"#,
        ],
        &["total DECIMAL(18,1)", "total_currency String"],
        &["a | 0 | 105e-1 | EUR", "b | 1 | -30e-1 | EUR", "c | 2 | - | -"],
    );
    // The currency is a column of its own, too, where somebody groups by it.
    check(
        &[("total", "/total", money("/currency")), ("by", "/currency", key())],
        &[r#"{"id":"a","total":1,"currency":"EUR"}"#],
        &["total DECIMAL(18,0)", "total_currency String", "currency String"],
        &["a | 0 | 1e-0 | EUR | EUR"],
    );
}

#[test]
fn days_texts_and_truth_are_what_they_are() {
    check(
        &[
            ("d", "/d", Kind::Date),
            ("k", "/k", key()),
            ("x", "/x", Kind::Key { folding: Folding::Exact }),
            ("b", "/b", Kind::Bool),
        ],
        &[
            r#"{"id":"a","d":"2024-02-29","k":"Müller  & Söhne","x":"日本 🧾","b":true}"#,
            r#"{"id":"b","d":"1000-01-01","k":"","x":"null","b":false}"#,
            r#"{"id":"ü","d":"2024-02-30","k":null,"x":[],"b":"true"}"#,
            r#"{"d":"1969-12-31","k":12,"x":true}"#,
        ],
        &["d Date", "k String", "x String", "b BOOLEAN"],
        &[
            "a | 0 | day 19782 | Müller  & Söhne | 日本 🧾 | true",
            "b | 1 | day -354285 | - | null | false",
            "ü | 2 | - | - | - | -",
            "line 4 | 3 | day -1 | 12 | true | -",
        ],
    );
}

#[test]
fn rows_have_what_their_document_has() {
    let columns = [
        ("amount", "/lines/*/amount", money("/currency")),
        ("article", "/lines/*/article", key()),
        ("total", "/amount", money("/currency")),
        ("vendor", "/vendor/name", key()),
    ];
    check(
        &columns,
        &[
            r#"{"id":"b","amount":3,"currency":"CHF","lines":[{"amount":1,"article":"x"},{},{"amount":2}]}"#,
            r#"{"id":"a","amount":0.5,"currency":"EUR","vendor":{"name":"N"},"lines":[{"amount":"0.50"}]}"#,
            r#"{"id":"c","amount":9,"currency":"EUR","lines":[]}"#,
        ],
        &[
            "amount DECIMAL(18,1)",
            "amount_currency String",
            "article String",
            "document_amount DECIMAL(18,1)",
            "document_amount_currency String",
            "document_vendor_name String",
        ],
        &[
            "a | 0 | 0 | 5e-1 | EUR | - | 5e-1 | EUR | N",
            "b | 1 | 0 | 10e-1 | CHF | x | 30e-1 | CHF | -",
            "b | 1 | 1 | - | CHF | - | 30e-1 | CHF | -",
            "b | 1 | 2 | 20e-1 | CHF | - | 30e-1 | CHF | -",
        ],
    );
    check(
        &columns,
        &[r#"{"id":"a","currency":"EUR"}"#],
        &[
            "amount DECIMAL(18,0)",
            "amount_currency String",
            "article String",
            "document_amount DECIMAL(18,0)",
            "document_amount_currency String",
            "document_vendor_name String",
        ],
        &[],
    );
}

#[test]
fn a_place_that_is_read_in_two_ways_has_two_names() {
    // As analyses name them: a number that is a key, too, and a pivot by what may be a month.
    check(
        &[
            ("number /n", "/n", number()),
            ("key /n", "/n", key()),
            ("key /c", "/c", key()),
            ("day /c", "/c", Kind::Date),
        ],
        &[r#"{"id":"a","n":17,"c":"2024-01-01"}"#, r#"{"id":"b","n":"x","c":"-"}"#],
        &["n DECIMAL(18,0)", "n_text String", "c_text String", "c Date"],
        &["a | 0 | 17e-0 | 17 | 2024-01-01 | day 19723", "b | 1 | - | x | - | -"],
    );
    // What fits nothing isn't there beside what fits.
    check(
        &[("key /c", "/c", key()), ("day /c", "/c", Kind::Date), ("day /d", "/d", Kind::Date)],
        &[r#"{"id":"a","c":"tools"}"#],
        &["c String", "d Date"],
        &["a | 0 | tools | -"],
    );
    // Names of places that can't be told apart, and names that every file has.
    check(
        &[("1", "/a b", key()), ("2", "/A_B", key()), ("3", "/document", key()), ("4", "/month", key())],
        &[r#"{"id":"a","a b":"1","A_B":"2","document":"3","month":"4"}"#],
        &["a_b String", "A_B_text String", "document_text String", "month_text String"],
        &["a | 0 | 1 | 2 | 3 | 4"],
    );
}

#[test]
fn documents_of_one_id_are_told_apart() {
    check(
        &[("n", "/n", number())],
        &[r#"{"id":"a","n":1}"#, r#"{"id":"a","n":1}"#, r#"{"id":"b"}"#],
        &["n DECIMAL(18,0)"],
        &["a | 0 | 1e-0", "a | 1 | 1e-0", "b | 2 | -"],
    );
    check(&[("n", "/n", number())], &[], &["n DECIMAL(18,0)"], &[]);
}
