//! What an error body says, whoever wrote it: OpenAI, Azure, orchestration (an error or a list of them), the AI API,
//! orchestration's first version, OAuth, validation errors of Python servers, proxies that send HTML.
//!
//! Called by [`classify`](super) alone. Bodies are data of somebody else's: nothing in them is trusted to be there.

use serde_json::{Map, Value};

/// The most characters of an endpoint's own message that are passed on.
pub(super) const MESSAGE_CHARACTERS_MAX: usize = 400;

/// What is read of an error body.
#[derive(Debug, Default)]
pub(super) struct ErrorBody {
    /// What it says, in one line. Never what the request held: a validation error's copy of it is left out.
    pub(super) message: String,
    /// The headers it carries, as orchestration copies them from the model's provider.
    pub(super) headers: Map<String, Value>,
    codes: Vec<String>,
    location: String,
    parameter: String,
}

/// A cause that a status alone doesn't tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// A content filter.
    Filtered,
    /// The prompt is too long, or larger than what a minute allows.
    TooLong,
    /// The account's budget is used up.
    OutOfCredit,
    /// The model takes no images.
    ImagesNotTaken,
    /// The format of answers: this endpoint or model knows no schema, or not this one.
    FormatRefused,
    /// A parameter that this model doesn't take, or a model that isn't there.
    SettingsWrong,
}

/// Codes of content filters.
const FILTER_CODES: [&str; 3] =
    ["content_filter", "content_policy_violation", "responsibleaipolicyviolation"];

/// How orchestration's places of filters begin.
const FILTER_LOCATION: &str = "Filtering Module";

/// Codes of prompts that are too long: OpenAI's and Azure's, llama.cpp's.
const TOO_LONG_CODES: [&str; 2] = ["context_length", "exceed_context"];

/// How others say it: vLLM and OpenAI, Anthropic, Bedrock, Gemini, and OpenAI where a minute's tokens are fewer.
const TOO_LONG_WORDS: [&str; 7] = [
    "maximum context length",
    "context length exceeded",
    "prompt is too long",
    "input is too long",
    "exceeds the maximum number of tokens",
    "exceeds the available context size",
    "request too large",
];

/// Codes of budgets that no waiting refills.
const CREDIT_CODES: [&str; 2] = ["insufficient_quota", "billing_hard_limit_reached"];

/// Codes of models and parameters that aren't there.
const SETTINGS_CODES: [&str; 4] =
    ["unsupported_parameter", "unsupported_value", "model_not_found", "deploymentnotfound"];

/// What endpoints call the format of answers: OpenAI names the parameter, others say it in words.
const FORMAT_NAMES: [&str; 3] = ["response_format", "json_schema", "json_object"];

/// How orchestration says that there is no such model.
const NO_MODEL_WORDS: [&str; 2] = ["model name must be one of", "model not found"];

impl ErrorBody {
    /// Reads what can be read; a body that is no JSON is its own message.
    pub(super) fn read(body: &[u8]) -> Self {
        let Ok(parsed) = serde_json::from_slice::<Value>(body) else {
            let text = String::from_utf8_lossy(body);
            return Self { message: one_line(&without_tags(&text)), ..Self::default() };
        };
        // Some proxies wrap the whole in a list.
        let root = parsed.as_array().and_then(|list| list.first()).unwrap_or(&parsed);
        let error = match root.get("error") {
            // Of several configurations that were tried, the last one's status is the response's.
            Some(Value::Array(errors)) => errors.last().unwrap_or(root),
            Some(error @ Value::Object(_)) => error,
            Some(_) | None => root,
        };
        let text = |value: &Value, name: &str| match value.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let inner = error.get("innererror").or_else(|| error.get("inner_error"));
        let codes = [
            text(error, "code"),
            text(error, "type"),
            text(error, "status"),
            text(root, "error"),
            inner.map_or_else(String::new, |inner| text(inner, "code")),
        ];
        Self {
            message: message(root, error),
            headers: error.get("headers").and_then(Value::as_object).cloned().unwrap_or_default(),
            codes: codes.map(|code| code.to_lowercase()).into(),
            location: text(error, "location"),
            parameter: text(error, "param"),
        }
    }

    /// The cause, where the body tells one.
    pub(super) fn cause(&self) -> Option<Cause> {
        let is_coded = |known: &[&str]| self.codes.iter().any(|code| known.iter().any(|known| code == known));
        let words = self.message.to_lowercase();
        let says = |known: &[&str]| known.iter().any(|known| words.contains(known));
        if is_coded(&FILTER_CODES) || self.location.starts_with(FILTER_LOCATION) {
            Some(Cause::Filtered)
        } else if self.codes.iter().any(|code| TOO_LONG_CODES.iter().any(|known| code.contains(known)))
            || says(&TOO_LONG_WORDS)
        {
            Some(Cause::TooLong)
        } else if is_coded(&CREDIT_CODES) {
            Some(Cause::OutOfCredit)
        } else if words.contains("image input is not supported") {
            Some(Cause::ImagesNotTaken)
        } else if self.parameter.starts_with("response_format") || says(&FORMAT_NAMES) {
            Some(Cause::FormatRefused)
        // A value inside `messages` is the document's, not the operator's.
        } else if (is_coded(&SETTINGS_CODES) && !self.parameter.starts_with("messages"))
            || says(&NO_MODEL_WORDS)
        {
            Some(Cause::SettingsWrong)
        } else {
            None
        }
    }
}

fn message(root: &Value, error: &Value) -> String {
    let texts = [error.get("message"), root.get("error_description"), root.get("message"), root.get("error")];
    let said = texts.into_iter().flatten().find_map(Value::as_str).map(str::to_owned);
    let said = said.or_else(|| root.get("detail").map(detail));
    one_line(&said.unwrap_or_default())
}

/// A validation error of a Python server: where and what, without the `input` beside it, which is the request.
fn detail(detail: &Value) -> String {
    let Some(entries) = detail.as_array() else { return detail.as_str().unwrap_or_default().to_owned() };
    let said = entries.iter().map(|entry| {
        let place = entry.get("loc").map(Value::to_string).unwrap_or_default();
        let what = entry.get("msg").and_then(Value::as_str).unwrap_or_default();
        format!("{place} {what}")
    });
    said.collect::<Vec<_>>().join("; ")
}

/// The title of an HTML page, else its text.
fn without_tags(text: &str) -> String {
    if !text.trim_start().starts_with('<') {
        return text.to_owned();
    }
    let title = text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    if let Some((title, _)) = title {
        return title.to_owned();
    }
    let pieces = text.split('<').filter_map(|piece| piece.split_once('>').map(|(_, text)| text));
    pieces.collect::<Vec<_>>().join(" ")
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return "it gives no reason".to_owned();
    }
    line.chars().take(MESSAGE_CHARACTERS_MAX).collect()
}
