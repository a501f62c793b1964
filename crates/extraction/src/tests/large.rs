//! Five hundred pages of tables: that it works, and how long it takes.

use std::fmt::Write as _;
use std::time::Instant;

use serde_json::{Value, json};

use super::{answers_of, document};
use crate::{GroundContext, Plan, PlanBudget, Stage, Task, examine};

const PAGES: usize = 500;
const ROWS_PER_PAGE: usize = 30;

#[test]
fn five_hundred_pages_of_tables_are_planned_and_proved() {
    let mut lines: Vec<String> = Vec::new();
    for page in 0..PAGES {
        if page > 0 {
            lines.push("---".to_owned());
        }
        lines.push(format!("Statement of account, page {}", page + 1));
        lines.push("Date | Text | Amount | Balance".to_owned());
        for row in 0..ROWS_PER_PAGE {
            let number = page * ROWS_PER_PAGE + row;
            let day = number % 28 + 1;
            lines.push(format!("{day:02}.03.2024 | Payment {number} | {}.50 | {}.00", number % 97, number));
            // Every third text wraps.
            if row % 3 == 0 {
                lines.push("reference of the payment".to_owned());
            }
        }
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let document = document(&lines);
    let schema = json!({"type": "object", "properties": {"rows": {"type": "array", "items": {"type": "object", "properties": {
        "date": {"type": "string", "format": "date"}, "text": {"type": "string"}, "amount": {"type": "number"},
        "balance": {"type": "number"}}}}}});
    let task = Task::new(&schema, "", &[]).unwrap();
    let start = Instant::now();
    let plan = Plan::new(&document, &PlanBudget::default());
    let chunks = plan.chunks();
    let mut report = format!("planned in {:?}, {} chunks", start.elapsed(), chunks.len());
    assert!(chunks.iter().all(|chunk| chunk.tokens_estimated() <= 6_000));
    // The answer to one chunk is lost.
    let lost = chunks.len() / 2;
    let mut number = 0;
    let answers = answers_of(&task, &document, &PlanBudget::default(), |question| {
        number += 1;
        let rows = question.chunk().lines().iter().filter_map(|line| {
            let cells: Vec<&str> = line.text.split(" | ").collect();
            let [date, text, amount, balance] = cells.as_slice() else { return None };
            (*date != "Date").then(|| json!({"line": line.number, "date": date, "text": text, "amount": amount, "balance": balance}))
        });
        let rows: Vec<Value> = rows.collect();
        if number == lost { json!({"rows": []}) } else { json!({"rows": rows}) }
    });
    let start = Instant::now();
    let examined = examine(&task, &document, &answers, &GroundContext::default());
    write!(report, "; grounded in {:?}", start.elapsed()).unwrap();
    let start = Instant::now();
    let again = examined.questions(&task, &plan, Stage::MissingRows);
    write!(report, "; asked again in {:?}", start.elapsed()).unwrap();
    println!("{report}");
    let table = &examined.record.completeness[0];
    assert_eq!(table.rows_on_pages as usize, PAGES * ROWS_PER_PAGE);
    assert!(table.rows_found < table.rows_on_pages);
    // The missing stretch, not the whole document.
    assert!(!again.is_empty() && again.len() <= 2, "{}", again.len());
    let shown: usize = again.iter().map(|question| question.chunk().lines().len()).sum();
    assert!(shown < 2 * chunks[lost].lines().len(), "{shown}");
}
