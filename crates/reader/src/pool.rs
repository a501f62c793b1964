//! The children themselves: started when needed, used one document at a time, replaced after a fault.
//!
//! Called by [`crate::Readers`] alone. The wall clock is held here; processor time and memory are limits that a
//! child sets on itself.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Buf, Bytes};
use rustix::process::Signal;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::protocol::{BUFFER_BYTES_MAX, FRAME_BYTES_MAX, Hello, LENGTH_BYTES, Reply, Request, write_frame};
use crate::{ReaderError, ReaderSettings, child};

/// How long a child that closed its pipe may take to exit before it is killed.
const EXIT_TIME_MAX: Duration = Duration::from_secs(5);

/// What a pipe holds at once, and most replies fit into.
const PIPE_BYTES: usize = 64 * 1024;

/// The exit code of a Rust program whose main thread panicked.
const PANICKED: i32 = 101;

#[derive(Debug)]
pub(crate) struct Pool {
    program: PathBuf,
    settings: Arc<ReaderSettings>,
    slots: Semaphore,
    idle: Mutex<Vec<ReadingChild>>,
    /// Whether the log has been told what children couldn't give up or read: all say the same.
    has_told: AtomicBool,
}

/// A child between two documents.
#[derive(Debug)]
struct ReadingChild {
    // Killed when dropped: a child is either in the pool, or in the one call that uses it.
    process: Child,
    input: ChildStdin,
    output: ChildStdout,
    /// What was received; its room is used again.
    received: Vec<u8>,
    documents_left: u32,
}

impl Pool {
    pub(crate) fn new(program: PathBuf, settings: Arc<ReaderSettings>) -> Self {
        let slots = Semaphore::new(settings.readers.get());
        Self { program, settings, slots, idle: Mutex::new(Vec::new()), has_told: AtomicBool::new(false) }
    }

    /// Sends one document to one child and waits for the answer, for at most the time a document may take.
    pub(crate) async fn ask(&self, request: Request, file: Bytes) -> Result<Reply, ReaderError> {
        let mut frame = Vec::new();
        write_frame(&mut frame, &request).map_err(ReaderError::Unavailable)?;
        let Ok(_slot) = self.slots.acquire().await else {
            return Err(ReaderError::Unavailable(io::Error::other("the pool is closed")));
        };
        // One deadline for all rounds: a document that kills an idle child slowly gets no second time.
        let deadline = Instant::now() + self.settings.limits.time_max;
        // Ends: every round either returns or uses up an idle child, and none is put back here.
        loop {
            let (mut child, is_fresh) = self.take().map_err(ReaderError::Unavailable)?;
            let exchange = async {
                if is_fresh {
                    self.tell_once(&child.receive::<Hello>().await?);
                }
                child.exchange(&frame, &file).await
            };
            match tokio::time::timeout_at(deadline, exchange).await {
                Ok(Ok(reply)) => {
                    self.put_back(child);
                    return Ok(reply);
                }
                // An idle child may have been killed from outside meanwhile: only a fresh one proves that it is
                // this document that it died of.
                Ok(Err(_)) if !is_fresh => continue,
                Ok(Err(_)) => return Err(self.how_it_died(&mut child.process).await),
                Err(_elapsed) => {
                    return Err(ReaderError::TimedOut { seconds: self.settings.limits.time_max.as_secs() });
                }
            }
        }
    }

