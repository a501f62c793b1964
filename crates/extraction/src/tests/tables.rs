//! Chunks that begin within a table, and rows that wrap.

use serde_json::json;

use super::{document, one};
use crate::{PlanBudget, SchemaLevel, Task, plan};

/// A table of rows that wrap, under headings, below a title.
fn wrapping(rows: usize) -> Vec<String> {
    let mut lines = vec![
        "A list of goods that were delivered".to_owned(),
        "Article | Quantity | Price | Amount".to_owned(),
    ];
    for row in 1..=rows {
        lines.push(format!("The article of number {row} | {row} | 1.00 | {row}.00"));
        lines.push("which has a long name".to_owned());
    }
    lines
}

#[test]
fn a_chunk_within_a_table_repeats_its_headings_and_begins_with_a_row() {
    let lines = wrapping(12);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let budget = PlanBudget { chunk_tokens_max: 160, overlap_lines: 3, ..PlanBudget::default() };
    let chunks = plan(&document(&lines), &budget);
    assert!(chunks.len() > 2);
    for chunk in &chunks[1..] {
        assert_eq!(chunk.repeated_lines(), [2], "{chunk:#?}");
        assert!(chunk.tokens_estimated() <= 160);
        assert!(chunk.lines()[0].text.starts_with("The article"), "{chunk:#?}");
        assert!(chunk.lines().last().unwrap().text.starts_with("which"), "{chunk:#?}");
    }
    let task = Task::new(&one("a", json!({"type": "string"})), "", &[]).unwrap();
    let question = task.questions(chunks).remove(1);
    let text = task.prompt(&question, SchemaLevel::Prompt).messages[1].content.clone();
    let shown = format!(
        "DOCUMENT\n=== page 1, headings repeated ===\n2| Article | Quantity | Price | Amount\n=== page 1 ===\n{}| The",
        question.chunk().first_line()
    );
    assert!(text.contains(&shown), "{text}");
    // A value may be said to stand on them.
    let on_heading = json!({"a": {"value": "Price", "line": 2}}).to_string();
    assert_eq!(task.read_reply(&on_heading, &question).unwrap().answer.claims(), 1);
}

#[test]
fn headings_that_the_next_page_prints_again_are_not_repeated() {
    let mut lines = wrapping(12);
    lines.push("---".to_owned());
    lines.extend(wrapping(6).into_iter().skip(1));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let budget = PlanBudget { chunk_tokens_max: 320, overlap_lines: 0, ..PlanBudget::default() };
    for chunk in plan(&document(&lines), &budget) {
        let shows_headings = chunk.lines().iter().any(|line| line.text.starts_with("Article"));
        assert_eq!(chunk.repeated_lines().is_empty(), shows_headings, "{chunk:#?}");
    }
}

#[test]
fn a_row_larger_than_a_chunk_is_cut_all_the_same() {
    let mut lines = wrapping(2);
    for _ in 0..30 {
        lines.push("and goes on and on and on".to_owned());
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let budget = PlanBudget { chunk_tokens_max: 80, overlap_lines: 2, ..PlanBudget::default() };
    let chunks = plan(&document(&lines), &budget);
    assert_eq!(chunks.last().unwrap().last_line() as usize, lines.len());
    assert!(chunks.iter().all(|chunk| chunk.tokens_estimated() <= 80));
}
