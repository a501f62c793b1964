//! How spans leave: by the HTTP client that everything else uses, in a task of the runtime.
//!
//! Called by the exporter's own thread, which waits. Whoever works waits for nothing in here.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response, ResponseBodyTooLarge};
use tokio::runtime::Handle;

/// How long a collector may take to be connected to.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// How long one request may take in all.
const REQUEST_MAX: Duration = Duration::from_secs(10);

/// The longest answer: it says no more than how many spans weren't taken, and why.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Carries requests of the exporter.
#[derive(Debug)]
pub(super) struct Courier {
    client: reqwest::Client,
    runtime: Handle,
    /// So that an outage is one line of the log, and its end another.
    is_failing: Arc<AtomicBool>,
}

impl Courier {
    /// A courier on the runtime that calls this.
    pub(super) fn new() -> Result<Self, Box<dyn std::error::Error>> {
        crate::run::install_tls();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_MAX)
            .timeout(REQUEST_MAX)
            // Headers may hold a key, which belongs to the configured address alone.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { client, runtime: Handle::try_current()?, is_failing: Arc::default() })
    }
}

impl HttpClient for Courier {
    // As `async_trait` writes it, which the exporter's crate uses and this one needs for nothing else.
    fn send_bytes<'life0, 'async_trait>(
        &'life0 self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let (client, is_failing) = (self.client.clone(), Arc::clone(&self.is_failing));
        let sent = self.runtime.spawn(async move {
            let answer = exchange(&client, request).await;
            let problem = match &answer {
                Ok(answer) if answer.status().is_success() => None,
                Ok(answer) => Some(format!("status {}", answer.status())),
                Err(error) => Some(error.to_string()),
            };
            let was_failing = is_failing.swap(problem.is_some(), Ordering::Relaxed);
            match problem {
                Some(problem) if !was_failing => {
                    tracing::warn!(
                        problem,
                        "traces can't be sent: look at telemetry.otlp_endpoint and at the collector"
                    );
                }
                None if was_failing => tracing::info!("traces are sent again"),
                Some(_) | None => {}
            }
            answer
        });
        Box::pin(async move { sent.await? })
    }
}

async fn exchange(client: &reqwest::Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    // Without its address, which may hold a key.
    let mut answer = client.execute(request.try_into()?).await.map_err(reqwest::Error::without_url)?;
    let mut response = Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        headers.clone_from(answer.headers());
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            return Err(ResponseBodyTooLarge::new().into());
        }
    }
    Ok(response.body(body.into())?)
}
