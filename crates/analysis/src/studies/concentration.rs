//! How a total is spread over groups: who makes most of it.

use docmill_contract::section::{CellKind, Drawn, Series};
use docmill_statistics::concentration::{Class, ClassBounds, Concentration, concentration};
use docmill_statistics::groups::Groups;

use super::frame::{Frame, Keys};
use super::partition::Partition;
use super::tables::{LABELS_MAX, bars, chart, count, number, percent, section, share, shown, table};
use super::{Named, Studied, Unfit};

pub(crate) fn study<'a>(
    frame: &Frame<'a>,
    named: &Named<'_>,
    of: &'a str,
    by: &'a str,
) -> Result<Studied, Unfit> {
    let measure = frame.measure(of)?;
    let keys = frame.keys(measure.table, by)?;
    let partitions = frame.partitions(&measure)?;
    let title = format!("{} by {}: who makes most of it", measure.name, keys.name);
    let mut section = section(named, title, measure.counts());
    section.notes = partitions.notes;
    section.parameters.insert("classes".to_owned(), "A to 80 %, B to 95 %, C the rest".to_owned());
    let mut said = Vec::new();
    for part in &partitions.parts {
        let sums = sums(part, &keys);
        let Some(found) = concentration(&sums, ClassBounds::default()) else {
            section
                .notes
                .push(format!("There is nothing to share{}: the sums come to zero.", part.in_currency()));
            continue;
        };
        said.push(sentence(part, &keys, &found));
        if found.groups_below_zero > 0 {
            section.notes.push(format!(
                "{} groups{} have a sum below zero and are left out: a part below zero is no share.",
                found.groups_below_zero,
                part.in_currency()
            ));
        }
        let rows = found.ranked.iter().map(|row| {
            vec![
                Some(shown(keys.text(row.key))),
                Some(part.text(row.sum)),
                Some(share(row.share)),
                Some(share(row.cumulative)),
                Some(class(row.class).to_owned()),
            ]
        });
        let columns = [
            (keys.name, CellKind::Text),
            ("Sum", CellKind::Decimal),
            ("Share", CellKind::Share),
            ("Cumulated", CellKind::Share),
            ("Class", CellKind::Text),
        ];
        let title = format!("Sums of {}{} by {}", measure.name, part.in_currency(), keys.name);
        section.tables.push(table(title.clone(), &columns, rows.collect()));
        let top = found.ranked.get(..LABELS_MAX).unwrap_or(&found.ranked);
        section.charts.push(chart(
            title,
            (keys.name, part.currency.as_deref().unwrap_or("Sum")),
            top.iter().map(|row| shown(keys.text(row.key))).collect(),
            vec![
                bars("Sum", top.iter().map(|row| Some(part.text(row.sum))).collect()),
                Series {
                    name: "Cumulated share".to_owned(),
                    drawn: Drawn::ShareLine,
                    values: top.iter().map(|row| Some(share(row.cumulative))).collect(),
                },
            ],
        ));
    }
    section.summary =
        if said.is_empty() { "There are no amounts to share.".to_owned() } else { said.join(" ") };
    Ok(Studied { section, findings: Vec::new() })
}

/// The sum of each key; rows without a key are in none.
pub(crate) fn sums(part: &Partition<'_>, keys: &Keys<'_>) -> Vec<(u32, i128)> {
    let groups = Groups::partition(&part.keyed(&keys.codes), keys.len());
    let sums = groups.map(|values, _, _| {
        (!values.is_empty()).then(|| values.iter().map(|&value| i128::from(value)).sum::<i128>())
    });
    (0..).zip(sums).filter_map(|(key, sum)| Some((key, sum?))).collect()
}

fn sentence(part: &Partition<'_>, keys: &Keys<'_>, found: &Concentration) -> String {
    let top = found.ranked.len().min(3);
    let largest = found.ranked.first().map(|row| shown(keys.text(row.key))).unwrap_or_default();
    let hhi = format!("Herfindahl–Hirschman index {}", number(found.herfindahl_hirschman));
    let rest = format!("{hhi}, Gini coefficient {}", number(found.gini));
    if found.ranked.len() == 1 {
        return format!("All{} is {largest}'s ({}).", part.in_currency(), part.text(found.total));
    }
    format!(
        "The largest {top} of {} make {}{} of {}, {largest} {} alone ({rest}).",
        count(found.ranked.len()).unwrap_or_default(),
        percent(found.top_share(top)),
        part.in_currency(),
        part.text(found.total),
        percent(found.top_share(1)),
    )
}

fn class(class: Class) -> &'static str {
    match class {
        Class::A => "A",
        Class::B => "B",
        Class::C => "C",
    }
}
