//! The connection to NATS. (The pull loop needs exactly this shape; the rest is being written.)

use async_nats::jetstream;
use tokio::sync::watch;

use crate::config::NatsSettings;

/// Why the connection could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The options can't be used.
    #[error("failed to connect to {0}")]
    Connect(String, #[source] async_nats::ConnectError),
}

/// The connection.
#[derive(Debug, Clone)]
pub struct Nats {
    /// The client.
    pub client: async_nats::Client,
    /// JetStream over it.
    pub jetstream: jetstream::Context,
    /// Grows with each connection that is made.
    pub reconnected: watch::Receiver<u64>,
}

impl Nats {
    /// Begins to connect; the server needn't be there yet.
    ///
    /// # Errors
    /// If the options can't be used.
    pub async fn connect(settings: &NatsSettings, name: &str) -> Result<Self, ConnectError> {
        let (sender, reconnected) = watch::channel(0_u64);
        let client = async_nats::ConnectOptions::new()
            .name(name)
            .retry_on_initial_connect()
            .event_callback(move |event| {
                let sender = sender.clone();
                async move {
                    if matches!(event, async_nats::Event::Connected) {
                        sender.send_modify(|connections| *connections += 1);
                    }
                }
            })
            .connect(&settings.url)
            .await
            .map_err(|error| ConnectError::Connect(settings.url.clone(), error))?;
        Ok(Self { jetstream: jetstream::new(client.clone()), client, reconnected })
    }

    /// Whether the connection stands now.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == async_nats::connection::State::Connected
    }
}
