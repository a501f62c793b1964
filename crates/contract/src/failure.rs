//! Why a document failed: a code for machines, a sentence for people, and where on the way it was.
//!
//! Written by the workers, read by everyone. `docs/failure-codes.md` is written from [`FailureCode::ALL`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a document has no record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// What went wrong, for machines.
    pub code: FailureCode,
    /// One sentence that a person can act on.
    pub reason: String,
    /// Where on the way it was.
    pub stage: FailureStage,
    /// How often the job was started.
    pub attempts: u32,
}

/// Where on a document's way something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureStage {
    /// Reading the job itself.
    Job,
    /// Getting the PDF's bytes.
    Fetch,
    /// Reading the PDF.
    Read,
    /// Asking the model and making a record of its answers.
    Extract,
    /// Writing the outcome.
    Store,
    /// The Data Analyser's work.
    Analyse,
}

/// What went wrong. A code is never re-used with another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureCode {
    /// The message is not JSON and not declared to be a PDF.
    JobNotJson,
    /// The message is JSON but not a job.
    JobInvalid,
    /// The subject's collection and the body's differ.
    CollectionMismatch,
    /// The job names a profile that nobody registered.
    ProfileUnknown,
    /// The job's or the profile's JSON Schema can't be used.
    SchemaInvalid,
    /// The job asks for something that this version doesn't do.
    NotSupported,
    /// The object isn't in the store, a minute after the job.
    DocumentMissing,
    /// The document's address may not be asked.
    AddressForbidden,
    /// The document's address could not be reached, an hour after the job.
    DocumentUnreachable,
    /// The document has more bytes than the limit.
    DocumentTooLarge,
    /// The bytes are not a PDF.
    NotAPdf,
    /// The PDF is encrypted, and the job names no password.
    PdfEncrypted,
    /// The password doesn't open the PDF.
    PdfPasswordWrong,
    /// The job names a password secret that isn't mounted.
    PasswordSecretUnknown,
    /// The PDF is damaged beyond reading.
    PdfDamaged,
    /// The PDF has no pages.
    PdfNoPages,
    /// The job asks for pages that the document doesn't have.
    PagesOutOfRange,
    /// The document has more pages than the limit.
    TooManyPages,
    /// The document passes one of the reader's other limits.
    ReadLimitExceeded,
    /// Reading took longer than the limit.
    ReadTimedOut,
    /// The reader's process died of this document.
    ReaderLost,
    /// No page has text, and no model may look at the images.
    NoText,
    /// The model refused to answer.
    LlmRefused,
    /// The endpoint refused the request as such.
    LlmRequestRejected,
    /// The model's reply stayed invalid after it was asked again.
    LlmReplyInvalid,
    /// The model's reply was cut off even for the smallest part.
    LlmReplyTruncated,
    /// The document needs more tokens than its budget.
    TokenBudgetExceeded,
    /// The document, or its collection, costs more than its budget.
    CostBudgetExceeded,
    /// The worker was lost with this document three times.
    WorkerLost,
    /// The job is older than a job may be.
    Expired,
    /// The record is larger than the store takes.
    OutcomeTooLarge,
    /// A fault in docmill itself.
    Internal,
}

impl FailureCode {
    /// Every code, in the order of a document's way.
    pub const ALL: [Self; 32] = [
        Self::JobNotJson,
        Self::JobInvalid,
        Self::CollectionMismatch,
        Self::ProfileUnknown,
        Self::SchemaInvalid,
        Self::NotSupported,
        Self::DocumentMissing,
        Self::AddressForbidden,
        Self::DocumentUnreachable,
        Self::DocumentTooLarge,
        Self::NotAPdf,
        Self::PdfEncrypted,
        Self::PdfPasswordWrong,
        Self::PasswordSecretUnknown,
        Self::PdfDamaged,
        Self::PdfNoPages,
        Self::PagesOutOfRange,
        Self::TooManyPages,
        Self::ReadLimitExceeded,
        Self::ReadTimedOut,
        Self::ReaderLost,
        Self::NoText,
        Self::LlmRefused,
        Self::LlmRequestRejected,
        Self::LlmReplyInvalid,
        Self::LlmReplyTruncated,
        Self::TokenBudgetExceeded,
        Self::CostBudgetExceeded,
        Self::WorkerLost,
        Self::Expired,
        Self::OutcomeTooLarge,
        Self::Internal,
    ];

