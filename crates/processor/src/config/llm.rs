//! Section `llm`: the endpoint, what it can do, how much of it a document may use, and what it costs.

use std::time::Duration;

use docmill_chassis::config::{Problems, Secret};
use docmill_extraction::SchemaLevel;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::quota::QuotaSection;
use crate::ask::AskSettings;
use crate::llm::openai::OpenAiSettings;
use crate::tally::Prices;

/// Which kind of endpoint is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Provider {
    /// Any OpenAI-compatible endpoint.
    #[default]
    #[serde(rename = "openai")]
    OpenAi,
}

/// What the endpoint can do with a schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SchemaSupport {
    /// `response_format: json_schema`.
    #[default]
    JsonSchema,
    /// `response_format: json_object`.
    JsonObject,
    /// Neither: the schema goes into the prompt.
    Prompt,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LlmSection {
    provider: Provider,
    base_url: String,
    endpoint_name: Option<String>,
    api_key: Option<Secret>,
    model: String,
    schema_support: SchemaSupport,
    pub(super) vision: bool,
    pub(super) timeout_seconds: u64,
    calls_at_once_max: Option<usize>,
    pub(super) reply_tokens_max: u32,
    pub(super) chunk_tokens_max: usize,
    document_tokens_max: u64,
    prompt_price: Option<String>,
    completion_price: Option<String>,
    price_currency: String,
    pub(super) quota: QuotaSection,
}

impl Default for LlmSection {
    fn default() -> Self {
        Self {
            provider: Provider::OpenAi,
            base_url: String::new(),
            endpoint_name: None,
            api_key: None,
            model: String::new(),
            schema_support: SchemaSupport::JsonSchema,
            vision: false,
            timeout_seconds: 120,
            calls_at_once_max: None,
            reply_tokens_max: 16_384,
            chunk_tokens_max: 6_000,
            document_tokens_max: 2_000_000,
            prompt_price: None,
            completion_price: None,
            price_currency: "USD".to_owned(),
            quota: QuotaSection::default(),
        }
    }
}

impl LlmSection {
    /// How the endpoint is reached.
    pub(super) fn endpoint(
        self,
        timeout: Duration,
        concurrency: usize,
        problems: &mut Problems,
    ) -> OpenAiSettings {
        let Provider::OpenAi = self.provider;
        let base_url = self.base_url.trim_end_matches('/').to_owned();
        if base_url.is_empty() {
            problems.add(
                "llm.base_url",
                "is missing: give what stands before /chat/completions, as in http://host/v1",
            );
        } else if !(base_url.starts_with("http://") || base_url.starts_with("https://")) {
            problems.add("llm.base_url", format_args!("{base_url:?} is not an http or https address"));
        } else if base_url.ends_with("/chat/completions") {
            problems.add("llm.base_url", "ends before /chat/completions: leave that out");
        } else if base_url.contains('@') {
            problems.add("llm.base_url", "holds credentials; addresses are logged, so give llm.api_key");
        }
        if self.model.is_empty() {
            problems.add("llm.model", "is missing: name the model, as the endpoint does");
        }
        let calls_at_once_max = self.calls_at_once_max.unwrap_or(concurrency);
        OpenAiSettings {
            endpoint_name: self.endpoint_name.unwrap_or_else(|| base_url.clone()),
            base_url,
            api_key: self.api_key,
            model: self.model,
            timeout,
            calls_at_once_max: problems.within("llm.calls_at_once_max", calls_at_once_max, 1..=4_096),
        }
    }

    /// How asking is bounded.
    pub(super) fn ask(&self, problems: &mut Problems) -> AskSettings {
        AskSettings {
            schema_level: match self.schema_support {
                SchemaSupport::JsonSchema => SchemaLevel::JsonSchema,
                SchemaSupport::JsonObject => SchemaLevel::JsonObject,
                SchemaSupport::Prompt => SchemaLevel::Prompt,
            },
            reply_tokens_max: problems.within("llm.reply_tokens_max", self.reply_tokens_max, 16..=1_000_000),
            document_tokens_max: problems.within(
                "llm.document_tokens_max",
                self.document_tokens_max,
                1..=u64::MAX,
            ),
        }
    }

    /// What tokens cost, where prices are given.
    pub(super) fn prices(&self, problems: &mut Problems) -> Option<Prices> {
        let mut price = |key: &str, text: &str| -> Decimal {
            text.parse().unwrap_or_else(|_| {
                problems.add(key, format_args!("{text:?} is not a price per million tokens, as in \"0.15\""));
                Decimal::ZERO
            })
        };
        match (&self.prompt_price, &self.completion_price) {
            (None, None) => None,
            (Some(prompt), Some(completion)) => Some(Prices {
                currency: self.price_currency.clone(),
                prompt: price("llm.prompt_price", prompt),
                completion: price("llm.completion_price", completion),
            }),
            (Some(_), None) | (None, Some(_)) => {
                problems
                    .add("llm.prompt_price", "and llm.completion_price belong together: give both or none");
                None
            }
        }
    }
}
