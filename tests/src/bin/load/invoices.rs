//! The invoices of a run: made, stored, and made into jobs. Each differs from every other, so that every one costs a call.
//!
//! Called before anything is measured.

use std::ops::RangeInclusive;

use bytes::Bytes;
use docmill_chassis::connect::Nats;
use docmill_chassis::delivery::Trace;
use docmill_chassis::jobs::Jobs;
use docmill_chassis::stores::Stores;
use docmill_contract::collection::{Manifest, ManifestEntry};
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::job::{ProcessJob, Source};
use docmill_contract::names::Lane;
use docmill_testkit::{layouts, varied};
use docmill_tests::site::Failure;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::tell;

/// Writes to the server at once: more don't make it faster, since each is synced.
const AT_ONCE: usize = 32;

/// Rows of an invoice of two pages, in every layout: from so many on, and how many more at most.
const TWO_PAGES_ROWS: (u64, u64) = (28, 10);

/// How often is told how far storing is.
const TELL_EVERY: usize = 10_000;

/// How long invoices are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// As invoices are: one page most of them, two or three one in twenty.
    Varied,
    /// Two pages, each of them.
    TwoPages,
}

/// An invoice in the object store.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// What it is called.
    pub(crate) document: DocumentId,
    /// The key of its PDF.
    pub(crate) object: String,
}

/// Makes the invoices of these seeds and puts them into the object store.
pub(crate) async fn store(
    nats: &Nats,
    length: Length,
    seeds: RangeInclusive<u64>,
) -> Result<Vec<Stored>, Failure> {
    let stores = Stores::new(nats);
    let each = stream::iter(seeds).map(|seed| {
        let stores = &stores;
        async move {
            let object = stores.documents.put(&Bytes::from(pdf(length, seed))).await?;
            Ok::<_, Failure>(Stored { document: format!("invoice-{seed}").parse()?, object })
        }
    });
    let mut each = each.buffered(AT_ONCE);
    let mut stored = Vec::new();
    while let Some(one) = each.try_next().await? {
        stored.push(one);
        if stored.len().is_multiple_of(TELL_EVERY) {
            tell(&format!("{} invoices stored", stored.len()));
        }
    }
    Ok(stored)
}

/// Publishes the manifest of a collection, and then a job for each of its invoices.
pub(crate) async fn submit(
    nats: &Nats,
    collection: &CollectionId,
    invoices: &[Stored],
) -> Result<(), Failure> {
    let (stores, jobs) = (Stores::new(nats), Jobs::new(nats));
    let listed: Result<Vec<_>, Failure> = invoices.iter().map(entry).collect();
    let manifest = Manifest::new(collection.clone(), listed?, "2026-01-01T00:00:00Z".to_owned());
    stores.collections.put_manifest(&manifest, &Trace::default()).await?;
    let each = stream::iter(invoices).map(|invoice| {
        let jobs = &jobs;
        async move {
            let job = ProcessJob { document: Some(invoice.document.clone()), ..job(invoice) };
            jobs.publish_process(Lane::Bulk, collection, &job, None, &Trace::default()).await?;
            Ok::<_, Failure>(())
        }
    });
    each.buffer_unordered(AT_ONCE).try_collect().await
}

/// An invoice's place in the list of its collection, as `docmill submit` makes it.
fn entry(invoice: &Stored) -> Result<ManifestEntry, Failure> {
    Ok(ManifestEntry {
        document: invoice.document.clone(),
        name: invoice.document.to_string(),
        lane: Some(Lane::Bulk),
        job: Some(serde_json::to_value(job(invoice))?),
    })
}

fn job(invoice: &Stored) -> ProcessJob {
    ProcessJob {
        profile: Some("invoice".to_owned()),
        ..ProcessJob::of(Source::Object(invoice.object.clone()))
    }
}

fn pdf(length: Length, seed: u64) -> Vec<u8> {
    let (mut invoice, layout) = varied::invoice(seed);
    if length == Length::TwoPages {
        let (least, more) = TWO_PAGES_ROWS;
        let rows = usize::try_from(least + seed % more).unwrap_or_default();
        invoice.items = invoice.items.iter().cycle().take(rows).cloned().collect();
    }
    layouts::draw(&invoice, layout).write()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invoice_of_two_pages_has_two() {
        for seed in 1..=200 {
            let (mut invoice, layout) = varied::invoice(seed);
            let (least, more) = TWO_PAGES_ROWS;
            for rows in [least, least + more - 1] {
                let rows = usize::try_from(rows).unwrap();
                invoice.items = invoice.items.iter().cycle().take(rows).cloned().collect();
                assert_eq!(layouts::draw(&invoice, layout).pages.len(), 2, "{seed}: {rows} rows, {layout:?}");
            }
        }
    }
}
