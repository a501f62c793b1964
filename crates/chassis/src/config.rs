//! Settings: one TOML file and the environment, read once, checked whole, every problem reported at once.
//!
//! Called by each program's `main` before anything is opened. A program reads its sections through
//! [`Sections::section`], turns what was typed into what it uses, and adds what can't work to [`Problems`].
//! It must not open, connect or log anything: with a problem, the program ends with the list on stderr.

mod problems;
mod raw;
mod secret;
mod sections;
mod settings;

use std::path::Path;
use std::process::ExitCode;

pub use problems::Problems;
pub use secret::Secret;
pub use sections::{SECTIONS, Sections};
pub use settings::{
    HttpSettings, LogFormat, LogSettings, NatsSettings, Settings, TelemetrySettings, WorkerDefaults,
    WorkerSettings,
};
pub(crate) use settings::{LIBRARIES_MAX, OWN_TARGETS, read_directive};

/// The exit code of a program whose configuration or usage is wrong.
pub const EXIT_WRONG_CONFIGURATION: u8 = 2;

/// The environment as text. Variables that aren't Unicode can't be settings of ours and are left out.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
}

/// Reads file and environment, lets `read` make the program's settings of them, and either returns those or
/// prints every problem to stderr and returns exit code 2.
pub fn load_or_explain<T>(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    read: impl FnOnce(&Sections, &mut Problems) -> T,
) -> Result<T, ExitCode> {
    let mut problems = Problems::default();
    let sections = Sections::load(file, environment, &mut problems);
    let settings = read(&sections, &mut problems);
    if problems.is_empty() {
        return Ok(settings);
    }
    #[expect(clippy::print_stderr, reason = "logging doesn't exist before the settings are known")]
    {
        eprint!("{problems}");
    }
    Err(ExitCode::from(EXIT_WRONG_CONFIGURATION))
}
