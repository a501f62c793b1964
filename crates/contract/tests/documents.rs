//! Holds the documents that are written from the contract against it: JSON Schemas in `docs/schemas/` and the
//! table of failure codes. `UPDATE=1 cargo test -p docmill-contract` writes them anew.

#![cfg(test)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use docmill_contract::{analysis, collection, dead_letter, failure, job, outcome, profile, spec};
use schemars::{JsonSchema, schema_for};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

#[track_caller]
fn check(file: &Path, expected: &str) {
    #[expect(clippy::disallowed_methods, reason = "a test's own switch, not a setting")]
    let update = std::env::var("UPDATE").is_ok();
    if update {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, expected).unwrap();
    }
    let found = std::fs::read_to_string(file).unwrap_or_default();
    assert!(found == expected, "{} is not up to date: run `make docs`", file.display());
}

fn check_schema<T: JsonSchema>(name: &str) {
    let schema = serde_json::to_string_pretty(&schema_for!(T)).unwrap() + "\n";
    check(&docs().join("schemas").join(name).with_extension("json"), &schema);
}

#[test]
fn schemas_are_up_to_date() {
    check_schema::<job::ProcessJob>("process-job");
    check_schema::<job::AnalyseJob>("analyse-job");
    check_schema::<outcome::Outcome>("outcome");
    check_schema::<analysis::Analysis>("analysis");
    check_schema::<dead_letter::DeadLetter>("dead-letter");
    check_schema::<collection::Manifest>("collection-manifest");
    check_schema::<collection::CollectionDone>("collection-done");
    check_schema::<profile::Profile>("profile");
    check_schema::<spec::AnalysisSpec>("analysis-spec");
}

#[test]
fn failure_codes_are_up_to_date() {
    let mut page = String::from(
        "# Failure codes\n\nA document without a record has an outcome with `status: \"failed\"` and a `failure` with one of these codes. The\n`reason` beside the code names the particulars. Written from `crates/contract/src/failure.rs` by `make docs`.\n\n| code | what happened | what to do |\n|---|---|---|\n",
    );
    for code in failure::FailureCode::ALL {
        let (what, mend) = code.explain();
        writeln!(page, "| `{}` | {what} | {mend} |", code.as_str()).unwrap();
    }
    page.push_str("\nTrouble that passes by itself is no failure: an LLM endpoint or a NATS server that is down, slow, throttled or full\nmakes a job wait and come back, with growing delays, without counting against its document. Wrong LLM credentials\nstop pulling until they are mended; no document fails of them.\n");
    check(&docs().join("failure-codes.md"), &page);
}

#[test]
fn every_code_is_listed_once() {
    let mut names: Vec<String> = failure::FailureCode::ALL.map(failure::FailureCode::as_str).into();
    assert!(names.iter().all(|name| !name.is_empty()));
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}
