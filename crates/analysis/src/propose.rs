//! A specification for a schema that came without one, so that no configuration still gives a useful report.

use docmill_contract::profile::Profile;
use docmill_contract::spec::{AnalysisSpec, Column};
use serde_json::Value;

/// The most columns that are proposed: a report stays readable.
const COLUMNS_MAX: usize = 12;

/// Deeper schemas are described no further: a record is rarely deeper, and a schema may refer to itself.
const DEPTH_MAX: usize = 8;

/// The profile's own specification, or a proposed one where it has none: every number of the schema is a column,
/// in the currency of the record's text member `currency`, if there is one.
pub(crate) fn or_own(profile: &Profile) -> AnalysisSpec {
    if profile.analysis != AnalysisSpec::default() {
        return profile.analysis.clone();
    }
    let currency = profile.schema.pointer("/properties/currency").map(|_| "/currency".to_owned());
    let mut columns = Vec::new();
    collect(&profile.schema, "", &mut Vec::new(), &mut columns);
    let columns = columns
        .into_iter()
        .take(COLUMNS_MAX)
        .map(|(pointer, name)| Column { name, pointer, currency: currency.clone() })
        .collect();
    AnalysisSpec { columns, ..AnalysisSpec::default() }
}

/// Numbers below `schema`, as pointers and names, in the schema's order.
fn collect(schema: &Value, pointer: &str, path: &mut Vec<String>, columns: &mut Vec<(String, String)>) {
    if path.len() > DEPTH_MAX {
        return;
    }
    if is(schema, "number") || is(schema, "integer") {
        columns.push((pointer.to_owned(), title(path)));
    }
    if let Some(items) = schema.get("items") {
        collect(items, &format!("{pointer}/*"), path, columns);
    }
    for (name, member) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        path.push(name.clone());
        let segment = name.replace('~', "~0").replace('/', "~1");
        collect(member, &format!("{pointer}/{segment}"), path, columns);
        path.pop();
    }
}

/// Whether the schema's `type` is, or contains, `wanted`.
fn is(schema: &Value, wanted: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(kind)) => kind == wanted,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == wanted),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => false,
    }
}

/// `lines`, `unit_price` → "Lines: unit price".
fn title(path: &[String]) -> String {
    let words = path.iter().map(|name| name.replace(['_', '-'], " ")).collect::<Vec<_>>().join(": ");
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_number_of_a_schema_is_a_column() {
        let schema = json!({"type": "object", "properties": {
            "currency": {"type": "string"}, "unit_price": {"type": ["number", "null"]}, "note": {"type": "string"},
            "rows": {"type": "array", "items": {"type": "object", "properties": {"pieces": {"type": "integer"}}}},
        }});
        let spec = or_own(&Profile::inline(schema, None));
        let found: Vec<_> =
            spec.columns.iter().map(|column| (column.name.as_str(), column.pointer.as_str())).collect();
        assert_eq!(found, [("Unit price", "/unit_price"), ("Rows: pieces", "/rows/*/pieces")]);
        assert!(spec.columns.iter().all(|column| column.currency.as_deref() == Some("/currency")));
    }

    #[test]
    fn a_profiles_own_specification_stands() {
        let invoice = Profile::built_in("invoice").unwrap();
        assert_eq!(or_own(&invoice), invoice.analysis);
    }
}
