//! One document's outcome against its truth. Pure: truth and outcome in, scores out.
//!
//! Called by `eval` for each document. What counts as what is told in `docs/evaluation.md`.

use std::collections::{HashMap, HashSet};

use docmill_arithmetic::equations;
use docmill_contract::outcome::{Evidence, Outcome, Status, VerifiedBy};
use docmill_contract::profile::Rule;
use docmill_pdf::Document;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::compare::canonical;
use super::places;
use super::rows::{Pair, pairs};
use super::truth::Truth;
use crate::schema::{self, Kind};

/// The scores of a document, or of many: counts that can be added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scores {
    /// Values of the record that are the truth's.
    pub(crate) right: u64,
    /// Values of the record in whose place the truth has another.
    pub(crate) wrong: u64,
    /// Values of the truth that the record lacks.
    pub(crate) missing: u64,
    /// Values of the record that the document doesn't have.
    pub(crate) extra: u64,
    /// Values of the record whose truth nobody knows; not scored.
    pub(crate) not_scored: u64,
    /// Values that something proves: text, embedded data, arithmetic or a person.
    pub(crate) verified: u64,
    /// Of them, those that are wrong or extra all the same.
    pub(crate) verified_but_wrong: u64,
    /// Of those, the ones that nothing questions: no warning is about them, and every equation that they are in holds.
    pub(crate) verified_but_wrong_unquestioned: u64,
    /// Of those, the ones in a document that as a whole is `verified`, so that nothing asks a person to look.
    pub(crate) verified_but_wrong_unseen: u64,
    /// Right values that stand on the named page.
    pub(crate) on_page: u64,
    /// Right values that stand in the named box.
    pub(crate) in_box: u64,
    /// Rows of the truth.
    pub(crate) rows_true: u64,
    /// Rows of the record.
    pub(crate) rows_found: u64,
    /// Rows in which every value is right and none is missing.
    pub(crate) rows_right: u64,
}

/// What is wrong with one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// The truth has another value.
    Wrong,
    /// The record lacks it.
    Missing,
    /// The document doesn't have it.
    Extra,
}

/// A value that isn't right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fault {
    /// Where in the truth's record; for an extra value, where in the one that was found.
    pub(crate) pointer: String,
    /// What is wrong.
    pub(crate) kind: FaultKind,
    /// What it should be; null for an extra value.
    pub(crate) expected: Value,
    /// What it is; null for a missing one.
    pub(crate) found: Value,
    /// What is said to prove it; absent for a missing one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) verified_by: Option<VerifiedBy>,
    /// The page it is said to stand on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) page: Option<u32>,
    /// What is said to stand there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// Whether something makes a person look at it: a warning about it, or an equation it is in that doesn't hold.
    #[serde(default)]
    pub(crate) is_questioned: bool,
}

impl Fault {
    /// Whether the value is said to be proved.
    pub(crate) fn is_verified(&self) -> bool {
        self.verified_by.is_some_and(proves)
    }
}

/// Whether this is a proof. What a model inferred is exempt from proof, and so is nothing that a proof went wrong with.
fn proves(verified_by: VerifiedBy) -> bool {
    match verified_by {
        VerifiedBy::Text | VerifiedBy::Embedded | VerifiedBy::Arithmetic | VerifiedBy::Person => true,
        VerifiedBy::Inferred | VerifiedBy::None => false,
    }
}

/// Scores an outcome. `schema` says what kind each value is, and `rules` what should be computed of which; `document` is
/// what the reader sees, where it was read.
pub(crate) fn score(
    truth: &Truth,
    outcome: &Outcome,
    schema: &Value,
    rules: &[Rule],
    document: Option<&Document>,
) -> (Scores, Vec<Fault>) {
    let evidence = outcome.evidence.iter().map(|evidence| (evidence.pointer.as_str(), evidence)).collect();
    let mut scorer = Scorer {
        truth,
        schema,
        document,
        evidence,
        questioned: questioned(outcome, rules),
        is_verified: outcome.status == Status::Verified,
        scores: Scores::default(),
        faults: Vec::new(),
    };
    let nothing = Value::Object(Map::new());
    let data = truth.data.as_ref().unwrap_or(&nothing);
    scorer.value(Some(data), outcome.data.as_ref(), "", "");
    (scorer.scores, scorer.faults)
}

/// What a person is made to look at: pointers of warnings, and of members of equations that don't hold.
fn questioned(outcome: &Outcome, rules: &[Rule]) -> HashSet<String> {
    let mut questioned: HashSet<String> =
        outcome.warnings.iter().filter_map(|warning| warning.pointer.clone()).collect();
    let equations = outcome.data.as_ref().map(|data| equations(rules, data)).unwrap_or_default();
    for equation in equations.into_iter().filter(|equation| !equation.holds) {
        questioned.extend(equation.terms.into_iter().map(|term| term.pointer));
        questioned.insert(equation.result_pointer);
    }
    questioned
}

