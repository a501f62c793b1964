//! Jobs from their delivery to their end: done, handed back, lost, given up; drains, restarts, the gate.

use std::time::Duration;

use async_nats::jetstream::consumer::DeliverPolicy;
use docmill_chassis::delivery::Delivery;
use docmill_chassis::health::{self, Health};
use docmill_chassis::metrics::JobEnd;
use docmill_chassis::settle::Verdict;
use docmill_chassis::tasks::Tasks;
use docmill_contract::failure::FailureCode;
use docmill_contract::names::{Lane, Work};
use futures_util::FutureExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::harness::{Running, Site, eventually, soon};
use crate::proxy::Wire;

/// What a worker saw of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    body: String,
    delivered: u64,
    starts: u32,
}

impl Seen {
    fn of(delivery: &Delivery) -> Self {
        Self {
            body: String::from_utf8(delivery.payload.to_vec()).unwrap(),
            delivered: delivery.delivered,
            starts: delivery.starts,
        }
    }
}

fn seen(body: &str, delivered: u64, starts: u32) -> Seen {
    Seen { body: body.to_owned(), delivered, starts }
}

/// A worker that reports each job, then does what `verdict` says with the number of the call, from 1.
async fn reporting(
    site: &Site,
    verdict: impl Fn(u64) -> Verdict + Send + Sync + 'static,
) -> (Running, mpsc::UnboundedReceiver<Seen>) {
    let (report, jobs) = mpsc::unbounded_channel();
    let calls = std::sync::atomic::AtomicU64::new(0);
    let running = site
        .work(move |delivery| {
            report.send(Seen::of(&delivery)).unwrap();
            let verdict = verdict(calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1);
            async move { verdict }.boxed()
        })
        .await;
    (running, jobs)
}

async fn ended(running: &Running, end: JobEnd, times: u64) {
    let metrics = &running.metrics;
    let look = || async { (metrics.jobs_ended(Work::Process, Lane::Bulk, end) == times).then_some(()) };
    eventually("the job's end in the metrics", look).await;
}

async fn nothing_left(site: &Site) {
    eventually("an empty queue", || async { (site.jobs_left().await == 0).then_some(()) }).await;
}

#[tokio::test]
async fn a_job_that_is_done_is_acknowledged_and_its_start_forgotten() {
    let site = Site::start().await;
    let (running, mut jobs) = reporting(&site, |_| Verdict::Done).await;
    let sequence = site.publish("one").await;
    assert_eq!(soon("the job", jobs.recv()).await, Some(seen("one", 1, 1)));
    nothing_left(&site).await;
    ended(&running, JobEnd::Done, 1).await;
    eventually("no count", || async { site.starts_of(sequence).await.is_none().then_some(()) }).await;
    running.end().await;
}

#[tokio::test]
async fn a_failed_job_is_acknowledged_too() {
    let site = Site::start().await;
    let (running, _jobs) = reporting(&site, |_| Verdict::Failed(FailureCode::NotAPdf)).await;
    site.publish("one").await;
    ended(&running, JobEnd::Failed, 1).await;
    nothing_left(&site).await;
    running.end().await;
}

#[tokio::test]
async fn a_hand_back_comes_again_after_its_delay_and_does_not_count_as_a_start() {
    let site = Site::start().await;
    let delay = Duration::from_millis(400);
    let (running, mut jobs) = reporting(&site, move |call| match call {
        1 => Verdict::hand_back_after(delay, "the model is down"),
        2 => Verdict::hand_back("the model is down"),
        _ => Verdict::Done,
    })
    .await;
    site.publish("one").await;
    assert_eq!(soon("the job", jobs.recv()).await, Some(seen("one", 1, 1)));
    let first = Instant::now();
    assert_eq!(soon("the job again", jobs.recv()).await, Some(seen("one", 2, 1)));
    assert!(first.elapsed() >= delay * 9 / 10, "{:?}", first.elapsed());
    let second = Instant::now();
    assert_eq!(soon("the job again", jobs.recv()).await, Some(seen("one", 3, 1)));
    // Doubled once for the second delivery, less the spread.
    assert!(second.elapsed() >= Duration::from_millis(270), "{:?}", second.elapsed());
    nothing_left(&site).await;
    ended(&running, JobEnd::HandedBack, 2).await;
    running.end().await;
}

