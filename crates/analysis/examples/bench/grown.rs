//! A collection that grew: parts of a hundred documents each were kept, and ten documents are new.

use std::path::Path;

use docmill_columns::{Decoder, Part, Plan, Tables};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::measure::measure;
use crate::rows;

const DOCUMENTS_PER_PART: usize = 100;
const NEW: usize = 10;

/// Reading kept parts and what is new, against reading everything.
pub(crate) fn measured(file: &Path) -> Value {
    let plan = rows::plan();
    let text = std::fs::read_to_string(file).expect("failed to read the documents");
    let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
    let (old, new) = lines.split_at(lines.len() - NEW);
    let kept: Vec<Vec<u8>> = old
        .par_chunks(DOCUMENTS_PER_PART)
        .map(|documents| Part::read(&plan, documents, 1).to_bytes(&plan))
        .collect();
    let anew = measure(|| {
        let mut decoder = Decoder::new(&plan);
        decoder.documents(&lines);
        answers(decoder)
    });
    let from_parts = measure(|| {
        let mut decoder = Decoder::new(&plan);
        parts(&plan, &kept).into_iter().for_each(|part| decoder.part(part));
        decoder.documents(new);
        answers(decoder)
    });
    let new_alone = measure(|| {
        let mut decoder = Decoder::new(&plan);
        decoder.documents(new);
        answers(decoder)
    });
    json!({
        "documents": lines.len(),
        "new": NEW,
        "documents_per_part": DOCUMENTS_PER_PART,
        "parts": kept.len(),
        "kept_bytes": kept.iter().map(Vec::len).sum::<usize>(),
        "text_bytes": text.len(),
        "anew": anew,
        "from_parts": from_parts,
        "new_alone": new_alone,
    })
}

fn parts(plan: &Plan, kept: &[Vec<u8>]) -> Vec<Part> {
    kept.par_iter().map(|bytes| Part::from_bytes(plan, bytes).expect("they were just made")).collect()
}

fn answers(decoder: Decoder<'_>) -> Value {
    let tables: Tables = decoder.finish().expect("there are fewer documents");
    let amounts =
        tables.row_set("/lines").and_then(|table| table.column("amount")).expect("it was asked for");
    let values = amounts.chunks().iter().filter_map(|chunk| chunk.numbers()).flatten();
    json!({"items": amounts.used(), "sum": values.sum::<i64>()})
}
