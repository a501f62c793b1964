//! Why a job could not be done, and what becomes of it: the one place where "try again" and "fails" are decided.
//!
//! Every stage's errors are variants here; [`JobError::fate`] matches them all, so that a new one doesn't compile
//! until somebody has decided.

use std::time::Duration;

use docmill_chassis::cpu::CpuError;
use docmill_chassis::stores::StoreError;
use docmill_contract::failure::{FailureCode, FailureStage};
use docmill_contract::identity::CollectionId;
use docmill_contract::job::Source;
use docmill_extraction::SchemaError;
use docmill_pdf::ReadError;
use rust_decimal::Decimal;

use crate::llm::LlmError;
use crate::llm::classify::Given;
use crate::llm::quota::QuotaError;
use crate::reader::ReaderError;
use crate::web::WebError;

/// Why a job could not be done.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The message isn't a job.
    #[error(transparent)]
    Job(#[from] docmill_contract::job::JobError),
    /// The subject and the body name different collections.
    #[error(
        "the subject's collection is {subject:?} and the body's is {body:?}: make them agree, or leave out the body's"
    )]
    CollectionMismatch {
        /// In the subject.
        subject: String,
        /// In the body.
        body: String,
    },
    /// The document's address doesn't give it.
    #[error(transparent)]
    Web(WebError),
    /// The document's address can't be reached; it may be another time.
    #[error(transparent)]
    AddressNotYetReached(WebError),
    /// The object isn't there, and the job is older than a publisher may be late.
    #[error(
        "{source_named} is not in the store `docmill-documents`: store the PDF before publishing its job"
    )]
    DocumentMissing {
        /// What the job names.
        source_named: Source,
    },
    /// The object isn't there yet; its publisher may be late.
    #[error("{source_named} is not in the store yet")]
    DocumentNotYetThere {
        /// What the job names.
        source_named: Source,
    },
    /// The named secret isn't mounted.
    #[error(
        "the password secret {name:?} is not mounted into the worker: mount it below `pdf.passwords_folder`"
    )]
    PasswordSecretUnknown {
        /// Its name.
        name: String,
    },
    /// The named profile isn't registered.
    #[error("the profile {name:?} is not known: `docmill profile list` shows those that are")]
    ProfileUnknown {
        /// Its name.
        name: String,
    },
    /// The schema can't be used.
    #[error("the JSON Schema can't be used: {0}")]
    Schema(#[source] SchemaError),
    /// The PDF can't be read.
    #[error(transparent)]
    Reader(#[from] ReaderError),
    /// No page has text, and no model may look at images.
    #[error(
        "no page of the document (it has {pages}) has text that can be read: send a PDF with a text layer, or use a model that takes images and set `llm.vision`"
    )]
    NoText {
        /// How many pages were looked at.
        pages: u32,
    },
    /// The endpoint can't answer now; it is left alone for the pause.
    #[error("the LLM endpoint can't answer now")]
    LlmUnavailable {
        /// How long the endpoint is left alone.
        pause: Duration,
        /// The last error.
        #[source]
        source: LlmError,
    },
    /// The fleet's quota has no room for a call.
    #[error(transparent)]
    Quota(#[from] QuotaError),
    /// The endpoint or the model said no.
    #[error(transparent)]
    LlmSaidNo(LlmError),
    /// The reply stayed invalid.
    #[error("the model's reply stayed invalid after {attempts} attempts: {problem}")]
    ReplyInvalid {
        /// How often it was asked.
        attempts: u32,
        /// What is wrong with the last reply.
        problem: String,
    },
    /// Even the smallest part's reply was cut off, or its prompt too long.
    #[error(
        "the model's reply is cut off even for a part of {lines} lines: raise `llm.reply_tokens_max`, or ask for fewer fields"
    )]
    ReplyTruncated {
        /// How many lines that part has.
        lines: usize,
    },
    /// The document's token budget is used up.
    #[error(
        "the document needs more than {tokens_max} tokens: raise `llm.document_tokens_max`, or ask for fewer pages"
    )]
    TokenBudget {
        /// The budget.
        tokens_max: u64,
    },
    /// The document's money is used up.
    #[error(
        "the document has cost {spent} {currency} and may cost {cost_max}: raise `llm.document_cost_max`, or ask for fewer pages or fields"
    )]
    CostBudget {
        /// What was spent.
        spent: Decimal,
        /// What may be.
        cost_max: Decimal,
        /// ISO 4217 code.
        currency: String,
    },
    /// The collection's money is used up.
    #[error(
        "the collection {collection} has cost {spent} {currency} and may cost {cost_max}: raise `llm.collection_cost_max`, then put its failed documents back with `docmill dead replay {collection} --all`"
    )]
    CollectionCostBudget {
        /// Which one.
        collection: CollectionId,
        /// What all of its documents were paid with.
        spent: Decimal,
        /// What may be.
        cost_max: Decimal,
        /// ISO 4217 code.
        currency: String,
    },
    /// The record is larger than the store takes.
    #[error(
        "the record has {bytes} bytes, more than the {bytes_max} that are kept: ask for fewer pages or fields"
    )]
    OutcomeTooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// A store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// CPU work panicked or was given up.
    #[error(transparent)]
    Cpu(#[from] CpuError),
    /// The worker stops before the job is done.
    #[error("the worker stops")]
    Stopping,
}

/// What becomes of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The document fails with this code.
    Fails(FailureCode, FailureStage),
    /// The job is handed back and comes again; not the document's fault. `None` grows with its deliveries.
    HandBack(Option<Duration>),
    /// As that, and no job would fare better: a store takes nothing.
    Blocked,
}

