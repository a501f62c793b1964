//! A scan goes to a model that sees: its page as an image, beside the question.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use docmill_contract::outcome::{Status, Via, WarningCode};
use serde_json::{Value, json};

use crate::rig::Rig;

type Asked = Arc<Mutex<Vec<Value>>>;

/// An endpoint that keeps what it is asked and claims to see an invoice number, nothing else.
async fn seeing_model(State(asked): State<Asked>, Json(request): Json<Value>) -> Json<Value> {
    asked.lock().unwrap().push(request);
    let record = json!({"invoice_number": {"value": "RE-2024-0815", "line": 1}});
    Json(json!({
        "model": "seer",
        "choices": [{"finish_reason": "stop", "message": {"content": record.to_string()}}],
        "usage": {"prompt_tokens": 1_000, "completion_tokens": 10},
    }))
}

#[tokio::test]
async fn a_scan_is_shown_to_a_model_that_sees() {
    let asked = Asked::default();
    let app = Router::new().route("/v1/chat/completions", post(seeing_model)).with_state(Arc::clone(&asked));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    let mut serving = tokio::task::JoinSet::new();
    serving.spawn(async move { axum::serve(listener, app).await.unwrap() });

    let mut rig = Rig::start().await;
    rig.set("DOCMILL_LLM__BASE_URL", &base_url).set("DOCMILL_LLM__VISION", "true");
    let _processor = rig.processor();
    rig.submit("invoice/scan.pdf", "scan").await;
    let outcome = rig.outcome("scan").await;

    let requests = asked.lock().unwrap().clone();
    let images: Vec<&str> = requests
        .iter()
        .filter_map(|request| request.pointer("/messages/1/content/1/image_url/url")?.as_str())
        .collect();
    assert_eq!(images.len(), 1, "{requests:#?}");
    assert!(images.iter().all(|image| image.starts_with("data:image/png;base64,iVBOR")));

    // What only an image shows can't be proved by text: a person settles it.
    assert_eq!(outcome.status, Status::NeedsReview);
    assert_eq!(outcome.verified_leaves(), (0, 1));
    assert_eq!(outcome.evidence.first().map(|evidence| evidence.via), Some(Via::Vision));
    assert_eq!(outcome.data.unwrap()["invoice_number"], "RE-2024-0815");
    assert!(outcome.warnings.iter().any(|warning| warning.code == WarningCode::PageWithoutText));
}
