//! What is read out of a model's reply.

use serde_json::{Value, json};

use super::{one, question_about, record, shown};
use crate::{Answer, ReplyProblem, Task};

fn read(text: &str) -> Result<Answer, ReplyProblem> {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"},
        "rows": {"type": "array", "items": {"type": "object", "properties": {"b": {"type": "string"}}}}}});
    let task = Task::new(&schema, "", &[]).unwrap();
    let usable = task.read_reply(text, &question_about(&task, &["x", "y"]))?;
    assert_eq!(usable.open, []);
    Ok(usable.answer)
}

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    let problem = read(text).unwrap_err().to_string();
    assert!(problem.contains(expected), "{text:?}: {problem}");
}

#[test]
fn json_is_found_whatever_stands_around_it() {
    let plain = read(r#"{"a":{"value":"x","line":1},"rows":[]}"#).unwrap();
    for text in [
        "```json\n{\"a\":{\"value\":\"x\",\"line\":1},\"rows\":[]}\n```",
        "Here is the record:\n{\"a\":{\"value\":\"x\",\"line\":1},\"rows\":[]}\nAnything else?",
        "<think>{ or {}?</think> {\"a\":{\"value\":\"x\",\"line\":1}}",
        "\u{feff}{\"a\":{\"value\":\"x\",\"line\":\"1\"},\"rows\":null,\"comment\":\"none\"}",
        "{\"a\":{\"value\":\" x \",\"line\":1},\"rows\":[{\"line\":1,\"b\":null}]}",
    ] {
        assert_eq!(read(text).as_ref(), Ok(&plain), "{text}");
    }
}

#[test]
fn what_cant_be_read_is_named() {
    assert_eq!(read(""), Err(ReplyProblem::Empty));
    assert_eq!(read("```json\n```"), Err(ReplyProblem::Empty));
    check_refused("I can't help with that.", "no opening brace");
    check_refused(r#"{"a": 'x'}"#, "no complete JSON object");
    check_refused(r#"{"error":"too long"}"#, "`error` is not one of its properties");
    check_refused(r#"{"a":{"value":["x"],"line":1},"rows":{}}"#, "`/a` must be a string or null");
    check_refused(r#"{"a":{"value":["x"],"line":1},"rows":{}}"#, "`/rows` must be an array");
    check_refused(r#"{"a":true,"rows":["x"]}"#, "`/rows/0` must be an object");
}

#[test]
fn a_cut_reply_is_known_as_one() {
    for text in ["{", "```json\n{\"a\":{\"value\":\"x\",\"li"] {
        assert!(matches!(read(text), Err(ReplyProblem::NotJson { truncated: true, .. })), "{text}");
    }
    assert!(matches!(read("none"), Err(ReplyProblem::NotJson { truncated: false, .. })));
}

#[test]
fn forms_that_mean_the_same_are_taken() {
    let schema = one("n", json!({"type": "number"}));
    for claim in [json!({"value": 12.5, "line": 1}), json!("12.50"), json!(12.5), json!({"value": "12.50"})] {
        let record = record(&["N 12.50"], &schema, &json!([]), &json!({"n": claim}));
        assert_eq!(shown(&record), ["/n 12.5 '12.50' p1:1", "verified"], "{claim}");
    }
}

#[test]
fn a_nested_object_may_be_null_but_nothing_else() {
    let schema = one("o", one("a", json!({"type": "string"})));
    let task = Task::new(&schema, "", &[]).unwrap();
    let question = question_about(&task, &["x"]);
    let read = |reply: Value| task.read_reply(&reply.to_string(), &question);
    assert!(read(json!({"o": null})).is_ok());
    assert!(read(json!({"o": {"a": null}})).is_ok());
    assert!(read(json!({"o": "x"})).is_err());
}
