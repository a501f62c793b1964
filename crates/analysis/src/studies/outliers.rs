//! Values far from the others of their group.

use std::borrow::Cow;

use docmill_contract::analysis::{Finding, Severity};
use docmill_contract::section::CellKind;
use docmill_contract::spec::OutlierRule;
use docmill_statistics::groups::Groups;
use docmill_statistics::outliers::{Limits, Method, NoLimits, Outlier, limits, outliers};
use docmill_statistics::quantiles::QuantileType;

use super::frame::{Frame, Keys, Measure};
use super::partition::Partition;
use super::tables::{FINDINGS_MAX, listed_note, section, shown, table};
use super::{Named, Studied, Unfit};

/// Iglewicz and Hoaglin (1993).
const MODIFIED_Z_MAX: f64 = 3.5;
/// Tukey (1977).
const INTERQUARTILE_RANGES_MAX: f64 = 1.5;

pub(crate) fn study<'a>(
    frame: &Frame<'a>,
    named: &Named<'_>,
    of: &'a str,
    by: Option<&'a str>,
    rule: OutlierRule,
    group_min: u32,
) -> Result<Studied, Unfit> {
    let measure = frame.measure(of)?;
    let keys = by.map(|by| frame.keys(measure.table, by)).transpose()?;
    let partitions = frame.partitions(&measure)?;
    let grouped = keys.as_ref().map(|keys| format!(" by {}", keys.name)).unwrap_or_default();
    let mut section = section(named, format!("Outliers of {}{grouped}", measure.name), measure.counts());
    section.notes = partitions.notes;
    let (method, said) = match rule {
        OutlierRule::Mad => (Method::ModifiedZ { threshold: MODIFIED_Z_MAX }, "modified z-score over 3.5"),
        OutlierRule::Iqr => (
            Method::Tukey { factor: INTERQUARTILE_RANGES_MAX, quantile_type: QuantileType::Seven },
            "over 1.5 interquartile ranges outside the quartiles",
        ),
    };
    section.parameters.insert("rule".to_owned(), said.to_owned());
    section.parameters.insert("group_min".to_owned(), group_min.to_string());
    let mut findings = Vec::new();
    let (mut found_in_all, mut compared) = (0_usize, 0_u64);
    for part in &partitions.parts {
        let one_group: Vec<Cow<'_, [u32]>> =
            part.chunks().iter().map(|chunk| Cow::Owned(vec![0; chunk.rows()])).collect();
        let codes = keys.as_ref().map_or(one_group.as_slice(), |keys| &keys.codes);
        let keyed = part.keyed(codes);
        let groups = Groups::partition(&keyed, keys.as_ref().map_or(1, Keys::len));
        let limits = limits(&groups, method, usize::try_from(group_min).unwrap_or(usize::MAX));
        section.notes.extend(left_out(&groups, &limits, part));
        let mut found = outliers(&keyed, &limits);
        compared += found.counts.used;
        found_in_all += found.outliers.len();
        found.outliers.sort_by(|left, right| {
            right.score.abs().total_cmp(&left.score.abs()).then_with(|| left.row.cmp(&right.row))
        });
        let of_group = |outlier: &Outlier| match &keys {
            Some(keys) => shown(keys.text(outlier.key)),
            None => "all".to_owned(),
        };
        let rows = found.outliers.iter().filter_map(|outlier| {
            let limits = usize::try_from(outlier.key).ok().and_then(|key| limits.get(key)?.as_ref().ok())?;
            let place = frame.place(measure.table, measure.pointer, outlier.row);
            Some(vec![
                Some(of_group(outlier)),
                Some(part.text(outlier.value)),
                Some(part.text(limits.low)),
                Some(part.text(limits.high)),
                Some(format!("{:.2}", outlier.score)),
                place.as_ref().map(|place| place.name.clone()),
                place.and_then(|place| place.pointer),
            ])
        });
        let columns = [
            (keys.as_ref().map_or("Group", |keys| keys.name), CellKind::Text),
            ("Value", CellKind::Decimal),
            ("Usual from", CellKind::Decimal),
            ("Usual to", CellKind::Decimal),
            ("Score", CellKind::Decimal),
            ("Document", CellKind::Text),
            ("Field", CellKind::Text),
        ];
        let title = format!("Outliers of {}{}, the farthest first", measure.name, part.in_currency());
        section.tables.push(table(title, &columns, rows.collect()));
        let room = FINDINGS_MAX.saturating_sub(findings.len());
        let listed = found.outliers.iter().take(room);
        findings.extend(listed.filter_map(|outlier| {
            let limits = usize::try_from(outlier.key).ok().and_then(|key| limits.get(key)?.as_ref().ok())?;
            Some(finding(frame, named, &measure, part, outlier, limits, &of_group(outlier)))
        }));
    }
    section.notes.extend(listed_note(found_in_all, findings.len(), "outliers"));
    section.summary = format!("{found_in_all} of {compared} values compared are outliers ({said}).");
    Ok(Studied { section, findings })
}

fn finding(
    frame: &Frame<'_>,
    named: &Named<'_>,
    measure: &Measure<'_>,
    part: &Partition<'_>,
    outlier: &Outlier,
    limits: &Limits,
    group: &str,
) -> Finding {
    let code = part.currency.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
    Finding {
        rule: named.id.clone(),
        severity: Severity::Info,
        message: format!("{} is far from the others of {group}.", measure.name),
        expected: Some(format!("{} to {}{code}", part.text(limits.low), part.text(limits.high))),
        found: Some(format!("{}{code}", part.text(outlier.value))),
        places: frame.place(measure.table, measure.pointer, outlier.row).into_iter().collect(),
    }
}

/// Groups that can't be judged.
fn left_out(groups: &Groups, limits: &[Result<Limits, NoLimits>], part: &Partition<'_>) -> Vec<String> {
    let with_values = |key: &usize| groups.used(*key) > 0;
    let count = |wanted: NoLimits| {
        let of_reason = limits.iter().enumerate().filter(|(key, limits)| {
            with_values(key) && limits.as_ref().err().is_some_and(|reason| *reason == wanted)
        });
        of_reason.count()
    };
    let say = |count: usize, why: &str| {
        (count > 0).then(|| format!("{count} groups{} are not judged: {why}.", part.in_currency()))
    };
    let few = say(count(NoLimits::TooFew), "they have too few values");
    let flat = say(count(NoLimits::NoSpread), "their values are all, or nearly all, the same");
    few.into_iter().chain(flat).collect()
}
