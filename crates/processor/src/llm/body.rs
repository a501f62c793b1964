//! Reading a response body with a bound: the one place where a body becomes bytes.

use bytes::{Bytes, BytesMut};

/// The largest body that is read. A reply of 16,000 tokens is about 64 KiB; the rest is headroom for metadata.
pub(super) const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection broke off.
    #[error("the response broke off")]
    BrokenOff(#[source] reqwest::Error),
    /// It is larger than a body may be.
    #[error("the response has more than {BODY_BYTES_MAX} bytes")]
    TooLarge,
}

/// The whole body, at most [`BODY_BYTES_MAX`] of it.
pub(super) async fn read(mut response: reqwest::Response) -> Result<Bytes, BodyError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::BrokenOff)? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
