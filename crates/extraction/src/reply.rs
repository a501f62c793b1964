//! Reads what a model answered into claims: values, each with the line it is said to stand on.
//!
//! Called by the processor for every reply, fresh or kept. It tolerates what real models do around JSON (code
//! fences, prose, a missing null, a number where its text was asked for) and nothing that changes a value's
//! meaning. What is wrong or missing in an answer becomes a smaller question; the rest of it is kept. Claims prove
//! nothing; [`ground`](crate::ground()) does.

mod json;
mod reader;

use serde_json::{Map, Value};

use crate::chunk::Chunk;
use crate::ground::text::compact;
use crate::question::Question;
use crate::schema::{Shape, Slot, SlotKind};
use crate::task::Task;
use json::{Cut, Found, object_in};
use reader::Reader;

/// What can be used of a reply.
#[derive(Debug, Clone, PartialEq)]
pub struct Usable {
    /// What it answers.
    pub answer: Answer,
    /// What it leaves open, as smaller questions: fields that don't follow the schema, and what a cut took. Empty for a
    /// whole answer.
    pub open: Vec<Question>,
}

/// What a model claims about one question.
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
    /// The line it is said to stand on, if it is one of the chunk's; the page, where the chunk has images only.
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
    /// Reads a reply to `question`.
    ///
    /// # Errors
    /// [`ReplyProblem`] where nothing of it can be used; ask again with [`Task::repair_prompt`], or for less where it
    /// was cut off.
    pub fn read_reply(&self, text: &str, question: &Question) -> Result<Usable, ReplyProblem> {
        match object_in(text)? {
            Found::Whole(object) => self.read_whole(&object, question),
            Found::Cut(cut) => self.read_cut(&cut, question),
        }
    }

    /// Reads an object; fields that don't follow the schema are left open.
    fn read_whole(&self, object: &Map<String, Value>, question: &Question) -> Result<Usable, ReplyProblem> {
        let shape = &question.part.shape;
        let mut reader = Reader::of(&question.chunk);
        let lost = misnamed(shape, object);
        let (mut slots, mut wrong) = (Vec::new(), Vec::new());
        for (index, slot) in shape.slots.iter().enumerate() {
            let before = reader.count;
            let answer = reader.slot(slot, object);
            let is_lost = slot.path.first().is_some_and(|name| lost.iter().any(|(lost, _)| *lost == name));
            if reader.count > before || is_lost {
                wrong.push(index);
                slots.push(SlotAnswer::nothing(&slot.kind));
            } else {
                slots.push(answer);
            }
        }
        reader.problems.splice(0..0, lost.into_iter().map(|(_, problem)| problem).take(1));
        if wrong.len() == shape.slots.len() {
            return Err(ReplyProblem::NotInSchema { problems: reader.problems });
        }
        let open = if wrong.is_empty() { Vec::new() } else { vec![question.only(&self.shape, &wrong)] };
        Ok(Usable { answer: Answer { slots }, open })
    }

    /// Reads what an object that was cut off has of whole values; what it has no more is left open.
    fn read_cut(&self, cut: &Cut, question: &Question) -> Result<Usable, ReplyProblem> {
        let mut reader = Reader::of(&question.chunk);
        let (mut slots, mut missing, mut open) = (Vec::new(), Vec::new(), Vec::new());
        for (index, slot) in question.part.shape.slots.iter().enumerate() {
            let before = reader.count;
            let reach = reach(slot, cut);
            let answer = match reach {
                Reach::Behind => SlotAnswer::nothing(&slot.kind),
                Reach::Before | Reach::Within => reader.slot(slot, &cut.object),
            };
            let is_wrong = reader.count > before;
            let rest = match (&answer, reach) {
                (SlotAnswer::Table(rows), Reach::Within) if !is_wrong => last_line(rows, &question.chunk)
                    .and_then(|line| question.only(&self.shape, &[index]).from_line(line)),
                _ => None,
            };
            let is_answered = reach == Reach::Before && !is_wrong || rest.is_some();
            if is_answered {
                slots.push(answer);
            } else {
                missing.push(index);
                slots.push(SlotAnswer::nothing(&slot.kind));
            }
            open.extend(rest);
        }
        if missing.len() == slots.len() {
            let reason = "its end is missing".to_owned();
            return Err(ReplyProblem::NotJson { reason, truncated: true });
        }
        if !missing.is_empty() {
            open.push(question.only(&self.shape, &missing));
        }
        Ok(Usable { answer: Answer { slots }, open })
    }
}

