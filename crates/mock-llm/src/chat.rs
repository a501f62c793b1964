//! OpenAI's chat completions as far as the mock speaks them: what a request asks, the completion, the error.
//!
//! Pure: called by the server with bytes, gives JSON back.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use crate::distort::hash;

/// The model every answer names, whatever the request asked for.
pub(crate) const MODEL: &str = "mock-llm";

/// Characters that count as one token.
const CHARACTERS_PER_TOKEN: usize = 4;

/// A request, as far as the mock looks at it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    /// The headers that it came with, one on each line: what a gullible endpoint could give away. Not a part of
    /// [`Self::hash`].
    pub(crate) headers: String,
    /// The texts of the messages with their roles, in order; images are left out.
    pub(crate) messages: Vec<(String, String)>,
    /// The schema of `response_format`, where it has one.
    pub(crate) schema: Option<Value>,
    /// Whether JSON of any shape was asked for.
    pub(crate) json_object: bool,
    /// The most completion tokens wanted.
    pub(crate) completion_tokens_max: Option<u64>,
}

impl Request {
    /// Reads a request body; the error says, for the caller, what is wrong with it.
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        let body: Value =
            serde_json::from_slice(body).map_err(|error| format!("the request body is not JSON: {error}"))?;
        let messages = body.get("messages").and_then(Value::as_array);
        let messages = messages.filter(|messages| !messages.is_empty());
        let messages = messages.ok_or("'messages' is missing or empty")?;
        if body.get("stream") == Some(&Value::Bool(true)) {
            return Err("mock-llm does not stream: leave 'stream' out".to_owned());
        }
        let format = body.pointer("/response_format/type").and_then(Value::as_str);
        let schema = match format {
            None | Some("text" | "json_object") => None,
            Some("json_schema") => {
                let schema = body.pointer("/response_format/json_schema/schema").cloned();
                let schema = schema.ok_or("'response_format.json_schema.schema' is missing")?;
                if body.pointer("/response_format/json_schema/strict") == Some(&Value::Bool(true)) {
                    check_strict(&schema, "")?;
                }
                Some(schema)
            }
            Some(other) => return Err(format!("'response_format.type' {other:?} is unknown")),
        };
        let limit = body.get("max_completion_tokens").or_else(|| body.get("max_tokens"));
        Ok(Self {
            headers: String::new(),
            messages: messages.iter().map(|message| (role(message), text(message))).collect(),
            schema,
            json_object: format == Some("json_object"),
            completion_tokens_max: limit.and_then(Value::as_u64),
        })
    }

    /// The same with the headers that it came with.
    pub(crate) fn with_headers(mut self, headers: &HeaderMap) -> Self {
        for (name, value) in headers {
            self.headers.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
        }
        self
    }

    /// The hash of everything that shapes the answer.
    pub(crate) fn hash(&self, seed: u64) -> u64 {
        let messages = self.messages.iter().fold(seed, |state, (role, text)| hash(state, &[role, text]));
        self.schema.as_ref().map_or(messages, |schema| hash(messages, &[&schema.to_string()]))
    }

    /// Tokens of all messages.
    pub(crate) fn prompt_tokens(&self) -> u64 {
        self.messages.iter().map(|(_, text)| tokens(text)).sum()
    }
}

fn role(message: &Value) -> String {
    message.get("role").and_then(Value::as_str).unwrap_or("user").to_owned()
}

/// The text of a message: its content, or the text parts of it.
fn text(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str));
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// What strict mode demands of every object: closed, and all properties required.
fn check_strict(schema: &Value, at: &str) -> Result<(), String> {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let refuse =
            |what: &str| Err(format!("Invalid schema for response_format: In context={at:?}, {what}"));
        if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
            return refuse("'additionalProperties' is required to be supplied and to be false");
        }
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &String| required.is_some_and(|required| required.iter().any(|r| r == name));
        if let Some(name) = properties.keys().find(|name| !is_required(name)) {
            return refuse(&format!("'required' is missing {name:?}"));
        }
        for (name, child) in properties {
            check_strict(child, &format!("{at}/properties/{name}"))?;
        }
    }
    schema.get("items").map_or(Ok(()), |items| check_strict(items, &format!("{at}/items")))
}

/// Tokens of a text: the mock counts four characters as one.
pub(crate) fn tokens(text: &str) -> u64 {
    u64::try_from(text.chars().count().div_ceil(CHARACTERS_PER_TOKEN)).unwrap_or(u64::MAX)
}

/// The start of `text` that fits the tokens.
pub(crate) fn first_tokens(text: &str, tokens_max: u64) -> String {
    let characters = usize::try_from(tokens_max).unwrap_or(usize::MAX).saturating_mul(CHARACTERS_PER_TOKEN);
    text.chars().take(characters).collect()
}

/// What the model says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// A whole text.
    Content(String),
    /// A text that was cut off.
    Cut(String),
    /// A refusal.
    Refusal(String),
}

/// The completion with this reply; `created` is in Unix seconds.
pub(crate) fn completion(reply: &Reply, prompt: u64, prompt_tokens: u64, created: u64) -> (Value, u64) {
    let (content, refusal, finish_reason) = match reply {
        Reply::Content(text) => (Some(text), None, "stop"),
        Reply::Cut(text) => (Some(text), None, "length"),
        Reply::Refusal(text) => (None, Some(text), "stop"),
    };
    let completion_tokens = content.or(refusal).map_or(0, |text| tokens(text));
    let body = json!({
        "id": format!("chatcmpl-mock-{prompt:016x}"),
        "object": "chat.completion",
        "created": created,
        "model": MODEL,
        "system_fingerprint": "mock",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": content, "refusal": refusal},
            "logprobs": null,
            "finish_reason": finish_reason,
        }],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
    });
    (body, completion_tokens)
}

/// An error body; the type and the code follow from the status, as OpenAI's do.
pub(crate) fn error(status: u16, message: &str) -> Value {
    let (kind, code) = match status {
        401 => ("invalid_request_error", Some("invalid_api_key")),
        403 => ("invalid_request_error", Some("unsupported_country_region_territory")),
        404 => ("invalid_request_error", Some("not_found")),
        429 => ("requests", Some("rate_limit_exceeded")),
        400..=499 => ("invalid_request_error", None),
        _ => ("server_error", None),
    };
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}
