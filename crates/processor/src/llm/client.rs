//! One call to a model, whichever provider is configured: a question on the wire, a reply or a classified error back.
//!
//! Called by `ask` for each attempt. It never tries again by itself, with one exception: where a token or a deployment
//! that was kept has become useless meanwhile (401, 404), it is renewed and the call made once more.

use std::time::SystemTime;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::sync::Semaphore;
use tracing::Instrument as _;

use super::classify::LlmError;
use super::sap_ai_core::{Aim, SapAiCore};
use super::sent_back::without_secrets;
use super::settings::{LlmSettings, Provider};
use super::suspects::Suspects;
use super::target::Target;
use super::{EndpointIdentity, Reply, Request, body, traced};

/// How long a connection that nobody uses is kept: less than the minute after which many load balancers cut it.
const IDLE_CONNECTION_MAX: std::time::Duration = std::time::Duration::from_secs(50);

/// A language model.
#[derive(Debug)]
pub struct Llm {
    client: reqwest::Client,
    permits: Semaphore,
    settings: LlmSettings,
    endpoint: Endpoint,
    suspects: Suspects,
}

/// What says where a call goes.
#[derive(Debug)]
enum Endpoint {
    /// The configuration.
    Configured(Target),
    /// SAP AI Core's deployments.
    SapAiCore(Box<SapAiCore>),
}

/// A response, read.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// What has been renewed for a call; each once.
#[derive(Default)]
struct Renewed {
    token: bool,
    deployment: bool,
}

impl Llm {
    /// A client that keeps its connections.
    ///
    /// # Errors
    /// Where no TLS can be set up, or an authority's certificate can't be read.
    pub fn new(settings: LlmSettings) -> Result<Self, reqwest::Error> {
        for host in settings.hosts_in_clear() {
            tracing::warn!(
                host,
                "the key and every document's text go to the LLM endpoint unencrypted: use https, unless nobody else is \
                 on the way"
            );
        }
        let client = http_client(&settings)?.build()?;
        let endpoint = match &settings.provider {
            Provider::OpenAi(openai) => Endpoint::Configured(Target::configured(openai)),
            Provider::SapAiCore(ai_core) => {
                Endpoint::SapAiCore(Box::new(SapAiCore::new(ai_core.clone(), &settings, client.clone())))
            }
        };
        let permits = Semaphore::new(settings.calls_at_once_max);
        Ok(Self { client, permits, settings, endpoint, suspects: Suspects::default() })
    }

    /// What shapes this endpoint's replies.
    pub fn identity(&self) -> EndpointIdentity {
        let provider = match self.settings.provider {
            Provider::OpenAi(_) => "openai",
            Provider::SapAiCore(_) => "sap-ai-core",
        };
        EndpointIdentity {
            provider: provider.to_owned(),
            endpoint: self.settings.endpoint_name.clone(),
            model: self.settings.model.clone(),
            model_version: self.settings.model_version().map(str::to_owned),
            temperature: (!self.settings.parameters.is_temperature_zero).then(|| "unset".to_owned()),
        }
    }

    /// One call.
    ///
    /// # Errors
    /// [`LlmError`]; [`LlmError::treatment`] says what follows.
    pub async fn complete(&self, request: &Request) -> Result<Reply, LlmError> {
        let span = traced::span(&self.identity(), request, self.server());
        let asked = async {
            match &self.endpoint {
                Endpoint::Configured(target) => self.ask(target, request).await,
                Endpoint::SapAiCore(ai_core) => self.ask_ai_core(ai_core, request).await,
            }
        };
        let result = asked.instrument(span.clone()).await;
        traced::ended(&span, result.as_ref());
        self.suspects.judge(request, result.map_err(|error| error.without_quotations(request)))
    }

    /// The server, where the configuration says which.
    fn server(&self) -> Option<&str> {
        match &self.endpoint {
            Endpoint::Configured(target) => target.url.host_str(),
            Endpoint::SapAiCore(_) => None,
        }
    }

    async fn ask(&self, target: &Target, request: &Request) -> Result<Reply, LlmError> {
        let answer = self.send(target, request).await?;
        self.read(target, &answer)
    }

    async fn ask_ai_core(&self, ai_core: &SapAiCore, request: &Request) -> Result<Reply, LlmError> {
        let mut renewed = Renewed::default();
        loop {
            let aim: Aim = ai_core.aim().await?;
            let answer = self.send(&aim.target, request).await?;
            match answer.status {
                StatusCode::UNAUTHORIZED if !renewed.token => {
                    ai_core.forget_token(&aim);
                    renewed.token = true;
                }
                StatusCode::NOT_FOUND if !renewed.deployment => {
                    ai_core.forget_deployment(&aim);
                    renewed.deployment = true;
                }
                _ => return self.read(&aim.target, &answer),
            }
        }
    }

    /// A question and its answer on the wire; the permit is held for just that.
    async fn send(&self, target: &Target, request: &Request) -> Result<Answer, LlmError> {
        let call = {
            // Its tree is several times as large as its text, and gone before the model begins to think.
            let question = target.question(request, &self.settings);
            self.client.post(target.url.clone()).headers(target.headers.clone()).json(&question)
        };
        // The semaphore is never closed, so this waits and can't fail.
        let _permit = self.permits.acquire().await;
        let whole = self.settings.timeouts.whole;
        let exchange = async {
            let response =
                call.send().await.map_err(|source| LlmError::of_transport(target.asked, whole, source))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = body::read(response, self.settings.timeouts.idle).await;
            let body = body.map_err(|source| LlmError::Body { asked: target.asked, source })?;
            let body = without_secrets(body, &target.headers);
            Ok(Answer { status, headers, body })
        };
        // One deadline over both phases; the HTTP client's own would be told as a body that broke off.
        tokio::time::timeout(whole, exchange)
            .await
            .unwrap_or_else(|_| Err(LlmError::TimedOut { asked: target.asked, seconds: whole.as_secs() }))
    }

    fn read(&self, target: &Target, answer: &Answer) -> Result<Reply, LlmError> {
        if answer.status.is_success() {
            return target.reply(&answer.body);
        }
        let status = answer.status.as_u16();
        Err(LlmError::of_response(target.asked, status, &answer.headers, &answer.body, SystemTime::now()))
    }
}

/// A client with the settings that every connection has: to models, to token services, to lists of deployments.
/// HTTP/2 is spoken where the server offers it.
pub(super) fn http_client(settings: &LlmSettings) -> Result<reqwest::ClientBuilder, reqwest::Error> {
    let mut client = reqwest::Client::builder()
        .connect_timeout(settings.timeouts.connect)
        .pool_idle_timeout(IDLE_CONNECTION_MAX)
        .tcp_nodelay(true)
        // A redirect would carry the key and the document to an address nobody configured.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("docmill/", env!("CARGO_PKG_VERSION")));
    if let Some(pem) = &settings.authorities_pem {
        client = client.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
    }
    Ok(client)
}
