//! Reads what a model answered into claims: values, each with the line it is said to stand on.
//!
//! Called by the processor for every reply, fresh or kept. It tolerates what real models do around JSON (code
//! fences, prose, a missing null, a number where its text was asked for) and nothing that changes a value's
//! meaning. Claims prove nothing; [`ground`](crate::ground) does.

use serde_json::{Map, Value};

use crate::lower::{anchor_name, flat_name};
use crate::plan::Chunk;
use crate::schema::{Shape, SlotKind, pointer_of};
use crate::task::Task;

/// How many opening braces of a reply are tried as the start of its JSON object.
const STARTS_MAX: usize = 64;
/// How many problems of a reply are named.
const PROBLEMS_MAX: usize = 8;

/// What a model claims about one chunk.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub(crate) slots: Vec<SlotAnswer>,
}

/// What is claimed about the slot at the same place of a shape.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SlotAnswer {
    /// A value, or that there is none.
    Leaf(Option<Claim>),
    /// The values of a list.
    List(Vec<Claim>),
    /// The rows of a table.
    Table(Vec<RowClaim>),
}

/// A claimed value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Claim {
    /// Text as it is said to be printed; of its own type for inferred leaves. Never null, never blank.
    pub(crate) value: Value,
    /// The line it is said to stand on, if it is one of the chunk's.
    pub(crate) line: Option<u32>,
}

/// A claimed row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RowClaim {
    /// The line it is said to start on, if it is one of the chunk's.
    pub(crate) line: Option<u32>,
    /// What is claimed of it.
    pub(crate) slots: Vec<SlotAnswer>,
}

/// Why a reply can't be used. The text is sent to the model when it is asked again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplyProblem {
    /// Nothing, or nothing but white space and fences.
    #[error("it is empty")]
    Empty,
    /// No JSON object in it.
    #[error("it holds no complete JSON object ({reason})")]
    NotJson {
        /// What the parser says.
        reason: String,
        /// Whether it looks cut off: then a smaller chunk helps more than asking again.
        truncated: bool,
    },
    /// A JSON object, but not one of the wire schema.
    #[error("it doesn't follow the schema: {}", problems.join("; "))]
    NotInSchema {
        /// What is wrong, and where.
        problems: Vec<String>,
    },
}

impl Task {
    /// Reads a reply about `chunk`.
    ///
    /// # Errors
    /// [`ReplyProblem`] where there is no object of the wire schema in it; ask again with
    /// [`Task::repair_prompt`].
    pub fn read_reply(&self, text: &str, chunk: &Chunk) -> Result<Answer, ReplyProblem> {
        let object = object_in(text)?;
        let mut reader = Reader { lines: chunk.first_line()..=chunk.last_line(), problems: Vec::new() };
        reader.problems.extend(misnamed(&self.shape, &object));
        let slots = reader.root(&self.shape, &object);
        if reader.problems.is_empty() {
            Ok(Answer { slots })
        } else {
            Err(ReplyProblem::NotInSchema { problems: reader.problems })
        }
    }
}

/// What is wrong with an object's own names. A missing property is as good as null, and one too many does no harm;
/// but both together are a value under another name, and a value must not be lost.
fn misnamed(shape: &Shape, object: &Map<String, Value>) -> Option<String> {
    let asked: Vec<&String> = shape.slots.iter().filter_map(|slot| slot.path.first()).collect();
    let unknown = object.keys().find(|name| !asked.contains(name))?;
    let missing = asked.iter().find(|name| !object.contains_key(**name))?;
    Some(format!("`{unknown}` is not one of its properties, and `{missing}` is missing"))
}

/// The JSON object in a reply, whatever stands around it; the longest where there are several.
fn object_in(text: &str) -> Result<Map<String, Value>, ReplyProblem> {
    let bare =
        text.trim_matches(|character: char| character.is_whitespace() || "`\u{feff}".contains(character));
    if bare.is_empty() || bare.eq_ignore_ascii_case("json") {
        return Err(ReplyProblem::Empty);
    }
    let mut best: Option<(usize, Map<String, Value>)> = None;
    let mut problem = None;
    let mut from = 0;
    for _ in 0..STARTS_MAX {
        let Some(rest) = text.get(from..) else { break };
        let Some(offset) = rest.find('{') else { break };
        let start = from + offset;
        let mut values =
            serde_json::Deserializer::from_str(rest.get(offset..).unwrap_or_default()).into_iter();
        match values.next() {
            Some(Ok(Value::Object(object))) => {
                let length = values.byte_offset();
                if best.as_ref().is_none_or(|&(longest, _)| length > longest) {
                    best = Some((length, object));
                }
                from = start + length;
            }
            // It runs to the end of the reply, so what follows is the inside of an object that was cut off.
            Some(Err(error)) if error.is_eof() => {
                problem.get_or_insert(error);
                break;
            }
            Some(Err(error)) => {
                problem.get_or_insert(error);
                from = start + 1;
            }
            Some(Ok(_)) | None => from = start + 1,
        }
    }
    match (best, problem) {
        (Some((_, object)), _) => Ok(object),
        (None, Some(error)) => {
            Err(ReplyProblem::NotJson { reason: error.to_string(), truncated: error.is_eof() })
        }
        (None, None) => {
            Err(ReplyProblem::NotJson { reason: "there is no opening brace".to_owned(), truncated: false })
        }
    }
}

