//! Status, headers and body of responses as they were seen, and what follows from each.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::HeaderMap;

use super::error_body::MESSAGE_CHARACTERS_MAX;
use super::retry_hint::{jitter, until_next_minute};
use super::*;

/// Wed, 21 Oct 2026 07:27:30 GMT.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_792_567_650)
}

fn error(asked: Asked, status: u16, headers: &[(&'static str, &'static str)], body: &str) -> LlmError {
    let headers: HeaderMap =
        headers.iter().map(|&(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    LlmError::of_response(asked, status, &headers, body.as_bytes(), now())
}

#[track_caller]
fn check(status: u16, headers: &[(&'static str, &'static str)], body: &str, expected: Treatment) {
    let error = error(Asked::Endpoint, status, headers, body);
    assert_eq!(error.treatment(), expected, "{status} {body}: {error}");
}

const REJECTED: Treatment = Treatment::Give(Given::Rejected);
const REFUSED: Treatment = Treatment::Give(Given::Refused);

fn pause(milliseconds: u64) -> Treatment {
    Treatment::PauseFor(Duration::from_millis(milliseconds))
}

#[test]
fn retry_hints_are_read_wherever_they_stand() {
    check(429, &[("retry-after", "7")], "", pause(7_000));
    check(429, &[("retry-after", " 1.5 ")], "", pause(1_500));
    check(429, &[("retry-after-ms", "2000"), ("retry-after", "9")], "", pause(2_000));
    check(429, &[("x-ms-retry-after-ms", "300")], "", pause(300));
    check(429, &[("x-retry-after", "5")], "", pause(5_000));
    check(429, &[], r#"{"error":{"headers":{"x-retry-after":"30"}}}"#, pause(30_000));
    check(429, &[], r#"{"error":{"headers":{"X-Retry-After":30}}}"#, pause(30_000));
    check(
        429,
        &[],
        r#"{"error":[{"headers":{"retry-after":"9"}},{"headers":{"Retry-After":"8"}}]}"#,
        pause(8_000),
    );
    // What the connection's own server says is nearer than what it passes on.
    check(429, &[("retry-after", "7")], r#"{"error":{"headers":{"retry-after-ms":"1"}}}"#, pause(7_000));
    check(503, &[("retry-after", "4")], "", pause(4_000));
    check(
        503,
        &[],
        r#"{"error":{"code":503,"location":"LLM Module","headers":{"retry-after":"6"}}}"#,
        pause(6_000),
    );
    // Dates, by the server's clock where it shows it; a weekday may be wrong.
    check(429, &[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")], "", pause(30_000));
    check(429, &[("retry-after", "Mon, 21 Oct 2026 07:28:00 GMT")], "", pause(30_000));
    check(
        429,
        &[("retry-after", "Wed, 21 Oct 2026 09:00:20 GMT"), ("date", "Wed, 21 Oct 2026 09:00:00 GMT")],
        "",
        pause(20_000),
    );
    check(429, &[("retry-after", "Wed, 21 Oct 2026 07:00:00 GMT")], "", pause(250));
    check(429, &[("retry-after", "0")], "", pause(250));
    check(429, &[("retry-after", "999999")], "", pause(900_000));
}

#[test]
fn without_a_hint_the_next_minute_is_waited_for() {
    for headers in [&[][..], &[("retry-after", "-1")], &[("retry-after", "soon")], &[("retry-after", "NaN")]]
    {
        let Treatment::PauseFor(pause) = error(Asked::Endpoint, 429, headers, "").treatment() else {
            panic!("a 429 is waited for")
        };
        assert!((30..=35).contains(&pause.as_secs()), "{headers:?} {pause:?}");
    }
    assert_eq!(until_next_minute(now(), 0.0), Duration::from_secs(30));
    assert_eq!(until_next_minute(now() + Duration::from_millis(29_900), 1.0), Duration::from_millis(5_100));
    assert_eq!(until_next_minute(now() + Duration::from_secs(30), 0.0), Duration::from_secs(60));
    assert!((0..100).all(|_| (0.0..=1.0).contains(&jitter())));
}

#[test]
fn statuses_are_classified() {
    for status in [408, 409, 425, 499, 500, 501, 502, 503, 504, 529] {
        check(status, &[], "<html>", Treatment::RetrySoon);
    }
    for status in [401, 402, 403, 404, 405, 407, 410, 301, 302] {
        check(status, &[], r#"{"error":"no"}"#, Treatment::Operator);
    }
    for status in [400, 411, 415, 422, 431, 451] {
        check(status, &[], r#"{"error":{"message":"bad schema"}}"#, REJECTED);
    }
    check(413, &[], "", Treatment::AskForLess);
    check(503, &[], r#"{"error":{"code":503,"message":"Loading model"}}"#, Treatment::RetrySoon);
}

#[test]
fn prompts_that_are_too_long_are_asked_for_less() {
    for (status, body) in [
        (400, r#"{"error":{"code":"context_length_exceeded","message":"x"}}"#),
        (
            400,
            r#"{"error":{"code":400,"type":"exceed_context_size_error","message":"x","n_prompt_tokens":9,"n_ctx":1}}"#,
        ),
        (
            400,
            r#"{"object":"error","message":"This model's maximum context length is 4096 tokens.","code":400}"#,
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#,
        ),
        (
            400,
            r#"{"error":{"request_id":"r","code":400,"message":"400 - LLM Module: The input token count (9) exceeds the maximum number of tokens allowed (8).","location":"LLM Module"}}"#,
        ),
        (
            429,
            r#"{"error":{"message":"Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000.","type":"tokens","code":"rate_limit_exceeded"}}"#,
        ),
        (
            500,
            r#"{"error":{"code":500,"message":"the request exceeds the available context size","type":"server_error"}}"#,
        ),
    ] {
        check(status, &[], body, Treatment::AskForLess);
    }
}

#[test]
fn filters_refuse() {
    for body in [
        r#"{"error":{"code":"content_filter","status":400,"message":"m","param":"prompt","type":null,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
        r#"{"error":{"code":"400","message":"m","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
        r#"{"error":{"code":"content_policy_violation","message":"m"}}"#,
        r#"{"error":{"request_id":"r","code":400,"message":"m","location":"Filtering Module - Input Filter","intermediate_results":{}}}"#,
        r#"{"error":[{"code":429,"message":"m","location":"LLM Module"},{"code":400,"message":"m","location":"Filtering Module - Output Filter"}]}"#,
        r#"{"request_id":"r","code":400,"message":"m","location":"Filtering Module - Input Filter","module_results":{}}"#,
    ] {
        check(400, &[], body, REFUSED);
    }
}

#[test]
fn what_fails_every_document_is_the_operators() {
    for (status, body) in [
        (
            404,
            r#"{"error":{"message":"The model `gpt-9` does not exist","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
        ),
        (404, r#"{"error":{"code":"DeploymentNotFound","message":"m"}}"#),
        (404, "404 page not found"),
        (
            400,
            r#"{"error":{"message":"Unsupported parameter: 'max_tokens'","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#,
        ),
        (400, r#"{"error":{"message":"m","param":"temperature","code":"unsupported_value"}}"#),
        (
            400,
            r#"{"error":{"request_id":"r","code":400,"message":"400 - LLM Module: Model name must be one of ['gpt-4o']","location":"LLM Module"}}"#,
        ),
        (
            429,
            r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
        ),
        (403, "RBAC: access denied"),
    ] {
        check(status, &[], body, Treatment::Operator);
    }
    // A value inside the messages is one document's.
    check(
        400,
        &[],
        r#"{"error":{"message":"m","param":"messages[1].content","code":"unsupported_value"}}"#,
        REJECTED,
    );
    check(
        500,
        &[],
        r#"{"error":{"code":500,"message":"image input is not supported - hint: …","type":"server_error"}}"#,
        REJECTED,
    );
}

#[test]
fn token_service_and_deployment_list_never_fail_a_document() {
    for asked in [Asked::TokenService, Asked::DeploymentList] {
        for status in [400, 401, 403, 404, 422] {
            let body = r#"{"error":"invalid_client","error_description":"Bad credentials"}"#;
            let error = error(asked, status, &[], body);
            assert_eq!(error.treatment(), Treatment::Operator, "{error}");
            assert!(error.to_string().contains("Bad credentials"), "{error}");
        }
        assert_eq!(error(asked, 500, &[], "").treatment(), Treatment::RetrySoon);
        assert_eq!(error(asked, 429, &[("retry-after", "3")], "").treatment(), pause(3_000));
    }
}

#[test]
fn messages_are_short_single_lines_and_hold_nothing_of_the_request() {
    let check = |body: &str, expected: &str| {
        let error = error(Asked::Endpoint, 400, &[], body);
        let LlmError::Rejected { message, .. } = error else { panic!("a 400 is a rejection: {error}") };
        assert_eq!(message, expected);
    };
    let long = format!(r#"{{"error":{{"message":"a\n  b {}"}}}}"#, "x".repeat(5_000));
    check(&long, &format!("a b {}", "x".repeat(MESSAGE_CHARACTERS_MAX - 4)));
    check("", "it gives no reason");
    check("plain", "plain");
    check(r#"{"error":"short"}"#, "short");
    check(r#"{"error":{"code":"0123","message":"said","requestId":"r","target":"t","details":[]}}"#, "said");
    check(r#"[{"error":{"code":400,"message":"in a list"}}]"#, "in a list");
    check("<html><head><title>400 Bad Request</title></head><body>…</body></html>", "400 Bad Request");
    check("<h1>No</h1><p>way</p>", "No way");
    check(
        r#"{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required","input":{"secret":"page"}}]}"#,
        r#"["body","messages"] Field required"#,
    );
    check(r#"{"unknown":"shape"}"#, "it gives no reason");
}

#[test]
fn the_reader_is_told_what_to_do() {
    let check = |asked: Asked, status: u16, expected: &str| {
        let error = error(asked, status, &[], "").to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(Asked::Endpoint, 401, "llm.api_key");
    check(Asked::Endpoint, 404, "llm.base_url");
    check(Asked::SapAiCore, 403, "AICORE_RESOURCE_GROUP");
    check(Asked::SapAiCore, 404, "llm.model");
    check(Asked::TokenService, 401, "service key or binding is wrong or revoked");
    check(Asked::TokenService, 404, "addresses in the service key");
    check(Asked::DeploymentList, 403, "resource group");
}

#[test]
fn only_what_a_request_can_cause_makes_it_suspect() {
    let check = |asked: Asked, status: u16, expected: bool| {
        let error = error(asked, status, &[], "");
        assert_eq!(error.may_be_the_requests_fault(), expected, "{error}");
    };
    for status in [403, 500, 502, 503] {
        check(Asked::Endpoint, status, true);
        check(Asked::SapAiCore, status, true);
        check(Asked::TokenService, status, false);
        check(Asked::DeploymentList, status, false);
    }
    for status in [400, 401, 404, 413, 429] {
        check(Asked::Endpoint, status, false);
    }
}

#[test]
fn a_refused_format_is_asked_for_more_simply() {
    let simpler = Treatment::AskSimpler;
    check(400, &[], r#"{"error":{"message":"'response_format.type' must be 'text'"}}"#, simpler);
    check(422, &[], r#"{"error":{"message":"no","param":"response_format"}}"#, simpler);
    check(
        400,
        &[],
        r#"{"error":{"code":"unsupported_parameter","message":"x","param":"response_format"}}"#,
        simpler,
    );
    check(400, &[], r#"{"error":{"message":"bad schema"}}"#, REJECTED);
    check(500, &[], r#"{"error":{"message":"json_schema"}}"#, Treatment::RetrySoon);
}
