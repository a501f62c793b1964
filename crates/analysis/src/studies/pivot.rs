//! Sums by two groupings at once.

use std::borrow::Cow;
use std::collections::BTreeMap;

use docmill_columns::Table;
use docmill_contract::section::CellKind;
use docmill_statistics::NO_KEY;
use docmill_statistics::calendar::day_of_month;
use docmill_statistics::groups::{Groups, pair_keys};

use super::frame::Frame;
use super::partition::Partition;
use super::tables::{month, section, shown, table};
use super::{Named, Studied, Unfit};

/// Columns of the table; those with the smallest sums are added up as the rest.
const COLUMNS_MAX: usize = 12;

/// What makes the columns: keys, or the months of days.
struct Heads<'a> {
    codes: Vec<Cow<'a, [u32]>>,
    texts: Vec<String>,
    /// Whether they have an order of their own.
    is_ordered: bool,
}

pub(crate) fn study<'a>(
    frame: &Frame<'a>,
    named: &Named<'_>,
    of: &'a str,
    rows: &'a str,
    columns: &'a str,
) -> Result<Studied, Unfit> {
    let measure = frame.measure(of)?;
    let keys = frame.keys(measure.table, rows)?;
    let heads = heads(frame, measure.table, columns)?;
    let partitions = frame.partitions(&measure)?;
    let title = format!("{} by {} and {columns}", measure.name, keys.name);
    let mut section = section(named, title.clone(), measure.counts());
    section.notes = partitions.notes;
    for part in &partitions.parts {
        let cells = cells(part, &keys.codes, &heads.codes);
        let shown_heads = top_heads(&cells, &heads);
        let row = |key: Option<u32>| {
            let of_row: BTreeMap<u32, i128> = cells
                .iter()
                .filter(|cell| key.is_none_or(|key| cell.0 == key))
                .fold(BTreeMap::new(), |mut sums, cell| {
                    *sums.entry(cell.1).or_default() += cell.2;
                    sums
                });
            let total: i128 = of_row.values().sum();
            let listed = shown_heads.iter().map(|head| of_row.get(head).copied());
            let rest = total - shown_heads.iter().filter_map(|head| of_row.get(head)).sum::<i128>();
            let mut line = vec![Some(key.map_or_else(|| "Total".to_owned(), |key| shown(keys.text(key))))];
            line.extend(listed.map(|sum| sum.map(|sum| part.text(sum))));
            if heads.texts.len() > shown_heads.len() {
                line.push(Some(part.text(rest)));
            }
            line.push(Some(part.text(total)));
            (total, line)
        };
        let mut keys_there: Vec<u32> = cells.iter().map(|cell| cell.0).collect();
        keys_there.dedup();
        let mut lines: Vec<(i128, Vec<Option<String>>)> =
            keys_there.iter().map(|&key| row(Some(key))).collect();
        lines.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
        lines.insert(0, row(None));
        let names: Vec<&str> = shown_heads.iter().map(|&head| head_text(&heads, head)).collect();
        let mut columns = vec![(keys.name, CellKind::Text)];
        columns.extend(names.iter().map(|name| (*name, CellKind::Decimal)));
        if heads.texts.len() > shown_heads.len() {
            columns.push(("Others", CellKind::Decimal));
        }
        columns.push(("Total", CellKind::Decimal));
        let title = format!("{title}{}", part.in_currency());
        section.tables.push(table(title, &columns, lines.into_iter().map(|(_, line)| line).collect()));
    }
    section.summary =
        format!("Sums of {} for each {} and {columns}, the largest first.", measure.name, keys.name);
    Ok(Studied { section, findings: Vec::new() })
}

/// The keys of a group, or the months of a date.
fn heads<'a>(frame: &Frame<'a>, of: &'a Table, columns: &'a str) -> Result<Heads<'a>, Unfit> {
    let days = frame.days(of, columns)?;
    let months: Vec<Vec<Option<i32>>> =
        days.iter().map(|days| days.iter().map(|&day| Some(day_of_month(day)?.month.0)).collect()).collect();
    let mut known: Vec<i32> = months.iter().flatten().flatten().copied().collect();
    known.sort_unstable();
    known.dedup();
    if known.is_empty() {
        let keys = frame.keys(of, columns)?;
        let texts = keys.texts().into_iter().map(str::to_owned).collect();
        return Ok(Heads { codes: keys.codes, texts, is_ordered: false });
    }
    let code = |month: &Option<i32>| {
        let position = month.and_then(|month| known.binary_search(&month).ok());
        position.and_then(|position| u32::try_from(position).ok()).unwrap_or(NO_KEY)
    };
    let codes = months.iter().map(|chunk| Cow::Owned(chunk.iter().map(code).collect())).collect();
    let texts = known.iter().map(|&known| month(docmill_statistics::calendar::Month(known))).collect();
    Ok(Heads { codes, texts, is_ordered: true })
}

/// Row key, column key and sum, by row key.
fn cells(part: &Partition<'_>, rows: &[Cow<'_, [u32]>], columns: &[Cow<'_, [u32]>]) -> Vec<(u32, u32, i128)> {
    let flat =
        |codes: &[Cow<'_, [u32]>]| codes.iter().flat_map(|codes| codes.iter().copied()).collect::<Vec<u32>>();
    let paired = pair_keys(&flat(rows), &flat(columns));
    let codes: Vec<Cow<'_, [u32]>> =
        paired.codes.chunks(docmill_columns::CHUNK_ROWS).map(Cow::Borrowed).collect();
    let groups = Groups::partition(&part.keyed(&codes), paired.pairs.len());
    let sums = groups.map(|values, _, _| {
        (!values.is_empty()).then(|| values.iter().map(|&value| i128::from(value)).sum::<i128>())
    });
    let cells = paired.pairs.iter().zip(sums).filter_map(|(&(row, column), sum)| Some((row, column, sum?)));
    cells.collect()
}

/// The columns that are shown: in their own order, or the largest first.
fn top_heads(cells: &[(u32, u32, i128)], heads: &Heads<'_>) -> Vec<u32> {
    let mut sums: BTreeMap<u32, i128> = BTreeMap::new();
    for &(_, head, sum) in cells {
        *sums.entry(head).or_default() += sum;
    }
    let mut all: Vec<(u32, i128)> = sums.into_iter().collect();
    if heads.is_ordered {
        // The latest months matter most.
        let first = all.len().saturating_sub(COLUMNS_MAX);
        return all.split_off(first).into_iter().map(|(head, _)| head).collect();
    }
    all.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(&right.0)));
    all.truncate(COLUMNS_MAX);
    all.into_iter().map(|(head, _)| head).collect()
}

fn head_text<'b>(heads: &'b Heads<'_>, head: u32) -> &'b str {
    usize::try_from(head).ok().and_then(|head| heads.texts.get(head)).map_or("(none)", String::as_str)
}
