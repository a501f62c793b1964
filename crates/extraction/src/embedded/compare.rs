//! Where the pages contradict what an electronic invoice says.
//!
//! That a page doesn't show a value says little: pages leave out what everyone knows, round prices, and spell names their
//! own way. So a value that stands nowhere is contradicted only where it should stand if it were true:
//! - the number and the total of an invoice, which every invoice prints;
//! - a number, where the page prints another behind its label;
//! - a date, where the page prints one that the invoice doesn't know;
//! - a name, of which the page prints not a single word;
//! - a currency, where the page prints nothing but others;
//! - a quantity, an amount or a date of a row, where the page prints that column for the other rows; prices are rounded, and
//!   printed before or after what is taken off them;
//! - a row of which nothing is printed, where the others are.
//!
//! Only pages that were all read, as text, can contradict anything.

use std::collections::BTreeSet;
use std::ops::Range;

use docmill_arithmetic::decimal::{from_json, plain_text, significant_digits};
use docmill_arithmetic::{Date, Decimal};
use docmill_einvoice::{Content, EInvoice, Term};
use docmill_pdf::Document;

use super::place::{TELLING_CHARACTERS_MIN, TELLING_DIGITS_MIN, labels};
use super::{Found, contradicted};
use crate::ground::currency::mentions;
use crate::ground::leaf::{Grounded, Proof};
use crate::ground::pages::{PageLine, Pages};
use crate::ground::rows::{GroundedRow, GroundedSlot};
use crate::ground::text::compact;
use crate::schema::{Leaf, LeafKind, Shape, SlotKind};

/// The most words of a label.
const LABEL_WORDS_MAX: usize = 8;

/// How a value is contradicted that every invoice prints.
const NOWHERE: &str = "and it stands nowhere on its pages";

/// Marks the values that the pages contradict.
pub(super) fn compare(
    shape: &Shape,
    slots: &mut [GroundedSlot],
    found: &Found,
    pages: &Pages<'_>,
    document: &Document,
) {
    if !is_comparable(document) {
        return;
    }
    for (slot, grounded) in shape.slots.iter().zip(slots) {
        match (&slot.kind, grounded) {
            (SlotKind::Leaf(leaf), GroundedSlot::Leaf(Some(value))) if value.proof == Proof::NotFound => {
                if let Some(how) = contradiction(leaf, value, found, pages) {
                    contradicted(&mut value.doubts, how);
                }
            }
            (SlotKind::Table(table), GroundedSlot::Table(rows)) => {
                compare_names(&table.row, rows, pages);
                compare_rows(&table.row, rows, pages);
            }
            (SlotKind::Leaf(_) | SlotKind::List(_) | SlotKind::Table(_), _) => {}
        }
    }
}

/// Whether all of the document was read as text, so that what isn't found isn't there.
fn is_comparable(document: &Document) -> bool {
    let is_all = usize::try_from(document.pages_in_file).is_ok_and(|pages| pages == document.pages.len());
    let is_blank = |page: &docmill_pdf::Page| page.glyphs == 0 && !page.has_image;
    let has_text = document.pages.iter().any(docmill_pdf::Page::has_usable_text);
    is_all && has_text && document.pages.iter().all(|page| page.has_usable_text() || is_blank(page))
}

/// How the pages contradict a value that stands nowhere on them.
fn contradiction(leaf: &Leaf, value: &Grounded, found: &Found, pages: &Pages<'_>) -> Option<String> {
    let invoice = found.invoice.as_ref()?;
    match leaf.kind {
        LeafKind::Number | LeafKind::Integer => of_number(leaf, from_json(&value.value)?, invoice, pages),
        LeafKind::Date => of_date(leaf, invoice, pages),
        LeafKind::Text if leaf.currency => of_currency(pages),
        LeafKind::Text => of_text(leaf, value, pages),
        LeafKind::Boolean => None,
    }
}

fn of_number(leaf: &Leaf, number: Decimal, invoice: &EInvoice, pages: &Pages<'_>) -> Option<String> {
    // What is nothing need not be printed, and credit is printed with either sign.
    if number.is_zero() || prints(pages, -number) {
        return None;
    }
    if let Some(other) = behind_label(leaf, pages) {
        return Some(format!("and its pages say \"{other}\" where it should stand"));
    }
    let is_total = leaf.term.map(Term::code) == Some("BT-112");
    (is_total && !is_printed_as_due(number, invoice, pages)).then(|| NOWHERE.to_owned())
}

