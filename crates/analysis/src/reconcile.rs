//! The checks of one document by itself: equations of its profile that don't hold, and what its outcome says.

use std::collections::HashMap;

use docmill_arithmetic::decimal::plain_text;
use docmill_arithmetic::{Decimal, Equation, Term, TermRole, equations};
use docmill_contract::analysis::{Finding, Severity};
use docmill_contract::outcome::{Evidence, Outcome, Warning, WarningCode};
use docmill_contract::profile::{Profile, Rule};

use crate::findings::leaf_place;
use crate::warnings;

/// Terms that are named one by one; of more, rows of a table are named together.
const TERMS_NAMED_MAX: usize = 4;

/// Amounts are shown with no fewer decimals, unless they are whole: 12.5 is 12.50.
const DECIMALS_SHOWN_MIN: u32 = 2;

/// Every finding about this document. Equations are worked out again from the record, so that a record a person
/// corrected is judged by what it says now; without the profile, the outcome's own warnings about them stand.
pub(crate) fn check(outcome: &Outcome, profile: Option<&Profile>) -> Vec<Finding> {
    let rules = profile.map_or(&[][..], |profile| profile.rules.as_slice());
    let equations = outcome.data.as_ref().map_or_else(Vec::new, |data| equations(rules, data));
    let broken: Vec<&Equation> = equations.iter().filter(|equation| !equation.holds).collect();

    if broken.is_empty() && outcome.warnings.is_empty() && outcome.failure.is_none() {
        return Vec::new();
    }
    let evidence: HashMap<&str, &Evidence> =
        outcome.evidence.iter().map(|evidence| (evidence.pointer.as_str(), evidence)).collect();
    let proof = |pointer: &str| evidence.get(pointer).copied();
    let failed = outcome.failure.iter().map(|failure| warnings::failed(outcome, failure));
    let unequal = broken.iter().map(|equation| unequal(outcome, rules, equation, proof));
    let said_already = |warning: &&Warning| !broken.iter().any(|equation| is_about(warning, equation));
    let warned = outcome.warnings.iter().filter(said_already);
    let warned = warned.map(|warning| warnings::warned(outcome, warning, proof));
    failed.chain(unequal).chain(warned).collect()
}

/// Whether the warning says of this equation what a finding says, with the figures, too.
fn is_about(warning: &Warning, equation: &Equation) -> bool {
    let named = match warning.pointer.as_deref() {
        Some(pointer) => {
            pointer == equation.result_pointer || equation.terms.iter().any(|term| term.pointer == pointer)
        }
        None => warning.message.contains(&equation.rule),
    };
    warning.code == WarningCode::ArithmeticMismatch && named
}

fn unequal<'a>(
    outcome: &'a Outcome,
    rules: &[Rule],
    equation: &Equation,
    proof: impl Fn(&str) -> Option<&'a Evidence>,
) -> Finding {
    let (expected, found) = (equation.expected, equation.found);
    let decimals = decimals(&[expected, found]);
    let difference = found - expected;
    let direction = if difference.is_sign_negative() { "too little" } else { "too much" };
    let formula = formula(rules, equation);
    let pointers = std::iter::once(equation.result_pointer.as_str())
        .chain(equation.terms.iter().filter(|term| term.value.is_some()).map(|term| term.pointer.as_str()));
    Finding {
        rule: equation.rule.clone(),
        severity: Severity::Error,
        message: format!(
            "{} is {}, but {formula} comes to {}: {} {direction}.",
            equation.result_pointer,
            fixed(found, decimals),
            fixed(expected, decimals),
            fixed(difference.abs(), decimals),
        ),
        expected: Some(fixed(expected, decimals)),
        found: Some(fixed(found, decimals)),
        places: pointers.map(|pointer| leaf_place(outcome, pointer, proof(pointer))).collect(),
    }
}

/// "/net + /tax", "/net × /tax_rate ÷ 100", "the sum of /lines/*/amount (12 values)".
fn formula(rules: &[Rule], equation: &Equation) -> String {
    let mut text = String::new();
    let terms: Vec<&Term> = equation.terms.iter().filter(|term| term.value.is_some()).collect();
    let together = |left: &&Term, right: &&Term| {
        terms.len() > TERMS_NAMED_MAX
            && left.role == right.role
            && starred(&left.pointer) == starred(&right.pointer)
    };
    for run in terms.chunk_by(|left, right| together(left, right)) {
        let Some(first) = run.first() else { continue };
        text.push_str(match (first.role, text.is_empty()) {
            (TermRole::Added | TermRole::Factor, true) => "",
            (TermRole::Added, false) => " + ",
            (TermRole::Factor, false) => " × ",
            (TermRole::Subtracted, true) => "−",
            (TermRole::Subtracted, false) => " − ",
        });
        match run.len() {
            1 => text.push_str(&first.pointer),
            several => {
                text.push_str(&format!("the sum of {} ({several} values)", starred(&first.pointer)));
            }
        }
    }
    let divisor = rules.iter().find(|rule| rule.id() == equation.rule).map_or(1, |rule| match rule {
        Rule::Product { per, .. } => *per,
        Rule::Sum { .. } | Rule::Balance { .. } => 1,
    });
    if divisor == 1 { text } else { format!("{text} ÷ {divisor}") }
}

/// The pointer with `*` for every number.
fn starred(pointer: &str) -> String {
    let segments =
        pointer.split('/').map(|segment| if segment.parse::<usize>().is_ok() { "*" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// The decimals both numbers are shown with: none if both are whole.
fn decimals(values: &[Decimal]) -> u32 {
    match values.iter().map(|value| value.normalize().scale()).max().unwrap_or(0) {
        0 => 0,
        decimals => decimals.max(DECIMALS_SHOWN_MIN),
    }
}

fn fixed(value: Decimal, decimals: u32) -> String {
    let mut shown = value.normalize();
    shown.rescale(decimals);
    // A number too long for its zeros is shown without them, never rounded.
    if shown == value { shown.to_string() } else { plain_text(value) }
}
