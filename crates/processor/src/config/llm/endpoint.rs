//! Where calls go: the keys of section `llm` that make [`LlmSettings`], of either provider.

use std::time::Duration;

use docmill_chassis::config::Problems;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

use super::super::authorities::authorities;
use super::LlmSection;
use crate::llm::sap_ai_core::credentials::Surroundings;
use crate::llm::sap_ai_core::{Api, DEFAULT_QUERY, DEFAULT_RESOURCE_GROUP, SapAiCoreSettings};
use crate::llm::settings::{LlmSettings, OpenAiSettings, Parameters, Provider, Timeouts, key_header};

/// How the names of models begin that take neither `max_tokens` nor a temperature.
const REASONING_MODELS: [&str; 4] = ["gpt-5", "o1", "o3", "o4"];

/// Which kind of endpoint is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ProviderKind {
    /// Any OpenAI-compatible endpoint.
    #[default]
    #[serde(rename = "openai")]
    OpenAi,
    /// SAP AI Core.
    SapAiCore,
}

/// How the most tokens of a reply are called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReplyTokensParameter {
    /// By the model's name.
    #[default]
    Auto,
    MaxTokens,
    MaxCompletionTokens,
}

/// Whether temperature 0 is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Temperature {
    /// By the model's name.
    #[default]
    Auto,
    Zero,
    Unset,
}

/// What SAP AI Core alone needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SapAiCoreSection {
    api: Api,
    resource_group: Option<String>,
    model_version: Option<String>,
}

impl LlmSection {
    /// How the model is reached. `surroundings` is where SAP AI Core's credentials are looked for.
    pub(in crate::config) fn endpoint(
        &self,
        surroundings: Surroundings,
        concurrency: usize,
        problems: &mut Problems,
    ) -> LlmSettings {
        let (provider, default_name) = match self.provider {
            ProviderKind::OpenAi => self.openai(problems),
            ProviderKind::SapAiCore => self.sap_ai_core(surroundings, problems),
        };
        if self.model.is_empty() {
            problems.add("llm.model", "is missing: name the model, as the endpoint does");
        }
        let calls_at_once_max = self.calls_at_once_max.unwrap_or(concurrency);
        LlmSettings {
            provider,
            model: self.model.clone(),
            parameters: self.parameters(),
            timeouts: self.timeouts(problems),
            calls_at_once_max: problems.within("llm.calls_at_once_max", calls_at_once_max, 1..=4_096),
            endpoint_name: self.endpoint_name.clone().unwrap_or(default_name),
            authorities_pem: authorities("llm.ca_file", self.ca_file.as_deref(), problems),
        }
    }

    /// An endpoint by its address, and the name that it has by default.
    fn openai(&self, problems: &mut Problems) -> (Provider, String) {
        if self.sap_ai_core != SapAiCoreSection::default() {
            problems
                .add("llm.sap_ai_core", "has keys that llm.provider \"openai\" doesn't use: leave them out");
        }
        let base_url = self.base_url.trim_end_matches('/').to_owned();
        let settings = OpenAiSettings {
            url: self.url(&base_url, problems),
            headers: self.headers(problems),
            names_model: self.model_in_body,
        };
        (Provider::OpenAi(settings), base_url)
    }

    fn url(&self, base_url: &str, problems: &mut Problems) -> Url {
        // The base alone first: with the path behind it, an address without a host would take that for one.
        let url = Url::parse(base_url).and_then(|_| Url::parse(&format!("{base_url}/chat/completions")));
        let has_host = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        if base_url.is_empty() {
            problems.add(
                "llm.base_url",
                "is missing: give what stands before /chat/completions, as in http://host/v1",
            );
        } else if base_url.contains('@') {
            problems.add("llm.base_url", "holds credentials; addresses are logged, so give llm.api_key");
        } else if base_url.ends_with("/chat/completions") {
            problems.add("llm.base_url", "ends before /chat/completions: leave that out");
        } else if base_url.contains(['?', '#']) {
            problems
                .add("llm.base_url", "has a query: give that as llm.query, as in \"api-version=2024-10-21\"");
        } else if !url.as_ref().is_ok_and(has_host) {
            problems.add("llm.base_url", format_args!("{base_url:?} is not an http or https address"));
        }
        // After a problem any address will do: nothing is asked.
        let mut url = url.ok().filter(has_host).unwrap_or_else(placeholder);
        url.set_query(self.query(problems));
        url
    }

    /// The query, checked.
    fn query(&self, problems: &mut Problems) -> Option<&str> {
        let query = self
            .query
            .as_deref()
            .map(|query| query.trim_start_matches('?'))
            .filter(|query| !query.is_empty())?;
        if query.contains([' ', '#', '?']) {
            problems.add("llm.query", "is not a query, as in \"api-version=2024-10-21\"");
        }
        Some(query)
    }