/// An invoice that was paid in part may print no more than what is due.
fn is_printed_as_due(total: Decimal, invoice: &EInvoice, pages: &Pages<'_>) -> bool {
    let number = |code: &str| match Term::of_code(code).and_then(|term| invoice.only(term)) {
        Some(Content::Number(number)) => Some(*number),
        Some(Content::Text(_) | Content::Date(_)) | None => None,
    };
    let due = number("BT-113").and_then(|paid| total.checked_sub(paid)).zip(number("BT-115"));
    due.is_some_and(|(expected, due)| expected == due && due != total && prints(pages, due))
}

/// A date is contradicted by one that is printed and that the invoice says nothing of. What is due is so after the
/// invoice's own date: earlier dates are of something else.
fn of_date(leaf: &Leaf, invoice: &EInvoice, pages: &Pages<'_>) -> Option<String> {
    let contents =
        invoice.header.values().chain(invoice.rows.values().flatten().flat_map(|row| row.values()));
    let known: BTreeSet<Date> = contents
        .flatten()
        .filter_map(|content| match content {
            Content::Date(date) => Some(*date),
            Content::Text(_) | Content::Number(_) => None,
        })
        .collect();
    let issued = Term::of_code("BT-2").and_then(|term| invoice.header.get(&term)?.first());
    let is_after_issue = |date: &Date| matches!(issued, Some(Content::Date(issued)) if date > issued);
    let is_due = match leaf.term.map(Term::code) {
        Some("BT-2") => false,
        Some("BT-9") => true,
        // Other dates are printed or not.
        _ => return behind_label(leaf, pages).map(|other| format!("and its pages say \"{other}\"")),
    };
    let runs = pages.lines.iter().flat_map(|line| &line.dates);
    let other = runs.into_iter().find(|run| {
        let is_unknown = |date: &Date| !known.contains(date) && (!is_due || is_after_issue(date));
        !run.dates.is_empty() && run.dates.iter().all(is_unknown)
    });
    other.map(|run| format!("and its pages say \"{}\"", run.text))
}

fn of_currency(pages: &Pages<'_>) -> Option<String> {
    // The value was looked for, too: none of these stands for it.
    let printed = pages.lines.iter().flat_map(mentions).next();
    printed.map(|(_, printed)| format!("and its pages say \"{printed}\""))
}

fn of_text(leaf: &Leaf, value: &Grounded, pages: &Pages<'_>) -> Option<String> {
    match leaf.term.map(Term::code) {
        Some("BT-1") => Some(NOWHERE.to_owned()),
        Some("BT-27" | "BT-44" | "BT-153") if !prints_a_word(pages, &value.claimed) => {
            Some("of which its pages print not a word".to_owned())
        }
        _ => None,
    }
}

/// Whether the pages print any word of a name; those that say nothing (legal forms, numbers) don't count, and a name of
/// nothing else is as good as printed.
fn prints_a_word(pages: &Pages<'_>, name: &str) -> bool {
    let words = name.split(|character: char| !character.is_alphabetic());
    let mut words =
        words.filter(|word| word.chars().count() >= TELLING_CHARACTERS_MIN).map(compact).peekable();
    words.peek().is_none() || words.any(|word| pages.lines.iter().any(|line| line.compact.contains(&word)))
}

fn is_number(leaf: &Leaf) -> bool {
    matches!(leaf.kind, LeafKind::Number | LeafKind::Integer)
}

fn prints(pages: &Pages<'_>, number: Decimal) -> bool {
    pages.lines.iter().any(|line| line.numbers.iter().any(|run| run.value == number))
}

/// What the pages print behind the label of a leaf, if it is of the leaf's kind, and the only thing they print there.
fn behind_label(leaf: &Leaf, pages: &Pages<'_>) -> Option<String> {
    let labels = labels(leaf);
    let mut others: Vec<(String, String)> = Vec::new();
    for line in &pages.lines {
        for end in label_ends(line, &labels) {
            if let Some(other) = first_behind(leaf, line, end) {
                others.push(other);
            }
        }
    }
    let (first, text) = others.first()?;
    others.iter().all(|(other, _)| other == first).then(|| text.clone())
}

