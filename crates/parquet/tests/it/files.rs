//! Which files there are, what they say of themselves, and that they are the same each time.

use std::fmt::Write as _;

use docmill_columns::{Kind, Layout};
use docmill_parquet::{Export, ExportError, MONTHS_MAX, PartitionBy, ROW_GROUP_ROWS};
use parquet::file::reader::FileReader;

use crate::{key, layout, money, number, reader, shown, tables, written};

fn invoices() -> Layout {
    layout(&[
        ("total", "/total", money("/currency")),
        ("amount", "/lines/*/amount", money("/currency")),
        ("tax", "/totals/taxes/*/rate", number()),
        ("date", "/date", Kind::Date),
    ])
}

/// The paths of the files, with their rows' first two columns.
fn check(layout: &Layout, lines: &[&str], by: PartitionBy, expected: &[(&str, &[&str])]) {
    let tables = tables(layout, &lines.join("\n"));
    let files: Vec<(String, Vec<String>)> = written(&tables, layout, by)
        .iter()
        .map(|(path, bytes)| {
            let rows = shown(bytes).1.into_iter();
            (path.clone(), rows.map(|row| row.split(" | ").next().unwrap().to_owned()).collect())
        })
        .collect();
    let files: Vec<(&str, Vec<&str>)> =
        files.iter().map(|(path, rows)| (path.as_str(), rows.iter().map(String::as_str).collect())).collect();
    let expected: Vec<(&str, Vec<&str>)> =
        expected.iter().map(|(path, rows)| (*path, rows.to_vec())).collect();
    assert_eq!(files, expected);
}

