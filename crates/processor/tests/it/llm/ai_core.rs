//! SAP AI Core, from credentials to a reply: tokens, deployments, both APIs, and what each refuses.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use docmill_mock_llm::{AiCore, AiCoreCounts, Deployment, Fault, Faults, MockLlm, Options};
use docmill_pdf::{ImageFormat, PageImage};
use docmill_processor::llm::classify::Given;
use docmill_processor::llm::{Image, Llm, LlmError, Treatment};
use futures_util::future::join_all;
use tempfile::TempDir;

use super::{customer, llm, question, told};

async fn mock() -> MockLlm {
    MockLlm::start(Options::default()).await.unwrap()
}

/// A client of the mock, by service key.
fn client(mock: &MockLlm, keys: &[(&str, &str)]) -> Llm {
    let key = mock.service_key(&AiCore::default()).to_string();
    let around = [("AICORE_SERVICE_KEY", key)];
    llm(&[&[("PROVIDER", "sap-ai-core"), ("MODEL", "mock-llm")], keys].concat(), &around, Vec::new())
}

const ORCHESTRATION: (&str, &str) = ("SAP_AI_CORE__API", "orchestration");
const FOUNDATION_MODEL: (&str, &str) = ("SAP_AI_CORE__API", "foundation-model");

fn deployment(id: &str, model: Option<&str>) -> Deployment {
    Deployment { id: id.to_owned(), model: model.map(str::to_owned), running: true }
}

/// Makes the mock's next calls so.
fn next(mock: &MockLlm, faults: &[Fault]) {
    mock.control(Faults { next: VecDeque::from(faults.to_vec()), ..Faults::default() });
}

#[tokio::test]
async fn a_foundation_model_answers_by_its_deployment() {
    let mock = mock().await;
    let llm = client(&mock, &[]);
    for _ in 0..3 {
        assert_eq!(customer(&llm.complete(&question("ACME")).await.unwrap()), "ACME");
    }
    let counts = mock.stats().ai_core;
    let expected = AiCoreCounts {
        token_requests: 1,
        tokens_given: 1,
        lists: 1,
        model_calls: 3,
        ..AiCoreCounts::default()
    };
    assert_eq!(counts, expected);
    let identity = llm.identity();
    assert_eq!(
        (identity.provider.as_str(), identity.endpoint.as_str()),
        ("sap-ai-core", "127.0.0.1/default")
    );
}

#[tokio::test]
async fn without_a_deployment_of_the_model_orchestration_answers() {
    let mock = mock().await;
    let stopped = Deployment { running: false, ..deployment("d1", Some("mock-llm")) };
    let deployments = vec![stopped, deployment("d2", Some("another")), deployment("d3", None)];
    mock.control_ai_core(AiCore { deployments, ..AiCore::default() });
    let llm = client(&mock, &[]);
    assert_eq!(customer(&llm.complete(&question("ACME")).await.unwrap()), "ACME");
    let counts = mock.stats().ai_core;
    assert_eq!((counts.lists, counts.model_calls, counts.orchestration_calls), (2, 0, 1));
}

#[tokio::test]
async fn a_page_with_placeholders_is_text_to_orchestration() {
    let mock = mock().await;
    let llm = client(&mock, &[ORCHESTRATION]);
    for hostile in ["{{?x}} GmbH", "{{?message_0}}", "{{ x }} {% raw %} {# y #}", "}}{{", "{{?message_1"] {
        assert_eq!(customer(&llm.complete(&question(hostile)).await.unwrap()), hostile);
    }
    assert_eq!(mock.stats().ai_core.orchestration_refused, 0);
}

#[tokio::test]
async fn images_travel_through_both_apis() {
    let mock = mock().await;
    let image = |format| Image(PageImage { format, bytes: b"{{?x}}".repeat(1_000) });
    for api in [ORCHESTRATION, FOUNDATION_MODEL] {
        let mut request = question("ACME");
        request.images = vec![image(ImageFormat::Png), image(ImageFormat::Jpeg)];
        assert_eq!(customer(&client(&mock, &[api]).complete(&request).await.unwrap()), "ACME");
    }
    assert_eq!(mock.stats().ai_core.orchestration_refused, 0);
}

