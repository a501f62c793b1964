//! The deployment that answers for a model, found by the model's name.
//!
//! Called by [`sap_ai_core`](super) when there is none, and again when the one there was is gone. Its address is made
//! of its id: the token goes to no host that a list names.

use std::time::SystemTime;

use reqwest::Url;
use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::{Api, FETCH_TIMEOUT, below};
use crate::llm::body;
use crate::llm::classify::{Asked, LlmError};

/// Deployments in one page of the list.
const PAGE: usize = 100;

/// Pages that are looked at.
const PAGES_MAX: usize = 20;

/// The configuration of the orchestration deployment that every account begins with.
const DEFAULT_ORCHESTRATION: &str = "defaultOrchestrationConfig";

/// What is looked for.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) model: String,
    pub(super) version: Option<String>,
    pub(super) resource_group: String,
    pub(super) api: Api,
}

/// A running deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deployment {
    /// Of a foundation model, in Azure-OpenAI's shape.
    FoundationModel { id: String },
    /// Of orchestration.
    Orchestration { id: String },
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    resources: Vec<Listed>,
}

/// A deployment as it is listed, as far as it is looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: String,
    status: Option<String>,
    configuration_name: Option<String>,
    details: Option<serde_json::Value>,
}

/// The deployment that is wanted.
pub(super) async fn find(
    client: &reqwest::Client,
    api_url: &Url,
    headers: HeaderMap,
    wanted: &Wanted,
) -> Result<Deployment, LlmError> {
    let looked_for = match wanted.api {
        Api::Auto => {
            "a running foundation-model deployment of it by azure-openai, then a running orchestration"
        }
        Api::FoundationModel => "a running foundation-model deployment of it by azure-openai",
        Api::Orchestration => "a running orchestration deployment",
    };
    if wanted.api != Api::Orchestration {
        let query = [("scenarioId", "foundation-models"), ("executableIds", "azure-openai")];
        let running = list(client, api_url, &headers, &query).await?;
        if let Some(found) = running.into_iter().find(|listed| listed.is_of(wanted)) {
            tracing::info!(deployment = found.id, model = wanted.model, "foundation-model deployment found");
            return Ok(Deployment::FoundationModel { id: found.id });
        }
    }
    if wanted.api != Api::FoundationModel {
        let mut running = list(client, api_url, &headers, &[("scenarioId", "orchestration")]).await?;
        let default = |listed: &Listed| listed.configuration_name.as_deref() == Some(DEFAULT_ORCHESTRATION);
        running.sort_by_key(|listed| !default(listed));
        if let Some(found) = running.into_iter().next() {
            tracing::info!(deployment = found.id, model = wanted.model, "orchestration deployment found");
            return Ok(Deployment::Orchestration { id: found.id });
        }
    }
    let version = wanted.version.as_ref().map(|version| format!(" version {version}")).unwrap_or_default();
    Err(LlmError::NoDeployment {
        model: format!("{}{version}", wanted.model),
        resource_group: wanted.resource_group.clone(),
        looked_for,
    })
}

/// All running deployments of a scenario.
async fn list(
    client: &reqwest::Client,
    api_url: &Url,
    headers: &HeaderMap,
    query: &[(&str, &str)],
) -> Result<Vec<Listed>, LlmError> {
    let mut all = Vec::new();
    for page in 0..PAGES_MAX {
        let mut url = below(api_url, "lm/deployments");
        url.query_pairs_mut()
            .extend_pairs(query)
            .append_pair("status", "RUNNING")
            .append_pair("$top", &PAGE.to_string())
            .append_pair("$skip", &(page * PAGE).to_string());
        let listed = fetch(client, url, headers.clone()).await?.resources;
        let is_last = listed.len() < PAGE;
        all.extend(listed.into_iter().filter(Listed::is_usable));
        if is_last {
            break;
        }
    }
    Ok(all)
}

async fn fetch(client: &reqwest::Client, url: Url, headers: HeaderMap) -> Result<List, LlmError> {
    let asked = Asked::DeploymentList;
    let request = client.get(url).headers(headers).timeout(FETCH_TIMEOUT);
    let response =
        request.send().await.map_err(|source| LlmError::of_transport(asked, FETCH_TIMEOUT, source))?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let is_success = response.status().is_success();
    let body = body::read(response, FETCH_TIMEOUT).await;
    let body = body.map_err(|source| LlmError::Body { asked, source })?;
    if !is_success {
        return Err(LlmError::of_response(asked, status, &headers, &body, SystemTime::now()));
    }
    serde_json::from_slice(&body).map_err(|_| LlmError::ServerFault {
        asked,
        status,
        retry_in: None,
        message: "its answer is no list of deployments".to_owned(),
    })
}

impl Listed {
    /// Whether it runs, and its id can be part of an address.
    fn is_usable(&self) -> bool {
        let is_plain =
            self.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        let runs = self.status.as_deref().is_none_or(|status| status == "RUNNING");
        runs && is_plain && !self.id.is_empty()
    }

    /// Whether it answers for the wanted model. Its details may be absent or null.
    fn is_of(&self, wanted: &Wanted) -> bool {
        let model = self.details.as_ref().and_then(|details| {
            let backend = details.pointer("/resources/backendDetails");
            backend.or_else(|| details.pointer("/resources/backend_details"))?.get("model")
        });
        let text = |name: &str| model?.get(name)?.as_str();
        let version_fits = wanted.version.as_deref().is_none_or(|version| text("version") == Some(version));
        text("name") == Some(wanted.model.as_str()) && version_fits
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn deployments_are_told_apart_by_status_id_model_and_version() {
        let check = |listed: Value, version: Option<&str>, expected: (bool, bool)| {
            let wanted = Wanted {
                model: "gpt-5".to_owned(),
                version: version.map(str::to_owned),
                resource_group: "default".to_owned(),
                api: Api::Auto,
            };
            let found: Listed = serde_json::from_value(listed.clone()).unwrap();
            assert_eq!((found.is_usable(), found.is_of(&wanted)), expected, "{listed}");
        };
        let details = |name: &str, version: &str| json!({"resources": {"backendDetails": {"model": {"name": name, "version": version}}}});
        let good = json!({"id": "d1", "status": "RUNNING", "details": details("gpt-5", "1")});
        check(good.clone(), None, (true, true));
        check(good.clone(), Some("1"), (true, true));
        check(good, Some("2"), (true, false));
        check(
            json!({"id": "d1", "status": "RUNNING", "details": details("gpt-5-mini", "1")}),
            None,
            (true, false),
        );
        check(
            json!({"id": "d1", "status": "STOPPED", "details": details("gpt-5", "1")}),
            None,
            (false, true),
        );
        check(json!({"id": "d1", "status": "RUNNING", "details": null}), None, (true, false));
        check(json!({"id": "d1"}), None, (true, false));
        check(json!({"id": "../../lm", "details": null}), None, (false, false));
        check(json!({"id": ""}), None, (false, false));
    }
}
