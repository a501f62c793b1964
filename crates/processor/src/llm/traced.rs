//! One call to a model as a span, by OpenTelemetry's conventions for generative AI.
//!
//! Called by [`Llm::complete`](super::Llm). The conventions aren't stable yet, so their names are here alone. What is asked and answered
//! is never in a span: conventions have attributes for it, which are for systems without other people's documents.

use docmill_chassis::traces::TARGET;
use tracing::Span;
use tracing::field::Empty;

use super::{EndpointIdentity, LlmError, Reply, Request};

/// The most characters of a model's name that an endpoint answers with: it may be anything.
const MODEL_CHARACTERS_MAX: usize = 128;

/// A call that begins.
pub(super) fn span(identity: &EndpointIdentity, request: &Request, server: Option<&str>) -> Span {
    let model = identity.model.as_str();
    let provider = match identity.provider.as_str() {
        "sap-ai-core" => "sap.ai_core",
        other => other,
    };
    let has_format = request.prompt.response_format.is_some();
    tracing::info_span!(
        target: TARGET,
        "chat",
        otel.name = format!("chat {model}"),
        otel.kind = "client",
        otel.status_code = Empty,
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = provider,
        gen_ai.request.model = model,
        gen_ai.request.max_tokens = request.reply_tokens_max,
        gen_ai.request.temperature = identity.temperature.is_none().then_some(0.0),
        gen_ai.output.r#type = has_format.then_some("json"),
        gen_ai.response.model = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        docmill.images = request.images.len(),
        server.address = server,
        error.r#type = Empty,
    )
}

/// What came of it.
pub(super) fn ended(span: &Span, result: Result<&Reply, &LlmError>) {
    match result {
        Ok(reply) => {
            let model: String = reply.model.chars().take(MODEL_CHARACTERS_MAX).collect();
            span.record("gen_ai.response.model", model);
            span.record("gen_ai.usage.input_tokens", reply.prompt_tokens);
            span.record("gen_ai.usage.output_tokens", reply.completion_tokens);
        }
        Err(error) => {
            // Never its text: endpoints quote what they were asked.
            span.record("error.type", kind(error));
            span.record("otel.status_code", "error");
        }
    }
}

/// An error's kind: few words, the same for the same cause.
fn kind(error: &LlmError) -> String {
    let word = match error {
        LlmError::Throttled { .. } => "429",
        LlmError::ServerFault { status, .. }
        | LlmError::Unauthorised { status, .. }
        | LlmError::OutOfCredit { status, .. }
        | LlmError::Misconfigured { status, .. }
        | LlmError::Rejected { status, .. }
        | LlmError::FormatRefused { status, .. } => return status.to_string(),
        LlmError::Unreachable { .. } => "unreachable",
        LlmError::TimedOut { .. } => "timeout",
        LlmError::Body { .. } => "body",
        LlmError::Credentials(_) => "credentials",
        LlmError::NoDeployment { .. } => "no_deployment",
        LlmError::Shared(error) => return kind(error),
        LlmError::Suspect { source, .. } | LlmError::AlwaysFails { source, .. } => return kind(source),
        LlmError::ContextTooSmall { .. } => "context_too_small",
        LlmError::Refused { .. } => "refused",
        LlmError::NotACompletion { .. } => "not_a_completion",
    };
    word.to_owned()
}
