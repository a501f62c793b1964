//! One real server, one line of work on it, and workers whose doing is a closure.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{self, consumer, kv, stream};
use docmill_chassis::config::{
    HttpSettings, LogFormat, LogSettings, NatsSettings, Settings, TelemetrySettings, WorkerSettings,
};
use docmill_chassis::delivery::Delivery;
use docmill_chassis::gate::Gate;
use docmill_chassis::metrics::Metrics;
use docmill_chassis::run::{Chassis, Worker, run};
use docmill_chassis::settle::Verdict;
use docmill_chassis::tasks::Tasks;
use docmill_contract::failure::{Failure, FailureCode};
use docmill_contract::names::{self, Lane, Work};
use docmill_testkit::nats::NatsServer;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Longer than anything takes that works, even on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until `look` sees something. For what can only be observed from outside.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "never seen: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits for what must come.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("never came: {what}"))
}

/// A server with the processor's work queue, its bulk consumer and the starts.
pub(crate) struct Site {
    pub(crate) server: NatsServer,
    pub(crate) jetstream: jetstream::Context,
    pub(crate) settings: Settings,
}

impl Site {
    /// Everything made; `ack_wait` long enough that nothing comes again by it unless a test wants that.
    pub(crate) async fn start() -> Self {
        Self::start_with(Duration::from_secs(60)).await
    }

    pub(crate) async fn start_with(ack_wait: Duration) -> Self {
        let mut site = Self::start_bare().await;
        site.settings.nats.ack_wait = ack_wait;
        site.make_streams().await;
        site
    }

    /// A server without streams.
    pub(crate) async fn start_bare() -> Self {
        let server = NatsServer::start().await;
        let client = async_nats::connect(server.url()).await.unwrap();
        let settings = settings(server.url());
        Self { server, jetstream: jetstream::new(client), settings }
    }

    pub(crate) async fn make_streams(&self) {
        let queue = stream::Config {
            name: names::STREAM_PROCESS.to_owned(),
            subjects: names::job_subjects(Work::Process, &[Lane::Bulk]),
            retention: stream::RetentionPolicy::WorkQueue,
            ..stream::Config::default()
        };
        let queue = self.jetstream.create_stream(queue).await.unwrap();
        let bulk = consumer::pull::Config {
            durable_name: Some(names::consumer(Work::Process, Lane::Bulk)),
            filter_subjects: names::lane_subjects(Work::Process, Lane::Bulk),
            ack_wait: self.settings.nats.ack_wait,
            ..consumer::pull::Config::default()
        };
        queue.create_consumer(bulk).await.unwrap();
        let starts = kv::Config { bucket: names::BUCKET_STARTS.to_owned(), ..kv::Config::default() };
        self.jetstream.create_key_value(starts).await.unwrap();
    }

    /// Connections that the server has, the site's own among them.
    pub(crate) async fn connections(&self) -> u64 {
        let address = self.server.monitor_url().replace("http://", "");
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /varz HTTP/1.0\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let facts: serde_json::Value = serde_json::from_str(body).unwrap();
        facts["connections"].as_u64().unwrap()
    }

    pub(crate) async fn publish(&self, body: &str) -> u64 {
        let subject = names::plain_job_subject(Work::Process);
        let acked = self.jetstream.publish(subject, body.to_owned().into()).await.unwrap();
        acked.await.unwrap().sequence
    }

    pub(crate) async fn starts(&self) -> kv::Store {
        self.jetstream.get_key_value(names::BUCKET_STARTS).await.unwrap()
    }

    pub(crate) async fn starts_of(&self, sequence: u64) -> Option<String> {
        let value = self.starts().await.get(format!("process.{sequence}")).await.unwrap();
        // Behind it stands which start it was.
        value.map(|value| String::from_utf8(value.to_vec()).unwrap().split(' ').next().unwrap().to_owned())
    }

    pub(crate) async fn consumer_info(&self) -> consumer::Info {
        let name = names::consumer(Work::Process, Lane::Bulk);
        let consumer: consumer::PullConsumer =
            self.jetstream.get_consumer_from_stream(name, names::STREAM_PROCESS).await.unwrap();
        consumer.cached_info().clone()
    }

