//! `docmill forget`: a collection, or one document of it, is erased from every store; then it is looked again.
//!
//! The order is what makes it bear being killed anywhere and repeated: what leads to something goes after it. Jobs and
//! outcomes lead to PDFs and replies, which nothing else does; everything else is found by the collection's id.

mod counts;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use docmill_chassis::delivery::Trace;
use docmill_chassis::stores::{Erasure, Pdf, StoreError, Uses, Waiting, Whose};
use docmill_contract::collection::Manifest;
use docmill_contract::job::AnalyseJob;
use docmill_contract::names::Lane;

use crate::arguments::{CommonArguments, ForgetArguments};
use crate::error::CliError;
use crate::print::Printer;
use crate::session::{self, Session};
use crate::submit;
use counts::{Counts, Store};

/// How often it is looked whether the jobs that workers have have ended.
const LOOK_AFTER: Duration = Duration::from_millis(500);

/// An erasure under way.
struct Forgetting<'a> {
    session: &'a Session,
    erasure: Erasure,
    whose: Whose,
    counts: Counts,
    /// PDFs that were removed with their replies.
    removed: Vec<Pdf>,
}

/// Asks, erases, looks again, and says what was removed.
///
/// # Errors
/// [`CliError`]; what was removed until then stays removed, and the same command goes on from there.
pub(crate) async fn forget(
    arguments: &ForgetArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<ExitCode, CliError> {
    let whose = Whose { collection: arguments.collection.clone(), document: arguments.document.clone() };
    let can_ask = std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && !printer.json;
    if !arguments.yes && !can_ask {
        return Err(CliError::Usage(format!(
            "there is no terminal to ask at whether {} shall be erased: add --yes",
            name(&whose)
        )));
    }
    let session = session::open(common).await?;
    let erasure = Erasure::new(&session.nats);
    if !arguments.yes && !is_wanted(&erasure, &whose).await? {
        return Err(CliError::Failed("nothing was removed".to_owned()));
    }
    let mut forgetting =
        Forgetting { session: &session, erasure, whose, counts: Counts::new(), removed: Vec::new() };
    let patience = Duration::from_secs(arguments.patience);
    let erased = forgetting.erase(patience).await;
    erased.map_err(|error| CliError::nats(format!("erase {}", name(&forgetting.whose)), error))?;
    forgetting.counts.print(&forgetting.whose, printer)?;
    if forgetting.counts.is_clean() { Ok(ExitCode::SUCCESS) } else { Ok(ExitCode::FAILURE) }
}

/// Asks at the terminal.
async fn is_wanted(erasure: &Erasure, whose: &Whose) -> Result<bool, CliError> {
    let outcomes = erasure.outcomes(whose).await;
    let outcomes = outcomes.map_err(|error| CliError::nats(format!("look at {}", name(whose)), error))?;
    let mut terminal = std::io::stderr().lock();
    let question = format!(
        "Erase {} ({outcomes} outcomes) from every store? It can't be brought back. Type `yes`: ",
        name(whose)
    );
    let asked = terminal.write_all(question.as_bytes()).and_then(|()| terminal.flush());
    let mut answer = String::new();
    let read = asked.and_then(|()| std::io::stdin().read_line(&mut answer));
    read.map_err(|error| CliError::Failed(format!("the answer can't be read: {error}")))?;
    Ok(answer.trim() == "yes")
}

fn name(whose: &Whose) -> String {
    match &whose.document {
        Some(document) => format!("document {document} of collection {}", whose.collection),
        None => format!("collection {}", whose.collection),
    }
}

impl Forgetting<'_> {
    /// The whole of it, store by store.
    async fn erase(&mut self, patience: Duration) -> Result<(), StoreError> {
        self.jobs(patience).await?;
        let uses = self.pdfs_of_messages().await?;
        self.messages(&uses).await?;
        if self.whose.document.is_some() {
            self.strike_from_manifest().await?;
        }
        self.objects().await?;
        if self.whose.document.is_some() {
            self.order_report().await?;
        }
        self.look_again().await
    }

    /// Jobs nobody has begun go at once, each after the PDF that it leads to. Those that workers have may end first, so
    /// that what they write is there to be removed; who takes longer writes it after us.
    async fn jobs(&mut self, patience: Duration) -> Result<(), StoreError> {
        let uses = self.erasure.uses(&self.whose).await?;
        let deadline = Instant::now() + patience;
        loop {
            // Listed anew each time: a job that ends orders the next.
            let jobs = self.erasure.jobs(&self.whose).await?;
            let is_late = Instant::now() >= deadline;
            for job in jobs.iter().filter(|job| !job.is_report && (is_late || !job.is_begun)) {
                self.remove_job(job, &uses).await?;
            }
            let held = jobs.iter().filter(|job| job.is_begun).count();
            if held == 0 || is_late {
                self.counts.held = held as u64;
                return Ok(());
            }
            tokio::time::sleep(LOOK_AFTER).await;
        }
    }

    async fn remove_job(&mut self, job: &Waiting, uses: &Uses) -> Result<(), StoreError> {
        if let Some(pdf) = &job.pdf {
            self.remove_pdf(pdf, uses).await?;
        }
        let removed = self.erasure.remove_job(job).await?;
        self.counts.removed(Store::Jobs, u64::from(removed));
        Ok(())
    }

    /// The PDFs that outcomes and dead letters lead to, and the replies about them.
    async fn pdfs_of_messages(&mut self) -> Result<Uses, StoreError> {
        let uses = self.erasure.uses(&self.whose).await?;
        for pdf in &uses.ours {
            self.remove_pdf(pdf, &uses).await?;
        }
        Ok(uses)
    }

    /// A PDF that another document refers to stays, and so do the replies about it: they are of its pages alone.
    async fn remove_pdf(&mut self, pdf: &Pdf, uses: &Uses) -> Result<(), StoreError> {
        if uses.has_others(pdf) {
            self.counts.shared(pdf);
            return Ok(());
        }
        // The PDF goes last of the two: its digest may be known from its object alone.
        let replies = self.erasure.remove_replies(pdf).await?;
        self.counts.removed(Store::Replies, replies);
        let objects = self.erasure.remove_pdf(pdf).await?;
        self.counts.removed(Store::Documents, objects);
        self.removed.push(pdf.clone());
        Ok(())
    }

    async fn messages(&mut self, uses: &Uses) -> Result<(), StoreError> {
        let (erasure, whose) = (&self.erasure, &self.whose);
        self.counts.removed(Store::DeadLetters, erasure.remove_dead_letters(whose, uses).await?);
        self.counts.removed(Store::Outcomes, erasure.remove_outcomes(whose, uses).await?);
        self.counts.removed(Store::Analyses, erasure.remove_analyses(whose).await?);
        if whose.document.is_none() {
            self.counts.removed(Store::Collections, erasure.remove_collection(&whose.collection).await?);
        }
        Ok(())
    }

    /// After the messages, so that none leads nowhere.
    async fn objects(&mut self) -> Result<(), StoreError> {
        let (erasure, whose) = (&self.erasure, &self.whose);
        self.counts.removed(Store::Excerpts, erasure.remove_excerpts(&whose.collection).await?);
        self.counts.removed(Store::Payloads, erasure.remove_payloads(whose).await?);
        // What a collection has spent is a sum: it tells of no document.
        if whose.document.is_none() {
            self.counts.removed(Store::Spend, erasure.remove_spend(&whose.collection).await?);
        }
        Ok(())
    }

    /// Takes the document out of the collection's list, so that the collection can be done without it.
    async fn strike_from_manifest(&mut self) -> Result<(), StoreError> {
        let Some(document) = self.whose.document.clone() else { return Ok(()) };
        let collection = &self.whose.collection;
        let without = |manifest: Option<Manifest>| {
            let manifest = manifest?;
            let mut documents = manifest.documents.clone();
            documents.retain(|entry| entry.document != document);
            (documents.len() < manifest.documents.len())
                .then(|| Manifest::new(collection.clone(), documents, manifest.created))
        };
        let collections = &self.session.stores.collections;
        let before = collections.listed(collection).await?.map_or(0, |listed| listed.sequence);
        let after = collections.change_manifest(collection, without, &Trace::default()).await?;
        self.counts.removed(Store::Collections, u64::from(after != before));
        Ok(())
    }

    /// The collection's report told of the document: it is made anew of what is left.
    async fn order_report(&self) -> Result<(), StoreError> {
        let collection = &self.whose.collection;
        if self.session.stores.outcomes.count(collection).await? == 0 {
            return Ok(());
        }
        let job = AnalyseJob::of(collection.clone(), None);
        let id = format!("forget-{collection}-{}", submit::replay_ordinal());
        let jobs = &self.session.jobs;
        jobs.publish_analyse(Lane::Bulk, collection, &job, &id, &Trace::default()).await.map(drop)
    }

    /// What is there all the same: a worker that was in the middle of a job writes on.
    async fn look_again(&mut self) -> Result<(), StoreError> {
        let (erasure, whose) = (&self.erasure, &self.whose);
        let jobs = erasure.jobs(whose).await?.iter().filter(|job| !job.is_report).count();
        let counts = &mut self.counts;
        counts.left(Store::Jobs, jobs as u64);
        counts.left(Store::DeadLetters, erasure.dead_letters(whose).await?);
        counts.left(Store::Outcomes, erasure.outcomes(whose).await?);
        counts.left(Store::Analyses, erasure.analyses(whose).await?);
        counts.left(Store::Payloads, erasure.payloads(whose).await?);
        if whose.document.is_none() {
            counts.left(Store::Collections, erasure.collection(&whose.collection).await?);
            counts.left(Store::Excerpts, erasure.excerpts(&whose.collection).await?);
            counts.left(Store::Spend, erasure.spend(&whose.collection).await?);
        }
        let uses = erasure.uses(whose).await?;
        for pdf in &self.removed {
            if uses.has_others(pdf) {
                // Somebody submitted the same bytes in the same moment; they were there then, and are gone now.
                counts.missed(pdf);
                continue;
            }
            let (objects, replies) = erasure.pdf_left(pdf).await?;
            counts.left(Store::Documents, objects);
            counts.left(Store::Replies, replies);
        }
        Ok(())
    }
}
