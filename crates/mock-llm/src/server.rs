//! The HTTP side: routes, the decision for each call, and the answer.
//!
//! [`MockLlm::start`](crate::MockLlm::start) serves [`router`]; everything it needs to know is in [`Shared`].

mod ai_core;
mod dialect;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::ai_core::{AiCore, Front, Refusal};
use crate::chat::{self, Reply, Request};
use crate::connection::Cutter;
use crate::faults::{Deciding, Fault, Faults};
use crate::reply;
use crate::stats::{AiCoreCounts, Memory, Stats};
use dialect::Dialect;

/// The largest request body: 32 MiB, some twenty page images.
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What all calls share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) seed: u64,
    deciding: Mutex<Deciding>,
    front: Mutex<Front>,
    stats: Mutex<(Stats, Memory)>,
    stopped: AtomicBool,
}

impl Shared {
    pub(crate) fn new(faults: Faults, seed: u64, ai_core: AiCore) -> Self {
        Self {
            seed,
            front: Mutex::new(Front::new(ai_core)),
            deciding: Mutex::new(Deciding::new(faults, seed, Instant::now())),
            stats: Mutex::default(),
            stopped: AtomicBool::new(false),
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        locked(&self.stats).0.clone()
    }

    fn count(&self, count: impl FnOnce(&mut Stats, &mut Memory)) {
        let mut counts = locked(&self.stats);
        let (stats, memory) = &mut *counts;
        count(stats, memory);
    }

    pub(crate) fn control(&self, faults: Faults) {
        locked(&self.deciding).replace(faults, Instant::now());
    }

    pub(crate) fn control_ai_core(&self, settings: AiCore) {
        locked(&self.front).settings = settings;
    }

    pub(crate) fn revoke_tokens(&self) {
        locked(&self.front).revoke_tokens();
    }

    /// Asks SAP AI Core's front something, which it counts.
    fn at_front<T>(&self, ask: impl FnOnce(&mut Front, &mut AiCoreCounts) -> T) -> T {
        ask(&mut locked(&self.front), &mut locked(&self.stats).0.ai_core)
    }

    /// Every call from now on finds its connection closed.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }
}

/// Locks; a thread that panicked leaves counts behind that are good enough to go on with.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts a call as being answered for as long as it lives: until the answer, or until the client goes away.
struct InFlight(Arc<Shared>);

impl InFlight {
    fn enter(shared: &Arc<Shared>) -> Self {
        shared.count(|stats, memory| stats.called(memory, Instant::now()));
        Self(Arc::clone(shared))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.count(|stats, _| stats.in_flight -= 1);
    }
}

/// All routes.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(complete))
        .route("/chat/completions", post(complete))
        .route("/v1/models", get(models))
        .route("/models", get(models))
        .route("/health", get(health))
        .route("/stats", get(async |State(shared): State<Arc<Shared>>| Json(shared.stats())))
        .route("/control", post(control))
        .merge(ai_core::routes())
        .fallback(async || {
            failure(404, "there is no such path: mock-llm serves /v1/chat/completions and /v1/models")
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(shared)
}

/// JSON, or the plain text of a gateway.
fn refused(refusal: Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match refusal.body {
        Value::String(text) => marked((status, text)),
        body => marked((status, Json(body))),
    }
}

async fn models() -> Response {
    marked(Json(json!({
        "object": "list",
        "data": [{"id": chat::MODEL, "object": "model", "created": 0, "owned_by": "docmill"}],
    })))
}

async fn health(State(shared): State<Arc<Shared>>) -> Response {
    if locked(&shared.deciding).is_down(Instant::now()) {
        return failure(503, "mock-llm was told to be down");
    }
    marked(Json(json!({"status": "ok"})))
}

/// Puts the faults of the body in force; what it doesn't name is off.
async fn control(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    match serde_json::from_slice::<Faults>(&body) {
        Ok(faults) => {
            shared.control(faults.clone());
            marked(Json(json!(faults)))
        }
        Err(error) => failure(400, &format!("the body is not a set of faults: {error}")),
    }
}

async fn complete(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Request::read(&body).map(|request| request.with_headers(&headers));
    answer(&shared, &cutter, request, Dialect::OpenAi).await
}

/// One call, whichever path it came by.
async fn answer(
    shared: &Arc<Shared>,
    cutter: &Cutter,
    request: Result<Request, String>,
    dialect: Dialect,
) -> Response {
    let _in_flight = InFlight::enter(shared);
    let is_list = locked(&shared.front).settings.error_lists;
    let request = match request {
        Ok(request) => request,
        Err(message) => {
            shared.count(|stats, _| stats.bad_requests += 1);
            return dialect.failure(400, &message, is_list);
        }
    };
    let prompt = request.hash(shared.seed);
    let prompt_tokens = request.prompt_tokens();
    shared.count(|stats, memory| stats.prompted(memory, prompt));
    let (decided, delay, faults) = {
        let mut deciding = locked(&shared.deciding);
        let (decided, delay) = deciding.decide(prompt, prompt_tokens, Instant::now());
        (decided, delay, deciding.faults.clone())
    };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let decided = if shared.stopped.load(Ordering::Acquire) { Fault::Drop } else { decided };
    let fault = match decided {
        Fault::Drop => {
            shared.count(|stats, _| stats.faults.count(decided));
            cutter.cut();
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        Fault::Throttle(seconds) => {
            shared.count(|stats, _| stats.faults.count(decided));
            return dialect.throttled(seconds, is_list);
        }
        Fault::Status(429) => {
            shared.count(|stats, _| stats.faults.count(decided));
            return dialect.throttled(faults.retry_after_seconds, is_list);
        }
        Fault::Status(status) => {
            shared.count(|stats, _| stats.faults.count(decided));
            return dialect.failure(status, &format!("mock-llm was told to answer {status}"), is_list);
        }
        Fault::None
        | Fault::Truncate
        | Fault::Wrong
        | Fault::InvalidJson
        | Fault::OutsideSchema
        | Fault::Refuse
        | Fault::Obey => decided,
    };
    let (reply, fault) = reply::reply(&request, prompt, fault, &faults);
    let completion = answered(shared, &request, prompt, &reply, fault);
    marked(Json(dialect.answer(completion)))
}

/// Counts an answer and gives its body.
fn answered(shared: &Shared, request: &Request, prompt: u64, reply: &Reply, fault: Fault) -> Value {
    let prompt_tokens = request.prompt_tokens();
    let created = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (body, completion_tokens) = chat::completion(reply, prompt, prompt_tokens, created);
    locked(&shared.deciding).completed(completion_tokens, Instant::now());
    shared.count(|stats, memory| {
        stats.faults.count(fault);
        if matches!(fault, Fault::None | Fault::Wrong) {
            stats.usable(memory, prompt);
        }
        stats.answered(memory, Instant::now(), prompt_tokens, completion_tokens);
    });
    body
}

fn throttled(seconds: u64) -> Response {
    let mut response = failure(429, &format!("Rate limit reached: please try again in {seconds} s."));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

fn failure(status: u16, message: &str) -> Response {
    let status_code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    marked((status_code, Json(chat::error(status, message))))
}

/// Every answer says that it comes from a mock.
fn marked(response: impl IntoResponse) -> Response {
    ([("x-docmill-mock", "1")], response).into_response()
}
