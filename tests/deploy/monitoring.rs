//! What the chart makes of `monitoring/`: the same rules and the same dashboard, and nothing unless it is asked for.

use std::fs;

use serde_json::{Value, json};

use crate::helm::{named, of_kind, root, template, template_with};

fn rules() -> Value {
    let file = root().join("charts/docmill/monitoring/alerts.yaml");
    serde_saphyr::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn alerts_and_dashboard_are_rendered_as_they_are() {
    let enabled = json!({"enabled": true});
    let values = json!({"metrics": {"prometheusRule": enabled, "dashboard": enabled}});
    let objects = template_with("trial", &values).unwrap();
    assert_eq!(of_kind(&objects, "PrometheusRule").next().unwrap()["spec"], rules());
    let map = named(&objects, "ConfigMap", &json!("docmill-dashboard"));
    assert_eq!(map["metadata"]["labels"]["grafana_dashboard"], "1");
    let dashboard = fs::read_to_string(root().join("charts/docmill/monitoring/dashboard.json")).unwrap();
    let rendered: Value = serde_json::from_str(map["data"]["docmill.json"].as_str().unwrap()).unwrap();
    assert_eq!(rendered, serde_json::from_str::<Value>(&dashboard).unwrap());

    let objects = template("trial");
    assert_eq!(of_kind(&objects, "PrometheusRule").count(), 0);
    assert!(of_kind(&objects, "ConfigMap").all(|map| map["metadata"]["name"] != "docmill-dashboard"));
}

/// Where runbooks are served, alerts link to them.
#[test]
fn alerts_link_to_where_runbooks_are() {
    let objects = template("priority");
    let rule = of_kind(&objects, "PrometheusRule").next().unwrap();
    assert_eq!(rule["metadata"]["labels"]["release"], "prometheus");
    let linked = rule["spec"]["groups"][0]["rules"].as_array().unwrap();
    let plain = rules()["groups"][0]["rules"].as_array().unwrap().clone();
    assert_eq!(linked.len(), plain.len());
    for (linked, plain) in linked.iter().zip(&plain) {
        let file = plain["annotations"]["runbook"].as_str().unwrap().rsplit('/').next().unwrap();
        let expected = format!("https://wiki.example.com/docmill/runbooks/{file}");
        assert_eq!(linked["annotations"]["runbook_url"], expected);
        assert_eq!(linked["expr"], plain["expr"]);
    }
}
