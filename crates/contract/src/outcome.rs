//! Outcomes: what became of a document. The record, its proof, and what it cost; or why there is none.
//!
//! Written by the processor, read by the analyser, `docmill` and other people's subscribers. A document has one
//! outcome; completion counts outcomes and nothing else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::identity::{CollectionId, DocumentId, Sha256Hex, WorkKey};

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// The version of this format: 1.
    pub version: u32,
    /// The collection.
    pub collection: CollectionId,
    /// The document within the collection.
    pub document: DocumentId,
    /// What people are shown.
    pub name: String,
    /// Counts outcomes of this document, from 1.
    pub revision: u32,
    /// What work this is the outcome of.
    pub work_key: WorkKey,
    /// The verdict.
    pub status: Status,
    /// The profile it was read with; absent where the job failed before that was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileReference>,
    /// The document's bytes and job.
    pub source: SourceFacts,
    /// The extracted record; absent when `status` is `failed`. Valid against the schema, unless a warning says
    /// `missing_required`, or a person settled that in `reviews`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Value>,
    /// Where each leaf of `data` was read, and by what it was verified.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// Rows found against rows on the pages, for each table.
    #[serde(default)]
    pub completeness: Vec<Completeness>,
    /// What a person should look at.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// What people settled, the oldest first. Pointers are those of the record at that time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Review>,
    /// Why there is no record; present exactly when `status` is `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What it cost.
    pub usage: Usage,
    /// What read it.
    pub engine: Engine,
}

/// The verdict on a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every value is proved.
    Verified,
    /// There is a record, and something in it that a person should settle.
    NeedsReview,
    /// There is no record.
    Failed,
}

/// Which profile a document was read with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileReference {
    /// Its name; absent for a schema that came with the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The digest of its content; the content is in the KV `docmill-profiles` under `sha256-<digest>`.
    pub digest: Sha256Hex,
}

/// Facts about a document's bytes and job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceFacts {
    /// The PDF's digest; absent where the bytes could not be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256Hex>,
    /// Pages in the file; absent where it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// Pages that were read.
    #[serde(default)]
    pub pages_read: u32,
    /// Size of the PDF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Where it is kept: a key in `docmill-documents`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The stream sequence of the job; a job with a lower one changes nothing.
    pub job_sequence: u64,
}

/// The proof of one leaf.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Which leaf of `data`: a JSON pointer (RFC 6901).
    pub pointer: String,
    /// The page it was read on, from 1; null where no page shows it.
    pub page: Option<u32>,
    /// Where on the page, in points from the top left after rotation: `[x0, y0, x1, y1]`.
    #[serde(rename = "box")]
    pub bounds: Option<[f32; 4]>,
    /// The boxes of the lines of a value that spans several; `box` encloses them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boxes: Vec<[f32; 4]>,
    /// What stands there.
    pub text: Option<String>,
    /// What proves it.
    pub verified_by: VerifiedBy,
    /// How it was read.
    pub via: Via,
}

/// What proves a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerifiedBy {
    /// The text at the place that was named, or a unique match on its page, with nothing against it.
    Text,
    /// The document's own data, which its pages don't contradict.
    Embedded,
    /// An equation of the profile that holds exactly with it.
    Arithmetic,
    /// A person.
    Person,
    /// Exempt from text proof: the schema marks it as inferred.
    Inferred,
    /// Nothing. It has its place all the same where text stands there, and something else speaks against it: the schema,
    /// or an equation that doesn't hold.
    None,
}

/// How a value was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// By the model, from the page's text.
    Llm,
    /// From an embedded electronic invoice: Factur-X, ZUGFeRD, XRechnung.
    FacturX,
    /// From a filled form field.
    Form,
    /// By the model, from the text layer of a scan.
    OcrLayer,
    /// By the model, from the page's image.
    Vision,
    /// By a person, who typed it.
    Person,
}

/// Rows found against rows on the pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Completeness {
    /// Which array of `data`.
    pub pointer: String,
    /// Rows in the record.
    pub rows_found: u32,
    /// Rows that the reader counted on the pages.
    pub rows_on_pages: u32,
}

/// Something a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    /// What kind, for machines.
    pub code: WarningCode,
    /// One sentence.
    pub message: String,
    /// Which leaf it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

/// Kinds of warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// The value stands in several places and none was named.
    Ambiguous,
    /// The value stands nowhere on the page it should be on.
    NotFound,
    /// The schema requires a value that isn't in the document.
    MissingRequired,
    /// The record violates the schema in another way.
    SchemaViolation,
    /// An equation of the profile doesn't hold.
    ArithmeticMismatch,
    /// The record has another number of rows than the pages.
    RowsMissing,
    /// Parts of the document were answered differently.
    Conflict,
    /// Page and embedded data disagree.
    PageDisagrees,
    /// The document carries data that can't be used: it is broken, of another kind, or contradicts itself.
    EmbeddedDataUnusable,
    /// Too many of the values aren't what or where the model says: the others aren't believed on its word alone.
    UnreliableReading,
    /// A page has no text that can be read.
    PageWithoutText,
    /// A page could not be read at all.
    PageUnreadable,
    /// Text that a reader of the page can't see was left out.
    HiddenTextDropped,
    /// A number has more digits than JSON numbers carry exactly.
    NumberPrecision,
}

/// What a person settled about one value, or about the record as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// Which part of `data`: a JSON pointer; empty for the whole record.
    pub pointer: String,
    /// What was done.
    pub action: ReviewAction,
    /// What stood there before; absent where nothing did, or nothing was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<serde_json::Value>,
    /// The warnings that are settled by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<WarningCode>,
    /// Who did it, as they called themselves.
    pub by: String,
    /// When: RFC 3339, UTC.
    pub at: String,
}

/// What a person did about a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewAction {
    /// It is as the document says.
    Accepted,
    /// It was replaced, or added.
    Corrected,
    /// The document doesn't have it.
    Removed,
}

/// What a document cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Calls that were sent and answered.
    pub calls: u32,
    /// Calls answered from kept replies, at no cost.
    pub replayed_calls: u32,
    /// Calls that failed.
    pub failed_calls: u32,
    /// Calls that were paid although a kept reply appeared meanwhile.
    pub repeated_calls: u32,
    /// Tokens sent.
    pub prompt_tokens: u64,
    /// Tokens received.
    pub completion_tokens: u64,
    /// Money; null without prices.
    pub cost: Option<Cost>,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// ISO 4217 code.
    pub currency: String,
    /// A decimal, as text.
    pub amount: String,
}

/// What read a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Engine {
    /// docmill's version.
    pub docmill: String,
    /// The kind of endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The model, as the endpoint names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The prompt's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
}

impl Outcome {
    /// How many leaves of the record are proved, and how many there are.
    pub fn verified_leaves(&self) -> (usize, usize) {
        let proved = self.evidence.iter().filter(|evidence| evidence.verified_by != VerifiedBy::None).count();
        (proved, self.evidence.len())
    }
}
