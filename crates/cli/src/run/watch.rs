//! Waiting for documents: which outcome settles what was asked for, and when all of them are there.
//!
//! Called by `run` and `submit --wait`. Outcomes are heard as they are published; since a published message may be
//! missed while a connection is being made again, what is still open is read from the store now and then, too.

use std::collections::HashMap;
use std::time::Duration;

use docmill_chassis::delivery::Trace;
use docmill_chassis::stores::{Kept, StoreError};
use docmill_contract::analysis::Analysis;
use docmill_contract::identity::{CollectionId, DocumentId, WorkKey};
use docmill_contract::job::{AnalyseJob, Trigger};
use docmill_contract::names::Lane;
use docmill_contract::outcome::{Outcome, Status};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use indicatif::ProgressBar;
use tokio::time::Instant;

use crate::error::CliError;
use crate::print::Printer;
use crate::results;
use crate::session::Session;
use crate::submit::{self, Accepted};

/// How often open documents are read from the store, whatever was heard.
const READ_AGAIN: Duration = Duration::from_secs(2);

/// How long nothing may come before a person is told where to look.
const SILENCE: Duration = Duration::from_secs(15);

/// How often it is looked whether the report is there.
const LOOK_AFTER: Duration = Duration::from_millis(50);

/// How long the report may take before it is asked for, in case nothing made the analyser write it. It doubles with
/// every time.
const ASK_AFTER: Duration = Duration::from_millis(500);

/// What was asked for of one document.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    document: DocumentId,
    work_key: WorkKey,
    job_sequence: u64,
}

impl Expected {
    /// What an accepted document is waiting for.
    pub(crate) fn of(accepted: &Accepted) -> Self {
        Self {
            document: accepted.document.clone(),
            work_key: accepted.work_key.clone(),
            job_sequence: accepted.job_sequence,
        }
    }

    /// Whether `outcome` answers what was asked for: it is of this job or a later one, or of the same work, which
    /// makes this job a no-op unless that failed.
    fn is_settled_by(&self, outcome: &Outcome) -> bool {
        let is_of_this_or_a_later_job = outcome.source.job_sequence >= self.job_sequence;
        let is_same_work = outcome.work_key == self.work_key && outcome.status != Status::Failed;
        outcome.document == self.document && (is_of_this_or_a_later_job || is_same_work)
    }
}

/// An ear for a collection's outcomes: those that are there, and each new one.
pub(crate) struct Watch<'a> {
    session: &'a Session,
    collection: &'a CollectionId,
    heard: BoxStream<'static, Result<Kept<Outcome>, StoreError>>,
}

impl<'a> Watch<'a> {
    /// Begins to listen.
    ///
    /// # Errors
    /// If NATS refuses.
    pub(crate) async fn subscribe(
        session: &'a Session,
        collection: &'a CollectionId,
    ) -> Result<Self, CliError> {
        let heard = session.stores.outcomes.subscribe(collection).await;
        let heard = heard
            .map_err(|error| CliError::nats(format!("listen to the outcomes of {collection}"), error))?;
        Ok(Self { session, collection, heard: heard.boxed() })
    }

    /// Waits until each of the expected documents is settled, shown on `bar`. Returns their outcomes in the order
    /// of `expected`. It waits for ever; the caller ends it when the workers end. Where nothing comes for long, it
    /// shows `hint` once on standard error.
    ///
    /// # Errors
    /// If outcomes can't be read.
    pub(crate) async fn until_settled(
        mut self,
        expected: &[Expected],
        bar: &ProgressBar,
        hint: &str,
    ) -> Result<Vec<Kept<Outcome>>, CliError> {
        let mut silence = Silence::begin();
        let mut settled = Settled::new(expected);
        bar.set_length(expected.len() as u64);
        let mut read_again = tokio::time::interval(READ_AGAIN);
        read_again.reset();
        let mut listening = true;
        loop {
            bar.set_position(settled.count() as u64);
            bar.set_message(results::tally(settled.statuses()).to_string());
            if let Some(outcomes) = settled.all() {
                return Ok(outcomes);
            }
            tokio::select! {
                event = self.heard.next(), if listening => match event {
                    Some(Ok(kept)) => settled.take(kept),
                    // What can't be read as an event is read from the store in its turn.
                    Some(Err(_)) => {}
                    None => listening = false,
                },
                _ = read_again.tick() => {
                    if silence.is_long(settled.count()) {
                        bar.suspend(|| Printer::hint(format_args!("no document was finished for {} seconds: {hint}", SILENCE.as_secs())));
                    }
                    self.read_open(&mut settled).await?;
                    if !listening {
                        self.heard = Self::subscribe(self.session, self.collection).await?.heard;
                        listening = true;
                    }
                }
            }
        }
    }

