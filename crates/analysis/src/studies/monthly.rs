//! Sums by month, each with the month and the year before.

use docmill_contract::section::CellKind;
use docmill_statistics::series::{Change, Months};

use super::frame::Frame;
use super::tables::{bars, chart, count, month, number, section, table};
use super::{Named, Studied, Unfit};

/// Months that a chart shows, the latest.
const MONTHS_DRAWN_MAX: usize = 60;

pub(crate) fn study<'a>(
    frame: &Frame<'a>,
    named: &Named<'_>,
    of: &'a str,
    date: &'a str,
) -> Result<Studied, Unfit> {
    let measure = frame.measure(of)?;
    let days = frame.days(measure.table, date)?;
    let partitions = frame.partitions(&measure)?;
    let mut section = section(named, format!("{} by month", measure.name), measure.counts());
    section.notes = partitions.notes;
    section.parameters.insert("date".to_owned(), date.to_owned());
    let mut said = Vec::new();
    for part in &partitions.parts {
        let chunks: Vec<_> =
            part.chunks().into_iter().zip(&days).map(|(chunk, days)| (chunk, days.as_ref())).collect();
        let months = Months::of(&chunks);
        let undated = part.used().saturating_sub(months.counts.used);
        if undated > 0 {
            section
                .notes
                .push(format!("{undated} values{} have no date and are in no month.", part.in_currency()));
        }
        let rows = months.rows();
        let change = |change: &Option<Change>| change.as_ref().and_then(|change| change.ratio).map(number);
        let cells = rows.iter().map(|row| {
            vec![
                Some(month(row.month)),
                count(row.count),
                Some(part.text(row.sum.big())),
                change(&row.month_on_month),
                change(&row.year_on_year),
            ]
        });
        let columns = [
            ("Month", CellKind::Text),
            ("Values", CellKind::Count),
            ("Sum", CellKind::Decimal),
            ("On the month before", CellKind::Share),
            ("On the year before", CellKind::Share),
        ];
        let title = format!("Sums of {}{} by month", measure.name, part.in_currency());
        section.tables.push(table(title.clone(), &columns, cells.collect()));
        let drawn = rows.get(rows.len().saturating_sub(MONTHS_DRAWN_MAX)..).unwrap_or_default();
        section.charts.push(chart(
            title,
            ("Month", part.currency.as_deref().unwrap_or("Sum")),
            drawn.iter().map(|row| month(row.month)).collect(),
            vec![bars("Sum", drawn.iter().map(|row| Some(part.text(row.sum.big()))).collect())],
        ));
        if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
            let highest = rows.iter().max_by(|left, right| left.sum.big().cmp(&right.sum.big()));
            said.push(format!(
                "{}{} from {} to {}; the highest is {}.",
                crate::findings::count(rows.len(), "month", "months"),
                part.in_currency(),
                month(first.month),
                month(last.month),
                highest.map(|row| month(row.month)).unwrap_or_default()
            ));
        }
    }
    section.summary = if said.is_empty() { "There are no dated amounts.".to_owned() } else { said.join(" ") };
    Ok(Studied { section, findings: Vec::new() })
}
