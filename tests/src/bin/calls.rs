//! `make bench-calls`: what a call to a model costs beside waiting for the endpoint; writes `docs/benchmarks-calls.md`.
//!
//! Seen from outside, so that it holds whatever the processor is made of: a relay in front of mock-llm notes when each
//! request has come and when its answer goes back. A document has more parts than are asked about at once, so each answer
//! is followed by the question about another part; what lies between the two is what the processor adds.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing};
use docmill_chassis::connect::Nats;
use docmill_chassis::delivery::Trace;
use docmill_chassis::jobs::Jobs;
use docmill_chassis::stores::Stores;
use docmill_contract::identity::CollectionId;
use docmill_contract::job::{ProcessJob, Source};
use docmill_contract::names::Lane;
use docmill_testkit::nats::NatsServer;
use docmill_testkit::{layouts, varied};
use docmill_tests::site::{Failure, connect, machine, peak_kib, start_mock};
use docmill_tests::{program, repository};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::net::TcpListener;
use tokio::process::Command;

/// Rows of each invoice: some thirty parts at [`CHUNK_TOKENS_MAX`].
const ROWS: usize = 200;

/// Tokens of a part.
const CHUNK_TOKENS_MAX: &str = "400";

/// What each row begins with, before the document's number: how the relay knows whose call it is.
const MARK: &str = "DOC-";

/// The longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(300);

/// Kernel ticks in a second, by which `/proc` counts processor time: the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// So many documents at once, each with several parts asked about at once. The more there are, the longer the endpoint
/// takes, so that it is never the machine that is measured.
#[derive(Clone, Copy)]
struct Level {
    at_once: u64,
    documents: u64,
    delay: Duration,
}

const LEVELS: [Level; 3] = [
    Level { at_once: 1, documents: 20, delay: Duration::from_millis(100) },
    Level { at_once: 25, documents: 50, delay: Duration::from_secs(1) },
    Level { at_once: 250, documents: 250, delay: Duration::from_secs(10) },
];

/// One call as the relay saw it.
struct Call {
    document: Option<u64>,
    came: Instant,
    answered: Option<Instant>,
}

/// The endpoint as the processor sees it.
struct Relay {
    client: reqwest::Client,
    upstream: Mutex<String>,
    calls: Mutex<Vec<Call>>,
}

