//! JSON pointers with `*` for every index of an array: where a column's values are, and which of a record's other
//! values belong to each of them.

use std::cmp::Ordering;

use serde_json::Value;

/// A pointer as it stands in a profile, split and unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Named(String),
    Every,
}

/// A place where a value could be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spot<'a> {
    /// The indices that stand in for the pattern's `*`, in order.
    pub(crate) indices: Vec<usize>,
    /// What is there; `None` where nothing, or null, is.
    pub(crate) value: Option<&'a Value>,
}

impl Pattern {
    /// Reads a pointer; `*` alone between slashes stands for every index.
    pub(crate) fn new(pointer: &str) -> Self {
        let segments = pointer
            .split('/')
            .skip(1)
            .map(|segment| match segment {
                "*" => Segment::Every,
                named => Segment::Named(named.replace("~1", "/").replace("~0", "~")),
            })
            .collect();
        Self { segments }
    }

    /// Every place in `data` where a value could be: one for each row of the arrays that are there. An array that
    /// isn't there has no rows; a row without the value is a place without one.
    pub(crate) fn spots<'a>(&self, data: &'a Value) -> Vec<Spot<'a>> {
        let mut spots = Vec::new();
        walk(&self.segments, Some(data), &mut Vec::new(), &mut spots);
        spots
    }

    /// The value at this pattern in `data` that belongs to the row `indices` of `column`: each `*` must stand where
    /// the column's does, below the same array.
    pub(crate) fn beside<'a>(&self, data: &'a Value, column: &Self, indices: &[usize]) -> Option<&'a Value> {
        let mut indices = indices.iter();
        let mut value = data;
        for (position, segment) in self.segments.iter().enumerate() {
            value = match segment {
                Segment::Named(name) => step(value, name)?,
                Segment::Every => {
                    let shared = self.segments.get(..=position)? == column.segments.get(..=position)?;
                    value.get(shared.then(|| indices.next()).flatten()?)?
                }
            };
        }
        (!value.is_null()).then_some(value)
    }

    /// The JSON pointer of a spot.
    pub(crate) fn pointer(&self, indices: &[usize]) -> String {
        let mut indices = indices.iter();
        let mut pointer = String::new();
        for segment in &self.segments {
            pointer.push('/');
            match segment {
                Segment::Named(name) => pointer.push_str(&name.replace('~', "~0").replace('/', "~1")),
                Segment::Every => {
                    pointer.push_str(&indices.next().map_or_else(|| "*".to_owned(), usize::to_string));
                }
            }
        }
        pointer
    }
}

fn walk<'a>(
    segments: &[Segment],
    at: Option<&'a Value>,
    indices: &mut Vec<usize>,
    spots: &mut Vec<Spot<'a>>,
) {
    match segments.split_first() {
        None => spots.push(Spot { indices: indices.clone(), value: at.filter(|value| !value.is_null()) }),
        Some((Segment::Named(name), rest)) => {
            walk(rest, at.and_then(|value| step(value, name)), indices, spots);
        }
        Some((Segment::Every, rest)) => {
            for (index, item) in at.and_then(Value::as_array).into_iter().flatten().enumerate() {
                indices.push(index);
                walk(rest, Some(item), indices, spots);
                indices.pop();
            }
        }
    }
}

/// One step down: a member of an object, or a row of an array by its number.
fn step<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(members) => members.get(name),
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// The order of a reader's eye: `/lines/2` before `/lines/10`.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    let key = |segment: &str| segment.parse::<u64>().map_or((1, 0), |number| (0, number));
    let (mut lefts, mut rights) = (left.split('/'), right.split('/'));
    loop {
        match (lefts.next(), rights.next()) {
            (None, None) => return left.cmp(right),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => match key(left).cmp(&key(right)).then_with(|| left.cmp(right)) {
                Ordering::Equal => {}
                order @ (Ordering::Less | Ordering::Greater) => return order,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spots_are_where_values_could_be() {
        let data = json!({"total": 5, "gone": null, "a/b": 1, "lines": [{"amount": 1}, {"note": "x"}, {"amount": 3}],
            "groups": [{"rows": [1, 2]}, {"rows": []}, {}]});
        let check = |pointer: &str, expected: &[(&str, Option<Value>)]| {
            let pattern = Pattern::new(pointer);
            let found: Vec<(String, Option<Value>)> = pattern
                .spots(&data)
                .into_iter()
                .map(|spot| (pattern.pointer(&spot.indices), spot.value.cloned()))
                .collect();
            let expected: Vec<_> =
                expected.iter().map(|(pointer, value)| ((*pointer).to_owned(), value.clone())).collect();
            assert_eq!(found, expected, "{pointer}");
        };
        check("/total", &[("/total", Some(json!(5)))]);
        check("/gone", &[("/gone", None)]);
        check("/nowhere/deep", &[("/nowhere/deep", None)]);
        check("/a~1b", &[("/a~1b", Some(json!(1)))]);
        check(
            "/lines/*/amount",
            &[
                ("/lines/0/amount", Some(json!(1))),
                ("/lines/1/amount", None),
                ("/lines/2/amount", Some(json!(3))),
            ],
        );
        check("/lines/2/amount", &[("/lines/2/amount", Some(json!(3)))]);
        check("/total/*/x", &[]);
        check(
            "/groups/*/rows/*",
            &[("/groups/0/rows/0", Some(json!(1))), ("/groups/0/rows/1", Some(json!(2)))],
        );
    }

    #[test]
    fn values_beside_a_row_are_of_the_same_row() {
        let data = json!({"who": "A", "lines": [{"kind": "x"}, {"kind": "y"}], "other": [{"kind": "z"}]});
        let column = Pattern::new("/lines/*/amount");
        let check = |pointer: &str, expected: Option<&str>| {
            let found = Pattern::new(pointer).beside(&data, &column, &[1]);
            assert_eq!(found.and_then(Value::as_str), expected, "{pointer}");
        };
        check("/who", Some("A"));
        check("/lines/*/kind", Some("y"));
        check("/other/*/kind", None);
        check("/nowhere", None);
    }

    #[test]
    fn pointers_are_ordered_by_number() {
        let mut pointers = ["/lines/10/a", "/lines/2/b", "/lines/2/a", "/lines", "/total"];
        pointers.sort_by(|left, right| compare(left, right));
        assert_eq!(pointers, ["/lines", "/lines/2/a", "/lines/2/b", "/lines/10/a", "/total"]);
    }
}
