//! Documents that carry their data: no model is asked, unless the operator wants one to be.

use async_nats::HeaderMap;
use docmill_contract::outcome::{Status, VerifiedBy, Via};
use serde_json::json;

use crate::rig::{Rig, sample_pdf, sample_truth};

const SAMPLE: &str = "invoice/factur-x.pdf";

#[tokio::test]
async fn an_electronic_invoice_needs_no_call() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    let object = rig.store(&sample_pdf(SAMPLE)).await;
    let job = json!({"source": {"object": object}, "document": "own", "profile": "invoice"});
    rig.publish("docmill.jobs.process.bulk.q3", HeaderMap::new(), job.to_string()).await;

    let outcome = rig.outcome("own").await;
    assert_eq!(outcome.status, Status::Verified, "{:#?}", outcome.warnings);
    assert_eq!(outcome.data.as_ref(), Some(&sample_truth(SAMPLE)["data"]));
    assert_eq!((outcome.usage.calls, outcome.usage.replayed_calls, outcome.usage.prompt_tokens), (0, 0, 0));
    assert_eq!(
        (&outcome.engine.provider, &outcome.engine.model, &outcome.engine.prompt),
        (&None, &None, &None)
    );
    for evidence in &outcome.evidence {
        assert_eq!(
            (evidence.verified_by, evidence.via),
            (VerifiedBy::Embedded, Via::FacturX),
            "{evidence:?}"
        );
    }
}

#[tokio::test]
async fn an_operator_can_have_the_pages_read_instead() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_PDF__EMBEDDED_DATA", "false");
    let _processor = rig.processor();
    let object = rig.store(&sample_pdf(SAMPLE)).await;
    let job = json!({"source": {"object": object}, "document": "page", "profile": "invoice"});
    rig.publish("docmill.jobs.process.bulk.q3", HeaderMap::new(), job.to_string()).await;

    let outcome = rig.outcome("page").await;
    assert_eq!(outcome.data.as_ref(), Some(&sample_truth(SAMPLE)["data"]));
    assert!(outcome.usage.calls > 0);
    assert!(outcome.evidence.iter().all(|evidence| evidence.via == Via::Llm));
}
