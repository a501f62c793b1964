//! `make bench-report`: measures the report of a large collection, anew and once it grew, and writes
//! `docs/benchmarks-report.md`.
//!
//! Outcomes are written as the processor would have, without PDFs and models; the analyser runs as an operator's does, a new
//! process for each report. Nothing here asserts a time; the page says what one run measured, on which machine.

use std::process::Stdio;
use std::time::{Duration, Instant};

use docmill_chassis::connect::Nats;
use docmill_chassis::delivery::Trace;
use docmill_chassis::jobs::Jobs;
use docmill_chassis::stores::Stores;
use docmill_contract::analysis::Analysis;
use docmill_contract::identity::{CollectionId, Sha256Hex};
use docmill_contract::job::{AnalyseJob, Trigger};
use docmill_contract::names::{BUCKET_EXCERPTS, Lane, STREAM_OUTCOMES};
use docmill_contract::outcome::Outcome;
use docmill_contract::profile::Profile;
use docmill_testkit::nats::NatsServer;
use docmill_tests::site::{Failure, connect_with, machine, peak_kib};
use docmill_tests::{program, repository};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

/// Sizes of the collections: the second is what docmill is for.
const SIZES: [u64; 2] = [10_000, 100_000];

/// Lines of each invoice.
const LINES: u64 = 10;

/// Documents that a collection grows by.
const NEW: u64 = 10;

/// Outcomes that are written at once.
const WRITES_AT_ONCE: usize = 256;

/// The longest wait for a report.
const PATIENCE: Duration = Duration::from_secs(600);

/// How often is looked whether it is there.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Room for the outcomes of all.
const OUTCOMES_BYTES: u64 = 16 << 30;

/// What the reports of one size took, and how many bytes are kept.
struct Measured {
    size: u64,
    took: Vec<Took>,
    outcomes: u64,
    excerpts: u64,
}

/// What one report took.
struct Took {
    what: &'static str,
    wall: Duration,
    cpu: Duration,
    peak_kib: u64,
    lines: u64,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    docmill_chassis::run::install_tls();
    let sizes = match std::env::args().nth(1) {
        Some(size) => vec![size.parse()?],
        None => SIZES.to_vec(),
    };
    let mut rows = Vec::new();
    for size in sizes {
        let nats = NatsServer::start().await;
        let bytes = OUTCOMES_BYTES.to_string();
        let connection = connect_with(&nats, &[("DOCMILL_STORE__OUTCOMES__BYTES_MAX", &bytes)]).await?;
        let took = of_size(size, &nats, &connection).await?;
        let outcomes = stored_bytes(&connection, STREAM_OUTCOMES).await?;
        let excerpts = stored_bytes(&connection, &format!("OBJ_{BUCKET_EXCERPTS}")).await?;
        rows.push(Measured { size, took, outcomes, excerpts });
    }
    let page = page(&rows);
    if std::env::args().nth(1).is_none() {
        std::fs::write(repository().join("docs/benchmarks-report.md"), &page)?;
    }
    print(&page);
    Ok(())
}

async fn of_size(size: u64, nats: &NatsServer, connection: &Nats) -> Result<Vec<Took>, Failure> {
    let stores = Stores::new(connection);
    let profile = Profile::built_in("invoice").ok_or("there is no profile `invoice`")?;
    stores.profiles.keep(&profile).await?;
    write(&stores, &profile, 0..size, 1).await?;
    let anew = report("all read for the first time", nats, connection, Trigger::Asked).await?;
    write(&stores, &profile, size..size + NEW, 1).await?;
    let grown = report("grown by ten", nats, connection, Trigger::Quiet).await?;
    // One of the first, so that a full excerpt tells something that is out of date.
    write(&stores, &profile, 3..4, 2).await?;
    let corrected = report("one corrected", nats, connection, Trigger::Quiet).await?;
    let kept = report_text(&stores).await?;
    let again = report("all read again", nats, connection, Trigger::Asked).await?;
    if report_text(&stores).await? != kept {
        return Err("a report of what was kept differs from one of everything".into());
    }
    Ok(vec![anew, grown, corrected, again])
}

