//! One LLM quota, several worker processes. The long runs are `make bench-quota`'s.

use async_nats::HeaderMap;
use docmill_contract::failure::FailureCode;
use docmill_contract::names::{Lane, Work};
use docmill_contract::outcome::Outcome;
use docmill_mock_llm::Faults;
use docmill_testkit::{layouts, varied};
use serde_json::json;

use crate::rig::{Rig, eventually};
use crate::seen_from_outside::get;

/// Publishes so many different invoices, from `first` on.
pub(crate) async fn publish_invoices(rig: &Rig, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let (invoice, layout) = varied::invoice(seed);
        let object = rig.store(&layouts::draw(&invoice, layout).write().into()).await;
        let job = json!({"source": {"object": object}, "document": format!("i{seed}"), "profile": "invoice"});
        rig.publish_job("q3", &job).await;
    }
}

/// Waits until the collection has so many outcomes.
pub(crate) async fn outcomes(rig: &Rig, count: u64) {
    eventually("every outcome", async || (rig.outcomes("q3").await >= count).then_some(())).await;
}

#[tokio::test]
async fn workers_that_are_killed_leave_the_others_within_the_quota() {
    let mut rig = Rig::start_with_ack_wait(2).await;
    rig.set("DOCMILL_NATS__ACK_WAIT_SECONDS", "2");
    // Ten a second; a slot's worth more within a minute would be throttled.
    rig.set("DOCMILL_LLM__QUOTA__REQUESTS_PER_MINUTE", "600");
    rig.set("DOCMILL_LLM__QUOTA__SLOT_SECONDS", "1");
    rig.mock.control(Faults { requests_per_minute: Some(600), delay_ms: 200, ..Faults::default() });
    let mut workers: Vec<_> = (0..3).map(|_| rig.processor()).collect();
    publish_invoices(&rig, 1..61).await;
    for done in [10, 25] {
        outcomes(&rig, done).await;
        workers.remove(0).kill().await;
        workers.push(rig.processor());
    }
    let begun = tokio::time::Instant::now();
    let before = rig.mock.stats().calls;
    outcomes(&rig, 60).await;
    let (seconds, calls) = (begun.elapsed().as_secs_f64(), rig.mock.stats().calls - before);
    // Paced: what is called in so many seconds, and a slot.
    let most = seconds * 10.0 + 10.0;
    assert!(f64::from(u32::try_from(calls).unwrap()) <= most, "{calls} calls in {seconds} s");
    assert_eq!(rig.mock.stats().faults.throttled, 0);
    rig.drained(Work::Process).await;
    assert_eq!(rig.outcomes("q3").await, 60);
}

