//! Proof by arithmetic: an equation that holds exactly proves its one unproved member.
//!
//! Used by [`examined`](crate::record::examined). An equation proves nothing unless it can come out only one way.

use std::collections::{BTreeMap, BTreeSet};

use docmill_arithmetic::{Equation, TermRole};

use crate::doubt::members;

/// Whether a leaf's value is proved, by pointer; inferred values aren't.
pub(crate) type Proved<'a> = BTreeMap<&'a str, bool>;

/// The pointers of unproved leaves that equations prove, one proof making the next possible.
pub(crate) fn proved_by_equations<'a>(
    equations: &'a [Equation],
    mut proved: Proved<'a>,
) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    loop {
        let mut more = false;
        for equation in equations.iter().filter(|equation| equation.holds) {
            if let Some(pointer) = only_unproved(equation, &proved)
                && proved.get(pointer) == Some(&false)
                && determines(equation, pointer)
            {
                proved.insert(pointer, true);
                more |= found.insert(pointer);
            }
        }
        if !more {
            return found;
        }
    }
}

/// The one member that isn't proved; none where there are several, or all are.
fn only_unproved<'a>(equation: &'a Equation, proved: &Proved<'_>) -> Option<&'a str> {
    let mut unproved =
        members(equation).filter(|pointer| proved.get(pointer).is_none_or(|&is_proved| !is_proved));
    let only = unproved.next()?;
    unproved.next().is_none().then_some(only)
}

/// Whether the other members leave this one but one value. A factor isn't determined by a rounded product, nor by
/// one of zero.
fn determines(equation: &Equation, pointer: &str) -> bool {
    let is_factor = |role: TermRole| match role {
        TermRole::Factor => true,
        TermRole::Added | TermRole::Subtracted => false,
    };
    let of_pointer = equation.terms.iter().find(|term| term.pointer == pointer);
    !of_pointer.is_some_and(|term| is_factor(term.role)) || equation.exact && !equation.found.is_zero()
}