#[test]
fn there_is_a_file_for_documents_and_one_for_each_array() {
    let document = r#"{"id":"a","lines":[{},{}],"totals":{"taxes":[{"rate":19}]}}"#;
    check(
        &invoices(),
        &[document],
        PartitionBy::Nothing,
        &[("documents.parquet", &["a"]), ("lines.parquet", &["a", "a"]), ("totals_taxes.parquet", &["a"])],
    );
    check(
        &layout(&[("x", "/Documents/*/x", key()), ("y", "/documents/*/y", key())]),
        &[r#"{"id":"a"}"#],
        PartitionBy::Nothing,
        &[("documents.parquet", &["a"]), ("Documents_rows.parquet", &[]), ("documents_2.parquet", &[])],
    );
}

#[test]
fn rows_go_into_the_month_of_their_date() {
    let lines = [
        r#"{"id":"a","date":"2024-03-31","lines":[{},{}]}"#,
        r#"{"id":"b","date":"2024-04-01","lines":[{}]}"#,
        r#"{"id":"c","date":"soon","lines":[{}]}"#,
        r#"{"id":"d","date":"2024-03-01"}"#,
    ];
    check(
        &invoices(),
        &lines,
        PartitionBy::Month,
        &[
            ("documents/month=2024-03/part-0.parquet", &["a", "d"]),
            ("documents/month=2024-04/part-0.parquet", &["b"]),
            ("documents/month=__HIVE_DEFAULT_PARTITION__/part-0.parquet", &["c"]),
            ("lines/month=2024-03/part-0.parquet", &["a", "a"]),
            ("lines/month=2024-04/part-0.parquet", &["b"]),
            ("lines/month=__HIVE_DEFAULT_PARTITION__/part-0.parquet", &["c"]),
            ("totals_taxes/month=__HIVE_DEFAULT_PARTITION__/part-0.parquet", &[]),
        ],
    );
    // Rows that have a date of their own; nothing else has one then.
    check(
        &layout(&[("d", "/rows/*/d", Kind::Date), ("x", "/others/*/x", key())]),
        &[r#"{"id":"a","rows":[{"d":"2024-01-01"},{"d":"2023-12-31"},{}],"others":[{}]}"#],
        PartitionBy::Month,
        &[
            ("documents/month=__HIVE_DEFAULT_PARTITION__/part-0.parquet", &["a"]),
            ("rows/month=2023-12/part-0.parquet", &["a"]),
            ("rows/month=2024-01/part-0.parquet", &["a"]),
            ("rows/month=__HIVE_DEFAULT_PARTITION__/part-0.parquet", &["a"]),
            ("others/month=__HIVE_DEFAULT_PARTITION__/part-0.parquet", &["a"]),
        ],
    );
}

#[test]
fn months_that_are_none_are_refused() {
    let without = layout(&[("key /c", "/c", key()), ("day /c", "/c", Kind::Date)]);
    let of_texts = tables(&without, r#"{"id":"a","c":"tools"}"#);
    assert!(matches!(Export::new(&of_texts, &without, PartitionBy::Month), Err(ExportError::NoDate)));

    let mut lines = String::new();
    for month in 0..=MONTHS_MAX {
        writeln!(lines, r#"{{"date":"{:04}-{:02}-01"}}"#, 1000 + month / 12, 1 + month % 12).unwrap();
    }
    let invoices = invoices();
    let many = tables(&invoices, &lines);
    let error = Export::new(&many, &invoices, PartitionBy::Month);
    assert!(matches!(error, Err(ExportError::TooManyMonths(months)) if months == MONTHS_MAX + 1));
}

#[test]
fn a_file_says_what_it_is() {
    let layout = invoices();
    let tables = tables(&layout, r#"{"id":"a","lines":[{"amount":1}]}"#);
    let files = written(&tables, &layout, PartitionBy::Nothing);
    let (_, lines) = &files[1];
    let reader = reader(lines);
    let metadata = reader.metadata().file_metadata();
    assert!(metadata.created_by().unwrap().starts_with("docmill version "));
    let said = |name: &str| {
        let pairs = metadata.key_value_metadata().unwrap();
        pairs.iter().find(|pair| pair.key == name).and_then(|pair| pair.value.clone()).unwrap()
    };
    assert_eq!(said("docmill.version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(said("docmill.rows"), "/lines");
    assert_eq!(serde_json::from_str::<Layout>(&said("docmill.layout")).unwrap(), layout);
    assert!(said("docmill.columns").contains(r#"{"name":"amount","pointer":"/lines/*/amount"}"#));
}

#[test]
fn many_rows_are_many_row_groups_and_the_same_bytes() {
    // A row more than a group, in documents of 97 rows: groups end within them.
    let rows = ROW_GROUP_ROWS + 1;
    let mut lines = String::new();
    for (document, first) in (0..rows).step_by(97).enumerate() {
        let of_document = (first..rows.min(first + 97)).map(|row| match row % 7 {
            0 => "{}".to_owned(),
            _ => format!(r#"{{"n":{}.{:02},"k":"key {}"}}"#, row, row % 100, row % 1_000),
        });
        let of_document = of_document.collect::<Vec<_>>().join(",");
        writeln!(lines, r#"{{"id":"{document:08}","rows":[{of_document}]}}"#).unwrap();
    }
    let layout = layout(&[("n", "/rows/*/n", number()), ("k", "/rows/*/k", key())]);
    let of_lines = tables(&layout, &lines);
    let files = written(&of_lines, &layout, PartitionBy::Nothing);
    let (path, bytes) = &files[1];
    assert_eq!(path, "rows.parquet");
    let reader = reader(bytes);
    let groups: Vec<i64> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(groups, [i64::try_from(ROW_GROUP_ROWS).unwrap(), 1]);
    for (row, found) in shown(bytes).1.iter().enumerate() {
        let (document, of_document) = (row / 97, row % 97);
        let values = match row % 7 {
            0 => "- | -".to_owned(),
            _ => format!("{}e-2 | key {}", row * 100 + row % 100, row % 1_000),
        };
        assert_eq!(*found, format!("{document:08} | {document} | {of_document} | {values}"));
    }

    let reversed: Vec<&str> = lines.lines().rev().collect();
    let again = written(&tables(&layout, &reversed.join("\n")), &layout, PartitionBy::Nothing);
    assert!(again == files, "the order in which documents come changes the bytes");
}
