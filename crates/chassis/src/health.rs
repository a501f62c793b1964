//! `/livez`, `/readyz` and `/metrics` for Kubernetes and Prometheus.
//!
//! Started by [`crate::run::run`] and told by it and by the pull loop how things are. Live means that the process
//! answers; ready means that NATS is connected and no drain is on. A worker that waits for its streams is ready:
//! restarting it would not make them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use async_nats::connection::State as Connection;
use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Serialize;
use tokio::net::TcpListener;

use crate::metrics::Metrics;
use crate::tasks::Tasks;

/// OpenMetrics text, as the `prometheus-client` crate writes it.
const METRICS_CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How things are, told by those who know. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Health {
    told: Arc<Mutex<Told>>,
}

#[derive(Debug, Default)]
struct Told {
    draining: bool,
    waiting_for: Option<String>,
}

/// What `/readyz` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether jobs can come.
    pub ready: bool,
    /// `connected`, `disconnected` or `pending`.
    pub nats: &'static str,
    /// Whether a drain is on.
    pub draining: bool,
    /// What the worker waits for, while its stream or consumer isn't there.
    pub waiting_for: Option<String>,
}

impl Health {
    /// A drain began.
    pub fn draining(&self) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).draining = true;
    }

    /// The stream or consumer isn't there (`Some`), or is again. Says whether that is news.
    pub fn waiting_for(&self, what: Option<String>) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let news = told.waiting_for != what;
        told.waiting_for = what;
        news
    }

    /// What `/readyz` says with this connection.
    pub fn readiness(&self, connection: &Connection) -> Readiness {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let nats = match connection {
            Connection::Connected => "connected",
            Connection::Disconnected => "disconnected",
            Connection::Pending => "pending",
        };
        let ready = *connection == Connection::Connected && !told.draining;
        Readiness { ready, nats, draining: told.draining, waiting_for: told.waiting_for.clone() }
    }
}

#[derive(Clone)]
struct Served {
    health: Health,
    metrics: Arc<Metrics>,
    client: async_nats::Client,
}

/// Opens the port and serves until the tasks are told to stop. Returns the address, which port 0 leaves open.
///
/// # Errors
/// If the port can't be opened.
pub async fn serve(
    listen: SocketAddr,
    health: Health,
    metrics: Arc<Metrics>,
    client: async_nats::Client,
    tasks: &Tasks,
) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route("/livez", get(|| async { "live\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics_text))
        .with_state(Served { health, metrics, client });
    let stopping = tasks.stopping().clone();
    tasks.spawn(async move {
        // Without graceful shutdown: a scraper that keeps its connection open must not keep the process.
        tokio::select! {
            served = async { axum::serve(listener, router).await } => {
                if let Err(error) = served {
                    tracing::error!(%error, "health server ended");
                }
            }
            () = stopping.cancelled() => {}
        }
    });
    tracing::info!(%address, "health and metrics");
    Ok(address)
}

async fn readyz(State(served): State<Served>) -> impl IntoResponse {
    let readiness = served.health.readiness(&served.client.connection_state());
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}

async fn metrics_text(State(served): State<Served>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, METRICS_CONTENT_TYPE)], served.metrics.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_means_connected_and_not_draining() {
        let health = Health::default();
        assert!(health.readiness(&Connection::Connected).ready);
        assert!(!health.readiness(&Connection::Disconnected).ready);
        assert!(!health.readiness(&Connection::Pending).ready);
        assert!(health.waiting_for(Some("stream DOCMILL_PROCESS".to_owned())));
        assert!(!health.waiting_for(Some("stream DOCMILL_PROCESS".to_owned())), "no news");
        let readiness = health.readiness(&Connection::Connected);
        assert!(readiness.ready, "absent streams leave it ready");
        assert_eq!(readiness.waiting_for.as_deref(), Some("stream DOCMILL_PROCESS"));
        health.draining();
        assert!(!health.readiness(&Connection::Connected).ready);
    }
}