struct Scorer<'a> {
    truth: &'a Truth,
    schema: &'a Value,
    document: Option<&'a Document>,
    evidence: HashMap<&'a str, &'a Evidence>,
    questioned: HashSet<String>,
    is_verified: bool,
    scores: Scores,
    faults: Vec<Fault>,
}

impl Scorer<'_> {
    /// Compares what the truth has at `true_at` with what the record has at `found_at`.
    fn value(&mut self, truth: Option<&Value>, found: Option<&Value>, true_at: &str, found_at: &str) {
        let (truth, found) = (truth.filter(|value| !value.is_null()), found.filter(|value| !value.is_null()));
        let at = if truth.is_some() { true_at } else { found_at };
        if !at.is_empty() && self.truth.is_unknown(at) {
            self.scores.not_scored += found.map_or(0, leaves);
            return;
        }
        match (truth, found) {
            (None, None) => {}
            (Some(Value::Object(_)), _) | (None, Some(Value::Object(_))) => {
                self.object(truth, found, true_at, found_at);
            }
            (Some(Value::Array(_)), _) | (None, Some(Value::Array(_))) => {
                self.array(truth, found, true_at, found_at);
            }
            (Some(truth), found) => self.leaf(truth, found, true_at, found_at),
            (None, Some(found)) => self.fault(FaultKind::Extra, &Value::Null, found, found_at, found_at),
        }
    }

    fn object(&mut self, truth: Option<&Value>, found: Option<&Value>, true_at: &str, found_at: &str) {
        let (truth, found) = (truth.and_then(Value::as_object), found.and_then(Value::as_object));
        let names = |object: Option<&Map<String, Value>>| -> Vec<String> {
            object.map(|object| object.keys().cloned().collect()).unwrap_or_default()
        };
        let mut all = names(truth);
        all.extend(
            names(found).into_iter().filter(|name| truth.is_none_or(|truth| !truth.contains_key(name))),
        );
        for name in all {
            let member =
                |object: Option<&Map<String, Value>>| object.and_then(|object| object.get(&name)).cloned();
            let at = escaped(&name);
            let (true_at, found_at) = (format!("{true_at}/{at}"), format!("{found_at}/{at}"));
            self.value(member(truth).as_ref(), member(found).as_ref(), &true_at, &found_at);
        }
    }

    fn array(&mut self, truth: Option<&Value>, found: Option<&Value>, true_at: &str, found_at: &str) {
        let items = |array: Option<&Value>| array.and_then(Value::as_array).cloned().unwrap_or_default();
        let (truth, found) = (items(truth), items(found));
        let is_table = truth.iter().chain(&found).any(Value::is_object);
        for pair in pairs(&truth, &found, true_at, self.schema) {
            let (true_row, found_row) = match pair {
                Pair::Both(true_row, found_row) => (Some(true_row), Some(found_row)),
                Pair::Missing(row) => (Some(row), None),
                Pair::Extra(row) => (None, Some(row)),
            };
            let before = self.scores;
            let value = |items: &[Value], row: Option<usize>| row.and_then(|row| items.get(row)).cloned();
            let place = |at: &str, row: Option<usize>, other: Option<usize>| {
                format!("{at}/{}", row.or(other).unwrap_or_default())
            };
            self.value(
                value(&truth, true_row).as_ref(),
                value(&found, found_row).as_ref(),
                &place(true_at, true_row, found_row),
                &place(found_at, found_row, true_row),
            );
            if is_table {
                self.row(true_row.is_some(), found_row.is_some(), &before);
            }
        }
    }

    /// Counts a row whose values were just compared.
    fn row(&mut self, is_true: bool, is_found: bool, before: &Scores) {
        let after = self.scores;
        let faults = |scores: &Scores| scores.wrong + scores.missing + scores.extra;
        let is_right = is_true && is_found && faults(&after) == faults(before) && after.right > before.right;
        self.scores.rows_true += u64::from(is_true);
        self.scores.rows_found += u64::from(is_found);
        self.scores.rows_right += u64::from(is_right);
    }

    fn leaf(&mut self, truth: &Value, found: Option<&Value>, true_at: &str, found_at: &str) {
        let Some(found) = found else {
            return self.fault(FaultKind::Missing, truth, &Value::Null, true_at, found_at);
        };
        let kind = self.kind(true_at);
        let canon = canonical(found, kind);
        let is_right = canonical(truth, kind) == canon
            || self.truth.others(true_at).any(|other| canonical(other, kind) == canon);
        if !is_right {
            return self.fault(FaultKind::Wrong, truth, found, true_at, found_at);
        }
        self.scores.right += 1;
        let Some(evidence) = self.evidence.get(found_at) else { return };
        self.scores.verified += u64::from(proves(evidence.verified_by));
        if let Some(document) = self.document {
            let place = self.truth.places.get(true_at);
            let placed = places::judge(document, evidence, found, kind, place);
            self.scores.on_page += u64::from(placed.on_page);
            self.scores.in_box += u64::from(placed.in_box);
        }
    }

    fn fault(&mut self, kind: FaultKind, expected: &Value, found: &Value, at: &str, found_at: &str) {
        let evidence = match kind {
            FaultKind::Missing => None,
            FaultKind::Wrong | FaultKind::Extra => self.evidence.get(found_at),
        };
        match kind {
            FaultKind::Wrong => self.scores.wrong += 1,
            FaultKind::Missing => self.scores.missing += 1,
            FaultKind::Extra => self.scores.extra += 1,
        }
        let fault = Fault {
            pointer: at.to_owned(),
            kind,
            expected: expected.clone(),
            found: found.clone(),
            verified_by: evidence.map(|evidence| evidence.verified_by),
            page: evidence.and_then(|evidence| evidence.page),
            text: evidence.and_then(|evidence| evidence.text.clone()),
            is_questioned: self.questioned.contains(found_at),
        };
        if fault.is_verified() {
            self.scores.verified += 1;
            self.scores.verified_but_wrong += 1;
            self.scores.verified_but_wrong_unquestioned += u64::from(!fault.is_questioned);
            self.scores.verified_but_wrong_unseen += u64::from(self.is_verified);
        }
        self.faults.push(fault);
    }

    fn kind(&self, pointer: &str) -> Kind {
        schema::place(self.schema, pointer).map_or(Kind::Text, |place| place.kind())
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn leaves(value: &Value) -> u64 {
    match value {
        Value::Null => 0,
        Value::Object(members) => members.values().map(leaves).sum(),
        Value::Array(items) => items.iter().map(leaves).sum(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

impl std::ops::AddAssign for Scores {
    fn add_assign(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missing += other.missing;
        self.extra += other.extra;
        self.not_scored += other.not_scored;
        self.verified += other.verified;
        self.verified_but_wrong += other.verified_but_wrong;
        self.verified_but_wrong_unquestioned += other.verified_but_wrong_unquestioned;
        self.verified_but_wrong_unseen += other.verified_but_wrong_unseen;
        self.on_page += other.on_page;
        self.in_box += other.in_box;
        self.rows_true += other.rows_true;
        self.rows_found += other.rows_found;
        self.rows_right += other.rows_right;
    }
}

/// Shares made of [`Scores`], in per cent with two decimals; null where there is nothing to have a share of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shares {
    /// Right values against found and true ones.
    pub(crate) value_f1: Option<f64>,
    /// Rows without a fault against found and true ones.
    pub(crate) row_f1: Option<f64>,
    /// Values right on the right page against found and true ones.
    pub(crate) page_f1: Option<f64>,
    /// Values right in the right box against found and true ones.
    pub(crate) box_f1: Option<f64>,
    /// Verified values of the found ones.
    pub(crate) verified: Option<f64>,
    /// Wrong values of the verified ones.
    pub(crate) verified_but_wrong: Option<f64>,
}

impl Scores {
    /// Values of the record that are scored.
    pub(crate) fn found(&self) -> u64 {
        self.right + self.wrong + self.extra
    }

    /// Values of the truth.
    pub(crate) fn expected(&self) -> u64 {
        self.right + self.wrong + self.missing
    }

    /// The shares that people compare.
    pub(crate) fn shares(&self) -> Shares {
        let of_values = self.found() + self.expected();
        Shares {
            value_f1: percent(2 * self.right, of_values),
            row_f1: percent(2 * self.rows_right, self.rows_true + self.rows_found),
            page_f1: percent(2 * self.on_page, of_values),
            box_f1: percent(2 * self.in_box, of_values),
            verified: percent(self.verified, self.found()),
            verified_but_wrong: percent(self.verified_but_wrong, self.verified),
        }
    }
}

/// A share in per cent, with two decimals.
pub(crate) fn percent(part: u64, whole: u64) -> Option<f64> {
    if whole == 0 {
        return None;
    }
    // Hundredths of a per cent, rounded half up; counts of values are far below what this overflows at.
    let hundredths = (part.saturating_mul(20_000) + whole) / whole.saturating_mul(2);
    u32::try_from(hundredths).ok().map(|hundredths| f64::from(hundredths) / 100.0)
}

#[cfg(test)]
mod tests;
