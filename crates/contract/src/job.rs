//! Jobs: what anyone with a NATS client can ask for.
//!
//! Written by users, `docmill` and the processor; read by the workers through [`ProcessJob::read`] and
//! [`AnalyseJob::read`], whose errors are shown to the person who wrote the job.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::identity::{CollectionId, DocumentId};
use crate::pages::PageSelection;

/// The most characters a job's `name` may have; it is shown in tables and reports.
pub const NAME_CHARACTERS_MAX: usize = 1_024;

/// A job for the Data Processor. Only `source` is required.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcessJob {
    /// The version of this format: 1.
    #[serde(default = "version")]
    pub version: u32,
    /// Where the PDF is.
    pub source: Source,
    /// The collection; the subject's where absent, `default` on the plain subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<CollectionId>,
    /// The document's id; the first 32 hex digits of the PDF's sha256 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentId>,
    /// What people are shown: a file name, an invoice number. Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name of a registered profile; `general` where neither this nor `schema` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// A JSON Schema (2020-12) of the record to extract, in place of a profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<serde_json::Value>,
    /// What the model should know beyond the schema; only with `schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// Which pages to read; all where absent.
    #[serde(default, skip_serializing_if = "PageSelection::is_all")]
    pub pages: PageSelection,
    /// Whether page images go to the model.
    #[serde(default)]
    pub vision: Vision,
    /// The name of a mounted secret that holds the PDF's password. Never the password itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_secret: Option<String>,
}

/// Where a job's PDF is: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "SourceFields", into = "SourceFields")]
#[schemars(with = "SourceFields")]
pub enum Source {
    /// A key in the object store `docmill-documents`.
    Object(String),
    /// An https address.
    Url(String),
}

/// [`Source`] as it is written. Exactly one member must be there.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Source")]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
struct SourceFields {
    /// A key in the object store `docmill-documents`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    /// An https address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl TryFrom<SourceFields> for Source {
    type Error = &'static str;

    fn try_from(fields: SourceFields) -> Result<Self, &'static str> {
        match (fields.object, fields.url) {
            (Some(object), None) if !object.is_empty() => Ok(Self::Object(object)),
            (None, Some(url)) if !url.is_empty() => Ok(Self::Url(url)),
            (Some(_), Some(_)) => Err("`source` has both `object` and `url`: give exactly one"),
            (None, None) => Err("`source` is empty: give `object` or `url`"),
            (Some(_), None) | (None, Some(_)) => Err("`source` is an empty text: name the object or the url"),
        }
    }
}

impl From<Source> for SourceFields {
    fn from(source: Source) -> Self {
        match source {
            Source::Object(object) => Self { object: Some(object), url: None },
            Source::Url(url) => Self { object: None, url: Some(url) },
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(object) => write!(formatter, "object {object:?}"),
            Self::Url(url) => write!(formatter, "{url}"),
        }
    }
}

/// Whether page images go to the model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Vision {
    /// Pages without usable text, where the model takes images.
    #[default]
    Auto,
    /// No page.
    Never,
    /// Every page.
    Always,
}

/// A job for the Data Analyser: a whole collection, or one document of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnalyseJob {
    /// The version of this format: 1.
    #[serde(default = "version")]
    pub version: u32,
    /// The collection; the subject's where absent, `default` on the plain subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<CollectionId>,
    /// One document; the whole collection where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentId>,
    /// The analyses to run; the profile's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<crate::spec::AnalysisSpec>,
    /// Why a collection's report is made.
    #[serde(default)]
    pub trigger: Trigger,
}

/// Why a collection's report is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Somebody asks for it: now.
    #[default]
    Asked,
    /// Outcomes came in: once no new one has come for a while.
    Quiet,
    /// Every document of the manifest may have an outcome: now, if it is so.
    Complete,
}

/// Why a message can't be read as a job. The text is for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// Not JSON at all.
    #[error(
        "the job is not JSON ({reason}): send a JSON object, or a PDF with the header `Content-Type: application/pdf`"
    )]
    NotJson {
        /// What the parser says, with line and column.
        reason: String,
    },
    /// JSON, but not a job.
    #[error("the job can't be read: {reason}")]
    Invalid {
        /// Which field, and what is wrong with it.
        reason: String,
    },
}

