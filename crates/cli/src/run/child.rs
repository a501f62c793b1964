//! `docmill child`: what `run` starts its children through, so that they end should docmill itself be killed.
//!
//! Only a process itself can ask the system to be ended with its parent, and our programs are not only `run`'s. So
//! this one asks, and then becomes the program: the wish outlives the change.

use std::os::unix::process::CommandExt as _;
use std::path::Path;

use rustix::process::{Signal, getppid, set_parent_process_death_signal};

use crate::arguments::ChildArguments;
use crate::error::CliError;

/// Asks the system to end this process with its parent, then becomes the program.
///
/// # Errors
/// If the program can't be started; otherwise this doesn't return.
pub(crate) fn become_program(arguments: &ChildArguments) -> Result<(), CliError> {
    let failed = |message: String| CliError::Failed(message);
    set_parent_process_death_signal(Some(Signal::TERM))
        .map_err(|error| failed(format!("the system can't tie a child to its parent: {error}")))?;
    // The parent may have ended before the line above; then nobody would ever end us.
    if getppid().map(|parent| parent.as_raw_nonzero().get()) != Some(arguments.parent) {
        return Err(failed("the process that asked for this child is gone".to_owned()));
    }
    let Some((program, rest)) = arguments.command.split_first() else {
        return Err(CliError::Usage("name the program to start".to_owned()));
    };
    let error = std::process::Command::new(program).args(rest).exec();
    Err(failed(format!("{} can't be started: {error}", Path::new(program).display())))
}
