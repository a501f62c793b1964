//! Numbers that are missing from a series, or come twice in it.

use docmill_contract::analysis::{Counts, Finding, Place, Severity};
use docmill_contract::section::CellKind;
use docmill_statistics::sequences::{SequenceLimits, Series, sequences};

use super::frame::{Frame, Keys};
use super::layout;
use super::tables::{FINDINGS_MAX, count, listed_note, section, shown, table};
use super::{Named, Studied, Unfit};

/// Fewer different numbers are no series.
const NUMBERS_MIN: usize = 3;
/// Ranges and repeated numbers that are listed of each series.
const LISTED_MAX: usize = 50;

pub(crate) fn study<'a>(
    frame: &Frame<'a>,
    named: &Named<'_>,
    of: &'a str,
    by: Option<&'a str>,
) -> Result<Studied, Unfit> {
    let record = frame.tables.record();
    let pointer = layout::grouping(frame.spec, of)
        .ok_or_else(|| Unfit(format!("`{of}` is neither the name of a group nor a pointer")))?;
    let numbers = frame.keys(record, of)?;
    let issuers = by.map(|by| frame.keys(record, by)).transpose()?;
    let flat =
        |keys: &Keys<'_>| keys.codes.iter().flat_map(|codes| codes.iter().copied()).collect::<Vec<u32>>();
    let codes = flat(&numbers);
    let of_issuers = issuers.as_ref().map_or_else(|| vec![0; codes.len()], flat);
    let limits = SequenceLimits { numbers_min: NUMBERS_MIN, listed_max: LISTED_MAX };
    let found = sequences(&of_issuers, &codes, &numbers.texts(), limits);

    let counts = Counts {
        total: found.counts.total,
        used: found.counts.used,
        missing: found.counts.missing,
        rejected: found.counts.rejected,
    };
    let mut section = section(named, format!("Gaps and repetitions in {of}"), counts);
    section.parameters.insert("numbers_min".to_owned(), NUMBERS_MIN.to_string());
    let issuer = |series: &Series| match &issuers {
        Some(keys) => shown(keys.text(series.issuer)),
        None => "all".to_owned(),
    };
    let missing_in_all: u64 = found.series.iter().map(|series| series.missing).sum();
    let repeated_in_all: usize = found.series.iter().map(|series| series.repeated_found).sum();
    section.summary = format!(
        "{} series: {missing_in_all} numbers are missing from them, {repeated_in_all} come more than once.",
        found.series.len()
    );
    if found.short_series > 0 {
        let series = crate::findings::count(found.short_series, "series is", "series are");
        section.notes.push(format!("{series} too short to have gaps (fewer than {NUMBERS_MIN} numbers)."));
    }
    let columns = [
        (issuers.as_ref().map_or("Series", |keys| keys.name), CellKind::Text),
        ("Pattern", CellKind::Text),
        ("Numbers", CellKind::Count),
        ("First", CellKind::Count),
        ("Last", CellKind::Count),
        ("Missing", CellKind::Count),
        ("Which", CellKind::Text),
        ("Repeated", CellKind::Count),
    ];
    let rows = found.series.iter().map(|series| row(series, issuer(series)));
    section.tables.push(table(format!("Series of {of}"), &columns, rows.collect()));
    let place = |row: usize| frame.place(record, pointer, row);
    let repetitions = found.series.iter().flat_map(|series| {
        let repeated = series.repeated.iter();
        repeated
            .map(move |(number, rows)| (series, *number, rows.iter().copied().filter_map(place).collect()))
    });
    let repetitions =
        repetitions.map(|(series, number, places)| repeated(named, series, &issuer(series), number, places));
    let gaps = found.series.iter().filter(|series| series.missing > 0);
    let gaps = gaps.map(|series| missing(named, series, &issuer(series)));
    let all: Vec<Finding> = repetitions.chain(gaps).collect();
    let in_all = all.len();
    let findings: Vec<Finding> = all.into_iter().take(FINDINGS_MAX).collect();
    section.notes.extend(listed_note(in_all, findings.len(), "gaps and repetitions"));
    Ok(Studied { section, findings })
}

fn row(series: &Series, issuer: String) -> Vec<Option<String>> {
    vec![
        Some(issuer),
        Some(pattern(series)),
        count(series.numbers),
        count(series.extent.0),
        count(series.extent.1),
        count(series.missing),
        Some(ranges(series)),
        count(series.repeated_found),
    ]
}

/// A number that is there more than once.
fn repeated(named: &Named<'_>, series: &Series, issuer: &str, number: u64, places: Vec<Place>) -> Finding {
    Finding {
        rule: named.id.clone(),
        severity: Severity::Warning,
        message: format!("{} of {issuer} comes {} times.", text(series, number), places.len()),
        expected: None,
        found: None,
        places,
    }
}

/// Numbers that a series lacks.
fn missing(named: &Named<'_>, series: &Series, issuer: &str) -> Finding {
    let missing = usize::try_from(series.missing).unwrap_or(usize::MAX);
    Finding {
        rule: named.id.clone(),
        severity: Severity::Info,
        message: format!(
            "{} of the series {} of {issuer} are not here.",
            crate::findings::count(missing, "number", "numbers"),
            pattern(series),
        ),
        expected: Some(format!("{} to {}", text(series, series.extent.0), text(series, series.extent.1))),
        found: Some(format!("without {}", ranges(series))),
        places: Vec::new(),
    }
}

fn pattern(series: &Series) -> String {
    format!("{}…{}", series.prefix, series.suffix)
}

fn text(series: &Series, number: u64) -> String {
    format!("{}{number}{}", series.prefix, series.suffix)
}

fn ranges(series: &Series) -> String {
    let said = series.missing_ranges.iter().map(|range| {
        if range.start() == range.end() {
            range.start().to_string()
        } else {
            format!("{}–{}", range.start(), range.end())
        }
    });
    let more = if series.missing_ranges_found > series.missing_ranges.len() { ", …" } else { "" };
    format!("{}{more}", said.collect::<Vec<_>>().join(", "))
}