/// Where, by word, labels end that are the beginning of a cell and followed by nothing but a value.
fn label_ends(line: &PageLine<'_>, labels: &[String]) -> Vec<usize> {
    let mut ends = Vec::new();
    for cell in &line.cells {
        for end in cell.start + 1..=cell.end.min(cell.start + LABEL_WORDS_MAX) {
            let words = line.line.words.get(cell.start..end).unwrap_or_default();
            let text: String = words.iter().map(|word| compact(&word.text)).collect();
            if labels
                .iter()
                .any(|label| text.trim_end_matches([':', '.']) == label.trim_end_matches([':', '.']))
            {
                ends.push(end);
            }
        }
    }
    ends
}

/// The value that follows on a line: its meaning, and its text.
fn first_behind(leaf: &Leaf, line: &PageLine<'_>, word: usize) -> Option<(String, String)> {
    let is_next = |words: &Range<usize>| words.start >= word;
    match leaf.kind {
        LeafKind::Date => {
            let run = line.dates.iter().find(|run| is_next(&run.words))?;
            let [date] = run.dates.as_slice() else { return None };
            Some((date.to_string(), run.text.clone()))
        }
        LeafKind::Number | LeafKind::Integer => {
            let run = line.numbers.iter().find(|run| is_next(&run.words))?;
            Some((plain_text(run.value), run.text.clone()))
        }
        LeafKind::Text | LeafKind::Boolean => None,
    }
}

/// Marks the names of printed rows of which the pages print nothing.
fn compare_names(shape: &Shape, rows: &mut [GroundedRow], pages: &Pages<'_>) {
    for row in rows.iter_mut().filter(|row| row.anchor.is_some()) {
        for (slot, grounded) in shape.slots.iter().zip(&mut row.slots) {
            if let (SlotKind::Leaf(leaf), GroundedSlot::Leaf(Some(value))) = (&slot.kind, grounded)
                && leaf.kind == LeafKind::Text
                && value.proof == Proof::NotFound
                && let Some(how) = of_text(leaf, value, pages)
            {
                contradicted(&mut value.doubts, how);
            }
        }
    }
}

/// Marks what the printed rows contradict.
fn compare_rows(shape: &Shape, rows: &mut [GroundedRow], pages: &Pages<'_>) {
    let printed = rows.iter().filter(|row| row.anchor.is_some()).count();
    for (index, slot) in shape.slots.iter().enumerate() {
        let SlotKind::Leaf(leaf) = &slot.kind else { continue };
        let is_price = matches!(leaf.term.map(Term::code), Some("BT-146" | "BT-148" | "BT-149"));
        if !is_number(leaf) && leaf.kind != LeafKind::Date || is_price {
            continue;
        }
        let of_row = |row: &GroundedRow| match row.slots.get(index) {
            Some(GroundedSlot::Leaf(Some(value))) if row.anchor.is_some() => Some(value.proof.clone()),
            _ => None,
        };
        let proofs: Vec<Proof> = rows.iter().filter_map(of_row).collect();
        let proved = proofs.iter().filter(|proof| matches!(proof, Proof::Text { .. })).count();
        // The column is printed if most of its values are.
        if proved * 2 <= proofs.len() {
            continue;
        }
        for row in rows.iter_mut().filter(|row| row.anchor.is_some()) {
            if let Some(GroundedSlot::Leaf(Some(value))) = row.slots.get_mut(index)
                && value.proof == Proof::NotFound
                && !from_json(&value.value).is_some_and(|number| number.is_zero() || prints(pages, -number))
            {
                contradicted(&mut value.doubts, "and its row on the page doesn't".to_owned());
            }
        }
    }
    if printed * 2 <= rows.len() {
        return;
    }
    for row in rows.iter_mut().filter(|row| row.anchor.is_none()) {
        if row.slots.iter().any(|slot| stands_somewhere(slot, pages)) {
            continue;
        }
        let first = row.slots.iter_mut().find_map(|slot| match slot {
            GroundedSlot::Leaf(value) => value.as_mut(),
            GroundedSlot::List(_) | GroundedSlot::Table(_) => None,
        });
        if let Some(value) = first {
            contradicted(&mut value.doubts, "and no row on its pages is this one".to_owned());
        }
    }
}

/// Whether the pages print a value of a row, be it as another row's: equal rows are hard to tell apart. Numbers that stand
/// on most pages for some reason don't count.
fn stands_somewhere(slot: &GroundedSlot, pages: &Pages<'_>) -> bool {
    let GroundedSlot::Leaf(Some(value)) = slot else { return false };
    match from_json(&value.value) {
        Some(number) => significant_digits(number) >= TELLING_DIGITS_MIN && prints(pages, number),
        None => value.proof != Proof::NotFound,
    }
}
