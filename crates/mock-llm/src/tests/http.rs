//! The mock over a real socket: endpoints, shapes, each fault.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::answers::{invoice, prompt};
use crate::{Fault, Faults, MockLlm, Options, Stats};

/// A status, the header lines in lower case, and the body.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: String,
    pub(super) body: Value,
}

/// One request on a connection of its own; none where the server closed it without an answer.
async fn send(mock: &MockLlm, method: &str, path: &str, body: &str) -> Option<Answer> {
    send_with(mock, method, path, "", body).await
}

/// The same with header lines, each with its line end. A body that isn't JSON is a string.
pub(super) async fn send_with(
    mock: &MockLlm,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Option<Answer> {
    let mut stream = TcpStream::connect(mock.address()).await.ok()?;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is cut may end as an error or as an end of file.
    let _ended = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some(Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        headers: head.to_lowercase(),
        body: serde_json::from_str(body).unwrap_or_else(|_| Value::from(body)),
    })
}

pub(super) const LINES: [&str; 4] =
    ["Invoice No. | R-1", "Description | Qty | Price | Amount", "Nut | 2 | 3.00 | 6.00", "Total | 6.00"];

pub(super) fn request(lines: &[&str]) -> Value {
    json!({
        "model": "any",
        "messages": [{"role": "system", "content": "rules"}, {"role": "user", "content": prompt(lines)}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "record", "strict": true, "schema": invoice()}},
    })
}

pub(super) async fn start(faults: Faults) -> MockLlm {
    MockLlm::start(Options { faults, ..Options::default() }).await.unwrap()
}

async fn ask(mock: &MockLlm, request: &Value) -> Option<Answer> {
    send(mock, "POST", "/v1/chat/completions", &request.to_string()).await
}

/// Asks once, with these faults in force.
async fn ask_with(faults: Faults) -> (Option<Answer>, Stats) {
    let mock = start(faults).await;
    let answer = ask(&mock, &request(&LINES)).await;
    (answer, mock.stats())
}

pub(super) fn content(answer: &Answer) -> &str {
    answer.body["choices"][0]["message"]["content"].as_str().unwrap()
}

#[tokio::test]
async fn a_completion_carries_the_record_and_says_that_it_is_a_mocks() {
    let (answer, stats) = ask_with(Faults::default()).await;
    let answer = answer.unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.headers.contains("x-docmill-mock: 1"), "{}", answer.headers);
    assert_eq!(answer.body["model"], "mock-llm");
    assert_eq!(answer.body["system_fingerprint"], "mock");
    assert_eq!(answer.body["choices"][0]["finish_reason"], "stop");
    let record: Value = serde_json::from_str(content(&answer)).unwrap();
    assert_eq!(record["total"], json!({"value": "6.00", "line": 4}));
    assert_eq!(record["lines"][0]["description"], "Nut");
    let usage = &answer.body["usage"];
    assert_eq!(usage["prompt_tokens"], stats.prompt_tokens);
    assert_eq!(usage["completion_tokens"], stats.completion_tokens);
    assert_eq!((stats.calls, stats.answered, stats.in_flight, stats.in_flight_max), (1, 1, 0, 1));
}

