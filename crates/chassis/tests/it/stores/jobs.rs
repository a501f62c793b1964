//! Work queues: deduplication, replays, limits.

use async_nats::HeaderMap;
use bytes::Bytes;
use docmill_chassis::delivery::Trace;
use docmill_chassis::jobs::LaneDepth;
use docmill_chassis::provision::{Limits, StoreSettings};
use docmill_chassis::stores::StoreError;
use docmill_contract::job::{AnalyseJob, ProcessJob, Source};
use docmill_contract::names::{self, Lane, MESSAGE_BYTES_MAX, Work};

use super::{Stocked, collection, trace};

#[tokio::test]
async fn the_same_job_is_taken_once_and_each_replay_once_more() {
    let stocked = Stocked::start().await;
    let (jobs, q3, no_trace) = (&stocked.jobs, collection("q3"), Trace::default());
    let job = ProcessJob::of(Source::Object("a.pdf".into()));
    let publish = |replay| jobs.publish_process(Lane::Bulk, &q3, &job, replay, &no_trace);
    // Where a stream begins is the clock's.
    let first = publish(None).await.unwrap();
    let before = first.sequence - 1;
    let check = |receipt: docmill_chassis::jobs::Receipt, number, duplicate| {
        assert_eq!((receipt.sequence - before, receipt.duplicate), (number, duplicate));
    };
    check(first, 1, false);
    check(publish(None).await.unwrap(), 1, true);
    check(publish(Some(1)).await.unwrap(), 2, false);
    check(publish(Some(1)).await.unwrap(), 2, true);
    check(publish(Some(2)).await.unwrap(), 3, false);
    let elsewhere =
        jobs.publish_process(Lane::Bulk, &collection("q4"), &job, None, &Trace::default()).await.unwrap();
    check(elsewhere, 4, false);

    let stream = stocked.nats.jetstream.get_stream(names::STREAM_PROCESS).await.unwrap();
    let replay = stream.get_raw_message(before + 2).await.unwrap();
    assert_eq!(replay.subject.as_str(), "docmill.jobs.process.bulk.q3");
    assert_eq!(replay.headers.get(names::HEADER_REPLAY).map(|value| value.as_str()), Some("1"));
    assert_eq!(ProcessJob::read(&replay.payload).unwrap(), job);

    let report = AnalyseJob::of(q3.clone(), None);
    let first = jobs.publish_analyse(Lane::Bulk, &q3, &report, "one", &trace()).await.unwrap();
    let again = jobs.publish_analyse(Lane::Bulk, &q3, &report, "one", &trace()).await.unwrap();
    assert!(!first.duplicate && again.duplicate);
    let depth = jobs.depth(Work::Process, Lane::Bulk).await.unwrap();
    assert_eq!(depth, LaneDepth { waiting: 4, in_flight: 0 });
}

#[tokio::test]
async fn a_full_queue_says_so_and_keeps_what_it_has() {
    let process = Limits { bytes_max: 1 << 20, age_max: std::time::Duration::ZERO };
    let stocked = Stocked::start_with(StoreSettings { process, ..StoreSettings::default() }).await;
    let subject = names::plain_job_subject(Work::Process);
    let body = Bytes::from(vec![b'x'; 300 * 1024]);
    let mut taken = 0;
    let refused = loop {
        match stocked.jobs.publish_raw(&subject, body.clone(), HeaderMap::new()).await {
            Ok(_) => taken += 1,
            Err(error) => break error,
        }
        assert!(taken < 10);
    };
    assert!(matches!(refused, StoreError::Full { .. }), "{refused:?}");
    assert!(refused.is_passing());
    assert_eq!(stocked.jobs.depth(Work::Process, Lane::Bulk).await.unwrap().waiting, taken);
}

#[tokio::test]
async fn a_body_too_large_is_refused_by_us_and_by_the_queue() {
    let stocked = Stocked::start().await;
    let subject = names::plain_job_subject(Work::Process);
    let largest = Bytes::from(vec![b'x'; MESSAGE_BYTES_MAX]);
    stocked.jobs.publish_raw(&subject, largest, HeaderMap::new()).await.unwrap();
    let larger = Bytes::from(vec![b'x'; MESSAGE_BYTES_MAX + 1]);
    let refused = stocked.jobs.publish_raw(&subject, larger, HeaderMap::new()).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })), "{refused:?}");
    // A foreign client isn't stopped by us.
    let by_hand = stocked.nats.jetstream.publish(subject, vec![b'x'; 600 * 1024].into()).await.unwrap().await;
    assert!(by_hand.is_err());
}
