//! Prometheus's own `promtool` reads the rules as they are rendered, tries them on the series of `alerts/`, and reads what the dashboard asks.
//!
//! It is the one that `make tools` puts into `.tools/bin`; where that could make none, these tests say that they skip.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::helm::{of_kind, root, template_with};

/// The files of `alerts/`: each names `rules.yaml` beside it.
const CASES: [&str; 3] = ["jobs.yaml", "model.yaml", "faults.yaml"];

/// What promtool says in a folder; `None` where there is no promtool.
fn promtool(folder: &Path, arguments: &[&str]) -> Option<Result<(), String>> {
    let program = root().join(".tools/bin/promtool");
    if !program.exists() {
        println!("skipped: no promtool; `make tools` needs one on PATH, or Go to build it");
        return None;
    }
    let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    Some(if output.status.success() { Ok(()) } else { Err(said) })
}

/// The rules as the chart renders them.
fn rendered() -> Value {
    let values = json!({"metrics": {"prometheusRule": {"enabled": true}}});
    let objects = template_with("trial", &values).unwrap();
    of_kind(&objects, "PrometheusRule").next().unwrap()["spec"].clone()
}

fn cases(file: &str) -> String {
    fs::read_to_string(root().join("tests/deploy/alerts").join(file)).unwrap()
}

#[test]
fn alerts_fire_when_their_runbooks_say_and_not_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    // JSON is YAML.
    fs::write(folder.path().join("rules.yaml"), rendered().to_string()).unwrap();
    for file in CASES {
        fs::write(folder.path().join(file), cases(file)).unwrap();
    }
    let lint = ["check", "rules", "--lint=all", "--lint-fatal", "rules.yaml"];
    for arguments in [lint.as_slice(), &[["test", "rules"].as_slice(), &CASES].concat()] {
        if let Some(Err(said)) = promtool(folder.path(), arguments) {
            panic!("{arguments:?}: {said}");
        }
    }
}

/// An alert that nobody tried, or only to one side, isn't overlooked.
#[test]
fn every_alert_is_tried_both_ways() {
    let (mut fires, mut is_silent) = (BTreeSet::new(), BTreeSet::new());
    for file in CASES {
        let parsed: Value = serde_saphyr::from_str(&cases(file)).unwrap();
        let tests = parsed["tests"].as_array().unwrap().iter();
        for tried in tests.flat_map(|test| test["alert_rule_test"].as_array().unwrap()) {
            let side = match tried["exp_alerts"].as_array().unwrap().as_slice() {
                [] => &mut is_silent,
                [_, ..] => &mut fires,
            };
            side.insert(tried["alertname"].as_str().unwrap().to_owned());
        }
    }
    let rules = rendered();
    let alerts = rules["groups"][0]["rules"].as_array().unwrap().iter();
    let alerts: BTreeSet<String> = alerts.map(|rule| rule["alert"].as_str().unwrap().to_owned()).collect();
    assert_eq!(alerts.len(), 12);
    assert_eq!((fires, is_silent), (alerts.clone(), alerts));
}

/// Each as a rule of its own, since promtool reads rules.
fn as_rules<'a>(queries: impl Iterator<Item = &'a str>) -> String {
    let rules = queries.enumerate().map(|(index, query)| {
        // What Grafana puts there; names of its other variables stand in quotes.
        json!({"record": format!("query:{index}"), "expr": query.replace("$__rate_interval", "5m")})
    });
    json!({"groups": [{"name": "dashboard", "rules": rules.collect::<Vec<_>>()}]}).to_string()
}

#[test]
fn what_the_dashboard_asks_can_be_asked() {
    let text = fs::read_to_string(root().join("charts/docmill/monitoring/dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    let queries: Vec<&str> = targets.map(|target| target["expr"].as_str().unwrap()).collect();
    assert!(queries.len() > 30, "{}", queries.len());

    let folder = tempfile::tempdir().unwrap();
    let check = |rules: String| {
        fs::write(folder.path().join("queries.yaml"), rules).unwrap();
        promtool(folder.path(), &["check", "rules", "queries.yaml"])
    };
    if let Some(Err(said)) = check(as_rules(queries.into_iter())) {
        panic!("{said}");
    }
    // It can refuse.
    for broken in [
        "sum (rate(docmill_pulls_total[$__rate_intervall]))",
        "rate(docmill_pulls_total)",
        "max by work (up)",
    ] {
        assert!(!matches!(check(as_rules([broken].into_iter())), Some(Ok(()))), "{broken}");
    }
}
