//! The page that says what was measured.

use std::time::Duration;

use docmill_tests::site::{machine, number};

use crate::Measured;
use crate::backlog::{Backlog, Part};
use crate::contest::{Contest, Turn, Who};
use crate::delayed::Delayed;
use crate::starts::STARTS;

const INTRODUCTION: &str = "\
# Benchmarks

Written by `make load`, which measures from outside: the release programs, a real nats-server with `sync_interval: always`,
`mock-llm` as a process of its own. Processor time is what `getrusage` says of a worker and its children, user and system; where it is
looked at while they run, what `/proc` says. Memory is the proportional set size, summed over a worker and its children, looked at four
times a second. Every document is one job from queue to outcome, with a call to the model, its reply kept, and a synced write for
each step. One run on a shared machine: read it as what to expect, not as a promise.
";

const LIMITS_BACKLOG: &str = "
What limits it: the cores, which the workers share with nats-server and mock-llm. Where the processor's time goes is in
[what a document costs](decisions/what-a-document-costs.md).
";

const LIMITS_DELAYED: &str = "
What limits it: a document is in flight from its pull to its acknowledgement, so that fetching, reading, proving and some ten synced or
asked-for entries in NATS count beside the model's time. They take what the column says, which is more the more the cores are in
use.
";

const LIMITS_CONTEST: &str = "
What limits it: [what a document costs](decisions/what-a-document-costs.md) says where docmill's time and memory go, what was done about it and
what is left.
";

/// The whole page.
pub(crate) fn page(measured: &Measured) -> String {
    let mut page = format!("{INTRODUCTION}\n{}\n", machine());
    if let Some(backlog) = &measured.backlog {
        page.push_str(&of_backlog(backlog));
    }
    if !measured.delayed.is_empty() {
        page.push_str(&of_delayed(&measured.delayed));
    }
    if let Some(contest) = &measured.contest {
        page.push_str(&of_contest(contest));
    }
    if let Some(starts) = &measured.starts {
        page.push_str(&of_starts(starts));
    }
    page
}

fn of_backlog(backlog: &Backlog) -> String {
    let documents = number(backlog.documents);
    let written = &backlog.written;
    let (server, mock) = backlog.around;
    let mut text = format!(
        "\n## A backlog of {} documents, no delay\n\nOne processor and one analyser with their defaults. Invoices as `make-samples --count` makes them.\n\n",
        backlog.documents
    );
    let rows = [
        (
            "documents per CPU second of the processor",
            format!("{:.0}", documents / backlog.processor.as_secs_f64()),
        ),
        (
            "pages per CPU second of the processor",
            format!("{:.0}", number(written.pages) / backlog.processor.as_secs_f64()),
        ),
        (
            "documents per CPU second of processor and analyser together, the report included",
            format!("{:.0}", documents / (backlog.processor + backlog.analyser).as_secs_f64()),
        ),
        (
            "documents per second, beside analyser, nats-server and mock-llm",
            format!("{:.0}", documents / backlog.took.as_secs_f64()),
        ),
        ("documents, pages, verified", format!("{}, {}, {}", backlog.documents, written.pages, written.good)),
        (
            "from the last outcome to the report and `done`",
            format!("{:.1} s", backlog.report.0.as_secs_f64()),
        ),
        (
            "beside them: CPU per document of nats-server, of mock-llm",
            format!("{}, {}", each(server.cpu, backlog.documents), each(mock.cpu, backlog.documents)),
        ),
        ("beside them: memory of nats-server at the end", mebibytes(server.memory_kib())),
    ];
    text.push_str(&table(["what", "measured"], &rows));
    text.push_str("\nBy tenths of the backlog:\n\n| documents done | processor, CPU per document | its memory | of that its readers' | analyser, CPU per document | its memory | nats-server, CPU per document |\n|---:|---:|---:|---:|---:|---:|---:|\n");
    for part in &backlog.parts {
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {} |\n",
            part.documents,
            milliseconds(part.each),
            mebibytes(part.processor.memory_kib()),
            mebibytes(part.processor.children_kib),
            milliseconds(part.analyser_each),
            mebibytes(part.analyser.memory_kib()),
            milliseconds(part.server_each),
        ));
    }
    if let [first, .., last] = backlog.parts.as_slice() {
        text.push_str(&format!("\n{}\n", flatness(first, last)));
    }
    text.push_str(LIMITS_BACKLOG);
    text
}

