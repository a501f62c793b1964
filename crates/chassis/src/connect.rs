//! The way to NATS: one connection per process, which outlives every outage.
//!
//! Called once by `run` and by each program without a worker. It never gives up and never fails because NATS is
//! down: who needs it to be there waits with [`Nats::ready`]. It knows nothing of streams.

mod login;
mod trouble;

use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{ConnectOptions, Event, ServerAddr, jetstream};
use tokio::sync::watch;

use crate::config::NatsSettings;

use trouble::Troubles;

/// The oldest server docmill works with: older ones lose acknowledged writes.
pub const SERVER_VERSION_MIN: (i64, i64, i64) = (2, 12, 5);

/// How long one request to NATS may take before it counts as failed. A healthy server answers in milliseconds; a
/// cluster that elects a leader needs a few seconds.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest pause between two attempts to reconnect, so that a restarted server is used again at once.
const RECONNECT_DELAY_MAX: Duration = Duration::from_secs(1);

/// How often a silent connection is tried, so that a dead one is noticed well before `ack_wait` runs out.
const PING_INTERVAL: Duration = Duration::from_secs(15);

/// Why the connection's settings can't be used, or NATS isn't there when it must be.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// An address can't be read.
    #[error("{address:?} is not an address of NATS: correct nats.url")]
    Address {
        /// The address.
        address: String,
        /// What is wrong with it.
        source: std::io::Error,
    },
    /// The credentials file can't be read.
    #[error("the credentials file {} can't be used: correct nats.credentials_file", path.display())]
    Credentials {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file of the NKey can't be read or holds none.
    #[error("the file {} can't be used: correct nats.nkey_file", path.display())]
    Nkey {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The client refuses the settings.
    #[error("the connection to {url} can't be set up")]
    Refused {
        /// The addresses.
        url: String,
        /// What the client says.
        source: async_nats::ConnectError,
    },
    /// Nobody answers.
    #[error("NATS doesn't answer at {url}: {why}")]
    Unreachable {
        /// The addresses.
        url: String,
        /// What came of the last attempt, and what to do.
        why: String,
    },
    /// The server is too old.
    #[error("the nats-server at {url} is {version}: docmill needs {}.{}.{} or later, since older ones lose acknowledged writes", SERVER_VERSION_MIN.0, SERVER_VERSION_MIN.1, SERVER_VERSION_MIN.2)]
    TooOld {
        /// The addresses.
        url: String,
        /// What it says of itself.
        version: String,
    },
}

/// The connection. Clones share it.
#[derive(Debug, Clone)]
pub struct Nats {
    /// Core NATS.
    pub client: async_nats::Client,
    /// JetStream, with a timeout on every request.
    pub jetstream: jetstream::Context,
    /// Counts the times a connection was made: a waiting pull is lost with its connection and must be sent again.
    pub reconnected: watch::Receiver<u64>,
    url: String,
    troubles: Arc<Troubles>,
}

impl Nats {
    /// Begins to connect and returns at once, whether NATS is there or not.
    ///
    /// # Errors
    /// If the settings can't be used. That NATS is down is not an error.
    pub async fn connect(settings: &NatsSettings, connection_name: &str) -> Result<Self, ConnectError> {
        let addresses = addresses(&settings.url)?;
        let (connections, reconnected) = watch::channel(0_u64);
        let troubles = Arc::new(Troubles::new(settings));
        let (of_attempts, of_events) = (Arc::clone(&troubles), Arc::clone(&troubles));
        let options = login::with_login(ConnectOptions::new(), settings)?
            .custom_inbox_prefix(&settings.inbox_prefix)
            .name(connection_name)
            .retry_on_initial_connect()
            .reconnect_delay_callback(delays())
            .ping_interval(PING_INTERVAL)
            .request_timeout(Some(REQUEST_TIMEOUT))
            // It chooses nothing: it is where the client says why the attempt before has failed.
            .reconnect_to_server_callback(move |servers, _| {
                of_attempts.note_attempts(&servers);
                std::future::ready(None)
            })
            .event_callback(move |event| {
                note(&event, &connections, &of_events);
                std::future::ready(())
            });
        let url = settings.url.clone();
        let client = options
            .connect(addresses)
            .await
            .map_err(|source| ConnectError::Refused { url: url.clone(), source })?;
        let jetstream =
            jetstream::context::ContextBuilder::new().timeout(REQUEST_TIMEOUT).build(client.clone());
        Ok(Self { client, jetstream, reconnected, url, troubles })
    }

    /// Whether there is a connection now.
    pub fn is_connected(&self) -> bool {
        match self.client.connection_state() {
            State::Connected => true,
            State::Pending | State::Disconnected => false,
        }
    }

    /// Waits until NATS is there, and checks its version.
    ///
    /// # Errors
    /// If it doesn't answer `within` this time, or is too old.
    pub async fn ready(&self, within: Duration) -> Result<(), ConnectError> {
        let mut connections = self.reconnected.clone();
        // The sender lives as long as the client, so an error can only mean that the time is over.
        drop(tokio::time::timeout(within, connections.wait_for(|&count| count > 0)).await);
        self.check_server()
    }

    /// Checks that there is a server and that it is new enough.
    ///
    /// # Errors
    /// [`ConnectError::Unreachable`] or [`ConnectError::TooOld`].
    pub fn check_server(&self) -> Result<(), ConnectError> {
        let info = self.client.try_server_info().filter(|_| self.is_connected());
        let Some(info) = info else {
            let (url, why) = (self.url.clone(), self.troubles.last());
            return Err(ConnectError::Unreachable { url, why });
        };
        let (major, minor, patch) = SERVER_VERSION_MIN;
        if self.client.is_server_compatible(major, minor, patch) {
            return Ok(());
        }
        Err(ConnectError::TooOld { url: self.url.clone(), version: info.version })
    }
}

fn addresses(url: &str) -> Result<Vec<ServerAddr>, ConnectError> {
    let read = |address: &str| {
        ServerAddr::from_str(address)
            .map_err(|source| ConnectError::Address { address: address.to_owned(), source })
    };
    url.split(',').map(str::trim).map(read).collect()
}

/// How long to wait before each attempt. Not at all before the first of the connection's life, since a worker isn't ready
/// without it. The client counts from one again after every success, and a server that takes connections and drops them
/// must not be asked without a pause: later first attempts wait.
fn delays() -> impl Fn(usize) -> Duration + Send + Sync {
    let begun = AtomicBool::new(false);
    move |attempts| {
        if begun.swap(true, Ordering::Relaxed) { reconnect_delay(attempts) } else { Duration::ZERO }
    }
}

/// 50 ms, doubled with every attempt, at most one second.
fn reconnect_delay(attempts: usize) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX).min(8);
    Duration::from_millis(50).saturating_mul(1 << doublings).min(RECONNECT_DELAY_MAX)
}

