//! Reading PDFs in processes of their own, so that no document can hurt another.
//!
//! The processor's job and `docmill inspect` call [`Readers`]; each call takes one child of the pool, and a child
//! that dies, hangs or passes its limits costs its own document an error and nobody else anything. The parser never
//! runs in the calling process itself. A program that uses this hands itself over to [`child::run`] where its first
//! argument is [`child::ARGUMENT`].

pub mod child;
mod confinement;
mod pool;
pub mod protocol;

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use docmill_contract::pages::PageSelection;
use docmill_pdf::{Document, Facts, ImageFormat, Limits, PageImage, ReadError};

use pool::Pool;
use protocol::{Reply, Request, Task};

/// Address space of a child where nobody says otherwise, of which one that reads ordinary documents touches a twentieth.
pub const MEMORY_BYTES_MAX_DEFAULT: u64 = 2 * 1024 * 1024 * 1024;

/// How reading is bounded.
#[derive(Debug, Clone)]
pub struct ReaderSettings {
    /// Children that may read at once.
    pub readers: NonZeroUsize,
    /// Address space of one child, in bytes.
    pub memory_bytes_max: u64,
    /// Documents one child reads before it is replaced, so that what a parser leaks doesn't add up.
    pub documents_per_child: u32,
    /// A font to draw text with that brings none of its own; each child reads it when it starts.
    pub fallback_font: Option<PathBuf>,
    /// What the parser refuses; their time is kept here.
    pub limits: Limits,
}

impl ReaderSettings {
    /// For a program of a person's that looks at one document after the other: one child, which is kept, with the
    /// limits that workers have by default.
    pub fn of_one(fallback_font: Option<PathBuf>) -> Self {
        Self {
            readers: NonZeroUsize::MIN,
            memory_bytes_max: MEMORY_BYTES_MAX_DEFAULT,
            documents_per_child: u32::MAX,
            fallback_font,
            limits: Limits::default(),
        }
    }
}

/// Why a document could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// The parser refused it.
    #[error(transparent)]
    Refused(ReadError),
    /// It took too long; the child was killed.
    #[error("reading took longer than {seconds} s and was stopped")]
    TimedOut {
        /// The limit.
        seconds: u64,
    },
    /// It needed more memory than a child may use.
    #[error("reading needed more than {bytes_max} bytes of memory and was stopped")]
    OutOfMemory {
        /// The limit.
        bytes_max: u64,
    },
    /// It needed more stack than a child has, or the parser touched memory that isn't there, which looks the same.
    #[error(
        "reading needed more than the {bytes_max} bytes of stack that a reading process has, and was stopped"
    )]
    OutOfStack {
        /// The limit.
        bytes_max: u64,
    },
    /// The child died of it.
    #[error("the reading process died: {how}")]
    Died {
        /// By which signal or with which exit code.
        how: String,
    },
    /// No child could be started or talked to; not the document's fault.
    #[error("no reading process could be used")]
    Unavailable(#[source] io::Error),
}

/// The pool of reading children.
#[derive(Debug, Clone)]
pub struct Readers {
    pool: Arc<Pool>,
    settings: Arc<ReaderSettings>,
}

impl Readers {
    /// A pool whose children are started when they are needed, from the binary `program`.
    pub fn new(program: PathBuf, settings: ReaderSettings) -> Self {
        let settings = Arc::new(settings);
        Self { pool: Arc::new(Pool::new(program, Arc::clone(&settings))), settings }
    }

    /// Reads the selected pages.
    ///
    /// # Errors
    /// [`ReaderError`]; all but `Unavailable` are the document's own.
    pub async fn read(
        &self,
        bytes: Bytes,
        password: Option<String>,
        pages: PageSelection,
    ) -> Result<Document, ReaderError> {
        match self.ask(bytes, password, Task::Read(pages)).await? {
            Reply::Document(document) => Ok(*document),
            Reply::Refused(error) => Err(ReaderError::Refused(error)),
            Reply::Inspection(..) | Reply::Images(_) => Err(something_else()),
        }
    }

    /// Reads the selected pages, and what the file says about itself: an error of its own where only that can't be
    /// found.
    ///
    /// # Errors
    /// [`ReaderError`]; all but `Unavailable` are the document's own.
    pub async fn inspect(
        &self,
        bytes: Bytes,
        password: Option<String>,
        pages: PageSelection,
    ) -> Result<(Document, Result<Facts, ReadError>), ReaderError> {
        match self.ask(bytes, password, Task::Inspect(pages)).await? {
            Reply::Inspection(document, facts) => Ok((*document, facts.map(|facts| *facts))),
            Reply::Refused(error) => Err(ReaderError::Refused(error)),
            Reply::Document(_) | Reply::Images(_) => Err(something_else()),
        }
    }

    /// Draws pages (numbers from 1) in `format`, or where that is none, each as JPEG where that is several times smaller.
    ///
    /// # Errors
    /// [`ReaderError`]; all but `Unavailable` are the document's own.
    pub async fn render(
        &self,
        bytes: Bytes,
        password: Option<String>,
        pages: Vec<u32>,
        longest_side_pixels: u32,
        format: Option<ImageFormat>,
    ) -> Result<Vec<PageImage>, ReaderError> {
        match self.ask(bytes, password, Task::Render { pages, longest_side_pixels, format }).await? {
            Reply::Images(images) => Ok(images),
            Reply::Refused(error) => Err(ReaderError::Refused(error)),
            Reply::Document(_) | Reply::Inspection(..) => Err(something_else()),
        }
    }

    /// Ends the children that are idle and waits for them, so that what they used is accounted to this process.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn ask(&self, bytes: Bytes, password: Option<String>, task: Task) -> Result<Reply, ReaderError> {
        let (found, bytes_max) = (bytes.len(), self.settings.limits.document_bytes_max);
        // What would be refused need not be sent.
        let file_bytes = u32::try_from(found).ok().filter(|&found| u64::from(found) <= bytes_max);
        let Some(file_bytes) = file_bytes else {
            let bytes = u64::try_from(found).unwrap_or(u64::MAX);
            return Err(ReaderError::Refused(ReadError::TooLarge { bytes, bytes_max }));
        };
        let request = Request {
            file_bytes,
            password,
            limits: self.settings.limits.clone(),
            cpu_seconds_max: self.settings.limits.time_max.as_secs(),
            task,
        };
        self.pool.ask(request, bytes).await
    }
}

/// A child that answers another question than it was asked has lost its mind to the document.
fn something_else() -> ReaderError {
    ReaderError::Died { how: "it answered something else".to_owned() }
}
