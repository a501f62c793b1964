//! Documents by https, through the whole worker: fetched and kept, refused, or waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use docmill_contract::failure::FailureCode;
use docmill_contract::identity::Sha256Hex;
use docmill_contract::names::Work;
use docmill_contract::outcome::Status;
use docmill_testkit::tls::{Authority, TlsFront, ca_file};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::rig::{Rig, sample_pdf};

const SAMPLE: &str = "invoice/english-classic.pdf";

/// Somebody's server of documents, by TLS on `localhost`.
struct Archive {
    front: TlsFront,
    /// Whether it can serve what is below `/now-and-then`.
    is_up: Arc<AtomicBool>,
    ca_file: String,
    _trust: TempDir,
    _serving: JoinSet<()>,
}

impl Archive {
    async fn start() -> Self {
        let is_up = Arc::new(AtomicBool::new(false));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let behind = listener.local_addr().unwrap();
        let router = pages(Arc::clone(&is_up));
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let authority = Authority::new();
        let front = TlsFront::start(authority.server(false, &[b"http/1.1"]), behind).await;
        let trust = tempfile::tempdir().unwrap();
        let ca_file = ca_file(&trust, &authority);
        Self { front, is_up, ca_file, _trust: trust, _serving: serving }
    }

    /// A rig whose workers may ask it.
    async fn rig(&self) -> Rig {
        let mut rig = Rig::start().await;
        rig.set("DOCMILL_WEB__PRIVATE_HOSTS", "localhost").set("DOCMILL_WEB__CA_FILE", &self.ca_file);
        rig
    }

    async fn order(&self, rig: &Rig, path: &str, document: &str) {
        let url = format!("{}{path}", self.front.url());
        rig.publish_job("q3", &json!({"source": {"url": url}, "document": document, "profile": "invoice"}))
            .await;
    }
}

fn pages(is_up: Arc<AtomicBool>) -> Router {
    async fn sometimes(State(is_up): State<Arc<AtomicBool>>) -> Response {
        match is_up.load(Ordering::Relaxed) {
            true => sample_pdf(SAMPLE).into_response(),
            false => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }
    let redirect = |to: &'static str| get(move || async move { Redirect::temporary(to) });
    Router::new()
        .route("/a.pdf", get(|| async { sample_pdf(SAMPLE) }))
        .route("/moved.pdf", redirect("/a.pdf"))
        .route("/inside.pdf", redirect("https://127.0.0.1/a.pdf"))
        .route("/metadata.pdf", redirect("https://169.254.169.254/latest/meta-data/"))
        .route("/page.html", get(|| async { "<html>Please log in</html>" }))
        .route("/now-and-then.pdf", get(sometimes))
        .with_state(is_up)
}

#[tokio::test]
async fn a_document_is_fetched_kept_and_read() {
    let archive = Archive::start().await;
    let rig = archive.rig().await;
    let processor = rig.processor();
    let digest = Sha256Hex::of(&sample_pdf(SAMPLE));
    for (path, document) in [("/a.pdf?signature=secret", "direct"), ("/moved.pdf", "moved")] {
        archive.order(&rig, path, document).await;
        let outcome = rig.outcome(document).await;
        assert_eq!(outcome.status, Status::Verified, "{path}");
        assert_eq!(outcome.source.sha256.as_ref(), Some(&digest), "{path}");
        // It is there for whoever reviews the record, when the address isn't any more.
        let kept = rig.stores.documents.get(outcome.source.object.as_deref().unwrap(), 1 << 20).await;
        assert_eq!(kept.unwrap(), sample_pdf(SAMPLE), "{path}");
    }
    // The second one has the same bytes.
    assert_eq!(rig.mock.stats().calls, 1);
    assert!(!processor.log().contains("secret"), "{}", processor.log());
}

#[tokio::test]
async fn addresses_that_give_no_document_fail_it() {
    let archive = Archive::start().await;
    let rig = archive.rig().await;
    let _processor = rig.processor();
    let rows = [
        ("/inside.pdf", FailureCode::AddressForbidden, "127.0.0.1, which is not public"),
        ("/metadata.pdf", FailureCode::AddressForbidden, "169.254.169.254, which is not public"),
        ("/gone.pdf", FailureCode::DocumentMissing, "answers 404 Not Found: publish the document there"),
        ("/page.html", FailureCode::NotAPdf, "not a PDF"),
    ];
    for (number, (path, code, reason)) in rows.into_iter().enumerate() {
        let document = format!("d{number}");
        archive.order(&rig, path, &document).await;
        rig.expect_failure("q3", &document, code, reason).await;
    }
    assert_eq!(rig.mock.stats().calls, 0);
}

#[tokio::test]
async fn a_server_that_is_down_is_asked_again() {
    let archive = Archive::start().await;
    let rig = archive.rig().await;
    let processor = rig.processor();
    archive.order(&rig, "/now-and-then.pdf", "late").await;
    processor.logged("can't be fetched now: it answers 503 Service Unavailable").await;
    assert_eq!(rig.outcomes("q3").await, 0);
    archive.is_up.store(true, Ordering::Relaxed);
    let outcome = rig.outcome("late").await;
    assert_eq!((outcome.status, outcome.revision), (Status::Verified, 1));
    rig.drained(Work::Process).await;
}

#[tokio::test]
async fn a_server_that_stays_down_fails_the_document() {
    let archive = Archive::start().await;
    let mut rig = archive.rig().await;
    rig.set("DOCMILL_WEB__LATE_SECONDS_MAX", "1");
    let _processor = rig.processor();
    archive.order(&rig, "/now-and-then.pdf", "never").await;
    rig.expect_failure("q3", "never", FailureCode::DocumentUnreachable, "503 Service Unavailable").await;
}
