//! What a person says about an outcome, made into its next revision. Pure: no NATS, no clock.
//!
//! Called by `review accept` and `review correct`. What was said is never undone by computing again: a broken equation
//! that a person accepted stays accepted as long as its numbers are the same.

use std::collections::BTreeSet;

use docmill_contract::outcome::{
    Evidence, Outcome, Review, ReviewAction, Status, VerifiedBy, Via, Warning, WarningCode,
};
use docmill_extraction::{Task, in_broken_equations, is_rechecked, recheck};
use serde_json::Value;

use super::edit;
use super::open::open;
use crate::schema::{self, Kind};

/// What a person says about one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// It is as the document says.
    Accept {
        /// Which value; empty for the record as a whole.
        pointer: String,
    },
    /// It is something else.
    Correct {
        /// Which value; `-` behind an array's pointer appends.
        pointer: String,
        /// What it is, as typed.
        text: String,
    },
    /// The document doesn't have it.
    Remove {
        /// Which value, or which row.
        pointer: String,
    },
}

/// Who says it, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signature<'a> {
    /// Who, as they call themselves.
    pub(crate) by: &'a str,
    /// When: RFC 3339.
    pub(crate) at: &'a str,
}

/// Why it can't be done. The text is for who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The document failed.
    #[error("it has no record to review: see `docmill dead show`")]
    NoRecord,
    /// The schema has no such value.
    #[error("{pointer:?} is no part of the record's schema: see the pointers in `docmill review show`")]
    Unknown {
        /// What was named.
        pointer: String,
    },
    /// Nothing has to be settled there.
    #[error("nothing is open at {pointer:?}: see `docmill review show`")]
    NothingOpen {
        /// What was named.
        pointer: String,
    },
    /// There is nothing to take away.
    #[error("the record has nothing at {pointer:?}")]
    NothingThere {
        /// What was named.
        pointer: String,
    },
    /// What was typed can't stand there.
    #[error("{pointer}: {reason}")]
    Unfit {
        /// What was named.
        pointer: String,
        /// Why not.
        reason: String,
    },
}

/// The outcome's next revision; `None` where all of it was said before.
///
/// # Errors
/// [`Refusal`]; then nothing of it is done.
pub(crate) fn settle(
    outcome: &Outcome,
    task: &Task,
    schema: &Value,
    acts: &[Act],
    signature: Signature<'_>,
) -> Result<Option<Outcome>, Refusal> {
    let data = outcome.data.as_ref().ok_or(Refusal::NoRecord)?;
    let checked_before = recheck(task, data, &outcome.completeness, &outcome.evidence);
    let mut draft = Draft { outcome: outcome.clone(), accepted: Vec::new(), touched: Vec::new(), signature };
    for act in acts {
        match act {
            Act::Accept { pointer } => draft.accept(pointer, schema)?,
            Act::Correct { pointer, text } => draft.correct(pointer, text, schema)?,
            Act::Remove { pointer } => draft.remove(pointer)?,
        }
    }
    let Draft { outcome: mut next, accepted, touched, .. } = draft;
    if next == *outcome {
        return Ok(None);
    }
    let data = next.data.as_ref().ok_or(Refusal::NoRecord)?;
    let checked = recheck(task, data, &next.completeness, &outcome.evidence);
    refuse_new_violations(&checked, &checked_before, &touched)?;
    next.warnings.retain(|warning| !is_rechecked(warning.code));
    next.warnings.extend(checked.into_iter().filter(|warning| {
        let was_open = outcome.warnings.iter().any(|old| is_about_the_same(old, warning));
        let was_there = checked_before.contains(warning);
        let was_settled = was_there && (!was_open || is_accepted(warning, &accepted));
        !was_settled
    }));
    let broken = in_broken_equations(task, data);
    let Outcome { evidence, warnings, .. } = &mut next;
    believe_what_was_mended(evidence, warnings, &broken);
    let is_proved = |evidence: &Evidence| evidence.verified_by != VerifiedBy::None;
    let is_verified = next.warnings.is_empty() && next.evidence.iter().all(is_proved);
    next.status = if is_verified { Status::Verified } else { Status::NeedsReview };
    next.revision = next.revision.saturating_add(1);
    Ok(Some(next))
}

