//! SIGTERM and SIGINT as a future. The first asks for a drain; the second ends the process at once.
//!
//! Called by each program's `main`, which passes the future on: nothing else listens to signals.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::tasks::Tasks;

/// The exit code of a process that was told twice to end: 128 + SIGTERM, as shells report it.
const EXIT_TOLD_TWICE: i32 = 143;

/// Resolves on the first SIGTERM or SIGINT. From then on, a second one exits the process without a drain.
///
/// # Errors
/// If the process can't listen to signals.
pub fn shutdown(tasks: &Tasks) -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    // Registered now, not at the first poll: a signal during start-up must not kill the process.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let tasks = tasks.clone();
    Ok(async move {
        let name = first(&mut terminate, &mut interrupt).await;
        tracing::info!(signal = name, "draining; a second signal ends the process at once");
        let stopping = tasks.stopping().clone();
        tasks.spawn(async move {
            tokio::select! {
                name = first(&mut terminate, &mut interrupt) => exit_now(name),
                () = stopping.cancelled() => {}
            }
        });
    })
}

async fn first(terminate: &mut Signal, interrupt: &mut Signal) -> &'static str {
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}

#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "whoever signals twice wants no destructors; jobs in flight come back after ack_wait"
)]
fn exit_now(name: &str) {
    tracing::warn!(signal = name, "second signal: ending without a drain");
    std::process::exit(EXIT_TOLD_TWICE);
}