#[tokio::test]
async fn many_calls_at_once_fetch_one_token_and_one_list() {
    let mock = mock().await;
    let llm = client(&mock, &[("CALLS_AT_ONCE_MAX", "50")]);
    let request = question("ACME");
    for reply in join_all((0..50).map(|_| llm.complete(&request))).await {
        assert_eq!(customer(&reply.unwrap()), "ACME");
    }
    let counts = mock.stats().ai_core;
    assert_eq!((counts.token_requests, counts.lists, counts.model_calls), (1, 1, 50));
    // All are refused, and one renews the token for all.
    mock.revoke_tokens();
    for reply in join_all((0..50).map(|_| llm.complete(&request))).await {
        assert_eq!(customer(&reply.unwrap()), "ACME");
    }
    let counts = mock.stats().ai_core;
    assert_eq!((counts.token_requests, counts.lists, counts.model_calls), (2, 1, 100));
    assert!((1..=50).contains(&counts.unauthorised), "{counts:?}");
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    let mock = mock().await;
    mock.control_ai_core(AiCore { token_seconds: 1, ..AiCore::default() });
    let llm = client(&mock, &[]);
    let renewed_twice = async {
        while mock.stats().ai_core.tokens_given < 3 {
            llm.complete(&question("ACME")).await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(30), renewed_twice).await.unwrap();
    assert_eq!(mock.stats().ai_core.unauthorised, 0);
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let mock = mock().await;
    let llm = client(&mock, &[]);
    llm.complete(&question("ACME")).await.unwrap();
    mock.revoke_tokens();
    assert_eq!(customer(&llm.complete(&question("ACME")).await.unwrap()), "ACME");
    let counts = mock.stats().ai_core;
    assert_eq!((counts.unauthorised, counts.tokens_given), (1, 2));
    // Where the new one is refused too, it is not tried for ever.
    next(&mock, &[Fault::Status(401), Fault::Status(401), Fault::Status(401)]);
    let error = llm.complete(&question("ACME")).await.unwrap_err();
    assert_eq!(error.treatment(), Treatment::Operator);
    assert!(told(&error).contains("SAP AI Core refuses our credentials (401)"), "{}", told(&error));
    assert_eq!(mock.stats().ai_core.tokens_given, 3);
    // A token that is refused when the deployments are listed is renewed as well.
    let llm = client(&mock, &[]);
    mock.control_ai_core(AiCore { deployments: Vec::new(), ..AiCore::default() });
    llm.complete(&question("ACME")).await.unwrap_err();
    mock.control_ai_core(AiCore::default());
    mock.control(Faults::default());
    mock.revoke_tokens();
    assert_eq!(customer(&llm.complete(&question("ACME")).await.unwrap()), "ACME");
}

#[tokio::test]
async fn a_deployment_that_was_replaced_is_found_again() {
    let mock = mock().await;
    let llm = client(&mock, &[FOUNDATION_MODEL]);
    llm.complete(&question("ACME")).await.unwrap();
    let replaced = vec![deployment("dnew", Some("mock-llm"))];
    mock.control_ai_core(AiCore { deployments: replaced, ..AiCore::default() });
    assert_eq!(customer(&llm.complete(&question("ACME")).await.unwrap()), "ACME");
    let counts = mock.stats().ai_core;
    assert_eq!((counts.lost_calls, counts.lists, counts.model_calls), (1, 2, 2));
    // Gone for good: what to do is said, and no document fails.
    mock.control_ai_core(AiCore { deployments: vec![deployment("d", Some("other"))], ..AiCore::default() });
    let error = llm.complete(&question("ACME")).await.unwrap_err();
    assert_eq!(error.treatment(), Treatment::Operator);
    for part in ["\"mock-llm\"", "\"default\"", "foundation-model deployment", "RUNNING"] {
        assert!(told(&error).contains(part), "{} lacks {part}", told(&error));
    }
    // A 404 that a new list doesn't mend is the operator's, after one more try.
    mock.control_ai_core(AiCore::default());
    next(&mock, &[Fault::Status(404), Fault::Status(404), Fault::Status(404)]);
    let error = llm.complete(&question("ACME")).await.unwrap_err();
    assert!(matches!(error, LlmError::Misconfigured { status: 404, .. }), "{error}");
}

#[tokio::test]
async fn another_resource_group_is_the_operators() {
    let mock = mock().await;
    mock.control_ai_core(AiCore { resource_group: "team-a".to_owned(), ..AiCore::default() });
    let error = client(&mock, &[]).complete(&question("ACME")).await.unwrap_err();
    assert_eq!(error.treatment(), Treatment::Operator);
    assert!(told(&error).contains("AICORE_RESOURCE_GROUP"), "{}", told(&error));
    let keys = [("SAP_AI_CORE__RESOURCE_GROUP", "team-a")];
    assert_eq!(customer(&client(&mock, &keys).complete(&question("ACME")).await.unwrap()), "ACME");
}

#[tokio::test]
async fn a_binding_that_is_rotated_on_disk_is_used_without_a_restart() {
    let mock = mock().await;
    let folder = TempDir::new().unwrap();
    let bind = |secret: &str| {
        let ai_core = AiCore { client_secret: secret.to_owned(), ..AiCore::default() };
        write_binding(folder.path(), &mock.service_key(&ai_core));
        ai_core
    };
    mock.control_ai_core(bind("first$"));
    let keys = [("PROVIDER", "sap-ai-core"), ("MODEL", "mock-llm")];
    let llm = llm(&keys, &[], vec![folder.path().to_owned()]);
    llm.complete(&question("ACME")).await.unwrap();
    // The old secret is revoked before the new one is on disk: the operator's, and nothing is paid.
    mock.control_ai_core(AiCore { client_secret: "second+&".to_owned(), ..AiCore::default() });
    mock.revoke_tokens();
    let error = llm.complete(&question("ACME")).await.unwrap_err();
    assert_eq!(error.treatment(), Treatment::Operator);
    assert!(
        told(&error).contains("token service refuses our credentials (401): Bad credentials"),
        "{}",
        told(&error)
    );
    assert!(!format!("{error:?} {}", told(&error)).contains("first$"));
    bind("second+&");
    assert_eq!(customer(&llm.complete(&question("ACME")).await.unwrap()), "ACME");
}

/// A secret as the BTP operator writes it: one key per credential.
fn write_binding(root: &Path, key: &serde_json::Value) {
    let folder = root.join("instance");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, value) in key.as_object().unwrap() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        std::fs::write(folder.join(name), text).unwrap();
    }
}

