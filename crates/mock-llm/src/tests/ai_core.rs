//! SAP AI Core's front over a real socket: who may call what, and how each refusal looks.

use serde_json::{Value, json};

use super::http::{Answer, LINES, content, request, send_with, start};
use crate::{AiCore, Deployment, Fault, Faults, MockLlm};

const FORM: &str = "grant_type=client_credentials&client_id=sb-mock%21b1%7Caicore%21b2";
const SECRET: &str = "&client_secret=mock%24secret%2B%26%3D%25";

async fn token(mock: &MockLlm, form: &str) -> Answer {
    send_with(mock, "POST", "/oauth/token", "", form).await.unwrap()
}

/// The headers of a caller who may.
async fn admitted(mock: &MockLlm) -> String {
    let token = token(mock, &format!("{FORM}{SECRET}")).await;
    headers(token.body["access_token"].as_str().unwrap(), "default")
}

fn headers(token: &str, resource_group: &str) -> String {
    format!("authorization: Bearer {token}\r\nai-resource-group: {resource_group}\r\n")
}

#[tokio::test]
async fn tokens_are_given_for_the_right_secret_alone() {
    let mock = start(Faults::default()).await;
    for (form, status, error) in [
        (format!("{FORM}{SECRET}"), 200, None),
        (FORM.to_owned(), 401, Some("invalid_client")),
        (format!("{FORM}&client_secret=mock$secret+&=%"), 401, Some("invalid_client")),
        (format!("grant_type=password{SECRET}"), 400, Some("unsupported_grant_type")),
    ] {
        let answer = token(&mock, &form).await;
        assert_eq!((answer.status, answer.body["error"].as_str()), (status, error), "{form}");
    }
    assert_eq!((mock.stats().ai_core.token_requests, mock.stats().ai_core.tokens_given), (4, 1));
}

#[tokio::test]
async fn callers_need_a_good_token_and_the_right_group() {
    let mock = start(Faults::default()).await;
    let list = async |headers: &str| {
        let answer = send_with(&mock, "GET", "/v2/lm/deployments", headers, "").await.unwrap();
        (answer.status, answer.body.as_str().unwrap_or_default().to_owned())
    };
    let good = admitted(&mock).await;
    assert_eq!(list(&good).await.0, 200);
    assert_eq!(list("").await, (401, "Jwt is missing".to_owned()));
    assert_eq!(list(&headers("forged", "default")).await, (401, "Jwt verification fails".to_owned()));
    assert_eq!(list(&good.replace("default", "other")).await, (403, "RBAC: access denied".to_owned()));
    send_with(&mock, "POST", "/control/ai-core/revoke-tokens", "", "").await.unwrap();
    assert_eq!(list(&good).await.0, 401);
    send_with(&mock, "POST", "/control/ai-core", "", r#"{"token_seconds": 0}"#).await.unwrap();
    let expired = admitted(&mock).await;
    assert_eq!(list(&expired).await, (401, "Jwt is expired".to_owned()));
    let refused = send_with(&mock, "POST", "/control/ai-core", "", r#"{"typo": 0}"#).await.unwrap();
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn deployments_are_listed_as_they_are_asked_for() {
    let mock = start(Faults::default()).await;
    let stopped = Deployment { id: "d3".to_owned(), model: Some("m".to_owned()), running: false };
    let deployments = AiCore::default().deployments.into_iter().chain([stopped]).collect();
    mock.control_ai_core(AiCore { deployments, ..AiCore::default() });
    let headers = admitted(&mock).await;
    let check = async |query: &str, expected: &[&str]| {
        let path = format!("/v2/lm/deployments?{query}");
        let answer = send_with(&mock, "GET", &path, &headers, "").await.unwrap();
        let ids: Vec<&str> = answer.body["resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, expected, "{query}");
    };
    check("", &["dmockmodel", "dmockorchestration", "d3"]).await;
    check("scenarioId=foundation-models&status=RUNNING&executableIds=azure-openai", &["dmockmodel"]).await;
    check("scenarioId=orchestration&status=RUNNING", &["dmockorchestration"]).await;
    check("executableIds=gcp-vertexai", &[]).await;
    check("%24top=1&%24skip=1", &["dmockorchestration"]).await;
}

#[tokio::test]
async fn both_deployments_answer_as_the_model_does() {
    let mock = start(Faults::default()).await;
    let headers = admitted(&mock).await;
    let post = async |path: &str, body: &Value| {
        let path = format!("/v2/inference/deployments/{path}");
        send_with(&mock, "POST", &path, &headers, &body.to_string()).await.unwrap()
    };
    let chat = request(&LINES);
    let model = post("dmockmodel/chat/completions?api-version=2024-10-21", &chat).await;
    let orchestrated = json!({
        "config": {"modules": {"prompt_templating": {
            "prompt": {
                "template": [{"role": "system", "content": "{{?rules}}"}, {"role": "user", "content": "{{?text}}"}],
                "response_format": chat["response_format"],
            },
            "model": {"name": "any"},
        }}},
        "placeholder_values": {"rules": chat["messages"][0]["content"], "text": chat["messages"][1]["content"]},
    });
    let orchestration = post("dmockorchestration/v2/completion", &orchestrated).await;
    let result = &orchestration.body["final_result"];
    assert_eq!(content(&model), result["choices"][0]["message"]["content"].as_str().unwrap());
    assert_eq!(
        orchestration.body["intermediate_results"]["templating"][1]["content"],
        chat["messages"][1]["content"]
    );
    // Each path has its own kind of deployment, and Azure's wants to know which version is spoken.
    for (path, body) in [
        ("dmockmodel/chat/completions", &chat),
        ("dmockorchestration/chat/completions?api-version=1", &chat),
        ("dmockmodel/v2/completion", &orchestrated),
        ("dnowhere/v2/completion", &orchestrated),
    ] {
        assert_eq!(post(path, body).await.status, 404, "{path}");
    }
    // A retry hint is in the body alone.
    mock.control(Faults { next: [Fault::Throttle(7)].into(), ..Faults::default() });
    let throttled = post("dmockorchestration/v2/completion", &orchestrated).await;
    assert_eq!((throttled.status, &throttled.body["error"]["headers"]["x-retry-after"]), (429, &json!("7")));
    assert!(!throttled.headers.contains("retry-after"), "{}", throttled.headers);
    let refused = post("dmockorchestration/v2/completion", &json!({"config": {}})).await;
    assert_eq!((refused.status, &refused.body["error"]["location"]), (400, &json!("Request Body")));
    assert_eq!(mock.stats().ai_core.orchestration_refused, 1);
}
