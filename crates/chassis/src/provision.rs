//! Making streams, consumers and buckets, so that workers only have to look them up.
//!
//! Called by `provision` of every program, by `docmill run` and by `docmill submit`. It may be called any number of
//! times and by many at once: what is there stays, with everything in it. It never takes a lane away and never
//! deletes anything.

mod layout;
mod limits;

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::stream::Config;
use async_nats::jetstream::{self, ErrorCode};
use docmill_contract::names::{Lane, Work, consumer, lane_subjects};

use crate::config::NatsSettings;
use crate::connect::{ConnectError, Nats};
use crate::stores::Cause;

pub use limits::{Limits, StoreSettings};

/// How long NATS may take to be there.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// How many pulls may wait at one lane's consumer. Every free place of every worker waits with a pull of its own,
/// and the server drops those above; it can't be changed later, so it is far above any fleet.
const PULLS_WAITING_MAX: i64 = 16_384;

/// How often a stream is looked at again because somebody else made or changed it at the same moment.
const RACES_MAX: usize = 5;

/// Why something could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The server isn't there or too old.
    #[error(transparent)]
    Server(#[from] ConnectError),
    /// The server runs without JetStream, or this login may not use it.
    #[error("NATS answers, but not JetStream: enable it on the server and for this login")]
    NoJetStream,
    /// The size limits of all stores together are above what the server has.
    #[error(
        "{what} reserves {bytes} bytes, and the server doesn't have that much left: lower the limits in section `store`, or raise the server's max_file_store"
    )]
    DoesNotFit {
        /// The stream.
        what: String,
        /// Its size limit.
        bytes: i64,
        /// What the server says.
        source: async_nats::Error,
    },
    /// There aren't as many servers as copies.
    #[error("{what} can't have {replicas} copies here: set nats.replicas to what the cluster has")]
    Replicas {
        /// The stream.
        what: String,
        /// The setting.
        replicas: usize,
        /// What the server says.
        source: async_nats::Error,
    },
    /// It is there and differs in something that can't be changed.
    #[error(
        "{what} is there with {setting} {is}, and docmill needs {wanted}, which can't be changed: delete it once it is empty, and provision again"
    )]
    Unchangeable {
        /// The stream.
        what: String,
        /// Which setting.
        setting: &'static str,
        /// As it is.
        is: String,
        /// As it should be.
        wanted: String,
    },
    /// The server refuses it for another reason.
    #[error("the server refuses to make {what}")]
    Refused {
        /// The stream or consumer.
        what: String,
        /// What the server says.
        source: async_nats::Error,
    },
}

/// What to do about a stream or consumer that is there but was made with other settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Existing {
    /// Make it as the settings say: limits, copies, lease time.
    Change,
    /// Leave it as whoever operates it made it.
    Leave,
}

/// Makes everything that isn't there, and gives everything that is there the limits of these settings.
///
/// # Errors
/// [`ProvisionError`]; what was made until then stays.
pub async fn provision(
    nats: &Nats,
    settings: &NatsSettings,
    stores: &StoreSettings,
) -> Result<(), ProvisionError> {
    make(nats, settings, stores, Existing::Change).await
}

/// Makes what isn't there and leaves the rest as it is: for programs that only use a system which somebody else may
/// operate with other limits.
///
/// # Errors
/// [`ProvisionError`]; what was made until then stays.
pub async fn provision_missing(
    nats: &Nats,
    settings: &NatsSettings,
    stores: &StoreSettings,
) -> Result<(), ProvisionError> {
    make(nats, settings, stores, Existing::Leave).await
}

async fn make(
    nats: &Nats,
    settings: &NatsSettings,
    stores: &StoreSettings,
    existing: Existing,
) -> Result<(), ProvisionError> {
    nats.ready(CONNECT_PATIENCE).await?;
    for wanted in layout::streams(settings, stores) {
        make_stream(&nats.jetstream, &wanted, existing).await?;
    }
    for work in Work::ALL {
        for &lane in &settings.lanes {
            make_consumer(&nats.jetstream, settings, work, lane, existing).await?;
        }
    }
    Ok(())
}

