//! NATS that isn't there, isn't provisioned, restarts, or is full.

use docmill_contract::names::{self, Work};
use docmill_contract::outcome::Status;
use docmill_mock_llm::Faults;
use docmill_testkit::nats::NatsOptions;
use serde_json::json;

use crate::rig::{Rig, eventually, sample_pdf};

#[tokio::test]
async fn workers_wait_for_nats_and_for_streams() {
    let mut rig = Rig::start_unprovisioned(NatsOptions::default()).await;
    rig.nats.stop().await;
    let mut processor = rig.processor();
    processor.logged("NATS").await;
    rig.nats.restart().await;
    processor.logged("provision").await;
    assert!(processor.is_running());
    rig.provision().await;
    rig.submit("invoice/english-classic.pdf", "patient").await;
    assert_eq!(rig.outcome("patient").await.status, Status::Verified);
}

#[tokio::test]
async fn a_restart_under_load_loses_and_doubles_nothing() {
    let mut rig = Rig::start_with_ack_wait(2).await;
    rig.set("DOCMILL_NATS__ACK_WAIT_SECONDS", "2");
    let _workers = (rig.processor(), rig.processor());
    rig.mock.control(Faults { delay_ms: 30, ..Faults::default() });
    let object = rig.store(&sample_pdf("invoice/english-classic.pdf")).await;
    let count = 60;
    for number in 0..count {
        let schema = json!({"type": "object", "properties": {
            "invoice_number": {"type": "string", "description": format!("'Invoice number' ({number})")}}});
        let job = json!({"source": {"object": object}, "document": format!("d{number}"), "schema": schema});
        rig.publish_job("q3", &job).await;
    }
    eventually("some are through", async || (rig.mock.stats().answered >= 10).then_some(())).await;
    rig.nats.kill();
    rig.nats.restart().await;
    for number in 0..count {
        let outcome = rig.outcome(&format!("d{number}")).await;
        assert_eq!(outcome.failure, None);
        assert_eq!(outcome.revision, 1, "d{number}");
    }
    rig.drained(Work::Process).await;
    assert_eq!(rig.outcomes("q3").await, count);
}

#[tokio::test]
async fn a_full_server_makes_jobs_wait() {
    let rig = Rig::start().await;
    // No room for outcomes until the operator makes some.
    let mut stream = rig.jetstream().get_stream(names::STREAM_OUTCOMES).await.unwrap();
    let mut config = stream.info().await.unwrap().config.clone();
    let roomy = config.clone();
    config.max_bytes = 64;
    rig.jetstream().update_stream(config).await.unwrap();
    let processor = rig.processor();
    rig.submit("invoice/english-classic.pdf", "squeezed").await;
    processor.logged("no room is left").await;
    assert_eq!(rig.outcomes("q3").await, 0);
    rig.jetstream().update_stream(roomy).await.unwrap();
    let outcome = rig.outcome("squeezed").await;
    assert_eq!(outcome.status, Status::Verified);
    // The model was asked once: its reply was kept.
    assert_eq!(rig.mock.stats().calls, 1);
}

#[tokio::test]
async fn an_answer_that_comes_while_nats_is_silent_is_not_paid_again() {
    let rig = Rig::start().await;
    let processor = rig.processor();
    rig.slow_mock(500);
    rig.submit("invoice/english-classic.pdf", "paid").await;
    rig.calls_in_flight(1).await;
    rig.nats.pause();
    processor.logged("a reply can't be kept").await;
    rig.nats.resume();
    assert_eq!(rig.outcome("paid").await.status, Status::Verified);
    assert_eq!(rig.mock.stats().calls, 1);
}
