//! The fleet's quota over a real nats-server: workers of one process that share nothing but the ledger.

use std::num::NonZeroU64;
use std::time::Duration;

use docmill_chassis::config::{NatsSettings, Problems, Sections};
use docmill_chassis::connect::Nats;
use docmill_chassis::gate::Gate;
use docmill_chassis::metrics::Metrics;
use docmill_chassis::provision::{StoreSettings, provision};
use docmill_chassis::stores::Stores;
use docmill_contract::names::Lane;
use docmill_processor::llm::quota::{CallSize, Quota, QuotaError, QuotaMetrics, QuotaParts, QuotaSettings};
use docmill_processor::llm::{EndpointIdentity, Reply};
use docmill_processor::tally::Prices;
use docmill_testkit::nats::NatsServer;
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::time::{Instant, timeout};

const CALL: CallSize = CallSize { prompt_tokens: 100, reply_tokens_max: 100 };

/// Far above what anything takes.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Site {
    server: NatsServer,
    pub(crate) nats: Nats,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let site = Self::start_unprovisioned().await;
        site.provision().await;
        site
    }

    pub(crate) async fn provision(&self) {
        let (settings, stores) = self.settings();
        provision(&self.nats, &settings, &stores).await.unwrap();
    }

    pub(crate) async fn start_unprovisioned() -> Self {
        docmill_chassis::run::install_tls();
        let server = NatsServer::start().await;
        let (settings, _) = read_settings(&server);
        let nats = Nats::connect(&settings, "quota test").await.unwrap();
        Self { server, nats }
    }

    fn settings(&self) -> (NatsSettings, StoreSettings) {
        read_settings(&self.server)
    }

    fn worker(&self, settings: &QuotaSettings) -> Worker {
        self.worker_with(settings, None, 8)
    }

    fn worker_with(
        &self,
        settings: &QuotaSettings,
        prices: Option<Prices>,
        calls_at_once_max: usize,
    ) -> Worker {
        let gate = Gate::new(&Metrics::new());
        let parts = QuotaParts {
            identity: EndpointIdentity {
                provider: "openai".into(),
                endpoint: "test".into(),
                model: "m".into(),
                model_version: None,
                temperature: None,
            },
            lane: Lane::Bulk,
            ledgers: Stores::new(&self.nats).quota,
            gate: gate.clone(),
            metrics: QuotaMetrics::default(),
            prices,
            calls_at_once_max,
        };
        Worker { quota: Quota::new(Some(settings), parts), gate }
    }
}

fn read_settings(server: &NatsServer) -> (NatsSettings, StoreSettings) {
    let mut problems = Problems::default();
    let sections = Sections::load(None, [("DOCMILL_NATS__URL".to_owned(), server.url())], &mut problems);
    (NatsSettings::read(&sections, &mut problems), StoreSettings::read(&sections, &mut problems))
}

struct Worker {
    quota: Quota,
    gate: Gate,
}

fn requests(per_minute: u64) -> QuotaSettings {
    QuotaSettings {
        requests_per_minute: NonZeroU64::new(per_minute),
        tokens_per_minute: None,
        cost_per_day: None,
        slot: Duration::from_secs(1),
    }
}

pub(crate) fn reply(prompt_tokens: u64, completion_tokens: u64) -> Reply {
    Reply { text: String::new(), is_truncated: false, model: "m".into(), prompt_tokens, completion_tokens }
}

/// Calls one after the other until `end`; when each began.
async fn call_until(worker: &Worker, end: Instant) -> Vec<Instant> {
    let mut began = Vec::new();
    while let Ok(granted) = tokio::time::timeout_at(end, worker.quota.reserve(CALL)).await {
        began.push(Instant::now());
        granted.unwrap().settle(Ok(&reply(100, 10))).await;
    }
    began
}

/// The most calls within any `window`.
fn peak(mut calls: Vec<Instant>, window: Duration) -> usize {
    calls.sort();
    let within = |index: usize| calls[index..].iter().take_while(|&&at| at < calls[index] + window).count();
    (0..calls.len()).map(within).max().unwrap_or(0)
}

