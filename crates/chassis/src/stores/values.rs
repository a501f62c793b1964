//! Typed values over [`super::subjects`]: JSON in, JSON out, and bodies that are too large for a message kept beside
//! it in `docmill-payloads`.
//!
//! Called by each store. A large body leaves a message without its large parts and with the header `Docmill-Payload`,
//! the sha256 under which the whole is kept; reading follows the header.

use std::marker::PhantomData;
use std::time::Duration;

use async_nats::{HeaderMap, jetstream};
use bytes::Bytes;
use docmill_contract::identity::Sha256Hex;
use docmill_contract::names::{HEADER_PAYLOAD, MESSAGE_BYTES_MAX};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::objects::Objects;
use super::subjects::{Listing, Raw, Subjects};
use super::{Kept, ReplaceError, StoreError};
use crate::delivery::Trace;

/// The largest body of one value. A record of a thousand pages has a few MiB; more is a fault, and memory.
pub(super) const PAYLOAD_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Bodies fetched from the object store at once while listing.
const PAYLOADS_AT_ONCE: usize = 4;

/// How late a large body may be seen after the message that names it: a replica is behind, never this long.
const PAYLOAD_LATE_MAX: Duration = Duration::from_secs(10);

/// A value that is kept.
pub(super) trait Value: Serialize + DeserializeOwned + Send + Sync {
    /// It without its large parts: what travels in the message when the whole is too large for one.
    fn slim(&self) -> Self;
}

/// The values of one stream.
#[derive(Debug)]
pub(super) struct Values<T> {
    subjects: Subjects,
    payloads: Objects,
    /// A larger body goes to the payloads.
    message_bytes_max: usize,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Values<T> {
    fn clone(&self) -> Self {
        Self { subjects: self.subjects.clone(), payloads: self.payloads.clone(), ..*self }
    }
}

impl<T: Value> Values<T> {
    pub(super) fn new(jetstream: &jetstream::Context, stream: &'static str, payloads: &Objects) -> Self {
        Self {
            subjects: Subjects::new(jetstream, stream),
            payloads: payloads.clone(),
            message_bytes_max: MESSAGE_BYTES_MAX,
            kind: PhantomData,
        }
    }

    /// The same, with messages that are small, whatever they stand for: for values whose slim form is read often.
    pub(super) fn with_messages_up_to(self, message_bytes_max: usize) -> Self {
        Self { message_bytes_max: message_bytes_max.min(MESSAGE_BYTES_MAX), ..self }
    }

    /// The value on `subject`.
    pub(super) async fn get(&self, subject: &str) -> Result<Option<Kept<T>>, StoreError> {
        match self.subjects.last(subject).await? {
            Some(raw) => self.read(raw).await.map(Some),
            None => Ok(None),
        }
    }

    /// The value on `subject`; where its large body is gone for good, what the message itself says of it.
    pub(super) async fn get_what_is_known(&self, subject: &str) -> Result<Option<Kept<T>>, StoreError> {
        let Some(raw) = self.subjects.last(subject).await? else { return Ok(None) };
        // A clock that runs behind the server's only makes it wait longer.
        let may_be_late = raw.stored.elapsed().unwrap_or_default() < PAYLOAD_LATE_MAX;
        match raw.headers.get(HEADER_PAYLOAD) {
            Some(digest) if !may_be_late && !self.payloads.has(digest.as_str()).await? => {
                tracing::warn!(subject, "its large body is lost: it counts as if it had none");
                decode(&raw, &raw.payload).map(Some)
            }
            Some(_) | None => self.read(raw).await.map(Some),
        }
    }

    /// What the message on `subject` says itself: of a value that is too large for one, its slim form.
    pub(super) async fn slim(&self, subject: &str) -> Result<Option<Slim<T>>, StoreError> {
        let Some(raw) = self.subjects.last(subject).await? else { return Ok(None) };
        let is_whole = raw.headers.get(HEADER_PAYLOAD).is_none();
        let kept = decode(&raw, &raw.payload)?;
        Ok(Some(Slim { kept, is_whole }))
    }

    /// The subjects that match `filter` and have a value, in the order of the stream.
    pub(super) async fn subjects(&self, filter: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.subjects.all(filter).await?.into_iter().map(|raw| raw.subject).collect())
    }

    /// The last message that matches `filter`, unread.
    pub(super) async fn newest(&self, filter: &str) -> Result<Option<Raw>, StoreError> {
        self.subjects.last(filter).await
    }

    /// Every value that matches `filter`, in the order of the stream.
    pub(super) async fn all(&self, filter: &str) -> Result<Vec<Kept<T>>, StoreError> {
        self.read_all(self.subjects.all(filter).await?).await
    }

    async fn read_all(&self, raws: Vec<Raw>) -> Result<Vec<Kept<T>>, StoreError> {
        let values = futures_util::stream::iter(raws).map(|raw| self.read(raw));
        values.buffered(PAYLOADS_AT_ONCE).try_collect().await
    }

