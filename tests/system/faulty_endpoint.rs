//! Each fault of an endpoint alone, and all at once, over some documents each. 5,000 documents are `make bench-faults`'s.

use docmill_contract::names::Work;
use docmill_contract::outcome::Status;
use docmill_mock_llm::Faults;

use crate::quota::{outcomes, publish_invoices};
use crate::rig::{Rig, id};

/// Documents for each fault.
const DOCUMENTS: u64 = 12;

/// How often each fault happens.
const RATE: f64 = 0.2;

/// A document has one call or two parts, each of which is asked for five times, each of which is called three times:
/// nothing tries again on top of that.
const CALLS_OF_A_PROMPT_MAX: u64 = 3;

#[tokio::test]
async fn every_document_has_one_outcome_and_no_call_has_two_owners() {
    let rig = Rig::start().await;
    let _processors = [rig.processor(), rig.processor()];
    let none = Faults::default;
    let all = Faults {
        fail_rate: RATE,
        truncate_rate: RATE,
        invalid_json_rate: RATE,
        outside_schema_rate: RATE,
        wrong_rate: RATE,
        ..none()
    };
    let rows = [
        // What passes by itself, or is mended by asking again, fails nothing.
        ("no fault", none(), true),
        ("failing", Faults { fail_rate: RATE, ..none() }, true),
        ("throttling", Faults { throttle_every: Some(5), ..none() }, true),
        ("cut off", Faults { truncate_rate: RATE, ..none() }, true),
        ("wrong", Faults { wrong_rate: RATE, ..none() }, true),
        // A reply may stay invalid.
        ("invalid", Faults { invalid_json_rate: RATE, ..none() }, false),
        ("outside the schema", Faults { outside_schema_rate: RATE, ..none() }, false),
        ("all", all, false),
        ("refusing", Faults { refuse: true, ..none() }, false),
    ];
    let mut published = 0;
    for (name, faults, all_end_with_a_record) in rows {
        rig.mock.control(faults);
        publish_invoices(&rig, published + 1..published + DOCUMENTS + 1).await;
        published += DOCUMENTS;
        outcomes(&rig, published).await;
        rig.drained(Work::Process).await;
        assert_eq!(rig.outcomes("q3").await, published, "{name}: one outcome for each");
        let done = rig.stores.outcomes.of_collection(&id("q3")).await.unwrap();
        let newest = done.iter().rev().take(usize::try_from(DOCUMENTS).unwrap());
        for outcome in newest.map(|kept| &kept.value) {
            let is_failed = outcome.status == Status::Failed;
            assert_eq!(outcome.data.is_none(), is_failed, "{name}");
            assert!(!(is_failed && all_end_with_a_record), "{name}: {:?}", outcome.failure);
            assert_eq!(outcome.revision, 1, "{name}");
        }
    }
    let stats = rig.mock.stats();
    assert!(stats.faults.failed > 0 && stats.faults.throttled > 0, "{stats:?}");
    // A job that is handed back begins anew; that happens to few, and here to none twice.
    assert!(stats.calls_of_a_prompt_max <= 2 * CALLS_OF_A_PROMPT_MAX, "{stats:?}");
}

#[tokio::test]
async fn one_owner_tries_a_call_again() {
    let rig = Rig::start().await;
    let processor = rig.processor();
    // Three attempts fail, the job is handed back, the fourth call is the second delivery's first.
    rig.mock.control(Faults { fail_first: 3, ..Faults::default() });
    publish_invoices(&rig, 1..2).await;
    outcomes(&rig, 1).await;
    let stats = rig.mock.stats();
    assert_eq!((stats.calls, stats.faults.failed, stats.calls_of_a_prompt_max), (4, 3, 4));
    assert!(processor.log().contains("job handed back"));
}
