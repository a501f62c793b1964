//! A fleet's whole life as KEDA sees it: nothing provisioned, empty, a backlog, all in flight, throttled, scaled in while every
//! pod is busy, drained, its consumer gone. Real workers stand for pods.

use docmill_contract::names::{self, Lane, Work};
use docmill_mock_llm::Faults;
use docmill_testkit::nats::NatsOptions;

use crate::keda::{Keda, ScaledObject};
use crate::quota::{outcomes, publish_invoices};
use crate::rig::{Rig, eventually};

/// Jobs that three pods of the shipped manifests take at once.
const JOBS: u64 = 24;

/// Asks until the lag is this; what the fleet is then, is what it stays.
async fn lag_is(rig: &Rig, fleet: &ScaledObject, expected: u64) {
    let url = rig.nats.monitor_url();
    eventually("the lag", async || {
        let lag = fleet.lag(&url, Keda::Since220).await.unwrap();
        (lag == expected).then_some(())
    })
    .await;
}

/// Unbegun jobs and those that workers have.
async fn depth(rig: &Rig) -> (u64, usize) {
    let stream = rig.jetstream().get_stream_no_info(names::STREAM_PROCESS).await.unwrap();
    let info = stream.consumer_info(names::consumer(Work::Process, Lane::Bulk)).await.unwrap();
    (info.num_pending, info.num_ack_pending)
}

#[tokio::test]
async fn pods_come_stay_while_they_are_busy_and_go() {
    let mut rig = Rig::start().await;
    let fleet = ScaledObject::shipped("processor");
    let url = rig.nats.monitor_url();
    rig.set("DOCMILL_WORKER__CONCURRENCY", &fleet.lag_threshold().to_string());
    assert_eq!(JOBS, 3 * fleet.lag_threshold());

    // Empty: nobody is needed.
    let empty = fleet.lag(&url, Keda::Since220).await;
    assert_eq!((fleet.wanted(1, &empty), empty), (0, Ok(0)));

    // A backlog: the first pod within one look, the others in the next period.
    rig.mock.control(Faults { status: Some(429), ..Faults::default() });
    publish_invoices(&rig, 1..JOBS + 1).await;
    let backlog = fleet.lag(&url, Keda::Since220).await;
    assert_eq!(backlog, Ok(JOBS));
    assert_eq!((fleet.wanted(0, &backlog), fleet.wanted(1, &backlog)), (1, 3));
    assert_eq!(fleet.in_one_period(1, 3), 3);

    // Throttled: jobs that were handed back still count, and no more than the backlog is worth is wanted.
    let refused: Vec<_> = (0..3).map(|_| rig.processor()).collect();
    eventually("every pod was refused", async || (rig.mock.stats().calls >= 3).then_some(())).await;
    let throttled = fleet.lag(&url, Keda::Since220).await;
    assert_eq!((fleet.wanted(3, &throttled), throttled), (3, Ok(JOBS)));
    assert_eq!(rig.outcomes("q3").await, 0);
    for pod in refused {
        assert_eq!(pod.terminate().await, Some(0));
    }
    lag_is(&rig, &fleet, JOBS).await;

    // All in flight in pods that know of no refusal: nothing waits, and nobody is taken away.
    rig.slow_mock(10_000);
    let mut pods: Vec<_> = (0..3).map(|_| rig.processor()).collect();
    eventually("all are in flight", async || (rig.mock.stats().in_flight == JOBS).then_some(())).await;
    assert_eq!(depth(&rig).await, (0, 24));
    let busy = fleet.lag(&url, Keda::Since220).await;
    assert_eq!((fleet.wanted(3, &busy), busy), (3, Ok(JOBS)));

    // A pod is taken away all the same, while it is busy: it ends what it has, and no call is paid twice.
    let answered = rig.mock.stats().answered;
    assert_eq!(pods.remove(0).terminate().await, Some(0));
    outcomes(&rig, JOBS).await;
    assert_eq!(rig.mock.stats().answered - answered, JOBS);

    // Drained: all go.
    lag_is(&rig, &fleet, 0).await;
    assert_eq!(fleet.wanted(2, &Ok(0)), 0);
}

/// Before there is a consumer, KEDA's versions differ; neither may keep the fleet from starting, nor start it for nothing.
#[tokio::test]
async fn without_a_consumer_the_fleet_starts_and_is_bounded() {
    let rig = Rig::start_unprovisioned(NatsOptions::default()).await;
    let fleet = ScaledObject::shipped("processor");
    let url = rig.nats.monitor_url();
    // No stream: an error for every version, and the fallback starts one pod, which says what it waits for.
    for keda in [Keda::Before220, Keda::Since220] {
        let lag = fleet.lag(&url, keda).await;
        assert!(lag.as_ref().is_err_and(|reason| reason.contains("no stream DOCMILL_PROCESS")), "{lag:?}");
        assert_eq!(fleet.wanted(0, &lag), 1);
    }
    let processor = rig.processor();
    processor.logged("provision").await;
    rig.provision().await;
    assert_eq!(fleet.lag(&url, Keda::Since220).await, Ok(0));

    // The consumer goes while the stream holds jobs.
    rig.mock.control(Faults { delay_ms: 600_000, ..Faults::default() });
    let stream = rig.jetstream().get_stream_no_info(names::STREAM_PROCESS).await.unwrap();
    stream.delete_consumer(&names::consumer(Work::Process, Lane::Bulk)).await.unwrap();
    publish_invoices(&rig, 1..6).await;
    let lag = fleet.lag(&url, Keda::Since220).await;
    assert!(lag.as_ref().is_err_and(|reason| reason.contains("\"process-bulk\" not found")), "{lag:?}");
    assert_eq!((fleet.wanted(0, &lag), fleet.wanted(4, &lag)), (1, 4));
    // Older ones take the stream's last number for lag, which is the clock's: the most pods, and no more.
    let lag = fleet.lag(&url, Keda::Before220).await;
    assert!(lag.as_ref().is_ok_and(|lag| *lag > 1_000_000), "{lag:?}");
    assert_eq!(fleet.wanted(1, &lag), fleet.most());
}
