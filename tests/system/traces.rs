//! One trace from publication to report, by OTLP, as a collector gets it; and work goes on where there is none.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use docmill_contract::outcome::Status;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span as Sent;
use prost::Message as _;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::rig::{Rig, WorkerProcess, eventually, sample, sample_truth};

/// What the collector wants to be sent with everything, as it comes and as `OTEL_EXPORTER_OTLP_HEADERS` is written.
const KEY: &str = "Bearer a key";
const HEADERS: &str = "authorization=Bearer%20a%20key";

/// A collector: keeps what it is sent.
struct Collector {
    received: Arc<Mutex<Vec<Span>>>,
    address: String,
    server: JoinHandle<()>,
}

/// A span as it was sent.
#[derive(Debug, Clone)]
struct Span {
    service: String,
    sent: Sent,
}

impl Span {
    fn name(&self) -> &str {
        &self.sent.name
    }

    /// An attribute as text.
    fn attribute(&self, key: &str) -> Option<String> {
        let found = self.sent.attributes.iter().find(|attribute| attribute.key == key)?;
        Some(match found.value.as_ref()?.value.as_ref()? {
            Any::StringValue(text) => text.clone(),
            Any::IntValue(number) => number.to_string(),
            Any::DoubleValue(number) => number.to_string(),
            Any::BoolValue(truth) => truth.to_string(),
            other => format!("{other:?}"),
        })
    }
}