#[tokio::test]
async fn twenty_workers_share_one_quota_and_those_that_are_lost_take_nothing_with_them() {
    let site = Site::start().await;
    // 30 a second, paced a little below.
    let settings = requests(1_800);
    let workers: Vec<Worker> = (0..20).map(|_| site.worker(&settings)).collect();
    let begin = Instant::now();
    let end = begin + Duration::from_secs(8);
    let lost = begin + Duration::from_secs(3);
    let lines = workers.iter().enumerate().flat_map(|(index, worker)| {
        // Half of them are lost on the way: their futures end wherever they are.
        let end = if index % 2 == 0 { end } else { lost };
        (0..3).map(move |_| call_until(worker, end).map(move |calls| (index, calls)))
    });
    let lines = join_all(lines).await;
    let calls: Vec<Instant> = lines.iter().flat_map(|(_, calls)| calls.iter().copied()).collect();
    let most = peak(calls.clone(), Duration::from_secs(3));
    assert!(most <= 90 + 30, "{most} calls in 3 s");
    let after = calls.iter().filter(|&&at| at > lost + Duration::from_secs(2)).count();
    assert!((50..=120).contains(&after), "{after} of some 87 calls in the last three seconds");
    for index in (0..20).step_by(2) {
        let count: usize = lines.iter().filter(|(of, _)| *of == index).map(|(_, calls)| calls.len()).sum();
        assert!(count >= 4, "worker {index} had {count} calls");
    }
}

#[tokio::test]
async fn a_pause_told_to_one_stops_all_even_what_was_bought() {
    let site = Site::start().await;
    // A call every half second, so that eight at once have bought seconds ahead.
    let settings = QuotaSettings { slot: Duration::from_secs(5), ..requests(120) };
    let workers = [site.worker(&settings), site.worker(&settings)];
    let begin = Instant::now();
    let (told, over) = (begin + Duration::from_secs(3), begin + Duration::from_secs(7));
    let pause = async {
        tokio::time::sleep_until(told).await;
        workers[1].quota.pause(over - Instant::now()).await;
        tokio::time::sleep_until(told + Duration::from_millis(1_500)).await;
        assert!(workers.iter().all(|worker| worker.gate.closed_until().is_some()));
    };
    let end = over + Duration::from_secs(5);
    let lines = join_all((0..8).map(|_| call_until(&workers[0], end)));
    let (lines, ()) = tokio::join!(lines, pause);
    let calls: Vec<Instant> = lines.into_iter().flatten().collect();
    let between = |from: Instant, to: Instant| calls.iter().filter(|&&at| at > from && at < to).count();
    assert!(between(begin, told) >= 2);
    // Everybody looks every half second.
    assert_eq!(between(told + Duration::from_millis(800), over - Duration::from_millis(50)), 0);
    assert!(between(over, end) >= 4);
}

#[tokio::test]
async fn a_worker_whose_calls_wait_pulls_nothing_and_what_is_given_up_is_forgotten() {
    let site = Site::start().await;
    let worker = site.worker(&requests(12));
    {
        let waiting = (0..6).map(|_| worker.quota.reserve(CALL));
        let mut waiting = join_all(waiting);
        assert!(timeout(Duration::from_secs(3), &mut waiting).await.is_err());
        assert!(worker.gate.is_held());
    }
    assert!(!worker.gate.is_held(), "nobody waits any more");
    let granted = timeout(PATIENCE, worker.quota.reserve(CALL)).await.unwrap();
    granted.unwrap().settle(Ok(&reply(100, 10))).await;
}

#[tokio::test]
async fn a_worker_that_drains_has_what_is_there_and_waits_for_nothing() {
    let site = Site::start().await;
    let worker = site.worker(&requests(60));
    let mut waiting = join_all((0..6).map(|_| worker.quota.reserve(CALL)));
    // They all would have to wait for six seconds, and those that come afterwards.
    assert!(timeout(Duration::from_millis(300), &mut waiting).await.is_err());
    worker.gate.drain();
    let ended = timeout(Duration::from_secs(4), waiting).await.unwrap();
    let drained = ended.iter().filter(|result| matches!(result, Err(QuotaError::Draining))).count();
    assert!((2..6).contains(&drained), "{ended:?}");
    drop(ended);
    let refused = timeout(Duration::from_secs(4), join_all((0..6).map(|_| worker.quota.reserve(CALL)))).await;
    assert!(refused.unwrap().iter().any(|result| matches!(result, Err(QuotaError::Draining))));
}

