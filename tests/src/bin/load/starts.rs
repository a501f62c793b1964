//! How long a processor takes from its start to its first pull.

use std::process::Stdio;
use std::time::{Duration, Instant};

use docmill_tests::site::Failure;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::fleet::Site;

/// Starts of which the median is taken.
pub(crate) const STARTS: usize = 21;

/// From starting the process to its first pull, seen from outside, sorted.
pub(crate) async fn measure() -> Result<Vec<Duration>, Failure> {
    let site = Site::start(Duration::ZERO).await?;
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let mut process = site.worker("docmill-processor").stderr(Stdio::piped()).spawn()?;
        let log = process.stderr.take().ok_or("the processor has no log")?;
        let mut lines = BufReader::new(log).lines();
        loop {
            let line = lines.next_line().await?.ok_or("the processor ended before its first pull")?;
            if line.contains("first pull") {
                times.push(begun.elapsed());
                break;
            }
        }
        process.kill().await?;
    }
    site.stop().await?;
    times.sort();
    Ok(times)
}
