//! What the server holds in the end: everything that the invariants are checked against.
//!
//! Gathered by `run` once nothing works any more. The streams were told to keep their whole history, so that a second
//! word is seen even where it is the same as the first.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::{Context, Message};
use docmill_chassis::connect::Nats;
use docmill_contract::analysis::{Analysis, Coverage};
use docmill_contract::collection::CollectionDone;
use docmill_contract::dead_letter::DeadLetter;
use docmill_contract::failure::FailureStage;
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::names::{
    self, ANALYSIS_SUBJECTS, BUCKET_DOCUMENTS, BUCKET_PAYLOADS, DEAD_SUBJECTS, HEADER_PAYLOAD, Lane,
    OUTCOME_SUBJECTS, STREAM_ANALYSES, STREAM_COLLECTIONS, STREAM_DEAD, STREAM_OUTCOMES, Work,
};
use docmill_contract::outcome::Outcome;
use docmill_mock_llm::Stats;
use docmill_tests::site::Failure;
use futures_util::TryStreamExt as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::objects::{self, Objects};

/// Messages read at once.
const BATCH: usize = 200;

/// How long a batch may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A document of a collection.
pub(crate) type Key = (CollectionId, DocumentId);

/// Something that was stored, and where in its stream.
#[derive(Debug, Clone)]
pub(crate) struct Stored<T> {
    pub(crate) sequence: u64,
    pub(crate) value: T,
    /// The object that holds the whole of it, where it is large.
    pub(crate) payload: Option<String>,
}

/// Everything that is there.
#[derive(Debug)]
pub(crate) struct Evidence {
    /// Every outcome that ever was written.
    pub(crate) outcomes: BTreeMap<Key, Vec<Stored<Outcome>>>,
    /// Every word of a collection's completion that ever was written.
    pub(crate) dones: BTreeMap<CollectionId, Vec<CollectionDone>>,
    pub(crate) analyses: BTreeMap<Key, Coverage>,
    pub(crate) reports: BTreeMap<CollectionId, Coverage>,
    /// Dead letters of the processor.
    pub(crate) dead: BTreeSet<Key>,
    /// Dead letters of the analyser.
    pub(crate) dead_analyses: BTreeSet<Key>,
    /// What waits or is held in the queues.
    pub(crate) pending: Vec<String>,
    pub(crate) objects: Objects,
    pub(crate) endpoint: Stats,
}

/// Reads all of it.
pub(crate) async fn gather(nats: &Nats, endpoint: Stats) -> Result<Evidence, Failure> {
    let jetstream = &nats.jetstream;
    let outcomes: Vec<Stored<Outcome>> = history(jetstream, STREAM_OUTCOMES, OUTCOME_SUBJECTS).await?;
    let mut analyses: Vec<Stored<Analysis>> = Vec::new();
    for subjects in ANALYSIS_SUBJECTS {
        analyses.extend(history(jetstream, STREAM_ANALYSES, subjects).await?);
    }
    let dones: Vec<Stored<CollectionDone>> =
        history(jetstream, STREAM_COLLECTIONS, "docmill.collection.*.done").await?;
    let letters: Vec<Stored<DeadLetter>> = history(jetstream, STREAM_DEAD, DEAD_SUBJECTS).await?;
    let payloads = outcomes.iter().filter_map(|stored| stored.payload.clone());
    let payloads = payloads.chain(analyses.iter().filter_map(|stored| stored.payload.clone()));
    let payloads = payloads.chain(letters.iter().filter_map(|stored| stored.payload.clone())).collect();
    let pdfs = outcomes.iter().filter_map(|stored| stored.value.source.object.clone()).collect();
    let objects = Objects {
        documents: objects::gather(jetstream, BUCKET_DOCUMENTS, pdfs).await?,
        payloads: objects::gather(jetstream, BUCKET_PAYLOADS, payloads).await?,
    };
    let mut evidence = Evidence {
        outcomes: BTreeMap::new(),
        dones: BTreeMap::new(),
        analyses: BTreeMap::new(),
        reports: BTreeMap::new(),
        dead: BTreeSet::new(),
        dead_analyses: BTreeSet::new(),
        pending: pending(jetstream).await?,
        objects,
        endpoint,
    };
    for stored in outcomes {
        let key = (stored.value.collection.clone(), stored.value.document.clone());
        evidence.outcomes.entry(key).or_default().push(stored);
    }
    for Stored { value, .. } in dones {
        evidence.dones.entry(value.collection.clone()).or_default().push(value);
    }
    for Stored { value, .. } in analyses {
        match value.document {
            Some(document) => drop(evidence.analyses.insert((value.collection, document), value.covers)),
            None => drop(evidence.reports.insert(value.collection, value.covers)),
        }
    }
    for Stored { value, .. } in letters {
        let is_analysers = value.stage == FailureStage::Analyse;
        let letters = if is_analysers { &mut evidence.dead_analyses } else { &mut evidence.dead };
        letters.insert((value.collection, value.document));
    }
    Ok(evidence)
}

/// Jobs that aren't through, queue by queue.
pub(crate) async fn pending(jetstream: &Context) -> Result<Vec<String>, Failure> {
    let mut pending = Vec::new();
    for work in Work::ALL {
        let stream = jetstream.get_stream(work.stream()).await?;
        let jobs = stream.get_info().await?.state.messages;
        let consumer: async_nats::jetstream::consumer::PullConsumer =
            stream.get_consumer(&names::consumer(work, Lane::Bulk)).await.map_err(plain)?;
        let info = consumer.cached_info();
        if jobs > 0 || info.num_pending > 0 || info.num_ack_pending > 0 {
            pending.push(format!(
                "{}: {jobs} jobs, {} of them waiting and {} held",
                work.stream(),
                info.num_pending,
                info.num_ack_pending
            ));
        }
    }
    Ok(pending)
}

/// Every message of a stream that matches `filter`, in its order.
pub(crate) async fn history<T: DeserializeOwned>(
    jetstream: &Context,
    stream: &str,
    filter: &str,
) -> Result<Vec<Stored<T>>, Failure> {
    let config = pull::Config {
        deliver_policy: DeliverPolicy::All,
        ack_policy: AckPolicy::None,
        filter_subject: filter.to_owned(),
        memory_storage: true,
        ..Default::default()
    };
    let consumer = jetstream.get_stream(stream).await?.create_consumer(config).await?;
    let waiting = usize::try_from(consumer.cached_info().num_pending)?;
    let mut all = Vec::with_capacity(waiting);
    while all.len() < waiting {
        let batch = (waiting - all.len()).min(BATCH);
        let mut messages = consumer.fetch().max_messages(batch).expires(PATIENCE).messages().await?;
        let before = all.len();
        while let Some(message) = messages.try_next().await.map_err(plain)? {
            all.push(stored(&message)?);
        }
        if all.len() == before {
            return Err(format!("the history of {stream} can't be read to its end").into());
        }
    }
    Ok(all)
}

fn stored<T: for<'de> Deserialize<'de>>(message: &Message) -> Result<Stored<T>, Failure> {
    let headers = message.headers.as_ref();
    Ok(Stored {
        sequence: message.info().map_err(plain)?.stream_sequence,
        value: serde_json::from_slice(&message.payload)?,
        payload: headers
            .and_then(|headers| headers.get(HEADER_PAYLOAD))
            .map(|value| value.as_str().to_owned()),
    })
}

/// The client's error as everyone else's.
fn plain(error: async_nats::Error) -> Failure {
    error
}
