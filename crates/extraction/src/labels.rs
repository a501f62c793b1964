//! The labels under which a document prints a field, and whether a cell is one.
//!
//! Used to notice an answer that leaves out what its lines have labels for, and to find the lines of a field that is
//! asked about again. The labels are the words in single quotes in the field's description, or its own name.

use crate::schema::{Slot, SlotKind};

/// A name shorter than this says too little to be looked for.
const NAME_CHARACTERS_MIN: usize = 4;

/// A field's labels in lower case.
pub(crate) fn labels_of(slot: &Slot) -> Vec<String> {
    let description = match &slot.kind {
        SlotKind::Leaf(leaf) | SlotKind::List(leaf) => &leaf.description,
        SlotKind::Table(table) => &table.description,
    };
    let quoted = quoted_labels(description);
    if !quoted.is_empty() {
        return quoted;
    }
    let name = slot.path.last().map(|name| readable(name)).unwrap_or_default();
    if name.chars().count() >= NAME_CHARACTERS_MIN { vec![name] } else { Vec::new() }
}

/// Whether a cell is one of the labels, or begins with one and a mark.
pub(crate) fn is_label(cell: &str, labels: &[String]) -> bool {
    let cell = cell.to_lowercase();
    labels.iter().any(|label| {
        let rest = cell.strip_prefix(label.as_str()).or_else(|| {
            let bare = label.strip_suffix(['.', ':'])?;
            cell.strip_prefix(bare)
        });
        rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == ' '))
    })
}

/// The texts in single quotes, in lower case; an apostrophe within a word opens nothing.
pub(crate) fn quoted_labels(description: &str) -> Vec<String> {
    let mut labels = Vec::new();
    let mut previous = ' ';
    let mut open: Option<String> = None;
    for character in description.chars() {
        match (&mut open, character) {
            (None, '\'') if !previous.is_alphanumeric() => open = Some(String::new()),
            (Some(label), '\'') => {
                if !label.trim().is_empty() {
                    labels.push(label.trim().to_lowercase());
                }
                open = None;
            }
            (Some(label), _) => label.push(character),
            (None, _) => {}
        }
        previous = character;
    }
    labels
}

/// `unit_price` and `unitPrice` as a document would print them.
fn readable(name: &str) -> String {
    let mut text = String::new();
    let mut previous_is_lower = false;
    for character in name.chars() {
        if matches!(character, '_' | '-') {
            text.push(' ');
        } else {
            if character.is_uppercase() && previous_is_lower {
                text.push(' ');
            }
            text.extend(character.to_lowercase());
        }
        previous_is_lower = character.is_lowercase();
    }
    text
}
