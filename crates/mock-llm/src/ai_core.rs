//! The front that SAP AI Core shows: tokens, the list of deployments, and calls to a deployment.
//!
//! Served beside the OpenAI-compatible paths by [`server`](crate::server); behind it the same answers are given. It is
//! as strict as the real one about who may call what, so that a client that gets something wrong is told.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::stats::AiCoreCounts;

/// Tokens that are remembered; far more than a test has workers.
const TOKENS_MAX: usize = 10_000;

/// How SAP AI Core's front behaves: the command line, and the body of `POST /control/ai-core`, where what isn't named
/// is as it is by default.
#[derive(Debug, Clone, PartialEq, Eq, Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AiCore {
    /// SAP AI Core: the client id that `/oauth/token` takes
    #[arg(long, default_value = AiCore::CLIENT_ID, value_name = "TEXT")]
    pub client_id: String,
    /// The client secret that `/oauth/token` takes (`POST /control/ai-core` and tests only: no program takes a secret as
    /// an argument, and a mock is no example of the contrary); empty where a certificate is the proof, which a proxy
    /// checks.
    #[arg(skip = AiCore::CLIENT_SECRET)]
    pub client_secret: String,
    /// SAP AI Core: how long a token lasts
    #[arg(long, default_value_t = AiCore::TOKEN_SECONDS, value_name = "N")]
    pub token_seconds: u64,
    /// SAP AI Core: answer `/oauth/token` with this status
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(400..600))]
    pub token_status: Option<u16>,
    /// SAP AI Core: the resource group that the deployments belong to
    #[arg(long, default_value = AiCore::RESOURCE_GROUP, value_name = "NAME")]
    pub resource_group: String,
    /// SAP AI Core: give orchestration's errors as a list, as it does where several configurations are tried
    #[arg(long)]
    pub error_lists: bool,
    /// The deployments (`POST /control/ai-core` and tests only); by default one of the model `mock-llm` and one of
    /// orchestration.
    #[arg(skip = AiCore::default_deployments())]
    pub deployments: Vec<Deployment>,
}

/// A deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Its id, part of its address.
    pub id: String,
    /// The foundation model in Azure-OpenAI's shape; none for orchestration.
    #[serde(default)]
    pub model: Option<String>,
    /// Whether it is `RUNNING`; else `STOPPED`, listed where somebody asks for all, and answering nobody.
    #[serde(default = "running")]
    pub running: bool,
}

fn running() -> bool {
    true
}

impl AiCore {
    /// As real ones look: with characters that must be encoded.
    const CLIENT_ID: &str = "sb-mock!b1|aicore!b2";
    const CLIENT_SECRET: &str = "mock$secret+&=%";
    const TOKEN_SECONDS: u64 = 43_200;
    const RESOURCE_GROUP: &str = "default";

    fn default_deployments() -> Vec<Deployment> {
        let running = true;
        vec![
            Deployment { id: "dmockmodel".to_owned(), model: Some(crate::chat::MODEL.to_owned()), running },
            Deployment { id: "dmockorchestration".to_owned(), model: None, running },
        ]
    }

    /// The service key for a front at this address (`http://host:port`).
    pub fn service_key(&self, address: &str) -> Value {
        json!({
            "clientid": self.client_id,
            "clientsecret": self.client_secret,
            "url": address,
            "identityzone": "mock",
            "identityzoneid": "mock",
            "appname": self.client_id,
            "serviceurls": {"AI_API_URL": address},
        })
    }
}

impl Default for AiCore {
    fn default() -> Self {
        Self {
            client_id: Self::CLIENT_ID.to_owned(),
            client_secret: Self::CLIENT_SECRET.to_owned(),
            token_seconds: Self::TOKEN_SECONDS,
            token_status: None,
            resource_group: Self::RESOURCE_GROUP.to_owned(),
            error_lists: false,
            deployments: Self::default_deployments(),
        }
    }
}

/// The front: how it behaves, and the tokens it has given.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) settings: AiCore,
    tokens: HashMap<String, Instant>,
    given: u64,
}

/// A refusal: its status, and its body where that is JSON, else its text.
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// A text body, as the gateway in front of SAP AI Core writes them.
fn refuse(status: u16, text: &str) -> Refusal {
    Refusal { status, body: Value::from(text) }
}

impl Front {
    pub(crate) fn new(settings: AiCore) -> Self {
        Self { settings, tokens: HashMap::new(), given: 0 }
    }

    /// Refuses every token given so far.
    pub(crate) fn revoke_tokens(&mut self) {
        self.tokens.clear();
    }

    /// `POST /oauth/token`.
    pub(crate) fn give_token(
        &mut self,
        form: &str,
        now: Instant,
        counts: &mut AiCoreCounts,
    ) -> Result<Value, Refusal> {
        counts.token_requests += 1;
        let result = self.try_to_give_token(form, now);
        if result.is_ok() {
            counts.tokens_given += 1;
        }
        result
    }

