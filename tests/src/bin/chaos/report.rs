//! What a run came to, as a table and a verdict on each invariant.
//!
//! Called by `run`. The same rows are in `docs/guarantees.md`.

use std::collections::BTreeMap;
use std::time::Duration;

use docmill_contract::outcome::{Outcome, Status};
use docmill_mock_llm::FaultCounts;

use crate::invariants::{self, INVARIANTS, Run};

/// Offenders that are named of each invariant.
const NAMED_MAX: usize = 20;

/// The rows of the table.
pub(crate) fn rows(run: &Run, workers: u32, took: Duration) -> Vec<(&'static str, String)> {
    let (counts, evidence) = (&run.counts, &run.evidence);
    let objects = &evidence.objects;
    let last: Vec<&Outcome> =
        evidence.outcomes.values().filter_map(|stored| Some(&stored.last()?.value)).collect();
    let with = |status| last.iter().filter(|outcome| outcome.status == status).count();
    let sent_again = run.accepted.values().filter(|accepted| accepted.sent > 1).count();
    let poison = run.accepted.values().filter(|accepted| accepted.is_poison).count();
    let both = |documents: usize, payloads: usize| format!("{documents} documents, {payloads} payloads");
    vec![
        ("jobs accepted", run.accepted.len().to_string()),
        ("of them sent again, since the server died before it confirmed", sent_again.to_string()),
        ("of them poison", poison.to_string()),
        ("collections", evidence.reports.len().to_string()),
        ("workers started", workers.to_string()),
        ("workers killed (-9)", counts.kills.to_string()),
        ("workers told to end (SIGTERM) and replaced", counts.terminations.to_string()),
        ("workers frozen past `ack_wait` (SIGSTOP, SIGCONT)", counts.freezes.to_string()),
        ("connections cut", counts.cuts.to_string()),
        ("connections held back", counts.stalls.to_string()),
        ("server killed (-9) and restarted", counts.server_kills.to_string()),
        ("troubles of the endpoint", counts.troubles.to_string()),
        (
            "calls, of them spoiled or failed",
            format!("{}, {}", evidence.endpoint.calls, llm_faults(&evidence.endpoint.faults)),
        ),
        ("outcomes", last.len().to_string()),
        (
            "records: verified, needs review",
            format!("{}, {}", with(Status::Verified), with(Status::NeedsReview)),
        ),
        ("failed, by code", codes(&last)),
        ("**lost**", invariants::lost(run).len().to_string()),
        ("**twice**", invariants::twice(run).len().to_string()),
        (
            "calls paid again, and their bound",
            format!("{} of {}", evidence.endpoint.usable_again, counts.jobs_at_risk),
        ),
        ("objects", both(objects.documents.objects, objects.payloads.objects)),
        (
            "broken-off uploads, and their chunks, swept",
            format!("{}, {}", run.swept.writes, run.swept.chunks),
        ),
        (
            "orphans after that: objects that nothing names",
            both(objects.documents.unnamed.len(), objects.payloads.unnamed.len()),
        ),
        (
            "orphans after that: chunks of no object",
            both(objects.documents.stray_chunks, objects.payloads.stray_chunks),
        ),
        ("seconds", took.as_secs().to_string()),
    ]
}

/// The run as a row of the table in `docs/guarantees.md`.
pub(crate) fn line(seed: u64, run: &Run, took: Duration) -> String {
    let (counts, evidence) = (&run.counts, &run.evidence);
    let poison = run.accepted.values().filter(|accepted| accepted.is_poison).count();
    let records = evidence.outcomes.values().filter_map(|stored| stored.last());
    let records = records.filter(|stored| stored.value.status != Status::Failed).count();
    format!(
        "| {seed} | {} | {} | {} | {} | {} | {} | {} | {} of {} | {poison} | {records} | {} | {} | {} of {} | {} | {} |\n",
        run.accepted.len(),
        counts.kills,
        counts.terminations,
        counts.freezes,
        counts.cuts,
        counts.stalls,
        counts.server_kills,
        llm_faults(&evidence.endpoint.faults),
        evidence.endpoint.calls,
        invariants::lost(run).len(),
        invariants::twice(run).len(),
        evidence.endpoint.usable_again,
        counts.jobs_at_risk,
        run.swept.writes,
        took.as_secs(),
    )
}

/// Calls that the endpoint failed or spoiled.
fn llm_faults(faults: &FaultCounts) -> u64 {
    faults.dropped
        + faults.failed
        + faults.throttled
        + faults.truncated
        + faults.wrong
        + faults.invalid_json
        + faults.outside_schema
        + faults.refused
}

/// Every invariant with what breaks it, and whether all hold.
pub(crate) fn verdict(run: &Run) -> (String, bool) {
    let mut text = String::new();
    let mut holds = true;
    for (number, invariant) in INVARIANTS.iter().enumerate() {
        let broken = (invariant.check)(run);
        holds &= broken.is_empty();
        let word = if broken.is_empty() { "holds" } else { "BROKEN" };
        text.push_str(&format!("{:>2} {word}: {}\n", number + 1, invariant.statement));
        for offender in broken.iter().take(NAMED_MAX) {
            text.push_str(&format!("       {offender}\n"));
        }
        if broken.len() > NAMED_MAX {
            text.push_str(&format!("       and {} more\n", broken.len() - NAMED_MAX));
        }
    }
    (text, holds)
}

/// How often documents failed with each code.
fn codes(outcomes: &[&Outcome]) -> String {
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for failure in outcomes.iter().filter_map(|outcome| outcome.failure.as_ref()) {
        *codes.entry(failure.code.as_str()).or_default() += 1;
    }
    let codes: Vec<String> = codes.iter().map(|(code, count)| format!("{code} {count}")).collect();
    codes.join(", ")
}