fn note(event: &Event, connections: &watch::Sender<u64>, troubles: &Troubles) {
    match event {
        Event::Connected => {
            troubles.end();
            connections.send_modify(|count| *count += 1);
            tracing::info!("connected to NATS");
        }
        Event::Disconnected => tracing::warn!("the connection to NATS is lost; connecting again"),
        Event::ServerError(error) => troubles.note_refusal(error),
        // Of each failed attempt there is no more than its kind in it; the next attempt says why.
        Event::ClientError(error) => tracing::debug!(%error, "the NATS client reports an error"),
        Event::SlowConsumer(subscription) => {
            tracing::warn!(subscription, "messages from NATS were dropped unread")
        }
        Event::LameDuckMode | Event::Draining | Event::Closed => tracing::debug!(%event, "NATS"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reconnects_soon_and_never_rarer_than_every_second() {
        let check = |attempts, milliseconds| {
            assert_eq!(reconnect_delay(attempts), Duration::from_millis(milliseconds), "{attempts}");
        };
        check(0, 50);
        check(1, 50);
        check(2, 100);
        check(5, 800);
        check(6, 1_000);
        check(usize::MAX, 1_000);
    }

    #[test]
    fn only_the_first_attempt_of_all_is_made_at_once() {
        let delay = delays();
        let seen = [1, 2, 1, 1].map(|attempts| delay(attempts).as_millis());
        assert_eq!(seen, [0, 100, 50, 50]);
    }

    #[test]
    fn addresses_are_split_at_commas() {
        let check = |url: &str, expected: usize| {
            assert_eq!(addresses(url).map(|all| all.len()).unwrap_or(0), expected)
        };
        check("nats://a:4222", 1);
        check("nats://a:4222, tls://b", 2);
        check("http://a", 0);
    }
}
