//! An order: a message read as a job, with everything about it that is known before the PDF is opened.
//!
//! Called by `job`. A message that can't be read still yields an [`Identity`], because it must end in an outcome
//! that its sender can find.

use bytes::Bytes;
use docmill_chassis::delivery::Delivery;
use docmill_contract::identity::{CollectionId, DocumentId, Sha256Hex};
use docmill_contract::job::{ProcessJob, Source};
use docmill_contract::names;
use serde_json::Value;

use crate::error::JobError;

/// A job, and where its bytes come from.
#[derive(Debug)]
pub(crate) struct Order {
    /// What is asked.
    pub(crate) job: ProcessJob,
    /// The PDF, where it was the message itself.
    pub(crate) raw_pdf: Option<Bytes>,
}

/// Under which collection, id and name a message's outcome goes.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// The collection.
    pub(crate) collection: CollectionId,
    /// The document; `None` until its bytes say so.
    pub(crate) document: Option<DocumentId>,
    /// What people are shown; `None` means the document's id.
    pub(crate) name: Option<String>,
}

impl Order {
    /// Reads a message as JSON job, or as a raw PDF with its headers.
    pub(crate) fn read(delivery: &Delivery) -> Result<Self, JobError> {
        if let Some(reason) = delivery.subject_problem.clone() {
            return Err(invalid(reason));
        }
        let header = |name: &str| delivery.header(name);
        if header(names::HEADER_CONTENT_TYPE).is_some_and(|value| value.trim() == names::CONTENT_TYPE_PDF) {
            return Self::of_raw_pdf(delivery);
        }
        let job = ProcessJob::read(&delivery.payload)?;
        check_collections(delivery, job.collection.as_ref())?;
        Ok(Self { job, raw_pdf: None })
    }

    fn of_raw_pdf(delivery: &Delivery) -> Result<Self, JobError> {
        let object = Sha256Hex::of(&delivery.payload).as_str().to_owned();
        let mut job = ProcessJob::of(Source::Object(object));
        if let Some(collection) = delivery.header(names::HEADER_COLLECTION) {
            job.collection = Some(
                collection
                    .parse()
                    .map_err(|error| invalid(format!("the header {}: {error}", names::HEADER_COLLECTION)))?,
            );
        }
        if let Some(document) = delivery.header(names::HEADER_DOCUMENT) {
            job.document = Some(
                document
                    .parse()
                    .map_err(|error| invalid(format!("the header {}: {error}", names::HEADER_DOCUMENT)))?,
            );
        }
        job.name = delivery.header(names::HEADER_NAME).map(str::to_owned);
        job.profile = delivery.header(names::HEADER_PROFILE).map(str::to_owned);
        check_collections(delivery, job.collection.as_ref())?;
        Ok(Self { job, raw_pdf: Some(delivery.payload.clone()) })
    }

    /// Under what the outcome goes, as far as the job says.
    pub(crate) fn identity(&self, delivery: &Delivery) -> Identity {
        let of_subject = delivery.subject.collection.clone();
        Identity {
            collection: of_subject
                .or_else(|| self.job.collection.clone())
                .unwrap_or_else(CollectionId::default_collection),
            document: self.job.document.clone(),
            name: self.job.name.clone(),
        }
    }
}

impl Identity {
    /// The identity of a message that can't be read as a job: what can be made out of collection, document and
    /// name, so that a job with a typo still fails where its sender looks; else the message's digest.
    pub(crate) fn of_unreadable(delivery: &Delivery) -> Self {
        let body: Value = serde_json::from_slice(&delivery.payload).unwrap_or_default();
        let text = |member: &str, header: &str| {
            body.get(member).and_then(Value::as_str).or_else(|| delivery.header(header)).map(str::to_owned)
        };
        let collection = text("collection", names::HEADER_COLLECTION).and_then(|text| text.parse().ok());
        let document = text("document", names::HEADER_DOCUMENT).and_then(|text| text.parse().ok());
        Self {
            collection: delivery
                .subject
                .collection
                .clone()
                .or(collection)
                .unwrap_or_else(CollectionId::default_collection),
            document: Some(document.unwrap_or_else(|| DocumentId::of_invalid_message(&delivery.payload))),
            name: text("name", names::HEADER_NAME)
                .filter(|name| name.chars().count() <= docmill_contract::job::NAME_CHARACTERS_MAX),
        }
    }
}

fn invalid(reason: String) -> JobError {
    JobError::Job(docmill_contract::job::JobError::Invalid { reason })
}

fn check_collections(delivery: &Delivery, body: Option<&CollectionId>) -> Result<(), JobError> {
    match (&delivery.subject.collection, body) {
        (Some(subject), Some(body)) if subject != body => {
            Err(JobError::CollectionMismatch { subject: subject.to_string(), body: body.to_string() })
        }
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}
