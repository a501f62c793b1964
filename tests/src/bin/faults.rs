//! `make bench-faults`: each fault of an endpoint alone and all at once, over thousands of documents; writes
//! `docs/benchmarks-faults.md`.
//!
//! Two real processors, a real nats-server, a mock endpoint that is told what to do wrong. The first argument is how
//! many documents there are in all (5,000).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use docmill_chassis::connect::Nats;
use docmill_chassis::stores::Stores;
use docmill_contract::identity::CollectionId;
use docmill_contract::outcome::{Outcome, Status};
use docmill_mock_llm::{Faults, MockLlm, Options, Stats};
use docmill_testkit::nats::NatsServer;
use docmill_tests::repository;
use docmill_tests::site::{Failure, connect, machine, number, publish, worker};

/// Documents in all, unless the first argument says otherwise.
const DOCUMENTS: u64 = 5_000;

/// How often each fault happens.
const RATE: f64 = 0.2;

/// How often the outcomes are counted.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The longest wait for the outcomes of one row.
const PATIENCE: Duration = Duration::from_secs(1_200);

/// What a day may cost in each row, at a price of one for a million tokens: far more than a row needs, so that it is
/// seen to be counted and not to be met.
const COST_PER_DAY: &str = "50";

fn rows() -> Vec<(&'static str, Faults)> {
    let none = Faults::default;
    vec![
        ("none", none()),
        ("status 500", Faults { fail_rate: RATE, ..none() }),
        ("status 503", Faults { fail_rate: RATE, status: Some(503), ..none() }),
        ("429, every 20th call", Faults { throttle_every: Some(20), ..none() }),
        ("cut off", Faults { truncate_rate: RATE, ..none() }),
        ("not JSON", Faults { invalid_json_rate: RATE, ..none() }),
        ("outside the schema", Faults { outside_schema_rate: RATE, ..none() }),
        ("plausibly wrong", Faults { wrong_rate: RATE, ..none() }),
        ("slow, by up to a second", Faults { delay_jitter_ms: 1_000, ..none() }),
        (
            "all of them",
            Faults {
                fail_rate: RATE,
                throttle_every: Some(20),
                truncate_rate: RATE,
                invalid_json_rate: RATE,
                outside_schema_rate: RATE,
                wrong_rate: RATE,
                delay_jitter_ms: 1_000,
                ..none()
            },
        ),
    ]
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    docmill_chassis::run::install_tls();
    let documents = std::env::args().nth(1).map_or(Ok(DOCUMENTS), |text| text.parse())?;
    let rows = rows();
    let each = documents / u64::try_from(rows.len())?;
    let mut lines = Vec::new();
    for (name, faults) in rows {
        let line = row(name, faults, each).await?;
        print(&format!("{line}\n"));
        lines.push(line);
    }
    std::fs::write(repository().join("docs/benchmarks-faults.md"), page(&lines, each))?;
    Ok(())
}

async fn row(name: &str, faults: Faults, documents: u64) -> Result<String, Failure> {
    let nats = NatsServer::start().await;
    let connection = connect(&nats).await?;
    let mock = MockLlm::start(Options { faults, ..Options::default() }).await?;
    let collection: CollectionId = "faults".parse()?;
    publish(&connection, &collection, 1..=documents).await?;
    let settings = [
        ("DOCMILL_LLM__PROMPT_PRICE", "1".to_owned()),
        ("DOCMILL_LLM__COMPLETION_PRICE", "1".to_owned()),
        ("DOCMILL_LLM__QUOTA__COST_PER_DAY", COST_PER_DAY.to_owned()),
        ("DOCMILL_WORKER__CONCURRENCY", "16".to_owned()),
    ];
    let begun = Instant::now();
    let workers = [worker(&nats, &mock, &settings)?, worker(&nats, &mock, &settings)?];
    let outcomes = wait(&connection, &collection, documents).await?;
    let took = begun.elapsed();
    for mut worker in workers {
        worker.kill().await?;
    }
    Ok(line(name, documents, &outcomes, &mock.stats(), took))
}

async fn wait(connection: &Nats, collection: &CollectionId, documents: u64) -> Result<Vec<Outcome>, Failure> {
    let (stores, begun) = (Stores::new(connection), Instant::now());
    while stores.outcomes.count(collection).await? < documents {
        if begun.elapsed() > PATIENCE {
            return Err("documents were left without an outcome".into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let outcomes = stores.outcomes.of_collection(collection).await?;
    Ok(outcomes.into_iter().map(|kept| kept.value).collect())
}

fn line(name: &str, documents: u64, outcomes: &[Outcome], mock: &Stats, took: Duration) -> String {
    let count = |status| outcomes.iter().filter(|outcome| outcome.status == status).count();
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for failure in outcomes.iter().filter_map(|outcome| outcome.failure.as_ref()) {
        *codes.entry(failure.code.as_str()).or_default() += 1;
    }
    let codes: Vec<String> = codes.iter().map(|(code, count)| format!("{code} {count}")).collect();
    let codes = if codes.is_empty() { "-".to_owned() } else { codes.join(", ") };
    let told = |of: fn(&Outcome) -> u64| outcomes.iter().map(of).sum::<u64>();
    let calls = told(|outcome| u64::from(outcome.usage.calls) + u64::from(outcome.usage.failed_calls));
    let tokens = mock.prompt_tokens + mock.completion_tokens;
    format!(
        "| {name} | {documents} | {} | {} | {} | {} | {codes} | {} | {calls} | {} | {:.2} | {:.0} |",
        outcomes.len(),
        count(Status::Verified),
        count(Status::NeedsReview),
        count(Status::Failed),
        mock.calls,
        mock.calls_of_a_prompt_max,
        number(tokens) / 1e6,
        took.as_secs_f64(),
    )
}

fn page(lines: &[String], each: u64) -> String {
    format!(
        "# An endpoint with faults\n\nWritten by `make bench-faults`: {each} different invoices for each row, two real `docmill-processor` processes, a real nats-server, and a mock\nendpoint that does what the row says at a rate of {:.0} % of the calls. Invoices are fine; what an endpoint does to them is not their fault.\n\n- Every document has one outcome, a record unless it failed.\n- A call is tried three times by one owner; then the job is handed back and begins anew. Were there a second owner, one prompt would have\n  nine calls or more within one delivery; calls that no outcome tells of are those of deliveries that were handed back.\n- What was spent is counted by the mock, in tokens at a price of 1 for a million; `llm.quota.cost_per_day` was {COST_PER_DAY}.\n- An answer that is spoiled five times in a row fails its document: that is what the failures are.\n\n| fault | documents | outcomes | verified | needs review | failed | failures by code | calls | calls that outcomes tell of | most calls of one prompt | spent | seconds |\n|---|---:|---:|---:|---:|---:|---|---:|---:|---:|---:|---:|\n{}\n\n{}\n",
        RATE * 100.0,
        lines.join("\n"),
        machine(),
    )
}

#[expect(clippy::print_stdout, reason = "a program for people, and this is what it is run for")]
fn print(text: &str) {
    print!("{text}");
}