struct Reader {
    lines: std::ops::RangeInclusive<u32>,
    problems: Vec<String>,
}

impl Reader {
    fn root(&mut self, shape: &Shape, object: &Map<String, Value>) -> Vec<SlotAnswer> {
        let mut slots = Vec::new();
        for slot in &shape.slots {
            let pointer = pointer_of(&slot.path);
            let given = self.member(object, &slot.path);
            slots.push(match &slot.kind {
                SlotKind::Leaf(leaf) if leaf.inferred => SlotAnswer::Leaf(judged(given)),
                SlotKind::Leaf(_) => SlotAnswer::Leaf(self.anchored(given, &pointer)),
                SlotKind::List(leaf) => {
                    let items = self.items(given, &pointer);
                    let claims = items.iter().filter_map(|item| {
                        if leaf.inferred { judged(Some(item)) } else { self.anchored(Some(item), &pointer) }
                    });
                    SlotAnswer::List(claims.collect())
                }
                SlotKind::Table(table) => SlotAnswer::Table(self.rows(&table.row, given, &pointer)),
            });
        }
        slots
    }

    /// The value at a path of nested objects; a missing or null object makes its members null.
    fn member<'a>(&mut self, object: &'a Map<String, Value>, path: &[String]) -> Option<&'a Value> {
        let (name, objects) = path.split_last()?;
        let mut object = object;
        for name in objects {
            match object.get(name)? {
                Value::Object(inner) => object = inner,
                Value::Null => return None,
                _ => {
                    self.problem(format!("`{}` must be an object", pointer_of(path)));
                    return None;
                }
            }
        }
        object.get(name)
    }

    fn rows(&mut self, shape: &Shape, given: Option<&Value>, pointer: &str) -> Vec<RowClaim> {
        let anchor = anchor_name(shape);
        let mut rows = Vec::new();
        for (index, item) in self.items(given, pointer).iter().enumerate() {
            let Value::Object(row) = item else {
                self.problem(format!("`{pointer}/{index}` must be an object"));
                continue;
            };
            let line = self.line(row.get(&anchor));
            let slots = shape.slots.iter().map(|slot| {
                let given = row.get(&flat_name(slot));
                let pointer = format!("{pointer}/{index}{}", pointer_of(&slot.path));
                match &slot.kind {
                    SlotKind::Leaf(leaf) if leaf.inferred => SlotAnswer::Leaf(judged(given)),
                    SlotKind::Leaf(_) => SlotAnswer::Leaf(self.anchored(given, &pointer)),
                    SlotKind::List(leaf) => {
                        let items = self.items(given, &pointer);
                        let claims = items.iter().filter_map(|item| {
                            if leaf.inferred {
                                judged(Some(item))
                            } else {
                                self.anchored(Some(item), &pointer)
                            }
                        });
                        SlotAnswer::List(claims.collect())
                    }
                    SlotKind::Table(table) => SlotAnswer::Table(self.rows(&table.row, given, &pointer)),
                }
            });
            let slots: Vec<SlotAnswer> = slots.collect();
            if slots.iter().any(SlotAnswer::says_something) {
                rows.push(RowClaim { line, slots });
            }
        }
        rows
    }

    fn items<'a>(&mut self, given: Option<&'a Value>, pointer: &str) -> &'a [Value] {
        match given {
            Some(Value::Array(items)) => items,
            None | Some(Value::Null) => &[],
            Some(_) => {
                self.problem(format!("`{pointer}` must be an array"));
                &[]
            }
        }
    }

    /// A value with its line. A bare value is one whose line was left out.
    fn anchored(&mut self, given: Option<&Value>, pointer: &str) -> Option<Claim> {
        let (value, line) = match given? {
            Value::Object(pair) => (pair.get("value")?, self.line(pair.get("line"))),
            bare => (bare, None),
        };
        let text = match value {
            Value::Null => return None,
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                self.problem(format!("the value of `{pointer}` must be a string or null"));
                return None;
            }
        };
        (!text.is_empty()).then_some(Claim { value: Value::String(text), line })
    }

    /// A line of the chunk; anything else is as good as none.
    fn line(&self, given: Option<&Value>) -> Option<u32> {
        let line = match given? {
            Value::Number(number) => number.as_u64()?,
            Value::String(text) => text.trim().parse().ok()?,
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        u32::try_from(line).ok().filter(|line| self.lines.contains(line))
    }

    fn problem(&mut self, problem: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }
}

impl SlotAnswer {
    fn says_something(&self) -> bool {
        match self {
            Self::Leaf(claim) => claim.is_some(),
            Self::List(claims) => !claims.is_empty(),
            Self::Table(rows) => !rows.is_empty(),
        }
    }
}

/// An inferred value, of whatever type: the user's schema is enforced on the record.
fn judged(given: Option<&Value>) -> Option<Claim> {
    match given? {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        // Some models wrap it like the other values.
        Value::Object(pair) => judged(pair.get("value").filter(|value| !value.is_object())),
        value => Some(Claim { value: value.clone(), line: None }),
    }
}