async fn make_stream(
    jetstream: &jetstream::Context,
    wanted: &Config,
    existing: Existing,
) -> Result<(), ProvisionError> {
    let mut raced = None;
    for _ in 0..RACES_MAX {
        let made = match jetstream.get_stream(&wanted.name).await {
            Ok(stream) => match change(&stream.cached_info().config, wanted, existing)? {
                None => return Ok(()),
                Some(changed) => jetstream.update_stream(changed).await.map(drop),
            },
            Err(error) => match Cause::of(&error) {
                Some(Cause::Code(ErrorCode::STREAM_NOT_FOUND)) => {
                    jetstream.create_stream(wanted.clone()).await.map(drop)
                }
                Some(Cause::Code(_) | Cause::NobodyListens) | None => {
                    return Err(refused(wanted, error.into()));
                }
            },
        };
        match made {
            Ok(()) => {
                tracing::info!(stream = wanted.name, "provisioned");
                return Ok(());
            }
            Err(error) => match Cause::of(&error) {
                Some(Cause::Code(ErrorCode::STREAM_NAME_EXIST | ErrorCode::STREAM_NOT_FOUND)) => {
                    raced = Some(error)
                }
                Some(Cause::Code(_) | Cause::NobodyListens) | None => {
                    return Err(refused(wanted, error.into()));
                }
            },
        }
    }
    let source = raced.map_or_else(|| "others keep changing it".into(), Into::into);
    Err(ProvisionError::Refused { what: what(wanted), source })
}

/// How a stream that is there has to be changed; `None` if not at all.
fn change(is: &Config, wanted: &Config, existing: Existing) -> Result<Option<Config>, ProvisionError> {
    let differs = |setting, is: String, wanted_text: String| {
        Err(ProvisionError::Unchangeable { what: what(wanted), setting, is, wanted: wanted_text })
    };
    if is.retention != wanted.retention {
        return differs("retention", format!("{:?}", is.retention), format!("{:?}", wanted.retention));
    }
    if is.storage != wanted.storage {
        return differs("storage", format!("{:?}", is.storage), format!("{:?}", wanted.storage));
    }
    let mut changed = is.clone();
    // Lanes are only added: others may serve those that these settings don't know.
    changed
        .subjects
        .extend(wanted.subjects.iter().filter(|subject| !is.subjects.contains(*subject)).cloned());
    if existing == Existing::Change {
        changed.max_bytes = wanted.max_bytes;
        changed.max_age = wanted.max_age;
        changed.max_message_size = wanted.max_message_size;
        changed.max_messages_per_subject = wanted.max_messages_per_subject;
        changed.duplicate_window = wanted.duplicate_window;
        changed.discard = wanted.discard;
        changed.num_replicas = wanted.num_replicas;
        changed.allow_direct = wanted.allow_direct;
        changed.allow_rollup = wanted.allow_rollup;
        changed.description.clone_from(&wanted.description);
    }
    Ok((changed != *is).then_some(changed))
}

async fn make_consumer(
    jetstream: &jetstream::Context,
    settings: &NatsSettings,
    work: Work,
    lane: Lane,
    existing: Existing,
) -> Result<(), ProvisionError> {
    let name = consumer(work, lane);
    let refused = |source| ProvisionError::Refused {
        what: format!("consumer {name} of stream {}", work.stream()),
        source,
    };
    let mut wanted = pull::Config {
        durable_name: Some(name.clone()),
        filter_subjects: lane_subjects(work, lane),
        ack_policy: AckPolicy::Explicit,
        ack_wait: settings.ack_wait,
        // A limit would leave jobs behind in the stream where nobody sees them; starts are counted instead.
        max_deliver: -1,
        max_ack_pending: settings.max_ack_pending,
        max_waiting: PULLS_WAITING_MAX,
        ..Default::default()
    };
    let stream = jetstream.get_stream_no_info(work.stream()).await.map_err(|error| refused(error.into()))?;
    if existing == Existing::Leave {
        let made = stream.get_or_create_consumer(&name, wanted).await;
        return made.map(drop).map_err(|error| refused(error.into()));
    }
    // To provision a lane that somebody paused doesn't resume it.
    if let Ok(is) = stream.consumer_info(&name).await {
        wanted.pause_until = is.config.pause_until;
    }
    stream.create_consumer(wanted).await.map(drop).map_err(|error| refused(error.into()))
}

fn what(wanted: &Config) -> String {
    format!("stream {}", wanted.name)
}

fn refused(wanted: &Config, source: async_nats::Error) -> ProvisionError {
    let what = what(wanted);
    match Cause::of(&*source) {
        Some(Cause::NobodyListens | Cause::Code(ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT)) => {
            ProvisionError::NoJetStream
        }
        Some(Cause::Code(ErrorCode::STORAGE_RESOURCES_EXCEEDED | ErrorCode::INSUFFICIENT_RESOURCES)) => {
            ProvisionError::DoesNotFit { what, bytes: wanted.max_bytes, source }
        }
        Some(Cause::Code(ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED | ErrorCode::CLUSTER_NO_PEERS)) => {
            ProvisionError::Replicas { what, replicas: wanted.num_replicas, source }
        }
        Some(Cause::Code(_)) | None => ProvisionError::Refused { what, source },
    }
}
