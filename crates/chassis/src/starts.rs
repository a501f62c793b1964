//! How often each job was started without an end, in the KV bucket `docmill-starts`.
//!
//! Called by the pull loop around each job. A start whose worker is lost stays counted, so a document that kills
//! its worker is met by its third start alone and then fails; a hand-back takes its count back. The server's own
//! delivery count can't be used: hand-backs raise it, and a killed server may forget it.
//!
//! An entry is the count and, behind a space, which start made it so: a write without an answer is told from another's.

use std::hash::{BuildHasher as _, RandomState};

use async_nats::jetstream;
use async_nats::jetstream::kv::{CreateErrorKind, Operation, Store, UpdateErrorKind};
use docmill_contract::names::{BUCKET_STARTS, Work};
use tokio::sync::OnceCell;

use crate::stores::StoreError;

/// How often a count is tried again after another worker changed it at the same moment, or NATS didn't answer.
const CONFLICTS_MAX: usize = 8;

/// How often of these NATS may have given no answer: with its patience for each, about as long as a server takes to be back.
const SILENCES_MAX: usize = 3;

/// Why a start could not be counted. The job is given back: without its count it must not run.
#[derive(Debug, thiserror::Error)]
pub enum StartsError {
    /// The bucket isn't there, or NATS doesn't answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Others kept changing it.
    #[error("the starts of job {0} kept changing while they were written")]
    Conflict(u64),
}

/// The starts of one worker's jobs.
#[derive(Debug)]
pub struct Starts {
    work: Work,
    jetstream: jetstream::Context,
    bucket: OnceCell<Store>,
}

/// One start of a job: counted once, however often it is tried.
#[derive(Debug)]
pub struct Start(String);

impl Start {
    /// Another one than any before.
    pub fn new(sequence: u64) -> Self {
        // A RandomState is seeded by the system.
        Self(format!("{:016x}", RandomState::new().hash_one(sequence)))
    }
}

/// A count as it was read, and what a change of it must find.
#[derive(Debug)]
pub struct Counted {
    starts: u32,
    /// Which start made it so; empty where one was taken back.
    by: String,
    /// The revision of the entry or of the mark of its deletion; `None` if the key never was there.
    revision: Option<u64>,
}

impl Counted {
    /// How many there were.
    pub fn starts(&self) -> u32 {
        self.starts
    }
}

impl Starts {
    /// Counts for `work`. Nothing is opened yet.
    pub fn new(work: Work, jetstream: jetstream::Context) -> Self {
        Self { work, jetstream, bucket: OnceCell::new() }
    }

    /// Looks whether the bucket is there.
    ///
    /// # Errors
    /// If it is absent or NATS doesn't answer.
    pub async fn open(&self) -> Result<(), StartsError> {
        self.bucket().await.map(drop)
    }

    /// Starts of the job at `sequence` so far.
    ///
    /// # Errors
    /// If the bucket is absent or NATS doesn't answer.
    pub async fn count(&self, sequence: u64) -> Result<u32, StartsError> {
        Ok(self.read(sequence).await?.starts)
    }

    /// As [`Starts::count`], to begin from.
    ///
    /// # Errors
    /// As [`Starts::count`].
    pub async fn look(&self, sequence: u64) -> Result<Counted, StartsError> {
        self.read(sequence).await
    }

    /// As [`Starts::begin`], which doesn't read again what was looked at, unless it has changed since.
    ///
    /// # Errors
    /// As [`Starts::begin`].
    pub async fn begin_from(
        &self,
        counted: &Counted,
        sequence: u64,
        start: &Start,
    ) -> Result<u32, StartsError> {
        let starts = counted.starts.saturating_add(1);
        match self.write(sequence, starts, &start.0, counted.revision).await {
            Ok(true) => Ok(starts),
            // Changed by another, or written without an answer: both are seen by reading.
            Ok(false)
            | Err(StartsError::Store(StoreError::Unavailable { .. } | StoreError::Unconfirmed { .. })) => {
                self.begin(sequence, start).await
            }
            Err(error) => Err(error),
        }
    }

    /// Counts a start and returns its number, from 1. Counted before, it has the number it had: an answer that didn't come
    /// counts nothing twice.
    ///
    /// # Errors
    /// If the bucket is absent, NATS doesn't answer, or the count keeps changing. Whether it was counted is open then: see
    /// [`Starts::undo`].
    pub async fn begin(&self, sequence: u64, start: &Start) -> Result<u32, StartsError> {
        let mut silences = 0;
        for _ in 0..CONFLICTS_MAX {
            match self.begun(sequence, start).await {
                Ok(Some(starts)) => return Ok(starts),
                Ok(None) => {}
                Err(StartsError::Store(
                    error @ (StoreError::Unavailable { .. } | StoreError::Unconfirmed { .. }),
                )) if silences < SILENCES_MAX => {
                    silences += 1;
                    tracing::warn!(%error, "the job can't begin: trying again");
                }
                Err(error) => return Err(error),
            }
        }
        Err(StartsError::Conflict(sequence))
    }

