//! One question: from a kept reply, else from the model, repaired where nothing of the reply can be used.
//!
//! Called by [`Asker`](super::Asker) for each question and each smaller one that comes of it. Everything that follows
//! from a reply follows from its text, so that kept replies lead the same way again.

use std::borrow::Cow;
use std::sync::Arc;

use docmill_extraction::{Question, ReplyProblem, Usable};

use super::kept::Kept;
use super::{Asker, Called, Subject, level, optional};
use crate::error::JobError;
use crate::llm::{Reply, Request};

/// How often one question's reply may be invalid before the document fails. Where a fifth of all replies can't be used,
/// three attempts would lose one question in 125, five lose one in 3,000.
const REPLY_ATTEMPTS_MAX: u32 = 5;

/// What became of a question.
pub(super) enum Asked {
    Usable(Usable),
    Halve,
}

/// What a request brought, kept or fresh.
enum Gained {
    Reply(Read),
    Halve,
    /// The endpoint doesn't take the format that was asked for; it says why.
    TooSpecific(String),
}

/// A reply, read.
pub(super) struct Read {
    text: String,
    usable: Usable,
    /// The fields that it should say something of, where it says next to nothing.
    left_out: Vec<String>,
}

impl Asker {
    /// What can be used of the reply to a question.
    pub(super) async fn answer(&self, question: &Question, subject: &Subject<'_>) -> Result<Asked, JobError> {
        let images = subject.images.of(question.chunk().images()).await?;
        let mut level = self.level.current();
        loop {
            let request = Request {
                prompt: subject.task.prompt(question, level),
                images: images.clone(),
                reply_tokens_max: self.settings.reply_tokens_max,
            };
            match self.gain(&request, question, subject).await? {
                Gained::Reply(read) => {
                    return Ok(Asked::Usable(self.fuller(read, &request, question, subject).await?));
                }
                Gained::Halve => return Ok(Asked::Halve),
                // There is a lower level, since this request named a format.
                Gained::TooSpecific(why) => {
                    // One user's schema says nothing of what the endpoint can do with others.
                    if !why.to_ascii_lowercase().contains("invalid schema") {
                        self.level.fall_from(level, &why);
                    }
                    level = level::below(level);
                }
            }
        }
    }

    /// The reply to a request: the kept one, else the model's.
    async fn gain(
        &self,
        request: &Request,
        question: &Question,
        subject: &Subject<'_>,
    ) -> Result<Gained, JobError> {
        let key = self.key(request, subject.pdf);
        match self.kept(&key).await? {
            Some(Kept::Halve) => {
                subject.tally.replayed();
                return Ok(Gained::Halve);
            }
            // A kept reply is read like a fresh one, so that a store that was tampered with can't put values past the
            // rules of proof.
            Some(Kept::Reply(reply)) => {
                if let Ok(read) = self.read(subject, question, &reply).await? {
                    subject.tally.replayed();
                    return Ok(Gained::Reply(read));
                }
            }
            None => {}
        }
        let mut attempt = Cow::Borrowed(request);
        let mut last = JobError::ReplyInvalid { attempts: REPLY_ATTEMPTS_MAX, problem: String::new() };
        for _ in 0..REPLY_ATTEMPTS_MAX {
            let reply = match self.call(&attempt, subject.tally, subject.collection).await? {
                Called::Reply(reply) => reply,
                Called::TooMuch => {
                    self.keep(&key, &Kept::Halve, subject.tally).await?;
                    return Ok(Gained::Halve);
                }
                Called::TooSpecific(why) => return Ok(Gained::TooSpecific(why)),
            };
            match self.read(subject, question, &reply).await? {
                Ok(read) => {
                    self.keep(&key, &Kept::Reply(reply), subject.tally).await?;
                    return Ok(Gained::Reply(read));
                }
                Err(_) if reply.is_truncated && question.halves(subject.task).is_some() => {
                    self.keep(&key, &Kept::Halve, subject.tally).await?;
                    return Ok(Gained::Halve);
                }
                // What can't be made smaller may have been cut by chance.
                Err(invalid) => {
                    let repair = subject.task.repair_prompt(&attempt.prompt, &reply.text, &invalid);
                    attempt.to_mut().prompt = repair;
                    last = if reply.is_truncated {
                        JobError::ReplyTruncated { lines: question.chunk().lines().len() }
                    } else {
                        JobError::ReplyInvalid { attempts: REPLY_ATTEMPTS_MAX, problem: invalid.to_string() }
                    };
                }
            }
        }
        Err(last)
    }

    /// The better of a reply and, where that says next to nothing, of a second one.
    async fn fuller(
        &self,
        first: Read,
        request: &Request,
        question: &Question,
        subject: &Subject<'_>,
    ) -> Result<Usable, JobError> {
        if first.left_out.is_empty() || !first.usable.open.is_empty() {
            return Ok(first.usable);
        }
        let prompt = subject.task.fuller_prompt(&request.prompt, &first.text, &first.left_out);
        let again = Request { prompt, ..request.clone() };
        match optional(self.gain(&again, question, subject).await)? {
            Some(Gained::Reply(second)) if second.usable.answer.claims() > first.usable.answer.claims() => {
                Ok(second.usable)
            }
            Some(Gained::Reply(_) | Gained::Halve | Gained::TooSpecific(_)) | None => Ok(first.usable),
        }
    }

    async fn read(
        &self,
        subject: &Subject<'_>,
        question: &Question,
        reply: &Reply,
    ) -> Result<Result<Read, ReplyProblem>, JobError> {
        let (task, question, text) = (Arc::clone(subject.task), question.clone(), reply.text.clone());
        let read = move || {
            let usable = task.read_reply(&text, &question)?;
            let left_out = task.left_out(&question, &usable.answer);
            Ok(Read { text, usable, left_out })
        };
        Ok(self.cpu.run(read).await?)
    }
}
