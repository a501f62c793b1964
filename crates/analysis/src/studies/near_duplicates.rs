//! Pairs of rows or documents that say nearly the same.

use std::borrow::Cow;

use docmill_contract::analysis::{Finding, Severity};
use docmill_contract::section::CellKind;
use docmill_statistics::Chunk;
use docmill_statistics::duplicates::{DuplicateChunk, Duplicates, NearDuplicates, Pair, near_duplicates};
use docmill_statistics::texts::Texts;

use super::frame::{Frame, Measure};
use super::tables::{FINDINGS_MAX, ROWS_MAX, count, listed_note, money, section, table};
use super::{Named, Studied, Unfit};

/// Pairs that are compared: candidates grow with the square of how often an amount occurs.
const CANDIDATES_MAX: u64 = 50_000_000;

/// How near is near.
pub(crate) struct Near<'a> {
    pub(crate) date: Option<&'a str>,
    pub(crate) days_max: u32,
    pub(crate) text: Option<&'a str>,
    pub(crate) edits_max: u32,
    pub(crate) reversed: bool,
}

pub(crate) fn study<'a>(
    frame: &Frame<'a>,
    named: &Named<'_>,
    of: &'a str,
    near: &Near<'a>,
) -> Result<Studied, Unfit> {
    let measure = frame.measure(of)?;
    let days = near.date.map(|date| frame.days(measure.table, date)).transpose()?;
    let texts = near.text.map(|text| frame.keys(measure.table, text)).transpose()?;
    let currencies = frame.currencies(&measure);
    let values: Vec<(&[i64], &[u64])> = measure
        .column
        .chunks()
        .iter()
        .map(|chunk| (chunk.numbers().unwrap_or_default(), chunk.valid.as_slice()))
        .collect();
    let chunks = values.iter().enumerate().filter_map(|(index, &(values, valid))| {
        Some(DuplicateChunk {
            amounts: Chunk::new(values, Some(valid))?,
            same: currencies.as_ref().and_then(|keys| keys.codes.get(index).map(Cow::as_ref)),
            days: days.as_ref().and_then(|days| days.get(index).map(Cow::as_ref)),
            texts: texts.as_ref().and_then(|keys| keys.codes.get(index).map(Cow::as_ref)),
        })
    });
    let dictionary: Vec<String> =
        texts.iter().flat_map(super::frame::Keys::texts).map(docmill_columns::folded).collect();
    let dictionary: Vec<&str> = dictionary.iter().map(String::as_str).collect();
    let compared = Texts::of(&dictionary);
    let asked = NearDuplicates {
        days_max: near.days_max,
        texts: texts.as_ref().map(|_| (&compared, near.edits_max)),
        repeated: true,
        reversed: near.reversed,
        candidates_max: CANDIDATES_MAX,
        pairs_max: ROWS_MAX,
    };
    let found = near_duplicates(&chunks.collect::<Vec<_>>(), asked);

    let mut section = section(named, format!("Near duplicates by {}", measure.name), measure.counts());
    for (name, value) in parameters(near) {
        section.parameters.insert(name.to_owned(), value);
    }
    section.summary = summary(&found);
    section.notes.extend(skipped(&found));
    let currency_of = |row: usize| {
        let key = currencies.as_ref().and_then(|keys| keys.of_row(row));
        key.and_then(|key| currencies.as_ref()?.text(key)).map(str::to_uppercase)
    };
    let rows = found.pairs.iter().filter_map(|pair| row(frame, &measure, pair, &currency_of));
    let columns = [
        ("Amount", CellKind::Decimal),
        ("Currency", CellKind::Text),
        ("Document", CellKind::Text),
        ("Field", CellKind::Text),
        ("Other document", CellKind::Text),
        ("Other field", CellKind::Text),
        ("Days apart", CellKind::Count),
        ("Letters apart", CellKind::Count),
        ("Reversed", CellKind::Text),
    ];
    let mut listed = table(format!("Pairs by {}", measure.name), &columns, rows.collect());
    listed.rows_in_all = found.found;
    section.tables.push(listed);
    let findings: Vec<Finding> = found
        .pairs
        .iter()
        .take(FINDINGS_MAX)
        .filter_map(|pair| finding(frame, named, &measure, pair, &currency_of))
        .collect();
    let in_all = usize::try_from(found.found).unwrap_or(usize::MAX);
    section.notes.extend(listed_note(in_all, findings.len(), "pairs"));
    Ok(Studied { section, findings })
}

fn places(pair: &Pair) -> Option<(usize, usize)> {
    Some((usize::try_from(pair.row).ok()?, usize::try_from(pair.other).ok()?))
}

fn row(
    frame: &Frame<'_>,
    measure: &Measure<'_>,
    pair: &Pair,
    currency: &dyn Fn(usize) -> Option<String>,
) -> Option<Vec<Option<String>>> {
    let (first, other) = places(pair)?;
    let place = frame.place(measure.table, measure.pointer, first)?;
    let other = frame.place(measure.table, measure.pointer, other)?;
    Some(vec![
        Some(money(measure.column.number(first)?, measure.scale(), currency(first).as_deref())),
        currency(first),
        Some(place.name),
        place.pointer,
        Some(other.name),
        other.pointer,
        count(pair.days),
        count(pair.distance),
        pair.reversed.then(|| "yes".to_owned()),
    ])
}

fn finding(
    frame: &Frame<'_>,
    named: &Named<'_>,
    measure: &Measure<'_>,
    pair: &Pair,
    currency: &dyn Fn(usize) -> Option<String>,
) -> Option<Finding> {
    let (first, other) = places(pair)?;
    let amount = money(measure.column.number(first)?, measure.scale(), currency(first).as_deref());
    let amount = match currency(first) {
        Some(code) => format!("{amount} {code}"),
        None => amount,
    };
    let apart = match (pair.days, pair.distance) {
        (0, 0) => "with the same date and text".to_owned(),
        (days, 0) => format!("{days} days apart"),
        (0, letters) => format!("whose texts differ in {letters} letters"),
        (days, letters) => format!("{days} days apart, whose texts differ in {letters} letters"),
    };
    let what = if pair.reversed { "is there with both signs" } else { "is there twice" };
    Some(Finding {
        rule: named.id.clone(),
        severity: Severity::Warning,
        message: format!("{} {amount} {what}, {apart}: it may be one.", measure.name),
        expected: None,
        found: None,
        places: [first, other]
            .into_iter()
            .filter_map(|row| frame.place(measure.table, measure.pointer, row))
            .collect(),
    })
}

fn parameters(near: &Near<'_>) -> Vec<(&'static str, String)> {
    let mut said = vec![("reversed", near.reversed.to_string())];
    if let Some(date) = near.date {
        said.push(("date", date.to_owned()));
        said.push(("days_max", near.days_max.to_string()));
    }
    if let Some(text) = near.text {
        said.push(("text", text.to_owned()));
        said.push(("edits_max", near.edits_max.to_string()));
    }
    said
}

fn summary(found: &Duplicates) -> String {
    let pairs = crate::findings::count(usize::try_from(found.found).unwrap_or(usize::MAX), "pair", "pairs");
    let compared = usize::try_from(found.compared).unwrap_or(usize::MAX);
    let compared = crate::findings::count(compared, "candidate was", "candidates were");
    format!("{pairs} among {} rows; {compared} compared.", found.counts.used)
}

fn skipped(found: &Duplicates) -> Option<String> {
    (found.skipped_runs > 0).then(|| {
        format!(
            "{} amounts occur so often that their rows were not compared with each other (more than {CANDIDATES_MAX} pairs in all).",
            found.skipped_runs
        )
    })
}
