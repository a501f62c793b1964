//! The spans there are, and their names: OpenTelemetry's conventions for messaging (1.44), and docmill's own.
//!
//! Called by the pull loop ([`begin`], [`ended`]), by [`crate::jobs`] ([`publish`]) and by the workers ([`step`]). The conventions aren't stable
//! yet, so their names are in this one place; those of calls to models are in the processor's `llm/traced.rs`.

use std::collections::HashMap;

use docmill_contract::names::{
    HEADER_MESSAGE_ID, HEADER_TRACEPARENT, HEADER_TRACESTATE, JobSubject, consumer,
};
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::TARGET;
use crate::delivery::{Delivery, Facts, Trace};
use crate::settle::Verdict;

/// Begins the span of a job that a worker has, and makes its trace the one that the job's log lines name and that messages which
/// follow from it carry.
pub(crate) fn begin(delivery: &mut Delivery, facts: Facts) -> Span {
    let span = process(delivery);
    match carried(&span) {
        Some(trace) => delivery.trace = trace,
        None if delivery.trace.traceparent.is_none() => {
            delivery.trace = Trace::of_job(delivery.subject.work, facts);
        }
        None => {}
    }
    delivery.lines.record("trace_id", delivery.trace.id());
    span
}

/// A job that a worker has. Its parent is the span that published it.
fn process(delivery: &Delivery) -> Span {
    let subject = &delivery.subject;
    let span = tracing::info_span!(
        target: TARGET,
        "process",
        otel.name = format!("process {}", template(subject)),
        otel.kind = "consumer",
        otel.status_code = Empty,
        messaging.system = "nats",
        messaging.operation.name = "process",
        messaging.operation.r#type = "process",
        messaging.destination.name = %subject,
        messaging.destination.template = template(subject),
        messaging.destination.subscription.name = consumer(subject.work, subject.lane),
        messaging.message.id = delivery.header(HEADER_MESSAGE_ID),
        messaging.message.body.size = delivery.payload.len(),
        docmill.job.sequence = delivery.stream_sequence,
        docmill.job.delivered = delivery.delivered,
        docmill.document = Empty,
        docmill.outcome = Empty,
        error.r#type = Empty,
    );
    follow(&span, &delivery.trace);
    span
}

/// How the job of a [`process`] span ended.
pub(crate) fn ended(span: &Span, verdict: &Verdict) {
    span.record("docmill.outcome", verdict.end().as_str());
    if let Verdict::Failed(code) = verdict {
        span.record("error.type", code.as_str());
        span.record("otel.status_code", "error");
    }
}

/// A message that is put into a work queue. Its parent is the span that it is made in, else what `trace` says.
pub(crate) fn publish(subject: &str, message_id: Option<&str>, bytes: usize, trace: &Trace) -> Span {
    let parsed = JobSubject::parse(subject);
    let template = parsed.as_ref().map_or_else(|| subject.to_owned(), template);
    let is_inside = carried(&Span::current()).is_some();
    let span = tracing::info_span!(
        target: TARGET,
        "publish",
        otel.name = format!("publish {template}"),
        otel.kind = "producer",
        otel.status_code = Empty,
        messaging.system = "nats",
        messaging.operation.name = "publish",
        messaging.operation.r#type = "send",
        messaging.destination.name = subject,
        messaging.destination.template = template,
        messaging.message.id = message_id,
        messaging.message.body.size = bytes,
    );
    if !is_inside {
        follow(&span, trace);
    }
    span
}

/// A part of a job.
pub fn step(name: &'static str) -> Span {
    tracing::info_span!(target: TARGET, "step", otel.name = name)
}

/// What a message that follows from `span` carries; `None` where nobody traces.
pub fn carried(span: &Span) -> Option<Trace> {
    if span.is_disabled() {
        return None;
    }
    let context = span.context();
    if !context.span().span_context().is_valid() {
        return None;
    }
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&context, &mut carrier);
    Some(Trace {
        traceparent: carrier.remove(HEADER_TRACEPARENT),
        tracestate: carrier.remove(HEADER_TRACESTATE).filter(|state| !state.is_empty()),
    })
}

/// Makes what `trace` says the parent of a span that hasn't begun.
fn follow(span: &Span, trace: &Trace) {
    let pairs = [(HEADER_TRACEPARENT, &trace.traceparent), (HEADER_TRACESTATE, &trace.tracestate)];
    let carrier: HashMap<String, String> =
        pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))).collect();
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    // An error means that nobody traces.
    drop(span.set_parent(context));
}

/// A subject without its collection: few enough for the names of spans.
fn template(subject: &JobSubject) -> String {
    let whole = subject.to_string();
    let shared = subject.collection.as_ref().and_then(|collection| whole.strip_suffix(collection.as_str()));
    shared.map(|shared| format!("{shared}{{collection}}")).unwrap_or(whole)
}