/// By which alerts tell it from a model that can't be asked.
#[tokio::test]
async fn a_gate_that_is_closed_for_the_quota_says_that_calls_wait() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_LLM__QUOTA__REQUESTS_PER_MINUTE", "60").set("DOCMILL_LLM__QUOTA__SLOT_SECONDS", "1");
    let processor = rig.processor();
    publish_invoices(&rig, 1..31).await;
    eventually("a closed gate and calls that wait", async || {
        let text = get(&processor, "/metrics").await?.1;
        let is_closed = text.lines().any(|line| line == "docmill_gate_closed 1");
        (is_closed && !text.lines().any(|line| line == "docmill_llm_quota_waiting 0")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_days_cap_is_not_passed_and_nothing_fails_for_it() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_LLM__PROMPT_PRICE", "1000").set("DOCMILL_LLM__COMPLETION_PRICE", "1000");
    // A reply may cost 2 at most; a call costs between 1 and 3.
    rig.set("DOCMILL_LLM__REPLY_TOKENS_MAX", "2000").set("DOCMILL_LLM__QUOTA__COST_PER_DAY", "20");
    let processors = [rig.processor(), rig.processor()];
    publish_invoices(&rig, 1..31).await;
    for processor in &processors {
        processor.logged("llm.quota.cost_per_day").await;
    }
    let stats = rig.mock.stats();
    let thousandths = stats.prompt_tokens + stats.completion_tokens;
    assert!((5_000..=20_000).contains(&thousandths), "{thousandths} thousandths spent");
    let done = rig.stores.outcomes.of_collection(&crate::rig::id("q3")).await.unwrap();
    assert!(!done.is_empty() && done.len() < 30);
    assert!(done.iter().all(|outcome| outcome.value.failure.is_none()));
}

#[tokio::test]
async fn a_collection_that_costs_too_much_fails_the_rest_until_it_may_cost_more() {
    let mut rig = Rig::start().await;
    rig.set("DOCMILL_LLM__PROMPT_PRICE", "1000").set("DOCMILL_LLM__COMPLETION_PRICE", "1000");
    // A call costs about 1; two are made at once.
    rig.set("DOCMILL_LLM__COLLECTION_COST_MAX", "3").set("DOCMILL_LLM__CALLS_AT_ONCE_MAX", "2");
    rig.set("DOCMILL_WORKER__CONCURRENCY", "2");
    let frugal = rig.processor();
    publish_invoices(&rig, 1..11).await;
    outcomes(&rig, 10).await;
    rig.drained(Work::Process).await;
    let (done, failed): (Vec<_>, Vec<_>) =
        all(&rig).await.into_iter().partition(|outcome| outcome.failure.is_none());
    assert!(done.len() >= 2 && failed.len() >= 4, "{} done, {} failed", done.len(), failed.len());
    for outcome in &failed {
        let failure = outcome.failure.as_ref().unwrap();
        assert_eq!(failure.code, FailureCode::CostBudgetExceeded, "{}", failure.reason);
        for part in ["the collection q3 has cost ", " USD and may cost 3: raise `llm.collection_cost_max`"] {
            assert!(failure.reason.contains(part), "{} lacks {part}", failure.reason);
        }
    }
    let stats = rig.mock.stats();
    let thousandths = stats.prompt_tokens + stats.completion_tokens;
    // The budget and what two documents had under way.
    assert!((3_000..=6_000).contains(&thousandths), "{thousandths} thousandths spent");

    // What carries its data, and what was asked before, costs nothing and is made all the same.
    rig.submit("invoice/factur-x.pdf", "own").await;
    assert!(rig.outcome("own").await.failure.is_none());
    assert_eq!(rig.mock.stats().calls, stats.calls);

    frugal.terminate().await;
    rig.set("DOCMILL_LLM__COLLECTION_COST_MAX", "1000");
    let _generous = rig.processor();
    let replay = tokio::process::Command::new(docmill_tests::program("docmill"))
        .args(["dead", "replay", "q3", "--all"])
        .env("DOCMILL_NATS__URL", rig.nats.url())
        .output()
        .await
        .unwrap();
    assert!(replay.status.success(), "{}", String::from_utf8_lossy(&replay.stderr));
    eventually("every document has a record", async || {
        all(&rig).await.iter().all(|outcome| outcome.failure.is_none()).then_some(())
    })
    .await;
}

async fn all(rig: &Rig) -> Vec<Outcome> {
    let kept = rig.stores.outcomes.of_collection(&crate::rig::id("q3")).await.unwrap();
    kept.into_iter().map(|kept| kept.value).collect()
}

/// Publishes so many different invoices on a lane, in the collection of the lane's name.
async fn publish_on(rig: &Rig, lane: Lane, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let (invoice, layout) = varied::invoice(seed);
        let object = rig.store(&layouts::draw(&invoice, layout).write().into()).await;
        let job = json!({"source": {"object": object}, "document": format!("i{seed}"), "profile": "invoice"});
        let subject = format!("docmill.jobs.process.{lane}.{lane}");
        rig.publish(&subject, HeaderMap::new(), job.to_string()).await;
    }
}

#[tokio::test]
async fn priority_is_served_first_and_bulk_goes_on() {
    const PRIORITY: u64 = 40;
    const BULK: u64 = 28;
    let mut rig = Rig::start_with_both_lanes().await;
    // Five a second: four of them are priority's as long as it asks, one is bulk's.
    rig.set("DOCMILL_LLM__QUOTA__REQUESTS_PER_MINUTE", "300").set("DOCMILL_LLM__QUOTA__SLOT_SECONDS", "1");
    rig.set("DOCMILL_WORKER__CONCURRENCY", "12").set("DOCMILL_NATS__LANES", "bulk,priority");
    rig.mock.control(Faults { requests_per_minute: Some(300), delay_ms: 200, ..Faults::default() });
    publish_on(&rig, Lane::Bulk, 1..BULK + 1).await;
    publish_on(&rig, Lane::Priority, 101..PRIORITY + 101).await;
    // Bulk is there first, and three times as strong.
    rig.set("DOCMILL_WORKER__LANE", "bulk");
    let _bulk = [rig.processor(), rig.processor(), rig.processor()];
    eventually("a bulk outcome", async || (rig.outcomes("bulk").await > 0).then_some(())).await;
    rig.set("DOCMILL_WORKER__LANE", "priority");
    let _priority = rig.processor();
    let counts = async || (rig.outcomes("priority").await, rig.outcomes("bulk").await);
    let reached = async |count: u64| {
        let what = format!("{count} priority outcomes");
        eventually(&what, async || Some(counts().await).filter(|&(priority, _)| priority >= count)).await
    };
    let (priority_before, bulk_before) = reached(4).await;
    let (priority, bulk) = reached(PRIORITY - 6).await;
    let (priority, bulk) = (priority - priority_before, bulk - bulk_before);
    assert!(bulk >= 2 && bulk * 3 <= priority + bulk, "{bulk} of bulk's beside {priority} of priority's");
    let begun = tokio::time::Instant::now();
    let before = rig.mock.stats().calls;
    eventually("every outcome", async || (counts().await == (PRIORITY, BULK)).then_some(())).await;
    // What priority leaves is bulk's: a fifth alone would take four times as long.
    let (seconds, calls) = (begun.elapsed().as_secs_f64(), rig.mock.stats().calls - before);
    let calls = f64::from(u32::try_from(calls).unwrap());
    assert!(calls >= 2.5 * (seconds - 2.0), "{calls} calls in {seconds} s");
    assert_eq!(rig.mock.stats().faults.throttled, 0);
}

#[tokio::test]
async fn a_worker_told_to_end_hands_back_what_only_waits_for_the_quota() {
    let mut rig = Rig::start().await;
    // One in five seconds.
    rig.set("DOCMILL_LLM__QUOTA__REQUESTS_PER_MINUTE", "12").set("DOCMILL_LLM__QUOTA__SLOT_SECONDS", "1");
    rig.set("DOCMILL_WORKER__CONCURRENCY", "12");
    publish_invoices(&rig, 1..11).await;
    let doomed = rig.processor();
    outcomes(&rig, 1).await;
    // The last call is 45 seconds away, the drain's deadline 50, and `ack_wait` a minute.
    let begun = tokio::time::Instant::now();
    assert_eq!(doomed.terminate().await, Some(0));
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    rig.set("DOCMILL_LLM__QUOTA__REQUESTS_PER_MINUTE", "6000");
    let _heir = rig.processor();
    outcomes(&rig, 10).await;
    assert!(begun.elapsed().as_secs() < 25, "{:?}", begun.elapsed());
}