    /// Begins to list every value behind the sequence `after` that matches `filter`, those that were replaced included.
    pub(super) async fn since(&self, filter: &str, after: u64) -> Result<ValueListing<T>, StoreError> {
        Ok(ValueListing { values: self.clone(), listing: self.subjects.since(filter, after).await? })
    }

    pub(super) async fn count(&self, filter: &str) -> Result<u64, StoreError> {
        self.subjects.count(filter).await
    }

    pub(super) async fn purge(&self, filter: &str) -> Result<u64, StoreError> {
        self.subjects.purge(filter).await
    }

    /// Every value that matches `filter`, and then each new one.
    pub(super) async fn follow(
        &self,
        filter: &str,
    ) -> Result<impl Stream<Item = Result<Kept<T>, StoreError>> + Send + use<T>, StoreError>
    where
        T: 'static,
    {
        let values = self.clone();
        let raws = self.subjects.follow(filter).await?;
        Ok(raws.then(move |raw| {
            let values = values.clone();
            async move { values.read(raw?).await }
        }))
    }

    /// Writes `value`, whatever is there.
    pub(super) async fn put(&self, subject: &str, value: &T, trace: &Trace) -> Result<u64, StoreError> {
        let (headers, body) = self.encode(subject, value, trace).await?;
        self.subjects.put(subject, headers, body).await
    }

    /// Writes `value` if the one at `expected` is still the last; 0 means none.
    pub(super) async fn replace(
        &self,
        subject: &str,
        value: &T,
        expected: u64,
        trace: &Trace,
    ) -> Result<u64, ReplaceError> {
        let (headers, body) = self.encode(subject, value, trace).await?;
        self.subjects.replace(subject, headers, body, expected).await
    }

    /// The message for `value`; stores the payload of a large one first, so that no message leads nowhere.
    async fn encode(
        &self,
        subject: &str,
        value: &T,
        trace: &Trace,
    ) -> Result<(HeaderMap, Bytes), StoreError> {
        let mut headers = HeaderMap::new();
        trace.write(&mut headers);
        let body = json(subject, value)?;
        if body.len() <= self.message_bytes_max {
            return Ok((headers, body));
        }
        let bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
        if bytes > PAYLOAD_BYTES_MAX {
            return Err(StoreError::TooLarge {
                what: subject.to_owned(),
                bytes,
                bytes_max: PAYLOAD_BYTES_MAX,
            });
        }
        let digest = Sha256Hex::of(&body);
        self.payloads.keep(digest.as_str(), &body).await?;
        headers.insert(HEADER_PAYLOAD, digest.as_str());
        Ok((headers, json(subject, &value.slim())?))
    }

    async fn read(&self, raw: Raw) -> Result<Kept<T>, StoreError> {
        match raw.headers.get(HEADER_PAYLOAD) {
            Some(digest) => decode(&raw, &self.payload(&raw.subject, digest.as_str()).await?),
            None => decode(&raw, &raw.payload),
        }
    }

    async fn payload(&self, subject: &str, digest: &str) -> Result<Bytes, StoreError> {
        let body = match self.payloads.get(digest, PAYLOAD_BYTES_MAX).await {
            // It was stored before the message, so a replica is behind.
            Err(StoreError::NotFound { what }) => {
                return Err(StoreError::unavailable(
                    what,
                    format!("{subject} names it, and it is not there (yet)"),
                ));
            }
            other => other?,
        };
        if Sha256Hex::of(&body).as_str() == digest {
            return Ok(body);
        }
        Err(StoreError::unreadable(subject, "its payload has another digest than it says"))
    }
}

/// What a message says itself.
#[derive(Debug)]
pub(super) struct Slim<T> {
    pub(super) kept: Kept<T>,
    /// It is the whole value.
    pub(super) is_whole: bool,
}

/// Values that are being listed.
#[derive(Debug)]
pub(super) struct ValueListing<T> {
    values: Values<T>,
    listing: Listing,
}

impl<T: Value> ValueListing<T> {
    /// The next values, some tens; none when there are no more.
    pub(super) async fn next(&mut self) -> Result<Vec<Kept<T>>, StoreError> {
        self.values.read_all(self.listing.next().await?).await
    }
}

fn decode<T: DeserializeOwned>(raw: &Raw, body: &[u8]) -> Result<Kept<T>, StoreError> {
    let value = serde_json::from_slice(body).map_err(|error| StoreError::unreadable(&raw.subject, error))?;
    Ok(Kept { value, sequence: raw.sequence, stored: raw.stored })
}

fn json<T: Serialize>(subject: &str, value: &T) -> Result<Bytes, StoreError> {
    serde_json::to_vec(value).map(Bytes::from).map_err(|error| StoreError::unreadable(subject, error))
}
