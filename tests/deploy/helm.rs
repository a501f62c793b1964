//! Runs `scripts/helm` and reads what it renders. Every other module starts here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;

/// The exit code of `helm.py` where no Helm is set up.
const NOT_SET_UP: i32 = 3;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs a script of `scripts/helm`; a missing Helm is a failed test, never a skipped one.
pub(crate) fn script(name: &str, arguments: &[&str]) -> Output {
    let script = root().join("scripts/helm").join(name);
    let output = Command::new("python3").arg(script).args(arguments).output().expect("python3 runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_ne!(output.status.code(), Some(NOT_SET_UP), "{stderr}");
    output
}

/// What one script printed, or why it refused.
fn printed(output: Output) -> Result<String, String> {
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// A values file of the chart's `ci/` by scenario.
pub(crate) fn values_file(scenario: &str) -> String {
    root().join(format!("charts/docmill/ci/{scenario}-values.yaml")).to_str().unwrap().to_owned()
}

/// Every scenario of the chart's `ci/`.
pub(crate) fn scenarios() -> Vec<String> {
    let mut scenarios: Vec<String> = fs::read_dir(root().join("charts/docmill/ci"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|file| file.strip_suffix("-values.yaml").expect("ci/ holds NAME-values.yaml").to_owned())
        .collect();
    scenarios.sort();
    assert!(scenarios.len() >= 5, "{scenarios:?}");
    scenarios
}

/// The chart's objects in a scenario with more values on top, or Helm's reason to refuse.
pub(crate) fn template_with(scenario: &str, values: &Value) -> Result<Vec<Value>, String> {
    let (file, values) = (values_file(scenario), values.to_string());
    printed(script("helm.py", &["template", "--values", &file, "--values-json", &values]))
        .map(|text| objects(&text))
}

/// The chart's objects in a scenario.
pub(crate) fn template(scenario: &str) -> Vec<Value> {
    template_with(scenario, &serde_json::json!({})).unwrap()
}

/// The objects of every scenario: rendered once for all tests of this program.
pub(crate) fn all_scenarios() -> &'static [(String, Vec<Value>)] {
    static RENDERED: LazyLock<Vec<(String, Vec<Value>)>> = LazyLock::new(|| {
        scenarios().into_iter().map(|scenario| (scenario.clone(), template(&scenario))).collect()
    });
    &RENDERED
}

/// Why Helm refuses each of these values on top of a scenario; `None` for those that it renders.
pub(crate) fn refusals(scenario: &str, values: &[&Value]) -> Vec<Option<String>> {
    let (file, values) = (values_file(scenario), serde_json::to_string(values).unwrap());
    let reasons =
        printed(script("helm.py", &["refusals", "--values", &file, "--values-json", &values])).unwrap();
    serde_json::from_str(&reasons).unwrap()
}

/// Reads YAML documents; a key written twice is an error.
pub(crate) fn objects(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).unwrap_or_else(|error| panic!("not YAML: {error}\n{text}"))
}

/// The objects of one kind.
pub(crate) fn of_kind<'a>(objects: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> + 'a {
    objects.iter().filter(move |object| object["kind"] == kind)
}

/// The object of that kind and name.
pub(crate) fn named<'a>(objects: &'a [Value], kind: &'a str, name: &Value) -> &'a Value {
    of_kind(objects, kind)
        .find(|object| object["metadata"]["name"] == *name)
        .unwrap_or_else(|| panic!("there is no {kind} {name}"))
}

/// A variable's plain value in a pod's only container.
pub(crate) fn variable<'a>(pod: &'a Value, name: &str) -> Option<&'a str> {
    let variables = pod["containers"][0]["env"].as_array()?;
    variables.iter().find(|variable| variable["name"] == name)?["value"].as_str()
}

#[test]
fn every_scenario_passes_the_linter() {
    for scenario in scenarios() {
        printed(script("helm.py", &["lint", "--values", &values_file(&scenario)])).unwrap();
    }
}

#[test]
fn the_linter_can_refuse() {
    let file = values_file("trial");
    let refused =
        printed(script("helm.py", &["lint", "--values", &file, "--values-json", r#"{"lanes": ["slow"]}"#]));
    assert!(refused.is_err_and(|reason| reason.contains("/lanes/0")));
}
