//! Submits the plan's documents as `docmill submit` does: manifests first, then for each document its bytes, then its job.
//!
//! It goes straight to the server, which is killed under it: what isn't confirmed is sent again, as any publisher must.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use docmill_chassis::connect::Nats;
use docmill_chassis::delivery::Trace;
use docmill_chassis::jobs::{Jobs, Receipt};
use docmill_chassis::stores::Stores;
use docmill_contract::collection::{Manifest, ManifestEntry};
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::job::{ProcessJob, Source};
use docmill_contract::names::Lane;
use docmill_testkit::{layouts, varied};
use docmill_tests::site::Failure;
use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::time::Instant;

use crate::plan::{Kind, Plan, Planned};
use crate::poison::Poisons;

/// Documents that are being submitted at once.
const AT_ONCE: usize = 8;

/// The pause before something that wasn't confirmed is sent again.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

/// The share of the storm in which documents come, so that the last ones see some of it too.
const SHARE: f64 = 0.95;

/// A document that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    pub(crate) collection: CollectionId,
    pub(crate) document: DocumentId,
    pub(crate) is_poison: bool,
    /// How often its job was sent: more than once where the server didn't confirm it.
    pub(crate) sent: u32,
    pub(crate) receipt: Receipt,
}

/// Everything a submission needs.
#[derive(Debug)]
pub(crate) struct Submission<'a> {
    stores: Stores,
    jobs: Jobs,
    plan: &'a Plan,
    poisons: Poisons,
}

impl<'a> Submission<'a> {
    pub(crate) fn new(nats: &Nats, plan: &'a Plan, poisons: Poisons) -> Self {
        Self { stores: Stores::new(nats), jobs: Jobs::new(nats), plan, poisons }
    }

    /// Writes the list of each collection, and says how many there are.
    pub(crate) async fn list(&self) -> Result<usize, Failure> {
        let mut lists: BTreeMap<CollectionId, Vec<ManifestEntry>> = BTreeMap::new();
        for planned in &self.plan.documents {
            let (document, collection) = ids(planned)?;
            let entry = ManifestEntry { name: document.to_string(), document, lane: None, job: None };
            lists.entry(collection).or_default().push(entry);
        }
        let count = lists.len();
        for (collection, documents) in lists {
            let manifest = Manifest::new(collection, documents, "2026-01-01T00:00:00Z".to_owned());
            self.stores.collections.put_manifest(&manifest, &Trace::default()).await?;
        }
        Ok(count)
    }

    /// Submits every document, spread over the storm, and returns those that were accepted: all of them.
    pub(crate) async fn all(&self, begun: Instant, storm: Duration) -> Result<Vec<Accepted>, Failure> {
        let count = u32::try_from(self.plan.documents.len().max(1))?;
        let every = storm.mul_f64(SHARE) / count;
        futures_util::stream::iter(&self.plan.documents)
            .map(|planned| async move {
                let number = u32::try_from(planned.number)?;
                tokio::time::sleep_until(begun + every * number).await;
                self.one(planned).await
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn one(&self, planned: &Planned) -> Result<Accepted, Failure> {
        let (document, collection) = ids(planned)?;
        let (bytes, is_poison) = match planned.kind {
            Kind::Fine(seed) => {
                let (invoice, layout) = varied::invoice(seed);
                (Bytes::from(layouts::draw(&invoice, layout).write()), false)
            }
            Kind::Poison(which) => (self.poisons.get(which), true),
        };
        let object = loop {
            match self.stores.documents.put(&bytes).await {
                Ok(object) => break object,
                Err(_) => tokio::time::sleep(AGAIN_AFTER).await,
            }
        };
        let job = ProcessJob {
            document: Some(document.clone()),
            profile: Some("invoice".to_owned()),
            ..ProcessJob::of(Source::Object(object))
        };
        let mut sent = 0;
        let receipt = loop {
            sent += 1;
            let published =
                self.jobs.publish_process(Lane::Bulk, &collection, &job, None, &Trace::default()).await;
            match published {
                Ok(receipt) => break receipt,
                Err(_) => tokio::time::sleep(AGAIN_AFTER).await,
            }
        };
        Ok(Accepted { collection, document, is_poison, sent, receipt })
    }
}

fn ids(planned: &Planned) -> Result<(DocumentId, CollectionId), Failure> {
    let kind = match planned.kind {
        Kind::Fine(_) => "fine",
        Kind::Poison(_) => "poison",
    };
    Ok((format!("{kind}-{}", planned.number).parse()?, format!("collection-{}", planned.collection).parse()?))
}
