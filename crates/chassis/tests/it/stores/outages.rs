//! Stores that aren't there, and a NATS that isn't there.

use std::time::Duration;

use bytes::Bytes;
use docmill_chassis::connect::{ConnectError, Nats};
use docmill_chassis::delivery::Trace;
use docmill_chassis::jobs::Jobs;
use docmill_chassis::provision::{StoreSettings, provision};
use docmill_chassis::starts::{Start, Starts};
use docmill_chassis::stores::{ReplaceError, StoreError, Stores};
use docmill_contract::job::{ProcessJob, Source};
use docmill_contract::names::{Lane, Work};
use docmill_contract::profile::Profile;
use docmill_testkit::nats::{NatsOptions, NatsServer};

use super::{OUTAGE_PATIENCE, Stocked, collection, document, outcome};
use crate::harness::{PATIENCE, eventually, settings};

/// Asks every store for something, and returns what each said.
async fn ask_all(stores: &Stores, jobs: &Jobs) -> Vec<(&'static str, Result<(), StoreError>)> {
    let (q3, a, trace) = (collection("q3"), document("a"), Trace::default());
    let job = ProcessJob::of(Source::Object("a.pdf".into()));
    let bytes = Bytes::from_static(b"%PDF");
    let profile = Profile::built_in("general").unwrap();
    let outcome = outcome("q3", "a", 1, 1);
    let replace = async {
        match stores.outcomes.replace(&outcome, 0, &trace).await {
            Err(ReplaceError::Store(error)) => Err(error),
            Ok(_) | Err(ReplaceError::Superseded) => Ok(()),
        }
    };
    // At once, since each waits for its own timeout.
    let (
        put,
        get,
        current,
        replace,
        all,
        count,
        report,
        manifest,
        letters,
        purge,
        keep,
        reply,
        publish,
        depth,
    ) = tokio::join!(
        stores.documents.put(&bytes),
        stores.documents.get("a.pdf", 1),
        stores.outcomes.current(&q3, &a),
        replace,
        stores.outcomes.of_collection(&q3),
        stores.outcomes.count(&q3),
        stores.analyses.report(&q3),
        stores.collections.manifest(&q3),
        stores.dead_letters.list(None),
        stores.dead_letters.purge(Work::Process, &q3, &a),
        stores.profiles.keep(&profile),
        stores.replies.put("k", b"v"),
        jobs.publish_process(Lane::Bulk, &q3, &job, None, &trace),
        jobs.depth(Work::Process, Lane::Bulk),
    );
    vec![
        ("documents.put", put.map(drop)),
        ("documents.get", get.map(drop)),
        ("outcomes.current", current.map(drop)),
        ("outcomes.replace", replace),
        ("outcomes.of_collection", all.map(drop)),
        ("outcomes.count", count.map(drop)),
        ("analyses.report", report.map(drop)),
        ("collections.manifest", manifest.map(drop)),
        ("dead_letters.list", letters.map(drop)),
        ("dead_letters.purge", purge),
        ("profiles.keep", keep.map(drop)),
        ("replies.put", reply.map(drop)),
        ("jobs.publish_process", publish.map(drop)),
        ("jobs.depth", depth.map(drop)),
    ]
}

