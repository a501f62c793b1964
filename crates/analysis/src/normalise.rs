//! When two values of a record count as the same: in groups, and among duplicates.

use std::borrow::Cow;

use serde_json::Value;

use crate::scaled::Scaled;

/// A leaf as text.
pub(crate) fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text.trim()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Cow::Owned(value.to_string())
        }
    }
}

/// What makes a leaf the same as another: a number's value (1.50 is 1.5), a text without case and space; `None`
/// of nothing, and of a text without anything in it.
pub(crate) fn identity(value: &Value) -> Option<String> {
    let text = match (Scaled::from_json(value), value) {
        (Some(number), Value::Number(_)) => format!("{} {}", number.at(number.scale()), number.scale()),
        (_, Value::Null) => return None,
        (_, value) => docmill_columns::folded(&text(value)),
    };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_the_same_but_for_case_and_space() {
        let check = |left: Value, right: Value, same: bool| {
            assert_eq!(identity(&left) == identity(&right), same, "{left} {right}");
        };
        check(json!("ACME  GmbH "), json!("acme gmbh"), true);
        check(json!("Straße"), json!("STRASSE"), true);
        check(json!("A1"), json!("A 1"), false);
        check(json!(1.5), json!(1.50), true);
        check(json!(1), json!(2), false);
        check(json!("007"), json!("7"), false);
        assert_eq!(identity(&json!(" ")), None);
        assert_eq!(identity(&json!(null)), None);
    }
}
