//! A question that is about no document's pages: one prompt, one JSON object back.
//!
//! Asked by `docmill report --narrative`. It goes the way of every other question: within the fleet's quota and the
//! collection's budget, with the same few attempts, and a reply that could be read is kept, so that asking the same of the
//! same analysis again costs nothing.

use std::fmt::Display;
use std::time::Duration;

use docmill_contract::identity::CollectionId;
use docmill_contract::outcome::Usage;
use docmill_extraction::{Message, Prompt, Role, SchemaLevel};
use serde_json::{Value, json};

use super::kept::Kept;
use super::{Asker, Called, level};
use crate::error::JobError;
use crate::llm::Request;
use crate::tally::Tally;

/// How often a reply may be unreadable. A summary is worth less than a record: a person can ask again.
const REPLY_ATTEMPTS_MAX: u32 = 3;

/// How long it is tried to keep a reply that NATS doesn't store: a person waits.
const KEEP_PATIENCE: Duration = Duration::from_secs(20);

/// The most of an unreadable reply that is sent back with what is wrong with it.
const REPAIR_REPLY_BYTES_MAX: usize = 8 * 1024;

/// A question.
#[derive(Debug, Clone)]
pub struct Aside {
    /// Names the schema: letters, digits and `_`.
    pub name: &'static str,
    /// The rules.
    pub system: String,
    /// The question; what comes out of documents is data in it.
    pub user: String,
    /// What the reply is to look like: closed objects, every property required.
    pub schema: Value,
}

/// What came of a question.
#[derive(Debug, Clone)]
pub struct Told<T> {
    /// What was read in the reply.
    pub value: T,
    /// What it took; nothing but a replayed call where the reply was kept.
    pub usage: Usage,
}

impl Asker {
    /// What `read` makes of the reply; it is given the text and the model's name, and says what is wrong with a text that it
    /// can't read.
    ///
    /// # Errors
    /// If the endpoint can't answer, a budget is used up, or no reply could be read.
    pub async fn ask_aside<T, P: Display>(
        &self,
        aside: &Aside,
        collection: &CollectionId,
        read: impl Fn(&str, &str) -> Result<T, P>,
    ) -> Result<Told<T>, JobError> {
        let tally = Tally::default();
        let mut level = self.level.current();
        loop {
            let reply_tokens_max = self.settings.reply_tokens_max;
            let request = Request { prompt: aside.prompt(level), images: Vec::new(), reply_tokens_max };
            match self.told(&request, collection, &tally, &read).await? {
                Some(value) => {
                    return Ok(Told { value, usage: tally.usage(self.settings.prices.as_ref()) });
                }
                // There is a lower level, since this request named a format.
                None => level = level::below(level),
            }
        }
    }

    /// The reply to a request, the kept one or the model's, read; none where the endpoint doesn't take its format.
    async fn told<T, P: Display>(
        &self,
        request: &Request,
        collection: &CollectionId,
        tally: &Tally,
        read: &impl Fn(&str, &str) -> Result<T, P>,
    ) -> Result<Option<T>, JobError> {
        let key = self.key(request, None);
        if let Some(Kept::Reply(reply)) = self.kept(&key).await?
            && let Ok(value) = read(&reply.text, &reply.model)
        {
            tally.replayed();
            return Ok(Some(value));
        }
        let mut attempt = request.clone();
        let mut problem = String::new();
        for _ in 0..REPLY_ATTEMPTS_MAX {
            let reply = match self.call(&attempt, tally, collection).await? {
                Called::Reply(reply) => reply,
                Called::TooSpecific(why) => {
                    tracing::debug!(why, "the endpoint refuses the format: asking for a less specific one");
                    return Ok(None);
                }
                // It can't be halved as a document can.
                Called::TooMuch => return Err(JobError::ReplyTruncated { lines: request.lines() }),
            };
            match read(&reply.text, &reply.model) {
                Ok(value) => {
                    self.keep_within(KEEP_PATIENCE, &key, &Kept::Reply(reply), tally).await?;
                    return Ok(Some(value));
                }
                Err(_) if reply.is_truncated => {
                    return Err(JobError::ReplyTruncated { lines: request.lines() });
                }
                Err(wrong) => {
                    problem = wrong.to_string();
                    attempt.prompt = repair(&request.prompt, &reply.text, &problem);
                }
            }
        }
        Err(JobError::ReplyInvalid { attempts: REPLY_ATTEMPTS_MAX, problem })
    }
}

impl Request {
    fn lines(&self) -> usize {
        self.prompt.messages.iter().map(|message| message.content.lines().count()).sum()
    }
}

impl Aside {
    /// The messages, with as much of the schema beside them as the endpoint takes; the rest is in the text.
    fn prompt(&self, level: SchemaLevel) -> Prompt {
        let response_format = match level {
            SchemaLevel::JsonSchema => Some(json!({
                "type": "json_schema", "json_schema": {"name": self.name, "strict": true, "schema": self.schema},
            })),
            SchemaLevel::JsonObject => Some(json!({"type": "json_object"})),
            SchemaLevel::Prompt => None,
        };
        let user = match level {
            SchemaLevel::JsonSchema => self.user.clone(),
            SchemaLevel::JsonObject | SchemaLevel::Prompt => {
                format!("SCHEMA\n{}\n\n{}", self.schema, self.user)
            }
        };
        let messages = vec![
            Message { role: Role::System, content: self.system.clone() },
            Message { role: Role::User, content: user },
        ];
        Prompt { messages, response_format }
    }
}

/// The question asked again: the same, with the reply and what is wrong with it.
fn repair(first: &Prompt, reply: &str, problem: &str) -> Prompt {
    let mut prompt = first.clone();
    let kept = reply.get(..reply.floor_char_boundary(REPAIR_REPLY_BYTES_MAX)).unwrap_or_default();
    if !kept.trim().is_empty() {
        prompt.messages.push(Message { role: Role::Assistant, content: kept.to_owned() });
    }
    let content = format!(
        "Your answer can't be used: {problem}. Answer again, with the whole JSON object of the given schema and no text \
         around it."
    );
    prompt.messages.push(Message { role: Role::User, content });
    prompt
}