#[tokio::test]
async fn stores_that_arent_provisioned_say_so_until_they_are() {
    let stocked = Stocked::start_empty().await;
    for (asked, said) in Box::pin(ask_all(&stocked.stores, &stocked.jobs)).await {
        assert!(matches!(said, Err(StoreError::NotProvisioned { .. })), "{asked}: {said:?}");
    }
    provision(&stocked.nats, &settings(stocked.server.url()).nats, &StoreSettings::default()).await.unwrap();
    for (asked, said) in Box::pin(ask_all(&stocked.stores, &stocked.jobs)).await {
        let is_fine = matches!(said, Ok(()) | Err(StoreError::NotFound { .. }));
        assert!(is_fine, "{asked}: {said:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_gone_is_unavailable_and_comes_back() {
    let mut stocked = Stocked::start().await;
    let before = *stocked.nats.reconnected.borrow();
    stocked.server.kill();
    eventually("the loss is noticed", || async { (!stocked.nats.is_connected()).then_some(()) }).await;
    let asked = tokio::time::timeout(OUTAGE_PATIENCE, Box::pin(ask_all(&stocked.stores, &stocked.jobs)))
        .await
        .unwrap();
    for (asked, said) in asked {
        // Of what was sent it is open whether it is stored.
        let may_be_stored = matches!(asked, "outcomes.replace" | "jobs.publish_process");
        match said {
            Err(StoreError::Unavailable { .. }) if !may_be_stored => {}
            Err(StoreError::Unconfirmed { .. }) if may_be_stored => {}
            other => panic!("{asked}: {other:?}"),
        }
    }
    stocked.server.restart().await;
    let mut reconnected = stocked.nats.reconnected.clone();
    let counted = tokio::time::timeout(PATIENCE, reconnected.wait_for(|&count| count > before)).await;
    assert!(counted.is_ok_and(|counted| counted.is_ok()), "never connected again");
    stocked.nats.ready(PATIENCE).await.unwrap();
    let kept = stocked.stores.outcomes.current(&collection("q3"), &document("a")).await.unwrap();
    assert!(kept.is_none_or(|kept| kept.value == outcome("q3", "a", 1, 1)));
}

/// The answer to a write is late; the answer to the second attempt isn't.
#[tokio::test]
async fn a_write_without_an_answer_is_found_to_be_ours() {
    const TIMEOUT: Duration = Duration::from_secs(2);
    let mut stocked = Stocked::start().await;
    stocked.nats.jetstream.set_timeout(TIMEOUT);
    let (stores, trace) = (Stores::new(&stocked.nats), Trace::default());
    let first = outcome("q3", "a", 1, 10);
    stocked.server.pause();
    let resume = async {
        // In the middle of the second attempt.
        tokio::time::sleep(TIMEOUT + TIMEOUT / 2).await;
        stocked.server.resume();
    };
    let (written, ()) = tokio::join!(stores.outcomes.replace(&first, 0, &trace), resume);
    let kept = stores.outcomes.current(&first.collection, &first.document).await.unwrap().unwrap();
    assert_eq!(kept.value, first);
    assert_eq!(written.unwrap(), kept.sequence);
}

/// Whose write had no answer tries again: the same start is counted once, and one that ended in doubt is taken back.
#[tokio::test]
async fn a_start_without_an_answer_is_counted_once() {
    let mut stocked = Stocked::start().await;
    let starts = Starts::new(Work::Process, stocked.nats.jetstream.clone());
    let (first, second, never) = (Start::new(7), Start::new(7), Start::new(7));
    for (start, expected) in [(&first, 1), (&first, 1), (&second, 2), (&second, 2)] {
        assert_eq!(starts.begin(7, start).await.unwrap(), expected);
    }
    starts.undo(7, &never).await.unwrap();
    assert_eq!(starts.count(7).await.unwrap(), 2, "what wasn't counted isn't taken back");
    starts.undo(7, &second).await.unwrap();
    starts.undo(7, &second).await.unwrap();
    assert_eq!(starts.count(7).await.unwrap(), 1);

    // A silent server is waited for.
    const TIMEOUT: Duration = Duration::from_secs(2);
    stocked.nats.jetstream.set_timeout(TIMEOUT);
    let starts = Starts::new(Work::Process, stocked.nats.jetstream.clone());
    assert_eq!(starts.count(7).await.unwrap(), 1);
    stocked.server.pause();
    let resume = async {
        tokio::time::sleep(TIMEOUT + TIMEOUT / 2).await;
        stocked.server.resume();
    };
    let (begun, ()) = tokio::join!(starts.begin(7, &second), resume);
    assert_eq!((begun.unwrap(), starts.count(7).await.unwrap()), (2, 2));
}

#[tokio::test]
async fn connecting_doesnt_wait_for_nats() {
    let mut server = NatsServer::start().await;
    server.stop().await;
    let nats = Nats::connect(&settings(server.url()).nats, "test").await.unwrap();
    assert!(!nats.is_connected());
    let ready = nats.ready(Duration::from_millis(50)).await;
    assert!(matches!(ready, Err(ConnectError::Unreachable { .. })), "{ready:?}");
    server.restart().await;
    nats.ready(PATIENCE).await.unwrap();
    assert_eq!(*nats.reconnected.borrow(), 1);
}

#[tokio::test]
async fn a_server_that_takes_only_small_messages_gets_errors_that_say_so() {
    let server =
        NatsServer::start_with(NatsOptions { payload_bytes_max: Some(64 * 1024), ..Default::default() })
            .await;
    let nats = super::connect(&server).await;
    provision(&nats, &settings(server.url()).nats, &StoreSettings::default()).await.unwrap();
    let large = outcome("q3", "a", 1, 100_000);
    let refused = Stores::new(&nats).outcomes.replace(&large, 0, &Trace::default()).await;
    assert!(matches!(refused, Err(ReplaceError::Store(StoreError::TooLarge { .. }))), "{refused:?}");
}
