//! Messages as earlier versions wrote them must still be read, and say the same when they are written again.
//! A sample is never changed: a new version adds a new one.

#![cfg(test)]

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

#[track_caller]
fn check<T: DeserializeOwned + Serialize>(sample: &str) {
    let written: Value = serde_json::from_str(sample).unwrap();
    let read: T = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), written);
}

#[test]
fn version_1() {
    check::<docmill_contract::job::ProcessJob>(include_str!("golden/process-job.v1.json"));
    check::<docmill_contract::job::AnalyseJob>(include_str!("golden/analyse-job.v1.json"));
    check::<docmill_contract::outcome::Outcome>(include_str!("golden/outcome.v1.json"));
    check::<docmill_contract::outcome::Outcome>(include_str!("golden/outcome-failed.v1.json"));
    check::<docmill_contract::outcome::Outcome>(include_str!("golden/outcome-reviewed.v1.json"));
    check::<docmill_contract::analysis::Analysis>(include_str!("golden/analysis.v1.json"));
    check::<docmill_contract::dead_letter::DeadLetter>(include_str!("golden/dead-letter.v1.json"));
    check::<docmill_contract::collection::Manifest>(include_str!("golden/collection-manifest.v1.json"));
    check::<docmill_contract::collection::CollectionDone>(include_str!("golden/collection-done.v1.json"));
}

#[test]
fn between_our_own_hops_unknown_fields_are_tolerated() {
    let newer = |sample: &str| {
        let mut value: Value = serde_json::from_str(sample).unwrap();
        value["a_field_of_tomorrow"] = Value::from(1);
        value
    };
    let outcome = newer(include_str!("golden/outcome.v1.json"));
    assert!(serde_json::from_value::<docmill_contract::outcome::Outcome>(outcome).is_ok());
    let job = newer(include_str!("golden/analyse-job.v1.json"));
    assert!(serde_json::from_value::<docmill_contract::job::AnalyseJob>(job).is_ok());
    let users_job = newer(include_str!("golden/process-job.v1.json"));
    assert!(serde_json::from_value::<docmill_contract::job::ProcessJob>(users_job).is_err());
}