#[tokio::test]
async fn the_schema_may_come_in_the_prompt() {
    let mock = start(Faults::default()).await;
    let text = prompt(&LINES).replace("\nDOCUMENT\n", &format!("\nSCHEMA\n{}\n\nDOCUMENT\n", invoice()));
    let body = json!({"messages": [{"role": "user", "content": [{"type": "text", "text": text}]}]});
    let answer = send(&mock, "POST", "/chat/completions", &body.to_string()).await.unwrap();
    assert!(content(&answer).contains(r#""value":"R-1""#), "{}", content(&answer));
    let body = json!({"messages": [{"role": "user", "content": "Hello"}]});
    assert!(content(&ask(&mock, &body).await.unwrap()).starts_with("I am mock-llm"));
}

#[tokio::test]
async fn other_endpoints_answer() {
    let mock = start(Faults::default()).await;
    let get = async |path: &str| send(&mock, "GET", path, "").await.unwrap();
    assert_eq!(get("/v1/models").await.body["data"][0]["id"], "mock-llm");
    assert_eq!(get("/health").await.status, 200);
    assert_eq!(get("/stats").await.body["calls"], 0);
    assert_eq!(get("/nowhere").await.status, 404);
    let control = send(&mock, "POST", "/control", r#"{"status": 401}"#).await.unwrap();
    assert_eq!((control.status, &control.body["status"]), (200, &json!(401)));
    let refused = ask(&mock, &request(&LINES)).await.unwrap();
    assert_eq!((refused.status, &refused.body["error"]["code"]), (401, &json!("invalid_api_key")));
    assert_eq!(send(&mock, "POST", "/control", r#"{"typo": 1}"#).await.unwrap().status, 400);
}

#[tokio::test]
async fn bad_requests_are_refused_in_the_shape_of_openai() {
    let mock = start(Faults::default()).await;
    let mut open = request(&LINES);
    open["response_format"]["json_schema"]["schema"]["additionalProperties"] = json!(true);
    let mut optional = request(&LINES);
    optional["response_format"]["json_schema"]["schema"]["required"] = json!([]);
    for (body, reason) in [
        ("{".to_owned(), "not JSON"),
        ("{}".to_owned(), "'messages'"),
        (r#"{"messages":[{}],"stream":true}"#.to_owned(), "stream"),
        (open.to_string(), "additionalProperties"),
        (optional.to_string(), "'required' is missing"),
    ] {
        let answer = send(&mock, "POST", "/v1/chat/completions", &body).await.unwrap();
        assert_eq!(answer.status, 400);
        let message = answer.body["error"]["message"].as_str().unwrap();
        assert!(message.contains(reason), "{message}");
    }
    assert_eq!(mock.stats().bad_requests, 5);
}

#[tokio::test]
async fn statuses_fail_calls() {
    let failing = |faults: Faults| async move { ask_with(faults).await };
    for status in [401, 403, 500, 503] {
        let (answer, stats) = failing(Faults { status: Some(status), ..Faults::default() }).await;
        assert_eq!((answer.unwrap().status, stats.faults.failed, stats.answered), (status, 1, 0));
    }
    let (answer, _) = failing(Faults { fail_rate: 1.0, ..Faults::default() }).await;
    assert_eq!(answer.unwrap().status, 500);

    let mock = start(Faults { fail_first: 2, status: Some(502), ..Faults::default() }).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(ask(&mock, &request(&LINES)).await.unwrap().status);
    }
    assert_eq!(statuses, [502, 502, 200, 200]);
}

#[tokio::test]
async fn a_rate_of_failures_gives_a_repeated_prompt_a_new_chance() {
    let mock = start(Faults { fail_rate: 0.5, ..Faults::default() }).await;
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(ask(&mock, &request(&LINES)).await.unwrap().status);
    }
    assert!(statuses.contains(&200) && statuses.contains(&500), "{statuses:?}");
}

#[tokio::test]
async fn throttled_calls_are_told_when_to_come_back() {
    let mock = start(Faults { throttle_every: Some(2), retry_after_seconds: 7, ..Faults::default() }).await;
    assert_eq!(ask(&mock, &request(&LINES)).await.unwrap().status, 200);
    let throttled = ask(&mock, &request(&LINES)).await.unwrap();
    assert_eq!(throttled.status, 429);
    assert!(throttled.headers.contains("retry-after: 7"), "{}", throttled.headers);
    assert_eq!(throttled.body["error"]["code"], "rate_limit_exceeded");

    mock.control(Faults { requests_per_minute: Some(3), ..Faults::default() });
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(ask(&mock, &request(&LINES)).await.unwrap().status);
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    assert_eq!(mock.stats().faults.throttled, 3);

    let before = mock.stats();
    // Room for two prompts and an answer; the second answer isn't known beforehand.
    let one = (before.prompt_tokens + before.completion_tokens) / before.answered;
    mock.control(Faults { tokens_per_minute: Some(2 * one), ..Faults::default() });
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(ask(&mock, &request(&LINES)).await.unwrap().status);
    }
    assert_eq!(statuses, [200, 200, 429, 429]);
}

#[tokio::test]
async fn answers_are_spoiled_as_told() {
    let check = async |faults: Faults, reason: &str| {
        let (answer, _) = ask_with(faults).await;
        let answer = answer.unwrap();
        assert_eq!(answer.body["choices"][0]["finish_reason"], reason);
        answer
    };
    for faults in [
        Faults { truncate_rate: 1.0, ..Faults::default() },
        Faults { truncate_above_rows: Some(0), ..Faults::default() },
        Faults { next: VecDeque::from([Fault::Truncate]), ..Faults::default() },
    ] {
        let cut = check(faults, "length").await;
        serde_json::from_str::<Value>(content(&cut)).unwrap_err();
    }
    check(Faults { truncate_above_rows: Some(1), ..Faults::default() }, "stop").await;
    let invalid = check(Faults { invalid_json_rate: 1.0, ..Faults::default() }, "stop").await;
    serde_json::from_str::<Value>(content(&invalid)).unwrap_err();
    let outside = check(Faults { outside_schema_rate: 1.0, ..Faults::default() }, "stop").await;
    assert!(serde_json::from_str::<Value>(content(&outside)).unwrap().get("unexpected").is_some());
    let refused = check(Faults { refuse: true, ..Faults::default() }, "stop").await;
    assert!(refused.body["choices"][0]["message"]["refusal"].is_string());
    let wrong = check(Faults { wrong_rate: 1.0, ..Faults::default() }, "stop").await;
    let record: Value = serde_json::from_str(content(&wrong)).unwrap();
    assert_ne!(record["lines"][0]["amount"], "6.00");
}

#[tokio::test]
async fn an_answer_longer_than_wanted_is_cut() {
    let mock = start(Faults::default()).await;
    let mut body = request(&LINES);
    body["max_completion_tokens"] = json!(5);
    let answer = ask(&mock, &body).await.unwrap();
    assert_eq!(answer.body["choices"][0]["finish_reason"], "length");
    assert_eq!(answer.body["usage"]["completion_tokens"], 5);
}

#[tokio::test]
async fn a_mock_that_is_down_closes_connections() {
    let mock = start(Faults { down_for_ms: 600_000, ..Faults::default() }).await;
    assert!(ask(&mock, &request(&LINES)).await.is_none());
    assert_eq!(send(&mock, "GET", "/health", "").await.unwrap().status, 503);
    assert_eq!(mock.stats().faults.dropped, 1);
    mock.control(Faults { next: VecDeque::from([Fault::Drop, Fault::None]), ..Faults::default() });
    assert!(ask(&mock, &request(&LINES)).await.is_none());
    assert_eq!(ask(&mock, &request(&LINES)).await.unwrap().status, 200);
    let address = mock.address();
    mock.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_slow_mock_answers_many_at_once() {
    let mock = start(Faults { delay_ms: 300, ..Faults::default() }).await;
    let started = std::time::Instant::now();
    let body = request(&LINES);
    let (first, second) = tokio::join!(ask(&mock, &body), ask(&mock, &body));
    assert_eq!((first.unwrap().body)["id"], (second.unwrap().body)["id"], "the same prompt, the same answer");
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert_eq!(mock.stats().in_flight_max, 2);
}
