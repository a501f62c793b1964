//! Asking the model about a document, part by part, until every part has a valid answer.
//!
//! Called by `job`. Three kinds of trouble are settled here, each with its own bound: a call that fails is tried
//! again shortly and then handed up; a reply that is invalid is repaired by asking again; a reply that is cut off
//! is asked for in halves. Replies that proved valid are kept, and used instead of a call when the same part is
//! asked about again, after a crash as well as years later.

use std::sync::Arc;
use std::time::Duration;

use docmill_chassis::cpu::Cpu;
use docmill_chassis::stores::Replies;
use docmill_contract::identity::Sha256Hex;
use docmill_extraction::{Answer, Answered, Chunk, ReplyProblem, SchemaLevel, Task};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};

use crate::error::{JobError, chain};
use crate::llm::breaker::Breaker;
use crate::llm::quota::{CallSize, Quota};
use crate::llm::{Image, OpenAi, Reply, Request, Treatment};
use crate::tally::Tally;

/// How often one call is tried before the job is handed back.
const CALL_ATTEMPTS_MAX: u32 = 3;

/// The wait before the second try of a call; each further one waits twice as long.
const CALL_RETRY_DELAY: Duration = Duration::from_millis(200);

/// How often one part's reply may be invalid before the document fails.
const REPLY_ATTEMPTS_MAX: u32 = 3;

/// Parts of one document that are asked about at once.
const CHUNKS_AT_ONCE_MAX: usize = 4;

/// How asking is bounded.
#[derive(Debug, Clone, Copy)]
pub struct AskSettings {
    /// What the endpoint can do with a schema.
    pub schema_level: SchemaLevel,
    /// The most tokens a reply may have.
    pub reply_tokens_max: u32,
    /// The most tokens a document may use.
    pub document_tokens_max: u64,
}

/// Asks the model, keeps what was valid.
#[derive(Debug)]
pub struct Asker {
    /// The endpoint.
    pub llm: OpenAi,
    /// What the whole fleet may ask.
    pub quota: Quota,
    /// Stops this worker from pulling while the endpoint fails.
    pub breaker: Breaker,
    /// Replies that proved valid.
    pub replies: Replies,
    /// The door off the async threads.
    pub cpu: Cpu,
    /// The bounds.
    pub settings: AskSettings,
}

/// What is kept of a part: the reply that proved valid, or that it had to be halved.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Reply(Reply),
    Halve,
}

/// What became of asking about one part.
enum Asked {
    Answer(Answer),
    Halve,
}

/// What one call brought.
enum Called {
    Reply(Reply),
    TooMuch,
}

impl Asker {
    /// Valid answers to all parts, which may be smaller than the given ones.
    pub(crate) async fn ask(
        &self,
        task: &Arc<Task>,
        chunks: Vec<Chunk>,
        images: Vec<Image>,
        tally: &Tally,
    ) -> Result<Vec<Answered>, JobError> {
        let mut images = Some(images);
        let parts: Vec<_> = chunks
            .into_iter()
            // Images of pages without text belong to no line; they go with the first part.
            .map(|chunk| self.ask_until_answered(task, chunk, images.take().unwrap_or_default(), tally))
            .collect();
        let answered: Vec<Vec<Answered>> =
            stream::iter(parts).buffered(CHUNKS_AT_ONCE_MAX).try_collect().await?;
        Ok(answered.into_iter().flatten().collect())
    }

    /// One part, halved as often as its replies are cut off.
    async fn ask_until_answered(
        &self,
        task: &Arc<Task>,
        chunk: Chunk,
        images: Vec<Image>,
        tally: &Tally,
    ) -> Result<Vec<Answered>, JobError> {
        let mut waiting = vec![chunk];
        let mut answered = Vec::new();
        while let Some(chunk) = waiting.pop() {
            match self.ask_about(task, &chunk, &images, tally).await? {
                Asked::Answer(answer) => answered.push(Answered { chunk, answer }),
                Asked::Halve => {
                    let lines = chunk.lines().len();
                    let (first, second) = chunk.split().ok_or(JobError::ReplyTruncated { lines })?;
                    waiting.extend([second, first]);
                }
            }
        }
        Ok(answered)
    }