    fn try_to_give_token(&mut self, form: &str, now: Instant) -> Result<Value, Refusal> {
        let oauth = |status, error: &str, description: &str| {
            Err(Refusal { status, body: json!({"error": error, "error_description": description}) })
        };
        if let Some(status) = self.settings.token_status {
            return oauth(status, "server_error", "mock-llm was told so");
        }
        let form = decoded(form);
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        if field("grant_type") != "client_credentials" {
            return oauth(400, "unsupported_grant_type", "the grant type is client_credentials");
        }
        if field("client_id") != self.settings.client_id
            || field("client_secret") != self.settings.client_secret
        {
            return oauth(401, "invalid_client", "Bad credentials");
        }
        self.tokens.retain(|_, expires_at| *expires_at > now);
        if self.tokens.len() >= TOKENS_MAX {
            self.tokens.clear();
        }
        self.given += 1;
        let token = format!("mock-token-{}", self.given);
        self.tokens.insert(token.clone(), now + Duration::from_secs(self.settings.token_seconds));
        Ok(json!({
            "access_token": token,
            "token_type": "bearer",
            "expires_in": self.settings.token_seconds,
            "scope": "uaa.resource",
            "jti": token,
        }))
    }

    /// Whether a call may pass: a token that is good, and the right resource group.
    pub(crate) fn admit(
        &self,
        headers: &HeaderMap,
        now: Instant,
        counts: &mut AiCoreCounts,
    ) -> Result<(), Refusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let token = text("authorization").and_then(|text| text.strip_prefix("Bearer "));
        let refused = match token.map(|token| self.tokens.get(token)) {
            Some(Some(expires_at)) if *expires_at > now => {
                if text("ai-resource-group") == Some(self.settings.resource_group.as_str()) {
                    return Ok(());
                }
                return Err(refuse(403, "RBAC: access denied"));
            }
            Some(Some(_)) => refuse(401, "Jwt is expired"),
            Some(None) => refuse(401, "Jwt verification fails"),
            None => refuse(401, "Jwt is missing"),
        };
        counts.unauthorised += 1;
        Err(refused)
    }

    /// `GET /v2/lm/deployments`.
    pub(crate) fn list(&self, query: &str, counts: &mut AiCoreCounts) -> Value {
        counts.lists += 1;
        let query = decoded(query);
        let asked = |name: &str, value: &str| query.get(name).is_none_or(|asked| asked == value);
        let number = |name: &str, default| query.get(name).and_then(|n| n.parse().ok()).unwrap_or(default);
        let all: Vec<Value> = self
            .settings
            .deployments
            .iter()
            .map(|deployment| self.listed(deployment))
            .filter(|listed| {
                let says = |name: &str| listed[name].as_str().unwrap_or_default();
                asked("scenarioId", says("scenarioId"))
                    && asked("executableIds", says("executableId"))
                    && asked("status", says("status"))
            })
            .collect();
        let page = all.iter().skip(number("$skip", 0)).take(number("$top", 10_000));
        json!({"count": all.len(), "resources": page.collect::<Vec<_>>()})
    }

    fn listed(&self, deployment: &Deployment) -> Value {
        let (scenario, executable, configuration) = match &deployment.model {
            Some(model) => ("foundation-models", "azure-openai", model.as_str()),
            None => ("orchestration", "orchestration", "defaultOrchestrationConfig"),
        };
        let status = if deployment.running { "RUNNING" } else { "STOPPED" };
        let model = deployment.model.as_ref().map(|model| json!({"name": model, "version": "latest"}));
        json!({
            "id": deployment.id,
            "deploymentUrl": format!("https://mock.invalid/v2/inference/deployments/{}", deployment.id),
            "configurationId": format!("c-{}", deployment.id),
            "configurationName": configuration,
            "executableId": executable,
            "scenarioId": scenario,
            "status": status,
            "targetStatus": status,
            "details": {"scaling": {}, "resources": {"backendDetails": {"model": model}}},
        })
    }

    /// The running deployment that a call names, if it is of the kind that the path speaks to.
    pub(crate) fn deployment(
        &self,
        id: &str,
        is_orchestration: bool,
        counts: &mut AiCoreCounts,
    ) -> Result<(), Refusal> {
        let found = self.settings.deployments.iter().any(|deployment| {
            deployment.id == id && deployment.running && deployment.model.is_none() == is_orchestration
        });
        if found {
            let calls =
                if is_orchestration { &mut counts.orchestration_calls } else { &mut counts.model_calls };
            *calls += 1;
            return Ok(());
        }
        counts.lost_calls += 1;
        let message = format!("Deployment {id} not found");
        let error =
            json!({"code": "01470404", "message": message, "requestId": "mock", "target": "/v2/inference"});
        Err(Refusal { status: 404, body: json!({"error": error}) })
    }
}

/// The pairs of a form or a query, decoded.
fn decoded(text: &str) -> HashMap<String, String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (unescaped(name), unescaped(value))).collect()
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte = escaped.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match byte {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let found = decoded("a=1&b=x%21%7c+%2B%&c=&%24top=5");
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(found.get(name).map(String::as_str), expected, "{name}");
        };
        check("a", Some("1"));
        check("b", Some("x!| +%"));
        check("c", Some(""));
        check("$top", Some("5"));
        check("d", None);
    }
}
