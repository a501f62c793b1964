//! OpenAI-compatible endpoints: what goes over the wire, how long is waited, and what no error shows.

use std::time::Duration;

use docmill_mock_llm::{MockLlm, Options};
use docmill_processor::llm::{Llm, LlmError, Treatment};
use serde_json::Value;

use super::recorder::{ANSWER, Answer, Recorder};
use super::{customer, llm, question, told};

fn whole(status: u16, body: &str) -> Answer {
    Answer::Whole { status, headers: String::new(), body: body.to_owned() }
}

fn client(recorder: &Recorder, keys: &[(&str, &str)]) -> Llm {
    let base_url = format!("http://{}/v1", recorder.address);
    llm(&[&[("BASE_URL", base_url.as_str()), ("MODEL", "m")], keys].concat(), &[], Vec::new())
}

#[tokio::test]
async fn the_mock_answers() {
    let mock = MockLlm::start(Options::default()).await.unwrap();
    let url = mock.url();
    let llm = llm(&[("BASE_URL", url.as_str()), ("MODEL", "mock-llm")], &[], Vec::new());
    assert_eq!(customer(&llm.complete(&question("ACME")).await.unwrap()), "ACME");
    let identity = serde_json::to_value(llm.identity()).unwrap();
    // What shaped kept replies so far still is all there is.
    assert_eq!(identity, serde_json::json!({"provider": "openai", "endpoint": url, "model": "mock-llm"}));
}

#[tokio::test]
async fn a_call_looks_as_openai_and_as_azure_want_it() {
    let recorder = Recorder::start(|_| whole(200, ANSWER)).await;
    client(&recorder, &[("API_KEY", "k")]).complete(&question("ACME")).await.unwrap();
    let azure = [
        ("API_KEY", "k"),
        ("API_KEY_HEADER", "api-key"),
        ("QUERY", "api-version=2024-10-21"),
        ("MODEL_IN_BODY", "false"),
        ("REPLY_TOKENS_PARAMETER", "max_completion_tokens"),
        ("TEMPERATURE", "unset"),
        ("HEADERS", "X-Team: blue"),
    ];
    client(&recorder, &azure).complete(&question("ACME")).await.unwrap();
    let [plain, azure] = recorder.seen().try_into().unwrap();
    assert!(plain.head.starts_with("post /v1/chat/completions http/1.1"), "{}", plain.head);
    assert!(plain.head.contains("authorization: bearer k\r\n"), "{}", plain.head);
    assert!(plain.head.contains("user-agent: docmill/"), "{}", plain.head);
    assert!(
        azure.head.starts_with("post /v1/chat/completions?api-version=2024-10-21 http/1.1"),
        "{}",
        azure.head
    );
    assert!(
        azure.head.contains("api-key: k\r\n") && azure.head.contains("x-team: blue\r\n"),
        "{}",
        azure.head
    );
    assert!(!azure.head.contains("authorization"), "{}", azure.head);
    let names = |body: &str| {
        let body: Value = serde_json::from_str(body).unwrap();
        let mut names: Vec<String> = body.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(names(&plain.body), "max_tokens messages model response_format temperature");
    assert_eq!(names(&azure.body), "max_completion_tokens messages response_format");
}

#[tokio::test]
async fn connections_are_used_again() {
    let recorder = Recorder::start(|_| whole(200, ANSWER)).await;
    let llm = client(&recorder, &[]);
    for _ in 0..5 {
        llm.complete(&question("ACME")).await.unwrap();
    }
    assert!(recorder.seen().iter().all(|seen| seen.connection == 1));
}

#[tokio::test]
async fn each_phase_has_its_time() {
    let check = async |answer: Answer, keys: &[(&str, &str)], expected: &str| {
        let recorder = Recorder::start(move |_| answer.clone()).await;
        let error = client(&recorder, keys).complete(&question("ACME")).await.unwrap_err();
        assert_eq!(error.treatment(), Treatment::RetrySoon);
        assert!(told(&error).contains(expected), "{}", told(&error));
    };
    let short = [("TIMEOUT_SECONDS", "1")];
    let patient = [("TIMEOUT_SECONDS", "600"), ("IDLE_TIMEOUT_SECONDS", "1")];
    tokio::join!(
        check(Answer::Silence, &short, "did not answer within 1 s"),
        check(Answer::Begun, &short, "did not answer within 1 s"),
        check(Answer::Begun, &patient, "stood still for 1 s"),
    );
}

#[tokio::test]
async fn no_redirect_is_followed_and_no_error_shows_a_secret() {
    let secrets = [("API_KEY", "sk-secret"), ("QUERY", "token=q-secret"), ("HEADERS", "X-Key: h-secret")];
    let redirect = || Answer::Whole {
        status: 307,
        headers: "location: http://127.0.0.1:1/elsewhere\r\n".to_owned(),
        body: String::new(),
    };
    let recorder = Recorder::start(move |_| redirect()).await;
    let llm = client(&recorder, &secrets);
    let error = llm.complete(&question("ACME")).await.unwrap_err();
    assert_eq!(error.treatment(), Treatment::Operator, "{error}");
    assert_eq!(recorder.seen().len(), 1);
    drop(recorder);
    let unreachable = llm.complete(&question("ACME")).await.unwrap_err();
    assert!(matches!(unreachable, LlmError::Unreachable { .. }), "{unreachable:?}");
    for error in [error, unreachable] {
        let shown = format!("{error:?} {}", told(&error));
        assert!(!shown.contains("secret"), "{shown}");
    }
    assert!(!format!("{llm:?}").contains("h-secret"));
    assert!(!format!("{llm:?}").contains("sk-secret"));
}

#[tokio::test]
async fn a_request_that_always_fails_while_others_are_answered_is_given_up() {
    let recorder = Recorder::start(|request| {
        if request.body.contains("Hostile") { whole(500, "boom") } else { whole(200, ANSWER) }
    })
    .await;
    let llm = client(&recorder, &[]);
    let mut seen = Vec::new();
    // Deliveries of the bad document, others between them, and time: it alone is given up, after a few.
    while seen.len() < 20 {
        let error = llm.complete(&question("Hostile")).await.unwrap_err();
        let is_given_up = matches!(error, LlmError::AlwaysFails { .. });
        seen.push(error.treatment());
        if is_given_up {
            let text = told(&error);
            assert!(text.contains("others were answered") && text.contains("500: boom"), "{text}");
            break;
        }
        llm.complete(&question("ACME")).await.unwrap();
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(5)).await;
        tokio::time::resume();
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
}
