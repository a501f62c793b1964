//! The totals of invoices by the rules of EN 16931.

mod rules;

use std::collections::BTreeMap;

use docmill_arithmetic::Decimal;
use docmill_columns::{Column, Table};
use docmill_contract::analysis::{Counts, Finding, Severity};
use docmill_contract::section::CellKind;
use docmill_contract::spec::InvoiceTotals;

use self::rules::{Invoice, Rule, Verdict};
use super::frame::Frame;
use super::layout;
use super::tables::{FINDINGS_MAX, count, listed_note, section, table};
use super::{Named, Studied, Unfit};

/// All pointers that are named.
pub(crate) fn pointers(totals: &InvoiceTotals) -> Vec<&str> {
    let all = [
        &totals.line_amounts,
        &totals.lines_total,
        &totals.allowance_amounts,
        &totals.allowances_total,
        &totals.charge_amounts,
        &totals.charges_total,
        &totals.net,
        &totals.taxable_amounts,
        &totals.tax_rates,
        &totals.tax_amounts,
        &totals.tax,
        &totals.gross,
        &totals.prepaid,
        &totals.rounding,
        &totals.due,
    ];
    all.into_iter().flatten().map(String::as_str).collect()
}

pub(crate) fn study(frame: &Frame<'_>, named: &Named<'_>, totals: &InvoiceTotals) -> Result<Studied, Unfit> {
    if pointers(totals).is_empty() {
        return Err(Unfit("it names no total".to_owned()));
    }
    let documents = frame.tables.documents().len();
    let invoices = (0..documents).map(|document| invoice(frame, totals, document));
    let mut by_rule: BTreeMap<Rule, (u64, u64)> = BTreeMap::new();
    let mut findings = Vec::new();
    let (mut broken, mut checked) = (0_usize, 0_u64);
    for (document, invoice) in invoices.enumerate() {
        let verdicts = rules::verdicts(&invoice, totals.rounding_mode, totals.tolerance_minor_units);
        checked += u64::from(!verdicts.is_empty());
        for verdict in verdicts {
            let (held, failed) = by_rule.entry(verdict.rule).or_default();
            if verdict.holds {
                *held += 1;
                continue;
            }
            *failed += 1;
            broken += 1;
            if findings.len() < FINDINGS_MAX {
                findings.push(finding(frame, totals, document, &verdict));
            }
        }
    }
    let total = u64::try_from(documents).unwrap_or(u64::MAX);
    let counts = Counts { total, used: checked, missing: total - checked, rejected: 0 };
    let mut section = section(named, "Invoice totals by EN 16931".to_owned(), counts);
    section.parameters.insert("rounding_mode".to_owned(), format!("{:?}", totals.rounding_mode));
    section.parameters.insert("tolerance_minor_units".to_owned(), totals.tolerance_minor_units.to_string());
    let rows = by_rule.iter().map(|(rule, (held, failed))| {
        vec![Some(rule.name().to_owned()), Some(rule.says().to_owned()), count(held), count(failed)]
    });
    let columns = [
        ("Rule", CellKind::Text),
        ("What it says", CellKind::Text),
        ("Holds", CellKind::Count),
        ("Doesn't", CellKind::Count),
    ];
    section.tables.push(table("Rules checked".to_owned(), &columns, rows.collect()));
    section.notes.extend(listed_note(broken, findings.len(), "broken rules"));
    section.summary = format!("{broken} rules don't hold in {checked} invoices.");
    Ok(Studied { section, findings })
}

fn finding(frame: &Frame<'_>, totals: &InvoiceTotals, document: usize, verdict: &Verdict) -> Finding {
    let (pointer, row) = verdict.result(totals);
    let place = pointer.and_then(|pointer| {
        let (table, _) = column(frame, pointer)?;
        let first = if table.pointer().is_some() { table.rows_of(document).start } else { document };
        frame.place(table, pointer, first + row)
    });
    Finding {
        rule: verdict.rule.name().to_owned(),
        severity: Severity::Error,
        message: format!("{} doesn't hold: {}.", verdict.rule.name(), verdict.rule.says()),
        expected: Some(amount(verdict.expected)),
        found: Some(amount(verdict.found)),
        places: place.or_else(|| frame.document_place(document)).into_iter().collect(),
    }
}

/// An amount with two decimals at least.
fn amount(value: Decimal) -> String {
    let decimals = usize::try_from(value.normalize().scale()).unwrap_or(0).max(2);
    format!("{value:.decimals$}")
}

/// What an invoice says of its totals.
fn invoice(frame: &Frame<'_>, totals: &InvoiceTotals, document: usize) -> Invoice {
    let all = |pointer: &Option<String>| values(frame, pointer.as_deref(), document);
    let one = |pointer: &Option<String>| all(pointer).into_iter().next().flatten();
    let present = |pointer: &Option<String>| all(pointer).into_iter().flatten().collect();
    let (taxable, rates, taxes) =
        (all(&totals.taxable_amounts), all(&totals.tax_rates), all(&totals.tax_amounts));
    let rows = taxable.len().max(rates.len()).max(taxes.len());
    let cell = |column: &Vec<Option<Decimal>>, row: usize| column.get(row).copied().flatten();
    Invoice {
        line_amounts: present(&totals.line_amounts),
        lines_total: one(&totals.lines_total),
        allowance_amounts: present(&totals.allowance_amounts),
        allowances_total: one(&totals.allowances_total),
        charge_amounts: present(&totals.charge_amounts),
        charges_total: one(&totals.charges_total),
        net: one(&totals.net),
        taxes: (0..rows).map(|row| (cell(&taxable, row), cell(&rates, row), cell(&taxes, row))).collect(),
        tax: one(&totals.tax),
        gross: one(&totals.gross),
        prepaid: one(&totals.prepaid),
        rounding: one(&totals.rounding),
        due: one(&totals.due),
    }
}

/// A document's values at a pointer, one for each row.
fn values(frame: &Frame<'_>, pointer: Option<&str>, document: usize) -> Vec<Option<Decimal>> {
    let Some((table, column)) = pointer.and_then(|pointer| column(frame, pointer)) else { return Vec::new() };
    let rows = if table.pointer().is_some() { table.rows_of(document) } else { document..document + 1 };
    let scale = u32::from(column.scale());
    rows.map(|row| Some(Decimal::new(column.number(row)?, scale))).collect()
}

fn column<'a>(frame: &Frame<'a>, pointer: &str) -> Option<(&'a Table, &'a Column)> {
    let name = layout::amounts(pointer, None);
    let mut tables = std::iter::once(frame.tables.record()).chain(frame.tables.row_sets());
    tables.find_map(|table| Some((table, table.column(&name)?)))
}
