//! What went wrong with a call, and what follows: decided here, once, exhaustively.
//!
//! Called by providers (to make an [`LlmError`] of a response) and by `ask` (to treat it). Nothing else looks at
//! a status code, but for the one renewal of a token or a deployment in [`client`](super::client).

mod asked;
mod error_body;
mod responses;
mod retry_hint;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use super::body::BodyError;
use super::sap_ai_core::credentials::CredentialsError;

pub use asked::Asked;

/// Why a call gave no reply.
#[derive(Debug, thiserror::Error)]
pub enum LlmError {
    /// It can't be reached.
    #[error("{asked} can't be reached")]
    Unreachable {
        /// Who was asked.
        asked: Asked,
        /// What the HTTP client says, without the address.
        #[source]
        source: reqwest::Error,
    },
    /// No answer in time.
    #[error("{asked} did not answer within {seconds} s")]
    TimedOut {
        /// Who was asked.
        asked: Asked,
        /// The limit.
        seconds: u64,
    },
    /// The answer broke off, stood still or is too large.
    #[error("the response of {asked} can't be read")]
    Body {
        /// Who was asked.
        asked: Asked,
        /// What is wrong with it.
        #[source]
        source: BodyError,
    },
    /// 429.
    #[error("{asked} throttles (429): {message}")]
    Throttled {
        /// Who was asked.
        asked: Asked,
        /// When to come back: as it says, else at the next minute.
        retry_in: Duration,
        /// What it says.
        message: String,
    },
    /// 408, 409, 5xx.
    #[error("{asked} failed with status {status}: {message}")]
    ServerFault {
        /// Who was asked.
        asked: Asked,
        /// The HTTP status.
        status: u16,
        /// When it says to come back, if it says so.
        retry_in: Option<Duration>,
        /// What it says.
        message: String,
    },
    /// 401, 403: the operator's to mend.
    #[error("{asked} refuses our credentials ({status}): {message}; {}", asked.credentials())]
    Unauthorised {
        /// Who was asked.
        asked: Asked,
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// A quota that no waiting refills: the operator's to mend.
    #[error("the account at {asked} has nothing left to spend ({status}): {message}; raise its limit or pay")]
    OutOfCredit {
        /// Who was asked.
        asked: Asked,
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// A wrong address, model or parameter, which would fail every document: the operator's to mend.
    #[error("{asked} doesn't take how it is asked ({status}): {message}; {}", asked.settings())]
    Misconfigured {
        /// Who was asked.
        asked: Asked,
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// No credentials, or unusable ones: the operator's to mend.
    #[error(transparent)]
    Credentials(CredentialsError),
    /// SAP AI Core runs no deployment of the model: the operator's to mend.
    #[error(
        "SAP AI Core runs no deployment for the model {model:?} in the resource group {resource_group:?} \
         (looked for {looked_for}): create one and wait until it is RUNNING, or correct `llm.model` or \
         `AICORE_RESOURCE_GROUP`"
    )]
    NoDeployment {
        /// The model, with its version where one is asked for.
        model: String,
        /// Where it was looked for.
        resource_group: String,
        /// Which deployments would do.
        looked_for: &'static str,
    },
    /// What another call met that fetched for this one too.
    #[error(transparent)]
    Shared(Arc<LlmError>),
    /// This request has failed before while others were answered.
    #[error("this request fails while others are answered ({strikes} times so far)")]
    Suspect {
        /// How often.
        strikes: u32,
        /// The last failure.
        #[source]
        source: Box<LlmError>,
    },
    /// This request fails for good while others are answered: it is the request's own fault.
    #[error(
        "this request failed {strikes} times over, while others were answered in between: the endpoint can't \
         answer it"
    )]
    AlwaysFails {
        /// How often.
        strikes: u32,
        /// The last failure.
        #[source]
        source: Box<LlmError>,
    },
    /// The prompt doesn't fit the model's context.
    #[error("the prompt does not fit the model's context: {message}")]
    ContextTooSmall {
        /// What the endpoint says.
        message: String,
    },
    /// Another 4xx: asking again can't help.
    #[error("{asked} rejected the request with status {status}: {message}")]
    Rejected {
        /// Who was asked.
        asked: Asked,
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// 400 or 422 that names the format of answers: asking for a less specific one helps.
    #[error("{asked} refuses the format of answers with status {status}: {message}")]
    FormatRefused {
        /// Who was asked.
        asked: Asked,
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// The model or a content filter said no.
    #[error("the model refused to answer: {message}")]
    Refused {
        /// Its words.
        message: String,
    },
    /// A success that isn't a chat completion.
    #[error("the response of {asked} is not a chat completion: {reason}")]
    NotACompletion {
        /// Who was asked.
        asked: Asked,
        /// What is missing.
        reason: String,
    },
}

/// What follows from an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Try again within the call, soon; if that doesn't help, leave the endpoint alone and hand the job back.
    RetrySoon,
    /// Leave the endpoint alone for this long, and hand the job back.
    PauseFor(Duration),
    /// The operator has to mend it: leave the endpoint alone, hand the job back, say so loudly.
    Operator,
    /// Ask with less text.
    AskForLess,
    /// Ask for a less specific format of answers.
    AskSimpler,
    /// Asking again can't help: the document fails.
    Give(Given),
}

