//! The programs that `docmill run` starts: each ends when docmill ends, however docmill ends.
//!
//! Called by `run` alone. Three nets, one below the other: [`Children::stop`] asks all of them to end and waits;
//! dropping them kills them; and each was started through `docmill child`, which asks the system to end it
//! should docmill itself be killed. They live in process groups of their own, so that Ctrl-C on a terminal
//! reaches docmill alone, which then ends them in order.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;

use crate::error::CliError;

/// How long children may take to end after SIGTERM before they are killed.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// How often it is asked whether all children are alive.
const LOOK_AFTER: Duration = Duration::from_millis(100);

/// How much of a log is read for the error of a child that ended.
const LOG_TAIL_BYTES: u64 = 16 * 1024;

/// How many of its last lines are shown.
const LOG_TAIL_LINES: usize = 8;

/// Why a child can't do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChildError {
    /// It isn't where it should be.
    #[error("{} is missing: it belongs beside the program docmill, so build or install all of docmill's programs", program.display())]
    Missing {
        /// The program.
        program: PathBuf,
    },
    /// It can't be started.
    #[error("{} can't be started", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It ended by itself.
    #[error("{name} ended by itself ({status}); the end of {}:\n{tail}", log.display())]
    Ended {
        /// Which child.
        name: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// Its log.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
    /// It runs but doesn't say that it is ready.
    #[error("{name} was not ready within {seconds} seconds; see {}", log.display())]
    NotReady {
        /// Which child.
        name: &'static str,
        /// How long it was waited for.
        seconds: u64,
        /// Its log.
        log: PathBuf,
    },
}

/// What to start.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    /// The name in messages, and of the log.
    pub(crate) name: &'static str,
    /// The program.
    pub(crate) program: &'a Path,
    /// Its arguments.
    pub(crate) arguments: Vec<OsString>,
    /// Whether it gets our own environment, in which there may be secrets: workers alone, whose settings are there.
    pub(crate) inherits: bool,
    /// Settings on top of that; `None` takes a variable away.
    pub(crate) environment: Vec<(&'static str, Option<OsString>)>,
    /// What it gets as standard input; nothing where absent.
    pub(crate) input: Option<Stdio>,
}

/// A running child.
#[derive(Debug)]
struct Child {
    name: &'static str,
    process: tokio::process::Child,
    log: PathBuf,
}

/// The running children, in the order they were started.
#[derive(Debug)]
pub(crate) struct Children {
    running: Vec<Child>,
    logs: PathBuf,
    /// The program whose `child` command starts them; absent in tests, whose own program has no such command.
    launcher: Option<PathBuf>,
}

impl Children {
    /// No children yet; their logs go to `logs`.
    pub(crate) fn new(logs: PathBuf, launcher: Option<PathBuf>) -> Self {
        Self { running: Vec::new(), logs, launcher }
    }

    /// Starts a program; its output goes to `<logs>/<name>.log`. Returns its process id.
    ///
    /// # Errors
    /// [`ChildError::Missing`] and [`ChildError::Start`].
    pub(crate) fn start(&mut self, start: Start<'_>) -> Result<u32, ChildError> {
        let program = start.program;
        if !program.is_file() {
            return Err(ChildError::Missing { program: program.to_owned() });
        }
        let failed = |source| ChildError::Start { program: program.to_owned(), source };
        let log = self.log(start.name);
        let output = File::create(&log).map_err(failed)?;
        let mut command = match &self.launcher {
            Some(launcher) => {
                let mut command = Command::new(launcher);
                command.args([OsStr::new("child"), OsStr::new("--parent")]);
                command.arg(std::process::id().to_string()).arg("--").arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args(&start.arguments);
        if !start.inherits {
            command.env_clear();
        }
        for (key, value) in &start.environment {
            match value {
                Some(value) => command.env(key, value),
                None => command.env_remove(key),
            };
        }
        command
            .stdin(start.input.unwrap_or_else(Stdio::null))
            .stdout(output.try_clone().map_err(failed)?)
            .stderr(output)
            .process_group(0)
            .kill_on_drop(true);
        let process = command.spawn().map_err(failed)?;
        let id = process.id().unwrap_or_default();
        self.running.push(Child { name: start.name, process, log });
        Ok(id)
    }

    /// Where the log of the child of this name is.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }

    /// Fails if a child has ended.
    ///
    /// # Errors
    /// [`ChildError::Ended`] with the last lines of its log.
    pub(crate) fn check(&mut self) -> Result<(), ChildError> {
        for child in &mut self.running {
            // An error here means that the process can't be asked after; then it hasn't been seen to end.
            if let Ok(Some(status)) = child.process.try_wait() {
                let tail = last_lines(&child.log);
                return Err(ChildError::Ended { name: child.name, status, log: child.log.clone(), tail });
            }
        }
        Ok(())
    }

    /// Does `work`, unless a child ends meanwhile.
    ///
    /// # Errors
    /// Those of `work`, and [`ChildError::Ended`].
    pub(crate) async fn attended<T>(
        &mut self,
        work: impl Future<Output = Result<T, CliError>>,
    ) -> Result<T, CliError> {
        let mut look = tokio::time::interval(LOOK_AFTER);
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = look.tick() => self.check()?,
            }
        }
    }

    /// Waits until `ready` finds what shows that the child `name` is ready, asking every few milliseconds: there
    /// is nothing to wait *for*, since the child writes a file.
    ///
    /// # Errors
    /// [`ChildError::Ended`] if any child ends meanwhile, [`ChildError::NotReady`] after `patience`.
    pub(crate) async fn wait_for<T>(
        &mut self,
        name: &'static str,
        patience: Duration,
        mut ready: impl FnMut() -> Option<T>,
    ) -> Result<T, ChildError> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            if let Some(found) = ready() {
                return Ok(found);
            }
            self.check()?;
            if tokio::time::Instant::now() >= deadline {
                return Err(ChildError::NotReady { name, seconds: patience.as_secs(), log: self.log(name) });
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends all children but the first `kept` ones: SIGTERM to all at once, SIGKILL to those that are still there
    /// after ten seconds.
    pub(crate) async fn stop_all_but_first(&mut self, kept: usize) {
        let mut stopping = self.running.split_off(kept.min(self.running.len()));
        for child in &stopping {
            let id = child.process.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
            if let Some(id) = id {
                // It may have ended between the question and the signal; then there is nothing to do.
                kill_process(id, Signal::TERM).unwrap_or_default();
            }
        }
        let deadline = tokio::time::Instant::now() + STOP_PATIENCE;
        for child in &mut stopping {
            if tokio::time::timeout_at(deadline, child.process.wait()).await.is_err() {
                // `kill` waits, too; an error means that it is gone already.
                child.process.kill().await.unwrap_or_default();
            }
        }
    }
}

/// The last lines of a log, indented.
fn last_lines(log: &Path) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.take(LOG_TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = read().unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.len().saturating_sub(LOG_TAIL_LINES);
    let tail: Vec<String> = lines.iter().skip(first).map(|line| format!("  {line}")).collect();
    if tail.is_empty() { "  (nothing was logged)".to_owned() } else { tail.join("\n") }
}

#[cfg(test)]
mod tests;