#[tokio::test]
async fn a_job_that_never_ends_is_handed_back_when_the_drain_runs_out() {
    let mut site = Site::start().await;
    site.settings.worker.drain = Duration::from_millis(100);
    let (report, mut begun) = mpsc::unbounded_channel();
    let running = site
        .work(move |delivery| {
            report.send(delivery.cancelled.clone()).unwrap();
            std::future::pending().boxed()
        })
        .await;
    let sequence = site.publish("one").await;
    let cancelled = soon("the job", begun.recv()).await.unwrap();
    assert_eq!(site.starts_of(sequence).await.as_deref(), Some("1"));
    assert!(!cancelled.is_cancelled());
    running.end().await;
    assert!(cancelled.is_cancelled());
    let (running, mut jobs) = reporting(&site, |_| Verdict::Done).await;
    assert_eq!(soon("the job, elsewhere", jobs.recv()).await, Some(seen("one", 2, 1)));
    nothing_left(&site).await;
    running.end().await;
}

#[tokio::test]
async fn a_job_may_finish_during_the_drain() {
    let site = Site::start().await;
    let (report, mut begun) = mpsc::unbounded_channel();
    let (release, hold) = tokio::sync::watch::channel(false);
    let running = site
        .work(move |_| {
            report.send(()).unwrap();
            let mut hold = hold.clone();
            async move {
                hold.wait_for(|released| *released).await.unwrap();
                Verdict::Done
            }
            .boxed()
        })
        .await;
    site.publish("one").await;
    soon("the job", begun.recv()).await.unwrap();
    let exit = running.tell_to_end();
    assert!(!exit.is_finished());
    release.send(true).unwrap();
    soon("the worker's end", exit).await.unwrap();
    assert_eq!(site.jobs_left().await, 0);
}

#[tokio::test]
async fn a_job_that_arrives_during_the_drain_goes_to_another_worker_at_once() {
    let site = Site::start().await;
    for round in 1..=5 {
        let (running, mut jobs) = reporting(&site, |_| Verdict::Done).await;
        let metrics = running.metrics.clone();
        eventually("a pull", || async { (metrics.pulls.get() > 0).then_some(()) }).await;
        let exit = running.tell_to_end();
        site.publish("late").await;
        soon("the worker's end", exit).await.unwrap();
        let (running, mut others) = reporting(&site, |_| Verdict::Done).await;
        if jobs.try_recv().is_err() {
            // With an ack_wait of a minute, only a hand-back brings it in time.
            let job = soon("the job, elsewhere", others.recv()).await.unwrap();
            assert_eq!(job.starts, 1, "round {round}");
        }
        nothing_left(&site).await;
        running.end().await;
    }
}

#[tokio::test]
async fn panics_are_counted_as_starts_and_the_last_one_fails_the_document() {
    let site = Site::start().await;
    let (report, mut jobs) = mpsc::unbounded_channel();
    let mut running = site
        .work(move |delivery| {
            report.send(Seen::of(&delivery)).unwrap();
            async { panic!("on purpose") }.boxed()
        })
        .await;
    site.publish("one").await;
    for start in 1..=3 {
        assert_eq!(soon("the job", jobs.recv()).await, Some(seen("one", start.into(), start)));
    }
    let (delivery, failure) = soon("giving up", running.given_up.recv()).await.unwrap();
    assert_eq!((failure.code, failure.attempts, delivery.starts), (FailureCode::Internal, 3, 3));
    nothing_left(&site).await;
    assert_eq!(running.metrics.job_panics.get(), 3);
    running.end().await;
}

