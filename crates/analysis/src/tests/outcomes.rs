//! Outcomes for the tests, as short as what they say.

use crate::Recalled;
use docmill_contract::identity::Sha256Hex;
use docmill_contract::profile::Profile;
use serde_json::{Value, json};

/// An outcome in need of review of `data`, read with the built-in profile `profile`. Each leaf of `data` is proved on
/// page 1, by its own text, but for those in `unproved`.
pub(crate) fn read(document: &str, profile: &str, data: Value, unproved: &[&str]) -> Recalled {
    let mut evidence = Vec::new();
    leaves(&data, String::new(), &mut |pointer, value| {
        let proved = !unproved.contains(&pointer.as_str());
        let row = evidence.len();
        evidence.push(json!({
            "pointer": pointer, "page": proved.then_some(1),
            "box": proved.then_some([50.0, 100.0 + 12.0 * row as f64, 120.0, 110.0 + 12.0 * row as f64]),
            "text": proved.then(|| value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
            "verified_by": if proved { "text" } else { "none" }, "via": "llm",
        }));
    });
    let digest = Profile::built_in(profile).unwrap().digest();
    recalled(
        document,
        json!({
            "status": if unproved.is_empty() { "verified" } else { "needs_review" },
            "profile": {"name": profile, "digest": digest}, "data": data, "evidence": evidence,
        }),
    )
}

/// An invoice of one line: 1 × `total`, no tax.
pub(crate) fn invoice(document: &str, supplier: &str, currency: &str, total: Value) -> Recalled {
    let data = json!({
        "supplier": supplier, "invoice_number": document, "invoice_date": "2026-01-31", "currency": currency, "total": total,
    });
    read(document, "invoice", data, &[])
}

/// An outcome with these members in place of the usual ones.
pub(crate) fn recalled(document: &str, members: Value) -> Recalled {
    let digest = Sha256Hex::of(document.as_bytes());
    let mut outcome = json!({
        "version": 1, "collection": "q3", "document": document, "name": format!("{document}.pdf"), "revision": 1,
        "work_key": digest, "status": "verified", "source": {"sha256": digest, "pages": 1, "pages_read": 1, "job_sequence": 1},
        "usage": {"calls": 1, "replayed_calls": 0, "failed_calls": 0, "repeated_calls": 0, "prompt_tokens": 0,
            "completion_tokens": 0, "cost": null},
        "engine": {"docmill": "0.1.0"},
    });
    for (name, member) in members.as_object().unwrap() {
        outcome[name] = member.clone();
    }
    Recalled { outcome: serde_json::from_value(outcome).unwrap(), sequence: 1 }
}

fn leaves(value: &Value, pointer: String, visit: &mut impl FnMut(String, &Value)) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| leaves(member, format!("{pointer}/{name}"), visit));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(row, item)| leaves(item, format!("{pointer}/{row}"), visit));
        }
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) => visit(pointer, value),
    }
}
