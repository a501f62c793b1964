//! `docmill analyse --records`, which needs no server: what it leaves in its folders.

use std::path::Path;

use crate::docmill::{Said, docmill, write};

const SPEC: &str = "\
columns:
  - {name: Line amount, pointer: /lines/*/amount, currency: /currency}
groups:
  - {name: Supplier, pointer: /supplier}
analyses:
  - {kind: monthly, of: Line amount, date: /date}
";

const RECORDS: &str = r#"{"id":"a","currency":"EUR","supplier":"N","date":"2024-03-31","lines":[{"amount":"1.50"},{"amount":-2}]}
{"id":"b","currency":"EUR","supplier":"M","date":"2024-04-01","lines":[{"amount":10}]}
{"id":"c","currency":"EUR","lines":[]}
"#;

fn analysed(folder: &Path, more: &[&str]) -> Said {
    let options = ["analyse", "--records", "in.jsonl", "--spec", "spec.yaml", "--record", "", "--id", "/id"];
    docmill(folder, &[&options[..], more].concat())
}

/// The paths of the files below a folder, in order.
fn listing(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match path.is_dir() {
            true => found.extend(listing(&path).iter().map(|inner| format!("{name}/{inner}"))),
            false => found.push(name),
        }
    }
    found.sort();
    found
}

#[test]
fn columns_are_written_as_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "spec.yaml", SPEC.as_bytes());
    write(folder, "in.jsonl", RECORDS.as_bytes());
    let said = analysed(folder, &["--parquet", "whole"]);
    assert!(said.output.contains("2 Parquet files: whole"), "{said:?}");
    assert_eq!(listing(&folder.join("whole")), ["documents.parquet", "lines.parquet"]);
    let bytes = std::fs::read(folder.join("whole/lines.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));

    // The same again, with other threads: the same bytes.
    analysed(folder, &["--parquet", "whole", "--threads", "3"]).prints(&["3 records"]);
    assert!(std::fs::read(folder.join("whole/lines.parquet")).unwrap() == bytes);

    analysed(folder, &["--parquet", "months", "--partition-by", "month"]).prints(&["3 records"]);
    assert_eq!(
        listing(&folder.join("months")),
        [
            "documents/month=2024-03/part-0.parquet",
            "documents/month=2024-04/part-0.parquet",
            "documents/month=__HIVE_DEFAULT_PARTITION__/part-0.parquet",
            "lines/month=2024-03/part-0.parquet",
            "lines/month=2024-04/part-0.parquet",
        ]
    );

    // What another export left would be read as part of this one.
    let mixed = analysed(folder, &["--parquet", "months"]);
    mixed.fails(2, "part-0.parquet is of another export");
    analysed(folder, &["--parquet", "whole", "--partition-by", "month"]).fails(2, "is of another export");
}

#[test]
fn partitions_need_a_date() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "spec.yaml", b"columns:\n  - {name: Amount, pointer: /amount}\n");
    write(folder, "in.jsonl", b"{\"id\":\"a\",\"amount\":1}\n");
    let dated = analysed(folder, &["--parquet", "p", "--partition-by", "month"]);
    dated.fails(2, "there is no date to partition by");
    assert!(!folder.join("p").exists());
    analysed(folder, &["--partition-by", "month"]).fails(2, "--parquet");
}