#[tokio::test]
async fn a_document_that_took_its_workers_with_it_runs_alone_and_then_fails() {
    let site = Site::start().await;
    let (report, mut begun) = mpsc::unbounded_channel();
    let (release, hold) = tokio::sync::watch::channel(false);
    let mut running = site
        .work(move |delivery| {
            report.send(Seen::of(&delivery)).unwrap();
            let mut hold = hold.clone();
            async move {
                if delivery.payload == "neighbour" {
                    hold.wait_for(|released| *released).await.unwrap();
                }
                Verdict::Done
            }
            .boxed()
        })
        .await;
    site.starts().await.put("process.2", "2".into()).await.unwrap();
    site.starts().await.put("process.3", "3".into()).await.unwrap();
    site.publish("neighbour").await;
    assert_eq!(soon("the neighbour", begun.recv()).await, Some(seen("neighbour", 1, 1)));
    site.publish("heavy").await;
    eventually("both delivered", || async {
        (site.consumer_info().await.num_ack_pending == 2).then_some(())
    })
    .await;
    assert!(begun.try_recv().is_err(), "it began beside another job");
    assert_eq!(site.starts_of(2).await.as_deref(), Some("2"), "the start was counted before it began");
    release.send(true).unwrap();
    assert_eq!(soon("the heavy one", begun.recv()).await, Some(seen("heavy", 1, 3)));
    assert_eq!(running.metrics.jobs_alone.get(), 1);
    site.publish("hopeless").await;
    let (_, failure) = soon("giving up", running.given_up.recv()).await.unwrap();
    assert_eq!((failure.code, failure.attempts), (FailureCode::WorkerLost, 3));
    nothing_left(&site).await;
    running.end().await;
}

#[tokio::test]
async fn a_job_older_than_a_job_may_be_expires() {
    let mut site = Site::start().await;
    site.settings.worker.job_age_max = Duration::from_nanos(1);
    site.publish("old").await;
    let (mut running, mut jobs) = reporting(&site, |_| Verdict::Done).await;
    let (_, failure) = soon("giving up", running.given_up.recv()).await.unwrap();
    assert_eq!(failure.code, FailureCode::Expired);
    nothing_left(&site).await;
    assert!(jobs.try_recv().is_err());
    running.end().await;
}

#[tokio::test]
async fn a_long_job_stays_with_its_worker_and_can_still_be_handed_back() {
    let site = Site::start_with(Duration::from_secs(1)).await;
    let delay = Duration::from_secs(2);
    let (report, mut jobs) = mpsc::unbounded_channel();
    let running = site
        .work(move |delivery| {
            let delivered = delivery.delivered;
            report.send((delivered, Instant::now())).unwrap();
            async move {
                if delivered > 1 {
                    return Verdict::Done;
                }
                // The job's own length: past ack_wait, which only signs of life can bridge.
                tokio::time::sleep(Duration::from_millis(2_500)).await;
                Verdict::hand_back_after(delay, "not yet")
            }
            .boxed()
        })
        .await;
    site.publish("long").await;
    let (first, began) = soon("the job", jobs.recv()).await.unwrap();
    let (second, again) = soon("the job again", jobs.recv()).await.unwrap();
    assert_eq!((first, second), (1, 2));
    // Without confirmed signs of life it would be back after 1 s; without a hand-back, after 3.5 s.
    let gap = again - began;
    assert!(gap >= Duration::from_millis(4_400), "{gap:?}");
    nothing_left(&site).await;
    running.end().await;
}

#[tokio::test]
async fn after_a_crash_of_the_server_jobs_arrive_at_once() {
    let mut site = Site::start().await;
    // A pull that isn't issued again would wait this long and five seconds more.
    site.settings.nats.pull_expires = Duration::from_secs(30);
    let (one, mut ones) = reporting(&site, |_| Verdict::Done).await;
    let (other, mut others) = reporting(&site, |_| Verdict::Done).await;
    for running in [&one, &other] {
        eventually("a pull", || async { (running.metrics.pulls.get() > 0).then_some(()) }).await;
    }
    // Without a word to the waiting pulls, as in a crash.
    site.server.kill();
    site.server.restart().await;
    let client = async_nats::connect(site.server.url()).await.unwrap();
    site.jetstream = async_nats::jetstream::new(client);
    for body in 0..6 {
        let body = body.to_string();
        site.publish(&body).await;
        let job = soon("a job after the restart", async {
            tokio::select! { job = ones.recv() => job, job = others.recv() => job }
        });
        assert_eq!(job.await, Some(seen(&body, 1, 1)));
    }
    nothing_left(&site).await;
    drop((one.tell_to_end(), other.tell_to_end()));
}