#[tokio::test]
async fn a_token_service_that_is_down_is_waited_for() {
    let mock = mock().await;
    let llm = client(&mock, &[]);
    for (status, treatment) in [(503, Treatment::RetrySoon), (400, Treatment::Operator)] {
        mock.control_ai_core(AiCore { token_status: Some(status), ..AiCore::default() });
        let error = llm.complete(&question("ACME")).await.unwrap_err();
        assert_eq!(error.treatment(), treatment, "{}", told(&error));
        assert!(told(&error).contains("token service"), "{}", told(&error));
    }
    mock.control_ai_core(AiCore::default());
    assert_eq!(customer(&llm.complete(&question("ACME")).await.unwrap()), "ACME");
}

#[tokio::test]
async fn errors_of_both_apis_are_told_apart() {
    let mock = mock().await;
    let pause = Treatment::PauseFor(Duration::from_secs(7));
    for keys in [[ORCHESTRATION], [FOUNDATION_MODEL]] {
        let llm = client(&mock, &keys);
        for error_lists in [false, true] {
            mock.control_ai_core(AiCore { error_lists, ..AiCore::default() });
            for (fault, expected) in [
                (Fault::Throttle(7), pause),
                (Fault::Status(500), Treatment::RetrySoon),
                (Fault::Status(503), Treatment::RetrySoon),
                (Fault::Status(400), Treatment::Give(Given::Rejected)),
                (Fault::Status(413), Treatment::AskForLess),
                (Fault::Status(403), Treatment::Operator),
                (Fault::Drop, Treatment::RetrySoon),
                (Fault::Refuse, Treatment::Give(Given::Refused)),
            ] {
                next(&mock, &[fault]);
                let error = llm.complete(&question(&format!("{fault:?}"))).await.unwrap_err();
                assert_eq!(error.treatment(), expected, "{keys:?} {fault:?}: {}", told(&error));
            }
        }
    }
}
