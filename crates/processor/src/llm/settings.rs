//! How an endpoint is reached and spoken to: what `config` makes of the section `llm`, and [`Llm`](super::Llm) of that.

use std::time::Duration;

use docmill_chassis::config::Secret;
use reqwest::Url;
use reqwest::header::HeaderMap;

use super::sap_ai_core::SapAiCoreSettings;

/// How the model is reached.
#[derive(Debug, Clone)]
pub struct LlmSettings {
    /// Where calls go, and what proves who is calling.
    pub provider: Provider,
    /// The model that is asked for.
    pub model: String,
    /// What is sent beside the question.
    pub parameters: Parameters,
    /// How long each phase of a call may take.
    pub timeouts: Timeouts,
    /// Calls of this worker at once.
    pub calls_at_once_max: usize,
    /// What names the endpoint in the key of kept replies.
    pub endpoint_name: String,
    /// Certificates of authorities that are trusted beside the system's, as PEM.
    pub authorities_pem: Option<Vec<u8>>,
}

impl LlmSettings {
    /// The model's version, where one is asked for.
    pub fn model_version(&self) -> Option<&str> {
        match &self.provider {
            Provider::OpenAi(_) => None,
            Provider::SapAiCore(ai_core) => ai_core.model_version.as_deref(),
        }
    }
}

/// Where calls go.
#[derive(Debug, Clone)]
pub enum Provider {
    /// Any endpoint that speaks OpenAI's chat completions.
    OpenAi(OpenAiSettings),
    /// SAP AI Core: a foundation-model deployment, or orchestration.
    SapAiCore(SapAiCoreSettings),
}

/// An endpoint that speaks OpenAI's chat completions.
#[derive(Debug, Clone)]
pub struct OpenAiSettings {
    /// The whole address, with `/chat/completions` and the query.
    pub url: Url,
    /// Headers of every call, the key's among them; values are marked as sensitive, so that nothing prints them.
    pub headers: HeaderMap,
    /// Whether the body names the model. Azure's deployments are named by the address.
    pub names_model: bool,
}

/// What is sent beside the question. What an endpoint doesn't know it may refuse, and reasoning models refuse what
/// others need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// How the most tokens of a reply are called.
    pub reply_tokens: &'static str,
    /// Whether temperature 0 is asked for.
    pub is_temperature_zero: bool,
}

impl Parameters {
    /// `max_tokens`: what every endpoint but the newest takes.
    pub const MAX_TOKENS: &'static str = "max_tokens";

    /// `max_completion_tokens`: what reasoning models take.
    pub const MAX_COMPLETION_TOKENS: &'static str = "max_completion_tokens";
}

impl Default for Parameters {
    fn default() -> Self {
        Self { reply_tokens: Self::MAX_TOKENS, is_temperature_zero: true }
    }
}

/// How long each phase of a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To make a connection, TLS included.
    pub connect: Duration,
    /// The whole call, from connecting to the last byte.
    pub whole: Duration,
    /// Between two pieces of a response that has begun.
    pub idle: Duration,
}

/// A key as the value of a header, for `name`: `Authorization` takes it as a bearer token, others as it is.
pub fn key_header(name: &str, key: &Secret) -> String {
    if name.eq_ignore_ascii_case("authorization") {
        format!("Bearer {}", key.expose())
    } else {
        key.expose().to_owned()
    }
}