impl Collector {
    #[expect(clippy::disallowed_methods, reason = "a server of this test's, ended with it")]
    async fn start() -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new().route("/v1/traces", post(receive)).with_state(Arc::clone(&received));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { received, address, server }
    }

    /// The spans of the trace that begins with the publication of `document`, once `is_whole`.
    async fn trace(&self, is_whole: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        eventually("the whole trace", async || {
            let spans = self.received.lock().unwrap().clone();
            let root = spans.iter().find(|span| span.sent.parent_span_id.is_empty())?;
            let trace = &root.sent.trace_id;
            let of_it: Vec<Span> =
                spans.iter().filter(|span| span.sent.trace_id == *trace).cloned().collect();
            is_whole(&of_it).then_some(of_it)
        })
        .await
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(State(received): State<Arc<Mutex<Vec<Span>>>>, headers: HeaderMap, body: Bytes) {
    assert_eq!(headers["authorization"], KEY);
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    for of_resource in request.resource_spans {
        let attributes = of_resource.resource.unwrap().attributes;
        let service = attributes.iter().find(|attribute| attribute.key == "service.name").unwrap();
        let Some(Any::StringValue(service)) = service.value.clone().unwrap().value else { panic!() };
        let spans = of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        received.lock().unwrap().extend(spans.map(|sent| Span { service: service.clone(), sent }));
    }
}

/// What all spans must have, written as `service: name < parent's name`.
const EXPECTED: [&str; 15] = [
    "docmill: publish docmill.jobs.process.bulk.{collection}",
    "docmill-processor: process docmill.jobs.process.bulk.{collection} < publish docmill.jobs.process.bulk.{collection}",
    "docmill-processor: fetch < process docmill.jobs.process.bulk.{collection}",
    "docmill-processor: read < process docmill.jobs.process.bulk.{collection}",
    "docmill-processor: ask < process docmill.jobs.process.bulk.{collection}",
    "docmill-processor: chat mock-llm < ask",
    "docmill-processor: ground < process docmill.jobs.process.bulk.{collection}",
    "docmill-processor: conclude < process docmill.jobs.process.bulk.{collection}",
    "docmill-processor: publish docmill.jobs.analyse.bulk.{collection} < conclude",
    "docmill-analyser: process docmill.jobs.analyse.bulk.{collection} < publish docmill.jobs.analyse.bulk.{collection}",
    "docmill-analyser: analyse < process docmill.jobs.analyse.bulk.{collection}",
    "docmill-analyser: compute < analyse",
    "docmill-analyser: publish docmill.jobs.analyse.bulk.{collection} < conclude",
    "docmill-analyser: report < process docmill.jobs.analyse.bulk.{collection}",
    "docmill-analyser: compute < report",
];

fn described(trace: &[Span]) -> Vec<String> {
    let describe = |span: &Span| {
        let parent = trace.iter().find(|parent| parent.sent.span_id == span.sent.parent_span_id);
        let parent = parent.map(|parent| format!(" < {}", parent.name())).unwrap_or_default();
        format!("{}: {}{parent}", span.service, span.name())
    };
    trace.iter().map(describe).collect()
}

fn is_whole(trace: &[Span]) -> bool {
    let described = described(trace);
    EXPECTED.iter().all(|expected| described.iter().any(|found| found == expected))
}

/// The texts of a record.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}

async fn submit(rig: &Rig, collector: Option<&Collector>) {
    let mut command = tokio::process::Command::new(docmill_tests::program("docmill"));
    command.args(["--nats", &rig.nats.url(), "submit"]);
    command.args(["--collection=q3", "--profile=invoice", "--document=seen"]);
    command.arg(sample("invoice/english-classic.pdf"));
    if let Some(collector) = collector {
        command.env("DOCMILL_TELEMETRY__OTLP_ENDPOINT", &collector.address);
        command.env("OTEL_EXPORTER_OTLP_HEADERS", HEADERS);
    }
    let said = command.output().await.unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}

#[tokio::test]
async fn one_trace_leads_from_publication_to_report() {
    let collector = Collector::start().await;
    let mut rig = Rig::start().await;
    // By the name that platforms set, which is another way than `docmill submit` takes here.
    rig.set("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.address).set("OTEL_EXPORTER_OTLP_HEADERS", HEADERS);
    // What the publisher traces is traced, whatever the share of the others.
    rig.set("OTEL_TRACES_SAMPLER", "parentbased_traceidratio").set("OTEL_TRACES_SAMPLER_ARG", "0");
    let (processor, analyser) = (rig.processor(), rig.analyser());
    submit(&rig, Some(&collector)).await;
    assert_eq!(rig.outcome("seen").await.status, Status::Verified);
    analyser.logged("the report is there").await;
    // What is gathered leaves with the worker's end at the latest.
    let logs = [processor.log(), analyser.log()];
    let ended: [Option<i32>; 2] = [processor.terminate().await, analyser.terminate().await];
    assert_eq!(ended, [Some(0), Some(0)]);
    let trace = collector.trace(is_whole).await;

    let one = |name: &str, service: &str| {
        trace
            .iter()
            .find(|span| span.name() == name && span.service == service)
            .unwrap_or_else(|| panic!("{name}"))
    };
    let check = |span: &Span, attributes: &[(&str, &str)]| {
        for (key, expected) in attributes {
            assert_eq!(span.attribute(key).as_deref(), Some(*expected), "{key} of {:?}", span.sent);
        }
    };
    let destination = [
        ("messaging.system", "nats"),
        ("messaging.destination.name", "docmill.jobs.process.bulk.q3"),
        ("messaging.destination.template", "docmill.jobs.process.bulk.{collection}"),
    ];
    let publish = one("publish docmill.jobs.process.bulk.{collection}", "docmill");
    check(publish, &destination);
    check(publish, &[("messaging.operation.name", "publish"), ("messaging.operation.type", "send")]);
    let process = one("process docmill.jobs.process.bulk.{collection}", "docmill-processor");
    check(process, &destination);
    check(
        process,
        &[
            ("messaging.operation.name", "process"),
            ("messaging.operation.type", "process"),
            ("messaging.destination.subscription.name", "process-bulk"),
            ("docmill.document", "seen"),
            ("docmill.outcome", "done"),
        ],
    );
    assert_eq!(process.attribute("messaging.message.id"), publish.attribute("messaging.message.id"));
    assert!(process.attribute("messaging.message.id").is_some());
    let chat = one("chat mock-llm", "docmill-processor");
    check(
        chat,
        &[
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.provider.name", "openai"),
            ("gen_ai.request.model", "mock-llm"),
            ("gen_ai.output.type", "json"),
            ("server.address", "127.0.0.1"),
        ],
    );
    assert!(chat.attribute("gen_ai.response.model").is_some_and(|model| model.contains("mock")));
    for tokens in ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"] {
        assert!(chat.attribute(tokens).is_some_and(|count| count.parse::<u64>().unwrap() > 0), "{tokens}");
    }

    holds_nothing_of_the_text(&trace);
    let id: String = publish.sent.trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
    logs.iter().for_each(|log| names_the_trace(log, &id));
}

/// No value of the record is in any attribute, event or name.
fn holds_nothing_of_the_text(trace: &[Span]) {
    let mut values = Vec::new();
    texts(&sample_truth("invoice/english-classic.pdf"), &mut values);
    let told = format!("{trace:?}");
    let long: Vec<_> = values.into_iter().filter(|text| text.len() >= 8).collect();
    assert!(long.len() > 5, "{long:?}");
    for text in long {
        assert!(!told.contains(&text), "{text:?} is in a span");
    }
    assert!(trace.iter().all(|span| span.sent.events.is_empty()));
}

/// Every line of a job.
fn names_the_trace(log: &str, id: &str) {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_job: Vec<Value> = lines.filter(|line| line["span"]["name"] == "job").collect();
    assert!(!of_job.is_empty());
    assert!(of_job.iter().all(|line| line["span"]["trace_id"] == id), "{of_job:?}");
}

/// As the chart sets a share; a share of nothing is the one that can be told from all.
#[tokio::test]
async fn a_share_is_of_documents_that_their_publisher_does_not_trace() {
    let collector = Collector::start().await;
    for (share, is_traced) in [("0", false), ("1", true)] {
        let mut rig = Rig::start().await;
        rig.set("DOCMILL_TELEMETRY__OTLP_ENDPOINT", &collector.address)
            .set("OTEL_EXPORTER_OTLP_HEADERS", HEADERS);
        rig.set("OTEL_TRACES_SAMPLER", "parentbased_traceidratio").set("OTEL_TRACES_SAMPLER_ARG", share);
        let workers = [rig.processor(), rig.analyser()];
        submit(&rig, None).await;
        assert_eq!(rig.outcome("seen").await.status, Status::Verified);
        workers[1].logged("the report is there").await;
        for worker in workers {
            assert_eq!(worker.terminate().await, Some(0));
        }
        let services =
            |received: &[Span]| received.iter().map(|span| span.service.clone()).collect::<BTreeSet<_>>();
        let expected = ["docmill-analyser", "docmill-processor"].map(str::to_owned);
        let expected = if is_traced { BTreeSet::from(expected) } else { BTreeSet::new() };
        assert_eq!(services(&collector.received.lock().unwrap()), expected, "share {share}");
    }
}

#[tokio::test]
async fn work_goes_on_without_a_collector() {
    let mut rig = Rig::start().await;
    // Nobody listens there.
    rig.set("DOCMILL_TELEMETRY__OTLP_ENDPOINT", "http://127.0.0.1:9");
    let processor = rig.processor();
    submit(&rig, None).await;
    assert_eq!(rig.outcome("seen").await.status, Status::Verified);
    processor.logged("traces can't be sent").await;
    let began = tokio::time::Instant::now();
    assert_eq!(processor.terminate().await, Some(0));
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

/// Jobs whose publisher says nothing of a trace can be followed in the logs nevertheless, through both workers.
#[tokio::test]
async fn logs_name_document_and_trace_without_a_collector() {
    let rig = Rig::start().await;
    let workers: [WorkerProcess; 2] = [rig.processor(), rig.analyser()];
    submit(&rig, None).await;
    assert_eq!(rig.outcome("seen").await.status, Status::Verified);
    workers[1].logged("the report is there").await;
    let mut traces = std::collections::BTreeSet::new();
    for worker in &workers {
        worker.logged("job done").await;
        let log = worker.log();
        let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let done: Vec<Value> = lines.filter(|line| line["message"] == "job done").collect();
        // The report's job has no document.
        assert_eq!(done[0]["span"]["document"], "seen", "{done:?}");
        for line in done {
            assert_eq!(line["span"]["collection"], "q3");
            traces.insert(line["span"]["trace_id"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(traces.len(), 1, "{traces:?}");
    assert!(traces.iter().all(|trace| trace.len() == 32));
}
