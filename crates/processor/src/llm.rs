//! The one port to a language model: a request in, a reply or a classified error out.
//!
//! Called by `ask`. Providers differ in where a call goes and what proves who is calling ([`target`]), not in how it
//! is made ([`client`]). A permit is held exactly while a call is on the wire, never while somebody waits to try again.

mod body;
pub mod breaker;
pub mod classify;
pub mod client;
mod fetched;
mod openai;
mod orchestration;
pub mod quota;
pub mod sap_ai_core;
mod sent_back;
pub mod settings;
mod suspects;
mod target;
mod traced;

use std::fmt;

use docmill_extraction::Prompt;
use docmill_pdf::PageImage;
use serde::{Deserialize, Serialize};

pub use classify::{LlmError, Treatment};
pub use client::Llm;

/// An image of a page. Its `Debug` shows the size alone: logs carry nothing of a document.
#[derive(Clone, PartialEq, Eq)]
pub struct Image(pub PageImage);

impl fmt::Debug for Image {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Image({:?}, {} bytes)", self.0.format, self.0.bytes.len())
    }
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The conversation, and the format that is asked for.
    pub prompt: Prompt,
    /// Images of pages; they go with the question.
    pub images: Vec<Image>,
    /// The most tokens the reply may have.
    pub reply_tokens_max: u32,
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The text.
    pub text: String,
    /// Whether the endpoint says that the text was cut off.
    pub is_truncated: bool,
    /// The model, as the endpoint names it.
    pub model: String,
    /// Tokens sent.
    pub prompt_tokens: u64,
    /// Tokens received.
    pub completion_tokens: u64,
}

/// What shapes every reply of an endpoint, beside the request: part of the key under which replies are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndpointIdentity {
    /// The kind of endpoint.
    pub provider: String,
    /// Which endpoint.
    pub endpoint: String,
    /// The model that is asked for.
    pub model: String,
    /// The model's version, where one is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_version: Option<String>,
    /// How the model picks its words, where that isn't at temperature 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<String>,
}
