//! Wide schemas: asked in parts, answered in any order, put together again.

use serde_json::{Map, Value, json};

use super::{answers_of, document, shown};
use crate::{GroundContext, PlanBudget, Question, Task, ground};

/// A schema of so many flat fields.
fn flat(fields: usize) -> Value {
    let properties: Map<String, Value> =
        (0..fields).map(|index| (format!("field_{index:03}"), json!({"type": "number"}))).collect();
    json!({"type": "object", "properties": properties})
}

/// A table of so many columns, and a field.
fn wide_table(columns: usize) -> Value {
    let row: Map<String, Value> =
        (0..columns).map(|index| (format!("column_{index:03}"), json!({"type": "string"}))).collect();
    json!({"type": "object", "properties": {"name": {"type": "string"},
        "rows": {"type": "array", "items": {"type": "object", "properties": row}}}})
}

fn leaves(schema: &Value) -> usize {
    let Some(properties) = schema["properties"].as_object() else { return 1 };
    if properties.contains_key("value") {
        return 1;
    }
    let of = |(name, property): (&String, &Value)| match property.get("items") {
        Some(items) => leaves(items) - 1,
        None if name == "line" => 1,
        None => leaves(property),
    };
    properties.iter().map(of).sum()
}

#[track_caller]
fn check_parts(schema: &Value, expected: usize) -> Task {
    let task = Task::new(schema, "", &[]).unwrap();
    let questions = task.questions(crate::plan(&document(&["x"]), &PlanBudget::default()));
    assert_eq!(questions.len(), expected);
    for question in &questions {
        assert!(leaves(question.wire_schema()) <= 40, "{}", question.wire_schema());
    }
    task
}

#[test]
fn no_question_asks_for_more_than_forty_leaves() {
    check_parts(&flat(40), 1);
    check_parts(&flat(41), 2);
    check_parts(&flat(369), 10);
    check_parts(&wide_table(39), 1);
    // The table stays whole beside the field.
    check_parts(&wide_table(40), 2);
    // Forty columns a question, of which one tells the rows apart.
    check_parts(&wide_table(100), 4);
}

/// The part of a whole reply that a question asks for.
fn part(question: &Question, whole: &Value) -> Value {
    let mut part = Map::new();
    for (name, property) in question.wire_schema()["properties"].as_object().unwrap() {
        let value = match property.pointer("/items/properties").and_then(Value::as_object) {
            Some(columns) => {
                let rows = whole[name].as_array().unwrap().iter();
                let cells =
                    |row: &Value| columns.keys().map(|name| (name.clone(), row[name].clone())).collect();
                rows.map(|row| Value::Object(cells(row))).collect()
            }
            None => whole[name].clone(),
        };
        part.insert(name.clone(), value);
    }
    Value::Object(part)
}

#[test]
fn three_hundred_and_sixty_nine_fields_are_one_record() {
    let lines: Vec<String> = (0..369).map(|index| format!("Field {index:03} | {index}.50")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let whole: Map<String, Value> = (0..369)
        .map(|index| {
            (format!("field_{index:03}"), json!({"value": format!("{index}.50"), "line": index + 1}))
        })
        .collect();
    let whole = Value::Object(whole);
    let (task, document) = (Task::new(&flat(369), "", &[]).unwrap(), document(&lines));
    let mut answers = answers_of(&task, &document, &PlanBudget::default(), |question| part(question, &whole));
    let record = ground(&task, &document, &answers, &GroundContext::default());
    assert_eq!((record.evidence.len(), shown(&record).last().unwrap().as_str()), (369, "verified"));
    // Whichever answer came first.
    answers.reverse();
    assert_eq!(ground(&task, &document, &answers, &GroundContext::default()), record);
}

#[test]
fn the_columns_of_a_wide_table_meet_in_its_rows() {
    let cells = |row: usize| (0..90).map(move |column| format!("r{row}c{column}")).collect::<Vec<_>>();
    // Two rows are equal but for one cell.
    let rows: Vec<Vec<String>> = [0, 1, 1, 2].iter().map(|&row| cells(row)).collect();
    let lines: Vec<String> = rows.iter().map(|row| row.join(" | ")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let claims = rows.iter().enumerate().map(|(index, row)| {
        let mut claim: Map<String, Value> = row
            .iter()
            .enumerate()
            .map(|(column, text)| (format!("column_{column:03}"), text.clone().into()))
            .collect();
        claim.insert("line".to_owned(), (index + 1).into());
        Value::Object(claim)
    });
    let whole = json!({"name": null, "rows": claims.collect::<Vec<_>>()});
    let (task, document) = (Task::new(&wide_table(90), "", &[]).unwrap(), document(&lines));
    let mut answers = answers_of(&task, &document, &PlanBudget::default(), |question| part(question, &whole));
    let record = ground(&task, &document, &answers, &GroundContext::default());
    let found: Vec<usize> =
        record.data["rows"].as_array().unwrap().iter().map(|row| row.as_object().unwrap().len()).collect();
    assert_eq!(found, [90; 4]);
    assert_eq!(shown(&record)[360..], ["/rows 4/4", "verified"]);
    answers.rotate_left(2);
    assert_eq!(ground(&task, &document, &answers, &GroundContext::default()), record);
}
