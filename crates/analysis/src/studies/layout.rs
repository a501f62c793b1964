//! Which columns of the records a specification needs.
//!
//! A pointer may be read in several ways (an invoice's number as a key, a total as an amount), so a column is named by what
//! it is read as, and where.

use std::collections::BTreeSet;

use docmill_columns::{ColumnLayout, Folding, Kind, Layout, LayoutError, Plan, Scale};
use docmill_contract::spec::{AnalysisSpec, Method};

/// The pointer of a column or group that an analysis names, and the column's currency.
pub(crate) fn measure<'a>(spec: &'a AnalysisSpec, of: &'a str) -> Option<(&'a str, Option<&'a str>)> {
    let column = spec.columns.iter().find(|column| column.name == of);
    let named = column.map(|column| (column.pointer.as_str(), column.currency.as_deref()));
    named.or_else(|| of.starts_with('/').then_some((of, None)))
}

/// The pointer of a group that an analysis names.
pub(crate) fn grouping<'a>(spec: &'a AnalysisSpec, by: &'a str) -> Option<&'a str> {
    let group = spec.groups.iter().find(|group| group.name == by).map(|group| group.pointer.as_str());
    group.or_else(|| by.starts_with('/').then_some(by))
}

/// The name of the column of these amounts.
pub(crate) fn amounts(pointer: &str, currency: Option<&str>) -> String {
    match currency {
        Some(currency) => format!("amount {pointer} in {currency}"),
        None => format!("number {pointer}"),
    }
}

/// The name of the column of these keys.
pub(crate) fn keys(pointer: &str) -> String {
    format!("key {pointer}")
}

/// The name of the column of these days.
pub(crate) fn days(pointer: &str) -> String {
    format!("day {pointer}")
}

/// The layout of records at the pointer `record` of each document, whose id is at `id`. What an analysis names and the
/// specification doesn't know is left out: the analysis says so.
pub(crate) fn layout(spec: &AnalysisSpec, record: &str, id: Option<&str>) -> Layout {
    let mut layout = Layout { record: record.to_owned(), id: id.map(str::to_owned), columns: Vec::new() };
    let mut known = BTreeSet::new();
    let mut add = |name: String, pointer: &str, kind: Kind| {
        if known.insert(name.clone()) {
            layout.columns.push(ColumnLayout { name, pointer: pointer.to_owned(), kind });
        }
    };
    let mut add_amounts = |of: &str| {
        let Some((pointer, currency)) = measure(spec, of) else { return };
        let kind = match currency {
            Some(currency) => Kind::Money { scale: Scale::Found, currency: currency.to_owned() },
            None => Kind::Decimal { scale: Scale::Found },
        };
        add(amounts(pointer, currency), pointer, kind);
    };
    for column in &spec.columns {
        add_amounts(&column.name);
    }
    for study in &spec.analyses {
        amounts_of(&study.method).into_iter().for_each(&mut add_amounts);
    }
    let mut add_keys = |by: &str| {
        if let Some(pointer) = grouping(spec, by) {
            add(keys(pointer), pointer, Kind::Key { folding: Folding::CaseAndSpace });
        }
    };
    for group in &spec.groups {
        add_keys(&group.name);
    }
    for study in &spec.analyses {
        keys_of(&study.method).into_iter().for_each(&mut add_keys);
    }
    for pointer in spec.unique.iter().flatten() {
        add_keys(pointer);
    }
    let of_rates = spec.rates.as_ref().and_then(|rates| rates.date.as_deref());
    let dates = spec.analyses.iter().flat_map(|study| days_of(&study.method)).chain(of_rates);
    for by in dates {
        if let Some(pointer) = grouping(spec, by) {
            add(days(pointer), pointer, Kind::Date);
        }
    }
    layout
}

/// The layout without the columns that can't be read, and what is wrong with those.
pub(crate) fn usable(mut layout: Layout) -> (Layout, Vec<LayoutError>) {
    let mut unfit = Vec::new();
    let columns = std::mem::take(&mut layout.columns);
    for column in columns {
        let alone = Layout { columns: vec![column], record: layout.record.clone(), id: layout.id.clone() };
        match Plan::new(&alone) {
            Ok(_) => layout.columns.extend(alone.columns),
            Err(error) => unfit.push(error),
        }
    }
    (layout, unfit)
}

/// Where all values of an analysis are.
///
/// # Errors
/// The name that is neither a column or group of the specification nor a pointer.
pub(crate) fn pointers<'a>(spec: &'a AnalysisSpec, method: &'a Method) -> Result<Vec<&'a str>, &'a str> {
    let amounts =
        amounts_of(method).into_iter().map(|of| measure(spec, of).map(|(pointer, _)| pointer).ok_or(of));
    let groups = keys_of(method).into_iter().chain(days_of(method));
    amounts.chain(groups.map(|by| grouping(spec, by).ok_or(by))).collect()
}

fn amounts_of(method: &Method) -> Vec<&str> {
    match method {
        Method::Concentration { of, .. }
        | Method::Pivot { of, .. }
        | Method::Outliers { of, .. }
        | Method::Benford { of, .. }
        | Method::NearDuplicates { of, .. }
        | Method::Monthly { of, .. }
        | Method::CutOff { of, .. }
        | Method::Interval { of, .. } => vec![of],
        Method::Correlation { of, with } => vec![of, with],
        Method::Gaps { .. } => Vec::new(),
        Method::InvoiceTotals(totals) => super::invoice_totals::pointers(totals),
    }
}

fn keys_of(method: &Method) -> Vec<&str> {
    match method {
        Method::Concentration { by, .. } => vec![by],
        Method::Pivot { rows, columns, .. } => vec![rows, columns],
        Method::Outliers { by, .. } | Method::Interval { by, .. } => by.as_deref().into_iter().collect(),
        Method::NearDuplicates { text, .. } => text.as_deref().into_iter().collect(),
        Method::Gaps { of, by } => by.as_deref().into_iter().chain([of.as_str()]).collect(),
        Method::Benford { .. }
        | Method::Monthly { .. }
        | Method::CutOff { .. }
        | Method::Correlation { .. }
        | Method::InvoiceTotals(_) => Vec::new(),
    }
}

fn days_of(method: &Method) -> Vec<&str> {
    match method {
        Method::Monthly { date, .. } | Method::CutOff { date, .. } => vec![date],
        Method::NearDuplicates { date, .. } => date.as_deref().into_iter().collect(),
        Method::Pivot { columns, .. } => vec![columns],
        Method::Concentration { .. }
        | Method::Outliers { .. }
        | Method::Benford { .. }
        | Method::Gaps { .. }
        | Method::Correlation { .. }
        | Method::Interval { .. }
        | Method::InvoiceTotals(_) => Vec::new(),
    }
}
