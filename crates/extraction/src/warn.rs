//! What a person should look at, in one sentence each.
//!
//! Used by [`examined`](crate::record::examined). Any warning keeps a record from being verified.

use docmill_arithmetic::Equation;
use docmill_arithmetic::decimal::plain_text;
use docmill_contract::outcome::{Completeness, Warning, WarningCode};
use docmill_pdf::{Document, ReadWarning};
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::assemble::AssembledLeaf;
use crate::credible::Reading;
use crate::ground::leaf::{Doubt, Grounded, Proof};
use crate::schema::escaped;

/// The most characters of a value or a reason that a warning shows.
const SHOWN_CHARACTERS_MAX: usize = 120;

/// Pages that couldn't be read, in whole or in part.
pub(crate) fn of_pages(document: &Document) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for warning in &document.warnings {
        let code = match warning {
            ReadWarning::PageUnreadable { .. } => WarningCode::PageUnreadable,
            ReadWarning::HiddenTextDropped { .. } => WarningCode::HiddenTextDropped,
            // The pages are as they should be.
            ReadWarning::Repaired { .. }
            | ReadWarning::FormsInThemselves { .. }
            | ReadWarning::EmbeddedFileDropped { .. }
            | ReadWarning::StructureUnreadable { .. } => continue,
        };
        warnings.push(about(None, code, warning.to_string()));
    }
    for page in &document.pages {
        let shows_something = page.has_image || page.glyphs > 0;
        if shows_something && !page.has_usable_text() {
            let message =
                format!("page {} has no text that can be read: its content is missing", page.number);
            warnings.push(about(None, WarningCode::PageWithoutText, message));
        }
    }
    warnings
}

/// A value without proof, and doubts about one.
pub(crate) fn of_value(pointer: &str, value: &Grounded, is_by_equation: bool) -> Vec<Warning> {
    let claimed = shown(&value.claimed);
    let unproved = match &value.proof {
        Proof::Text { .. } | Proof::Inferred => None,
        Proof::Ambiguous { .. } | Proof::NotFound | Proof::Seen { .. }
            if is_by_equation || value.embedded.is_some() =>
        {
            None
        }
        Proof::Ambiguous { places } => Some((
            WarningCode::Ambiguous,
            format!(
                "\"{claimed}\" stands in {places} places of its page, and not on the line that was named"
            ),
        )),
        Proof::Seen { page } => {
            let place = page.map_or_else(|| "a page".to_owned(), |page| format!("page {page}"));
            let message =
                format!("\"{claimed}\" was read from the image of {place}: only a person can prove it");
            Some((WarningCode::NotFound, message))
        }
        Proof::NotFound => {
            Some((WarningCode::NotFound, format!("\"{claimed}\" doesn't stand on the page where it should")))
        }
    };
    let doubts = value.doubts.iter().map(|doubt| match doubt {
        Doubt::ReadsBothWays { text } => {
            let read = shown(&value.value.to_string());
            let message = format!("\"{}\" was read as {read}, and can be read in another way", shown(text));
            (WarningCode::Ambiguous, message)
        }
        Doubt::Precision => {
            let message = format!("\"{claimed}\" has more digits than JSON numbers carry exactly");
            (WarningCode::NumberPrecision, message)
        }
        Doubt::Conflict { other } => {
            let message = format!("another part of the document was answered \"{}\"", shown(other));
            (WarningCode::Conflict, message)
        }
        Doubt::PageDisagrees { how } => {
            (WarningCode::PageDisagrees, format!("the document's own data says \"{claimed}\", {how}"))
        }
    });
    unproved.into_iter().chain(doubts).map(|(code, message)| about(Some(pointer), code, message)).collect()
}

/// A value that seems to answer another question.
pub(crate) fn of_mistaken(leaf: &AssembledLeaf<'_>, why: &str) -> Warning {
    let message = format!("\"{}\" {why}: it may be another value", shown(&leaf.value.claimed));
    about(Some(&leaf.pointer), WarningCode::Ambiguous, message)
}

/// A reading that was caught in too many errors.
pub(crate) fn of_reading(reading: Reading) -> Warning {
    let message = format!(
        "{} of the {} values that were copied from the text don't stand where the model read them, or are something \
         else there: a value that no label, heading or equation confirms isn't taken as verified",
        reading.caught, reading.copied
    );
    about(None, WarningCode::UnreliableReading, message)
}

/// Equations that don't hold.
pub(crate) fn of_equations(equations: &[Equation]) -> Vec<Warning> {
    let broken = equations.iter().filter(|equation| !equation.holds);
    broken
        .map(|equation| {
            let (expected, found) = (plain_text(equation.expected), plain_text(equation.found));
            let message =
                format!("the equation `{}` gives {expected}, the document says {found}", equation.rule);
            about(Some(&equation.result_pointer), WarningCode::ArithmeticMismatch, message)
        })
        .collect()
}

/// Tables of which rows are missing, or that have more than the pages. That pages leave out rows of the document's own
/// data (`is_own` says which tables are) is for who compares them.
pub(crate) fn of_rows(completeness: &[Completeness], is_own: impl Fn(&str) -> bool) -> Vec<Warning> {
    let differs = |table: &&Completeness| {
        table.rows_found < table.rows_on_pages
            || table.rows_found > table.rows_on_pages && !is_own(&table.pointer)
    };
    let of_table = |table: &Completeness| {
        let message = format!(
            "{} rows were found, the pages have {} lines like them",
            table.rows_found, table.rows_on_pages
        );
        about(Some(&table.pointer), WarningCode::RowsMissing, message)
    };
    completeness.iter().filter(differs).map(of_table).collect()
}

/// What the user's schema says against the record.
pub(crate) fn of_schema(validator: &Validator, data: &Value) -> Vec<Warning> {
    let violations = validator.iter_errors(data).map(|error| {
        let place = error.instance_path().to_string();
        if let ValidationErrorKind::Required { property } = error.kind() {
            let name = property.as_str().unwrap_or_default();
            let pointer = format!("{place}/{}", escaped(name));
            let message = format!("the schema requires `{name}`, and the document doesn't show it");
            about(Some(&pointer), WarningCode::MissingRequired, message)
        } else {
            about(
                Some(&place).filter(|place| !place.is_empty()).map(String::as_str),
                WarningCode::SchemaViolation,
                shown(&error.to_string()),
            )
        }
    });
    violations.collect()
}

/// A record without a single value.
pub(crate) fn nothing_found() -> Warning {
    about(None, WarningCode::NotFound, "the document shows nothing of what the schema asks for".to_owned())
}

fn about(pointer: Option<&str>, code: WarningCode, message: String) -> Warning {
    Warning { code, message, pointer: pointer.map(str::to_owned) }
}

/// A text, cut where it is too long to show.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
