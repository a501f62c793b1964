//! Making everything, again and at once, and what can't be made.

use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::stream::{self, RetentionPolicy};
use docmill_chassis::connect::{ConnectError, Nats};
use docmill_chassis::delivery::Trace;
use docmill_chassis::provision::{Limits, ProvisionError, StoreSettings, provision, provision_missing};
use docmill_chassis::stores::{StoreError, Stores};
use docmill_contract::job::{ProcessJob, Source};
use docmill_contract::names::{self, Lane, Work};
use docmill_testkit::nats::{NatsOptions, NatsServer};

use super::{Stocked, collection, connect, outcome};
use crate::harness::{PATIENCE, settings};

async fn stream_config(stocked: &Stocked, name: &str) -> stream::Config {
    stocked.nats.jetstream.get_stream(name).await.unwrap().cached_info().config.clone()
}

async fn stream_names(nats: &Nats) -> Vec<String> {
    use futures_util::TryStreamExt as _;
    let mut names: Vec<String> = nats.jetstream.stream_names().try_collect().await.unwrap();
    names.sort();
    names
}

#[tokio::test]
async fn provisioning_again_keeps_everything_and_takes_new_limits() {
    let stocked = Stocked::start().await;
    let first = outcome("q3", "a", 1, 10);
    let sequence = stocked.stores.outcomes.replace(&first, 0, &Trace::default()).await.unwrap();
    assert_eq!(stream_names(&stocked.nats).await.len(), 13);

    let mut changed = settings(stocked.server.url()).nats;
    changed.ack_wait = Duration::from_secs(90);
    changed.lanes = vec![Lane::Bulk, Lane::Priority];
    let outcomes = Limits { bytes_max: 8 << 20, age_max: Duration::from_secs(86_400) };
    let limits = StoreSettings { outcomes, ..StoreSettings::default() };
    provision(&stocked.nats, &changed, &limits).await.unwrap();

    let config = stream_config(&stocked, names::STREAM_OUTCOMES).await;
    assert_eq!((config.max_bytes, config.max_age), (8 << 20, Duration::from_secs(86_400)));
    let kept = stocked.stores.outcomes.current(&collection("q3"), &first.document).await.unwrap().unwrap();
    assert_eq!((kept.value, kept.sequence), (first, sequence));
    for lane in Lane::ALL {
        let name = names::consumer(Work::Analyse, lane);
        let consumer: PullConsumer =
            stocked.nats.jetstream.get_consumer_from_stream(name, names::STREAM_ANALYSE).await.unwrap();
        let config = &consumer.cached_info().config;
        assert_eq!((config.ack_wait, config.max_deliver), (Duration::from_secs(90), -1));
    }
}

#[tokio::test]
async fn provisioning_what_is_missing_leaves_another_operators_settings() {
    let stocked = Stocked::start().await;
    let mut other = settings(stocked.server.url()).nats;
    other.lanes = vec![Lane::Bulk, Lane::Priority];
    other.ack_wait = Duration::from_secs(90);
    provision(&stocked.nats, &other, &StoreSettings::default()).await.unwrap();
    stocked.nats.jetstream.delete_stream(names::STREAM_DEAD).await.unwrap();
    let documents = Limits { bytes_max: 1 << 20, age_max: Duration::ZERO };
    let limits = StoreSettings { documents, ..StoreSettings::default() };
    provision_missing(&stocked.nats, &settings(stocked.server.url()).nats, &limits).await.unwrap();

    assert_eq!(stream_names(&stocked.nats).await.len(), 13);
    let documents = stream_config(&stocked, "OBJ_docmill-documents").await;
    assert_eq!(documents.max_bytes, StoreSettings::default().documents.bytes_max);
    let queue = stream_config(&stocked, names::STREAM_PROCESS).await;
    assert_eq!(queue.subjects, names::job_subjects(Work::Process, &Lane::ALL));
    let name = names::consumer(Work::Process, Lane::Bulk);
    let consumer: PullConsumer =
        stocked.nats.jetstream.get_consumer_from_stream(name, names::STREAM_PROCESS).await.unwrap();
    assert_eq!(consumer.cached_info().config.ack_wait, Duration::from_secs(90));
}

