//! What is dated on weekends or at the end of a month, and how round amounts are.

use docmill_contract::section::CellKind;
use docmill_statistics::calendar::NO_DAY;
use docmill_statistics::cutoff::{DayCounts, Period, RoundCounts};

use super::frame::Frame;
use super::tables::{count, percent, section, share, table};
use super::{Named, Studied, Unfit};

/// Amounts that end with so many zeros before the point are round.
const ROUND_ZEROS: usize = 3;
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

pub(crate) fn study<'a>(
    frame: &Frame<'a>,
    named: &Named<'_>,
    of: &'a str,
    date: &'a str,
    last_days: u32,
) -> Result<Studied, Unfit> {
    let measure = frame.measure(of)?;
    let days = frame.days(measure.table, date)?;
    let partitions = frame.partitions(&measure)?;
    let mut section =
        section(named, format!("{}: weekends, month ends and round amounts", measure.name), measure.counts());
    section.notes = partitions.notes;
    let last_days = u8::try_from(last_days).unwrap_or(u8::MAX);
    section.parameters.insert("days".to_owned(), last_days.to_string());
    section.parameters.insert("date".to_owned(), date.to_owned());
    // Only days of rows that have an amount.
    let chunks = measure.column.chunks().iter().zip(&days);
    let dated: Vec<i32> = chunks
        .flat_map(|(chunk, days)| {
            let of_row = |(row, &day): (usize, &i32)| if chunk.is_valid(row) { day } else { NO_DAY };
            days.iter().enumerate().map(of_row).collect::<Vec<i32>>()
        })
        .collect();
    let by_day = DayCounts::of(&dated, Period::Month, last_days);
    let of_weekday = WEEKDAYS.iter().zip(by_day.weekdays).map(|(name, rows)| {
        let part = if by_day.counts.used > 0 { rows as f64 / by_day.counts.used as f64 } else { 0.0 };
        vec![Some((*name).to_owned()), count(rows), Some(share(part))]
    });
    let columns = [("Weekday", CellKind::Text), ("Values", CellKind::Count), ("Share", CellKind::Share)];
    section.tables.push(table(format!("{} by weekday", measure.name), &columns, of_weekday.collect()));
    let mut round = Vec::new();
    for part in &partitions.parts {
        let counts = RoundCounts::of(&part.chunks());
        let decimals = usize::try_from(part.scale).unwrap_or(0);
        for zeros in 0..=ROUND_ZEROS {
            if let Some((rows, of_all)) = counts.round_share(decimals + zeros) {
                round.push(vec![
                    part.currency.clone(),
                    Some(format!("a multiple of {}", 10_u64.pow(u32::try_from(zeros).unwrap_or(0)))),
                    count(rows),
                    Some(share(of_all)),
                ]);
            }
        }
    }
    let columns = [
        ("Currency", CellKind::Text),
        ("Amounts that are", CellKind::Text),
        ("Values", CellKind::Count),
        ("Share", CellKind::Share),
    ];
    section.tables.push(table(format!("Round amounts of {}", measure.name), &columns, round));
    let said = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), percent);
    section.summary = format!(
        "{} of the dated values are on weekends (28.6 % if days were even), {} in the last {last_days} days of a month ({} if they were).",
        said(by_day.weekend_share()),
        said(by_day.near_end_share()),
        said(by_day.near_end_expected(Period::Month, last_days)),
    );
    Ok(Studied { section, findings: Vec::new() })
}