    /// Reads what is still open from the store.
    async fn read_open(&self, settled: &mut Settled<'_>) -> Result<(), CliError> {
        for document in settled.open() {
            let kept = self.session.stores.outcomes.current(self.collection, &document).await;
            let kept =
                kept.map_err(|error| CliError::nats(format!("read the outcome of {document}"), error))?;
            kept.into_iter().for_each(|kept| settled.take(kept));
        }
        Ok(())
    }
}

/// Notices, once, that nothing has come for long.
struct Silence {
    settled: usize,
    since: Option<Instant>,
}

impl Silence {
    fn begin() -> Self {
        Self { settled: 0, since: Some(Instant::now()) }
    }

    /// Whether it just became long, when so many documents are settled.
    fn is_long(&mut self, settled: usize) -> bool {
        if settled != self.settled {
            *self = Self { settled, since: self.since.map(|_| Instant::now()) };
        }
        self.since.take_if(|since| since.elapsed() >= SILENCE).is_some()
    }
}

/// What was asked for and what has come of it.
struct Settled<'a> {
    expected: &'a [Expected],
    by_document: HashMap<&'a DocumentId, &'a Expected>,
    outcomes: HashMap<DocumentId, Kept<Outcome>>,
}

impl<'a> Settled<'a> {
    fn new(expected: &'a [Expected]) -> Self {
        let by_document = expected.iter().map(|expected| (&expected.document, expected)).collect();
        Self { expected, by_document, outcomes: HashMap::new() }
    }

    /// Keeps an outcome if it answers what was asked for, and is not older than what is kept.
    fn take(&mut self, kept: Kept<Outcome>) {
        let document = &kept.value.document;
        let asked =
            self.by_document.get(document).is_some_and(|expected| expected.is_settled_by(&kept.value));
        let newer = self.outcomes.get(document).is_none_or(|known| known.sequence <= kept.sequence);
        if asked && newer {
            self.outcomes.insert(document.clone(), kept);
        }
    }

    fn count(&self) -> usize {
        self.outcomes.len()
    }

    fn statuses(&self) -> impl Iterator<Item = Status> {
        self.outcomes.values().map(|kept| kept.value.status)
    }

    fn open(&self) -> Vec<DocumentId> {
        let open = self.expected.iter().filter(|expected| !self.outcomes.contains_key(&expected.document));
        open.map(|expected| expected.document.clone()).collect()
    }

    /// All outcomes in the order they were asked for, once none is missing.
    fn all(&self) -> Option<Vec<Kept<Outcome>>> {
        if self.count() < self.expected.len() {
            return None;
        }
        self.expected.iter().map(|expected| self.outcomes.get(&expected.document).cloned()).collect()
    }
}

/// Waits for the word that the manifest at `manifest_sequence` is done, and for the report that covers all of
/// `outcomes`.
///
/// # Errors
/// If NATS refuses.
pub(crate) async fn report(
    session: &Session,
    collection: &CollectionId,
    manifest_sequence: u64,
    outcomes: &[Kept<Outcome>],
) -> Result<Analysis, CliError> {
    let newest = outcomes.iter().map(|kept| kept.sequence).max().unwrap_or_default();
    let failed = |error| CliError::nats(format!("read the report of {collection}"), error);
    let mut ask_at = Instant::now() + ASK_AFTER;
    let mut patience = ASK_AFTER;
    let mut look = tokio::time::interval(LOOK_AFTER);
    let mut asked = false;
    loop {
        look.tick().await;
        let done = session.stores.collections.done(collection).await.map_err(failed)?;
        let is_done = done.is_some_and(|done| done.value.manifest_sequence >= manifest_sequence);
        if is_done {
            let report = session.stores.analyses.report(collection).await.map_err(failed)?;
            if let Some(kept) = report.filter(|kept| kept.value.covers.last_outcome_sequence >= newest) {
                return Ok(kept.value);
            }
        }
        // A list that was done before gets its next report only when it has been quiet for a while, and where every
        // document was done before, nothing tells the analyser at all.
        if Instant::now() >= ask_at || (is_done && !asked) {
            ask_for_report(session, collection).await?;
            asked = true;
            patience *= 2;
            ask_at = Instant::now() + patience;
        }
    }
}

async fn ask_for_report(session: &Session, collection: &CollectionId) -> Result<(), CliError> {
    let job = AnalyseJob { trigger: Trigger::Complete, ..AnalyseJob::of(collection.clone(), None) };
    let id = format!("run-{collection}-{}", submit::replay_ordinal());
    let sent = session.jobs.publish_analyse(Lane::Bulk, collection, &job, &id, &Trace::default()).await;
    sent.map(drop).map_err(|error| CliError::nats(format!("ask for the report of {collection}"), error))
}

#[cfg(test)]
mod tests;
