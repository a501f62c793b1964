//! A worker that is killed, or told to end, in the middle of a document of many pages.

use docmill_contract::names::Work;
use docmill_contract::outcome::Status;
use docmill_contract::profile::Profile;
use docmill_mock_llm::Faults;
use docmill_testkit::pdf::{Face, Page, Pdf, Style};
use serde_json::json;

use crate::rig::{Rig, eventually};

const PAGES: usize = 200;

/// Few, since finding thousands of values on their pages is not what is looked at here.
const ROWS_OF_A_PAGE: usize = 6;

/// A list of deliveries over all pages, each of which repeats the table's heads.
fn deliveries(pages: usize) -> Pdf {
    let (head, body) = (Style::new(Face::Bold, 10.0), Style::new(Face::Regular, 10.0));
    let page = |number: usize| {
        let mut page = Page::default();
        page.text(56.0, 100.0, head, "Description");
        page.text_right(533.0, 100.0, head, "Amount");
        for row in 0..ROWS_OF_A_PAGE {
            let y = 120.0 + f64::from(u32::try_from(row).unwrap()) * 20.0;
            page.text(56.0, y, body, &format!("Delivery {} of the year", number * ROWS_OF_A_PAGE + row));
            page.text_right(533.0, y, body, &format!("{number}.{row}5"));
        }
        page
    };
    let day = "20260102".to_owned();
    Pdf { title: "Deliveries".to_owned(), day, pages: (1..=pages).map(page).collect(), ..Pdf::default() }
}

/// Publishes the job of such a list, in chunks of some five pages.
async fn publish(rig: &mut Rig, pages: usize) {
    rig.set("DOCMILL_LLM__CHUNK_TOKENS_MAX", "700");
    let object = rig.store(&deliveries(pages).write().into()).await;
    let mut schema = Profile::built_in("invoice").unwrap().schema;
    let mut lines = schema["properties"]["lines"].take();
    lines["items"]["properties"]
        .as_object_mut()
        .unwrap()
        .retain(|name, _| name == "description" || name == "amount");
    schema = json!({"type": "object", "properties": {"lines": lines}});
    let job = json!({"source": {"object": object}, "document": "long", "schema": schema});
    rig.publish_job("q3", &job).await;
}

#[tokio::test]
async fn the_heir_of_a_killed_worker_repeats_only_the_calls_that_were_in_flight() {
    let mut rig = Rig::start_with_ack_wait(3).await;
    rig.set("DOCMILL_NATS__ACK_WAIT_SECONDS", "3");
    rig.mock.control(Faults { delay_ms: 300, ..Faults::default() });
    // Some forty calls.
    publish(&mut rig, PAGES).await;
    let doomed = rig.processor();
    eventually("a dozen answers", async || (rig.mock.stats().answered >= 12).then_some(())).await;
    doomed.kill().await;
    // As many calls as it ever had out at once: an answer that came and wasn't kept yet was in flight too.
    let in_flight_max = rig.mock.stats().in_flight_max;
    rig.mock.control(Faults::default());
    let _heir = rig.processor();
    let outcome = rig.outcome("long").await;
    assert_ne!(outcome.status, Status::Failed, "{:?}", outcome.failure);
    assert_eq!(outcome.source.pages, u32::try_from(PAGES).ok());
    let stats = rig.mock.stats();
    assert!(stats.prompts > 20, "{stats:?}");
    let repeated = stats.calls - stats.prompts;
    assert!(repeated <= in_flight_max, "{repeated} calls were made again of {in_flight_max} in flight");
    let rows = outcome.data.as_ref().and_then(|data| data["lines"].as_array()).map_or(0, Vec::len);
    assert_eq!(rows, PAGES * ROWS_OF_A_PAGE, "{:?}", outcome.warnings);
    assert!(outcome.usage.replayed_calls >= 8, "{:?}", outcome.usage);
    rig.drained(Work::Process).await;
    assert_eq!(rig.outcomes("q3").await, 1);
}

#[tokio::test]
async fn calls_on_the_wire_end_while_a_worker_drains_and_the_others_do_not_wait_for_the_quota() {
    let mut rig = Rig::start().await;
    // One call in two seconds, each of which takes three: some twenty seconds in all.
    rig.set("DOCMILL_LLM__QUOTA__REQUESTS_PER_MINUTE", "30").set("DOCMILL_LLM__QUOTA__SLOT_SECONDS", "1");
    rig.mock.control(Faults { delay_ms: 3_000, ..Faults::default() });
    publish(&mut rig, 50).await;
    let doomed = rig.processor();
    rig.calls_in_flight(2).await;
    let begun = tokio::time::Instant::now();
    assert_eq!(doomed.terminate().await, Some(0));
    assert!(begun.elapsed().as_secs() < 12, "{:?}", begun.elapsed());
    let stats = rig.mock.stats();
    assert_eq!(stats.answered, stats.calls, "a call was given up on the wire");
    rig.mock.control(Faults::default());
    rig.set("DOCMILL_LLM__QUOTA__REQUESTS_PER_MINUTE", "6000");
    let _heir = rig.processor();
    assert_ne!(rig.outcome("long").await.status, Status::Failed);
    let after = rig.mock.stats();
    assert!(after.calls > stats.calls && after.calls == after.prompts, "{after:?}");
}