#[tokio::test]
async fn nothing_is_pulled_into_the_buffer_of_a_lost_connection() {
    let mut site = Site::start().await;
    let wire = Wire::to(site.server.port()).await;
    site.settings.nats.url = wire.url();
    site.settings.worker.concurrency = 1;
    site.publish("one").await;
    let (report, mut jobs) = mpsc::unbounded_channel();
    let (release, hold) = tokio::sync::watch::channel(false);
    let running = site
        .work_behind(
            |gate| gate.close(Duration::from_secs(2), "the model answers 503"),
            move |delivery| {
                report.send(Seen::of(&delivery)).unwrap();
                let mut hold = hold.clone();
                async move {
                    hold.wait_for(|released| *released).await.unwrap();
                    Verdict::Done
                }
                .boxed()
            },
        )
        .await;
    eventually("the worker's connection", || async { (site.connections().await > 1).then_some(()) }).await;
    wire.cut();
    eventually("the server's notice", || async { (site.connections().await == 1).then_some(()) }).await;
    let gate = running.gate.clone();
    eventually("the pause's end", || async { gate.closed_until().is_none().then_some(()) }).await;
    wire.mend();
    // A pull from the time without connection can take the job after nobody waits for it any more.
    assert_eq!(soon("the job", jobs.recv()).await, Some(seen("one", 1, 1)));
    assert_eq!(running.metrics.pulls.get(), 1);
    release.send(true).unwrap();
    running.end().await;
}

#[tokio::test]
async fn a_cut_connection_does_not_cost_jobs_their_start() {
    let mut site = Site::start().await;
    let wire = Wire::to(site.server.port()).await;
    site.settings.nats.url = wire.url();
    site.settings.nats.pull_expires = Duration::from_secs(30);
    let (running, mut jobs) = reporting(&site, |_| Verdict::Done).await;
    let metrics = running.metrics.clone();
    for round in 1..=5 {
        // Each round takes one pull for the cut and one after the job.
        eventually("another pull", || async { (metrics.pulls.get() >= round * 2 - 1).then_some(()) }).await;
        wire.cut();
        eventually("the server's notice", || async { (site.connections().await == 1).then_some(()) }).await;
        let body = round.to_string();
        site.publish(&body).await;
        wire.mend();
        assert_eq!(soon("the job", jobs.recv()).await, Some(seen(&body, 1, 1)));
    }
    drop(running.tell_to_end());
}

#[tokio::test]
async fn a_worker_waits_for_the_server_and_for_the_streams() {
    let mut site = Site::start_bare().await;
    site.server.kill();
    let (running, mut jobs) = reporting(&site, |_| Verdict::Done).await;
    site.server.restart().await;
    let metrics = running.metrics.clone();
    eventually("waiting", || async { (metrics.waiting_for_streams.get() == 1).then_some(()) }).await;
    assert_eq!(metrics.pulls.get(), 0);
    let client = async_nats::connect(site.server.url()).await.unwrap();
    site.jetstream = async_nats::jetstream::new(client);
    site.make_streams().await;
    site.publish("one").await;
    assert_eq!(soon("the job", jobs.recv()).await, Some(seen("one", 1, 1)));
    assert_eq!(metrics.waiting_for_streams.get(), 0);
    running.end().await;
}