    /// The key and the extra headers.
    fn headers(&self, problems: &mut Problems) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut add = |key: &str, name: &str, value: &str| match (
            HeaderName::try_from(name.trim()),
            HeaderValue::from_str(value.trim()),
        ) {
            (Ok(name), Ok(mut value)) => {
                value.set_sensitive(true);
                headers.append(name, value);
            }
            (Err(_), _) => problems.add(key, format_args!("{:?} is not the name of a header", name.trim())),
            (_, Err(_)) => problems.add(key, "its value has characters that no header takes"),
        };
        if let Some(api_key) = &self.api_key {
            add("llm.api_key_header", &self.api_key_header, &key_header(&self.api_key_header, api_key));
        }
        let mut unread = 0;
        for header in &self.headers {
            match header.expose().split_once(':') {
                Some((name, value)) => add("llm.headers", name, value),
                None => unread += 1,
            }
        }
        if unread > 0 {
            problems.add("llm.headers", "is a list of \"Name: value\"; an entry has no colon");
        }
        headers
    }

    /// SAP AI Core, and the name that it has by default.
    fn sap_ai_core(&self, surroundings: Surroundings, problems: &mut Problems) -> (Provider, String) {
        let given = [
            ("llm.base_url", !self.base_url.is_empty()),
            ("llm.api_key", self.api_key.is_some()),
            ("llm.headers", !self.headers.is_empty()),
        ];
        for (key, _) in given.iter().filter(|(_, given)| *given) {
            problems.add(
                key,
                "has no use with llm.provider \"sap-ai-core\", whose service key says it: leave it out",
            );
        }
        let section = &self.sap_ai_core;
        let configured = section.resource_group.as_deref();
        let resource_group =
            configured.or_else(|| surroundings.resource_group()).unwrap_or(DEFAULT_RESOURCE_GROUP);
        if !is_resource_group(resource_group) {
            problems.add(
                "llm.sap_ai_core.resource_group",
                format_args!("(or AICORE_RESOURCE_GROUP) {resource_group:?} is no resource group: letters, digits, `.` and `-`"),
            );
        }
        let host = match surroundings.credentials() {
            Ok(credentials) => credentials.api_url.host_str().unwrap_or_default().to_owned(),
            Err(error) => {
                problems.add("llm.provider", error);
                String::new()
            }
        };
        let settings = SapAiCoreSettings {
            api: section.api,
            resource_group: resource_group.to_owned(),
            model_version: section.model_version.clone(),
            query: self.query(problems).unwrap_or(DEFAULT_QUERY).to_owned(),
            surroundings,
        };
        let name = format!("{host}/{}", settings.resource_group);
        (Provider::SapAiCore(settings), name)
    }

    fn parameters(&self) -> Parameters {
        let model = self.model.to_lowercase();
        let reasons = REASONING_MODELS.iter().any(|name| model.starts_with(name));
        let reply_tokens = match self.reply_tokens_parameter {
            ReplyTokensParameter::Auto if reasons => Parameters::MAX_COMPLETION_TOKENS,
            ReplyTokensParameter::MaxCompletionTokens => Parameters::MAX_COMPLETION_TOKENS,
            ReplyTokensParameter::Auto | ReplyTokensParameter::MaxTokens => Parameters::MAX_TOKENS,
        };
        let is_temperature_zero = match self.temperature {
            Temperature::Auto => !reasons,
            Temperature::Zero => true,
            Temperature::Unset => false,
        };
        Parameters { reply_tokens, is_temperature_zero }
    }

    fn timeouts(&self, problems: &mut Problems) -> Timeouts {
        let whole = problems.within("llm.timeout_seconds", self.timeout_seconds, 1..=3_600);
        let mut seconds =
            |key: &str, seconds: u64| Duration::from_secs(problems.within(key, seconds, 1..=3_600));
        Timeouts {
            connect: seconds("llm.connect_timeout_seconds", self.connect_timeout_seconds),
            whole: Duration::from_secs(whole),
            idle: seconds("llm.idle_timeout_seconds", self.idle_timeout_seconds),
        }
    }
}

/// Letters, digits, dots and dashes, as SAP AI Core takes them.
fn is_resource_group(name: &str) -> bool {
    let ends_well = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    (3..=253).contains(&name.len())
        && name.bytes().all(is_plain)
        && ends_well(name.bytes().next())
        && ends_well(name.bytes().last())
}

/// An address for the settings of a configuration that is refused anyway.
fn placeholder() -> Url {
    #[expect(clippy::expect_used, reason = "a constant address that parses")]
    Url::parse("http://localhost/").expect("a constant address")
}

#[cfg(test)]
mod tests;
