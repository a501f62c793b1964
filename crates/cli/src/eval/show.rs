//! An evaluation for people: a line for each document, one for all, and what was verified but is wrong.

use docmill_contract::outcome::Usage;
use serde_json::Value;

use super::against::{Change, Comparison};
use super::evaluation::{Evaluated, Evaluation};
use super::score::{Fault, FaultKind, Scores};
use crate::error::CliError;
use crate::print::{Printer, Text};

/// The most single values that are shown of one kind; `--json` has all.
const SHOWN_MAX: usize = 20;

/// The most characters of a value that are shown.
const VALUE_CHARACTERS_MAX: usize = 40;

/// Prints everything.
pub(crate) fn show(evaluation: &Evaluation, printer: Printer) -> Result<(), CliError> {
    let mut rows: Vec<Vec<Text>> = evaluation.documents.iter().map(line).collect();
    let tokens = (evaluation.usage.prompt_tokens, evaluation.usage.completion_tokens);
    let cost: Vec<String> =
        evaluation.usage.cost.iter().map(|(currency, amount)| format!("{amount} {currency}")).collect();
    let mut all = vec![Text::plain(format_args!("all {}", evaluation.documents.len())), Text::plain("")];
    all.extend(figures(&evaluation.scores));
    all.extend([Text::number(evaluation.usage.calls), token_counts(tokens), Text::number(cost.join(" + "))]);
    rows.push(all);
    printer.table(
        &[
            "document",
            "status",
            "values F1",
            "rows F1",
            "page F1",
            "box F1",
            "verified",
            "verified but wrong",
            "missing",
            "calls",
            "tokens",
            "cost",
        ],
        rows,
    )?;
    let by = evaluation.documents_by_status;
    printer.line(format_args!(
        "{} verified, {} to review, {} failed; {} ended otherwise than expected; read by {}",
        by.verified,
        by.needs_review,
        by.failed,
        by.unexpected,
        if evaluation.models.is_empty() { "no model".to_owned() } else { evaluation.models.join(", ") },
    ))?;
    verified_but_wrong(evaluation, printer)
}

fn line(document: &Evaluated) -> Vec<Text> {
    let mut line = vec![Text::plain(&document.name), Text::status(document.status)];
    if document.is_scored {
        line.extend(figures(&document.scores));
    } else {
        line.extend((0..7).map(|_| Text::quiet("–")));
    }
    line.extend([
        Text::number(document.usage.calls),
        token_counts((document.usage.prompt_tokens, document.usage.completion_tokens)),
        Text::number(cost(&document.usage)),
    ]);
    line
}

/// The figures of a line, from F1 of values to what is missing.
fn figures(scores: &Scores) -> Vec<Text> {
    let shares = scores.shares();
    let share = |share: Option<f64>| {
        share.map_or_else(|| Text::quiet("–"), |share| Text::number(format_args!("{share:.2}")))
    };
    vec![
        share(shares.value_f1),
        share(shares.row_f1),
        share(shares.page_f1),
        share(shares.box_f1),
        share(shares.verified),
        Text::number(scores.verified_but_wrong),
        Text::number(scores.missing),
    ]
}

fn token_counts((prompt, completion): (u64, u64)) -> Text {
    Text::number(prompt.saturating_add(completion))
}

fn cost(usage: &Usage) -> String {
    usage.cost.as_ref().map(|cost| format!("{} {}", cost.amount, cost.currency)).unwrap_or_default()
}

fn verified_but_wrong(evaluation: &Evaluation, printer: Printer) -> Result<(), CliError> {
    let scores = &evaluation.scores;
    let share = scores.shares().verified_but_wrong.unwrap_or_default();
    printer.line(format_args!(
        "verified but wrong: {} of {} verified values ({share:.2} %); {} of them questioned by nothing, {} in documents that nobody is asked to look at",
        scores.verified_but_wrong,
        scores.verified,
        scores.verified_but_wrong_unquestioned,
        scores.verified_but_wrong_unseen
    ))?;
    let faults: Vec<(&Evaluated, &Fault)> = evaluation.verified_but_wrong().collect();
    if faults.is_empty() {
        return Ok(());
    }
    let rows = faults.iter().take(SHOWN_MAX).map(|(document, fault)| {
        vec![
            Text::plain(&document.name),
            Text::plain(&fault.pointer),
            Text::bad(short(&fault.found)),
            Text::plain(if fault.kind == FaultKind::Extra {
                "nothing".to_owned()
            } else {
                short(&fault.expected)
            }),
            Text::plain(fault.verified_by.map(|by| format!("{by:?}").to_lowercase()).unwrap_or_default()),
            Text::plain(fault.page.map(|page| page.to_string()).unwrap_or_default()),
            Text::quiet(short(&Value::from(fault.text.clone().unwrap_or_default()))),
        ]
    });
    printer.table(
        &["document", "value", "found", "true", "verified by", "page", "text there"],
        rows.collect(),
    )?;
    if faults.len() > SHOWN_MAX {
        printer.line(format_args!("and {} more: --json has all", faults.len() - SHOWN_MAX))?;
    }
    Ok(())
}

/// A value, cut where it is too long to show.
fn short(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(VALUE_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Prints what changed.
pub(crate) fn show_comparison(comparison: &Comparison, printer: Printer) -> Result<(), CliError> {
    printer.line(format_args!(
        "against the other evaluation: {} values better, {} worse, {} newly verified but wrong",
        comparison.better.len(),
        comparison.worse.len(),
        comparison.newly_verified_but_wrong.len()
    ))?;
    for (title, changes) in [
        ("better", &comparison.better),
        ("worse", &comparison.worse),
        ("newly verified but wrong", &comparison.newly_verified_but_wrong),
    ] {
        for Change { document, pointer, .. } in changes.iter().take(SHOWN_MAX) {
            printer.line(format_args!("  {title}: {document} {pointer}"))?;
        }
    }
    for (title, documents) in [("here", &comparison.only_here), ("there", &comparison.only_there)] {
        if !documents.is_empty() {
            let names: Vec<&str> = documents.iter().map(|document| document.as_str()).collect();
            printer.line(format_args!("  only {title}: {}", names.join(", ")))?;
        }
    }
    Ok(())
}