    /// The start's number; none if another worker changed the count meanwhile.
    async fn begun(&self, sequence: u64, start: &Start) -> Result<Option<u32>, StartsError> {
        let counted = self.read(sequence).await?;
        if counted.by == start.0 {
            return Ok(Some(counted.starts));
        }
        let starts = counted.starts.saturating_add(1);
        let written = self.write(sequence, starts, &start.0, counted.revision).await?;
        Ok(written.then_some(starts))
    }

    /// Takes a start back of which it is open whether it was counted.
    ///
    /// # Errors
    /// As [`Starts::take_back`].
    pub async fn undo(&self, sequence: u64, start: &Start) -> Result<(), StartsError> {
        if self.read(sequence).await?.by == start.0 { self.take_back(sequence).await } else { Ok(()) }
    }

    /// Takes one start back.
    ///
    /// # Errors
    /// If the bucket is absent, NATS doesn't answer, or the count keeps changing.
    pub async fn take_back(&self, sequence: u64) -> Result<(), StartsError> {
        for _ in 0..CONFLICTS_MAX {
            let counted = self.read(sequence).await?;
            let Some(fewer) = counted.starts.checked_sub(1) else { return Ok(()) };
            if self.write(sequence, fewer, "", counted.revision).await? {
                return Ok(());
            }
        }
        Err(StartsError::Conflict(sequence))
    }

    /// Forgets a job that ended.
    ///
    /// # Errors
    /// If the bucket is absent or NATS doesn't answer. The bucket forgets by age too, so that may be ignored.
    pub async fn forget(&self, sequence: u64) -> Result<(), StartsError> {
        let deleted = self.bucket().await?.delete(self.key(sequence)).await;
        deleted.map_err(|error| self.not_written(sequence, error))
    }

    async fn read(&self, sequence: u64) -> Result<Counted, StartsError> {
        let entry = self.bucket().await?.entry(self.key(sequence)).await;
        let entry = entry.map_err(|error| StoreError::of(self.what(sequence), error))?;
        let Some(entry) = entry else { return Ok(Counted { starts: 0, by: String::new(), revision: None }) };
        let text = match entry.operation {
            Operation::Put => std::str::from_utf8(&entry.value).unwrap_or_default(),
            Operation::Delete | Operation::Purge => "",
        };
        let (starts, by) = text.split_once(' ').unwrap_or((text, ""));
        // What isn't a number was not written by docmill; it is overwritten.
        let starts = starts.parse().unwrap_or(0);
        Ok(Counted { starts, by: by.to_owned(), revision: Some(entry.revision) })
    }

    /// Writes a count if it is still as it was read; `false` if it isn't.
    async fn write(
        &self,
        sequence: u64,
        starts: u32,
        by: &str,
        revision: Option<u64>,
    ) -> Result<bool, StartsError> {
        let value = if by.is_empty() { starts.to_string() } else { format!("{starts} {by}") };
        let (bucket, key) = (self.bucket().await?, self.key(sequence));
        match revision {
            None => match bucket.create(key, value.into()).await {
                Ok(_) => Ok(true),
                Err(error) if error.kind() == CreateErrorKind::AlreadyExists => Ok(false),
                Err(error) => Err(self.not_written(sequence, error)),
            },
            Some(revision) => match bucket.update(key, value.into(), revision).await {
                Ok(_) => Ok(true),
                Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => Ok(false),
                Err(error) => Err(self.not_written(sequence, error)),
            },
        }
    }

    async fn bucket(&self) -> Result<&Store, StartsError> {
        let open = || async { self.jetstream.get_key_value(BUCKET_STARTS).await };
        self.bucket
            .get_or_try_init(open)
            .await
            .map_err(|error| StoreError::of(format!("bucket {BUCKET_STARTS}"), error).into())
    }

    fn not_written(&self, sequence: u64, error: impl Into<async_nats::Error>) -> StartsError {
        StoreError::of_write(self.what(sequence), error).into()
    }

    fn what(&self, sequence: u64) -> String {
        format!("key {:?} of bucket {BUCKET_STARTS}", self.key(sequence))
    }

    fn key(&self, sequence: u64) -> String {
        format!("{}.{sequence}", self.work.as_str())
    }
}