    /// What happened, and what a person can do about it: a row of `docs/failure-codes.md`.
    #[expect(clippy::too_many_lines, reason = "a table, a row for each code")]
    pub fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::JobNotJson => (
                "The message is neither JSON nor declared to be a PDF.",
                "Send a JSON object, or add the header `Content-Type: application/pdf`.",
            ),
            Self::JobInvalid => (
                "The message is JSON but not a job: a field is missing, unknown, of the wrong type, or contradicts another.",
                "Correct the field that the reason names; the format is `docs/schemas/process-job.json`.",
            ),
            Self::CollectionMismatch => (
                "The subject names one collection and the body another.",
                "Publish to the body's collection, or leave it out of the body.",
            ),
            Self::ProfileUnknown => (
                "The profile is neither built in nor registered.",
                "See `docmill profile list`; register the profile or correct its name.",
            ),
            Self::SchemaInvalid => (
                "The JSON Schema can't be used.",
                "Correct the place that the reason names; the schema must describe an object.",
            ),
            Self::NotSupported => (
                "The job asks for something this version doesn't do.",
                "The reason says what; send the document another way.",
            ),
            Self::DocumentMissing => (
                "The object was not in the store within a minute of the job, or its address doesn't give it.",
                "Store the PDF first, then publish the job; `docmill submit` does both.",
            ),
            Self::AddressForbidden => (
                "The document's address may not be asked: it isn't https, leads into a private network, or its host isn't listed.",
                "Use a public https address, or list the host in `web.hosts` or `web.private_hosts`.",
            ),
            Self::DocumentUnreachable => (
                "The document's address could not be reached, or had no answer, for an hour after the job.",
                "See why its server doesn't answer, then put the document back with `docmill dead replay`.",
            ),
            Self::DocumentTooLarge => (
                "The document has more bytes than the operator allows.",
                "Split it, or raise `pdf.document_bytes_max`.",
            ),
            Self::NotAPdf => (
                "The bytes are not a PDF.",
                "Send the original PDF: not a page that links to it, and not an image.",
            ),
            Self::PdfEncrypted => (
                "The PDF needs a password and the job names none.",
                "Mount the password as a secret and name it in `password_secret`.",
            ),
            Self::PdfPasswordWrong => {
                ("The password doesn't open the PDF.", "Correct the secret that the job names.")
            }
            Self::PasswordSecretUnknown => (
                "The secret that the job names isn't mounted into the worker.",
                "Mount it below `pdf.passwords_folder`, or correct its name.",
            ),
            Self::PdfDamaged => ("The PDF is damaged beyond reading.", "Get a whole copy from its sender."),
            Self::PdfNoPages => ("The PDF has no pages.", "Get a whole copy from its sender."),
            Self::PagesOutOfRange => {
                ("The job asks for pages that the document doesn't have.", "Correct `pages`.")
            }
            Self::TooManyPages => (
                "The document has more pages than the operator allows.",
                "Ask for fewer with `pages`, or raise `pdf.pages_max`.",
            ),
            Self::ReadLimitExceeded => (
                "The document passes a limit of the reader that the reason names.",
                "If the document is honest, raise that limit.",
            ),
            Self::ReadTimedOut => (
                "Reading took longer than the operator allows.",
                "If the document is honest, raise `pdf.read_seconds_max`.",
            ),
            Self::ReaderLost => (
                "The parser failed, or its process died, on this document; other documents were not touched.",
                "The document is hostile or hits a fault: print it to a new PDF and send that.",
            ),
            Self::NoText => (
                "No page has text that can be read, and no model may look at the images.",
                "Send a PDF with text (OCR), or use a model that takes images with `llm.vision = true`.",
            ),
            Self::LlmRefused => (
                "The model refused to answer about this document.",
                "Read the reason; another model or other instructions may help.",
            ),
            Self::LlmRequestRejected => (
                "The endpoint refuses this document's question, or fails of it each time while it answers others.",
                "Read the reason: the schema, the images, or what a page says is more than the endpoint takes.",
            ),
            Self::LlmReplyInvalid => (
                "The model's reply stayed invalid after it was asked again.",
                "Use a more capable model, or a simpler schema.",
            ),
            Self::LlmReplyTruncated => (
                "The model's reply was cut off even for the smallest part of the document.",
                "Raise `llm.reply_tokens_max`, or ask for fewer fields.",
            ),
            Self::TokenBudgetExceeded => (
                "The document needs more tokens than one document may use.",
                "Raise `llm.document_tokens_max`, or ask for fewer pages.",
            ),
            Self::CostBudgetExceeded => (
                "The document costs more than one document may, or its collection has cost what a collection may; the reason says what was spent.",
                "Raise `llm.document_cost_max`, or ask for fewer pages or fields; for a collection raise `llm.collection_cost_max`, then `docmill dead replay`.",
            ),
            Self::WorkerLost => (
                "The worker was lost with this document three times, the last time alone with it.",
                "The document uses too much memory or hits a fault: raise the pod's memory, or print it to a new PDF.",
            ),
            Self::Expired => (
                "The job waited longer than a job may.",
                "Put it back with `docmill dead replay` once the cause is mended.",
            ),
            Self::OutcomeTooLarge => {
                ("The record is larger than the store takes.", "Ask for fewer pages or fields.")
            }
            Self::Internal => (
                "A fault in docmill itself.",
                "Report it with the reason; `docmill dead replay` tries again.",
            ),
        }
    }

    /// The code as it is written in JSON.
    pub fn as_str(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(text)) => text,
            // A unit variant always serialises to a string.
            Ok(_) | Err(_) => String::new(),
        }
    }
}
