//! From the electronic invoice a PDF carries to values of the schema's leaves.
//!
//! Several invoices in one file are one if they say the same of everything that is asked for (some programs write ZUGFeRD 1
//! and 2 side by side); if they don't, none of them is believed.

use docmill_arithmetic::decimal::{plain_text, to_json};
use docmill_contract::outcome::{Via, Warning};
use docmill_einvoice::{Content, EInvoice, ReadError, Row, Term, looks_like_xml};
use docmill_pdf::{Document, EmbeddedFile};
use serde_json::Value;

use super::{Found, unusable};
use crate::reply::{Answer, Claim, RowClaim, SlotAnswer};
use crate::schema::{Leaf, LeafKind, Shape, SlotKind};

/// Embedded XML files that are looked into. 8: one is usual.
const FILES_MAX: usize = 8;
/// The names that the standards give the file.
const NAMES: [&str; 3] = ["factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"];
/// Terms that can't be read are named up to this many.
const UNREADABLE_MAX: usize = 5;

/// What the document's electronic invoice says of the shape's leaves, and what is wrong with its files.
pub(super) fn found(shape: &Shape, document: &Document) -> (Option<Found>, Vec<Warning>) {
    let (mut warnings, mut of_another_kind) = (Vec::new(), Vec::new());
    let mut read: Vec<(&EmbeddedFile, EInvoice, Answer)> = Vec::new();
    for file in document.embedded_files.iter().filter(|file| is_candidate(file)).take(FILES_MAX) {
        match docmill_einvoice::read(&file.bytes) {
            Ok(invoice) => {
                let answer = answer(shape, &invoice);
                read.push((file, invoice, answer));
            }
            Err(error) => {
                let warning = unusable(format!("the embedded file \"{}\" can't be used: {error}", file.name));
                if matches!(error, ReadError::NotAnInvoice { .. }) && !has_name_of_invoice(file) {
                    of_another_kind.push(warning);
                } else {
                    warnings.push(warning);
                }
            }
        }
    }
    let mut read = read.into_iter();
    let Some((first, invoice, answer)) = read.next() else {
        warnings.extend(of_another_kind);
        return (None, warnings);
    };
    // Beside an invoice, XML of another kind is what the invoice encloses.
    if let Some((other, _, _)) = read.find(|(_, _, other)| *other != answer) {
        let message = format!(
            "the embedded files \"{}\" and \"{}\" are invoices that say different things: neither is used",
            first.name, other.name
        );
        return (None, vec![unusable(message)]);
    }
    warnings.extend(
        invoice.unreadable.iter().filter(|found| asks_for(shape, found.term)).take(UNREADABLE_MAX).map(
            |found| {
                let (code, name) = (found.term.code(), found.term.name());
                let shown: String = found.text.chars().take(40).collect();
                unusable(format!("{code} ({name}) in the embedded file \"{}\" is \"{shown}\"", first.name))
            },
        ),
    );
    let is_exhaustive = is_exhaustive(shape);
    let found = Found { answer, via: Via::FacturX, is_exhaustive, invoice: Some(invoice) };
    (Some(found), warnings)
}

/// Whether a file is XML, or has the name of an invoice.
fn is_candidate(file: &EmbeddedFile) -> bool {
    looks_like_xml(&file.bytes) || has_name_of_invoice(file)
}

fn has_name_of_invoice(file: &EmbeddedFile) -> bool {
    let name = file.name.to_lowercase();
    NAMES.iter().any(|known| name == *known)
}

fn asks_for(shape: &Shape, term: Term) -> bool {
    super::has(shape, &|leaf| leaf.term == Some(term))
}

/// Whether every leaf is a term, so that a model has nothing to add.
pub(super) fn is_exhaustive(shape: &Shape) -> bool {
    shape.slots.iter().all(|slot| match &slot.kind {
        SlotKind::Leaf(leaf) | SlotKind::List(leaf) => leaf.term.is_some(),
        SlotKind::Table(table) => table.group.is_some() && is_exhaustive(&table.row),
    })
}

fn answer(shape: &Shape, invoice: &EInvoice) -> Answer {
    let of_term = |term: Term| invoice.contents(term);
    Answer { slots: slots(shape, &of_term, Some(invoice)) }
}

/// The slots of the record, or, without `invoice`, of a row.
fn slots<'a>(
    shape: &Shape,
    contents: &dyn Fn(Term) -> Vec<&'a Content>,
    invoice: Option<&EInvoice>,
) -> Vec<SlotAnswer> {
    let claims = |leaf: &Leaf| -> Vec<Claim> {
        let contents = leaf.term.map(contents).unwrap_or_default();
        contents.into_iter().filter_map(|content| claim(leaf, content)).collect()
    };
    let slots = shape.slots.iter().map(|slot| match &slot.kind {
        SlotKind::Leaf(leaf) => SlotAnswer::Leaf(match <[Claim; 1]>::try_from(claims(leaf)) {
            Ok([only]) => Some(only),
            // Of several the invoice doesn't say which one is meant.
            Err(_) => None,
        }),
        SlotKind::List(leaf) => SlotAnswer::List(claims(leaf)),
        SlotKind::Table(table) => {
            let rows = table.group.and_then(|group| invoice?.rows.get(&group)).into_iter().flatten();
            SlotAnswer::Table(rows.map(|row| row_claim(&table.row, row)).collect())
        }
    });
    slots.collect()
}

fn row_claim(shape: &Shape, row: &Row) -> RowClaim {
    let contents = |term: Term| row.get(&term).into_iter().flatten().collect();
    RowClaim { line: None, slots: slots(shape, &contents, None) }
}

/// A term's content as the value of a leaf; none where it can't be one.
fn claim(leaf: &Leaf, content: &Content) -> Option<Claim> {
    let value = match (leaf.kind, content) {
        (LeafKind::Number, Content::Number(number)) => to_json(*number),
        (LeafKind::Integer, Content::Number(number)) if number.fract().is_zero() => to_json(*number),
        (LeafKind::Date, Content::Date(date)) => Value::String(date.to_string()),
        (LeafKind::Text, Content::Text(text)) => Value::String(text.clone()),
        (LeafKind::Text, Content::Date(date)) => Value::String(date.to_string()),
        (LeafKind::Text, Content::Number(number)) => Value::String(plain_text(*number)),
        (LeafKind::Number | LeafKind::Integer | LeafKind::Date | LeafKind::Boolean, _) => return None,
    };
    Some(Claim { value: listed(leaf, value)?, line: None })
}

/// The schema's own spelling, where it lists its values; none for a value that it doesn't list.
fn listed(leaf: &Leaf, value: Value) -> Option<Value> {
    if leaf.options.is_empty() {
        return Some(value);
    }
    let is_same = |option: &&Value| match (option.as_str(), value.as_str()) {
        (Some(option), Some(value)) => option.eq_ignore_ascii_case(value),
        _ => **option == value,
    };
    leaf.options.iter().find(is_same).cloned()
}
