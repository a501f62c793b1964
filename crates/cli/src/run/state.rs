//! The state folder of `docmill run`, which belongs to one run at a time.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::CliError;

/// How long a nats-server that a killed run left behind may take to end: it holds the lock until then.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// A locked state folder. The lock ends with this value and with every copy of its file.
#[derive(Debug)]
pub(crate) struct State {
    /// The folder, as an absolute path: children have it in their configuration.
    pub(crate) folder: PathBuf,
    lock: File,
}

impl State {
    /// Makes the folder where it isn't there, and locks it.
    ///
    /// # Errors
    /// If the folder can't be used, or another run uses it.
    pub(crate) fn lock(folder: &Path) -> Result<Self, CliError> {
        let unusable =
            |source| CliError::File { path: folder.to_owned(), verb: "used as state folder", source };
        std::fs::create_dir_all(folder.join("logs")).map_err(unusable)?;
        // The state holds copies of documents: nothing that belongs under version control.
        std::fs::write(folder.join(".gitignore"), "*\n").map_err(unusable)?;
        let folder = folder.canonicalize().map_err(unusable)?;
        let lock = File::create(folder.join("lock")).map_err(unusable)?;
        let deadline = Instant::now() + LOCK_PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { folder, lock }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(CliError::Usage(format!(
                        "{} is in use by another `docmill run`: wait for it, or give this one its own --state",
                        folder.display()
                    )));
                }
                Err(TryLockError::Error(source)) => return Err(unusable(source)),
            }
        }
    }

    /// Where the children's logs go.
    pub(crate) fn logs(&self) -> PathBuf {
        self.folder.join("logs")
    }

    /// The lock, shared with who must be gone before another run may begin.
    ///
    /// # Errors
    /// If the system has no more file descriptors.
    pub(crate) fn share_lock(&self) -> Result<File, CliError> {
        let shared = self.lock.try_clone();
        shared.map_err(|source| CliError::File { path: self.folder.join("lock"), verb: "shared", source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_locked_until_every_copy_of_the_lock_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::lock(folder.path()).unwrap();
        let shared = state.share_lock().unwrap();
        drop(state);
        let other = File::open(folder.path().join("lock")).unwrap();
        assert!(matches!(other.try_lock(), Err(TryLockError::WouldBlock)));
        drop(shared);
        other.try_lock().unwrap();
    }
}
