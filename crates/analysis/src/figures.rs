//! Figures: each column as a whole and by each group, never across currencies.

use std::collections::BTreeMap;

use docmill_contract::analysis::{Counts, Figure, FigureRow, Finding, Severity};
use docmill_contract::spec::Column as Asked;
use num_bigint::BigInt;
use rayon::prelude::*;

use crate::columns::{Column, Entry, Keys, Noted};
use crate::describe::statistics;
use crate::documents::Documents;
use crate::findings::count;
use crate::histogram::histogram;
use crate::profiles::RecordSet;
use crate::{currency, scaled};

/// Rows of one figure: a person reads the top of a list, and the records have the rest.
const ROWS_MAX: usize = 1_000;

/// The figures of a set of records, column by column as the specification names them: first as a whole, then by each
/// group. With them, what has to be known to read them.
pub(crate) fn figures(documents: &Documents<'_>, set: &RecordSet) -> (Vec<Figure>, Vec<Finding>) {
    let mut figures = Vec::new();
    let mut notes = Vec::new();
    for asked in &set.spec.columns {
        let column = Column::decode(documents, &set.documents, asked, &set.spec.groups);
        let title = match (&set.profile, set.named) {
            (Some(profile), true) => format!("{} ({profile})", asked.name),
            (None, true) => format!("{} (schemas without a name)", asked.name),
            (Some(_) | None, false) => asked.name.clone(),
        };
        notes.extend(value_notes(&title, &column));
        figures.push(figure(title.clone(), asked, None, &column, None).0);
        for (group, keys) in set.spec.groups.iter().zip(&column.groups) {
            let by = format!("{title} by {}", group.name);
            let (figure, rows) = figure(by, asked, Some(group.name.clone()), &column, Some(keys));
            notes.extend(cut_note(&figure, rows));
            figures.push(figure);
        }
    }
    (figures, notes)
}

/// One figure, and how many rows it would have without the limit.
fn figure(
    title: String,
    asked: &Asked,
    grouped_by: Option<String>,
    column: &Column,
    keys: Option<&Keys>,
) -> (Figure, usize) {
    let mut groups: BTreeMap<(Option<u32>, Option<u32>), Vec<Entry>> = BTreeMap::new();
    for (row, (&entry, &currency)) in column.entries.iter().zip(&column.currency.codes).enumerate() {
        let group = keys.and_then(|keys| keys.codes.get(row).copied().flatten());
        groups.entry((group, currency)).or_default().push(entry);
    }
    let groups: Vec<_> = groups.into_iter().collect();
    let described: Vec<(BigInt, FigureRow)> = groups
        .into_par_iter()
        .map(|((group, currency), entries)| {
            let group = keys.and_then(|keys| keys.shown(group)).map(str::to_owned);
            let currency = column.currency.shown(currency).map(str::to_uppercase);
            described(group, currency, &entries)
        })
        .collect();
    let rows = described.len();
    (Figure { title, column: asked.pointer.clone(), grouped_by, rows: ranked(described) }, rows)
}

/// A row, and its sum at the widest scale, to rank it by.
fn described(group: Option<String>, currency: Option<String>, entries: &[Entry]) -> (BigInt, FigureRow) {
    let mut counts = Counts::default();
    let mut values = Vec::with_capacity(entries.len());
    for entry in entries {
        counts.total += 1;
        match entry {
            Entry::Missing => counts.missing += 1,
            Entry::Rejected => counts.rejected += 1,
            Entry::Used(value) => {
                counts.used += 1;
                values.push(*value);
            }
        }
    }
    let shown = currency.as_deref().map_or(0, currency::decimals);
    let scale = values.iter().map(|value| value.scale()).fold(shown, u32::max);
    let mut units: Vec<i128> = values.iter().map(|value| value.at(scale)).collect();
    units.sort_unstable();
    let sum: i128 = units.iter().sum();
    let row = FigureRow {
        group,
        currency,
        counts,
        statistics: statistics(&units, scale),
        histogram: histogram(&units, scale),
    };
    (BigInt::from(sum) * BigInt::from(10).pow(scaled::DECIMALS_MAX - scale), row)
}

/// Rows by currency (none last), in each the largest sums first. Of too many rows, each currency keeps its top.
fn ranked(mut rows: Vec<(BigInt, FigureRow)>) -> Vec<FigureRow> {
    // `None` sorts first by itself.
    let currency = |row: &FigureRow| (row.currency.is_none(), row.currency.clone());
    rows.sort_by(|(left_sum, left), (right_sum, right)| {
        let sums = right_sum.cmp(left_sum).then_with(|| left.group.cmp(&right.group));
        currency(left).cmp(&currency(right)).then(sums)
    });
    let mut in_currency: BTreeMap<Option<String>, usize> = BTreeMap::new();
    let mut ranks: Vec<(usize, usize)> = Vec::with_capacity(rows.len());
    for (position, (_, row)) in rows.iter().enumerate() {
        let rank = in_currency.entry(row.currency.clone()).or_default();
        ranks.push((*rank, position));
        *rank += 1;
    }
    ranks.sort_unstable();
    ranks.truncate(ROWS_MAX);
    let mut kept: Vec<usize> = ranks.into_iter().map(|(_, position)| position).collect();
    kept.sort_unstable();
    let mut kept = kept.into_iter().peekable();
    let rows = rows.into_iter().enumerate();
    rows.filter(|(position, _)| kept.next_if_eq(position).is_some()).map(|(_, (_, row))| row).collect()
}

fn cut_note(figure: &Figure, rows: usize) -> Option<Finding> {
    (rows > figure.rows.len()).then(|| Finding {
        rule: "figure_cut".to_owned(),
        severity: Severity::Info,
        message: format!(
            "“{}” has {rows} rows: the {} with the largest sums in their currency are shown.",
            figure.title,
            figure.rows.len()
        ),
        expected: None,
        found: None,
        places: Vec::new(),
    })
}

fn value_notes(title: &str, column: &Column) -> impl Iterator<Item = Finding> {
    let note = |rule: &str, severity, noted: &Noted, says: &dyn Fn(String) -> String| {
        (noted.count > 0).then(|| Finding {
            rule: rule.to_owned(),
            severity,
            message: cut_places(says(count(noted.count, "value", "values")), noted),
            expected: None,
            found: None,
            places: noted.places.clone(),
        })
    };
    [
        note("value_rejected", Severity::Warning, &column.rejected, &|values| {
            format!("“{title}” leaves out {values} that can't be read as an exact decimal in range.")
        }),
        note("value_unproved", Severity::Info, &column.unproved, &|values| {
            format!("“{title}” includes {values} that nothing on the page proves.")
        }),
        note("currency_missing", Severity::Info, &column.without_currency, &|values| {
            format!("“{title}” has {values} without a currency: they are added up apart.")
        }),
    ]
    .into_iter()
    .flatten()
}

/// The message, saying how many places are not listed.
fn cut_places(message: String, noted: &Noted) -> String {
    match noted.count.saturating_sub(noted.places.len()) {
        0 => message,
        more => {
            let more = count(more, "more place is not listed", "more places are not listed");
            format!("{}; {more}.", message.trim_end_matches('.'))
        }
    }
}
