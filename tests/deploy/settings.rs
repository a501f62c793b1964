//! The programs accept the configuration exactly as a pod would give it to them: the rendered file and environment go
//! through their own readers, which know every key and refuse what can't work.

use std::fs;
use std::path::{Path, PathBuf};

use docmill_analyser::config::AnalyserSettings;
use docmill_chassis::boot::WorkerSettings;
use docmill_chassis::config::{Problems, Sections, Settings};
use docmill_chassis::provision::StoreSettings;
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

/// What a program makes of the rendered configuration.
struct Read {
    problems: Vec<String>,
    chassis: Settings,
    stores: StoreSettings,
}

/// Reads settings as the program whose they are would.
fn read_as<S: WorkerSettings>(file: &Path, variables: impl Iterator<Item = (String, String)>) -> Read {
    let mut problems = Problems::default();
    let sections = Sections::load(Some(file), variables, &mut problems);
    let settings = S::read(&sections, &mut problems);
    Read {
        problems: problems.as_slice().to_vec(),
        chassis: settings.chassis().clone(),
        stores: *settings.stores(),
    }
}

/// Reads one Deployment's settings as its program would.
fn read(objects: &[Value], deployment: &Value) -> Read {
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
    match pod["metadata"]["labels"]["app.kubernetes.io/component"].as_str() {
        Some("processor") => read_as::<ProcessorSettings>(&file, variables),
        Some("analyser") => read_as::<AnalyserSettings>(&file, variables),
        other => panic!("{other:?} is not a worker"),
    }
}

fn workers(objects: &[Value]) -> impl Iterator<Item = &Value> {
    of_kind(objects, "Deployment").filter(|deployment| deployment["metadata"]["name"] != "docmill-mock-llm")
}

#[test]
fn programs_accept_what_is_rendered() {
    for (scenario, objects) in all_scenarios() {
        for deployment in workers(objects) {
            let name = format!("{scenario}: {}", deployment["metadata"]["name"]);
            let Read { problems, chassis, .. } = read(objects, deployment);
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
        workers(&objects).flat_map(|deployment| read(&objects, deployment).problems).collect();
    let [problem] = problems.as_slice() else { panic!("one problem, not {problems:?}") };
    assert!(problem.contains("are too few"), "{problem}");
}

/// The server reserves what each store may become, so provisioning a NATS that is too small fails.
#[test]
fn all_stores_fit_into_the_nats_of_the_chart() {
    let mut checked = 0;
    for (scenario, objects) in all_scenarios() {
        let Some(nats) = of_kind(objects, "ConfigMap").find_map(|map| map["data"]["nats.conf"].as_str())
        else {
            continue;
        };
        let size = nats.lines().find_map(|line| line.trim().strip_prefix("max_file_store: ")).unwrap();
        let room: i64 = bytes(&json!(size)).parse().unwrap();
        let stores = read(objects, workers(objects).next().unwrap()).stores;
        let reserved: i64 = [
            stores.process,
            stores.analyse,
            stores.outcomes,
            stores.analyses,
            stores.dead,
            stores.collections,
            stores.documents,
            stores.payloads,
            stores.profiles,
            stores.replies,
            stores.quota,
            stores.starts,
        ]
        .iter()
        .map(|limits| limits.bytes_max)
        .sum();
        assert!(reserved <= room, "{scenario}: {reserved} of {room}");
        checked += 1;
    }
    assert!(checked >= 2);
}
