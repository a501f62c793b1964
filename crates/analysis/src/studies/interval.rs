//! How sure a mean or a median is: bootstrap intervals (Efron and Tibshirani, 1993).

use std::borrow::Cow;

use docmill_contract::section::CellKind;
use docmill_contract::spec::Estimate;
use docmill_statistics::Fraction;
use docmill_statistics::bootstrap::{Bootstrap, NoInterval, Resampled, Statistic, VALUES_MAX, bootstrap};
use docmill_statistics::groups::Groups;

use super::frame::{Frame, Keys};
use super::partition::Partition;
use super::tables::{at_least, count, section, shown, table};
use super::{Named, Studied, Unfit};

/// Confidence in thousandths.
const CONFIDENCE_PERMILLE: u32 = 950;
/// Groups with an interval, those with the most values: each is drawn thousands of times.
const GROUPS_MAX: usize = 20;
/// Fewer values say nothing about how sure they are.
const VALUES_MIN: usize = 8;

#[derive(Clone, Copy)]
pub(crate) struct How {
    pub(crate) statistic: Estimate,
    pub(crate) replicates: u32,
    pub(crate) seed: u64,
}

pub(crate) fn study<'a>(
    frame: &Frame<'a>,
    named: &Named<'_>,
    of: &'a str,
    by: Option<&'a str>,
    how: How,
) -> Result<Studied, Unfit> {
    let measure = frame.measure(of)?;
    let keys = by.map(|by| frame.keys(measure.table, by)).transpose()?;
    let partitions = frame.partitions(&measure)?;
    let (statistic, said) = match how.statistic {
        Estimate::Mean => (Statistic::Mean, "mean"),
        Estimate::Median => (Statistic::Median, "median"),
    };
    let mut section = section(named, format!("How sure the {said} of {} is", measure.name), measure.counts());
    section.notes = partitions.notes;
    section.parameters.insert("statistic".to_owned(), said.to_owned());
    section.parameters.insert("confidence".to_owned(), "95 %".to_owned());
    section.parameters.insert("replicates".to_owned(), how.replicates.to_string());
    section.parameters.insert("seed".to_owned(), how.seed.to_string());
    let mut rows = Vec::new();
    for part in &partitions.parts {
        let one_group: Vec<Cow<'_, [u32]>> =
            part.chunks().iter().map(|chunk| Cow::Owned(vec![0; chunk.rows()])).collect();
        let codes = keys.as_ref().map_or(one_group.as_slice(), |keys| &keys.codes);
        let groups = Groups::partition(&part.keyed(codes), keys.as_ref().map_or(1, Keys::len));
        let mut order: Vec<usize> = (0..groups.len()).filter(|&key| groups.used(key) >= VALUES_MIN).collect();
        let few = (0..groups.len()).filter(|&key| groups.used(key) > 0).count() - order.len();
        if few > 0 {
            section
                .notes
                .push(format!("{few} groups{} have fewer than {VALUES_MIN} values.", part.in_currency()));
        }
        order.sort_by_key(|&key| (std::cmp::Reverse(groups.used(key)), key));
        for &key in order.iter().take(GROUPS_MAX) {
            let draws = Bootstrap {
                replicates: usize::try_from(how.replicates).unwrap_or(usize::MAX),
                confidence_permille: CONFIDENCE_PERMILLE,
                seed: how.seed,
                analysis: &named.id,
            };
            let group = match &keys {
                Some(keys) => shown(u32::try_from(key).ok().and_then(|key| keys.text(key))),
                None => "all".to_owned(),
            };
            match bootstrap(&groups.values(key), statistic, draws) {
                Ok(found) => rows.push(row(group, part, &found)),
                Err(NoInterval::TooManyValues) => section.notes.push(format!(
                    "{group} has over {VALUES_MAX} values: its {said} is as sure as it can be."
                )),
                Err(NoInterval::Empty) => {}
                Err(NoInterval::Settings) => {
                    return Err(Unfit(format!("{} replicates can't be drawn", how.replicates)));
                }
            }
        }
    }
    let columns = [
        (keys.as_ref().map_or("Group", |keys| keys.name), CellKind::Text),
        ("Currency", CellKind::Text),
        ("Values", CellKind::Count),
        ("Estimate", CellKind::Decimal),
        ("95 % from", CellKind::Decimal),
        ("95 % to", CellKind::Decimal),
        ("Method", CellKind::Text),
    ];
    section.summary =
        format!("Intervals that hold the {said} with 95 % confidence, for {} groups.", rows.len());
    section.tables.push(table(format!("The {said} of {}", measure.name), &columns, rows));
    Ok(Studied { section, findings: Vec::new() })
}

fn row(group: String, part: &Partition<'_>, found: &Resampled) -> Vec<Option<String>> {
    let interval = found.bca.as_ref().unwrap_or(&found.percentile);
    // Two decimals more than the values have.
    let decimals = part.decimals() + 2;
    let shown = |fraction: Fraction| at_least(&fraction.round(decimals - part.scale), decimals, decimals);
    vec![
        Some(group),
        part.currency.clone(),
        count(found.count),
        Some(shown(found.estimate)),
        Some(shown(interval.low)),
        Some(shown(interval.high)),
        Some(if found.bca.is_some() { "BCa" } else { "percentile" }.to_owned()),
    ]
}
