//! Why a store said no, read once from what the client says.
//!
//! The client tells the same fact in a dozen types, some with the server's code in the error, some in its source;
//! [`StoreError::of`] looks through all of them, so that nobody else has to.

use std::error::Error;

use async_nats::StatusCode;
use async_nats::jetstream::{self, ErrorCode, context, object_store, stream};

/// Why a store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such entry.
    #[error("{what} is not there")]
    NotFound {
        /// The entry.
        what: String,
    },
    /// The stream or bucket doesn't exist.
    #[error("{what} is not provisioned: run `docmill provision`")]
    NotProvisioned {
        /// The stream, bucket or subject.
        what: String,
    },
    /// The entry is larger than the store takes or the caller wants.
    #[error("{what} has {bytes} bytes: at most {bytes_max} are allowed")]
    TooLarge {
        /// The entry.
        what: String,
        /// Its size.
        bytes: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// The store has no room.
    #[error(
        "no room is left for {what}: raise the limit of its store (section `store`) or the server's, or make room"
    )]
    Full {
        /// The entry.
        what: String,
    },
    /// The server couldn't write it: what servers before 2.14 answer.
    #[error(
        "NATS can't write {what} to its disk (full, read-only), as its log says: make room or mount it writable, and \
         restart it if it still doesn't"
    )]
    Unwritten {
        /// The entry.
        what: String,
        /// What the client says.
        source: async_nats::Error,
    },
    /// It was sent, and NATS didn't say that it is stored. Whether it is, is open.
    #[error(
        "NATS didn't confirm that it stored {what}: it is overloaded or cut off, or can't write to its disk (full, \
         read-only), which its log and /healthz say; after a write error it stores nothing there until it is restarted"
    )]
    Unconfirmed {
        /// The entry.
        what: String,
        /// What the client says.
        source: async_nats::Error,
    },
    /// The entry is there but isn't what it should be.
    #[error("{what} is there but can't be read")]
    Unreadable {
        /// The entry.
        what: String,
        /// Why.
        source: async_nats::Error,
    },
    /// NATS doesn't answer, or not in time, or with an error of its own.
    #[error("NATS didn't serve {what}")]
    Unavailable {
        /// The entry.
        what: String,
        /// What the client says.
        source: async_nats::Error,
    },
}

impl StoreError {
    /// NATS didn't serve `what`.
    pub fn unavailable(what: impl Into<String>, source: impl Into<async_nats::Error>) -> Self {
        Self::Unavailable { what: what.into(), source: source.into() }
    }

    /// `what` is there but can't be read.
    pub fn unreadable(what: impl Into<String>, source: impl Into<async_nats::Error>) -> Self {
        Self::Unreadable { what: what.into(), source: source.into() }
    }

    /// Whether it may pass by itself or by an operator's hand, so that trying again later makes sense.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NotProvisioned { .. }
            | Self::Full { .. }
            | Self::Unwritten { .. }
            | Self::Unconfirmed { .. }
            | Self::Unavailable { .. } => true,
            Self::NotFound { .. } | Self::TooLarge { .. } | Self::Unreadable { .. } => false,
        }
    }

    /// Whether the store takes nothing of anybody, so that the next job would only meet the same.
    pub fn stops_everybody(&self) -> bool {
        match self {
            Self::NotProvisioned { .. }
            | Self::Full { .. }
            | Self::Unwritten { .. }
            | Self::Unconfirmed { .. } => true,
            // One entry may be behind it: a body that isn't there, or that others keep writing.
            Self::Unavailable { .. }
            | Self::NotFound { .. }
            | Self::TooLarge { .. }
            | Self::Unreadable { .. } => false,
        }
    }

    /// As [`Self::of`] for a write: one that failed without the server's own reason may have been stored.
    pub(crate) fn of_write(what: impl Into<String>, source: impl Into<async_nats::Error>) -> Self {
        match Self::of(what, source) {
            Self::Unavailable { what, source } if Cause::of(&*source).is_none() => {
                Self::Unconfirmed { what, source }
            }
            other => other,
        }
    }

    /// Reads what the client says about `what`. Whether an entry is missing is asked before, by the caller.
    pub(crate) fn of(what: impl Into<String>, source: impl Into<async_nats::Error>) -> Self {
        let (what, source) = (what.into(), source.into());
        match Cause::of(&*source) {
            Some(Cause::NobodyListens) => Self::NotProvisioned { what },
            Some(Cause::Code(ErrorCode::STREAM_NOT_FOUND)) => Self::NotProvisioned { what },
            // One code for limits that are reached and for a disk that can't be written to.
            Some(Cause::Code(ErrorCode::STREAM_STORE_FAILED)) if !chain(&*source).contains("maximum") => {
                Self::Unwritten { what, source }
            }
            Some(Cause::Code(
                ErrorCode::STREAM_STORE_FAILED
                | ErrorCode::INSUFFICIENT_RESOURCES
                | ErrorCode::STORAGE_RESOURCES_EXCEEDED,
            )) => Self::Full { what },
            Some(Cause::Code(_)) | None => Self::Unavailable { what, source },
        }
    }
}

/// Why a value was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// Somebody else replaced it first: read it again.
    #[error("it was replaced by somebody else first")]
    Superseded,
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is at the bottom of a client's error.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cause {
    /// The server's own code.
    Code(ErrorCode),
    /// No stream takes the subject, or JetStream is off.
    NobodyListens,
}

