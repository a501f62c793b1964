//! Values that figures include although nothing on the page proves them.

use docmill_columns::{Id, Table};
use docmill_contract::analysis::{Finding, Place, Severity};

use crate::documents::Documents;
use crate::findings::{PLACES_MAX, count, cut_places};
use crate::studies::{Frame, Measure};

/// A finding for each column that has some.
pub(crate) fn noted(
    frame: &Frame<'_>,
    documents: &Documents<'_>,
    titled: &dyn Fn(&str) -> String,
) -> Vec<Finding> {
    let measures: Vec<Measure<'_>> =
        frame.spec.columns.iter().filter_map(|column| frame.measure(&column.name).ok()).collect();
    let mut found: Vec<(usize, Vec<Place>)> = vec![(0, Vec::new()); measures.len()];
    for (position, id) in frame.tables.documents().ids().enumerate() {
        let Id::Named(name) = id else { continue };
        let unproved = documents.get(name).map_or(&[][..], |document| document.unproved.as_slice());
        for pointer in unproved {
            for (measure, (total, places)) in measures.iter().zip(&mut found) {
                let Some(row) = row_of(measure, position, pointer) else { continue };
                if measure.column.number(row).is_none() {
                    continue;
                }
                *total += 1;
                if places.len() < PLACES_MAX {
                    places.push(frame.witness.place(id, Some(pointer)));
                }
            }
        }
    }
    let noted = measures.iter().zip(found).filter(|(_, (total, _))| *total > 0);
    noted
        .map(|(measure, (total, places))| Finding {
            rule: "value_unproved".to_owned(),
            severity: Severity::Info,
            message: cut_places(
                format!(
                    "“{}” includes {} that nothing on the page proves.",
                    titled(measure.name),
                    count(total, "value", "values")
                ),
                total,
                places.len(),
            ),
            expected: None,
            found: None,
            places,
        })
        .collect()
}

/// The row of a measure's table that a leaf of this document is.
fn row_of(measure: &Measure<'_>, document: usize, leaf: &str) -> Option<usize> {
    let Some((rows, column)) = measure.pointer.split_once("/*") else {
        return (measure.pointer == leaf).then_some(document);
    };
    let (index, behind) = leaf.strip_prefix(rows)?.strip_prefix('/').map(|rest| {
        let end = rest.find('/').unwrap_or(rest.len());
        rest.split_at(end)
    })?;
    let index: usize = index.parse().ok()?;
    (behind == column).then(|| row(measure.table, document, index)).flatten()
}

fn row(table: &Table, document: usize, index: usize) -> Option<usize> {
    let rows = table.rows_of(document);
    (index < rows.len()).then(|| rows.start + index)
}
