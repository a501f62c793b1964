//! The analyses of a set of outcomes: their records decoded to columns, with the evidence of each value at hand.

use std::collections::HashMap;

use docmill_columns::{Decoder, Id, Plan};
use docmill_contract::analysis::{Finding, Place, Severity};
use docmill_contract::outcome::Outcome;
use docmill_contract::section::Section;
use rayon::prelude::*;
use serde_json::json;

use crate::documents::Documents;
use crate::findings::{document_place, leaf_place};
use crate::profiles::RecordSet;
use crate::studies::{self, Frame, Witness};

/// The sections of a set's specification, and what they found.
pub(crate) fn sections(documents: &Documents<'_>, set: &RecordSet) -> (Vec<Section>, Vec<Finding>) {
    if set.spec.analyses.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let plan = match Plan::new(&studies::layout(&set.spec, "/data", Some("/document"))) {
        Ok(plan) => plan,
        Err(error) => return (Vec::new(), vec![unmade(error.to_string())]),
    };
    let outcomes: Vec<&Outcome> =
        set.documents.iter().filter_map(|&position| documents.outcome(position)).collect();
    let written: Vec<Vec<u8>> = outcomes.par_iter().map(|outcome| written(outcome)).collect();
    let written: Vec<&[u8]> = written.iter().map(Vec::as_slice).collect();
    let mut decoder = Decoder::new(&plan);
    decoder.documents(&written);
    let tables = match decoder.finish() {
        Ok(tables) => tables,
        Err(error) => return (Vec::new(), vec![unmade(error.to_string())]),
    };
    let by_id = outcomes.into_iter().map(|outcome| (outcome.document.as_str(), outcome)).collect();
    let frame = Frame { tables: &tables, spec: &set.spec, witness: &Outcomes { by_id } };
    let (mut sections, findings) = studies::studies(&frame, &set.spec);
    if let Some(profile) = set.profile.as_ref().filter(|_| set.named) {
        for section in &mut sections {
            section.title = format!("{} ({profile})", section.title);
            section.id = format!("{profile}-{}", section.id);
        }
    }
    (sections, findings)
}

/// What columns are decoded from: a record is kept as it was read, and a tree is at hand here anyway.
fn written(outcome: &Outcome) -> Vec<u8> {
    json!({"document": outcome.document, "data": outcome.data}).to_string().into_bytes()
}

fn unmade(why: String) -> Finding {
    Finding {
        rule: "analyses_unmade".to_owned(),
        severity: Severity::Warning,
        message: format!("The specification's analyses were not made: {why}."),
        expected: None,
        found: None,
        places: Vec::new(),
    }
}

/// Outcomes by their document.
struct Outcomes<'a> {
    by_id: HashMap<&'a str, &'a Outcome>,
}

impl Witness for Outcomes<'_> {
    fn place(&self, document: Id<'_>, pointer: Option<&str>) -> Place {
        let (Id::Named(id), Some(pointer)) = (document, pointer) else {
            return self.of_document(document);
        };
        match self.by_id.get(id) {
            Some(outcome) => {
                let evidence = outcome.evidence.iter().find(|evidence| evidence.pointer == pointer);
                leaf_place(outcome, pointer, evidence)
            }
            None => self.of_document(document),
        }
    }
}

impl Outcomes<'_> {
    fn of_document(&self, document: Id<'_>) -> Place {
        let known = match document {
            Id::Named(id) => self.by_id.get(id).copied(),
            Id::Line(_) => None,
        };
        known.map_or_else(|| crate::records::named_place(document, None), document_place)
    }
}
