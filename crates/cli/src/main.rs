//! `docmill`, the program for people: a table of contents of its commands.
//!
//! Every command is a module with one function; this file only says which, prints what went wrong, and returns
//! the exit code: 0 done, 1 failed, 2 wrong usage or configuration.

mod analyse;
mod arguments;
mod cost;
mod dead;
mod error;
mod eval;
mod forget;
mod inspect;
mod narrate;
mod pause;
mod pictures;
mod print;
mod profile;
mod queues;
mod reconcile;
mod replay;
mod report;
mod results;
mod review;
mod run;
mod schema;
mod session;
mod standing;
mod status;
mod submit;
mod sweep;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser as _;
use docmill_chassis::traces::CLOSING_MAX;
use docmill_reader::child;
use error::CliError;
use print::Printer;

fn main() -> ExitCode {
    // Before anything else: a child of `inspect` that reads has no options, no runtime and no network.
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == child::ARGUMENT) {
        return child::run(words);
    }
    obey()
}

// One thread is enough for waiting, and children must be started by the main thread: the system ends them
// when the *thread* that started them ends (`run::children`).
#[tokio::main(flavor = "current_thread")]
async fn obey() -> ExitCode {
    let arguments = Arguments::parse();
    let traces = session::traces(&arguments.common);
    let done = Box::pin(execute(&arguments)).await;
    traces.close(CLOSING_MAX).await;
    match done {
        Ok(code) => code,
        Err(error) => {
            if !matches!(error, CliError::Print(_)) {
                Printer::error(error.explain());
            }
            error.exit_code()
        }
    }
}

async fn execute(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let (common, printer) = (&arguments.common, Printer::new(arguments.common.json));
    match &arguments.command {
        Command::Run(run) => return Box::pin(run::run(run, common, printer)).await,
        Command::Provision => session::provision_all(common, printer).await?,
        Command::Submit(submit) => submit::submit(submit, common, printer).await?,
        Command::Status(status) => status::status(status, common, printer).await?,
        Command::Reconcile(arguments) => reconcile::reconcile(arguments, common, printer).await?,
        Command::Replay(arguments) => replay::replay(arguments, common, printer).await?,
        Command::Results(results) => results::results(results, common, printer).await?,
        Command::Report(report) => report::report(report, common, printer).await?,
        Command::Analyse(analyse) => analyse::analyse(analyse, common, printer).await?,
        Command::Review(review) => review::review(review, common, printer).await?,
        Command::Dead(dead) => dead::dead(dead, common, printer).await?,
        Command::Sweep(arguments) => sweep::sweep(arguments, common, printer).await?,
        Command::Forget(arguments) => return Box::pin(forget::forget(arguments, common, printer)).await,
        Command::Pause(arguments) => pause::pause(arguments, common, printer).await?,
        Command::Resume(arguments) => pause::resume(arguments, common, printer).await?,
        Command::Profile(profile) => profile::profile(profile, common, printer).await?,
        Command::Eval(arguments) => return Box::pin(eval::eval(arguments, common, printer)).await,
        Command::Inspect(arguments) => inspect::inspect(arguments, printer).await?,
        Command::Child(child) => run::child::become_program(child)?,
    }
    Ok(ExitCode::SUCCESS)
}