impl ProcessJob {
    /// A job that asks for `source` and nothing else.
    pub fn of(source: Source) -> Self {
        Self {
            version: version(),
            source,
            collection: None,
            document: None,
            name: None,
            profile: None,
            schema: None,
            instructions: None,
            pages: PageSelection::all(),
            vision: Vision::Auto,
            password_secret: None,
        }
    }

    /// Reads a message body.
    ///
    /// # Errors
    /// [`JobError`], for the person who wrote the job.
    pub fn read(body: &[u8]) -> Result<Self, JobError> {
        let job: Self = read_json(body)?;
        if let Some(reason) = job.contradiction() {
            return Err(JobError::Invalid { reason });
        }
        Ok(job)
    }

    /// What can't be said by types: fields that exclude each other, versions, lengths.
    fn contradiction(&self) -> Option<String> {
        if self.version != crate::VERSION {
            return Some(format!(
                "`version` is {}: this docmill reads version {}",
                self.version,
                crate::VERSION
            ));
        }
        if self.profile.is_some() && self.schema.is_some() {
            return Some(
                "both `profile` and `schema` are given: a schema takes the profile's place, so give one"
                    .into(),
            );
        }
        if self.instructions.is_some() && self.schema.is_none() {
            return Some("`instructions` are given without `schema`: a profile brings its own".into());
        }
        let name_characters = self.name.as_ref().map_or(0, |name| name.chars().count());
        (name_characters > NAME_CHARACTERS_MAX).then(|| {
            format!("`name` has {name_characters} characters: at most {NAME_CHARACTERS_MAX} are kept")
        })
    }
}

impl AnalyseJob {
    /// A job for one document of a collection, or for its report.
    pub fn of(collection: CollectionId, document: Option<DocumentId>) -> Self {
        Self {
            version: version(),
            collection: Some(collection),
            document,
            spec: None,
            trigger: Trigger::Asked,
        }
    }

    /// Reads a message body.
    ///
    /// # Errors
    /// [`JobError`], for the person who wrote the job.
    pub fn read(body: &[u8]) -> Result<Self, JobError> {
        read_json(body)
    }
}

fn read_json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, JobError> {
    // Two steps, so that "not JSON" and "JSON, but not a job" can be told apart whatever the first byte is.
    let value: serde_json::Value =
        serde_json::from_slice(body).map_err(|error| JobError::NotJson { reason: error.to_string() })?;
    serde_json::from_value(value).map_err(|error| JobError::Invalid { reason: error.to_string() })
}

fn version() -> u32 {
    crate::VERSION
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(body: &str, expected: &str) {
        let message = ProcessJob::read(body.as_bytes()).unwrap_err().to_string();
        assert!(message.contains(expected), "{body}\n  says: {message}\n  expected: {expected}");
    }

    #[test]
    fn the_smallest_job_is_a_source() {
        let job = ProcessJob::read(br#"{"source":{"object":"invoices/0042.pdf"}}"#).unwrap();
        assert_eq!(job, ProcessJob::of(Source::Object("invoices/0042.pdf".into())));
    }

    #[test]
    fn bad_jobs_say_what_is_wrong() {
        check_refused("%PDF-1.7", "not JSON");
        check_refused("[]", "the job can't be read");
        check_refused("{}", "missing field `source`");
        check_refused(r#"{"source":{}}"#, "give `object` or `url`");
        check_refused(r#"{"source":{"object":""}}"#, "empty text");
        check_refused(r#"{"source":{"object":"a","url":"https://b"}}"#, "exactly one");
        check_refused(r#"{"source":{"object":"a"},"profil":"invoice"}"#, "unknown field `profil`");
        check_refused(r#"{"source":{"object":"a"},"document":7}"#, "expected a string");
        check_refused(r#"{"source":{"object":"a"},"document":"a/b"}"#, "not a valid id");
        check_refused(r#"{"source":{"object":"a"},"pages":"x"}"#, "page selection");
        check_refused(r#"{"source":{"object":"a"},"version":2}"#, "this docmill reads version 1");
        check_refused(r#"{"source":{"object":"a"},"profile":"p","schema":{}}"#, "give one");
        check_refused(r#"{"source":{"object":"a"},"instructions":"x"}"#, "without `schema`");
        check_refused(r#"{"source":{"object":"a"},"vision":"maybe"}"#, "unknown variant `maybe`");
    }
}
