//! Why a command didn't do what it was asked, and the exit code that says so to scripts.
//!
//! Made by every command, printed once by `main`. A message says what failed, on what, and what to do; causes
//! are chained by `source` and never repeated in a message.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use docmill_chassis::config::{EXIT_WRONG_CONFIGURATION, Problems};

use crate::print::PrintError;
use crate::run::children::ChildError;
use crate::run::inputs::InputsError;
use crate::run::nats_server::NatsServerError;

/// A cause that is only ever shown.
pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The options contradict each other, or name something that isn't there.
    #[error("{0}")]
    Usage(String),
    /// The settings can't work.
    #[error("{0}")]
    Configuration(Problems),
    /// The paths can't be used.
    #[error(transparent)]
    Inputs(#[from] InputsError),
    /// There is no NATS server to run with.
    #[error(transparent)]
    NatsServer(#[from] NatsServerError),
    /// A program that was started doesn't do its work.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// NATS didn't do what was asked.
    #[error("failed to {action}")]
    Nats {
        /// What was asked: the message goes "failed to …".
        action: String,
        /// Why not.
        source: Cause,
    },
    /// A file can't be read or written.
    #[error("{} can't be {verb}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `read`, `written` or `used`.
        verb: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// No narrative was to be had of the model.
    #[error("failed to have a narrative written")]
    Narrative(#[source] Cause),
    /// Something else, told in full.
    #[error("{0}")]
    Failed(String),
    /// Ctrl-C or SIGTERM.
    #[error("interrupted; what was done is kept, and the same command goes on from there")]
    Interrupted,
    /// Standard output is gone or broken.
    #[error(transparent)]
    Print(#[from] PrintError),
}

impl CliError {
    /// What NATS couldn't do: the message goes "failed to `action`".
    pub(crate) fn nats(action: impl Into<String>, source: impl Into<Cause>) -> Self {
        Self::Nats { action: action.into(), source: source.into() }
    }

    /// The exit code: 2 where the person who typed can mend it by typing something else, 1 otherwise.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_)
            | Self::Configuration(_)
            | Self::Inputs(_)
            | Self::NatsServer(NatsServerError::NotFound { .. }) => ExitCode::from(EXIT_WRONG_CONFIGURATION),
            // Whoever reads our output may stop reading: `docmill results q3 | head` has not failed.
            Self::Print(PrintError::Closed) => ExitCode::SUCCESS,
            Self::NatsServer(NatsServerError::Folder { .. } | NatsServerError::Child(_))
            | Self::Child(_)
            | Self::Nats { .. }
            | Self::File { .. }
            | Self::Narrative(_)
            | Self::Failed(_)
            | Self::Interrupted
            | Self::Print(PrintError::Broken(_)) => ExitCode::FAILURE,
        }
    }

    /// The message with its causes, on one line.
    pub(crate) fn explain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let message = error.to_string();
            // Some libraries repeat their cause in their own message.
            if !text.ends_with(&message) {
                text.push_str(": ");
                text.push_str(&message);
            }
            cause = error.source();
        }
        text
    }
}
