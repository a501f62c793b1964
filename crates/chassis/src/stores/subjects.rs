//! A stream as a store of last values: one value per subject, replaced by compare-and-swap, listed by filter.
//!
//! Called by [`super::values`], and where things are erased by [`super::erasure`] and [`super::objects`]. It moves bytes and headers and knows nothing of what they mean. Single values
//! are read from the stream's leader, since another replica may not have them yet.

use std::borrow::Cow;
use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull, push};
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::{PublishMessage, StreamMessage};
use async_nats::jetstream::stream::{RawMessageErrorKind, Stream};
use async_nats::jetstream::{self, ErrorCode, consumer};
use bytes::Bytes;
use futures_util::{Stream as Values, StreamExt as _, TryStreamExt as _};

use super::{Cause, ReplaceError, StoreError, published};

/// Messages asked for at once while listing. At their largest they stay below the 64 MiB that a server keeps for a
/// client before it cuts the connection.
const LIST_BATCH: usize = 64;

/// How long a listing waits for the next message that the server has said is there.
const LIST_PATIENCE: Duration = Duration::from_secs(5);

/// After how long without a sign of life the server forgets a listing.
const LIST_FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

/// One message, as it is kept.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub(super) subject: String,
    pub(super) sequence: u64,
    pub(super) stored: SystemTime,
    pub(super) headers: HeaderMap,
    pub(super) payload: Bytes,
}

/// The last values of one stream.
#[derive(Debug, Clone)]
pub(super) struct Subjects {
    jetstream: jetstream::Context,
    stream: Cow<'static, str>,
}

impl Subjects {
    pub(super) fn new(jetstream: &jetstream::Context, stream: impl Into<Cow<'static, str>>) -> Self {
        Self { jetstream: jetstream.clone(), stream: stream.into() }
    }

    /// The last message on `subject`, which may have wildcards.
    pub(super) async fn last(&self, subject: &str) -> Result<Option<Raw>, StoreError> {
        match self.stream().await?.get_last_raw_message_by_subject(subject).await {
            Ok(message) => Ok(Some(kept(message))),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(StoreError::of(self.what(subject), error)),
        }
    }

    /// The first message at or behind `sequence` that matches `filter`: of a work queue, which has no listings.
    pub(super) async fn next(&self, filter: &str, sequence: u64) -> Result<Option<Raw>, StoreError> {
        let stream = self.stream().await?;
        match stream.raw_message_builder().next_by_subject(filter).sequence(sequence).send().await {
            Ok(message) => Ok(Some(kept(message))),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(StoreError::of(self.what(filter), error)),
        }
    }

    /// Removes the message at `sequence`, and says whether it was there.
    pub(super) async fn remove(&self, sequence: u64) -> Result<bool, StoreError> {
        match self.stream().await?.delete_message(sequence).await {
            Ok(removed) => Ok(removed),
            Err(error) => match Cause::of(&error) {
                Some(Cause::Code(ErrorCode::NO_MESSAGE_FOUND | ErrorCode::SEQUENCE_NOT_FOUND)) => Ok(false),
                Some(Cause::Code(_) | Cause::NobodyListens) | None => {
                    Err(StoreError::of(self.what(&format!("message {sequence}")), error))
                }
            },
        }
    }