#[tokio::test]
async fn no_more_than_the_endpoint_takes_at_once_is_granted() {
    let site = Site::start().await;
    let worker = site.worker_with(&requests(6_000), None, 2);
    let first = worker.quota.reserve(CALL).await.unwrap();
    let second = worker.quota.reserve(CALL).await.unwrap();
    assert!(timeout(Duration::from_millis(500), worker.quota.reserve(CALL)).await.is_err());
    let answer = reply(100, 10);
    let (third, ()) = tokio::join!(worker.quota.reserve(CALL), first.settle(Ok(&answer)));
    third.unwrap().settle(Ok(&reply(100, 10))).await;
    drop(second);
}

#[tokio::test]
async fn tokens_that_were_not_used_are_sold_again() {
    let site = Site::start().await;
    let settings = QuotaSettings {
        requests_per_minute: None,
        tokens_per_minute: NonZeroU64::new(60_000),
        ..requests(1)
    };
    let worker = site.worker(&settings);
    // A call of 1,000 expected tokens a second; but they take 20 each, and soon nobody expects more.
    let size = CallSize { prompt_tokens: 500, reply_tokens_max: 500 };
    let begin = Instant::now();
    for _ in 0..40 {
        worker.quota.reserve(size).await.unwrap().settle(Ok(&reply(10, 10))).await;
    }
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    let too_large = CallSize { prompt_tokens: 50_000_000, reply_tokens_max: 1 };
    let error = worker.quota.reserve(too_large).await.unwrap_err();
    assert!(error.to_string().contains("llm.quota.tokens_per_minute allows 60000"), "{error}");
}

#[tokio::test]
async fn a_day_has_its_cap() {
    let site = Site::start().await;
    let price = "1000".parse().unwrap();
    let prices = Prices { currency: "USD".into(), prompt: price, completion: price };
    // A token costs a thousandth; a call reserves at most 0.2.
    let cap = Some("0.5".parse().unwrap());
    let settings = QuotaSettings { requests_per_minute: None, cost_per_day: cap, ..requests(1) };
    let workers: Vec<Worker> = (0..2).map(|_| site.worker_with(&settings, Some(prices.clone()), 8)).collect();
    for worker in workers.iter().cycle().take(3) {
        // Takes 0.11 each: the third has room only because the first gave back what it didn't take.
        worker.quota.reserve(CALL).await.unwrap().settle(Ok(&reply(100, 10))).await;
    }
    for worker in &workers {
        let refused = timeout(PATIENCE, worker.quota.reserve(CALL)).await.unwrap();
        assert!(matches!(refused, Err(QuotaError::CostCap)), "{refused:?}");
        assert!(worker.gate.closed_until().is_some());
    }
}

#[tokio::test]
async fn without_a_quota_nats_is_not_asked() {
    let mut site = Site::start_unprovisioned().await;
    site.server.kill();
    let gate = Gate::new(&Metrics::new());
    let parts = QuotaParts {
        identity: EndpointIdentity {
            provider: String::new(),
            endpoint: String::new(),
            model: String::new(),
            model_version: None,
            temperature: None,
        },
        lane: Lane::Bulk,
        ledgers: Stores::new(&site.nats).quota,
        gate,
        metrics: QuotaMetrics::default(),
        prices: None,
        calls_at_once_max: 1,
    };
    let quota = Quota::new(None, parts);
    let grants: Vec<_> =
        (0..3).map(|_| quota.reserve(CALL).now_or_never().expect("it waits").unwrap()).collect();
    for grant in grants {
        grant.settle(Ok(&reply(1, 1))).now_or_never().expect("it waits");
    }
    quota.pause(Duration::from_secs(60)).now_or_never().expect("it waits");
}

#[tokio::test]
async fn an_outage_of_nats_is_waited_out_for_a_while() {
    let mut site = Site::start().await;
    let worker = site.worker(&requests(600));
    worker.quota.reserve(CALL).await.unwrap().settle(Ok(&reply(100, 10))).await;
    site.server.kill();
    let mut waiting = Box::pin(worker.quota.reserve(CALL));
    assert!(timeout(Duration::from_millis(500), &mut waiting).await.is_err());
    site.server.restart().await;
    timeout(PATIENCE, waiting).await.unwrap().unwrap().settle(Ok(&reply(100, 10))).await;
    site.server.kill();
    let began = Instant::now();
    let refused = timeout(PATIENCE, worker.quota.reserve(CALL)).await.unwrap();
    assert!(matches!(refused, Err(QuotaError::Store(_))), "{refused:?}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}
