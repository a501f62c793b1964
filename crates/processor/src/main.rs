//! `docmill-processor`: the Data Processor as a program. A table of contents; the story is in `job`.

use std::process::ExitCode;

use docmill_chassis::boot::{Program, Shutdown, boot, log_failure};
use docmill_chassis::run::{Chassis, run};
use docmill_processor::app::Processor;
use docmill_processor::config::ProcessorSettings;
use docmill_processor::reader::child;

const PROGRAM: Program = Program { name: "docmill-processor", version: env!("CARGO_PKG_VERSION") };

fn main() -> ExitCode {
    // Before anything else: a reading child has no configuration, no runtime and no network.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == child::ARGUMENT) {
        return child::run(arguments);
    }
    boot(PROGRAM, work)
}

async fn work(settings: ProcessorSettings, chassis: Chassis, shutdown: Shutdown) -> ExitCode {
    let processor = match Processor::new(settings, &chassis) {
        Ok(processor) => processor,
        Err(error) => return log_failure(&error),
    };
    let readers = processor.readers();
    // On the heap: all that a worker holds is more than a stack should carry around.
    let code = Box::pin(run(chassis, processor, shutdown)).await;
    readers.close().await;
    code
}
