//! Lays out what a pod would be given, below a folder of the test's, and has the programs' own readers read it.

use std::fs;
use std::path::{Path, PathBuf};

use docmill_analyser::config::AnalyserSettings;
use docmill_chassis::boot::WorkerSettings;
use docmill_chassis::config::{Problems, Sections, Settings};
use docmill_chassis::provision::StoreSettings;
use docmill_processor::config::ProcessorSettings;
use docmill_processor::llm::sap_ai_core::BINDING_FOLDERS;
use docmill_processor::llm::sap_ai_core::credentials::Surroundings;
use serde_json::Value;

use crate::helm::of_kind;

/// Where a pod mounts secrets: everything below `/etc/docmill-`.
const MOUNTS: &str = "/etc/docmill-";

/// What is mounted there and must exist, since settings name it.
const MOUNTED: [&str; 3] = ["nats/docmill.creds", "nats-ca/ca.crt", "passwords/supplier-a"];

/// A binding's secret as the BTP operator writes it: a key per credential.
const BINDING: [(&str, &str); 5] = [
    ("clientid", "sb-docmill!b1|aicore!b2"),
    ("clientsecret", "s$1="),
    ("url", "https://zone.authentication.example.com"),
    ("serviceurls", r#"{"AI_API_URL": "https://api.example.com"}"#),
    ("type", "aicore"),
];

/// A limit such as `2Gi` in bytes, as the kubelet writes it into an environment.
pub(crate) fn bytes(quantity: &Value) -> String {
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
pub(crate) struct Read {
    pub(crate) problems: Vec<String>,
    pub(crate) chassis: Settings,
    pub(crate) stores: StoreSettings,
}

impl Read {
    fn new(settings: &impl WorkerSettings, problems: &Problems) -> Self {
        Self {
            problems: problems.as_slice().to_vec(),
            chassis: settings.chassis().clone(),
            stores: *settings.stores(),
        }
    }
}

/// Writes what a service binding's volume would hold to where a container mounts it, below a folder of the test's; says
/// where the processor looks for bindings there.
fn binding_folders(container: &Value, folder: &Path) -> Vec<PathBuf> {
    let below = |path: &str| folder.join(path.trim_start_matches('/'));
    let mounts = container["volumeMounts"].as_array().unwrap().iter();
    for mount in mounts.filter(|mount| mount["name"] == "ai-core-binding") {
        let place = below(mount["mountPath"].as_str().unwrap());
        fs::create_dir_all(&place).unwrap();
        BINDING.iter().for_each(|(name, text)| fs::write(place.join(name), text).unwrap());
    }
    BINDING_FOLDERS.map(below).into()
}

/// What the processor's code makes of a file and a container's environment and mounts.
pub(crate) fn read_processor(file: &Path, container: &Value, folder: &Path) -> (ProcessorSettings, Problems) {
    let variables: Vec<(String, String)> =
        environment(container).into_iter().map(|(name, value)| (name, mounted(&value, folder))).collect();
    let around =
        Surroundings::new(variables.iter().cloned()).with_binding_folders(binding_folders(container, folder));
    let mut problems = Problems::default();
    let sections = Sections::load(Some(file), variables, &mut problems);
    let settings = ProcessorSettings::read_in(&sections, around, &mut problems);
    (settings, problems)
}

/// Lays out the rendered file and what it names below a folder of the test's; says where the file is.
pub(crate) fn lay_out(objects: &[Value], folder: &Path) -> PathBuf {
    for file in MOUNTED {
        let file = PathBuf::from(mounted(&format!("{MOUNTS}{file}"), folder));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
    }
    let config = of_kind(objects, "ConfigMap").find_map(|map| map["data"]["docmill.toml"].as_str()).unwrap();
    let file = folder.join("docmill.toml");
    fs::write(&file, mounted(config, folder)).unwrap();
    file
}

/// Reads one Deployment's settings as its program would.
pub(crate) fn read(objects: &[Value], deployment: &Value) -> Read {
    let folder = tempfile::tempdir().unwrap();
    let file = lay_out(objects, folder.path());
    let pod = &deployment["spec"]["template"];
    let container = &pod["spec"]["containers"][0];
    match pod["metadata"]["labels"]["app.kubernetes.io/component"].as_str() {
        Some("processor") => {
            let (settings, problems) = read_processor(&file, container, folder.path());
            Read::new(&settings, &problems)
        }
        Some("analyser") => {
            let variables = environment(container).into_iter();
            let variables = variables.map(|(name, value)| (name, mounted(&value, folder.path())));
            let mut problems = Problems::default();
            let sections = Sections::load(Some(&file), variables, &mut problems);
            let settings = AnalyserSettings::read(&sections, &mut problems);
            Read::new(&settings, &problems)
        }
        other => panic!("{other:?} is not a worker"),
    }
}

/// The container of a processor, and that of the Job that provisions with the same program.
pub(crate) fn processor_containers(objects: &[Value]) -> [&Value; 2] {
    let container = |kind: &'static str, component: &str| {
        let found = of_kind(objects, kind).map(|object| &object["spec"]["template"]);
        let mut found =
            found.filter(|pod| pod["metadata"]["labels"]["app.kubernetes.io/component"] == component);
        &found.next().unwrap()["spec"]["containers"][0]
    };
    [container("Deployment", "processor"), container("Job", "provision")]
}

/// The Deployments of docmill's own programs.
pub(crate) fn workers(objects: &[Value]) -> impl Iterator<Item = &Value> {
    of_kind(objects, "Deployment").filter(|deployment| deployment["metadata"]["name"] != "docmill-mock-llm")
}
