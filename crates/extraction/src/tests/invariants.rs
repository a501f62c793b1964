//! What holds for any document and any reply.

use docmill_contract::outcome::{Status, VerifiedBy};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{document, record_of};
use crate::{Answered, GroundContext, PlanBudget, Record, Task, ground, plan};

pub(super) fn task() -> Task {
    let schema = json!({"type": "object", "required": ["text"], "properties": {
        "text": {"type": "string"}, "number": {"type": "number"}, "date": {"type": "string", "format": "date"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}, "yes": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "rows": {"type": "array", "items": {"type": "object", "properties": {
            "name": {"type": "string"}, "amount": {"type": "number"},
            "parts": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}}}}}}});
    let rules = json!([{"kind": "sum", "id": "s", "parts": ["/rows/*/amount"], "total": "/number"}]);
    Task::new(&schema, "", &serde_json::from_value::<Vec<_>>(rules).unwrap()).unwrap()
}

/// Words that meet often, so that values are found, doubled and mixed up.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "Widget",
            "1",
            "2",
            "5,00",
            "5.00",
            "-",
            "€",
            "EUR",
            "1 234,50",
            "01.03.2024",
            "03/04/2024",
            "Inter-",
            "(12.50)",
            "19%",
            "a:b",
            "3pcs"
        ])
        .prop_map(str::to_owned),
        "[\\PC&&[^|]]{1,6}".prop_map(|word| word.trim().to_owned()),
    ]
}

