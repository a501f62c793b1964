//! What goes wrong between this program and NATS, in words that say what to do.
//!
//! Called by [`super::Nats`] for every failed attempt to connect and every refusal of the server. An attempt is made
//! every second, so the same trouble is logged once a minute. It shows no secret: settings are named, not quoted.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_nats::{Server, ServerError};

use crate::config::NatsSettings;

/// How long the same trouble isn't logged again. Often enough that whoever looks at a log sees it there.
const SAY_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// What to do while nothing is known but that nobody answers.
const NOBODY: &str = "is it running, and are address and login right?";

/// What keeps this program from NATS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// The server doesn't know this login.
    Login,
    /// The certificate that one side shows is too old or too young.
    CertificateExpired,
    /// The certificate that one side shows isn't one the other trusts.
    Certificate,
    /// Anything else: nobody listens, the name isn't known, it takes too long.
    Network,
}

/// The trouble there is, and how it is told.
#[derive(Debug)]
pub(super) struct Troubles {
    /// The settings that make the login, as an operator knows them.
    login: &'static str,
    now: Mutex<Option<Told>>,
}

#[derive(Debug)]
struct Told {
    trouble: Trouble,
    why: String,
    logged: Instant,
}

impl Troubles {
    /// None yet.
    pub(super) fn new(settings: &NatsSettings) -> Self {
        let login = if settings.user.is_some() {
            "nats.user and nats.password"
        } else if settings.token.is_some() {
            "nats.token"
        } else if settings.nkey_file.is_some() {
            "nats.nkey_file"
        } else if settings.credentials_file.is_some() {
            "nats.credentials_file"
        } else {
            "nats.user and nats.password, nats.token, nats.nkey_file or nats.credentials_file (none is set)"
        };
        Self { login, now: Mutex::default() }
    }

    /// Takes note of what came of the last attempt at each server.
    pub(super) fn note_attempts(&self, servers: &[Server]) {
        for server in servers {
            let Some(error) = &server.last_error else { continue };
            let (trouble, why) = self.explain(error);
            let mut now = self.now();
            let was_logged = now.as_ref().filter(|told| told.trouble == trouble).map(|told| told.logged);
            let is_news = was_logged.is_none_or(|logged| logged.elapsed() >= SAY_AGAIN_AFTER);
            let logged = was_logged.filter(|_| !is_news).unwrap_or_else(Instant::now);
            if is_news {
                tracing::warn!(server = %server, "no connection to NATS, trying again every second: {why}");
            }
            *now = Some(Told { trouble, why, logged });
        }
    }

    /// Takes note of what the server refuses on a connection.
    pub(super) fn note_refusal(&self, error: &ServerError) {
        let text = error.to_string();
        let lower = text.to_lowercase();
        if lower.contains("permissions violation") {
            tracing::warn!(
                error = text,
                "NATS forbids it: give this login the permissions that deploy/nats/accounts.conf has for this \
                 program, or this program its own login; and nats.inbox_prefix must be the inbox that the login has"
            );
        } else if lower.contains("authorization") || lower.contains("authentication") {
            tracing::warn!(error = text, "NATS ends the login: correct {} here or at the server", self.login);
        } else {
            tracing::warn!(error = text, "NATS says no");
        }
    }

    /// There is a connection.
    pub(super) fn end(&self) {
        *self.now() = None;
    }

    /// What came of the last attempt, and what to do.
    pub(super) fn last(&self) -> String {
        self.now().as_ref().map_or_else(|| NOBODY.to_owned(), |told| told.why.clone())
    }

    fn explain(&self, error: &str) -> (Trouble, String) {
        let lower = error.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if has(&["authorization violation", "authentication", "signing nonce"]) {
            let login = self.login;
            return (
                Trouble::Login,
                format!("the server refuses the login; correct {login} here or at the server"),
            );
        }
        if has(&["certificate expired", "not valid yet", "expiredcontext", "certificateexpired"]) {
            return (
                Trouble::CertificateExpired,
                format!(
                    "a certificate has expired or isn't valid yet; replace the server's, or nats.certificate_file if \
                     it is this client's, and compare the clocks ({error})"
                ),
            );
        }
        if has(&["certificate", "tls", "peer misbehaved", "corrupt message"]) {
            return (
                Trouble::Certificate,
                format!(
                    "TLS fails; nats.ca_file must hold the authority of the server's certificate, which must name the \
                     host in nats.url, and nats.certificate_file must be one that the server trusts, if it asks for \
                     one ({error})"
                ),
            );
        }
        (Trouble::Network, format!("is it running, and is nats.url right? ({error})"))
    }

    fn now(&self) -> MutexGuard<'_, Option<Told>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Problems, Sections};

    #[test]
    fn each_trouble_says_what_to_do() {
        let check = |set: &[(&str, &str)], error: &str, trouble: Trouble, says: &str| {
            let variables = set.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
            let mut problems = Problems::default();
            let sections = Sections::load(None, variables, &mut problems);
            let settings = NatsSettings::read(&sections, &mut problems);
            let (explained, why) = Troubles::new(&settings).explain(error);
            assert_eq!(explained, trouble, "{error}");
            assert!(why.contains(says), "{why}");
            assert!(!why.contains("hunter2"), "{why}");
        };
        let user = [("DOCMILL_NATS__USER", "me"), ("DOCMILL_NATS__PASSWORD", "hunter2")];
        let refused = "authorization violation: nats: authorization violation";
        check(&user, refused, Trouble::Login, "nats.user and nats.password here");
        check(&[("DOCMILL_NATS__TOKEN", "hunter2")], refused, Trouble::Login, "nats.token here");
        check(&[], refused, Trouble::Login, "(none is set)");
        let expired = "IO error: invalid peer certificate: certificate expired: verification time 1 (UNIX)";
        check(&user, expired, Trouble::CertificateExpired, "replace the server's");
        check(
            &[],
            "IO error: received fatal alert: CertificateExpired",
            Trouble::CertificateExpired,
            "this client's",
        );
        check(&[], "IO error: invalid peer certificate: UnknownIssuer", Trouble::Certificate, "nats.ca_file");
        check(&[], "IO error: Connection refused (os error 111)", Trouble::Network, "nats.url");
    }
}
