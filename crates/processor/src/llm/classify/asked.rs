//! Who was asked, and what the reader of an error is to look at.
//!
//! Part of every error that a server's answer causes; see [`LlmError`](super::LlmError).

use std::fmt;

/// Who was asked: the words of an error, and what its reader is to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The configured endpoint.
    Endpoint,
    /// A deployment of SAP AI Core.
    SapAiCore,
    /// Who gives tokens for SAP AI Core.
    TokenService,
    /// SAP AI Core's list of deployments.
    DeploymentList,
}

impl fmt::Display for Asked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Endpoint => "the LLM endpoint",
            Self::SapAiCore => "SAP AI Core",
            Self::TokenService => "SAP AI Core's token service",
            Self::DeploymentList => "SAP AI Core's list of deployments",
        })
    }
}

impl Asked {
    /// What to correct where it refuses our credentials.
    pub(super) fn credentials(self) -> &'static str {
        match self {
            Self::Endpoint => "correct `llm.api_key`",
            Self::SapAiCore | Self::DeploymentList => {
                "check that the service key is valid and the resource group (`AICORE_RESOURCE_GROUP`) is its own"
            }
            Self::TokenService => "the service key or binding is wrong or revoked: make a new one",
        }
    }

    /// What to correct where the address or a parameter is wrong.
    pub(super) fn settings(self) -> &'static str {
        match self {
            Self::Endpoint => {
                "correct `llm.base_url`, `llm.model`, or what is sent beside the question: `llm.query`, \
                 `llm.reply_tokens_parameter`, `llm.temperature`"
            }
            Self::SapAiCore => {
                "check `llm.model` and its deployment, `llm.query`, `llm.reply_tokens_parameter` and `llm.temperature`"
            }
            Self::DeploymentList | Self::TokenService => "check the addresses in the service key or binding",
        }
    }
}
