//! Whether two columns go up and down together.

use docmill_contract::section::CellKind;
use docmill_statistics::Chunk;
use docmill_statistics::correlation::{PairSums, kendall, paired_values, spearman};

use super::frame::Frame;
use super::tables::{count, number, section, table};
use super::{Named, Studied, Unfit};

pub(crate) fn study<'a>(
    frame: &Frame<'a>,
    named: &Named<'_>,
    of: &'a str,
    with: &'a str,
) -> Result<Studied, Unfit> {
    let (left, right) = (frame.measure(of)?, frame.measure(with)?);
    if left.table.pointer() != right.table.pointer() {
        return Err(Unfit(format!("`{of}` and `{with}` don't stand in the same rows")));
    }
    let partitions = frame.partitions(&left)?;
    let mut section = section(named, format!("{} and {}", left.name, right.name), left.counts());
    section.notes = partitions.notes;
    let others: Vec<Chunk<'_>> = right
        .column
        .chunks()
        .iter()
        .filter_map(|chunk| Chunk::new(chunk.numbers().unwrap_or_default(), Some(&chunk.valid)))
        .collect();
    let mut rows = Vec::new();
    let mut said = Vec::new();
    for part in &partitions.parts {
        let pairs: Vec<_> = part.chunks().into_iter().zip(others.iter().copied()).collect();
        let sums = PairSums::of(&pairs);
        let (lefts, rights) = paired_values(&pairs);
        let pearson = sums.pearson();
        rows.push(vec![
            part.currency.clone(),
            count(sums.counts().used),
            pearson.map(number),
            spearman(&lefts, &rights).map(number),
            kendall(&lefts, &rights).map(number),
        ]);
        said.push(match pearson {
            Some(coefficient) => format!(
                "Pearson's coefficient of {} pairs{} is {}.",
                sums.counts().used,
                part.in_currency(),
                number(coefficient)
            ),
            None => format!("There are too few different values{}.", part.in_currency()),
        });
    }
    let columns = [
        ("Currency", CellKind::Text),
        ("Pairs", CellKind::Count),
        ("Pearson", CellKind::Decimal),
        ("Spearman", CellKind::Decimal),
        ("Kendall τ-b", CellKind::Decimal),
    ];
    section.tables.push(table(format!("Correlation of {} and {}", left.name, right.name), &columns, rows));
    section.summary = if said.is_empty() { "There are no pairs.".to_owned() } else { said.join(" ") };
    Ok(Studied { section, findings: Vec::new() })
}
