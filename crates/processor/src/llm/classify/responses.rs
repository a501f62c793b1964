//! The error of what came back, or didn't: status, headers and body, looked at in this one place.
//!
//! Called by whoever sends a request. What follows from the error is [`LlmError::treatment`]'s to say.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;

use super::error_body::{Cause, ErrorBody};
use super::{Asked, LlmError, retry_hint};

impl LlmError {
    /// The error of a request that got no response; `whole` is the time it had.
    pub(in crate::llm) fn of_transport(asked: Asked, whole: Duration, source: reqwest::Error) -> Self {
        if source.is_timeout() && !source.is_connect() {
            return Self::TimedOut { asked, seconds: whole.as_secs() };
        }
        // `without_url`: an url may carry a key in its query.
        Self::Unreachable { asked, source: source.without_url() }
    }

    /// The error of a response whose status isn't a success, received at `now`.
    pub(in crate::llm) fn of_response(
        asked: Asked,
        status: u16,
        headers: &HeaderMap,
        body: &[u8],
        now: SystemTime,
    ) -> Self {
        let body = ErrorBody::read(body);
        let hint = retry_hint::read(headers, &body.headers, now);
        let cause = body.cause();
        let message = body.message;
        match (status, cause) {
            (_, Some(Cause::Filtered)) if status != 429 => Self::Refused { message },
            (401 | 403 | 407, _) => Self::Unauthorised { asked, status, message },
            // Waiting doesn't make a request smaller than what a minute allows.
            (_, Some(Cause::TooLong)) | (413, _) => Self::ContextTooSmall { message },
            (402, _) | (429, Some(Cause::OutOfCredit)) => Self::OutOfCredit { asked, status, message },
            (429, _) => {
                let retry_in =
                    hint.unwrap_or_else(|| retry_hint::until_next_minute(now, retry_hint::jitter()));
                Self::Throttled { asked, retry_in, message }
            }
            (400 | 422, Some(Cause::FormatRefused)) => Self::FormatRefused { asked, status, message },
            (_, Some(Cause::ImagesNotTaken)) => Self::Rejected { asked, status, message },
            (408 | 409 | 425 | 499..=599, _) => Self::ServerFault { asked, status, retry_in: hint, message },
            (300..=399 | 404 | 405 | 410 | 421, _) | (_, Some(Cause::SettingsWrong)) => {
                Self::Misconfigured { asked, status, message }
            }
            // Neither is asked anything that a document has a part in.
            _ if matches!(asked, Asked::TokenService | Asked::DeploymentList) => {
                Self::Misconfigured { asked, status, message }
            }
            _ => Self::Rejected { asked, status, message },
        }
    }
}
