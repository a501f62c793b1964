//! Running balances: each row's balance follows from the one before it, and the last is the closing balance.

use rust_decimal::Decimal;
use serde_json::Value;

use super::pointers::{member, value_at};
use super::{Equation, Term, TermRole, rows, total_of};

/// The members of a balance rule, as in `Rule::Balance`.
pub(super) struct Members<'a> {
    pub(super) id: &'a str,
    pub(super) opening: &'a str,
    pub(super) each: &'a str,
    pub(super) change: &'a str,
    pub(super) minus: Option<&'a str>,
    pub(super) balance: &'a str,
    pub(super) closing: &'a str,
}

/// One equation for each row that prints a balance, and one for the closing balance. Rows without one are added
/// up; after a row whose change is missing, they start again from the next printed balance. None at all where no row
/// has a change.
pub(super) fn equations(members: &Members<'_>, record: &Value) -> Vec<Equation> {
    let mut found = Vec::new();
    if record.pointer(members.each).and_then(Value::as_array).is_none() {
        return found;
    }
    let rows = rows(record, members.each);
    // A document that prints its changes in other columns is another rule's.
    if !rows.is_empty() && rows.iter().all(|row| changes(members, record, row).is_empty()) {
        return found;
    }
    // What the next balance is made of: the last printed one and the changes since; none where one is missing.
    let mut since = added(record, members.opening.to_owned()).map(|opening| vec![opening]);
    for row in rows {
        let changes = changes(members, record, &row);
        since = since.filter(|_| !changes.is_empty()).map(|mut terms| {
            terms.extend(changes);
            terms
        });
        let pointer = member(&row, members.balance);
        let Some(balance) = value_at(record, &pointer) else { continue };
        found.extend(since.take().and_then(|terms| equation(members.id, terms, pointer.clone(), balance)));
        since = Some(vec![Term { pointer, value: Some(balance), role: TermRole::Added }]);
    }
    if let (Some(terms), Some(closing)) = (since, value_at(record, members.closing)) {
        found.extend(equation(members.id, terms, members.closing.to_owned(), closing));
    }
    found
}

/// What a row adds and takes off; empty where it says neither.
fn changes(members: &Members<'_>, record: &Value, row: &str) -> Vec<Term> {
    let added = added(record, member(row, members.change));
    let taken_off = members.minus.and_then(|minus| term(record, member(row, minus), TermRole::Subtracted));
    added.into_iter().chain(taken_off).collect()
}

fn added(record: &Value, pointer: String) -> Option<Term> {
    term(record, pointer, TermRole::Added)
}

fn term(record: &Value, pointer: String, role: TermRole) -> Option<Term> {
    let value = Some(value_at(record, &pointer)?);
    Some(Term { pointer, value, role })
}

fn equation(id: &str, terms: Vec<Term>, result_pointer: String, found: Decimal) -> Option<Equation> {
    let expected = total_of(&terms)?;
    let holds = expected == found;
    Some(Equation { rule: id.to_owned(), terms, result_pointer, expected, found, holds, exact: true })
}
