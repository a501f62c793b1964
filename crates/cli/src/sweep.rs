//! `docmill sweep`: removes what uploads that were broken off have left in the object stores.
//!
//! Called by people, or by a timer of theirs. Nothing waits for it: without it, the same goes with the age of its bucket.

use std::time::Duration;

use docmill_chassis::stores;
use serde::Serialize;

use crate::arguments::{CommonArguments, SweepArguments};
use crate::error::CliError;
use crate::print::Printer;
use crate::session;

/// What was removed.
#[derive(Debug, Serialize)]
struct Removed {
    writes: u64,
    chunks: u64,
}

/// Sweeps the object stores.
///
/// # Errors
/// [`CliError`].
pub(crate) async fn sweep(
    arguments: &SweepArguments,
    common: &CommonArguments,
    printer: Printer,
) -> Result<(), CliError> {
    let session = session::open(common).await?;
    let older_than = Duration::from_secs(arguments.older_than_hours.saturating_mul(3_600));
    let swept = stores::sweep(&session.nats, older_than).await;
    let swept = swept.map_err(|error| CliError::nats("sweep the object stores", error))?;
    let removed = Removed { writes: swept.writes, chunks: swept.chunks };
    if printer.json {
        return Ok(printer.value(&removed)?);
    }
    printer.line(format!("{} broken-off uploads removed, {} chunks", removed.writes, removed.chunks))?;
    Ok(())
}
