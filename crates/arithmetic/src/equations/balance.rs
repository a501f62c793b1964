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
    pub(super) balance: &'a str,
    pub(super) closing: &'a str,
}

/// One equation for each row that prints a balance, and one for the closing balance. Rows without one are added
/// up; after a row whose change is missing, they start again from the next printed balance.
pub(super) fn equations(members: &Members<'_>, record: &Value) -> Vec<Equation> {
    let mut found = Vec::new();
    if record.pointer(members.each).and_then(Value::as_array).is_none() {
        return found;
    }
    // What the next balance is made of: the last printed one and the changes since; none where one is missing.
    let mut since = added(record, members.opening.to_owned()).map(|opening| vec![opening]);
    for row in rows(record, members.each) {
        let change = added(record, member(&row, members.change));
        since = since.zip(change).map(|(mut terms, change)| {
            terms.push(change);
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

fn added(record: &Value, pointer: String) -> Option<Term> {
    let value = Some(value_at(record, &pointer)?);
    Some(Term { pointer, value, role: TermRole::Added })
}

fn equation(id: &str, terms: Vec<Term>, result_pointer: String, found: Decimal) -> Option<Equation> {
    let expected = total_of(&terms)?;
    let holds = expected == found;
    Some(Equation { rule: id.to_owned(), terms, result_pointer, expected, found, holds, exact: true })
}
