//! Requests that orchestration takes and refuses, each by what differs from a good one.

use super::*;

fn good() -> Value {
    json!({
        "config": {"modules": {"prompt_templating": {
            "prompt": {
                "template": [
                    {"role": "system", "content": "{{?rules}}"},
                    {"role": "user", "content": [
                        {"type": "text", "text": "About {{ ?text }}."},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "high"}},
                    ]},
                ],
                "response_format": {"type": "json_schema", "json_schema": {"name": "record", "strict": true, "schema": {}}},
            },
            "model": {"name": "gpt-5", "version": "latest", "params": {"max_tokens": 5}, "timeout": 60, "max_retries": 0},
        }}},
        "placeholder_values": {"rules": "be {{?good}}", "text": "{% it %}"},
        "messages_history": [{"role": "assistant", "content": "{{?history}} is text"}],
    })
}

/// Sets one place of a good request, or takes it away.
fn with(pointer: &str, value: Value) -> Value {
    let mut request = good();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let members = request.pointer_mut(parent).unwrap();
    match members {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        members if value.is_null() => drop(members.as_object_mut().unwrap().remove(name)),
        members => drop(members.as_object_mut().unwrap().insert(name.to_owned(), value)),
    }
    request
}

#[test]
fn values_are_text_and_so_is_the_history() {
    let (request, templated) = read(good().to_string().as_bytes()).unwrap();
    assert_eq!(request["max_tokens"], 5);
    assert_eq!(request["response_format"]["type"], "json_schema");
    let texts = [
        &request["messages"][0]["content"],
        &request["messages"][1]["content"],
        &request["messages"][2]["content"][0]["text"],
    ];
    assert_eq!(texts, ["{{?history}} is text", "be {{?good}}", "About {% it %}."]);
    assert_eq!(templated.as_array().unwrap().len(), 2);
}

#[test]
fn what_the_specification_does_not_name_is_refused() {
    let check = |request: Value, location: &str, message: &str| {
        let refused = read(request.to_string().as_bytes()).unwrap_err();
        assert!(refused.message.contains(message), "{} lacks {message}", refused.message);
        assert_eq!(refused.location, location);
    };
    let modules = "/config/modules";
    let templating = "/config/modules/prompt_templating";
    let template = format!("{templating}/prompt/template");
    let at = |rest: &str| format!("{templating}/{rest}");
    let body = "Request Body";
    for (pointer, value, message) in [
        ("/typo".to_owned(), json!(1), "'typo' was unexpected"),
        ("/config".to_owned(), Value::Null, "'config' is a required property"),
        ("/config/stream_options".to_owned(), json!({}), "was unexpected"),
        (format!("{modules}/llm"), json!({}), "'llm' was unexpected"),
        (at("prompt/messages"), json!([]), "was unexpected"),
        (at("prompt/template"), json!([]), "not a list of messages"),
        (at("model/name"), Value::Null, "'name' is a required property"),
        (at("model/max_retries"), json!(6), "not allowed"),
        (at("model/timeout"), json!(0), "not allowed"),
        (at("model/temperature"), json!(0), "was unexpected"),
        (format!("{template}/0"), json!({"role": "robot", "content": "x"}), "unknown role"),
        (format!("{template}/0"), json!({"role": "user", "content": "x", "name": "y"}), "was unexpected"),
        (
            format!("{template}/0"),
            json!({"role": "system", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}),
            "not allowed there",
        ),
        ("/placeholder_values/text".to_owned(), json!(5), "not an object of strings"),
        (at("prompt/response_format/json_schema/name"), json!("a name"), "name' is not allowed"),
        (at("prompt/response_format/type"), json!("xml"), "type' is not allowed"),
    ] {
        check(with(&pointer, value), body, message);
    }
    let text = |text: &str| with(&format!("{template}/0/content"), json!(text));
    check(text("{{?rules}} {{?x}}"), "Templating Module", r#"Missing required parameters: ["x"]"#);
    check(text("{{?rules}} {{x}}"), "Templating Module", "Error processing template");
    check(text("{{?rules}} {% if %}"), "Templating Module", "Error processing template");
    check(text("{{?rules}} {{?x"), "Templating Module", "Error processing template");
    check(text("no placeholder"), "Templating Module", r#"Unused parameters: ["rules"]"#);
    assert_eq!(read(b"{").unwrap_err().location, body);
}

#[test]
fn errors_are_one_or_a_list() {
    let headers = json!({"x-retry-after": "7"});
    assert_eq!(error(429, "m", LLM, &headers, false)["error"]["headers"]["x-retry-after"], "7");
    let list = error(429, "m", LLM, &headers, true);
    assert_eq!((&list["error"][0]["code"], &list["error"][1]["code"]), (&json!(400), &json!(429)));
}