    /// Closes the pipes of idle children, which ends them, and waits for that.
    pub(crate) async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for ReadingChild { mut process, input, output, .. } in idle {
            drop((input, output));
            // One that doesn't end is killed when `process` is dropped.
            drop(tokio::time::timeout(EXIT_TIME_MAX, process.wait()).await);
        }
    }

    fn take(&self) -> io::Result<(ReadingChild, bool)> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(child) => Ok((child, false)),
            None => self.start().map(|child| (child, true)),
        }
    }

    fn put_back(&self, mut child: ReadingChild) {
        child.documents_left = child.documents_left.saturating_sub(1);
        if child.documents_left > 0 {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(child);
        }
    }

    fn start(&self) -> io::Result<ReadingChild> {
        let mut process = Command::new(&self.program)
            .arg(child::ARGUMENT)
            .arg(self.settings.memory_bytes_max.to_string())
            .args(&self.settings.fallback_font)
            // Nothing of the worker's environment, its secrets above all, is a parser's business.
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What a parser prints may quote the document, so it must not reach the logs.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(io::Error::other("the reading process has no pipes"));
        };
        let received = Vec::with_capacity(PIPE_BYTES);
        Ok(ReadingChild {
            process,
            input,
            output,
            received,
            documents_left: self.settings.documents_per_child,
        })
    }

    fn tell_once(&self, Hello { not_confined, font_unreadable }: &Hello) {
        let all_is_well = not_confined.is_empty() && font_unreadable.is_none();
        if all_is_well || self.has_told.swap(true, Ordering::Relaxed) {
            return;
        }
        if !not_confined.is_empty() {
            tracing::warn!(
                ?not_confined,
                "reading processes could not give up everything: allow seccomp and landlock in the pod's profile"
            );
        }
        if let Some(reason) = font_unreadable {
            tracing::warn!(reason, "reading processes draw without the fallback font, which they can't read");
        }
    }

    /// The error of a child that closed its pipe: by its exit status, which tells which limit it passed.
    async fn how_it_died(&self, process: &mut Child) -> ReaderError {
        match tokio::time::timeout(EXIT_TIME_MAX, process.wait()).await {
            Ok(Ok(status)) => self.by_status(status),
            Ok(Err(error)) => ReaderError::Unavailable(error),
            Err(_elapsed) => ReaderError::Died { how: "it stopped answering".to_owned() },
        }
    }

    fn by_status(&self, status: ExitStatus) -> ReaderError {
        let signal = status.signal();
        if signal == Some(Signal::XCPU.as_raw()) {
            return ReaderError::TimedOut { seconds: self.settings.limits.time_max.as_secs() };
        }
        // Rust aborts when memory can't be had. Another abort would be reported as memory too; there is none to be
        // expected, since panics unwind, and what runs out of stack dies of another signal.
        if signal == Some(Signal::ABORT.as_raw()) {
            return ReaderError::OutOfMemory { bytes_max: self.settings.memory_bytes_max };
        }
        if signal == Some(Signal::SEGV.as_raw()) {
            return ReaderError::OutOfStack { bytes_max: child::STACK_BYTES_MAX };
        }
        if status.code() == Some(PANICKED) {
            return ReaderError::Died { how: "the parser panicked".to_owned() };
        }
        ReaderError::Died { how: status.to_string() }
    }
}

impl ReadingChild {
    /// As few system calls as can be: each wakes the child or this process, which costs more than what it moves.
    async fn exchange(&mut self, frame: &[u8], file: &[u8]) -> io::Result<Reply> {
        self.input.write_all_buf(&mut Buf::chain(frame, file)).await?;
        self.receive().await
    }

    async fn receive<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        self.received.clear();
        self.received.shrink_to(BUFFER_BYTES_MAX);
        self.received_at_least(LENGTH_BYTES).await?;
        let length = self.received.first_chunk().copied().map(u32::from_le_bytes).unwrap_or_default();
        if length > FRAME_BYTES_MAX {
            return Err(io::Error::other("the message is larger than a message may be"));
        }
        let length = usize::try_from(length).map_err(io::Error::other)?;
        self.received_at_least(LENGTH_BYTES.saturating_add(length)).await?;
        let body = self.received.split_at_checked(LENGTH_BYTES).map(|(_, body)| body);
        let body = body.filter(|body| body.len() == length);
        let body = body.ok_or_else(|| io::Error::other("there is more than one message"))?;
        postcard::from_bytes(body).map_err(io::Error::other)
    }

    /// Receives until there are so many bytes.
    async fn received_at_least(&mut self, bytes: usize) -> io::Result<()> {
        // A child gone wild may announce what it never sends: memory that isn't written to isn't used.
        self.received.reserve(bytes.saturating_sub(self.received.len()));
        while self.received.len() < bytes {
            if self.output.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }
}
