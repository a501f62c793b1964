//! Any endpoint that speaks OpenAI's chat completions.
//!
//! Tolerates what such endpoints really do: extra and missing fields, integer error codes, bodies that aren't
//! JSON. It never tries again: that is `ask`'s decision.

use std::time::Duration;

use docmill_chassis::config::Secret;
use docmill_extraction::{Message, Role};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::classify::LlmError;
use super::{EndpointIdentity, Image, Reply, Request, body};

/// Time to make a connection; an endpoint that takes longer is down.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How an endpoint is reached.
#[derive(Debug, Clone)]
pub struct OpenAiSettings {
    /// Everything before `/chat/completions`.
    pub base_url: String,
    /// Sent as a bearer token.
    pub api_key: Option<Secret>,
    /// The model that is asked for.
    pub model: String,
    /// The whole call, from connecting to the last byte.
    pub timeout: Duration,
    /// Calls of this worker at once.
    pub calls_at_once_max: usize,
    /// What names the endpoint in the key of kept replies; the base url unless configured.
    pub endpoint_name: String,
}

/// An OpenAI-compatible endpoint.
#[derive(Debug)]
pub struct OpenAi {
    client: reqwest::Client,
    permits: Semaphore,
    settings: OpenAiSettings,
}

impl OpenAi {
    /// A client that keeps its connections.
    ///
    /// # Errors
    /// Where no TLS can be set up.
    pub fn new(settings: OpenAiSettings) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(settings.timeout)
            // A redirect would carry the key and the document to an address nobody configured.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("docmill/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let permits = Semaphore::new(settings.calls_at_once_max);
        Ok(Self { client, permits, settings })
    }

    /// What shapes this endpoint's replies.
    pub fn identity(&self) -> EndpointIdentity {
        EndpointIdentity {
            provider: "openai".to_owned(),
            endpoint: self.settings.endpoint_name.clone(),
            model: self.settings.model.clone(),
        }
    }

    /// One call.
    ///
    /// # Errors
    /// [`LlmError`]; [`LlmError::treatment`] says what follows.
    pub async fn complete(&self, request: &Request) -> Result<Reply, LlmError> {
        let url = format!("{}/chat/completions", self.settings.base_url);
        let mut call = self.client.post(url).json(&self.wire_request(request));
        if let Some(key) = &self.settings.api_key {
            call = call.bearer_auth(key.expose());
        }
        // The semaphore is never closed, so this waits and can't fail.
        let permit = self.permits.acquire().await;
        let response = call.send().await.map_err(|error| self.transport_error(error))?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = body::read(response).await.map_err(LlmError::Body)?;
        drop(permit);
        if status.is_success() {
            read_reply(&body)
        } else {
            Err(LlmError::of_response(status.as_u16(), &headers, &body))
        }
    }

    fn transport_error(&self, error: reqwest::Error) -> LlmError {
        // `without_url`: an url may carry a key in its query.
        let error = error.without_url();
        if error.is_timeout() && !error.is_connect() {
            return LlmError::TimedOut { seconds: self.settings.timeout.as_secs() };
        }
        LlmError::Unreachable(error)
    }

    fn wire_request(&self, request: &Request) -> Value {
        let mut wire = json!({
            "model": self.settings.model,
            "messages": wire_messages(request),
            "temperature": 0,
            "max_tokens": request.reply_tokens_max,
        });
        if let (Some(format), Some(members)) = (&request.prompt.response_format, wire.as_object_mut()) {
            members.insert("response_format".to_owned(), format.clone());
        }
        wire
    }
}

/// The conversation as it is sent. Images go with the question, once: not with the rules, nor with what is said of an
/// earlier answer.
fn wire_messages(request: &Request) -> Vec<Value> {
    let messages = &request.prompt.messages;
    let question = messages.iter().position(|message| message.role == Role::User);
    let images_of = |index| if Some(index) == question { request.images.as_slice() } else { &[] };
    messages.iter().enumerate().map(|(index, message)| wire_message(message, images_of(index))).collect()
}