/// Writes invoices as if they had been read.
async fn write(
    stores: &Stores,
    profile: &Profile,
    numbers: std::ops::Range<u64>,
    revision: u32,
) -> Result<(), Failure> {
    let digest = profile.digest();
    futures_util::stream::iter(numbers)
        .map(|number| {
            let outcome = serde_json::from_value::<Outcome>(invoice(number, revision, &digest));
            async move {
                let outcome = outcome?;
                let current = match revision {
                    1 => None,
                    _ => stores.outcomes.current(&outcome.collection, &outcome.document).await?,
                };
                let expected = current.map_or(0, |kept| kept.sequence);
                stores.outcomes.replace(&outcome, expected, &Trace::default()).await?;
                Ok::<_, Failure>(())
            }
        })
        .buffer_unordered(WRITES_AT_ONCE)
        .try_collect::<Vec<()>>()
        .await?;
    Ok(())
}

/// An outcome of an invoice, with the evidence of each value. Amounts and suppliers differ by number.
fn invoice(number: u64, revision: u32, profile: &Sha256Hex) -> Value {
    let digest = Sha256Hex::of(&number.to_le_bytes());
    let cents = |seed: u64| seed.wrapping_mul(7_919) % 1_000_000 + u64::from(revision);
    let decimal = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100);
    let lines: Vec<Value> = (0..LINES)
        .map(|row| {
            let price = cents(number * LINES + row);
            json!({"description": format!("Article {}", price % 997), "quantity": 2, "unit_price": decimal(price), "amount": decimal(price * 2)})
        })
        .collect();
    let net: u64 = (0..LINES).map(|row| cents(number * LINES + row) * 2).sum();
    let data = json!({
        "supplier": format!("Supplier {}", number % 2_000), "invoice_number": format!("RE-{number:07}"),
        "invoice_date": format!("2025-{:02}-{:02}", number % 12 + 1, number % 28 + 1), "currency": "EUR",
        "lines": lines, "net": decimal(net), "tax": "0.00", "total": decimal(net),
    });
    let mut evidence = Vec::new();
    prove(&data, String::new(), &mut evidence);
    json!({
        "version": 1, "collection": "q3", "document": format!("d{number:07}"), "name": format!("invoice-{number}.pdf"),
        "revision": revision, "work_key": digest, "status": "verified",
        "source": {"sha256": digest, "pages": 1, "pages_read": 1, "job_sequence": revision},
        "profile": {"name": "invoice", "digest": profile}, "data": data, "evidence": evidence,
        "usage": {"calls": 1, "replayed_calls": 0, "failed_calls": 0, "repeated_calls": 0, "prompt_tokens": 0,
            "completion_tokens": 0, "cost": null},
        "engine": {"docmill": env!("CARGO_PKG_VERSION")},
    })
}

fn prove(value: &Value, pointer: String, evidence: &mut Vec<Value>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| prove(member, format!("{pointer}/{name}"), evidence));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(row, item)| prove(item, format!("{pointer}/{row}"), evidence));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => evidence.push(json!({
            "pointer": pointer, "page": 1, "box": [50.5, 100.25, 120.125, 110.5],
            "text": value.as_str().map_or_else(|| value.to_string(), str::to_owned), "verified_by": "text", "via": "llm",
        })),
    }
}

