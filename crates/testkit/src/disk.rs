//! A small disk for a nats-server's store, which a test can fill and make read-only: a tmpfs in namespaces of its own.
//!
//! [`crate::nats`] starts a server on it. Neither root nor a device is needed, only that the kernel lets this user make
//! user namespaces; where it doesn't, as in most containers, there is no disk and the test says that it didn't run. The
//! disk is there until its holder ends, so a server may be started on it again and again.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "only tests use this crate, and a panic fails the test"
)]

use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// What mounts the disk, says so and keeps it until its input ends. `$1` is its size, `$2` where it is mounted.
const HOLD: &str = "mount -t tmpfs -o size=$1 tmpfs \"$2\" && echo mounted && exec cat";

/// What is written at once while the disk is filled; less isn't left free.
const FILL_BYTES: usize = 4_096;

/// A disk; gone when it is dropped.
#[derive(Debug)]
pub struct Disk {
    folder: TempDir,
    holder: Child,
}

impl Disk {
    /// A disk of so many bytes; `None`, and a word on stderr, where this machine forbids it.
    pub fn mount(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().expect("no folder for the disk");
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", HOLD, "sh", &bytes.to_string()]);
        command.arg(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut holder = match command.spawn() {
            Ok(holder) => holder,
            Err(error) => return skipped(&format!("unshare can't be started: {error}")),
        };
        let mut word = [0; 7];
        let mounted = holder.stdout.as_mut().map(|stdout| stdout.read_exact(&mut word));
        if mounted.is_some_and(|read| read.is_ok()) && &word == b"mounted" {
            return Some(Self { folder, holder });
        }
        let ended = holder.wait_with_output().expect("unshare can't be waited for");
        skipped(String::from_utf8_lossy(&ended.stderr).trim())
    }

    /// Where it is mounted, for those who run on it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `program`, to be run where the disk is.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.holder.id().to_string()]);
        command.args(["--user", "--mount", "--preserve-credentials"]).arg(program);
        command
    }

    /// Writes a file until nothing more fits.
    pub fn fill(&self) {
        let mut filler = std::fs::File::create(self.filler()).expect("the disk takes no file");
        loop {
            match filler.write_all(&[0; FILL_BYTES]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return,
                Err(error) => panic!("the disk can't be filled: {error}"),
            }
        }
    }

    /// Removes the file that [`Self::fill`] wrote.
    pub fn make_room(&self) {
        std::fs::remove_file(self.filler()).expect("the disk wasn't filled");
    }

    /// Lets nobody write any more. It can't be done while somebody has a file open for writing.
    pub fn make_read_only(&self) {
        self.remount("remount,bind,ro");
    }

    /// Takes [`Self::make_read_only`] back.
    pub fn make_writable(&self) {
        self.remount("remount,bind,rw");
    }

    /// Of the mount alone: the options of a tmpfs can't be given again by every user.
    fn remount(&self, options: &str) {
        let mut command = self.command(Path::new("mount"));
        let done =
            command.args(["-o", options]).arg(self.folder()).output().expect("nsenter can't be started");
        assert!(done.status.success(), "{options}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// The file that fills it, as it is seen from outside.
    fn filler(&self) -> PathBuf {
        let inside = self.folder().strip_prefix("/").unwrap_or(self.folder());
        Path::new("/proc").join(self.holder.id().to_string()).join("root").join(inside).join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // An error means that it has ended already.
        drop(self.holder.kill());
        drop(self.holder.wait());
    }
}

#[expect(clippy::print_stderr, reason = "a test that didn't run must be seen to")]
fn skipped(why: &str) -> Option<Disk> {
    eprintln!("SKIPPED: no disk of a test's own here, which takes user namespaces: {why}");
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_filled_and_emptied_and_made_read_only() {
        let Some(disk) = Disk::mount(1 << 20) else { return };
        let written = |name: &str| {
            let file = disk.filler().with_file_name(name);
            std::fs::write(file, "12345").map_err(|error| error.kind())
        };
        assert_eq!(written("before"), Ok(()));
        disk.fill();
        assert_eq!(written("full"), Err(ErrorKind::StorageFull));
        disk.make_room();
        assert_eq!(written("room"), Ok(()));
        disk.make_read_only();
        assert_eq!(written("read-only"), Err(ErrorKind::ReadOnlyFilesystem));
        disk.make_writable();
        assert_eq!(written("writable"), Ok(()));
        assert!(!disk.folder().join("before").exists(), "it is seen outside");
    }
}
