//! Why an analysis could not be made, and what becomes of its job: decided here, once.

use std::time::Duration;

use docmill_analysis::ReportError;
use docmill_chassis::cpu::CpuError;
use docmill_chassis::stores::StoreError;
use docmill_contract::failure::FailureCode;

/// Why an analysis could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AnalyseError {
    /// The message isn't a job.
    #[error(transparent)]
    Job(#[from] docmill_contract::job::JobError),
    /// The subject and the body name different collections.
    #[error(
        "the subject's collection is {subject:?} and the body's is {body:?}: make them agree, or leave out the body's"
    )]
    CollectionMismatch {
        /// In the subject.
        subject: String,
        /// In the body.
        body: String,
    },
    /// New outcomes still come in.
    #[error("new outcomes still come in")]
    NotQuietYet {
        /// When to look again.
        again_in: Duration,
    },
    /// No report can be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Others keep writing the same analysis.
    #[error("other workers keep writing the same analysis")]
    Contended,
    /// A store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// CPU work panicked or was given up.
    #[error(transparent)]
    Cpu(#[from] CpuError),
    /// The worker stops before the job is done.
    #[error("the worker stops")]
    Stopping,
}

/// What becomes of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A dead letter with this code.
    Fails(FailureCode),
    /// The job is handed back and comes again. `None` grows with its deliveries.
    HandBack(Option<Duration>),
    /// As that, and no job would fare better: a store takes nothing.
    Blocked,
}

impl AnalyseError {
    /// What becomes of the job.
    pub fn fate(&self) -> Fate {
        match self {
            Self::Job(docmill_contract::job::JobError::NotJson { .. }) => {
                Fate::Fails(FailureCode::JobNotJson)
            }
            Self::Job(docmill_contract::job::JobError::Invalid { .. }) => {
                Fate::Fails(FailureCode::JobInvalid)
            }
            Self::CollectionMismatch { .. } => Fate::Fails(FailureCode::CollectionMismatch),
            Self::NotQuietYet { again_in } => Fate::HandBack(Some(*again_in)),
            // Excerpts were just made anew and don't fit: another try would do the same.
            Self::Report(ReportError::Stale { .. }) => Fate::Fails(FailureCode::Internal),
            Self::Report(ReportError::TooMany(_)) => Fate::Fails(FailureCode::OutcomeTooLarge),
            Self::Store(StoreError::TooLarge { .. }) => Fate::Fails(FailureCode::OutcomeTooLarge),
            Self::Store(StoreError::Unreadable { .. }) | Self::Cpu(CpuError::Panicked) => {
                Fate::Fails(FailureCode::Internal)
            }
            Self::Store(
                StoreError::NotProvisioned { .. }
                | StoreError::Full { .. }
                | StoreError::Unwritten { .. }
                | StoreError::Unconfirmed { .. },
            ) => Fate::Blocked,
            Self::Store(StoreError::NotFound { .. } | StoreError::Unavailable { .. })
            | Self::Contended
            | Self::Cpu(CpuError::Cancelled)
            | Self::Stopping => Fate::HandBack(None),
        }
    }
}
