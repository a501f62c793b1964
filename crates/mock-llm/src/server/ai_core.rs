//! The paths of SAP AI Core: each asks the front whether the caller may, and answers as every path does.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{Json, Response};
use axum::routing::{get, post};
use serde_json::json;

use super::dialect::Dialect;
use super::{Shared, answer, failure, locked, marked, refused};
use crate::ai_core::{AiCore, Refusal};
use crate::chat::Request;
use crate::connection::Cutter;
use crate::orchestration;

/// The paths of SAP AI Core.
pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/oauth/token", post(token))
        .route("/v2/lm/deployments", get(deployments))
        .route("/v2/inference/deployments/{id}/chat/completions", post(complete_by_model))
        .route("/v2/inference/deployments/{id}/v2/completion", post(orchestrate))
        .route("/control/ai-core", post(control_ai_core))
        .route("/control/ai-core/revoke-tokens", post(revoke_tokens))
}

async fn token(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let form = String::from_utf8_lossy(&body);
    match shared.at_front(|front, counts| front.give_token(&form, Instant::now(), counts)) {
        Ok(token) => marked(Json(token)),
        Err(refusal) => refused(refusal),
    }
}

async fn deployments(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let listed = shared.at_front(|front, counts| {
        front.admit(&headers, Instant::now(), counts)?;
        Ok(front.list(&query.unwrap_or_default(), counts))
    });
    match listed {
        Ok(list) => marked(Json(list)),
        Err(refusal) => refused(refusal),
    }
}

async fn complete_by_model(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let admitted = shared.at_front(|front, counts| {
        front.admit(&headers, Instant::now(), counts)?;
        front.deployment(&id, false, counts)
    });
    if let Err(refusal) = admitted {
        return refused(refusal);
    }
    if !query.unwrap_or_default().contains("api-version=") {
        return refused(Refusal {
            status: 404,
            body: json!({"error": {"code": "404", "message": "Resource not found"}}),
        });
    }
    let request = Request::read(&body).map(|request| request.with_headers(&headers));
    answer(&shared, &cutter, request, Dialect::OpenAi).await
}

async fn orchestrate(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let admitted = shared.at_front(|front, counts| {
        front.admit(&headers, Instant::now(), counts)?;
        front.deployment(&id, true, counts)
    });
    if let Err(refusal) = admitted {
        return refused(refusal);
    }
    match orchestration::read(&body) {
        Ok((request, templated)) => {
            let request = Request::read(request.to_string().as_bytes());
            let request = request.map(|request| request.with_headers(&headers));
            answer(&shared, &cutter, request, Dialect::Orchestration(templated)).await
        }
        Err(refusal) => {
            shared.count(|stats, _| stats.ai_core.orchestration_refused += 1);
            let is_list = locked(&shared.front).settings.error_lists;
            let body = orchestration::error(400, &refusal.message, refusal.location, &json!({}), is_list);
            refused(Refusal { status: 400, body })
        }
    }
}

/// Puts how SAP AI Core's front behaves in force; what the body doesn't name is as it is by default.
async fn control_ai_core(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    match serde_json::from_slice::<AiCore>(&body) {
        Ok(settings) => {
            shared.control_ai_core(settings.clone());
            marked(Json(json!(settings)))
        }
        Err(error) => failure(400, &format!("the body is not how SAP AI Core's front behaves: {error}")),
    }
}

async fn revoke_tokens(State(shared): State<Arc<Shared>>) -> Response {
    shared.revoke_tokens();
    marked(Json(json!({"revoked": true})))
}
