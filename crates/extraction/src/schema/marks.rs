//! What `x-docmill` says of a property: how its value comes about, beside being read from the page.
//!
//! `"inferred"`, or an object of `inferred`, `term` (a business term of EN 16931, or a group of them for an array of
//! objects) and `field` (a form field's full name).

use docmill_einvoice::{Group, Term};
use serde_json::{Map, Value};

/// The mark's name in a schema.
const MARK: &str = "x-docmill";

/// What a property is marked with.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Marks {
    pub(super) inferred: bool,
    pub(super) term: Option<Term>,
    pub(super) group: Option<Group>,
    pub(super) field: Option<String>,
}

/// The marks of a property, all of its branches taken together; the first to say something counts. The error is for the
/// person who wrote the schema.
pub(super) fn marks(branches: &[&Map<String, Value>]) -> Result<Marks, String> {
    let mut marks = Marks::default();
    for mark in branches.iter().filter_map(|branch| branch.get(MARK)) {
        match mark {
            Value::String(mark) if mark == "inferred" => marks.inferred = true,
            Value::Object(mark) => marks.add(mark)?,
            mark => {
                return Err(format!(
                    "`{MARK}` is {mark}: write \"inferred\", or an object with `term`, `field` or `inferred`"
                ));
            }
        }
    }
    Ok(marks)
}

impl Marks {
    fn add(&mut self, mark: &Map<String, Value>) -> Result<(), String> {
        for (name, value) in mark {
            match (name.as_str(), value) {
                ("inferred", Value::Bool(inferred)) => self.inferred |= inferred,
                ("field", Value::String(field)) if !field.is_empty() => {
                    self.field.get_or_insert_with(|| field.clone());
                }
                ("term", Value::String(code)) => match (Term::of_code(code), Group::of_code(code)) {
                    (Some(term), _) => self.term = self.term.or(Some(term)),
                    (None, Some(group)) => self.group = self.group.or(Some(group)),
                    (None, None) => {
                        return Err(format!(
                            "`{MARK}` names the term {code:?}, which is none of the business terms that are read: see \
                             the list in the documentation of profiles"
                        ));
                    }
                },
                ("inferred" | "field" | "term", value) => {
                    return Err(format!("`{name}` in `{MARK}` is {value}, which it can't be"));
                }
                (name, _) => {
                    return Err(format!("`{MARK}` has `{name}`: it knows `term`, `field` and `inferred`"));
                }
            }
        }
        Ok(())
    }
}
