//! Whose language an answer or an error is in: OpenAI's, or orchestration's.
//!
//! Used by [`server`](super) for every call, after what is answered was decided.

use axum::response::Response;
use serde_json::{Value, json};

use super::{failure, refused, throttled};
use crate::ai_core::Refusal;
use crate::orchestration;

/// Whose language an answer or an error is in.
pub(super) enum Dialect {
    /// OpenAI's.
    OpenAi,
    /// Orchestration's, with the messages as they were after templating.
    Orchestration(Value),
}

impl Dialect {
    pub(super) fn answer(&self, completion: Value) -> Value {
        match self {
            Self::OpenAi => completion,
            Self::Orchestration(templated) => orchestration::answer(&completion, templated, "mock"),
        }
    }

    pub(super) fn failure(&self, status: u16, message: &str, is_list: bool) -> Response {
        match self {
            Self::OpenAi => failure(status, message),
            Self::Orchestration(_) => {
                let message = format!("{status} - {}: {message}", orchestration::LLM);
                let body = orchestration::error(status, &message, orchestration::LLM, &json!({}), is_list);
                refused(Refusal { status, body })
            }
        }
    }

    /// Orchestration says when to come back in the body, in a copy of the provider's headers, and nowhere else.
    pub(super) fn throttled(&self, seconds: u64, is_list: bool) -> Response {
        match self {
            Self::OpenAi => throttled(seconds),
            Self::Orchestration(_) => {
                let headers = json!({"x-retry-after": seconds.to_string()});
                let message = format!("429 - {}: exceeded token rate limit", orchestration::LLM);
                let body = orchestration::error(429, &message, orchestration::LLM, &headers, is_list);
                refused(Refusal { status: 429, body })
            }
        }
    }
}
