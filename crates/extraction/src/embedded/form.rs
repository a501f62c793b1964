//! From a filled form to values of the schema's leaves.
//!
//! A field belongs to a leaf that names it (`"x-docmill": {"field": …}`), or whose own name it has, whatever its case and
//! punctuation. What is entered is a document's text: it is read in the document's notation, as if it stood on the page.

use std::collections::BTreeMap;

use docmill_contract::outcome::Via;
use docmill_pdf::{Document, FieldKind, FormField};
use serde_json::Value;

use super::Found;
use crate::reply::{Answer, Claim, SlotAnswer};
use crate::schema::{Leaf, LeafKind, Shape, SlotKind};

/// What the document's form says of the shape's leaves; none where no leaf has a filled field. Where the schema requires
/// nothing, a form says all only if it has a field for every leaf.
pub(super) fn found(shape: &Shape, document: &Document, requires_some: bool) -> Option<Found> {
    let fields = Fields::of(document);
    let mut has_all = true;
    let slots: Vec<SlotAnswer> = shape
        .slots
        .iter()
        .map(|slot| {
            let field = match &slot.kind {
                SlotKind::Leaf(leaf) | SlotKind::List(leaf) => fields.of_leaf(&slot.path, leaf),
                SlotKind::Table(_) => None,
            };
            has_all &= field.is_some();
            match &slot.kind {
                SlotKind::Leaf(leaf) => SlotAnswer::Leaf(field.and_then(|field| claim(leaf, field))),
                SlotKind::List(leaf) => SlotAnswer::List(claims(leaf, field)),
                SlotKind::Table(_) => SlotAnswer::Table(Vec::new()),
            }
        })
        .collect();
    let is_filled = |slot: &SlotAnswer| match slot {
        SlotAnswer::Leaf(claim) => claim.is_some(),
        SlotAnswer::List(claims) => !claims.is_empty(),
        SlotAnswer::Table(rows) => !rows.is_empty(),
    };
    slots.iter().any(is_filled).then_some(Found {
        answer: Answer { slots },
        via: Via::Form,
        is_exhaustive: has_all || requires_some,
        invoice: None,
    })
}

/// A form's fields by what they can be found by.
struct Fields<'a> {
    by_name: BTreeMap<&'a str, &'a FormField>,
    /// By the letters and digits of the whole name and of its last part; none where several have them.
    by_letters: BTreeMap<String, Option<&'a FormField>>,
}

impl<'a> Fields<'a> {
    fn of(document: &'a Document) -> Self {
        let mut fields = Self { by_name: BTreeMap::new(), by_letters: BTreeMap::new() };
        for field in &document.form_fields {
            fields.by_name.entry(&field.name).or_insert(field);
            let last = field.name.rsplit('.').next().unwrap_or_default();
            // `Name[0]`: forms that once were XFA count their fields.
            let last = last.split('[').next().unwrap_or_default();
            let mut letters = vec![letters(&field.name)];
            letters.extend(Some(self::letters(last)).filter(|last| !letters.contains(last)));
            for letters in letters.into_iter().filter(|letters| !letters.is_empty()) {
                fields.by_letters.entry(letters).and_modify(|known| *known = None).or_insert(Some(field));
            }
        }
        fields
    }

    fn of_leaf(&self, path: &[String], leaf: &Leaf) -> Option<&'a FormField> {
        if let Some(name) = &leaf.field {
            return self.by_name.get(name.as_str()).copied();
        }
        let whole = letters(&path.concat());
        let last = path.last().map(|name| letters(name)).unwrap_or_default();
        let by_letters = |letters: &String| self.by_letters.get(letters).copied().flatten();
        by_letters(&whole).or_else(|| by_letters(&last))
    }
}

fn letters(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn claim(leaf: &Leaf, field: &FormField) -> Option<Claim> {
    let entered = field.value.as_deref().map(str::trim);
    let value = match (field.kind, leaf.kind) {
        (FieldKind::CheckBox, LeafKind::Boolean) => {
            Value::Bool(entered.is_some_and(|state| !state.eq_ignore_ascii_case("off")))
        }
        // The state of a button that isn't pressed.
        (FieldKind::CheckBox | FieldKind::RadioButton, _) if entered == Some("Off") => return None,
        (_, LeafKind::Boolean) => match entered?.to_lowercase().as_str() {
            "yes" | "true" | "ja" | "1" | "x" => Value::Bool(true),
            "no" | "false" | "nein" | "0" => Value::Bool(false),
            _ => return None,
        },
        (_, LeafKind::Text | LeafKind::Date | LeafKind::Number | LeafKind::Integer) => {
            Value::String(entered.filter(|entered| !entered.is_empty())?.to_owned())
        }
    };
    Some(Claim { value, line: None })
}

/// One for each option that was chosen.
fn claims(leaf: &Leaf, field: Option<&FormField>) -> Vec<Claim> {
    let Some(field) = field else { return Vec::new() };
    let chosen = field.value.iter().flat_map(|value| value.lines());
    let one = |value: &str| claim(leaf, &FormField { value: Some(value.to_owned()), ..field.clone() });
    chosen.filter_map(one).collect()
}
