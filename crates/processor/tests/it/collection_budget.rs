//! What a collection may cost, over a real nats-server: workers of one process that share nothing but the entry.

use docmill_chassis::stores::Stores;
use docmill_contract::identity::CollectionId;
use docmill_processor::ask::CollectionBudget;
use docmill_processor::error::JobError;
use docmill_processor::tally::Prices;
use futures_util::future::join_all;

use crate::quota::{Site, reply};

/// Cents for a thousand tokens of a prompt.
fn prices(currency: &str) -> Prices {
    Prices { currency: currency.into(), prompt: "10".parse().unwrap(), completion: "20".parse().unwrap() }
}

fn worker(site: &Site, cost_max: &str, currency: &str) -> CollectionBudget {
    let ledgers = Stores::new(&site.nats).quota;
    CollectionBudget::new(Some(cost_max.parse().unwrap()), Some(prices(currency)), ledgers)
}

fn collection(id: &str) -> CollectionId {
    id.parse().unwrap()
}

#[track_caller]
fn says(result: Result<(), JobError>, expected: &str) {
    let error = result.expect_err("the budget is used up").to_string();
    assert!(error.starts_with(expected), "{error}\n  is not: {expected}");
}

#[tokio::test]
async fn nothing_is_lost_where_workers_add_at_once() {
    let site = Site::start().await;
    let workers = [worker(&site, "0.40", "USD"), worker(&site, "0.40", "USD"), worker(&site, "0.40", "USD")];
    let q3 = collection("q3");
    // Forty calls of a hundredth, from three workers at once; the last is paid when all others are.
    let call = reply(500, 250);
    let calls = (0..39).zip(workers.iter().cycle()).map(|(_, worker)| worker.paid(&q3, &call));
    join_all(calls).await;
    for worker in &workers {
        worker.check(&q3).await.unwrap();
    }
    workers[0].paid(&q3, &call).await;
    for worker in &workers {
        says(worker.check(&q3).await, "the collection q3 has cost 0.4 USD and may cost 0.40: raise");
    }
    // Neither another collection nor another currency has spent anything; more may be spent as soon as it is allowed.
    workers[0].check(&collection("q4")).await.unwrap();
    worker(&site, "0.40", "EUR").check(&q3).await.unwrap();
    worker(&site, "0.41", "USD").check(&q3).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_written_is_written_later() {
    // Nothing is provisioned: there is no bucket to write to.
    let site = Site::start_unprovisioned().await;
    let first = worker(&site, "0.03", "USD");
    let q3 = collection("q3");
    first.paid(&q3, &reply(1_000, 0)).await;
    assert!(matches!(first.check(&q3).await, Err(JobError::Store(_))));
    site.provision().await;
    first.paid(&q3, &reply(2_000, 0)).await;
    says(worker(&site, "0.03", "USD").check(&q3).await, "the collection q3 has cost 0.03 USD");
}

#[tokio::test]
async fn without_a_budget_nothing_is_read() {
    let site = Site::start_unprovisioned().await;
    let ledgers = Stores::new(&site.nats).quota;
    let none = CollectionBudget::new(None, Some(prices("USD")), ledgers);
    none.check(&collection("q3")).await.unwrap();
    none.paid(&collection("q3"), &reply(1, 1)).await;
}
