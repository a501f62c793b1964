//! Provisioning, stores and work queues against a real server each.

mod collections;
mod documents;
mod jobs;
mod outages;
mod outcomes;
mod profiles;
mod provisioning;
mod quota;

use std::time::Duration;

use docmill_chassis::connect::Nats;
use docmill_chassis::delivery::Trace;
use docmill_chassis::jobs::Jobs;
use docmill_chassis::provision::{StoreSettings, provision};
use docmill_chassis::stores::Stores;
use docmill_contract::identity::{CollectionId, DocumentId, Sha256Hex, WorkKey};
use docmill_contract::job::Vision;
use docmill_contract::outcome::{Engine, Outcome, SourceFacts, Status, Usage};
use docmill_contract::pages::PageSelection;
use docmill_testkit::nats::NatsServer;

use crate::harness::{PATIENCE, settings};

/// A server with everything provisioned.
struct Stocked {
    server: NatsServer,
    nats: Nats,
    stores: Stores,
    jobs: Jobs,
}

impl Stocked {
    async fn start() -> Self {
        Self::start_with(StoreSettings::default()).await
    }

    async fn start_with(limits: StoreSettings) -> Self {
        let stocked = Self::start_empty().await;
        provision(&stocked.nats, &settings(stocked.server.url()).nats, &limits).await.unwrap();
        stocked
    }

    /// Nothing provisioned yet.
    async fn start_empty() -> Self {
        let server = NatsServer::start().await;
        let nats = connect(&server).await;
        Self { stores: Stores::new(&nats), jobs: Jobs::new(&nats), server, nats }
    }
}

async fn connect(server: &NatsServer) -> Nats {
    let nats = Nats::connect(&settings(server.url()).nats, "test").await.unwrap();
    nats.ready(PATIENCE).await.unwrap();
    nats
}

fn collection(id: &str) -> CollectionId {
    id.parse().unwrap()
}

fn document(id: &str) -> DocumentId {
    id.parse().unwrap()
}

/// An outcome with `characters` of data.
fn outcome(collection_id: &str, document_id: &str, revision: u32, characters: usize) -> Outcome {
    let digest = Sha256Hex::of(document_id.as_bytes());
    Outcome {
        version: 1,
        collection: collection(collection_id),
        document: document(document_id),
        name: format!("{document_id}.pdf"),
        revision,
        work_key: WorkKey::new(&digest, &digest, &PageSelection::all(), Vision::Auto),
        status: Status::Verified,
        profile: None,
        source: SourceFacts { job_sequence: u64::from(revision), ..Default::default() },
        data: Some(serde_json::json!({"text": "x".repeat(characters)})),
        evidence: Vec::new(),
        completeness: Vec::new(),
        warnings: Vec::new(),
        reviews: Vec::new(),
        failure: None,
        usage: Usage::default(),
        engine: Engine::default(),
    }
}

fn trace() -> Trace {
    Trace {
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        tracestate: None,
    }
}

/// Writes outcomes of `documents` documents many at a time, and returns their ids in no order.
async fn write_outcomes(stores: &Stores, collection_id: &str, documents: usize) {
    use futures_util::{StreamExt as _, TryStreamExt as _};
    futures_util::stream::iter(0..documents)
        .map(|number| async move {
            let outcome = outcome(collection_id, &format!("d{number:05}"), 1, 500);
            stores.outcomes.replace(&outcome, 0, &Trace::default()).await
        })
        .buffer_unordered(64)
        .try_collect::<Vec<u64>>()
        .await
        .unwrap();
}

/// Longer than any request's timeout.
const OUTAGE_PATIENCE: Duration = Duration::from_secs(60);