/// A value keeps its text while it is doubted for an equation alone: with that mended, the text proves it again. Where a
/// person only accepts that an equation doesn't hold, its other members are as doubtful as before.
fn believe_what_was_mended(evidence: &mut [Evidence], warnings: &[Warning], broken: &BTreeSet<String>) {
    for proof in
        evidence.iter_mut().filter(|proof| proof.verified_by == VerifiedBy::None && proof.text.is_some())
    {
        let is_questioned = warnings.iter().any(|warning| warning.pointer.as_deref() == Some(&proof.pointer));
        if !is_questioned && !broken.contains(&proof.pointer) {
            proof.verified_by = VerifiedBy::Text;
        }
    }
}

/// A value that the schema forbids is refused where it is typed, instead of becoming the next warning.
fn refuse_new_violations(checked: &[Warning], before: &[Warning], touched: &[String]) -> Result<(), Refusal> {
    let is_touched = |pointer: &str| touched.iter().any(|touched| pointer.starts_with(touched.as_str()));
    let new = checked.iter().filter(|warning| !before.contains(warning)).find(|warning| {
        let about_schema =
            matches!(warning.code, WarningCode::SchemaViolation | WarningCode::MissingRequired);
        about_schema && warning.pointer.as_deref().is_some_and(is_touched)
    });
    match new {
        None => Ok(()),
        Some(warning) => Err(Refusal::Unfit {
            pointer: warning.pointer.clone().unwrap_or_default(),
            reason: warning.message.clone(),
        }),
    }
}

fn is_about_the_same(one: &Warning, other: &Warning) -> bool {
    one.code == other.code && one.pointer == other.pointer
}

fn is_accepted(warning: &Warning, accepted: &[String]) -> bool {
    accepted.iter().any(|pointer| warning.pointer.as_deref().unwrap_or_default() == pointer)
}

/// An outcome being changed.
struct Draft<'a> {
    outcome: Outcome,
    accepted: Vec<String>,
    /// Where something new was put.
    touched: Vec<String>,
    signature: Signature<'a>,
}