/// What one level came to.
struct Measured {
    in_flight: usize,
    calls: usize,
    /// What was added to each call that followed another of its document, sorted.
    added: Vec<Duration>,
    processor: Duration,
    peak_kib: u64,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    docmill_chassis::run::install_tls();
    let nats = NatsServer::start().await;
    let connection = connect(&nats).await?;
    let client = reqwest::Client::builder().build()?;
    let relay = Arc::new(Relay { client, upstream: Mutex::default(), calls: Mutex::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/v1", listener.local_addr()?);
    let routes = Router::new()
        .route("/v1/chat/completions", routing::post(pass_on))
        .layer(DefaultBodyLimit::max(32 << 20))
        .with_state(Arc::clone(&relay));
    let serving = tokio::task::JoinSet::from_iter([async move { axum::serve(listener, routes).await }]);
    let mut levels = Vec::new();
    let mut seed = 0;
    for level in LEVELS {
        let (mut mock, upstream) = start_mock(level.delay).await?;
        *locked(&relay.upstream) = upstream;
        levels.push((level, measure(level, &mut seed, &nats, &connection, &address, &relay).await?));
        mock.kill().await?;
    }
    drop(serving);
    let page = page(&levels);
    std::fs::write(repository().join("docs/benchmarks-calls.md"), &page)?;
    print(&page);
    Ok(())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "the answers are mock-llm's, which are small")]
async fn pass_on(State(relay): State<Arc<Relay>>, body: Bytes) -> Response {
    let came = Instant::now();
    let call = {
        let mut calls = locked(&relay.calls);
        calls.push(Call { document: document_of(&body), came, answered: None });
        calls.len() - 1
    };
    let url = format!("{}/chat/completions", locked(&relay.upstream));
    let sent = relay.client.post(url).header(header::CONTENT_TYPE, "application/json").body(body).send();
    let answer = async {
        let response = sent.await?;
        Ok::<_, reqwest::Error>((response.status(), response.bytes().await?))
    };
    match answer.await {
        Ok((status, answer)) => {
            if let Some(call) = locked(&relay.calls).get_mut(call) {
                call.answered = Some(Instant::now());
            }
            (status, [(header::CONTENT_TYPE, "application/json")], Body::from(answer)).into_response()
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// The number behind the first mark.
fn document_of(body: &[u8]) -> Option<u64> {
    let text = str::from_utf8(body).ok()?;
    let (_, behind) = text.split_once(MARK)?;
    behind.split('-').next()?.parse().ok()
}

/// Works off a backlog of documents at one level.
async fn measure(
    level: Level,
    seed: &mut u64,
    nats: &NatsServer,
    connection: &Nats,
    address: &str,
    relay: &Relay,
) -> Result<Measured, Failure> {
    let collection: CollectionId = format!("calls-{}", level.at_once).parse()?;
    let stores = Stores::new(connection);
    let mut ready = Vec::new();
    for _ in 0..level.documents {
        *seed += 1;
        ready.push(job(*seed, &stores).await?);
    }
    locked(&relay.calls).clear();
    let mut process = Command::new(program("docmill-processor"))
        .env("DOCMILL_NATS__URL", nats.url())
        .env("DOCMILL_NATS__PULL_EXPIRES_SECONDS", "1")
        .env("DOCMILL_WORKER__CONCURRENCY", level.at_once.to_string())
        .env("DOCMILL_LLM__CALLS_AT_ONCE_MAX", "4096")
        .env("DOCMILL_LLM__CHUNK_TOKENS_MAX", CHUNK_TOKENS_MAX)
        .env("DOCMILL_LLM__BASE_URL", address)
        .env("DOCMILL_LLM__MODEL", "mock-llm")
        .env("DOCMILL_HTTP__LISTEN", "127.0.0.1:0")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let pid = process.id().ok_or("the processor has ended")?;
    // One after the other within the endpoint's time, so that calls come evenly and not all at once.
    let jobs = Jobs::new(connection);
    let mut beats = tokio::time::interval(level.delay / u32::try_from(level.at_once)?);
    for job in &ready {
        beats.tick().await;
        jobs.publish_process(Lane::Bulk, &collection, job, None, &Trace::default()).await?;
    }
    let begun = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(200));
    while stores.outcomes.count(&collection).await? < level.documents {
        if begun.elapsed() > PATIENCE {
            return Err(format!("{} documents at once were not worked off in time", level.at_once).into());
        }
        looks.tick().await;
    }
    let (processor, peak_kib) = (processor_time(pid), peak_kib(pid));
    kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGTERM)?;
    process.wait().await?;
    let calls = std::mem::take(&mut *locked(&relay.calls));
    let (added, in_flight) = added(&calls);
    Ok(Measured { in_flight, calls: calls.len(), added, processor, peak_kib })
}

/// A long invoice whose rows all say which document they are of, stored, and its job.
async fn job(seed: u64, stores: &Stores) -> Result<ProcessJob, Failure> {
    let (mut invoice, layout) = varied::invoice(seed);
    let rows = invoice.items.iter().cycle().take(ROWS).cloned().enumerate();
    invoice.items = rows
        .map(|(row, mut item)| {
            item.description = format!("{MARK}{seed}-{row}");
            item.note = None;
            item
        })
        .collect();
    let object = stores.documents.put(&Bytes::from(layouts::draw(&invoice, layout).write())).await?;
    Ok(ProcessJob {
        document: Some(format!("invoice-{seed}").parse()?),
        profile: Some("invoice".to_owned()),
        ..ProcessJob::of(Source::Object(object))
    })
}

/// What the processor added to each call that took an earlier one's place, sorted; and how many calls were at once in
/// flight, at most.
///
/// A document has as many calls in flight as it ever has at once; its next question follows its first answer, and so on.
fn added(calls: &[Call]) -> (Vec<Duration>, usize) {
    let mut documents: BTreeMap<u64, (Vec<Instant>, Vec<Instant>)> = BTreeMap::new();
    let (mut came, mut answered) = (Vec::new(), Vec::new());
    for call in calls {
        came.push(call.came);
        answered.extend(call.answered);
        if let Some(document) = call.document {
            let (came, answered) = documents.entry(document).or_default();
            came.push(call.came);
            answered.extend(call.answered);
        }
    }
    let in_flight = most_at_once(&mut came, &mut answered);
    let mut added = Vec::new();
    for (mut came, mut answered) in documents.into_values() {
        let lanes = most_at_once(&mut came, &mut answered);
        let pairs = answered.iter().zip(came.iter().skip(lanes));
        added.extend(pairs.map(|(answered, came)| came.saturating_duration_since(*answered)));
    }
    added.sort_unstable();
    (added, in_flight)
}

/// Sorts both, and counts how many had come and were not answered, at most.
fn most_at_once(came: &mut [Instant], answered: &mut [Instant]) -> usize {
    came.sort_unstable();
    answered.sort_unstable();
    let before = |moment: &Instant| answered.partition_point(|answered| answered <= moment);
    let at_once = came.iter().enumerate().map(|(index, moment)| (index + 1).saturating_sub(before(moment)));
    at_once.max().unwrap_or(0)
}

/// Processor time of a process alone, without that of its reading children.
fn processor_time(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // Behind the name, which may hold anything: the 12th and 13th are user and system time.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace().skip(11).take(2);
    let ticks: f64 = fields.filter_map(|field| field.parse::<f64>().ok()).sum();
    Duration::from_secs_f64(ticks / TICKS_PER_SECOND)
}

fn page(levels: &[(Level, Measured)]) -> String {
    let mut page = String::from(
        "# What a call to a model costs\n\nWritten by `make bench-calls`: everything but waiting for the endpoint. Real programs: one processor, a nats-server with\n`sync_interval: always`, mock-llm with a fixed delay. A relay before mock-llm notes when a request has come whole and when its\nanswer goes back; what lies between an answer and the question that follows it in the same document is what was added: reading the\nanswer from the wire, checking it, keeping it (a synced write), making the next prompt, looking whether its answer is kept already (a read), and sending it.\nAnswers are taken in order, so one that comes before its elder waits for it, which is counted, too. Processor time is the processor's, without\nits reading children, and holds all it does for a document, shared out among the document's calls. One run on a shared machine.\n\n| documents at once | calls in flight, most | endpoint's delay | calls | added, p50 | added, p99 | CPU per call | peak memory (VmHWM) | per job in flight |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let alone_kib = levels.first().map_or(0, |(_, measured)| measured.peak_kib);
    for (level, measured) in levels {
        let at = |percent: usize| {
            let place = measured.added.len() * percent / 100;
            measured.added.get(place).map_or(f64::NAN, |added| added.as_secs_f64() * 1_000.0)
        };
        let calls = u32::try_from(measured.calls).unwrap_or(u32::MAX).max(1);
        let per_job = match level.at_once.checked_sub(1) {
            Some(others @ 1..) => format!("{} KiB", measured.peak_kib.saturating_sub(alone_kib) / others),
            Some(0) | None => "–".to_owned(),
        };
        page.push_str(&format!(
            "| {} | {} | {} ms | {} | {:.1} ms | {:.1} ms | {:.2} ms | {} MiB | {per_job} |\n",
            level.at_once,
            measured.in_flight,
            level.delay.as_millis(),
            measured.calls,
            at(50),
            at(99),
            measured.processor.as_secs_f64() * 1_000.0 / f64::from(calls),
            measured.peak_kib / 1_024,
        ));
    }
    page.push_str(
        "\nAs published by others, not measured here, and of something else: gateways, which pass a request on without reading, checking or keeping\nanswers. TensorZero: p50 0.35 ms, p99 0.94 ms at 10,000 requests a second, 4 virtual cores, mock provider, observability off. LiteLLM, as measured by\nTensorZero: p99 5.87 ms at 100 requests a second, 39.7 ms at 500.\n",
    );
    page.push_str(&format!("\n{}\n", machine()));
    page
}

#[expect(clippy::print_stdout, reason = "a program for people, and this is what it is run for")]
fn print(page: &str) {
    print!("{page}");
}
