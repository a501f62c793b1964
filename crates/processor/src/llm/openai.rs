//! OpenAI's chat completions: the body of a question, and the reply in the body of an answer.
//!
//! Tolerates what such endpoints really do: extra and missing fields, integer error codes, an error inside a
//! success, bodies that aren't JSON.

use std::time::SystemTime;

use docmill_extraction::{Message, Role};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::classify::{Asked, LlmError};
use super::settings::Parameters;
use super::{Image, Reply, Request};

/// The status of an error that came with a success and names none itself.
const STATUS_OF_HIDDEN_ERROR: u16 = 502;

/// The body of a question.
pub(super) fn question(request: &Request, model: Option<&str>, parameters: Parameters) -> Value {
    let mut body = with_parameters(request, parameters);
    if let Some(members) = body.as_object_mut() {
        if let Some(model) = model {
            members.insert("model".to_owned(), json!(model));
        }
        members.insert("messages".to_owned(), json!(messages(request)));
        if let Some(format) = &request.prompt.response_format {
            members.insert("response_format".to_owned(), format.clone());
        }
    }
    body
}

/// What is sent beside the question itself.
pub(super) fn with_parameters(request: &Request, parameters: Parameters) -> Value {
    let mut body = json!({ parameters.reply_tokens: request.reply_tokens_max });
    if let (true, Some(members)) = (parameters.is_temperature_zero, body.as_object_mut()) {
        members.insert("temperature".to_owned(), json!(0));
    }
    body
}

/// The conversation as it is sent.
fn messages(request: &Request) -> Vec<Value> {
    with_images(request)
        .map(|(message, images)| wire_message(message.role, &message.content, images))
        .collect()
}

/// Each message with the images that go with it: all of them with the question, once. Not with the rules, nor with
/// what is said of an earlier answer.
pub(super) fn with_images(request: &Request) -> impl Iterator<Item = (&Message, &[Image])> {
    let messages = &request.prompt.messages;
    let question = messages.iter().position(|message| message.role == Role::User);
    messages.iter().enumerate().map(move |(index, message)| {
        let images = if Some(index) == question { request.images.as_slice() } else { &[] };
        (message, images)
    })
}

