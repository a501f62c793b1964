//! Open values and reviewed documents for people and machines.

use docmill_contract::outcome::{Evidence, Outcome, Status, VerifiedBy, WarningCode};
use serde::Serialize;
use serde_json::Value;

use super::open::{Open, open};
use crate::error::CliError;
use crate::print::{Printer, Text};

/// The most characters of a value that a table shows.
const SHOWN_CHARACTERS_MAX: usize = 48;

/// An open value as JSON.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    collection: &'a str,
    document: &'a str,
    name: &'a str,
    revision: u32,
    /// Empty for the record as a whole.
    pointer: &'a str,
    value: Option<&'a Value>,
    codes: Vec<WarningCode>,
    messages: Vec<&'a str>,
    page: Option<u32>,
    #[serde(rename = "box")]
    bounds: Option<[f32; 4]>,
    text: Option<&'a str>,
    verified_by: Option<VerifiedBy>,
}

fn listed<'a>(outcome: &'a Outcome, open: &Open<'a>) -> Listed<'a> {
    Listed {
        collection: outcome.collection.as_str(),
        document: outcome.document.as_str(),
        name: &outcome.name,
        revision: outcome.revision,
        pointer: open.pointer,
        value: open.value,
        codes: open.warnings.iter().map(|warning| warning.code).collect(),
        messages: open.warnings.iter().map(|warning| warning.message.as_str()).collect(),
        page: open.evidence.and_then(|evidence| evidence.page),
        bounds: open.evidence.and_then(|evidence| evidence.bounds),
        text: open.evidence.and_then(|evidence| evidence.text.as_deref()),
        verified_by: open.evidence.map(|evidence| evidence.verified_by),
    }
}

/// Prints what is open in these outcomes.
pub(crate) fn list(outcomes: &[Outcome], printer: Printer) -> Result<(), CliError> {
    let all: Vec<(&Outcome, Open<'_>)> = outcomes
        .iter()
        .flat_map(|outcome| open(outcome).into_iter().map(move |open| (outcome, open)))
        .collect();
    if printer.json {
        let listed: Vec<Listed<'_>> = all.iter().map(|(outcome, open)| listed(outcome, open)).collect();
        return Ok(printer.value(&listed)?);
    }
    if all.is_empty() {
        return Ok(printer.line("nothing is open")?);
    }
    let rows = all.iter().map(|(outcome, open)| {
        let mut row = vec![Text::plain(&outcome.document)];
        row.extend(cells(open));
        row
    });
    printer.table(&["document", "value", "found", "page", "text there", "open"], rows.collect())?;
    let failed = outcomes.iter().filter(|outcome| outcome.status == Status::Failed).count();
    if failed > 0 {
        Printer::hint(format_args!(
            "{failed} documents failed and have nothing to review: see `docmill dead list`"
        ));
    }
    Ok(())
}

fn cells(open: &Open<'_>) -> Vec<Text> {
    let what: Vec<&str> = open.warnings.iter().map(|warning| warning.message.as_str()).collect();
    let is_read = open.evidence.is_some_and(|evidence| evidence.text.is_some());
    let what = match what.as_slice() {
        [] if is_read => "it is in an equation that doesn't hold".to_owned(),
        [] => "nothing proves it".to_owned(),
        messages => messages.join("; "),
    };
    vec![
        Text::plain(if open.pointer.is_empty() { "\"\"" } else { open.pointer }),
        Text::plain(open.value.map(short).unwrap_or_default()),
        Text::number(page(open.evidence)),
        Text::quiet(open.evidence.and_then(|evidence| evidence.text.as_deref()).unwrap_or_default()),
        Text::plain(what),
    ]
}

/// Prints one document: every value with its proof, what is open, and what people settled.
pub(crate) fn document(outcome: &Outcome, printer: Printer) -> Result<(), CliError> {
    if printer.json {
        return Ok(printer.value(outcome)?);
    }
    printer.line(format_args!("{} ({}), revision {}", outcome.name, outcome.document, outcome.revision))?;
    if let Some(failure) = &outcome.failure {
        return Ok(printer.line(format_args!("failed: {}: {}", failure.code.as_str(), failure.reason))?);
    }
    let rows = outcome.evidence.iter().map(|evidence| {
        let value = outcome.data.as_ref().and_then(|data| data.pointer(&evidence.pointer));
        let proof = format!("{:?}", evidence.verified_by).to_lowercase();
        vec![
            Text::plain(&evidence.pointer),
            Text::plain(value.map(short).unwrap_or_default()),
            if evidence.verified_by == VerifiedBy::None { Text::bad(proof) } else { Text::plain(proof) },
            Text::number(page(Some(evidence))),
            Text::quiet(corners(evidence)),
            Text::quiet(evidence.text.as_deref().unwrap_or_default()),
        ]
    });
    printer.table(&["value", "found", "verified by", "page", "box", "text there"], rows.collect())?;
    let open = open(outcome);
    if open.is_empty() {
        printer.line("nothing is open")?;
    } else {
        printer.table(&["open", "found", "page", "text there", "why"], open.iter().map(cells).collect())?;
    }
    for review in &outcome.reviews {
        let before =
            review.before.as_ref().map(|before| format!(", before: {}", short(before))).unwrap_or_default();
        let action = format!("{:?}", review.action).to_lowercase();
        printer.line(format_args!("{} {action} {}{before} ({})", review.by, review.pointer, review.at))?;
    }
    Ok(())
}

fn page(evidence: Option<&Evidence>) -> String {
    evidence.and_then(|evidence| evidence.page).map(|page| page.to_string()).unwrap_or_default()
}

fn corners(evidence: &Evidence) -> String {
    let corners = evidence.bounds.iter().flatten().map(|corner| format!("{corner:.0}"));
    corners.collect::<Vec<_>>().join(" ")
}

fn short(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
