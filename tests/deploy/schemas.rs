//! Every object in every scenario is one that the API server, KEDA and the Prometheus Operator would take: unknown members, wrong types
//! and missing ones are found by their own schemas.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::helm::{all_scenarios, named, root, template_with};

/// What `scripts/schemas/validate.py` says.
#[derive(Debug, Deserialize)]
struct Validated {
    problems: Vec<String>,
    checked: std::collections::BTreeMap<String, u64>,
    unknown: BTreeSet<String>,
}

/// Schemas that aren't set up are a failed test, never a skipped one.
fn validate<'a>(objects: impl Iterator<Item = &'a Value>) -> Validated {
    let text: String = objects.map(|object| format!("---\n{object}\n")).collect();
    let mut child = Command::new("python3")
        .args(["-B", "scripts/schemas/validate.py"])
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "run `make tools`: {:?}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_object_fits_its_schema() {
    let validated = validate(all_scenarios().iter().flat_map(|(_, objects)| objects));
    assert_eq!(validated.problems, Vec::<String>::new());
    assert_eq!(validated.unknown, BTreeSet::new());
    for kind in ["apps/v1/Deployment", "batch/v1/Job", "keda.sh/v1alpha1/ScaledObject"] {
        assert!(validated.checked.get(kind).is_some_and(|&count| count >= 5), "{:?}", validated.checked);
    }
    for kind in ["PodMonitor", "PrometheusRule", "ServiceMonitor"] {
        let kind = format!("monitoring.coreos.com/v1/{kind}");
        assert!(validated.checked.contains_key(&kind), "{:?}", validated.checked);
    }
}

/// The test above can fail: each of these is found, and by what it is.
#[test]
fn what_does_not_fit_is_found() {
    let enabled = json!({"enabled": true});
    let metrics = json!({"podMonitor": enabled, "serviceMonitor": enabled, "prometheusRule": enabled});
    let trial = template_with("trial", &json!({"metrics": metrics})).unwrap();
    let rows = [
        ("Deployment", "docmill-processor-bulk", "/spec/replica", json!(1), "replica"),
        (
            "Deployment",
            "docmill-processor-bulk",
            "/spec/template/spec/containers/0/image",
            json!(7),
            "7 is not",
        ),
        ("Job", "docmill-provision-1", "/spec/backoffLimit", json!("3"), "'3' is not"),
        (
            "ScaledObject",
            "docmill-processor-bulk",
            "/spec/pollingIntervall",
            json!(15),
            "/spec/pollingIntervall",
        ),
        (
            "ScaledObject",
            "docmill-processor-bulk",
            "/spec/triggers/0/metadata/useHttps",
            json!(false),
            "useHttps",
        ),
        ("PodMonitor", "docmill", "/spec/podMetricsEndpoints/0/interval", json!("half"), "interval"),
        ("PodMonitor", "docmill", "/spec/podMetricEndpoints", json!([]), "/spec/podMetricEndpoints"),
        ("ServiceMonitor", "docmill", "/spec/endpoints/0/port", json!(8080), "port"),
        ("ServiceMonitor", "docmill", "/spec/selector", json!(null), "selector"),
        ("PrometheusRule", "docmill", "/spec/groups/0/rules/0/for", json!("15"), "for"),
        ("PrometheusRule", "docmill", "/spec/groups/0/rules/0/annotation", json!({}), "annotation"),
    ];
    let broken: Vec<Value> = rows
        .iter()
        .map(|(kind, name, path, value, _)| {
            let mut object = named(&trial, kind, &json!(name)).clone();
            let (parent, member) = path.rsplit_once('/').unwrap();
            object.pointer_mut(parent).unwrap()[member] = value.clone();
            object
        })
        .collect();
    for (object, (kind, _, path, _, expected)) in broken.iter().zip(&rows) {
        let problems = validate(std::iter::once(object)).problems;
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{kind} {path}: {problems:?}");
    }
}