/// Has a report made by a new process.
async fn report(
    what: &'static str,
    nats: &NatsServer,
    connection: &Nats,
    trigger: Trigger,
) -> Result<Took, Failure> {
    let (stores, collection) = (Stores::new(connection), "q3".parse::<CollectionId>()?);
    let current = async || stores.analyses.report(&collection).await;
    let before = current().await?.map_or(0, |report| report.value.revision);
    // A collection without a manifest is reported once it has been quiet for a second.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut process = analyser(nats)?;
    let begun = Instant::now();
    let job = AnalyseJob { trigger, ..AnalyseJob::of(collection.clone(), None) };
    let id = format!("bench-{before}");
    Jobs::new(connection).publish_analyse(Lane::Bulk, &collection, &job, &id, &Trace::default()).await?;
    let made = loop {
        if let Some(report) = current().await?.filter(|report| report.value.revision > before) {
            break report.value;
        }
        if begun.elapsed() > PATIENCE {
            return Err("the report was not made in time".into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    let wall = begun.elapsed();
    let pid = process.id().ok_or("the analyser has ended")?;
    let (cpu, peak_kib) = (cpu(pid)?, peak_kib(pid));
    process.kill().await?;
    Ok(Took { what, wall, cpu, peak_kib, lines: lines(&made) })
}

fn analyser(nats: &NatsServer) -> Result<Child, Failure> {
    let child = Command::new(program("docmill-analyser"))
        .env("DOCMILL_NATS__URL", nats.url())
        .env("DOCMILL_HTTP__LISTEN", "127.0.0.1:0")
        .env("DOCMILL_ANALYSIS__QUIET_SECONDS", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    Ok(child)
}

/// Lines of invoices that a report describes.
fn lines(report: &Analysis) -> u64 {
    let figure = report.figures.iter().find(|figure| figure.column == "/lines/*/amount");
    figure.map_or(0, |figure| figure.rows.iter().map(|row| row.counts.used).sum())
}

/// The report as it is kept, but for its revision.
async fn report_text(stores: &Stores) -> Result<String, Failure> {
    let kept = stores.analyses.report(&"q3".parse()?).await?.ok_or("there is no report")?;
    Ok(serde_json::to_string(&Analysis { revision: 0, ..kept.value })?)
}

/// Processor time of a process, user and system.
fn cpu(pid: u32) -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // Behind the name, which may have spaces: fields 14 and 15 of proc(5), in hundredths of a second.
    let (_, behind) = stat.rsplit_once(')').ok_or("/proc has another form than known")?;
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    Ok(Duration::from_millis((ticks(11) + ticks(12)) * 10))
}

/// Bytes that a stream has stored.
async fn stored_bytes(connection: &Nats, stream: &str) -> Result<u64, Failure> {
    Ok(connection.jetstream.get_stream(stream).await?.cached_info().state.bytes)
}

fn page(rows: &[Measured]) -> String {
    let mut page = String::from(
        "# Benchmarks: the report of a large collection\n\nWritten by `make bench-report`: outcomes of invoices of ten lines as the processor would have written them, with the evidence of each\nvalue; a real nats-server with `sync_interval: always`; for each report a new `docmill-analyser`, from its job to the report in the\nstore. \"Grown by ten\" and \"one corrected\" read the excerpts that were kept ([why](decisions/excerpts.md)) and the outcomes behind them; that the last two\nreports of each size are the same but for their revision is checked.\n\n| documents | lines | the report | seconds | CPU seconds | peak memory |\n|---:|---:|---|---:|---:|---:|\n",
    );
    for Measured { size, took, .. } in rows {
        for Took { what, wall, cpu, peak_kib, lines } in took {
            page.push_str(&format!(
                "| {size} | {lines} | {what} | {:.2} | {:.2} | {} MiB |\n",
                wall.as_secs_f64(),
                cpu.as_secs_f64(),
                peak_kib / 1_024
            ));
        }
    }
    page.push('\n');
    for Measured { size, outcomes, excerpts, .. } in rows {
        let (outcomes, excerpts) = (outcomes / 1_000_000, excerpts / 1_000_000);
        page.push_str(&format!(
            "Of {size} documents {outcomes} MB of outcomes and {excerpts} MB of excerpts are stored.\n"
        ));
    }
    page.push_str(&format!("\n{}\n", machine()));
    page
}

#[expect(clippy::print_stdout, reason = "a program for people, and this is what it is run for")]
fn print(page: &str) {
    print!("{page}");
}
