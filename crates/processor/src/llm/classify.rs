//! What went wrong with a call, and what follows: decided here, once, exhaustively.
//!
//! Called by providers (to make an [`LlmError`] of a response) and by `ask` (to treat it). Nothing else looks at
//! a status code.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::body::BodyError;

/// How long the endpoint is left alone when it throttles and doesn't say for how long: quotas are counted by
/// the minute nearly everywhere.
const THROTTLE_PAUSE: Duration = Duration::from_secs(60);

/// The longest retry hint that is believed; a broken clock at the other end must not park a fleet for a day.
const RETRY_HINT_MAX: Duration = Duration::from_secs(15 * 60);

/// The most characters of an endpoint's own message that are passed on.
const MESSAGE_CHARACTERS_MAX: usize = 400;

/// Why a call gave no reply.
#[derive(Debug, thiserror::Error)]
pub enum LlmError {
    /// The endpoint can't be reached.
    #[error("the LLM endpoint can't be reached")]
    Unreachable(#[source] reqwest::Error),
    /// No answer in time.
    #[error("the LLM endpoint did not answer within {seconds} s")]
    TimedOut {
        /// The limit.
        seconds: u64,
    },
    /// The answer broke off or is too large.
    #[error("the LLM endpoint's response can't be read")]
    Body(#[source] BodyError),
    /// 429.
    #[error("the LLM endpoint throttles (429): {message}")]
    Throttled {
        /// When it says to come back.
        retry_after: Option<Duration>,
        /// What it says.
        message: String,
    },
    /// 408, 409, 5xx.
    #[error("the LLM endpoint failed with status {status}: {message}")]
    ServerFault {
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// 401, 403: the operator's to mend.
    #[error("the LLM endpoint refuses our credentials ({status}): {message}; correct `llm.api_key`")]
    Unauthorised {
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// The prompt doesn't fit the model's context.
    #[error("the prompt does not fit the model's context: {message}")]
    ContextTooSmall {
        /// What the endpoint says.
        message: String,
    },
    /// Another 4xx: asking again can't help.
    #[error("the LLM endpoint rejected the request with status {status}: {message}")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// 400 or 422 that names the format of answers: asking for a less specific one helps.
    #[error("the LLM endpoint refuses the format of answers with status {status}: {message}")]
    FormatRefused {
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// The model said no.
    #[error("the model refused to answer: {message}")]
    Refused {
        /// Its words.
        message: String,
    },
    /// A success that isn't a chat completion.
    #[error("the LLM endpoint's response is not a chat completion: {reason}")]
    NotACompletion {
        /// What is missing.
        reason: String,
    },
}

/// What follows from an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Try again within the call, soon; if that doesn't help, leave the endpoint alone and hand the job back.
    RetrySoon,
    /// Leave the endpoint alone for this long, and hand the job back.
    PauseFor(Duration),
    /// The operator has to mend it: leave the endpoint alone, hand the job back, say so loudly.
    Operator,
    /// Ask with less text.
    AskForLess,
    /// Ask for a less specific format of answers.
    AskSimpler,
    /// Asking again can't help: the document fails.
    Give(Given),
}

/// How a document fails for which asking again can't help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// The model refused.
    Refused,
    /// The endpoint rejected the request.
    Rejected,
}

impl LlmError {
    /// What follows.
    pub fn treatment(&self) -> Treatment {
        match self {
            Self::Unreachable(_)
            | Self::TimedOut { .. }
            | Self::Body(_)
            | Self::ServerFault { .. }
            | Self::NotACompletion { .. } => Treatment::RetrySoon,
            Self::Throttled { retry_after, .. } => Treatment::PauseFor(retry_after.unwrap_or(THROTTLE_PAUSE)),
            Self::Unauthorised { .. } => Treatment::Operator,
            Self::ContextTooSmall { .. } => Treatment::AskForLess,
            Self::FormatRefused { .. } => Treatment::AskSimpler,
            Self::Refused { .. } => Treatment::Give(Given::Refused),
            Self::Rejected { .. } => Treatment::Give(Given::Rejected),
        }
    }

    /// The error of a response whose status isn't a success.
    pub(super) fn of_response(status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let parsed: Option<Value> = serde_json::from_slice(body).ok();
        let error = parsed.as_ref().and_then(|body| body.get("error")).or(parsed.as_ref());
        let message = error_message(error, body);
        match status {
            401 | 403 => Self::Unauthorised { status, message },
            429 => Self::Throttled { retry_after: retry_hint(headers, error), message },
            408 | 409 | 425 | 500..=599 => Self::ServerFault { status, message },
            413 => Self::ContextTooSmall { message },
            _ if is_context_error(error, &message) => Self::ContextTooSmall { message },
            400 | 422 if names_format(error, &message) => Self::FormatRefused { status, message },
            _ => Self::Rejected { status, message },
        }
    }
}

/// What an endpoint says, in one line: `error.message`, `error` or `message`, else the start of the body.
fn error_message(error: Option<&Value>, body: &[u8]) -> String {
    let said = error.and_then(|error| error.get("message").or(Some(error))).and_then(Value::as_str);
    let text = said.map_or_else(|| String::from_utf8_lossy(body).into_owned(), str::to_owned);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return "it gives no reason".to_owned();
    }
    line.chars().take(MESSAGE_CHARACTERS_MAX).collect()
}

/// OpenAI says `context_length_exceeded`, llama.cpp `exceed_context_size_error`, others only say it in words.
fn is_context_error(error: Option<&Value>, message: &str) -> bool {
    let field =
        |name: &str| error.and_then(|error| error.get(name)).and_then(Value::as_str).unwrap_or_default();
    let codes = [field("code"), field("type")];
    codes.iter().any(|code| code.contains("context_length") || code.contains("exceed_context"))
        || message.to_ascii_lowercase().contains("maximum context length")
}

/// OpenAI names the parameter; others say it in words.
fn names_format(error: Option<&Value>, message: &str) -> bool {
    let parameter = error.and_then(|error| error.get("param")).and_then(Value::as_str).unwrap_or_default();
    let message = message.to_ascii_lowercase();
    parameter.starts_with("response_format")
        || ["response_format", "json_schema", "json_object"].iter().any(|name| message.contains(name))
}

/// When to come back: `retry-after-ms`, `retry-after` (seconds; dates are ignored), `x-retry-after`, or the last
/// in the body's `error.headers` as SAP AI Core's orchestration sends it.
fn retry_hint(headers: &HeaderMap, error: Option<&Value>) -> Option<Duration> {
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()?.trim().parse::<f64>().ok());
    let in_body = || {
        let hint = error?.get("headers")?.get("x-retry-after")?;
        hint.as_f64().or_else(|| hint.as_str()?.trim().parse().ok())
    };
    let seconds = header("retry-after-ms")
        .map(|milliseconds| milliseconds / 1_000.0)
        .or_else(|| header("retry-after"))
        .or_else(|| header("x-retry-after"))
        .or_else(in_body)?;
    Duration::try_from_secs_f64(seconds).ok().map(|hint| hint.min(RETRY_HINT_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, headers: &[(&'static str, &'static str)], body: &str, expected: Treatment) {
        let headers =
            headers.iter().map(|&(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let error = LlmError::of_response(status, &headers, body.as_bytes());
        assert_eq!(error.treatment(), expected, "{status} {body}: {error}");
    }

    #[test]
    fn responses_are_classified() {
        let seconds = |seconds| Treatment::PauseFor(Duration::from_secs(seconds));
        check(429, &[("retry-after", "7")], "", seconds(7));
        check(429, &[("retry-after-ms", "2000"), ("retry-after", "9")], "", seconds(2));
        check(429, &[("x-retry-after", "5")], "", seconds(5));
        check(429, &[], r#"{"error":{"headers":{"x-retry-after":"30"}}}"#, seconds(30));
        check(429, &[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")], "", seconds(60));
        check(429, &[("retry-after", "999999")], "", seconds(900));
        check(429, &[("retry-after", "-1")], "", seconds(60));
        check(500, &[], "<html>", Treatment::RetrySoon);
        check(503, &[], r#"{"error":{"code":503,"message":"Loading model"}}"#, Treatment::RetrySoon);
        check(401, &[], "", Treatment::Operator);
        check(403, &[], r#"{"error":"no"}"#, Treatment::Operator);
        check(
            400,
            &[],
            r#"{"error":{"code":"context_length_exceeded","message":"x"}}"#,
            Treatment::AskForLess,
        );
        check(
            400,
            &[],
            r#"{"error":{"code":400,"type":"exceed_context_size_error","message":"x","n_ctx":1}}"#,
            Treatment::AskForLess,
        );
        check(
            400,
            &[],
            r#"{"error":{"message":"'response_format.type' must be 'text'"}}"#,
            Treatment::AskSimpler,
        );
        check(422, &[], r#"{"error":{"message":"no","param":"response_format"}}"#, Treatment::AskSimpler);
        check(400, &[], r#"{"error":{"message":"bad schema"}}"#, Treatment::Give(Given::Rejected));
        check(404, &[], "", Treatment::Give(Given::Rejected));
        check(501, &[], "", Treatment::RetrySoon);
    }

    #[test]
    fn messages_are_short_single_lines() {
        let body = format!(r#"{{"error":{{"message":"a\n  b {}"}}}}"#, "x".repeat(5_000));
        let LlmError::Rejected { message, .. } =
            LlmError::of_response(400, &HeaderMap::new(), body.as_bytes())
        else {
            panic!("a 400 is a rejection");
        };
        assert!(message.starts_with("a b x"));
        assert_eq!(message.chars().count(), MESSAGE_CHARACTERS_MAX);
    }
}
