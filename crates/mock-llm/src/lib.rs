//! An OpenAI-compatible server that needs no model: it answers extraction prompts by simple label matching.
//!
//! For trials, tests and load: the same prompt always gets the same answer, and the server can be told to be slow,
//! throttled, down, cut off or plausibly wrong ([`Faults`]). A question for a narrative is answered by copying facts. Every answer says that it comes from a mock. Tests start
//! [`MockLlm`] in their own process; everyone else runs the binary `mock-llm`. Beside OpenAI's paths it serves those of
//! SAP AI Core ([`AiCore`]): tokens, the list of deployments, a foundation model's deployment and orchestration's.

mod ai_core;
mod answer;
mod chat;
mod connection;
mod distort;
mod document;
mod faults;
mod labels;
mod narrate;
mod obey;
mod orchestration;
mod printed;
mod reply;
mod rows;
mod scalars;
mod server;
mod stats;
#[cfg(test)]
mod tests;
mod window;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::connection::{CuttableListener, Cutter};
use crate::server::Shared;

pub use ai_core::{AiCore, Deployment};
pub use faults::{Fault, Faults};
pub use stats::{AiCoreCounts, FaultCounts, Stats};

/// How a mock is started.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Where it listens; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Makes other values wrong and other calls fail.
    pub seed: u64,
    /// What it does wrong from the start.
    pub faults: Faults,
    /// How it behaves as SAP AI Core from the start.
    pub ai_core: AiCore,
}

impl Default for Options {
    /// A free port of this machine, no faults.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 0,
            faults: Faults::default(),
            ai_core: AiCore::default(),
        }
    }
}

/// Why a mock can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or isn't this machine's.
    #[error("cannot listen on {address}: choose another address with `--listen`")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A running mock; dropping it closes its port and every connection's next call.
#[derive(Debug)]
pub struct MockLlm {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    // Aborts the server when dropped.
    serving: JoinSet<()>,
}

impl MockLlm {
    /// Starts to listen and to answer.
    ///
    /// # Errors
    /// [`StartError::Listen`] where the address can't be listened on.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let refused = |source| StartError::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let shared = Arc::new(Shared::new(options.faults, options.seed, options.ai_core));
        let service = server::router(Arc::clone(&shared)).into_make_service_with_connect_info::<Cutter>();
        let (stop, stopped) = oneshot::channel::<()>();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let until_stopped = async {
                // A dropped sender means stop as well.
                stopped.await.unwrap_or_default();
            };
            let served =
                axum::serve(CuttableListener(listener), service).with_graceful_shutdown(until_stopped);
            if let Err(error) = served.await {
                tracing::error!(%error, "the server ended");
            }
        });
        Ok(Self { address, shared, stop: Some(stop), serving })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL a client is given: it ends before `/chat/completions`.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What it has counted so far.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Puts other faults in force; their counts start anew, [`Stats`] go on.
    pub fn control(&self, faults: Faults) {
        self.shared.control(faults);
    }

    /// The service key with which it can be asked as SAP AI Core, as long as it takes these credentials.
    pub fn service_key(&self, ai_core: &AiCore) -> serde_json::Value {
        ai_core.service_key(&format!("http://{}", self.address))
    }

    /// Makes it behave differently as SAP AI Core; tokens given so far stay good.
    pub fn control_ai_core(&self, settings: AiCore) {
        self.shared.control_ai_core(settings);
    }

    /// Refuses every token given so far, as SAP AI Core does when a binding is deleted.
    pub fn revoke_tokens(&self) {
        self.shared.revoke_tokens();
    }

    /// Takes no new connections, and returns when the calls being answered have their answers.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        while self.serving.join_next().await.is_some() {}
    }
}

impl Drop for MockLlm {
    fn drop(&mut self) {
        self.shared.stop();
    }
}