impl JobError {
    /// What becomes of the job.
    pub fn fate(&self) -> Fate {
        use FailureCode as Code;
        use FailureStage as Stage;
        match self {
            Self::Job(docmill_contract::job::JobError::NotJson { .. }) => {
                Fate::Fails(Code::JobNotJson, Stage::Job)
            }
            Self::Job(docmill_contract::job::JobError::Invalid { .. }) => {
                Fate::Fails(Code::JobInvalid, Stage::Job)
            }
            Self::CollectionMismatch { .. } => Fate::Fails(Code::CollectionMismatch, Stage::Job),
            Self::Web(error) => Fate::Fails(web_code(error), Stage::Fetch),
            Self::AddressNotYetReached(_) => Fate::HandBack(None),
            Self::DocumentMissing { .. } => Fate::Fails(Code::DocumentMissing, Stage::Fetch),
            Self::DocumentNotYetThere { .. } => Fate::HandBack(None),
            Self::PasswordSecretUnknown { .. } => Fate::Fails(Code::PasswordSecretUnknown, Stage::Fetch),
            Self::ProfileUnknown { .. } => Fate::Fails(Code::ProfileUnknown, Stage::Job),
            Self::Schema(_) => Fate::Fails(Code::SchemaInvalid, Stage::Job),
            Self::Reader(error) => reader_fate(error),
            Self::NoText { .. } => Fate::Fails(Code::NoText, Stage::Read),
            Self::LlmUnavailable { pause, .. } => Fate::HandBack(Some(*pause)),
            Self::Quota(QuotaError::TooLarge { .. }) => {
                Fate::Fails(Code::TokenBudgetExceeded, Stage::Extract)
            }
            Self::Quota(QuotaError::Store(error)) => store_fate(error),
            Self::Quota(error) => Fate::HandBack(error.pause()),
            Self::LlmSaidNo(error) => match error.treatment() {
                crate::llm::Treatment::Give(Given::Refused) => Fate::Fails(Code::LlmRefused, Stage::Extract),
                crate::llm::Treatment::Give(Given::Rejected)
                | crate::llm::Treatment::AskForLess
                | crate::llm::Treatment::AskSimpler
                | crate::llm::Treatment::RetrySoon
                | crate::llm::Treatment::PauseFor(_)
                | crate::llm::Treatment::Operator => Fate::Fails(Code::LlmRequestRejected, Stage::Extract),
            },
            Self::ReplyInvalid { .. } => Fate::Fails(Code::LlmReplyInvalid, Stage::Extract),
            Self::ReplyTruncated { .. } => Fate::Fails(Code::LlmReplyTruncated, Stage::Extract),
            Self::TokenBudget { .. } => Fate::Fails(Code::TokenBudgetExceeded, Stage::Extract),
            Self::CostBudget { .. } | Self::CollectionCostBudget { .. } => {
                Fate::Fails(Code::CostBudgetExceeded, Stage::Extract)
            }
            Self::OutcomeTooLarge { .. } => Fate::Fails(Code::OutcomeTooLarge, Stage::Store),
            Self::Store(error) => store_fate(error),
            Self::Cpu(CpuError::Panicked) => Fate::Fails(Code::Internal, Stage::Extract),
            Self::Cpu(CpuError::Cancelled) | Self::Stopping => Fate::HandBack(None),
        }
    }
}

fn reader_fate(error: &ReaderError) -> Fate {
    use FailureCode as Code;
    let code = match error {
        ReaderError::Refused(error) => match error {
            ReadError::TooLarge { .. } => Code::DocumentTooLarge,
            ReadError::NotAPdf => Code::NotAPdf,
            ReadError::Damaged { .. } => Code::PdfDamaged,
            ReadError::Encrypted => Code::PdfEncrypted,
            ReadError::WrongPassword => Code::PdfPasswordWrong,
            ReadError::NoPages => Code::PdfNoPages,
            ReadError::PageOutOfRange { .. } => Code::PagesOutOfRange,
            ReadError::TooManyPages { .. } => Code::TooManyPages,
            ReadError::LimitExceeded { .. } => Code::ReadLimitExceeded,
            ReadError::ParserFailed { .. } => Code::ReaderLost,
        },
        ReaderError::TimedOut { .. } => Code::ReadTimedOut,
        ReaderError::OutOfMemory { .. } | ReaderError::OutOfStack { .. } => Code::ReadLimitExceeded,
        ReaderError::Died { .. } => Code::ReaderLost,
        ReaderError::Unavailable(_) => return Fate::HandBack(None),
    };
    Fate::Fails(code, FailureStage::Read)
}

fn web_code(error: &WebError) -> FailureCode {
    match error {
        WebError::NotAnAddress { .. } => FailureCode::JobInvalid,
        WebError::Forbidden { .. } => FailureCode::AddressForbidden,
        WebError::Refused { .. } => FailureCode::DocumentMissing,
        WebError::TooLarge { .. } => FailureCode::DocumentTooLarge,
        WebError::Unreachable { .. } => FailureCode::DocumentUnreachable,
    }
}

fn store_fate(error: &StoreError) -> Fate {
    match error {
        StoreError::TooLarge { .. } => Fate::Fails(FailureCode::DocumentTooLarge, FailureStage::Fetch),
        StoreError::Unreadable { .. } => Fate::Fails(FailureCode::Internal, FailureStage::Store),
        StoreError::NotFound { .. } | StoreError::Unavailable { .. } => Fate::HandBack(None),
        StoreError::NotProvisioned { .. }
        | StoreError::Full { .. }
        | StoreError::Unwritten { .. }
        | StoreError::Unconfirmed { .. } => Fate::Blocked,
    }
}

/// An error and all of its causes, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
