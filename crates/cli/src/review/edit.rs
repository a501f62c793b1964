//! Changing a record at a pointer, and reading what a person typed as the kind of value that stands there. Pure.
//!
//! Called by [`settle`](super::settle).

use docmill_arithmetic::decimal::{from_plain, to_json};
use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::schema::Kind;

/// Reads `text` as a value of this kind; the error says what is expected instead.
///
/// # Errors
/// A sentence for who typed it.
pub(crate) fn typed(text: &str, kind: Kind) -> Result<Value, String> {
    match kind {
        Kind::Text => Ok(Value::from(text)),
        Kind::Date => match text.parse::<Date>() {
            Ok(date) if date.to_string() == text => Ok(Value::from(text)),
            Ok(_) | Err(_) => Err(format!("{text:?} is no date: write it as in 2024-03-14")),
        },
        Kind::Number => {
            let number = from_plain(text);
            number.map(to_json).ok_or_else(|| format!("{text:?} is no number: write it as in -1234.50"))
        }
        Kind::Integer => {
            let number = from_plain(text).filter(|number| number.is_integer());
            number.map(to_json).ok_or_else(|| format!("{text:?} is no whole number: write it as in 12"))
        }
        Kind::Boolean => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(format!("{text:?} is neither true nor false")),
        },
        Kind::Object | Kind::Array => match serde_json::from_str(text) {
            Ok(value @ Value::Object(_)) if kind == Kind::Object => Ok(value),
            Ok(_) | Err(_) => Err(format!("{text:?} is no row: write it as a JSON object")),
        },
    }
}