    pub(crate) async fn jobs_left(&self) -> u64 {
        self.jetstream.get_stream(names::STREAM_PROCESS).await.unwrap().cached_info().state.messages
    }

    /// Mounts a worker that does `handle`, and runs it.
    pub(crate) async fn work<H>(&self, handle: H) -> Running
    where
        H: Fn(Delivery) -> BoxFuture<'static, Verdict> + Send + Sync + 'static,
    {
        self.work_behind(|_gate| {}, handle).await
    }

    /// The same, with something done to the gate before.
    pub(crate) async fn work_behind<H>(&self, prepare: impl FnOnce(&Gate), handle: H) -> Running
    where
        H: Fn(Delivery) -> BoxFuture<'static, Verdict> + Send + Sync + 'static,
    {
        let chassis = Chassis::mount("test", self.settings.clone(), Instant::now()).await.unwrap();
        prepare(&chassis.gate);
        let (metrics, gate, tasks) = (chassis.metrics.clone(), chassis.gate.clone(), Tasks::new());
        let (failures, given_up) = mpsc::unbounded_channel();
        let (shutdown, told) = oneshot::channel::<()>();
        let worker = Scripted { handle, failures };
        let exit = tasks.spawn(async move {
            // Dropping the sender is a shutdown too.
            run(chassis, worker, async move { drop(told.await) }).await
        });
        Running { metrics, gate, given_up, shutdown, exit }
    }
}

/// A worker at work.
pub(crate) struct Running {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) gate: Gate,
    pub(crate) given_up: mpsc::UnboundedReceiver<(Delivery, Failure)>,
    shutdown: oneshot::Sender<()>,
    exit: JoinHandle<ExitCode>,
}

impl Running {
    /// Tells the worker to end, without waiting.
    pub(crate) fn tell_to_end(self) -> JoinHandle<ExitCode> {
        drop(self.shutdown);
        self.exit
    }

    /// Ends the worker and expects success.
    pub(crate) async fn end(self) {
        let code = soon("the worker's end", self.tell_to_end()).await.unwrap();
        assert_eq!(code, ExitCode::SUCCESS);
    }
}

struct Scripted<H> {
    handle: H,
    failures: mpsc::UnboundedSender<(Delivery, Failure)>,
}

impl<H> Worker for Scripted<H>
where
    H: Fn(Delivery) -> BoxFuture<'static, Verdict> + Send + Sync + 'static,
{
    fn work(&self) -> Work {
        Work::Process
    }

    async fn handle(&self, delivery: Delivery) -> Verdict {
        (self.handle)(delivery).await
    }

    async fn give_up(&self, delivery: Delivery, failure: Failure) -> Verdict {
        let code: FailureCode = failure.code;
        self.failures.send((delivery, failure)).unwrap();
        Verdict::Failed(code)
    }
}

pub(crate) fn settings(url: String) -> Settings {
    Settings {
        nats: NatsSettings {
            url,
            credentials_file: None,
            nkey_file: None,
            user: None,
            password: None,
            token: None,
            ca_file: None,
            certificate_file: None,
            key_file: None,
            inbox_prefix: "_INBOX".to_owned(),
            lanes: vec![Lane::Bulk],
            ack_wait: Duration::from_secs(60),
            pull_expires: Duration::from_secs(1),
            replicas: 1,
            max_ack_pending: 5_000,
        },
        worker: WorkerSettings {
            lane: Lane::Bulk,
            concurrency: 2,
            cpu_threads: 1,
            drain: Duration::from_secs(10),
            hand_back_delay_min: Duration::from_millis(200),
            hand_back_delay_max: Duration::from_secs(1),
            job_age_max: Duration::from_secs(3_600),
            starts_max: 3,
        },
        http: HttpSettings { listen: ([127, 0, 0, 1], 0).into() },
        log: LogSettings { format: LogFormat::Pretty, level: "info".to_owned() },
        telemetry: TelemetrySettings::default(),
    }
}
