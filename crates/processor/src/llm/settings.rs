//! How an endpoint is reached and spoken to: what `config` makes of the section `llm`, and [`Llm`](super::Llm) of that.

use std::net::IpAddr;
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

    /// The hosts, other than this machine, to which key and documents go unencrypted.
    pub(super) fn hosts_in_clear(&self) -> Vec<String> {
        let addresses = match &self.provider {
            Provider::OpenAi(openai) => vec![openai.url.clone()],
            // Where they can't be read, nothing goes anywhere.
            Provider::SapAiCore(ai_core) => ai_core
                .surroundings
                .credentials()
                .map(|found| vec![found.token_url, found.api_url])
                .unwrap_or_default(),
        };
        addresses.iter().filter_map(host_in_clear).collect()
    }
}

/// The host of an address that isn't https, unless that is this machine.
fn host_in_clear(url: &Url) -> Option<String> {
    let host = url.host_str().filter(|_| url.scheme() != "https")?;
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let is_this_machine = address.map_or(host == "localhost", |address| address.is_loopback());
    (!is_this_machine).then(|| host.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_this_machine_unencrypted_is_known() {
        let check = |url: &str, expected: Option<&str>| {
            assert_eq!(host_in_clear(&url.parse().unwrap()).as_deref(), expected, "{url}");
        };
        check("https://api.example.com/v1", None);
        check("http://api.example.com/v1", Some("api.example.com"));
        check("http://llm.docmill.svc:8081/v1", Some("llm.docmill.svc"));
        check("http://10.0.0.7/v1", Some("10.0.0.7"));
        check("http://localhost:8081/v1", None);
        check("http://127.0.0.9:8081/v1", None);
        check("http://[::1]:8081/v1", None);
        check("http://[fd00::1]/v1", Some("[fd00::1]"));
        check("http://localhost.example.com/v1", Some("localhost.example.com"));
    }
}
