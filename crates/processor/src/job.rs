//! The whole job of the Data Processor: a message in, one outcome out.
//!
//! [`Processor::process`] is the story, a line per stage; each stage is a module. Called by the chassis for every
//! delivery. Nothing in here is CPU work: reading happens in child processes, the rest behind the `cpu` door.

use std::sync::Arc;

use bytes::Bytes;
use docmill_chassis::delivery::Delivery;
use docmill_chassis::metrics::JobStage;
use docmill_chassis::run::Worker;
use docmill_chassis::settle::Verdict;
use docmill_contract::failure::Failure;
use docmill_contract::identity::Sha256Hex;
use docmill_contract::job::ProcessJob;
use docmill_contract::names::Work;
use docmill_contract::profile::{DEFAULT_PROFILE, Profile};
use docmill_extraction::{Carried, Embedded, Task};
use docmill_pdf::Document;

use crate::app::Processor;
use crate::draft::{Draft, Ending};
use crate::error::{Fate, JobError, chain};
use crate::fetch::{self, FetchLimits, Fetched, Sources};
use crate::images::PageImages;
use crate::order::Order;

impl Processor {
    /// From message to outcome.
    async fn process(&self, delivery: &Delivery, draft: &mut Draft) -> Result<(), JobError> {
        let order = Order::read(delivery)?;
        draft.ordered(&order, delivery);
        delivery.is_about(draft.collection(), draft.given_document());
        let document = self.stages.time(JobStage::Fetch, self.fetch(&order, delivery)).await?;
        draft.fetched(&document);
        delivery.is_about(draft.collection(), Some(&draft.document()));
        let (profile, digest) = self.profile(&order.job).await?;
        draft.profiled(&profile, &digest);
        if let Some(outcome) = self.done_before(draft, delivery).await? {
            return self.hand_on(&outcome, delivery).await;
        }
        let task = self.compiled.task(profile, &digest, &self.cpu).await?;
        let password = self.password(&order.job).await?;
        let read = self.readers.read(document.bytes.clone(), password.clone(), order.job.pages.clone());
        let pages = self.stages.time(JobStage::Read, read).await?;
        draft.read(&pages);
        let pages = Arc::new(pages);
        let record = match self.carried(&task, &pages).await? {
            Carried::Record(record) => record,
            Carried::Part(own) => {
                let images = self.images(&order.job, document.bytes, password, &pages)?;
                self.extract(task, pages, own, images, draft).await?
            }
        };
        self.stages.time(JobStage::Conclude, self.conclude(draft, &Ending::Record(record), delivery)).await
    }

    async fn fetch(&self, order: &Order, delivery: &Delivery) -> Result<Fetched, JobError> {
        let limits = FetchLimits {
            bytes_max: self.settings.reader.limits.document_bytes_max,
            object_late_max: self.settings.object_late_max,
        };
        let from = Sources { documents: &self.stores.documents, web: &self.web };
        fetch::fetch(order, from, delivery.published.into(), limits).await
    }

    async fn password(&self, job: &ProcessJob) -> Result<Option<String>, JobError> {
        fetch::password(job.password_secret.as_deref(), self.settings.passwords_folder.as_deref()).await
    }

    /// The profile that the job names or brings, kept by its content so that the analyser can recall it; and that content's digest.
    async fn profile(&self, job: &ProcessJob) -> Result<(Profile, Sha256Hex), JobError> {
        let profile = match (&job.schema, &job.profile) {
            (Some(schema), _) => Profile::inline(schema.clone(), job.instructions.clone()),
            (None, name) => {
                let name = name.as_deref().unwrap_or(DEFAULT_PROFILE);
                let found = self.stores.profiles.resolve(name).await?;
                found.ok_or_else(|| JobError::ProfileUnknown { name: name.to_owned() })?
            }
        };
        let digest = self.stores.profiles.keep(&profile).await?;
        Ok((profile, digest))
    }

    /// What the document's own data (an electronic invoice, a filled form) says of what is asked for.
    async fn carried(&self, task: &Arc<Task>, document: &Arc<Document>) -> Result<Carried, JobError> {
        if !self.settings.embedded_data {
            return Ok(Carried::Part(Embedded::default()));
        }
        let (task, document) = (Arc::clone(task), Arc::clone(document));
        Ok(self.cpu.run(move || task.carried(&document)).await?)
    }

    /// Which pages the model has to look at, if it takes images.
    fn images(
        &self,
        job: &ProcessJob,
        bytes: Bytes,
        password: Option<String>,
        read: &Document,
    ) -> Result<PageImages<'_>, JobError> {
        PageImages::new(&self.readers, bytes, password, read, job.vision, self.settings.vision)
    }

    /// Writes the outcome of a document that fails; what can't be written now is handed back.
    async fn fail(&self, draft: &Draft, failure: Failure, delivery: &Delivery) -> Verdict {
        let code = failure.code;
        let ending = Ending::Failure(failure);
        match self.stages.time(JobStage::Conclude, self.conclude(draft, &ending, delivery)).await {
            Ok(()) => Verdict::Failed(code),
            Err(error) => {
                let why = format!("the outcome ({}) can't be written: {}", code.as_str(), chain(&error));
                match error.fate() {
                    Fate::Blocked => Verdict::Blocked { why },
                    Fate::Fails(..) | Fate::HandBack(_) => Verdict::hand_back(why),
                }
            }
        }
    }
}

impl Worker for Processor {
    fn work(&self) -> Work {
        Work::Process
    }

    async fn handle(&self, delivery: Delivery) -> Verdict {
        let mut draft = Draft::new(&delivery, self.metrics.clone());
        let result = tokio::select! {
            result = self.process(&delivery, &mut draft) => result,
            () = delivery.cancelled.cancelled() => Err(JobError::Stopping),
        };
        let Err(error) = result else { return Verdict::Done };
        if let JobError::Reader(error) = &error {
            self.metrics.reader_fault(error);
        }
        match error.fate() {
            Fate::HandBack(delay) => Verdict::HandBack { delay, why: chain(&error) },
            Fate::Blocked => Verdict::Blocked { why: chain(&error) },
            Fate::Fails(code, stage) => {
                let failure = Failure { code, reason: chain(&error), stage, attempts: delivery.starts };
                self.fail(&draft, failure, &delivery).await
            }
        }
    }

    async fn give_up(&self, delivery: Delivery, failure: Failure) -> Verdict {
        let mut draft = Draft::new(&delivery, self.metrics.clone());
        if let Ok(order) = Order::read(&delivery) {
            draft.ordered(&order, &delivery);
            // The bytes say which document it is where the job doesn't; only reading them can be what kills.
            if let Ok(document) = self.fetch(&order, &delivery).await {
                draft.fetched(&document);
            }
        }
        self.fail(&draft, failure, &delivery).await
    }
}
