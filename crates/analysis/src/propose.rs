//! A specification for a schema that came without one, so that no configuration still gives a useful report.

use docmill_contract::profile::Profile;
use docmill_contract::spec::{AnalysisSpec, Column, Group, Method, Study};
use serde_json::Value;

/// The most columns that are proposed: a report stays readable.
const COLUMNS_MAX: usize = 12;

/// What members that say whom a document is from, or about, are called.
const PARTIES: [&str; 8] =
    ["supplier", "vendor", "seller", "sender", "customer", "account", "company", "issuer"];

/// What members that number documents are called.
const NUMBERS: [&str; 3] = ["number", "invoice_no", "reference"];

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
    let columns = columns.into_iter().take(COLUMNS_MAX).map(|(pointer, name)| Column {
        name,
        pointer,
        currency: currency.clone(),
    });
    let columns: Vec<Column> = columns.collect();
    let (groups, analyses) = analyses(&profile.schema, &columns);
    AnalysisSpec { columns, groups, analyses, ..AnalysisSpec::default() }
}

/// What is worth computing of a record's first amount: by who it is of, by when, and whether its number has gaps.
fn analyses(schema: &Value, columns: &[Column]) -> (Vec<Group>, Vec<Study>) {
    let members = || schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let pointer = |name: &String| format!("/{}", escaped(name));
    let texts = || members().filter(|(name, member)| is(member, "string") && *name != "currency");
    let is_date = |member: &Value| member.get("format").and_then(Value::as_str) == Some("date");
    let date = texts().find(|(_, member)| is_date(member)).map(|(name, _)| pointer(name));
    let named = |words: &[&str]| {
        let mut plain = texts().filter(|(_, member)| !is_date(member));
        plain
            .find(|(name, _)| words.iter().any(|word| name.to_lowercase().contains(word)))
            .map(|(name, _)| name.clone())
    };
    let party = named(&PARTIES);
    let groups: Vec<Group> = party
        .iter()
        .map(|name| Group { name: title(std::slice::from_ref(name)), pointer: pointer(name) })
        .collect();
    let amount =
        columns.iter().find(|column| !column.pointer.contains('*')).map(|column| column.name.clone());
    let study = |method: Method| Study { id: None, title: None, method };
    let by = groups.first().map(|group| group.name.clone());
    let mut studies = Vec::new();
    if let (Some(of), Some(by)) = (&amount, &by) {
        studies.push(study(Method::Concentration { of: of.clone(), by: by.clone() }));
    }
    if let (Some(of), Some(date)) = (&amount, &date) {
        studies.push(study(Method::Monthly { of: of.clone(), date: date.clone() }));
    }
    if let Some(number) = named(&NUMBERS) {
        studies.push(study(Method::Gaps { of: pointer(&number), by }));
    }
    (groups, studies)
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
        collect(member, &format!("{pointer}/{}", escaped(name)), path, columns);
        path.pop();
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
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
    fn a_party_a_date_and_a_number_make_analyses() {
        let schema = json!({"type": "object", "properties": {
            "currency": {"type": "string"}, "vendor_name": {"type": "string"}, "issued": {"type": "string", "format": "date"},
            "invoice_number": {"type": "string"}, "total": {"type": "number"},
        }});
        let spec = or_own(&Profile::inline(schema, None));
        let kinds: Vec<_> = spec.analyses.iter().map(|study| study.method.kind()).collect();
        assert_eq!(kinds, ["concentration", "monthly", "gaps"]);
        assert_eq!(spec.groups[0].pointer, "/vendor_name");
    }

    #[test]
    fn a_profiles_own_specification_stands() {
        let invoice = Profile::built_in("invoice").unwrap();
        assert_eq!(or_own(&invoice), invoice.analysis);
    }
}
