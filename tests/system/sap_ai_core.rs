//! SAP AI Core as the real programs see it: from a service key or a mounted binding to outcomes, by either API.

use docmill_contract::outcome::Status;
use docmill_mock_llm::{AiCore, Deployment};

use crate::rig::Rig;

const INVOICE: &str = "invoice/english-classic.pdf";

#[tokio::test]
async fn documents_are_extracted_by_either_api() {
    for (api, model_calls, orchestration_calls) in [("auto", 1, 0), ("orchestration", 0, 1)] {
        let mut rig = rig().await;
        rig.set("AICORE_SERVICE_KEY", &rig.mock.service_key(&AiCore::default()).to_string());
        rig.set("DOCMILL_LLM__SAP_AI_CORE__API", api);
        let _processor = rig.processor();
        rig.submit(INVOICE, "invoice").await;
        let outcome = rig.outcome("invoice").await;
        assert_eq!(outcome.status, Status::Verified, "{api}: {:?}", outcome.failure);
        assert_eq!(outcome.engine.provider.as_deref(), Some("sap-ai-core"));
        let counts = rig.mock.stats().ai_core;
        assert_eq!(
            (counts.model_calls, counts.orchestration_calls),
            (model_calls, orchestration_calls),
            "{api}"
        );
        assert_eq!((counts.tokens_given, counts.orchestration_refused), (1, 0), "{api}");
    }
}

#[tokio::test]
async fn without_a_deployment_nothing_is_pulled_until_there_is_one() {
    let mut rig = rig().await;
    let binding = rig.passwords.path().join("binding");
    std::fs::create_dir_all(&binding).unwrap();
    let key = rig.mock.service_key(&AiCore::default()).to_string();
    std::fs::write(binding.join("credentials"), key).unwrap();
    std::fs::write(binding.join("type"), "aicore").unwrap();
    let root = rig.passwords.path().display().to_string();
    rig.set("SERVICE_BINDING_ROOT", &root);
    rig.mock.control_ai_core(AiCore { deployments: Vec::new(), ..AiCore::default() });
    let processor = rig.processor();
    rig.submit(INVOICE, "invoice").await;
    processor.logged("runs no deployment for the model").await;
    processor.logged("gate closed").await;
    assert_eq!(rig.outcomes("q3").await, 0);
    let deployment = Deployment { id: "dlate".to_owned(), model: Some("mock-llm".to_owned()), running: true };
    rig.mock.control_ai_core(AiCore { deployments: vec![deployment], ..AiCore::default() });
    // An operator who doesn't want to wait for the end of the pause starts the worker anew.
    processor.terminate().await;
    let _mended = rig.processor();
    assert_eq!(rig.outcome("invoice").await.status, Status::Verified);
}

/// A rig whose workers ask the mock as SAP AI Core.
async fn rig() -> Rig {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_LLM__PROVIDER", "sap-ai-core");
    // Empty is unset: the service key says where it is.
    rig.set("DOCMILL_LLM__BASE_URL", "");
    rig
}
