//! Traces: one for each document, from its publication to its report, sent to a collector by OTLP where one is named.
//!
//! Spans are `tracing` spans of the target [`TARGET`]: [`crate::telemetry`] keeps them out of the logs, and without a collector
//! nobody makes them. What a span says is in [`spans`], names from OpenTelemetry's conventions included; how spans leave
//! is in `courier`. Nothing of a document's text may be in a span.
//!
//! Work never waits for a collector: spans go into a queue of bounded length, are dropped where it is full, and what is in it at the
//! end is given [`CLOSING_MAX`].

mod courier;
pub mod spans;

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanLimits};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::config::{TelemetrySettings, environment};
use crate::telemetry::Program;
use courier::Courier;

/// The target of spans that are traced.
pub const TARGET: &str = "docmill_trace";

/// Spans that wait to be sent: a few minutes' worth. Further ones are dropped.
const QUEUE_SPANS_MAX: usize = 4_096;

/// Spans in one request.
const BATCH_SPANS_MAX: usize = 512;

/// How long spans are gathered.
const SEND_EVERY: Duration = Duration::from_secs(2);

/// How long the last spans may take to leave: part of the time at a worker's end, see [`crate::run::ENDING_MAX`].
pub const CLOSING_MAX: Duration = Duration::from_secs(2);

/// Where a platform says that its collector is, as OpenTelemetry names it. The first is used as it is, to the second the path is
/// added; the exporter reads both itself.
const STANDARD_ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/// What sends spans, or nothing.
#[derive(Debug, Default)]
pub struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// What sends spans where a collector is named, by the settings or by the platform. Must be called on the runtime. A collector that
    /// can't be used is told and done without.
    pub fn new(settings: &TelemetrySettings, program: Program) -> Self {
        let is_named = |name: &str| environment().any(|(key, value)| key == name && !value.is_empty());
        if settings.otlp_endpoint.is_none() && !STANDARD_ENDPOINTS.into_iter().any(is_named) {
            return Self::default();
        }
        match provider(settings, program) {
            Ok(provider) => Self(Some(provider)),
            Err(error) => {
                // Logging begins only now, so a person is told by what they look at first.
                #[expect(clippy::print_stderr, reason = "logging doesn't exist yet")]
                {
                    eprintln!("traces can't be sent: {error}; correct telemetry.otlp_endpoint");
                }
                Self::default()
            }
        }
    }

    /// What turns spans of [`TARGET`] into traces.
    pub(crate) fn layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let tracer = self.0.as_ref()?.tracer("docmill");
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_level(false)
            .with_tracked_inactivity(false)
            // Spans alone: a log line isn't part of a trace, it names it.
            .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == TARGET));
        Some(layer)
    }

    /// Makes spans of this program's, which logs nothing. A second call, or one after logging began, changes nothing.
    pub fn trace_only(&self) {
        use tracing_subscriber::layer::SubscriberExt as _;
        use tracing_subscriber::util::SubscriberInitExt as _;
        if let Some(layer) = self.layer() {
            drop(tracing_subscriber::registry().with(layer).try_init());
        }
    }

    /// Sends what is left, for at most [`CLOSING_MAX`].
    pub async fn close(&self, patience: Duration) {
        let Some(provider) = self.0.clone() else { return };
        let patience = patience.min(CLOSING_MAX);
        let (closed, is_closed) = tokio::sync::oneshot::channel();
        // A thread, since the exporter blocks the one that closes it while the runtime sends.
        let closing = std::thread::Builder::new().name("traces".to_owned()).spawn(move || {
            drop(closed.send(provider.shutdown_with_timeout(patience)));
        });
        if closing.is_ok() && !matches!(tokio::time::timeout(patience, is_closed).await, Ok(Ok(Ok(())))) {
            tracing::debug!("the last spans could not be sent");
        }
    }
}

fn provider(
    settings: &TelemetrySettings,
    program: Program,
) -> Result<SdkTracerProvider, Box<dyn std::error::Error>> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Courier::new()?)
        .with_protocol(Protocol::HttpBinary);
    let exporter = match &settings.otlp_endpoint {
        Some(endpoint) => exporter.with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/'))),
        None => exporter,
    };
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE_SPANS_MAX)
        .with_max_export_batch_size(BATCH_SPANS_MAX)
        .with_scheduled_delay(SEND_EVERY)
        .build();
    let processor = BatchSpanProcessor::builder(exporter.build()?).with_batch_config(batches).build();
    let resource = Resource::builder()
        .with_service_name(program.name)
        .with_attribute(KeyValue::new("service.version", program.version))
        .build();
    Ok(SdkTracerProvider::builder()
        .with_span_processor(processor)
        .with_span_limits(SpanLimits::default())
        .with_resource(resource)
        .build())
}