    /// Writes a value and returns its sequence.
    pub(super) async fn put(
        &self,
        subject: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<u64, StoreError> {
        let (bytes, message) = (body.len(), PublishMessage::build().headers(headers).payload(body));
        self.publish(subject, message).await.map_err(|error| self.refused(subject, bytes, error))
    }

    /// Writes a value if the last one on its subject is still the one at `expected`; 0 means none.
    ///
    /// Without an answer it is sent once more, which the condition makes harmless: if it is refused then, and these
    /// very bytes are there, the first one was written. Only reading back could come before the write itself.
    pub(super) async fn replace(
        &self,
        subject: &str,
        headers: HeaderMap,
        body: Bytes,
        expected: u64,
    ) -> Result<u64, ReplaceError> {
        let message = || {
            PublishMessage::build()
                .headers(headers.clone())
                .payload(body.clone())
                .expected_last_subject_sequence(expected)
        };
        let first = match self.publish(subject, message()).await {
            Ok(sequence) => return Ok(sequence),
            Err(error) => error,
        };
        match first.kind() {
            PublishErrorKind::WrongLastSequence => return Err(ReplaceError::Superseded),
            PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe => {}
            PublishErrorKind::StreamNotFound
            | PublishErrorKind::WrongLastMessageId
            | PublishErrorKind::MaxAckPending
            | PublishErrorKind::MaxPayloadExceeded
            | PublishErrorKind::Other => return Err(self.refused(subject, body.len(), first).into()),
        }
        match self.publish(subject, message()).await {
            Ok(sequence) => Ok(sequence),
            Err(second) if second.kind() == PublishErrorKind::WrongLastSequence => {
                let ours = self.last(subject).await?.filter(|last| last.payload == body);
                ours.map(|last| last.sequence).ok_or(ReplaceError::Superseded)
            }
            Err(second) => Err(self.refused(subject, body.len(), second).into()),
        }
    }

    /// How many messages there are on `subject`, which has no wildcards: of a work queue, too.
    pub(super) async fn messages_on(&self, subject: &str) -> Result<u64, StoreError> {
        let info = self.stream().await?.info_with_subjects(subject).await;
        let info = info.map_err(|error| StoreError::of(self.what(subject), error))?;
        let counts: Result<Vec<usize>, _> = info.map_ok(|(_, count)| count).try_collect().await;
        let counts = counts.map_err(|error| StoreError::of(self.what(subject), error))?;
        Ok(counts.into_iter().map(|count| u64::try_from(count).unwrap_or(u64::MAX)).sum())
    }

    /// The last message of each subject that matches `filter`, in the order of the stream.
    pub(super) async fn all(&self, filter: &str) -> Result<Vec<Raw>, StoreError> {
        let mut listing = self.list(filter, DeliverPolicy::LastPerSubject).await?;
        let mut all = Vec::new();
        loop {
            let raws = listing.next().await?;
            if raws.is_empty() {
                return Ok(last_of_each(all));
            }
            all.extend(raws);
        }
    }

    /// Begins to list every message behind the sequence `after` that matches `filter`, in the order of the stream: of a
    /// subject all that are kept, not only the last.
    pub(super) async fn since(&self, filter: &str, after: u64) -> Result<Listing, StoreError> {
        self.list(filter, DeliverPolicy::ByStartSequence { start_sequence: after.saturating_add(1) }).await
    }

    async fn list(&self, filter: &str, from: DeliverPolicy) -> Result<Listing, StoreError> {
        let consumer = self.listing(filter, from, false).await?;
        let waiting = consumer.cached_info().num_pending;
        Ok(Listing { subjects: self.clone(), what: self.what(filter), consumer: Some(consumer), waiting })
    }

    /// How many subjects that match `filter` have a value.
    pub(super) async fn count(&self, filter: &str) -> Result<u64, StoreError> {
        let consumer = self.listing(filter, DeliverPolicy::LastPerSubject, true).await?;
        let count = consumer.cached_info().num_pending;
        self.forget(consumer).await;
        Ok(count)
    }

    /// The last message of each subject that matches `filter`, and then every new one as it comes. The stream ends
    /// with an error if the connection is lost for good.
    pub(super) async fn follow(
        &self,
        filter: &str,
    ) -> Result<impl Values<Item = Result<Raw, StoreError>> + Send + use<>, StoreError> {
        let what = self.what(filter);
        let config = push::OrderedConfig {
            deliver_subject: self.jetstream.client().new_inbox(),
            filter_subject: filter.to_owned(),
            deliver_policy: DeliverPolicy::LastPerSubject,
            ..Default::default()
        };
        let stream = self.stream().await?;
        let consumer =
            stream.create_consumer(config).await.map_err(|error| StoreError::of(what.as_str(), error))?;
        let messages = consumer.messages().await.map_err(|error| StoreError::of(what.as_str(), error))?;
        Ok(messages.map(move |message| {
            let message = message.map_err(|error| StoreError::of(what.as_str(), error))?;
            raw(message).map_err(|error| StoreError::unavailable(what.as_str(), error))
        }))
    }

    /// Removes every message whose subject matches `filter`, and says how many.
    pub(super) async fn purge(&self, filter: &str) -> Result<u64, StoreError> {
        let purged = self.stream().await?.purge().filter(filter).await;
        purged.map(|answer| answer.purged).map_err(|error| StoreError::of(self.what(filter), error))
    }

    /// As [`Self::purge`], but for messages behind the sequence `through`.
    pub(super) async fn purge_through(&self, filter: &str, through: u64) -> Result<u64, StoreError> {
        let purge = self.stream().await?.purge().sequence(through.saturating_add(1)).filter(filter);
        let purged = purge.await;
        purged.map(|answer| answer.purged).map_err(|error| StoreError::of(self.what(filter), error))
    }

    /// A short-lived consumer; what it has waiting is the count of what it is to list.
    async fn listing(
        &self,
        filter: &str,
        deliver_policy: DeliverPolicy,
        headers_only: bool,
    ) -> Result<consumer::Consumer<pull::Config>, StoreError> {
        let config = pull::Config {
            deliver_policy,
            ack_policy: AckPolicy::None,
            filter_subject: filter.to_owned(),
            headers_only,
            inactive_threshold: LIST_FORGOTTEN_AFTER,
            memory_storage: true,
            num_replicas: 1,
            ..Default::default()
        };
        let created = self.stream().await?.create_consumer(config).await;
        created.map_err(|error| StoreError::of(self.what(filter), error))
    }

    async fn forget(&self, consumer: consumer::Consumer<pull::Config>) {
        let Ok(stream) = self.stream().await else { return };
        // The server forgets it by itself if this fails.
        drop(stream.delete_consumer(&consumer.cached_info().name).await);
    }

    async fn publish(&self, subject: &str, message: PublishMessage) -> Result<u64, PublishError> {
        Ok(self.jetstream.send_publish(subject.to_owned(), message).await?.await?.sequence)
    }

    fn refused(&self, subject: &str, bytes: usize, error: PublishError) -> StoreError {
        let bytes_max = self.jetstream.client().max_payload();
        published(self.what(subject), bytes, bytes_max, error)
    }

    /// The stream's handle; asks nothing of the server.
    async fn stream(&self) -> Result<Stream<()>, StoreError> {
        let stream = self.jetstream.get_stream_no_info(&*self.stream).await;
        stream.map_err(|error| StoreError::of(&*self.stream, error))
    }

    fn what(&self, subject: &str) -> String {
        format!("{subject} of stream {}", self.stream)
    }
}

/// Messages that are being listed: those that were there when it was begun.
#[derive(Debug)]
pub(super) struct Listing {
    subjects: Subjects,
    what: String,
    /// None once everything has been listed.
    consumer: Option<consumer::Consumer<pull::Config>>,
    waiting: u64,
}

impl Listing {
    /// The next messages, at most [`LIST_BATCH`]; none when there are no more.
    pub(super) async fn next(&mut self) -> Result<Vec<Raw>, StoreError> {
        let lost = |error| StoreError::of(self.what.as_str(), error);
        let Some(consumer) = &self.consumer else { return Ok(Vec::new()) };
        let batch = usize::try_from(self.waiting).unwrap_or(LIST_BATCH).min(LIST_BATCH);
        let mut raws = Vec::with_capacity(batch);
        if batch > 0 {
            let fetch = consumer.fetch().max_messages(batch).expires(LIST_PATIENCE);
            let mut messages = fetch.messages().await.map_err(|error| lost(error.into()))?;
            while let Some(message) = messages.try_next().await.map_err(lost)? {
                raws.push(raw(message).map_err(lost)?);
                self.waiting = self.waiting.saturating_sub(1);
            }
            if raws.is_empty() {
                // Some may have been removed meanwhile; if not, the server or the way to it is gone.
                let info = consumer.get_info().await.map_err(|error| lost(error.into()))?;
                if info.num_pending > 0 {
                    return Err(lost("the listing stalled".into()));
                }
            }
        }
        if raws.is_empty()
            && let Some(consumer) = self.consumer.take()
        {
            self.subjects.forget(consumer).await;
        }
        Ok(raws)
    }
}

/// Leaves out what was replaced while it was listed.
fn last_of_each(mut all: Vec<Raw>) -> Vec<Raw> {
    let mut seen = HashSet::new();
    all.reverse();
    all.retain(|raw| seen.insert(raw.subject.clone()));
    all.reverse();
    all
}

fn kept(message: StreamMessage) -> Raw {
    Raw {
        subject: message.subject.into_string(),
        sequence: message.sequence,
        stored: message.time.into(),
        headers: message.headers,
        payload: message.payload,
    }
}

fn raw(message: jetstream::Message) -> Result<Raw, async_nats::Error> {
    let (sequence, stored) = {
        let info = message.info()?;
        (info.stream_sequence, info.published.into())
    };
    let async_nats::Message { subject, payload, headers, .. } = message.message;
    Ok(Raw {
        subject: subject.into_string(),
        sequence,
        stored,
        headers: headers.unwrap_or_default(),
        payload,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_value_that_was_replaced_while_it_was_listed_the_last_stays() {
        let raw = |subject: &str, sequence| Raw {
            subject: subject.to_owned(),
            sequence,
            stored: SystemTime::UNIX_EPOCH,
            headers: HeaderMap::new(),
            payload: Bytes::new(),
        };
        let left = last_of_each(vec![raw("a", 1), raw("b", 2), raw("a", 3), raw("c", 4)]);
        let left: Vec<_> = left.iter().map(|raw| (raw.subject.as_str(), raw.sequence)).collect();
        assert_eq!(left, [("b", 2), ("a", 3), ("c", 4)]);
    }
}
