//! A worker that is killed in the middle of a document of 200 pages.

use docmill_contract::names::Work;
use docmill_contract::outcome::Status;
use docmill_mock_llm::Faults;
use docmill_testkit::{layouts, varied};
use serde_json::json;

use crate::rig::{Rig, eventually};

/// Rows of the invoice's table: some thirty a page.
const ROWS: usize = 7_000;

#[tokio::test]
async fn the_heir_of_a_killed_worker_repeats_only_the_calls_that_were_in_flight() {
    let mut rig = Rig::start_with_ack_wait(3).await;
    rig.set("DOCMILL_NATS__ACK_WAIT_SECONDS", "3");
    // Fewer and smaller rows a call would take longer and show the same.
    rig.set("DOCMILL_LLM__DOCUMENT_TOKENS_MAX", "20000000");
    let (mut invoice, layout) = varied::invoice(7);
    let items = invoice.items.clone();
    invoice.items = items.iter().cycle().take(ROWS).cloned().collect();
    for (index, item) in (1..).zip(&mut invoice.items) {
        item.description = format!("Position {index}");
        item.note = None;
    }
    let object = rig.store(&layouts::draw(&invoice, layout).write().into()).await;
    rig.mock.control(Faults { delay_ms: 500, ..Faults::default() });
    let doomed = rig.processor();
    let job = json!({"source": {"object": object}, "document": "long", "profile": "invoice"});
    rig.publish_job("q3", &job).await;
    eventually("a dozen answers", async || (rig.mock.stats().answered >= 12).then_some(())).await;
    let in_flight = rig.mock.stats().in_flight;
    doomed.kill().await;
    // An answer that left the mock at the moment of the kill was in flight too.
    let most_repeated = in_flight + 4;
    rig.mock.control(Faults::default());
    let _heir = rig.processor();
    let outcome = rig.outcome("long").await;
    assert_ne!(outcome.status, Status::Failed, "{:?}", outcome.failure);
    assert!(outcome.source.pages >= 200, "{} pages", outcome.source.pages);
    let stats = rig.mock.stats();
    assert!(stats.prompts > 20, "{stats:?}");
    let repeated = stats.calls - stats.prompts;
    assert!(repeated <= most_repeated, "{repeated} calls were made again, {in_flight} were in flight");
    assert!(outcome.usage.replayed_calls >= 8, "{:?}", outcome.usage);
    rig.drained(Work::Process).await;
    assert_eq!(rig.outcomes("q3").await, 1);
}
