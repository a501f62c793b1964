//! `docmill-analyser`: the Data Analyser as a program. A table of contents; the story is in `job`.

use std::process::ExitCode;

use docmill_analyser::app::Analyser;
use docmill_analyser::config::AnalyserSettings;
use docmill_chassis::boot::{Program, Shutdown, boot};
use docmill_chassis::run::{Chassis, run};

const PROGRAM: Program = Program { name: "docmill-analyser", version: env!("CARGO_PKG_VERSION") };

fn main() -> ExitCode {
    boot(PROGRAM, work)
}

async fn work(settings: AnalyserSettings, chassis: Chassis, shutdown: Shutdown) -> ExitCode {
    let analyser = Analyser::new(&settings, &chassis);
    run(chassis, analyser, shutdown).await
}