/// The last tenth beside the first.
fn flatness(first: &Part, last: &Part) -> String {
    let change = |first: f64, last: f64| format!("{:+.0} %", (last / first - 1.0) * 100.0);
    let memory = |part: &Part| number(part.processor.memory_kib());
    format!(
        "The last tenth beside the first: {} CPU per document, {} memory of the processor.",
        change(first.each.as_secs_f64(), last.each.as_secs_f64()),
        change(memory(first), memory(last)),
    )
}

fn of_delayed(runs: &[Delayed]) -> String {
    let seconds = runs.first().map_or(0.0, |run| run.load.delay.as_secs_f64());
    let mut text = format!(
        "\n## A model that takes {seconds} s\n\nOutcomes between the first wave and the last tenth, by the server's clock. The ideal is what is in flight by what the model takes,\nas if nothing else took any time (goal: ≥ 95 % of it with 256 in flight in one worker).\n\n| workers × in flight | documents | verified | per second | of ideal | beside the model, each | CPU per document | memory, all workers | cores used: workers, nats-server, mock-llm |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
    );
    for run in runs {
        let rate = run.rate.map_or_else(
            || "– | – | –".to_owned(),
            |rate| {
                let beside = rate.beside_the_model(run.load.delay).as_millis();
                format!("{:.1} | {:.1} % | {beside} ms", rate.per_second, rate.percent())
            },
        );
        let [workers, server, mock] = run.cores;
        text.push_str(&format!(
            "| {} × {} | {} | {} | {rate} | {} | {} | {workers:.2}, {server:.2}, {mock:.2} |\n",
            run.load.workers,
            run.load.in_flight,
            run.documents,
            run.verified,
            each(run.cpu, run.documents),
            mebibytes(run.memory_kib),
        ));
    }
    text.push_str(LIMITS_DELAYED);
    text
}

fn of_contest(contest: &Contest) -> String {
    let terms = contest.terms;
    let mut text = format!(
        "\n## Beside a peer in Python\n\nThe same {} invoices of two pages, {} in flight in one worker, a model that takes {} s, in turns. The peer ([benches/load](../benches/load/README.md))\nis asyncio on uvloop, nats-py, pypdf in a pool of processes, httpx and jsonschema; it stores a validated record, without boxes or proof. docmill looks every value up on\nthe page, keeps the reply and counts starts.\n\n| turn | who | documents per CPU second | CPU per document | memory | per second | of ideal | pages | verified or valid |\n|---:|---|---:|---:|---:|---:|---:|---:|---:|\n",
        terms.documents,
        terms.in_flight,
        terms.delay.as_secs_f64(),
    );
    for (number, turn) in (1..).zip(&contest.turns) {
        text.push_str(&format!("| {number} {}", of_turn(turn, terms.documents)));
    }
    text.push_str(&format!(
        "\nDocuments per CPU second, docmill beside the peer: **{:.1} ×** (goal: ≥ 8). Memory: **{:.2}** of the peer's (goal: ≤ 0.33).\n",
        contest.speed_ratio(),
        contest.memory_ratio(),
    ));
    text.push_str(LIMITS_CONTEST);
    text
}

fn of_turn(turn: &Turn, documents: u64) -> String {
    let who = match turn.who {
        Who::Docmill => "docmill",
        Who::Peer => "peer",
    };
    let rate = turn.rate.map_or_else(
        || "– | –".to_owned(),
        |rate| format!("{:.1} | {:.1} %", rate.per_second, rate.percent()),
    );
    format!(
        "| {who} | {:.0} | {} | {} | {rate} | {} | {} |\n",
        turn.documents_per_cpu_second,
        each(turn.cpu, documents),
        mebibytes(turn.memory_kib),
        turn.pages,
        turn.good,
    )
}

fn of_starts(starts: &[Duration]) -> String {
    let at = |share: usize| starts.get(starts.len() * share / 100).copied().unwrap_or_default();
    let whole = |time: Duration| format!("{} ms", time.as_millis());
    let rows = [
        ("start to first pull, median (goal ≤ 100 ms)", whole(at(50))),
        ("start to first pull, slowest", whole(at(99))),
    ];
    format!("\n## Starts\n\nOf a processor, {STARTS} times.\n\n{}", table(["what", "measured"], &rows))
}

fn table(head: [&str; 2], rows: &[(&str, String)]) -> String {
    let mut text = format!("| {} | {} |\n|---|---:|\n", head[0], head[1]);
    for (what, measured) in rows {
        text.push_str(&format!("| {what} | {measured} |\n"));
    }
    text
}

fn each(cpu: Duration, documents: u64) -> String {
    milliseconds(cpu.div_f64(number(documents).max(1.0)))
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}

fn mebibytes(kib: u64) -> String {
    format!("{} MiB", kib.div_ceil(1_024))
}
