//! Every alert has its runbook and every runbook its alert, and what alerts say can be read.

use std::collections::BTreeSet;

use docmill_tests::repository;
use serde_json::Value;

use crate::page;

const ALERTS: &str = "charts/docmill/monitoring/alerts.yaml";

fn rules() -> Vec<Value> {
    let alerts: Value = serde_saphyr::from_str(&page(ALERTS)).unwrap();
    let groups = alerts["groups"].as_array().unwrap();
    groups.iter().flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
}

#[test]
fn alerts_and_runbooks_belong_to_each_other() {
    let mut named = BTreeSet::new();
    let index = page("docs/runbooks/README.md");
    for rule in rules() {
        let (alert, runbook) = (&rule["alert"], &rule["annotations"]["runbook"]);
        let (alert, runbook) = (alert.as_str().unwrap(), runbook.as_str().expect(ALERTS));
        let text = page(runbook);
        assert!(text.starts_with(&format!("# {alert}\n")), "{runbook} is not about {alert}");
        for part in ["**Means.**", "**Look.**", "**Do.**"] {
            assert!(text.contains(part), "{runbook} lacks {part}");
        }
        let file = runbook.strip_prefix("docs/runbooks/").unwrap();
        assert!(index.contains(&format!("[{alert}]({file})")), "the index lacks {alert}");
        assert!(rule["annotations"]["summary"].is_string() && rule["labels"]["severity"].is_string());
        named.insert(file.to_owned());
    }
    let entries = std::fs::read_dir(repository().join("docs/runbooks")).unwrap();
    let files = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(files.filter(|file| file != "README.md").collect::<BTreeSet<_>>(), named);
}

/// What a runbook tells to look at exists: metrics are those of `docs/metrics.md`.
#[test]
fn runbooks_name_metrics_that_exist() {
    let metrics = page("docs/metrics.md");
    let name = regex::Regex::new(r"docmill_[a-z_]+").unwrap();
    let mut tried = 0;
    for rule in rules() {
        let runbook = rule["annotations"]["runbook"].as_str().unwrap().to_owned();
        for found in name.find_iter(&page(&runbook)) {
            assert!(metrics.contains(&format!("| `{}` |", found.as_str())), "{runbook}: {}", found.as_str());
            tried += 1;
        }
    }
    assert!(tried > 10, "{tried}");
}
