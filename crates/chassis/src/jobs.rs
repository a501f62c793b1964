//! Putting jobs into their work queues.
//!
//! Called by `docmill` and by the workers, for the next hop and for replays. A job is accepted when its [`Receipt`]
//! is there. Ids make a publish repeatable: within the queue's window a second one changes nothing, and says so.

use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::message::PublishMessage;
use async_nats::{HeaderMap, jetstream};
use bytes::Bytes;
use docmill_contract::identity::{CollectionId, Sha256Hex};
use docmill_contract::job::{AnalyseJob, ProcessJob};
use docmill_contract::names::{
    HEADER_MESSAGE_ID, HEADER_REPLAY, Lane, MESSAGE_BYTES_MAX, Work, consumer, job_subject,
};
use serde::Serialize;
use tracing::Instrument as _;

use crate::connect::Nats;
use crate::delivery::Trace;
use crate::stores::{StoreError, published};
use crate::traces::spans;

/// The work queues' entrance. Clones share the connection.
#[derive(Debug, Clone)]
pub struct Jobs {
    jetstream: jetstream::Context,
}

/// The server's word that it has a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The job's place in its work queue.
    pub sequence: u64,
    /// The same job was published a short while ago, and this one was dropped. Of a replay, this is an error.
    pub duplicate: bool,
}

/// How full a lane is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LaneDepth {
    /// Jobs nobody has begun.
    pub waiting: u64,
    /// Jobs that workers hold, or that come again after a delay.
    pub in_flight: u64,
}

impl Jobs {
    /// The queues behind this connection. Asks nothing of NATS.
    pub fn new(nats: &Nats) -> Self {
        Self { jetstream: nats.jetstream.clone() }
    }

    /// Publishes a job for the processor. Its id is the digest of collection and job; `replay` makes another one of
    /// it, and has the work done again.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::NotProvisioned`] (also for a lane that isn't), [`StoreError::TooLarge`],
    /// or that NATS doesn't answer: then whether it was taken is open, and publishing again is right.
    pub async fn publish_process(
        &self,
        lane: Lane,
        collection: &CollectionId,
        job: &ProcessJob,
        replay: Option<u64>,
        trace: &Trace,
    ) -> Result<Receipt, StoreError> {
        let mut headers = headers(&process_message_id(collection, job, replay), trace);
        if let Some(ordinal) = replay {
            headers.insert(HEADER_REPLAY, ordinal.to_string());
        }
        let subject = job_subject(Work::Process, lane, collection);
        let body = json(&subject, job)?;
        self.publish_raw(&subject, body, headers).await
    }

    /// Publishes a job for the analyser under `message_id`, which the caller makes so that the same cause gives the
    /// same id.
    ///
    /// # Errors
    /// As [`Jobs::publish_process`].
    pub async fn publish_analyse(
        &self,
        lane: Lane,
        collection: &CollectionId,
        job: &AnalyseJob,
        message_id: &str,
        trace: &Trace,
    ) -> Result<Receipt, StoreError> {
        let subject = job_subject(Work::Analyse, lane, collection);
        let body = json(&subject, job)?;
        self.publish_raw(&subject, body, headers(message_id, trace)).await
    }

    /// Publishes a message as it is: for a dead letter's job.
    ///
    /// # Errors
    /// As [`Jobs::publish_process`].
    pub async fn publish_raw(
        &self,
        subject: &str,
        body: Bytes,
        mut headers: HeaderMap,
    ) -> Result<Receipt, StoreError> {
        let what = || format!("the job on {subject}");
        let bytes = body.len();
        if bytes > MESSAGE_BYTES_MAX {
            let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
            return Err(StoreError::TooLarge {
                what: what(),
                bytes: count(bytes),
                bytes_max: count(MESSAGE_BYTES_MAX),
            });
        }
        let message_id = headers.get(HEADER_MESSAGE_ID).map(|id| id.as_str().to_owned());
        let span = spans::publish(subject, message_id.as_deref(), bytes, &Trace::read(&headers));
        if let Some(trace) = spans::carried(&span) {
            trace.write(&mut headers);
        }
        let message = PublishMessage::build().headers(headers).payload(body);
        let sent = async { self.jetstream.send_publish(subject.to_owned(), message).await?.await };
        let ack = sent
            .instrument(span)
            .await
            .map_err(|error| published(what(), bytes, MESSAGE_BYTES_MAX, error))?;
        Ok(Receipt { sequence: ack.sequence, duplicate: ack.duplicate })
    }

    /// How full a lane is.
    ///
    /// # Errors
    /// [`StoreError::NotProvisioned`], or that NATS doesn't answer.
    pub async fn depth(&self, work: Work, lane: Lane) -> Result<LaneDepth, StoreError> {
        let name = consumer(work, lane);
        let consumer: Result<jetstream::consumer::Consumer<pull::Config>, _> =
            self.jetstream.get_consumer_from_stream(&name, work.stream()).await;
        let what = format!("consumer {name} of stream {}", work.stream());
        let consumer = consumer.map_err(|error| StoreError::of(what, error))?;
        let info = consumer.cached_info();
        let in_flight = u64::try_from(info.num_ack_pending).unwrap_or(u64::MAX);
        Ok(LaneDepth { waiting: info.num_pending, in_flight })
    }
}

/// The deduplication id of a job: the same for the same job, another for each replay.
fn process_message_id(collection: &CollectionId, job: &ProcessJob, replay: Option<u64>) -> String {
    let who = job.document.as_ref().map_or_else(|| job.source.to_string(), |document| document.to_string());
    let digest = Sha256Hex::of_json(&serde_json::json!([collection, who, job]));
    match replay {
        Some(ordinal) => format!("{digest}-r{ordinal}"),
        None => digest.to_string(),
    }
}

fn headers(message_id: &str, trace: &Trace) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(HEADER_MESSAGE_ID, message_id);
    trace.write(&mut headers);
    headers
}

fn json<T: Serialize>(subject: &str, job: &T) -> Result<Bytes, StoreError> {
    let body = serde_json::to_vec(job).map(Bytes::from);
    body.map_err(|error| StoreError::unreadable(format!("the job on {subject}"), error))
}

#[cfg(test)]
mod tests {
    use docmill_contract::job::Source;

    use super::*;

    #[test]
    fn ids_tell_jobs_collections_and_replays_apart() {
        let id = |collection: &str, change: fn(&mut ProcessJob), replay| {
            let mut job = ProcessJob::of(Source::Object("a.pdf".into()));
            change(&mut job);
            process_message_id(&collection.parse().unwrap(), &job, replay)
        };
        let first = id("q3", |_| {}, None);
        assert_eq!(first, id("q3", |_| {}, None));
        assert_ne!(first, id("q4", |_| {}, None));
        assert_ne!(first, id("q3", |job| job.profile = Some("invoice".into()), None));
        assert_ne!(first, id("q3", |job| job.document = "a".parse().ok(), None));
        assert_eq!(id("q3", |_| {}, Some(2)), format!("{first}-r2"));
    }
}
