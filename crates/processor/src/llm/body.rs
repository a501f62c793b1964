//! Reading a response body with a bound in bytes and in silence: the one place where a body becomes bytes.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

/// The largest body that is read. A reply of 16,000 tokens is about 64 KiB; the rest is headroom for metadata:
/// orchestration repeats the whole question in its intermediate results.
pub(super) const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection broke off.
    #[error("the response broke off")]
    BrokenOff(#[source] reqwest::Error),
    /// Nothing came for too long.
    #[error("the response stood still for {seconds} s")]
    StoodStill {
        /// The limit.
        seconds: u64,
    },
    /// It is larger than a body may be.
    #[error("the response has more than {BODY_BYTES_MAX} bytes")]
    TooLarge,
}

/// The whole body, at most [`BODY_BYTES_MAX`] of it, as long as no piece is waited for longer than `idle`.
pub(super) async fn read(mut response: reqwest::Response, idle: Duration) -> Result<Bytes, BodyError> {
    let mut body = BytesMut::new();
    loop {
        let piece = tokio::time::timeout(idle, response.chunk()).await;
        let piece = piece.map_err(|_| BodyError::StoodStill { seconds: idle.as_secs() })?;
        // `without_url`: an url may carry a key in its query.
        let Some(piece) = piece.map_err(|error| BodyError::BrokenOff(error.without_url()))? else {
            return Ok(body.freeze());
        };
        if body.len() + piece.len() > BODY_BYTES_MAX {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
}
