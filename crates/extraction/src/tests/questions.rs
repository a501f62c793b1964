//! What holds of questions and their answers, whatever the document, the schema's width and the order.

use proptest::prelude::*;
use serde_json::json;

use super::invariants::{check_record, reply, task};
use super::{answers_of, document};
use crate::{Answered, GroundContext, Plan, PlanBudget, Question, Stage, Task, examine, ground, plan};

/// The same with so many more fields that it is asked in parts.
fn task_of_parts() -> Task {
    let mut properties = serde_json::Map::new();
    for index in 0..50 {
        properties.insert(format!("field_{index}"), json!({"type": "string"}));
    }
    for (name, definition) in [
        ("text", json!({"type": "string"})),
        ("number", json!({"type": "number"})),
        (
            "rows",
            json!({"type": "array", "items": {"type": "object", "properties": {
            "name": {"type": "string"}, "amount": {"type": "number"}}}}),
        ),
    ] {
        properties.insert(name.to_owned(), definition);
    }
    let rules = json!([{"kind": "sum", "id": "s", "parts": ["/rows/*/amount"], "total": "/number"}]);
    let schema = json!({"type": "object", "properties": properties});
    Task::new(&schema, "", &serde_json::from_value::<Vec<_>>(rules).unwrap()).unwrap()
}

/// A document of a table with so many rows, each with so many more lines, over pages of about so many lines.
fn table(rows: &[usize], page_lines: usize) -> Vec<String> {
    let mut lines = vec!["Article | Count | Price | Amount".to_owned()];
    let mut on_page = 1;
    for (index, wraps) in rows.iter().enumerate() {
        if on_page >= page_lines {
            lines.push("---".to_owned());
            on_page = 0;
        }
        lines.push(format!("Widget {index} | {} | 5.00 | 10.00", index % 3));
        lines.extend((0..*wraps).map(|line| format!("of the make {line}")));
        on_page += 1 + wraps;
    }
    lines
}

/// No chunk of such a table is too large, begins within a row, or repeats what it shows.
#[track_caller]
fn check_chunks(rows: &[usize], page_lines: usize, budget: usize, overlap: usize) {
    let lines = table(rows, page_lines);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let budget = PlanBudget { chunk_tokens_max: budget, overlap_lines: overlap, ..PlanBudget::default() };
    for chunk in plan(&document(&lines), &budget) {
        assert!(chunk.tokens_estimated() <= budget.chunk_tokens_max);
        assert!(!chunk.lines()[0].text.starts_with("of the make"), "{chunk:#?}");
        assert!(chunk.repeated_lines().iter().all(|&line| line < chunk.first_line()));
    }
}

/// Lines that were repeated once left no room for the row behind them, which then was cut.
#[test]
fn an_overlap_leaves_room_for_the_next_row() {
    check_chunks(&[3, 0, 0, 0, 0, 0, 0, 0, 0, 3], 14, 90, 2);
}

proptest! {
    // Each case answers a whole document: fewer than usual show as much.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_chunk_begins_within_a_row_and_headings_are_repeated(
        rows in prop::collection::vec(prop::sample::select(vec![0_usize, 3]), 3..40), page_lines in 8_usize..30, budget in 90_usize..250, overlap in 0_usize..6,
    ) {
        check_chunks(&rows, page_lines, budget, overlap);
    }

    #[test]
    fn merging_is_independent_of_the_order_of_answers(
        rows in prop::collection::vec(0_usize..2, 3..20), budget in 100_usize..200, replies in prop::collection::vec(reply(), 1..6),
        order in any::<prop::sample::Index>(), parts in any::<bool>(),
    ) {
        let lines = table(&rows, 12);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let document = document(&lines);
        let budget = PlanBudget { chunk_tokens_max: budget, overlap_lines: 2, ..PlanBudget::default() };
        let task = if parts { task_of_parts() } else { task() };
        let mut next = replies.iter().cycle();
        let mut answers = answers_of(&task, &document, &budget, |_| next.next().unwrap().clone());
        let plan = Plan::new(&document, &budget);
        let examined = examine(&task, &document, &answers, &GroundContext::default());
        // What is asked again, answered by anything, has its place too.
        for question in Stage::ALL.iter().flat_map(|&stage| examined.questions(&task, &plan, stage)) {
            if let Ok(usable) = task.read_reply(&next.next().unwrap().to_string(), &question) {
                answers.push(Answered { question, answer: usable.answer });
            }
        }
        let record = ground(&task, &document, &answers, &GroundContext::default());
        check_record(&lines, &record)?;
        let middle = order.index(answers.len());
        answers.rotate_left(middle);
        prop_assert_eq!(&ground(&task, &document, &answers, &GroundContext::default()), &record);
        answers.reverse();
        prop_assert_eq!(&ground(&task, &document, &answers, &GroundContext::default()), &record);
    }

    #[test]
    fn a_reply_cut_anywhere_is_mended_to_the_same_record(
        rows in prop::collection::vec(0_usize..2, 2..12), cut in any::<prop::sample::Index>(),
    ) {
        let lines = table(&rows, 60);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let document = document(&lines);
        let task = task();
        let reply = |question: &Question| {
            let rows = question.chunk().lines().iter().filter_map(|line| {
                let (name, rest) = line.text.split_once(" | ").filter(|_| line.text.starts_with("Widget"))?;
                let amount = rest.rsplit_once(" | ").unwrap().1;
                Some(json!({"line": line.number, "name": name, "amount": amount, "parts": []}))
            });
            let mut whole = json!({"text": null, "rows": rows.collect::<Vec<_>>(), "number": null});
            let asked = question.wire_schema()["properties"].as_object().unwrap().clone();
            whole.as_object_mut().unwrap().retain(|name, _| asked.contains_key(name));
            whole
        };
        let whole = answers_of(&task, &document, &PlanBudget::default(), reply);
        let expected = ground(&task, &document, &whole, &GroundContext::default());
        prop_assert_eq!(expected.data["rows"].as_array().unwrap().len(), rows.len());
        // The first reply is cut somewhere, those to what it leaves open aren't.
        let mut waiting = vec![whole[0].question.clone()];
        let mut answers = Vec::new();
        let mut is_first = true;
        while let Some(question) = waiting.pop() {
            let text = reply(&question).to_string();
            let text = if std::mem::take(&mut is_first) { &text[..cut.index(text.len())] } else { &text };
            match task.read_reply(text, &question) {
                Ok(usable) => {
                    waiting.extend(usable.open);
                    answers.push(Answered { question, answer: usable.answer });
                }
                // Nothing of it can be used: it is asked again.
                Err(_) => waiting.push(question),
            }
            prop_assert!(answers.len() < 10);
        }
        prop_assert_eq!(ground(&task, &document, &answers, &GroundContext::default()), expected);
    }
}