/// Puts `value` at `pointer`, making the objects on the way; `-` behind an array's pointer appends. Returns the pointer
/// with the index that `-` became.
///
/// # Errors
/// A sentence, where an index is beyond an array's end or something else stands in the way.
pub(crate) fn put(data: &mut Value, pointer: &str, value: Value) -> Result<String, String> {
    let mut at = data;
    let mut actual = String::new();
    for segment in pointer.split('/').skip(1) {
        let name = segment.replace("~1", "/").replace("~0", "~");
        // An array that nothing was found for is absent, and so is a nested object.
        if at.is_null() {
            *at = if segment == "-" { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
        }
        let blocked = || format!("nothing can stand at {pointer}: {actual:?} is a single value");
        match at {
            Value::Object(members) => {
                actual = format!("{actual}/{segment}");
                at = members.entry(name).or_insert(Value::Null);
            }
            Value::Array(items) => {
                let index =
                    if segment == "-" { items.len() } else { segment.parse().map_err(|_| blocked())? };
                if index == items.len() && segment == "-" {
                    items.push(Value::Null);
                }
                let count = items.len();
                actual = format!("{actual}/{index}");
                at = items.get_mut(index).ok_or_else(|| {
                    format!("there are {count} rows, counted from 0: {pointer} is none of them; append one with `-`")
                })?;
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Err(blocked()),
        }
    }
    *at = value;
    Ok(actual)
}

/// Takes away what stands at `pointer`, and returns it. An array that is empty then goes, too: what isn't in a document
/// is absent from its record.
pub(crate) fn take(data: &mut Value, pointer: &str) -> Option<Value> {
    let (parent, last) = pointer.rsplit_once('/')?;
    let name = last.replace("~1", "/").replace("~0", "~");
    let holder = data.pointer_mut(parent)?;
    match holder {
        Value::Object(members) => members.shift_remove(&name),
        Value::Array(items) => {
            let index = name.parse::<usize>().ok().filter(|&index| index < items.len())?;
            let taken = items.remove(index);
            if items.is_empty() {
                take(data, parent);
            }
            Some(taken)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// `pointer` after the item at `removed` was taken from its array; `None` for what was part of that item.
pub(crate) fn renumbered(pointer: &str, removed: &str) -> Option<String> {
    let as_it_is = Some(pointer.to_owned());
    let Some((array, index)) = removed.rsplit_once('/') else { return as_it_is };
    let Ok(index) = index.parse::<usize>() else { return as_it_is };
    let Some(rest) = pointer.strip_prefix(array).and_then(|rest| rest.strip_prefix('/')) else {
        return as_it_is;
    };
    let (own, within) = rest.split_once('/').map_or((rest, None), |(own, within)| (own, Some(within)));
    let Ok(own) = own.parse::<usize>() else { return as_it_is };
    if own == index {
        return None;
    }
    let moved = if own > index { own - 1 } else { own };
    Some(within.map_or_else(|| format!("{array}/{moved}"), |within| format!("{array}/{moved}/{within}")))
}

/// The leaves at and below `pointer`.
pub(crate) fn leaves(value: &Value, pointer: &str) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Object(members) => {
            let name = |name: &str| name.replace('~', "~0").replace('/', "~1");
            members
                .iter()
                .flat_map(|(key, member)| leaves(member, &format!("{pointer}/{}", name(key))))
                .collect()
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(index, item)| leaves(item, &format!("{pointer}/{index}")))
            .collect(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![pointer.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_typed_is_read_by_its_kind() {
        let check =
            |text: &str, kind: Kind, expected: Result<Value, &str>| match (typed(text, kind), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text}"),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{text}: {found}"),
                (found, expected) => panic!("{text}: {found:?} for {expected:?}"),
            };
        check("12", Kind::Text, Ok(json!("12")));
        check("1234.50", Kind::Number, Ok(json!(1234.5)));
        check("-0.01", Kind::Number, Ok(json!(-0.01)));
        check("1.234,50", Kind::Number, Err("as in -1234.50"));
        check("7", Kind::Integer, Ok(json!(7)));
        check("7.5", Kind::Integer, Err("no whole number"));
        check("2024-03-14", Kind::Date, Ok(json!("2024-03-14")));
        check("14.03.2024", Kind::Date, Err("as in 2024-03-14"));
        check("2024-02-30", Kind::Date, Err("no date"));
        check("true", Kind::Boolean, Ok(json!(true)));
        check("yes", Kind::Boolean, Err("neither true nor false"));
        check("{\"a\":1}", Kind::Object, Ok(json!({"a": 1})));
        check("[1]", Kind::Object, Err("a JSON object"));
    }

    #[test]
    fn values_are_put_and_taken() {
        let put_check = |pointer: &str, expected: Result<(&str, Value), &str>| {
            let mut data = json!({"a": 1, "rows": [{"x": 1}]});
            match (put(&mut data, pointer, json!(9)), expected) {
                (Ok(actual), Ok((pointer, expected))) => {
                    assert_eq!((actual.as_str(), data), (pointer, expected))
                }
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
                (found, expected) => panic!("{pointer}: {found:?} for {expected:?}"),
            }
        };
        put_check("/a", Ok(("/a", json!({"a": 9, "rows": [{"x": 1}]}))));
        put_check("/b/c", Ok(("/b/c", json!({"a": 1, "rows": [{"x": 1}], "b": {"c": 9}}))));
        put_check("/rows/0/y", Ok(("/rows/0/y", json!({"a": 1, "rows": [{"x": 1, "y": 9}]}))));
        put_check("/rows/-", Ok(("/rows/1", json!({"a": 1, "rows": [{"x": 1}, 9]}))));
        put_check("/more/-", Ok(("/more/0", json!({"a": 1, "rows": [{"x": 1}], "more": [9]}))));
        put_check("/rows/1/x", Err("append one with `-`"));
        put_check("/a/b", Err("is a single value"));

        let mut data = json!({"a": 1, "rows": [{"x": 1}, {"x": 2}]});
        assert_eq!(take(&mut data, "/rows/0"), Some(json!({"x": 1})));
        assert_eq!(take(&mut data, "/rows/0/x"), Some(json!(2)));
        assert_eq!(take(&mut data, "/rows/0"), Some(json!({})));
        assert_eq!(take(&mut data, "/nothing"), None);
        assert_eq!(data, json!({"a": 1}));
    }

    #[test]
    fn pointers_behind_a_removed_row_move_up() {
        let check = |pointer: &str, expected: Option<&str>| {
            assert_eq!(renumbered(pointer, "/rows/1").as_deref(), expected, "{pointer}");
        };
        check("/rows/0/x", Some("/rows/0/x"));
        check("/rows/1/x", None);
        check("/rows/1", None);
        check("/rows/12/x", Some("/rows/11/x"));
        check("/rows/2", Some("/rows/1"));
        check("/rows", Some("/rows"));
        check("/rowsandmore/2", Some("/rowsandmore/2"));
    }
}
