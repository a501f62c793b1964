//! Section `llm`: how the model is reached, what it can do, how much of it a document may use, and what it costs.
//!
//! Where calls go is in [`endpoint`]: the keys of either provider.

mod endpoint;

use docmill_chassis::config::{Problems, Secret};
use docmill_extraction::SchemaLevel;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::quota::QuotaSection;
use crate::ask::AskSettings;
use crate::tally::Prices;

use endpoint::{ProviderKind, ReplyTokensParameter, SapAiCoreSection, Temperature};

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
    provider: ProviderKind,
    base_url: String,
    endpoint_name: Option<String>,
    api_key: Option<Secret>,
    api_key_header: String,
    query: Option<String>,
    headers: Vec<Secret>,
    model: String,
    model_in_body: bool,
    reply_tokens_parameter: ReplyTokensParameter,
    temperature: Temperature,
    ca_file: Option<std::path::PathBuf>,
    schema_support: SchemaSupport,
    pub(super) vision: bool,
    timeout_seconds: u64,
    connect_timeout_seconds: u64,
    idle_timeout_seconds: u64,
    calls_at_once_max: Option<usize>,
    pub(super) reply_tokens_max: u32,
    pub(super) chunk_tokens_max: usize,
    document_tokens_max: u64,
    document_cost_max: Option<String>,
    collection_cost_max: Option<String>,
    prompt_price: Option<String>,
    completion_price: Option<String>,
    price_currency: String,
    sap_ai_core: SapAiCoreSection,
    pub(super) quota: QuotaSection,
}

impl Default for LlmSection {
    fn default() -> Self {
        Self {
            provider: ProviderKind::OpenAi,
            base_url: String::new(),
            endpoint_name: None,
            api_key: None,
            api_key_header: "authorization".to_owned(),
            query: None,
            headers: Vec::new(),
            model: String::new(),
            model_in_body: true,
            reply_tokens_parameter: ReplyTokensParameter::Auto,
            temperature: Temperature::Auto,
            ca_file: None,
            schema_support: SchemaSupport::JsonSchema,
            vision: false,
            timeout_seconds: 120,
            connect_timeout_seconds: 10,
            idle_timeout_seconds: 60,
            calls_at_once_max: None,
            reply_tokens_max: 16_384,
            chunk_tokens_max: 6_000,
            document_tokens_max: 2_000_000,
            document_cost_max: None,
            collection_cost_max: None,
            prompt_price: None,
            completion_price: None,
            price_currency: "USD".to_owned(),
            sap_ai_core: SapAiCoreSection::default(),
            quota: QuotaSection::default(),
        }
    }
}

impl LlmSection {
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
            document_cost_max: self.cost_max(
                "llm.document_cost_max",
                self.document_cost_max.as_deref(),
                problems,
            ),
            collection_cost_max: self.cost_max(
                "llm.collection_cost_max",
                self.collection_cost_max.as_deref(),
                problems,
            ),
            prices: self.prices(problems),
        }
    }

    /// What a document or a collection may cost. Without prices nobody could tell what it does cost.
    fn cost_max(&self, key: &str, text: Option<&str>, problems: &mut Problems) -> Option<Decimal> {
        let text = text?;
        if self.prompt_price.is_none() && self.completion_price.is_none() {
            problems.add(key, "needs prices: give llm.prompt_price and llm.completion_price");
        }
        let cost = text.parse().ok().filter(|cost: &Decimal| *cost > Decimal::ZERO);
        if cost.is_none() {
            problems.add(key, format_args!("{text:?} is not an amount, as in \"0.50\""));
        }
        cost
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
