//! Finds the JSON object in a reply, and what can be used of one that was cut off.
//!
//! Used by [`Task::read_reply`](crate::Task::read_reply). Nothing is guessed: of a reply that ends in the middle the
//! values before its end are taken, and of a row that isn't finished nothing is.

use serde_json::{Map, Value};

use super::ReplyProblem;

/// How many opening braces of a reply are tried as the start of its JSON object.
const STARTS_MAX: usize = 64;

/// What a reply holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    /// A whole object.
    Whole(Map<String, Value>),
    /// The start of one.
    Cut(Cut),
}

/// The start of an object that was cut off.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cut {
    /// Its whole values. The last one may be an object or an array that isn't complete.
    pub(super) object: Map<String, Value>,
    /// The names that lead to that one; none where the cut is between two members of the object itself.
    pub(super) open: Vec<String>,
}

/// The JSON object in a reply, whatever stands around it; the longest where there are several.
pub(super) fn object_in(text: &str) -> Result<Found, ReplyProblem> {
    let bare =
        text.trim_matches(|character: char| character.is_whitespace() || "`\u{feff}".contains(character));
    if bare.is_empty() || bare.eq_ignore_ascii_case("json") {
        return Err(ReplyProblem::Empty);
    }
    let mut best: Option<(usize, Map<String, Value>)> = None;
    let mut problem: Option<String> = None;
    let mut from = 0;
    for _ in 0..STARTS_MAX {
        let Some(rest) = text.get(from..) else { break };
        let Some(offset) = rest.find('{') else { break };
        let start = from + offset;
        let rest = rest.get(offset..).unwrap_or_default();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter();
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
                if best.as_ref().is_some_and(|&(longest, _)| longest >= rest.len()) {
                    break;
                }
                let reason = problem.unwrap_or_else(|| error.to_string());
                return match cut(rest) {
                    Some(cut) => Ok(Found::Cut(cut)),
                    None => Err(ReplyProblem::NotJson { reason, truncated: true }),
                };
            }
            Some(Err(error)) => {
                problem.get_or_insert(error.to_string());
                from = start + 1;
            }
            Some(Ok(_)) | None => from = start + 1,
        }
    }
    match (best, problem) {
        (Some((_, object)), _) => Ok(Found::Whole(object)),
        (None, reason) => Err(ReplyProblem::NotJson {
            reason: reason.unwrap_or_else(|| "there is no opening brace".to_owned()),
            truncated: false,
        }),
    }
}

/// An object or an array that is being read.
#[derive(Debug, Clone)]
struct Frame {
    is_array: bool,
    /// The name of the member that is being read.
    name: Option<String>,
    expects_name: bool,
}

/// What can be used of an object that was cut off; none where not one value of it is whole.
fn cut(text: &str) -> Option<Cut> {
    let (end, frames) = last_whole_value(text)?;
    let mut closed = text.get(..end)?.to_owned();
    closed.extend(frames.iter().rev().map(|frame| if frame.is_array { ']' } else { '}' }));
    let object = serde_json::from_str(&closed).ok()?;
    let (_, leading) = frames.split_last()?;
    let open = leading.iter().filter_map(|frame| frame.name.clone()).collect();
    Some(Cut { object, open })
}

/// Where the last whole value ends that isn't within a row, and what it is in.
fn last_whole_value(text: &str) -> Option<(usize, Vec<Frame>)> {
    let bytes = text.as_bytes();
    let mut frames: Vec<Frame> = Vec::new();
    let mut last = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let is_whole = match byte {
            b'{' | b'[' => {
                frames.push(Frame { is_array: byte == b'[', name: None, expects_name: byte == b'{' });
                at += 1;
                false
            }
            b'}' | b']' => {
                frames.pop();
                at += 1;
                true
            }
            b',' => {
                let frame = frames.last_mut()?;
                frame.expects_name = !frame.is_array;
                at += 1;
                false
            }
            b'"' => {
                let Some(length) = bytes.get(at..).and_then(string_length) else { break };
                let end = at + length;
                let frame = frames.last_mut()?;
                let is_name = std::mem::take(&mut frame.expects_name);
                if is_name {
                    frame.name = serde_json::from_str(text.get(at..end)?).ok();
                }
                at = end;
                !is_name
            }
            b':' | b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                false
            }
            // A number or a literal; one that runs to the end may go on.
            _ => {
                let rest = bytes.get(at..)?;
                let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
                match rest.iter().position(is_end) {
                    Some(length) => at += length,
                    None => break,
                }
                true
            }
        };
        let in_row = frames.iter().skip_while(|frame| !frame.is_array).any(|frame| !frame.is_array);
        if is_whole && !in_row && !frames.is_empty() {
            last = Some((at, frames.clone()));
        }
    }
    last
}

/// The length of the string that the bytes begin with; none where it doesn't end.
fn string_length(bytes: &[u8]) -> Option<usize> {
    let mut escaped = false;
    for (index, &byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(index + 1),
            _ => {}
        }
    }
    None
}
