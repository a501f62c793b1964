//! SAP AI Core: where a call goes (a deployment found by the model's name) and what proves who is calling (a token).
//!
//! [`client`](super::client) asks for an [`Aim`] before each call. Token and deployment are fetched when they are first
//! needed and kept; the token is renewed before it expires, both are forgotten when a call shows that they are useless.

pub mod credentials;
mod deployments;
mod service_bindings;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::classify::{Asked, LlmError};
use super::fetched::Fetched;
use super::settings::LlmSettings;
use super::target::{Shape, Target};
use credentials::Surroundings;
use deployments::{Deployment, Wanted};
use tokens::{Token, TokenService};

/// The header that names the resource group.
const RESOURCE_GROUP: HeaderName = HeaderName::from_static("ai-resource-group");

/// Where service bindings are mounted, beside `$SERVICE_BINDING_ROOT`; the chart mounts its binding in the first.
pub const BINDING_FOLDERS: [&str; 2] = ["/etc/secrets/sapbtp/aicore", "/etc/secrets/sapcp/aicore"];

/// The resource group where none is named.
pub const DEFAULT_RESOURCE_GROUP: &str = "default";

/// The version of Azure's API that is spoken to foundation-model deployments.
pub const DEFAULT_QUERY: &str = "api-version=2024-10-21";

/// How long a token or the list of deployments may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(30);

/// How SAP AI Core is reached.
#[derive(Debug, Clone)]
pub struct SapAiCoreSettings {
    /// Where credentials are looked for, each time anew.
    pub surroundings: Surroundings,
    /// Which of its APIs is asked.
    pub api: Api,
    /// The resource group that the deployments belong to.
    pub resource_group: String,
    /// The model's version, where not just any will do.
    pub model_version: Option<String>,
    /// The query of calls to foundation-model deployments.
    pub query: String,
}

impl Default for SapAiCoreSettings {
    fn default() -> Self {
        Self {
            surroundings: Surroundings::default(),
            api: Api::Auto,
            resource_group: DEFAULT_RESOURCE_GROUP.to_owned(),
            model_version: None,
            query: DEFAULT_QUERY.to_owned(),
        }
    }
}

/// Which of SAP AI Core's APIs is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// A running foundation-model deployment of the model that speaks OpenAI's language, else orchestration.
    #[default]
    Auto,
    /// A foundation-model deployment, or nothing.
    FoundationModel,
    /// Orchestration, or nothing.
    Orchestration,
}

/// SAP AI Core as one worker sees it.
#[derive(Debug)]
pub(super) struct SapAiCore {
    settings: SapAiCoreSettings,
    client: reqwest::Client,
    wanted: Wanted,
    token_service: TokenService,
    token: Fetched<Token>,
    deployment: Fetched<Deployment>,
}

/// Where one call goes, and what of it may turn out to be useless.
#[derive(Debug)]
pub(super) struct Aim {
    pub(super) target: Target,
    token: Arc<Token>,
    deployment: Arc<Deployment>,
}

impl SapAiCore {
    pub(super) fn new(settings: SapAiCoreSettings, llm: &LlmSettings, client: reqwest::Client) -> Self {
        Self {
            wanted: Wanted {
                model: llm.model.clone(),
                version: settings.model_version.clone(),
                resource_group: settings.resource_group.clone(),
                api: settings.api,
            },
            token_service: TokenService::new(settings.surroundings.clone(), llm.clone(), client.clone()),
            settings,
            client,
            token: Fetched::nothing(),
            deployment: Fetched::nothing(),
        }
    }

    /// Where the next call goes.
    pub(super) async fn aim(&self) -> Result<Aim, LlmError> {
        let mut token = self.token().await?;
        let deployment = match self.deployment(&token).await {
            // As with calls: a token that was kept may have been revoked meanwhile.
            Err(error) if error.is_unauthorised() => {
                self.token.forget(&token);
                token = self.token().await?;
                self.deployment(&token).await?
            }
            other => other?,
        };
        Ok(Aim { target: self.target(&token, &deployment)?, token, deployment })
    }

    /// The token of this call is useless.
    pub(super) fn forget_token(&self, aim: &Aim) {
        self.token.forget(&aim.token);
    }

    /// The deployment of this call is gone.
    pub(super) fn forget_deployment(&self, aim: &Aim) {
        self.deployment.forget(&aim.deployment);
    }

    async fn token(&self) -> Result<Arc<Token>, LlmError> {
        if let Some(token) = self.token.current().filter(|token| token.is_to_be_renewed()) {
            match self.token.renew(|| self.token_service.fetch()).await {
                Some(Ok(renewed)) => return Ok(renewed),
                // The old one is good for a while yet, and the next call tries again.
                Some(Err(error)) => {
                    tracing::warn!(error = crate::error::chain(&error), "the token can't be renewed yet");
                    token.put_renewal_off();
                }
                None => {}
            }
        }
        self.token.get(Token::is_good, || self.token_service.fetch()).await
    }

    async fn deployment(&self, token: &Token) -> Result<Arc<Deployment>, LlmError> {
        let headers = self.headers(token)?;
        let find = || deployments::find(&self.client, &token.api_url, headers, &self.wanted);
        self.deployment.get(|_| true, find).await
    }

    fn target(&self, token: &Token, deployment: &Deployment) -> Result<Target, LlmError> {
        let (path, query, shape) = match deployment {
            Deployment::FoundationModel { id } => {
                let shape = Shape::ChatCompletions { names_model: false };
                (format!("inference/deployments/{id}/chat/completions"), Some(&self.settings.query), shape)
            }
            Deployment::Orchestration { id } => {
                (format!("inference/deployments/{id}/v2/completion"), None, Shape::Orchestration)
            }
        };
        let mut url = below(&token.api_url, &path);
        url.set_query(query.map(String::as_str));
        Ok(Target { url, headers: self.headers(token)?, shape, asked: Asked::SapAiCore })
    }

    fn headers(&self, token: &Token) -> Result<HeaderMap, LlmError> {
        let group = HeaderValue::from_str(&self.settings.resource_group);
        let group =
            group.map_err(|_| misconfigured("the resource group has characters that no header takes"))?;
        Ok(HeaderMap::from_iter([(AUTHORIZATION, token.authorization.clone()), (RESOURCE_GROUP, group)]))
    }
}

/// An address below another: `path` has no leading slash.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let base_path = base.path().trim_end_matches('/');
    url.set_path(&format!("{base_path}/{path}"));
    url
}

fn misconfigured(problem: &str) -> LlmError {
    LlmError::Credentials(credentials::CredentialsError::Unusable {
        place: "configuration".to_owned(),
        problem: problem.to_owned(),
    })
}