fn lines() -> impl Strategy<Value = Vec<String>> {
    let line = prop::collection::vec(word(), 1..6).prop_map(|words| {
        let line = words.join(" | ").replace("---", "-");
        if line.trim().is_empty() || line.replace('|', " ").trim().is_empty() { "x".to_owned() } else { line }
    });
    prop::collection::vec(prop_oneof![9 => line, 1 => Just("---".to_owned())], 1..40).prop_map(|mut lines| {
        // No page without lines.
        lines.insert(0, "first".to_owned());
        lines.push("last".to_owned());
        lines.dedup_by(|a, b| a == "---" && b == "---");
        lines
    })
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let name = prop::sample::select(vec![
            "text", "number", "date", "rows", "parts", "tags", "line", "value", "name", "amount", "yes",
            "currency",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6).prop_map(|members| {
                Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

/// A reply of the right form, with values of the document's vocabulary and lines that may be lies.
pub(super) fn reply() -> impl Strategy<Value = Value> {
    let claim = || (word(), 0_u32..50).prop_map(|(value, line)| json!({"value": value, "line": line}));
    let row = (word(), word(), 0_u32..50)
        .prop_map(|(name, amount, line)| json!({"line": line, "name": name, "amount": amount, "parts": []}));
    (claim(), claim(), claim(), claim(), prop::collection::vec(claim(), 0..4), prop::collection::vec(row, 0..12)).prop_map(
        |(text, number, date, currency, tags, rows)| {
            json!({"text": text, "number": number, "date": date, "currency": currency, "yes": true, "tags": tags, "rows": rows})
        },
    )
}

pub(super) fn check_record(lines: &[&str], record: &Record) -> Result<(), TestCaseError> {
    let pages: Vec<String> =
        lines.split(|line| *line == "---").map(|lines| lines.join(" ").replace(" | ", " ")).collect();
    let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for evidence in &record.evidence {
        prop_assert!(record.data.pointer(&evidence.pointer).is_some());
        if evidence.verified_by == VerifiedBy::Text {
            // A value over several lines skips the cells between them.
            let page = &pages[evidence.page.unwrap() as usize - 1];
            let text = evidence.text.as_ref().unwrap();
            let stands =
                spaced(page).contains(&spaced(text)) || text.split(' ').all(|word| page.contains(word));
            prop_assert!(stands, "{text:?} is not in {page:?}");
            prop_assert!(evidence.bounds.is_some());
        }
        if evidence.verified_by == VerifiedBy::None {
            prop_assert_eq!(record.status, Status::NeedsReview);
        }
    }
    prop_assert_eq!(record.status == Status::Verified, record.warnings.is_empty());
    Ok(())
}

#[test]
fn a_line_made_to_be_slow_is_not() {
    // A quadratic comparison of these would take hours.
    let numbers = "1 ".repeat(30_000);
    let letters = format!("{} {}", "a".repeat(100_000), "a ".repeat(30_000));
    let cells = "5,00 | 01.03.2024 | ".repeat(2_000);
    let lines = [numbers.trim(), letters.trim(), cells.trim_end_matches([' ', '|'])];
    let claim = |line: u32, value: String| json!({"value": value, "line": line});
    let reply = json!({"text": claim(2, "a".repeat(90_000)), "number": claim(1, "11".to_owned()),
        "tags": [claim(2, "aa".repeat(2_000))],
        "rows": [{"line": 3, "name": "a".repeat(3_000), "amount": "5,00", "parts": []}]});
    let record = record_of(&task(), &document(&lines), &PlanBudget::default(), |_| reply.clone());
    assert_eq!(record.status, Status::NeedsReview);
}

#[test]
fn a_task_is_shared_by_threads() {
    fn check<T: Send + Sync>() {}
    check::<Task>();
    check::<Record>();
}

proptest! {
    #[test]
    fn what_is_proved_by_text_stands_on_its_page(lines in lines(), reply in reply()) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let record = record_of(&task(), &document(&lines), &PlanBudget::default(), |_| reply.clone());
        check_record(&lines, &record)?;
    }

    #[test]
    fn any_reply_is_read_or_refused(lines in lines(), reply in any_json(), budget in 0_usize..400) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (task, document) = (task(), document(&lines));
        let chunks = plan(&document, &PlanBudget { chunk_tokens_max: budget, overlap_lines: 3, ..PlanBudget::default() });
        let answered: Vec<Answered> = task.questions(chunks).into_iter().filter_map(|question| {
            let answer = task.read_reply(&reply.to_string(), &question).ok()?.answer;
            Some(Answered { question, answer })
        }).collect();
        check_record(&lines, &ground(&task, &document, &answered, &GroundContext::default()))?;
    }

    #[test]
    fn chunks_show_every_line_within_the_budget(lines in lines(), budget in 64_usize..300, overlap in 0_usize..9) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let document = document(&lines);
        let count = document.pages.iter().map(|page| page.lines.len()).sum::<usize>();
        let chunks = plan(&document, &PlanBudget { chunk_tokens_max: budget, overlap_lines: overlap, ..PlanBudget::default() });
        let mut next = 1;
        for chunk in &chunks {
            prop_assert!(chunk.tokens_estimated() <= budget);
            prop_assert!(chunk.first_line() <= next);
            prop_assert!(chunk.last_line() >= next);
            let numbers: Vec<u32> = chunk.lines().iter().map(|line| line.number).collect();
            prop_assert_eq!(numbers, (chunk.first_line()..=chunk.last_line()).collect::<Vec<_>>());
            next = chunk.last_line() + 1;
        }
        prop_assert_eq!(next as usize, count + 1);
    }

    #[test]
    fn overlaps_never_double_rows(kinds in prop::collection::vec(0_usize..3, 1..60), budget in 64_usize..200, overlap in 0_usize..9) {
        let texts = ["Widget | 5.00", "Gadget | 7.50", "Widget | 7.50"];
        let lines: Vec<&str> = kinds.iter().map(|&kind| texts[kind]).collect();
        let budget = PlanBudget { chunk_tokens_max: budget, overlap_lines: overlap, ..PlanBudget::default() };
        let record = record_of(&task(), &document(&lines), &budget, |chunk| {
            let rows = chunk.lines().iter().map(|line| {
                let (name, amount) = line.text.split_once(" | ").unwrap();
                json!({"line": line.number, "name": name, "amount": amount, "parts": []})
            });
            json!({"rows": rows.collect::<Vec<_>>()})
        });
        prop_assert_eq!(record.data["rows"].as_array().unwrap().len(), lines.len());
        prop_assert_eq!(record.completeness[0].rows_on_pages as usize, lines.len());
    }
}
