//! Exact duplicates: records that say the same where each should say something of its own, and files that were sent
//! more than once.

use std::collections::{BTreeMap, BTreeSet};

use docmill_contract::analysis::{Finding, Place, Severity};
use docmill_contract::identity::WorkKey;
use docmill_contract::outcome::Outcome;
use rayon::prelude::*;

use crate::documents::{DOCUMENTS_PER_CHUNK, Documents};
use crate::findings::{document_place, leaf_place};
use crate::normalise;
use crate::pointers::Pattern;
use crate::profiles::RecordSet;

/// What the rules of this module begin with.
const DUPLICATE: &str = "duplicate";

/// The same PDF under several document ids. Read for the same pages and by the same profile it is a duplicate; read
/// in different ways (a file of several invoices, sent once for each range of pages) it is worth knowing.
pub(crate) fn same_file(documents: &Documents<'_>) -> Vec<Finding> {
    let mut files: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in documents.outcomes() {
        if let Some(digest) = &outcome.source.sha256 {
            files.entry(digest.as_str()).or_default().push(outcome);
        }
    }
    let files = files.into_iter().filter(|(_, outcomes)| outcomes.len() > 1);
    files
        .map(|(digest, outcomes)| {
            let again = same_work(&outcomes);
            let (severity, remark) = match again {
                true => (Severity::Warning, "are the same file, read in the same way."),
                false => (Severity::Info, "are the same file, read by other pages or another profile."),
            };
            Finding {
                rule: "duplicate_file".to_owned(),
                severity,
                message: format!("{} documents {remark}", outcomes.len()),
                expected: None,
                found: Some(format!("sha256 {digest}")),
                places: outcomes.into_iter().map(document_place).collect(),
            }
        })
        .collect()
}

/// Whether a finding is about several documents that are known to be duplicates of each other: that two copies of a file
/// have the same total needn't be said.
pub(crate) fn said(findings: &[Finding], finding: &Finding) -> bool {
    let documents: BTreeSet<_> = finding.places.iter().map(|place| &place.document).collect();
    let of_duplicates = findings.iter().filter(|known| known.rule.starts_with(DUPLICATE));
    let mut known =
        of_duplicates.map(|known| known.places.iter().map(|place| &place.document).collect::<BTreeSet<_>>());
    documents.len() > 1 && known.any(|known| documents.is_subset(&known))
}

/// Whether any two of the documents are the same work.
fn same_work(outcomes: &[&Outcome]) -> bool {
    let keys: BTreeSet<&str> = outcomes.iter().map(|outcome| outcome.work_key.as_str()).collect();
    keys.len() < outcomes.len()
}

/// Records of the set that agree in all values of one of the specification's `unique` lists, but for case and space.
/// A record without one of the values is no duplicate of any.
pub(crate) fn same_values(documents: &Documents<'_>, set: &RecordSet) -> Vec<Finding> {
    set.spec.unique.iter().flat_map(|pointers| agreeing(documents, set, pointers)).collect()
}

fn agreeing(documents: &Documents<'_>, set: &RecordSet, pointers: &[String]) -> Vec<Finding> {
    let patterns: Vec<Pattern> = pointers.iter().map(|pointer| Pattern::new(pointer)).collect();
    let keys: Vec<Vec<(Vec<String>, &Outcome)>> = set
        .documents
        .par_chunks(DOCUMENTS_PER_CHUNK)
        .map(|chunk| {
            let outcomes = chunk.iter().filter_map(|&position| documents.outcome(position));
            outcomes.filter_map(|outcome| Some((key(outcome, &patterns)?, outcome))).collect()
        })
        .collect();
    let mut agreeing: BTreeMap<Vec<String>, Vec<&Outcome>> = BTreeMap::new();
    for (key, outcome) in keys.into_iter().flatten() {
        agreeing.entry(key).or_default().push(outcome);
    }
    let agreeing = agreeing.into_values().filter(|outcomes| outcomes.len() > 1 && !one_work(outcomes));
    agreeing.map(|outcomes| finding(&outcomes, pointers, &patterns)).collect()
}

/// Whether all documents are one and the same work: [`same_file`] then says all there is to say.
fn one_work(outcomes: &[&Outcome]) -> bool {
    let keys: BTreeSet<&str> = outcomes.iter().map(|outcome| WorkKey::as_str(&outcome.work_key)).collect();
    keys.len() == 1 && outcomes.iter().all(|outcome| outcome.source.sha256.is_some())
}

fn key(outcome: &Outcome, patterns: &[Pattern]) -> Option<Vec<String>> {
    let data = outcome.data.as_ref()?;
    if patterns.is_empty() {
        return None;
    }
    patterns.iter().map(|pattern| normalise::identity(pattern.beside(data, pattern, &[])?)).collect()
}

fn finding(outcomes: &[&Outcome], pointers: &[String], patterns: &[Pattern]) -> Finding {
    let first = outcomes.first().and_then(|outcome| outcome.data.as_ref());
    let values: Vec<_> = first
        .into_iter()
        .flat_map(|data| patterns.iter().filter_map(|pattern| pattern.beside(data, pattern, &[])))
        .map(normalise::text)
        .collect();
    Finding {
        rule: "duplicate".to_owned(),
        severity: Severity::Warning,
        message: format!("{} documents have the same {}.", outcomes.len(), names(pointers)),
        expected: Some("a value of its own for each document".to_owned()),
        found: Some(values.join(", ")),
        places: outcomes.iter().flat_map(|outcome| places(outcome, pointers)).collect(),
    }
}

fn places<'a>(outcome: &'a Outcome, pointers: &'a [String]) -> impl Iterator<Item = Place> {
    pointers.iter().map(|pointer| {
        let evidence = outcome.evidence.iter().find(|evidence| evidence.pointer == *pointer);
        leaf_place(outcome, pointer, evidence)
    })
}

/// `/supplier`, `/invoice_number` → "supplier and invoice number".
fn names(pointers: &[String]) -> String {
    let names: Vec<String> =
        pointers.iter().map(|pointer| pointer.trim_start_matches('/').replace('_', " ")).collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
