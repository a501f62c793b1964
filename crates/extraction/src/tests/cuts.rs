//! Replies that can be used in part: what is kept of them, and what is asked for next.

use serde_json::{Value, json};

use super::question_about;
use crate::{Question, Task, Usable};

const LINES: [&str; 6] =
    ["Number | 17", "Apple | 1.10", "Pear | 2.20", "Plum | 3.30", "Fig | 4.40", "Total | 11.00"];

fn task() -> Task {
    let schema = json!({"type": "object", "properties": {
        "number": {"type": "string"},
        "rows": {"type": "array", "items": {"type": "object", "properties": {
            "name": {"type": "string"}, "amount": {"type": "string"}}}},
        "total": {"type": "string"}}});
    Task::new(&schema, "", &[]).unwrap()
}

fn row(line: u32, name: &str) -> Value {
    json!({"line": line, "name": name, "amount": null})
}

/// The names that a question asks for and its lines.
fn asked(question: &Question) -> (Vec<String>, (u32, u32)) {
    let names = question.wire_schema()["properties"].as_object().unwrap().keys().cloned().collect();
    (names, (question.chunk().first_line(), question.chunk().last_line()))
}

/// What is asked for next after a reply of which `claims` values can be used.
#[track_caller]
fn check_open(text: &str, claims: usize, expected: &[(&[&str], (u32, u32))]) -> Usable {
    let task = task();
    let usable = task.read_reply(text, &question_about(&task, &LINES)).unwrap();
    let open: Vec<_> = usable.open.iter().map(asked).collect();
    let expected: Vec<(Vec<String>, (u32, u32))> = expected
        .iter()
        .map(|(names, lines)| (names.iter().map(|name| (*name).to_owned()).collect(), *lines))
        .collect();
    assert_eq!((usable.answer.claims(), open), (claims, expected), "{text}");
    usable
}

#[test]
fn of_a_reply_that_was_cut_off_whole_rows_are_kept_and_the_rest_is_asked_for() {
    let whole = json!({"number": {"value": "17", "line": 1},
        "rows": [row(2, "Apple"), row(3, "Pear"), row(4, "Plum"), row(5, "Fig")],
        "total": {"value": "11.00", "line": 6}});
    let text = whole.to_string();
    let until = |what: &str| &text[..text.find(what).unwrap() + what.len()];
    check_open(&text, 6, &[]);
    // In the third row: the first two are whole. The rest begins with the last whole one, and asks for rows alone.
    check_open(until(r#""name":"Pl"#), 3, &[(&["rows"], (3, 6)), (&["total"], (1, 6))]);
    check_open(until(r#""name":"Plum","amount":null}"#), 4, &[(&["rows"], (4, 6)), (&["total"], (1, 6))]);
    // Behind the rows.
    check_open(until("],"), 5, &[(&["total"], (1, 6))]);
    check_open(until(r#""total":{"value":"11"#), 5, &[(&["total"], (1, 6))]);
    // Before the first row is whole there is nothing to go on from.
    check_open(until(r#""name":"Ap"#), 1, &[(&["rows", "total"], (1, 6))]);
}

#[test]
fn rows_that_dont_stand_where_they_say_dont_say_where_the_rest_begins() {
    let lies = r#"{"number":null,"rows":[{"line":4,"name":"Kiwi"},{"line":5,"name":"Lime"},{"line":"#;
    check_open(lies, 0, &[(&["rows", "total"], (1, 6))]);
    // The last one that does counts.
    let half = r#"{"number":null,"rows":[{"line":3,"name":"Pear"},{"line":5,"name":"Lime"},{"line":"#;
    check_open(half, 2, &[(&["rows"], (3, 6)), (&["total"], (1, 6))]);
}

#[test]
fn nothing_to_use_is_an_error() {
    let task = task();
    let question = question_about(&task, &LINES);
    for text in ["{", r#"{"number":{"value":"17""#, r#"{"number":17"#] {
        assert!(task.read_reply(text, &question).is_err(), "{text}");
    }
}

#[test]
fn the_inside_of_a_thought_isnt_the_answer() {
    let text = r#"{} is what I start with. {"number":{"value":"17","line":1},"rows":["#;
    check_open(text, 1, &[(&["rows", "total"], (1, 6))]);
}

#[test]
fn only_the_field_that_is_out_of_schema_is_asked_for_again() {
    check_open(r#"{"number":{"value":["17"]},"rows":[],"total":"11.00"}"#, 1, &[(&["number"], (1, 6))]);
    check_open(r#"{"number":"17","rows":{"name":"Apple"},"total":"11.00"}"#, 2, &[(&["rows"], (1, 6))]);
    // A value under another name.
    check_open(r#"{"number":"17","rows":[],"sum":"11.00"}"#, 1, &[(&["total"], (1, 6))]);
}

#[test]
fn halves_have_fewer_lines_and_then_fewer_fields() {
    let task = task();
    let (first, second) = question_about(&task, &LINES).halves(&task).unwrap();
    assert_eq!((asked(&first).1.0, asked(&second).1.1), (1, 6));
    let (first, second) = question_about(&task, &["x"]).halves(&task).unwrap();
    assert_eq!(
        (asked(&first).0, asked(&second).0),
        (vec!["number".to_owned()], vec!["rows".to_owned(), "total".to_owned()])
    );
    assert!(first.halves(&task).is_none());
}

#[test]
fn an_answer_that_says_next_to_nothing_is_noticed() {
    let schema = json!({"type": "object", "properties": {
        "number": {"type": "string", "description": "Printed as 'Number'"}, "date": {"type": "string"},
        "total": {"type": "string", "description": "Printed as 'Total', 'Summe'"}, "paid": {"type": "boolean"}}});
    let task = Task::new(&schema, "", &[]).unwrap();
    let left_out = |lines: &[&str], reply: &str| {
        let question = question_about(&task, lines);
        task.left_out(&question, &task.read_reply(reply, &question).unwrap().answer)
    };
    let labelled = ["Number: 17", "Date | 01.03.2024", "Summe | 11.00"];
    assert_eq!(left_out(&labelled, "{}"), ["`number`", "`date`", "`total`"]);
    assert_eq!(left_out(&labelled, r#"{"number":"17"}"#), [""; 0]);
    // Nothing to read is nothing to answer.
    assert_eq!(left_out(&["A letter without any of it", "Dated yesterday"], "{}"), [""; 0]);
}
