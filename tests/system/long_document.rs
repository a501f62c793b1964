//! A worker that is killed in the middle of a document of 200 pages.

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
fn deliveries() -> Pdf {
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
    Pdf { title: "Deliveries".to_owned(), day, pages: (1..=PAGES).map(page).collect(), ..Pdf::default() }
}

#[tokio::test]
async fn the_heir_of_a_killed_worker_repeats_only_the_calls_that_were_in_flight() {
    let mut rig = Rig::start_with_ack_wait(3).await;
    rig.set("DOCMILL_NATS__ACK_WAIT_SECONDS", "3");
    // Some forty calls.
    rig.set("DOCMILL_LLM__CHUNK_TOKENS_MAX", "700");
    let object = rig.store(&deliveries().write().into()).await;
    rig.mock.control(Faults { delay_ms: 300, ..Faults::default() });
    let doomed = rig.processor();
    let mut schema = Profile::built_in("invoice").unwrap().schema;
    let mut lines = schema["properties"]["lines"].take();
    lines["items"]["properties"]
        .as_object_mut()
        .unwrap()
        .retain(|name, _| name == "description" || name == "amount");
    schema = json!({"type": "object", "properties": {"lines": lines}});
    let job = json!({"source": {"object": object}, "document": "long", "schema": schema});
    rig.publish_job("q3", &job).await;
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
