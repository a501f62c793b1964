//! The nats-server of a run: found, checked, started on a free port, its state in the run's state folder.
//!
//! Called by `run` alone. It knows the server's own files and nothing of streams.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;

use super::children::{ChildError, Children, Start};

/// The oldest server docmill works with: older ones lose acknowledged writes.
const VERSION_MIN: Version = Version(2, 12, 5);

/// Where `make` puts the pinned server, beside the current folder.
const PINNED: &str = ".tools/bin/nats-server";

/// How long the server may take to open its store.
const READY_PATIENCE: Duration = Duration::from_secs(60);

/// The child's name in messages and logs.
const NAME: &str = "nats-server";

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NatsServerError {
    /// None that can be used.
    #[error(
        "no nats-server {VERSION_MIN} or later was found ({tried}): install one, or name it with --nats-server or DOCMILL_NATS_SERVER"
    )]
    NotFound {
        /// What was tried and what was wrong with it.
        tried: String,
    },
    /// Its files can't be written.
    #[error("{} can't be prepared for the nats-server", folder.display())]
    Folder {
        /// The state folder.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It doesn't start or stay.
    #[error(transparent)]
    Child(#[from] ChildError),
}

/// A server's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32, u32);

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// The server to start: the one that was named, else the first that is new enough on PATH or where `make` puts it.
///
/// # Errors
/// [`NatsServerError::NotFound`] with what was tried.
pub(crate) fn find(named: Option<&Path>) -> Result<PathBuf, NatsServerError> {
    let candidates = match named {
        Some(path) => vec![path.to_owned()],
        None => on_path().into_iter().chain([PathBuf::from(PINNED)]).collect(),
    };
    let mut tried = Vec::new();
    for candidate in candidates {
        match version_of(&candidate) {
            Ok(version) if version >= VERSION_MIN => return Ok(candidate),
            Ok(version) => tried.push(format!("{} is {version}", candidate.display())),
            Err(problem) => tried.push(format!("{} {problem}", candidate.display())),
        }
    }
    Err(NatsServerError::NotFound { tried: tried.join(", ") })
}

fn on_path() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(NAME)).find(|candidate| candidate.is_file())
}

fn version_of(server: &Path) -> Result<Version, String> {
    let output = Command::new(server).arg("--version").stdin(Stdio::null()).output();
    let output = output.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "is not there".to_owned(),
        _ => format!("can't be started: {error}"),
    })?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    parse_version(&text).ok_or_else(|| "is not a nats-server".to_owned())
}

/// Reads `nats-server: v2.15.1`; what follows the third number (`-beta.1`) is left out.
fn parse_version(text: &str) -> Option<Version> {
    let numbers = text.trim().strip_prefix("nats-server: v")?;
    let mut parts = numbers.split(['.', '-', '+']).map(str::parse);
    Some(Version(parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?))
}

/// Starts `server` with its store in `state`, and returns the address it listens on. `lock` is the run's lock,
/// held by the server too: should docmill be killed, no other run opens the store before this server is gone.
///
/// # Errors
/// [`NatsServerError`].
pub(crate) async fn start(
    children: &mut Children,
    server: &Path,
    state: &Path,
    lock: File,
) -> Result<String, NatsServerError> {
    let folder = state.join("nats");
    let configuration =
        prepare(&folder).map_err(|source| NatsServerError::Folder { folder: folder.clone(), source })?;
    let id = children.start(Start {
        name: NAME,
        program: server,
        arguments: vec!["--config".into(), configuration],
        inherits: false,
        environment: Vec::new(),
        input: Some(Stdio::from(lock)),
    })?;
    let ports = folder.join(format!("nats-server_{id}.ports"));
    Ok(children.wait_for(NAME, READY_PATIENCE, || address(&ports)).await?)
}

/// Writes the server's configuration and clears away what an earlier one left behind.
fn prepare(folder: &Path) -> std::io::Result<OsString> {
    std::fs::create_dir_all(folder)?;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "ports") {
            std::fs::remove_file(path)?;
        }
    }
    let file = folder.join("nats-server.conf");
    std::fs::write(&file, configuration(folder))?;
    Ok(file.into_os_string())
}

/// Every write is synced before it is acknowledged, as in production. The store's own size limit is lifted, since
/// the streams have limits and the disk has its end.
fn configuration(folder: &Path) -> String {
    // The server's texts are quoted like JSON's.
    let quoted = |path: &Path| serde_json::Value::from(path.to_string_lossy()).to_string();
    format!(
        "listen: \"127.0.0.1:-1\"\nports_file_dir: {}\njetstream {{\n  store_dir: {}\n  sync_interval: always\n  max_file_store: 1TB\n}}\n",
        quoted(folder),
        quoted(&folder.join("store")),
    )
}

/// The address in the file that the server writes when it is ready; `None` while it isn't there or half written.
fn address(ports: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Ports {
        nats: Vec<String>,
    }
    let ports: Ports = serde_json::from_str(&std::fs::read_to_string(ports).ok()?).ok()?;
    ports.nats.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared() {
        let check =
            |text: &str, expected: Option<Version>| assert_eq!(parse_version(text), expected, "{text:?}");
        check("nats-server: v2.15.1\n", Some(Version(2, 15, 1)));
        check("nats-server: v2.12.5-beta.1", Some(Version(2, 12, 5)));
        check("nats-server: v2.9", None);
        check("GNU bash, version 5", None);
        assert!(
            Version(2, 9, 10) < VERSION_MIN
                && Version(2, 12, 4) < VERSION_MIN
                && Version(3, 0, 0) > VERSION_MIN
        );
    }

    #[test]
    fn a_server_that_cannot_be_used_is_named_with_what_is_wrong() {
        let message = find(Some(Path::new("/nowhere/nats-server"))).unwrap_err().to_string();
        assert!(message.contains("(/nowhere/nats-server is not there)"), "{message}");
        let message = find(Some(Path::new("/bin/echo"))).unwrap_err().to_string();
        assert!(message.contains("/bin/echo is not a nats-server"), "{message}");
    }
}
