//! Requests that fail, and others that are answered or not meanwhile; time is paused.

use docmill_extraction::{Message, Prompt, Role};

use super::*;
use crate::llm::classify::Asked;

fn request(text: &str) -> Request {
    let message = Message { role: Role::User, content: text.to_owned() };
    let prompt = Prompt { messages: vec![message], response_format: None };
    Request { prompt, images: Vec::new(), reply_tokens_max: 1 }
}

fn fails(suspects: &Suspects, text: &str) -> LlmError {
    let error =
        LlmError::ServerFault { asked: Asked::Endpoint, status: 500, retry_in: None, message: String::new() };
    suspects.judge(&request(text), Err(error)).unwrap_err()
}

fn answers(suspects: &Suspects, text: &str) {
    let reply = Reply {
        text: String::new(),
        is_truncated: false,
        model: String::new(),
        prompt_tokens: 0,
        completion_tokens: 0,
    };
    suspects.judge(&request(text), Ok(reply)).unwrap();
}

/// What a failure is told to be: not a suspect's, the nth of a suspect, the last.
fn told(error: &LlmError) -> &'static str {
    match error {
        LlmError::ServerFault { .. } => "fault",
        LlmError::Suspect { .. } => "suspect",
        LlmError::AlwaysFails { .. } => "always",
        other => panic!("{other}"),
    }
}

async fn later() {
    tokio::time::advance(STRIKE_SPACING).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_fails_while_others_are_answered_is_given_up_within_a_bound() {
    let suspects = Suspects::default();
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(told(&fails(&suspects, "bad")));
        answers(&suspects, "good");
        // Attempts close to one another are one.
        seen.push(told(&fails(&suspects, "bad")));
        answers(&suspects, "good");
        later().await;
    }
    assert_eq!(seen[..2], ["fault"; 2]);
    assert_eq!(seen[2..8], ["suspect"; 6]);
    assert_eq!(seen[8], "always");
    assert_eq!(seen[9], "fault", "once given up, it begins anew");
}

#[tokio::test(start_paused = true)]
async fn while_the_endpoint_fails_for_everybody_nobody_is_a_suspect() {
    let suspects = Suspects::default();
    for round in 0..100 {
        for text in ["a", "b", "c"] {
            assert_eq!(told(&fails(&suspects, text)), "fault", "{round}");
        }
        // One in four gets through.
        answers(&suspects, &round.to_string());
        later().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_alone_is_never_a_suspect() {
    let suspects = Suspects::default();
    for _ in 0..100 {
        assert_eq!(told(&fails(&suspects, "alone")), "fault");
        later().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_clears_a_suspect() {
    let suspects = Suspects::default();
    for _ in 0..100 {
        assert_eq!(told(&fails(&suspects, "flaky")), "fault");
        answers(&suspects, "good");
        later().await;
        assert_eq!(told(&fails(&suspects, "flaky")), "suspect");
        answers(&suspects, "flaky");
        later().await;
    }
}

#[tokio::test(start_paused = true)]
async fn other_errors_are_nobodys_fault_and_memory_is_bounded() {
    let suspects = Suspects::default();
    let throttled = LlmError::Throttled {
        asked: Asked::Endpoint,
        retry_in: Duration::from_secs(1),
        message: String::new(),
    };
    suspects.judge(&request("throttled"), Err(throttled)).unwrap_err();
    assert_eq!(suspects.locked().suspects.len(), 0);
    for number in 0..SUSPECTS_MAX + 10 {
        fails(&suspects, &number.to_string());
        tokio::time::advance(Duration::from_millis(1)).await;
    }
    let seen = suspects.locked();
    assert_eq!(seen.suspects.len(), SUSPECTS_MAX);
    assert!(!seen.suspects.contains_key(&key(&request("9"))));
    assert!(seen.suspects.contains_key(&key(&request("10"))));
}
