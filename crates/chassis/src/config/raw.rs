//! The `config` crate's values as JSON values: serde_json reads types strictly, where the `config` crate would
//! round 2.5 to 3 and take `yes` for 1.

use config::ValueKind;
use serde_json::Value as Json;

/// The same value as JSON.
pub(super) fn to_json(kind: ValueKind) -> Json {
    match kind {
        ValueKind::Nil => Json::Null,
        ValueKind::Boolean(value) => Json::from(value),
        ValueKind::I64(value) => Json::from(value),
        // TOML has no wider integers, so the text is only met if that changes, and then refused by its type.
        ValueKind::I128(value) => Json::from(value.to_string()),
        ValueKind::U64(value) => Json::from(value),
        ValueKind::U128(value) => Json::from(value.to_string()),
        ValueKind::Float(value) => Json::from(value),
        ValueKind::String(value) => Json::from(value),
        ValueKind::Table(table) => table.into_iter().map(|(key, value)| (key, to_json(value.kind))).collect(),
        ValueKind::Array(values) => values.into_iter().map(|value| to_json(value.kind)).collect(),
    }
}
