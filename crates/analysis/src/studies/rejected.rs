//! What stands where a value should be, and can't be used: said with the reason and the first places.
//!
//! A section counts it; this names it.

use docmill_columns::{Column, Rejection, Table};
use docmill_contract::analysis::{Finding, Place, Severity};

use super::frame::Frame;
use crate::findings::{PLACES_MAX, count, cut_places};

/// A finding for each column with such values, and for each array that isn't one. `titled` makes a title of a name.
pub(crate) fn rejected(frame: &Frame<'_>, titled: &dyn Fn(&str) -> String) -> Vec<Finding> {
    let tables = std::iter::once(frame.tables.record()).chain(frame.tables.row_sets());
    tables
        .flat_map(|table| {
            let columns = table.columns().iter().filter_map(|column| of_column(frame, column, titled));
            columns.chain(not_arrays(table)).collect::<Vec<_>>()
        })
        .collect()
}

fn of_column(frame: &Frame<'_>, column: &Column, titled: &dyn Fn(&str) -> String) -> Option<Finding> {
    let rejections = column.rejections();
    let total = usize::try_from(rejections.total()).ok().filter(|&total| total > 0)?;
    let reasons: Vec<String> =
        rejections.reasons().map(|(reason, count)| format!("{count} {}", said(reason))).collect();
    // A currency that no column names is called by its pointer.
    let (pointer, name) = frame.called(column).unwrap_or((column.name(), column.name()));
    let places = rejections.places().iter().take(PLACES_MAX).filter_map(|(place, _)| {
        let document = frame.tables.documents().id(usize::try_from(place.document).ok()?)?;
        let leaf = pointer.replacen("/*", &format!("/{}", place.row), 1);
        Some(frame.witness.place(document, Some(&leaf)))
    });
    let places: Vec<Place> = places.collect();
    Some(Finding {
        rule: "value_rejected".to_owned(),
        severity: Severity::Warning,
        message: cut_places(
            format!(
                "“{}” leaves out {}: {}.",
                titled(name),
                count(total, "value", "values"),
                reasons.join(", ")
            ),
            total,
            places.len(),
        ),
        expected: None,
        found: None,
        places,
    })
}

fn not_arrays(table: &Table) -> Option<Finding> {
    let rows = table.pointer()?;
    (table.not_arrays() > 0).then(|| Finding {
        rule: "rows_rejected".to_owned(),
        severity: Severity::Warning,
        message: format!(
            "{} something else than rows at `{rows}`.",
            count(
                usize::try_from(table.not_arrays()).unwrap_or(usize::MAX),
                "document has",
                "documents have"
            )
        ),
        expected: None,
        found: None,
        places: Vec::new(),
    })
}

/// In the words of a sentence that begins with how many.
fn said(reason: Rejection) -> &'static str {
    match reason {
        Rejection::WrongType => "of another kind",
        Rejection::NotANumber => "that are no number",
        Rejection::TooManyDecimals => "with more decimals than a column has",
        Rejection::OutOfRange => "out of range",
        Rejection::NotADate => "that are no date",
        Rejection::NoCurrency => "without a currency",
        Rejection::BrokenText => "whose text is broken",
        Rejection::TextTooLong => "whose text is too long for a key",
    }
}