    /// One part: from a kept reply, else from the model, repaired where it is invalid.
    async fn ask_about(
        &self,
        task: &Arc<Task>,
        chunk: &Chunk,
        images: &[Image],
        tally: &Tally,
    ) -> Result<Asked, JobError> {
        let mut request = Request {
            prompt: task.prompt(chunk, self.settings.schema_level),
            images: images.to_vec(),
            reply_tokens_max: self.settings.reply_tokens_max,
        };
        let key = self.key(&request);
        if let Some(asked) = self.kept(&key, task, chunk).await? {
            tally.replayed();
            return Ok(asked);
        }
        let mut problem = String::new();
        for _ in 0..REPLY_ATTEMPTS_MAX {
            let Called::Reply(reply) = self.call(&request, tally).await? else {
                self.keep(&key, &Kept::Halve, tally).await?;
                return Ok(Asked::Halve);
            };
            match self.read(task, chunk, &reply).await? {
                Ok(answer) => {
                    self.keep(&key, &Kept::Reply(reply), tally).await?;
                    return Ok(Asked::Answer(answer));
                }
                Err(_) if reply.is_truncated => {
                    self.keep(&key, &Kept::Halve, tally).await?;
                    return Ok(Asked::Halve);
                }
                Err(invalid) => {
                    problem = invalid.to_string();
                    request.prompt = task.repair_prompt(&request.prompt, &reply.text, &invalid);
                }
            }
        }
        Err(JobError::ReplyInvalid { attempts: REPLY_ATTEMPTS_MAX, problem })
    }

    /// One call, tried a few times; what doesn't help then is for the whole worker to wait out.
    async fn call(&self, request: &Request, tally: &Tally) -> Result<Called, JobError> {
        let mut attempt = 1;
        loop {
            if tally.tokens() >= self.settings.document_tokens_max {
                return Err(JobError::TokenBudget { tokens_max: self.settings.document_tokens_max });
            }
            let grant = self.quota.reserve(CallSize::from(request)).await?;
            let result = self.llm.complete(request).await;
            grant.settle(result.as_ref()).await;
            let error = match result {
                Ok(reply) => {
                    self.breaker.succeeded();
                    tally.answered(&reply);
                    return Ok(Called::Reply(reply));
                }
                Err(error) => error,
            };
            tally.failed();
            match error.treatment() {
                Treatment::RetrySoon if attempt < CALL_ATTEMPTS_MAX => {
                    tracing::debug!(attempt, error = chain(&error), "an LLM call failed and is tried again");
                    tokio::time::sleep(CALL_RETRY_DELAY * 2_u32.pow(attempt - 1)).await;
                    attempt += 1;
                }
                Treatment::RetrySoon | Treatment::PauseFor(_) | Treatment::Operator => {
                    let pause = self.breaker.failed(&error);
                    if let Treatment::PauseFor(hint) = error.treatment() {
                        self.quota.pause(hint).await;
                    }
                    return Err(JobError::LlmUnavailable { pause, source: error });
                }
                // The endpoint works; it is this request that it doesn't take.
                Treatment::AskForLess => {
                    self.breaker.succeeded();
                    return Ok(Called::TooMuch);
                }
                Treatment::Give(_) => {
                    self.breaker.succeeded();
                    return Err(JobError::LlmSaidNo(error));
                }
            }
        }
    }

    async fn read(
        &self,
        task: &Arc<Task>,
        chunk: &Chunk,
        reply: &Reply,
    ) -> Result<Result<Answer, ReplyProblem>, JobError> {
        let (task, chunk, text) = (Arc::clone(task), chunk.clone(), reply.text.clone());
        Ok(self.cpu.run(move || task.read_reply(&text, &chunk)).await?)
    }

    /// What is kept under `key`, if it still is valid: a kept reply is checked like a fresh one, so that a store
    /// that was tampered with can't put values past the rules of proof.
    async fn kept(&self, key: &str, task: &Arc<Task>, chunk: &Chunk) -> Result<Option<Asked>, JobError> {
        let Some(bytes) = self.replies.get(key).await? else { return Ok(None) };
        match serde_json::from_slice(&bytes) {
            Ok(Kept::Halve) => Ok(Some(Asked::Halve)),
            Ok(Kept::Reply(reply)) => Ok(self.read(task, chunk, &reply).await?.ok().map(Asked::Answer)),
            Err(_) => Ok(None),
        }
    }

    async fn keep(&self, key: &str, kept: &Kept, tally: &Tally) -> Result<(), JobError> {
        // A value of these two variants always serialises.
        let Ok(bytes) = serde_json::to_vec(kept) else { return Ok(()) };
        let was_there = self.replies.put(key, &bytes).await?;
        if was_there {
            tally.repeated();
        }
        Ok(())
    }

    /// The digest of everything that shapes a reply: endpoint, model, parameters, prompt, schema and images.
    fn key(&self, request: &Request) -> String {
        let images: Vec<Sha256Hex> =
            request.images.iter().map(|image| Sha256Hex::of(&image.0.bytes)).collect();
        let messages = request.prompt.messages.iter();
        let texts: Vec<_> = messages.map(|message| (message.role.name(), &message.content)).collect();
        let shape = serde_json::json!({
            "endpoint": self.llm.identity(),
            "messages": texts,
            "images": images,
            "response_format": request.prompt.response_format,
            "reply_tokens_max": request.reply_tokens_max,
        });
        Sha256Hex::of_json(&shape).as_str().to_owned()
    }
}