#[tokio::test]
async fn a_consumer_that_is_made_anew_is_found_again() {
    let site = Site::start().await;
    let (running, mut jobs) = reporting(&site, |_| Verdict::Done).await;
    site.publish("one").await;
    assert!(soon("the job", jobs.recv()).await.is_some());
    nothing_left(&site).await;
    let queue = site.jetstream.get_stream("DOCMILL_PROCESS").await.unwrap();
    let mut config = site.consumer_info().await.config;
    queue.delete_consumer("process-bulk").await.unwrap();
    let metrics = running.metrics.clone();
    eventually("waiting", || async { (metrics.waiting_for_streams.get() == 1).then_some(()) }).await;
    config.deliver_policy = DeliverPolicy::All;
    let config: async_nats::jetstream::consumer::pull::Config =
        async_nats::jetstream::consumer::FromConsumer::try_from_consumer_config(config).unwrap();
    queue.create_consumer(config).await.unwrap();
    site.publish("two").await;
    assert_eq!(soon("the job", jobs.recv()).await, Some(seen("two", 1, 1)));
    running.end().await;
}

#[tokio::test]
async fn nothing_is_pulled_while_the_gate_is_closed() {
    let site = Site::start().await;
    site.publish("one").await;
    let (report, mut jobs) = mpsc::unbounded_channel();
    let pause = Duration::from_millis(700);
    let closed = Instant::now();
    let running = site
        .work_behind(
            |gate| gate.close(pause, "the model answers 401"),
            move |_| {
                report.send(Instant::now()).unwrap();
                async { Verdict::Done }.boxed()
            },
        )
        .await;
    let began = soon("the job", jobs.recv()).await.unwrap();
    assert!(began - closed >= pause);
    nothing_left(&site).await;
    // Delivered once: it was not pulled before and given back.
    assert_eq!(site.consumer_info().await.delivered.consumer_sequence, 1);
    assert_eq!(running.metrics.gate_closed.get(), 1, "nobody has reported a success");
    running.gate.report_success();
    assert_eq!(running.metrics.gate_closed.get(), 0);
    running.end().await;
}

#[tokio::test]
async fn a_job_that_must_run_alone_can_be_the_gates_trial() {
    let mut site = Site::start().await;
    site.settings.worker.concurrency = 1;
    site.starts().await.put("process.1", "2".into()).await.unwrap();
    site.publish("heavy").await;
    let (report, mut jobs) = mpsc::unbounded_channel();
    let running = site
        .work_behind(
            |gate| gate.close(Duration::from_millis(50), "the model answers 503"),
            move |delivery| {
                report.send(Seen::of(&delivery)).unwrap();
                async { Verdict::Done }.boxed()
            },
        )
        .await;
    assert_eq!(soon("the job", jobs.recv()).await, Some(seen("heavy", 1, 3)));
    running.end().await;
}

#[tokio::test]
async fn health_and_metrics_are_served() {
    let mut site = Site::start().await;
    let chassis =
        docmill_chassis::run::Chassis::mount("test", site.settings.clone(), Instant::now()).await.unwrap();
    let (health, tasks) = (Health::default(), Tasks::new());
    let client = chassis.nats.client.clone();
    let address =
        health::serve(site.settings.http.listen, health.clone(), chassis.metrics.clone(), client, &tasks)
            .await;
    let address = address.unwrap();
    let get = |path: &'static str| async move {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let ready = |answer: &str| answer.starts_with("HTTP/1.1 200 ").then_some(());
    eventually("ready", || async { ready(&get("/readyz").await) }).await;
    assert!(get("/livez").await.starts_with("HTTP/1.1 200 "));
    assert!(get("/metrics").await.contains("docmill_pulls_total 0"));
    assert!(get("/else").await.starts_with("HTTP/1.1 404 "));
    site.server.kill();
    let not_ready = || async {
        let answer = get("/readyz").await;
        answer.starts_with("HTTP/1.1 503 ").then_some(answer)
    };
    let answer = eventually("not ready", not_ready).await;
    assert!(answer.contains(r#""nats":"disconnected""#), "{answer}");
    assert!(get("/livez").await.starts_with("HTTP/1.1 200 "));
    assert!(tasks.stop(Duration::from_secs(5)).await);
}
