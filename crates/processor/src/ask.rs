//! Asking the model about a document, question by question, until every one has a valid answer.
//!
//! Called by `extract`. Four kinds of trouble are settled here and in the modules below, each with its own bound: a call
//! that fails is tried again shortly and then handed up; a reply of which nothing can be used is repaired by asking
//! again; what a reply leaves open (a field out of schema, what a cut took) is a smaller question; and a question that is
//! too large is halved. Replies that proved valid are kept, and used instead of a call when the same is asked again,
//! after a crash as well as years later.

pub mod aside;
mod collection_budget;
mod kept;
pub mod level;
mod mount;
mod question;

use std::sync::Arc;
use std::time::Duration;

use docmill_chassis::cpu::Cpu;
use docmill_chassis::stores::Replies;
use docmill_contract::identity::{CollectionId, Sha256Hex};
use docmill_extraction::{Answered, Question, SchemaLevel, Task};
use futures_util::stream::{self, StreamExt as _};
use rust_decimal::Decimal;
use tokio::time::Instant;

use crate::error::{JobError, chain};
use crate::images::PageImages;
use crate::llm::breaker::Breaker;
use crate::llm::quota::{CallSize, Quota, QuotaError};
use crate::llm::{Llm, Reply, Request, Treatment};
use crate::tally::{Prices, Tally};
pub use collection_budget::CollectionBudget;
use level::Level;
pub use mount::{AskerParts, AskingSettings};
use question::Asked;

/// How often one call is tried before the job is handed back.
const CALL_ATTEMPTS_MAX: u32 = 3;

/// The wait before the second try of a call; each further one waits twice as long.
const CALL_RETRY_DELAY: Duration = Duration::from_millis(200);

/// Questions of one document that are asked at once.
const QUESTIONS_AT_ONCE_MAX: usize = 4;

/// How asking is bounded.
#[derive(Debug, Clone)]
pub struct AskSettings {
    /// What the endpoint can do with a schema, until it says otherwise.
    pub schema_level: SchemaLevel,
    /// The most tokens a reply may have.
    pub reply_tokens_max: u32,
    /// The most tokens a document may use.
    pub document_tokens_max: u64,
    /// The most a document may cost, in the currency of the prices.
    pub document_cost_max: Option<Decimal>,
    /// The most the documents of a collection may cost together, in the currency of the prices.
    pub collection_cost_max: Option<Decimal>,
    /// What tokens cost.
    pub prices: Option<Prices>,
}

/// Asks the model, keeps what was valid.
#[derive(Debug)]
pub struct Asker {
    /// The endpoint.
    pub llm: Llm,
    /// What the whole fleet may ask.
    pub quota: Quota,
    /// What each collection may cost.
    pub collections: CollectionBudget,
    /// Stops this worker from pulling while the endpoint fails.
    pub breaker: Breaker,
    /// Replies that proved valid.
    pub replies: Replies,
    /// The door off the async threads.
    pub cpu: Cpu,
    /// The bounds.
    pub settings: AskSettings,
    /// What the endpoint can do with a schema, as far as it has said.
    pub level: Level,
}

/// What all questions about one document share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) task: &'a Arc<Task>,
    pub(crate) images: &'a PageImages<'a>,
    pub(crate) tally: &'a Tally,
    /// The PDF that is asked about; its replies are kept beside each other.
    pub(crate) pdf: Option<&'a Sha256Hex>,
    /// Whose budget the document is paid of.
    pub(crate) collection: &'a CollectionId,
}

/// What one call brought.
enum Called {
    Reply(Reply),
    TooMuch,
    /// The endpoint doesn't take the format that was asked for; it says why.
    TooSpecific(String),
}

impl Asker {
    /// Valid answers to all questions, in no order. A question may have become several smaller ones.
    pub(crate) async fn ask(
        &self,
        questions: Vec<Question>,
        subject: &Subject<'_>,
    ) -> Result<Vec<Answered>, JobError> {
        let each: Vec<_> =
            questions.into_iter().map(|question| self.ask_until_answered(question, subject)).collect();
        Ok(all_of(each).await?.into_iter().flatten().collect())
    }

    /// As [`Self::ask`], for questions a record can do without: one that the model or a budget has no answer for
    /// is dropped.
    pub(crate) async fn ask_again(
        &self,
        questions: Vec<Question>,
        subject: &Subject<'_>,
    ) -> Result<Vec<Answered>, JobError> {
        let each: Vec<_> = questions
            .into_iter()
            .map(|question| async { optional(self.ask_until_answered(question, subject).await) })
            .collect();
        Ok(all_of(each).await?.into_iter().flatten().flatten().collect())
    }