fn wire_message(message: &Message, images: &[Image]) -> Value {
    let role = message.role.name();
    if images.is_empty() {
        return json!({"role": role, "content": message.content});
    }
    let text = json!({"type": "text", "text": message.content});
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

fn read_reply(body: &[u8]) -> Result<Reply, LlmError> {
    let not_a_completion = |reason: &str| LlmError::NotACompletion { reason: reason.to_owned() };
    let body: Value = serde_json::from_slice(body).map_err(|error| not_a_completion(&error.to_string()))?;
    let choice = body.pointer("/choices/0").ok_or_else(|| not_a_completion("there is no `choices[0]`"))?;
    let finish = choice.get("finish_reason").and_then(Value::as_str).unwrap_or_default();
    let refusal = choice.pointer("/message/refusal").and_then(Value::as_str);
    if let Some(message) =
        refusal.or((finish == "content_filter").then_some("its content filter stopped the answer"))
    {
        return Err(LlmError::Refused { message: message.chars().take(400).collect() });
    }
    let tokens =
        |name: &str| body.pointer(&format!("/usage/{name}")).and_then(Value::as_u64).unwrap_or_default();
    Ok(Reply {
        // Some endpoints send null content with a truncated answer: that is an empty text.
        text: choice.pointer("/message/content").and_then(Value::as_str).unwrap_or_default().to_owned(),
        is_truncated: finish == "length",
        model: body.get("model").and_then(Value::as_str).unwrap_or_default().to_owned(),
        prompt_tokens: tokens("prompt_tokens"),
        completion_tokens: tokens("completion_tokens"),
    })
}

#[cfg(test)]
mod tests {
    use docmill_extraction::Prompt;
    use docmill_pdf::{ImageFormat, PageImage};

    use super::*;

    #[test]
    fn images_go_with_the_question_alone() {
        let message = |role, content: &str| Message { role, content: content.to_owned() };
        let messages = vec![
            message(Role::System, "rules"),
            message(Role::User, "question"),
            message(Role::Assistant, "answer"),
            message(Role::User, "again"),
        ];
        let prompt = Prompt { messages, response_format: None };
        let image = |format, bytes: &[u8]| Image(PageImage { format, bytes: bytes.to_vec() });
        let images = vec![image(ImageFormat::Png, b"PNG"), image(ImageFormat::Jpeg, b"JPG")];
        let request = Request { prompt, images, reply_tokens_max: 1 };
        let wire = wire_messages(&request);
        let shown: Vec<bool> = wire.iter().map(|message| message["content"].is_array()).collect();
        assert_eq!(shown, [false, true, false, false]);
        assert_eq!(wire[1]["content"][1]["image_url"]["url"], "data:image/png;base64,UE5H");
        assert_eq!(wire[1]["content"][2]["image_url"]["url"], "data:image/jpeg;base64,SlBH");
    }

    #[test]
    fn replies_of_real_endpoints_are_read() {
        let check = |body: &str, expected: Result<(&str, bool), &str>| {
            let found = read_reply(body.as_bytes());
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
        let completion = |choice: &str| format!(r#"{{"choices":[{choice}],"extra":1}}"#);
        check(&completion(r#"{"message":{"content":"{}"},"finish_reason":"stop"}"#), Ok(("{}", false)));
        check(&completion(r#"{"message":{"content":"{"},"finish_reason":"length"}"#), Ok(("{", true)));
        check(&completion(r#"{"message":{"content":null},"finish_reason":"length"}"#), Ok(("", true)));
        check(&completion(r#"{"message":{"content":null,"refusal":"no"}}"#), Err("no"));
        check(
            &completion(r#"{"message":{"content":""},"finish_reason":"content_filter"}"#),
            Err("content filter"),
        );
        check(r#"{"choices":[]}"#, Err("choices[0]"));
        check("<html>", Err("not a chat completion"));
    }
}
