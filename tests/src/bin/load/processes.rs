//! What processes use, seen from outside: processor time by `/proc` while they run and by `getrusage` once they have ended,
//! memory by `/proc`.
//!
//! Called by `fleet` and by what watches a run. Linux only.

use std::time::Duration;

use docmill_tests::site::Failure;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::Child;

/// Kernel ticks in a second, by which `/proc` counts processor time: the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process and those under it use at a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Use {
    /// Processor time so far, with that of children that have ended.
    pub(crate) cpu: Duration,
    /// Memory of the process alone.
    pub(crate) own_kib: u64,
    /// Memory of its children and theirs.
    pub(crate) children_kib: u64,
}

impl Use {
    /// Of the process `pid` and all under it, now; nothing of one that is gone.
    pub(crate) fn of(pid: u32) -> Self {
        let mut all = Self { cpu: cpu(pid), own_kib: memory_kib(pid), children_kib: 0 };
        let mut waiting = children(pid);
        while let Some(pid) = waiting.pop() {
            all.cpu += cpu(pid);
            all.children_kib += memory_kib(pid);
            waiting.extend(children(pid));
        }
        all
    }

    /// Of several.
    pub(crate) fn of_all(pids: impl IntoIterator<Item = u32>) -> Self {
        pids.into_iter().map(Self::of).fold(Self::default(), |sum, one| Self {
            cpu: sum.cpu + one.cpu,
            own_kib: sum.own_kib + one.own_kib,
            children_kib: sum.children_kib + one.children_kib,
        })
    }

    /// All memory.
    pub(crate) fn memory_kib(&self) -> u64 {
        self.own_kib + self.children_kib
    }
}

/// Ends a process by SIGTERM, and says what it and its children have used, by `getrusage`. One at a time: what another that is
/// waited for meanwhile has used would be counted, too.
pub(crate) async fn end(mut process: Child) -> Result<Duration, Failure> {
    let before = cpu_of_ended()?;
    let pid = process.id().ok_or("a process has ended before it was told to")?;
    kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGTERM)?;
    let status = process.wait().await?;
    if !status.success() {
        return Err(format!("a process ended with {status}").into());
    }
    Ok(cpu_of_ended()? - before)
}

/// Processor time, user and system, of every process that was waited for, and of those they waited for.
fn cpu_of_ended() -> Result<Duration, Failure> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let time = |time: nix::sys::time::TimeVal| -> Result<Duration, Failure> {
        Ok(Duration::from_secs(u64::try_from(time.tv_sec())?)
            + Duration::from_micros(u64::try_from(time.tv_usec())?))
    };
    Ok(time(usage.user_time())? + time(usage.system_time())?)
}

fn cpu(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // Behind the name, which may hold anything: from the 12th on user and system time, own and of children that have ended.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace().skip(11).take(4);
    let ticks: f64 = fields.filter_map(|field| field.parse::<f64>().ok()).sum();
    Duration::from_secs_f64(ticks / TICKS_PER_SECOND)
}

/// The proportional set size, in which what processes share counts once over all of them.
fn memory_kib(pid: u32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn children(pid: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use tokio::process::Command;

    use super::*;

    #[tokio::test]
    async fn a_process_is_counted_with_its_children() {
        let mut command = Command::new("sh");
        let burn = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
        // Ends at SIGTERM with 0, once it has waited for its child, as workers do.
        command.arg("-c").arg(format!(
            "trap 'wait; exit 0' TERM; (trap '' TERM; {burn}; sleep 1) & {burn}; echo ready; sleep 1; wait"
        ));
        let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let output = process.stdout.take().unwrap();
        let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(output));
        assert_eq!(lines.next_line().await.unwrap().unwrap(), "ready");
        let seen = Use::of(process.id().unwrap());
        assert!(seen.own_kib > 0 && seen.children_kib > 0 && seen.cpu > Duration::ZERO, "{seen:?}");
        let used = end(process).await.unwrap();
        // The child burns as much as its parent.
        assert!(used > Duration::from_millis(20), "{used:?}");
    }
}
