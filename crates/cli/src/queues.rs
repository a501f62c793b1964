//! The work queues seen from outside: how deep each lane is, and whether a certain job is still in one.
//!
//! Called by `status`, `analyse` and `submit`. It only looks; publishing is the chassis's.

use async_nats::jetstream::context::ConsumerInfoErrorKind;
use async_nats::jetstream::stream::LastRawMessageErrorKind;
use docmill_contract::names::{self, Lane, Work};
use serde::Serialize;

use crate::error::CliError;
use crate::pause;
use crate::session::Session;

/// One lane's depth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Depth {
    /// `process` or `analyse`.
    pub(crate) work: &'static str,
    /// The lane.
    pub(crate) lane: Lane,
    /// Jobs that nobody has begun.
    pub(crate) waiting: u64,
    /// Jobs that a worker has.
    pub(crate) in_progress: u64,
    /// Until when none is given out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) paused_until: Option<String>,
}

/// The depth of every lane that is provisioned.
///
/// # Errors
/// If NATS refuses, or nothing is provisioned.
pub(crate) async fn depths(session: &Session) -> Result<Vec<Depth>, CliError> {
    let mut depths = Vec::new();
    for work in Work::ALL {
        let stream = session.nats.jetstream.get_stream_no_info(work.stream()).await;
        let stream = stream.map_err(|error| CliError::nats(format!("look at {}", work.stream()), error))?;
        for lane in Lane::ALL {
            match stream.consumer_info(names::consumer(work, lane)).await {
                Ok(info) => depths.push(Depth {
                    work: work.as_str(),
                    lane,
                    waiting: info.num_pending,
                    in_progress: u64::try_from(info.num_ack_pending).unwrap_or_default(),
                    paused_until: pause::paused_until(&info),
                }),
                // A lane that isn't provisioned has no depth.
                Err(error)
                    if matches!(
                        error.kind(),
                        ConsumerInfoErrorKind::NotFound | ConsumerInfoErrorKind::StreamNotFound
                    ) => {}
                Err(error) => {
                    return Err(CliError::nats(format!("look at {}", names::consumer(work, lane)), error));
                }
            }
        }
    }
    if depths.is_empty() {
        return Err(CliError::Failed(format!(
            "nothing is provisioned at {}: run `docmill provision`",
            session.settings.url
        )));
    }
    Ok(depths)
}

/// Whether the job at `sequence` still waits or is being worked on: a finished job leaves its queue.
///
/// # Errors
/// If NATS refuses.
pub(crate) async fn holds(session: &Session, work: Work, sequence: u64) -> Result<bool, CliError> {
    let stream = session.nats.jetstream.get_stream_no_info(work.stream()).await;
    let stream = stream.map_err(|error| CliError::nats(format!("look at {}", work.stream()), error))?;
    match stream.get_raw_message(sequence).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => Ok(false),
        Err(error) => Err(CliError::nats(format!("look for job {sequence} in {}", work.stream()), error)),
    }
}