/// How a document fails for which asking again can't help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// The model refused.
    Refused,
    /// The endpoint rejected the request.
    Rejected,
}

impl LlmError {
    /// What the endpoint says, where it says something.
    pub(in crate::llm) fn message_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Throttled { message, .. }
            | Self::ServerFault { message, .. }
            | Self::Unauthorised { message, .. }
            | Self::OutOfCredit { message, .. }
            | Self::Misconfigured { message, .. }
            | Self::ContextTooSmall { message }
            | Self::Rejected { message, .. }
            | Self::FormatRefused { message, .. }
            | Self::Refused { message }
            | Self::NotACompletion { reason: message, .. } => Some(message),
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Body { .. }
            | Self::Credentials(_)
            | Self::NoDeployment { .. }
            | Self::Shared(_) => None,
            Self::Suspect { source, .. } | Self::AlwaysFails { source, .. } => source.message_mut(),
        }
    }

    /// What follows.
    pub fn treatment(&self) -> Treatment {
        match self {
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Body { .. }
            | Self::ServerFault { retry_in: None, .. }
            | Self::Suspect { .. }
            | Self::NotACompletion { .. } => Treatment::RetrySoon,
            Self::Throttled { retry_in, .. } | Self::ServerFault { retry_in: Some(retry_in), .. } => {
                Treatment::PauseFor(*retry_in)
            }
            Self::Unauthorised { .. }
            | Self::OutOfCredit { .. }
            | Self::Misconfigured { .. }
            | Self::Credentials(_)
            | Self::NoDeployment { .. } => Treatment::Operator,
            Self::Shared(error) => error.treatment(),
            Self::ContextTooSmall { .. } => Treatment::AskForLess,
            Self::FormatRefused { .. } => Treatment::AskSimpler,
            Self::Refused { .. } => Treatment::Give(Given::Refused),
            Self::Rejected { .. } | Self::AlwaysFails { .. } => Treatment::Give(Given::Rejected),
        }
    }

    /// Whether a token was refused.
    pub(super) fn is_unauthorised(&self) -> bool {
        match self {
            Self::Unauthorised { status, .. } => *status == 401,
            Self::Shared(error) => error.is_unauthorised(),
            _ => false,
        }
    }

    /// Whether a request of its own could be what caused it, where the endpoint answers others: a gateway that
    /// refuses what a page says (403), a server that falls over it (5xx), an answer that never ends.
    pub(super) fn may_be_the_requests_fault(&self) -> bool {
        let of_a_call = |asked: &Asked| matches!(asked, Asked::Endpoint | Asked::SapAiCore);
        match self {
            Self::TimedOut { asked, .. }
            | Self::Body { asked, .. }
            | Self::ServerFault { asked, .. }
            | Self::NotACompletion { asked, .. } => of_a_call(asked),
            // A connection that is cut while a request is sent may be cut for what is in it.
            Self::Unreachable { asked, source } => of_a_call(asked) && !source.is_connect(),
            Self::Unauthorised { asked, status, .. } => of_a_call(asked) && *status == 403,
            Self::Throttled { .. }
            | Self::OutOfCredit { .. }
            | Self::Misconfigured { .. }
            | Self::Credentials(_)
            | Self::NoDeployment { .. }
            | Self::Shared(_)
            | Self::Suspect { .. }
            | Self::AlwaysFails { .. }
            | Self::ContextTooSmall { .. }
            | Self::FormatRefused { .. }
            | Self::Rejected { .. }
            | Self::Refused { .. } => false,
        }
    }
}
