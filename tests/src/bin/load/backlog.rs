//! A backlog at zero delay, worked off by one processor and one analyser: what a document costs as the backlog grows, and what
//! memory it takes meanwhile.

use std::time::{Duration, Instant};

use docmill_chassis::stores::Stores;
use docmill_contract::identity::CollectionId;
use docmill_contract::names::STREAM_OUTCOMES;
use docmill_tests::site::{Failure, number};

use crate::fleet::{Sample, Site};
use crate::invoices::{self, Length};
use crate::outcomes::{self, Written};
use crate::processes::{Use, end};
use crate::tell;

/// Parts of the backlog that are looked at one by one.
pub(crate) const PARTS: u64 = 10;

/// How long the analyser may take once every document has its outcome: far more than it does.
const REPORT_PATIENCE: Duration = Duration::from_secs(600);

/// How often is looked whether the collection is done.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What a backlog came to.
#[derive(Debug)]
pub(crate) struct Backlog {
    pub(crate) documents: u64,
    pub(crate) written: Written,
    /// From the processor's start to the last outcome.
    pub(crate) took: Duration,
    /// What the processor has used, by `getrusage`.
    pub(crate) processor: Duration,
    /// What the analyser has used, by `getrusage`, with the report of the whole collection.
    pub(crate) analyser: Duration,
    /// From the last outcome to `done`, and the analyser's memory then.
    pub(crate) report: (Duration, Use),
    pub(crate) parts: Vec<Part>,
    /// What was used beside the workers: nats-server, mock-llm.
    pub(crate) around: (Use, Use),
}

/// A tenth of the backlog.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    /// Documents done at its end.
    pub(crate) documents: u64,
    /// The processor's time for each of its documents.
    pub(crate) each: Duration,
    /// The analyser's, meanwhile.
    pub(crate) analyser_each: Duration,
    /// nats-server's, meanwhile.
    pub(crate) server_each: Duration,
    /// What the processor used at its end, and the analyser.
    pub(crate) processor: Use,
    pub(crate) analyser: Use,
}

/// Publishes the backlog, works it off, and waits for the report.
pub(crate) async fn measure(documents: u64) -> Result<Backlog, Failure> {
    tell(&format!("backlog: storing {documents} invoices"));
    let site = Site::start(Duration::ZERO).await?;
    let collection: CollectionId = "backlog".parse()?;
    let stored = invoices::store(&site.nats, Length::Varied, 1..=documents).await?;
    invoices::submit(&site.nats, &collection, &stored).await?;
    drop(stored);
    tell("backlog: working it off");
    let analyser = [site.worker("docmill-analyser").spawn()?];
    let mut processor = [site.worker("docmill-processor").spawn()?];
    let samples = site.watch(&mut processor, &analyser, STREAM_OUTCOMES, documents).await?;
    let last = samples.last().copied().unwrap_or_default();
    let first = samples.first().copied().unwrap_or_default();
    let since = |last: Use, first: Use| Use { cpu: last.cpu.saturating_sub(first.cpu), ..last };
    let ([processor], [analyser]) = (processor, analyser);
    let processor_used = end(processor).await?;
    tell("backlog: waiting for the report");
    let begun = Instant::now();
    let collections = Stores::new(&site.nats).collections;
    while collections.done(&collection).await?.is_none() {
        if begun.elapsed() > REPORT_PATIENCE {
            return Err("the collection wasn't done in time".into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let report = (begun.elapsed(), Use::of_all(analyser.id()));
    let analyser_used = end(analyser).await?;
    let written = outcomes::read(&site.nats, STREAM_OUTCOMES, "/source/pages_read").await?;
    site.stop().await?;
    Ok(Backlog {
        documents,
        written,
        took: last.at,
        processor: processor_used,
        analyser: analyser_used,
        report,
        parts: parts(&samples, documents),
        around: (since(last.server, first.server), since(last.mock, first.mock)),
    })
}

/// What each tenth cost, between the moments at which its documents were done.
fn parts(samples: &[Sample], documents: u64) -> Vec<Part> {
    let part = |number: u64| {
        let (from, to) = (documents * (number - 1) / PARTS, documents * number / PARTS);
        let each = |cpu: fn(&Sample) -> Duration| {
            let used = at(samples, to, cpu).saturating_sub(at(samples, from, cpu));
            used.div_f64(crate::backlog::number(to - from).max(1.0))
        };
        let seen = samples.iter().find(|sample| sample.documents >= to).copied().unwrap_or_default();
        Part {
            documents: to,
            each: each(|sample| sample.workers.cpu),
            analyser_each: each(|sample| sample.beside.cpu),
            server_each: each(|sample| sample.server.cpu),
            processor: seen.workers,
            analyser: seen.beside,
        }
    };
    (1..=PARTS).map(part).collect()
}

/// A figure when so many documents were done: between the looks before and after, in proportion.
fn at(samples: &[Sample], documents: u64, figure: fn(&Sample) -> Duration) -> Duration {
    let after = samples.partition_point(|sample| sample.documents < documents);
    let Some(later) = samples.get(after).or(samples.last()) else { return Duration::ZERO };
    let Some(earlier) = after.checked_sub(1).and_then(|before| samples.get(before)) else {
        return figure(later);
    };
    let span = number(later.documents.saturating_sub(earlier.documents)).max(1.0);
    let share = number(documents.saturating_sub(earlier.documents)) / span;
    figure(earlier) + figure(later).saturating_sub(figure(earlier)).mul_f64(share.min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A look at which so many documents were done, for so many milliseconds in all.
    fn seen(documents: u64, milliseconds: u64) -> Sample {
        let workers = Use { cpu: Duration::from_millis(milliseconds), ..Use::default() };
        Sample { documents, workers, ..Sample::default() }
    }

    #[test]
    fn a_tenth_costs_what_was_used_between_its_first_and_its_last_document() {
        // Two milliseconds each for the first half, four for the second.
        let samples = [seen(0, 0), seen(30, 60), seen(50, 100), seen(75, 200), seen(100, 300)];
        let each: Vec<_> = parts(&samples, 100).iter().map(|part| part.each.as_millis()).collect();
        assert_eq!(each, [2, 2, 2, 2, 2, 4, 4, 4, 4, 4]);
        // What was used before the first document counts for the first tenth.
        let each: Vec<_> =
            parts(&[seen(0, 10), seen(100, 210)], 100).iter().map(|part| part.each.as_millis()).collect();
        assert_eq!(each[1..], [2; 9]);
    }
}
