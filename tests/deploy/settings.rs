//! The programs accept the configuration exactly as a pod would give it to them: the rendered file and environment go
//! through their own readers, which know every key and refuse what can't work.

use std::fs;
use std::path::{Path, PathBuf};

use docmill_analyser::config::AnalyserSettings;
use docmill_chassis::config::{Problems, Sections, Settings};
use docmill_processor::config::ProcessorSettings;
use serde_json::{Value, json};

use crate::helm::{all_scenarios, of_kind, template_with};

/// Where a pod mounts secrets: everything below `/etc/docmill-`.
const MOUNTS: &str = "/etc/docmill-";

/// What is mounted there and must exist, since settings name it.
const MOUNTED: [&str; 3] = ["nats/docmill.creds", "nats-ca/ca.crt", "passwords/supplier-a"];

/// A limit such as `2Gi` in bytes, as the kubelet writes it into an environment.
fn bytes(quantity: &Value) -> String {
    let quantity = quantity.as_str().unwrap();
    let (number, unit) = quantity.split_at(quantity.len() - 2);
    let factor: u64 = match unit {
        "Mi" => 1024 * 1024,
        "Gi" => 1024 * 1024 * 1024,
        other => panic!("{other} is not a unit that the chart uses"),
    };
    (number.parse::<u64>().unwrap() * factor).to_string()
}

/// The environment that a container's process sees.
fn environment(container: &Value) -> Vec<(String, String)> {
    let variables = container["env"].as_array().unwrap().iter();
    let value = |variable: &Value| match &variable["value"] {
        Value::String(text) => text.clone(),
        _ if variable["valueFrom"].get("secretKeyRef").is_some() => "from-a-secret".to_owned(),
        _ => bytes(&container["resources"]["limits"]["memory"]),
    };
    variables.map(|variable| (variable["name"].as_str().unwrap().to_owned(), value(variable))).collect()
}

/// Puts a folder of the test's in the place of what a pod mounts.
fn mounted(text: &str, folder: &Path) -> String {
    text.replace(MOUNTS, &format!("{}{MOUNTS}", folder.display()))
}

/// Reads one Deployment's settings as its program would; all problems, and what the chassis made of the rest.
fn read(objects: &[Value], deployment: &Value) -> (Vec<String>, Settings) {
    let folder = tempfile::tempdir().unwrap();
    for file in MOUNTED {
        let file = PathBuf::from(mounted(&format!("{MOUNTS}{file}"), folder.path()));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
    }
    let config = of_kind(objects, "ConfigMap").find_map(|map| map["data"]["docmill.toml"].as_str()).unwrap();
    let file = folder.path().join("docmill.toml");
    fs::write(&file, mounted(config, folder.path())).unwrap();

    let pod = &deployment["spec"]["template"];
    let variables = environment(&pod["spec"]["containers"][0]);
    let variables = variables.into_iter().map(|(name, value)| (name, mounted(&value, folder.path())));
    let mut problems = Problems::default();
    let sections = Sections::load(Some(&file), variables, &mut problems);
    let chassis = match pod["metadata"]["labels"]["app.kubernetes.io/component"].as_str() {
        Some("processor") => ProcessorSettings::read(&sections, &mut problems).chassis,
        Some("analyser") => AnalyserSettings::read(&sections, &mut problems).chassis,
        other => panic!("{other:?} is not a worker"),
    };
    (problems.as_slice().to_vec(), chassis)
}

fn workers(objects: &[Value]) -> impl Iterator<Item = &Value> {
    of_kind(objects, "Deployment").filter(|deployment| deployment["metadata"]["name"] != "docmill-mock-llm")
}

#[test]
fn programs_accept_what_is_rendered() {
    for (scenario, objects) in all_scenarios() {
        for deployment in workers(objects) {
            let name = format!("{scenario}: {}", deployment["metadata"]["name"]);
            let (problems, chassis) = read(objects, deployment);
            assert_eq!(problems, Vec::<String>::new(), "{name}");

            let template = &deployment["spec"]["template"];
            assert_eq!(
                chassis.worker.lane.as_str(),
                template["metadata"]["labels"]["docmill/lane"],
                "{name}"
            );
            let grace_seconds = template["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap();
            assert!(chassis.worker.drain.as_secs() < grace_seconds, "{name}");
            assert_eq!(chassis.http.listen.port(), 8080, "{name}");
        }
    }
}

/// A pod that is given less memory than its worst case says so, instead of being ended whole by the kernel.
#[test]
fn too_little_memory_is_refused_at_the_start() {
    let values = json!({"processor": {"resources": {"limits": {"memory": "1Gi"}}}});
    let objects = template_with("trial", &values).unwrap();
    let problems: Vec<String> =
        workers(&objects).flat_map(|deployment| read(&objects, deployment).0).collect();
    let [problem] = problems.as_slice() else { panic!("one problem, not {problems:?}") };
    assert!(problem.contains("are too few"), "{problem}");
}
