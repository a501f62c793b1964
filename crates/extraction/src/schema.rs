//! The shape of a record: which leaves, lists and tables the user's JSON Schema asks for.
//!
//! Made by [`Task::new`](crate::Task::new); everything that walks answers and records walks it.

mod marks;
mod reading;
mod weight;

use docmill_einvoice::{Group, Term};
use serde_json::Value;

pub(crate) use reading::shape_of;
pub(crate) use weight::check_weight;

/// The most leaves a schema may have: each forty are a question of their own about every chunk.
pub(crate) const LEAVES_MAX: usize = 1_000;
/// The most levels of objects and arrays within each other.
const DEPTH_MAX: usize = 8;
/// The most text a schema may have; all of it is sent for every chunk, part by part.
const SCHEMA_BYTES_MAX: usize = 256 * 1024;

/// Why a schema can't be worked with. The text is for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Not a JSON Schema.
    #[error("the schema is not valid JSON Schema (2020-12) at `{pointer}`: {reason}")]
    Invalid {
        /// Where: a JSON pointer into the schema, empty for its root.
        pointer: String,
        /// What is wrong there.
        reason: String,
    },
    /// A schema, but not of an object with properties.
    #[error("the schema must describe an object: give its root `\"type\": \"object\"` and `properties`")]
    NotAnObject,
    /// Too much text.
    #[error(
        "the schema has {bytes} bytes: at most {SCHEMA_BYTES_MAX} are accepted, since it is sent with every question"
    )]
    TooLarge {
        /// Its size as compact JSON.
        bytes: usize,
    },
    /// Too many leaves.
    #[error("the schema has more than {LEAVES_MAX} leaves: split it into several profiles")]
    TooManyLeaves,
    /// Too many levels, or a reference that contains itself.
    #[error(
        "the property `{pointer}` is nested more than {DEPTH_MAX} levels deep, or refers to itself: flatten it"
    )]
    TooDeep {
        /// Which property of the record.
        pointer: String,
    },
    /// Something that can't be asked for.
    #[error("the property `{pointer}` can't be extracted: {reason}")]
    Unsupported {
        /// Which property of the record.
        pointer: String,
        /// Why, and what to write instead.
        reason: String,
    },
}

/// What is asked for: of the record, or of one row of a table. Members of nested objects are slots with a
/// longer path.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Shape {
    /// In the schema's order.
    pub(crate) slots: Vec<Slot>,
    /// What the schema says about its nested objects.
    pub(crate) objects: Vec<(Vec<String>, String)>,
}

/// One thing that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slot {
    /// The property's name, after those of the objects it is in.
    pub(crate) path: Vec<String>,
    /// What it is.
    pub(crate) kind: SlotKind,
}

/// What a slot is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SlotKind {
    /// One value.
    Leaf(Leaf),
    /// An array of values.
    List(Leaf),
    /// An array of objects.
    Table(Table),
}

/// An array of objects.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    /// What the schema says about it.
    pub(crate) description: String,
    /// What is asked of each row.
    pub(crate) row: Shape,
    /// What its rows are in an electronic invoice.
    pub(crate) group: Option<Group>,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Leaf {
    /// How its text is read.
    pub(crate) kind: LeafKind,
    /// Whether the model judges it, instead of copying it from the page.
    pub(crate) inferred: bool,
    /// Whether it is a currency's code, which pages often print as a symbol.
    pub(crate) currency: bool,
    /// What the schema says about it.
    pub(crate) description: String,
    /// The values the schema allows; empty where it doesn't list them.
    pub(crate) options: Vec<Value>,
    /// What it is in an electronic invoice.
    pub(crate) term: Option<Term>,
    /// The form field it is entered in, where the schema says so.
    pub(crate) field: Option<String>,
}

/// How a leaf's text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeafKind {
    /// As it is printed.
    Text,
    /// As a calendar date.
    Date,
    /// As a decimal number.
    Number,
    /// As a whole number.
    Integer,
    /// As yes or no.
    Boolean,
}

/// A JSON pointer (RFC 6901) of these names.
pub(crate) fn pointer_of(path: &[String]) -> String {
    path.iter().map(|name| format!("/{}", escaped(name))).collect()
}

/// A name as it stands in a JSON pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