#[tokio::test]
async fn eight_may_provision_at_once() {
    let stocked = Stocked::start_empty().await;
    let mut all = Vec::new();
    for number in 0..8_u64 {
        // Different limits make them change each other's streams.
        let bytes_max = i64::try_from((number % 2 + 1) << 30).unwrap();
        let documents = Limits { bytes_max, age_max: Duration::ZERO };
        let limits = StoreSettings { documents, ..StoreSettings::default() };
        let (nats, url) = (connect(&stocked.server).await, stocked.server.url());
        all.push(async move { provision(&nats, &settings(url).nats, &limits).await });
    }
    for result in futures_util::future::join_all(all).await {
        result.unwrap();
    }
    assert_eq!(stream_names(&stocked.nats).await.len(), 13);
}

#[tokio::test]
async fn a_job_on_a_lane_that_isnt_provisioned_is_refused() {
    let stocked = Stocked::start().await;
    let job = ProcessJob::of(Source::Object("a.pdf".into()));
    let (q3, trace) = (collection("q3"), Trace::default());
    stocked.jobs.publish_process(Lane::Bulk, &q3, &job, None, &trace).await.unwrap();
    let refused = stocked.jobs.publish_process(Lane::Priority, &q3, &job, None, &trace).await;
    assert!(matches!(refused, Err(StoreError::NotProvisioned { .. })), "{refused:?}");
}

#[tokio::test]
async fn what_cant_be_made_is_explained() {
    let options = NatsOptions { file_store_bytes_max: Some(1 << 30), ..Default::default() };
    let server = NatsServer::start_with(options).await;
    let nats = connect(&server).await;
    let made = provision(&nats, &settings(server.url()).nats, &StoreSettings::default()).await;
    let Err(ProvisionError::DoesNotFit { what, .. }) = &made else { panic!("{made:?}") };
    assert!(what.contains("DOCMILL_OUTCOMES"), "{what}");

    let stocked = Stocked::start_empty().await;
    let mut three = settings(stocked.server.url()).nats;
    three.replicas = 3;
    let made = provision(&stocked.nats, &three, &StoreSettings::default()).await;
    assert!(matches!(made, Err(ProvisionError::Replicas { replicas: 3, .. })), "{made:?}");

    let queue = stream::Config {
        name: names::STREAM_PROCESS.to_owned(),
        subjects: names::job_subjects(Work::Process, &[Lane::Bulk]),
        retention: RetentionPolicy::Limits,
        ..Default::default()
    };
    stocked.nats.jetstream.create_stream(queue).await.unwrap();
    let made =
        provision(&stocked.nats, &settings(stocked.server.url()).nats, &StoreSettings::default()).await;
    assert!(matches!(made, Err(ProvisionError::Unchangeable { setting: "retention", .. })), "{made:?}");
}

#[tokio::test]
async fn logins_are_used_and_wrong_ones_never_connect() {
    let user = Some(("mill".to_owned(), "stone".to_owned()));
    let server = NatsServer::start_with(NatsOptions { user, ..Default::default() }).await;
    let mut login = settings(server.url()).nats;
    login.user = Some("mill".into());
    login.password = Some(docmill_chassis::config::Secret::new("stone"));
    let nats = Nats::connect(&login, "test").await.unwrap();
    nats.ready(PATIENCE).await.unwrap();
    drop(Stores::new(&nats));
    let token = docmill_chassis::config::Secret::new("wrong");
    let nats = Nats::connect(
        &docmill_chassis::config::NatsSettings { user: None, password: None, token: Some(token), ..login },
        "test",
    )
    .await;
    let ready = nats.unwrap().ready(Duration::from_millis(300)).await;
    assert!(matches!(ready, Err(ConnectError::Unreachable { .. })), "{ready:?}");
}