impl Cause {
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(cause) = Self::of_one(error) {
                return Some(cause);
            }
            next = error.source();
        }
        None
    }

    fn of_one(error: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(error) = error.downcast_ref::<jetstream::Error>() {
            return Some(Self::Code(error.error_code()));
        }
        if let Some(error) = error.downcast_ref::<context::PublishError>() {
            return matches!(error.kind(), context::PublishErrorKind::StreamNotFound)
                .then_some(Self::NobodyListens);
        }
        if let Some(error) = error.downcast_ref::<context::RequestError>() {
            return matches!(error.kind(), context::RequestErrorKind::NoResponders)
                .then_some(Self::NobodyListens);
        }
        if let Some(error) = error.downcast_ref::<async_nats::RequestError>() {
            return matches!(error.kind(), async_nats::RequestErrorKind::NoResponders)
                .then_some(Self::NobodyListens);
        }
        if let Some(error) = error.downcast_ref::<stream::DirectGetError>() {
            let nobody = |status| status == StatusCode::NO_RESPONDERS;
            return matches!(error.kind(), stream::DirectGetErrorKind::ErrorResponse(status, _) if nobody(status))
                .then_some(Self::NobodyListens);
        }
        Self::of_kind(error)
    }

    /// The types that have the server's error in their kind, or in their text alone.
    fn of_kind(error: &(dyn Error + 'static)) -> Option<Self> {
        let code = |error: jetstream::Error| Some(Self::Code(error.error_code()));
        if let Some(error) = error.downcast_ref::<context::GetStreamError>()
            && let context::GetStreamErrorKind::JetStream(error) = error.kind()
        {
            return code(error);
        }
        if let Some(error) = error.downcast_ref::<context::CreateStreamError>() {
            match error.kind() {
                context::CreateStreamErrorKind::JetStream(error) => return code(error),
                context::CreateStreamErrorKind::NotFound => {
                    return Some(Self::Code(ErrorCode::STREAM_NOT_FOUND));
                }
                context::CreateStreamErrorKind::JetStreamUnavailable => return Some(Self::NobodyListens),
                _ => return None,
            }
        }
        if let Some(error) = error.downcast_ref::<object_store::PutError>() {
            return code_in(&error.to_string()).map(Self::Code);
        }
        if let Some(error) = error.downcast_ref::<stream::RawMessageError>()
            && let stream::RawMessageErrorKind::JetStream(error) = error.kind()
        {
            return code(error);
        }
        if let Some(error) = error.downcast_ref::<stream::PurgeError>()
            && let stream::PurgeErrorKind::JetStream(error) = error.kind()
        {
            return code(error);
        }
        if let Some(error) = error.downcast_ref::<stream::DeleteMessageError>()
            && let stream::DeleteMessageErrorKind::JetStream(error) = error.kind()
        {
            return code(error);
        }
        if let Some(error) = error.downcast_ref::<stream::ConsumerError>()
            && let stream::ConsumerErrorKind::JetStream(error) = error.kind()
        {
            return code(error);
        }
        None
    }
}

/// The server's code where its error was made text: `… (code 503, error code 10077)`.
fn code_in(text: &str) -> Option<ErrorCode> {
    let (_, behind) = text.rsplit_once("error code ")?;
    behind.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok().map(ErrorCode)
}

/// An error with all of its causes.
fn chain(error: &(dyn Error + 'static)) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Reads why `what` of `bytes` bytes was not taken by a stream.
pub(crate) fn published(
    what: String,
    bytes: usize,
    bytes_max: usize,
    error: context::PublishError,
) -> StoreError {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let too_large = match error.kind() {
        context::PublishErrorKind::MaxPayloadExceeded => true,
        context::PublishErrorKind::Other => {
            matches!(Cause::of(&error), Some(Cause::Code(ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM)))
        }
        context::PublishErrorKind::StreamNotFound
        | context::PublishErrorKind::WrongLastMessageId
        | context::PublishErrorKind::WrongLastSequence
        | context::PublishErrorKind::TimedOut
        | context::PublishErrorKind::BrokenPipe
        | context::PublishErrorKind::MaxAckPending => false,
    };
    if too_large {
        return StoreError::TooLarge { what, bytes: count(bytes), bytes_max: count(bytes_max) };
    }
    StoreError::of_write(what, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_reached_is_told_from_a_disk_that_isnt_written_to() {
        let check = |code: u64, description: &str, says: &str| {
            let error = serde_json::json!({"code": 503, "err_code": code, "description": description});
            let error: jetstream::Error = serde_json::from_value(error).unwrap();
            let wrapped = context::PublishError::with_source(context::PublishErrorKind::Other, error);
            let said = StoreError::of_write("x", wrapped);
            assert!(said.to_string().contains(says) && said.stops_everybody(), "{description}: {said}");
        };
        check(10_077, "maximum bytes exceeded", "no room is left for x");
        check(10_077, "maximum messages exceeded", "no room is left for x");
        check(10_047, "insufficient storage resources available", "no room is left for x");
        check(10_077, "write msgs/1.blk: no space left on device", "NATS can't write x to its disk");
        check(10_077, "open msgs/1.blk: read-only file system", "NATS can't write x to its disk");
        // The client's store of objects has the server's error as text alone.
        let text = "failed getting chunk ack: maximum bytes exceeded (code 503, error code 10077)".to_owned();
        let wrapped = object_store::PutError::with_source(object_store::PutErrorKind::PublishChunks, text);
        assert!(matches!(StoreError::of_write("x", wrapped), StoreError::Full { .. }));
        let silent = context::PublishError::new(context::PublishErrorKind::TimedOut);
        assert!(matches!(StoreError::of_write("x", silent), StoreError::Unconfirmed { .. }));
    }
}
