//! Workers that are killed or told to end in the middle of a job.

use docmill_contract::failure::FailureCode;
use docmill_contract::names::Work;
use docmill_contract::outcome::Status;
use docmill_mock_llm::Faults;

use crate::rig::Rig;

const INVOICE: &str = "invoice/english-classic.pdf";

#[tokio::test]
async fn a_killed_workers_job_is_done_by_another() {
    let mut rig = Rig::start_with_ack_wait(2).await;
    rig.set("DOCMILL_NATS__ACK_WAIT_SECONDS", "2");
    let doomed = rig.processor();
    rig.slow_mock(600_000);
    rig.submit(INVOICE, "survivor").await;
    rig.calls_in_flight(1).await;
    doomed.kill().await;
    rig.mock.control(Faults::default());
    let _heir = rig.processor();
    let outcome = rig.outcome("survivor").await;
    assert_eq!((outcome.status, outcome.revision), (Status::Verified, 1));
    rig.drained(Work::Process).await;
    assert_eq!(rig.outcomes("q3").await, 1);
}

#[tokio::test]
async fn a_document_that_kills_workers_fails_at_last() {
    let mut rig = Rig::start_with_ack_wait(1).await;
    rig.set("DOCMILL_NATS__ACK_WAIT_SECONDS", "1");
    rig.slow_mock(600_000);
    rig.submit(INVOICE, "poison").await;
    for _ in 0..3 {
        let doomed = rig.processor();
        rig.calls_in_flight(1).await;
        doomed.kill().await;
        crate::rig::eventually("the call is gone", async || (rig.mock.stats().in_flight == 0).then_some(()))
            .await;
    }
    let _last = rig.processor();
    rig.expect_failure("q3", "poison", FailureCode::WorkerLost, "").await;
}

#[tokio::test]
async fn a_worker_told_to_end_finishes_its_job() {
    let rig = Rig::start().await;
    let processor = rig.processor();
    rig.slow_mock(1_500);
    rig.submit(INVOICE, "finished").await;
    rig.calls_in_flight(1).await;
    assert_eq!(processor.terminate().await, Some(0));
    // No other worker was there to do it.
    assert_eq!(rig.outcome("finished").await.status, Status::Verified);
    assert_eq!(rig.mock.stats().calls, 1);
}

#[tokio::test]
async fn a_worker_that_cannot_finish_in_time_hands_its_job_back() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_WORKER__DRAIN_SECONDS", "1");
    let processor = rig.processor();
    rig.slow_mock(600_000);
    rig.submit(INVOICE, "handed-back").await;
    rig.calls_in_flight(1).await;
    assert_eq!(processor.terminate().await, Some(0));
    assert_eq!(rig.outcomes("q3").await, 0);
    rig.mock.control(Faults::default());
    // ack_wait is a minute: had the job not been handed back, nobody would get it in time.
    let _heir = rig.processor();
    let outcome = rig.outcome("handed-back").await;
    assert_eq!((outcome.status, outcome.revision), (Status::Verified, 1));
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let rig = Rig::start().await;
    let processor = rig.processor();
    rig.slow_mock(600_000);
    rig.submit(INVOICE, "abandoned").await;
    rig.calls_in_flight(1).await;
    processor.begin_to_terminate();
    processor.logged("draining").await;
    processor.begin_to_terminate();
    assert_eq!(processor.ended().await, Some(143));
}
