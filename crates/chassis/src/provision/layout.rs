//! How each stream and bucket is made. Buckets are streams too, under the names and subjects that every NATS client
//! looks for; made as such, all of them are treated alike.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use docmill_contract::names::{
    ANALYSIS_SUBJECTS, BUCKET_DOCUMENTS, BUCKET_EXCERPTS, BUCKET_PAYLOADS, BUCKET_PROFILES, BUCKET_QUOTA,
    BUCKET_REPLIES, BUCKET_STARTS, COLLECTION_SUBJECTS, DEAD_SUBJECTS, MESSAGE_BYTES_MAX, OUTCOME_SUBJECTS,
    STREAM_ANALYSES, STREAM_COLLECTIONS, STREAM_DEAD, STREAM_OUTCOMES, Work, job_subjects,
};

use super::{Limits, StoreSettings};
use crate::config::NatsSettings;

/// How long the server remembers message ids: a publisher may try again that late.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(10 * 60);

/// The server's own default window, for everything that has no message ids.
const SHORT_WINDOW: Duration = Duration::from_secs(2 * 60);

/// Room for a message's headers beside the largest body: names, profile, trace.
const HEADER_BYTES_MAX: usize = 64 * 1024;

/// Outcomes kept of each document: the last one counts, the others show what was before.
const OUTCOMES_PER_DOCUMENT: i64 = 5;

/// Every stream, those of the buckets included.
pub(super) fn streams(settings: &NatsSettings, stores: &StoreSettings) -> Vec<Config> {
    let stream = |name: &str, subjects: Vec<String>, limits: Limits| Config {
        name: name.to_owned(),
        subjects,
        storage: StorageType::File,
        retention: RetentionPolicy::Limits,
        // What is accepted stays: a full stream refuses, it doesn't forget.
        discard: DiscardPolicy::New,
        max_bytes: limits.bytes_max,
        max_age: limits.age_max,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        num_replicas: settings.replicas,
        duplicate_window: short_window(limits),
        allow_direct: true,
        ..Default::default()
    };
    // Jobs and outcomes are told apart by their places in their streams: in outcomes, start counts and analyses. One
    // that was lost and is made anew must not give the same places again, or new jobs would pass for old ones.
    let first_sequence = Some(sequence_above_all_before(SystemTime::now()));
    let queue = |work: Work, limits| Config {
        first_sequence,
        retention: RetentionPolicy::WorkQueue,
        duplicate_window: DUPLICATE_WINDOW,
        max_message_size: i32::try_from(MESSAGE_BYTES_MAX + HEADER_BYTES_MAX).unwrap_or(i32::MAX),
        ..stream(work.stream(), job_subjects(work, &settings.lanes), limits)
    };
    let last = |name: &str, subjects: &[&str], values_per_subject, limits| Config {
        max_messages_per_subject: values_per_subject,
        ..stream(name, subjects.iter().map(|&subject| subject.to_owned()).collect(), limits)
    };
    let objects = |bucket: &str, limits| {
        let subjects = vec![format!("$O.{bucket}.C.>"), format!("$O.{bucket}.M.>")];
        Config { allow_rollup: true, ..stream(&format!("OBJ_{bucket}"), subjects, limits) }
    };
    let keys = |bucket: &str, limits| Config {
        max_messages_per_subject: 1,
        allow_rollup: true,
        deny_delete: true,
        ..stream(&format!("KV_{bucket}"), vec![format!("$KV.{bucket}.>")], limits)
    };
    vec![
        queue(Work::Process, stores.process),
        queue(Work::Analyse, stores.analyse),
        Config {
            first_sequence,
            ..last(STREAM_OUTCOMES, &[OUTCOME_SUBJECTS], OUTCOMES_PER_DOCUMENT, stores.outcomes)
        },
        last(STREAM_ANALYSES, &ANALYSIS_SUBJECTS, 1, stores.analyses),
        last(STREAM_DEAD, &[DEAD_SUBJECTS], 1, stores.dead),
        last(STREAM_COLLECTIONS, &COLLECTION_SUBJECTS, 1, stores.collections),
        objects(BUCKET_DOCUMENTS, stores.documents),
        objects(BUCKET_PAYLOADS, stores.payloads),
        // The oldest excerpts make room for new ones: they are only a saving, and so are replies.
        Config { discard: DiscardPolicy::Old, ..objects(BUCKET_EXCERPTS, stores.excerpts) },
        keys(BUCKET_PROFILES, stores.profiles),
        Config { discard: DiscardPolicy::Old, ..keys(BUCKET_REPLIES, stores.replies) },
        keys(BUCKET_QUOTA, stores.quota),
        keys(BUCKET_STARTS, stores.starts),
    ]
}

/// Where a stream begins that is made now: at the milliseconds since 1970. One that was made before, began there too and
/// took fewer than a thousand messages a second ever since, never came so far. JSON's numbers hold it.
fn sequence_above_all_before(now: SystemTime) -> u64 {
    let since_1970 = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// A window may not be longer than the messages live.
fn short_window(limits: Limits) -> Duration {
    if limits.age_max.is_zero() { SHORT_WINDOW } else { SHORT_WINDOW.min(limits.age_max) }
}