/// A message with its images.
pub(super) fn wire_message(role: Role, text: &str, images: &[Image]) -> Value {
    let role = role.name();
    if images.is_empty() {
        return json!({"role": role, "content": text});
    }
    let text = json!({"type": "text", "text": text});
    let images = images.iter().map(|image| {
        let url = format!("data:{};base64,{}", image.0.format.media_type(), base64(&image.0.bytes));
        json!({"type": "image_url", "image_url": {"url": url, "detail": "high"}})
    });
    json!({"role": role, "content": std::iter::once(text).chain(images).collect::<Vec<_>>()})
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The reply in a body that came with a success.
pub(super) fn reply(asked: Asked, body: &[u8]) -> Result<Reply, LlmError> {
    let parsed: Value =
        serde_json::from_slice(body).map_err(|error| not_a_completion(asked, error.to_string()))?;
    if let Some(error) = hidden_error(asked, &parsed, body) {
        return Err(error);
    }
    completion(asked, &parsed)
}

/// The error that some proxies send with status 200.
pub(super) fn hidden_error(asked: Asked, parsed: &Value, body: &[u8]) -> Option<LlmError> {
    let error = parsed.get("error").filter(|error| !error.is_null())?;
    if parsed.pointer("/choices/0").is_some() {
        return None;
    }
    let status = error.get("code").and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
    let status = status.and_then(|status| u16::try_from(status).ok());
    let status = status.filter(|status| (400..600).contains(status)).unwrap_or(STATUS_OF_HIDDEN_ERROR);
    Some(LlmError::of_response(asked, status, &HeaderMap::new(), body, SystemTime::now()))
}

/// The reply of a `chat.completion` object.
pub(super) fn completion(asked: Asked, completion: &Value) -> Result<Reply, LlmError> {
    let choice = completion
        .pointer("/choices/0")
        .ok_or_else(|| not_a_completion(asked, "there is no `choices[0]`".to_owned()))?;
    let finish = choice.get("finish_reason").and_then(Value::as_str).unwrap_or_default();
    let refusal = choice.pointer("/message/refusal").and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(message) =
        refusal.or((finish == "content_filter").then_some("its content filter stopped the answer"))
    {
        return Err(LlmError::Refused { message: message.chars().take(400).collect() });
    }
    let tokens = |name: &str| {
        completion.pointer(&format!("/usage/{name}")).and_then(Value::as_u64).unwrap_or_default()
    };
    Ok(Reply {
        // Some endpoints send null content with a truncated answer: that is an empty text.
        text: choice.pointer("/message/content").and_then(Value::as_str).unwrap_or_default().to_owned(),
        is_truncated: finish == "length",
        model: completion.get("model").and_then(Value::as_str).unwrap_or_default().to_owned(),
        prompt_tokens: tokens("prompt_tokens"),
        completion_tokens: tokens("completion_tokens"),
    })
}

pub(super) fn not_a_completion(asked: Asked, reason: String) -> LlmError {
    LlmError::NotACompletion { asked, reason }
}

#[cfg(test)]
mod tests {
    use docmill_extraction::Prompt;
    use docmill_pdf::{ImageFormat, PageImage};

    use super::*;

    fn request(roles: &[(Role, &str)]) -> Request {
        let message = |&(role, content): &(Role, &str)| Message { role, content: content.to_owned() };
        let prompt = Prompt { messages: roles.iter().map(message).collect(), response_format: None };
        let image = |format, bytes: &[u8]| Image(PageImage { format, bytes: bytes.to_vec() });
        let images = vec![image(ImageFormat::Png, b"PNG"), image(ImageFormat::Jpeg, b"JPG")];
        Request { prompt, images, reply_tokens_max: 7 }
    }

    #[test]
    fn images_go_with_the_question_alone() {
        let wire = messages(&request(&[
            (Role::System, "rules"),
            (Role::User, "question"),
            (Role::Assistant, "answer"),
            (Role::User, "again"),
        ]));
        let shown: Vec<bool> = wire.iter().map(|message| message["content"].is_array()).collect();
        assert_eq!(shown, [false, true, false, false]);
        assert_eq!(wire[1]["content"][1]["image_url"]["url"], "data:image/png;base64,UE5H");
        assert_eq!(wire[1]["content"][2]["image_url"]["url"], "data:image/jpeg;base64,SlBH");
    }

    #[test]
    fn parameters_are_those_the_endpoint_takes() {
        let check = |model: Option<&str>, parameters: Parameters, expected: Value| {
            let mut body = question(&request(&[]), model, parameters);
            body.as_object_mut().unwrap().remove("messages");
            assert_eq!(body, expected);
        };
        let plain = Parameters::default();
        check(Some("m"), plain, json!({"model": "m", "max_tokens": 7, "temperature": 0}));
        check(None, plain, json!({"max_tokens": 7, "temperature": 0}));
        let reasoning =
            Parameters { reply_tokens: Parameters::MAX_COMPLETION_TOKENS, is_temperature_zero: false };
        check(None, reasoning, json!({"max_completion_tokens": 7}));
    }

    #[test]
    fn replies_of_real_endpoints_are_read() {
        let check = |body: &str, expected: Result<(&str, bool), &str>| {
            let found = reply(Asked::Endpoint, body.as_bytes());
            match (found, expected) {
                (Ok(reply), Ok((text, is_truncated))) => {
                    assert_eq!((reply.text.as_str(), reply.is_truncated), (text, is_truncated), "{body}");
                }
                (Err(error), Err(expected)) => {
                    assert!(error.to_string().contains(expected), "{body}: {error}")
                }
                (found, expected) => panic!("{body}: {found:?}, expected {expected:?}"),
            }
        };
        let completion = |choice: &str| format!(r#"{{"choices":[{choice}],"extra":1,"error":null}}"#);
        check(&completion(r#"{"message":{"content":"{}"},"finish_reason":"stop"}"#), Ok(("{}", false)));
        check(
            &completion(r#"{"message":{"content":"{","refusal":""},"finish_reason":"length"}"#),
            Ok(("{", true)),
        );
        check(&completion(r#"{"message":{"content":null},"finish_reason":"length"}"#), Ok(("", true)));
        check(&completion(r#"{"message":{"content":null,"refusal":"no"}}"#), Err("no"));
        check(
            &completion(r#"{"message":{"content":""},"finish_reason":"content_filter"}"#),
            Err("content filter"),
        );
        check(r#"{"choices":[]}"#, Err("choices[0]"));
        check("<html>", Err("not a chat completion"));
        check(r#"{"error":{"code":429,"message":"slow down"}}"#, Err("throttles"));
        check(r#"{"error":{"message":"upstream died"}}"#, Err("502: upstream died"));
    }
}
