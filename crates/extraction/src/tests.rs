//! Tests of the whole crate as tables: lines of a document, a schema, a model's reply, and what must come of them.

mod again;
mod amounts;
mod asking;
mod cuts;
mod doubts;
mod einvoices;
mod embedded;
mod invariants;
mod large;
mod pages;
mod parts;
mod proof;
mod questions;
mod reading;
mod real;
mod replies;
mod rows;
mod samples;
mod schemas;
mod tables;

use docmill_contract::outcome::{Status, VerifiedBy};
use docmill_contract::profile::Rule;
use docmill_pdf::{Bounds, Document, Line, Page, Word};
use serde_json::Value;

use crate::{Answered, GroundContext, PlanBudget, Question, Record, Task, ground, plan};

const FONT_SIZE: f32 = 10.0;
const CHARACTER_WIDTH: f32 = 5.0;
const COLUMN_WIDTH: f32 = 120.0;
const LINE_HEIGHT: f32 = 12.0;

/// A document from its lines: ` | ` parts cells, a line of `---` starts a page.
fn document(lines: &[&str]) -> Document {
    let pages: Vec<Page> =
        (1..).zip(lines.split(|line| *line == "---")).map(|(number, lines)| page(number, lines)).collect();
    let count = u32::try_from(pages.len()).unwrap();
    Document {
        pages_in_file: count,
        pages,
        embedded_files: Vec::new(),
        form_fields: Vec::new(),
        warnings: Vec::new(),
    }
}

fn page(number: u32, lines: &[&str]) -> Page {
    let lines: Vec<Line> = lines.iter().enumerate().map(|(index, text)| line(index, text)).collect();
    let glyphs = lines.iter().map(|line| line.text().len()).sum::<usize>();
    Page {
        number,
        width: 595.0,
        height: 842.0,
        lines,
        glyphs: u32::try_from(glyphs).unwrap(),
        glyphs_unmapped: 0,
        has_image: false,
        is_ocr_layer: false,
        rules: Vec::new(),
    }
}

fn line(index: usize, text: &str) -> Line {
    let y0 = 40.0 + LINE_HEIGHT * index as f32;
    let mut words = Vec::new();
    let mut end = 0.0_f32;
    for (column, cell) in text.split(" | ").enumerate() {
        let mut x0 = (40.0 + COLUMN_WIDTH * column as f32).max(end + 2.0 * FONT_SIZE);
        for word in cell.split(' ').filter(|word| !word.is_empty()) {
            let x1 = x0 + CHARACTER_WIDTH * word.chars().count() as f32;
            words.push(Word { text: word.into(), bounds: Bounds { x0, y0, x1, y1: y0 + FONT_SIZE } });
            end = x1;
            x0 = x1 + 0.3 * FONT_SIZE;
        }
    }
    let bounds = words.iter().map(|word| word.bounds).reduce(Bounds::union).unwrap();
    let row = u32::try_from(index).unwrap();
    Line { words, bounds, font_size: FONT_SIZE, row }
}

/// One answer about the whole document.
fn record(lines: &[&str], schema: &Value, rules: &Value, reply: &Value) -> Record {
    let rules: Vec<Rule> = serde_json::from_value(rules.clone()).unwrap();
    let task = Task::new(schema, "", &rules).unwrap();
    let document = document(lines);
    record_of(&task, &document, &PlanBudget::default(), |_| reply.clone())
}

/// Every question's answer put together.
fn record_of(
    task: &Task,
    document: &Document,
    budget: &PlanBudget,
    mut reply: impl FnMut(&crate::Chunk) -> Value,
) -> Record {
    ground(
        task,
        document,
        &answers_of(task, document, budget, |question| reply(question.chunk())),
        &GroundContext::default(),
    )
}

/// Every question's answer. A reply has the whole record: each part reads its own of it.
fn answers_of(
    task: &Task,
    document: &Document,
    budget: &PlanBudget,
    mut reply: impl FnMut(&Question) -> Value,
) -> Vec<Answered> {
    let questions = task.questions(plan(document, budget)).into_iter();
    let answered = questions.map(|question| {
        // Properties of other parts are none of this one's business.
        let mut reply = reply(&question);
        let asked = question.wire_schema()["properties"].as_object().unwrap().clone();
        reply.as_object_mut().unwrap().retain(|name, _| asked.contains_key(name));
        let answer = task.read_reply(&reply.to_string(), &question).unwrap().answer;
        Answered { question, answer }
    });
    answered.collect()
}

/// The only question about a document of one chunk.
fn question_about(task: &Task, lines: &[&str]) -> Question {
    task.questions(plan(&document(lines), &PlanBudget::default())).remove(0)
}

/// `expected` has a line for each leaf (`/pointer value proof`), table (`/pointer found/on pages`), warning
/// (`! code /pointer`), and last the status.
#[track_caller]
fn check(lines: &[&str], schema: Value, reply: Value, expected: &[&str]) {
    check_rules(lines, schema, serde_json::json!([]), reply, expected);
}

#[track_caller]
fn check_rules(lines: &[&str], schema: Value, rules: Value, reply: Value, expected: &[&str]) {
    let record = record(lines, &schema, &rules, &reply);
    assert_eq!(shown(&record), expected, "{lines:#?}\n{:#?}", record.warnings);
}

fn shown(record: &Record) -> Vec<String> {
    let mut shown = Vec::new();
    for evidence in &record.evidence {
        let value = record.data.pointer(&evidence.pointer).unwrap();
        let proof = match evidence.verified_by {
            VerifiedBy::Text | VerifiedBy::Embedded | VerifiedBy::None if evidence.text.is_some() => {
                let [_, y0, _, y1] = evidence.bounds.unwrap();
                let line = |y: f32| format!("{:.0}", ((y - 40.0) / LINE_HEIGHT).floor() + 1.0);
                let last = if line(y0) == line(y1 - FONT_SIZE) {
                    String::new()
                } else {
                    format!("-{}", line(y1 - FONT_SIZE))
                };
                let own = match evidence.verified_by {
                    VerifiedBy::Embedded => "embedded ",
                    VerifiedBy::None => "doubted ",
                    VerifiedBy::Text | VerifiedBy::Arithmetic | VerifiedBy::Person | VerifiedBy::Inferred => {
                        ""
                    }
                };
                format!(
                    "{own}'{}' p{}:{}{last}",
                    evidence.text.as_ref().unwrap(),
                    evidence.page.unwrap(),
                    line(y0)
                )
            }
            other => {
                assert_eq!((evidence.page, evidence.bounds, &evidence.text), (None, None, &None));
                serde_json::to_value(other).unwrap().as_str().unwrap().to_owned()
            }
        };
        shown.push(format!("{} {value} {proof}", evidence.pointer));
    }
    for table in &record.completeness {
        shown.push(format!("{} {}/{}", table.pointer, table.rows_found, table.rows_on_pages));
    }
    for warning in &record.warnings {
        let code = serde_json::to_value(warning.code).unwrap();
        let pointer = warning.pointer.as_deref().unwrap_or("-");
        shown.push(format!("! {} {pointer}", code.as_str().unwrap()));
    }
    shown.push(match record.status {
        Status::Verified => "verified".to_owned(),
        Status::NeedsReview => "needs_review".to_owned(),
        Status::Failed => "failed".to_owned(),
    });
    shown
}

/// A schema of an object with one property.
fn one(name: &str, definition: Value) -> Value {
    serde_json::json!({"type": "object", "properties": {name: definition}})
}

/// A claim as the wire has it.
fn at(line: u32, value: &str) -> Value {
    serde_json::json!({"value": value, "line": line})
}
