//! What one document asks: in parts, on images, once more, within its budget, and not again after a kill.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use docmill_contract::failure::FailureCode;
use docmill_contract::outcome::{Outcome, Status};
use docmill_mock_llm::{Fault, Faults};
use docmill_testkit::pdf::{Face, Page, Pdf, Style};
use serde_json::{Map, Value, json};

use crate::rig::{Rig, eventually, sample_pdf};

const LONG: &str = "invoice/two-pages-40-lines.pdf";

fn rows(outcome: &Outcome) -> usize {
    outcome.data.as_ref().unwrap()["lines"].as_array().unwrap().len()
}

/// What was asked of the endpoint between a worker and the mock.
#[derive(Clone)]
struct Between {
    mock: String,
    client: reqwest::Client,
    asked: Arc<Mutex<Vec<Value>>>,
    /// What becomes of an answer of the mock.
    change: Arc<Change>,
}

/// Changes the answer to a request, and may give it another status.
type Change = dyn Fn(&Value, &mut Value) -> Option<StatusCode> + Send + Sync;

async fn pass_on(
    State(between): State<Between>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> (StatusCode, Json<Value>) {
    between.asked.lock().unwrap().push(request.clone());
    let mut call = between.client.post(format!("{}/chat/completions", between.mock)).json(&request);
    if let Some(key) = headers.get(AUTHORIZATION) {
        call = call.header(AUTHORIZATION, key);
    }
    #[expect(clippy::disallowed_methods, reason = "the mock's bodies are small")]
    let mut body: Value = call.send().await.unwrap().json().await.unwrap();
    match (between.change)(&request, &mut body) {
        None => (StatusCode::OK, Json(body)),
        Some(status) => (status, Json(body)),
    }
}

/// Puts an endpoint of our own before the mock; gives what it is asked.
pub(crate) async fn between(
    rig: &mut Rig,
    serving: &mut tokio::task::JoinSet<()>,
    change: impl Fn(&Value, &mut Value) -> Option<StatusCode> + Send + Sync + 'static,
) -> Arc<Mutex<Vec<Value>>> {
    let client = reqwest::Client::builder().build().unwrap();
    let between = Between { mock: rig.mock.url(), client, asked: Arc::default(), change: Arc::new(change) };
    let asked = Arc::clone(&between.asked);
    let app = Router::new().route("/v1/chat/completions", post(pass_on)).with_state(between);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    rig.set("DOCMILL_LLM__BASE_URL", &format!("http://{}/v1", listener.local_addr().unwrap()));
    serving.spawn(async move { axum::serve(listener, app).await.unwrap() });
    asked
}

#[tokio::test]
async fn an_endpoint_that_takes_no_schema_is_asked_with_less() {
    let (mut rig, mut serving) = (Rig::start().await, tokio::task::JoinSet::new());
    let asked = between(&mut rig, &mut serving, |request, body| {
        let has_format = request.get("response_format").is_some();
        if has_format {
            *body = json!({"error": {"code": 400, "message": "unsupported parameter: response_format"}});
        }
        has_format.then_some(StatusCode::BAD_REQUEST)
    })
    .await;
    let processor = rig.processor();
    rig.submit("invoice/english-classic.pdf", "first").await;
    let outcome = rig.outcome("first").await;
    assert_eq!(outcome.status, Status::Verified, "{:?} {:?}", outcome.failure, outcome.warnings);
    assert_eq!((outcome.usage.calls, outcome.usage.failed_calls), (1, 2));
    // The worker knows now.
    rig.submit("invoice/german-modern.pdf", "second").await;
    assert_eq!(rig.outcome("second").await.usage.failed_calls, 0);
    assert_eq!(asked.lock().unwrap().len(), 4);
    processor.logged("llm.schema_support").await;
}

#[tokio::test]
async fn rows_that_an_answer_leaves_out_are_asked_for_once_more() {
    let (mut rig, mut serving) = (Rig::start().await, tokio::task::JoinSet::new());
    let asked = between(&mut rig, &mut serving, |request, body| {
        // A model that loses rows 11 to 15 of a long table, and isn't asked for them in a short one.
        let content = body["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
        let mut record: Value = serde_json::from_str(&content).unwrap();
        let is_again = request["messages"][1]["content"].as_str().unwrap().contains("\nNOTE\n");
        if let Some(rows) = record["lines"].as_array_mut().filter(|rows| rows.len() > 20 && !is_again) {
            rows.drain(10..15);
        }
        body["choices"][0]["message"]["content"] = record.to_string().into();
        None
    })
    .await;
    let _processor = rig.processor();
    rig.submit(LONG, "long").await;
    let outcome = rig.outcome("long").await;
    assert_eq!((rows(&outcome), outcome.status), (40, Status::Verified), "{:#?}", outcome.warnings);
    let requests = asked.lock().unwrap().clone();
    let again: Vec<&Value> = requests.iter().filter(|request| request.to_string().contains("NOTE")).collect();
    assert_eq!((requests.len(), again.len()), (outcome.usage.calls as usize, 1));
    // Five lines and the headings, not the document.
    assert!(again[0].to_string().len() * 2 < requests[0].to_string().len());
}

#[tokio::test]
async fn a_wide_schema_is_asked_in_parts() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    let mut properties: Map<String, Value> =
        (0..369).map(|index| (format!("field_{index}"), json!({"type": "string"}))).collect();
    let number = json!({"type": "string", "description": "Printed as 'Invoice number', 'Invoice No.'"});
    properties.insert("invoice_number".to_owned(), number);
    let object = rig.store(&sample_pdf("invoice/english-classic.pdf")).await;
    let schema = json!({"type": "object", "properties": properties});
    rig.publish_job("q3", &json!({"source": {"object": object}, "document": "wide", "schema": schema})).await;
    let outcome = rig.outcome("wide").await;
    assert_eq!((outcome.usage.calls, outcome.status), (10, Status::Verified), "{:?}", outcome.failure);
    assert_eq!(outcome.data.unwrap().as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_document_that_costs_too_much_fails_and_says_what_it_cost() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_LLM__PROMPT_PRICE", "1")
        .set("DOCMILL_LLM__COMPLETION_PRICE", "1")
        .set("DOCMILL_LLM__DOCUMENT_COST_MAX", "0.000001")
        .set("DOCMILL_LLM__CHUNK_TOKENS_MAX", "200");
    let _processor = rig.processor();
    rig.submit(LONG, "dear").await;
    rig.expect_failure("q3", "dear", FailureCode::CostBudgetExceeded, "USD").await;
    let usage = rig.outcome("dear").await.usage;
    // Four questions at once: what was in flight is paid.
    assert!((1..=4).contains(&usage.calls), "{usage:?}");
    assert!(usage.cost.is_some());
}

#[tokio::test]
async fn only_the_open_rest_of_a_reply_is_asked_for() {
    let rig = Rig::start().await;
    let _processor = rig.processor();
    rig.mock.control(Faults { next: [Fault::Truncate].into(), ..Faults::default() });
    rig.submit(LONG, "cut").await;
    let outcome = rig.outcome("cut").await;
    assert_eq!((rows(&outcome), outcome.status), (40, Status::Verified), "{:#?}", outcome.warnings);
    // The cut one, the rest of the rows, the fields behind them.
    assert!(outcome.usage.calls <= 4, "{:?}", outcome.usage);
}

#[tokio::test]
async fn what_a_killed_worker_paid_is_not_paid_again() {
    let mut rig = Rig::start_with_ack_wait(2).await;
    rig.set("DOCMILL_NATS__ACK_WAIT_SECONDS", "2").set("DOCMILL_LLM__CHUNK_TOKENS_MAX", "200");
    rig.slow_mock(500);
    let doomed = rig.processor();
    rig.submit(LONG, "survivor").await;
    eventually("some calls are answered", async || (rig.mock.stats().answered >= 5).then_some(())).await;
    doomed.kill().await;
    eventually("the calls are gone", async || (rig.mock.stats().in_flight == 0).then_some(())).await;
    let before = rig.mock.stats().calls;
    rig.mock.control(Faults::default());
    let _heir = rig.processor();
    let outcome = rig.outcome("survivor").await;
    assert_eq!(rows(&outcome), 40);
    let usage = &outcome.usage;
    let needed = u64::from(usage.calls) + u64::from(usage.replayed_calls);
    // Four questions are asked at once.
    assert!(before + u64::from(usage.calls) <= needed + 4, "{before} before, {usage:?}");
    assert!(usage.replayed_calls >= 1, "{usage:?}");
}

#[tokio::test]
async fn pages_without_text_are_questions_of_their_own() {
    let (mut rig, mut serving) = (Rig::start().await, tokio::task::JoinSet::new());
    let asked = between(&mut rig, &mut serving, |_, _| None).await;
    rig.set("DOCMILL_LLM__VISION", "true");
    let _processor = rig.processor();
    let mut page = Page::default();
    page.text(60.0, 80.0, Style::new(Face::Regular, 11.0), "Invoice number: 2024-17");
    // Ten pages that show nothing: nobody can know that but by looking.
    let pages = std::iter::once(page).chain(std::iter::repeat_n(Page::default(), 10)).collect();
    let object = rig.store(&Pdf { pages, ..Pdf::default() }.write().into()).await;
    let job = json!({"source": {"object": object}, "document": "mixed", "profile": "invoice"});
    rig.publish_job("q3", &job).await;
    let outcome = rig.outcome("mixed").await;
    assert_eq!(outcome.data.unwrap()["invoice_number"], "2024-17");
    let mut images: Vec<usize> = asked.lock().unwrap().iter().map(images_of).collect();
    images.sort_unstable();
    assert_eq!(images, [0, 2, 8]);
}

/// How many images go with a question.
fn images_of(request: &Value) -> usize {
    let parts = request["messages"][1]["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    parts.iter().filter(|part| part["type"] == "image_url").count()
}
