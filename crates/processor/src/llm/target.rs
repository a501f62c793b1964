//! Where one call goes: the address, the headers that prove who is calling, and the shape of question and answer.
//!
//! Made by a provider for each call; used by [`client`](super::client).

use reqwest::Url;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::classify::{Asked, LlmError};
use super::settings::{LlmSettings, OpenAiSettings};
use super::{Reply, Request, openai, orchestration};

/// Where one call goes.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) shape: Shape,
    /// Who is asked, for the words of an error.
    pub(super) asked: Asked,
}

/// The shape of question and answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// OpenAI's chat completions.
    ChatCompletions {
        /// Whether the body names the model.
        names_model: bool,
    },
    /// SAP AI Core's orchestration, version 2.
    Orchestration,
}

impl Target {
    /// An endpoint whose address is configured.
    pub(super) fn configured(settings: &OpenAiSettings) -> Self {
        Self {
            url: settings.url.clone(),
            headers: settings.headers.clone(),
            shape: Shape::ChatCompletions { names_model: settings.names_model },
            asked: Asked::Endpoint,
        }
    }

    /// The body of the question.
    pub(super) fn question(&self, request: &Request, settings: &LlmSettings) -> Value {
        match self.shape {
            Shape::ChatCompletions { names_model } => {
                let model = names_model.then_some(settings.model.as_str());
                openai::question(request, model, settings.parameters)
            }
            Shape::Orchestration => orchestration::question(request, settings),
        }
    }

    /// The reply in a body that came with a success.
    pub(super) fn reply(&self, body: &[u8]) -> Result<Reply, LlmError> {
        match self.shape {
            Shape::ChatCompletions { .. } => openai::reply(self.asked, body),
            Shape::Orchestration => orchestration::reply(self.asked, body),
        }
    }
}
