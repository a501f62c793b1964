//! Which labels a property has, and whether a cell of the document starts with one.
//!
//! The labels of a property are the words in single quotes in its description; without any, its own name, made
//! readable. Called by the search for single values and for the header of a table.

use crate::printed;

/// How well a cell fits a label; the first is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// The cell is the label, or the label and a colon with what follows it.
    Exact,
    /// The label is followed by its unit or rate: `Total (EUR)`, `VAT 20 %`.
    Qualified,
    /// The label is followed by a value with nothing but a space between: `Total 12.00`.
    Loose,
}

/// The labels of the property called `name`, longest first.
pub(crate) fn labels_of(name: &str, description: &str) -> Vec<String> {
    let mut labels = quoted(description);
    if labels.is_empty() {
        labels.push(humanised(name));
    }
    labels.sort_by_key(|label| std::cmp::Reverse(label.chars().count()));
    labels
}

/// Whether a description says under which labels documents print the value: without a line beside it, a text is only then one to be found, and
/// else one to be judged.
pub(crate) fn are_labels_quoted(description: &str) -> bool {
    !quoted(description).is_empty()
}

/// The texts in single quotes; an apostrophe inside a word ("invoice's") opens nothing.
fn quoted(description: &str) -> Vec<String> {
    let mut labels = Vec::new();
    let mut previous = ' ';
    let mut open: Option<String> = None;
    for character in description.chars() {
        match (&mut open, character) {
            (None, '\'') if !previous.is_alphanumeric() => open = Some(String::new()),
            (Some(label), '\'') => {
                if !label.trim().is_empty() {
                    labels.push(label.trim().to_owned());
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

/// `unit_price`, `unitPrice` and `price/unit-price` as a person would print them: `unit price`.
fn humanised(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    let mut label = String::new();
    let mut previous_lower = false;
    for character in last.chars() {
        if character == '_' || character == '-' {
            label.push(' ');
        } else {
            if character.is_uppercase() && previous_lower {
                label.push(' ');
            }
            label.extend(character.to_lowercase());
        }
        previous_lower = character.is_lowercase();
    }
    label
}

/// How `cell` fits `label`, and what of the cell comes after it; none where it doesn't start with the label as a
/// whole word.
pub(crate) fn fit<'a>(cell: &'a str, label: &str) -> Option<(Fit, &'a str)> {
    let rest =
        strip_ignoring_case(cell, label).or_else(|| strip_ignoring_case(cell, label.strip_suffix('.')?))?;
    if let Some(value) = after_colon(rest) {
        return Some((Fit::Exact, value));
    }
    if rest.starts_with(char::is_alphanumeric) && label.ends_with(char::is_alphanumeric) {
        return None;
    }
    let rest = rest.trim_start();
    let qualified = printed::without_qualifier(rest);
    if let Some(value) = qualified.and_then(after_colon) {
        return Some((Fit::Qualified, value));
    }
    let value = qualified.unwrap_or(rest).trim_start();
    printed::starts_like_a_value(value).then_some((Fit::Loose, value))
}

/// Whether `cell` is one of the labels alone, or a label with its unit.
pub(crate) fn is_label(cell: &str, labels: &[String]) -> bool {
    labels.iter().any(|label| matches!(fit(cell, label), Some((Fit::Exact | Fit::Qualified, ""))))
}

/// What follows a colon, or the empty rest; none where something else comes first.
fn after_colon(rest: &str) -> Option<&str> {
    let rest = rest.trim_start();
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(':').map(str::trim) }
}

/// `text` after `prefix`, compared without regard to case.
fn strip_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for expected in prefix.chars() {
        let found = rest.next()?;
        if found != expected && !found.to_lowercase().eq(expected.to_lowercase()) {
            return None;
        }
    }
    Some(rest.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_the_quoted_words_or_the_name() {
        let check = |name: &str, description: &str, expected: &[&str]| {
            assert_eq!(labels_of(name, description), expected, "{name}: {description}");
        };
        check("total", "What is to be paid. Printed as 'Total', 'Amount due'", &["Amount due", "Total"]);
        check("invoice_number", "The invoice's own number. Printed as 'No.'", &["No."]);
        check("unit_price", "", &["unit price"]);
        check("unitPrice", "The row's price", &["unit price"]);
        check("price/net-amount", "", &["net amount"]);
    }

    #[test]
    fn a_cell_fits_a_label_as_a_whole_word() {
        let check = |cell: &str, label: &str, expected: Option<(Fit, &str)>| {
            assert_eq!(fit(cell, label), expected, "{cell} / {label}");
        };
        check("Total", "Total", Some((Fit::Exact, "")));
        check("TOTAL:", "Total", Some((Fit::Exact, "")));
        check("Total: 12.00", "Total", Some((Fit::Exact, "12.00")));
        check("Total (EUR)", "Total", Some((Fit::Qualified, "")));
        check("Total EUR", "Total", Some((Fit::Qualified, "")));
        check("VAT 20 %:", "VAT", Some((Fit::Qualified, "")));
        check("VAT (20 %): 3.00", "VAT", Some((Fit::Qualified, "3.00")));
        check("Total 12.00", "Total", Some((Fit::Loose, "12.00")));
        check("Total EUR 12.00", "Total", Some((Fit::Loose, "12.00")));
        check("Invoice #123", "Invoice #", Some((Fit::Loose, "123")));
        check("Invoice No: 123", "Invoice No.", Some((Fit::Exact, "123")));
        check("fällig am 1.2.2024", "Fällig am", Some((Fit::Loose, "1.2.2024")));
        check("Total net", "Total", None);
        check("Subtotal", "Total", None);
        check("Totals", "Total", None);
        check("VAT ID: GB1", "VAT", None);
        check("USt.-IdNr.: DE1", "USt.", None);
        check("Kundennummer", "Kunde", None);
        check("", "Total", None);
    }
}
