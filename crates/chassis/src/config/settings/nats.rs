//! Section `nats`: how to reach the server, and how what it holds is made. Used by every program.

use std::path::PathBuf;
use std::time::Duration;

use docmill_contract::names::Lane;
use serde::Deserialize;

use crate::config::{Problems, Secret, Sections};

/// How to reach NATS.
#[derive(Debug, Clone)]
pub struct NatsSettings {
    /// One or more addresses, separated by commas. Without credentials: those have their own keys.
    pub url: String,
    /// A NATS credentials file (JWT and seed).
    pub credentials_file: Option<PathBuf>,
    /// A file with the seed of an NKey, in place of the other ways to log in.
    pub nkey_file: Option<PathBuf>,
    /// The user, with `password`.
    pub user: Option<String>,
    /// The password of `user`.
    pub password: Option<Secret>,
    /// A token, in place of user and password.
    pub token: Option<Secret>,
    /// A PEM file of the authorities to trust for TLS, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// A PEM file of the certificate that this client shows, with `key_file`.
    pub certificate_file: Option<PathBuf>,
    /// A PEM file of the key of `certificate_file`.
    pub key_file: Option<PathBuf>,
    /// What the subjects begin with on which this client is answered, so that no other login has to see them.
    pub inbox_prefix: String,
    /// The lanes that `provision` makes.
    pub lanes: Vec<Lane>,
    /// How long the server waits for a sign of life before it gives a job to another worker.
    pub ack_wait: Duration,
    /// How long one pull waits for a job. A drain waits for the last pull, so it is short.
    pub pull_expires: Duration,
    /// Copies of every stream and bucket that `provision` makes.
    pub replicas: usize,
    /// How many jobs of a lane may be out at once, over the whole fleet.
    pub max_ack_pending: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NatsSection {
    url: String,
    credentials_file: Option<PathBuf>,
    nkey_file: Option<PathBuf>,
    user: Option<String>,
    password: Option<Secret>,
    token: Option<Secret>,
    ca_file: Option<PathBuf>,
    certificate_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
    inbox_prefix: Option<String>,
    lanes: Vec<Lane>,
    ack_wait_seconds: u64,
    pull_expires_seconds: u64,
    replicas: usize,
    max_ack_pending: i64,
}

impl Default for NatsSection {
    fn default() -> Self {
        Self {
            url: "nats://127.0.0.1:4222".to_owned(),
            credentials_file: None,
            nkey_file: None,
            user: None,
            password: None,
            token: None,
            ca_file: None,
            certificate_file: None,
            key_file: None,
            inbox_prefix: None,
            lanes: vec![Lane::Bulk],
            ack_wait_seconds: 60,
            pull_expires_seconds: 2,
            replicas: 1,
            max_ack_pending: 5_000,
        }
    }
}

impl NatsSection {
    /// Whether there is one way to log in, at most, and its files are there.
    fn check_login(&self, problems: &mut Problems) {
        if self.user.is_some() != self.password.is_some() {
            problems.add("nats.user", "user and password belong together: give both or none");
        }
        if self.certificate_file.is_some() != self.key_file.is_some() {
            problems.add(
                "nats.certificate_file",
                "certificate_file and key_file belong together: give both or none",
            );
        }
        let ways = [
            self.credentials_file.is_some(),
            self.nkey_file.is_some(),
            self.user.is_some(),
            self.token.is_some(),
        ];
        if ways.into_iter().filter(|&way| way).count() > 1 {
            problems.add(
                "nats",
                "credentials_file, nkey_file, user and token are four ways to log in: give at most one",
            );
        }
        for (key, file) in [
            ("nats.credentials_file", &self.credentials_file),
            ("nats.nkey_file", &self.nkey_file),
            ("nats.ca_file", &self.ca_file),
            ("nats.certificate_file", &self.certificate_file),
            ("nats.key_file", &self.key_file),
        ] {
            if let Some(path) = file
                && !path.is_file()
            {
                problems.add(key, format_args!("{} is not a file that can be read", path.display()));
            }
        }
    }
}

impl NatsSettings {
    /// Reads and checks section `nats`.
    pub fn read(sections: &Sections, problems: &mut Problems) -> Self {
        let typed: NatsSection = sections.section("nats", problems);
        check_addresses(&typed.url, problems);
        typed.check_login(problems);
        let inbox_prefix = match typed.inbox_prefix {
            Some(prefix) => {
                if !prefix.split('.').all(is_token) {
                    problems.add(
                        "nats.inbox_prefix",
                        format_args!(
                            "{prefix:?} can't begin a subject: use letters, digits, `_` and `-`, with dots between"
                        ),
                    );
                }
                prefix
            }
            None => default_inbox(typed.user.as_deref()),
        };
        let mut lanes = typed.lanes;
        lanes.sort_unstable();
        lanes.dedup();
        if !lanes.contains(&Lane::Bulk) {
            problems.add("nats.lanes", "bulk is missing: it is always there, priority is optional");
        }
        if ![1, 3, 5].contains(&typed.replicas) {
            problems.add("nats.replicas", format_args!("{} is not allowed: use 1, 3 or 5", typed.replicas));
        }
        let ack_wait = problems.within("nats.ack_wait_seconds", typed.ack_wait_seconds, 1..=3_600);
        let pull_expires = problems.within("nats.pull_expires_seconds", typed.pull_expires_seconds, 1..=30);
        Self {
            url: typed.url,
            credentials_file: typed.credentials_file,
            nkey_file: typed.nkey_file,
            user: typed.user,
            password: typed.password,
            token: typed.token,
            ca_file: typed.ca_file,
            certificate_file: typed.certificate_file,
            key_file: typed.key_file,
            inbox_prefix,
            lanes,
            ack_wait: Duration::from_secs(ack_wait),
            pull_expires: Duration::from_secs(pull_expires),
            replicas: typed.replicas,
            max_ack_pending: problems.within("nats.max_ack_pending", typed.max_ack_pending, 1..=1_000_000),
        }
    }

    /// The same for a server at `url` that asks for no login and has no TLS: one that `docmill run` starts.
    pub fn without_login(self, url: String) -> Self {
        Self {
            url,
            credentials_file: None,
            nkey_file: None,
            user: None,
            password: None,
            token: None,
            ca_file: None,
            certificate_file: None,
            key_file: None,
            ..self
        }
    }
}

/// An inbox of the user's own: it lies within what every client may use where nothing is narrowed, and is all that
/// `deploy/nats/accounts.conf` allows. A user whose name can't be in a subject, and other logins, have the client's.
fn default_inbox(user: Option<&str>) -> String {
    match user.filter(|user| is_token(user)) {
        Some(user) => format!("_INBOX.{user}"),
        None => "_INBOX".to_owned(),
    }
}

/// Whether a text is one token of a subject and no wildcard.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Addresses are logged, so one with credentials inside is refused, and never shown.
fn check_addresses(url: &str, problems: &mut Problems) {
    for address in url.split(',').map(str::trim) {
        if address.contains('@') {
            problems.add(
                "nats.url",
                "holds credentials; addresses are logged, so give nats.user and nats.password, or nats.token",
            );
            continue;
        }
        let schemes = ["nats://", "tls://"];
        let host = schemes.into_iter().find_map(|scheme| address.strip_prefix(scheme));
        if !host.is_some_and(|host| !host.is_empty() && !host.contains(['/', ' '])) {
            problems.add("nats.url", format_args!("{address:?} is not nats://host:port or tls://host:port"));
        }
    }
}