impl Answer {
    /// How many values it claims.
    pub fn claims(&self) -> usize {
        self.slots.iter().map(SlotAnswer::claims).sum()
    }
}

/// The names that are missing, each with what is wrong, where an object has a name it shouldn't. A missing property is as
/// good as null, and one too many does no harm; but both together are a value under another name, and a value must not be
/// lost.
fn misnamed<'a>(shape: &'a Shape, object: &Map<String, Value>) -> Vec<(&'a String, String)> {
    let asked: Vec<&String> = shape.slots.iter().filter_map(|slot| slot.path.first()).collect();
    let Some(unknown) = object.keys().find(|name| !asked.contains(name)) else { return Vec::new() };
    let missing = asked.into_iter().filter(|name| !object.contains_key(*name));
    missing
        .map(|name| (name, format!("`{unknown}` is not one of its properties, and `{name}` is missing")))
        .collect()
}

/// Where an answer was cut off, seen from one of its slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Before it: the slot isn't answered.
    Behind,
    /// In the middle of it.
    Within,
    /// After it: the slot is answered, if only by being left out.
    Before,
}

fn reach(slot: &Slot, cut: &Cut) -> Reach {
    let mut object = &cut.object;
    for (depth, name) in slot.path.iter().enumerate() {
        let is_open = cut.open.get(depth) == Some(name);
        match object.get(name) {
            // The object it would be in is the one that was cut.
            None => return Reach::Behind,
            Some(_) if depth + 1 == slot.path.len() && is_open => return Reach::Within,
            Some(Value::Object(inner)) if is_open => object = inner,
            // Whole, with whatever is in it.
            Some(_) => return Reach::Before,
        }
    }
    Reach::Before
}

/// The line of the last row that stands where it is said to: from there on the rest is asked for. The row itself may
/// come again and is known by its line.
fn last_line(rows: &[RowClaim], chunk: &Chunk) -> Option<u32> {
    let stands = |row: &&RowClaim| {
        let Some(line) = row.line.and_then(|line| chunk.line(line)) else { return false };
        let text = compact(&line.text.replace(" | ", " "));
        row.texts().iter().any(|value| text.contains(&compact(value)))
    };
    rows.iter().rev().find(stands)?.line
}

impl RowClaim {
    /// The texts of its values.
    fn texts(&self) -> Vec<&str> {
        let claims = self.slots.iter().flat_map(|slot| match slot {
            SlotAnswer::Leaf(claim) => claim.as_slice(),
            SlotAnswer::List(claims) => claims,
            SlotAnswer::Table(_) => &[],
        });
        claims.filter_map(|claim| claim.value.as_str()).collect()
    }
}

impl SlotAnswer {
    /// The answer that there is nothing.
    fn nothing(kind: &SlotKind) -> Self {
        match kind {
            SlotKind::Leaf(_) => Self::Leaf(None),
            SlotKind::List(_) => Self::List(Vec::new()),
            SlotKind::Table(_) => Self::Table(Vec::new()),
        }
    }

    /// How many values it claims.
    fn claims(&self) -> usize {
        match self {
            Self::Leaf(claim) => claim.iter().len(),
            Self::List(claims) => claims.len(),
            Self::Table(rows) => rows.iter().flat_map(|row| &row.slots).map(Self::claims).sum(),
        }
    }

    /// Whether it claims anything.
    pub(crate) fn says_something(&self) -> bool {
        match self {
            Self::Leaf(claim) => claim.is_some(),
            Self::List(claims) => !claims.is_empty(),
            Self::Table(rows) => !rows.is_empty(),
        }
    }
}
