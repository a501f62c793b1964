//! Exact duplicates: records that say the same where each should say something of its own, and files that were sent
//! more than once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use docmill_columns::Id;
use docmill_contract::analysis::{Finding, Severity};
use docmill_contract::excerpt::ExcerptDocument;

use crate::documents::Documents;
use crate::findings::line_place;
use crate::studies::{Frame, Keys};

/// What the rules of this module begin with.
const DUPLICATE: &str = "duplicate";

/// The same PDF under several document ids. Read for the same pages and by the same profile it is a duplicate; read
/// in different ways (a file of several invoices, sent once for each range of pages) it is worth knowing.
pub(crate) fn same_file(documents: &Documents<'_>) -> Vec<Finding> {
    let mut files: BTreeMap<&str, Vec<&ExcerptDocument>> = BTreeMap::new();
    for document in documents.iter() {
        if let Some(digest) = &document.sha256 {
            files.entry(digest.as_str()).or_default().push(document);
        }
    }
    let files = files.into_iter().filter(|(_, documents)| documents.len() > 1);
    files
        .map(|(digest, documents)| {
            let (severity, remark) = match has_same_work(&documents) {
                true => (Severity::Warning, "are the same file, read in the same way."),
                false => (Severity::Info, "are the same file, read by other pages or another profile."),
            };
            Finding {
                rule: "duplicate_file".to_owned(),
                severity,
                message: format!("{} documents {remark}", documents.len()),
                expected: None,
                found: Some(format!("sha256 {digest}")),
                places: documents.into_iter().map(|document| line_place(&document.line)).collect(),
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
fn has_same_work(documents: &[&ExcerptDocument]) -> bool {
    let keys: BTreeSet<&str> = documents.iter().map(|document| document.work_key.as_str()).collect();
    keys.len() < documents.len()
}

/// Records that agree in all values of one of the specification's `unique` lists, but for case and space. A record
/// without one of the values is no duplicate of any; nor are documents that are one and the same work.
pub(crate) fn same_values(frame: &Frame<'_>, are_one_work: &dyn Fn(&[Id<'_>]) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for pointers in frame.spec.unique.iter().filter(|pointers| !pointers.is_empty()) {
        let keys: Result<Vec<Keys<'_>>, _> =
            pointers.iter().map(|pointer| frame.keys(frame.tables.record(), pointer)).collect();
        // A pointer that isn't to one value of a record makes nothing unique.
        let Ok(keys) = keys else { continue };
        for documents in agreeing(&keys, frame.tables.documents().len()) {
            let ids: Vec<Id<'_>> =
                documents.iter().filter_map(|&document| frame.tables.documents().id(document)).collect();
            if !are_one_work(&ids) {
                findings.push(finding(frame, pointers, &keys, &documents));
            }
        }
    }
    findings
}

/// Documents, by their positions, that have the same keys, all of them: lists of two and more, in order of their first.
fn agreeing(keys: &[Keys<'_>], documents: usize) -> Vec<Vec<usize>> {
    let mut by_keys: HashMap<Vec<u32>, Vec<usize>> = HashMap::new();
    for document in 0..documents {
        if let Some(of_document) = keys.iter().map(|keys| keys.of_row(document)).collect() {
            by_keys.entry(of_document).or_default().push(document);
        }
    }
    let mut agreeing: Vec<Vec<usize>> =
        by_keys.into_values().filter(|documents| documents.len() > 1).collect();
    agreeing.sort_unstable();
    agreeing
}

fn finding(frame: &Frame<'_>, pointers: &[String], keys: &[Keys<'_>], documents: &[usize]) -> Finding {
    let record = frame.tables.record();
    let first = documents.first().copied().unwrap_or_default();
    let values: Vec<&str> = keys.iter().filter_map(|keys| keys.text(keys.of_row(first)?)).collect();
    let places = documents.iter().flat_map(|&document| {
        pointers.iter().filter_map(move |pointer| frame.place(record, pointer, document))
    });
    Finding {
        rule: DUPLICATE.to_owned(),
        severity: Severity::Warning,
        message: format!("{} documents have the same {}.", documents.len(), names(pointers)),
        expected: Some("a value of its own for each document".to_owned()),
        found: Some(values.join(", ")),
        places: places.collect(),
    }
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
