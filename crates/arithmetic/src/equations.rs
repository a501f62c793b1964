//! The equations of a profile, worked out for one record.
//!
//! Used by the extraction to prove a member from the others and to warn of what doesn't hold, and by the analysis
//! to report it. What the rules mean is said in `docmill_contract::profile::Rule`.

mod balance;
mod pointers;

use docmill_contract::profile::Rule;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::decimal::round_half_away;
use pointers::{bound, expanded, member, value_at};

/// Products are rounded to no fewer decimals: JSON drops the zeros of `100.00`.
const PRODUCT_DECIMALS_MIN: u32 = 2;
/// The most equations of one record; a record of more is checked in part.
pub const EQUATIONS_MAX: usize = 100_000;

/// One equation with all of its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equation {
    /// The id of the rule it is of.
    pub rule: String,
    /// What is computed with.
    pub terms: Vec<Term>,
    /// The JSON pointer of what they must come to.
    pub result_pointer: String,
    /// What they come to.
    pub expected: Decimal,
    /// What the record says.
    pub found: Decimal,
    /// Whether both are equal.
    pub holds: bool,
    /// Whether `expected` was not rounded: only then does the result prove a factor.
    pub exact: bool,
}

/// A member of an equation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Its JSON pointer.
    pub pointer: String,
    /// Its value; none for an optional one that isn't there, which counts as zero.
    pub value: Option<Decimal>,
    /// What is done with it.
    pub role: TermRole,
}

/// What an equation does with a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TermRole {
    /// It is added.
    Added,
    /// It is taken off.
    Subtracted,
    /// It is multiplied.
    Factor,
}

/// The equations of `rules` whose members are all in the record. Those too large to compute are left out.
pub fn equations(rules: &[Rule], record: &Value) -> Vec<Equation> {
    let mut found = Vec::new();
    for rule in rules {
        match rule {
            Rule::Sum { id, parts, minus, optional, total } => {
                for total_pointer in expanded(record, total) {
                    let is_optional = |pattern: &String| optional.contains(pattern);
                    found.extend(sum(id, record, parts, minus, &is_optional, total, &total_pointer));
                }
            }
            Rule::Product { id, each, factors, per, result } => {
                let rows = each.as_ref().map_or_else(|| vec![String::new()], |each| rows(record, each));
                for row in rows {
                    found.extend(product(id, record, &row, factors, *per, result));
                }
            }
            Rule::Balance { id, opening, each, change, minus, balance, closing } => {
                let minus = minus.as_deref();
                let members = balance::Members { id, opening, each, change, minus, balance, closing };
                found.extend(balance::equations(&members, record));
            }
        }
        if found.len() > EQUATIONS_MAX {
            found.truncate(EQUATIONS_MAX);
            break;
        }
    }
    found
}

/// The pointers of an array's rows.
fn rows(record: &Value, each: &str) -> Vec<String> {
    expanded(record, &format!("{each}/*"))
}

/// Σ parts − Σ minus = total.
fn sum(
    id: &str,
    record: &Value,
    parts: &[String],
    minus: &[String],
    is_optional: &dyn Fn(&String) -> bool,
    total_pattern: &str,
    total: &str,
) -> Option<Equation> {
    let mut terms = Vec::new();
    let added = parts.iter().map(|pattern| (pattern, TermRole::Added));
    for (pattern, role) in added.chain(minus.iter().map(|pattern| (pattern, TermRole::Subtracted))) {
        let pointers = expanded(record, &bound(pattern, total_pattern, total));
        if pointers.is_empty() && !is_optional(pattern) {
            return None;
        }
        for pointer in pointers {
            let value = value_at(record, &pointer);
            if value.is_none() && !is_optional(pattern) {
                return None;
            }
            terms.push(Term { pointer, value, role });
        }
    }
    // A sum of nothing but missing parts says nothing.
    terms.iter().find(|term| term.value.is_some())?;
    let expected = total_of(&terms)?;
    let found = value_at(record, total)?;
    Some(Equation {
        rule: id.to_owned(),
        terms,
        result_pointer: total.to_owned(),
        expected,
        found,
        holds: expected == found,
        exact: true,
    })
}

/// What added and subtracted terms come to.
fn total_of(terms: &[Term]) -> Option<Decimal> {
    terms.iter().try_fold(Decimal::ZERO, |sum, term| {
        let value = term.value.unwrap_or_default();
        match term.role {
            TermRole::Added => sum.checked_add(value),
            TermRole::Subtracted => sum.checked_sub(value),
            TermRole::Factor => None,
        }
    })
}

/// Π factors ÷ per = result.
fn product(
    id: &str,
    record: &Value,
    row: &str,
    factors: &[String],
    per: u32,
    result: &str,
) -> Option<Equation> {
    let mut terms = Vec::new();
    let mut product = Decimal::ONE;
    for factor in factors {
        let pointer = member(row, factor);
        let value = value_at(record, &pointer)?;
        product = product.checked_mul(value)?;
        terms.push(Term { pointer, value: Some(value), role: TermRole::Factor });
    }
    let product = product.checked_div(Decimal::from(per))?;
    let result_pointer = member(row, result);
    let found = value_at(record, &result_pointer)?;
    let decimals = found.normalize().scale().max(PRODUCT_DECIMALS_MIN);
    let expected = round_half_away(product, decimals);
    Some(Equation {
        rule: id.to_owned(),
        terms,
        result_pointer,
        expected,
        found,
        holds: expected == found,
        exact: expected == product,
    })
}

#[cfg(test)]
mod tests;
