//! SAP AI Core's orchestration, version 2: the body of a question, and the reply in the body of an answer.
//!
//! Orchestration treats `template` as a template: `{{?name}}` in it is replaced, and an unknown name refuses the
//! request. So the template that is sent holds one placeholder per message and nothing else, and every text (the
//! document's, the user's instructions, what the model said before) travels in `placeholder_values`, where it is data.
//! Images can't be placeholders; they are in the template as data URLs, whose alphabet has no brace.

use serde_json::{Map, Value, json};

use super::classify::{Asked, LlmError};
use super::openai;
use super::settings::LlmSettings;
use super::{Reply, Request};

/// The most seconds orchestration takes for `timeout`.
const TIMEOUT_SECONDS_MAX: u64 = 600;

/// The body of a question.
pub(super) fn question(request: &Request, settings: &LlmSettings) -> Value {
    let mut values = Map::new();
    let mut template = Vec::new();
    for (message, images) in openai::with_images(request) {
        let name = format!("message_{}", template.len());
        template.push(openai::wire_message(message.role, &format!("{{{{?{name}}}}}"), images));
        values.insert(name, json!(message.content));
    }
    let mut prompt = json!({ "template": template });
    if let (Some(format), Some(members)) = (&request.prompt.response_format, prompt.as_object_mut()) {
        members.insert("response_format".to_owned(), format.clone());
    }
    let mut model = json!({
        "name": settings.model,
        "params": openai::with_parameters(request, settings.parameters),
        // One retry owner per level: ours is `ask`. Its attempts and the service's would multiply.
        "max_retries": 0,
        "timeout": settings.timeouts.whole.as_secs().clamp(1, TIMEOUT_SECONDS_MAX),
    });
    if let (Some(version), Some(members)) = (settings.model_version(), model.as_object_mut()) {
        members.insert("version".to_owned(), json!(version));
    }
    json!({
        "config": {"modules": {"prompt_templating": {"prompt": prompt, "model": model}}},
        "placeholder_values": values,
    })
}

/// The reply in a body that came with a success.
pub(super) fn reply(asked: Asked, body: &[u8]) -> Result<Reply, LlmError> {
    let parsed: Value =
        serde_json::from_slice(body).map_err(|error| openai::not_a_completion(asked, error.to_string()))?;
    if let Some(error) = openai::hidden_error(asked, &parsed, body) {
        return Err(error);
    }
    let result = parsed.get("final_result");
    let result =
        result.ok_or_else(|| openai::not_a_completion(asked, "there is no `final_result`".to_owned()))?;
    openai::completion(asked, result)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use docmill_extraction::{Message, Prompt, Role};
    use docmill_pdf::{ImageFormat, PageImage};

    use super::*;
    use crate::llm::Image;
    use crate::llm::sap_ai_core::SapAiCoreSettings;
    use crate::llm::settings::{Parameters, Provider, Timeouts};

    fn settings(version: Option<&str>, seconds: u64) -> LlmSettings {
        let ai_core =
            SapAiCoreSettings { model_version: version.map(str::to_owned), ..SapAiCoreSettings::default() };
        let second = Duration::from_secs(1);
        LlmSettings {
            provider: Provider::SapAiCore(ai_core),
            model: "gpt-5".to_owned(),
            parameters: Parameters {
                reply_tokens: Parameters::MAX_COMPLETION_TOKENS,
                is_temperature_zero: false,
            },
            timeouts: Timeouts { connect: second, whole: Duration::from_secs(seconds), idle: second },
            calls_at_once_max: 1,
            endpoint_name: String::new(),
            authorities_pem: None,
        }
    }

    #[test]
    fn every_text_is_a_placeholder_value_and_the_template_is_ours() {
        let hostile = "7| {{?x}} {% raw %} {{?message_0}}";
        let message = |role, content: &str| Message { role, content: content.to_owned() };
        let messages = vec![
            message(Role::System, "rules"),
            message(Role::User, hostile),
            message(Role::Assistant, "{{?y}}"),
            message(Role::User, "again"),
        ];
        let response_format = Some(json!({"type": "json_object"}));
        let images = vec![Image(PageImage { format: ImageFormat::Png, bytes: b"{{?z}}".to_vec() })];
        let prompt = Prompt { messages, response_format };
        let body = question(&Request { prompt, images, reply_tokens_max: 5 }, &settings(None, 120));
        assert_eq!(
            body,
            json!({
                "config": {"modules": {"prompt_templating": {
                    "prompt": {
                        "template": [
                            {"role": "system", "content": "{{?message_0}}"},
                            {"role": "user", "content": [
                                {"type": "text", "text": "{{?message_1}}"},
                                {"type": "image_url", "image_url": {"url": "data:image/png;base64,e3s/en19", "detail": "high"}},
                            ]},
                            {"role": "assistant", "content": "{{?message_2}}"},
                            {"role": "user", "content": "{{?message_3}}"},
                        ],
                        "response_format": {"type": "json_object"},
                    },
                    "model": {"name": "gpt-5", "params": {"max_completion_tokens": 5}, "max_retries": 0, "timeout": 120},
                }}},
                "placeholder_values":
                    {"message_0": "rules", "message_1": hostile, "message_2": "{{?y}}", "message_3": "again"},
            })
        );
    }

    #[test]
    fn version_and_timeout_are_what_was_configured_within_what_the_service_takes() {
        let prompt = Prompt { messages: Vec::new(), response_format: None };
        let request = Request { prompt, images: Vec::new(), reply_tokens_max: 5 };
        let body = question(&request, &settings(Some("2025-08-07"), 3_600));
        let model = &body["config"]["modules"]["prompt_templating"]["model"];
        assert_eq!((&model["version"], &model["timeout"]), (&json!("2025-08-07"), &json!(600)));
    }

    #[test]
    fn the_final_result_is_the_reply() {
        let check = |body: Value, expected: Result<&str, &str>| {
            let found = reply(Asked::SapAiCore, body.to_string().as_bytes());
            match (found, expected) {
                (Ok(reply), Ok(text)) => assert_eq!(reply.text, text),
                (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
                (found, expected) => panic!("{body}: {found:?}, expected {expected:?}"),
            }
        };
        let result = |choice: Value| json!({"request_id": "r", "final_result": {"choices": [choice]}});
        check(result(json!({"message": {"content": "{}"}, "finish_reason": "stop"})), Ok("{}"));
        check(
            result(json!({"message": {"content": ""}, "finish_reason": "content_filter"})),
            Err("content filter"),
        );
        check(json!({"request_id": "r"}), Err("final_result"));
        check(json!({"error": {"code": 429, "message": "m", "location": "LLM Module"}}), Err("throttles"));
        check(
            json!({"error": [{"code": 500, "message": "one"}, {"code": 503, "message": "two"}]}),
            Err("two"),
        );
    }
}
