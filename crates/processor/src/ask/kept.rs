//! Replies that proved valid, kept under the PDF that was asked about and the digest of the question that brought them.
//!
//! Called by [`Asker`](super::Asker) before and after calls. A kept reply is one a crash can't make us pay for again.

use std::time::Duration;

use docmill_chassis::stores::StoreError;
use docmill_contract::identity::Sha256Hex;
use docmill_contract::names::reply_key;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::Asker;
use crate::error::JobError;
use crate::llm::{Reply, Request};
use crate::tally::Tally;

/// How long it is tried to keep a reply that NATS doesn't store. Its job can't end meanwhile, but neither could it
/// elsewhere, and given up, the reply would be paid again. This outlasts a restart, the election of a leader, and a
/// person who makes room on a disk.
const KEEP_PATIENCE: Duration = Duration::from_secs(15 * 60);

/// The first pause between two tries, and the longest; each is twice as long as the one before. Every try besides waits for
/// an answer as long as any request (five seconds).
const KEEP_PAUSE_MIN: Duration = Duration::from_millis(500);
const KEEP_PAUSE_MAX: Duration = Duration::from_secs(15);

/// What is kept of a question: the reply that can be used, or that it had to be halved.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kept {
    Reply(Reply),
    Halve,
}

impl Asker {
    /// What is kept under `key`; what can't be read is as good as nothing.
    pub(super) async fn kept(&self, key: &str) -> Result<Option<Kept>, JobError> {
        let bytes = self.replies.get(key).await?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Keeps it. Where something was kept meanwhile, another worker paid for the same.
    pub(super) async fn keep(&self, key: &str, kept: &Kept, tally: &Tally) -> Result<(), JobError> {
        self.keep_within(KEEP_PATIENCE, key, kept, tally).await
    }

    /// The same, for who can't wait as long as a job.
    pub(super) async fn keep_within(
        &self,
        patience: Duration,
        key: &str,
        kept: &Kept,
        tally: &Tally,
    ) -> Result<(), JobError> {
        // A value of these two variants always serialises.
        let Ok(bytes) = serde_json::to_vec(kept) else { return Ok(()) };
        let began = Instant::now();
        let mut attempt = 1;
        let mut pause = KEEP_PAUSE_MIN;
        let was_there = loop {
            match self.replies.put(key, &bytes).await {
                Ok(was_there) => break was_there,
                Err(
                    error @ (StoreError::Unavailable { .. }
                    | StoreError::Unconfirmed { .. }
                    | StoreError::Unwritten { .. }
                    | StoreError::Full { .. }),
                ) if began.elapsed() < patience => {
                    tracing::warn!(attempt, %error, "a reply can't be kept: trying again, so that it isn't paid twice");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(KEEP_PAUSE_MAX);
                    attempt += 1;
                }
                // What comes of it may be stored all the same; the next question isn't asked before the bucket is back.
                Err(error @ StoreError::NotProvisioned { .. }) => {
                    tracing::warn!(%error, "a reply isn't kept: asked again it would be paid again");
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        };
        // An earlier attempt may have been the one: its answer was lost, not the write.
        if was_there && attempt == 1 {
            tally.repeated();
        }
        Ok(())
    }

    /// The PDF, so that all replies about it can be found when it is forgotten; and the digest of everything that shapes
    /// a reply: endpoint, model, parameters, prompt, schema and images. The part, the lines and the reason of a question
    /// are all in its messages.
    pub(super) fn key(&self, request: &Request, pdf: Option<&Sha256Hex>) -> String {
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
        reply_key(pdf, &Sha256Hex::of_json(&shape))
    }
}