impl Draft<'_> {
    fn accept(&mut self, pointer: &str, schema: &Value) -> Result<(), Refusal> {
        let is_open = open(&self.outcome).iter().any(|open| open.pointer == pointer);
        if !is_open {
            if self.outcome.reviews.iter().any(|review| review.pointer == pointer) {
                return Ok(());
            }
            let pointer = pointer.to_owned();
            return Err(match schema::place(schema, &pointer) {
                Some(_) => Refusal::NothingOpen { pointer },
                None => Refusal::Unknown { pointer },
            });
        }
        let settled = self.settle_warnings(pointer);
        if let Some(evidence) = self.evidence(pointer) {
            evidence.verified_by = VerifiedBy::Person;
        }
        self.accepted.push(pointer.to_owned());
        self.sign(pointer, ReviewAction::Accepted, None, settled);
        Ok(())
    }

    fn correct(&mut self, pointer: &str, text: &str, schema: &Value) -> Result<(), Refusal> {
        let unfit = |reason: String| Refusal::Unfit { pointer: pointer.to_owned(), reason };
        let unknown = || Refusal::Unknown { pointer: pointer.to_owned() };
        let kind = schema::place(schema, pointer).ok_or_else(unknown)?.kind();
        let is_row = kind == Kind::Object && pointer.ends_with("/-");
        if !kind.is_leaf() && !is_row {
            return Err(unfit("it is no single value: name one within it, or a row with `-`".to_owned()));
        }
        let value = edit::typed(text, kind).map_err(unfit)?;
        let before = self.outcome.data.as_ref().and_then(|data| data.pointer(pointer)).cloned();
        let is_by_person = |evidence: &&mut Evidence| evidence.verified_by == VerifiedBy::Person;
        if before.as_ref() == Some(&value) && self.evidence(pointer).as_ref().is_some_and(is_by_person) {
            return Ok(());
        }
        let data = self.outcome.data.as_mut().ok_or(Refusal::NoRecord)?;
        let actual = edit::put(data, pointer, value.clone()).map_err(unfit)?;
        let settled = self.settle_warnings(&actual);
        for leaf in edit::leaves(&value, &actual) {
            self.prove(&leaf, before.as_ref() == Some(&value));
        }
        self.count_rows(&actual, 1, pointer.ends_with("/-"));
        self.sign(&actual, ReviewAction::Corrected, before, settled);
        self.touched.push(actual);
        Ok(())
    }

    fn remove(&mut self, pointer: &str) -> Result<(), Refusal> {
        let data = self.outcome.data.as_mut().ok_or(Refusal::NoRecord)?;
        let is_row =
            pointer.rsplit_once('/').and_then(|(array, _)| data.pointer(array)).is_some_and(Value::is_array);
        let Some(before) = (!pointer.is_empty()).then(|| edit::take(data, pointer)).flatten() else {
            return Err(Refusal::NothingThere { pointer: pointer.to_owned() });
        };
        let mut settled = self.settle_warnings(pointer);
        for leaf in edit::leaves(&before, pointer) {
            settled.extend(self.settle_warnings(&leaf));
            self.outcome.evidence.retain(|evidence| evidence.pointer != leaf);
        }
        if is_row {
            for evidence in &mut self.outcome.evidence {
                evidence.pointer = edit::renumbered(&evidence.pointer, pointer).unwrap_or_default();
            }
            for warning in &mut self.outcome.warnings {
                warning.pointer = warning.pointer.as_deref().and_then(|old| edit::renumbered(old, pointer));
            }
            self.count_rows(pointer, -1, true);
        }
        self.sign(pointer, ReviewAction::Removed, Some(before), settled);
        Ok(())
    }

    fn evidence(&mut self, pointer: &str) -> Option<&mut Evidence> {
        self.outcome.evidence.iter_mut().find(|evidence| evidence.pointer == pointer)
    }

    /// A person vouches for the leaf at `pointer`. What is only confirmed keeps its place; what was typed has none.
    fn prove(&mut self, pointer: &str, is_confirmed: bool) {
        let typed = Evidence {
            pointer: pointer.to_owned(),
            page: None,
            bounds: None,
            boxes: Vec::new(),
            text: None,
            verified_by: VerifiedBy::Person,
            via: Via::Person,
        };
        match self.evidence(pointer) {
            Some(evidence) if is_confirmed => evidence.verified_by = VerifiedBy::Person,
            Some(evidence) => *evidence = typed,
            None => self.outcome.evidence.push(typed),
        }
    }

    /// Takes away the warnings about `pointer`, and says which there were.
    fn settle_warnings(&mut self, pointer: &str) -> Vec<WarningCode> {
        let is_about = |warning: &Warning| warning.pointer.as_deref().unwrap_or_default() == pointer;
        let settled = self
            .outcome
            .warnings
            .iter()
            .filter(|warning| is_about(warning))
            .map(|warning| warning.code)
            .collect();
        self.outcome.warnings.retain(|warning| !is_about(warning));
        settled
    }

    /// A row more or less in the table that the row at `row` is of.
    fn count_rows(&mut self, row: &str, change: i8, is_row: bool) {
        let Some((table, _)) = row.rsplit_once('/').filter(|_| is_row) else { return };
        for counted in self.outcome.completeness.iter_mut().filter(|counted| counted.pointer == table) {
            counted.rows_found = counted.rows_found.saturating_add_signed(i32::from(change));
        }
    }

    fn sign(
        &mut self,
        pointer: &str,
        action: ReviewAction,
        before: Option<Value>,
        settled: Vec<WarningCode>,
    ) {
        self.outcome.reviews.push(Review {
            pointer: pointer.to_owned(),
            action,
            before,
            settled,
            by: self.signature.by.to_owned(),
            at: self.signature.at.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests;
