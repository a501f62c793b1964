//! What a record's own equations, rows and schema say against it, whoever made or changed it.
//!
//! Called by `docmill review` when a person has changed a record, and by `docmill profile check` for an example. Unlike
//! [`ground`](crate::ground()) it needs no pages, and so it judges no proof.

use std::collections::BTreeSet;

use docmill_arithmetic::equations;
use docmill_contract::outcome::{Completeness, Evidence, Via, Warning, WarningCode};
use serde_json::Value;

use crate::doubt::members;
use crate::record::is_within;
use crate::task::Task;
use crate::warn;

/// The warnings of `data` and of the rows that were counted: the same, word for word, that extraction gives. `evidence`
/// tells which rows are the document's own data.
pub fn recheck(
    task: &Task,
    data: &Value,
    completeness: &[Completeness],
    evidence: &[Evidence],
) -> Vec<Warning> {
    let is_own = |table: &str| {
        let mut leaves = evidence.iter().filter(|leaf| is_within(&leaf.pointer, table)).peekable();
        leaves.peek().is_some() && leaves.all(|leaf| matches!(leaf.via, Via::FacturX | Via::Form))
    };
    let mut warnings = warn::of_equations(&equations(&task.rules, data));
    warnings.extend(warn::of_rows(completeness, is_own));
    warnings.extend(warn::of_schema(&task.validator, data));
    warnings
}

/// The members of equations that don't hold: text alone doesn't prove them.
pub fn in_broken_equations(task: &Task, data: &Value) -> BTreeSet<String> {
    let equations = equations(&task.rules, data);
    let broken = equations.iter().filter(|equation| !equation.holds);
    broken.flat_map(members).map(str::to_owned).collect()
}

/// Whether warnings of this kind are what [`recheck`] finds; all others are about pages and proofs.
pub fn is_rechecked(code: WarningCode) -> bool {
    matches!(
        code,
        WarningCode::ArithmeticMismatch
            | WarningCode::RowsMissing
            | WarningCode::MissingRequired
            | WarningCode::SchemaViolation
    )
}
