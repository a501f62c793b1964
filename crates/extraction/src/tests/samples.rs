//! The samples, answered as a small model would: right values rewritten in plain notation, and lines that only count.
//! The record must be the truth all the same, and every row proved.

use std::path::{Path, PathBuf};

use crate::{Answered, GroundContext, PlanBudget, Task, ground, plan};
use docmill_contract::outcome::{VerifiedBy, WarningCode};
use docmill_contract::pages::PageSelection;
use docmill_contract::profile::Profile;
use docmill_pdf::Limits;
use serde_json::{Map, Value, json};

/// Values as the wire has them, their lines counted from 1 as they come.
fn reply(data: &Value) -> Value {
    let mut line = 0;
    let mut next_line = || {
        line += 1;
        line
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut reply = Map::new();
    for (name, value) in data.as_object().unwrap() {
        let claim = match value {
            Value::Array(rows) => rows
                .iter()
                .map(|row| {
                    let mut claim = json!({"line": next_line()});
                    for (name, value) in row.as_object().unwrap() {
                        claim[name] = text(value).into();
                    }
                    claim
                })
                .collect(),
            value => json!({"value": text(value), "line": next_line()}),
        };
        reply.insert(name.clone(), claim);
    }
    Value::Object(reply)
}

#[track_caller]
fn check(profile: &str, sample: &str, expected: &[WarningCode]) {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(profile);
    let bytes = std::fs::read(folder.join(format!("{sample}.pdf"))).unwrap();
    let truth = std::fs::read(folder.join(format!("{sample}.truth.json"))).unwrap();
    let truth: Value = serde_json::from_slice(&truth).unwrap();
    let document = docmill_pdf::read(bytes, None, &PageSelection::all(), &Limits::default()).unwrap();
    let profile = Profile::built_in(profile).unwrap();
    let task = Task::new(&profile.schema, &profile.instructions, &profile.rules).unwrap();

    let reply = reply(&truth["data"]).to_string();
    let questions = task.questions(plan(&document, &PlanBudget::default()));
    let answers = questions.into_iter().map(|question| {
        let answer = task.read_reply(&reply, &question).unwrap().answer;
        Answered { question, answer }
    });
    let record = ground(&task, &document, &answers.collect::<Vec<_>>(), &GroundContext::default());

    assert_eq!(record.data, truth["data"], "{sample}");
    assert!(record.completeness.iter().all(|table| table.rows_found == table.rows_on_pages), "{sample}");
    // What is printed several times is open without a line; a row's value never is.
    let in_row = |pointer: &str| pointer.starts_with("/lines") || pointer.starts_with("/transactions");
    for evidence in &record.evidence {
        assert!(
            !in_row(&evidence.pointer) || evidence.verified_by == VerifiedBy::Text,
            "{sample}: {evidence:?}"
        );
    }
    let other =
        record.warnings.iter().map(|warning| warning.code).filter(|code| *code != WarningCode::Ambiguous);
    assert_eq!(other.collect::<Vec<_>>(), expected, "{sample}: {:#?}", record.warnings);
}

#[test]
fn samples_are_grounded_whatever_lines_were_named() {
    check("invoice", "english-classic", &[]);
    check("invoice", "english-modern", &[]);
    check("invoice", "german-klassisch", &[]);
    check("invoice", "german-modern", &[]);
    check("invoice", "two-pages-40-lines", &[]);
    check("invoice", "wrong-total", &[WarningCode::ArithmeticMismatch]);
    check("bank-statement", "statement-2024-03", &[]);
}