    /// One question, and the smaller ones that it becomes.
    async fn ask_until_answered(
        &self,
        question: Question,
        subject: &Subject<'_>,
    ) -> Result<Vec<Answered>, JobError> {
        let mut waiting = vec![question];
        let mut answered = Vec::new();
        // It ends: each of those that come is about fewer lines or fewer fields than the one it comes of.
        while let Some(question) = waiting.pop() {
            match self.answer(&question, subject).await? {
                Asked::Usable(usable) => {
                    waiting.extend(usable.open);
                    answered.push(Answered { question, answer: usable.answer });
                }
                Asked::Halve => {
                    let lines = question.chunk().lines().len();
                    let halves = question.halves(subject.task);
                    let (first, second) = halves.ok_or(JobError::ReplyTruncated { lines })?;
                    waiting.extend([second, first]);
                }
            }
        }
        Ok(answered)
    }

    /// One call, tried a few times; what doesn't help then is for the whole worker to wait out.
    async fn call(
        &self,
        request: &Request,
        tally: &Tally,
        collection: &CollectionId,
    ) -> Result<Called, JobError> {
        let mut attempt = 1;
        loop {
            self.within_budget(tally)?;
            self.collections.check(collection).await?;
            let grant = self.quota.reserve(CallSize::from(request)).await?;
            let began = Instant::now();
            let result = self.llm.complete(request).await;
            tally.called(began.elapsed());
            grant.settle(result.as_ref()).await;
            let error = match result {
                Ok(reply) => {
                    self.breaker.succeeded();
                    tally.answered(&reply);
                    self.collections.paid(collection, &reply).await;
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
                Treatment::AskSimpler if request.prompt.response_format.is_some() => {
                    self.breaker.succeeded();
                    return Ok(Called::TooSpecific(chain(&error)));
                }
                Treatment::AskSimpler | Treatment::Give(_) => {
                    self.breaker.succeeded();
                    return Err(JobError::LlmSaidNo(error));
                }
            }
        }
    }

    /// Whether the document may use more. What is in flight isn't counted yet: it can go over by that much.
    fn within_budget(&self, tally: &Tally) -> Result<(), JobError> {
        let tokens_max = self.settings.document_tokens_max;
        if tally.tokens() >= tokens_max {
            return Err(JobError::TokenBudget { tokens_max });
        }
        let (Some(prices), Some(cost_max)) = (&self.settings.prices, self.settings.document_cost_max) else {
            return Ok(());
        };
        let spent = tally.spent(prices);
        if spent >= cost_max {
            let currency = prices.currency.clone();
            return Err(JobError::CostBudget { spent, cost_max, currency });
        }
        Ok(())
    }
}

/// What all of these bring, a few at once; the first error ends them. Where the worker drains and one would have to wait
/// for the quota, the others go on as far as they can without waiting: what is on the wire is paid, and its answer kept.
async fn all_of<T>(each: Vec<impl Future<Output = Result<T, JobError>>>) -> Result<Vec<T>, JobError> {
    let mut results = stream::iter(each).buffer_unordered(QUESTIONS_AT_ONCE_MAX);
    let (mut brought, mut drained) = (Vec::new(), None);
    while let Some(result) = results.next().await {
        match result {
            Ok(one) => brought.push(one),
            Err(error @ JobError::Quota(QuotaError::Draining)) => drained = Some(error),
            Err(error) => return Err(error),
        }
    }
    drained.map_or(Ok(brought), Err)
}

/// An answer one can do without: none where the document or the model is the reason, an error where the work is to be
/// done another time.
fn optional<T>(result: Result<T, JobError>) -> Result<Option<T>, JobError> {
    match result {
        Ok(answer) => Ok(Some(answer)),
        Err(
            error @ (JobError::LlmSaidNo(_)
            | JobError::ReplyInvalid { .. }
            | JobError::ReplyTruncated { .. }
            | JobError::TokenBudget { .. }
            | JobError::CostBudget { .. }
            | JobError::CollectionCostBudget { .. }),
        ) => {
            // Not in its own words: a refusal, and what is wrong with a reply, tell of the document.
            tracing::debug!(fate = ?error.fate(), "asking once more brought nothing");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
